// SPDX-License-Identifier: Apache-2.0
// Limits of time in tests that measure work, made larger where every step costs more: sanitizers,
// and valgrind (RIPTIDE_TEST_SLOWDOWN says how many times).
#ifndef TESTS_PATIENCE_H
#define TESTS_PATIENCE_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

// What a busy machine may add to what the wall clock measures (GROSS_MS in conftest.py): such a
// test tells an end in time from one at the next limit; tests/bench tells how soon it is.
#define GROSS_MS 2000

// CPU time of this process: what neighbours on the machine do not change.
static inline int64_t
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int64_t
patient_ms(int64_t ms)
{
	const char *times = getenv("RIPTIDE_TEST_SLOWDOWN");

	if (times)
		return ms * strtol(times, NULL, 10);
#ifdef RIPTIDE_SANITIZER
	return ms * 5;
#else
	return ms;
#endif
}

#endif
