// SPDX-License-Identifier: Apache-2.0
// Which texts may hold a date: wherever they stand in the input, or beside it.
#include "extract/meta/metadata_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct {
	const char *text;
	enum text_kind kind;
} rows[] = {
    {"", TEXT_BLANK},
    {" ", TEXT_BLANK},
    {"\n\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t ", TEXT_BLANK},
    {"x", TEXT_PLAIN},
    {"The harbour is closed, says its master", TEXT_PLAIN},
    {"24 boats", TEXT_PLAIN},
    {"3.5", TEXT_PLAIN},
    {"1.2 or 3", TEXT_PLAIN},
    {"9024", TEXT_PLAIN},
    {"2024", TEXT_DATED},
    {"31 January 2024", TEXT_DATED},
    {"It was built in the summer of 1987", TEXT_DATED},
    {"in '24", TEXT_DATED},
    {"3/4/24", TEXT_DATED},
    {"3. 4. 24", TEXT_DATED},
    {"3-4 5-6", TEXT_DATED},
    {"٣ مارس ٢٠٢٤", TEXT_DATED},
    {"２０２４", TEXT_DATED},
    {"。、—", TEXT_PLAIN},
    {"２", TEXT_DATED},
};

static void
a_text_is_told_by_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sv text = sv_from(rows[i].text);
		struct tree alone = {.input = text}, elsewhere = {.input = SV("<p>2024</p>")};

		assert_int_equal(meta_text_kind(&alone, text), rows[i].kind);
		assert_int_equal(meta_text_kind(&elsewhere, text), rows[i].kind);
	}
}

// What stands before and behind it is of other texts.
static void
a_text_is_told_at_every_place_of_the_input(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t before = 0; before < 20; before++)
			for (size_t behind = 0; behind < 20; behind++) {
				struct sv text = sv_from(rows[i].text);
				struct tree t = {0};
				char *input = xmalloc(before + text.n + behind + 1);

				memset(input, '9', before + text.n + behind);
				memcpy(input + before, text.p, text.n);
				t.input = (struct sv){input, before + text.n + behind};
				text.p = input + before;
				assert_int_equal(meta_text_kind(&t, text), rows[i].kind);
				free(input);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_is_told_by_its_bytes),
	    cmocka_unit_test(a_text_is_told_at_every_place_of_the_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
