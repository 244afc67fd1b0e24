// SPDX-License-Identifier: Apache-2.0
// Pages made to be slow for a parser: each is a tree, or a typed limit, in 50 ms of CPU time on a
// quiet machine, which is printed; only what is far from it fails. A large honest page meets no
// limit.
#include "extract/html/tree.h"
#include "tests/unit/patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define MEGABYTE ((size_t)1 << 20)
#define MEMORY   ((size_t)1 << 30)

static const struct hostile {
	const char *name;
	const char *head, *unit, *tail; // `unit` again and again between the two; %u is a number
	size_t bytes;
} cases[] = {
    {"hundred_thousand_nested_divs", "", "<div>", "x", 500000},
    {"nested_divs_with_ends", "", "<div>x</div><div>", "y", MEGABYTE},
    {"deep_then_shallow", "<div>", "<div>x</div></div>y<div><div>", "", MEGABYTE},
    {"hundred_thousand_attributes", "<p ", "a%u=b ", ">x", MEGABYTE},
    {"same_attribute_again_and_again", "<p ", "a=b ", ">x", MEGABYTE},
    {"repeated_past_many_attributes", "<p a b c d e f g h i j k l ", "l=1 ", ">", MEGABYTE},
    {"attributes_of_an_end_tag", "</p ", "a%u=b ", ">x", MEGABYTE},
    {"attributes_for_body_one_by_one", "<body>", "<body a%u>", "", MEGABYTE},
    {"attributes_for_html_in_heaps", "<html>", "<html a%u b%u c%u d%u e%u f%u>", "", MEGABYTE},
    {"unclosed_fonts_and_ends_of_p", "", "<font size=%u></p>", "", 100000},
    {"five_thousand_fonts_then_ends", "<font><font a><font b><font c><font d>", "</p>", "", 20000},
    {"fonts_that_differ", "", "<font color=%u>", "<p>x<p>y", MEGABYTE},
    {"fonts_that_differ_in_paragraphs", "", "<p><font color=%u>", "", MEGABYTE},
    {"fonts_reconstructed", "<font a><font b><font c><font d><font e><font f>", "<p>x", "",
	MEGABYTE},
    {"adoption_below_deep_blocks", "<b>", "<div>", "</b></b></b></b></b></b></b></b></b>",
	MEGABYTE},
    {"adoption_again_and_again", "<b><div><div><div><div><div><div><div><div><div>", "</b>", "",
	MEGABYTE},
    {"adoption_with_many_children", "<a><div>", "<p>x</p>", "</a></a></a></a><a></a>", MEGABYTE},
    {"adoption_moves_children", "<b><i><u><div>", "x<a></b></i></u><b><i><u>", "", MEGABYTE},
    {"links_around_blocks", "", "<a href=%u><div>", "", MEGABYTE},
    {"links_in_links", "", "<a>x", "", MEGABYTE},
    {"misnested_pairs", "", "<b><i><p></b></i>", "", MEGABYTE},
    {"misnested_in_depth", "", "<b><div><i></b>", "</i>", MEGABYTE},
    {"nobr", "", "<nobr><div>", "", MEGABYTE},
    {"ampersands", "<p>", "&", "", MEGABYTE},
    {"half_references", "<p>", "&notinCaCounterClockwise", "", MEGABYTE},
    {"big_numbers", "<p>", "&#99999999999;", "", MEGABYTE},
    {"references_in_attributes", "", "<p a='&amp;&lt&copy'>", "", MEGABYTE},
    {"less_than_signs", "<p>", "<", "", MEGABYTE},
    {"empty_ends", "<p>", "</>", "", MEGABYTE},
    {"nul_bytes", "<p>", "\1", "", MEGABYTE}, // stands for NUL, see build
    {"carriage_returns", "<p>", "\r", "", MEGABYTE},
    {"open_quotes", "", "<a href=\"", "", MEGABYTE},
    {"comment_of_ten_megabytes", "<!--", "x - y ", "", 10 * MEGABYTE},
    {"comment_dashes", "<!--", "--", "", MEGABYTE},
    {"comment_openings", "", "<!--", "", MEGABYTE},
    {"many_comments", "", "<!---->", "", MEGABYTE},
    {"late_comments", "<body></body>", "<!---->", "", MEGABYTE},
    {"doctypes", "", "<!doctype html public 'a' \"b\">", "", MEGABYTE},
    {"script_ends_that_are_none", "<script>", "</scrip", "", MEGABYTE},
    {"script_comments", "<script>", "<!--<script>", "", MEGABYTE},
    {"scripts_that_never_end", "", "<title>", "", MEGABYTE},
    {"nested_tables", "", "<table><tr><td>", "x", MEGABYTE},
    {"tables_in_tables_fostered", "", "<table><b>x", "", MEGABYTE},
    {"text_fostered", "<table>", "x<tr>", "", MEGABYTE},
    {"text_fostered_with_references", "<table>", "&lt;<tr>", "", MEGABYTE},
    {"text_joined_round_nothing", "<p>", "x</x>", "", MEGABYTE},
    {"elements_fostered", "<table>", "<i>", "", MEGABYTE},
    {"fostered_and_closed", "<table>", "<p>x</p>", "", MEGABYTE},
    {"fostered_blocks", "", "<table><div>", "", MEGABYTE},
    {"one_row_of_cells", "<table><tr>", "<td>x", "", MEGABYTE},
    {"ends_of_tables_in_depth", "<b><b><div><div><div><div>", "<table></table>", "", MEGABYTE},
    {"tables_below_deep_blocks", "<div><div><div><div><div><div><div>", "<div><table></table>", "",
	MEGABYTE},
    {"items_in_deep_formatting", "<ul><li><b a><b b><b c><b d><b e>", "<li>x", "", MEGABYTE},
    {"items_beside_deep_formatting", "<ul><i><i><i><i>", "<li></li>", "", MEGABYTE},
    {"unknown_ends_in_depth", "<y><div>", "<x></y>", "", MEGABYTE},
    {"ends_without_start", "<div><b><i><u><div>", "</p></span></h1></li></a>", "x", MEGABYTE},
    {"forms_removed_from_the_middle", "", "<form><div></form>", "", MEGABYTE},
    {"new_name_each_time", "", "<x%u>y</x%u>", "", MEGABYTE},
    {"new_attribute_each_time", "", "<i a%u>", "", MEGABYTE},
    {"foreign_content", "<svg>", "<g>x", "", MEGABYTE},
    {"foreign_ends_that_match_nothing", "<svg>", "<g></h>", "", MEGABYTE},
    {"out_of_foreign_content", "", "<svg><g><p>", "", MEGABYTE},
    {"integration_points", "", "<svg><foreignObject><math><mi>", "", MEGABYTE},
    {"templates", "", "<template>", "", MEGABYTE},
    {"templates_of_rows", "", "<template><tr><td>", "x", MEGABYTE},
    {"shadow_roots", "<div>", "<template shadowrootmode=open>", "", MEGABYTE},
    {"frames", "", "<iframe><template data-riptide-frame=x><body><p>x", "", MEGABYTE},
    {"framesets", "", "<frameset>", "", MEGABYTE},
    {"selects", "", "<select><option><select><optgroup>", "", MEGABYTE},
    {"buttons", "", "<button><p>", "", MEGABYTE},
    {"ruby", "<ruby>", "<rt><rb><rtc><rp>", "", MEGABYTE},
    {"markers", "", "<object><b>", "", MEGABYTE},
    {"head_elements_late", "<head></head> ", "<meta> ", "", MEGABYTE},
    {"plaintext", "<plaintext>", "</plaintext>", "", MEGABYTE},
    {"million_nodes", "", "<p>x", "", 2 * MEGABYTE},
};

static void
build(const struct hostile *h, struct buf *b)
{
	buf_str(b, h->head);
	for (unsigned i = 0; b->n < h->bytes; i++)
		for (const char *p = h->unit; *p; p++)
			if (p[0] == '%' && p[1] == 'u') {
				buf_fmt(b, "%u", i);
				p++;
			} else {
				buf_ch(b, (char)(*p == '\1' ? '\0' : *p));
			}
	buf_str(b, h->tail);
}

static void
check_tree(const struct tree *t)
{
	bool ok = true;

	for (node_id i = 1; i < t->n && ok; i++) {
		const struct node *n = &t->nodes[i], *parent = &t->nodes[n->parent];

		ok = n->parent < i && n->end > i && n->end <= parent->end &&
		     n->depth == parent->depth + 1 && n->depth <= t->lim.max_depth + 1 &&
		     (n->kind != NODE_ELEMENT || n->depth <= t->lim.max_depth);
	}
	assert_true(ok);
}

static int64_t
parse(struct sv html)
{
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;
	int64_t started = cpu_ms(), ms;
	int rc;

	arena_init(&a, MEMORY);
	assert_int_equal(tree_init(&t, &a, &err), 0);
	rc = html_parse(&t, html, &tree_limits_default, &err);
	ms = cpu_ms() - started;
	assert_true(rc == 0 || rc == ERR_TOO_LARGE);
	if (rc == 0)
		check_tree(&t);
	print_message("%d ms, %u nodes, %.1f MB%s\n", (int)ms, t.n, (double)a.used / 1e6,
	    rc == 0 ? "" : ", refused");
	arena_done(&a);
	return ms;
}

static void
is_parsed_in_time(void **state)
{
	const struct hostile *h = *state;
	cleanup_buf html = BUF_INIT;

	build(h, &html);
	assert_true(parse(buf_view(&html)) < patient_ms(GROSS_MS));
}

// 20 MB, a million nodes, well-formed.
static void
a_large_page_meets_no_limit(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;

	(void)state;
	buf_str(&html, "<!doctype html><html><head><title>t</title></head><body>");
	for (unsigned i = 0; i < 333000; i++)
		buf_fmt(&html, "<div class=\"row r%u\"><p>Some text of %u, long enough</p></div>\n",
		    i, i);
	buf_str(&html, "</body></html>");
	assert_true(html.n > 20000000);
	arena_init(&a, MEMORY);
	assert_int_equal(tree_init(&t, &a, &err), 0);
	assert_int_equal(html_parse(&t, buf_view(&html), &tree_limits_default, &err), 0);
	assert_true(t.n > 1000000 && !t.depth_limited && !t.node_limited);
	arena_done(&a);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 1];
	size_t n = 0;

	for (; n < ARRAY_LEN(cases); n++)
		tests[n] = (struct CMUnitTest){.name = cases[n].name,
		    .test_func = is_parsed_in_time,
		    .initial_state = (void *)&cases[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_large_page_meets_no_limit);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
