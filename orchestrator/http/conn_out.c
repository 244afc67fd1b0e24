// SPDX-License-Identifier: Apache-2.0
// What a client gets: heads, bodies, files, pulled pieces, in order, as fast as its socket takes
// them. Loop thread.
#include "orchestrator/http/http_priv.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define WRITE_PER_TURN ((uint64_t)128 << 10) // then other connections have their turn

size_t
hconn_pending(const struct conn *c)
{
	return c->out.n - c->out_off + (c->big.n - c->big_off);
}

// What the client's kernel has acknowledged.
uint64_t
hconn_delivered(const struct conn *c)
{
	uint64_t sent = c->ssl ? htls_sent(c) : c->sent;
	int queued = 0;

	if (ioctl(c->fd, SIOCOUTQ, &queued) != 0)
		queued = 0;
	return sent - MIN((uint64_t)queued, sent);
}

void
hconn_say(struct conn *c, const void *p, size_t n)
{
	buf_add(&c->out, p, n);
}

// --- heads ---

static const char *
connection_field(const struct conn *c, const struct answer *a)
{
	if (a->kind == ANSWER_UPGRADE)
		return "Connection: Upgrade\r\n";
	if (c->closing)
		return "Connection: close\r\n";
	return c->x && c->x->http10 ? "Connection: keep-alive\r\n" : "";
}

static void
say_head(struct conn *c, const struct answer *a)
{
	struct buf *out = &c->out;

	buf_reserve(out, 256 + a->fields.n + (a->body.n <= HTTP_SMALL_BODY ? a->body.n : 0));
	buf_fmt(out, "HTTP/1.1 %d %s\r\n", a->status, http_reason(a->status));
	buf_str(out, hserver_date(c->server));
	buf_sv(out, buf_view(&a->fields));
	if (a->kind == ANSWER_STREAM && !a->bodiless && c->x && !c->x->http10)
		buf_str(out, "Transfer-Encoding: chunked\r\n");
	buf_str(out, connection_field(c, a));
	buf_add(out, "\r\n", 2);
}

// What is left of the request's body is read over when it is short; else the connection ends, and
// lingers so that the client sees the answer before the end.
static void
decide_end(struct conn *c, const struct answer *a)
{
	const struct http_exchange *x = c->x;
	const struct http_limits *l = &c->server->limits;
	bool client = x && !x->keep_alive;
	bool ours =
	    a->close || c->server->draining ||
	    (l->requests_per_connection && c->n_requests >= (uint64_t)l->requests_per_connection) ||
	    (a->kind == ANSWER_STREAM && !a->bodiless && x && x->http10);

	c->skip = 0;
	if (x && !x->complete && x->length) {
		uint64_t left = c->state == CONN_BODY ? c->body.left : x->length;

		if (x->length == UINT64_MAX || left > HTTP_SKIP_MAX || x->expects)
			ours = true;
		else
			c->skip = left;
	}
	c->closing = client || ours || (c->hung_up && c->in.n == 0);
	c->ours = ours || c->skip;
}

void
hconn_answer(struct conn *c, struct answer *a)
{
	if (c->state == CONN_DEAD) {
		hanswer_free(a);
		return;
	}
	decide_end(c, a);
	say_head(c, a);
	hconn_set_state(c, CONN_REPLY);
	if (a->kind == ANSWER_STREAM && !a->bodiless) {
		hstream_start(c, &a->source, !c->x->http10);
		a->source.closed = NULL;
		hconn_set_state(c, CONN_STREAM);
	} else if (a->kind == ANSWER_UPGRADE) {
		c->closing = false;
		hws_start(c, &a->ws);
		a->ws.closed = NULL;
		hconn_set_state(c, CONN_WS);
	} else if (a->body.n <= HTTP_SMALL_BODY) {
		buf_sv(&c->out, buf_view(&a->body));
	} else {
		c->big = a->body;
		c->big_off = 0;
		a->body = (struct buf)BUF_INIT;
	}
	if (a->fd >= 0) {
		c->file_fd = steal_fd(a->fd);
		c->file_at = a->offset;
		c->file_left = a->length;
	}
	hanswer_free(a);
}

// --- the end of an answer ---

static void
answer_done(struct conn *c)
{
	hstream_end(c);
	util_closep(&c->file_fd);
	if (c->x)
		hx_done(steal_ptr(c->x));
	if (c->closing)
		hconn_set_state(c, CONN_REPLY); // until all is written
	else
		hconn_set_state(c, c->skip ? CONN_SKIP : CONN_IDLE);
}

static void
finish(struct conn *c)
{
	if (!c->ours || c->hung_up) {
		hconn_close(c);
		return;
	}
	hconn_set_state(c, CONN_LINGER);
	hio_shutdown(c);
}

// --- writing ---

static int
gather(const struct conn *c, struct iovec iov[2])
{
	int n = 0;

	if (c->out.n > c->out_off)
		iov[n++] = (struct iovec){c->out.p + c->out_off, c->out.n - c->out_off};
	if (c->big.n > c->big_off)
		iov[n++] = (struct iovec){c->big.p + c->big_off, c->big.n - c->big_off};
	return n;
}

static void
sent(struct conn *c, size_t n)
{
	size_t k = MIN(n, c->out.n - c->out_off);

	c->out_off += k;
	c->big_off += n - k;
	if (c->out_off == c->out.n) {
		buf_done(&c->out);
		c->out_off = 0;
	}
	if (c->big.n && c->big_off == c->big.n) {
		buf_done(&c->big);
		c->big_off = 0;
	}
}

// From now on the client is watched: it must take something of what waits for it.
static void
start_window(struct conn *c)
{
	if (c->window_us)
		return;
	c->window_us = c->server->now_us;
	c->window_delivered = hconn_delivered(c);
}

// 1: something was written, 0: nothing to write or not now, -1: closed.
static int
flush(struct conn *c)
{
	struct iovec iov[2];
	int parts = gather(c, iov);
	ssize_t n;

	if (c->blocked || (parts == 0 && c->file_fd < 0))
		return 0;
	n = parts ? hio_send(c, iov, parts) : hio_send_file(c);
	if (n == IO_ERROR) {
		hconn_close(c);
		return -1;
	}
	if (n == IO_AGAIN) {
		c->blocked = true;
		start_window(c);
		return 0;
	}
	if (parts)
		sent(c, (size_t)n);
	if (c->file_fd >= 0 && c->file_left == 0)
		util_closep(&c->file_fd);
	return 1;
}

static bool
all_written(const struct conn *c)
{
	return hconn_pending(c) == 0 && c->file_fd < 0;
}

// A short answer is complete when it is in the batch; others when they are written.
static bool
answer_complete(const struct conn *c)
{
	if (c->state == CONN_STREAM)
		return c->stream && c->stream->ended;
	return c->state == CONN_REPLY && c->x && c->big.n == 0 && c->file_fd < 0;
}

bool
hconn_write(struct conn *c)
{
	uint64_t before = c->sent;
	bool any = false;
	int rc = 1;

	while (rc > 0 && c->state != CONN_DEAD) {
		if (c->stream)
			any |= hstream_pull(c);
		if (c->ws)
			any |= hws_pull(c);
		if (answer_complete(c)) {
			answer_done(c);
			any = true;
			if (!c->closing && c->in.n && hconn_pending(c) < HTTP_OUT_BATCH)
				return true; // the next answer may go out with this one
		}
		if (c->sent - before > WRITE_PER_TURN) {
			start_window(c);
			c->again = true;
			return true;
		}
		rc = flush(c);
		any |= rc > 0;
	}
	if (c->state == CONN_DEAD || !all_written(c))
		return any;
	c->window_us = 0;
	if (c->state != CONN_REPLY)
		return any;
	if (c->x)
		answer_done(c);
	if (c->state == CONN_REPLY)
		finish(c);
	return true;
}
