// SPDX-License-Identifier: Apache-2.0
// Forests give what their tables say, however many rows there are.
#include "extract/content/model/forest_priv.h"
#include "extract/content/model/model.h"
#include "extract/content/model/signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

// The same by walking the nodes, row by row.
static int32_t
sum_of(const struct forest *f, const uint8_t *row)
{
	const struct forest_node *node = f->nodes;
	int32_t sum = 0;

	for (uint32_t k = 0; k < f->n_trees; k++) {
		uint16_t alive = 0xffff;

		for (unsigned i = 0; i < f->sizes[k]; i++, node++)
			if (row[f->used[node->signal]] > node->threshold)
				alive &= (uint16_t)~node->left;
		sum += f->leaves[k * FOREST_LEAVES + (unsigned)__builtin_ctz(alive)];
		if (k + 1 == FOREST_EARLY && f->n_trees >= 2 * FOREST_EARLY &&
		    abs(sum) >= FOREST_SURE)
			break;
	}
	return sum;
}

static void
fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		p[i] = (uint8_t)(seed >> 24) % 252;
	}
}

static void
compare(const struct forest *f, size_t n, size_t stride)
{
	uint8_t *rows = xcalloc(n + 1, stride);
	int32_t *sums = xcalloc(n + 1, sizeof(*sums));

	fill(rows, n * stride, (uint32_t)n + 1);
	sums[n] = 12345;
	forest_sums(f, rows, n, stride, sums);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sums[i], sum_of(f, rows + i * stride));
	assert_int_equal(sums[n], 12345);
	free(rows);
	free(sums);
}

static void
a_tree_sends_rows_to_its_leaves(void **state)
{
	// byte 5 above 100? then byte 2 above 7?
	static const struct forest_node nodes[] = {{1, 100, 0, 1}, {0, 7, 0, 2}};
	static const uint16_t used[] = {2, 5};
	static const uint8_t sizes[] = {2};
	static const int16_t leaves[FOREST_LEAVES] = {-500, 20, 3000};
	static const struct forest f = {1, 2, used, sizes, nodes, leaves};
	static const uint8_t rows[4][6] = {{0, 0, 250, 0, 0, 100}, {0, 0, 7, 0, 0, 101},
	    {0, 0, 8, 0, 0, 101}, {0, 0, 251, 0, 0, 251}};
	int32_t sums[4];

	(void)state;
	forest_sums(&f, rows[0], 4, sizeof(rows[0]), sums);
	assert_int_equal(sums[0], -500);
	assert_int_equal(sums[1], 20);
	assert_int_equal(sums[2], 3000);
	assert_int_equal(sums[3], 3000);
}

static void
any_number_of_rows_gives_what_the_tables_say(void **state)
{
	static const size_t counts[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 64, 95};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		compare(&model_default.first, counts[i], SECOND_COUNT);
		compare(&model_default.second, counts[i], SECOND_COUNT);
		compare(&model_default.types[0], counts[i], PAGE_COUNT);
	}
}

static void
machines_with_and_without_avx2_get_the_same(void **state)
{
	const struct forest *f = &model_default.first;
	const struct forest_part part = {f, 0, f->n_trees, f->nodes};
	int32_t plain[FOREST_LANES] = {0}, fast[FOREST_LANES] = {0};
	static uint8_t bytes[FOREST_LANES][SECOND_COUNT];
	const uint8_t *rows[FOREST_LANES];

	(void)state;
	fill(bytes[0], sizeof(bytes), 7);
	for (size_t k = 0; k < FOREST_LANES; k++)
		rows[k] = bytes[k];
	forest_add_rows(&part, rows, SECOND_COUNT, plain);
#ifdef __x86_64__
	if (!__builtin_cpu_supports("avx2"))
		skip();
	forest_add_rows_avx2(&part, rows, SECOND_COUNT, fast);
#else
	skip();
#endif
	assert_memory_equal(plain, fast, sizeof(plain));
}

static void
forest_looks_within_its_rows(const struct forest *f, size_t row_size)
{
	size_t nodes = 0;

	assert_true(f->n_trees > 0);
	for (uint32_t k = 0; k < f->n_trees; k++) {
		assert_in_range(f->sizes[k], 1, FOREST_LEAVES - 1);
		nodes += f->sizes[k];
	}
	for (uint32_t i = 0; i < f->n_used; i++)
		assert_true(f->used[i] < row_size);
	for (size_t i = 0; i < nodes; i++) {
		assert_true(f->nodes[i].signal < f->n_used);
		// some leaf is left of a node, and the last never is
		assert_in_range(f->nodes[i].left, 1, 0x7fff);
	}
}

static void
the_built_in_model_fits_the_rows(void **state)
{
	(void)state;
	for (unsigned k = 0; k < MODEL_TYPES; k++)
		forest_looks_within_its_rows(&model_default.types[k], PAGE_COUNT);
	forest_looks_within_its_rows(&model_default.first, FIRST_COUNT);
	forest_looks_within_its_rows(&model_default.second, SECOND_COUNT);
}

static void
sums_become_probabilities(void **state)
{
	int before = 0;

	(void)state;
	for (int32_t sum = -20000; sum <= 20000; sum += 7) {
		int p = forest_probability(sum);

		assert_in_range(p, before, 250);
		before = p;
	}
	assert_in_range(forest_probability(0), 124, 126);
	assert_int_equal(forest_probability(INT32_MIN / 2), 0);
	assert_int_equal(forest_probability(INT32_MAX / 2), 250);
}

static void
numbers_become_bytes_in_order(void **state)
{
	uint8_t before = 0;

	(void)state;
	for (uint32_t x = 0; x < 100000; x += 1 + x / 50) {
		assert_true(sig_log(x) >= before);
		before = sig_log(x);
	}
	assert_int_equal(sig_log(0), 0);
	assert_int_equal(sig_log(UINT32_MAX), SIGNAL_MAX);
	assert_int_equal(sig_ratio(0, 0), SIGNAL_UNKNOWN);
	assert_int_equal(sig_ratio(1, 2), SIGNAL_MAX / 2);
	assert_in_range(sig_ratio(UINT32_MAX / 2, UINT32_MAX), SIGNAL_MAX / 2 - 1, SIGNAL_MAX / 2);
	assert_int_equal(sig_ratio(9, 3), SIGNAL_MAX);
	assert_int_equal(sig_distance(7, 7), 125);
	assert_true(sig_distance(7, 9) > 125 && sig_distance(9, 7) < 125);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tree_sends_rows_to_its_leaves),
	    cmocka_unit_test(any_number_of_rows_gives_what_the_tables_say),
	    cmocka_unit_test(machines_with_and_without_avx2_get_the_same),
	    cmocka_unit_test(the_built_in_model_fits_the_rows),
	    cmocka_unit_test(sums_become_probabilities),
	    cmocka_unit_test(numbers_become_bytes_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
