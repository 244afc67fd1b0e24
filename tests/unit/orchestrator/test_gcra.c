// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/service/gcra.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#define MS 1000000LL

static void
a_burst_goes_through_and_then_the_rate(void **state)
{
	const struct gcra_rate rate = {10, 5};
	int64_t tat = 0, now = 1000 * MS;
	struct gcra_answer a;

	(void)state;
	for (int i = 4; i >= 0; i--) {
		a = gcra_take(&tat, rate, now);
		assert_true(a.allowed);
		assert_int_equal(a.limit, 5);
		assert_int_equal(a.remaining, i);
		assert_int_equal(a.reset_ms, (5 - i) * 100);
	}
	a = gcra_take(&tat, rate, now);
	assert_false(a.allowed);
	assert_int_equal(a.remaining, 0);
	assert_int_equal(a.retry_ms, 100);
	assert_int_equal(a.reset_ms, 500);
	assert_false(gcra_take(&tat, rate, now + 99 * MS).allowed);
	assert_true(gcra_take(&tat, rate, now + 100 * MS).allowed);
	assert_false(gcra_take(&tat, rate, now + 100 * MS).allowed);
}

static void
over_a_long_time_exactly_the_rate_is_let_through(void **state)
{
	static const double rates[] = {0.5, 3, 7, 1000, 300000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		const struct gcra_rate rate = {rates[i], 2}; // the second makes up for late calls
		int64_t tat = 0, step = (int64_t)(1e9 / rates[i] / 7); // seven times as often
		int n = 0;

		for (int k = 0; k < 70000; k++)
			n += gcra_take(&tat, rate, 1 + k * step).allowed;
		assert_in_range(n, 9990, 10010);
	}
}

static void
a_bucket_that_rested_is_full_not_fuller(void **state)
{
	const struct gcra_rate rate = {1, 3};
	int64_t tat = 0;
	int n = 0;

	(void)state;
	assert_true(gcra_take(&tat, rate, 1).allowed);
	for (int i = 0; i < 10; i++)
		n += gcra_take(&tat, rate, 3600000 * MS).allowed;
	assert_int_equal(n, 3);
}

static struct gcra_id
id_of(unsigned n)
{
	struct gcra_id id = {{0}};

	memcpy(id.b, &n, sizeof(n));
	return id;
}

static void
the_table_is_bounded_and_forgets_the_one_not_seen_for_longest(void **state)
{
	struct gcra_table *t = gcra_table_new(100);

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		gcra_client(t, id_of(i))->wrong = i + 1;
	assert_int_equal(gcra_client(t, id_of(0))->wrong, 1); // seen again
	for (unsigned i = 100; i < 150; i++)
		assert_int_equal(gcra_client(t, id_of(i))->wrong, 0);
	assert_int_equal(gcra_client(t, id_of(0))->wrong, 1);
	for (unsigned i = 51; i < 100; i++)
		assert_int_equal(gcra_client(t, id_of(i))->wrong, i + 1);
	assert_int_equal(gcra_client(t, id_of(1))->wrong, 0);
	for (unsigned i = 0; i < 100000; i++) {
		struct gcra_client *c = gcra_client(t, id_of(i * 7 + 1000));

		assert_int_equal(c->wrong, 0);
		c->wrong = 9;
	}
	for (unsigned i = 0; i < 100; i++) // the last ones are known, and no other
		assert_int_equal(gcra_client(t, id_of((99999 - i) * 7 + 1000))->wrong, 9);
	for (unsigned i = 0; i < 99900; i++)
		assert_int_equal(gcra_client(t, id_of(i * 7 + 1000))->wrong, 0);
	gcra_table_free(t);
}

static void
a_table_of_one_works(void **state)
{
	struct gcra_table *t = gcra_table_new(1);

	(void)state;
	gcra_client(t, id_of(1))->wrong = 1;
	assert_int_equal(gcra_client(t, id_of(1))->wrong, 1);
	gcra_client(t, id_of(2))->wrong = 2;
	assert_int_equal(gcra_client(t, id_of(1))->wrong, 0);
	gcra_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_burst_goes_through_and_then_the_rate),
	    cmocka_unit_test(over_a_long_time_exactly_the_rate_is_let_through),
	    cmocka_unit_test(a_bucket_that_rested_is_full_not_fuller),
	    cmocka_unit_test(the_table_is_bounded_and_forgets_the_one_not_seen_for_longest),
	    cmocka_unit_test(a_table_of_one_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
