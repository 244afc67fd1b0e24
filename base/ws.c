// SPDX-License-Identifier: Apache-2.0
// Frame heads, mask and UTF-8 of WebSockets, for the client in cdp and the server in orchestrator.
#include "base/ws.h"

#include <string.h>

size_t
ws_head_size(const unsigned char head[2])
{
	unsigned n = head[1] & 127;

	return n == 127 ? 10 : n == 126 ? 4 : 2;
}

uint64_t
ws_payload_size(const unsigned char *head)
{
	size_t size = ws_head_size(head);
	uint64_t n = size > 2 ? 0 : head[1] & 127;

	for (size_t i = 2; i < size; i++)
		n = n << 8 | head[i];
	return n;
}

size_t
ws_head_write(unsigned char head[10], unsigned opcode, unsigned mask, uint64_t n)
{
	size_t extra = n < 126 ? 0 : n < 65536 ? 2 : 8;

	head[0] = (unsigned char)(0x80 | opcode);
	head[1] = (unsigned char)(mask | (extra == 0 ? n : extra == 2 ? 126 : 127));
	for (size_t i = 0; i < extra; i++)
		head[2 + i] = (unsigned char)(n >> (8 * (extra - 1 - i)));
	return 2 + extra;
}

void
ws_mask(unsigned char *p, size_t n, const unsigned char key[4], uint64_t at)
{
	unsigned char turned[8];
	uint64_t word, wide;
	size_t i = 0;

	for (size_t k = 0; k < 8; k++)
		turned[k] = key[(at + k) & 3];
	memcpy(&wide, turned, 8);
	for (; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		word ^= wide;
		memcpy(p + i, &word, 8);
	}
	for (; i < n; i++)
		p[i] ^= turned[i & 7];
}

// The lead byte: how many follow, and between which bounds the first of them lies (RFC 3629: no
// overlongs, no surrogates, nothing above U+10FFFF).
static bool
lead(struct ws_utf8 *u, unsigned char c)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf) {
		u->need = 1;
	} else if (c >= 0xe0 && c <= 0xef) {
		u->need = 2;
		u->low = c == 0xe0 ? 0xa0 : 0x80;
		u->high = c == 0xed ? 0x9f : 0xbf;
	} else if (c >= 0xf0 && c <= 0xf4) {
		u->need = 3;
		u->low = c == 0xf0 ? 0x90 : 0x80;
		u->high = c == 0xf4 ? 0x8f : 0xbf;
	} else {
		return false;
	}
	return true;
}

static size_t
skip_ascii(const char *p, size_t n)
{
	uint64_t word;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	return i;
}

bool
ws_utf8_feed(struct ws_utf8 *u, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c;

		if (u->need == 0 && (i += skip_ascii(p + i, n - i)) == n)
			break;
		c = (unsigned char)p[i];
		if (u->need == 0) {
			if (c >= 0x80 && !lead(u, c))
				return false;
			continue;
		}
		if (c < u->low || c > u->high)
			return false;
		u->need--;
		u->low = 0x80;
		u->high = 0xbf;
	}
	return true;
}
