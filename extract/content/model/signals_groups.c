// SPDX-License-Identifier: Apache-2.0
// Blocks with the same text, in the same kind of place. Linear. Runs in the extractor's worker.
#include "extract/content/model/signals.h"

static uint32_t
table_size(uint32_t n)
{
	uint32_t size = 16;

	while (size < 2 * n)
		size *= 2;
	return size;
}

// The group of the key, made when there is none. `table` holds groups + 1.
static uint32_t
group_of(struct groups *g, uint32_t *table, uint32_t mask, uint32_t key)
{
	uint32_t i = (key * 0x9e3779b1u >> 7) & mask;

	while (table[i] != 0 && g->list[table[i] - 1].key != key)
		i = (i + 1) & mask;
	if (table[i] == 0) {
		g->list[g->n] = (struct group){.key = key};
		table[i] = ++g->n;
	}
	return table[i] - 1;
}

bool
groups_by(struct groups *g, const struct blocks *b, const uint32_t *keys, struct arena *a)
{
	uint32_t size = table_size(b->n);
	uint32_t *table = arena_array(a, size, sizeof(*table));

	g->n = 0;
	g->of = arena_array(a, (size_t)b->n + 1, sizeof(*g->of));
	g->list = arena_array(a, (size_t)b->n + 1, sizeof(*g->list));
	if (!table || !g->of || !g->list)
		return false;
	for (uint32_t i = 0; i < b->n; i++) {
		struct group *k;

		g->of[i] = group_of(g, table, size - 1, keys[i]);
		k = &g->list[g->of[i]];
		k->blocks++;
		k->words += b->list[i].s.words;
		k->link_words += b->list[i].link_words;
	}
	return true;
}
