// SPDX-License-Identifier: Apache-2.0
// The loop: events, what could not be finished in one go, what is due, and at the end of each turn
// the memory of what was closed in it.
#include "sandbox/egress/guard.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/epoll.h>

enum { EVENTS = 256 };

void
guard_say(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n = snprintf(text, sizeof(text), "riptide-egress: "), m;

	va_start(ap, fmt);
	m = vsnprintf(text + n, sizeof(text) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	n = MIN(n + MAX(m, 0), (int)sizeof(text) - 2);
	text[n++] = '\n';
	(void)!write(STDERR_FILENO, text, (size_t)n);
}

int
source_add(struct guard *g, struct source *s, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	return epoll_ctl(g->epoll, EPOLL_CTL_ADD, s->fd, &e);
}

void
source_close(struct source *s)
{
	if (s->fd >= 0)
		close(steal_fd(s->fd)); // which takes it out of the epoll set
}

// --- time ---

static int64_t
timer_us(const struct guard *g, enum timer_kind kind)
{
	const int64_t ms[TIMERS] = {
	    [TIMER_HANDSHAKE] = g->limits.handshake_ms,
	    [TIMER_DIAL] = g->limits.dial_ms,
	    [TIMER_LINGER] = g->limits.linger_ms,
	    [TIMER_HALF] = g->limits.half_ms,
	    [TIMER_ATTEMPT] = g->limits.attempt_ms,
	};

	return ms[kind] * 1000;
}

void
timer_set(struct guard *g, struct timer *t, enum timer_kind kind)
{
	timer_clear(g, t);
	t->kind = kind;
	t->due_us = g->now_us + timer_us(g, kind);
	TAILQ_INSERT_TAIL(&g->timers[kind], t, at);
}

void
timer_clear(struct guard *g, struct timer *t)
{
	if (t->due_us)
		TAILQ_REMOVE(&g->timers[t->kind], t, at);
	t->due_us = 0;
}

static void
timers_run(struct guard *g)
{
	for (size_t i = 0; i < TIMERS; i++) {
		struct timer *t;

		while ((t = TAILQ_FIRST(&g->timers[i])) && t->due_us <= g->now_us) {
			timer_clear(g, t);
			conn_timeout(t->conn, (enum timer_kind)i);
		}
	}
	if (g->paused && g->resume_us && g->resume_us <= g->now_us)
		listeners_resume(g);
	names_tick(g);
}

static int
wait_ms(struct guard *g)
{
	int64_t due = names_due_us(g), now = clock_us();

	if (!TAILQ_EMPTY(&g->again))
		return 0;
	for (size_t i = 0; i < TIMERS; i++)
		if (!TAILQ_EMPTY(&g->timers[i]))
			due = MIN(due, TAILQ_FIRST(&g->timers[i])->due_us);
	if (g->paused && g->resume_us)
		due = MIN(due, g->resume_us);
	if (due == INT64_MAX)
		return -1;
	return due <= now ? 0 : (int)MIN((due - now + 999) / 1000, (int64_t)3600000);
}

// --- the loop ---

// Those that come back wait for the next turn.
static void
again_run(struct guard *g)
{
	size_t n = 0;
	struct conn *c;

	TAILQ_FOREACH(c, &g->again, in_again)
	n++;
	for (; n > 0 && (c = TAILQ_FIRST(&g->again)); n--) {
		TAILQ_REMOVE(&g->again, c, in_again);
		c->again = false;
		relay_run(c);
	}
}

void
guard_turn(struct guard *g)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(g->epoll, events, EVENTS, wait_ms(g));

	g->now_us = clock_us();
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		if (s->fd >= 0)
			s->on(g, s, events[i].events);
	}
	again_run(g);
	timers_run(g);
	conns_reap(g);
	listeners_reap(g);
}

void
guard_init(struct guard *g)
{
	*g = (struct guard){.epoll = epoll_create1(EPOLL_CLOEXEC),
	    .control = {.fd = EGRESS_CONTROL_FD},
	    .now_us = clock_us(),
	    .limits = limits_default};
	TAILQ_INIT(&g->again);
	TAILQ_INIT(&g->dead);
	TAILQ_INIT(&g->outbox);
	for (size_t i = 0; i < TIMERS; i++)
		TAILQ_INIT(&g->timers[i]);
	for (size_t i = 0; i < ARRAY_LEN(g->by_state); i++)
		TAILQ_INIT(&g->by_state[i]);
}

void
guard_done(struct guard *g)
{
	struct listener *l;

	while ((l = LIST_FIRST(&g->listeners)))
		listener_close(g, l);
	conns_reap(g);
	listeners_reap(g);
	names_done(g);
	control_done(g);
	close(g->epoll);
}
