// SPDX-License-Identifier: Apache-2.0
// The WebSocket client against servers that break RFC 6455, and against ones that use all of it.
#include "tests/fakes/fake_cdp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

// --- the upgrade ---

struct answer {
	const char *text; // "%s" stands for the right Sec-WebSocket-Accept
	bool good;
};

static int
open_with_answer(const char *text, struct err *err)
{
	struct fake f;
	struct loop *l = loop_new(err);
	struct cdp_conn *c = NULL;
	struct cdp_endpoint ep;
	int rc;

	fake_start(&f, NULL, false);
	f.answer = text;
	ep = (struct cdp_endpoint){.address = f.address, .path = "/x"};
	rc = cdp_conn_open(l, &ep, deadline_in_ms(500), &c, err);
	cdp_conn_close(c);
	fake_stop(&f);
	loop_free(l);
	return rc;
}

#define SWITCH "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static void
only_a_proper_upgrade_opens(void **state UNUSED)
{
	static const struct answer answers[] = {
	    {SWITCH "Sec-WebSocket-Accept: %s\r\n\r\n", true},
	    {SWITCH "sec-websocket-accept:%s  \r\n\r\n", true},
	    {SWITCH "Sec-WebSocket-Accept: wrong\r\n\r\n", false},
	    {SWITCH "Sec-WebSocket-Accept: %sx\r\n\r\n", false},
	    {SWITCH "\r\n", false},
	    {"HTTP/1.1 404 Not Found\r\nSec-WebSocket-Accept: %s\r\n\r\n", false},
	    {"HTTP/1.1 101 Switching", false},
	    {"SSH-2.0-OpenSSH\r\n\r\n", false},
	    {"", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct err err = ERR_INIT;
		int rc = open_with_answer(answers[i].text, &err);

		if (rc != (answers[i].good ? 0 : ERR_BROWSER_START))
			fail_msg("%s: %d %s", answers[i].text, rc, err.message);
	}
}

static void
a_refusal_is_quoted(void **state UNUSED)
{
	struct err err = ERR_INIT;

	assert_int_equal(
	    open_with_answer("HTTP/1.1 403 Forbidden\r\n\r\n", &err), ERR_BROWSER_START);
	assert_non_null(strstr(err.message, "\"HTTP/1.1 403 Forbidden\""));
}

static void
an_endless_answer_is_cut(void **state UNUSED)
{
	static char head[9000];
	struct err err = ERR_INIT;

	memset(head, 'x', sizeof(head) - 1);
	memcpy(head, "HTTP/1.1 101 ", 13);
	assert_int_equal(open_with_answer(head, &err), ERR_BROWSER_START);
}

// --- frames ---

struct bytes {
	const char *p;
	size_t n;
	const char *what;
};
#define BYTES(lit, what)                                                                           \
	{                                                                                          \
		(lit), sizeof(lit) - 1, (what)                                                     \
	}

static void
say_bytes(struct fake *f)
{
	const struct bytes *b;

	fake_expect(f, "A.a");
	b = f->arg;
	fake_write(f, b->p, b->n);
	fake_recv(f);
}

static void
a_breach_of_the_rules_ends_the_connection(void **state UNUSED)
{
	static const struct bytes breaches[] = {
	    BYTES("\xc1\x02{}", "a reserved bit"),
	    BYTES("\x81\x82\x00\x00\x00\x00{}", "a masked frame"),
	    BYTES("\x83\x02{}", "an unknown opcode"),
	    BYTES("\x8b\x00", "an unknown control opcode"),
	    BYTES("\x80\x02{}", "a continuation of nothing"),
	    BYTES("\x01\x01{\x81\x01}", "a text frame inside a message"),
	    BYTES("\x09\x00", "a ping in fragments"),
	    BYTES("\x89\x7e\x00\x7e", "a ping of 126 bytes"),
	    BYTES("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "a negative length"),
	    BYTES("\x81\x00", "an empty message"),
	    BYTES("\x88\x00", "a close frame"),
	    BYTES("\x88\x02\x03\xe8", "a close frame with a status"),
	};

	for (size_t i = 0; i < ARRAY_LEN(breaches); i++) {
		struct rig r;
		int rc;

		rig_open(&r, say_bytes, false);
		r.fake.arg = (void *)(uintptr_t)&breaches[i];
		rc = cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), NULL, &r.err);
		if (rc != ERR_PROTOCOL && rc != ERR_BROWSER_CRASHED)
			fail_msg("%s: %d", breaches[i].what, rc);
		assert_false(cdp_conn_alive(r.conn));
		rig_close(&r);
	}
}

static void
answer_byte_by_byte(struct fake *f)
{
	cleanup_buf b = BUF_INIT;
	uint64_t id = fake_expect(f, "A.a");

	buf_fmt(&b, "{\"id\":%llu,\"result\":{\"text\":\"%0200d\"}}", (unsigned long long)id, 7);
	fake_frame_header(f, 1, false, 10);
	for (size_t i = 0; i < 10; i++)
		fake_write(f, b.p + i, 1);
	fake_frame_header(f, 0, false, 0); // an empty fragment is allowed
	fake_frame_header(f, 0, false, b.n - 10);
	for (size_t i = 10; i < b.n; i++)
		fake_write(f, b.p + i, 1);
	fake_frame_header(f, 0, true, 0);
	fake_recv(f);
}

static void
pieces_of_any_size_make_the_message(void **state UNUSED)
{
	cJSON *v = NULL;
	struct rig r;

	rig_open(&r, answer_byte_by_byte, false);
	assert_int_equal(cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	assert_int_equal(strlen(json_str(v, "text")), 200);
	cJSON_Delete(v);
	rig_close(&r);
}

static void
ping_and_answer(struct fake *f)
{
	static const char pong[] = {(char)0x8a, (char)0x85};
	uint64_t id = fake_expect(f, "A.a");
	bool ok;

	fake_frame_header(f, 9, true, 5);
	fake_write(f, "hello", 5);
	while (f->in.n < 11 && fake_fill(f))
		;
	ok = f->in.n == 11 && memcmp(f->in.p, pong, 2) == 0;
	for (size_t i = 0; ok && i < 5; i++)
		ok = (f->in.p[6 + i] ^ f->in.p[2 + (i & 3)]) == "hello"[i];
	fake_reply(f, id, ok ? "{\"ok\":true}" : "{}", NULL);
	fake_await_gate(f);
}

static void
a_ping_is_answered_with_its_payload(void **state UNUSED)
{
	cJSON *v = NULL;
	struct rig r;

	rig_open(&r, ping_and_answer, false);
	assert_int_equal(cdp_call(r.client, NULL, "A.a", NULL, rig_soon(), &v, &r.err), 0);
	assert_true(json_bool(v, "ok", false));
	cJSON_Delete(v);
	fake_open_gate(&r.fake);
	rig_close(&r);
}

static void
echo_sizes(struct fake *f)
{
	while (fake_recv(f)) {
		struct sv text =
		    json_skim_str(json_skim(json_skim(buf_view(&f->message), "params"), "text"));

		fake_sendf(f, "{\"id\":%lld,\"result\":{\"n\":%zu}}",
		    (long long)json_skim_int(json_skim(buf_view(&f->message), "id"), 0), text.n);
	}
}

static void
commands_of_every_length_class_arrive_whole(void **state UNUSED)
{
	static const size_t sizes[] = {
	    0, 1, 60, 70, 80, 90, 125, 126, 65000, 65536, 1 << 20, 5 << 20};
	struct rig r;

	rig_open(&r, echo_sizes, false);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		cleanup_free char *text = xmalloc(sizes[i] + 1);
		cJSON *p = json_obj(), *v = NULL;

		memset(text, 'z', sizes[i]);
		text[sizes[i]] = '\0';
		json_set_str(p, "text", text);
		assert_int_equal(cdp_call(r.client, NULL, "E.echo", p, rig_soon(), &v, &r.err), 0);
		assert_int_equal(json_int(v, "n", -1), sizes[i]);
		cJSON_Delete(v);
	}
	rig_close(&r);
}

static void
many_commands_at_once_arrive_in_order(void **state UNUSED)
{
	struct cdp_ticket t[200];
	struct rig r;

	rig_open(&r, echo_sizes, false);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		cJSON *p = json_obj();

		json_set_str(p, "text", "abc");
		assert_int_equal(cdp_send(r.client, NULL, "E.echo", p, &t[i], &r.err), 0);
	}
	for (size_t i = ARRAY_LEN(t); i-- > 0;)
		assert_int_equal(cdp_wait(r.client, &t[i], rig_soon(), NULL, &r.err), 0);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_a_proper_upgrade_opens),
	    cmocka_unit_test(a_refusal_is_quoted),
	    cmocka_unit_test(an_endless_answer_is_cut),
	    cmocka_unit_test(a_breach_of_the_rules_ends_the_connection),
	    cmocka_unit_test(pieces_of_any_size_make_the_message),
	    cmocka_unit_test(a_ping_is_answered_with_its_payload),
	    cmocka_unit_test(commands_of_every_length_class_arrive_whole),
	    cmocka_unit_test(many_commands_at_once_arrive_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
