// SPDX-License-Identifier: Apache-2.0
// The envelope of a message, in Chromium's layout and in others, with bodies that try to look like
// one.
#include "cdp/conn/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct envelope
must_read(const char *text)
{
	struct envelope e;

	if (envelope_read(sv_from(text), &e) != 0)
		fail_msg("not read: %s", text);
	return e;
}

static void
assert_sv(struct sv v, const char *expected)
{
	if (!expected) {
		assert_null(v.p);
		return;
	}
	assert_int_equal(v.n, strlen(expected));
	assert_memory_equal(v.p, expected, v.n);
}

static void
a_reply_in_chromiums_layout(void **state UNUSED)
{
	struct envelope e =
	    must_read("{\"id\":12,\"result\":{\"a\":[1,{}]},\"sessionId\":\"AB12\"}");

	assert_int_equal(e.kind, ENVELOPE_REPLY);
	assert_int_equal(e.id, 12);
	assert_sv(e.session, "AB12");
	assert_sv(e.body, "{\"a\":[1,{}]}");
}

static void
an_error_in_chromiums_layout(void **state UNUSED)
{
	struct envelope e = must_read("{\"id\":7,\"error\":{\"code\":-1},\"sessionId\":\"S\"}");

	assert_int_equal(e.kind, ENVELOPE_ERROR);
	assert_int_equal(e.id, 7);
	assert_sv(e.body, "{\"code\":-1}");
}

static void
an_event_in_chromiums_layout(void **state UNUSED)
{
	struct envelope e =
	    must_read("{\"method\":\"Page.x\",\"params\":{\"s\":\"}\"},\"sessionId\":\"S\"}");

	assert_int_equal(e.kind, ENVELOPE_EVENT);
	assert_sv(e.method, "Page.x");
	assert_sv(e.session, "S");
	assert_sv(e.body, "{\"s\":\"}\"}");
}

static void
messages_of_the_browser_have_no_session(void **state UNUSED)
{
	assert_sv(must_read("{\"id\":1,\"result\":{}}").session, NULL);
	assert_sv(must_read("{\"id\":1,\"result\":{\"sessionId\":\"S\"}}").session, NULL);
	assert_sv(must_read("{\"id\":1,\"result\":{\"x\":1,\"sessionId\":\"S\"}}").session, NULL);
	assert_sv(
	    must_read("{\"method\":\"T.a\",\"params\":{\"x\":{},\"sessionId\":\"S\"}}").session,
	    NULL);
	assert_sv(must_read("{\"method\":\"T.a\",\"params\":{\"x\":{},\"sessionId\":\"S\"}}").body,
	    "{\"x\":{},\"sessionId\":\"S\"}");
}

static void
a_body_cannot_forge_a_session(void **state UNUSED)
{
	assert_sv(
	    must_read("{\"id\":1,\"result\":{\"v\":\",\\\"sessionId\\\":\\\"EVIL\\\"}\"}}").session,
	    NULL);
	assert_sv(
	    must_read(
		"{\"id\":1,\"result\":{\"v\":\",\\\"sessionId\\\":\\\"EVIL\"},\"sessionId\":\"S\"}")
		.session,
	    "S");
	assert_sv(
	    must_read("{\"id\":1,\"result\":{\"v\":{\"a\":1,\"sessionId\":\"EVIL\"}}}").session,
	    NULL);
	assert_sv(
	    must_read("{\"id\":1,\"result\":{},\"x\":\"\\\\\",\"sessionId\":\"S\"}").session, "S");
}

static void
other_layouts_are_read_in_full(void **state UNUSED)
{
	struct envelope e =
	    must_read("{ \"sessionId\" : \"S\", \"method\":\"A.b\" , \"params\": {\"a\":1} }");

	assert_int_equal(e.kind, ENVELOPE_EVENT);
	assert_sv(e.method, "A.b");
	assert_sv(e.session, "S");
	assert_sv(e.body, "{\"a\":1}");
	e = must_read("{\"result\":{},\"id\":3}");
	assert_int_equal(e.kind, ENVELOPE_REPLY);
	assert_int_equal(e.id, 3);
	e = must_read("{\"method\":\"A.b\",\"sessionId\":\"S\"}");
	assert_sv(e.method, "A.b");
	assert_sv(e.session, "S");
	assert_sv(e.body, NULL);
}

static void
what_is_no_message_is_refused(void **state UNUSED)
{
	static const char *const bad[] = {"", "{", "[]", "null", "{}", "{\"id\":1}",
	    "{\"id\":\"1\",\"result\":{}}", "{\"id\":-1,\"result\":{}}", "{\"method\":\"\"}",
	    "{\"method\":1}", "{\"id\":1,\"result\":{\"a\":\"unterminated"};
	struct envelope e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (envelope_read(sv_from(bad[i]), &e) == 0)
			fail_msg("read: %s", bad[i]);
}

static void
the_ends_of_a_large_message_tell_whose_it_is(void **state UNUSED)
{
	struct envelope e;

	assert_int_equal(envelope_read_ends(SV("{\"id\":9,\"result\":{\"data\":\"xxxxxx"),
			     SV("xxxx\"},\"sessionId\":\"S9\"}"), &e),
	    0);
	assert_int_equal(e.id, 9);
	assert_sv(e.session, "S9");
	assert_int_equal(envelope_read_ends(
			     SV("{\"method\":\"N.d\",\"params\":{\"data\":\"xx"), SV("xx\"}}"), &e),
	    0);
	assert_sv(e.method, "N.d");
	assert_sv(e.session, NULL);
	assert_int_equal(envelope_read_ends(SV("{\"data\":\"xx"), SV("xx\"}}"), &e), -1);
	assert_int_equal(
	    envelope_read_ends(SV("{\"id\":9,\"result\":{\"data\":\"xx"), SV("xxx"), &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_reply_in_chromiums_layout),
	    cmocka_unit_test(an_error_in_chromiums_layout),
	    cmocka_unit_test(an_event_in_chromiums_layout),
	    cmocka_unit_test(messages_of_the_browser_have_no_session),
	    cmocka_unit_test(a_body_cannot_forge_a_session),
	    cmocka_unit_test(other_layouts_are_read_in_full),
	    cmocka_unit_test(what_is_no_message_is_refused),
	    cmocka_unit_test(the_ends_of_a_large_message_tell_whose_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
