// SPDX-License-Identifier: Apache-2.0
// Signals of the third model, from boxes, and what it says. Runs in the extractor's worker; linear.
#include "extract/content/model/third.h"
#include "extract/content/model/model_boxes.h"

#include <limits.h>

enum {
	STEPS_UP = 4,   // to an ancestor whose box is known
	EDGE = 4,       // px: edges this close are one
	EDGES = 512,    // of them
	SURE = 188,     // of 250
	FONT_MAX = 255, // px
};

// Where the blocks of a page are: in the order of its blocks, numbers in CSS pixels.
struct block_box {
	int32_t x, y;
	uint32_t width, height;
	uint8_t font;
	uint8_t unseen; // enum unseen
	bool known, clear;
};

struct view {
	const struct third_input *in;
	struct block_box *at; // per block
	uint32_t median;      // font size of the page's words
	int32_t main_x;       // left edge and width of the column with the likeliest words
	uint32_t main_width;
	struct groups alike, column; // same type and width; same column
	uint64_t *alike_sum, *column_sum;
	uint32_t fonts, columns, unseen_words, main_words, words;
	uint8_t mean;
};

// --- where blocks are ---

static const struct box *
box_near(const struct view *v, node_id i, uint8_t what)
{
	for (int k = 0; k < STEPS_UP && i != NODE_NONE; k++, i = v->in->s->b->t->nodes[i].parent)
		if (v->in->x->of[i].state & what)
			return &v->in->x->of[i];
	return NULL;
}

static void
place_block(struct view *v, uint32_t i, struct block_box *out)
{
	const struct block *k = &v->in->s->b->list[i];
	node_id parent = v->in->s->b->t->nodes[k->first].parent;
	const struct box *box = box_near(v, k->el, BOX_MEASURED);
	const struct box *type = box_near(v, parent, BOX_FONT);

	out->unseen = v->in->unseen[i];
	out->clear = (v->in->x->of[parent].state & BOX_CLEAR) != 0;
	if (type)
		out->font = type->font;
	if (!box)
		box = box_near(v, parent, BOX_MEASURED);
	if (!box || out->unseen)
		return;
	out->known = true;
	out->x = box->x;
	out->y = box->y;
	out->width = box->width;
	out->height = box->height;
}

// --- the page ---

static uint32_t
edge_of(const struct block_box *at)
{
	int32_t e = at->x / EDGE;

	return (uint32_t)MAX(0, MIN(e, EDGES - 1));
}

static void
measure_type(struct view *v)
{
	uint32_t words[FONT_MAX + 1] = {0}, all = 0, sum = 0;

	for (uint32_t i = 0; i < v->in->s->b->n; i++) {
		words[v->at[i].font] += v->at[i].font ? v->in->s->b->list[i].s.words : 0;
		all += v->at[i].font ? v->in->s->b->list[i].s.words : 0;
	}
	for (uint32_t px = 1; px <= FONT_MAX; px++) {
		v->fonts += words[px] > 0;
		if (2 * sum <= all && 2 * (sum + words[px]) > all)
			v->median = px;
		sum += words[px];
	}
}

static void
measure_columns(struct view *v)
{
	uint64_t weight[EDGES] = {0};
	uint32_t words[EDGES] = {0}, best = 0;

	for (uint32_t i = 0; i < v->in->s->b->n; i++) {
		const struct block_box *at = &v->at[i];
		uint32_t n = v->in->s->b->list[i].s.words, e = edge_of(at);

		v->words += n;
		v->unseen_words += at->unseen ? n : 0;
		if (!at->known)
			continue;
		words[e] += n;
		weight[e] += (uint64_t)n * v->in->both[i];
		if (weight[e] > weight[best])
			best = e;
	}
	for (uint32_t e = 0; e < EDGES; e++)
		v->columns += words[e] * 20 > v->words;
	v->main_words = words[best];
	for (uint32_t i = 0; i < v->in->s->b->n; i++)
		if (v->at[i].known && edge_of(&v->at[i]) == best) {
			v->main_x = v->at[i].x;
			v->main_width = MAX(v->main_width, v->at[i].width);
		}
}

static uint64_t *
sum_groups(const struct view *v, const struct groups *g, struct arena *a)
{
	uint64_t *sums = arena_array(a, (size_t)g->n + 1, sizeof(*sums));

	for (uint32_t i = 0; sums && i < v->in->s->b->n; i++)
		sums[g->of[i]] += (uint64_t)v->in->s->b->list[i].s.words * v->in->both[i];
	return sums;
}

static bool
group(struct view *v, struct arena *a)
{
	uint32_t n = v->in->s->b->n, *alike = arena_array(a, (size_t)n + 1, sizeof(*alike)),
		 *column = arena_array(a, (size_t)n + 1, sizeof(*column));

	if (!alike || !column)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct block_box *at = &v->at[i];

		alike[i] = at->known ? (at->width / EDGE) << 8 | at->font : UINT32_MAX;
		column[i] = at->known ? (at->width / EDGE) << 16 | edge_of(at) : UINT32_MAX;
	}
	if (!groups_by(&v->alike, v->in->s->b, alike, a) ||
	    !groups_by(&v->column, v->in->s->b, column, a))
		return false;
	v->alike_sum = sum_groups(v, &v->alike, a);
	v->column_sum = sum_groups(v, &v->column, a);
	return v->alike_sum && v->column_sum;
}

static void
measure_mean(struct view *v)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < v->in->s->b->n; i++)
		sum += (uint64_t)v->in->s->b->list[i].s.words * v->in->both[i];
	if (v->words > 0)
		v->mean = (uint8_t)(sum / v->words);
}

// --- rows ---

// What is said of the group's other blocks.
static uint8_t
mean_of_others(const struct view *v, const struct groups *g, const uint64_t *sums, uint32_t i)
{
	uint32_t own = v->in->s->b->list[i].s.words, all = g->list[g->of[i]].words;

	if (all <= own)
		return SIGNAL_UNKNOWN;
	return sig_cap((uint32_t)((sums[g->of[i]] - (uint64_t)own * v->in->both[i]) / (all - own)));
}

static uint32_t
apart(int32_t a, int32_t b)
{
	return (uint32_t)(a > b ? a - b : b - a);
}

static void
fill_place(const struct view *v, uint32_t i, uint8_t *row)
{
	const struct block_box *at = &v->at[i];
	uint32_t right = at->width + (uint32_t)MAX(at->x, 0);
	uint64_t area = (uint64_t)at->width * at->height;
	uint32_t chars = v->in->s->b->list[i].s.chars, type = at->font ? at->font : v->median;

	row[THIRD_left] = sig_ratio((uint32_t)MAX(at->x, 0), v->in->x->width);
	row[THIRD_width] = sig_ratio(at->width, v->in->x->width);
	row[THIRD_height] = sig_log(at->height);
	row[THIRD_y] = sig_log((uint32_t)MAX(at->y, 0));
	row[THIRD_y_share] = sig_ratio((uint32_t)MAX(at->y, 0), v->in->x->page_height);
	row[THIRD_density] = area
				 ? sig_cap((uint32_t)MIN((uint64_t)chars * type * type * 100 / area,
				       (uint64_t)SIGNAL_MAX))
				 : SIGNAL_UNKNOWN;
	row[THIRD_aside] = sig_log(apart(at->x, v->main_x));
	row[THIRD_wider] = sig_ratio(at->width, 2 * v->main_width);
	row[THIRD_inside] = at->x + EDGE >= v->main_x &&
			    right <= v->main_width + (uint32_t)MAX(v->main_x, 0) + EDGE;
}

static void
fill_row(const struct view *v, uint32_t i, uint8_t *row)
{
	const struct block_box *at = &v->at[i];
	const uint8_t *own = v->in->s->rows + (size_t)i * SECOND_COUNT;

	row[THIRD_first] = v->in->first[i];
	row[THIRD_second] = v->in->second[i];
	row[THIRD_both] = v->in->both[i];
	row[THIRD_words] = own[BLOCK_words];
	row[THIRD_links] = own[BLOCK_link_density];
	row[THIRD_tag] = own[BLOCK_tag];
	row[THIRD_heading] = own[BLOCK_heading];
	row[THIRD_unseen] = at->unseen;
	row[THIRD_clear] = at->clear;
	row[THIRD_font] = at->font ? sig_cap(at->font) : SIGNAL_UNKNOWN;
	row[THIRD_bigger] =
	    at->font && v->median ? sig_ratio(at->font, 4 * v->median) : SIGNAL_UNKNOWN;
	for (uint32_t k = THIRD_left; k <= THIRD_inside; k++)
		row[k] = SIGNAL_UNKNOWN;
	if (at->known)
		fill_place(v, i, row);
	row[THIRD_alike] = mean_of_others(v, &v->alike, v->alike_sum, i);
	row[THIRD_alike_words] = sig_log(v->alike.list[v->alike.of[i]].words);
	row[THIRD_column] = mean_of_others(v, &v->column, v->column_sum, i);
	row[THIRD_column_words] = sig_log(v->column.list[v->column.of[i]].words);
	row[THIRD_page_height] = sig_log(v->in->x->page_height);
	row[THIRD_page_fonts] = sig_cap(v->fonts);
	row[THIRD_page_columns] = sig_cap(v->columns);
	row[THIRD_page_main] = sig_ratio(v->main_words, v->words);
	row[THIRD_page_unseen] = sig_ratio(v->unseen_words, v->words);
	row[THIRD_page_mean] = v->mean;
	memcpy(row + THIRD_types, v->in->types, PAGE_TYPES);
}

// The way to what is surely content, upwards and downwards on the page.
static void
fill_ways(const struct view *v, uint8_t *rows)
{
	uint32_t n = v->in->s->b->n;
	int32_t edge = INT_MIN, top = INT_MAX, bottom = INT_MIN;

	for (uint32_t i = 0; i < n; i++) {
		const struct block_box *at = &v->at[i];
		uint8_t *row = rows + (size_t)i * THIRD_COUNT;

		row[THIRD_above] =
		    at->known && edge != INT_MIN
			? sig_distance((uint32_t)MAX(edge, 0), (uint32_t)MAX(at->y, 0))
			: SIGNAL_UNKNOWN;
		if (at->known && v->in->both[i] >= SURE) {
			edge = at->y + (int32_t)MIN(at->height, 1u << 20);
			top = MIN(top, at->y);
			bottom = MAX(bottom, edge);
		}
	}
	edge = INT_MIN;
	for (uint32_t i = n; i-- > 0;) {
		const struct block_box *at = &v->at[i];
		uint8_t *row = rows + (size_t)i * THIRD_COUNT;

		row[THIRD_below] =
		    at->known && edge != INT_MIN
			? sig_distance((uint32_t)MAX(at->y + (int32_t)MIN(at->height, 1u << 20), 0),
			      (uint32_t)MAX(edge, 0))
			: SIGNAL_UNKNOWN;
		row[THIRD_among] = at->known ? at->y >= top && at->y < bottom : SIGNAL_UNKNOWN;
		if (at->known && v->in->both[i] >= SURE)
			edge = at->y;
	}
}

static bool
are_beside(const struct block_box *a, const struct block_box *b)
{
	return a->known && b->known && a->y < b->y + (int32_t)MIN(b->height, 1u << 20) &&
	       b->y < a->y + (int32_t)MIN(a->height, 1u << 20) &&
	       (a->x >= b->x + (int32_t)MIN(b->width, 1u << 20) ||
		   b->x >= a->x + (int32_t)MIN(a->width, 1u << 20));
}

// How many of the four blocks around it stand beside it.
static void
fill_beside(const struct view *v, uint8_t *rows)
{
	uint32_t n = v->in->s->b->n;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t count = 0;

		for (uint32_t k = i > 2 ? i - 2 : 0; k <= i + 2 && k < n; k++)
			count = (uint8_t)(count + (k != i && are_beside(&v->at[i], &v->at[k])));
		rows[(size_t)i * THIRD_COUNT + THIRD_beside] = count;
	}
}

uint8_t *
third_signals(const struct third_input *in, struct arena *a)
{
	struct view v = {.in = in};
	uint32_t n = in->s->b->n;
	uint8_t *rows = arena_array(a, (size_t)n + 1, THIRD_COUNT);

	v.at = arena_array(a, (size_t)n + 1, sizeof(*v.at));
	if (!rows || !v.at)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		place_block(&v, i, &v.at[i]);
	measure_type(&v);
	measure_columns(&v);
	measure_mean(&v);
	if (!group(&v, a))
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		fill_row(&v, i, rows + (size_t)i * THIRD_COUNT);
	fill_ways(&v, rows);
	fill_beside(&v, rows);
	return rows;
}

// --- judgement ---

// The sums that probabilities come from: the middle one of each.
static void
fill_margins(int32_t *margins)
{
	int32_t first = 0;

	for (int32_t step = 0; step < 1024; step++) {
		int32_t sum = (step << 4) - 8 * FOREST_UNIT;
		uint8_t p = forest_probability(sum);

		if (step == 0 || p != forest_probability(sum - 16))
			first = sum;
		margins[p] = (first + sum) / 2;
	}
}

bool
third_judge(const struct forest *f, const uint8_t *rows, uint32_t n, uint8_t *both, struct arena *a)
{
	int32_t *sums, margins[SIGNAL_MAX + 1] = {0};

	if (f->n_trees == 0 || n == 0)
		return true;
	sums = arena_array(a, n, sizeof(*sums));
	if (!sums)
		return false;
	fill_margins(margins);
	forest_sums(f, rows, n, THIRD_COUNT, sums);
	for (uint32_t i = 0; i < n; i++)
		both[i] = forest_probability(margins[both[i]] + sums[i]);
	return true;
}

const struct forest third_default = THIRD_DEFAULT;
