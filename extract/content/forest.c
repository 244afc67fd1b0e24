// SPDX-License-Identifier: Apache-2.0
// Thirty-two rows at a time: each node of a tree strikes off, in the rows that do not go left, the
// leaves on its left; the first leaf that is left is the tree's (QuickScorer, Lucchese et al.,
// SIGIR 2015). No branch depends on the data. Runs in the extractor's worker.
#include "extract/content/forest.h"

#include <assert.h>
#include <string.h>

#define HALF     16
#define LANES    (2 * HALF)
#define USED_MAX 512

typedef int8_t bytes __attribute__((vector_size(HALF)));
typedef uint16_t words __attribute__((vector_size(HALF)));
typedef uint8_t indices __attribute__((vector_size(HALF)));

struct tile {
	bytes columns[USED_MAX][2]; // per byte that is used: that of 32 rows, less 128
};

static void
fill_tile(struct tile *t, const struct forest *f, const uint8_t *rows, size_t n, size_t stride)
{
	for (size_t k = 0; k < n; k++) {
		const uint8_t *row = rows + k * stride;
		int8_t *to = (int8_t *)t->columns + k;

		for (size_t i = 0; i < f->n_used; i++)
			to[i * LANES] = (int8_t)(row[f->used[i]] ^ 0x80);
	}
}

static inline void
strike(words *alive, bytes right, words left)
{
	static const indices low = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7};
	static const indices high = {8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15};

	alive[0] &= ~((words)__builtin_shuffle(right, low) & left);
	alive[1] &= ~((words)__builtin_shuffle(right, high) & left);
}

static void
add_tile(const struct forest *f, const struct tile *t, int32_t *sums)
{
	const struct forest_node *node = f->nodes;
	const int16_t *leaves = f->leaves;

	for (uint32_t k = 0; k < f->n_trees; k++, leaves += FOREST_LEAVES) {
		words first[2], second[2];
		uint16_t left[LANES];

		memset(first, 0xff, sizeof(first));
		memset(second, 0xff, sizeof(second));
		for (const struct forest_node *end = node + f->sizes[k]; node < end; node++) {
			const bytes *column = t->columns[node->signal];
			words mask = (words){0} + node->left;
			int8_t threshold = (int8_t)(node->threshold ^ 0x80);

			strike(first, column[0] > threshold, mask);
			strike(second, column[1] > threshold, mask);
		}
		memcpy(left, first, sizeof(first));
		memcpy(left + HALF, second, sizeof(second));
		for (size_t i = 0; i < LANES; i++)
			sums[i] += leaves[__builtin_ctz(left[i])];
	}
}

void
forest_sums(const struct forest *f, const uint8_t *rows, size_t n, size_t stride, int32_t *sums)
{
	struct tile t;

	assert(f->n_used <= USED_MAX);
	for (size_t from = 0; from < n; from += LANES) {
		size_t part = n - from < LANES ? n - from : LANES;
		int32_t of_tile[LANES] = {0};

		fill_tile(&t, f, rows + from * stride, part, stride);
		add_tile(f, &t, of_tile);
		memcpy(sums + from, of_tile, part * sizeof(*sums));
	}
}
