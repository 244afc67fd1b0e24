// SPDX-License-Identifier: Apache-2.0
// Heads, good and bad: what RFC 9112 forbids and what two readers could understand differently is
// refused; the end is found however the bytes arrive.
#include "orchestrator/http/http_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define H "Host: x\r\n"

struct head_case {
	const char *text;
	int code; // 0: accepted
};

static const struct head_case heads[] = {
    // request lines
    {"GET / HTTP/1.1\r\n" H "\r\n", 0},
    {"GET /a/b.c?x=1&y={2} HTTP/1.1\r\n" H "\r\n", 0},
    {"GET /%41 HTTP/1.1\r\n" H "\r\n", 0},
    {"OPTIONS * HTTP/1.1\r\n" H "\r\n", 0},
    {"BREW / HTTP/1.1\r\n" H "\r\n", 0},
    {"GET http://x/a HTTP/1.1\r\n" H "\r\n", 0},
    {"GET http://x:80/a HTTP/1.1\r\nHost: X:80\r\n\r\n", 0},
    {"GET http://y/a HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET http://x HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET ftp://x/ HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"CONNECT x:443 HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET * HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET a HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET  / HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /  HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1 \r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET\t/\tHTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET\r\n" H "\r\n", ERR_BAD_HTTP},
    {"G@T / HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET / http/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.12\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.2\r\n" H "\r\n", ERR_HTTP_VERSION},
    {"GET / HTTP/0.9\r\n" H "\r\n", ERR_HTTP_VERSION},
    {"GET / HTTP/3.0\r\n" H "\r\n", ERR_HTTP_VERSION},
    {"PRI * HTTP/2.0\r\n\r\n", ERR_HTTP_VERSION},
    // targets
    {"GET /%00 HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /?a=%00 HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /?a=100% HTTP/1.1\r\n" H "\r\n", 0},
    {"GET /%4 HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /%zz HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /../etc HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a/.. HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a/./b HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a/%2e%2E/b HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a/.%2e%2fb HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a/..%5cb HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a/...b/..c HTTP/1.1\r\n" H "\r\n", 0},
    {"GET /a\\b HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a#b HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a?b#c HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    {"GET /a\x01 HTTP/1.1\r\n" H "\r\n", ERR_BAD_HTTP},
    // Host
    {"GET / HTTP/1.1\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.0\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n" H H "\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: []\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\nHost: 127.0.0.1:8377\r\n\r\n", 0},
    // fields
    {"GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n " H "\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H ": b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A\x7f: b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A: b\x01\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A: b\x7f\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A: b\rX: y\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "A:\r\nB: \t c\xe9 \t\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\n" H "Authorization: a\r\nauthorization: b\r\n\r\n", ERR_BAD_HTTP},
    {"GET / HTTP/1.1\r\n" H "Accept: a\r\nAccept: b\r\n\r\n", 0},
    // framing
    {"POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 007\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" H "\r\n", 0},
    {"POST / HTTP/1.0\r\n\r\n", ERR_LENGTH_REQUIRED},
    {"POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 5abc\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 1000000000000000000000000\r\n\r\n", ERR_TOO_LARGE},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 9223372036854775808\r\n\r\n", ERR_TOO_LARGE},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\n", ERR_TOO_LARGE},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", ERR_NOT_IMPLEMENTED},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, identity\r\n\r\n", ERR_NOT_IMPLEMENTED},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", ERR_NOT_IMPLEMENTED},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n", ERR_NOT_IMPLEMENTED},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", ERR_NOT_IMPLEMENTED},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
     "chunked\r\n\r\n",
	ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
	ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
	ERR_BAD_HTTP},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_BAD_HTTP},
    {"POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 0},
    {"POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", ERR_EXPECTATION},
    {"GET / HTTP/1.0\r\nExpect: x\r\n\r\n", 0},
};

// Feeds `step` bytes a time. The code, or 0.
static int
feed(struct sv text, size_t step, struct http_head *h)
{
	struct http_scan scan = {0};
	struct err err = ERR_INIT;

	for (size_t n = MIN(step, text.n);; n = MIN(n + step, text.n)) {
		ssize_t k = http_head_scan(&scan, (struct sv){text.p, n}, 16384, &err);

		if (k < 0)
			return (int)k;
		if (k > 0) {
			assert_int_equal(k, text.n);
			return http_head_parse((struct sv){text.p, (size_t)k}, h, &err);
		}
		if (n == text.n)
			fail_msg("no end: %s", text.p);
	}
}

static void
heads_are_read_strictly_however_they_arrive(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct sv text = sv_from(heads[i].text);

		for (size_t step = 1; step <= text.n; step += step < 3 ? 1 : text.n - 3) {
			struct http_head h;
			int rc = feed(text, step, &h);

			if (rc != heads[i].code)
				fail_msg("%s: %s instead of %s", heads[i].text,
				    rc ? err_info(rc)->code : "good",
				    heads[i].code ? err_info(heads[i].code)->code : "good");
		}
	}
}

static void
what_is_accepted_is_understood(void **state UNUSED)
{
	static const char text[] =
	    "POST /a/b?c=d&e=%20f HTTP/1.1\r\nHost: h:80\r\nX-One:  two \t\r\n"
	    "Connection: foo , Close\r\nContent-Length: 12\r\n"
	    "Expect: 100-Continue\r\n\r\n";
	struct http_request r = {0};
	struct err err = ERR_INIT;
	cleanup_buf value = BUF_INIT;
	struct http_head h;

	assert_int_equal(http_head_parse(SV(text), &h, &err), 0);
	assert_int_equal(h.method, HTTP_POST);
	assert_int_equal(h.minor, 1);
	assert_true(sv_eq_str(h.path, "/a/b") && sv_eq_str(h.query, "c=d&e=%20f"));
	assert_true(sv_eq_str(h.host, "h:80"));
	assert_int_equal(h.n_fields, 5);
	assert_true(sv_eq_str(h.fields[1].name, "X-One") && sv_eq_str(h.fields[1].value, "two"));
	assert_false(h.keep_alive);
	assert_true(h.expect_continue && h.has_length && !h.chunked);
	assert_int_equal(h.length, 12);
	r = (struct http_request){.query = h.query, .fields = h.fields, .n_fields = h.n_fields};
	assert_true(sv_eq_str(http_field_get(&r, "x-one"), "two"));
	assert_null(http_field_get(&r, "x-two").p);
	assert_true(http_query_get(&r, "e", &value));
	assert_string_equal(value.p, " f");
	assert_false(http_query_get(&r, "f", &value));
	assert_false(http_query_get(&r, "", &value));
	buf_reset(&value);
	r.query = SV("a=1&ab=&b&=x&c==y%3d");
	assert_true(http_query_get(&r, "ab", &value) && value.n == 0);
	assert_true(http_query_get(&r, "b", &value) && value.n == 0);
	assert_true(http_query_get(&r, "c", &value));
	assert_string_equal(value.p, "=y=");
}

static void
keep_alive_is_the_rule_of_1_1_and_the_exception_of_1_0(void **state UNUSED)
{
	static const struct {
		const char *text;
		bool keep;
	} cases[] = {
	    {"GET / HTTP/1.1\r\n" H "\r\n", true},
	    {"GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", false},
	    {"GET / HTTP/1.1\r\n" H "Connection: x\r\nConnection: close\r\n\r\n", false},
	    {"GET / HTTP/1.0\r\n\r\n", false},
	    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
	    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_head h;

		assert_int_equal(http_head_parse(sv_from(cases[i].text), &h, NULL), 0);
		assert_int_equal(h.keep_alive, cases[i].keep);
	}
}

// --- what never becomes a head ---

static int
scan_all(const char *p, size_t n, size_t max)
{
	struct http_scan scan = {0};

	return (int)http_head_scan(&scan, (struct sv){p, n}, max, NULL);
}

static void
an_unfinished_head_is_refused_as_soon_as_it_is_wrong(void **state UNUSED)
{
	char text[20000];

	assert_int_equal(scan_all("GET / HTTP/1.1\nHost", 19, 16384), ERR_BAD_HTTP);
	assert_int_equal(scan_all("\n", 1, 16384), ERR_BAD_HTTP);
	assert_int_equal(scan_all("\x16\x03\x01", 3, 16384), ERR_BAD_HTTP); // TLS
	assert_int_equal(scan_all("\r\n", 2, 16384), 2);
	assert_int_equal(scan_all("\r\nGET", 5, 16384), 2);
	assert_int_equal(scan_all("", 0, 16384), 0);
	memset(text, 'a', sizeof(text));
	assert_int_equal(scan_all(text, 8192, 16384), 0);
	assert_int_equal(scan_all(text, 8193, 16384), ERR_URI_TOO_LONG);
	memcpy(text, "GET / HTTP/1.1\r\n", 16);
	assert_int_equal(scan_all(text, 16384, 16384), 0);
	assert_int_equal(scan_all(text, 16385, 16384), ERR_HEAD_TOO_LARGE);
	memcpy(text + 16390, "\r\n\r\n", 4);
	assert_int_equal(scan_all(text, 20000, 16384), ERR_HEAD_TOO_LARGE);
	memset(text, 'a', sizeof(text));
	memcpy(text + 9000, "\r\n\r\n", 4);
	assert_int_equal(scan_all(text, 20000, 16384), ERR_URI_TOO_LONG);
}

static void
fields_are_counted(void **state UNUSED)
{
	cleanup_buf b = BUF_INIT;
	struct http_head h;

	buf_str(&b, "GET / HTTP/1.1\r\n" H);
	for (int i = 1; i < HTTP_MAX_HEADERS; i++)
		buf_str(&b, "a: b\r\n");
	buf_str(&b, "\r\n");
	assert_int_equal(http_head_parse(buf_view(&b), &h, NULL), 0);
	assert_int_equal(h.n_fields, HTTP_MAX_HEADERS);
	b.n -= 2;
	buf_str(&b, "c: d\r\n\r\n");
	assert_int_equal(http_head_parse(buf_view(&b), &h, NULL), ERR_HEAD_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_read_strictly_however_they_arrive),
	    cmocka_unit_test(what_is_accepted_is_understood),
	    cmocka_unit_test(keep_alive_is_the_rule_of_1_1_and_the_exception_of_1_0),
	    cmocka_unit_test(an_unfinished_head_is_refused_as_soon_as_it_is_wrong),
	    cmocka_unit_test(fields_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
