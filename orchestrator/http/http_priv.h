// SPDX-License-Identifier: Apache-2.0
// What the files of the HTTP server share. Everything of a connection belongs to the loop thread;
// other threads reach it only by a task that holds a reference to an exchange. Names begin with h,
// because cdp has connections too.
#ifndef ORCHESTRATOR_HTTP_HTTP_PRIV_H
#define ORCHESTRATOR_HTTP_HTTP_PRIV_H

#include "base/clock.h"
#include "orchestrator/http/http.h"
#include "orchestrator/http/http_parse.h"
#include "orchestrator/http/timers.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#define HTTP_SCRATCH_BYTES  ((size_t)64 << 10)
#define HTTP_OUT_BATCH      ((size_t)32 << 10) // answers put together into one system call
#define HTTP_SMALL_BODY     ((size_t)16 << 10) // copied behind its head
#define HTTP_STREAM_ROOM    ((size_t)16 << 10)
#define HTTP_PULLED_MAX     ((size_t)64 << 20) // of one piece that a source gives
#define HTTP_PULLED_KEEP    ((size_t)256 << 10)
#define HTTP_SKIP_MAX       ((uint64_t)64 << 10) // of a body that nobody wants
#define HTTP_HALF_CLOSED_MS 250 // an answer that is nearly ready still reaches a half-closed client
#define HTTP_LINGER_MS      2000 // without a byte from the client …
#define HTTP_LINGER_MAX_MS  10000

struct ssl_st;
struct ssl_ctx_st;
struct conn;
struct peer;

// --- exchange.c ---
struct http_exchange {
	atomic_int refs;  // of the memory
	atomic_int users; // who may still answer: references of the user, and the loop until it has
			  // called on_request
	atomic_bool answered, gone, waking;
	struct http_server *server; // counted
	struct conn *conn;          // loop; NULL: answered, or gone
	void (*gone_fn)(void *arg); // under the server's lock, with the next two
	void *gone_arg;
	bool gone_running;
	void *user;
	void (*user_free)(void *user);
	struct http_request request;
	struct buf body;
	size_t body_counted; // against the server's total
	bool complete;       // the whole request was received
	bool expects;        // 100 Continue, which was not sent
	bool loop_user;      // loop: it is among the users
	bool http10, keep_alive;
	uint64_t length; // of the body as announced; chunked: UINT64_MAX
	char peer[INET6_ADDRSTRLEN];
	// fields and text follow
};
struct http_exchange *hx_new(struct conn *c, const struct http_head *h, struct sv text);
void hx_drop(struct http_exchange *x); // a reference that is not a user's
// Loop: the answer is complete, or the client went before it was.
void hx_done(struct http_exchange *x);
void hx_lost(struct http_exchange *x);
// Loop: hooks were called; without an answer and a user there is a 500.
void hx_handed_over(struct http_exchange *x);
// Loop: its body grows to hold n more bytes; false: the total is reached.
bool hx_count_body(struct http_exchange *x);

// --- reply.c ---
enum answer_kind { ANSWER_WHOLE, ANSWER_STREAM, ANSWER_UPGRADE };
struct answer { // made in any thread, then the loop's
	struct http_exchange *x;
	enum answer_kind kind;
	int status;
	bool close, bodiless;
	struct buf fields; // lines of the head but those that the connection decides
	struct buf body;
	int fd;
	off_t offset;
	int64_t length; // of the file
	struct http_source source;
	struct http_ws ws;
};
struct answer *hanswer_new(struct http_exchange *x, enum answer_kind kind, struct http_reply *r);
void hanswer_free(struct answer *a);
void hanswer_send(struct answer *a); // takes it
void hanswer_refused(
    struct http_server *s, const struct err *err, struct answer **out); // by the hook
const char *http_reason(int status);

// --- conn.c ---
enum conn_state {
	CONN_TLS,  // shaking hands
	CONN_IDLE, // nothing of a request was received
	CONN_HEAD, // a part of a head was
	CONN_BODY,
	CONN_SKIP,  // a body that nobody wants, after its answer
	CONN_WAIT,  // the user has the request
	CONN_REPLY, // an answer of known size is being written
	CONN_STREAM,
	CONN_WS,
	CONN_LINGER, // all is said; the client may still be sending
	CONN_DEAD,
};

struct stream { // of an answer that is pulled
	struct http_source source;
	bool ready, ended, chunked;
	int64_t said_us; // when something was last written
};

struct ws_conn;

struct conn {
	struct http_server *server;
	struct conn *next, **link; // all of the server's
	struct conn *idle_next, *idle_prev;
	bool in_idle;
	int fd;
	uint32_t events; // registered with epoll
	enum conn_state state;
	struct ssl_st *ssl;
	char *subject;
	struct timer timer;
	struct peer *peer_count;
	char peer[INET6_ADDRSTRLEN];

	struct buf in; // received and not yet taken
	struct http_scan scan;
	unsigned empty_lines;
	struct http_exchange *x; // counted
	struct http_body body;
	uint64_t skip;
	uint64_t n_requests;

	struct buf out; // to be written first
	size_t out_off;
	struct buf big; // then this
	size_t big_off;
	int file_fd; // then a piece of this
	off_t file_at;
	int64_t file_left;
	struct stream *stream;
	struct ws_conn *ws;

	bool readable, blocked; // what is known of the socket
	bool running;           // in hconn_run
	bool again;             // there is more to do in the next turn
	bool registered;        // with epoll
	bool hung_up;           // the client will send no more …
	bool eof;               // … and all of it was received
	bool closing;           // after what is being written
	bool ours;              // the end is our wish, so the client may still be sending
	bool tls_wants_out;
	int64_t since_us; // when the state was entered; of IDLE and LINGER: when last heard
	int64_t begun_us; // head or body: its first byte
	int64_t rate_us;  // when the rate of a body is looked at next
	int64_t hung_up_us;
	uint64_t sent;     // bytes handed to the kernel
	int64_t window_us; // since when the client has been taking too little; 0: it takes all
	uint64_t window_delivered;
};
struct conn *hconn_new(
    struct http_server *s, int fd, const struct sockaddr_storage *sa, struct peer *peer);
void hconn_run(struct conn *c); // does all that can be done now
void hconn_close(struct conn *c);
void hconn_event(struct conn *c, uint32_t events);
void hconn_timer(struct timer *t, void *arg);
void hconn_set_state(struct conn *c, enum conn_state state);
void hconn_drain(struct conn *c);

// --- conn_in.c ---
// Take what was received as far as the state allows; whether anything changed.
bool hconn_take_input(struct conn *c);
bool hconn_read(struct conn *c);
void hconn_refuse(struct conn *c, const struct err *err);
bool hconn_wants_input(const struct conn *c);

// --- conn_out.c ---
bool hconn_write(struct conn *c);
void hconn_answer(struct conn *c, struct answer *a); // takes `a`
void hconn_say(struct conn *c, const void *p, size_t n);
size_t hconn_pending(const struct conn *c); // bytes to be written, as far as known
uint64_t hconn_delivered(const struct conn *c);

// --- stream.c ---
void hstream_start(struct conn *c, const struct http_source *source, bool chunked);
bool hstream_pull(struct conn *c); // whether anything was appended or ended
void hstream_heartbeat(struct conn *c);
void hstream_end(struct conn *c); // the source is closed

// --- ws_server.c ---
void hws_start(struct conn *c, const struct http_ws *w);
void hws_end(struct conn *c);
void hws_wake(struct conn *c);
bool hws_pull(struct conn *c);
size_t hws_feed(struct conn *c, const char *p, size_t n);
int64_t hws_due(const struct conn *c);
void hws_is_due(struct conn *c);

// --- io.c ---
enum { IO_EOF = 0, IO_AGAIN = -1, IO_ERROR = -2 };
ssize_t hio_recv(struct conn *c, char *p, size_t n);
ssize_t hio_send(struct conn *c, struct iovec *iov, int n);
ssize_t hio_send_file(struct conn *c);
void hio_shutdown(struct conn *c); // nothing more will be sent

// --- tls.c ---
int htls_new(const struct http_tls *t, struct ssl_ctx_st **out, struct err *err) MUST_CHECK;
void htls_free(struct ssl_ctx_st *ctx);
int htls_start(struct conn *c) MUST_CHECK;
void htls_end(struct conn *c);
ssize_t htls_shake_hands(struct conn *c); // 1: done
ssize_t htls_recv(struct conn *c, char *p, size_t n);
ssize_t htls_send(struct conn *c, const char *p, size_t n);
void htls_shutdown(struct conn *c);
uint64_t htls_sent(const struct conn *c);

// --- peers.c: connections per address ---
struct peers {
	struct peer **slots;
	size_t n_slots, n;
};
// Counts it; -1: it has `max` already. *out: for hpeers_leave, NULL without a limit or an address.
int hpeers_enter(
    struct peers *p, const struct sockaddr_storage *sa, size_t max, struct peer **out) MUST_CHECK;
void hpeers_leave(struct peers *p, struct peer *peer);
void hpeers_done(struct peers *p);
void hpeer_text(const struct sockaddr_storage *sa, char out[INET6_ADDRSTRLEN]);

// --- listen.c ---
// A bound and listening socket; `address` gets its name with the real port.
int hlisten_open(const char *listen, char **address, char **unlink_path, struct err *err);
int hlisten_inherit(int fd, char **address, struct err *err);

// --- server.c ---
struct http_server {
	atomic_int refs;
	struct loop *loop;
	struct http_limits limits;
	struct http_hooks hooks;
	struct ssl_ctx_st *tls; // set before the first connection, or in the loop thread
	char *address, *unlink_path;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;    // under lock: tasks may be posted
	bool stopped; // under lock

	int epoll_fd, listen_fd, timer_fd, reserve_fd; // loop, and all below
	struct loop_watch *watch;
	struct timers timers;
	struct timer accept_timer;
	int64_t armed_us;
	int64_t now_us;
	bool draining, accepting;
	unsigned depth;
	struct conn *conns, *dead;
	struct conn *idle_first, *idle_last; // without a request, oldest first
	struct peers peers;
	char *scratch;
	struct buf pulled;
	char date[48]; // "Date: …\r\n"
	int64_t date_s;

	atomic_uint_fast64_t accepted, refused, requests, bytes_in, bytes_out, protocol_errors;
	atomic_uint_fast32_t n_open, n_streams, n_websockets;
	atomic_uint_fast64_t body_bytes;
};
void hserver_ref(struct http_server *s);
void hserver_unref(struct http_server *s);
// Any thread: run fn(arg) in the loop thread; false: the server is gone, fn will not run.
bool hserver_post(struct http_server *s, void (*fn)(void *arg), void *arg);
// Loop: around everything that may close connections; their memory goes with the last.
void hserver_enter(struct http_server *s);
void hserver_leave(struct http_server *s);
void hserver_arm(struct http_server *s, struct timer *t, int64_t due_us);
const char *hserver_date(struct http_server *s);
bool hserver_evict_idle(struct http_server *s);

// --- accept.c ---
void haccept_ready(struct http_server *s);
void haccept_resume(struct http_server *s);
void haccept_stop(struct http_server *s);

#endif
