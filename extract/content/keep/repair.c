// SPDX-License-Identifier: Apache-2.0
// What blocks can't know of themselves: a heading belongs to what it heads, a table, list or
// listing is whole or not there. Linear. Runs in the extractor's worker.
#include "extract/content/keep/keep.h"

#define WHOLE_SHARE  0.6 // of an element's words kept: all of it is
#define NONE_SHARE   0.1 // fewer: none of it is
#define PART_OF_PAGE 0.6 // an element with more of the page's words is its layout
#define LIKELY       75  // of 250
#define SURE         150 // a heading that is content whatever follows

struct repair {
	const struct tree *t;
	const uint8_t *traits;
	const struct blocks *b;
	const uint8_t *probability;
	uint8_t *kept;
	uint32_t *words; // kept before a block
};

static void
count_kept(struct repair *r)
{
	for (uint32_t i = 0; i < r->b->n; i++)
		r->words[i + 1] = r->words[i] + (r->kept[i] ? r->b->list[i].s.words : 0);
}

static void
make_whole(struct repair *r)
{
	double page = r->b->prefix[r->b->n].words;
	node_id n = r->t->n;

	for (node_id i = 1; (i = marks_next(r->traits, IS_WHOLE, i, n)) < n; i++) {
		uint32_t from = r->b->start[i], to = r->b->start[r->t->nodes[i].end];
		uint32_t all = r->b->prefix[to].words - r->b->prefix[from].words;
		uint32_t kept = r->words[to] - r->words[from];

		if (to < from + 2 || kept == 0 || kept == all || all > PART_OF_PAGE * page)
			continue;
		if (kept >= WHOLE_SHARE * all)
			memset(r->kept + from, 1, to - from);
		else if (kept < NONE_SHARE * all)
			memset(r->kept + from, 0, to - from);
		else
			continue;
		i = r->t->nodes[i].end - 1;
	}
}

static unsigned
level_of(const struct repair *r, uint32_t i)
{
	uint32_t tag = r->t->nodes[r->b->list[i].el].tag;

	return tag_flags(tag) & TAGF_HEADING ? tag - TAG_h1 + 1 : 0;
}

// From the end: is there anything kept before the next heading of the same level or above?
static void
mend_headings(struct repair *r)
{
	bool heads[7] = {false};

	for (uint32_t i = r->b->n; i-- > 0;) {
		unsigned level = level_of(r, i);

		if (level == 0) {
			for (unsigned k = 1; r->kept[i] && k < 7; k++)
				heads[k] = true;
			continue;
		}
		if (r->kept[i] && !heads[level] && level > 1 && r->probability[i] < SURE)
			r->kept[i] = 0;
		else if (!r->kept[i] && i + 1 < r->b->n && r->kept[i + 1] &&
			 r->probability[i] >= LIKELY)
			r->kept[i] = 1;
		for (unsigned k = level; k < 7; k++)
			heads[k] = false;
	}
}

bool
content_repair(const struct features *f, const uint8_t *probability, uint8_t *kept, struct arena *a)
{
	const struct blocks *b = f->blocks;
	struct repair r = {
	    .t = f->t, .traits = f->traits, .b = b, .probability = probability, .kept = kept};

	r.words = arena_array(a, (size_t)b->n + 1, sizeof(*r.words));
	if (!r.words)
		return false;
	count_kept(&r);
	make_whole(&r);
	mend_headings(&r);
	return true;
}
