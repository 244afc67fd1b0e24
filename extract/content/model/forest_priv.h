// SPDX-License-Identifier: Apache-2.0
// A tile of rows, and the two ways to run a part of a forest's trees over it: for every machine,
// and for those with AVX2. Both give the same sums.
#ifndef EXTRACT_FOREST_PRIV_H
#define EXTRACT_FOREST_PRIV_H

#include "extract/content/model/forest.h"

#define FOREST_LANES    32 // rows of a tile
#define FOREST_USED_MAX 512

struct forest_tile {
	_Alignas(32) uint8_t columns[FOREST_USED_MAX][FOREST_LANES]; // per byte that is used
};

// A part of a forest's trees.
struct forest_part {
	const struct forest *f;
	uint32_t from, to;
	const struct forest_node *nodes; // of the first
};

// Add the part's sums to those of FOREST_LANES rows of `stride` bytes.
typedef void forest_add_rows_fn(
    const struct forest_part *part, const uint8_t *const *rows, size_t stride, int32_t *sums);
forest_add_rows_fn forest_add_rows;
#ifdef __x86_64__
forest_add_rows_fn forest_add_rows_avx2;
#endif

#endif
