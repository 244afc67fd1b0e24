// SPDX-License-Identifier: Apache-2.0
// The connection: opening it, calls and replies, sending, against a peer that says what Chromium
// says and what it should never say.
#include "tests/fakes/fake_cdp.h"

#include "cdp/conn/conn_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MB ((size_t)1 << 20)

// --- opening ---

static void
open_names_a_refused_address(void **state UNUSED)
{
	struct cdp_endpoint ep = {.address = "127.0.0.1:1", .path = "/x"};
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
		struct cdp_endpoint ep = {.address = bad[i], .path = "/x"};

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
	ep = (struct cdp_endpoint){.address = f.address, .path = "/x"};
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

static void
a_connected_socket_is_an_endpoint_and_taken(void **state UNUSED)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); // blocking: it won't stay so
	struct rig r;

	rig_start(&r, answer_one, true);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", r.fake.address + 5);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	unlink(sa.sun_path); // nobody else can dial it
	rig_connect(&r, &fd);
	assert_int_equal(fd, -1);
	call_over(&r);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
a_connected_socket_is_taken_when_it_leads_nowhere(void **state UNUSED)
{
	struct err err = ERR_INIT;
	struct loop *l = loop_new(&err);
	struct cdp_conn *c = NULL;
	int none = -1, pair[2];
	struct cdp_endpoint ep = {.address = "127.0.0.1:1", .path = "/x", .connected = &none};

	assert_int_equal(cdp_conn_open(l, &ep, deadline_in_ms(5000), &c, &err), ERR_BROWSER_START);
	assert_non_null(strstr(err.message, "no connection"));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	util_closep(&pair[1]);
	ep.connected = &pair[0];
	assert_int_equal(cdp_conn_open(l, &ep, deadline_in_ms(5000), &c, &err), ERR_BROWSER_START);
	assert_int_equal(pair[0], -1);
	loop_free(l);
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
	cJSON *v = NULL;
	struct rig r;

	rig_open(&r, answer_with_page_made_strings, false);
	assert_int_equal(cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	assert_string_equal(json_str(v, "v"), "a\xef\xbf\xbd"
					      "b\xef\xbf\xbd"
					      "c\xf0\x9f\x98\x80");
	cJSON_Delete(v);
	v = NULL;
	assert_int_equal(cdp_call(r.client, NULL, "B.b", NULL, rig_soon(), &v, &r.err), 0);
	assert_string_equal(json_str(v, "v"), "a\xef\xbf\xbd"
					      "b\xef\xbf\xbd"
					      "c");
	cJSON_Delete(v);
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

	rig_open(&r, fake_await_gate, false);
	assert_int_equal(
	    cdp_send(r.client, NULL, "A.a", large_params(97 * MB), NULL, &r.err), ERR_TOO_LARGE);
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
	    cmocka_unit_test(a_connected_socket_is_an_endpoint_and_taken),
	    cmocka_unit_test(a_connected_socket_is_taken_when_it_leads_nowhere),
	    cmocka_unit_test(replies_may_come_in_any_order_twice_and_for_unknown_ids),
	    cmocka_unit_test(a_refusal_names_method_text_and_code),
	    cmocka_unit_test(a_reply_counts_only_from_the_session_that_was_asked),
	    cmocka_unit_test(lone_surrogates_and_nul_become_replacement_characters),
	    cmocka_unit_test(a_message_in_fragments_is_put_together),
	    cmocka_unit_test(a_browser_that_does_not_read_blocks_nobody),
	    cmocka_unit_test(a_command_beyond_chromiums_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
