// SPDX-License-Identifier: Apache-2.0
// Listeners, and the addresses behind which somebody stands who may dial something: what they were
// granted, and connections as they come in.
#include "sandbox/egress/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

enum {
	ACCEPTS = 64,
	PAUSE_MS = 100,
	SHARE = 4, // a fourth of the connections that are left may be one slot's
	SURE = 32, // or so many: what Chromium makes for HTTP
};

// --- slots ---

void
policy_done(struct egress_policy *p)
{
	struct param_strings *lists[] = {&p->allow_hosts, &p->deny_hosts, &p->upstream.bypass};
	const char *texts[] = {p->upstream.host, p->upstream.user, p->upstream.password};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		for (size_t k = 0; k < lists[i]->n; k++)
			free((void *)(uintptr_t)lists[i]->v[k]);
		free(lists[i]->v);
	}
	if (p->upstream.password)
		explicit_bzero(
		    (void *)(uintptr_t)p->upstream.password, strlen(p->upstream.password));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free((void *)(uintptr_t)texts[i]);
	*p = (struct egress_policy){0};
}

static size_t
bucket(const struct listener *l, uint32_t address)
{
	uint32_t h = ntohl(address) * 2654435761u ^ (uint32_t)l->id * 40503u;

	return (h ^ h >> 16) % SLOT_BUCKETS;
}

struct slot *
slot_find(struct guard *g, const struct listener *l, uint32_t address)
{
	struct slot *s;

	LIST_FOREACH(s, &g->slots[bucket(l, address)], in_table)
	if (s->listener == l && s->address == address)
		return s;
	return NULL;
}

static struct slot *
slot_new(struct guard *g, struct listener *l, uint32_t address)
{
	struct slot *s = xcalloc(1, sizeof(*s));

	s->listener = l;
	s->address = address;
	LIST_INIT(&s->conns);
	LIST_INSERT_HEAD(&g->slots[bucket(l, address)], s, in_table);
	LIST_INSERT_HEAD(&l->slots, s, in_listener);
	return s;
}

static void
abort_all(struct slot *s)
{
	struct conn *c;

	while ((c = LIST_FIRST(&s->conns)))
		conn_abort(c);
}

static bool
is_under_way(const struct conn *c)
{
	return c->state == CONN_NAME || c->state == CONN_DIAL || c->state == CONN_UPSTREAM;
}

// A connection is as good as another that its owner made earlier: a browser keeps them for reuse.
// One that was asked for before and is not made yet is nobody's any more.
static void
judge_again(struct slot *s)
{
	struct conn *next;

	for (struct conn *c = LIST_FIRST(&s->conns); c; c = next) {
		next = LIST_NEXT(c, in_slot);
		if (c->state == CONN_RELAY ? !conn_may_go_on(c) : is_under_way(c))
			conn_abort(c);
	}
}

void
slot_grant(struct guard *g, struct listener *l, uint32_t address, struct egress_policy *p)
{
	struct slot *s = slot_find(g, l, address);

	if (!s)
		s = slot_new(g, l, address);
	if (!egress_upstream_same(&s->policy.upstream, &p->upstream))
		abort_all(s);
	policy_done(&s->policy);
	s->policy = *p;
	*p = (struct egress_policy){0};
	s->granted = true;
	judge_again(s);
	ledger_renew(&s->ledger);
}

static void
slot_empty(struct guard *g, struct slot *s)
{
	abort_all(s);
	names_forget_slot(g, s);
	policy_done(&s->policy);
	ledger_done(&s->ledger);
}

void
slot_revoke(struct guard *g, struct slot *s)
{
	slot_empty(g, s);
	LIST_REMOVE(s, in_table);
	LIST_REMOVE(s, in_listener);
	free(s);
}

// --- connections that come in ---

// A share of what is left, so that however many take all they can get, there is some for those who
// come after them.
static int64_t
most_of(const struct guard *g, const struct slot *s)
{
	int64_t left = g->limits.connections - g->n_conns;

	if (!s->granted)
		return g->limits.stray_connections;
	return MIN(g->limits.slot_connections, MAX(left / SHARE, (int64_t)SURE));
}

static void
attach(struct guard *g, struct listener *l, int fd)
{
	struct sockaddr_in a = {0};
	socklen_t n = sizeof(a);
	struct slot *s = NULL;

	if (l->source.fd >= 0 && getsockname(fd, (struct sockaddr *)&a, &n) == 0 &&
	    a.sin_family == AF_INET)
		s = slot_find(g, l, a.sin_addr.s_addr);
	if (!s)
		s = &l->stray;
	if (l->source.fd < 0 || s->n_conns >= most_of(g, s)) {
		if (s->granted)
			(void)ledger_add(&s->ledger, "", 0, EGRESS_OVERLOADED, NULL);
		close(fd);
		return;
	}
	conn_new(g, s, fd);
}

// 0, or what is the matter: EAGAIN (no more), EMFILE (no room now), another (no more for good).
static int
accept_error(int e)
{
	switch (e) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return EMFILE;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
	case EFAULT:
		return EINVAL;
	case EAGAIN:
		return EAGAIN;
	default: // of the connection that was at the head
		return 0;
	}
}

static size_t
accept_some(struct guard *g, struct listener *l, int fds[ACCEPTS])
{
	size_t n = 0;

	for (size_t i = 0; i < ACCEPTS && g->n_conns + (int64_t)n < g->limits.connections; i++) {
		int fd = accept4(l->source.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		int e = fd < 0 ? accept_error(errno) : 0;

		if (fd >= 0)
			fds[n++] = fd;
		if (e == EMFILE)
			listeners_pause(g, PAUSE_MS);
		if (e == EINVAL) {
			guard_say("listener %jd: nothing can be accepted", (intmax_t)l->id);
			(void)epoll_ctl(g->epoll, EPOLL_CTL_DEL, l->source.fd, NULL);
		}
		if (e)
			break;
	}
	return n;
}

static void
on_listener(struct guard *g, struct source *s, uint32_t events UNUSED)
{
	struct listener *l = s->owner;
	int fds[ACCEPTS];
	size_t n = accept_some(g, l, fds);

	// What was granted before they connected was sent before they were accepted.
	control_read(g);
	for (size_t i = 0; i < n; i++)
		attach(g, l, fds[i]);
	if (g->n_conns >= g->limits.connections)
		listeners_pause(g, 0);
}

// --- listeners ---

static void
watch_listeners(struct guard *g, uint32_t events)
{
	struct listener *l;

	LIST_FOREACH(l, &g->listeners, in_guard)
	{
		struct epoll_event e = {.events = events, .data.ptr = &l->source};

		(void)epoll_ctl(g->epoll, EPOLL_CTL_MOD, l->source.fd, &e);
	}
}

void
listeners_pause(struct guard *g, int64_t for_ms)
{
	if (!g->paused)
		watch_listeners(g, 0);
	g->paused = true;
	g->resume_us = for_ms ? g->now_us + for_ms * 1000 : 0;
}

void
listeners_resume(struct guard *g)
{
	if (g->n_conns >= g->limits.connections) {
		g->resume_us = 0; // the end of a connection is what is waited for
		return;
	}
	if (g->paused)
		watch_listeners(g, EPOLLIN);
	g->paused = false;
	g->resume_us = 0;
}

struct listener *
listener_by_id(struct guard *g, int64_t id)
{
	struct listener *l;

	LIST_FOREACH(l, &g->listeners, in_guard)
	if (l->id == id)
		return l;
	return NULL;
}

void
listener_open(struct guard *g, int64_t id, int fd)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	const int on = 1;

	l->id = id;
	l->source = (struct source){.fd = fd, .on = on_listener, .owner = l};
	l->stray.listener = l;
	LIST_INIT(&l->slots);
	LIST_INIT(&l->stray.conns);
	LIST_INSERT_HEAD(&g->listeners, l, in_guard);
	// What it accepts takes after it.
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    source_add(g, &l->source, g->paused ? 0 : EPOLLIN) != 0)
		guard_say("listener %jd: %s", (intmax_t)id, strerror(errno));
}

void
listener_close(struct guard *g, struct listener *l)
{
	struct slot *s;

	while ((s = LIST_FIRST(&l->slots)))
		slot_revoke(g, s);
	slot_empty(g, &l->stray);
	// riptide may hold the same socket: closing alone would leave it in the set.
	(void)epoll_ctl(g->epoll, EPOLL_CTL_DEL, l->source.fd, NULL);
	source_close(&l->source);
	LIST_REMOVE(l, in_guard);
	LIST_INSERT_HEAD(&g->dead_listeners, l, in_guard);
}

void
listeners_reap(struct guard *g)
{
	struct listener *l;

	while ((l = LIST_FIRST(&g->dead_listeners))) {
		LIST_REMOVE(l, in_guard);
		free(l);
	}
}
