// SPDX-License-Identifier: Apache-2.0
// What a block has around it, for its row: ancestors' names, landmarks among them, those that each
// hold more text than the one below. Blocks come in document order, so what an element hands down
// is put on a stack once for all blocks in it. Linear. Runs in the extractor's worker.
#include "extract/content/model/signals.h"

#include <endian.h>

#define NONE_STEPS 60     // further up is as good as nowhere
#define NOWHERE    -10000 // no place on the stack: steps from there are more than that
#define SCORE_UP   3      // elements whose score is told …
#define SHAPE_UP   4      // … and whose names make the shape

// Figures of a level.
struct level {
	uint8_t words, links, blocks, length, share, good, commas, images, inputs, tag, function;
};

// An element around the block; places on the stack are of the nearest such element, itself too.
struct frame {
	node_id node;
	uint32_t from, count;              // its blocks
	uint64_t names, all_names;         // families of its own, and of all from the root down
	int16_t landmarks[LANDMARK_COUNT]; // places
	int16_t big[2];                    // with this share of the page
	int16_t larger;                    // with more blocks than this one has
	int16_t dropped, best;
	uint8_t score, same, share, tag;
	bool is_known; // the level, made when it is one
	struct level level;
};

struct walk {
	struct signals *s;
	const struct finder *d;
	const struct tree *t;
	const struct blocks *b;
	node_id *with_text; // elements, in order
	uint32_t n_with_text;
	uint32_t *siblings; // per such element: siblings with the same path, itself too
	uint32_t *score;    // per such element: paragraphs below, the nearer the more
	uint32_t best_score;
	node_id best;
	struct frame *frames; // below the document's are as many as may be asked for
	int top;
	uint32_t *shape; // per block
};

static const uint8_t landmarks[TAG_KNOWN_COUNT] = {
    // + 1
    [TAG_nav] = LANDMARK_nav + 1,
    [TAG_header] = LANDMARK_header + 1,
    [TAG_footer] = LANDMARK_footer + 1,
    [TAG_aside] = LANDMARK_aside + 1,
    [TAG_form] = LANDMARK_form + 1,
    [TAG_main] = LANDMARK_main + 1,
    [TAG_article] = LANDMARK_article + 1,
    [TAG_section] = LANDMARK_section + 1,
    [TAG_li] = LANDMARK_li + 1,
    [TAG_ul] = LANDMARK_list + 1,
    [TAG_ol] = LANDMARK_list + 1,
    [TAG_table] = LANDMARK_table + 1,
    [TAG_td] = LANDMARK_cell + 1,
    [TAG_th] = LANDMARK_cell + 1,
    [TAG_dl] = LANDMARK_dl + 1,
    [TAG_figure] = LANDMARK_figure + 1,
    [TAG_blockquote] = LANDMARK_blockquote + 1,
    [TAG_pre] = LANDMARK_pre + 1,
    [TAG_dialog] = LANDMARK_dialog + 1,
    [TAG_details] = LANDMARK_details + 1,
    [TAG_h1] = LANDMARK_heading + 1,
    [TAG_h2] = LANDMARK_heading + 1,
    [TAG_h3] = LANDMARK_heading + 1,
    [TAG_h4] = LANDMARK_heading + 1,
    [TAG_h5] = LANDMARK_heading + 1,
    [TAG_h6] = LANDMARK_heading + 1,
    [TAG_label] = LANDMARK_label + 1,
    [TAG_p] = LANDMARK_paragraph + 1,
};

// --- siblings alike ---

struct twin {
	node_id parent;
	uint32_t path, count;
};

static struct twin *
twin_of(const struct walk *w, struct twin *table, uint32_t mask, node_id i)
{
	node_id parent = w->t->nodes[i].parent;
	uint32_t path = w->d->f.path[i];
	uint32_t k = ((path ^ parent * 0x85ebca6bu) * 0x9e3779b1u >> 8) & mask;

	while (table[k].count > 0 && (table[k].parent != parent || table[k].path != path))
		k = (k + 1) & mask;
	table[k].parent = parent;
	table[k].path = path;
	return &table[k];
}

static void
list_elements(struct walk *w)
{
	const struct node *nodes = w->t->nodes;

	for (node_id i = 1; i < w->t->n; i++)
		if (w->b->start[nodes[i].end] == w->b->start[i])
			i = nodes[i].end - 1;
		else if (nodes[i].kind == NODE_ELEMENT)
			w->with_text[w->n_with_text++] = i;
}

static bool
count_siblings(struct walk *w, struct arena *a)
{
	uint32_t size = 64, n = w->n_with_text;
	struct twin *table;

	while (size < 2 * n)
		size *= 2;
	table = arena_array(a, size, sizeof(*table));
	if (!table)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		struct twin *twin = twin_of(w, table, size - 1, w->with_text[k]);

		twin->count++;
		w->siblings[w->with_text[k]] = (uint32_t)(twin - table);
	}
	for (uint32_t k = 0; k < n; k++) {
		uint32_t *siblings = &w->siblings[w->with_text[k]];

		*siblings = table[*siblings].count;
	}
	return true;
}

// --- where the paragraphs are ---

static void
see_score(struct walk *w, node_id i)
{
	if (w->score[i] > w->best_score) {
		w->best_score = w->score[i];
		w->best = i;
	}
}

// After readability: a paragraph counts for its parent fully, half for the next, less further up.
static void
score_elements(struct walk *w)
{
	static const uint32_t parts[] = {12, 6, 2, 1, 1};

	w->score[0] = 0;
	for (uint32_t k = 0; k < w->n_with_text; k++)
		w->score[w->with_text[k]] = 0;
	for (uint32_t i = 0; i < w->b->n; i++) {
		const struct block *k = &w->b->list[i];
		uint32_t points = 1 + k->s.commas + MIN(k->s.chars / 100, 3u);
		node_id up = w->t->nodes[k->el].parent;

		if (k->s.chars < 25 || k->link_words * 2 > k->s.words)
			continue;
		for (size_t n = 0; n < ARRAY_LEN(parts) && up != NODE_NONE; n++) {
			w->score[up] += points * parts[n];
			up = w->t->nodes[up].parent;
		}
	}
	see_score(w, 0);
	for (uint32_t k = 0; k < w->n_with_text; k++)
		see_score(w, w->with_text[k]);
}

// --- what an element hands down ---

static void
push(struct walk *w, node_id i)
{
	static const uint32_t shares[2] = {SIGNAL_MAX * 3 / 10, SIGNAL_MAX * 6 / 10};
	const struct blocks *b = w->b;
	const struct frame *above = &w->frames[w->top++];
	struct frame *f = &w->frames[w->top];
	int16_t here = (int16_t)w->top;
	node_id end = w->t->nodes[i].end;
	uint32_t tag = w->t->nodes[i].tag, from = b->start[i], to = b->start[end];

	*f = *above;
	f->node = i;
	f->from = from;
	f->count = to - from;
	f->names = w->d->f.families[i];
	f->all_names |= f->names;
	if (tag < TAG_KNOWN_COUNT && landmarks[tag])
		f->landmarks[landmarks[tag] - 1] = here;
	f->share = sig_ratio(b->prefix[to].words - b->prefix[from].words, b->prefix[b->n].words);
	for (unsigned k = 0; k < 2; k++)
		if (f->share >= shares[k])
			f->big[k] = here;
	if (above->count > f->count)
		f->larger = (int16_t)(here - 1);
	if (w->d->dropped[i])
		f->dropped = here;
	if (i == w->best)
		f->best = here;
	f->score = sig_ratio(w->score[i], w->best_score);
	f->same = sig_log(w->siblings[i]);
	f->tag = signals_tag(tag);
	f->is_known = false;
}

static void
make_level(const struct walk *w, struct frame *f)
{
	node_id end = w->t->nodes[f->node].end;
	struct prefix p = blocks_sum(w->b, f->from, f->from + f->count);
	const struct features *of = &w->d->f;
	const struct counted *before = &of->counted[of->at[f->node]],
			     *after = &of->counted[of->at[end]];

	f->is_known = true;
	f->level = (struct level){
	    .words = sig_log(p.words),
	    .links = sig_ratio(p.link_words, p.words),
	    .blocks = sig_log(f->count),
	    .length = sig_log(4 * p.words / f->count),
	    .share = f->share,
	    .good = sig_ratio(p.good, p.words),
	    .commas = sig_ratio(5 * (p.commas + p.stops), p.words),
	    .images = sig_log(after->images - before->images),
	    .inputs = sig_log(after->inputs - before->inputs),
	    .tag = f->tag,
	    .function = sig_ratio(2 * p.function, p.words),
	};
}

static const struct level *
level_of(const struct walk *w, int place)
{
	struct frame *f = &w->frames[place];

	if (!f->is_known)
		make_level(w, f);
	return &f->level;
}

// The stack becomes the elements from the root down to `el`. `path` has room for them.
static void
go_to(struct walk *w, node_id el, node_id *path)
{
	const struct node *nodes = w->t->nodes;
	unsigned n = 0;

	while (el >= nodes[w->frames[w->top].node].end || el < w->frames[w->top].node)
		w->top--;
	for (; el != w->frames[w->top].node; el = nodes[el].parent)
		path[n++] = el;
	while (n > 0)
		push(w, path[--n]);
}

// --- the row ---

// A place on the stack as steps from the block.
static uint8_t
steps_to(const struct walk *w, int place)
{
	return (uint8_t)MIN(w->top - place, NONE_STEPS + 1);
}

static bool
is_near(const struct walk *w, int place)
{
	return w->top - place <= NONE_STEPS;
}

// 3 for a family that the block's element or its parent has, 2 for one of the next three, 1 for
// others.
static void
see_names(const struct walk *w, uint8_t *row)
{
	const struct frame *f = &w->frames[w->top];
	uint64_t near = f[0].names | f[-1].names, middle = near, all = f->all_names;
	uint64_t marks[8];

	for (int k = 2; k <= 4; k++)
		middle |= f[-k].names;
	if (w->top > NONE_STEPS) {
		all = 0;
		for (int k = 0; k <= NONE_STEPS; k++)
			all |= f[-k].names;
	}
	for (unsigned k = 0; k < 8; k++)
		marks[k] = htole64(signals_spread[near >> 8 * k & 0xff] +
				   signals_spread[middle >> 8 * k & 0xff] +
				   signals_spread[all >> 8 * k & 0xff]);
	memcpy(row + BLOCK_marks, marks, FAMILY_COUNT);
}

// What a row has of its k-th level: the level's own figures, and …
static void
see_level(const struct level *l, uint8_t *row)
{
	row[BLOCK_level_words] = l->words;
	row[BLOCK_level_links] = l->links;
	row[BLOCK_level_blocks] = l->blocks;
	row[BLOCK_level_length] = l->length;
	row[BLOCK_level_share] = l->share;
	row[BLOCK_level_good] = l->good;
	row[BLOCK_level_commas] = l->commas;
	row[BLOCK_level_images] = l->images;
	row[BLOCK_level_inputs] = l->inputs;
	row[BLOCK_level_tag] = l->tag;
	row[BLOCK_level_function] = l->function;
}

// … where the block is in it.
static void
see_place(const struct walk *w, uint32_t i, int place, uint8_t *row)
{
	const struct frame *f = &w->frames[place];

	row[BLOCK_level_place] = sig_ratio(i - f->from, f->count);
	row[BLOCK_level_same] = place == w->top ? 0 : f[1].same;
	row[BLOCK_level_steps] = steps_to(w, place);
}

static void
forget_level(uint8_t *row)
{
	for (unsigned at = BLOCK_level_words; at < BLOCK_near_words; at += LEVELS)
		row[at] = SIGNAL_UNKNOWN;
}

// Mostly the levels are those of the block before, whose row is there.
static void
see_levels(const struct walk *w, uint32_t i, uint8_t *row)
{
	const size_t n = BLOCK_near_words - BLOCK_level_words;
	node_id *levels = w->s->levels + (size_t)i * LEVELS;
	int place = w->top;

	if (i > 0)
		memcpy(row + BLOCK_level_words, row + BLOCK_level_words - SECOND_COUNT, n);
	for (unsigned k = 0; k < LEVELS; k++) {
		bool is_there = is_near(w, place);
		node_id node = is_there ? w->frames[place].node : NODE_NONE;
		bool is_same = i > 0 && node == *(levels + k - LEVELS);

		levels[k] = node;
		if (!is_same && !is_there)
			forget_level(row + k);
		if (!is_there)
			continue;
		if (!is_same)
			see_level(level_of(w, place), row + k);
		see_place(w, i, place, row + k);
		place = w->frames[place].larger;
	}
}

static void
see_landmarks(const int16_t *restrict places, int16_t top, uint8_t *restrict steps)
{
	for (unsigned k = 0; k < LANDMARK_COUNT; k++) {
		int16_t n = (int16_t)(top - places[k]);

		steps[k] = (uint8_t)MIN(n, (int16_t)(NONE_STEPS + 1));
	}
}

static void
see_places(const struct walk *w, uint8_t *row)
{
	const struct frame *f = &w->frames[w->top];

	see_landmarks(f->landmarks, (int16_t)w->top, row + BLOCK_landmarks);
	for (unsigned k = 0; k < 2; k++) {
		bool is_there = is_near(w, f->big[k]);

		row[BLOCK_big_steps + k] = is_there ? steps_to(w, f->big[k]) : SIGNAL_UNKNOWN;
		row[BLOCK_big_links + k] =
		    is_there ? level_of(w, f->big[k])->links : SIGNAL_UNKNOWN;
	}
	for (int k = 0; k < SCORE_UP; k++)
		row[BLOCK_score + k] = f[-k].score;
	row[BLOCK_score_in_best] = is_near(w, f->best);
	row[BLOCK_rule_drop] =
	    is_near(w, f->dropped) ? w->d->dropped[w->frames[f->dropped].node] : 0;
}

static uint32_t
shape_of(const struct walk *w)
{
	uint32_t shape = 0;

	for (int place = w->top; place > 0 && place > w->top - SHAPE_UP; place--)
		shape = (shape ^ w->frames[place].tag) * 0x9e3779b1u + (shape >> 11);
	return shape;
}

static bool
allocate(struct walk *w, node_id **path, struct arena *a)
{
	uint32_t n = w->t->n, deep = 0, below = MAX(SCORE_UP, SHAPE_UP + 1) - 1;

	for (uint32_t i = 0; i < w->b->n; i++)
		deep = MAX(deep, w->t->nodes[w->b->list[i].el].depth);
	w->frames = arena_array(a, below + deep + 2, sizeof(*w->frames));
	*path = arena_array_raw(a, deep + 1, sizeof(**path));
	w->with_text = arena_array_raw(a, n, sizeof(*w->with_text));
	w->siblings = arena_array_raw(a, n, sizeof(*w->siblings));
	w->score = arena_array_raw(a, n, sizeof(*w->score));
	w->shape = arena_array_raw(a, (size_t)w->b->n + 1, sizeof(*w->shape));
	if (!w->frames || !*path || !w->with_text || !w->siblings || !w->score || !w->shape)
		return false;
	w->frames += below;
	return true;
}

static void
begin(struct walk *w)
{
	struct frame *document = &w->frames[0];

	for (unsigned k = 0; k < LANDMARK_COUNT; k++)
		document->landmarks[k] = NOWHERE;
	document->big[0] = document->big[1] = document->larger = NOWHERE;
	document->dropped = document->best = NOWHERE;
}

bool
signals_above(struct signals *s, struct arena *a)
{
	struct walk w = {.s = s, .d = s->d, .t = s->d->t, .b = s->b};
	node_id *path;

	if (!allocate(&w, &path, a))
		return false;
	list_elements(&w);
	if (!count_siblings(&w, a))
		return false;
	score_elements(&w);
	begin(&w);
	for (uint32_t i = 0; i < s->b->n; i++) {
		uint8_t *row = s->rows + (size_t)i * SECOND_COUNT;

		go_to(&w, s->b->list[i].el, path);
		see_names(&w, row);
		see_levels(&w, i, row);
		see_places(&w, row);
		w.shape[i] = shape_of(&w);
	}
	return groups_by(&s->shapes, s->b, w.shape, a);
}
