// SPDX-License-Identifier: Apache-2.0
// The rows of the blocks: own text, neighbours, repetition, rules, place; ancestors are
// signals_above.c's. Linear. Runs in the extractor's worker.
#include "extract/content/model/signals.h"

#define RULE_STEPS_MAX 60

struct reader {
	struct signals *s;
	const struct tree *t;
	const struct blocks *b;
	uint32_t words; // of the page
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

uint64_t signals_spread[256];
uint8_t signals_logs[SIGNAL_LOGS];

uint8_t
sig_log_of(uint32_t x)
{
	uint32_t v = x + 1, e;

	if (v == 0)
		return SIGNAL_MAX;
	e = 31 - (uint32_t)__builtin_clz(v);
	return sig_cap(e * 16 + (uint32_t)(((uint64_t)v << 4 >> e) & 15));
}

__attribute__((constructor)) static void
fill_tables(void)
{
	for (uint32_t x = 0; x < SIGNAL_LOGS; x++)
		signals_logs[x] = sig_log_of(x);
	for (unsigned bits = 0; bits < ARRAY_LEN(signals_spread); bits++)
		for (unsigned k = 0; k < 8; k++)
			signals_spread[bits] |= (uint64_t)(bits >> k & 1) << 8 * k;
}

uint8_t
signals_tag(uint32_t tag)
{
	return tag < TAG_KNOWN_COUNT ? tag_codes[tag] : 0;
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
	row[BLOCK_tag] = signals_tag(r->t->nodes[k->el].tag);
	row[BLOCK_heading] = heading_level(r->t, k->el);
	row[BLOCK_bold] = is_bold(r->t, k);
	row[BLOCK_texts] = k->texts;
	row[BLOCK_hidden] = (k->circumstances & IN_HIDDEN) != 0;
	row[BLOCK_control] = (k->circumstances & IN_CONTROL) != 0;
	row[BLOCK_noscript] = (k->circumstances & IN_NOSCRIPT) != 0;
	row[BLOCK_depth] = sig_cap(r->t->nodes[k->el].depth);
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
	for (node_id up = rules->root; up != NODE_NONE && steps < RULE_STEPS_MAX; steps++) {
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
allocate(struct signals *s, struct arena *a)
{
	size_t n = s->b->n;

	s->known = arena_array(a, 1, sizeof(*s->known));
	s->rows = arena_array_raw(a, n + 1, SECOND_COUNT);
	s->levels = arena_array_raw(a, (n + 1) * LEVELS, sizeof(*s->levels));
	s->heading = arena_array_raw(a, n + 1, sizeof(*s->heading));
	return s->known && s->rows && s->levels && s->heading;
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

	if (!copies || !signals_above(s, a))
		return false;
	for (uint32_t i = 0; i < s->b->n; i++)
		own_text(r, &s->b->list[i], s->rows + (size_t)i * SECOND_COUNT);
	for (uint32_t i = 0; i < s->b->n; i++) {
		uint8_t *row = s->rows + (size_t)i * SECOND_COUNT;

		signals_known_share(s, i, row);
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
	if (!allocate(s, a) || !group_blocks(s, &s->texts, a, true) ||
	    !group_blocks(s, &s->paths, a, false))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	signals_page(s, h, rules);
	if (!write_rows(&r, rules, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	return 0;
}
