// SPDX-License-Identifier: Apache-2.0
// Multiplicative hashing of four bytes; words of one slot are chained in the order of the table.
#include "extract/meta/keywords.h"
#include "base/util.h"

#include <assert.h>

#define HASH_FACTOR 2654435769u
#define HASH_SHIFT  20 // 32 - log2(KEYWORDS_SLOTS)

static uint32_t
slot_of(uint32_t four)
{
	return ((four | 0x20202020u) * HASH_FACTOR) >> HASH_SHIFT;
}

static uint32_t
slot_at(const char *p)
{
	uint32_t four;

	memcpy(&four, p, sizeof(four));
	return slot_of(four);
}

void
keywords_init(struct keywords *k, const struct keyword *v, size_t n)
{
	assert(n < KEYWORDS_MAX);
	*k = (struct keywords){.v = v};
	for (size_t i = n; i-- > 0;) {
		uint32_t slot = slot_at(v[i].word);

		k->next[i] = k->first[slot];
		k->first[slot] = (uint8_t)(i + 1);
	}
}

// May a word begin at one of the first five of eight bytes?
static bool
is_near(const struct keywords *k, const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return k->first[slot_of((uint32_t)v)] | k->first[slot_of((uint32_t)(v >> 8))] |
	       k->first[slot_of((uint32_t)(v >> 16))] | k->first[slot_of((uint32_t)(v >> 24))] |
	       k->first[slot_of((uint32_t)(v >> 32))];
}

// The first place at or behind `i` where a word may begin; in most texts there is none.
static size_t
next_place(const struct keywords *k, struct sv text, size_t i)
{
	if (text.n >= 8) {
		size_t last = text.n - 8;

		while (i < last && !is_near(k, text.p + i))
			i += 5;
		if (i >= last && !is_near(k, text.p + last))
			return text.n;
	}
	for (; i + 4 <= text.n; i++)
		if (k->first[slot_at(text.p + i)] != 0)
			return i;
	return text.n;
}

const struct keyword *
keywords_at(const struct keywords *k, struct sv text)
{
	uint8_t n = text.n < 4 ? 0 : k->first[slot_at(text.p)];

	while (n != 0 && !sv_istarts(text, k->v[n - 1].word))
		n = k->next[n - 1];
	return n != 0 ? &k->v[n - 1] : NULL;
}

const struct keyword *
keywords_next(const struct keywords *k, struct sv text, size_t *pos)
{
	for (size_t i = next_place(k, text, *pos); i < text.n; i = next_place(k, text, i + 1)) {
		const struct keyword *hit = keywords_at(k, (struct sv){text.p + i, text.n - i});

		if (hit) {
			*pos = i + 1;
			return hit;
		}
	}
	*pos = text.n;
	return NULL;
}
