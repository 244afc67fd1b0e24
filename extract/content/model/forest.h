// SPDX-License-Identifier: Apache-2.0
// Decision forests as tables, and their evaluation: sums of small whole numbers, so that every
// machine and the training script get the same. Trees have at most 16 leaves.
#ifndef EXTRACT_FOREST_H
#define EXTRACT_FOREST_H

#include <stddef.h>
#include <stdint.h>

#define FOREST_LEAVES 16
#define FOREST_UNIT   1024 // of a leaf's value: log odds * FOREST_UNIT

#define FOREST_EARLY 48   // trees, after which
#define FOREST_SURE  2560 // a sum as far from 0 as this stands; in forests of twice as many

struct forest_node {
	uint16_t signal;   // index into `used`
	uint8_t threshold; // rows above go right
	uint8_t unused;
	uint16_t left; // leaves below on the left, as bits
};

struct forest {
	uint32_t n_trees;
	uint32_t n_used;
	const uint16_t *used;            // bytes of a row that some node looks at
	const uint8_t *sizes;            // per tree: inner nodes
	const struct forest_node *nodes; // tree after tree
	const int16_t *leaves;           // 16 per tree
};

// The sum of each of `n` rows, `stride` bytes apart. No byte above 254.
void forest_sums(
    const struct forest *f, const uint8_t *rows, size_t n, size_t stride, int32_t *sums);
// A sum as a probability, 0..250.
uint8_t forest_probability(int32_t sum);

#endif
