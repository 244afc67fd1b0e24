// SPDX-License-Identifier: Apache-2.0
// What text means: character references (HTML standard, 13.2.5.72 on), line ends, U+0000. Runs in
// the extractor's worker; linear.
#include "extract/html/parse_bytes.h"
#include "extract/html/parse_scan.h"

// Numbers 128 to 159 mean windows-1252.
static const uint16_t c1_numbers[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d,
    0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178};

static uint32_t
number_meaning(uint32_t c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0xfffd;
	return c >= 0x80 && c <= 0x9f ? c1_numbers[c - 0x80] : c;
}

#define EXTRA 16 // bytes for which there is always room: a character is shorter

static void
put(struct tree *t, const char *p, size_t n)
{
	char *out = t->side + t->side_len;

	for (size_t i = 0; i < n; i++)
		out[i] = p[i];
	t->side_len += (uint32_t)n;
}

static void
put_utf8(struct tree *t, uint32_t c)
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	char u[4];

	for (size_t i = n; i-- > 1; c >>= 6)
		u[i] = (char)(0x80 | (c & 63));
	u[0] = (char)(lead[n] | c);
	put(t, u, n);
}

static int
digit_value(char c, bool hex)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (hex && byte_is(c, BYTE_ALPHA) && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

size_t
entity_number(struct sv v, uint32_t *out)
{
	bool hex = v.n > 1 && (v.p[1] | 32) == 'x';
	size_t from = hex ? 2 : 1, i = from;
	uint32_t c = 0;

	for (; i < v.n && digit_value(v.p[i], hex) >= 0; i++)
		if (c <= 0x10ffff)
			c = c * (hex ? 16 : 10) + (uint32_t)digit_value(v.p[i], hex);
	if (i == from)
		return 0;
	*out = number_meaning(c);
	return i < v.n && v.p[i] == ';' ? i + 1 : i;
}

// At a '&'. How many bytes were consumed.
static size_t
decode_reference(struct tree *t, struct sv v, bool attr)
{
	struct sv after = bytes_slice(v, 1, v.n), meaning = SV("&");
	uint32_t number = 0;
	size_t n = 0;

	if (after.n > 0 && after.p[0] == '#') {
		n = entity_number(after, &number);
		if (n > 0) {
			put_utf8(t, number);
			return n + 1;
		}
	} else if (after.n > 0 && byte_is(after.p[0], BYTE_ALPHA)) {
		n = entity_find(after, attr, &meaning);
	}
	put(t, meaning.p, meaning.n);
	return n + 1;
}

static bool
needs_decoding(struct sv v, unsigned how)
{
	return v.n > 0 &&
	       (memchr(v.p, '\r', v.n) || (how & DECODE_REFERENCES && memchr(v.p, '&', v.n)) ||
		   (how & (DECODE_NUL | DECODE_DROP_NUL) && memchr(v.p, '\0', v.n)));
}

// The byte at v.p[0], which is a '&', CR or NUL. How many bytes were consumed.
static size_t
decode_byte(struct tree *t, struct sv v, unsigned how)
{
	if (v.p[0] == '&' && how & DECODE_REFERENCES)
		return decode_reference(t, v, (how & DECODE_ATTR) == DECODE_ATTR);
	if (v.p[0] == '\r' && v.n > 1 && v.p[1] == '\n')
		return 1;
	if (v.p[0] == '\r')
		put(t, "\n", 1);
	else if (v.p[0] == '\0' && how & DECODE_NUL)
		put_utf8(t, 0xfffd);
	else if (v.p[0] != '\0' || !(how & DECODE_DROP_NUL))
		put(t, v.p, 1);
	return 1;
}

// Copies what comes before the first '&', CR or NUL at or after i, sixteen bytes at a time where
// the machine has SSE2; its index, or v.n. There is room for EXTRA bytes more than are left.
static size_t
copy_plain(struct tree *t, struct sv v, size_t i)
{
	char *out = t->side + t->side_len;
	size_t from = i;

#ifdef __SSE2__
	for (; i + 16 <= v.n; i += 16, out += 16) {
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(v.p + i));
		unsigned hit = bytes_special(b);

		_mm_storeu_si128((__m128i *)(void *)out, b);
		if (hit) {
			i += (unsigned)__builtin_ctz(hit);
			t->side_len += (uint32_t)(i - from);
			return i;
		}
	}
#endif
	for (; i < v.n && v.p[i] != '&' && v.p[i] != '\r' && v.p[i] != '\0'; i++)
		*out++ = v.p[i];
	t->side_len += (uint32_t)(i - from);
	return i;
}

bool
decode_span(struct tree *t, struct sv v, unsigned how, struct span *out)
{
	size_t start = t->side_len;

	if (!needs_decoding(v, how)) {
		*out = (struct span){(uint32_t)(v.p - t->input.p), (uint32_t)v.n};
		return true;
	}
	out->at = side_at(t);
	for (size_t i = 0; i < v.n;) {
		if (!side_room(t, v.n - i + EXTRA))
			return false;
		i = copy_plain(t, v, i);
		if (i < v.n)
			i += decode_byte(t, bytes_slice(v, i, v.n), how);
	}
	out->n = t->side_len - (uint32_t)start;
	return true;
}
