// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static void
views_compare_and_trim(void **state)
{
	(void)state;
	assert_null(sv_from(NULL).p);
	assert_true(sv_eq(SV_NULL, SV("")));
	assert_true(sv_eq(SV("a\0b"), SV("a\0b")));
	assert_false(sv_eq(SV("a\0b"), SV("a\0c")));
	assert_true(sv_eq_str(SV("ab"), "ab"));
	assert_false(sv_eq_str(SV("abc"), "ab"));
	assert_true(sv_ieq_str(SV("aB"), "Ab"));
	assert_false(sv_ieq_str(SV("a"), "ab"));
	assert_true(sv_starts(SV("abc"), "ab") && sv_starts(SV_NULL, ""));
	assert_false(sv_starts(SV("a"), "ab") || sv_starts(SV_NULL, "a"));
	assert_true(sv_istarts(SV("ABc"), "ab"));
	assert_true(sv_eq_str(sv_trim(SV(" \t\r\n\v\f a b \n")), "a b"));
	assert_int_equal(sv_trim(SV("  ")).n, 0);
	assert_int_equal(sv_trim(SV_NULL).n, 0);
	assert_int_equal(sv_cut(SV("a\xc3\xa9z"), 2).n, 1);
	assert_int_equal(sv_cut(SV("a\xc3\xa9z"), 3).n, 3);
	assert_int_equal(sv_cut(SV("a\xc3\xa9"), 9).n, 3);
	assert_int_equal(sv_cut(SV("\x80\x80\x80"), 2).n, 0);
}

static void
appends_grow_and_stay_terminated(void **state)
{
	cleanup_buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b, "%d,", i);
	assert_int_equal(b.n, strlen(b.p));
	assert_int_equal(b.n, 3890);
	buf_reset(&b);
	assert_string_equal(b.p, "");
	buf_add(&b, NULL, 0);
	buf_sv(&b, SV_NULL);
	assert_int_equal(b.n, 0);
}

static void
past_its_maximum_a_buffer_takes_nothing_more(void **state)
{
	cleanup_buf b = BUF_INIT_MAX(8);

	(void)state;
	buf_str(&b, "12345678");
	assert_false(b.overflow);
	buf_str(&b, "");
	assert_false(b.overflow);
	buf_ch(&b, '9');
	assert_true(b.overflow);
	assert_string_equal(b.p, "12345678");
	buf_reset(&b);
	buf_fmt(&b, "%s", "123456789");
	assert_true(b.overflow);
	buf_str(&b, "1"); // ignored: a writer checks once at the end
	assert_int_equal(b.n, 0);
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_done(&b);
	assert_int_equal(b.max, 8);
	assert_null(buf_reserve(&b, SIZE_MAX));
}

static void
taking_leaves_an_empty_buffer(void **state)
{
	cleanup_buf b = BUF_INIT;
	cleanup_free char *empty = buf_take(&b), *full;

	(void)state;
	assert_string_equal(empty, "");
	buf_str(&b, "x");
	full = buf_take(&b);
	assert_string_equal(full, "x");
	assert_int_equal(b.n, 0);
	assert_non_null(buf_view(&b).p);
}

static void
json_strings_are_escaped_and_utf8(void **state)
{
	cleanup_buf b = BUF_INIT;

	(void)state;
	buf_json_str(&b, SV("a\"\\/\b\f\n\r\t\x01\x7f\0\xc3\xa9\xff\xed\xa0\x80\xe2\x82"));
	assert_string_equal(b.p,
	    "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f\\u0000\xc3\xa9"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_reset(&b);
	buf_json_str(&b, SV_NULL);
	assert_string_equal(b.p, "\"\"");
}

static void
utf8_is_what_rfc3629_says(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {{"a", 1}, {"\x7f", 1}, {"\x80", 0}, {"\xc1\x81", 0}, {"\xc2\x80", 2},
	    {"\xdf\xbf", 2}, {"\xe0\x9f\xbf", 0}, {"\xe0\xa0\x80", 3}, {"\xed\x9f\xbf", 3},
	    {"\xed\xa0\x80", 0}, {"\xee\x80\x80", 3}, {"\xef\xbf\xbf", 3}, {"\xf0\x8f\xbf\xbf", 0},
	    {"\xf0\x90\x80\x80", 4}, {"\xf4\x8f\xbf\xbf", 4}, {"\xf4\x90\x80\x80", 0},
	    {"\xf5\x80\x80\x80", 0}, {"\xff", 0}, {"\xc3", 0}, {"\xe2\x82", 0},
	    {"\xf0\x9f\x98", 0}};
	static const unsigned points[] = {
	    0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(utf8_seq(cases[i].text, strlen(cases[i].text)), cases[i].len);
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		cleanup_buf b = BUF_INIT;

		utf8_add(&b, points[i]);
		assert_int_equal(utf8_seq(b.p, b.n), b.n);
	}
	for (unsigned bad = 0xd800; bad <= 0x110000; bad += 0x110000 - 0xd800) {
		cleanup_buf b = BUF_INIT;

		utf8_add(&b, bad);
		assert_string_equal(b.p, "\xef\xbf\xbd");
	}
}

static void
base64_round_trips_and_refuses_what_is_not_canonical(void **state)
{
	static const char *const known[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
	    {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
	    {"\xff\xef\xbe", "/+++"}};
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg==\n",
	    "Zh==", "Zm9=", "Zm9v=", "====", "Z===", "Zg==Zg==", "Zm9vZh==", "Zm9-", "Zm9_", "Zm 9",
	    "=Zm9"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		cleanup_buf b = BUF_INIT, back = BUF_INIT;

		buf_base64(&b, known[i][0], strlen(known[i][0]));
		assert_true(sv_eq_str(buf_view(&b), known[i][1]));
		assert_int_equal(buf_unbase64(&back, buf_view(&b)), 0);
		assert_true(sv_eq_str(buf_view(&back), known[i][0]));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cleanup_buf b = BUF_INIT;

		buf_str(&b, "kept");
		if (buf_unbase64(&b, sv_from(bad[i])) != -1)
			fail_msg("accepted \"%s\"", bad[i]);
		assert_string_equal(b.p, "kept");
	}
}

static void
files_are_read_whole_or_refused(void **state)
{
	char path[] = "/tmp/test_buf_XXXXXX";
	cleanup_buf b = BUF_INIT_MAX(100000), small = BUF_INIT_MAX(99999);
	cleanup_close int fd = mkostemp(path, O_CLOEXEC);
	cleanup_free char *big = xcalloc(1, 100000);
	struct err err = ERR_INIT;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(util_write_all(fd, big, 100000), 0);
	assert_int_equal(buf_read_file(&b, path, &err), 0);
	assert_int_equal(b.n, 100000);
	assert_int_equal(buf_read_file(&small, path, &err), ERR_TOO_LARGE);
	unlink(path);
	assert_int_equal(buf_read_file(&small, path, &err), ERR_INPUT);
	assert_non_null(strstr(err.message, "No such file"));
	assert_int_equal(buf_read_file(&small, "/tmp", &err), ERR_INPUT);
	assert_int_equal(buf_read_file(&small, "/dev/zero", &err), ERR_TOO_LARGE);
	buf_reset(&small);
	assert_int_equal(buf_read_file(&small, "/dev/null", &err), 0);
	assert_int_equal(small.n, 0);
}

static void
a_pipe_is_read_to_its_end(void **state)
{
	cleanup_buf b = BUF_INIT_MAX(10), again = BUF_INIT_MAX(3);
	int p[2];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(util_write_all(p[1], "0123456789", 10), 0);
	close(p[1]);
	assert_int_equal(buf_read_fd(&b, p[0], "stdin", &err), 0);
	assert_string_equal(b.p, "0123456789");
	close(p[0]);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(util_write_all(p[1], "0123", 4), 0);
	close(p[1]);
	assert_int_equal(buf_read_fd(&again, p[0], "stdin", &err), ERR_TOO_LARGE);
	assert_non_null(strstr(err.message, "stdin"));
	close(p[0]);
}

// In short texts and in long ones, which are searched otherwise.
static void
a_part_is_found_wherever_it_stands(void **state)
{
	char text[600];

	(void)state;
	for (size_t n = 3; n < sizeof(text); n += n < 20 ? 1 : 97)
		for (size_t at = 0; at + 3 <= n; at++) {
			memset(text, 'a', n);
			memcpy(text + at, "aab", 3);
			assert_ptr_equal(sv_find((struct sv){text, n}, SV("aab")), text + at);
			assert_null(sv_find((struct sv){text, at + 2}, SV("aab")));
		}
	assert_false(sv_has(SV_NULL, "a"));
	assert_false(sv_has(SV("ab"), "abc"));
	assert_true(sv_has(SV("abc"), "abc"));
	assert_int_equal(sv_ifind(SV("a ReFresh"), "refresh"), 2);
	assert_int_equal(sv_ifind(SV("refres"), "refresh"), -1);
	assert_int_equal(sv_ifind(SV_NULL, "a"), -1);
	assert_true(sv_has_word(SV(" one\tTWO "), "two"));
	assert_false(sv_has_word(SV("ones"), "one"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(views_compare_and_trim),
	    cmocka_unit_test(a_part_is_found_wherever_it_stands),
	    cmocka_unit_test(appends_grow_and_stay_terminated),
	    cmocka_unit_test(past_its_maximum_a_buffer_takes_nothing_more),
	    cmocka_unit_test(taking_leaves_an_empty_buffer),
	    cmocka_unit_test(json_strings_are_escaped_and_utf8),
	    cmocka_unit_test(utf8_is_what_rfc3629_says),
	    cmocka_unit_test(base64_round_trips_and_refuses_what_is_not_canonical),
	    cmocka_unit_test(files_are_read_whole_or_refused),
	    cmocka_unit_test(a_pipe_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
