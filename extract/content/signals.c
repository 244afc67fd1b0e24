// SPDX-License-Identifier: Apache-2.0
// The rows of the blocks: own text, ancestors, neighbours, repetition, rules, place. Linear but for
// the walk from each block to the root, which the parser bounds. Runs in the extractor's worker.
#include "extract/content/signals.h"

#define NONE_STEPS 60 // further up is as good as nowhere

// --- figures of an ancestor, made once ---

struct level {
	uint8_t words, links, blocks, length, share, good, commas, images, inputs, tag, function;
	bool known;
};

struct reader {
	struct signals *s;
	const struct tree *t;
	const struct blocks *b;
	struct level *levels; // per node
	uint32_t *siblings;   // per element: siblings with the same path, itself too
	uint32_t *score;      // per node: paragraphs below, the nearer the more
	uint32_t best_score;
	node_id best;
	uint32_t words; // of the page
	uint32_t *shape;
};

// Names by likeness; part of what was learned, so numbers never change.
static const uint8_t tag_codes[TAG_KNOWN_COUNT] = {
    [TAG_body] = 1,
    [TAG_div] = 2,
    [TAG_section] = 4,
    [TAG_center] = 5,
    [TAG_p] = 10,
    [TAG_blockquote] = 12,
    [TAG_pre] = 14,
    [TAG_article] = 16,
    [TAG_main] = 18,
    [TAG_h1] = 20,
    [TAG_h2] = 21,
    [TAG_h3] = 22,
    [TAG_h4] = 23,
    [TAG_h5] = 24,
    [TAG_h6] = 25,
    [TAG_hgroup] = 26,
    [TAG_summary] = 28,
    [TAG_details] = 29,
    [TAG_dt] = 30,
    [TAG_dd] = 31,
    [TAG_dl] = 32,
    [TAG_li] = 34,
    [TAG_ol] = 36,
    [TAG_ul] = 37,
    [TAG_th] = 40,
    [TAG_td] = 41,
    [TAG_tr] = 42,
    [TAG_tbody] = 43,
    [TAG_thead] = 44,
    [TAG_table] = 45,
    [TAG_caption] = 46,
    [TAG_figure] = 50,
    [TAG_figcaption] = 51,
    [TAG_address] = 54,
    [TAG_form] = 60,
    [TAG_fieldset] = 61,
    [TAG_legend] = 62,
    [TAG_option] = 64,
    [TAG_header] = 70,
    [TAG_aside] = 72,
    [TAG_footer] = 74,
    [TAG_nav] = 76,
    [TAG_menu] = 77,
    [TAG_dialog] = 80,
    [TAG_noscript] = 82,
};

static uint8_t
tag_code(uint32_t tag)
{
	return tag < TAG_KNOWN_COUNT ? tag_codes[tag] : 0;
}

static __attribute__((noinline)) void
read_level(const struct reader *r, node_id i, struct level *l)
{
	node_id end = r->t->nodes[i].end;
	uint32_t from = r->b->start[i], to = r->b->start[end];
	struct prefix p = blocks_sum(r->b, from, to);
	const struct features *f = &r->s->d->f;
	const struct counted *before = &f->counted[f->at[i]], *after = &f->counted[f->at[end]];

	*l = (struct level){
	    .words = sig_log(p.words),
	    .links = sig_ratio(p.link_words, p.words),
	    .blocks = sig_log(to - from),
	    .length = to > from ? sig_log(4 * p.words / (to - from)) : 0,
	    .share = sig_ratio(p.words, r->words),
	    .good = sig_ratio(p.good, p.words),
	    .commas = sig_ratio(5 * (p.commas + p.stops), p.words),
	    .images = sig_log(after->images - before->images),
	    .inputs = sig_log(after->inputs - before->inputs),
	    .tag = tag_code(r->t->nodes[i].tag),
	    .function = sig_ratio(2 * p.function, p.words),
	    .known = true,
	};
}

static inline const struct level *
level_of(struct reader *r, node_id i)
{
	struct level *l = &r->levels[i];

	if (!l->known)
		read_level(r, i, l);
	return l;
}

// --- siblings alike ---

struct twin {
	node_id parent;
	uint32_t path, count;
};

static struct twin *
twin_of(const struct reader *r, struct twin *table, uint32_t mask, node_id i)
{
	node_id parent = r->t->nodes[i].parent;
	uint32_t path = r->s->d->f.path[i];
	uint32_t k = ((path ^ parent * 0x85ebca6bu) * 0x9e3779b1u >> 8) & mask;

	while (table[k].count > 0 && (table[k].parent != parent || table[k].path != path))
		k = (k + 1) & mask;
	table[k].parent = parent;
	table[k].path = path;
	return &table[k];
}

static bool
count_siblings(struct reader *r, struct arena *a)
{
	node_id *with_text = arena_array_raw(a, r->t->n, sizeof(*with_text));
	uint32_t size = 64, n = 0;
	struct twin *table;

	r->siblings = arena_array(a, r->t->n, sizeof(*r->siblings));
	if (!with_text || !r->siblings)
		return false;
	for (node_id i = 1; i < r->t->n; i++)
		if (r->t->nodes[i].kind == NODE_ELEMENT &&
		    r->b->start[r->t->nodes[i].end] > r->b->start[i])
			with_text[n++] = i;
	while (size < 2 * n)
		size *= 2;
	table = arena_array(a, size, sizeof(*table));
	if (!table)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		struct twin *twin = twin_of(r, table, size - 1, with_text[k]);

		twin->count++;
		r->siblings[with_text[k]] = (uint32_t)(twin - table);
	}
	for (uint32_t k = 0; k < n; k++)
		r->siblings[with_text[k]] = table[r->siblings[with_text[k]]].count;
	return true;
}

// --- where the paragraphs are ---

// After readability: a paragraph counts for its parent fully, half for the next, less further up.
static bool
score_nodes(struct reader *r, struct arena *a)
{
	static const uint32_t parts[] = {12, 6, 2, 1, 1};

	r->score = arena_array(a, r->t->n, sizeof(*r->score));
	if (!r->score)
		return false;
	for (uint32_t i = 0; i < r->b->n; i++) {
		const struct block *k = &r->b->list[i];
		uint32_t points = 1 + k->s.commas + MIN(k->s.chars / 100, 3u);
		node_id up = r->t->nodes[k->el].parent;

		if (k->s.chars < 25 || k->link_words * 2 > k->s.words)
			continue;
		for (size_t n = 0; n < ARRAY_LEN(parts) && up != NODE_NONE; n++) {
			r->score[up] += points * parts[n];
			up = r->t->nodes[up].parent;
		}
	}
	for (node_id i = 0; i < r->t->n; i++)
		if (r->score[i] > r->best_score) {
			r->best_score = r->score[i];
			r->best = i;
		}
	return true;
}

// --- a block by itself ---

static uint8_t
kind_of_char(unsigned char c)
{
	if (c >= 'a' && c <= 'z')
		return 1;
	if (c >= 'A' && c <= 'Z')
		return 2;
	if (c >= '0' && c <= '9')
		return 3;
	if (c >= 0x80)
		return 4;
	return c == '.' ? 5 : c == '!' || c == '?' ? 6 : c == ':' ? 7 : c == ',' ? 8 : 0;
}

static uint8_t
heading_level(const struct tree *t, node_id el)
{
	return tag_flags(t->nodes[el].tag) & TAGF_HEADING ? (uint8_t)(t->nodes[el].tag - TAG_h1 + 1)
							  : 0;
}

static bool
is_bold(const struct tree *t, const struct block *k)
{
	uint32_t tag = t->nodes[t->nodes[k->first].parent].tag;

	return k->first == k->last && (tag == TAG_b || tag == TAG_strong);
}

static void
own_text(const struct reader *r, const struct block *k, uint8_t *row)
{
	const struct text_scan *s = &k->s;
	bool neutral = r->s->page[PAGE_function_share] < 50; // a language that is not in the lists

	row[BLOCK_words] = sig_log(s->words);
	row[BLOCK_chars_per_word] = sig_cap(s->chars * 10 / MAX(s->words, 1u));
	row[BLOCK_link_density] = sig_ratio(k->link_words, s->words);
	row[BLOCK_links] = sig_log(k->links);
	row[BLOCK_commas] = sig_ratio(5 * s->commas, s->words);
	row[BLOCK_stops] = sig_ratio(5 * s->stops, s->words);
	row[BLOCK_upper] = sig_ratio(s->upper, s->words);
	row[BLOCK_digits] = sig_ratio(s->digits, s->words);
	row[BLOCK_function] = neutral ? SIGNAL_UNKNOWN : sig_ratio(s->function, s->words);
	row[BLOCK_furniture] = sig_ratio(s->furniture, s->words);
	row[BLOCK_money] = sig_cap(s->money);
	row[BLOCK_dates] = sig_cap(s->dates);
	row[BLOCK_pipes] = sig_cap(s->pipes);
	row[BLOCK_first] = kind_of_char(s->first);
	row[BLOCK_last] = kind_of_char(s->last);
	row[BLOCK_tag] = tag_code(r->t->nodes[k->el].tag);
	row[BLOCK_heading] = heading_level(r->t, k->el);
	row[BLOCK_bold] = is_bold(r->t, k);
	row[BLOCK_texts] = k->texts;
	row[BLOCK_hidden] = (k->circumstances & IN_HIDDEN) != 0;
	row[BLOCK_control] = (k->circumstances & IN_CONTROL) != 0;
	row[BLOCK_noscript] = (k->circumstances & IN_NOSCRIPT) != 0;
	row[BLOCK_depth] = sig_cap(r->t->nodes[k->el].depth);
}

// --- ancestors ---

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

struct climb {
	uint32_t block; // index
	uint8_t *row;
	uint64_t seen;  // families
	node_id below;  // where the walk was before
	uint32_t count; // blocks of the ancestor that was the last level
	unsigned level;
	unsigned steps;
	unsigned landmarks_seen;
};

static void
see_names(const struct reader *r, struct climb *c, node_id i)
{
	uint32_t tag = r->t->nodes[i].tag;
	unsigned mark = tag < TAG_KNOWN_COUNT ? landmarks[tag] : 0;
	uint64_t fresh = r->s->d->f.families[i] & ~c->seen;

	if (mark && !(c->landmarks_seen >> mark & 1)) {
		c->row[BLOCK_landmarks + mark - 1] = (uint8_t)MIN(c->steps, (unsigned)NONE_STEPS);
		c->landmarks_seen |= 1u << mark;
	}
	for (c->seen |= fresh; fresh; fresh &= fresh - 1)
		c->row[BLOCK_marks + __builtin_ctzll(fresh)] = c->steps <= 1   ? 3
							       : c->steps <= 4 ? 2
									       : 1;
}

static void
see_level(struct reader *r, struct climb *c, node_id i)
{
	const struct level *l = level_of(r, i);
	uint32_t from = r->b->start[i];
	uint8_t *row = c->row + c->level;

	c->count = r->b->start[r->t->nodes[i].end] - from;
	r->s->levels[c->block * LEVELS + c->level] = i;
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
	row[BLOCK_level_place] = sig_ratio(c->block - from, c->count);
	row[BLOCK_level_same] = c->below == NODE_NONE ? 0 : sig_log(r->siblings[c->below]);
	row[BLOCK_level_steps] = (uint8_t)MIN(c->steps, (unsigned)NONE_STEPS);
	c->level++;
}

static void
see_size(struct reader *r, struct climb *c, node_id i)
{
	static const uint32_t shares[2] = {SIGNAL_MAX * 3 / 10, SIGNAL_MAX * 6 / 10};
	const struct level *l = level_of(r, i);

	for (unsigned k = 0; k < 2; k++)
		if (l->share >= shares[k] && c->row[BLOCK_big_steps + k] == SIGNAL_UNKNOWN) {
			c->row[BLOCK_big_steps + k] = (uint8_t)MIN(c->steps, (unsigned)NONE_STEPS);
			c->row[BLOCK_big_links + k] = l->links;
		}
}

static void
climb(struct reader *r, struct climb *c)
{
	const struct finder *d = r->s->d;
	uint32_t shape = 0;

	for (node_id i = r->b->list[c->block].el;
	     i != NODE_NONE && i != 0 && c->steps <= NONE_STEPS; i = r->t->nodes[i].parent) {
		see_names(r, c, i);
		if (d->dropped[i] && !c->row[BLOCK_rule_drop])
			c->row[BLOCK_rule_drop] = d->dropped[i];
		if (c->level < LEVELS &&
		    r->b->start[r->t->nodes[i].end] - r->b->start[i] > c->count)
			see_level(r, c, i);
		if (c->row[BLOCK_big_steps + 1] == SIGNAL_UNKNOWN)
			see_size(r, c, i);
		if (c->steps < 3)
			c->row[BLOCK_score + c->steps] = sig_ratio(r->score[i], r->best_score);
		if (c->steps < 4)
			shape =
			    (shape ^ tag_code(r->t->nodes[i].tag)) * 0x9e3779b1u + (shape >> 11);
		if (i == r->best)
			c->row[BLOCK_score_in_best] = 1;
		c->below = i;
		c->steps++;
	}
	r->shape[c->block] = shape;
}

static void
ancestors(struct reader *r, uint32_t i, uint8_t *row)
{
	struct climb c = {.block = i, .row = row, .below = NODE_NONE};

	memset(row + BLOCK_landmarks, NONE_STEPS + 1, LANDMARK_COUNT);
	memset(row + BLOCK_level_words, SIGNAL_UNKNOWN, BLOCK_near_words - BLOCK_level_words);
	memset(row + BLOCK_big_steps, SIGNAL_UNKNOWN, 4);
	for (unsigned k = 0; k < LEVELS; k++)
		r->s->levels[i * LEVELS + k] = NODE_NONE;
	climb(r, &c);
}

// --- neighbours, place, rules ---

// From the rows of the neighbours, which are filled as far as this.
static void
neighbours(const struct reader *r, uint32_t i, uint8_t *row)
{
	for (unsigned k = 0; k < 2 * NEIGHBOURS; k++) {
		uint32_t j = k < NEIGHBOURS ? i - 1 - k : i + 1 + (k - NEIGHBOURS);
		const uint8_t *o = r->s->rows + (size_t)j * SECOND_COUNT;
		bool is_there = j < r->b->n;

		row[BLOCK_near_words + k] = is_there ? o[BLOCK_words] : SIGNAL_UNKNOWN;
		row[BLOCK_near_links + k] = is_there ? o[BLOCK_link_density] : SIGNAL_UNKNOWN;
		row[BLOCK_near_tag + k] = is_there ? o[BLOCK_tag] : SIGNAL_UNKNOWN;
		row[BLOCK_near_stop + k] = is_there ? o[BLOCK_last] : SIGNAL_UNKNOWN;
	}
}

static void
group_figures(const struct group *g, uint8_t *size, uint8_t *words)
{
	*size = sig_log(g->blocks);
	*words = sig_log(4 * g->words / g->blocks);
}

static void
repetition(const struct reader *r, uint32_t i, uint8_t *row, uint32_t *copies)
{
	const struct signals *s = r->s;
	const struct group *path = &s->paths.list[s->paths.of[i]];
	const struct group *shape = &s->shapes.list[s->shapes.of[i]];

	group_figures(path, &row[BLOCK_group_size], &row[BLOCK_group_words]);
	row[BLOCK_group_links] = sig_ratio(path->link_words, path->words);
	group_figures(shape, &row[BLOCK_shape_size], &row[BLOCK_shape_words]);
	row[BLOCK_copies] = sig_cap(s->texts.list[s->texts.of[i]].blocks);
	row[BLOCK_copy] = sig_cap(copies[s->texts.of[i]]++);
}

static void
rules_say(const struct reader *r, const struct content *rules, uint32_t i, uint8_t *row)
{
	const struct block *k = &r->b->list[i];
	const struct node *root = &r->t->nodes[rules->root];
	unsigned steps = 0;

	row[BLOCK_rule_keep] = rules->keep[k->first];
	row[BLOCK_rule_root] = k->first >= rules->root && k->first < root->end;
	for (node_id up = rules->root; up != NODE_NONE && steps < NONE_STEPS; steps++) {
		if (k->first >= up && k->first < r->t->nodes[up].end)
			break;
		up = r->t->nodes[up].parent;
	}
	row[BLOCK_rule_steps] = (uint8_t)steps;
}

struct along {
	uint32_t h1, heading; // blocks; n: none yet
};

static void
place(const struct reader *r, uint32_t i, struct along *at, uint8_t *row)
{
	const struct blocks *b = r->b;
	const struct block *heading;

	if (row[BLOCK_heading])
		at->heading = i;
	row[BLOCK_place] = sig_ratio(i, b->n);
	row[BLOCK_words_before] = sig_ratio(b->prefix[i].words, r->words);
	row[BLOCK_words_so_far] = sig_log(b->prefix[i].words);
	row[BLOCK_index] = sig_log(i);
	row[BLOCK_index_back] = sig_log(b->n - 1 - i);
	row[BLOCK_from_h1] = at->h1 == b->n ? SIGNAL_UNKNOWN : sig_distance(at->h1, i);
	r->s->heading[i] = at->heading;
	if (at->heading == b->n) {
		memset(row + BLOCK_from_heading, SIGNAL_UNKNOWN, 4);
		return;
	}
	heading = &b->list[at->heading];
	row[BLOCK_from_heading] = sig_log(i - at->heading);
	row[BLOCK_heading_level] = heading_level(r->t, heading->el);
	row[BLOCK_heading_groups] = heading->s.groups & ~TG(FUNCTION)
					? (uint8_t)(32 - __builtin_clz(heading->s.groups))
					: 0;
	row[BLOCK_heading_words] = sig_log(heading->s.words);
}

static uint32_t
first_h1(const struct reader *r)
{
	for (uint32_t i = 0; i < r->b->n; i++)
		if (tree_is(r->t, r->b->list[i].el, TAG_h1))
			return i;
	return r->b->n;
}

// --- all of it ---

static bool
allocate(struct reader *r, struct signals *s, struct arena *a)
{
	size_t n = s->b->n;

	s->known = arena_array(a, 1, sizeof(*s->known));
	s->rows = arena_array(a, n + 1, SECOND_COUNT);
	s->levels = arena_array(a, (n + 1) * LEVELS, sizeof(*s->levels));
	s->heading = arena_array(a, n + 1, sizeof(*s->heading));
	r->levels = arena_array(a, s->d->t->n, sizeof(*r->levels));
	r->shape = arena_array(a, n + 1, sizeof(*r->shape));
	return s->known && s->rows && s->levels && s->heading && r->levels && r->shape;
}

static bool
group_blocks(struct signals *s, struct groups *g, struct arena *a, bool by_text)
{
	uint32_t *keys = arena_array(a, (size_t)s->b->n + 1, sizeof(*keys));

	for (uint32_t i = 0; keys && i < s->b->n; i++)
		keys[i] = by_text ? s->b->list[i].s.hash : s->b->list[i].path;
	return keys && groups_by(g, s->b, keys, a);
}

static bool
write_rows(struct reader *r, const struct content *rules, struct arena *a)
{
	struct signals *s = r->s;
	uint32_t *copies = arena_array(a, (size_t)s->b->n + 1, sizeof(*copies));
	struct along at = {.h1 = first_h1(r), .heading = s->b->n};

	if (!copies)
		return false;
	for (uint32_t i = 0; i < s->b->n; i++) {
		ancestors(r, i, s->rows + (size_t)i * SECOND_COUNT);
		own_text(r, &s->b->list[i], s->rows + (size_t)i * SECOND_COUNT);
	}
	if (!groups_by(&s->shapes, s->b, r->shape, a))
		return false;
	for (uint32_t i = 0; i < s->b->n; i++) {
		uint8_t *row = s->rows + (size_t)i * SECOND_COUNT;

		signals_known_share(s, &s->b->list[i], row);
		neighbours(r, i, row);
		repetition(r, i, row, copies);
		rules_say(r, rules, i, row);
		place(r, i, &at, row);
		memcpy(row + BLOCK_OWN, s->page, PAGE_SHARED);
	}
	return true;
}

int
signals_read(struct signals *s, const struct finder *d, const struct content_hints *h,
    const struct content *rules, struct arena *a, struct err *err)
{
	struct reader r = {.s = s, .t = d->t, .b = &d->blocks};

	*s = (struct signals){.d = d, .b = &d->blocks};
	r.words = r.b->prefix[r.b->n].words;
	for (uint32_t i = 0; i < r.b->n; i++)
		r.b->list[i].path = d->f.path[r.b->list[i].el];
	if (!allocate(&r, s, a) || !group_blocks(s, &s->texts, a, true) ||
	    !group_blocks(s, &s->paths, a, false) || !count_siblings(&r, a) || !score_nodes(&r, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	signals_page(s, h, rules);
	if (!write_rows(&r, rules, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	return 0;
}
