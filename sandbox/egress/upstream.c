// SPDX-License-Identifier: Apache-2.0
// Connections that a proxy makes in our place: its name is looked up and it is dialled like any
// other host, then the handshake of proxy.c is done with it. What it says wrong is the connection's
// verdict.
#include "sandbox/egress/guard.h"
#include "sandbox/egress/proxy.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

struct upstream {
	struct proxy_talk talk;
	struct buf out; // to the proxy
	size_t sent;
	char in[PROXY_MAX_ANSWER]; // from it
	size_t n;
};

static const struct egress_upstream *
proxy_of(const struct conn *c)
{
	return &c->slot->policy.upstream;
}

void
upstream_free(struct upstream *u)
{
	if (!u)
		return;
	if (u->out.n) // a password may be in it
		explicit_bzero(u->out.p, u->out.n);
	buf_done(&u->out);
	free(u);
}

// --- why not ---

static const char *const reasons[EGRESS_VERDICTS] = {
    [EGRESS_DENIED_ADDRESS] =
	"is at a private or loopback address; --allow-private lets it through",
    [EGRESS_DNS_FAILED] = "does not resolve",
    [EGRESS_REFUSED] = "refused the connection",
    [EGRESS_UNREACHABLE] = "can't be reached",
    [EGRESS_TIMEOUT] = "did not answer in time",
    [EGRESS_OVERLOADED] = "was not dialled: too many connections or lookups are under way",
};

const char *
upstream_reason(const struct conn *c, enum egress_verdict v)
{
	const struct upstream *u = c->hs->up;

	return v == EGRESS_PROXY_FAILED ? u->talk.detail : reasons[v];
}

static void
fail(struct conn *c, const char *why)
{
	struct upstream *u = c->hs->up;

	if (why)
		snprintf(u->talk.detail, sizeof(u->talk.detail), "%s", why);
	conn_verdict(c, EGRESS_PROXY_FAILED, NULL);
}

// --- the handshake ---

static bool
push(struct conn *c)
{
	struct upstream *u = c->hs->up;

	while (u->sent < u->out.n && c->side[1].writable) {
		ssize_t n = send(
		    c->side[1].source.fd, u->out.p + u->sent, u->out.n - u->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			c->side[1].writable = false;
		else if (n < 0 && errno != EINTR)
			return false;
		u->sent += n > 0 ? (size_t)n : 0;
	}
	return true;
}

// Bytes after the proxy's answer are the other side's.
static void
open_relay(struct conn *c)
{
	struct upstream *u = c->hs->up;
	struct flow *f = &c->flow[1];

	c->side[1].source.on = relay_on;
	if (u->n) {
		f->wait = xmalloc(u->n);
		memcpy(f->wait, u->in, u->n);
		f->n = u->n;
	}
	conn_verdict(c, EGRESS_ALLOWED, NULL);
}

// False: it is over, one way or the other.
static bool
hear(struct conn *c)
{
	struct upstream *u = c->hs->up;
	struct handshake *hs = c->hs;
	size_t taken = 0;
	enum proxy_state state = proxy_hear(&u->talk, proxy_of(c), buf_view(&hs->host), hs->port,
	    (struct sv){u->in, u->n}, &taken, &u->out);

	u->n -= taken;
	memmove(u->in, u->in + taken, u->n);
	if (state == PROXY_OPEN && u->sent < u->out.n)
		fail(c, "answered before it was asked");
	else if (state == PROXY_OPEN)
		open_relay(c);
	else if (state == PROXY_FAILED)
		fail(c, NULL);
	return state == PROXY_MORE;
}

static void
go_on(struct conn *c)
{
	struct upstream *u = c->hs->up;

	for (;;) {
		ssize_t n;

		if (!push(c)) {
			fail(c, "closed the connection");
			return;
		}
		n = recv(c->side[1].source.fd, u->in + u->n, sizeof(u->in) - u->n, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			fail(c, "closed the connection");
			return;
		}
		u->n += (size_t)n;
		if (!hear(c))
			return;
	}
}

static void
on_upstream(struct guard *g UNUSED, struct source *s, uint32_t events)
{
	struct conn *c = s->owner;

	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		c->side[1].writable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->side[1].hup = true;
	if (c->state == CONN_UPSTREAM)
		go_on(c);
}

void
upstream_dialled(struct conn *c)
{
	struct handshake *hs = c->hs;
	struct upstream *u = hs->up;

	c->state = CONN_UPSTREAM;
	c->side[1].source.on = on_upstream;
	proxy_begin(&u->talk, proxy_of(c), buf_view(&hs->host), hs->port, &u->out);
	go_on(c);
}

void
upstream_begin(struct conn *c)
{
	c->hs->up = xcalloc(1, sizeof(*c->hs->up));
	conn_seek(c, proxy_of(c)->host);
}
