// SPDX-License-Identifier: Apache-2.0
// Monotonic time and deadlines. Any thread.
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>

static int64_t
read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

void
clock_iso(int64_t wall_ms, char out[32])
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (tm.tm_year + 1900) % 10000,
	    (tm.tm_mon + 1) % 100, tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
	    tm.tm_sec % 100, (int)(wall_ms % 1000));
}

struct deadline
deadline_in_ms(int64_t ms)
{
	int64_t us;

	if (__builtin_mul_overflow(ms, 1000, &us) || __builtin_add_overflow(clock_us(), us, &us))
		us = ms < 0 ? 0 : INT64_MAX;
	return (struct deadline){us};
}

struct deadline
deadline_min(struct deadline a, struct deadline b)
{
	return a.at_us < b.at_us ? a : b;
}

struct deadline
deadline_step(struct deadline d, int64_t ms)
{
	return deadline_min(d, deadline_in_ms(ms));
}

struct deadline
deadline_minus_ms(struct deadline d, int64_t ms)
{
	return (struct deadline){d.at_us - ms * 1000};
}

bool
deadline_passed(struct deadline d)
{
	return clock_us() >= d.at_us;
}

int64_t
deadline_left_ms(struct deadline d)
{
	int64_t left = d.at_us - clock_us();

	return left <= 0 ? 0 : (left - 1) / 1000 + 1;
}

int
deadline_poll_ms(struct deadline d)
{
	int64_t left = deadline_left_ms(d);

	return left > INT_MAX ? INT_MAX : (int)left;
}

struct timespec
deadline_timespec(struct deadline d)
{
	return (struct timespec){
	    .tv_sec = d.at_us / 1000000, .tv_nsec = (d.at_us % 1000000) * 1000};
}
