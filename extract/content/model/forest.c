// SPDX-License-Identifier: Apache-2.0
// Thirty-two rows at a time: each node of a tree strikes off, in the rows that do not go left, the
// leaves on its left; the first leaf that is left is the tree's (QuickScorer, Lucchese et al.,
// SIGIR 2015). Rows that are clear after the first trees are not shown to the rest. No other branch
// depends on the data. Runs in the extractor's worker.
#include "extract/content/model/forest_priv.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define HALF 16

typedef uint8_t bytes __attribute__((vector_size(HALF)));
typedef uint16_t words __attribute__((vector_size(HALF)));

// --- rows to columns ---

static void
fill_tile(struct forest_tile *t, const struct forest *f, const uint8_t *const *rows)
{
	for (size_t k = 0; k < FOREST_LANES; k++)
		for (size_t i = 0; i < f->n_used; i++)
			t->columns[i][k] = rows[k][f->used[i]];
}

// --- trees ---

static inline __attribute__((always_inline)) void
strike(words *alive, bytes right, words left)
{
	alive[0] &= ~((words)__builtin_shufflevector(
			  right, right, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7) &
		      left);
	alive[1] &= ~((words)__builtin_shufflevector(right, right, 8, 8, 9, 9, 10, 10, 11, 11, 12,
			  12, 13, 13, 14, 14, 15, 15) &
		      left);
}

static void
add_tile(const struct forest_part *part, const struct forest_tile *t, int32_t *sums)
{
	const struct forest_node *node = part->nodes;
	const int16_t *leaves = part->f->leaves + (size_t)part->from * FOREST_LEAVES;

	for (uint32_t k = part->from; k < part->to; k++, leaves += FOREST_LEAVES) {
		words first[2], second[2];
		uint16_t left[FOREST_LANES];

		memset(first, 0xff, sizeof(first));
		memset(second, 0xff, sizeof(second));
		for (const struct forest_node *end = node + part->f->sizes[k]; node < end; node++) {
			words mask = (words){0} + node->left;
			bytes column[2];

			memcpy(column, t->columns[node->signal], sizeof(column));
			strike(first, (bytes)(column[0] > node->threshold), mask);
			strike(second, (bytes)(column[1] > node->threshold), mask);
		}
		memcpy(left, first, sizeof(first));
		memcpy(left + HALF, second, sizeof(second));
		for (size_t i = 0; i < FOREST_LANES; i++)
			sums[i] += leaves[__builtin_ctz(left[i])];
	}
}

void
forest_add_rows(
    const struct forest_part *part, const uint8_t *const *rows, size_t stride, int32_t *sums)
{
	struct forest_tile t;

	(void)stride;
	fill_tile(&t, part->f, rows);
	add_tile(part, &t, sums);
}

// One row, without the work for thirty-two.
static int32_t
sum_of_row(const struct forest *f, const uint8_t *row)
{
	const struct forest_node *node = f->nodes;
	int32_t sum = 0;

	for (uint32_t k = 0; k < f->n_trees; k++) {
		unsigned alive = 0xffff;

		for (unsigned i = f->sizes[k]; i > 0; i--, node++)
			alive &= ~(
			    node->left & -(unsigned)(row[f->used[node->signal]] > node->threshold));
		sum += f->leaves[k * FOREST_LEAVES + (unsigned)__builtin_ctz(alive)];
	}
	return sum;
}

static forest_add_rows_fn *add_rows = forest_add_rows;

#ifdef __x86_64__
__attribute__((constructor)) static void
choose_add_rows(void)
{
	if (__builtin_cpu_supports("avx2"))
		add_rows = forest_add_rows_avx2;
}
#endif

// Adds the part's sums to those of the rows with these numbers, at most FOREST_LANES.
static void
add_part(const struct forest_part *part, const uint8_t *rows, size_t stride, const size_t *numbers,
    size_t n, int32_t *sums)
{
	const uint8_t *tile_rows[FOREST_LANES];
	int32_t of_tile[FOREST_LANES] = {0};

	for (size_t k = 0; k < FOREST_LANES; k++) // the last one fills up
		tile_rows[k] = rows + numbers[k < n ? k : n - 1] * stride;
	add_rows(part, tile_rows, stride, of_tile);
	for (size_t k = 0; k < n; k++)
		sums[numbers[k]] += of_tile[k];
}

static struct forest_part
part_of(const struct forest *f, uint32_t from, uint32_t to)
{
	struct forest_part part = {f, from, to, f->nodes};

	for (uint32_t k = 0; k < from; k++)
		part.nodes += f->sizes[k];
	return part;
}

void
forest_sums(const struct forest *f, const uint8_t *rows, size_t n, size_t stride, int32_t *sums)
{
	bool early = f->n_trees >= 2 * FOREST_EARLY;
	struct forest_part some = part_of(f, 0, early ? FOREST_EARLY : f->n_trees);
	struct forest_part rest = part_of(f, some.to, f->n_trees);
	size_t numbers[FOREST_LANES], count = 0;

	assert(f->n_used <= FOREST_USED_MAX);
	if (n == 1 && !early) {
		sums[0] = sum_of_row(f, rows);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		sums[i] = 0;
		numbers[count++] = i;
		if (count == FOREST_LANES || i + 1 == n) {
			add_part(&some, rows, stride, numbers, count, sums);
			count = 0;
		}
	}
	for (size_t i = 0; early && i < n; i++) {
		if (sums[i] < FOREST_SURE && sums[i] > -FOREST_SURE)
			numbers[count++] = i;
		if (count == FOREST_LANES || (i + 1 == n && count > 0)) {
			add_part(&rest, rows, stride, numbers, count, sums);
			count = 0;
		}
	}
}
