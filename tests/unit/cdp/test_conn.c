// SPDX-License-Identifier: Apache-2.0
// The connection against a peer that says what Chromium says, and what it should never say.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MB ((size_t)1 << 20)

// --- opening ---

static void
say_nothing(struct fake *f)
{
	fake_await_gate(f);
}

static void
open_names_a_refused_address(void **state UNUSED)
{
	struct cdp_endpoint ep = {"127.0.0.1:1", "/x"};
	struct err err = ERR_INIT;
	struct loop *l = loop_new(&err);
	struct cdp_conn *c = NULL;

	assert_int_equal(cdp_conn_open(l, &ep, deadline_in_ms(5000), &c, &err), ERR_BROWSER_START);
	assert_non_null(strstr(err.message, "127.0.0.1"));
	assert_null(c);
	loop_free(l);
}

static void
open_refuses_a_bad_address(void **state UNUSED)
{
	static const char *const bad[] = {
	    "", "localhost", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "h:9x"};
	struct err err = ERR_INIT;
	struct loop *l = loop_new(&err);
	struct cdp_conn *c = NULL;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct cdp_endpoint ep = {bad[i], "/x"};

		assert_int_equal(
		    cdp_conn_open(l, &ep, deadline_in_ms(5000), &c, &err), ERR_BROWSER_START);
	}
	loop_free(l);
}

static void
open_ends_at_the_deadline_when_nobody_answers(void **state UNUSED)
{
	struct fake f = {.fd = -1};
	struct err err = ERR_INIT;
	struct loop *l = loop_new(&err);
	struct cdp_conn *c = NULL;
	struct cdp_endpoint ep;
	int64_t start;

	fake_listen_tcp(&f);
	assert_int_equal(listen(f.listen_fd, 1), 0); // accepted by the kernel, never answered
	ep = (struct cdp_endpoint){f.address, "/x"};
	start = clock_ms();
	assert_int_equal(cdp_conn_open(l, &ep, deadline_in_ms(150), &c, &err), ERR_BROWSER_START);
	assert_in_range(clock_ms() - start, 150, 2150);
	util_closep(&f.listen_fd);
	loop_free(l);
}

static void
answer_one(struct fake *f)
{
	fake_reply(f, fake_expect(f, "Browser.getVersion"), "{\"product\":\"fake\"}", NULL);
	fake_await_gate(f);
}

static void
call_over(struct rig *r)
{
	cJSON *result = NULL;

	assert_int_equal(
	    cdp_call(r->client, NULL, "Browser.getVersion", NULL, rig_soon(), &result, &r->err), 0);
	assert_string_equal(json_str(result, "product"), "fake");
	cJSON_Delete(result);
}

static void
call_returns_the_result(void **state UNUSED)
{
	struct rig r;

	rig_open(&r, answer_one, false);
	call_over(&r);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
a_unix_socket_is_an_endpoint(void **state UNUSED)
{
	struct rig r;

	rig_open(&r, answer_one, true);
	call_over(&r);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

// --- replies ---

static void
answer_three_backwards(struct fake *f)
{
	uint64_t a = fake_expect(f, "A.a"), b = fake_expect(f, "B.b"), c = fake_expect(f, "C.c");

	fake_reply(f, c, "{\"v\":3}", NULL);
	fake_reply(f, 999999, "{\"v\":0}", NULL);
	fake_reply(f, b, "{\"v\":2}", NULL);
	fake_reply(f, c, "{\"v\":33}", NULL);
	fake_reply(f, a, "{\"v\":1}", NULL);
	fake_await_gate(f);
}

static void
replies_may_come_in_any_order_twice_and_for_unknown_ids(void **state UNUSED)
{
	static const char *const methods[] = {"A.a", "B.b", "C.c"};
	struct cdp_ticket t[3];
	struct rig r;

	rig_open(&r, answer_three_backwards, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cdp_send(r.client, NULL, methods[i], NULL, &t[i], &r.err), 0);
	for (int i = 0; i < 3; i++) {
		cJSON *v = NULL;

		assert_int_equal(cdp_wait(r.client, &t[i], rig_soon(), &v, &r.err), 0);
		assert_int_equal(json_int(v, "v", 0), i + 1);
		cJSON_Delete(v);
	}
	assert_int_equal(cdp_wait(r.client, &t[0], rig_soon(), NULL, &r.err), ERR_INTERNAL);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
answer_with_errors(struct fake *f)
{
	fake_sendf(f,
	    "{\"id\":%llu,\"error\":{\"code\":-32000,\"message\":\"Cannot do\",\"data\":\"why\"}}",
	    (unsigned long long)fake_expect(f, "Page.navigate"));
	fake_await_gate(f);
}

static void
a_refusal_names_method_text_and_code(void **state UNUSED)
{
	struct rig r;

	rig_open(&r, answer_with_errors, false);
	assert_int_equal(
	    cdp_call(r.client, NULL, "Page.navigate", NULL, rig_soon(), NULL, &r.err), ERR_CDP);
	assert_string_equal(r.err.message, "Page.navigate: Cannot do: why (-32000)");
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
answer_from_another_session(struct fake *f)
{
	uint64_t id;

	fake_attach(f, "S1");
	id = fake_expect(f, "A.a");
	fake_reply(f, id, "{\"v\":\"forged\"}", "S2");
	fake_reply(f, id, "{\"v\":\"forged\"}", NULL);
	fake_reply(f, id, "{\"v\":\"true\"}", "S1");
	fake_await_gate(f);
}

static void
a_reply_counts_only_from_the_session_that_was_asked(void **state UNUSED)
{
	cJSON *v = NULL;
	struct rig r;

	rig_open_session(&r, answer_from_another_session);
	assert_int_equal(cdp_call(r.client, r.session, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	assert_string_equal(json_str(v, "v"), "true");
	cJSON_Delete(v);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
answer_with_page_made_strings(struct fake *f)
{
	fake_reply(f, fake_expect(f, "A.a"), "{\"v\":\"a\\ud800b\\u0000c\\ud83d\\ude00\"}", NULL);
	fake_reply(f, fake_expect(f, "B.b"), "{\"v\":\"a\\udfffb\\u0000c\"}", NULL);
	fake_await_gate(f);
}

static void
lone_surrogates_and_nul_become_replacement_characters(void **state UNUSED)
{
	cleanup_buf raw = BUF_INIT;
	cJSON *v = NULL;
	struct rig r;

	rig_open(&r, answer_with_page_made_strings, false);
	assert_int_equal(cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	assert_string_equal(json_str(v, "v"), "a\xef\xbf\xbd"
					      "b\xef\xbf\xbd"
					      "c\xf0\x9f\x98\x80");
	cJSON_Delete(v);
	assert_int_equal(cdp_call_raw(r.client, NULL, "B.b", NULL, rig_soon(), &raw, &r.err), 0);
	assert_int_equal(strncasecmp(raw.p, "{\"v\":\"a\\ufffdb\\ufffdc\"}", raw.n), 0);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
answer_in_fragments(struct fake *f)
{
	uint64_t id = fake_expect(f, "A.a");
	char head[64];
	int n = snprintf(
	    head, sizeof(head), "{\"id\":%llu,\"result\":{\"v\":\"", (unsigned long long)id);

	fake_frame_header(f, 1, false, (uint64_t)n);
	fake_write(f, head, (size_t)n);
	for (int i = 0; i < 100; i++) {
		fake_frame_header(f, 0, false, 1000);
		for (int k = 0; k < 100; k++)
			fake_write(f, "0123456789", 10);
		fake_frame_header(f, 9, true, 4); // a ping in between
		fake_write(f, "ping", 4);
	}
	fake_frame_header(f, 0, true, 3);
	fake_write(f, "\"}}", 3);
	fake_await_gate(f);
}

static void
a_message_in_fragments_is_put_together(void **state UNUSED)
{
	cJSON *v = NULL;
	struct rig r;

	rig_open(&r, answer_in_fragments, false);
	assert_int_equal(cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	assert_int_equal(strlen(json_str(v, "v")), 100000);
	cJSON_Delete(v);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

// --- large messages ---

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
	cleanup_buf raw = BUF_INIT;
	struct rig r;

	rig_open_session(&r, answer_hundred_megabytes);
	assert_int_equal(
	    cdp_call_raw(r.client, r.session, "A.a", NULL, rig_soon(), &raw, &r.err), 0);
	assert_int_equal(raw.n, 100 * MB + 8);
	assert_memory_equal(raw.p, "{\"v\":\"xxx", 9);
	assert_memory_equal(raw.p + raw.n - 4, "xx\"}", 5);
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

// --- ends ---

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

	rig_open(&r, say_nothing, false);
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
a_crash_fails_every_pending_call_at_once(void **state UNUSED)
{
	struct cdp_ticket a, b;
	struct cdp_counters n;
	int64_t start;
	struct rig r;

	rig_open_session(&r, crash_while_two_calls_pend);
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

// --- sending ---

// Does not read while the gate is closed, then counts what comes.
static void
read_late(struct fake *f)
{
	fake_attach(f, "S1");
	fake_await_gate(f);
	fake_reply(f, fake_expect(f, "Last.one"), "{}", "S1");
	fake_await_gate(f);
}

static cJSON *
large_params(size_t n)
{
	cleanup_buf b = BUF_INIT;
	cJSON *p = json_obj();

	memset(buf_reserve(&b, n), 'y', n);
	b.n = n;
	json_set_sv(p, "text", buf_view(&b));
	return p;
}

static void
a_browser_that_does_not_read_blocks_nobody(void **state UNUSED)
{
	struct rig r, other;
	int rc = 0;

	rig_open_session(&r, read_late);
	rig_open(&other, answer_one, false);
	r.conn->max_queued = 12 * MB;
	for (int i = 0; i < 10; i++)
		assert_int_equal(
		    cdp_send(r.client, r.session, "Large.one", large_params(MB), NULL, &r.err), 0);
	assert_int_equal(
	    cdp_call(r.client, r.session, "A.a", NULL, deadline_in_ms(50), NULL, &r.err),
	    ERR_TIMEOUT);
	call_over(&other);
	for (int i = 0; i < 10 && rc == 0; i++)
		rc = cdp_send(r.client, r.session, "Large.one", large_params(2 * MB), NULL, &r.err);
	assert_int_equal(rc, ERR_TIMEOUT); // the queue is full
	assert_non_null(strstr(r.err.message, "queued"));
	r.conn->max_queued = 64 * MB;
	fake_open_gate(&r.fake);
	assert_int_equal(
	    cdp_call(r.client, r.session, "Last.one", NULL, rig_soon(), NULL, &r.err), 0);
	fake_open_gate(&r.fake);
	fake_open_gate(&other.fake);
	rig_close(&other);
	rig_close(&r);
}

static void
a_command_beyond_chromiums_limit_is_refused(void **state UNUSED)
{
	struct rig r;

	rig_open(&r, say_nothing, false);
	assert_int_equal(
	    cdp_send(r.client, NULL, "A.a", large_params(97 * MB), NULL, &r.err), ERR_TOO_LARGE);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

// --- events ---

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
	    cmocka_unit_test(open_names_a_refused_address),
	    cmocka_unit_test(open_refuses_a_bad_address),
	    cmocka_unit_test(open_ends_at_the_deadline_when_nobody_answers),
	    cmocka_unit_test(call_returns_the_result),
	    cmocka_unit_test(a_unix_socket_is_an_endpoint),
	    cmocka_unit_test(replies_may_come_in_any_order_twice_and_for_unknown_ids),
	    cmocka_unit_test(a_refusal_names_method_text_and_code),
	    cmocka_unit_test(a_reply_counts_only_from_the_session_that_was_asked),
	    cmocka_unit_test(lone_surrogates_and_nul_become_replacement_characters),
	    cmocka_unit_test(a_message_in_fragments_is_put_together),
	    cmocka_unit_test(a_hundred_megabyte_result_arrives),
	    cmocka_unit_test(a_too_large_result_fails_its_call_only),
	    cmocka_unit_test(a_too_large_message_that_nobody_can_be_told_of_ends_the_connection),
	    cmocka_unit_test(a_too_large_event_that_may_not_be_lost_is_an_overflow),
	    cmocka_unit_test(half_a_message_and_a_hang_up_fail_the_call),
	    cmocka_unit_test(what_is_no_devtools_message_ends_the_connection),
	    cmocka_unit_test(silence_ends_at_the_deadline),
	    cmocka_unit_test(a_crash_fails_every_pending_call_at_once),
	    cmocka_unit_test(a_detached_session_fails_its_calls_and_is_silent),
	    cmocka_unit_test(a_lost_connection_wakes_every_wait),
	    cmocka_unit_test(shutdown_fails_what_pends_and_may_be_repeated),
	    cmocka_unit_test(cancel_wakes_the_client_for_good),
	    cmocka_unit_test(a_browser_that_does_not_read_blocks_nobody),
	    cmocka_unit_test(a_command_beyond_chromiums_limit_is_refused),
	    cmocka_unit_test(events_come_in_order_before_the_reply_after_them),
	    cmocka_unit_test(an_event_handler_may_call_and_later_events_wait),
	    cmocka_unit_test(a_flood_of_events_that_may_not_be_lost_fails_the_client),
	    cmocka_unit_test(a_flood_of_console_lines_is_dropped_and_counted),
	    cmocka_unit_test(a_client_freed_with_calls_pending_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
