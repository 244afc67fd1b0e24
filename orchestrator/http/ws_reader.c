// SPDX-License-Identifier: Apache-2.0
// The reader of a client's frames: masked, minimal lengths, no reserved bits, control frames whole
// and short, continuations only where they belong, texts in UTF-8 over all their fragments.
#include "orchestrator/http/ws_reader.h"

#include "base/util.h"

void
ws_reader_init(struct ws_reader *r, size_t max_message)
{
	*r = (struct ws_reader){.max_message = max_message, .message.max = max_message};
}

void
ws_reader_done(struct ws_reader *r)
{
	buf_done(&r->message);
}

static enum ws_event
broken(struct ws_reader *r, enum ws_close code)
{
	r->code = code;
	return WS_EVENT_ERROR;
}

// --- control frames ---

// RFC 6455 7.4: those that may stand in a frame.
static bool
code_allowed(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static enum ws_event
close_frame(struct ws_reader *r)
{
	struct ws_utf8 u = {0};

	r->code = WS_CLOSE_NO_STATUS;
	if (r->control_n == 0)
		return WS_EVENT_CLOSE;
	if (r->control_n == 1)
		return broken(r, WS_CLOSE_PROTOCOL);
	if (!code_allowed((unsigned)r->control[0] << 8 | r->control[1]))
		return broken(r, WS_CLOSE_PROTOCOL);
	if (!ws_utf8_feed(&u, (char *)r->control + 2, r->control_n - 2) || !ws_utf8_complete(&u))
		return broken(r, WS_CLOSE_NOT_UTF8);
	r->code = (unsigned)r->control[0] << 8 | r->control[1];
	return WS_EVENT_CLOSE;
}

// --- frames ---

static enum ws_event
frame_end(struct ws_reader *r)
{
	r->in_payload = false;
	r->head_n = 0;
	if (r->opcode == WS_CLOSE)
		return close_frame(r);
	if (r->opcode == WS_PING)
		return WS_EVENT_PING;
	if (r->opcode == WS_PONG)
		return WS_EVENT_PONG;
	r->in_message = !r->final;
	if (!r->final)
		return WS_EVENT_NONE;
	if (r->text && !ws_utf8_complete(&r->utf8))
		return broken(r, WS_CLOSE_NOT_UTF8);
	r->delivered = true;
	return WS_EVENT_MESSAGE;
}

static bool
head_allowed(const struct ws_reader *r, unsigned opcode)
{
	size_t size = ws_head_size(r->head);
	bool fin = r->head[0] & 0x80;

	if ((r->head[0] & 0x70) || !(r->head[1] & 0x80))
		return false;
	if ((size == 4 && r->left < 126) || (size == 10 && (r->left < 65536 || r->left >> 63)))
		return false;
	if (ws_is_control(opcode))
		return fin && r->left <= WS_CONTROL_MAX && opcode <= WS_PONG;
	return opcode == WS_CONTINUATION ? r->in_message : opcode <= WS_BINARY && !r->in_message;
}

static enum ws_event
head_complete(struct ws_reader *r)
{
	unsigned opcode = r->head[0] & 15;

	r->left = ws_payload_size(r->head);
	if (!head_allowed(r, opcode))
		return broken(r, WS_CLOSE_PROTOCOL);
	memcpy(r->key, r->head + ws_head_size(r->head), 4);
	r->opcode = opcode;
	r->at = 0;
	r->control_n = 0;
	r->in_payload = true;
	if (!ws_is_control(opcode)) {
		r->final = r->head[0] & 0x80;
		r->in_message = true;
		if (opcode != WS_CONTINUATION) {
			r->text = opcode == WS_TEXT;
			r->utf8 = (struct ws_utf8){0};
		}
		if (r->left > r->max_message - r->message.n)
			return broken(r, WS_CLOSE_TOO_BIG);
	}
	return r->left ? WS_EVENT_NONE : frame_end(r);
}

static enum ws_event
data_piece(struct ws_reader *r, const char *p, size_t k)
{
	size_t from = r->message.n;

	buf_add(&r->message, p, k);
	if (r->message.overflow)
		return broken(r, WS_CLOSE_TOO_BIG);
	ws_mask((unsigned char *)r->message.p + from, k, r->key, r->at);
	if (r->text && !ws_utf8_feed(&r->utf8, r->message.p + from, k))
		return broken(r, WS_CLOSE_NOT_UTF8);
	return WS_EVENT_NONE;
}

static enum ws_event
payload(struct ws_reader *r, const char *p, size_t k)
{
	enum ws_event e = WS_EVENT_NONE;

	if (ws_is_control(r->opcode)) {
		memcpy(r->control + r->control_n, p, k);
		ws_mask(r->control + r->control_n, k, r->key, r->at);
		r->control_n += k;
	} else {
		e = data_piece(r, p, k);
	}
	r->at += k;
	r->left -= k;
	return e == WS_EVENT_NONE && r->left == 0 ? frame_end(r) : e;
}

// Reserved bits and the missing mask are seen in the first two bytes: nothing more is waited for.
static bool
start_allowed(const struct ws_reader *r)
{
	return !(r->head[0] & 0x70) && (r->head_n < 2 || (r->head[1] & 0x80));
}

enum ws_event
ws_reader_feed(struct ws_reader *r, const char **p, size_t *n)
{
	enum ws_event e = WS_EVENT_NONE;

	if (r->delivered) {
		buf_reset(&r->message);
		r->delivered = false;
	}
	while (*n > 0 && e == WS_EVENT_NONE) {
		size_t k = 1;

		if (r->in_payload) {
			k = (size_t)MIN((uint64_t)*n, r->left);
			e = payload(r, *p, k);
		} else {
			r->head[r->head_n++] = (unsigned char)**p;
			if (!start_allowed(r))
				e = broken(r, WS_CLOSE_PROTOCOL);
			else if (r->head_n >= 2 && r->head_n == ws_head_size(r->head) + 4)
				e = head_complete(r);
		}
		*p += k;
		*n -= k;
	}
	return e;
}
