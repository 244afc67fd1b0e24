// SPDX-License-Identifier: Apache-2.0
// The page as a row of blocks: runs of text that no block-level element interrupts. What is decided
// about content is decided per block. Built while features.c reads the text; pure and linear.
#ifndef EXTRACT_BLOCKS_H
#define EXTRACT_BLOCKS_H

#include "extract/content/blocks/text_scan.h"
#include "extract/html/tree.h"

enum circumstance { // of a node or one of its ancestors
	IN_LINK = 1,
	IN_ARTICLE = 2,
	IN_SILENT = 4, // script, style, form controls, comments: shows no text
	IN_HIDDEN = 8,
	IN_NOSCRIPT = 16,
	IN_DROPPED = 32, // taken out as boilerplate
	IN_CONTROL = 64, // a button, which is silent but has text that may be content
	IN_CODE = 128,
};

struct block {
	node_id first, last; // text nodes
	node_id el;          // the nearest ancestor that is not inline
	struct text_scan s;
	uint32_t link_words, links;
	uint32_t path; // the element's hash of names and classes
	uint8_t circumstances;
	uint8_t texts; // text nodes, at most 255
	bool passed;   // there is text between its own
	size_t word;   // of blocks.words: its first
};

struct prefix { // of all blocks before an index
	uint32_t words, link_words, commas, stops, function, good, furniture, digits;
};

struct blocks {
	const struct tree *t;
	struct arena *a;
	struct block *list;
	uint32_t n, cap;
	uint32_t *words; // hashes of those of all blocks, in order
	size_t n_words, cap_words;
	uint32_t *start;       // per node and one more: blocks that begin before it
	struct prefix *prefix; // n + 1; from blocks_end on
	uint32_t n_links;      // since the last text
	bool open, failed;
};

bool blocks_init(struct blocks *b, const struct tree *t, struct arena *a);
static inline void
blocks_at(struct blocks *b, node_id i) // every node, in order
{
	b->start[i] = b->n;
}
static inline void
blocks_enter(struct blocks *b, uint32_t tag) // every element, after that
{
	b->n_links += tag == TAG_a;
	if (!(tag_flags(tag) & TAGF_INLINE) && tag != TAG_br)
		b->open = false;
}
// Where the words of the text that comes next are put, up to so many. NULL for want of memory.
uint32_t *blocks_room(struct blocks *b, size_t words);
// A text of one word at least belongs to a block; `el` is its nearest ancestor that is not inline.
void blocks_add(
    struct blocks *b, node_id text, node_id el, uint8_t circumstances, const struct text_scan *s);
// A text of nothing but white space.
void blocks_add_blank(struct blocks *b, node_id text, node_id el, uint8_t circumstances);
void blocks_pass(struct blocks *b); // a text that is not shown
void blocks_end(struct blocks *b);
// The words of all text from a block's first to its last, by their hash (text_words), at most
// `max`.
size_t blocks_words(const struct blocks *b, uint32_t block, uint32_t *hashes, size_t max);
// A paragraph of prose: long, and mostly not links.
bool block_is_good(const struct block *b);
// Of the blocks [from, to).
struct prefix blocks_sum(const struct blocks *b, uint32_t from, uint32_t to);

#endif
