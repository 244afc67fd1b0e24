// SPDX-License-Identifier: Apache-2.0
// Monotonic time and the absolute deadline that every blocking call takes.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct deadline {
	int64_t at_us; // CLOCK_MONOTONIC, microseconds
};

int64_t clock_us(void);      // CLOCK_MONOTONIC
int64_t clock_ms(void);      // the same in milliseconds
int64_t clock_wall_ms(void); // CLOCK_REALTIME, for timestamps only
// "2026-11-21T05:30:00.123Z"; out must hold 32 bytes.
void clock_iso(int64_t wall_ms, char out[32]);

struct deadline deadline_in_ms(int64_t ms); // from now on
struct deadline deadline_min(struct deadline a, struct deadline b);
// The earlier of `d` and now + ms: a step's own limit under the job's.
struct deadline deadline_step(struct deadline d, int64_t ms);
struct deadline deadline_minus_ms(struct deadline d, int64_t ms);
bool deadline_passed(struct deadline d);
int64_t deadline_left_ms(struct deadline d);          // never negative, rounded up
int deadline_poll_ms(struct deadline d);              // for poll(2): capped to INT_MAX
struct timespec deadline_timespec(struct deadline d); // for pthread_cond_clockwait(CLOCK_MONOTONIC)

#endif
