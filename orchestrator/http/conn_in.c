// SPDX-License-Identifier: Apache-2.0
// What a client sends: heads, bodies, and what is to be thrown away. Input that can't be taken yet
// waits in the connection (at most one read of it) and then in the kernel. Loop thread.
#include "orchestrator/http/http_priv.h"

#define READS_PER_TURN  2
#define MAX_EMPTY_LINES 2
#define CONTINUE        "HTTP/1.1 100 Continue\r\n\r\n"

void
hconn_refuse(struct conn *c, const struct err *err)
{
	struct answer *a;

	atomic_fetch_add(&c->server->protocol_errors, 1);
	if (c->x) {
		atomic_store(&c->x->answered, true);
		hx_lost(steal_ptr(c->x));
	}
	hanswer_refused(c->server, err, &a);
	hconn_answer(c, a);
}

// --- bodies ---

static void
request_complete(struct conn *c)
{
	struct http_exchange *x = c->x;

	x->complete = true;
	x->request.body = buf_view(&x->body);
	hconn_set_state(c, CONN_WAIT);
	c->server->hooks.on_request(c->server->hooks.arg, x);
	hx_handed_over(x);
}

static void
start_body(struct conn *c, const struct http_head *h, uint64_t max)
{
	struct http_exchange *x = c->x;
	struct err err = ERR_INIT;

	if (h->length > max) {
		err_set(&err, ERR_TOO_LARGE,
		    "the body is larger than %llu bytes (setting max_body)",
		    (unsigned long long)max);
		hconn_refuse(c, &err);
		return;
	}
	http_body_start(&c->body, h, max);
	x->body.max = (size_t)max;
	hconn_set_state(c, CONN_BODY);
	if (http_body_done(&c->body))
		request_complete(c);
	else if (x->expects)
		hconn_say(c, CONTINUE, sizeof(CONTINUE) - 1);
	x->expects = false;
}

static size_t
feed_body(struct conn *c, const char *p, size_t n)
{
	struct http_exchange *x = c->x;
	struct err err = ERR_INIT;
	ssize_t k = http_body_feed(&c->body, p, n, &x->body, &err);

	if (k >= 0 && !hx_count_body(x))
		k = err_set(&err, ERR_OVERLOADED, "too many bodies are being received");
	if (k < 0) {
		hconn_refuse(c, &err);
		return n;
	}
	c->since_us = c->server->now_us;
	if (http_body_done(&c->body))
		request_complete(c);
	return (size_t)k;
}

// --- heads ---

static void
start_request(struct conn *c, const struct http_head *h, struct sv text)
{
	struct http_server *s = c->server;
	struct http_exchange *x = hx_new(c, h, text);
	size_t max = s->limits.max_body_bytes;

	c->x = x;
	c->n_requests++;
	atomic_fetch_add(&s->requests, 1);
	hconn_set_state(c, CONN_WAIT);
	atomic_fetch_add(&x->refs, 1); // the hook may let it be answered, and that be the end of it
	if (s->hooks.on_head)
		s->hooks.on_head(s->hooks.arg, x, &max);
	if (c->x == x && c->state == CONN_WAIT)
		start_body(c, h, max);
	hx_drop(x);
}

static size_t
take_head(struct conn *c, struct sv text)
{
	struct err err = ERR_INIT;
	struct http_head h;
	int rc = http_head_parse(text, &h, &err);

	c->scan = (struct http_scan){0};
	c->empty_lines = 0;
	if (rc)
		hconn_refuse(c, &err);
	else
		start_request(c, &h, text);
	return text.n;
}

static size_t
feed_head(struct conn *c, const char *p, size_t n)
{
	struct err err = ERR_INIT;
	ssize_t k;

	if (c->state == CONN_IDLE)
		hconn_set_state(c, CONN_HEAD);
	k = http_head_scan(&c->scan, (struct sv){p, n}, c->server->limits.max_head_bytes, &err);
	if (k > 2)
		return take_head(c, (struct sv){p, (size_t)k});
	if (k == 2) {
		c->scan = (struct http_scan){0};
		if (++c->empty_lines <= MAX_EMPTY_LINES)
			return 2;
		k = err_set(&err, ERR_BAD_HTTP, "empty lines instead of a request");
	}
	if (k == 0)
		return 0;
	hconn_refuse(c, &err);
	return n;
}

// --- all ---

static size_t
feed_skip(struct conn *c, size_t n)
{
	size_t k = (size_t)MIN((uint64_t)n, c->skip);

	c->skip -= k;
	c->since_us = c->server->now_us;
	if (c->skip == 0)
		hconn_set_state(c, CONN_IDLE);
	return k;
}

// The number of bytes taken; 0: none of them, now.
static size_t
feed(struct conn *c, const char *p, size_t n)
{
	switch (c->state) {
	case CONN_IDLE:
	case CONN_HEAD:
		return hconn_pending(c) < HTTP_OUT_BATCH ? feed_head(c, p, n) : 0;
	case CONN_BODY:
		return feed_body(c, p, n);
	case CONN_SKIP:
		return feed_skip(c, n);
	case CONN_WS:
		return hconn_pending(c) < HTTP_OUT_BATCH ? hws_feed(c, p, n) : 0;
	case CONN_LINGER:
		c->since_us = c->server->now_us;
		return n;
	default:
		return 0;
	}
}

static size_t
feed_all(struct conn *c, const char *p, size_t n)
{
	size_t at = 0, k;

	while (at < n && c->state != CONN_DEAD && (k = feed(c, p + at, n - at)) > 0)
		at += k;
	return at;
}

bool
hconn_take_input(struct conn *c)
{
	size_t taken = c->in.n ? feed_all(c, c->in.p, c->in.n) : 0;

	if (taken == 0)
		return false;
	if (taken == c->in.n) {
		buf_done(&c->in);
	} else {
		memmove(c->in.p, c->in.p + taken, c->in.n - taken);
		c->in.n -= taken;
	}
	return true;
}

// What was received and can't be taken yet has a limit.
bool
hconn_wants_input(const struct conn *c)
{
	switch (c->state) {
	case CONN_IDLE:
	case CONN_HEAD:
	case CONN_WS:
		return c->in.n <= c->server->limits.max_head_bytes &&
		       (c->in.n == 0 || hconn_pending(c) < HTTP_OUT_BATCH);
	case CONN_BODY:
	case CONN_TLS:
	case CONN_SKIP:
	case CONN_LINGER:
		return true;
	default:
		return false;
	}
}

static void
received(struct conn *c, const char *p, size_t n)
{
	size_t taken = c->in.n ? 0 : feed_all(c, p, n);

	if (taken < n && c->state != CONN_DEAD)
		buf_add(&c->in, p + taken, n - taken);
	if (taken < n)
		hconn_take_input(c);
}

// A large body goes from the socket to its place.
static ssize_t
read_some(struct conn *c)
{
	struct http_server *s = c->server;
	bool small = c->state == CONN_IDLE || c->state == CONN_HEAD;
	ssize_t n = hio_recv(c, s->scratch, small ? HTTP_SCRATCH_BYTES / 4 : HTTP_SCRATCH_BYTES);

	if (n > 0)
		received(c, s->scratch, (size_t)n);
	return n;
}

bool
hconn_read(struct conn *c)
{
	ssize_t n = 1;

	for (int i = 0; n > 0 && c->readable && !c->eof && hconn_wants_input(c); i++) {
		if (i == READS_PER_TURN) {
			c->again = true; // the TLS layer may have more that no event tells of
			return true;
		}
		n = read_some(c);
		if (n == IO_EOF)
			c->eof = true;
		if (n == IO_ERROR)
			hconn_close(c);
	}
	return n != 1;
}
