// SPDX-License-Identifier: Apache-2.0
// What the loop thread answers by itself: dialogs, paused requests, credentials, children, popups,
// and what it counts. The scripts play the browser and check what they are sent.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char *const yes = "heard"; // a script leaves it in f->arg when it heard what it should

static void
heard(struct fake *f, bool ok)
{
	if (ok)
		f->arg = (void *)(uintptr_t)yes;
	else
		fprintf(
		    stderr, "fake heard instead: %s\n", f->message.p ? f->message.p : "nothing");
}

static bool
heard_it(struct rig *r)
{
	fake_join(&r->fake); // the scripts here end by themselves
	return r->fake.arg == yes;
}

static bool
done_seen(void *arg)
{
	return strstr(((struct rig *)arg)->log, "Test.done") != NULL;
}

// A last event that tells the test to go on.
static void
say_done(struct fake *f)
{
	fake_event(f, "Test.done", "{}", "S1");
}

static void
await_done(struct rig *r)
{
	assert_int_equal(
	    cdp_wait_until(r->client, r->session, done_seen, r, rig_soon(), &r->err), 0);
}

static struct cdp_counters
counters(struct rig *r)
{
	struct cdp_counters n;

	cdp_session_counters(r->session, &n);
	return n;
}

// --- dialogs ---

#define DIALOG(type, text)                                                                         \
	"{\"url\":\"http://x/\",\"message\":\"" text "\",\"type\":\"" type                         \
	"\",\"defaultPrompt\":\"\"}"

static void
open_a_dialog_while_a_call_pends(struct fake *f)
{
	uint64_t id;
	bool ok;

	fake_attach(f, "S1");
	id = fake_expect(f, "Runtime.evaluate");
	fake_event(f, "Page.javascriptDialogOpening", DIALOG("alert", "h\\u00e9llo"), "S1");
	ok = fake_expect(f, "Page.handleJavaScriptDialog") &&
	     fake_message_has(f, "\"accept\":false") && fake_message_has(f, "\"sessionId\":\"S1\"");
	heard(f, ok);
	fake_reply(f, id, "{}", "S1");
}

static void
a_dialog_is_dismissed_while_a_call_pends(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, open_a_dialog_while_a_call_pends);
	assert_int_equal(
	    cdp_call(r.client, r.session, "Runtime.evaluate", NULL, rig_soon(), NULL, &r.err), 0);
	assert_int_equal(counters(&r).dialogs, 1);
	assert_string_equal(counters(&r).last_dialog_type, "alert");
	assert_string_equal(counters(&r).last_dialog_text, "h\xc3\xa9llo");
	assert_int_equal(r.events, 0);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
open_dialogs_of_two_kinds(struct fake *f)
{
	bool ok;

	fake_attach(f, "S1");
	fake_await_gate(f);
	fake_event(f, "Page.javascriptDialogOpening", DIALOG("beforeunload", ""), "S1");
	ok =
	    fake_expect(f, "Page.handleJavaScriptDialog") && fake_message_has(f, "\"accept\":true");
	fake_event(f, "Page.javascriptDialogOpening", DIALOG("confirm", "?"), "S1");
	ok &= fake_expect(f, "Page.handleJavaScriptDialog") && fake_message_has(f, f->arg);
	heard(f, ok);
	say_done(f);
}

static void
two_kinds(bool accept, const char *answer)
{
	struct cdp_policy policy = {.accept_dialogs = accept};
	struct rig r;

	rig_open_session(&r, open_dialogs_of_two_kinds);
	r.fake.arg = (void *)(uintptr_t)answer;
	cdp_session_set_policy(r.session, &policy);
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
leaving_is_always_allowed_and_the_rest_is_policy(void **state UNUSED)
{
	two_kinds(false, "\"accept\":false");
	two_kinds(true, "\"accept\":true");
}

static void
open_four_dialogs(struct fake *f)
{
	bool ok = true;

	fake_attach(f, "S1");
	fake_await_gate(f);
	for (int i = 0; i < 4; i++) {
		fake_event(f, "Page.javascriptDialogOpening", DIALOG("alert", "x"), "S1");
		if (i == 3)
			ok &= fake_recv(f) && fake_message_has(f, "Runtime.terminateExecution");
		ok &= fake_recv(f) && fake_message_has(f, "Page.handleJavaScriptDialog");
	}
	heard(f, ok);
	say_done(f);
}

static void
a_dialog_storm_ends_the_pages_scripts(void **state UNUSED)
{
	struct cdp_policy policy = {.max_dialogs = 3};
	struct rig r;

	rig_open_session(&r, open_four_dialogs);
	cdp_session_set_policy(r.session, &policy);
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_int_equal(counters(&r).dialogs, 4);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
open_a_dialog_with_a_long_text(struct fake *f)
{
	cleanup_buf b = BUF_INIT;

	fake_attach(f, "S1");
	buf_str(&b, "{\"message\":\"");
	for (int i = 0; i < 241; i++)
		buf_ch(&b, 'a');
	buf_str(
	    &b, "\\ud83d\\ude00\\\\\\\"\\ud83d\\ude00 and more than fits\",\"type\":\"alert\"}");
	fake_event(f, "Page.javascriptDialogOpening", b.p, "S1");
	heard(f, fake_expect(f, "Page.handleJavaScriptDialog") != 0);
	say_done(f);
}

static void
a_long_dialog_text_is_cut_between_characters(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, open_a_dialog_with_a_long_text);
	await_done(&r);
	assert_in_range(strlen(counters(&r).last_dialog_text), 230, 255);
	assert_true(heard_it(&r));
	rig_close(&r);
}

// --- paused requests and credentials ---

static void
pause_a_request(struct fake *f)
{
	bool ok;

	fake_attach(f, "S1");
	fake_await_gate(f);
	fake_event(f, "Fetch.requestPaused",
	    "{\"requestId\":\"interception-1\",\"request\":{\"url\":\"u\"}}", "S1");
	ok = fake_expect(f, f->arg) && fake_message_has(f, "\"requestId\":\"interception-1\"");
	heard(f, ok);
	say_done(f);
}

static bool
fulfill(void *arg, struct cdp_session *s UNUSED, const char *params, size_t n, struct buf *method,
    struct buf *reply)
{
	if (arg != yes)
		return false;
	buf_str(method, "Fetch.fulfillRequest");
	buf_fmt(reply, "{\"requestId\":" SV_FMT ",\"responseCode\":200}",
	    SV_ARG(json_skim((struct sv){params, n}, "requestId")));
	return true;
}

static void
paused(cdp_paused_fn *hook, const char *arg, const char *expected)
{
	struct rig r;

	rig_open_session(&r, pause_a_request);
	r.fake.arg = (void *)(uintptr_t)expected;
	cdp_session_set_paused_hook(r.session, hook, (void *)(uintptr_t)arg);
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
a_paused_request_continues_unless_the_hook_answers(void **state UNUSED)
{
	paused(NULL, NULL, "Fetch.continueRequest");
	paused(fulfill, NULL, "Fetch.continueRequest");
	paused(fulfill, yes, "Fetch.fulfillRequest");
}

static bool
ask_for_credentials(
    struct fake *f, const char *id, const char *source, const char *origin, const char *expected)
{
	fake_sendf(f,
	    "{\"method\":\"Fetch.authRequired\",\"params\":{\"requestId\":\"%s\",\"request\":{},"
	    "\"authChallenge\":{\"source\":\"%s\",\"origin\":\"%s\"}},\"sessionId\":\"S1\"}",
	    id, source, origin);
	return fake_expect(f, "Fetch.continueWithAuth") && fake_message_has(f, id) &&
	       fake_message_has(f, expected);
}

static void
ask_three_times(struct fake *f)
{
	static const char given[] =
	    "\"response\":\"ProvideCredentials\",\"username\":\"me\\\"\",\"password\":\"pw\"";
	bool ok;

	fake_attach(f, "S1");
	fake_await_gate(f);
	ok = ask_for_credentials(f, "r1", "Server", "o", given);
	ok &= ask_for_credentials(f, "r1", "Server", "o", "CancelAuth");
	ok &= ask_for_credentials(f, "r2", "Proxy", "o", "CancelAuth");
	ok &= ask_for_credentials(f, "r3", "Server", "other", "CancelAuth");
	ok &= ask_for_credentials(f, "r4", "Server", "o", given);
	heard(f, ok);
	say_done(f);
}

static void
credentials_are_given_once_per_request_to_their_origin_only(void **state UNUSED)
{
	struct cdp_policy policy = {.auth_user = "me\"", .auth_password = "pw", .auth_origin = "o"};
	struct rig r;

	rig_open_session(&r, ask_three_times);
	cdp_session_set_policy(r.session, &policy);
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_int_equal(counters(&r).auth_challenges, 5);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
ask_once(struct fake *f)
{
	fake_attach(f, "S1");
	heard(f, ask_for_credentials(f, "r1", "Server", "o", "CancelAuth"));
	say_done(f);
}

static void
without_credentials_a_challenge_is_cancelled(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, ask_once);
	await_done(&r);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
request(struct fake *f, const char *id, const char *type, const char *loader, bool redirected)
{
	fake_sendf(f,
	    "{\"method\":\"Network.requestWillBeSent\",\"params\":{\"requestId\":\"%s\",\"loaderId\":"
	    "\"%s\",\"request\":{\"url\":\"http://me:secret@x/\"}%s,\"type\":\"%s\"},\"sessionId\":\"S1\"}",
	    id, loader, redirected ? ",\"redirectResponse\":{}" : "", type);
}

static void
finish(struct fake *f, const char *id)
{
	fake_sendf(f,
	    "{\"method\":\"Network.loadingFinished\",\"params\":{\"requestId\":\"%s\","
	    "\"encodedDataLength\":1000},\"sessionId\":\"S1\"}",
	    id);
}

// --- children ---

static void
attach_child(struct fake *f, const char *parent, const char *session, const char *type)
{
	fake_sendf(f,
	    "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"%s\",\"targetInfo\":"
	    "{\"targetId\":\"T-%s\",\"type\":\"%s\",\"title\":\"\",\"url\":\"\"},"
	    "\"waitingForDebugger\":true},\"sessionId\":\"%s\"}",
	    session, session, type, parent);
}

static bool
hear_child_setup(struct fake *f, const char *session, const char *const *methods)
{
	bool ok = true;

	for (; *methods && ok; methods++)
		ok = fake_recv(f) && fake_message_has(f, *methods) && fake_message_has(f, session);
	return ok;
}

static void
attach_an_iframe_and_a_worker(struct fake *f)
{
	static const char *const iframe[] = {"Network.enable", "Page.enable",
	    "Target.setAutoAttach", "Fetch.enable", "Runtime.runIfWaitingForDebugger", NULL};
	static const char *const worker[] = {
	    "Network.enable", "Target.setAutoAttach", "Runtime.runIfWaitingForDebugger", NULL};
	bool ok;

	fake_attach(f, "S1");
	fake_await_gate(f);
	attach_child(f, "S1", "S2", "iframe");
	ok = hear_child_setup(f, "\"sessionId\":\"S2\"", iframe);
	attach_child(f, "S2", "S3", "worker");
	ok &= hear_child_setup(f, "\"sessionId\":\"S3\"", worker);
	heard(f, ok);
	say_done(f);
	fake_await_gate(f);
	fake_event(f, "Target.detachedFromTarget", "{\"sessionId\":\"S2\"}", "S1");
	fake_event(f, "Test.done", "{}", "S1");
}

static void
children_are_set_up_and_resumed_without_the_client(void **state UNUSED)
{
	struct cdp_session *children[4];
	struct rig r;

	rig_open_session(&r, attach_an_iframe_and_a_worker);
	cdp_session_add_child_command(
	    r.session, CDP_CHILD_IFRAME, "Fetch.enable", "{\"patterns\":[]}");
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_int_equal(cdp_session_children(r.session, children, 4), 1);
	assert_string_equal(cdp_session_target_id(children[0]), "T-S2");
	assert_string_equal(cdp_session_target_type(children[0]), "iframe");
	assert_ptr_equal(cdp_session_parent(children[0]), r.session);
	assert_null(cdp_session_parent(r.session));
	r.log[0] = '\0';
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_int_equal(cdp_session_state(children[0]), ERR_PAGE_DETACHED);
	assert_int_equal(cdp_session_children(r.session, children, 4), 0);
	assert_int_equal(cdp_session_state(r.session), 0);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static bool
hear_resumed(struct fake *f, const char *session)
{
	return fake_expect(f, "Runtime.runIfWaitingForDebugger") && fake_message_has(f, session);
}

static void
attach_too_many(struct fake *f)
{
	bool ok;

	fake_attach(f, "S1");
	fake_await_gate(f);
	attach_child(f, "S1", "W0", "worker");
	attach_child(f, "S1", "W1", "worker");
	ok = hear_resumed(f, "\"W0\"") && hear_resumed(f, "\"W1\"");
	request(f, "1", "Other", "", false); // a worker's script
	request(f, "2", "Image", "L1", false);
	attach_child(f, "S1", "W2", "worker"); // stays paused; no script is waited for
	request(f, "3", "Other", "", false);
	attach_child(f, "S1", "F1", "iframe");
	heard(f, ok && hear_resumed(f, "\"F1\""));
	say_done(f);
}

static void
over_the_cap_workers_stay_paused_and_all_is_counted(void **state UNUSED)
{
	struct cdp_policy policy = {.max_targets = 2};
	struct rig r;

	rig_open_session(&r, attach_too_many);
	cdp_session_set_policy(r.session, &policy);
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_int_equal(counters(&r).targets_over_cap, 2);
	assert_int_equal(counters(&r).in_flight, 1);
	assert_true(heard_it(&r));
	rig_close(&r);
}

static void
crash_the_child(struct fake *f)
{
	uint64_t id;

	fake_attach(f, "S1");
	attach_child(f, "S1", "S2", "iframe");
	fake_expect(f, "Runtime.runIfWaitingForDebugger");
	id = fake_expect(f, "A.a");
	fake_expect(f, "B.b");
	fake_event(f, "Inspector.targetCrashed", "{}", "S2");
	fake_reply(f, id, "{}", "S1");
	fake_await_gate(f);
}

static bool
has_child(void *arg)
{
	struct cdp_session *child;

	return cdp_session_children(((struct rig *)arg)->session, &child, 1) == 1;
}

static void
a_crashed_child_does_not_fail_the_page(void **state UNUSED)
{
	struct cdp_session *child;
	struct cdp_ticket a, b;
	struct rig r;

	rig_open_session(&r, crash_the_child);
	assert_int_equal(cdp_wait_until(r.client, r.session, has_child, &r, rig_soon(), &r.err), 0);
	assert_int_equal(cdp_session_children(r.session, &child, 1), 1);
	assert_int_equal(cdp_send(r.client, r.session, "A.a", NULL, &a, &r.err), 0);
	assert_int_equal(cdp_send(r.client, child, "B.b", NULL, &b, &r.err), 0);
	assert_int_equal(cdp_wait(r.client, &b, rig_soon(), NULL, &r.err), ERR_PAGE_CRASHED);
	assert_int_equal(cdp_wait(r.client, &a, rig_soon(), NULL, &r.err), 0);
	assert_int_equal(cdp_session_state(r.session), 0);
	assert_false(counters(&r).crashed);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

// --- popups ---

static void
announce(struct fake *f, const char *target, const char *opener, const char *context)
{
	fake_sendf(f,
	    "{\"method\":\"Target.targetCreated\",\"params\":{\"targetInfo\":{\"targetId\":\"%s\","
	    "\"type\":\"page\",\"title\":\"\",\"url\":\"\",\"attached\":false%s%s%s,"
	    "\"browserContextId\":\"%s\"}}}",
	    target, opener ? ",\"openerId\":\"" : "", opener ? opener : "", opener ? "\"" : "",
	    context);
}

static void
open_popups(struct fake *f)
{
	bool ok;

	fake_attach(f, "S1");
	fake_event(f, "Page.windowOpen", "{\"url\":\"u\"}", "S1");
	ok = fake_recv(f) && fake_message_has(f, "Target.setDiscoverTargets");
	announce(f, "T-S1", NULL, "C1");
	announce(f, "P1", "T-S1", "C1");
	ok &= fake_recv(f) && fake_message_has(f, "Target.closeTarget") &&
	      fake_message_has(f, "\"P1\"");
	announce(f, "P2", "P1", "C1"); // a popup's popup
	ok &= fake_recv(f) && fake_message_has(f, "Target.closeTarget") &&
	      fake_message_has(f, "\"P2\"");
	announce(f, "P3", "X1", "C9"); // somebody else's
	fake_event(f, "Page.windowOpen", "{\"url\":\"u\"}", "S1");
	for (int i = 2; i < 20; i++)
		fake_event(f, "Page.windowOpen", "{\"url\":\"u\"}", "S1");
	fake_event(f, "Page.windowOpen", "{\"url\":\"u\"}", "S1");
	ok &= fake_recv(f) && fake_message_has(f, "Runtime.terminateExecution");
	heard(f, ok);
	say_done(f);
}

static void
popups_are_closed_counted_and_capped(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, open_popups);
	await_done(&r);
	assert_int_equal(counters(&r).popups, 21);
	assert_true(heard_it(&r));
	rig_close(&r);
}

// --- the network ---

static void
load_some(struct fake *f)
{
	fake_attach(f, "S1");
	request(f, "1", "Document", "L1", false);
	request(f, "1", "Document", "L1", true);
	request(f, "2", "Image", "L1", false);
	request(f, "3", "EventSource", "L1", false);
	request(f, "4", "Ping", "L1", false);
	request(f, "6", "Other", "", false); // a worker's script: begins here, finishes there
	attach_child(f, "S1", "S2", "worker");
	fake_event(f, "Network.loadingFinished", "{\"requestId\":\"6\"}", "S2");
	request(f, "5", "Fetch", "L1", false);
	fake_event(f, "Network.responseReceived",
	    "{\"requestId\":\"5\",\"type\":\"Fetch\",\"response\":{\"mimeType\":\"text/event-stream\"}}",
	    "S1");
	say_done(f);
	fake_await_gate(f);
	finish(f, "1");
	fake_event(f, "Network.loadingFailed", "{\"requestId\":\"2\",\"type\":\"Image\"}", "S1");
	finish(f, "77");
	fake_await_gate(f);
}

static bool
in_flight_none(void *arg)
{
	return counters(arg).in_flight == 0;
}

static void
requests_in_flight_are_counted_without_delivering_them(void **state UNUSED)
{
	int64_t before;
	struct rig r;

	rig_open_session(&r, load_some);
	await_done(&r);
	assert_int_equal(counters(&r).in_flight, 2);
	assert_int_equal(counters(&r).requests, 6);
	assert_string_equal(r.log,
	    "Network.requestWillBeSent;Network.requestWillBeSent;Target.attachedToTarget;Test.done;");
	before = clock_us();
	fake_open_gate(&r.fake);
	assert_int_equal(
	    cdp_wait_until(r.client, r.session, in_flight_none, &r, rig_soon(), &r.err), 0);
	assert_in_range(clock_us() - before, 0, 2000000); // woken, though no event was delivered
	assert_true(counters(&r).network_quiet_since_us >= before);
	assert_int_equal(counters(&r).requests_failed, 1);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

// --- what became of them ---

static void
fail_request(struct fake *f, const char *id, const char *type, const char *more)
{
	fake_sendf(f,
	    "{\"method\":\"Network.loadingFailed\",\"params\":{\"requestId\":\"%s\",\"type\":\"%s\","
	    "\"errorText\":\"net::ERR_FAILED\"%s},\"sessionId\":\"S1\"}",
	    id, type, more);
}

static void
answer(struct fake *f, const char *id, const char *type, int status, bool whole)
{
	fake_sendf(f,
	    "{\"method\":\"Network.responseReceived\",\"params\":{\"requestId\":\"%s\",\"type\":\"%s\","
	    "\"response\":{\"status\":%d,\"mimeType\":\"text/plain\"}},\"sessionId\":\"S1\"}",
	    id, type, status);
	if (whole)
		finish(f, id);
	else
		fail_request(f, id, type, ",\"canceled\":true");
}

static void
end_in_every_way(struct fake *f)
{
	static const char *const intended[] = {
	    ",\"canceled\":true", ",\"blockedReason\":\"inspector\"", ",\"blockedReason\":\"csp\""};
	char id[16];

	fake_attach(f, "S1");
	for (int i = 0; i < 12; i++) {
		snprintf(id, sizeof(id), "%d", i);
		request(f, id,
		    i < 6    ? "Script"
		    : i < 8  ? "Stylesheet"
		    : i < 11 ? "XHR"
			     : "Image",
		    "L1", false);
	}
	for (int i = 0; i < 3; i++) {
		snprintf(id, sizeof(id), "%d", i);
		fail_request(f, id, "Script", intended[i]);
	}
	fail_request(f, "3", "Script", ",\"blockedReason\":\"mixed-content\"");
	answer(f, "4", "Script", 200, true);
	answer(f, "5", "Script", 404, false);
	answer(f, "6", "Stylesheet", 403, true);
	answer(f, "8", "XHR", 404, true);
	answer(f, "9", "XHR", 503, true);
	fail_request(f, "11", "Image", "");
	say_done(f);
	fake_await_gate(f);
	fake_event(
	    f, "Page.frameNavigated", "{\"frame\":{\"id\":\"F\",\"loaderId\":\"L2\"}}", "S1");
	say_done(f);
}

static bool
nothing_ended(void *arg)
{
	return counters(arg).outcomes.kinds[CDP_KIND_SCRIPT].ended == 0;
}

static void
outcomes_are_those_that_nobody_wanted(void **state UNUSED)
{
	struct cdp_outcomes o;
	struct rig r;

	rig_open_session(&r, end_in_every_way);
	await_done(&r);
	o = counters(&r).outcomes;
	assert_int_equal(o.kinds[CDP_KIND_SCRIPT].ended, 3);
	assert_int_equal(o.kinds[CDP_KIND_SCRIPT].failed, 2);
	assert_string_equal(o.kinds[CDP_KIND_SCRIPT].first[0], "http://x/ (net::ERR_FAILED)");
	assert_string_equal(o.kinds[CDP_KIND_SCRIPT].first[1], "http://x/ (HTTP 404)");
	assert_int_equal(o.kinds[CDP_KIND_STYLE].ended, 1);
	assert_int_equal(o.kinds[CDP_KIND_STYLE].failed, 1);
	assert_int_equal(o.kinds[CDP_KIND_DATA].ended, 2);
	assert_int_equal(o.kinds[CDP_KIND_DATA].failed, 1);
	fake_open_gate(&r.fake); // another document begins anew
	assert_int_equal(
	    cdp_wait_until(r.client, r.session, nothing_ended, &r, rig_soon(), &r.err), 0);
	rig_close(&r);
}

static void
commit_a_new_document(struct fake *f)
{
	fake_attach(f, "S1");
	request(f, "1", "Image", "L1", false);
	request(f, "2", "Document", "L2", false);
	fake_event(f, "Page.domContentEventFired", "{}", "S1");
	fake_event(f, "Page.loadEventFired", "{}", "S1");
	fake_event(f, "Page.frameNavigated",
	    "{\"frame\":{\"id\":\"F2\",\"parentId\":\"F\",\"loaderId\":\"L9\"}}", "S1");
	say_done(f);
	fake_await_gate(f);
	fake_event(
	    f, "Page.frameNavigated", "{\"frame\":{\"id\":\"F\",\"loaderId\":\"L2\"}}", "S1");
	say_done(f);
	fake_await_gate(f);
}

static void
a_commit_forgets_what_the_document_before_was_loading(void **state UNUSED)
{
	struct rig r;

	rig_open_session(&r, commit_a_new_document);
	await_done(&r);
	assert_int_equal(counters(&r).in_flight, 2);
	assert_true(counters(&r).load_event_us >= counters(&r).dcl_event_us);
	assert_true(counters(&r).dcl_event_us > 0);
	r.log[0] = '\0';
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_int_equal(counters(&r).in_flight, 1);
	assert_int_equal(counters(&r).load_event_us, 0);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
log_to_the_console(struct fake *f)
{
	fake_attach(f, "S1");
	fake_await_gate(f);
	fake_event(f, "Runtime.consoleAPICalled", "{}", "S1");
	fake_event(f, "Network.requestWillBeSentExtraInfo", "{}", "S1");
	fake_event(f, "Page.javascriptDialogClosed", "{}", "S1");
	fake_event(f, "Unknown.event", "{}", "S1");
	say_done(f);
}

static void
delivery(struct cdp_policy policy, const char *expected)
{
	struct rig r;

	rig_open_session(&r, log_to_the_console);
	cdp_session_set_policy(r.session, &policy);
	fake_open_gate(&r.fake);
	await_done(&r);
	assert_string_equal(r.log, expected);
	rig_close(&r);
}

static void
policy_says_what_is_delivered(void **state UNUSED)
{
	delivery((struct cdp_policy){0}, "Unknown.event;Test.done;");
	delivery((struct cdp_policy){.console_events = true},
	    "Runtime.consoleAPICalled;Unknown.event;Test.done;");
	delivery((struct cdp_policy){.network_events = true},
	    "Network.requestWillBeSentExtraInfo;Unknown.event;Test.done;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_dialog_is_dismissed_while_a_call_pends),
	    cmocka_unit_test(leaving_is_always_allowed_and_the_rest_is_policy),
	    cmocka_unit_test(a_dialog_storm_ends_the_pages_scripts),
	    cmocka_unit_test(a_long_dialog_text_is_cut_between_characters),
	    cmocka_unit_test(a_paused_request_continues_unless_the_hook_answers),
	    cmocka_unit_test(credentials_are_given_once_per_request_to_their_origin_only),
	    cmocka_unit_test(without_credentials_a_challenge_is_cancelled),
	    cmocka_unit_test(children_are_set_up_and_resumed_without_the_client),
	    cmocka_unit_test(over_the_cap_workers_stay_paused_and_all_is_counted),
	    cmocka_unit_test(a_crashed_child_does_not_fail_the_page),
	    cmocka_unit_test(popups_are_closed_counted_and_capped),
	    cmocka_unit_test(requests_in_flight_are_counted_without_delivering_them),
	    cmocka_unit_test(outcomes_are_those_that_nobody_wanted),
	    cmocka_unit_test(a_commit_forgets_what_the_document_before_was_loading),
	    cmocka_unit_test(policy_says_what_is_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
