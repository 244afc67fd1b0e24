// SPDX-License-Identifier: Apache-2.0
// Regular expressions: values, errors with their place, and the limits.
#include "page_fixture.h"

#include "extract/fields/regex.h"

static void
find_all(const char *pattern, struct sv text, struct buf *out)
{
	struct regex *re = NULL;
	struct err err = ERR_INIT;
	struct regex_budget budget;
	struct sv value;
	size_t pos = 0;
	int rc = regex_compile(sv_from(pattern), &re, &err);

	regex_budget_init(&budget);
	buf_str(out, "");
	for (int i = 0; rc == 0 && i < 20; i++) {
		int found = regex_next(re, text, &budget, &pos, &value, &err);

		if (found <= 0) {
			rc = found;
			break;
		}
		buf_fmt(out, "[" SV_FMT "]", SV_ARG(value));
	}
	if (rc != 0)
		buf_fmt(out, "error %s: %s", err_info(rc)->code, err.message);
	regex_free(re);
}

static void
check(const char *pattern, const char *text, const char *expected)
{
	cleanup_buf out = BUF_INIT;

	find_all(pattern, sv_from(text), &out);
	assert_string_equal(out.p, expected);
}

static void
the_first_group_or_the_whole_match_is_the_value(void **state)
{
	(void)state;
	check("\\d+", "a1b22", "[1][22]");
	check("price: (\\d+)", "price: 5, price: 6", "[5][6]");
	check("(a)|(b)", "ab", "[a][b]"); // group 1 did not take part: the whole match
	check("x", "abc", "");
	check("(?i)PRICE", "price", "[price]");
	check("(*UCP)\\w+", "\xc3\xa9t\xc3\xa9 \xd0\xb4\xd0\xb0",
	    "[\xc3\xa9t\xc3\xa9][\xd0\xb4\xd0\xb0]");
}

static void
empty_matches_move_on(void **state)
{
	(void)state;
	check("b*", "ab", "[][b][]");
	check("", "\xc3\xa9", "[][]");
	check("(?=a)", "aa", "[][]");
	check("a\\K", "aa", "[][]");
}

static void
errors_say_what_and_where(void **state)
{
	(void)state;
	check("(a", "", "error invalid_regex: missing closing parenthesis at character 3");
	check("\xc3\xa9[z-a]", "",
	    "error invalid_regex: range out of order in character class at character 5");
	check("a\\Cb", "",
	    "error invalid_regex: using \\C is disabled by the application at character 4");
}

static void
ranges_that_take_long_to_compile_are_refused(void **state)
{
	static const char *const ranges[] = {"[\\x{0}-\\x{10ffff}]", "[a-\xf4\x8f\xbf\xbf]",
	    "[a-\\N{U+10ffff}]", "[a-\\o{4177777}]", "[a-\\E\\x{10ffff}]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		cleanup_buf pattern = BUF_INIT, out = BUF_INIT;

		buf_str(&pattern, "b(?s-m:c)(?i)");
		for (int k = 0; k < 10; k++)
			buf_str(&pattern, ranges[i]);
		find_all(pattern.p, SV(""), &out);
		assert_string_equal(out.p, "error invalid_regex: ranges of either case may hold at "
					   "most 5000000 characters in all");
	}
	check("(?i)[\\x{4e00}-\\x{9fff}]+[a-z]", "\xe4\xb8\xadX", "[\xe4\xb8\xadX]");
	check("(?i)x-y[^\\x{80}-\\x{10ffff}]", "X-Yz", "[X-Yz]");
}

static void
catastrophic_patterns_meet_the_limit(void **state)
{
	(void)state;
	check("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
	    "error too_large: the regular expression reaches the match limit on this page");
	check(
	    "((?1)?a)", "aa", "error too_large: the regular expression recurses without moving on");
}

// Each start reads to the end of the text, which PCRE2's own limits do not count.
static void
long_reads_are_counted(void **state)
{
	static const char *const patterns[] = {
	    "a*+[cd]", "(?:(?=a*+b)a)*+[cd]", "(?:a{60000}c|a)*[de][fg]", "(?s).*.*[#$]"};
	cleanup_buf text = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_ch(&text, 'a');
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		cleanup_buf out = BUF_INIT;

		find_all(patterns[i], buf_view(&text), &out);
		assert_string_equal(out.p,
		    "error too_large: the regular expression reaches the match limit on this page");
	}
}

static void
an_ordinary_pattern_reads_megabytes(void **state)
{
	cleanup_buf text = BUF_INIT;
	cleanup_buf out = BUF_INIT;

	(void)state;
	while (text.n < 4000000)
		buf_str(&text, "some ordinary words, and a number: 12 ");
	buf_str(&text, "jane.doe@example.org");
	find_all("([\\w.]+)@(?:\\w+\\.)+\\w+", buf_view(&text), &out);
	assert_string_equal(out.p, "[jane.doe]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_group_or_the_whole_match_is_the_value),
	    cmocka_unit_test(empty_matches_move_on),
	    cmocka_unit_test(errors_say_what_and_where),
	    cmocka_unit_test(ranges_that_take_long_to_compile_are_refused),
	    cmocka_unit_test(catastrophic_patterns_meet_the_limit),
	    cmocka_unit_test(long_reads_are_counted),
	    cmocka_unit_test(an_ordinary_pattern_reads_megabytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
