// SPDX-License-Identifier: Apache-2.0
// Bodies by length and in chunks: the same bytes come out however they arrive, and broken framing
// is refused.
#include "orchestrator/http/http_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct body_case {
	const char *text, *decoded; // NULL: refused
	int code;
	const char *rest;
} chunked[] = {
    {"0\r\n\r\n", "", 0, ""},
    {"5\r\nhello\r\n0\r\n\r\nGET", "hello", 0, "GET"},
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", 0, ""},
    {"00005\r\nhello\r\n000\r\n\r\n", "hello", 0, ""},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0, ""},
    {"5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", "hello", 0, ""},
    {"0\r\nX: y\r\nZ:\r\n\r\n", "", 0, ""},
    {"5\r\nhello\r\n0\r\nX: y\r\n\r\nrest", "hello", 0, "rest"},
    {"\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"g\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"-5\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"0x5\r\n", NULL, ERR_BAD_HTTP, NULL},
    {" 5\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"5 \r\n", NULL, ERR_BAD_HTTP, NULL},
    {"5\nhello", NULL, ERR_BAD_HTTP, NULL},
    {"5\r\nhelloX", NULL, ERR_BAD_HTTP, NULL},
    {"5\r\nhello\n0", NULL, ERR_BAD_HTTP, NULL},
    {"5\r\nhello\r0", NULL, ERR_BAD_HTTP, NULL},
    {"5;a\nhello", NULL, ERR_BAD_HTTP, NULL},
    {"5;\x01\r\nhello", NULL, ERR_BAD_HTTP, NULL},
    {"0\r\nX: y\n\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"0\r\n X: y\r\n\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"0\r\nX y\r\n\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"0\r\n: y\r\n\r\n", NULL, ERR_BAD_HTTP, NULL},
    {"0\r\n\rX", NULL, ERR_BAD_HTTP, NULL},
    {"65\r\n", NULL, ERR_TOO_LARGE, NULL}, // 101 of 100
    {"ffffffffffffff\r\n", NULL, ERR_TOO_LARGE, NULL},
    {"ffffffffffffffffffff\r\n", NULL, ERR_TOO_LARGE, NULL},
    {"0000000000000000000005\r\n", NULL, ERR_BAD_HTTP, NULL},
};

static void
check(const struct body_case *k, size_t step)
{
	struct http_head h = {.chunked = true};
	cleanup_buf out = BUF_INIT_MAX(100);
	size_t n = strlen(k->text), at = 0;
	struct http_body b;
	ssize_t rc = 0;

	http_body_start(&b, &h, 100);
	while (at < n && !http_body_done(&b)) {
		rc = http_body_feed(&b, k->text + at, MIN(step, n - at), &out, NULL);
		if (rc < 0)
			break;
		at += (size_t)rc;
	}
	if ((rc < 0 ? rc : 0) != k->code)
		fail_msg("%s by %zu: %zd", k->text, step, rc);
	if (k->code)
		return;
	assert_true(http_body_done(&b));
	assert_string_equal(k->text + at, k->rest);
	assert_true(sv_eq_str(buf_view(&out), k->decoded));
}

static void
chunks_are_decoded_however_they_arrive(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(chunked); i++)
		for (size_t step = 1; step < 30; step++)
			check(&chunked[i], step);
}

// `pattern` repeated `times` times after `start`: the code.
static int
flood(const char *start, const char *pattern, size_t times)
{
	struct http_head h = {.chunked = true};
	cleanup_buf text = BUF_INIT, out = BUF_INIT;
	struct http_body b;

	buf_str(&text, start);
	for (size_t i = 0; i < times; i++)
		buf_str(&text, pattern);
	http_body_start(&b, &h, 1 << 20);
	return (int)MIN(http_body_feed(&b, text.p, text.n, &out, NULL), (ssize_t)0);
}

static void
extensions_and_trailers_are_bounded(void **state UNUSED)
{
	assert_int_equal(flood("5;", "a", 4000), 0);
	assert_int_equal(flood("5;", "a", 5000), ERR_BAD_HTTP);
	assert_int_equal(flood("", "1;aaaa\r\nx\r\n", 800), 0);
	assert_int_equal(flood("", "1;aaaa\r\nx\r\n", 1100), ERR_BAD_HTTP); // all chunks together
	assert_int_equal(flood("0\r\n", "X: y\r\n", 1300), 0);
	assert_int_equal(flood("0\r\n", "X: y\r\n", 1700), ERR_BAD_HTTP);
}

static void
a_known_length_is_taken_and_no_more(void **state UNUSED)
{
	struct http_head h = {.has_length = true, .length = 5};
	cleanup_buf out = BUF_INIT;
	struct http_body b;

	http_body_start(&b, &h, 5);
	assert_int_equal(http_body_feed(&b, "hel", 3, &out, NULL), 3);
	assert_false(http_body_done(&b));
	assert_int_equal(http_body_feed(&b, "loGET", 5, &out, NULL), 2);
	assert_true(http_body_done(&b));
	assert_string_equal(out.p, "hello");
	http_body_start(&b, &h, 4);
	assert_int_equal(http_body_feed(&b, "h", 1, &out, NULL), ERR_TOO_LARGE);
	h.length = 0;
	http_body_start(&b, &h, 4);
	assert_true(http_body_done(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chunks_are_decoded_however_they_arrive),
	    cmocka_unit_test(extensions_and_trailers_are_bounded),
	    cmocka_unit_test(a_known_length_is_taken_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
