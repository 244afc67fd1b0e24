// SPDX-License-Identifier: Apache-2.0
// A client's WebSocket frames: what RFC 6455 forbids ends with the code it names, at the first byte
// that shows it; messages come out the same however the bytes arrive.
#include "orchestrator/http/ws_reader.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define MESSAGE_MAX 1000

// A frame in words: first byte, length byte with mask bit, then payload masked with 1 2 3 4.
static void
add_frame(struct buf *b, unsigned first, const char *payload, size_t n)
{
	static const unsigned char key[4] = {1, 2, 3, 4};
	unsigned char head[10];
	size_t size = ws_head_write(head, first & 15, 0x80, n), from;

	head[0] = (unsigned char)first;
	buf_add(b, head, size);
	buf_add(b, key, 4);
	from = b->n;
	buf_add(b, payload, n);
	ws_mask((unsigned char *)b->p + from, n, key, 0);
}

// All events as text: T(…) B(…) ping(…) pong(…) close(N) error(N).
static void
read_all(struct sv in, size_t step, struct buf *log)
{
	struct ws_reader r;

	ws_reader_init(&r, MESSAGE_MAX);
	for (size_t at = 0; at < in.n;) {
		const char *p = in.p + at;
		size_t n = MIN(step, in.n - at), left = n;
		enum ws_event e = ws_reader_feed(&r, &p, &left);

		at += n - left;
		if (e == WS_EVENT_MESSAGE)
			buf_fmt(log, "%c(" SV_FMT ") ", r.text ? 'T' : 'B',
			    SV_ARG(buf_view(&r.message)));
		if (e == WS_EVENT_PING || e == WS_EVENT_PONG)
			buf_fmt(log, "%s(%.*s) ", e == WS_EVENT_PING ? "ping" : "pong",
			    (int)r.control_n, r.control);
		if (e == WS_EVENT_CLOSE || e == WS_EVENT_ERROR) {
			buf_fmt(log, "%s(%u) ", e == WS_EVENT_CLOSE ? "close" : "error", r.code);
			break;
		}
	}
	ws_reader_done(&r);
}

static const struct {
	const char *name;
	struct {
		unsigned first;
		struct sv payload;
	} frames[4];
	const char *log;
} cases[] = {
    {"text", {{0x81, SV("hi")}}, "T(hi) "},
    {"empty", {{0x81, SV("")}, {0x82, SV("")}}, "T() B() "},
    {"fragments", {{0x01, SV("a")}, {0x00, SV("")}, {0x80, SV("b")}}, "T(ab) "},
    {"ping between", {{0x01, SV("a")}, {0x89, SV("p")}, {0x80, SV("b")}}, "ping(p) T(ab) "},
    {"pong", {{0x8a, SV("")}}, "pong() "},
    {"split UTF-8", {{0x01, SV("\xe2\x82")}, {0x80, SV("\xac")}}, "T(\xe2\x82\xac) "},
    {"bad UTF-8", {{0x81, SV("\xc3\x28")}}, "error(1007) "},
    {"overlong", {{0x81, SV("\xc0\xaf")}}, "error(1007) "},
    {"surrogate", {{0x81, SV("\xed\xa0\x80")}}, "error(1007) "},
    {"above", {{0x81, SV("\xf4\x90\x80\x80")}}, "error(1007) "},
    {"cut UTF-8", {{0x81, SV("\xe2\x82")}}, "error(1007) "},
    {"bad in the first fragment", {{0x01, SV("\xff")}}, "error(1007) "},
    {"binary is not text", {{0x82, SV("\xff")}}, "B(\xff) "},
    {"RSV1", {{0xc1, SV("hi")}}, "error(1002) "},
    {"RSV3", {{0x91, SV("hi")}}, "error(1002) "},
    {"opcode 3", {{0x83, SV("hi")}}, "error(1002) "},
    {"opcode 11", {{0x8b, SV("hi")}}, "error(1002) "},
    {"stray continuation", {{0x80, SV("hi")}}, "error(1002) "},
    {"text in a message", {{0x01, SV("a")}, {0x81, SV("b")}}, "error(1002) "},
    {"fragmented ping", {{0x09, SV("a")}}, "error(1002) "},
    {"close", {{0x88, SV("\x03\xe8")}}, "close(1000) "},
    {"close with reason", {{0x88, SV("\x0f\xa0why")}}, "close(4000) "},
    {"empty close", {{0x88, SV("")}}, "close(1005) "},
    {"close of one byte", {{0x88, SV("\x03")}}, "error(1002) "},
    {"close 1005", {{0x88, SV("\x03\xed")}}, "error(1002) "},
    {"close 999", {{0x88, SV("\x03\xe7")}}, "error(1002) "},
    {"close 2000", {{0x88, SV("\x07\xd0")}}, "error(1002) "},
    {"close with a bad reason", {{0x88, SV("\x03\xe8\xff")}}, "error(1007) "},
};

static void
frames_are_read_strictly_however_they_arrive(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf in = BUF_INIT;

		for (size_t k = 0; k < 4 && cases[i].frames[k].payload.p; k++)
			add_frame(&in, cases[i].frames[k].first, cases[i].frames[k].payload.p,
			    cases[i].frames[k].payload.n);
		for (size_t step = 1; step < 20; step++) {
			cleanup_buf log = BUF_INIT;

			read_all(buf_view(&in), step, &log);
			if (!log.p || strcmp(log.p, cases[i].log) != 0)
				fail_msg("%s by %zu: %s", cases[i].name, step, log.p);
		}
	}
}

static const struct {
	const char *name;
	struct sv bytes;
	const char *log;
} raw[] = {
    {"no mask", SV("\x81\x02"), "error(1002) "},
    {"no mask, empty", SV("\x81\x00"), "error(1002) "},
    {"RSV at the first byte", SV("\xc1"), "error(1002) "},
    {"length not minimal", SV("\x81\xfe\x00\x05\x01\x02\x03\x04"), "error(1002) "},
    {"length not minimal, 64 bits", SV("\x81\xff\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04"),
	"error(1002) "},
    {"length 2^63", SV("\x81\xff\x80\0\0\0\0\0\0\0\x01\x02\x03\x04"), "error(1002) "},
    {"length 2^62", SV("\x81\xff\x40\0\0\0\0\0\0\0\x01\x02\x03\x04"), "error(1009) "},
    {"one byte too long", SV("\x81\xfe\x03\xe9\x01\x02\x03\x04"), "error(1009) "},
    {"long ping", SV("\x89\xfe\x00\x7e\x01\x02\x03\x04"), "error(1002) "},
};

static void
bad_heads_end_before_any_payload(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(raw); i++) {
		cleanup_buf log = BUF_INIT;

		read_all(raw[i].bytes, 1, &log);
		if (!log.p || strcmp(log.p, raw[i].log) != 0)
			fail_msg("%s: %s", raw[i].name, log.p ? log.p : "nothing");
	}
}

static void
a_message_of_many_fragments_has_the_same_maximum(void **state UNUSED)
{
	cleanup_buf in = BUF_INIT, log = BUF_INIT;

	add_frame(&in, 0x01, "", 0);
	for (int i = 0; i < MESSAGE_MAX; i++)
		add_frame(&in, 0x00, "x", 1);
	for (int i = 0; i < 10; i++)
		add_frame(&in, 0x00, "", 0);
	read_all(buf_view(&in), 7, &log);
	assert_null(log.p);
	add_frame(&in, 0x00, "x", 1);
	read_all(buf_view(&in), 7, &log);
	assert_string_equal(log.p, "error(1009) ");
}

static void
masks_turn_with_the_position(void **state UNUSED)
{
	static const unsigned char key[4] = {0x11, 0x22, 0x33, 0x44};
	unsigned char whole[50] = {0}, pieces[50] = {0};

	ws_mask(whole, sizeof(whole), key, 0);
	for (size_t at = 0, n = 1; at < sizeof(pieces);
	     at += n, n = MIN(n + 3, sizeof(pieces) - at))
		ws_mask(pieces + at, n, key, at);
	assert_memory_equal(whole, pieces, sizeof(whole));
	assert_int_equal(whole[5], 0x22);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_are_read_strictly_however_they_arrive),
	    cmocka_unit_test(bad_heads_end_before_any_payload),
	    cmocka_unit_test(a_message_of_many_fragments_has_the_same_maximum),
	    cmocka_unit_test(masks_turn_with_the_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
