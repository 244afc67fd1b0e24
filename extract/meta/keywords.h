// SPDX-License-Identifier: Apache-2.0
// Many words sought in one text at once, ASCII case ignored. A word has four bytes or more; the
// more the shortest has, the fewer places of a text are looked at.
#ifndef EXTRACT_KEYWORDS_H
#define EXTRACT_KEYWORDS_H

#include "base/buf.h"

#include <stdint.h>

#define KEYWORDS_MAX   1024
#define KEYWORDS_SLOTS 4096
#define KEYWORDS_NEAR  2048

struct keyword {
	const char *word;
	uint8_t value;
};
struct keywords {
	const struct keyword *v; // borrowed
	size_t step;             // every word has four bytes at one of so many places in a row
	// Asked before the tables, which are seldom at hand: letters that words begin with, by the
	// lower five bits, and 1 by four bytes: a word begins less than a step before them.
	uint32_t letters;
	uint8_t near[KEYWORDS_NEAR];
	uint16_t first[KEYWORDS_SLOTS], next[KEYWORDS_MAX]; // by the first four bytes
};

// `v` is borrowed; fewer than KEYWORDS_MAX.
void keywords_init(struct keywords *k, const struct keyword *v, size_t n);
// A set of the words in an array, ready before main.
#define KEYWORDS(name, words)                                                                      \
	static struct keywords name;                                                               \
	static void __attribute__((constructor)) name##_fill(void)                                 \
	{                                                                                          \
		keywords_init(&name, words, ARRAY_LEN(words));                                     \
	}                                                                                          \
	_Static_assert(ARRAY_LEN(words) < KEYWORDS_MAX, "more words than there is room for")
// The next word at or behind *pos, which moves behind its first byte; NULL when there is none.
const struct keyword *keywords_next(const struct keywords *k, struct sv text, size_t *pos);
// The word that the text begins with, or NULL.
const struct keyword *keywords_at(const struct keywords *k, struct sv text);

#endif
