// SPDX-License-Identifier: Apache-2.0
// What both ends of a WebSocket share (RFC 6455 5): opcodes, frame heads, the mask, and UTF-8 that
// comes in pieces. Pure.
#ifndef BASE_WS_H
#define BASE_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};
#define WS_HEAD_MAX    14 // with length of 64 bits and mask
#define WS_CONTROL_MAX 125

static inline bool
ws_is_control(unsigned opcode)
{
	return opcode >= WS_CLOSE;
}
// Of a head whose first two bytes are there: its size without the mask, and the payload's length
// when all of it is there.
size_t ws_head_size(const unsigned char head[2]);
uint64_t ws_payload_size(const unsigned char *head);
// The head of a final frame, `mask` (0 or 0x80) in its second byte; returns its size.
size_t ws_head_write(unsigned char head[10], unsigned opcode, unsigned mask, uint64_t n);
// XOR with the key, whose first byte falls on payload byte `at`.
void ws_mask(unsigned char *p, size_t n, const unsigned char key[4], uint64_t at);

struct ws_utf8 { // {0} at the start of a text
	unsigned char need, low, high;
};
bool ws_utf8_feed(struct ws_utf8 *u, const char *p, size_t n); // false: it is not UTF-8
static inline bool
ws_utf8_complete(const struct ws_utf8 *u)
{
	return u->need == 0;
}

#endif
