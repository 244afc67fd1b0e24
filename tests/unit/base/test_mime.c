// SPDX-License-Identifier: Apache-2.0
#include "base/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void
essence_is_what_stands_before_the_parameters(void **state)
{
	(void)state;
	assert_true(sv_eq_str(mime_essence(SV(" text/xml ; charset=utf-8")), "text/xml"));
	assert_true(sv_eq_str(mime_essence(SV("text/xml")), "text/xml"));
	assert_int_equal(mime_essence(SV(";")).n, 0);
	assert_int_equal(mime_essence(SV_NULL).n, 0);
}

static void
xml_is_told_by_its_type(void **state)
{
	static const struct {
		const char *type;
		bool xml;
	} rows[] = {{"text/xml", true}, {"Application/XML", true}, {"application/atom+xml", true},
	    {"image/svg+XML", true}, {"text/html", false}, {"application/xml-dtd", false},
	    {"+xml", false}, {"", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (mime_is_xml(sv_from(rows[i].type)) != rows[i].xml)
			fail_msg("%s", rows[i].type);
}

static void
what_browsers_show_is_a_page(void **state)
{
	static const struct {
		const char *type;
		bool page;
	} rows[] = {{"", true}, {"text/html", true}, {"TEXT/plain", true},
	    {"application/json", true}, {"application/ld+json", true},
	    {"application/rss+xml", true}, {"image/svg+xml", false}, {"image/png", false},
	    {"application/pdf", false}, {"application/octet-stream", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (mime_is_page(sv_from(rows[i].type)) != rows[i].page)
			fail_msg("%s", rows[i].type);
}

static void
charset_is_a_parameter(void **state)
{
	static const char *const rows[][2] = {{"text/html; charset=utf-8", "utf-8"},
	    {"text/html;Charset=\"KOI8-R\"; x=1", "KOI8-R"}, {"text/html", ""},
	    {"text/html; charset=", ""}, {"text/html; charset=a b", "a"}, {"", ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf out = BUF_INIT_MAX(64);

		mime_charset(sv_from(rows[i][0]), &out);
		if (!sv_eq_str(buf_view(&out), rows[i][1]))
			fail_msg("%s: %s", rows[i][0], out.p);
	}
}

static void
binary_files_are_told_by_their_first_bytes(void **state)
{
	static const struct {
		struct sv bytes;
		const char *type;
	} rows[] = {{SV("%PDF-1.4\n"), "application/pdf"}, {SV("\x89PNG\r\n\x1a\n\0"), "image/png"},
	    {SV("\0\0\0\x18"
		"ftypmp42"),
		"video/mp4"},
	    {SV("RIFF\1\2\3\4WEBPVP8 "), "image/webp"}, {SV("\x1f\x8b\x08\0"), "application/gzip"},
	    {SV("PK\3\4"), "application/zip"}, {SV("%PDF"), NULL}, {SV(""), NULL},
	    {SV("<html>"), NULL}, {SV("\xff\xfe<\0h\0"), NULL}, {SV("the ftype"), NULL},
	    {SV("\xef\xbb\xbf<p>"), NULL}, {SV("PK, he said"), NULL},
	    {SV("\1\2\3\4 some bytes \5\6\7\x0e of a program <b>"), "application/octet-stream"},
	    {SV("\0\0\0\0\0\0\0\0\0\0\0\0"), "application/octet-stream"},
	    {SV("<\0p\0>\0o\0n\0e\0 \0t\0w\0o\0 \0t\0h\0r\0e\0e\0"), NULL},
	    {SV("\0<\0p\0>\0o\0n\0e\0 \0t\0w\0o\0 \0t\0h\0r\0e\0e"), NULL},
	    {SV("\xff\xfe\1\2\3\4\5\6\7\x08\1\2"), NULL}, {SV("<p>a\0b\0c\1</p>"), NULL},
	    {SV("\x1b$B%F%9%H\x1b(B\r\n\t\f"), NULL}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *type = mime_of_binary(rows[i].bytes);

		if (type != rows[i].type &&
		    (!type || !rows[i].type || strcmp(type, rows[i].type) != 0))
			fail_msg("row %zu: %s", i, type ? type : "text");
	}
}

static void
packed_files_are_told(void **state)
{
	(void)state;
	assert_true(mime_is_packed("application/gzip"));
	assert_true(mime_is_packed("application/x-7z-compressed"));
	assert_false(mime_is_packed("application/pdf"));
	assert_false(mime_is_packed("image/png"));
	assert_false(mime_is_packed("font/woff2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(essence_is_what_stands_before_the_parameters),
	    cmocka_unit_test(xml_is_told_by_its_type),
	    cmocka_unit_test(what_browsers_show_is_a_page),
	    cmocka_unit_test(charset_is_a_parameter),
	    cmocka_unit_test(binary_files_are_told_by_their_first_bytes),
	    cmocka_unit_test(packed_files_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
