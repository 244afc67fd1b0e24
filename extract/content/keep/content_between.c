// SPDX-License-Identifier: Apache-2.0
// Code, figures and a few paragraphs between two kept blocks of one parent belong to them, where
// the model was not sure that they do not. Linear. Runs in the extractor's worker.
#include "extract/content/keep/keep.h"

#define MAX_UP   6   // elements around the code or figure with nothing else in them
#define POSSIBLE 90  // of 250
#define FOR_CODE 60  // which the models know less of
#define MAX_GAP  300 // words; more if it is not more than all that is kept

// Neither links nor hidden more than what stands before; none of it kept, all of it possible.
static bool
is_open(const struct blocks *b, node_id i, uint32_t from, uint32_t to, const uint8_t *p,
    const uint8_t *kept)
{
	unsigned hidden = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT, sum = 0;
	unsigned possible =
	    tree_is(b->t, i, TAG_pre) || tree_is(b->t, i, TAG_code) ? FOR_CODE : POSSIBLE;
	struct prefix s;

	if (from == 0 || from == to)
		return false;
	hidden &= ~(unsigned)b->list[from - 1].circumstances;
	for (uint32_t k = from; k < to; k++) {
		if (kept[k] || b->list[k].circumstances & hidden)
			return false;
		sum += p[k];
	}
	s = blocks_sum(b, from, to);
	return sum >= possible * (to - from) && 2 * s.link_words <= s.words;
}

// <code> only if it is a block of its own; white space may follow it in the block.
static bool
may_be_filled(const struct blocks *b, node_id i, uint32_t from, uint32_t to)
{
	return !tree_is(b->t, i, TAG_code) ||
	       (from < to && b->list[from].first > i && b->list[to - 1].last <= b->t->nodes[i].end);
}

static void
mark_open(const struct features *f, const uint8_t *p, const uint8_t *kept, uint8_t *marks)
{
	const struct tree *t = f->t;
	const struct blocks *b = f->blocks;

	for (node_id i = 1; (i = marks_next(f->traits, IS_FILLER, i, t->n)) < t->n; i++) {
		uint32_t from = b->start[i], to = b->start[t->nodes[i].end];

		if (!may_be_filled(b, i, from, to))
			continue;
		if (is_open(b, i, from, to, p, kept))
			memset(marks + from, 1, to - from);
		else if (tree_is(t, i, TAG_figure)) // there may be code in it
			continue;
		i = t->nodes[i].end - 1;
	}
}

// Do the blocks on both sides of the run [from, to) stand in what holds the block k of it?
static bool
has_neighbours(const struct blocks *b, uint32_t k, uint32_t from, uint32_t to)
{
	const struct tree *t = b->t;
	node_id up = b->list[k].el;

	for (int n = 0; n < MAX_UP && up != NODE_NONE; n++, up = t->nodes[up].parent) {
		bool before = b->start[up]<from, after = b->start[t->nodes[up].end]> to;

		if (before || after)
			return before && after;
	}
	return false;
}

bool
content_between(
    const struct features *f, const uint8_t *probability, uint8_t *kept, struct arena *a)
{
	const struct blocks *b = f->blocks;
	uint8_t *marks = arena_array(a, (size_t)b->n + 1, 1);
	uint32_t max = 0;

	if (!marks)
		return false;
	for (uint32_t i = 0; i < b->n; i++)
		max += kept[i] ? b->list[i].s.words : 0;
	max = MAX(max, (uint32_t)MAX_GAP);
	mark_open(f, probability, kept, marks);
	for (uint32_t from = 1, to; from < b->n; from = to + 1) {
		for (to = from; to < b->n && marks[to];)
			to++;
		if (to == from || to == b->n || !kept[from - 1] || !kept[to] ||
		    blocks_sum(b, from, to).words > max)
			continue;
		for (uint32_t k = from; k < to; k++)
			kept[k] |= has_neighbours(b, k, from, to);
	}
	return true;
}

// --- pictures ---

#define MAX_SIBLINGS 8 // white space counts

static bool
is_kept_near(const struct tree *t, const uint8_t *keep, node_id figure)
{
	node_id up = t->nodes[figure].parent, i = figure;
	bool before = false, after = false;

	for (int n = 0; n < MAX_SIBLINGS && i != NODE_NONE && !after; n++, i = t->nodes[i].next)
		after = keep[i] && t->nodes[i].kind == NODE_ELEMENT;
	for (int n = 0; n < MAX_SIBLINGS && figure > up + 1 && !before; n++) {
		for (figure--; t->nodes[figure].parent != up;)
			figure = t->nodes[figure].parent;
		before = keep[figure] && t->nodes[figure].kind == NODE_ELEMENT;
	}
	return before && after;
}

static void
keep_images(const struct tree *t, uint8_t *keep, node_id figure)
{
	for (node_id i = figure; i < t->nodes[figure].end; i++) {
		if (t->nodes[i].flags & NODE_F_HIDDEN) {
			i = t->nodes[i].end - 1;
			continue;
		}
		for (node_id up = i; tree_is(t, i, TAG_img) && !keep[up]; up = t->nodes[up].parent)
			keep[up] = 1;
	}
}

void
content_between_images(const struct features *f, uint8_t *keep)
{
	const struct tree *t = f->t;

	for (node_id i = 1; (i = marks_next(f->traits, IS_FILLER, i, t->n)) < t->n; i++)
		if (tree_is(t, i, TAG_figure) && !keep[i] && keep[t->nodes[i].parent] &&
		    is_kept_near(t, keep, i))
			keep_images(t, keep, i);
}
