// SPDX-License-Identifier: Apache-2.0
// The connection to one browser in the loop thread: its socket lies in the lws loop as a raw
// descriptor; what it says goes to the calls that wait and to the reflexes. Its end fails
// everything that waits.
#include "cdp/conn/conn_priv.h"

#include <errno.h>
#include <libwebsockets.h>
#include <sys/socket.h>

#define MAX_QUEUED_BYTES ((size_t)128 << 20)
#define READS_PER_TURN   16 // then other connections have their turn

struct cdp_conn *
conn_new(struct loop *l)
{
	struct cdp_conn *c = xcalloc(1, sizeof(*c));

	atomic_init(&c->refs, 1);
	c->loop = l;
	c->fd = -1;
	c->max_message = CDP_MAX_MESSAGE_BYTES;
	c->max_queued = MAX_QUEUED_BYTES;
	c->tx_tail = &c->tx_head;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

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
	if (!c->wsi)
		util_closep(&c->fd);
	htab_done(&c->pending);
	htab_done(&c->sessions);
	htab_done(&c->targets);
	buf_done(&c->early);
	free(c->rx.p);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

// --- calls that wait ---

static struct call *
call_of_node(struct hnode *n)
{
	return n ? (struct call *)((char *)n - offsetof(struct call, node)) : NULL;
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

void
conn_fail_call(struct call *call, int code)
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
		conn_fail_call(call, scope->code);
}

void
conn_fail_pending(struct cdp_conn *c, struct cdp_session *s, int code)
{
	htab_each(&c->pending, fail_one, &(struct fail_scope){s, code});
}

// --- clients ---

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

// --- the end ---

void
conn_lost(struct cdp_conn *c, int code)
{
	int alive = 0;

	if (atomic_compare_exchange_strong(&c->state, &alive, code))
		alive = code;
	session_end_all(c, alive);
	conn_fail_pending(c, NULL, alive);
	wake_clients(c);
	conn_drop_queue(c);
}

void
conn_kill(struct cdp_conn *c, int code)
{
	conn_lost(c, code);
	if (c->wsi)
		lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

// --- received messages ---

static void
receive_reply(struct cdp_conn *c, const struct envelope *e, char **own)
{
	struct call *call = call_of_node(htab_find(&c->pending, e->id));

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
	struct call *call;

	if (envelope_read_ends(head, tail, &e) != 0) {
		conn_kill(c, ERR_PROTOCOL);
		return;
	}
	if (e.kind != ENVELOPE_EVENT) {
		call = call_of_node(htab_find(&c->pending, e.id));
		if (call)
			conn_fail_call(call, ERR_RESULT_TOO_LARGE);
		return;
	}
	if (!e.session.p || (s = session_find(c, e.session)))
		reflex_event_lost(c, s, e.method);
}

// --- the socket ---

// One read: large frames go straight to their place, the rest through the loop's scratch memory. 1:
// there may be more; 0: not now; -1: the end.
static int
read_some(struct cdp_conn *c)
{
	char *at;
	size_t room = ws_direct(c, &at);
	bool direct = room > 0;
	ssize_t n;

	if (!direct)
		at = loop_scratch(c->loop, &room);
	n = recv(c->fd, at, room, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	if ((direct ? ws_advance(c, (size_t)n) : ws_feed(c, at, (size_t)n)) != 0)
		conn_kill(c, ERR_PROTOCOL);
	return (size_t)n == room;
}

static int
on_readable(struct cdp_conn *c)
{
	int rc = 1;

	for (int i = 0; i < READS_PER_TURN && rc > 0 && !atomic_load(&c->state); i++)
		rc = read_some(c);
	loop_run_deferred(c->loop);
	return rc < 0 || atomic_load(&c->state) ? -1 : 0;
}

static int
on_writable(struct cdp_conn *c)
{
	return atomic_load(&c->state) ? -1 : conn_flush(c);
}

static int
on_closed(struct cdp_conn *c)
{
	conn_lost(c, ERR_BROWSER_CRASHED);
	return 0;
}

static int
on_destroyed(struct cdp_conn *c)
{
	c->wsi = NULL;
	c->fd = -1; // lws closed it
	conn_lost(c, ERR_BROWSER_CRASHED);
	conn_unref(c);
	return 0;
}

static const struct {
	enum lws_callback_reasons reason;
	int (*fn)(struct cdp_conn *c);
} conn_callbacks[] = {
    {LWS_CALLBACK_RAW_RX_FILE, on_readable},
    {LWS_CALLBACK_RAW_WRITEABLE_FILE, on_writable},
    {LWS_CALLBACK_RAW_CLOSE_FILE, on_closed},
    {LWS_CALLBACK_WSI_DESTROY, on_destroyed},
};

static int
conn_callback(struct lws *wsi UNUSED, enum lws_callback_reasons reason, void *user, void *in UNUSED,
    size_t len UNUSED)
{
	for (size_t i = 0; user && i < ARRAY_LEN(conn_callbacks); i++)
		if (conn_callbacks[i].reason == reason)
			return conn_callbacks[i].fn(user);
	return 0;
}

const struct lws_protocols conn_lws_protocol = {.name = "cdp", .callback = conn_callback};

// --- opening and closing ---

// The wsi holds a reference; what came with the answer to the upgrade is read first.
static void
conn_adopt(void *arg)
{
	struct cdp_conn *c = arg;
	lws_sock_file_fd_type fd = {.filefd = c->fd};
	struct lws_vhost *vhost = lws_get_vhost_by_name(loop_lws(c->loop), "default");

	if (!atomic_load(&c->state))
		c->wsi =
		    lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "cdp", NULL);
	if (!c->wsi) {
		conn_lost(c, ERR_BROWSER_CRASHED);
		conn_unref(c);
		return;
	}
	lws_set_wsi_user(c->wsi, c);
	if (c->early.n && ws_feed(c, c->early.p, c->early.n) != 0)
		conn_kill(c, ERR_PROTOCOL);
}

int
cdp_conn_open(struct loop *l, const struct cdp_endpoint *ep, struct deadline dl,
    struct cdp_conn **out, struct err *err)
{
	struct cdp_conn *c = conn_new(l);
	int fd = conn_connect(ep, dl, &c->early, err);

	if (fd < 0) {
		conn_unref(c);
		return fd;
	}
	c->fd = fd;
	conn_ref(c);
	loop_post(l, conn_adopt, c);
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
