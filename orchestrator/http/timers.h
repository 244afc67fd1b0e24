// SPDX-License-Identifier: Apache-2.0
// Deadlines of many connections: a wheel of 50 ms slots. Setting a later deadline costs a store;
// the entry moves when its slot comes up. Pure but for nothing: the caller says what time it is.
#ifndef ORCHESTRATOR_HTTP_TIMERS_H
#define ORCHESTRATOR_HTTP_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define TIMERS_SLOTS   1024
#define TIMERS_TICK_US INT64_C(50000)

struct timer {
	struct timer *next, **link; // link NULL: in no slot
	int64_t due_us;             // INT64_MAX: not set
	int64_t slot_tick;
};
struct timers {
	struct timer *slots[TIMERS_SLOTS];
	int64_t tick; // slots before this one are done
};

void htimers_init(struct timers *w, int64_t now_us);
void htimer_set(struct timers *w, struct timer *t, int64_t due_us); // INT64_MAX: never
void htimer_del(struct timer *t);
// Calls fn for every timer that is due; it is no longer set then. fn may set and delete any.
void htimers_run(
    struct timers *w, int64_t now_us, void (*fn)(struct timer *t, void *arg), void *arg);
// When to call htimers_run next; INT64_MAX: there is none.
int64_t htimers_next(const struct timers *w);

#endif
