// SPDX-License-Identifier: Apache-2.0
// Multiplicative hashing of four bytes; words of one slot are chained in the order of the table.
#include "extract/meta/keywords.h"
#include "base/util.h"

#include <assert.h>

#define HASH_FACTOR 2654435769u
#define HASH_SHIFT  22 // 32 - log2(KEYWORDS_SLOTS)

static uint32_t
slot_of(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return ((v | 0x20202020u) * HASH_FACTOR) >> HASH_SHIFT;
}

void
keywords_init(struct keywords *k, const struct keyword *v, size_t n)
{
	assert(n < KEYWORDS_MAX);
	*k = (struct keywords){.v = v, .start = n > 0 && v[0].word[0] < 'A' ? v[0].word[0] : '\0'};
	for (size_t i = n; i-- > 0;) {
		uint32_t slot = slot_of(v[i].word);

		if (v[i].word[0] != k->start)
			k->start = '\0';

		k->next[i] = k->first[slot];
		k->first[slot] = (uint8_t)(i + 1);
	}
}

const struct keyword *
keywords_next(const struct keywords *k, struct sv text, size_t *pos)
{
	for (size_t i = *pos; i + 4 <= text.n; i++) {
		const char *start = k->start ? memchr(text.p + i, k->start, text.n - 3 - i) : NULL;
		uint8_t n;

		if (k->start && !start)
			break;
		if (start)
			i = (size_t)(start - text.p);
		n = k->first[slot_of(text.p + i)];

		for (; n != 0; n = k->next[n - 1])
			if (sv_istarts((struct sv){text.p + i, text.n - i}, k->v[n - 1].word)) {
				*pos = i + 1;
				return &k->v[n - 1];
			}
	}
	*pos = text.n;
	return NULL;
}
