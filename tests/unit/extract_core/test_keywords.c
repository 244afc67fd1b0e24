// SPDX-License-Identifier: Apache-2.0
// Many words sought at once: which, in which order, in any case, and not beyond the text.
#include "base/util.h"

#include "extract/meta/keywords.h"

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct keyword words[] = {{"updated", 1}, {"date", 2}, {"dateline", 3}, {"обнов", 4}};

static void
finds(const char *text, const uint8_t *values)
{
	struct keywords k;
	const struct keyword *hit;
	size_t pos = 0;

	keywords_init(&k, words, ARRAY_LEN(words));
	while ((hit = keywords_next(&k, sv_from(text), &pos)) != NULL)
		assert_int_equal(hit->value, *values++);
	assert_int_equal(*values, 0);
	assert_true(pos == strlen(text));
}

static void
words_are_found_in_order_and_any_case(void **state)
{
	(void)state;
	finds("post-date last-UPDATED", (const uint8_t[]){2, 1, 2, 0}); // "updated" holds "date"
	finds("Date", (const uint8_t[]){2, 0});
	finds("", (const uint8_t[]){0});
	finds("dat", (const uint8_t[]){0});
	finds("upda ted dxte", (const uint8_t[]){0});
	finds("обновлено", (const uint8_t[]){4, 0});
}

static void
of_words_at_one_place_the_first_of_the_table_is_told(void **state)
{
	(void)state;
	finds("dateline", (const uint8_t[]){2, 0});
}

// Whatever stands before it, and however far the places are apart where a word may begin.
static void
a_word_is_found_at_every_place(void **state)
{
	static const struct keyword paths[] = {
	    {"/staff/", 1}, {"/journalist/", 2}, {"/contributor", 3}, {"/autor/", 4}};
	struct keywords k;

	(void)state;
	keywords_init(&k, paths, ARRAY_LEN(paths));
	for (size_t w = 0; w < ARRAY_LEN(paths); w++)
		for (size_t before = 0; before < 40; before++)
			for (size_t behind = 0; behind < 3; behind++) {
				char text[64] = "";
				size_t pos = 0;

				snprintf(text, sizeof(text), "%.*s%s%.*s", (int)before,
				    "/contribu/staf/autos/journal/stuffer/sta", paths[w].word,
				    (int)behind, "x/");
				assert_ptr_equal(keywords_next(&k, sv_from(text), &pos), &paths[w]);
				assert_int_equal(pos, before + 1);
				assert_null(keywords_next(&k, sv_from(text), &pos));
			}
}

static void
nothing_beyond_the_text_is_read(void **state)
{
	struct keywords k;
	size_t pos = 0;

	(void)state;
	keywords_init(&k, words, ARRAY_LEN(words));
	assert_null(keywords_next(&k, (struct sv){"dated", 3}, &pos));
	pos = 0;
	assert_ptr_equal(keywords_next(&k, (struct sv){"updated", 6}, &pos), &words[1]); // "update"
	pos = 0;
	assert_null(keywords_next(&k, SV_NULL, &pos));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_found_in_order_and_any_case),
	    cmocka_unit_test(of_words_at_one_place_the_first_of_the_table_is_told),
	    cmocka_unit_test(a_word_is_found_at_every_place),
	    cmocka_unit_test(nothing_beyond_the_text_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
