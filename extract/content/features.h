// SPDX-License-Identifier: Apache-2.0
// What the decision about content is made from: for every node its keywords and inherited
// circumstances, and prefix sums over the nodes in document order, so that any subtree's figures
// are one subtraction. Pure and linear; decides nothing but what is not shown at all.
#ifndef EXTRACT_FEATURES_H
#define EXTRACT_FEATURES_H

#include "extract/content/blocks.h"

// Families of keywords in class, id and role (words.c) that rules go by: bit numbers.
enum keyword {
	KW_NAV,
	KW_FOOTER,
	KW_HEADER,
	KW_SIDEBAR,
	KW_SOCIAL,
	KW_RELATED,
	KW_AD,
	KW_SUBSCRIBE,
	KW_OVERLAY,
	KW_COMMENT,
	KW_META,
	KW_TOOL,
	KW_AUTHOR,
	KW_COUNT
};
#define KW(name)     (1u << KW_##name)
#define FAMILY_COUNT 57 // with those that only inform the classifier (words.h)

// What an element counts as: bits of features.counts.
enum { COUNT_LINK = 1, COUNT_H1 = 2, COUNT_BODY = 4, COUNT_MAIN = 8 };

struct sums {           // of all counted nodes before an index
	uint32_t chars; // bytes of text, white space collapsed
	uint32_t words;
	uint32_t link_chars;
	uint32_t links;
	uint32_t good; // bytes in good paragraphs
	uint32_t h1;
	uint32_t bodies; // main, article, role=main, itemprop=articleBody
};

struct text_stats {
	uint32_t chars, words;
};

struct features {
	const struct tree *t;
	uint64_t *families;      // per node: 1 << enum keyword, and the others
	uint8_t *counts;         // per element: what features_sum counts it as
	uint32_t *path;          // per element: hash of the names and classes from the root down
	uint8_t *circumstances;  // per node, inherited
	node_id *block;          // per node: the nearest ancestor that is not inline
	struct text_stats *text; // per text node
	struct blocks *blocks;   // filled while the text is read
	uint8_t uncounted;       // circumstances whose text is not counted
	uint32_t *own;           // per block: bytes of text in it that are in no inner block
	uint32_t *own_link;      // the same, in links
	struct sums *sums;       // n + 1
};

// ERR_EXTRACTOR_OOM. Call features_sum before reading sums.
int features_init(struct features *f, const struct tree *t, struct arena *a, struct blocks *blocks,
    struct err *err) MUST_CHECK;
// Sum what is not in `uncounted` circumstances. `dropped` (per node, 1 takes the subtree out) may
// be NULL.
void features_sum(struct features *f, const uint8_t *dropped);

struct sums features_of(const struct features *f, node_id i); // of the subtree
// Is the block itself a paragraph of prose: enough text of its own, mostly not links?
#define GOOD_PARAGRAPH_BYTES 80 // a block with less text of its own may be anything
static inline bool
features_good_block(const struct features *f, node_id block)
{
	return f->own[block] >= GOOD_PARAGRAPH_BYTES && f->own_link[block] * 2 < f->own[block] &&
	       !(f->circumstances[block] & IN_LINK);
}

#endif
