// SPDX-License-Identifier: Apache-2.0
// Bytes from either side to the other, by one scratch buffer for all connections. What a side does
// not take waits in a buffer of its own, and nothing more is read for it meanwhile. Edge-triggered:
// what is known to be ready is remembered, and a connection that still has work makes room for the
// others.
#include "sandbox/egress/guard.h"

#include <errno.h>
#include <sys/epoll.h>

enum { READS_A_TURN = 4 }; // of one direction

static void
do_again(struct conn *c)
{
	if (c->again)
		return;
	c->again = true;
	TAILQ_INSERT_TAIL(&c->g->again, c, in_again);
}

void
relay_drop(struct conn *c)
{
	for (size_t i = 0; i < 2; i++) {
		free(c->flow[i].wait);
		c->flow[i].wait = NULL;
		c->flow[i].n = 0;
	}
}

// --- the budget ---

static void
over_budget(struct slot *s)
{
	struct conn *next;

	s->ledger.over = true;
	for (struct conn *c = LIST_FIRST(&s->conns); c; c = next) {
		next = LIST_NEXT(c, in_slot);
		if (c->state == CONN_RELAY)
			conn_abort(c);
	}
}

// One byte more than is left tells that it is not enough.
static size_t
may_read(const struct slot *s)
{
	uint64_t max = s->policy.max_bytes, left;

	if (!max)
		return SCRATCH_BYTES;
	left = max > s->ledger.bytes ? max - s->ledger.bytes : 0;
	return left < SCRATCH_BYTES ? (size_t)left + 1 : SCRATCH_BYTES;
}

bool
relay_count(struct conn *c, size_t i, size_t n)
{
	struct slot *s = c->slot;

	s->ledger.bytes += n;
	if (c->row)
		c->row->bytes[i] += n;
	c->moved = true;
	if (!s->policy.max_bytes || s->ledger.bytes <= s->policy.max_bytes)
		return true;
	over_budget(s);
	return false;
}

// --- one direction ---

enum step { STEP_MORE, STEP_WAIT, STEP_DEAD };

static enum step
broken(struct conn *c)
{
	conn_abort(c);
	return STEP_DEAD;
}

// How much of it went; -1: the connection is broken.
static ssize_t
push(struct side *to, const char *p, size_t n)
{
	ssize_t sent;

	do
		sent = send(to->source.fd, p, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno == EAGAIN)
		sent = 0;
	if (sent >= 0 && (size_t)sent < n)
		to->writable = false;
	return sent;
}

static enum step
flush(struct conn *c, struct flow *f, struct side *to)
{
	ssize_t sent;

	if (!to->writable)
		return STEP_WAIT;
	sent = push(to, f->wait + f->at, f->n - f->at);
	if (sent < 0)
		return broken(c);
	f->at += (size_t)sent;
	if (f->at < f->n)
		return STEP_WAIT;
	free(steal_ptr(f->wait));
	f->at = f->n = 0;
	return STEP_MORE;
}

static enum step
pass_end(struct conn *c, struct flow *f, struct side *to)
{
	if (f->done)
		return STEP_WAIT;
	f->done = true;
	if (!c->flow[0].done || !c->flow[1].done) // else both are closed now
		(void)shutdown(to->source.fd, SHUT_WR);
	if (!c->timer.due_us)
		timer_set(c->g, &c->timer, TIMER_HALF);
	c->moved = false;
	return STEP_WAIT;
}

static enum step
forward(struct conn *c, size_t i)
{
	struct side *from = &c->side[i], *to = &c->side[!i];
	struct flow *f = &c->flow[i];
	size_t want = may_read(c->slot);
	ssize_t n = recv(from->source.fd, c->g->scratch, want, 0), sent;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		from->readable = errno == EINTR;
		return STEP_WAIT;
	}
	if (n < 0)
		return broken(c);
	if (n == 0) {
		f->eof = true;
		return STEP_MORE;
	}
	if ((size_t)n < want && !from->hup)
		from->readable = false;
	if (!relay_count(c, i, (size_t)n))
		return STEP_DEAD;
	sent = push(to, c->g->scratch, (size_t)n);
	if (sent < 0)
		return broken(c);
	if (sent < n) {
		f->n = (size_t)(n - sent);
		f->wait = xmalloc(f->n);
		memcpy(f->wait, c->g->scratch + sent, f->n);
	}
	return STEP_MORE;
}

static enum step
step(struct conn *c, size_t i)
{
	struct flow *f = &c->flow[i];

	if (f->wait)
		return flush(c, f, &c->side[!i]);
	if (f->eof)
		return pass_end(c, f, &c->side[!i]);
	return c->side[i].readable ? forward(c, i) : STEP_WAIT;
}

void
relay_run(struct conn *c)
{
	for (size_t i = 0; i < 2; i++) {
		enum step s = STEP_MORE;

		for (int k = 0; k < READS_A_TURN && s == STEP_MORE; k++)
			s = step(c, i);
		if (s == STEP_DEAD)
			return;
		if (s == STEP_MORE)
			do_again(c);
	}
	if (c->flow[0].done && c->flow[1].done)
		conn_finish(c);
}

void
relay_on(struct guard *g UNUSED, struct source *s, uint32_t events)
{
	struct conn *c = s->owner;
	struct side *side = s == &c->side[0].source ? &c->side[0] : &c->side[1];

	side->readable |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	side->writable |= (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
	side->hup |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	relay_run(c);
}
