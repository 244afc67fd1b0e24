// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct pair {
	const char *in, *want; // want NULL: refused
};

static void
checks_as(const char *in, const char *want)
{
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	int rc = url_check(sv_from(in), &out, &err);

	if (rc != (want ? 0 : ERR_INVALID_URL) || (want && strcmp(out.p ? out.p : "", want) != 0))
		fail_msg("url_check(\"%s\") = %d \"%s\" %s, wanted %s", in, rc, out.p ? out.p : "",
		    err.message, want ? want : "a refusal");
	if (!want)
		assert_int_equal(out.n, 0);
}

static void
check_normalises_what_browsers_normalise(void **state)
{
	static const struct pair cases[] = {
	    {"https://example.org", "https://example.org/"},
	    {"example.org", "https://example.org/"},
	    {"example.org/a?b=c#d", "https://example.org/a?b=c#d"},
	    {"example.org:8080/x", "https://example.org:8080/x"},
	    {"localhost:3000", "https://localhost:3000/"},
	    {"localhost:3000?q", "https://localhost:3000/?q"},
	    {"//example.org/x", "https://example.org/x"},
	    {"  \t HTTP://EXAMPLE.org:80/A \n", "http://example.org/A"},
	    {"ht\ntps://exa\tmple.org/\r\n", "https://example.org/"},
	    {"http:example.org", "http://example.org/"},
	    {"http:/example.org/x", "http://example.org/x"},
	    {"http:////example.org/x", "http://example.org/x"},
	    {"http:\\\\example.org\\a\\b?c\\d", "http://example.org/a/b?c\\d"},
	    {"https://example.org:443/", "https://example.org/"},
	    {"https://example.org:/", "https://example.org/"},
	    {"https://example.org:00080/", "https://example.org:80/"},
	    {"http://user:p%40ss@example.org/", "http://user:p%40ss@example.org/"},
	    {"http://a@b@example.org/", "http://a%40b@example.org/"},
	    {"http://:@example.org/", "http://example.org/"},
	    {"http://u:@example.org/", "http://u@example.org/"},
	    {"http://:p:q@example.org/", "http://:p%3Aq@example.org/"},
	    {"http://example.org/a/./b/../c", "http://example.org/a/c"},
	    {"http://example.org/../../x", "http://example.org/x"},
	    {"http://example.org/a/%2E%2e/b", "http://example.org/b"},
	    {"http://example.org/a/..", "http://example.org/"},
	    {"http://example.org/a/.", "http://example.org/a/"},
	    {"http://example.org/a b\"<>`{}", "http://example.org/a%20b%22%3C%3E%60%7B%7D"},
	    {"http://example.org/\xc3\xa4?\xc3\xa4#\xc3\xa4",
		"http://example.org/%C3%A4?%C3%A4#%C3%A4"},
	    {"http://example.org/?a=%zz&b='", "http://example.org/?a=%zz&b=%27"},
	    {"http://m\xc3\xbcnchen.de/", "http://xn--mnchen-3ya.de/"},
	    {"http://EX%41MPLE.org/", "http://example.org/"},
	    {"http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"},
	    {"http://example.org./", "http://example.org./"},
	    {"http://a_b.example.org/", "http://a_b.example.org/"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		checks_as(cases[i].in, cases[i].want);
}

static void
check_writes_odd_address_spellings_as_four_decimals(void **state)
{
	static const char *const loopbacks[] = {"127.1", "127.0.1", "0x7f000001", "0x7F.1",
	    "2130706433", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.0.0.01",
	    "%31%32%37.0.0.1",
	    "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", // circled digits
	    "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", // full-width digits
	    "127\xe3\x80\x82"
	    "0\xe3\x80\x82"
	    "0\xef\xbd\xa1"
	    "1", // ideographic full stops
	    "127.0.0.\xc2\xad"
	    "1", // soft hyphen, dropped by IDNA
	    "\xf0\x9d\x9f\x8f"
	    "27.0.0.1", // mathematical bold one
	    "%ef%bc%91%ef%bc%92%ef%bc%97.1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(loopbacks); i++) {
		char url[128];

		snprintf(url, sizeof(url), "http://%s/x", loopbacks[i]);
		checks_as(url, "http://127.0.0.1/x");
		assert_true(host_is_private_literal(sv_from(loopbacks[i])));
	}
	checks_as("http://0/", "http://0.0.0.0/");
	checks_as("http://8.8.2056/", "http://8.8.8.8/");
	checks_as("http://4294967295/", "http://255.255.255.255/");
}

static void
check_refuses_what_is_no_web_address(void **state)
{
	static const char *const bad[] = {"", "   ", "\t\n", "file:///etc/passwd",
	    "FILE:///etc/passwd", "\tfile:///etc/passwd", "fi\tle:///etc/passwd", "\x01 file:/etc",
	    "view-source:file:///etc", "View-Source:https://example.org", "chrome://crash",
	    "javascript:alert(1)", "JavaScript:1", "java\nscript:alert(1)", "data:text/html,x",
	    "about:blank", "blob:https://example.org/x", "ftp://example.org/", "ws://example.org/",
	    "filesystem:http://example.org/", "mailto:a@b.c", "tel:110", "mailto:1", "http://",
	    "https:///", "http:", "http://?x", "http://:80/", "http://user@/", "/etc/passwd",
	    "\\etc", "http://exa mple.org/", "http://a<b/", "http://a%00b/", "http://a%2fb/",
	    "http://a%/", "http://a|b/", "http://[::1/", "http://[::1]x/", "http://[::g]/",
	    "http://[1.2.3.4]/", "http://example.org:65536/", "http://example.org:8x/",
	    "http://example.org:-1/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://1.2.3.256/",
	    "http://4294967296/", "http://x.0xg.08/", "http://1..2/", "http://example.09/",
	    "http://\xff\xfe/", "http://f\xef\xbd\x89le\xef\xbc\x9a/",
	    ("http://\xe2\x80\xae"
	     "a.com/")};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		checks_as(bad[i], NULL);
}

static void
check_names_the_refused_scheme(void **state)
{
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    url_check(SV(" vIew-\tsource:file:///etc/passwd"), &out, &err), ERR_INVALID_URL);
	assert_non_null(strstr(err.message, "\"vIew-source:\""));
}

// The part before a backslash is the host for the browser; a checker that splits at '@' only would
// check example.org and load localhost.
static void
check_and_split_agree_with_the_browser_on_backslashes(void **state)
{
	struct url u;

	(void)state;
	checks_as("http://localhost\\@example.org/", "http://localhost/@example.org/");
	checks_as("localhost.:80\\@example.org", "https://localhost.:80/@example.org");
	checks_as("\\\\localhost/etc/passwd", "https://localhost/etc/passwd");
	assert_true(url_split(SV("http:\\\\localhost\\@example.org/"), &u));
	assert_true(sv_eq_str(u.host, "localhost"));
}

static void
check_ends_at_its_size_limit(void **state)
{
	size_t n = 70000;
	cleanup_free char *big = xmalloc(n + 1);

	(void)state;
	memset(big, 'a', n);
	big[n] = '\0';
	checks_as(big, NULL);
}

static void
check_keeps_nul_out(void **state)
{
	cleanup_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(url_check(SV("http://a\0b/"), &out, NULL), ERR_INVALID_URL);
	assert_int_equal(url_check(SV("file\0:///etc"), &out, NULL), ERR_INVALID_URL);
	assert_int_equal(url_check(SV("http://a/\0x"), &out, NULL), 0);
	assert_string_equal(out.p, "http://a/%00x");
}

static void
split_keeps_absent_apart_from_empty(void **state)
{
	struct url u;

	(void)state;
	assert_true(url_split(SV("https://u:p@Host:81/p/a?q#f"), &u));
	assert_true(sv_eq_str(u.scheme, "https") && sv_eq_str(u.user, "u:p"));
	assert_true(sv_eq_str(u.host, "Host") && sv_eq_str(u.port, "81"));
	assert_true(sv_eq_str(u.path, "/p/a") && sv_eq_str(u.query, "q"));
	assert_true(sv_eq_str(u.fragment, "f"));
	assert_true(url_split(SV("http://h"), &u));
	assert_null(u.user.p);
	assert_null(u.port.p);
	assert_null(u.query.p);
	assert_null(u.fragment.p);
	assert_int_equal(u.path.n, 0);
	assert_true(url_split(SV("http://h/?#"), &u));
	assert_non_null(u.query.p);
	assert_non_null(u.fragment.p);
	assert_true(url_split(SV("http://[::1]:8/"), &u));
	assert_true(sv_eq_str(u.host, "[::1]") && sv_eq_str(u.port, "8"));
	assert_true(url_split(SV("mailto:a@b"), &u));
	assert_null(u.host.p);
	assert_true(sv_eq_str(u.path, "a@b"));
	assert_false(url_split(SV("no scheme"), &u));
	assert_false(url_split(SV_NULL, &u));
	assert_false(url_split(SV("1http://x"), &u));
}

static void
resolve_follows_rfc3986_and_whatwg(void **state)
{
	// RFC 3986 §5.4, with the WHATWG answers where they differ.
	static const struct pair cases[] = {{"g:h", "g:h"}, {"g", "http://a/b/c/g"},
	    {"./g", "http://a/b/c/g"}, {"g/", "http://a/b/c/g/"}, {"/g", "http://a/g"},
	    {"//g", "http://g/"}, {"?y", "http://a/b/c/d;p?y"}, {"g?y", "http://a/b/c/g?y"},
	    {"#s", "http://a/b/c/d;p?q#s"}, {"g#s", "http://a/b/c/g#s"},
	    {"g?y#s", "http://a/b/c/g?y#s"}, {";x", "http://a/b/c/;x"}, {"g;x", "http://a/b/c/g;x"},
	    {"", "http://a/b/c/d;p?q"}, {".", "http://a/b/c/"}, {"./", "http://a/b/c/"},
	    {"..", "http://a/b/"}, {"../", "http://a/b/"}, {"../g", "http://a/b/g"},
	    {"../..", "http://a/"}, {"../../", "http://a/"}, {"../../g", "http://a/g"},
	    {"../../../g", "http://a/g"}, {"/./g", "http://a/g"}, {"/../g", "http://a/g"},
	    {"g.", "http://a/b/c/g."}, {".g", "http://a/b/c/.g"}, {"g..", "http://a/b/c/g.."},
	    {"./../g", "http://a/b/g"}, {"./g/.", "http://a/b/c/g/"}, {"g/../h", "http://a/b/c/h"},
	    {"g;x=1/../y", "http://a/b/c/y"}, {"g?y/./x", "http://a/b/c/g?y/./x"},
	    {"http:g", "http://a/b/c/g"}, {"HTTP:g", "http://a/b/c/g"}, {"http:/g", "http://a/g"},
	    {"http://g", "http://g/"}, {"https:g", "https://g/"}, {"\\g", "http://a/g"},
	    {"\\\\g\\h", "http://g/h"}, {"/\\g", "http://g/"}, {"x\\..\\y", "http://a/b/c/y"},
	    {" \n g\t ", "http://a/b/c/g"}, {"mailto:x@y.z", "mailto:x@y.z"},
	    {"javascript:void(0)", "javascript:void(0)"}, {"data:,x y", "data:,x y"},
	    {"a b", "http://a/b/c/a%20b"}, {"http://", NULL}, {"//", NULL}, {"http://h:x/", NULL},
	    {"//exa mple/", NULL}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf out = BUF_INIT;
		bool ok = url_resolve(SV("http://a/b/c/d;p?q#old"), sv_from(cases[i].in), &out);

		if (ok != (cases[i].want != NULL) || (ok && strcmp(out.p, cases[i].want) != 0))
			fail_msg("resolve(\"%s\") = %d \"%s\", wanted \"%s\"", cases[i].in, ok,
			    out.p ? out.p : "", cases[i].want ? cases[i].want : "(none)");
		if (!ok)
			assert_int_equal(out.n, 0);
	}
}

// What is copied because it looks canonical is what the longer way gives.
static void
canonical_references_come_out_as_they_are(void **state)
{
	static const struct pair cases[] = {{"https://example.org/a/b?c=d&e=/f#g", NULL},
	    {"http://sub-1.example.co.uk/", NULL}, {"/a/b-c_d~e.html?x=1;y=(2)*!$#frag/./x", NULL},
	    {"/", NULL}, {"/a%20b", NULL}, {"/a:b@c", NULL},
	    {"https://1.2.3/x", "https://1.2.0.3/x"}, {"https://e.org:443/x", "https://e.org/x"},
	    {"https://e.org", "https://e.org/"}, {"https://E.org/x", "https://e.org/x"},
	    {"https://e.org/a/../b", "https://e.org/b"},
	    {"https://e.org/a/%2e%2E/b", "https://e.org/b"}, {"/a/./b", "http://h:81/a/b"},
	    {"/a'b?c'd", "http://h:81/a'b?c%27d"}, {"/a\\b", "http://h:81/a/b"},
	    {"/a{b}", "http://h:81/a%7Bb%7D"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf out = BUF_INIT, want = BUF_INIT;

		if (!cases[i].want && cases[i].in[0] == '/')
			buf_str(&want, "http://h:81");
		buf_str(&want, cases[i].want ? cases[i].want : cases[i].in);
		assert_true(url_resolve(SV("http://H:81/x"), sv_from(cases[i].in), &out));
		assert_string_equal(out.p, want.p);
	}
}

static void
resolve_appends_and_needs_a_web_base(void **state)
{
	cleanup_buf out = BUF_INIT;

	(void)state;
	buf_str(&out, "<");
	assert_true(url_resolve(SV("https://h"), SV("x"), &out));
	assert_string_equal(out.p, "<https://h/x");
	assert_false(url_resolve(SV("about:blank"), SV("x"), &out));
	assert_false(url_resolve(SV("file:///etc/"), SV("passwd"), &out));
	assert_false(url_resolve(SV_NULL, SV("x"), &out));
	assert_int_equal(out.n, strlen("<https://h/x"));
	assert_true(url_resolve(SV_NULL, SV("http://x"), &out));
}

static void
origin_is_scheme_host_and_uncommon_port(void **state)
{
	static const struct pair cases[] = {
	    {"https://U:p@EXAMPLE.org:443/x?y", "https://example.org"},
	    {"http://example.org:8080", "http://example.org:8080"},
	    {"http://[::0001]/", "http://[::1]"}, {"ftp://example.org/", NULL},
	    {"about:blank", NULL}, {"http://", NULL}, {"http://a:b/", NULL}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf out = BUF_INIT;

		assert_int_equal(url_origin(sv_from(cases[i].in), &out), cases[i].want != NULL);
		if (cases[i].want)
			assert_string_equal(out.p, cases[i].want);
		else
			assert_int_equal(out.n, 0);
	}
}

static void
public_has_no_password(void **state)
{
	static const struct pair cases[] = {
	    {"https://U:p@example.org:8/x?y@z#a", "https://example.org:8/x?y@z#a"},
	    {"http://u@[::1]/", "http://[::1]/"}, {"http://@h/", "http://h/"},
	    {"http://example.org/a@b", "http://example.org/a@b"}, {"about:blank", "about:blank"},
	    {"", ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf out = BUF_INIT;

		url_add_public(sv_from(cases[i].in), &out);
		assert_string_equal(out.p ? out.p : "", cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_normalises_what_browsers_normalise),
	    cmocka_unit_test(check_writes_odd_address_spellings_as_four_decimals),
	    cmocka_unit_test(check_refuses_what_is_no_web_address),
	    cmocka_unit_test(check_names_the_refused_scheme),
	    cmocka_unit_test(check_and_split_agree_with_the_browser_on_backslashes),
	    cmocka_unit_test(check_ends_at_its_size_limit),
	    cmocka_unit_test(check_keeps_nul_out),
	    cmocka_unit_test(split_keeps_absent_apart_from_empty),
	    cmocka_unit_test(resolve_follows_rfc3986_and_whatwg),
	    cmocka_unit_test(canonical_references_come_out_as_they_are),
	    cmocka_unit_test(resolve_appends_and_needs_a_web_base),
	    cmocka_unit_test(origin_is_scheme_host_and_uncommon_port),
	    cmocka_unit_test(public_has_no_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
