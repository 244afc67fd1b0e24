// SPDX-License-Identifier: Apache-2.0
// Bytes as the HTML tokenizer sees them: classes, and scanning for the next one that matters,
// sixteen at a time where the machine has SSE2.
#ifndef EXTRACT_PARSE_BYTES_H
#define EXTRACT_PARSE_BYTES_H

#include "base/buf.h"

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum byte_class {
	BYTE_SPACE = 1,    // tab, LF, FF, CR, space
	BYTE_ALPHA = 2,    // ASCII letters
	BYTE_ENDS_TAG = 4, // ends a tag's name: space, '/', '>'
	BYTE_EQUALS = 8,
	BYTE_UPPER = 16,
	BYTE_NUL = 32,
	BYTE_GREATER = 64,
	BYTE_ALNUM = 128,
};
extern const uint8_t byte_classes[256]; // parse_bytes.c

static inline bool
byte_is(char c, unsigned classes)
{
	return byte_classes[(unsigned char)c] & classes;
}

#ifdef __SSE2__
// Which of the bytes are '&', CR or NUL, as bits.
static inline unsigned
bytes_special(__m128i b)
{
	__m128i amp = _mm_cmpeq_epi8(b, _mm_set1_epi8('&')),
		cr = _mm_cmpeq_epi8(b, _mm_set1_epi8('\r')),
		nul = _mm_cmpeq_epi8(b, _mm_setzero_si128());

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(amp, _mm_or_si128(cr, nul)));
}
#endif

// The index of `stop` at or after i, or v.n. *decode is set if there is a '&', CR or NUL before it.
static inline size_t
bytes_until(struct sv v, size_t i, char stop, bool *decode)
{
#ifdef __SSE2__
	for (; i + 16 <= v.n; i += 16) {
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(v.p + i));
		unsigned hit = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, _mm_set1_epi8(stop)));
		unsigned odd = bytes_special(b);

		if (hit) {
			*decode |= (odd & (hit - 1) & ~hit) != 0;
			return i + (unsigned)__builtin_ctz(hit);
		}
		*decode |= odd != 0;
	}
#endif
	for (; i < v.n && v.p[i] != stop; i++)
		*decode |= v.p[i] == '&' || v.p[i] == '\r' || v.p[i] == '\0';
	return i;
}

static inline size_t
bytes_find(struct sv v, size_t from, char c)
{
	const char *p = from < v.n ? memchr(v.p + from, c, v.n - from) : NULL;

	return p ? (size_t)(p - v.p) : v.n;
}

static inline struct sv
bytes_slice(struct sv v, size_t from, size_t to)
{
	return (struct sv){v.p + from, to - from};
}

// How many of the first bytes are white space.
static inline size_t
bytes_space(struct sv v)
{
	size_t i = 0;

	while (i < v.n && byte_is(v.p[i], BYTE_SPACE))
		i++;
	return i;
}

#endif
