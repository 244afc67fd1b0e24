// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>

static void
iso_time_is_utc_with_milliseconds(void **state)
{
	char text[32];

	(void)state;
	clock_iso(1795239000123, text);
	assert_string_equal(text, "2026-11-21T05:30:00.123Z");
	clock_iso(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	clock_iso(951782400007, text);
	assert_string_equal(text, "2000-02-29T00:00:00.007Z");
}

static void
deadlines_round_up_and_never_go_negative(void **state)
{
	struct deadline past = deadline_in_ms(-5), soon = deadline_in_ms(50);

	(void)state;
	assert_true(deadline_passed(past));
	assert_int_equal(deadline_left_ms(past), 0);
	assert_int_equal(deadline_poll_ms(past), 0);
	assert_false(deadline_passed(soon));
	assert_in_range(deadline_left_ms(soon), 1, 50);
	// One microsecond left is one millisecond to poll for, not none.
	assert_int_equal(deadline_left_ms((struct deadline){clock_us() + 900}), 1);
}

static void
steps_end_with_the_job(void **state)
{
	struct deadline job = deadline_in_ms(100);

	(void)state;
	assert_int_equal(deadline_step(job, 100000).at_us, job.at_us);
	assert_true(deadline_step(job, 10).at_us < job.at_us);
	assert_int_equal(deadline_min(job, deadline_in_ms(200)).at_us, job.at_us);
	assert_int_equal(deadline_minus_ms(job, 30).at_us, job.at_us - 30000);
}

static void
far_deadlines_saturate(void **state)
{
	(void)state;
	assert_true(deadline_in_ms(INT64_MAX).at_us == INT64_MAX);
	assert_true(deadline_in_ms(INT64_MAX / 1000).at_us == INT64_MAX);
	assert_int_equal(deadline_poll_ms(deadline_in_ms(INT64_MAX)), INT_MAX);
	assert_true(deadline_passed(deadline_in_ms(INT64_MIN)));
}

static void
timespec_is_the_same_instant(void **state)
{
	struct timespec ts = deadline_timespec((struct deadline){5000001});

	(void)state;
	assert_int_equal(ts.tv_sec, 5);
	assert_int_equal(ts.tv_nsec, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(iso_time_is_utc_with_milliseconds),
	    cmocka_unit_test(deadlines_round_up_and_never_go_negative),
	    cmocka_unit_test(steps_end_with_the_job),
	    cmocka_unit_test(far_deadlines_saturate),
	    cmocka_unit_test(timespec_is_the_same_instant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
