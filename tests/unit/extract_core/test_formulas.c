// SPDX-License-Identifier: Apache-2.0
// Formulas are translated once for all forms of a document.
#include "content_testing.h"

#include "extract/content/marks/formulas.h"

#define HALF "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"

static node_id
only_math(const struct page_fixture *p)
{
	return tree_find(&p->t, 0, TAG_math);
}

static void
what_one_writer_found_the_next_one_writes(void **state)
{
	struct page_fixture p;
	struct sv tex;

	(void)state;
	page_open(&p, "<p>a " HALF "</p>", true);
	assert_non_null(p.c.formulas);
	assert_false(formulas_find(p.c.formulas, only_math(&p), &tex));
	text_write(&p.t, &p.c, &p.out);
	assert_string_equal(p.out.p, "a \\frac{1}{2}");
	assert_true(formulas_find(p.c.formulas, only_math(&p), &tex));
	assert_true(sv_eq_str(tex, "\\frac{1}{2}"));
	page_close(&p);

	page_open(&p, "<p>a " HALF "</p>", true);
	formulas_keep(p.c.formulas, only_math(&p), SV("x"));
	markdown_write(&p.t, &p.c, &(struct write_opts){0}, &p.out);
	assert_string_equal(p.out.p, "a $x$\n");
	page_close(&p);
}

static void
only_later_ones_and_so_many_are_kept(void **state)
{
	cleanup_buf large = BUF_INIT;
	struct formulas *f;
	struct arena a;
	struct sv tex;

	(void)state;
	arena_init(&a, 0);
	f = formulas_new(&a);
	formulas_keep(f, 7, SV("b"));
	formulas_keep(f, 3, SV("a"));
	formulas_keep(f, 9, SV(""));
	assert_false(formulas_find(f, 3, &tex));
	assert_true(formulas_find(f, 7, &tex) && sv_eq_str(tex, "b"));
	assert_true(formulas_find(f, 9, &tex) && tex.n == 0);
	while (large.n < FORMULAS_BYTES)
		buf_str(&large, "xxxxxxxxxxxxxxxx");
	formulas_keep(f, 10, buf_view(&large));
	assert_false(formulas_find(f, 10, &tex));
	for (node_id i = 10; i < 10 + FORMULAS_MAX; i++)
		formulas_keep(f, i, SV("c"));
	assert_true(formulas_find(f, 10 + FORMULAS_MAX - 3, &tex));
	assert_false(formulas_find(f, 10 + FORMULAS_MAX - 2, &tex));
	formulas_keep(NULL, 1, SV("d"));
	assert_false(formulas_find(NULL, 1, &tex));
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_one_writer_found_the_next_one_writes),
	    cmocka_unit_test(only_later_ones_and_so_many_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
