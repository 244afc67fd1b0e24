// SPDX-License-Identifier: Apache-2.0
// Multiplicative hashing of four bytes; words of one slot are chained in the order of the table.
#include "extract/meta/keywords.h"
#include "base/util.h"

#include <assert.h>

#define HASH_FACTOR 2654435769u
#define HASH_SHIFT  20 // 32 - log2(KEYWORDS_SLOTS)

static uint32_t
slot_at(const char *p)
{
	uint32_t four;

	memcpy(&four, p, sizeof(four));
	return ((four | 0x20202020u) * HASH_FACTOR) >> HASH_SHIFT;
}

static uint32_t
near_at(const char *p)
{
	return slot_at(p) / (KEYWORDS_SLOTS / KEYWORDS_NEAR);
}

void
keywords_init(struct keywords *k, const struct keyword *v, size_t n)
{
	size_t shortest = KEYWORDS_MAX;

	assert(n < KEYWORDS_MAX);
	for (size_t i = 0; i < n; i++)
		shortest = MIN(shortest, strlen(v[i].word));
	*k = (struct keywords){.v = v, .step = shortest - 3};
	for (size_t i = n; i-- > 0;) {
		uint32_t slot = slot_at(v[i].word);

		k->next[i] = k->first[slot];
		k->first[slot] = (uint16_t)(i + 1);
		k->letters |= 1u << (v[i].word[0] & 31);
		for (size_t at = 0; at < k->step; at++) {
			k->near[near_at(v[i].word + at)] = 1;
		}
	}
}

static uint8_t // 1 or 0
is_near(const struct keywords *k, const char *p)
{
	return k->near[near_at(p)];
}

// One look at four places.
static bool
is_near_four(const struct keywords *k, const char *p)
{
	size_t step = k->step;

	return is_near(k, p) | is_near(k, p + step) | is_near(k, p + 2 * step) |
	       is_near(k, p + 3 * step);
}

// The first place at or behind `i` from which on a word may begin within a step, or the end of the
// text; there is none in most texts.
static size_t
next_place(const struct keywords *k, struct sv text, size_t i)
{
	size_t look = 3 * k->step + 4, at = i + k->step - 1;

	if (text.n >= look) {
		size_t last = text.n - look;

		while (at < last && !is_near_four(k, text.p + at))
			at += 4 * k->step;
		if (at >= last && !is_near_four(k, text.p + last))
			return text.n;
	}
	for (; at + 4 <= text.n; at += k->step)
		if (is_near(k, text.p + at))
			return at + 1 - k->step;
	return text.n;
}

const struct keyword *
keywords_at(const struct keywords *k, struct sv text)
{
	uint16_t n;

	if (text.n < 4 || !(k->letters >> (text.p[0] & 31) & 1))
		return NULL;
	n = k->first[slot_at(text.p)];
	while (n != 0 && !sv_istarts(text, k->v[n - 1].word))
		n = k->next[n - 1];
	return n != 0 ? &k->v[n - 1] : NULL;
}

const struct keyword *
keywords_next(const struct keywords *k, struct sv text, size_t *pos)
{
	for (size_t i = *pos; (i = next_place(k, text, i)) < text.n;)
		for (size_t end = i + k->step; i < end; i++) {
			const struct keyword *hit =
			    keywords_at(k, (struct sv){text.p + i, text.n - i});

			if (hit) {
				*pos = i + 1;
				return hit;
			}
		}
	*pos = text.n;
	return NULL;
}
