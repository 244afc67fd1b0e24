// SPDX-License-Identifier: Apache-2.0
// The WebSocket side of a connection (RFC 6455): the opening handshake, messages to and from the
// user, pings, the closing handshake. What waits for a slow client is bounded: nothing more is
// pulled, and then nothing more is read. Loop thread, but for the checks.
#include "orchestrator/http/http_priv.h"
#include "orchestrator/http/ws_reader.h"

#include <openssl/sha.h>

#define GUID           "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define PULLS_PER_TURN 64
#define KEEP_BYTES     ((size_t)4 << 10) // of a message's memory, between messages

struct ws_conn {
	struct http_ws user;
	struct ws_reader in;
	bool ready;
	bool said_bye; // a Close frame is out or on its way
	bool pinged;
	int64_t heard_us, bye_us;
};

// --- the opening handshake ---

static bool
is_upgrade(const struct http_request *r)
{
	return http_list_has(http_field_get(r, "upgrade"), "websocket") &&
	       http_list_has(http_field_get(r, "connection"), "upgrade");
}

static bool
is_key(struct sv key)
{
	cleanup_buf nonce = BUF_INIT;

	return key.n == 24 && buf_unbase64(&nonce, key) == 0 && nonce.n == 16;
}

int
http_check_upgrade(const struct http_request *r, struct err *err)
{
	if (!is_upgrade(r) || r->minor == 0)
		return err_set(err, ERR_UPGRADE_REQUIRED, NULL);
	if (!sv_eq_str(http_field_get(r, "sec-websocket-version"), "13"))
		return err_set(err, ERR_UPGRADE_REQUIRED, "Sec-WebSocket-Version is not 13");
	if (r->method != HTTP_GET)
		return err_set(err, ERR_INVALID_REQUEST, "a WebSocket is opened with GET");
	if (r->body.n)
		return err_set(err, ERR_INVALID_REQUEST, "a WebSocket is opened without a body");
	if (!is_key(http_field_get(r, "sec-websocket-key")))
		return err_set(
		    err, ERR_INVALID_REQUEST, "Sec-WebSocket-Key is not 16 bytes in base64");
	return 0;
}

static void
accept_value(struct sv key, struct buf *out)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	cleanup_buf text = BUF_INIT;

	buf_sv(&text, key);
	buf_str(&text, GUID);
	SHA1((unsigned char *)text.p, text.n, digest);
	buf_base64(out, digest, sizeof(digest));
}

void
http_upgrade(struct http_exchange *x, const struct http_ws *w)
{
	struct http_reply r = {.status = 101};
	cleanup_buf value = BUF_INIT;
	struct answer *a;

	if (atomic_exchange(&x->answered, true)) {
		if (w->closed)
			w->closed(w->arg);
		return;
	}
	accept_value(http_field_get(&x->request, "sec-websocket-key"), &value);
	http_reply_field(&r, "Upgrade", "websocket");
	http_reply_field(&r, "Sec-WebSocket-Accept", value.p);
	if (w->protocol)
		http_reply_field(&r, "Sec-WebSocket-Protocol", w->protocol);
	a = hanswer_new(x, ANSWER_UPGRADE, &r);
	a->ws = *w;
	hanswer_send(a);
}

// --- life ---

void
hws_start(struct conn *c, const struct http_ws *w)
{
	struct ws_conn *ws = xcalloc(1, sizeof(*ws));

	ws->user = *w;
	ws->ready = true;
	ws->heard_us = c->server->now_us;
	ws_reader_init(&ws->in, w->max_message_bytes);
	c->ws = ws;
	atomic_fetch_add(&c->server->n_websockets, 1);
}

void
hws_end(struct conn *c)
{
	struct ws_conn *ws = steal_ptr(c->ws);

	if (!ws)
		return;
	atomic_fetch_sub(&c->server->n_websockets, 1);
	if (ws->user.closed)
		ws->user.closed(ws->user.arg);
	ws_reader_done(&ws->in);
	free(ws);
}

void
hws_wake(struct conn *c)
{
	c->ws->ready = true;
}

// --- out ---

static void
say_frame(struct conn *c, unsigned opcode, const void *p, size_t n)
{
	unsigned char head[10];

	buf_add(&c->out, head, ws_head_write(head, opcode, 0, n));
	buf_add(&c->out, p, n);
}

static void
say_bye(struct conn *c, unsigned code)
{
	unsigned char text[2] = {(unsigned char)(code >> 8), (unsigned char)code};

	if (c->ws->said_bye)
		return;
	c->ws->said_bye = true;
	c->ws->bye_us = c->server->now_us;
	say_frame(c, WS_CLOSE, text, code == WS_CLOSE_NO_STATUS ? 0 : 2);
}

// Nothing is read any more: the connection ends when what was said is written.
static void
leave(struct conn *c)
{
	c->closing = c->ours = true;
	hws_end(c);
	hx_done(steal_ptr(c->x));
	hconn_set_state(c, CONN_REPLY);
}

bool
hws_pull(struct conn *c)
{
	struct buf *got = &c->server->pulled;
	struct ws_conn *ws = c->ws;
	int n = 0;

	while (ws->ready && !ws->said_bye && hconn_pending(c) < HTTP_STREAM_ROOM) {
		enum http_pull pull;

		if (n++ == PULLS_PER_TURN) {
			c->again = true;
			break;
		}
		buf_reset(got);
		got->max = HTTP_PULLED_MAX;
		pull = ws->user.pull(ws->user.arg, got, HTTP_STREAM_ROOM - hconn_pending(c));
		if (got->overflow) {
			hconn_close(c);
			return true;
		}
		if (pull == HTTP_PULL_MORE)
			say_frame(c, WS_TEXT, got->p, got->n);
		else if (pull == HTTP_PULL_END)
			say_bye(c, c->server->draining ? WS_CLOSE_GOING_AWAY : WS_CLOSE_NORMAL);
		ws->ready = pull != HTTP_PULL_WAIT;
	}
	if (got->cap > HTTP_PULLED_KEEP)
		buf_done(got);
	return n > 0;
}

// --- in ---

static void
handle(struct conn *c, enum ws_event e)
{
	struct ws_conn *ws = c->ws;
	struct ws_reader *in = &ws->in;

	switch (e) {
	case WS_EVENT_MESSAGE:
		if (!ws->said_bye)
			ws->user.on_message(ws->user.arg, c->x, in->text, buf_view(&in->message));
		break;
	case WS_EVENT_PING:
		if (!ws->said_bye)
			say_frame(c, WS_PONG, in->control, in->control_n);
		break;
	case WS_EVENT_CLOSE:
	case WS_EVENT_ERROR:
		if (e == WS_EVENT_ERROR)
			atomic_fetch_add(&c->server->protocol_errors, 1);
		say_bye(c, in->code);
		leave(c);
		break;
	default:
		break;
	}
}

size_t
hws_feed(struct conn *c, const char *p, size_t n)
{
	size_t left = n;

	c->ws->heard_us = c->server->now_us;
	c->ws->pinged = false;
	while (left > 0 && c->state == CONN_WS)
		handle(c, ws_reader_feed(&c->ws->in, &p, &left));
	if (c->state == CONN_WS && c->ws->in.delivered && c->ws->in.message.cap > KEEP_BYTES) {
		buf_done(&c->ws->in.message);
		c->ws->in.delivered = false;
	}
	return n;
}

// --- deadlines ---

int64_t
hws_due(const struct conn *c)
{
	const struct ws_conn *ws = c->ws;

	if (ws->said_bye)
		return ws->bye_us + HTTP_LINGER_MS * 1000;
	if (ws->user.ping_ms <= 0)
		return INT64_MAX;
	return ws->heard_us + ws->user.ping_ms * (ws->pinged ? 2000 : 1000);
}

void
hws_is_due(struct conn *c)
{
	struct ws_conn *ws = c->ws;

	if (ws->said_bye) {
		leave(c);
	} else if (ws->pinged) {
		hconn_close(c);
	} else {
		ws->pinged = true;
		say_frame(c, WS_PING, "", 0);
	}
}
