// SPDX-License-Identifier: Apache-2.0
// Which encoding a page is in, and its bytes as UTF-8.
#include "extract/html/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define B(lit) lit, sizeof(lit) - 1

static const struct charset_case {
	const char *rule, *bytes;
	size_t n;
	const char *header, *name, *utf8;
} cases[] = {
    {"bom_beats_header", B("\xef\xbb\xbf\xc3\xa9"), "iso-8859-1", "utf-8", "é"},
    {"utf16le_by_bom", B("\xff\xfe\xe9\0\x3d\xd8\x00\xde"), NULL, "utf-16le", "é😀"},
    {"utf16be_by_bom", B("\xfe\xff\0\xe9"), NULL, "utf-16be", "é"},
    {"utf16_lone_surrogate_is_replaced", B("\xff\xfe\x3d\xd8\x61\0"), NULL, "utf-16le", "\uFFFDa"},
    {"header_beats_meta", B("<meta charset=utf-8>\xe9"), "ISO-8859-1", "windows-1252",
	"<meta charset=utf-8>é"},
    {"latin1_is_windows_1252", B("\x80\x93"), " latin1 ", "windows-1252", "€“"},
    {"utf8_beats_a_header_of_western_europe", B("<p>\xc3\xa9t\xc3\xa9 \xe2\x80\x93 \xc3\xa0"),
	"iso-8859-1", "utf-8", "<p>été – à"},
    {"header_beats_what_may_be_chance", B("<p>Spa\xdf\x93, BR\xdb\xab"), "windows-1252",
	"windows-1252", "<p>Spaß“, BRÛ«"},
    {"header_beats_what_is_not_all_utf8", B("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 caf\xe9"),
	"iso-8859-15", "iso-8859-15", "Ã©Ã©Ã©Ã© café"},
    {"header_of_elsewhere_beats_utf8", B("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"), "windows-1251",
	"windows-1251", "Г©Г©Г©Г©"},
    {"unknown_header_label_is_passed_over", B("<meta charset=koi8-r>\xc1"), "no-such", "koi8-r",
	"<meta charset=koi8-r>а"},
    {"meta_charset", B("<html><meta charset='windows-1251'>\xcf"), NULL, "windows-1251",
	"<html><meta charset='windows-1251'>П"},
    {"meta_http_equiv",
	B("<META http-equiv=Content-Type content='text/html; charset=iso-8859-2'>\xb1"), NULL,
	"iso-8859-2", "<META http-equiv=Content-Type content='text/html; charset=iso-8859-2'>ą"},
    {"utf16le_without_bom", B("<\0p\0>\0a\0\xe9\0"), NULL, "utf-16le", "<p>aé"},
    {"utf16be_without_bom_whatever_meta_says", B("\0<\0m\0e\0t\0\xe9"), NULL, "utf-16be", "<meté"},
    {"meta_that_says_utf8_and_is_wrong",
	B("<meta charset=utf-8>\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0"), NULL,
	"windows-1251", "<meta charset=utf-8>Привет, как дела"},
    {"meta_that_says_utf8_and_is_nearly_right", B("<meta charset=utf-8>\xc3\xa9\xc3\xa9\xe9"), NULL,
	"utf-8", "<meta charset=utf-8>éé\uFFFD"},
    {"meta_that_says_utf16_is_utf8", B("<meta charset=utf-16>a"), NULL, "utf-8",
	"<meta charset=utf-16>a"},
    {"utf8_beyond_ascii_beats_meta", B("<meta charset=iso-8859-1>\xc3\xa9"), NULL, "utf-8",
	"<meta charset=iso-8859-1>é"},
    {"ascii_is_utf8", B("abc"), NULL, "utf-8", "abc"},
    {"anything_else_is_windows_1252", B("caf\xe9"), NULL, "windows-1252", "café"},
    {"bad_utf8_is_repaired", B("a\xc3(\xe2\x82 \xf0\x9f\x98\xff\xc0\xaf\xed\xa0\x80"), "utf-8",
	"utf-8", "a\uFFFD(\uFFFD \uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"cut_utf8_is_repaired", B("a\xe2\x82"), "utf-8", "utf-8", "a\uFFFD"},
    {"turkish", B("\xf0\xfd\xfe"), "iso-8859-9", "windows-1254", "ğış"},
    {"greek", B("\xe1"), "iso-8859-7", "iso-8859-7", "α"},
    {"thai", B("\xa1"), "tis-620", "windows-874", "ก"},
    {"ukrainian", B("\xa4"), "koi8-u", "koi8-u", "є"},
    {"shift_jis", B("\x93\xfa\x96\x7b"), "Shift_JIS", "shift_jis", "日本"},
    {"euc_jp", B("\xc6\xfc\xcb\xdc"), "euc-jp", "euc-jp", "日本"},
    {"iso_2022_jp", B("\x1b$BF|K\\\x1b(B"), "iso-2022-jp", "iso-2022-jp", "日本"},
    {"gb2312", B("\xd6\xd0"), "gb2312", "gbk", "中"},
    {"gb18030_four_bytes", B("\x81\x30\x81\x30"), "gb18030", "gb18030", "\xc2\x80"},
    {"big5", B("\xa4\xa4"), "big5", "big5", "中"},
    {"euc_kr", B("\xc7\xd1"), "ks_c_5601-1987", "euc-kr", "한"},
    {"bad_multi_byte_is_replaced",
	B("\xd6\xd0\xff"
	  "a"),
	"gbk", "gbk", "中\uFFFDa"},
    {"cut_multi_byte_is_replaced", B("\xd6\xd0\xd6"), "gbk", "gbk", "中\uFFFD"},
    {"empty_page", B(""), NULL, "utf-8", ""},
};

static void
one_case(void **state)
{
	const struct charset_case *c = *state;
	cleanup_buf out = BUF_INIT;
	const char *name = NULL;
	struct err err = ERR_INIT;

	charset_init();
	assert_int_equal(
	    charset_to_utf8((struct sv){c->bytes, c->n}, c->header, &out, &name, &err), 0);
	assert_string_equal(name, c->name);
	assert_string_equal(out.p ? out.p : "", c->utf8);
}

static void
what_somebody_knows_is_believed(void **state)
{
	static const struct {
		struct sv bytes;
		const char *said, *sure, *header;
	} rows[] = {
	    {SV_INIT("<p>\xc3\xa9\xc3\xa9\xc3\xa9"), "windows-1252", "<p>Ã©Ã©Ã©", "<p>ééé"},
	    {SV_INIT("\xef\xbb\xbf<p>\xc3\xa9"), "windows-1252", "<p>é", "<p>é"},
	    {SV_INIT("<p>caf\xe9"), "utf-8", "<p>caf\uFFFD", "<p>caf\uFFFD"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int sure = 0; sure < 2; sure++) {
			cleanup_buf scratch = BUF_INIT;
			const char *name;
			struct err err = ERR_INIT;
			struct sv utf8;

			assert_int_equal((sure ? charset_view_as : charset_view)(rows[i].bytes,
					     rows[i].said, &scratch, &utf8, &name, &err),
			    0);
			assert_true(sv_eq_str(utf8, sure ? rows[i].sure : rows[i].header));
		}
}

static void
a_page_above_the_limit_is_refused(void **state)
{
	cleanup_buf out = BUF_INIT_MAX(10);
	const char *name;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    charset_to_utf8(SV("12345678901"), NULL, &out, &name, &err), ERR_TOO_LARGE);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 2];
	size_t n = 0;

	for (; n < ARRAY_LEN(cases); n++)
		tests[n] = (struct CMUnitTest){.name = cases[n].rule,
		    .test_func = one_case,
		    .initial_state = (void *)&cases[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(what_somebody_knows_is_believed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_page_above_the_limit_is_refused);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
