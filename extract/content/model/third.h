// SPDX-License-Identifier: Apache-2.0
// The third model: what the first two said of a block, and where a browser put it. Only for pages
// that come with boxes. All it sees is relative to the page: sizes to its type, places to its main
// column, so that it holds for pages of any style.
#ifndef EXTRACT_THIRD_H
#define EXTRACT_THIRD_H

#include "extract/content/blocks/boxes.h"
#include "extract/content/model/forest.h"
#include "extract/content/model/unseen.h"

// X(name, bytes), as in signals.h.
// clang-format off
#define THIRD_SIGNALS(X)                                                                           \
	X(first, 1) X(second, 1) X(both, 1) X(words, 1) X(links, 1) X(tag, 1) X(heading, 1)        \
	X(unseen, 1) X(clear, 1) X(font, 1) X(bigger, 1) X(left, 1) X(width, 1) X(height, 1)       \
	X(y, 1) X(y_share, 1) X(density, 1) X(aside, 1) X(wider, 1) X(inside, 1) X(above, 1)       \
	X(below, 1) X(among, 1) X(alike, 1) X(alike_words, 1) X(column, 1) X(column_words, 1)      \
	X(beside, 1) X(page_height, 1) X(page_fonts, 1) X(page_columns, 1) X(page_main, 1)         \
	X(page_unseen, 1) X(page_mean, 1) X(types, PAGE_TYPES)
// clang-format on
enum {
#define X(name, bytes) OFFSETS(THIRD_, name, bytes)
	THIRD_SIGNALS(X)
#undef X
	    THIRD_COUNT
};

struct third_input {
	const struct boxes *x; // measured
	const struct signals *s;
	uint8_t *unseen;                      // per block: enum unseen
	const uint8_t *first, *second, *both; // per block: what the models said
	const uint8_t *types;                 // the probabilities of the kinds of page
};

// A row of THIRD_COUNT bytes per block, in arena memory; NULL for want of it.
uint8_t *third_signals(const struct third_input *in, struct arena *a);
// What the model adds to `both`, in log odds, where there is a model. False for want of memory.
bool third_judge(const struct forest *f, const uint8_t *rows, uint32_t n, uint8_t *both,
    struct arena *a) MUST_CHECK;

extern const struct forest third_default; // no trees: none is built in

#endif
