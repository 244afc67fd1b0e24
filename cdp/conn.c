// SPDX-License-Identifier: Apache-2.0
// The WebSocket to one browser: opening, sending, closing. Opening blocks the caller's thread; all
// the rest of the connection lives in the loop thread. Sending never blocks: what the browser does
// not read waits in a queue with a limit.
#include "cdp/conn_priv.h"

#include <libwebsockets.h>
#include <netdb.h>
#include <stdio.h>

#define MAX_QUEUED_BYTES  ((size_t)128 << 20)
#define MAX_COMMAND_BYTES ((size_t)96 << 20) // Chromium closes the connection above 100 MB

void
conn_ref(struct cdp_conn *c)
{
	atomic_fetch_add(&c->refs, 1);
}

void
conn_unref(struct cdp_conn *c)
{
	if (atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	htab_done(&c->pending);
	htab_done(&c->sessions);
	htab_done(&c->targets);
	free(c->rx.p);
	free(c->address);
	free(c->path);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->opened_cond);
	free(c);
}

// --- commands ---

static void call_posted(struct loop_task *t);

// {"id":N,"method":"M","params":{…},"sessionId":"S"} in one allocation with the struct.
struct call *
call_new(struct cdp_conn *c, struct cdp_session *s, const char *method, struct sv params)
{
	size_t room = params.n + strlen(method) + (s ? strlen(s->id) : 0) + 80;
	struct call *call = xmalloc(sizeof(*call) + LWS_PRE + room);
	int n;

	*call = (struct call){.task.run = call_posted, .conn = c, .session = s};
	call->text = (char *)(call + 1);
	call->id =
	    (atomic_fetch_add_explicit(&c->next_id, 1, memory_order_relaxed) & 0x3fffffff) + 1;
	n = snprintf(call->text + LWS_PRE, room,
	    "{\"id\":%u,\"method\":\"%s\",\"params\":", (unsigned)call->id, method);
	call->n = (size_t)n;
	memcpy(call->text + LWS_PRE + call->n, params.n ? params.p : "{}", params.n ? params.n : 2);
	call->n += params.n ? params.n : 2;
	n = snprintf(call->text + LWS_PRE + call->n, room - call->n,
	    s ? ",\"sessionId\":\"%s\"}" : "}", s ? s->id : "");
	call->n += (size_t)n;
	conn_ref(c);
	if (s)
		session_ref(s);
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

static struct call *
call_of_node(struct hnode *n)
{
	return (struct call *)((char *)n - offsetof(struct call, node));
}

static void
call_forget(struct call *call)
{
	if (call->pending)
		htab_del(&call->conn->pending, &call->node);
	call->pending = false;
	if (!call->queued)
		call_free(call);
}

static void
call_fail(struct call *call, int code)
{
	if (call->client)
		client_deliver_failure(call->client, call, code);
	call_forget(call);
}

struct fail_scope {
	struct cdp_session *session;
	int code;
};

static void
fail_one(struct hnode *n, void *arg)
{
	struct call *call = call_of_node(n);
	const struct fail_scope *scope = arg;

	if (!scope->session || scope->session == call->session)
		call_fail(call, scope->code);
}

void
conn_fail_pending(struct cdp_conn *c, struct cdp_session *s, int code)
{
	htab_each(&c->pending, fail_one, &(struct fail_scope){s, code});
}

// --- the send queue ---

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

// lws keeps what the socket does not take of a frame; nothing more is written until that has gone.
static int
conn_flush(struct cdp_conn *c)
{
	while (c->tx_head && !lws_partial_buffered(c->wsi)) {
		struct call *call = queue_pop(c);
		int n = lws_write(
		    c->wsi, (unsigned char *)call->text + LWS_PRE, call->n, LWS_WRITE_TEXT);

		if (!call->pending)
			call_free(call);
		if (n < 0)
			return -1;
	}
	if (c->tx_head && !c->writable_asked) {
		c->writable_asked = true;
		lws_callback_on_writable(c->wsi);
	}
	return 0;
}

static void
conn_kill(struct cdp_conn *c, int code)
{
	conn_lost(c, code);
	if (c->wsi)
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void
conn_enqueue(struct cdp_conn *c, struct call *call)
{
	call->queued = true;
	call->next = NULL;
	*c->tx_tail = call;
	c->tx_tail = &call->next;
	if (!c->writable_asked && conn_flush(c) != 0)
		conn_kill(c, ERR_BROWSER_CRASHED);
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
		call_fail(call, code);
		return;
	}
	if (call->client) {
		call->pending = true;
		htab_put(&c->pending, &call->node, call->id);
	}
	conn_enqueue(c, call);
}

void
conn_send(struct cdp_conn *c, struct cdp_session *s, const char *method, struct sv params)
{
	struct call *call;

	if (atomic_load(&c->state) || (s && atomic_load(&s->state)))
		return;
	call = call_new(c, s, method, params);
	if (atomic_fetch_add(&c->queued_bytes, call->n) + call->n > c->max_queued) {
		atomic_fetch_sub(&c->queued_bytes, call->n);
		call_free(call);
		return;
	}
	conn_enqueue(c, call);
}

// --- the end ---

void
conn_add_client(struct cdp_conn *c, struct cdp_client *cl)
{
	pthread_mutex_lock(&c->lock);
	cl->next = c->clients;
	c->clients = cl;
	pthread_mutex_unlock(&c->lock);
}

void
conn_remove_client(struct cdp_conn *c, struct cdp_client *cl)
{
	pthread_mutex_lock(&c->lock);
	for (struct cdp_client **p = &c->clients; *p; p = &(*p)->next) {
		if (*p == cl) {
			*p = cl->next;
			break;
		}
	}
	pthread_mutex_unlock(&c->lock);
}

static void
wake_clients(struct cdp_conn *c)
{
	pthread_mutex_lock(&c->lock);
	for (struct cdp_client *cl = c->clients; cl; cl = cl->next)
		mailbox_wake(cl->box);
	pthread_mutex_unlock(&c->lock);
}

void
conn_lost(struct cdp_conn *c, int code)
{
	int alive = 0;

	if (atomic_compare_exchange_strong(&c->state, &alive, code))
		alive = code;
	session_end_all(c, alive);
	conn_fail_pending(c, NULL, alive);
	wake_clients(c);
	while (c->tx_head) {
		struct call *call = queue_pop(c);

		if (!call->pending)
			call_free(call);
	}
}

// --- received messages ---

static void
receive_reply(struct cdp_conn *c, const struct envelope *e, char **own)
{
	struct hnode *n = htab_find(&c->pending, e->id);
	struct call *call = n ? call_of_node(n) : NULL;

	if (!call || !sv_eq_str(e->session, call->session ? call->session->id : NULL))
		return; // nobody waits any more, or a forgery by another target
	if (call->attach && e->kind == ENVELOPE_REPLY)
		session_enter_root(call->attach, json_skim_str(json_skim(e->body, "sessionId")));
	client_deliver_reply(call->client, call, e, own);
	call_forget(call);
}

void
conn_receive(struct cdp_conn *c, char *p, size_t n, char **own)
{
	struct cdp_session *s = NULL;
	struct envelope e;

	if (envelope_read((struct sv){p, n}, &e) != 0) {
		conn_kill(c, ERR_PROTOCOL);
		return;
	}
	if (e.kind != ENVELOPE_EVENT) {
		receive_reply(c, &e, own);
		return;
	}
	if (e.session.p && !(s = session_find(c, e.session)))
		return;
	reflex_event(c, s, &e, own);
}

void
conn_receive_oversize(struct cdp_conn *c, struct sv head, struct sv tail)
{
	struct cdp_session *s = NULL;
	struct envelope e;
	struct hnode *n;

	if (envelope_read_ends(head, tail, &e) != 0) {
		conn_kill(c, ERR_PROTOCOL);
		return;
	}
	if (e.kind != ENVELOPE_EVENT) {
		n = htab_find(&c->pending, e.id);
		if (n)
			call_fail(call_of_node(n), ERR_RESULT_TOO_LARGE);
		return;
	}
	if (!e.session.p || (s = session_find(c, e.session)))
		reflex_event_lost(c, s, e.method);
}

// --- libwebsockets ---

static void
conn_set_opened(struct cdp_conn *c, const char *failure)
{
	pthread_mutex_lock(&c->lock);
	c->opened = !failure;
	c->open_failed = failure != NULL;
	snprintf(c->open_error, sizeof(c->open_error), "%s", failure ? failure : "");
	pthread_cond_broadcast(&c->opened_cond);
	pthread_mutex_unlock(&c->lock);
}

static int
on_established(struct cdp_conn *c, struct sv in UNUSED)
{
	conn_set_opened(c, NULL);
	return 0;
}

static int
on_connect_error(struct cdp_conn *c, struct sv in)
{
	cleanup_free char *why = in.n ? sv_dup(in) : xstrdup("no connection");

	conn_lost(c, ERR_BROWSER_CRASHED);
	conn_set_opened(c, why);
	return 0;
}

static int
on_writable(struct cdp_conn *c, struct sv in UNUSED)
{
	c->writable_asked = false;
	return atomic_load(&c->state) ? -1 : conn_flush(c);
}

static int
on_receive(struct cdp_conn *c, struct sv in)
{
	rx_receive(c, in, lws_is_first_fragment(c->wsi), lws_is_final_fragment(c->wsi),
	    lws_remaining_packet_payload(c->wsi));
	return atomic_load(&c->state) ? -1 : 0;
}

static int
on_closed(struct cdp_conn *c, struct sv in UNUSED)
{
	conn_lost(c, ERR_BROWSER_CRASHED);
	return 0;
}

static int
on_destroyed(struct cdp_conn *c, struct sv in UNUSED)
{
	c->wsi = NULL;
	conn_lost(c, ERR_BROWSER_CRASHED);
	if (c->in_loop) {
		c->in_loop = false;
		conn_unref(c);
	}
	return 0;
}

static const struct {
	enum lws_callback_reasons reason;
	int (*fn)(struct cdp_conn *c, struct sv in);
} conn_callbacks[] = {
    {LWS_CALLBACK_CLIENT_RECEIVE, on_receive},
    {LWS_CALLBACK_CLIENT_WRITEABLE, on_writable},
    {LWS_CALLBACK_CLIENT_ESTABLISHED, on_established},
    {LWS_CALLBACK_CLIENT_CONNECTION_ERROR, on_connect_error},
    {LWS_CALLBACK_CLIENT_CLOSED, on_closed},
    {LWS_CALLBACK_WSI_DESTROY, on_destroyed},
};

static int
conn_callback(
    struct lws *wsi UNUSED, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	for (size_t i = 0; user && i < ARRAY_LEN(conn_callbacks); i++)
		if (conn_callbacks[i].reason == reason)
			return conn_callbacks[i].fn(user, (struct sv){in, len});
	return 0;
}

const struct lws_protocols conn_lws_protocol = {.name = "cdp", .callback = conn_callback};

// --- opening ---

static void
conn_start(void *arg)
{
	struct cdp_conn *c = arg;
	struct lws_client_connect_info info = {
	    .context = loop_lws(c->loop),
	    .address = c->address,
	    .port = c->port,
	    .path = c->path,
	    .host = c->address[0] == '+' ? "localhost" : c->address,
	    .local_protocol_name = "cdp",
	    .userdata = c,
	    .pwsi = &c->wsi,
	    .ietf_version_or_minus_one = -1,
	};

	if (atomic_load(&c->state)) { // given up before it began
		conn_unref(c);
		return;
	}
	c->in_loop = true;
	conn_ref(c);
	if (!lws_client_connect_via_info(&info) && !c->open_failed)
		on_connect_error(c, SV("no connection"));
	if (!c->wsi && c->in_loop)
		on_destroyed(c, SV_NULL);
	conn_unref(c);
}

// The loop thread must not wait for a name server: a name becomes an address here, in the caller's
// thread.
static int
resolve_host(const char *host, char *out, size_t size, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int rc = getaddrinfo(host, NULL, &hints, &list);

	if (rc == 0)
		rc = getnameinfo(
		    list->ai_addr, list->ai_addrlen, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
	if (list)
		freeaddrinfo(list);
	return rc == 0 ? 0 : err_set(err, ERR_BROWSER_START, "%s: %s", host, gai_strerror(rc));
}

static int
split_endpoint(struct cdp_conn *c, const char *address, struct err *err)
{
	const char *colon = strrchr(address, ':');
	cleanup_free char *host = NULL;
	char numeric[NI_MAXHOST];
	long port;
	char *end;
	int rc;

	if (strncmp(address, "unix:", 5) == 0) {
		c->address = xasprintf("+%s", address + 5);
		return 0;
	}
	port = colon ? strtol(colon + 1, &end, 10) : 0;
	if (!colon || *end || port < 1 || port > 65535)
		return err_set(
		    err, ERR_BROWSER_START, "\"%s\" is not host:port or unix:PATH", address);
	host = address[0] == '[' && colon[-1] == ']'
		   ? xstrndup(address + 1, (size_t)(colon - address) - 2)
		   : xstrndup(address, (size_t)(colon - address));
	if ((rc = resolve_host(host, numeric, sizeof(numeric), err)) != 0)
		return rc;
	c->address = xstrdup(numeric);
	c->port = (int)port;
	return 0;
}

struct cdp_conn *
conn_new(struct loop *l, const char *path)
{
	struct cdp_conn *c = xcalloc(1, sizeof(*c));
	pthread_condattr_t attr;

	atomic_init(&c->refs, 1);
	c->loop = l;
	c->max_message = CDP_MAX_MESSAGE_BYTES;
	c->max_queued = MAX_QUEUED_BYTES;
	c->path = xstrdup(path);
	c->tx_tail = &c->tx_head;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->opened_cond, &attr);
	pthread_condattr_destroy(&attr);
	return c;
}

static int
wait_opened(struct cdp_conn *c, struct deadline dl, struct err *err)
{
	struct timespec ts = deadline_timespec(dl);
	int rc = 0, code = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->opened && !c->open_failed && rc == 0)
		rc = pthread_cond_timedwait(&c->opened_cond, &c->lock, &ts);
	if (c->open_failed)
		code = err_set(
		    err, ERR_BROWSER_START, "DevTools at %s: %s", c->address, c->open_error);
	else if (!c->opened)
		code =
		    err_set(err, ERR_BROWSER_START, "DevTools at %s does not answer", c->address);
	pthread_mutex_unlock(&c->lock);
	return code;
}

int
cdp_conn_open(struct loop *l, const struct cdp_endpoint *ep, struct deadline dl,
    struct cdp_conn **out, struct err *err)
{
	struct cdp_conn *c = conn_new(l, ep->path);
	int rc = split_endpoint(c, ep->address, err);

	if (rc != 0) {
		conn_unref(c);
		return rc;
	}
	conn_ref(c);
	loop_post(l, conn_start, c);
	if ((rc = wait_opened(c, dl, err)) != 0) {
		cdp_conn_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

static void
conn_shut(void *arg)
{
	struct cdp_conn *c = arg;

	conn_kill(c, ERR_BROWSER_CRASHED);
	conn_unref(c);
}

void
cdp_conn_shutdown(struct cdp_conn *c)
{
	int alive = 0;

	atomic_compare_exchange_strong(&c->state, &alive, ERR_BROWSER_CRASHED);
	conn_ref(c);
	loop_post(c->loop, conn_shut, c);
}

void
cdp_conn_close(struct cdp_conn *c)
{
	if (!c)
		return;
	cdp_conn_shutdown(c);
	conn_unref(c);
}

bool
cdp_conn_alive(const struct cdp_conn *c)
{
	return atomic_load(&c->state) == 0;
}
