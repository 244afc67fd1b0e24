// SPDX-License-Identifier: Apache-2.0
// How calls and waits end when the peer hangs up, babbles, crashes, detaches, is silent, or we
// stop.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
answer_half(struct fake *f)
{
	fake_expect(f, "A.a");
	fake_frame_header(f, 1, true, 1000);
	fake_write(f, "{\"id\":1,\"resu", 13);
	fake_hang_up(f);
}

static void
half_a_message_and_a_hang_up_fail_the_call(void **state UNUSED)
{
	struct rig r;

	rig_open(&r, answer_half, false);
	assert_int_equal(
	    cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), NULL, &r.err), ERR_BROWSER_CRASHED);
	assert_false(cdp_conn_alive(r.conn));
	assert_int_equal(
	    cdp_call(r.client, NULL, "B.b", NULL, rig_soon(), NULL, &r.err), ERR_BROWSER_CRASHED);
	rig_close(&r);
}

static void
answer_garbage(struct fake *f)
{
	fake_expect(f, "A.a");
	fake_send(f, f->arg);
	fake_await_gate(f);
}

static void
what_is_no_devtools_message_ends_the_connection(void **state UNUSED)
{
	static const char *const garbage[] = {"hello", "[]", "{}", "{\"id\":\"x\"}", "{\"id\":1",
	    "{\"method\":7}", "{\"id\":-5,\"result\":{}}"};

	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		struct rig r;

		rig_open(&r, answer_garbage, false);
		r.fake.arg = (void *)(uintptr_t)garbage[i];
		assert_int_equal(
		    cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), NULL, &r.err), ERR_PROTOCOL);
		fake_open_gate(&r.fake);
		rig_close(&r);
	}
}

static void
silence_ends_at_the_deadline(void **state UNUSED)
{
	int64_t start;
	struct rig r;

	rig_open(&r, fake_await_gate, false);
	start = clock_ms();
	assert_int_equal(
	    cdp_call(r.client, NULL, "A.a", NULL, deadline_in_ms(100), NULL, &r.err), ERR_TIMEOUT);
	assert_in_range(clock_ms() - start, 100, 2100);
	assert_non_null(strstr(r.err.message, "A.a"));
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
crash_while_two_calls_pend(struct fake *f)
{
	fake_attach(f, "S1");
	fake_expect(f, "A.a");
	fake_expect(f, "B.b");
	fake_event(f, "Inspector.targetCrashed", "{}", "S1");
	fake_await_gate(f);
}

static void
renderer_goes_while_two_calls_pend(struct fake *f)
{
	fake_attach(f, "S1");
	fake_expect(f, "A.a");
	fake_expect(f, "B.b");
	fake_event(f, "Inspector.detached", "{\"reason\":\"target_closed\"}", "S1");
	fake_event(f, "Inspector.detached", "{\"reason\":\"Render process gone.\"}", "S1");
	fake_await_gate(f);
}

static void
end_of_renderer_fails_pending_calls(void (*script)(struct fake *))
{
	struct cdp_ticket a, b;
	struct cdp_counters n;
	int64_t start;
	struct rig r;

	rig_open_session(&r, script);
	start = clock_ms();
	assert_int_equal(cdp_send(r.client, r.session, "A.a", NULL, &a, &r.err), 0);
	assert_int_equal(cdp_send(r.client, r.session, "B.b", NULL, &b, &r.err), 0);
	assert_int_equal(cdp_wait(r.client, &a, rig_soon(), NULL, &r.err), ERR_PAGE_CRASHED);
	assert_int_equal(cdp_wait(r.client, &b, rig_soon(), NULL, &r.err), ERR_PAGE_CRASHED);
	assert_in_range(clock_ms() - start, 0, 2000);
	assert_int_equal(cdp_session_state(r.session), ERR_PAGE_CRASHED);
	cdp_session_counters(r.session, &n);
	assert_true(n.crashed);
	assert_int_equal(
	    cdp_call(r.client, r.session, "C.c", NULL, rig_soon(), NULL, &r.err), ERR_PAGE_CRASHED);
	assert_true(cdp_conn_alive(r.conn));
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
a_crash_fails_every_pending_call_at_once(void **state UNUSED)
{
	end_of_renderer_fails_pending_calls(crash_while_two_calls_pend);
}

static void
a_renderer_that_goes_without_a_crash_is_one(void **state UNUSED)
{
	end_of_renderer_fails_pending_calls(renderer_goes_while_two_calls_pend);
}

static void
detach_while_a_call_pends(struct fake *f)
{
	fake_attach(f, "S1");
	fake_expect(f, "A.a");
	fake_send(f,
	    "{\"method\":\"Target.detachedFromTarget\",\"params\":{\"sessionId\":\"S1\",\"targetId\":\"T\"}}");
	fake_event(f, "Page.loadEventFired", "{}", "S1"); // from the dead
	fake_event(f, "Page.loadEventFired", "{}", "S77");
	fake_reply(f, fake_expect(f, "B.b"), "{}", NULL);
	fake_await_gate(f);
}

static void
a_detached_session_fails_its_calls_and_is_silent(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, detach_while_a_call_pends);
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err),
	    ERR_PAGE_DETACHED);
	assert_int_equal(cdp_call(r.client, NULL, "B.b", NULL, rig_soon(), NULL, &r.err), 0);
	assert_int_equal(r.events, 0);
	assert_string_equal(cdp_session_target_id(r.session), "T-S1");
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static bool
never(void *arg UNUSED)
{
	return false;
}

static void
hang_up_after_attach(struct fake *f)
{
	fake_attach(f, "S1");
	fake_await_gate(f);
	fake_hang_up(f);
}

static void
a_lost_connection_wakes_every_wait(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, hang_up_after_attach);
	fake_open_gate(&r.fake);
	assert_int_equal(cdp_wait_until(r.client, r.session, never, NULL, rig_soon(), &r.err),
	    ERR_BROWSER_CRASHED);
	assert_int_equal(
	    cdp_wait_until(r.client, NULL, never, NULL, rig_soon(), &r.err), ERR_BROWSER_CRASHED);
	rig_close(&r);
}

static void *
shut_down_soon(void *arg)
{
	struct rig *r = arg;

	fake_await_gate(&r->fake);
	cdp_conn_shutdown(r->conn);
	cdp_conn_shutdown(r->conn);
	return NULL;
}

static void
wait_for_the_end(struct fake *f)
{
	fake_attach(f, "S1");
	fake_expect(f, "A.a");
	fake_open_gate(f);
	fake_recv(f);
}

static void
shutdown_fails_what_pends_and_may_be_repeated(void **state UNUSED)
{
	pthread_t t;
	struct rig r;

	rig_open_session(&r, wait_for_the_end);
	assert_int_equal(pthread_create(&t, NULL, shut_down_soon, &r), 0);
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err),
	    ERR_BROWSER_CRASHED);
	pthread_join(t, NULL);
	rig_close(&r);
}

static void *
cancel_soon(void *arg)
{
	struct rig *r = arg;

	fake_await_gate(&r->fake);
	cdp_client_cancel(r->client);
	return NULL;
}

static void
cancel_wakes_the_client_for_good(void **state UNUSED)
{
	struct cdp_client *other;
	pthread_t t;
	struct rig r;

	rig_open_session(&r, wait_for_the_end);
	assert_int_equal(pthread_create(&t, NULL, cancel_soon, &r), 0);
	assert_int_equal(
	    cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err), ERR_CANCELLED);
	pthread_join(t, NULL);
	assert_int_equal(
	    cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err), ERR_CANCELLED);
	assert_int_equal(
	    cdp_wait_until(r.client, r.session, never, NULL, rig_soon(), &r.err), ERR_CANCELLED);
	other = cdp_client_new(r.conn, NULL, NULL); // the kill ladder goes on with another client
	assert_int_equal(
	    cdp_call(other, r.session, "B.b", NULL, deadline_in_ms(1), NULL, &r.err), ERR_TIMEOUT);
	cdp_client_free(other);
	rig_close(&r);
}

static void
a_client_freed_with_calls_pending_leaves_nothing(void **state UNUSED)
{
	struct cdp_ticket t;
	struct rig r;

	rig_open_session(&r, hang_up_after_attach);
	assert_int_equal(cdp_send(r.client, r.session, "A.a", NULL, &t, &r.err), 0);
	cdp_client_free(steal_ptr(r.client));
	cdp_conn_close(steal_ptr(r.conn));
	fake_open_gate(&r.fake);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(half_a_message_and_a_hang_up_fail_the_call),
	    cmocka_unit_test(what_is_no_devtools_message_ends_the_connection),
	    cmocka_unit_test(silence_ends_at_the_deadline),
	    cmocka_unit_test(a_crash_fails_every_pending_call_at_once),
	    cmocka_unit_test(a_renderer_that_goes_without_a_crash_is_one),
	    cmocka_unit_test(a_detached_session_fails_its_calls_and_is_silent),
	    cmocka_unit_test(a_lost_connection_wakes_every_wait),
	    cmocka_unit_test(shutdown_fails_what_pends_and_may_be_repeated),
	    cmocka_unit_test(cancel_wakes_the_client_for_good),
	    cmocka_unit_test(a_client_freed_with_calls_pending_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
