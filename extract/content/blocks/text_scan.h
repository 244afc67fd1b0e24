// SPDX-License-Identifier: Apache-2.0
// What one reading of a piece of text tells of it.
#ifndef EXTRACT_TEXT_SCAN_H
#define EXTRACT_TEXT_SCAN_H

#include "base/buf.h"

struct text_scan {
	uint32_t chars; // bytes, white space collapsed
	uint32_t words; // letters of scripts without spaces are words of their own
	uint32_t upper; // words that begin with a capital letter
	uint32_t digits, commas, stops, money, dates, pipes;
	uint32_t function;         // function words
	uint32_t furniture;        // words of any other group
	uint32_t groups;           // bits TG(…)
	uint32_t hash;             // of all words in order
	unsigned char first, last; // characters that are not white space
	bool wide;                 // there is more than ASCII
};

// Adds `v` to `s`; text that comes in pieces gives the same as in one, but for words cut in two.
// The hash of each word goes to `hashes`, by its number in `s`: of ASCII the same as of text_words.
void text_scan_add(struct text_scan *s, struct sv v, uint32_t *hashes);
static inline size_t
text_words_max(struct sv v)
{
	return v.n / 2 + 1;
}

// Nothing but white space?
bool text_is_blank(struct sv v);

// The words of a text by their hash, for the share that two texts have in common. At most `max`.
size_t text_words(struct sv v, uint32_t *hashes, size_t max);

#endif
