// SPDX-License-Identifier: Apache-2.0
// The wheel against a plain list: every timer goes off once, not before its time and at most a tick
// after it, whatever is set anew meanwhile.
#include "orchestrator/http/timers.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define N 500

static struct timers wheel;
static struct timer timers[N];
static int64_t want[N], now;
static unsigned fired;
static uint64_t seed = 1;

static int64_t
random_below(int64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (int64_t)(seed >> 33) % n;
}

static void
set(size_t i, int64_t due)
{
	want[i] = due;
	htimer_set(&wheel, &timers[i], due);
}

static void
fire(struct timer *t, void *arg)
{
	size_t i = (size_t)(t - timers);

	assert_ptr_equal(arg, &wheel);
	assert_true(want[i] <= now);
	want[i] = INT64_MAX;
	fired++;
	if (random_below(4) == 0)
		set(i, now + random_below(2000000));
	if (random_below(4) == 0)
		set((size_t)random_below(N), INT64_MAX);
}

static void
timers_fire_once_and_in_time(void **state UNUSED)
{
	now = 123456789;
	htimers_init(&wheel, now);
	for (size_t i = 0; i < N; i++) {
		timers[i].due_us = want[i] = INT64_MAX;
		set(i, now + random_below(120000000)); // far beyond the wheel
	}
	while (htimers_next(&wheel) != INT64_MAX) {
		int64_t next = htimers_next(&wheel);

		now = MAX(now, next) + random_below(30000);
		for (int k = 0; k < 3; k++)
			set((size_t)random_below(N), now + random_below(5000000));
		if (now > INT64_C(400000000))
			break;
		htimers_run(&wheel, now, fire, &wheel);
		for (size_t i = 0; i < N; i++)
			assert_true(want[i] > now - TIMERS_TICK_US);
	}
	assert_true(fired > N);
}

static void
a_long_sleep_loses_nothing(void **state UNUSED)
{
	now = 5000000;
	fired = 0;
	htimers_init(&wheel, now);
	for (size_t i = 0; i < N; i++) {
		timers[i] = (struct timer){.due_us = INT64_MAX};
		set(i, now + (int64_t)i * 300000);
	}
	now += INT64_C(3600000000);
	htimers_run(&wheel, now, fire, &wheel);
	for (size_t i = 0; i < N; i++)
		assert_true(want[i] > now);
}

static void
a_later_deadline_costs_no_move(void **state UNUSED)
{
	struct timer t = {.due_us = INT64_MAX};

	htimers_init(&wheel, 0);
	htimer_set(&wheel, &t, 100000);
	assert_int_equal(htimers_next(&wheel), 100000);
	htimer_set(&wheel, &t, 10000000);
	assert_int_equal(htimers_next(&wheel), 100000); // looked at then, and moved
	htimer_set(&wheel, &t, 50000);
	assert_int_equal(htimers_next(&wheel), 50000);
	htimer_del(&t);
	assert_int_equal(htimers_next(&wheel), INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(timers_fire_once_and_in_time),
	    cmocka_unit_test(a_long_sleep_loses_nothing),
	    cmocka_unit_test(a_later_deadline_costs_no_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
