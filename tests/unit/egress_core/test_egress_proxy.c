// SPDX-License-Identifier: Apache-2.0
// The handshakes with a proxy: what is said, what is taken of its answers, why they fail; and which
// hosts go by it.
#include "base/lookup.h"
#include "base/address.h"
#include "sandbox/egress/proxy.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct talk {
	struct egress_upstream up;
	struct proxy_talk t;
	const char *host;
	struct buf said;
	size_t taken;
};

static struct talk
begin(enum egress_way kind, const char *user, const char *password, const char *host)
{
	struct talk k = {.up = {.kind = kind, .user = user, .password = password},
	    .host = host,
	    .said = BUF_INIT};

	proxy_begin(&k.t, &k.up, sv_from(host), 443, &k.said);
	return k;
}

static enum proxy_state
hear(struct talk *k, struct sv in)
{
	return proxy_hear(&k->t, &k->up, sv_from(k->host), 443, in, &k->taken, &k->said);
}

static void
check_said(struct talk *k, struct sv want)
{
	assert_int_equal(k->said.n, want.n);
	assert_memory_equal(k->said.p, want.p, want.n);
	buf_done(&k->said);
}

#define SAID(k, text) check_said(k, SV(text))

static void
http_is_asked_to_connect(void **state UNUSED)
{
	struct talk k = begin(EGRESS_BY_HTTP, NULL, NULL, "example.com");

	SAID(&k, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
	k = begin(EGRESS_BY_HTTP, "Aladdin", "open sesame", "2001:db8::1");
	SAID(&k, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
		 "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
	k = begin(EGRESS_BY_HTTP, "u", NULL, "[2001:db8::1]");
	SAID(&k, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
		 "Proxy-Authorization: Basic dTo=\r\n\r\n");
}

static void
an_http_answer_is_taken_when_it_is_all_there(void **state UNUSED)
{
	static const struct sv good[] = {SV_INIT("HTTP/1.1 200 Connection established\r\n\r\n"),
	    SV_INIT("HTTP/1.0 200\r\nContent-Length: 5\r\n\r\n"), SV_INIT("HTTP/1.1 299 \n\n"),
	    SV_INIT("HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct talk k = begin(EGRESS_BY_HTTP, NULL, NULL, "a.example");
		cleanup_buf more = BUF_INIT;

		buf_sv(&more, good[i]);
		buf_str(&more, "hello");
		assert_int_equal(hear(&k, buf_view(&more)), PROXY_OPEN);
		assert_int_equal(k.taken, good[i].n);
		buf_done(&k.said);
		k = begin(EGRESS_BY_HTTP, NULL, NULL, "a.example");
		for (size_t n = 0; i < 3 && n < good[i].n; n++) {
			assert_int_equal(hear(&k, sv_sub(good[i], 0, n)), PROXY_MORE);
			assert_int_equal(k.taken, 0);
		}
		buf_done(&k.said);
	}
}

static void
an_http_proxy_that_does_not_connect_says_why(void **state UNUSED)
{
	static const struct {
		struct sv in;
		const char *user, *detail;
	} rows[] = {
	    {SV_INIT("HTTP/1.1 407 X\r\n\r\n"), NULL,
		"answered 407: it wants a username and password"},
	    {SV_INIT("HTTP/1.1 407 X\r\n\r\n"), "u",
		"answered 407: it does not take the username and password"},
	    {SV_INIT("HTTP/1.1 502 Bad Gateway\r\nA: b\r\n\r\nbody"), NULL, "answered 502"},
	    {SV_INIT("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"), NULL, "answered 302"},
	    {SV_INIT("HTTP/1.1 101 Switching\r\n\r\n"), NULL, "answered 101"},
	    {SV_INIT("HTTP/2 200\r\n\r\n"), NULL, "does not speak HTTP"},
	    {SV_INIT("HTTP/1.1 2000 OK\r\n\r\n"), NULL, "does not speak HTTP"},
	    {SV_INIT("HTTP/1.1 099 OK\r\n\r\n"), NULL, "does not speak HTTP"},
	    {SV_INIT("\5\0"), NULL, "does not speak HTTP"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk k = begin(EGRESS_BY_HTTP, rows[i].user, NULL, "a.example");

		assert_int_equal(hear(&k, rows[i].in), PROXY_FAILED);
		assert_string_equal(k.t.detail, rows[i].detail);
		buf_done(&k.said);
	}
}

static void
long_headers_of_a_proxy_are_not_waited_for(void **state UNUSED)
{
	struct talk k = begin(EGRESS_BY_HTTP, NULL, NULL, "a.example");
	cleanup_buf in = BUF_INIT;

	buf_str(&in, "HTTP/1.1 200 OK\r\nA: ");
	while (in.n < PROXY_MAX_ANSWER - 1)
		buf_ch(&in, 'a');
	assert_int_equal(hear(&k, buf_view(&in)), PROXY_MORE);
	buf_ch(&in, 'a');
	assert_int_equal(hear(&k, buf_view(&in)), PROXY_FAILED);
	assert_non_null(strstr(k.t.detail, "8192 bytes"));
	buf_done(&k.said);
}

static void
socks_without_a_password(void **state UNUSED)
{
	struct talk k = begin(EGRESS_BY_SOCKS5, NULL, NULL, "a.example");

	SAID(&k, "\5\1\0");
	assert_int_equal(hear(&k, SV("\5")), PROXY_MORE);
	assert_int_equal(k.taken, 0);
	assert_int_equal(hear(&k, SV("\5\0")), PROXY_MORE);
	assert_int_equal(k.taken, 2);
	SAID(&k, "\5\1\0\3\x09"
		 "a.example\1\xbb");
	assert_int_equal(hear(&k, SV("\5\0\0\1\x7f\0\0\1\0")), PROXY_MORE);
	assert_int_equal(hear(&k, SV("\5\0\0\1\x7f\0\0\1\0\1hello")), PROXY_OPEN);
	assert_int_equal(k.taken, 10);
	buf_done(&k.said);
	k = begin(EGRESS_BY_SOCKS5, NULL, NULL, "192.0.2.7");
	buf_reset(&k.said);
	assert_int_equal(hear(&k, SV("\5\0\5\0\0\3\2ab\0\1x")), PROXY_OPEN);
	assert_int_equal(k.taken, 11);
	SAID(&k, "\5\1\0\1\xc0\0\2\7\1\xbb");
	k = begin(EGRESS_BY_SOCKS5, NULL, NULL, "[2001:db8::1]");
	buf_reset(&k.said);
	assert_int_equal(
	    hear(&k, SV("\5\0\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")), PROXY_OPEN);
	SAID(&k, "\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\1\xbb");
}

static void
socks_with_a_password(void **state UNUSED)
{
	struct talk k = begin(EGRESS_BY_SOCKS5, "me", "pass", "a.example");

	SAID(&k, "\5\2\0\2");
	assert_int_equal(hear(&k, SV("\5\2")), PROXY_MORE);
	SAID(&k, "\1\2me\4pass");
	assert_int_equal(hear(&k, SV("\1\0")), PROXY_MORE);
	assert_int_equal(k.said.n, 16);
	assert_int_equal(hear(&k, SV("\5\0\0\1\0\0\0\0\0\0")), PROXY_OPEN);
	buf_done(&k.said);
	k = begin(EGRESS_BY_SOCKS5, "me", NULL, "a.example");
	buf_reset(&k.said);
	assert_int_equal(hear(&k, SV("\5\2")), PROXY_MORE);
	SAID(&k, "\1\2me\0");
	// A proxy that needs none is told none.
	k = begin(EGRESS_BY_SOCKS5, "me", "pass", "a.example");
	buf_reset(&k.said);
	assert_int_equal(hear(&k, SV("\5\0")), PROXY_MORE);
	assert_int_equal(k.said.p[0], 5);
	buf_done(&k.said);
}

static void
a_socks_proxy_that_does_not_connect_says_why(void **state UNUSED)
{
	static const struct {
		struct sv in;
		const char *user, *detail;
	} rows[] = {
	    {SV_INIT("\5\xff"), NULL, "wants a username and password"},
	    {SV_INIT("\5\xff"), "u", "takes neither a username and password nor none"},
	    {SV_INIT("\5\2"), NULL, "asks for a method that was not offered"},
	    {SV_INIT("\5\2\1\1"), "u", "does not take the username and password"},
	    {SV_INIT("\5\2\5\0"), "u", "does not speak SOCKS5"},
	    {SV_INIT("HTTP/1.1 400 X\r\n\r\n"), NULL, "does not speak SOCKS5"},
	    {SV_INIT("\4\0"), NULL, "does not speak SOCKS5"},
	    {SV_INIT("\5\0\4\0"), NULL, "does not speak SOCKS5"},
	    {SV_INIT("\5\0\5\0\0\2\0"), NULL, "does not speak SOCKS5"},
	    {SV_INIT("\5\0\5\2"), NULL, "says that its rules forbid it"},
	    {SV_INIT("\5\0\5\5\0\1\0\0\0\0\0\0"), NULL, "says that the connection was refused"},
	    {SV_INIT("\5\0\5\x63"), NULL, "answered 99"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct talk k = begin(EGRESS_BY_SOCKS5, rows[i].user, NULL, "a.example");

		assert_int_equal(hear(&k, rows[i].in), PROXY_FAILED);
		assert_string_equal(k.t.detail, rows[i].detail);
		buf_done(&k.said);
	}
}

// --- which hosts go by it ---

static const char *bypass[] = {"direct.example", "*.inside.example", "192.0.2.0/24"};
static const char *allowed[] = {"*.example", "198.51.100.0/24"}, *denied[] = {"bad.example"};
#define UPSTREAM                                                                                   \
	{                                                                                          \
		.kind = EGRESS_BY_HTTP, .host = "p", .port = 1, .bypass = { bypass, 3 }            \
	}

static void
hosts_of_bypass_go_direct(void **state UNUSED)
{
	const struct egress_policy none = {0}, p = {.upstream = UPSTREAM};

	assert_false(egress_by_upstream(&none, SV("www.example")));
	assert_true(egress_by_upstream(&p, SV("www.example")));
	assert_true(egress_by_upstream(&p, SV("inside.example")));
	assert_true(egress_by_upstream(&p, SV("8.8.8.8")));
	assert_false(egress_by_upstream(&p, SV("DIRECT.example.")));
	assert_false(egress_by_upstream(&p, SV("a.inside.example")));
	assert_false(egress_by_upstream(&p, SV("192.0.2.9")));
	assert_false(egress_by_upstream(&p, SV("[::ffff:192.0.2.9]")));
}

static void
far_hosts_are_judged_by_what_they_are_called(void **state UNUSED)
{
	const struct egress_policy p = {.upstream = UPSTREAM},
				   q = {.allow_hosts = {allowed, 2}, .deny_hosts = {denied, 1}},
				   r = {.allow_private = true};
	static const char *const private[] = {"localhost", "a.localhost", "127.1", "0x7f000001",
	    "10.0.0.1", "[::1]", "::1", "%31%32%37.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254"};

	for (size_t i = 0; i < ARRAY_LEN(private); i++) {
		assert_int_equal(egress_judge_far(&p, sv_from(private[i])), EGRESS_DENIED_ADDRESS);
		assert_int_equal(egress_judge_far(&r, sv_from(private[i])), EGRESS_ALLOWED);
	}
	assert_int_equal(egress_judge_far(&p, SV("www.example")), EGRESS_ALLOWED);
	assert_int_equal(egress_judge_far(&p, SV("8.8.8.8")), EGRESS_ALLOWED);
	assert_int_equal(egress_judge_far(&q, SV("www.example")), EGRESS_ALLOWED);
	assert_int_equal(egress_judge_far(&q, SV("bad.example")), EGRESS_DENIED_HOST);
	// What a name's addresses are, nobody here knows.
	assert_int_equal(egress_judge_far(&q, SV("www.other")), EGRESS_DENIED_HOST);
	assert_int_equal(egress_judge_host(&q, SV("www.other")), EGRESS_ALLOWED);
}

static void
a_proxy_is_judged_by_its_address_alone(void **state UNUSED)
{
	const struct egress_policy p = {.allow_hosts = {allowed, 1}},
				   q = {.allow_private = true, .deny_hosts = {denied, 1}};
	union address inner, outer;

	assert_true(address_read(SV("10.0.0.1"), &inner) && address_read(SV("8.8.8.8"), &outer));
	assert_int_equal(egress_judge_upstream(&p, &inner.sa), EGRESS_DENIED_ADDRESS);
	assert_int_equal(egress_judge_upstream(&p, &outer.sa), EGRESS_ALLOWED);
	assert_int_equal(egress_judge_upstream(&q, &inner.sa), EGRESS_ALLOWED);
}

static void
a_proxy_is_the_same_when_all_of_it_is(void **state UNUSED)
{
	const struct egress_upstream none = {0}, a = UPSTREAM;
	struct egress_upstream b[] = {UPSTREAM, UPSTREAM, UPSTREAM, UPSTREAM, UPSTREAM, UPSTREAM};
	static const char *other[] = {"direct.example", "*.inside.example", "192.0.2.1"};

	assert_true(egress_upstream_same(&none, &none));
	assert_false(egress_upstream_same(&none, &a));
	b[0].kind = EGRESS_BY_SOCKS5;
	b[1].port = 2;
	b[2].user = "u";
	b[3].password = "p";
	b[4].bypass.v = other;
	b[5].bypass.n = 2;
	for (size_t i = 0; i < ARRAY_LEN(b); i++)
		assert_false(egress_upstream_same(&a, &b[i]));
	b[0] = (struct egress_upstream)UPSTREAM;
	b[0].host = "q";
	assert_false(egress_upstream_same(&a, &b[0]));
	b[0].host = "p";
	assert_true(egress_upstream_same(&a, &b[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(http_is_asked_to_connect),
	    cmocka_unit_test(an_http_answer_is_taken_when_it_is_all_there),
	    cmocka_unit_test(an_http_proxy_that_does_not_connect_says_why),
	    cmocka_unit_test(long_headers_of_a_proxy_are_not_waited_for),
	    cmocka_unit_test(socks_without_a_password),
	    cmocka_unit_test(socks_with_a_password),
	    cmocka_unit_test(a_socks_proxy_that_does_not_connect_says_why),
	    cmocka_unit_test(hosts_of_bypass_go_direct),
	    cmocka_unit_test(far_hosts_are_judged_by_what_they_are_called),
	    cmocka_unit_test(a_proxy_is_judged_by_its_address_alone),
	    cmocka_unit_test(a_proxy_is_the_same_when_all_of_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
