// SPDX-License-Identifier: Apache-2.0
// What the first model said of the blocks around, as signals for the second: of neighbours, of
// what is in the same kind of place, of ancestors, of the section. Prefix sums; linear.
#include "extract/content/model/signals.h"

#define SURE 200 // of 250

struct around {
	struct signals *s;
	const uint8_t *first;
	uint64_t *mass;           // per block and one more: words * probability of those before
	uint64_t *paths, *shapes; // per group: the same sum
	uint8_t *texts;           // per group of copies: the highest
	uint32_t words, sure_from, sure_to;
	uint8_t page_mean, page_share, page_sure;
};

static uint32_t
weight(const struct around *a, uint32_t i)
{
	return a->s->b->list[i].s.words;
}

static uint8_t
mean(uint64_t mass, uint32_t words)
{
	if (words == 0)
		return SIGNAL_UNKNOWN;
	return (uint8_t)(mass / words);
}

// Of the blocks [from, to), cut to the page.
static uint8_t
mean_of(const struct around *a, int64_t from, int64_t to)
{
	const struct prefix *p = a->s->b->prefix;
	int64_t n = a->s->b->n;
	uint32_t i = (uint32_t)MAX(from, (int64_t)0), j = (uint32_t)MIN(to, n);

	return i >= j ? SIGNAL_UNKNOWN : mean(a->mass[j] - a->mass[i], p[j].words - p[i].words);
}

static void
sum_up(struct around *a)
{
	const struct signals *s = a->s;
	uint32_t n = s->b->n, kept = 0, sure = 0;

	a->sure_from = a->sure_to = n;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t m = (uint64_t)weight(a, i) * a->first[i];

		a->mass[i + 1] = a->mass[i] + m;
		a->paths[s->paths.of[i]] += m;
		a->shapes[s->shapes.of[i]] += m;
		if (a->texts[s->texts.of[i]] < a->first[i])
			a->texts[s->texts.of[i]] = a->first[i];
		kept += a->first[i] > SIGNAL_MAX / 2 ? weight(a, i) : 0;
		if (a->first[i] >= SURE) {
			sure += weight(a, i);
			a->sure_from = a->sure_from == n ? i : a->sure_from;
			a->sure_to = i;
		}
	}
	a->words = s->b->prefix[n].words;
	a->page_mean = mean(a->mass[n], a->words);
	a->page_share = sig_ratio(kept, a->words);
	a->page_sure = sig_ratio(sure, a->words);
}

static void
neighbourhood(const struct around *a, uint32_t at, uint8_t *row)
{
	static const int windows[] = {3, 8, 20, 50};
	int64_t i = at, n = a->s->b->n;

	for (int k = 0; k < 4; k++) {
		row[SECOND_near + k] = i - 1 - k >= 0 ? a->first[i - 1 - k] : SIGNAL_UNKNOWN;
		row[SECOND_near + 4 + k] = i + 1 + k < n ? a->first[i + 1 + k] : SIGNAL_UNKNOWN;
		row[SECOND_window + k] = mean_of(a, i - windows[k], i + windows[k] + 1);
	}
	row[SECOND_before] = mean_of(a, 0, i);
	row[SECOND_kept_so_far] = sig_log((uint32_t)(a->mass[at] / SIGNAL_MAX));
	row[SECOND_kept_to_come] = sig_log((uint32_t)((a->mass[n] - a->mass[at]) / SIGNAL_MAX));
	row[SECOND_after] = mean_of(a, i + 1, n);
	if (a->sure_from == n) {
		row[SECOND_since_first] = row[SECOND_until_last] = SIGNAL_UNKNOWN;
		return;
	}
	row[SECOND_since_first] = sig_distance(a->sure_from, at);
	row[SECOND_until_last] = sig_distance(at, a->sure_to);
}

static void
kin(const struct around *a, uint32_t i, uint8_t *row)
{
	const struct signals *s = a->s;
	const struct group *path = &s->paths.list[s->paths.of[i]];
	const struct group *shape = &s->shapes.list[s->shapes.of[i]];
	uint64_t mine = (uint64_t)weight(a, i) * a->first[i];

	row[SECOND_path] = mean(a->paths[s->paths.of[i]], path->words);
	row[SECOND_path_others] = mean(a->paths[s->paths.of[i]] - mine, path->words - weight(a, i));
	row[SECOND_shape] = mean(a->shapes[s->shapes.of[i]], shape->words);
	row[SECOND_copies] = a->texts[s->texts.of[i]];
}

// Of what is around it; often the same as of the block before.
static void
levels(const struct around *a, uint32_t i, uint8_t *row)
{
	const struct signals *s = a->s;
	const node_id *up = &s->levels[i * LEVELS], *before = up - LEVELS;

	for (unsigned k = 0; k < LEVELS; k++) {
		if (up[k] == NODE_NONE)
			row[SECOND_level + k] = SIGNAL_UNKNOWN;
		else if (i > 0 && up[k] == before[k])
			row[SECOND_level + k] = *(row + SECOND_level + k - SECOND_COUNT);
		else
			row[SECOND_level + k] =
			    mean_of(a, s->b->start[up[k]], s->b->start[s->d->t->nodes[up[k]].end]);
	}
}

#define SECTION_MAX 60 // blocks before, and after

// The blocks from one heading to the next, which is at `end`.
static void
section(const struct around *a, uint32_t i, uint32_t end, uint8_t *row)
{
	const struct signals *s = a->s;
	uint32_t from = s->heading[i];

	row[SECOND_heading] = from < s->b->n ? a->first[from] : SIGNAL_UNKNOWN;
	if (from == s->b->n || i > from + SECTION_MAX)
		from = i > SECTION_MAX ? i - SECTION_MAX : 0;
	row[SECOND_section] =
	    mean_of(a, from == i ? (int64_t)i + 1 : (int64_t)from, MIN(end, i + SECTION_MAX));
}

static bool
allocate(struct around *a, struct arena *arena)
{
	size_t n = (size_t)a->s->b->n + 1;

	a->mass = arena_array(arena, n, sizeof(*a->mass));
	a->paths = arena_array(arena, n, sizeof(*a->paths));
	a->shapes = arena_array(arena, n, sizeof(*a->shapes));
	a->texts = arena_array(arena, n, 1);
	return a->mass && a->paths && a->shapes && a->texts;
}

int
signals_second(
    struct signals *s, const uint8_t *first, const uint8_t *types, struct arena *a, struct err *err)
{
	struct around r = {.s = s, .first = first};
	uint32_t end = 0;

	if (!allocate(&r, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	sum_up(&r);
	for (uint32_t i = 0; i < s->b->n; i++) {
		uint8_t *row = s->rows + (size_t)i * SECOND_COUNT + FIRST_COUNT;

		while (end < s->b->n && (end <= i || s->heading[end] == s->heading[i]))
			end++;
		row[SECOND_self] = first[i];
		neighbourhood(&r, i, row);
		kin(&r, i, row);
		levels(&r, i, row);
		section(&r, i, end, row);
		row[SECOND_page_mean] = r.page_mean;
		row[SECOND_page_share] = r.page_share;
		row[SECOND_page_sure] = r.page_sure;
		memcpy(row + SECOND_types, types, PAGE_TYPES);
	}
	return 0;
}
