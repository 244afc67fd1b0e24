// SPDX-License-Identifier: Apache-2.0
// The end of a page at a browser that answers orders before it has carried them out.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn/conn_priv.h"
#include "cdp/page/page_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define FLOOD 25000 // events, more than a mailbox holds

struct play {
	unsigned ends_at; // the closeTarget that is carried out; 0: none is
	atomic_uint orders;
};

static void
attach(struct fake *f, uint64_t id)
{
	fake_send(f,
	    "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"S1\",\"targetInfo\":"
	    "{\"targetId\":\"T1\",\"type\":\"page\",\"browserContextId\":\"C1\"},"
	    "\"waitingForDebugger\":false}}");
	fake_reply(f, id, "{\"sessionId\":\"S1\"}", NULL);
}

static void
close_target(struct fake *f, uint64_t id)
{
	struct play *play = f->arg;

	fake_reply(f, id, "{\"success\":true}", NULL);
	if (atomic_fetch_add(&play->orders, 1) + 1 == play->ends_at)
		fake_send(f, "{\"method\":\"Target.detachedFromTarget\",\"params\":"
			     "{\"sessionId\":\"S1\",\"targetId\":\"T1\"}}");
}

static void
flood(struct fake *f, uint64_t id)
{
	for (int i = 0; i < FLOOD; i++)
		fake_event(f, "DOM.childNodeInserted", "{}", "S1");
	fake_reply(f, id, "{}", "S1");
}

static void
browser(struct fake *f)
{
	fake_await_gate(f);
	while (fake_recv(f)) {
		struct sv message = buf_view(&f->message);
		struct sv method = json_skim_str(json_skim(message, "method"));
		uint64_t id = (uint64_t)json_skim_int(json_skim(message, "id"), 0);

		if (sv_eq_str(method, "Target.createTarget"))
			fake_reply(f, id, "{\"targetId\":\"T1\"}", NULL);
		else if (sv_eq_str(method, "Target.attachToTarget"))
			attach(f, id);
		else if (sv_eq_str(method, "Target.closeTarget"))
			close_target(f, id);
		else if (sv_eq_str(method, "Test.flood"))
			flood(f, id);
		else
			fake_reply(f, id, "{}", fake_message_has(f, "sessionId") ? "S1" : NULL);
	}
}

static struct cdp_page *
open_page(struct rig *r, struct play *play)
{
	struct cdp_page *p = NULL;

	rig_open(r, browser, false);
	r->fake.arg = play;
	fake_open_gate(&r->fake);
	assert_int_equal(cdp_page_create(r->conn, NULL, 0, 0, rig_soon(), &p, &r->err), 0);
	return p;
}

// More than its mailbox holds, while nobody reads.
static void
lose_events(struct rig *r, struct cdp_page *p)
{
	struct cdp_ticket t;

	assert_int_equal(cdp_send(p->client, p->session, "Test.flood", NULL, &t, &r->err), 0);
	while (!mailbox_overflowed(p->client->box) && !deadline_passed(r->fake.dl))
		sched_yield();
	assert_int_equal(cdp_wait(p->client, &t, rig_soon(), NULL, &r->err), ERR_EVENT_OVERFLOW);
}

static void
a_close_waits_for_the_targets_end(void **state UNUSED)
{
	struct play play = {.ends_at = 2};
	struct rig r;
	struct cdp_page *p = open_page(&r, &play);

	assert_int_equal(cdp_page_close(p, rig_soon()), CLOSE_CLEAN);
	assert_int_equal(atomic_load(&play.orders), 2);
	rig_close(&r);
}

static void
whatever_was_lost(void **state UNUSED)
{
	struct play play = {.ends_at = 2};
	struct rig r;
	struct cdp_page *p = open_page(&r, &play);

	lose_events(&r, p);
	assert_int_equal(cdp_page_close(p, rig_soon()), CLOSE_CLEAN);
	assert_int_equal(atomic_load(&play.orders), 2);
	rig_close(&r);
}

static void
and_says_so_when_it_does_not_come(void **state UNUSED)
{
	struct play play = {.ends_at = 0};
	struct rig r;
	struct cdp_page *p = open_page(&r, &play);

	lose_events(&r, p);
	assert_int_equal(cdp_page_close(p, deadline_in_ms(200)), CLOSE_FAILED);
	rig_close(&r);
}

static void
one_that_was_cancelled_too(void **state UNUSED)
{
	struct play play = {.ends_at = 2};
	struct rig r;
	struct cdp_page *p = open_page(&r, &play);

	lose_events(&r, p);
	cdp_page_cancel(p);
	assert_int_equal(cdp_page_close(p, rig_soon()), CLOSE_CLEAN);
	assert_int_equal(atomic_load(&play.orders), 2);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_close_waits_for_the_targets_end),
	    cmocka_unit_test(whatever_was_lost),
	    cmocka_unit_test(and_says_so_when_it_does_not_come),
	    cmocka_unit_test(one_that_was_cancelled_too),
	};

	return cmocka_run_group_tests_name("page_close", tests, NULL, NULL);
}
