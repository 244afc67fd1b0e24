// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void
memory_is_aligned_zeroed_and_apart(void **state)
{
	struct arena a;
	char *last = NULL;

	(void)state;
	arena_init(&a, 0);
	for (size_t n = 0; n < 3000; n++) {
		char *p = arena_alloc(&a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xaa, n);
		assert_true(p != last);
		last = p;
	}
	assert_true(a.used >= 3000 * 2999 / 2);
	arena_done(&a);
	assert_int_equal(a.used, 0);
}

static void
reused_memory_is_zeroed_again(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	memset(arena_alloc(&a, 1000), 0xaa, 1000);
	arena_alloc(&a, 1 << 20);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	for (char *p = arena_alloc(&a, 1000), *end = p + 1000; p < end; p++)
		assert_int_equal(*p, 0);
	arena_done(&a);
}

static void
the_limit_gives_null_and_stays_said(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_non_null(arena_alloc(&a, 1024));
	assert_false(a.oom);
	assert_null(arena_alloc(&a, 1));
	assert_true(a.oom);
	arena_reset(&a);
	assert_false(a.oom);
	assert_null(arena_alloc(&a, 1025));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 20));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_null(arena_grow(&a, NULL, 0, SIZE_MAX));
	assert_non_null(arena_alloc(&a, 1024));
	arena_done(&a);
}

static void
growing_keeps_the_bytes_and_zeroes_the_rest(void **state)
{
	struct arena a;
	char *p, *q;

	(void)state;
	arena_init(&a, 0);
	p = arena_grow(&a, NULL, 0, 10);
	memcpy(p, "0123456789", 10);
	q = arena_grow(&a, p, 10, 100);
	assert_ptr_equal(q, p); // the last allocation grows in place
	assert_memory_equal(q, "0123456789\0\0\0\0", 14);
	arena_alloc(&a, 1);
	q = arena_grow(&a, p, 100, 200);
	assert_ptr_not_equal(q, p);
	assert_memory_equal(q, "0123456789\0\0\0\0", 14);
	assert_int_equal(q[199], 0);
	assert_ptr_equal(
	    arena_grow(&a, q, 200, 5), q); // shrinking gives nothing back and clears nothing
	assert_memory_equal(q, "0123456789", 10);
	assert_ptr_equal(arena_grow(&a, q, 200, 199), q);
	p = arena_grow(&a, q, 200, 1 << 20); // past the chunk
	assert_memory_equal(p, "0123456789\0", 11);
	arena_done(&a);
}

static void
growing_in_place_respects_the_limit(void **state)
{
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 64);
	p = arena_grow(&a, NULL, 0, 32);
	assert_non_null(p);
	assert_ptr_equal(arena_grow(&a, p, 32, 64), p);
	assert_null(arena_grow(&a, p, 64, 65));
	assert_true(a.oom);
	arena_done(&a);
}

static void
large_arrays_grow_and_keep_their_bytes(void **state)
{
	struct arena a;
	size_t n = 100;
	unsigned char *p, *small[20];

	(void)state;
	arena_init(&a, (size_t)8 << 20);
	p = arena_grow_raw(&a, NULL, 0, n);
	assert_non_null(p);
	for (unsigned i = 0; i < 15; i++) {
		memset(p, (int)i, n);
		p = arena_grow_raw(&a, p, n, n * 2);
		assert_non_null(p);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(p[k], i);
		n *= 2;
		small[i] = arena_alloc(&a, 1000);
		assert_non_null(small[i]);
		assert_int_equal(small[i][999], 0);
		memset(small[i], 0xff, 1000);
	}
	assert_true(a.used < n + 400000);
	assert_null(arena_grow_raw(&a, p, n, (size_t)9 << 20));
	assert_true(a.oom);
	assert_null(arena_grow_raw(&a, p, n, SIZE_MAX));
	arena_reset(&a);
	assert_int_equal(((unsigned char *)arena_alloc(&a, 200000))[199999], 0);
	arena_done(&a);
}

static void
what_is_given_back_is_all_since_the_mark(void **state)
{
	struct arena a;
	char *kept, *own;

	(void)state;
	for (unsigned with_before = 0; with_before < 2; with_before++) {
		struct arena_mark m, inner;

		arena_init(&a, 0);
		kept = with_before ? arena_strdup(&a, "before") : NULL;
		own = with_before ? arena_grow_raw(&a, NULL, 0, 200000) : NULL;
		if (own)
			memset(own, 7, 200000);
		m = arena_mark(&a);
		for (size_t i = 0; i < 300; i++)
			memset(arena_alloc(&a, 5000), 1, 5000);
		inner = arena_mark(&a);
		memset(arena_grow_raw(&a, NULL, 0, 300000), 2, 300000);
		memset(arena_grow_raw(&a, NULL, 0, 100000), 2, 100000);
		arena_release(&a, inner);
		assert_true(a.used >= 1500000 && a.used < 1900000);
		memset(arena_grow_raw(&a, NULL, 0, 100000), 2, 100000);
		arena_release(&a, m);
		assert_int_equal(a.used, m.used);
		assert_true(arena_peak(&a) >= 1900000);
		if (with_before) {
			assert_string_equal(kept, "before");
			assert_int_equal(own[0] + own[199999], 14);
			own = arena_grow_raw(&a, own, 200000, 400000);
			assert_int_equal(own[0] + own[199999], 14);
		}
		kept = arena_alloc(&a, 4000); // memory that was used is zeroed again
		for (size_t i = 0; i < 4000; i++)
			assert_int_equal(kept[i], 0);
		arena_reset(&a);
		assert_int_equal(arena_peak(&a), 0);
		arena_done(&a);
	}
}

static void
strings_are_copied_with_their_end(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	assert_string_equal(arena_strdup(&a, "abc"), "abc");
	assert_null(arena_strdup(&a, NULL));
	assert_string_equal(arena_sv(&a, (struct sv){"abc", 2}), "ab");
	assert_string_equal(arena_sv(&a, SV_NULL), "");
	assert_string_equal(arena_fmt(&a, "%s-%d", "x", 7), "x-7");
	arena_done(&a);
	arena_reset(&a); // of an empty one
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_aligned_zeroed_and_apart),
	    cmocka_unit_test(reused_memory_is_zeroed_again),
	    cmocka_unit_test(the_limit_gives_null_and_stays_said),
	    cmocka_unit_test(growing_keeps_the_bytes_and_zeroes_the_rest),
	    cmocka_unit_test(growing_in_place_respects_the_limit),
	    cmocka_unit_test(large_arrays_grow_and_keep_their_bytes),
	    cmocka_unit_test(what_is_given_back_is_all_since_the_mark),
	    cmocka_unit_test(strings_are_copied_with_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
