// SPDX-License-Identifier: Apache-2.0
// One connection of a client: its handshake, what is judged before and after its name is known, the
// answer it gets, its end. dial.c connects, relay.c moves bytes.
#include "sandbox/egress/guard.h"

#include "sandbox/egress/socks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>

// --- the end ---

static void
close_source(struct source *s, bool reset)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (reset && s->fd >= 0)
		(void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	source_close(s);
}

static void
handshake_free(struct conn *c)
{
	if (!c->hs)
		return;
	free(c->hs->asked);
	buf_done(&c->hs->host);
	upstream_free(c->hs->up);
	free(steal_ptr(c->hs));
}

static void
conn_end(struct conn *c, bool reset)
{
	struct guard *g = c->g;

	if (c->state == CONN_DEAD)
		return;
	names_unwait(g, c);
	dial_stop(c);
	timer_clear(g, &c->timer);
	relay_drop(c);
	close_source(&c->side[0].source, reset);
	close_source(&c->side[1].source, reset);
	handshake_free(c);
	if (c->row)
		c->row->open--;
	if (c->again)
		TAILQ_REMOVE(&g->again, c, in_again);
	LIST_REMOVE(c, in_slot);
	c->slot->n_conns--;
	c->slot = NULL;
	c->state = CONN_DEAD;
	TAILQ_INSERT_TAIL(&g->dead, c, in_again);
	g->n_conns--;
	if (g->paused && !g->resume_us)
		listeners_resume(g);
}

void
conn_abort(struct conn *c)
{
	conn_end(c, true);
}

void
conn_finish(struct conn *c)
{
	conn_end(c, false);
}

void
conns_reap(struct guard *g)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&g->dead))) {
		TAILQ_REMOVE(&g->dead, c, in_again);
		free(c);
	}
}

// --- answers ---

static bool
send_all(struct conn *c, const void *p, size_t n)
{
	return send(c->side[0].source.fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

// The client is to read the answer before the connection goes.
static void
linger(struct conn *c)
{
	(void)shutdown(c->side[0].source.fd, SHUT_WR);
	c->state = CONN_LINGER;
	timer_set(c->g, &c->timer, TIMER_LINGER);
}

static void
refuse(struct conn *c, enum socks_reply code)
{
	uint8_t reply[SOCKS_REPLY_BYTES];

	socks_reply(code, reply);
	if (send_all(c, reply, sizeof(reply)))
		linger(c);
	else
		conn_abort(c);
}

static const enum socks_reply replies[EGRESS_VERDICTS] = {
    [EGRESS_ALLOWED] = SOCKS_SUCCEEDED,
    [EGRESS_DENIED_HOST] = SOCKS_NOT_ALLOWED,
    [EGRESS_DENIED_ADDRESS] = SOCKS_NOT_ALLOWED,
    [EGRESS_OVER_BUDGET] = SOCKS_NOT_ALLOWED,
    [EGRESS_DNS_FAILED] = SOCKS_HOST_UNREACHABLE,
    [EGRESS_REFUSED] = SOCKS_REFUSED,
    [EGRESS_UNREACHABLE] = SOCKS_HOST_UNREACHABLE,
    [EGRESS_TIMEOUT] = SOCKS_HOST_UNREACHABLE,
    [EGRESS_OVERLOADED] = SOCKS_FAILURE,
    [EGRESS_PROXY_FAILED] = SOCKS_FAILURE,
};

static bool
is_over(const struct slot *s)
{
	return s->policy.max_bytes && s->ledger.bytes >= s->policy.max_bytes;
}

static void
begin_relay(struct conn *c)
{
	uint8_t reply[SOCKS_REPLY_BYTES];
	struct flow *f = &c->flow[0];

	socks_reply(SOCKS_SUCCEEDED, reply);
	if (!send_all(c, reply, sizeof(reply))) {
		conn_abort(c);
		return;
	}
	c->state = CONN_RELAY;
	f->n = c->hs->n; // what the client could not wait to say
	if (f->n) {
		f->wait = xmalloc(f->n);
		memcpy(f->wait, c->hs->in, f->n);
	}
	handshake_free(c);
	if (relay_count(c, 0, f->n) && relay_count(c, 1, c->flow[1].n))
		relay_run(c);
}

void
conn_verdict(struct conn *c, enum egress_verdict v, const union address *address)
{
	struct ledger *l = &c->slot->ledger;
	struct ledger_row *row = NULL;
	const char *detail = NULL;

	timer_clear(c->g, &c->timer);
	if (v == EGRESS_ALLOWED && is_over(c->slot))
		v = EGRESS_OVER_BUDGET;
	if (c->hs->up && v != EGRESS_ALLOWED && v != EGRESS_OVER_BUDGET) {
		detail = upstream_reason(c, v);
		v = EGRESS_PROXY_FAILED;
	}
	l->over |= v == EGRESS_OVER_BUDGET;
	if (c->slot->granted)
		row = ledger_add(l, c->hs->asked, c->hs->port, v, address);
	ledger_detail(row, detail);
	if (v != EGRESS_ALLOWED) {
		dial_stop(c);
		source_close(&c->side[1].source);
		refuse(c, replies[v]);
		return;
	}
	c->row = row;
	if (row)
		row->open++;
	begin_relay(c);
}

// --- what is asked for ---

void
conn_resolved(struct conn *c, const struct name *n)
{
	if (n->state == NAME_FAILED) {
		conn_verdict(c, EGRESS_DNS_FAILED, NULL);
		return;
	}
	memcpy(c->hs->at, n->at, sizeof(n->at));
	dial_to(c, n->n);
}

static void
look_up(struct conn *c, const char *host)
{
	const struct name *n;

	c->state = CONN_NAME;
	n = names_ask(c->g, c, host);
	if (n)
		conn_resolved(c, n);
}

void
conn_seek(struct conn *c, const char *host)
{
	if (address_read(sv_from(host), &c->hs->at[0]))
		dial_to(c, 1);
	else if (!c->slot->policy.allow_private && host_is_private_literal(sv_from(host)))
		conn_verdict(c, EGRESS_DENIED_ADDRESS, NULL);
	else
		look_up(c, host);
}

// The host as it was asked for, and as it is meant: "127.1" is 127.0.0.1.
static bool
read_host(struct handshake *hs, const struct socks_request *r)
{
	char text[INET6_ADDRSTRLEN + 2];
	cleanup_free char *bracketed = NULL;
	struct sv name = r->name;

	if (r->family != AF_UNSPEC) {
		inet_ntop(r->family, r->address, text, sizeof(text));
		hs->asked = xstrdup(text);
		buf_str(&hs->host, text);
		return true;
	}
	hs->asked = sv_dup(r->name);
	if (memchr(r->name.p, '\0', r->name.n))
		return false;
	if (name.p[0] != '[' &&
	    memchr(name.p, ':', name.n)) { // Chromium names IPv6 addresses without brackets
		bracketed = xasprintf("[" SV_FMT "]", SV_ARG(r->name));
		name = sv_from(bracketed);
	}
	if (!host_canonical(name, &hs->host))
		return false;
	return hs->host.n <= 255 && hs->host.p[0] != '.';
}

static void
request(struct conn *c, const struct socks_request *r)
{
	const struct egress_policy *p = &c->slot->policy;
	struct handshake *hs = c->hs;
	enum egress_verdict v = EGRESS_DENIED_HOST;
	bool good = read_host(hs, r);

	hs->port = r->port;
	timer_set(c->g, &c->timer, TIMER_DIAL);
	c->far = good && egress_by_upstream(p, buf_view(&hs->host));
	if (c->slot->granted)
		v = is_over(c->slot) ? EGRESS_OVER_BUDGET
		    : !good          ? EGRESS_DNS_FAILED
		    : c->far         ? egress_judge_far(p, buf_view(&hs->host))
				     : egress_judge_host(p, buf_view(&hs->host));
	if (v != EGRESS_ALLOWED)
		conn_verdict(c, v, NULL);
	else if (c->far)
		upstream_begin(c);
	else
		conn_seek(c, hs->host.p);
}

// --- the handshake ---

static void
take(struct handshake *hs, size_t n)
{
	hs->n -= n;
	memmove(hs->in, hs->in + n, hs->n);
}

// The next step that is all there. False: more bytes are needed, or none any more.
static bool
step_greeting(struct conn *c)
{
	uint8_t answer[2] = {5, 0xff};
	bool no_auth = false;
	int n = socks_greeting((struct sv){c->hs->in, c->hs->n}, &no_auth);

	if (n < 0)
		conn_abort(c);
	if (n <= 0)
		return false;
	take(c->hs, (size_t)n);
	answer[1] = no_auth ? 0 : 0xff;
	c->state = CONN_REQUEST;
	if (!send_all(c, answer, sizeof(answer)))
		conn_abort(c);
	else if (!no_auth)
		linger(c);
	return no_auth;
}

static void
step_request(struct conn *c)
{
	struct socks_request r;
	int n = socks_request((struct sv){c->hs->in, c->hs->n}, &r);
	cleanup_free char *name = NULL;

	if (n < 0)
		conn_abort(c);
	if (n <= 0)
		return;
	if (r.wrong) {
		refuse(c, r.wrong);
		return;
	}
	if (r.name.n) {
		name = sv_dup(r.name);
		r.name.p = name;
	}
	take(c->hs, (size_t)n);
	request(c, &r);
}

static void
read_handshake(struct conn *c)
{
	struct handshake *hs = c->hs;
	ssize_t n = recv(c->side[0].source.fd, hs->in + hs->n, sizeof(hs->in) - hs->n, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		conn_abort(c);
		return;
	}
	if (n < 0)
		return;
	hs->n += (size_t)n;
	if (c->state == CONN_GREETING && !step_greeting(c))
		return;
	if (c->state == CONN_REQUEST)
		step_request(c);
}

static void
discard(struct conn *c)
{
	ssize_t n;

	do
		n = recv(c->side[0].source.fd, c->g->scratch, sizeof(c->g->scratch), 0);
	while (n == (ssize_t)sizeof(c->g->scratch));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		conn_finish(c);
}

static void
on_client(struct guard *g, struct source *s, uint32_t events)
{
	struct conn *c = s->owner;

	if (c->state == CONN_RELAY) {
		relay_on(g, s, events);
		return;
	}
	c->side[0].hup |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	if (c->state == CONN_LINGER)
		discard(c);
	else if (c->state == CONN_GREETING || c->state == CONN_REQUEST)
		read_handshake(c);
	if (c->state >= CONN_NAME && c->state <= CONN_UPSTREAM && c->side[0].hup)
		conn_abort(c); // nobody waits for it any more
}

void
conn_new(struct guard *g, struct slot *s, int fd)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->g = g;
	c->slot = s;
	c->hs = xcalloc(1, sizeof(*c->hs));
	c->hs->host = (struct buf)BUF_INIT_MAX(1024);
	c->timer.conn = c->attempt.conn = c;
	for (size_t i = 0; i < 2; i++) {
		c->side[i].source = (struct source){.fd = -1, .on = relay_on, .owner = c};
		c->side[i].readable = c->side[i].writable = true;
	}
	c->side[0].source.fd = fd;
	c->side[0].source.on = on_client;
	for (size_t i = 0; i < DIALS_MAX; i++)
		c->dials[i].source.fd = -1;
	LIST_INSERT_HEAD(&s->conns, c, in_slot);
	s->n_conns++;
	g->n_conns++;
	timer_set(g, &c->timer, TIMER_HANDSHAKE);
	if (source_add(g, &c->side[0].source, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) != 0)
		conn_abort(c);
}

bool
conn_may_go_on(const struct conn *c)
{
	const struct egress_policy *p = &c->slot->policy;
	struct sv asked = sv_from(c->row ? c->row->host : NULL);

	// A row there was no room for: nobody knows its host any more.
	if (!c->row)
		return false;
	if (c->far)
		return egress_judge_far(p, asked) == EGRESS_ALLOWED;
	return egress_judge_host(p, asked) == EGRESS_ALLOWED &&
	       egress_judge_address(p, asked, &c->dialled.sa) == EGRESS_ALLOWED;
}

void
conn_timeout(struct conn *c, enum timer_kind kind)
{
	switch (kind) {
	case TIMER_HANDSHAKE:
		conn_abort(c);
		break;
	case TIMER_DIAL:
		names_unwait(c->g, c);
		conn_verdict(c, EGRESS_TIMEOUT, NULL);
		break;
	case TIMER_LINGER:
		conn_finish(c);
		break;
	case TIMER_HALF:
		if (!c->moved) {
			conn_abort(c);
			break;
		}
		c->moved = false;
		timer_set(c->g, &c->timer, TIMER_HALF);
		break;
	case TIMER_ATTEMPT:
		dial_next(c);
		break;
	case TIMERS:
		break;
	}
}
