// SPDX-License-Identifier: Apache-2.0
// Messages at and over the limits of a connection: whole, in fragments, of calls and of events.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MB ((size_t)1 << 20)

static void
answer_hundred_megabytes(struct fake *f)
{
	char head[64];

	fake_attach(f, "S1");
	snprintf(head, sizeof(head), "{\"id\":%llu,\"result\":{\"v\":\"",
	    (unsigned long long)fake_expect(f, "A.a"));
	fake_send_large(f, head, 100 * MB, 'x', "\"},\"sessionId\":\"S1\"}");
	fake_await_gate(f);
}

static void
a_hundred_megabyte_result_arrives(void **state UNUSED)
{
	cJSON *v = NULL;
	const char *text;
	struct rig r;

	rig_open_session(&r, answer_hundred_megabytes);
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	text = json_str(v, "v");
	assert_non_null(text);
	assert_int_equal(strspn(text, "x"), 100 * MB);
	assert_int_equal(text[100 * MB], '\0');
	cJSON_Delete(v);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
answer_too_much_then_a_little(struct fake *f)
{
	char head[64];

	fake_attach(f, "S1");
	snprintf(head, sizeof(head), "{\"id\":%llu,\"result\":{\"v\":\"",
	    (unsigned long long)fake_expect(f, "A.a"));
	fake_send_large(f, head, 3 * MB, 'x', "\"},\"sessionId\":\"S1\"}");
	fake_send_large(f, "{\"method\":\"Network.webSocketFrameReceived\",\"params\":{\"v\":\"",
	    3 * MB, 'x', "\"},\"sessionId\":\"S1\"}");
	fake_reply(f, fake_expect(f, "B.b"), "{}", "S1");
	fake_await_gate(f);
}

static void
a_too_large_result_fails_its_call_only(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, answer_too_much_then_a_little);
	r.conn->max_message = 2 * MB;
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err),
	    ERR_RESULT_TOO_LARGE);
	assert_int_equal(cdp_call(r.client, r.session, "B.b", NULL, rig_soon(), NULL, &r.err), 0);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
answer_too_much_in_fragments(struct fake *f)
{
	char head[64], block[1000];
	int n;

	fake_attach(f, "S1");
	n = snprintf(head, sizeof(head), "{\"id\":%llu,\"result\":{\"v\":\"",
	    (unsigned long long)fake_expect(f, "A.a"));
	memset(block, 'x', sizeof(block));
	fake_frame_header(f, 1, false, (uint64_t)n);
	fake_write(f, head, (size_t)n);
	for (int i = 0; i < 300; i++) {
		fake_frame_header(f, 0, false, sizeof(block));
		fake_write(f, block, sizeof(block));
	}
	fake_frame_header(f, 0, true, 21);
	fake_write(f, "\"},\"sessionId\":\"S1\"}", 20);
	fake_write(f, " ", 1); // not Chromium's layout: the tail can't be read
	fake_await_gate(f);
}

static void
a_too_large_message_that_nobody_can_be_told_of_ends_the_connection(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, answer_too_much_in_fragments);
	r.conn->max_message = 200000;
	assert_int_equal(
	    cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err), ERR_PROTOCOL);
	assert_false(cdp_conn_alive(r.conn));
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
send_too_large_event(struct fake *f)
{
	fake_attach(f, "S1");
	fake_expect(f, "A.a");
	fake_send_large(f, "{\"method\":\"DOM.setChildNodes\",\"params\":{\"v\":\"", 3 * MB, 'x',
	    "\"},\"sessionId\":\"S1\"}");
	fake_await_gate(f);
}

static void
a_too_large_event_that_may_not_be_lost_is_an_overflow(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, send_too_large_event);
	r.conn->max_message = 2 * MB;
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err),
	    ERR_EVENT_OVERFLOW);
	assert_true(cdp_conn_alive(r.conn));
	fake_open_gate(&r.fake);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_hundred_megabyte_result_arrives),
	    cmocka_unit_test(a_too_large_result_fails_its_call_only),
	    cmocka_unit_test(a_too_large_message_that_nobody_can_be_told_of_ends_the_connection),
	    cmocka_unit_test(a_too_large_event_that_may_not_be_lost_is_an_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
