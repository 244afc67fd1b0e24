// SPDX-License-Identifier: Apache-2.0
// A strict HTTP/1.1 server (RFC 9112) with WebSocket upgrade (RFC 6455) on raw connections of the
// loop's libwebsockets context (TLS is lws's). Knows nothing of jobs: it hands over whole requests
// and takes answers from any thread. All reading and writing happens in the loop thread, every
// buffer has a maximum and every wait a deadline. ADR 4 says why it is not lws's own HTTP role.
#ifndef ORCHESTRATOR_HTTP_HTTP_H
#define ORCHESTRATOR_HTTP_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "cdp/loop.h"

#include <stdint.h>
#include <sys/types.h>

#define HTTP_MAX_HEADERS 100

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHOD_OTHER // any other token: the routes answer 405 or 501
};
extern const char *const http_method_names[];

struct http_field {
	struct sv name; // as sent; compared without case
	struct sv value;
};

// A request; borrowed from its exchange. Its fields were checked: one Host, and none of those that
// may stand once (Authorization, Content-Type, Origin, Range, …) stands twice.
struct http_request {
	enum http_method method;
	int minor;             // of HTTP/1.x
	struct sv target;      // as sent: "/v1/jobs/ab?x=1"
	struct sv path, query; // percent-encoded still; query without '?', SV_NULL: none
	const struct http_field *fields;
	size_t n_fields;
	struct sv body;   // chunked bodies are decoded
	const char *peer; // address of the client, "127.0.0.1", "unix"
	bool tls;
	const char *client_subject; // of a verified TLS client certificate; NULL: none
	int64_t received_us;        // CLOCK_MONOTONIC, when the head was complete
};
// The value of a field that may stand once; SV_NULL: absent. `name` in lower case.
struct sv http_field_get(const struct http_request *r, const char *name);
// The value of a query parameter, percent-decoded and appended; false: absent.
bool http_query_get(const struct http_request *r, const char *name, struct buf *out);
// The next pair of a query, as it was sent, and the rest; false: no more.
bool http_query_next(struct sv *rest, struct sv *name, struct sv *value);

// One request and its answer. Counted references: any thread may hold one and answer late.
struct http_exchange;
struct http_exchange *http_exchange_ref(struct http_exchange *x);
void http_exchange_unref(struct http_exchange *x);
const struct http_request *http_exchange_request(const struct http_exchange *x);
// Has the client gone (or the server closed the connection)? Any thread.
bool http_exchange_gone(const struct http_exchange *x);
// fn(arg) in the loop thread, once, when the client goes before its answer is complete; at once
// when it has gone already. One per exchange. http_exchange_on_gone(x, NULL, NULL) takes it back:
// after that returns fn is not running and will not run (any thread but the loop's blocks shortly).
void http_exchange_on_gone(struct http_exchange *x, void (*fn)(void *arg), void *arg);
// A slot for the user of the server, set in on_head; `free` runs with the last reference.
void http_exchange_set_user(struct http_exchange *x, void *user, void (*free)(void *user));
void *http_exchange_user(const struct http_exchange *x);

struct http_pair {
	const char *name, *value;
};
#define HTTP_REPLY_FIELDS 24
struct http_reply {
	int status;
	const char *content_type;                   // NULL: no body, no Content-Type
	struct http_pair fields[HTTP_REPLY_FIELDS]; // borrowed for the call
	size_t n_fields;
	struct buf body; // taken
	bool close;      // end the connection after this answer
	bool has_file;   // the body is a piece of this file instead
	int fd;          // taken
	off_t offset;
	int64_t length;
};
// The answer; once for an exchange (later calls are ignored). Any thread. HEAD: the body is left
// out. Framing fields (Content-Length, Transfer-Encoding, Connection, Date) are the server's.
void http_reply(struct http_exchange *x, struct http_reply *r);
void http_reply_field(struct http_reply *r, const char *name, const char *value);

// --- streams: the connection pulls ---
enum http_pull {
	HTTP_PULL_MORE, // something was appended; ask again
	HTTP_PULL_WAIT, // nothing now: http_wake says when
	HTTP_PULL_END,
};
struct http_source {
	// Loop thread, when the client can take more: append about `room` bytes, not much more.
	// Must not block.
	enum http_pull (*pull)(void *arg, struct buf *out, size_t room);
	void (*closed)(void *arg); // loop thread, exactly once, the last call: ended or client gone
	void *arg;
	const char *heartbeat; // sent after heartbeat_ms of silence; NULL: none
	int64_t heartbeat_ms;
};
// Begin a streamed answer (chunked): `r` gives status, type and fields. The head is sent at once.
void http_stream(struct http_exchange *x, struct http_reply *r, const struct http_source *s);
// There may be something to pull. Any thread, cheap, coalesced.
void http_wake(struct http_exchange *x);

// --- WebSocket ---
struct http_ws {
	// Loop thread: a whole message (UTF-8 checked when text). Must not block.
	void (*on_message)(void *arg, struct http_exchange *x, bool text, struct sv message);
	// As http_source.pull, but exactly one message (text) a call that returns HTTP_PULL_MORE.
	enum http_pull (*pull)(void *arg, struct buf *message, size_t room);
	void (*closed)(void *arg);
	void *arg;
	size_t max_message_bytes;
	int64_t ping_ms; // a ping after so long a silence; twice as long without a pong ends it
	const char *protocol; // Sec-WebSocket-Protocol answered; NULL: none
};
// 0 for a valid opening handshake (RFC 6455 4.2.1); ERR_INVALID_REQUEST, or ERR_UPGRADE_REQUIRED
// when it is none or of a version other than 13.
int http_check_upgrade(const struct http_request *r, struct err *err) MUST_CHECK;
void http_upgrade(struct http_exchange *x, const struct http_ws *w);

// --- the server ---
struct http_hooks {
	// Loop thread, when the head is complete and before any body is read: the place for
	// authentication and for refusals. It may http_reply at once; then the body is not read. It
	// may lower *max_body (bytes).
	void (*on_head)(void *arg, struct http_exchange *x, size_t *max_body);
	// Loop thread: the whole request is there. Answer, or take a reference and hand it to
	// another thread. Whoever drops the last reference without an answer answers 500.
	void (*on_request)(void *arg, struct http_exchange *x);
	// Loop thread: a request that broke the protocol is answered by this (fills type, body and
	// fields for `err`), and the connection ends.
	void (*on_refused)(void *arg, const struct err *err, struct http_reply *out);
	void *arg;
};

struct http_limits {
	size_t max_connections, max_connections_per_peer; // 0: no limit
	size_t max_head_bytes;                            // request line and fields together
	size_t max_body_bytes;                            // of one request
	size_t max_body_bytes_total;                      // of all exchanges that exist
	int64_t head_ms;    // from the first byte of a head to its end (and of a new connection)
	int64_t idle_ms;    // keep-alive
	int64_t body_ms;    // the longest silence within a body …
	int64_t body_rate;  // … and the lowest bytes/s over it after the first body_ms
	int64_t write_ms;   // the longest time that nothing of an answer is taken …
	int64_t write_rate; // … and the lowest bytes/s over such a time while more waits
	int64_t requests_per_connection; // 0: no limit
};
extern const struct http_limits http_limits_default;

struct http_tls {                         // NULL or "": none; without any, plain
	const char *cert_path, *key_path; // PEM
	const char *client_ca_path;       // ask for and require client certificates
};
// Can a server speak TLS with these? ERR_CONFIG names the file and what it lacks.
int http_tls_check(const struct http_tls *t, struct err *err) MUST_CHECK;
struct http_opts {
	const char *listen; // "127.0.0.1:8377", "[::1]:0", "unix:/path"
	int listen_fd; // an inherited listening socket instead (socket activation), taken; -1: none
	struct http_tls tls;
	struct http_limits limits;
	struct http_hooks hooks;
};
struct http_server;
// ERR_LISTEN names the address and why; ERR_CONFIG what of `tls` does not work. The bound address
// (with the real port) is http_server_address. *out is set before the first callback
// (and NULL after a failure). Not in the loop thread.
int http_server_open(struct loop *l, const struct http_opts *o, struct http_server **out,
    struct err *err) MUST_CHECK;
const char *http_server_address(const struct http_server *s);
// The files of `t`, read anew, are for connections from now on; a plain server's NULLs do nothing.
// ERR_CONFIG, and all stays as it is. Any thread.
int http_server_renew_tls(
    struct http_server *s, const struct http_tls *t, struct err *err) MUST_CHECK;
// Accept no more; idle connections close, others after their answer. Any thread.
void http_server_drain(struct http_server *s);
// Ends every connection. Not in the loop thread.
void http_server_free(struct http_server *s);

struct http_stats { // a snapshot, any thread
	uint64_t accepted, refused, requests, bytes_in, bytes_out, protocol_errors;
	uint32_t open, streams, websockets;
	uint64_t body_bytes_held;
};
void http_server_stats(const struct http_server *s, struct http_stats *out);

// --- content coding (http/coding.c): for answer bodies, not in the loop thread ---
// Compresses *body in place with br or gzip when Accept-Encoding allows it, the type is text-like
// and it is worth it; returns the coding's name for Content-Encoding or NULL (left as it is).
const char *http_compress(struct buf *body, const char *content_type, struct sv accept_encoding);

#endif
