// SPDX-License-Identifier: Apache-2.0
// To one of a host's addresses: each is judged here, where it is dialled, and the next one is tried
// when one fails or takes long (RFC 8305).
#include "sandbox/egress/guard.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

enum { REPLACE_AFTER_MS = 4000 }; // with DIALS_MAX under way, and more addresses to try

static void on_dial(struct guard *g, struct source *s, uint32_t events);

// --- what went wrong: of several addresses, what says most ---

static enum egress_verdict
verdict_of(int e)
{
	switch (e) {
	case ECONNREFUSED:
	case ECONNRESET:
		return EGRESS_REFUSED;
	case ETIMEDOUT:
		return EGRESS_TIMEOUT;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EADDRNOTAVAIL: // no port is free
		return EGRESS_OVERLOADED;
	default:
		return EGRESS_UNREACHABLE;
	}
}

static void
failed(struct conn *c, enum egress_verdict v)
{
	static const int weight[EGRESS_VERDICTS] = {[EGRESS_REFUSED] = 6,
	    [EGRESS_TIMEOUT] = 5,
	    [EGRESS_OVERLOADED] = 4,
	    [EGRESS_UNREACHABLE] = 3,
	    [EGRESS_DENIED_ADDRESS] = 2,
	    [EGRESS_DENIED_HOST] = 1};

	if (weight[v] > weight[c->hs->failure])
		c->hs->failure = v;
}

// --- attempts ---

static struct dial *
free_dial(struct conn *c)
{
	struct dial *oldest = NULL;

	for (size_t i = 0; i < DIALS_MAX; i++) {
		struct dial *d = &c->dials[i];

		if (d->source.fd < 0)
			return d;
		if (!oldest || d->since_us < oldest->since_us)
			oldest = d;
	}
	if (c->g->now_us - oldest->since_us < REPLACE_AFTER_MS * 1000)
		return NULL;
	failed(c, EGRESS_TIMEOUT);
	source_close(&oldest->source);
	return oldest;
}

static bool
any_dial(const struct conn *c)
{
	for (size_t i = 0; i < DIALS_MAX; i++)
		if (c->dials[i].source.fd >= 0)
			return true;
	return false;
}

static void
won(struct conn *c, struct dial *d)
{
	struct epoll_event e = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = &c->side[1].source};

	c->side[1].source.fd = steal_fd(d->source.fd);
	c->dialled = d->to;
	dial_stop(c);
	(void)epoll_ctl(c->g->epoll, EPOLL_CTL_MOD, c->side[1].source.fd, &e);
	if (c->hs->up)
		upstream_dialled(c);
	else
		conn_verdict(c, EGRESS_ALLOWED, &c->dialled);
}

// At once what is written; and a connection that stands idle is kept alive as Chromium does with
// its own, so that nothing on the way forgets it.
static void
set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
	    {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, 45},
	    {IPPROTO_TCP, TCP_KEEPINTVL, 45},
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		    sizeof(options[i].value));
}

// False: it failed at once.
static bool
dial(struct conn *c, struct dial *d, const union address *to)
{
	int e;

	d->to = *to;
	d->since_us = c->g->now_us;
	d->source = (struct source){.on = on_dial, .owner = c};
	d->source.fd =
	    socket(to->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (d->source.fd >= 0) {
		set_options(d->source.fd);
		if ((connect(d->source.fd, &to->sa, address_size(to)) == 0 ||
			errno == EINPROGRESS) &&
		    source_add(c->g, &d->source, EPOLLOUT | EPOLLET) == 0)
			return true;
	}
	e = errno;
	source_close(&d->source);
	failed(c, verdict_of(e));
	return false;
}

void
dial_next(struct conn *c)
{
	struct handshake *hs = c->hs;

	while (hs->next < hs->n_at) {
		struct dial *d = free_dial(c);

		if (!d) {
			timer_set(c->g, &c->attempt, TIMER_ATTEMPT);
			return;
		}
		const union address *to = &hs->at[hs->next++];

		if (!c->slot->policy.allow_private && addr_is_own(&to->sa)) {
			failed(c, EGRESS_DENIED_ADDRESS);
			continue;
		}
		if (!dial(c, d, to))
			continue;
		if (hs->next < hs->n_at)
			timer_set(c->g, &c->attempt, TIMER_ATTEMPT);
		return;
	}
	if (!any_dial(c))
		conn_verdict(c, hs->failure ? hs->failure : EGRESS_UNREACHABLE, NULL);
}

static void
on_dial(struct guard *g, struct source *s, uint32_t events)
{
	struct conn *c = s->owner;
	struct dial *d = (struct dial *)(void *)((char *)s - offsetof(struct dial, source));
	int e = 0;
	socklen_t n = sizeof(e);

	if ((events & (EPOLLERR | EPOLLHUP)) &&
	    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0)
		e = errno;
	if (e == 0) {
		won(c, d);
		return;
	}
	failed(c, verdict_of(e));
	source_close(s);
	timer_clear(g, &c->attempt);
	dial_next(c);
}

void
dial_stop(struct conn *c)
{
	timer_clear(c->g, &c->attempt);
	for (size_t i = 0; i < DIALS_MAX; i++)
		source_close(&c->dials[i].source);
}

// --- which, and in what order ---

// What may be dialled stays.
static void
keep_allowed(struct conn *c)
{
	const struct egress_policy *p = &c->slot->policy;
	struct handshake *hs = c->hs;
	size_t n = 0;

	for (size_t i = 0; i < hs->n_at; i++) {
		union address a = hs->at[i];
		enum egress_verdict v;

		address_unmap(&a);
		address_set_port(&a, hs->up ? p->upstream.port : hs->port);
		v = hs->up ? egress_judge_upstream(p, &a.sa)
			   : egress_judge_address(p, buf_view(&hs->host), &a.sa);
		if (v == EGRESS_ALLOWED)
			hs->at[n++] = a;
		else
			failed(c, v);
	}
	hs->n_at = n;
}

// The resolver's order (RFC 6724), but the families by turns.
static void
interleave(struct handshake *hs)
{
	union address out[ADDRESSES_MAX];
	bool taken[ADDRESSES_MAX] = {false};
	int family = hs->n_at ? hs->at[0].sa.sa_family : AF_UNSPEC;

	for (size_t n = 0; n < hs->n_at; n++) {
		size_t first = ADDRESSES_MAX, pick = ADDRESSES_MAX;

		for (size_t i = hs->n_at; i-- > 0;) {
			if (taken[i])
				continue;
			first = i;
			if (hs->at[i].sa.sa_family == family)
				pick = i;
		}
		pick = pick < ADDRESSES_MAX ? pick : first;
		taken[pick] = true;
		out[n] = hs->at[pick];
		family = out[n].sa.sa_family == AF_INET ? AF_INET6 : AF_INET;
	}
	memcpy(hs->at, out, hs->n_at * sizeof(*out));
}

void
dial_to(struct conn *c, size_t n)
{
	c->state = CONN_DIAL;
	c->hs->n_at = n;
	c->hs->next = 0;
	keep_allowed(c);
	interleave(c->hs);
	dial_next(c);
}
