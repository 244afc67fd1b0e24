// SPDX-License-Identifier: Apache-2.0
// What the decision about content is made from: for every node its keywords and inherited
// circumstances, and prefix sums over what counts in document order, so that any subtree's figures
// are one subtraction. Pure and linear; decides nothing but what is not shown at all.
#ifndef EXTRACT_FEATURES_H
#define EXTRACT_FEATURES_H

#include "extract/content/blocks/blocks.h"

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
#define FAMILY_COUNT 58 // with those that only inform the classifier (words.h)

// What later passes over the tree look for, so that they need not look at every node: bits of
// features.traits. Elements only.
enum trait {
	IS_MAIN = 1,   // main, role=main
	IS_NAMED = 2,  // has a name that rules go by: of its element, a keyword, or a role
	IS_WHOLE = 4,  // a table, a list, code and the like: kept whole or not at all
	IS_FILLER = 8, // may belong to what stands around it: code, figures, paragraphs …
	IS_META = 16,  // meta, title, link, script
};

// A node that counts for something: text, a link, an element that text may belong to …
enum {
	COUNT_TEXT = 1,
	COUNT_BLOCK = 2, // an element that is not inline
	COUNT_LINK = 4,
	COUNT_H1 = 8,
	COUNT_BODY = 16, // main, article, role=main, itemprop=articleBody
	COUNT_IMAGE = 32,
	COUNT_INPUT = 64,
};
struct counted {
	node_id node;
	uint32_t block;          // of a text: the counted element it belongs to
	uint32_t chars, words;   // of a text: bytes with white space collapsed
	uint32_t images, inputs; // before it, shown or not
	uint8_t counts;
};

struct sums { // of all that is before something counted
	uint32_t chars, words, link_chars, links;
	uint32_t good; // bytes in good paragraphs
	uint32_t h1, bodies;
};

struct features {
	const struct tree *t;
	struct arena *a;
	uint64_t *families;     // per node: 1 << enum keyword, and the others
	uint32_t *path;         // per element that may show text: hash of the names and classes
				// from the root down
	uint8_t *traits;        // per node
	uint8_t *circumstances; // per node, inherited
	node_id *inner;         // per element: the nearest that is not inline, itself or around it
	uint32_t *at;           // per node and one more: what is counted before it
	struct counted *counted;
	uint32_t n_counted, cap_counted; // the last one, which is none, not counted
	struct blocks *blocks;           // filled while the text is read
	uint8_t uncounted;               // circumstances whose text is not counted
	uint32_t *own;      // per counted block: bytes of text that are in no inner one
	uint32_t *own_link; // the same, in links
	struct sums *sums;  // per counted, and of all
};

// ERR_EXTRACTOR_OOM. Call features_sum before reading sums.
int features_init(struct features *f, const struct tree *t, struct arena *a, struct blocks *blocks,
    struct err *err) MUST_CHECK;
// Takes the subtrees of these out (per node, not 0) for good, unless `dropped` is NULL, and sums
// what is not in `uncounted` circumstances.
void features_sum(struct features *f, const uint8_t *dropped);

// Of the subtree.
static inline struct sums
features_of(const struct features *f, node_id i)
{
	const struct sums *a = &f->sums[f->at[i]], *b = &f->sums[f->at[f->t->nodes[i].end]];

	return (struct sums){
	    .chars = b->chars - a->chars,
	    .words = b->words - a->words,
	    .link_chars = b->link_chars - a->link_chars,
	    .links = b->links - a->links,
	    .good = b->good - a->good,
	    .h1 = b->h1 - a->h1,
	    .bodies = b->bodies - a->bodies,
	};
}

// A text with anything but white space; NULL for other nodes.
static inline const struct counted *
features_text(const struct features *f, node_id i)
{
	const struct counted *c = &f->counted[f->at[i]];

	return c->node == i && c->counts & COUNT_TEXT ? c : NULL;
}

// Is what is counted itself a paragraph of prose: enough text of its own, mostly not links?
#define GOOD_PARAGRAPH_BYTES 80 // a block with less text of its own may be anything
static inline bool
features_good_block(const struct features *f, uint32_t counted)
{
	uint32_t own = f->own[counted];

	return own >= GOOD_PARAGRAPH_BYTES && f->own_link[counted] * 2 < own &&
	       !(f->circumstances[f->counted[counted].node] & IN_LINK);
}

// The first node from i on, before `end`, that has one of the bits; `end` if there is none.
static inline node_id
marks_next(const uint8_t *marks, uint8_t bits, node_id i, node_id end)
{
	uint64_t wanted = bits * UINT64_C(0x0101010101010101), eight;

	for (; end - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, marks + i, sizeof(eight));
		if (eight & wanted)
			break;
	}
	while (i < end && !(marks[i] & bits))
		i++;
	return i;
}

#endif
