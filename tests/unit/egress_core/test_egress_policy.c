// SPDX-License-Identifier: Apache-2.0
// What is a pattern, and what a policy says of names and addresses.
#include "sandbox/egress/policy.h"

#include "base/lookup.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static union address
address(const char *text)
{
	union address a = {0};

	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1)
		a.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1)
		a.sa.sa_family = AF_INET6;
	else
		fail_msg("%s is no address", text);
	return a;
}

static void
patterns_are_names_addresses_and_networks(void **state UNUSED)
{
	static const char *const good[] = {"example.com", "*.example.com", "EXAMPLE.com", "a",
	    "example.com.", "*.com", "bücher.example", "*.bücher.example", "_dmarc.example.com",
	    "a-b.c", "192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1",
	    "[::1]", "10.0.0.0/8", "192.0.2.1/32", "xn--bcher-kva.example", "localhost"};
	static const char *const bad[] = {"", "*", "*.", ".", "..", "a..b", ".a", "*.*.com",
	    "a.*.com", "*example.com", "http://example.com", "example.com/", "example.com:80",
	    "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/0008",
	    "2001:db8::1/32", "::/129", "a b", "127.1", "0x7f.1", "1.2.3.400", "1.2.3.4.5",
	    "2130706433", "[::1", "user@host", "a,b"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (egress_pattern_check(sv_from(good[i]), NULL) != 0)
			fail_msg("%s should be a pattern", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = ERR_INIT;

		if (egress_pattern_check(sv_from(bad[i]), &err) != ERR_INVALID_REQUEST)
			fail_msg("%s should be no pattern", bad[i]);
		assert_non_null(strstr(err.message, "no pattern of hosts: expected"));
	}
}

static void
long_names_and_labels_are_no_patterns(void **state UNUSED)
{
	char name[400];

	for (size_t n = 63; n <= 64; n++) {
		memset(name, 'a', n);
		memcpy(name + n, ".com", 5);
		assert_int_equal(egress_pattern_check(sv_from(name), NULL) == 0, n == 63);
	}
	for (size_t n = 253; n <= 257; n += 4) {
		for (size_t i = 0; i < n; i++)
			name[i] = i % 10 == 9 ? '.' : 'a';
		name[n - 1] = 'a';
		name[n] = '\0';
		assert_int_equal(egress_pattern_check(sv_from(name), NULL) == 0, n == 253);
	}
	assert_int_equal(egress_pattern_check((struct sv){"a\0b", 3}, NULL), ERR_INVALID_REQUEST);
}

struct row {
	const char *allow, *deny; // one pattern each, or NULL
	const char *host;         // as asked for
	const char *to;           // its address; NULL: not known
	enum egress_verdict verdict;
	bool allow_private;
};

#define OK      EGRESS_ALLOWED
#define HOST    EGRESS_DENIED_HOST
#define ADDRESS EGRESS_DENIED_ADDRESS

static const struct row rows[] = {
    // no lists
    {NULL, NULL, "example.com", NULL, OK, false},
    {NULL, NULL, "example.com", "93.184.215.14", OK, false},
    {NULL, NULL, "example.com", "10.0.0.1", ADDRESS, false},
    {NULL, NULL, "example.com", "10.0.0.1", OK, true},
    {NULL, NULL, "example.com", "169.254.169.254", ADDRESS, false},
    {NULL, NULL, "example.com", "::ffff:10.0.0.1", ADDRESS, false},
    {NULL, NULL, "example.com", "64:ff9b::a00:1", ADDRESS, false},
    {NULL, NULL, "example.com", "2002:a00:1::", ADDRESS, false},
    {NULL, NULL, "example.com", "64:ff9b::5db8:d70e", OK, false},
    {NULL, NULL, "example.com", "2606:4700::1", OK, false},
    // names
    {NULL, "example.com", "example.com", NULL, HOST, false},
    {NULL, "example.com", "Example.COM.", NULL, HOST, false},
    {NULL, "example.com.", "example.com", NULL, HOST, false},
    {NULL, "example.com", "www.example.com", NULL, OK, false},
    {NULL, "example.com", "notexample.com", NULL, OK, false},
    {NULL, "*.example.com", "example.com", NULL, OK, false},
    {NULL, "*.example.com", "notexample.com", NULL, OK, false},
    {NULL, "*.example.com", ".example.com", NULL, OK, false},
    {NULL, "*.example.com", "a.b.example.com", NULL, HOST, false},
    {NULL, "bücher.example", "xn--bcher-kva.example", NULL, HOST, false},
    {NULL, "xn--bcher-kva.example", "Bücher.example", NULL, HOST, false},
    {NULL, "*.bücher.example", "a.xn--bcher-kva.example", NULL, HOST, false},
    {"example.com", NULL, "example.com", "93.184.215.14", OK, false},
    {"example.com", NULL, "example.com", "10.0.0.1", ADDRESS, false},
    {"example.com", NULL, "example.org", NULL, HOST, false},
    {"example.com", NULL, "example.org", "93.184.215.14", HOST, false},
    {"example.com", NULL, "93.184.215.14", NULL, HOST, false},
    {"*.com", "example.com", "example.com", NULL, HOST, false},
    {"*.com", "example.com", "example.org", NULL, HOST, false},
    {"*.com", "example.com", "other.com", NULL, OK, false},
    // addresses
    {NULL, "93.184.215.14", "93.184.215.14", NULL, HOST, false},
    {NULL, "93.184.215.14", "93.184.215.15", NULL, OK, false},
    {NULL, "93.184.215.14", "0x5db8d70e", NULL, HOST, false},
    {NULL, "93.184.215.14", "[::ffff:93.184.215.14]", NULL, HOST, false},
    {NULL, "93.184.215.14", "::ffff:93.184.215.14", NULL, HOST, false},
    {NULL, "::ffff:93.184.215.14", "93.184.215.14", NULL, HOST, false},
    {NULL, "93.184.215.14", "example.com", "93.184.215.14", HOST, false},
    {NULL, "93.184.215.14", "example.com", "64:ff9b::5db8:d70e", HOST, false},
    {NULL, "93.184.0.0/16", "example.com", "93.184.255.255", HOST, false},
    {NULL, "93.184.0.0/16", "example.com", "93.185.0.0", OK, false},
    {NULL, "93.184.0.0/15", "example.com", "93.185.255.255", HOST, false},
    {NULL, "93.184.0.0/15", "example.com", "93.186.0.0", OK, false},
    {NULL, "0.0.0.0/0", "example.com", "93.184.215.14", HOST, false},
    {NULL, "0.0.0.0/0", "example.com", "2606:4700::1", OK, false},
    {NULL, "0.0.0.0/0", "example.com", "::ffff:93.184.215.14", HOST, false},
    {NULL, "::/0", "example.com", "2606:4700::1", HOST, false},
    {NULL, "::/0", "example.com", "93.184.215.14", OK, false},
    {NULL, "2606:4700::/31", "example.com", "2606:4701::1", HOST, false},
    {NULL, "2606:4700::/32", "example.com", "2606:4701::1", OK, false},
    {"93.184.215.14", NULL, "93.184.215.14", "93.184.215.14", OK, false},
    {"93.184.215.14", NULL, "93.184.215.15", NULL, HOST, false},
    {"93.184.0.0/16", NULL, "example.com", NULL, OK, false}, // may be in it
    {"93.184.0.0/16", NULL, "example.com", "93.184.215.14", OK, false},
    {"93.184.0.0/16", NULL, "example.com", "93.185.215.14", HOST, false},
    {"10.0.0.0/8", NULL, "example.com", "10.0.0.1", ADDRESS, false},
    {"10.0.0.0/8", NULL, "example.com", "10.0.0.1", OK, true},
};

static struct param_strings
list_of(const char **v)
{
	return (struct param_strings){v, *v ? 1 : 0};
}

static void
a_policy_judges_names_and_addresses(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		const char *allow = r->allow, *deny = r->deny;
		const struct egress_policy p = {.allow_private = r->allow_private,
		    .allow_hosts = list_of(&allow),
		    .deny_hosts = list_of(&deny)};
		enum egress_verdict v;

		if (r->to) {
			union address a = address(r->to);

			v = egress_judge_address(&p, sv_from(r->host), &a.sa);
		} else {
			v = egress_judge_host(&p, sv_from(r->host));
		}
		if (v != r->verdict)
			fail_msg("allow %s, deny %s, %s at %s: %s", allow ? allow : "-",
			    deny ? deny : "-", r->host, r->to ? r->to : "-",
			    egress_verdict_names[v]);
	}
}

static void
every_pattern_of_a_list_counts(void **state UNUSED)
{
	const char *v[] = {"a.example", "10.0.0.0/8", "*.b.example"};
	const struct egress_policy deny = {.deny_hosts = {v, 3}}, allow = {.allow_hosts = {v, 3}};
	union address a = address("93.184.215.14");

	for (size_t i = 0; i < 2; i++) {
		struct sv host = i ? SV("x.b.example") : SV("a.example");

		assert_int_equal(egress_judge_host(&deny, host), EGRESS_DENIED_HOST);
		assert_int_equal(egress_judge_address(&allow, host, &a.sa), EGRESS_ALLOWED);
	}
	assert_int_equal(egress_judge_address(&allow, SV("c.example"), &a.sa), EGRESS_DENIED_HOST);
}

static void
every_verdict_has_a_name(void **state UNUSED)
{
	for (size_t i = 0; i < EGRESS_VERDICTS; i++)
		assert_true(strlen(egress_verdict_names[i]) > 0);
	assert_null(egress_verdict_names[EGRESS_VERDICTS]);
	assert_string_equal(egress_verdict_names[EGRESS_OVERLOADED], "overloaded");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(patterns_are_names_addresses_and_networks),
	    cmocka_unit_test(long_names_and_labels_are_no_patterns),
	    cmocka_unit_test(a_policy_judges_names_and_addresses),
	    cmocka_unit_test(every_pattern_of_a_list_counts),
	    cmocka_unit_test(every_verdict_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
