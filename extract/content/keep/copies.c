// SPDX-License-Identifier: Apache-2.0
// A block that another kept block has word for word says nothing new: a quotation, a teaser of what
// follows, the same text for another screen. The longer one stays. Linear. Runs in the extractor's
// worker.
#include "extract/content/keep/keep.h"

#define BLOCK_WORDS 8         // of a block, to be judged at all
#define WORDS_MAX   (1 << 20) // of a page; what stands further on stays
#define CHAIN_MAX   8         // blocks that begin alike and are looked at
#define COMPARE_MAX (8 * WORDS_MAX)

struct part {                     // a kept block
	uint32_t block, from, to; // of words
	uint32_t key, next;       // of its beginning, and the part that begins alike, from 1 on
	bool gone;
};

struct copies {
	const struct blocks *b;
	uint32_t *words; // hashes
	struct part *parts;
	uint32_t *slots; // the last part that begins so, from 1 on
	uint32_t n_words, n_parts, mask, compared;
};

// Of three words in a row.
static uint32_t
key_of(const uint32_t *w)
{
	uint32_t h = w[0];

	h = (h ^ (w[1] << 11 | w[1] >> 21)) * 0x9e3779b1u;
	return (h ^ (w[2] << 19 | w[2] >> 13)) * 0x85ebca6bu;
}

static uint32_t *
slot_of(const struct copies *c, uint32_t key)
{
	return &c->slots[key >> 7 & c->mask];
}

// Some have more words than were counted (dashes that stand alone): those that there is no room
// left for are not judged, nor one of them by a part of it.
static void
read_block(struct copies *c, uint32_t block, uint32_t max)
{
	struct part *part = &c->parts[c->n_parts];
	uint32_t *slot;

	*part = (struct part){.block = block, .from = c->n_words, .to = c->n_words};
	part->to += (uint32_t)blocks_words(c->b, block, c->words + part->to, max + 1 - part->to);
	if (part->to > max)
		c->n_words = max;
	if (part->to - part->from < BLOCK_WORDS || part->to > max)
		return;
	part->key = key_of(c->words + part->from);
	slot = slot_of(c, part->key);
	part->next = *slot;
	*slot = ++c->n_parts;
	c->n_words = part->to;
}

static bool
may_be_read(const struct blocks *b, const uint8_t *kept, uint32_t i)
{
	return kept[i] && b->list[i].s.words >= BLOCK_WORDS;
}

static bool
read_kept(struct copies *c, const uint8_t *kept, struct arena *a)
{
	uint32_t words = 0, parts = 0, slots = 64;

	for (uint32_t i = 0; i < c->b->n; i++)
		if (may_be_read(c->b, kept, i)) {
			words = MIN(words + MIN(c->b->list[i].s.words, (uint32_t)WORDS_MAX),
			    (uint32_t)WORDS_MAX);
			parts++;
		}
	while (slots < 4 * parts)
		slots *= 2;
	c->mask = slots - 1;
	c->words = arena_array(a, (size_t)words + 1, sizeof(*c->words));
	c->parts = arena_array(a, (size_t)parts + 1, sizeof(*c->parts));
	c->slots = arena_array(a, slots, sizeof(*c->slots));
	if (!c->words || !c->parts || !c->slots)
		return false;
	for (uint32_t i = 0; i < c->b->n; i++)
		if (may_be_read(c->b, kept, i))
			read_block(c, i, words);
	return true;
}

#define CELL_UP 4 // elements between a block and its cell

// Of a row of cells none is missing: what it says belongs to what stands beside it.
static bool
is_in_row(const struct tree *t, node_id el)
{
	for (unsigned up = 0; up < CELL_UP && t->nodes[el].depth > 1; up++) {
		node_id row = t->nodes[el].parent;

		if (tree_is(t, el, TAG_td) || tree_is(t, el, TAG_th))
			return t->nodes[el].next != NODE_NONE || tree_first_child(t, row) != el;
		el = row;
	}
	return false;
}

// Side by side they were written so.
static bool
may_go(const struct copies *c, const struct part *p, const struct part *holder)
{
	const struct node *nodes = c->b->t->nodes;
	node_id el = c->b->list[p->block].el;

	return nodes[el].parent != nodes[c->b->list[holder->block].el].parent &&
	       !is_in_row(c->b->t, el);
}

// Parts that begin as `holder` goes on at the word `at`, and are all in it.
static void
look_at(struct copies *c, const struct part *holder, uint32_t at)
{
	uint32_t key = key_of(c->words + at), k = *slot_of(c, key);

	for (unsigned n = 0; k != 0 && n < CHAIN_MAX; n++, k = c->parts[k - 1].next) {
		struct part *p = &c->parts[k - 1];
		uint32_t length = p->to - p->from;

		if (p->key != key || p->gone || length >= holder->to - holder->from ||
		    at + length > holder->to || c->compared + length > COMPARE_MAX)
			continue;
		c->compared += length;
		p->gone =
		    memcmp(c->words + p->from, c->words + at, length * sizeof(*c->words)) == 0 &&
		    may_go(c, p, holder);
	}
}

bool
content_drop_contained(const struct blocks *b, uint8_t *kept, struct arena *a)
{
	struct copies c = {.b = b};

	if (!read_kept(&c, kept, a))
		return false;
	for (uint32_t k = 0; k < c.n_parts; k++)
		for (uint32_t at = c.parts[k].from; at + BLOCK_WORDS <= c.parts[k].to; at++)
			look_at(&c, &c.parts[k], at);
	for (uint32_t k = 0; k < c.n_parts; k++)
		if (c.parts[k].gone)
			kept[c.parts[k].block] = 0;
	return true;
}
