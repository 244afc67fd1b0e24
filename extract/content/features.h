// SPDX-License-Identifier: Apache-2.0
// What the decision about content is made from: for every node its keywords and inherited
// circumstances, and prefix sums over the nodes in document order, so that any subtree's figures
// are one subtraction. Pure and linear; decides nothing but what is not shown at all.
#ifndef EXTRACT_FEATURES_H
#define EXTRACT_FEATURES_H

#include "extract/html/tree.h"

// Families of keywords in class, id and role (features_class.c): bit numbers.
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
#define KW(name) (1u << KW_##name)

enum circumstance { // of a node or one of its ancestors
	IN_LINK = 1,
	IN_ARTICLE = 2,
	IN_SILENT = 4, // script, style, form controls: shows no text
	IN_HIDDEN = 8,
	IN_NOSCRIPT = 16,
	IN_DROPPED = 32, // taken out as boilerplate
};

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
	uint32_t *keywords;      // per node
	uint8_t *circumstances;  // per node, inherited
	node_id *block;          // per node: the nearest ancestor that is not inline
	struct text_stats *text; // per text node
	uint8_t uncounted;       // circumstances whose text is not counted
	uint32_t *own;           // per block: bytes of text in it that are in no inner block
	uint32_t *own_link;      // the same, in links
	struct sums *sums;       // n + 1
};

// ERR_EXTRACTOR_OOM. Call features_sum before reading sums.
int features_init(
    struct features *f, const struct tree *t, struct arena *a, struct err *err) MUST_CHECK;
// Sum what is not in `uncounted` circumstances. `dropped` (per node, 1 takes the subtree out) may
// be NULL.
void features_sum(struct features *f, const uint8_t *dropped);

struct sums features_of(const struct features *f, node_id i); // of the subtree
// Is the block itself a paragraph of prose: enough text of its own, mostly not links?
bool features_good_block(const struct features *f, node_id block);
uint32_t class_keywords(struct sv value); // bits KW(…)

#endif
