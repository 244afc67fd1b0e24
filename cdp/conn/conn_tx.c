// SPDX-License-Identifier: Apache-2.0
// Commands on their way out: made in any thread, queued and written in the loop thread. What the
// browser does not read waits in a queue with a limit; nothing here ever blocks. All that was
// queued in one turn of the loop goes out in one system call.
#include "cdp/conn/conn_priv.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <sys/socket.h>

#define MAX_COMMAND_BYTES ((size_t)96 << 20) // Chromium closes the connection above 100 MB
#define FRAMES_PER_WRITE  64

static void call_posted(struct loop_task *t);

static struct call *
call_alloc(struct cdp_conn *c, size_t room)
{
	struct call *call = xmalloc(sizeof(*call) + WS_HEAD_MAX + room);

	*call = (struct call){.task.run = call_posted, .conn = c};
	call->text = (char *)(call + 1) + WS_HEAD_MAX;
	conn_ref(c);
	return call;
}

// {"id":N,"method":"M","params":{…},"sessionId":"S"} in one allocation with the struct. Chromium's
// ids are 32 bit.
struct call *
call_new(struct cdp_conn *c, struct cdp_session *s, const char *method, struct sv params)
{
	size_t room = params.n + strlen(method) + (s ? strlen(s->id) : 0) + 80;
	struct call *call = call_alloc(c, room);
	int n;

	call->id =
	    (atomic_fetch_add_explicit(&c->next_id, 1, memory_order_relaxed) & 0x3fffffff) + 1;
	n = snprintf(call->text, room,
	    "{\"id\":%u,\"method\":\"%s\",\"params\":", (unsigned)call->id, method);
	call->n = (size_t)n;
	memcpy(call->text + call->n, params.n ? params.p : "{}", params.n ? params.n : 2);
	call->n += params.n ? params.n : 2;
	n = snprintf(call->text + call->n, room - call->n, s ? ",\"sessionId\":\"%s\"}" : "}",
	    s ? s->id : "");
	call->n += (size_t)n;
	call->opcode = 1;
	if (s) {
		call->session = s;
		session_ref(s);
	}
	return call;
}

void
call_free(struct call *call)
{
	if (call->attach)
		session_unref(call->attach);
	if (call->session)
		session_unref(call->session);
	if (call->client)
		client_unref(call->client);
	conn_unref(call->conn);
	free(call);
}

int
conn_post_call(struct cdp_conn *c, struct call *call, struct err *err)
{
	size_t n = call->n, before = atomic_fetch_add(&c->queued_bytes, n);
	int code = 0;

	if (n > MAX_COMMAND_BYTES)
		code = err_set(err, ERR_TOO_LARGE, "a DevTools command of %zu bytes", n);
	else if (before > 0 && before + n > c->max_queued)
		code = err_set(
		    err, ERR_TIMEOUT, "the browser does not read: %zu bytes are queued", before);
	if (code) {
		atomic_fetch_sub(&c->queued_bytes, n);
		call_free(call);
		return code;
	}
	loop_post_task(c->loop, &call->task);
	return 0;
}

// --- the queue ---

static struct call *
queue_pop(struct cdp_conn *c)
{
	struct call *call = c->tx_head;

	c->tx_head = call->next;
	if (!c->tx_head)
		c->tx_tail = &c->tx_head;
	call->queued = false;
	atomic_fetch_sub(&c->queued_bytes, call->n);
	return call;
}

static void
queue_drop_first(struct cdp_conn *c)
{
	struct call *call = queue_pop(c);

	if (!call->pending)
		call_free(call);
}

void
conn_drop_queue(struct cdp_conn *c)
{
	while (c->tx_head)
		queue_drop_first(c);
}

static size_t
queue_gather(struct cdp_conn *c, struct iovec *iov, size_t max)
{
	size_t n = 0;

	for (struct call *call = c->tx_head; call && n < max; call = call->next)
		iov[n++] = (struct iovec){call->frame, call->frame_n};
	return n;
}

static void
queue_sent(struct cdp_conn *c, size_t n)
{
	while (c->tx_head && n >= c->tx_head->frame_n) {
		n -= c->tx_head->frame_n;
		queue_drop_first(c);
	}
	if (n > 0) {
		c->tx_head->frame += n;
		c->tx_head->frame_n -= n;
	}
}

// lws's raw descriptors forget a request for POLLOUT that is made in the callback of one: it is
// made by a task of the next turn instead.
static void
rearm(struct loop_task *t)
{
	struct cdp_conn *c = (struct cdp_conn *)((char *)t - offsetof(struct cdp_conn, rearm));

	c->rearming = false;
	if (c->wsi && c->tx_head)
		lws_callback_on_writable(c->wsi);
	conn_unref(c);
}

static void
ask_writable(struct cdp_conn *c)
{
	if (c->rearming)
		return;
	c->rearming = true;
	c->rearm.run = rearm;
	conn_ref(c);
	loop_post_task(c->loop, &c->rearm);
}

int
conn_flush(struct cdp_conn *c)
{
	struct iovec iov[FRAMES_PER_WRITE];

	while (c->tx_head && c->wsi) {
		struct msghdr m = {
		    .msg_iov = iov, .msg_iovlen = queue_gather(c, iov, FRAMES_PER_WRITE)};
		ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n < 0) {
			c->blocked = true;
			ask_writable(c);
			return 0;
		}
		queue_sent(c, (size_t)n);
	}
	c->blocked = false;
	return 0;
}

static void
flush_deferred(struct loop_task *t)
{
	struct cdp_conn *c = (struct cdp_conn *)((char *)t - offsetof(struct cdp_conn, flush));

	c->flushing = false;
	if (!c->blocked && conn_flush(c) != 0)
		conn_kill(c, ERR_BROWSER_CRASHED);
	conn_unref(c);
}

static void
conn_enqueue(struct cdp_conn *c, struct call *call)
{
	call->queued = true;
	call->frame = ws_frame(c, call->opcode, (unsigned char *)call->text, call->n);
	call->frame_n = call->n + (size_t)((unsigned char *)call->text - call->frame);
	call->next = NULL;
	*c->tx_tail = call;
	c->tx_tail = &call->next;
	if (c->flushing)
		return;
	c->flushing = true;
	c->flush.run = flush_deferred;
	conn_ref(c);
	loop_defer(c->loop, &c->flush);
}

static void
call_posted(struct loop_task *t)
{
	struct call *call = (struct call *)t;
	struct cdp_conn *c = call->conn;
	int code = atomic_load(&c->state);

	if (!code && call->session)
		code = atomic_load(&call->session->state);
	if (code) {
		atomic_fetch_sub(&c->queued_bytes, call->n);
		conn_fail_call(call, code);
		return;
	}
	if (call->client) {
		call->pending = true;
		htab_put(&c->pending, &call->node, call->id);
	}
	conn_enqueue(c, call);
}

// Reflexes have no caller to tell that the queue is full; a browser that reads nothing is recycled
// anyway.
static void
enqueue_unasked(struct cdp_conn *c, struct call *call)
{
	if (atomic_fetch_add(&c->queued_bytes, call->n) + call->n > c->max_queued) {
		atomic_fetch_sub(&c->queued_bytes, call->n);
		call_free(call);
		return;
	}
	conn_enqueue(c, call);
}

void
conn_send(struct cdp_conn *c, struct cdp_session *s, const char *method, struct sv params)
{
	if (!atomic_load(&c->state) && !(s && atomic_load(&s->state)))
		enqueue_unasked(c, call_new(c, s, method, params));
}

void
conn_send_frame(struct cdp_conn *c, unsigned opcode, struct sv payload)
{
	struct call *call = call_alloc(c, payload.n);

	memcpy(call->text, payload.p, payload.n);
	call->n = payload.n;
	call->opcode = opcode;
	enqueue_unasked(c, call);
}
