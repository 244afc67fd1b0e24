// SPDX-License-Identifier: Apache-2.0
// The life of a client's connection: its states, its deadlines, its end. Loop thread.
#include "orchestrator/http/http_priv.h"

#include <assert.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ROUNDS_PER_TURN 2

static int64_t
after(int64_t us, int64_t ms)
{
	return us + ms * 1000;
}

// --- lists ---

static void
idle_leave(struct conn *c)
{
	struct http_server *s = c->server;

	if (!c->in_idle)
		return;
	*(c->idle_prev ? &c->idle_prev->idle_next : &s->idle_first) = c->idle_next;
	*(c->idle_next ? &c->idle_next->idle_prev : &s->idle_last) = c->idle_prev;
	c->in_idle = false;
}

static void
idle_enter(struct conn *c)
{
	struct http_server *s = c->server;

	c->idle_prev = s->idle_last;
	c->idle_next = NULL;
	*(s->idle_last ? &s->idle_last->idle_next : &s->idle_first) = c;
	s->idle_last = c;
	c->in_idle = true;
}

void
hconn_set_state(struct conn *c, enum conn_state state)
{
	assert(c->state != CONN_DEAD);
	idle_leave(c);
	c->state = state;
	c->since_us = c->begun_us = c->server->now_us;
	c->rate_us = after(c->begun_us, c->server->limits.body_ms);
	if (state == CONN_IDLE || state == CONN_HEAD || state == CONN_TLS)
		idle_enter(c);
}

struct conn *
hconn_new(struct http_server *s, int fd, const struct sockaddr_storage *sa, struct peer *peer)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->fd = fd;
	c->file_fd = -1;
	c->peer_count = peer;
	c->timer.due_us = INT64_MAX;
	hpeer_text(sa, c->peer);
	c->next = s->conns;
	if (c->next)
		c->next->link = &c->next;
	c->link = &s->conns;
	s->conns = c;
	atomic_fetch_add(&s->n_open, 1);
	hconn_set_state(c, s->tls ? CONN_TLS : CONN_IDLE);
	if (s->tls && htls_start(c) != 0)
		hconn_close(c);
	return c;
}

void
hconn_close(struct conn *c)
{
	struct http_server *s = c->server;

	if (c->state == CONN_DEAD)
		return;
	hconn_set_state(c, CONN_DEAD);
	hstream_end(c);
	hws_end(c);
	if (c->x)
		hx_lost(steal_ptr(c->x));
	htimer_del(&c->timer);
	htls_end(c);
	close(c->fd);
	util_closep(&c->file_fd);
	buf_done(&c->in);
	buf_done(&c->out);
	buf_done(&c->big);
	free(c->subject);
	hpeers_leave(&s->peers, c->peer_count);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	atomic_fetch_sub(&s->n_open, 1);
	c->next = s->dead;
	s->dead = c;
	haccept_resume(s);
}

// --- deadlines ---

static int64_t
state_due(const struct conn *c)
{
	const struct http_limits *l = &c->server->limits;
	const struct stream *st = c->stream;
	int64_t due = INT64_MAX;

	switch (c->state) {
	case CONN_TLS:
	case CONN_HEAD:
		return after(c->begun_us, l->head_ms);
	case CONN_IDLE:
		return after(c->begun_us, c->n_requests ? l->idle_ms : l->head_ms);
	case CONN_BODY:
		return MIN(after(c->since_us, l->body_ms), c->rate_us);
	case CONN_SKIP:
	case CONN_LINGER:
		return MIN(
		    after(c->since_us, HTTP_LINGER_MS), after(c->begun_us, HTTP_LINGER_MAX_MS));
	case CONN_STREAM:
		if (st && st->source.heartbeat && st->source.heartbeat_ms > 0)
			due = after(st->said_us, st->source.heartbeat_ms);
		break;
	case CONN_WS:
		due = hws_due(c);
		break;
	default:
		break;
	}
	if (c->hung_up && c->state != CONN_REPLY)
		due = MIN(due, after(c->hung_up_us, HTTP_HALF_CLOSED_MS));
	return due;
}

static int64_t
window_due(const struct conn *c)
{
	return c->window_us ? after(c->window_us, c->server->limits.write_ms) : INT64_MAX;
}

static void
refuse_late(struct conn *c, const char *what)
{
	struct err err;

	err_set(&err, ERR_REQUEST_TIMEOUT, "%s", what);
	hconn_refuse(c, &err);
}

static void
body_due(struct conn *c, int64_t now)
{
	const struct http_limits *l = &c->server->limits;
	int64_t silent = now - c->since_us, all = now - c->begun_us;
	uint64_t least = (uint64_t)(l->body_rate * all / 1000000);

	if (now >= c->rate_us)
		c->rate_us = after(now, l->body_ms);
	if (silent >= l->body_ms * 1000)
		refuse_late(c, "the rest of the body did not come");
	else if (all >= l->body_ms * 1000 && c->body.total < least)
		refuse_late(c, "the body comes too slowly");
}

static bool
half_closed_too_long(const struct conn *c, int64_t now)
{
	return c->hung_up && c->state != CONN_REPLY &&
	       now >= after(c->hung_up_us, HTTP_HALF_CLOSED_MS);
}

static void
state_is_due(struct conn *c, int64_t now)
{
	if (half_closed_too_long(c, now)) {
		hconn_close(c);
		return;
	}
	switch (c->state) {
	case CONN_HEAD:
		refuse_late(c, "the rest of the head did not come");
		break;
	case CONN_BODY:
		body_due(c, now);
		break;
	case CONN_STREAM:
		hstream_heartbeat(c);
		break;
	case CONN_WS:
		hws_is_due(c);
		break;
	case CONN_REPLY:
		break;
	default:
		hconn_close(c);
	}
}

// Has the client taken enough of what waits for it? Counted by what its kernel has acknowledged.
static void
window_is_due(struct conn *c, int64_t now)
{
	const struct http_limits *l = &c->server->limits;
	uint64_t delivered = hconn_delivered(c);
	uint64_t least = (uint64_t)MAX(l->write_rate * l->write_ms / 1000, INT64_C(1));

	if (delivered < c->window_delivered + least) {
		hconn_close(c);
		return;
	}
	c->window_us = now;
	c->window_delivered = delivered;
}

static void
conn_arm(struct conn *c)
{
	hserver_arm(c->server, &c->timer, MIN(state_due(c), window_due(c)));
}

void
hconn_timer(struct timer *t, void *arg UNUSED)
{
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, timer));
	int64_t now = c->server->now_us;

	if (window_due(c) <= now)
		window_is_due(c, now);
	if (c->state != CONN_DEAD && state_due(c) <= now)
		state_is_due(c, now);
	hconn_run(c);
}

// --- events ---

// Input that can't be taken is not asked for; neither is an end that is known.
static uint32_t
wanted_events(const struct conn *c)
{
	bool out = hconn_pending(c) || c->file_fd >= 0 || c->again || c->tls_wants_out;
	bool in = !c->eof && (hconn_wants_input(c) || !c->readable);

	return (out ? EPOLLOUT : 0U) | (in ? EPOLLIN : 0U) | (c->hung_up ? 0U : EPOLLRDHUP);
}

static void
update_events(struct conn *c)
{
	struct epoll_event e = {.events = wanted_events(c), .data.ptr = c};
	int op = c->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (e.events == c->events && c->registered)
		return;
	if (epoll_ctl(c->server->epoll_fd, op, c->fd, &e) != 0)
		hconn_close(c);
	c->registered = true;
	c->events = e.events;
}

// A client that has said its last word while nothing of it is being worked on.
static void
end_hung_up(struct conn *c)
{
	if (c->eof && !c->hung_up) {
		c->hung_up = true;
		c->hung_up_us = c->server->now_us;
	}
	if (!c->eof || !hconn_wants_input(c))
		return;
	if (hconn_pending(c) == 0) {
		hconn_close(c);
	} else {
		c->closing = true;
		if (c->x)
			hx_lost(steal_ptr(c->x));
		hconn_set_state(c, CONN_REPLY);
	}
}

static void
shake_hands(struct conn *c)
{
	ssize_t rc = htls_shake_hands(c);

	if (rc == 1)
		hconn_set_state(c, CONN_IDLE);
	else if (rc == IO_AGAIN)
		c->readable = false;
	else
		hconn_close(c);
}

void
hconn_run(struct conn *c)
{
	bool any;

	if (c->running || c->state == CONN_DEAD)
		return;
	c->running = true;
	c->again = false;
	if (c->state == CONN_TLS)
		shake_hands(c);
	any = c->state != CONN_TLS;
	for (int i = 0; any && i < ROUNDS_PER_TURN && c->state != CONN_DEAD; i++) {
		any = hconn_take_input(c);
		if (c->state != CONN_DEAD)
			any |= hconn_read(c);
		if (c->state != CONN_DEAD)
			any |= hconn_write(c);
	}
	c->again |= any;
	c->running = false;
	if (c->state != CONN_DEAD)
		end_hung_up(c);
	if (c->state != CONN_DEAD)
		update_events(c);
	if (c->state != CONN_DEAD)
		conn_arm(c);
}

void
hconn_event(struct conn *c, uint32_t events)
{
	if (c->state == CONN_DEAD)
		return;
	if (events & (EPOLLERR | EPOLLHUP)) {
		hconn_close(c);
		return;
	}
	if (events & (EPOLLIN | EPOLLRDHUP))
		c->readable = true;
	if ((events & EPOLLRDHUP) && !c->hung_up && !hconn_wants_input(c)) {
		c->hung_up = true;
		c->hung_up_us = c->server->now_us;
	}
	if (events & EPOLLOUT)
		c->blocked = false;
	hconn_run(c);
}

void
hconn_drain(struct conn *c)
{
	if (c->state != CONN_IDLE)
		return; // its answer will be the last
	if (hconn_pending(c) == 0) {
		hconn_close(c);
		return;
	}
	c->closing = c->ours = true;
	hconn_set_state(c, CONN_REPLY);
	hconn_run(c);
}
