// SPDX-License-Identifier: Apache-2.0
// Reading a client's WebSocket frames (RFC 6455 5, 7.4, 8.1; no extensions): bytes in, whole
// messages and control frames out. Pure; fuzzed.
#ifndef ORCHESTRATOR_HTTP_WS_READER_H
#define ORCHESTRATOR_HTTP_WS_READER_H

#include "base/buf.h"
#include "base/ws.h"

enum ws_close { // status codes of Close frames
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING_AWAY = 1001,
	WS_CLOSE_PROTOCOL = 1002,
	WS_CLOSE_NO_STATUS = 1005, // never sent
	WS_CLOSE_NOT_UTF8 = 1007,
	WS_CLOSE_TOO_BIG = 1009,
};

enum ws_event {
	WS_EVENT_NONE,    // all input is taken
	WS_EVENT_MESSAGE, // `message`, `text`: until the next call
	WS_EVENT_PING,    // `control`, `control_n`
	WS_EVENT_PONG,
	WS_EVENT_CLOSE, // `code`
	WS_EVENT_ERROR, // the peer broke the rules: `code` is what to close with
};

struct ws_reader {
	unsigned char head[WS_HEAD_MAX];
	size_t head_n;
	bool in_payload, final, in_message, text;
	unsigned opcode;
	uint64_t left, at; // of the frame's payload: to come, received
	unsigned char key[4];
	struct ws_utf8 utf8;
	bool delivered; // message was handed out
	struct buf message;
	size_t max_message;
	unsigned char control[WS_CONTROL_MAX];
	size_t control_n;
	unsigned code;
};
void ws_reader_init(struct ws_reader *r, size_t max_message);
void ws_reader_done(struct ws_reader *r);
// Takes input up to the next event: *p and *n are moved on.
enum ws_event ws_reader_feed(struct ws_reader *r, const char **p, size_t *n);

#endif
