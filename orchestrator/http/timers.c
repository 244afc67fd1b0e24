// SPDX-License-Identifier: Apache-2.0
// The wheel of deadlines. Loop thread.
#include "orchestrator/http/timers.h"

#include "base/util.h"

void
htimers_init(struct timers *w, int64_t now_us)
{
	*w = (struct timers){.tick = now_us / TIMERS_TICK_US};
}

void
htimer_del(struct timer *t)
{
	t->due_us = INT64_MAX;
	if (!t->link)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->link = NULL;
}

// The first tick at which it is due; what lies beyond the wheel waits in its last slot.
static void
put(struct timers *w, struct timer *t)
{
	int64_t tick = (t->due_us + TIMERS_TICK_US - 1) / TIMERS_TICK_US;
	struct timer **slot;

	tick = MIN(MAX(tick, w->tick), w->tick + TIMERS_SLOTS - 1);
	t->slot_tick = tick;
	slot = &w->slots[tick % TIMERS_SLOTS];
	t->next = *slot;
	if (t->next)
		t->next->link = &t->next;
	t->link = slot;
	*slot = t;
}

void
htimer_set(struct timers *w, struct timer *t, int64_t due_us)
{
	bool later = t->link && due_us / TIMERS_TICK_US >= t->slot_tick;

	if (due_us == INT64_MAX) {
		htimer_del(t);
		return;
	}
	if (!later)
		htimer_del(t);
	t->due_us = due_us;
	if (!later)
		put(w, t);
}

static void
run_slot(struct timers *w, int64_t now_us, void (*fn)(struct timer *t, void *arg), void *arg)
{
	struct timer *list = steal_ptr(w->slots[w->tick % TIMERS_SLOTS]);

	w->tick++;
	if (list)
		list->link = &list;
	while (list) {
		struct timer *t = list;
		int64_t due = t->due_us;

		htimer_del(t);
		if (due <= now_us)
			fn(t, arg);
		else
			htimer_set(w, t, due);
	}
}

void
htimers_run(struct timers *w, int64_t now_us, void (*fn)(struct timer *t, void *arg), void *arg)
{
	int64_t now = now_us / TIMERS_TICK_US;

	if (now - w->tick > TIMERS_SLOTS) // after a long sleep each slot is looked at once
		w->tick = now - TIMERS_SLOTS;
	while (w->tick <= now)
		run_slot(w, now_us, fn, arg);
}

int64_t
htimers_next(const struct timers *w)
{
	for (int64_t i = 0; i < TIMERS_SLOTS; i++)
		if (w->slots[(w->tick + i) % TIMERS_SLOTS])
			return (w->tick + i) * TIMERS_TICK_US;
	return INT64_MAX;
}
