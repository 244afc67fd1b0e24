// SPDX-License-Identifier: Apache-2.0
// Many words sought in one text at once, ASCII case ignored: a table by the first four bytes, so
// that each place of the text is looked at once. A word has four bytes or more.
#ifndef EXTRACT_KEYWORDS_H
#define EXTRACT_KEYWORDS_H

#include "base/buf.h"

#include <stdint.h>

#define KEYWORDS_MAX   256 // numbered by a byte
#define KEYWORDS_SLOTS 1024

struct keyword {
	const char *word;
	uint8_t value;
};
struct keywords {
	const struct keyword *v; // borrowed
	char start;              // the first byte of all words, when it is no letter; else 0
	uint8_t first[KEYWORDS_SLOTS], next[KEYWORDS_MAX];
};

void keywords_init(struct keywords *k, const struct keyword *v, size_t n);
// The next word at or behind *pos, which moves behind its first byte; NULL when there is none.
const struct keyword *keywords_next(const struct keywords *k, struct sv text, size_t *pos);

#endif
