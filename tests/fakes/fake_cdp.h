// SPDX-License-Identifier: Apache-2.0
// A scripted DevTools peer for unit tests: a WebSocket server (RFC 6455) in a thread of the test,
// that says exactly what the script says, valid or not. Every read has a deadline; nothing sleeps.
#ifndef TESTS_FAKE_CDP_H
#define TESTS_FAKE_CDP_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cdp/conn.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FAKE_WAIT_MS 10000

struct fake {
	int listen_fd, fd;
	pthread_t thread;
	bool joined;
	void (*script)(struct fake *f);
	void *arg;
	const char *answer; // to the upgrade, with %s for the right Sec-WebSocket-Accept; NULL: a
			    // proper one
	char address[128];
	struct buf in;      // received, not yet parsed
	struct buf message; // the last message from the client
	struct deadline dl;
	int gate[2]; // fake_open_gate lets fake_await_gate go on
};

static inline bool
fake_wait_readable(int fd, struct deadline dl)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, deadline_poll_ms(dl)) == 1;
}

// More bytes into f->in; false at the end of the connection or the deadline.
static inline bool
fake_fill(struct fake *f)
{
	char *room = buf_reserve(&f->in, 65536);
	ssize_t n;

	if (!room || !fake_wait_readable(f->fd, f->dl))
		return false;
	n = recv(f->fd, room, 65536, 0);
	if (n <= 0)
		return false;
	f->in.n += (size_t)n;
	return true;
}

static inline void
fake_consume(struct fake *f, size_t n)
{
	memmove(f->in.p, f->in.p + n, f->in.n - n);
	f->in.n -= n;
}

static inline bool
fake_write(struct fake *f, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t k = send(f->fd, at, n, MSG_NOSIGNAL);

		if (k <= 0)
			return false;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static inline bool
fake_answer_upgrade(struct fake *f, const char *accept)
{
	const char *text = f->answer ? f->answer
				     : "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n";
	const char *at = strstr(text, "%s");

	if (!at)
		return fake_write(f, text, strlen(text));
	return fake_write(f, text, (size_t)(at - text)) && fake_write(f, accept, strlen(accept)) &&
	       fake_write(f, at + 2, strlen(at + 2));
}

static inline bool
fake_handshake(struct fake *f)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[20];
	char *end = NULL, *key, text[128], accept[64];
	int n;

	buf_reset(&f->in);
	while (!f->in.n || !(end = strstr(f->in.p, "\r\n\r\n"))) {
		if (!fake_fill(f))
			return false;
		f->in.p[f->in.n] = '\0';
	}
	key = strcasestr(f->in.p, "Sec-WebSocket-Key:");
	assert(key);
	key += strspn(key + 18, " ") + 18;
	n = snprintf(text, sizeof(text), "%.*s%s", (int)strcspn(key, "\r"), key, guid);
	lws_SHA1((unsigned char *)text, (size_t)n, digest);
	lws_b64_encode_string((char *)digest, sizeof(digest), accept, sizeof(accept));
	fake_consume(f, (size_t)(end - f->in.p) + 4);
	return fake_answer_upgrade(f, accept);
}

// --- what a script says ---

// A frame header: opcode 1 text, 0 continuation, 8 close, 9 ping; `n` may lie.
static inline void
fake_frame_header(struct fake *f, int opcode, bool final, uint64_t n)
{
	unsigned char h[10] = {(unsigned char)((final ? 0x80 : 0) | opcode)};
	size_t len = 2;

	if (n < 126) {
		h[1] = (unsigned char)n;
	} else if (n < 65536) {
		h[1] = 126;
		h[2] = (unsigned char)(n >> 8);
		h[3] = (unsigned char)n;
		len = 4;
	} else {
		h[1] = 127;
		for (int i = 0; i < 8; i++)
			h[2 + i] = (unsigned char)(n >> (56 - 8 * i));
		len = 10;
	}
	fake_write(f, h, len);
}

static inline void
fake_send(struct fake *f, const char *text)
{
	fake_frame_header(f, 1, true, strlen(text));
	fake_write(f, text, strlen(text));
}

static inline void __attribute__((format(printf, 2, 3)))
fake_sendf(struct fake *f, const char *fmt, ...)
{
	cleanup_buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	fake_send(f, b.p);
}

// One message of `head`, `n` times `fill`, and `tail`, sent in one frame without being held in
// memory.
static inline void
fake_send_large(struct fake *f, const char *head, size_t n, char fill, const char *tail)
{
	static char block[1 << 16];

	memset(block, fill, sizeof(block));
	fake_frame_header(f, 1, true, strlen(head) + n + strlen(tail));
	fake_write(f, head, strlen(head));
	for (size_t k; n > 0; n -= k) {
		k = MIN(n, sizeof(block));
		fake_write(f, block, k);
	}
	fake_write(f, tail, strlen(tail));
}

// --- what a script hears ---

static inline bool
fake_frame(struct fake *f, size_t *header, size_t *n)
{
	const unsigned char *p = (const unsigned char *)f->in.p;

	if (f->in.n < 2)
		return false;
	*n = p[1] & 127;
	*header = 6;
	if (*n == 126) {
		*header = 8;
		*n = f->in.n < 4 ? 0 : (size_t)(p[2] << 8 | p[3]);
	} else if (*n == 127) {
		*header = 14;
		*n = 0;
		for (int i = 0; f->in.n >= 10 && i < 8; i++)
			*n = *n << 8 | p[2 + i];
	}
	return f->in.n >= *header && f->in.n >= *header + *n;
}

// The next text message of the client in f->message, or NULL when it closed or the deadline passed.
static inline const char *
fake_recv(struct fake *f)
{
	size_t header, n;
	int opcode;

	for (;;) {
		while (!fake_frame(f, &header, &n))
			if (!fake_fill(f))
				return NULL;
		opcode = f->in.p[0] & 15;
		buf_reset(&f->message);
		buf_add(&f->message, f->in.p + header, n);
		for (size_t i = 0; i < n; i++)
			f->message.p[i] ^= f->in.p[header - 4 + (i & 3)];
		fake_consume(f, header + n);
		if (opcode == 8)
			return NULL;
		if (opcode == 1)
			return f->message.p;
	}
}

// The id of the next message with this method; other messages are passed over. 0 when none comes.
static inline uint64_t
fake_expect(struct fake *f, const char *method)
{
	while (fake_recv(f)) {
		struct sv got = json_skim_str(json_skim(buf_view(&f->message), "method"));

		if (sv_eq_str(got, method))
			return (uint64_t)json_skim_int(json_skim(buf_view(&f->message), "id"), 0);
	}
	return 0;
}

static inline bool
fake_message_has(const struct fake *f, const char *text)
{
	return strstr(f->message.p, text) != NULL;
}

// Plays the browser's part of cdp_session_attach.
static inline void
fake_attach(struct fake *f, const char *session)
{
	uint64_t id = fake_expect(f, "Target.attachToTarget");

	fake_sendf(f,
	    "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"%s\",\"targetInfo\":"
	    "{\"targetId\":\"T-%s\",\"type\":\"page\",\"browserContextId\":\"C1\"},"
	    "\"waitingForDebugger\":false}}",
	    session, session);
	fake_sendf(
	    f, "{\"id\":%llu,\"result\":{\"sessionId\":\"%s\"}}", (unsigned long long)id, session);
	fake_expect(f, "Target.setAutoAttach");
}

static inline void
fake_reply(struct fake *f, uint64_t id, const char *result, const char *session)
{
	if (session)
		fake_sendf(f, "{\"id\":%llu,\"result\":%s,\"sessionId\":\"%s\"}",
		    (unsigned long long)id, result, session);
	else
		fake_sendf(f, "{\"id\":%llu,\"result\":%s}", (unsigned long long)id, result);
}

static inline void
fake_event(struct fake *f, const char *method, const char *params, const char *session)
{
	fake_sendf(
	    f, "{\"method\":\"%s\",\"params\":%s,\"sessionId\":\"%s\"}", method, params, session);
}

// --- a gate from the test to the script ---

static inline void
fake_open_gate(struct fake *f)
{
	assert(write(f->gate[1], "g", 1) == 1);
}

static inline void
fake_await_gate(struct fake *f)
{
	char c;

	if (fake_wait_readable(f->gate[0], f->dl))
		assert(read(f->gate[0], &c, 1) == 1);
}

// --- life ---

static inline void
fake_hang_up(struct fake *f)
{
	util_closep(&f->fd);
}

static inline void *
fake_main(void *arg)
{
	struct fake *f = arg;

	if (!fake_wait_readable(f->listen_fd, f->dl))
		return NULL;
	f->fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (f->fd >= 0 && fake_handshake(f) && f->script)
		f->script(f);
	return NULL;
}

static inline void
fake_listen_tcp(struct fake *f)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(sa);

	f->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(f->listen_fd, (struct sockaddr *)&sa, n) == 0);
	assert(getsockname(f->listen_fd, (struct sockaddr *)&sa, &n) == 0);
	snprintf(f->address, sizeof(f->address), "127.0.0.1:%d", ntohs(sa.sin_port));
}

static inline void
fake_listen_unix(struct fake *f)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	f->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "/tmp/riptide-fake-%d", (int)getpid());
	unlink(sa.sun_path);
	assert(bind(f->listen_fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	snprintf(f->address, sizeof(f->address), "unix:%s", sa.sun_path);
}

static inline void
fake_start(struct fake *f, void (*script)(struct fake *), bool local)
{
	*f = (struct fake){.fd = -1, .script = script, .dl = deadline_in_ms(FAKE_WAIT_MS)};
	assert(pipe(f->gate) == 0);
	if (local)
		fake_listen_unix(f);
	else
		fake_listen_tcp(f);
	assert(listen(f->listen_fd, 8) == 0);
	assert(pthread_create(&f->thread, NULL, fake_main, f) == 0);
}

// Wait for the end of the script.
static inline void
fake_join(struct fake *f)
{
	if (!f->joined)
		pthread_join(f->thread, NULL);
	f->joined = true;
}

static inline void
fake_stop(struct fake *f)
{
	shutdown(f->listen_fd, SHUT_RDWR);
	fake_join(f);
	util_closep(&f->fd);
	util_closep(&f->listen_fd);
	util_closep(&f->gate[0]);
	util_closep(&f->gate[1]);
	if (strncmp(f->address, "unix:", 5) == 0)
		unlink(f->address + 5);
	buf_done(&f->in);
	buf_done(&f->message);
}

// --- a client on it ---

struct rig {
	struct fake fake;
	struct loop *loop;
	struct cdp_conn *conn;
	struct cdp_client *client;
	struct cdp_session *session;
	struct err err;
	unsigned events; // seen by rig_on_event
	char log[4096];  // "method;" of each
	char last_params[256];
};

static inline void
rig_on_event(void *arg, struct cdp_session *s UNUSED, const char *method, char *params, size_t n)
{
	struct rig *r = arg;
	size_t at = strlen(r->log);

	r->events++;
	snprintf(r->log + at, sizeof(r->log) - at, "%s;", method);
	snprintf(r->last_params, sizeof(r->last_params), "%.*s", (int)n, params);
}

static inline void
rig_start(struct rig *r, void (*script)(struct fake *), bool local)
{
	*r = (struct rig){.err = ERR_INIT};
	fake_start(&r->fake, script, local);
	r->loop = loop_new(&r->err);
	assert(r->loop);
}

// `connected`: as in struct cdp_endpoint.
static inline void
rig_connect(struct rig *r, int *connected)
{
	struct cdp_endpoint ep = {
	    .address = r->fake.address, .path = "/devtools/browser/fake", .connected = connected};

	if (cdp_conn_open(r->loop, &ep, deadline_in_ms(FAKE_WAIT_MS), &r->conn, &r->err) != 0) {
		fprintf(stderr, "rig: %s\n", r->err.message);
		abort();
	}
	r->client = cdp_client_new(r->conn, rig_on_event, r);
}

static inline void
rig_open(struct rig *r, void (*script)(struct fake *), bool local)
{
	rig_start(r, script, local);
	rig_connect(r, NULL);
}

static inline void
rig_open_session(struct rig *r, void (*script)(struct fake *))
{
	rig_open(r, script, false);
	if (cdp_session_attach(
		r->client, "T-S1", deadline_in_ms(FAKE_WAIT_MS), &r->session, &r->err) != 0) {
		fprintf(stderr, "rig: %s\n", r->err.message);
		abort();
	}
}

static inline void
rig_close(struct rig *r)
{
	cdp_client_free(r->client);
	cdp_conn_close(r->conn);
	fake_stop(&r->fake);
	loop_free(r->loop);
}

static inline struct deadline
rig_soon(void)
{
	return deadline_in_ms(FAKE_WAIT_MS);
}

#endif
