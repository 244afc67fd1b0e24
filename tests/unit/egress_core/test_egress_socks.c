// SPDX-License-Identifier: Apache-2.0
// The pure parts of the guard's SOCKS5: greeting, request, answers.
#include "sandbox/egress/socks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
a_greeting_is_taken_when_it_is_all_there(void **state UNUSED)
{
	bool no_auth = false;

	assert_int_equal(socks_greeting(SV_NULL, &no_auth), 0);
	assert_int_equal(socks_greeting(SV("\5"), &no_auth), 0);
	assert_int_equal(socks_greeting(SV("\5\2\0"), &no_auth), 0);
	assert_false(no_auth);
	assert_int_equal(socks_greeting(SV("\5\1\0"), &no_auth), 3);
	assert_true(no_auth);
	assert_int_equal(socks_greeting(SV("\5\2\1\2\5"), &no_auth), 4);
	assert_false(no_auth);
	assert_int_equal(socks_greeting(SV("\5\3\2\1\0more"), &no_auth), 5);
	assert_true(no_auth);
	assert_int_equal(socks_greeting(SV("\5\0\0"), &no_auth), 2);
	assert_false(no_auth);
	assert_int_equal(socks_greeting(SV("\4\1\0"), &no_auth), -1);
	assert_int_equal(socks_greeting(SV("GET"), &no_auth), -1);
}

static void
a_request_is_taken_when_it_is_all_there(void **state UNUSED)
{
	static const struct sv whole[] = {SV_INIT("\5\1\0\1\x7f\0\0\1\x1f\x90"),
	    SV_INIT("\5\1\0\3\x0b"
		    "example.com\x1f\x90"),
	    SV_INIT("\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x1f\x90")};

	for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
		struct socks_request r = {0};

		for (size_t n = 0; n < whole[i].n; n++)
			assert_int_equal(socks_request(sv_sub(whole[i], 0, n), &r), 0);
		assert_int_equal(socks_request(whole[i], &r), whole[i].n);
		assert_int_equal(r.wrong, SOCKS_SUCCEEDED);
		assert_int_equal(r.port, 8080);
		assert_int_equal(r.family, i == 0 ? AF_INET : i == 1 ? AF_UNSPEC : AF_INET6);
		assert_true(i != 1 || sv_eq_str(r.name, "example.com"));
		assert_true(i == 1 || r.name.n == 0);
		assert_true(i != 0 || memcmp(r.address, "\x7f\0\0\1", 4) == 0);
		assert_true(i != 2 || memcmp(r.address, whole[2].p + 4, 16) == 0);
	}
}

static void
what_is_not_supported_is_said(void **state UNUSED)
{
	struct socks_request r;

	assert_int_equal(socks_request(SV("\5\2\0\1\x7f\0\0\1\0\x50"), &r), 10);
	assert_int_equal(r.wrong, SOCKS_NO_SUCH_COMMAND);
	assert_int_equal(socks_request(SV("\5\1\0\2"), &r), 4);
	assert_int_equal(r.wrong, SOCKS_NO_SUCH_ADDRESS_TYPE);
	assert_int_equal(socks_request(SV("\5\1\0\1\x7f\0\0\1\0\0"), &r), 10);
	assert_int_equal(r.wrong, SOCKS_FAILURE);
	assert_int_equal(socks_request(SV("\5\1\0\3\0\0\x50"), &r), 7);
	assert_int_equal(r.wrong, SOCKS_FAILURE);
	assert_int_equal(socks_request(SV("\4\1\0\1"), &r), -1);
}

static void
the_longest_fit(void **state UNUSED)
{
	char in[SOCKS_REQUEST_MAX] = "\5\1\0\3\xff", greeting[SOCKS_GREETING_MAX] = "\5\xff";
	struct socks_request r;
	bool no_auth;

	memset(in + 5, 'a', 255);
	in[261] = 80;
	assert_int_equal(socks_request((struct sv){in, sizeof(in)}, &r), sizeof(in));
	assert_int_equal(r.name.n, 255);
	assert_int_equal(
	    socks_greeting((struct sv){greeting, sizeof(greeting)}, &no_auth), sizeof(greeting));
}

static void
an_answer_has_no_address(void **state UNUSED)
{
	uint8_t out[SOCKS_REPLY_BYTES];

	socks_reply(SOCKS_REFUSED, out);
	assert_memory_equal(out, "\5\5\0\1\0\0\0\0\0\0", sizeof(out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_greeting_is_taken_when_it_is_all_there),
	    cmocka_unit_test(a_request_is_taken_when_it_is_all_there),
	    cmocka_unit_test(what_is_not_supported_is_said),
	    cmocka_unit_test(the_longest_fit),
	    cmocka_unit_test(an_answer_has_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
