// SPDX-License-Identifier: Apache-2.0
// What the files of the connection share. Everything marked "loop" is touched by the loop thread
// only; what other threads may touch is atomic or under the lock named beside it.
#ifndef CDP_CONN_PRIV_H
#define CDP_CONN_PRIV_H

#include "base/mailbox.h"
#include "base/ws.h"
#include "cdp/conn.h"

#include <pthread.h>
#include <stdatomic.h>

struct lws;
struct lws_protocols;

#define SESSION_ID_MAX 64

// --- loop.c ---
struct loop_task {
	struct loop_task *next;
	void (*run)(struct loop_task *t);
};
// As loop_post, but the caller's memory: `t` belongs to the loop until `run` is called.
void loop_post_task(struct loop *l, struct loop_task *t);
// Loop: run `t` at the end of this turn, after all that was posted or received together.
void loop_defer(struct loop *l, struct loop_task *t);
void loop_run_deferred(struct loop *l);
char *loop_scratch(struct loop *l, size_t *n); // Loop: memory for one read; not across callbacks
extern const struct lws_protocols conn_lws_protocol;

// --- conn_table.c: intrusive hash table, keys may repeat ---
struct hnode {
	struct hnode *next;
	uint64_t key;
};
struct htab {
	struct hnode **slots;
	size_t n_slots, n;
};
void htab_done(struct htab *t); // the nodes are the caller's
void htab_put(struct htab *t, struct hnode *n, uint64_t key);
struct hnode *htab_find(const struct htab *t, uint64_t key); // first with the key, or NULL
struct hnode *htab_find_next(const struct hnode *n);         // the next with the same key
void htab_del(struct htab *t, struct hnode *n);
uint64_t htab_hash(struct sv text);
// Calls fn for every node; fn may delete the node it is given.
void htab_each(struct htab *t, void (*fn)(struct hnode *n, void *arg), void *arg);

// --- envelope.c ---
enum envelope_kind { ENVELOPE_REPLY, ENVELOPE_ERROR, ENVELOPE_EVENT };
struct envelope {
	enum envelope_kind kind;
	uint64_t id;       // replies
	struct sv method;  // events
	struct sv session; // SV_NULL: the browser
	struct sv body;    // raw params, result or error; SV_NULL when absent
};
// 0, or -1 when it is not a DevTools message. Does not look inside the body of messages in
// Chromium's own layout, so its cost does not grow with the message.
int envelope_read(struct sv text, struct envelope *out) MUST_CHECK;
// The same from the first and last bytes of a message (at least 128 of each if it has them); no
// body.
int envelope_read_ends(struct sv head, struct sv tail, struct envelope *out) MUST_CHECK;

// --- conn.c ---
// One command on its way out, and then waiting for its reply.
struct call {
	struct loop_task task;       // first: posted by the caller's thread
	struct hnode node;           // loop: in conn.pending, key = id
	struct call *next;           // loop: in the send queue
	struct cdp_conn *conn;       // counted while posted
	struct cdp_client *client;   // counted; NULL: nobody waits for the reply
	struct cdp_session *session; // counted; NULL: the browser
	struct cdp_session *attach;  // counted; made live by the reply of Target.attachToTarget
	uint64_t id;
	unsigned opcode;
	bool queued, pending; // loop
	size_t n;
	char *text;           // n bytes after WS_HEAD_MAX bytes of room
	unsigned char *frame; // loop: header and masked text, as far as not sent
	size_t frame_n;
};

// The frame that is being received.
struct ws_in {
	unsigned char head[10];
	size_t head_n;
	bool in_payload, in_message, first, final;
	unsigned opcode;
	uint64_t left; // bytes of payload to come
	char control[125];
	size_t control_n;
};

// A received message as it grows.
struct rx {
	char *p;
	size_t n, cap;
	bool skipping; // too large: only the ends are kept
	char head[256], tail[256];
	size_t head_n, tail_n;
};

// Target.attachedToTarget comes before the reply of Target.attachToTarget, and tells more.
struct attached_news {
	char session_id[SESSION_ID_MAX], context_id[SESSION_ID_MAX], type[24];
};

struct cdp_conn {
	atomic_int refs;
	atomic_int state; // 0, or the code with which every call fails
	struct loop *loop;
	atomic_uint_fast64_t next_id;
	atomic_size_t queued_bytes;
	size_t max_message; // bytes of one received message
	size_t max_queued;

	pthread_mutex_t lock; // the list of clients
	struct cdp_client *clients;
	struct buf early; // received with the answer to the upgrade

	int fd;          // loop, and all below; belongs to wsi while there is one
	struct lws *wsi; // holds a reference
	bool blocked;    // the socket takes no more: wait for POLLOUT
	bool rearming, flushing;
	struct loop_task rearm, flush;
	struct call *tx_head, **tx_tail;
	uint64_t mask_seed;
	struct ws_in in;
	struct rx rx;
	struct htab pending, sessions, targets;
	struct attached_news news;
	bool discovering; // Target.setDiscoverTargets was sent
};

struct cdp_conn *conn_new(struct loop *l); // not connected; one reference
void conn_ref(struct cdp_conn *c);
void conn_unref(struct cdp_conn *c);
// Any thread. Takes `call`; 0 or ERR_TIMEOUT when too much is queued already.
int conn_post_call(struct cdp_conn *c, struct call *call, struct err *err) MUST_CHECK;
// Loop: send a command whose reply nobody wants. `params` is JSON text or empty.
void conn_send(struct cdp_conn *c, struct cdp_session *s, const char *method, struct sv params);
// Loop: fail every pending call of the session (NULL: all) with `code`.
void conn_fail_pending(struct cdp_conn *c, struct cdp_session *s, int code);
void conn_fail_call(struct call *call, int code); // Loop
void conn_drop_queue(struct cdp_conn *c);         // Loop
int conn_flush(
    struct cdp_conn *c) MUST_CHECK; // Loop: write what the socket takes; -1: it is broken
// Loop: a control frame.
void conn_send_frame(struct cdp_conn *c, unsigned opcode, struct sv payload);
// Loop: conn_lost, and close the socket.
void conn_kill(struct cdp_conn *c, int code);
// Loop: the connection is over; `code` goes to everything that waits.
void conn_lost(struct cdp_conn *c, int code);
// Loop: a whole message; `p` is writable. If `own` is not NULL it is the malloc'd block that holds
// the message and the receiver may steal it (sets *own to NULL).
void conn_receive(struct cdp_conn *c, char *p, size_t n, char **own);
// Loop: a message that was too large to keep.
void conn_receive_oversize(struct cdp_conn *c, struct sv head, struct sv tail);
// conn_open.c. Any thread: a connected and upgraded socket, or ERR_BROWSER_START. What the peer
// sent after its answer goes into `early`.
int conn_connect(const struct cdp_endpoint *ep, struct deadline dl, struct buf *early,
    struct err *err) MUST_CHECK;

// --- conn_ws.c, loop ---
// Frame the payload in place: masks it and writes the header in front of it (WS_HEAD_MAX bytes of
// room).
unsigned char *ws_frame(struct cdp_conn *c, unsigned opcode, unsigned char *payload, size_t n);
// Take received bytes. -1: the peer broke the rules or closed.
int ws_feed(struct cdp_conn *c, char *p, size_t n) MUST_CHECK;
// Where the next bytes of a large frame can be read to, how many at most (0: nowhere), and that n
// were.
size_t ws_direct(struct cdp_conn *c, char **at);
int ws_advance(struct cdp_conn *c, size_t n) MUST_CHECK;

// --- conn_rx.c, loop ---
// A piece of a message; `coming` more bytes of its frame will follow.
void rx_receive(struct cdp_conn *c, struct sv in, bool first, bool final, size_t coming);
size_t rx_room(struct cdp_conn *c, size_t coming, char **at);
void rx_advance(struct cdp_conn *c, size_t n, bool final);
void conn_add_client(struct cdp_conn *c, struct cdp_client *cl);
void conn_remove_client(struct cdp_conn *c, struct cdp_client *cl);
struct call *call_new(
    struct cdp_conn *c, struct cdp_session *s, const char *method, struct sv params);
void call_free(struct call *call);

// --- client.c ---
struct client_mail {
	struct mail mail; // first
	uint64_t id;      // replies; 0: an event
	int code;         // 0, or why there is no reply
	bool is_error;    // body is the protocol's error object
	struct cdp_session *session;
	char *method; // events
	char *body;   // NUL-terminated
	size_t n;
	char *own; // malloc'd block that holds body, or NULL when it follows this struct
	struct client_mail *next; // client: stash or deferred list
};

struct outstanding {
	uint64_t id;
	struct client_mail *reply;
};

struct cdp_client {
	atomic_int refs;
	struct cdp_conn *conn;   // counted
	struct cdp_client *next; // under conn's lock
	struct mailbox *box;
	cdp_event_fn *on_event;
	void *arg;
	atomic_bool cancelled, overflowed;
	atomic_bool deaf;        // events are for nobody any more: none is lost
	atomic_bool wants_quiet; // in cdp_wait_until: wake when in_flight falls to 0
	struct loop_task gone;

	struct outstanding *calls; // client's thread, and all below
	size_t n_calls, cap_calls;
	bool dispatching;
	struct client_mail *deferred, **deferred_tail;

	struct cdp_session *sessions; // loop: all it was ever given, by client_next
};
void client_ref(struct cdp_client *cl);
void client_unref(struct cdp_client *cl);
// Loop: hand a reply (or its failure) or an event over.
void client_deliver_reply(
    struct cdp_client *cl, const struct call *call, const struct envelope *e, char **own);
void client_deliver_failure(struct cdp_client *cl, const struct call *call, int code);
void client_deliver_event(struct cdp_client *cl, struct cdp_session *s, const struct envelope *e,
    char **own, bool droppable);

// Loop: an event that may not be lost was lost.
void client_overflow(struct cdp_client *cl);

// --- session.c ---
#define SESSION_ID_MAX     64
#define CHILD_COMMANDS_MAX 16

struct child_command {
	unsigned kinds;
	char *method, *params;
};

// What a root session and its children share. Under `lock`: the loop thread writes, any thread
// reads.
struct session_shared {
	pthread_mutex_t lock;
	struct cdp_counters counters;
	struct cdp_policy policy; // strings owned
	struct child_command commands[CHILD_COMMANDS_MAX];
	size_t n_commands;
	pthread_mutex_t hook_lock; // held while the hook runs
	cdp_paused_fn *paused;
	void *paused_arg;
	struct htab requests;    // loop: in flight, by requestId
	uint32_t n_children;     // loop: attached now, popups excluded
	bool workers_ignored;    // loop
	uint64_t challenged[16]; // loop: hashes of requests that were asked for credentials
};

struct cdp_session {
	atomic_int refs;
	atomic_int state;
	struct hnode by_id, by_target; // loop: in conn.sessions, conn.targets while attached
	struct cdp_conn *conn;         // not counted: its client counts it
	struct cdp_client *client;     // loop: counted while attached; NULL once the client is gone
	struct cdp_session *client_next; // loop
	struct cdp_session *root, *parent;
	struct cdp_session *children, *sibling; // under root->shared->lock: attached children
	struct session_shared *shared;          // root only
	bool attached;                          // loop
	char id[SESSION_ID_MAX], target_id[SESSION_ID_MAX], type[24], context_id[SESSION_ID_MAX];
};
struct cdp_session *session_new_root(struct cdp_client *cl, const char *target_id);
void session_ref(struct cdp_session *s);
void session_unref(struct cdp_session *s);
// Loop: the session on the wire with this id, or NULL.
struct cdp_session *session_find(struct cdp_conn *c, struct sv id);
struct cdp_session *session_by_target(struct cdp_conn *c, struct sv target_id);
bool session_in_context(struct cdp_conn *c, struct sv context_id); // any root session?
void session_copy_id(char *out, size_t size, struct sv id);        // "" when it does not fit
// Loop: enter a root session that was made by cdp_session_attach.
void session_enter_root(struct cdp_session *s, struct sv id);
// Loop: adopt a child of `parent`. NULL when the ids don't fit.
struct cdp_session *session_enter_child(
    struct cdp_session *parent, struct sv id, struct sv target_id, struct sv type);
// Loop: it is gone from the wire (or crashed, with `detach` false): pending calls fail, waits wake.
void session_end(struct cdp_session *s, int code, bool detach);
void session_end_all(struct cdp_conn *c, int code);
void session_orphan(struct cdp_session *s); // Loop: its client is being freed

// --- reflex.c ---
enum reflex_delivery { DELIVER_ALWAYS, DELIVER_NETWORK, DELIVER_CONSOLE, DELIVER_NEVER };
// Loop: do what the event needs at once, then hand it to the client by policy. `s` NULL: the
// browser.
void reflex_event(struct cdp_conn *c, struct cdp_session *s, const struct envelope *e, char **own);
// Loop: what a too large event means for its receiver.
void reflex_event_lost(struct cdp_conn *c, struct cdp_session *s, struct sv method);
// {"key": raw}, where `raw` is a JSON value as it was received.
void reflex_send_one(struct cdp_session *s, const char *method, const char *key, struct sv raw);

// Each handles one event of a session and returns whether the client must get it whatever the table
// says.
typedef bool reflex_fn(struct cdp_session *s, struct sv params);
// reflex_page.c
reflex_fn reflex_dialog, reflex_paused, reflex_auth;
reflex_fn reflex_frame_navigated, reflex_dcl, reflex_load, reflex_download;
// reflex_target.c
reflex_fn reflex_child_attached, reflex_child_detached, reflex_crashed, reflex_detached,
    reflex_window_open;
void reflex_browser_event(struct cdp_conn *c, const struct envelope *e);
void reflex_root_attached(struct cdp_session *root);

// --- reflex_net.c: what is in flight ---
reflex_fn net_request_sent, net_response, net_finished, net_failed; // true: a document's
void net_main_committed(struct cdp_session *root, struct sv loader_id);
void net_ignore_worker_scripts(struct cdp_session *s);
void net_session_ended(struct cdp_session *s); // its requests will not finish
void net_done(struct session_shared *sh);

#endif
