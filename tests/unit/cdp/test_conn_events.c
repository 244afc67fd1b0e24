// SPDX-License-Identifier: Apache-2.0
// Events of a connection: their order, calls from within a handler, floods.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
send_events(struct fake *f)
{
	uint64_t id;

	fake_attach(f, "S1");
	fake_event(f, "Page.frameStartedLoading", "{\"n\":1}", "S1");
	fake_event(f, "Page.loadEventFired", "{\"n\":\"\\ud800\"}", "S1");
	id = fake_expect(f, "A.a");
	fake_event(f, "Page.frameStoppedLoading", "{\"n\":3}", "S1");
	fake_reply(f, id, "{}", "S1");
	fake_await_gate(f);
}

static void
events_come_in_order_before_the_reply_after_them(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, send_events);
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), NULL, &r.err), 0);
	assert_string_equal(
	    r.log, "Page.frameStartedLoading;Page.loadEventFired;Page.frameStoppedLoading;");
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
nested_event(void *arg, struct cdp_session *s, const char *method, char *params, size_t n)
{
	struct rig *r = arg;

	rig_on_event(r, s, method, params, n);
	if (r->events == 1) {
		assert_int_equal(
		    cdp_call(r->client, s, "Nested.call", NULL, rig_soon(), NULL, &r->err), 0);
		assert_int_equal(r->events, 1); // the second event waits
	}
}

static void
send_events_around_a_nested_call(struct fake *f)
{
	fake_reply(f, fake_expect(f, "Target.attachToTarget"), "{\"sessionId\":\"S1\"}", NULL);
	fake_event(f, "E.one", "{}", "S1");
	fake_event(f, "E.two", "{}", "S1");
	fake_reply(f, fake_expect(f, "Nested.call"), "{}", "S1");
	fake_event(f, "E.three", "{}", "S1");
	fake_await_gate(f);
}

static bool
three_events(void *arg)
{
	return ((struct rig *)arg)->events == 3;
}

static void
an_event_handler_may_call_and_later_events_wait(void **state UNUSED)
{
	struct cdp_session *s;
	struct rig r;
	struct cdp_client *cl;

	rig_open(&r, send_events_around_a_nested_call, false);
	cl = r.client;
	r.client = cdp_client_new(r.conn, nested_event, &r);
	cdp_client_free(cl);
	assert_int_equal(cdp_session_attach(r.client, "T", rig_soon(), &s, &r.err), 0);
	assert_int_equal(cdp_wait_until(r.client, s, three_events, &r, rig_soon(), &r.err), 0);
	assert_string_equal(r.log, "E.one;E.two;E.three;");
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
flood(struct fake *f)
{
	fake_attach(f, "S1");
	for (int i = 0; i < 25000; i++)
		fake_event(f, f->arg, "{}", "S1");
	fake_reply(f, fake_expect(f, "A.a"), "{}", "S1");
	fake_await_gate(f);
}

static void
a_flood_of_events_that_may_not_be_lost_fails_the_client(void **state UNUSED)
{
	struct cdp_policy policy = {.console_events = true};
	struct cdp_ticket t;
	struct rig r;

	rig_open(&r, flood, false);
	r.fake.arg = (void *)(uintptr_t) "DOM.childNodeInserted";
	assert_int_equal(cdp_session_attach(r.client, "T-S1", rig_soon(), &r.session, &r.err), 0);
	cdp_session_set_policy(r.session, &policy);
	assert_int_equal(cdp_send(r.client, r.session, "A.a", NULL, &t, &r.err), 0);
	while (!mailbox_overflowed(r.client->box) && !deadline_passed(r.fake.dl))
		sched_yield(); // the reader looks away until the box is full
	assert_int_equal(cdp_wait(r.client, &t, rig_soon(), NULL, &r.err), ERR_EVENT_OVERFLOW);
	assert_int_equal(cdp_call(r.client, r.session, "B.b", NULL, rig_soon(), NULL, &r.err),
	    ERR_EVENT_OVERFLOW);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
a_flood_of_console_lines_is_dropped_and_counted(void **state UNUSED)
{
	struct cdp_policy policy = {.console_events = true};
	struct cdp_ticket t;
	struct rig r;

	rig_open(&r, flood, false);
	r.fake.arg = (void *)(uintptr_t) "Runtime.consoleAPICalled";
	assert_int_equal(cdp_session_attach(r.client, "T-S1", rig_soon(), &r.session, &r.err), 0);
	cdp_session_set_policy(r.session, &policy);
	assert_int_equal(cdp_send(r.client, r.session, "A.a", NULL, &t, &r.err), 0);
	while (cdp_client_dropped_events(r.client) == 0 && !deadline_passed(r.fake.dl))
		sched_yield();
	assert_int_equal(cdp_wait(r.client, &t, rig_soon(), NULL, &r.err), 0);
	assert_true(r.events >= 20000);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_come_in_order_before_the_reply_after_them),
	    cmocka_unit_test(an_event_handler_may_call_and_later_events_wait),
	    cmocka_unit_test(a_flood_of_events_that_may_not_be_lost_fails_the_client),
	    cmocka_unit_test(a_flood_of_console_lines_is_dropped_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
