// SPDX-License-Identifier: Apache-2.0
// Up to sixty-four bytes of text at once: what each is, as bits, that of the first byte lowest. For
// readers of words, which find where all of them begin and end before they look at any.
#ifndef EXTRACT_ASCII_BLOCK_H
#define EXTRACT_ASCII_BLOCK_H

#include "base/buf.h"

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ASCII_BLOCK 64
#define ASCII_MORE  16 // bytes that can be read behind a block, whatever they are

struct ascii_block {
	uint64_t letters, small; // of all letters and of small ones
	uint64_t wide;           // not ASCII
};

// Where a block of the text's first bytes can be read: there, or in `copy`, if memory ends at `end`
// before the block does.
static inline const char *
ascii_block_at(struct sv v, const char *end, char copy[ASCII_BLOCK + ASCII_MORE])
{
	if (end - v.p >= ASCII_BLOCK + ASCII_MORE)
		return v.p;
	memset(copy, 0, ASCII_BLOCK + ASCII_MORE);
	return memcpy(copy, v.p, MIN(v.n, (size_t)ASCII_BLOCK));
}

static inline uint64_t
ascii_block_within(size_t n)
{
	return n < ASCII_BLOCK ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

// Of the first `n` bytes; all of a block count if there are more.
static inline struct ascii_block
ascii_block_of(const char *block, size_t n)
{
	const uint64_t within = ascii_block_within(n);
	struct ascii_block k = {0};

#ifdef __SSE2__
	for (unsigned at = 0; at < ASCII_BLOCK; at += 16) {
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(block + at));
		__m128i low = _mm_or_si128(b, _mm_set1_epi8(32));
		__m128i is_letter = _mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
		    _mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1)));
		__m128i is_small = _mm_and_si128(is_letter, _mm_slli_epi16(b, 2));

		k.letters |= (uint64_t)(unsigned)_mm_movemask_epi8(is_letter) << at;
		k.small |= (uint64_t)(unsigned)_mm_movemask_epi8(is_small) << at;
		k.wide |= (uint64_t)(unsigned)_mm_movemask_epi8(b) << at;
	}
#else
	for (unsigned at = 0; at < ASCII_BLOCK; at++) {
		bool small = block[at] >= 'a' && block[at] <= 'z';
		bool capital = block[at] >= 'A' && block[at] <= 'Z';

		k.letters |= (uint64_t)(small || capital) << at;
		k.small |= (uint64_t)small << at;
		k.wide |= (uint64_t)((unsigned char)block[at] >= 0x80) << at;
	}
#endif
	return (struct ascii_block){k.letters & within, k.small & within, k.wide & within};
}

#endif
