// SPDX-License-Identifier: Apache-2.0
// Answers that are pulled from their source as fast as the client takes them, in chunks (HTTP/1.0:
// until the end of the connection). What waits for a slow client is bounded by the room that the
// source is asked for. Loop thread.
#include "orchestrator/http/http_priv.h"

#define PULLS_PER_TURN 64

void
hstream_start(struct conn *c, const struct http_source *source, bool chunked)
{
	c->stream = xmalloc(sizeof(*c->stream));
	*c->stream = (struct stream){
	    .source = *source, .ready = true, .chunked = chunked, .said_us = c->server->now_us};
	atomic_fetch_add(&c->server->n_streams, 1);
}

void
hstream_end(struct conn *c)
{
	struct stream *st = steal_ptr(c->stream);

	if (!st)
		return;
	atomic_fetch_sub(&c->server->n_streams, 1);
	if (st->source.closed)
		st->source.closed(st->source.arg);
	free(st);
}

static void
say_chunk(struct conn *c, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (c->stream->chunked)
		buf_fmt(&c->out, "%zx\r\n", n);
	buf_add(&c->out, p, n);
	if (c->stream->chunked)
		buf_add(&c->out, "\r\n", 2);
	c->stream->said_us = c->server->now_us;
}

bool
hstream_pull(struct conn *c)
{
	struct buf *got = &c->server->pulled;
	struct stream *st = c->stream;
	enum http_pull pull = HTTP_PULL_MORE;
	int n = 0;

	if (st->ended || !st->ready)
		return false;
	while (pull == HTTP_PULL_MORE && hconn_pending(c) < HTTP_STREAM_ROOM) {
		if (n++ == PULLS_PER_TURN) {
			c->again = true;
			return true;
		}
		buf_reset(got);
		got->max = HTTP_PULLED_MAX;
		pull = st->source.pull(st->source.arg, got, HTTP_STREAM_ROOM - hconn_pending(c));
		if (got->overflow) {
			hconn_close(c);
			return true;
		}
		say_chunk(c, got->p, got->n);
		st->ready = pull != HTTP_PULL_WAIT;
		st->ended = pull == HTTP_PULL_END;
	}
	if (st->ended && st->chunked)
		buf_add(&c->out, "0\r\n\r\n", 5);
	if (got->cap > HTTP_PULLED_KEEP)
		buf_done(got);
	return n > 0;
}

void
hstream_heartbeat(struct conn *c)
{
	const char *text = c->stream->source.heartbeat;

	if (hconn_pending(c) == 0)
		say_chunk(c, text, strlen(text));
	c->stream->said_us = c->server->now_us;
}
