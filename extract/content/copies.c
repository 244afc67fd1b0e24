// SPDX-License-Identifier: Apache-2.0
// A block whose words, each three in a row, all stand in another kept block too says nothing new: a
// quotation, a teaser of what follows, the same text for another screen. The longer one stays.
// Linear. Runs in the extractor's worker.
#include "extract/content/content_priv.h"

#define BLOCK_WORDS 8     // of a block, to be judged at all
#define WORDS_MAX   65536 // of a page; with more all stays

struct part {                     // a kept block
	uint32_t block, from, to; // of words
};

struct holder {             // of three words in a row, by their hash
	uint32_t key, part; // the longest that has them, from 1 on; 0: free
};

struct copies {
	const struct blocks *b;
	const uint8_t *probability;
	uint32_t *words; // hashes
	struct part *parts;
	struct holder *holders;
	uint32_t n_words, n_parts, mask;
};

static uint32_t
key_of(const uint32_t *w)
{
	uint32_t h = w[0];

	h = (h ^ (w[1] << 11 | w[1] >> 21)) * 0x9e3779b1u;
	return (h ^ (w[2] << 19 | w[2] >> 13)) * 0x85ebca6bu;
}

static struct holder *
holder_of(const struct copies *c, uint32_t key)
{
	uint32_t i = key >> 7 & c->mask;

	while (c->holders[i].part != 0 && c->holders[i].key != key)
		i = (i + 1) & c->mask;
	return &c->holders[i];
}

static void
read_block(struct copies *c, uint32_t block, uint32_t max)
{
	struct part *part = &c->parts[c->n_parts];

	*part = (struct part){block, c->n_words, c->n_words};
	part->to += (uint32_t)blocks_words(c->b, block, c->words + part->to, max - part->to);
	if (part->to - part->from < BLOCK_WORDS)
		return;
	c->n_words = part->to;
	c->n_parts++;
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
			words += MIN(c->b->list[i].s.words, (uint32_t)WORDS_MAX);
			parts++;
			if (words > WORDS_MAX)
				return true;
		}
	while (slots < 2 * words)
		slots *= 2;
	c->mask = slots - 1;
	c->words = arena_array(a, (size_t)words + 1, sizeof(*c->words));
	c->parts = arena_array(a, (size_t)parts + 1, sizeof(*c->parts));
	c->holders = arena_array(a, slots, sizeof(*c->holders));
	if (!c->words || !c->parts || !c->holders)
		return false;
	for (uint32_t i = 0; i < c->b->n; i++)
		if (may_be_read(c->b, kept, i))
			read_block(c, i, words);
	return true;
}

// Which of two says more?
static bool
is_more(const struct copies *c, const struct part *x, const struct part *y)
{
	uint32_t n = x->to - x->from, m = y->to - y->from;

	return n != m ? n > m : c->probability[x->block] > c->probability[y->block];
}

static void
note_holders(struct copies *c)
{
	for (uint32_t k = 0; k < c->n_parts; k++)
		for (uint32_t w = c->parts[k].from; w + 2 < c->parts[k].to; w++) {
			uint32_t key = key_of(c->words + w);
			struct holder *h = holder_of(c, key);

			if (h->part == 0 || is_more(c, &c->parts[k], &c->parts[h->part - 1]))
				*h = (struct holder){key, k + 1};
		}
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

// Part k is in one longer block that does not stand beside it.
static bool
is_contained(const struct copies *c, uint32_t k)
{
	const struct part *p = &c->parts[k];
	const struct node *nodes = c->b->t->nodes;
	uint32_t holder = holder_of(c, key_of(c->words + p->from))->part;

	if (holder == k + 1 ||
	    nodes[c->b->list[c->parts[holder - 1].block].el].parent ==
		nodes[c->b->list[p->block].el].parent ||
	    is_in_row(c->b->t, c->b->list[p->block].el))
		return false;
	for (uint32_t w = p->from + 1; w + 2 < p->to; w++)
		if (holder_of(c, key_of(c->words + w))->part != holder)
			return false;
	return true;
}

bool
content_drop_contained(
    const struct blocks *b, const uint8_t *probability, uint8_t *kept, struct arena *a)
{
	struct copies c = {.b = b, .probability = probability};

	if (!read_kept(&c, kept, a))
		return false;
	note_holders(&c);
	for (uint32_t k = 0; k < c.n_parts; k++)
		if (is_contained(&c, k))
			kept[c.parts[k].block] = 0;
	return true;
}
