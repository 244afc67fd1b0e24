// SPDX-License-Identifier: Apache-2.0
// WebSocket frames (RFC 6455, client side, no extensions), in the loop thread. Written here because
// lws's client takes every byte through a state machine (docs/adr/0002-own-websocket-frames.md).
// What the peer sends is untrusted: any breach of the rules ends the connection.
#include "cdp/conn/conn_priv.h"

#include <sys/random.h>

// --- out ---

// Unpredictable to the peer's proxies, as RFC 6455 §5.3 wants; one system call per connection.
static uint32_t
next_mask(struct cdp_conn *c)
{
	if (!c->mask_seed && getrandom(&c->mask_seed, sizeof(c->mask_seed), 0) < 0)
		c->mask_seed = (uint64_t)clock_us();
	c->mask_seed |= c->mask_seed == 0;
	c->mask_seed ^= c->mask_seed << 13;
	c->mask_seed ^= c->mask_seed >> 7;
	c->mask_seed ^= c->mask_seed << 17;
	return (uint32_t)(c->mask_seed >> 32);
}

unsigned char *
ws_frame(struct cdp_conn *c, unsigned opcode, unsigned char *payload, size_t n)
{
	unsigned char head[10];
	size_t size = ws_head_write(head, opcode, 0x80, n);
	unsigned char *at = payload - 4 - size;
	uint32_t mask = next_mask(c);

	memcpy(at, head, size);
	memcpy(payload - 4, &mask, 4);
	ws_mask(payload, n, payload - 4, 0);
	return at;
}

// --- in ---

// RFC 6455 §5.2, §5.4, §5.5: no reserved bits, no mask from a server, short whole control frames,
// and continuations only where they belong.
static bool
head_allowed(const struct ws_in *w)
{
	unsigned opcode = w->head[0] & 15;
	bool fin = w->head[0] & 0x80;

	if ((w->head[0] & 0x70) || (w->head[1] & 0x80) || w->left > INT64_MAX)
		return false;
	if (ws_is_control(opcode))
		return fin && w->left <= sizeof(w->control) && opcode <= WS_PONG;
	return opcode == WS_CONTINUATION ? w->in_message : opcode <= WS_BINARY && !w->in_message;
}

static int
control_frame(struct cdp_conn *c)
{
	struct ws_in *w = &c->in;

	if (w->opcode == WS_CLOSE)
		return -1;
	if (w->opcode == WS_PING)
		conn_send_frame(c, WS_PONG, (struct sv){w->control, w->control_n});
	return 0;
}

static int
frame_end(struct cdp_conn *c)
{
	struct ws_in *w = &c->in;

	w->in_payload = false;
	w->head_n = 0;
	if (ws_is_control(w->opcode))
		return control_frame(c);
	w->in_message = !w->final;
	return 0;
}

static void
data_piece(struct cdp_conn *c, char *p, size_t n)
{
	struct ws_in *w = &c->in;

	rx_receive(c, (struct sv){p, n}, w->first, w->final && w->left == 0, (size_t)w->left);
	w->first = false;
}

static int
head_complete(struct cdp_conn *c)
{
	struct ws_in *w = &c->in;

	w->left = ws_payload_size(w->head);
	if (!head_allowed(w))
		return -1;
	w->opcode = w->head[0] & 15;
	w->in_payload = true;
	w->control_n = 0;
	if (!ws_is_control(w->opcode)) {
		w->final = w->head[0] & 0x80;
		w->first = w->opcode != WS_CONTINUATION;
		w->in_message = true;
	}
	if (w->left > 0)
		return 0;
	if (!ws_is_control(w->opcode))
		data_piece(c, (char *)w->head, 0);
	return frame_end(c);
}

static int
feed_payload(struct cdp_conn *c, char *p, size_t n)
{
	struct ws_in *w = &c->in;

	w->left -= n;
	if (ws_is_control(w->opcode)) {
		memcpy(w->control + w->control_n, p, n);
		w->control_n += n;
	} else {
		data_piece(c, p, n);
	}
	return w->left == 0 ? frame_end(c) : 0;
}

int
ws_feed(struct cdp_conn *c, char *p, size_t n)
{
	struct ws_in *w = &c->in;
	int rc = 0;

	while (n > 0 && rc == 0 && atomic_load(&c->state) == 0) {
		size_t k = 1;

		if (w->in_payload) {
			k = (size_t)MIN((uint64_t)n, w->left);
			rc = feed_payload(c, p, k);
		} else {
			w->head[w->head_n++] = (unsigned char)*p;
			if (w->head_n >= 2 && w->head_n == ws_head_size(w->head))
				rc = head_complete(c);
		}
		p += k;
		n -= k;
	}
	return rc;
}

// In the middle of a large data frame the socket can be read straight into the message.
size_t
ws_direct(struct cdp_conn *c, char **at)
{
	struct ws_in *w = &c->in;

	if (!w->in_payload || ws_is_control(w->opcode))
		return 0;
	return rx_room(c, (size_t)w->left, at);
}

int
ws_advance(struct cdp_conn *c, size_t n)
{
	struct ws_in *w = &c->in;

	w->left -= n;
	rx_advance(c, n, w->final && w->left == 0);
	return w->left == 0 ? frame_end(c) : 0;
}
