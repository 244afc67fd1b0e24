// SPDX-License-Identifier: Apache-2.0
// Test tiles: a PNG writer small enough to be trusted, with stored deflate blocks (no compression).
#ifndef TESTS_UNIT_TILE_PNG_H
#define TESTS_UNIT_TILE_PNG_H

#include "base/buf.h"

struct tile_spec {
	uint32_t width, height;
	bool alpha;
	uint8_t rgba[4];
	bool noise; // rgba is the seed
};

static inline uint32_t
tile_crc(const uint8_t *p, size_t n)
{
	static uint32_t table[256];
	uint32_t c = 0xffffffff;

	for (uint32_t i = 0; i < 256 && !table[255]; i++) {
		uint32_t r = i;

		for (int k = 0; k < 8; k++)
			r = r & 1 ? 0xedb88320 ^ (r >> 1) : r >> 1;
		table[i] = r;
	}
	for (size_t i = 0; i < n; i++)
		c = table[(c ^ p[i]) & 0xff] ^ (c >> 8);
	return ~c;
}

static inline void
tile_be32(struct buf *b, uint32_t v)
{
	const uint8_t bytes[4] = {
	    (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	buf_add(b, bytes, sizeof(bytes));
}

static inline void
tile_chunk(struct buf *b, const char *type, const void *p, size_t n)
{
	size_t start;

	tile_be32(b, (uint32_t)n);
	start = b->n;
	buf_add(b, type, 4);
	buf_add(b, p, n);
	tile_be32(b, tile_crc((const uint8_t *)b->p + start, b->n - start));
}

static inline void
tile_pixels(const struct tile_spec *s, struct buf *raw)
{
	uint32_t seed = s->rgba[0] + 1u;
	size_t channels = s->alpha ? 4 : 3;

	for (uint32_t y = 0; y < s->height; y++) {
		buf_ch(raw, 0); // filter: none
		for (uint32_t x = 0; x < s->width; x++) {
			if (s->noise) {
				seed = seed * 1664525u + 1013904223u;
				buf_add(raw, (uint8_t *)&seed, channels);
			} else {
				buf_add(raw, s->rgba, channels);
			}
		}
	}
}

static inline void
tile_deflate_stored(const struct buf *raw, struct buf *out)
{
	uint32_t a = 1, b = 0;

	buf_add(out, "\x78\x01", 2);
	for (size_t at = 0; at < raw->n; at += 65535) {
		uint16_t n = (uint16_t)MIN((size_t)65535, raw->n - at);
		uint16_t inverse = (uint16_t)~n;

		buf_ch(out, at + n == raw->n);
		buf_add(out, &n, 2);
		buf_add(out, &inverse, 2);
		buf_add(out, raw->p + at, n);
	}
	for (size_t i = 0; i < raw->n; i++) {
		a = (a + (uint8_t)raw->p[i]) % 65521;
		b = (b + a) % 65521;
	}
	tile_be32(out, b << 16 | a);
}

static inline void
tile_png(const struct tile_spec *s, struct buf *out)
{
	cleanup_buf raw = BUF_INIT, data = BUF_INIT, head = BUF_INIT;

	tile_be32(&head, s->width);
	tile_be32(&head, s->height);
	buf_add(&head, s->alpha ? "\x08\x06\0\0\0" : "\x08\x02\0\0\0", 5);
	tile_pixels(s, &raw);
	tile_deflate_stored(&raw, &data);
	buf_add(out, "\x89PNG\r\n\x1a\n", 8);
	tile_chunk(out, "IHDR", head.p, head.n);
	tile_chunk(out, "IDAT", data.p, data.n);
	tile_chunk(out, "IEND", "", 0);
}

#endif
