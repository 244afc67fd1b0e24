// SPDX-License-Identifier: Apache-2.0
// A client's WebSocket frames: the first byte is the size of the pieces, the rest the frames. The
// events are the same in pieces and as a whole, texts are UTF-8, nothing is larger than allowed.
#include "base/util.h"
#include "orchestrator/http/ws_reader.h"

#include <assert.h>

#define MAX_MESSAGE 500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
log_event(struct buf *log, enum ws_event e, const struct ws_reader *r)
{
	buf_fmt(log, "%d ", e);
	if (e == WS_EVENT_MESSAGE) {
		assert(r->message.n <= MAX_MESSAGE);
		for (size_t i = 0, k; r->text && i < r->message.n; i += k) {
			k = utf8_seq(r->message.p + i, r->message.n - i);
			assert(k > 0);
		}
		buf_sv(log, buf_view(&r->message));
	}
	if (e == WS_EVENT_PING || e == WS_EVENT_PONG) {
		assert(r->control_n <= WS_CONTROL_MAX);
		buf_add(log, r->control, r->control_n);
	}
	if (e == WS_EVENT_CLOSE || e == WS_EVENT_ERROR)
		buf_fmt(log, "%u", r->code);
}

static void
read_all(const char *p, size_t n, size_t step, struct buf *log)
{
	struct ws_reader r;
	enum ws_event e = WS_EVENT_NONE;

	ws_reader_init(&r, MAX_MESSAGE);
	while (n > 0 && e != WS_EVENT_CLOSE && e != WS_EVENT_ERROR) {
		size_t left = MIN(step, n), piece = left;

		e = ws_reader_feed(&r, &p, &left);
		assert(left < piece);
		n -= piece - left;
		if (e != WS_EVENT_NONE)
			log_event(log, e, &r);
	}
	ws_reader_done(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf whole = BUF_INIT, pieces = BUF_INIT;
	char *copy;

	if (size < 2)
		return 0;
	copy = xmalloc(size - 1);
	memcpy(copy, data + 1, size - 1);
	read_all(copy, size - 1, size, &whole);
	read_all(copy, size - 1, MAX((size_t)data[0] % 32, (size_t)1), &pieces);
	assert(sv_eq(buf_view(&whole), buf_view(&pieces)));
	free(copy);
	return 0;
}
