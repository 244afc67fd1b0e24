// SPDX-License-Identifier: Apache-2.0
// Sixteen rows at a time: each node of a tree strikes off, in the rows that do not go left, the
// leaves on its left; the first leaf that is left is the tree's (QuickScorer, Lucchese et al.,
// SIGIR 2015). No branch depends on the data. Runs in the extractor's worker.
#include "extract/content/forest.h"

#include <assert.h>
#include <string.h>

#define LANES   16
#define ROW_MAX 640

typedef int8_t bytes __attribute__((vector_size(LANES)));
typedef uint16_t halves __attribute__((vector_size(LANES)));
typedef uint8_t indices __attribute__((vector_size(LANES)));

struct tile {
	bytes columns[ROW_MAX]; // per byte of a row: that of 16 rows, less 128
};

static void
fill_tile(struct tile *t, const uint8_t *rows, size_t n, size_t stride, size_t row_size)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < row_size; i++)
			t->columns[i][k] = (int8_t)(rows[k * stride + i] ^ 0x80);
}

static void
strike(const struct forest_node *node, const struct tile *t, halves alive[2])
{
	static const indices low = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7};
	static const indices high = {8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15};
	bytes right = t->columns[node->signal] > (int8_t)(node->threshold ^ 0x80);
	halves left = {0};

	left += node->left;
	alive[0] &= ~((halves)__builtin_shuffle(right, low) & left);
	alive[1] &= ~((halves)__builtin_shuffle(right, high) & left);
}

static void
add_tile(const struct forest *f, const struct tile *t, int32_t *sums)
{
	const struct forest_node *node = f->nodes;
	const int16_t *leaves = f->leaves;

	for (uint32_t k = 0; k < f->n_trees; k++, leaves += FOREST_LEAVES) {
		halves alive[2];
		uint16_t left[LANES];

		memset(alive, 0xff, sizeof(alive));
		for (unsigned i = f->sizes[k]; i > 0; i--)
			strike(node++, t, alive);
		memcpy(left, alive, sizeof(left));
		for (size_t i = 0; i < LANES; i++)
			sums[i] += leaves[__builtin_ctz(left[i])];
	}
}

void
forest_sums(const struct forest *f, const uint8_t *rows, size_t n, size_t stride, size_t row_size,
    int32_t *sums)
{
	struct tile t;

	assert(row_size <= ROW_MAX);
	for (size_t from = 0; from < n; from += LANES) {
		size_t part = n - from < LANES ? n - from : LANES;
		int32_t of_tile[LANES];

		for (size_t i = 0; i < LANES; i++)
			of_tile[i] = f->base;
		fill_tile(&t, rows + from * stride, part, stride, row_size);
		add_tile(f, &t, of_tile);
		memcpy(sums + from, of_tile, part * sizeof(*sums));
	}
}
