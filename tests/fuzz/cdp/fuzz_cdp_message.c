// SPDX-License-Identifier: Apache-2.0
// Messages from the browser: the input's first byte is the size of the pieces in which they arrive,
// then come messages, each ended by a newline. They go through assembly, envelope, reflexes,
// mailbox and dispatch, with one root session "S1" and calls 1 to 3 pending. This thread plays the
// loop thread.
#include "cdp/conn/conn_priv.h"

#include <assert.h>

#define FUZZ_MAX_MESSAGE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_event(void *arg, struct cdp_session *s, const char *method, char *params, size_t n)
{
	cJSON *v = NULL;

	if (strlen(method) > 0 && s && json_parse_cdp(params, n, &v, NULL) == 0)
		++*(unsigned *)arg;
	cJSON_Delete(v);
}

static void
add_call(struct cdp_client *cl, struct cdp_session *s, struct cdp_session *attach)
{
	struct call *call = call_new(cl->conn, s, "Fuzz.call", SV_NULL);

	call->client = cl;
	client_ref(cl);
	if (attach) {
		call->attach = attach;
		session_ref(attach);
	}
	atomic_fetch_add(&cl->conn->queued_bytes, call->n);
	call->task.run(&call->task);
}

// Each piece is a block of its own size, so that a read past its end is seen.
static void
feed(struct cdp_conn *c, struct sv message, size_t piece)
{
	for (size_t at = 0; at < message.n; at += piece) {
		size_t n = MIN(piece, message.n - at), left = message.n - at - n;
		cleanup_free char *copy = xmalloc(n);

		memcpy(copy, message.p + at, n);
		rx_receive(c, (struct sv){copy, n}, at == 0, left == 0, left);
	}
}

static void
feed_messages(struct cdp_conn *c, const char *at, const char *end, size_t piece)
{
	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) : (size_t)(end - at);

		feed(c, (struct sv){at, n}, piece);
		at += n + 1;
	}
}

static void
feed_frames(struct cdp_conn *c, struct sv stream, size_t piece)
{
	int rc = 0;

	for (size_t at = 0; at < stream.n && rc == 0; at += piece) {
		size_t n = MIN(piece, stream.n - at);
		cleanup_free char *copy = xmalloc(n);

		memcpy(copy, stream.p + at, n);
		rc = ws_feed(c, copy, n);
	}
}

static bool
nothing_left(void *arg)
{
	return ++*(int *)arg > 100;
}

static void
run(struct loop *l, const uint8_t *data, size_t size)
{
	unsigned events = 0;
	int turns = 0;
	struct cdp_conn *c = conn_new(l);
	struct cdp_client *cl = cdp_client_new(c, on_event, &events);
	struct cdp_session *s = session_new_root(cl, "T1"), *second = session_new_root(cl, "T2");
	struct cdp_policy policy = {.network_events = true, .console_events = true};
	const char *at = (const char *)data + 1, *end = (const char *)data + size;

	c->max_message = FUZZ_MAX_MESSAGE;
	c->flushing = true; // nothing is ever written
	session_enter_root(s, SV("S1"));
	cdp_session_set_policy(s, &policy);
	add_call(cl, s, NULL);
	add_call(cl, NULL, NULL);
	add_call(cl, NULL, second);
	if (data[0] >= 240)
		feed_frames(c, (struct sv){at, (size_t)(end - at)}, (size_t)1 << (data[0] - 240));
	else
		feed_messages(c, at, end, data[0] ? data[0] * 16u : FUZZ_MAX_MESSAGE * 4);
	if (cdp_wait_until(cl, NULL, nothing_left, &turns, (struct deadline){0}, NULL) == 0)
		assert(turns > 100);
	conn_lost(c, ERR_BROWSER_CRASHED);
	session_unref(s);
	session_unref(second);
	cdp_client_free(cl);
	conn_unref(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loop *l;

	if (!l)
		l = loop_new(NULL);
	if (size > 1)
		run(l, data, size);
	return 0;
}
