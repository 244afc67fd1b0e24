// SPDX-License-Identifier: Apache-2.0
// Frames over stream socketpairs: header, head, body. Both ends of every helper use this file, so
// what it reads may come from a process that a page has taken over. Never blocks past the deadline,
// never raises SIGPIPE, takes memory only as bytes arrive.
#include "extract/proto.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct proto_header) == PROTO_HEADER_BYTES, "the header has no padding");

enum {
	SMALL_FRAME = 16 << 10, // sent by one call
	READ_STEP = 256 << 10,  // memory is taken in steps, so that a lying length costs nothing
	SEND_FDS_MS = 10000,
};

int
proto_header_check(const struct proto_header *h, uint64_t max_body, struct err *err)
{
	if (h->magic != PROTO_MAGIC || h->version != PROTO_VERSION)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "not a frame: magic %08x version %u",
		    h->magic, h->version);
	if (h->type == 0 || h->type >= PROTO_TYPE_END)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "unknown frame type %u", h->type);
	if (h->head_len > PROTO_MAX_HEAD)
		return err_set(err, ERR_TOO_LARGE, "frame head of %llu bytes",
		    (unsigned long long)h->head_len);
	if (h->body_len > max_body || h->body_len > PROTO_MAX_BODY)
		return err_set(err, ERR_TOO_LARGE, "frame of %llu bytes, the limit is %llu",
		    (unsigned long long)h->body_len,
		    (unsigned long long)MIN(max_body, PROTO_MAX_BODY));
	return 0;
}

void
proto_frame_done(struct proto_frame *f)
{
	buf_done(&f->head);
	buf_done(&f->body);
}

// 1 ready (or hung up: the next call says how), 0 deadline.
static int
wait_fd(int fd, short events, struct deadline dl)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int n = poll(&p, 1, deadline_poll_ms(dl));

		if (n > 0 || (n < 0 && errno != EINTR))
			return 1;
		if (deadline_passed(dl))
			return 0;
	}
}

static int
peer_gone(struct err *err, bool inside_frame)
{
	if (inside_frame)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "the frame was cut short");
	return err_set(err, ERR_EXTRACTOR_CRASHED, "the other end is gone");
}

// --- writing ---

void
proto_writer_init(
    struct proto_writer *w, uint32_t type, uint64_t id, struct sv head, struct sv body)
{
	*w = (struct proto_writer){
	    .header = {PROTO_MAGIC, PROTO_VERSION, (uint16_t)type, id, head.n, body.n},
	    .parts = {{NULL, PROTO_HEADER_BYTES}, head, body},
	};
}

static const char *
part_bytes(const struct proto_writer *w, size_t i)
{
	return i == 0 ? (const char *)&w->header : w->parts[i].p;
}

// What to send next: the rest of the part at w->done; small parts are gathered in `small`.
static struct sv
next_piece(const struct proto_writer *w, char *small, size_t size)
{
	size_t skip = w->done, n = 0;

	for (size_t i = 0; i < ARRAY_LEN(w->parts); i++) {
		size_t left = w->parts[i].n - MIN(skip, w->parts[i].n);

		if (left > size - n) {
			if (n == 0) // too large to gather: straight from the caller's memory
				return (struct sv){part_bytes(w, i) + skip, left};
			break;
		}
		if (left > 0)
			memcpy(small + n, part_bytes(w, i) + skip, left);
		n += left;
		skip -= MIN(skip, w->parts[i].n);
	}
	return (struct sv){small, n};
}

int
proto_writer_step(struct proto_writer *w, int fd, struct err *err)
{
	size_t total = w->parts[0].n + w->parts[1].n + w->parts[2].n;
	char small[SMALL_FRAME];

	while (w->done < total) {
		struct sv piece = next_piece(w, small, sizeof(small));
		ssize_t n = send(fd, piece.p, piece.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			w->done += (size_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		else if (n == 0 || errno != EINTR)
			return peer_gone(err, false);
	}
	return 1;
}

int
proto_send(int fd, uint32_t type, uint64_t id, struct sv head, struct sv body, struct deadline dl,
    struct err *err)
{
	struct proto_writer w;

	proto_writer_init(&w, type, id, head, body);
	for (;;) {
		int rc = proto_writer_step(&w, fd, err);

		if (rc != 0)
			return rc < 0 ? rc : 0;
		if (!wait_fd(fd, POLLOUT, dl))
			return err_set(err, ERR_TIMEOUT, "a frame could not be sent in time");
	}
}

// --- reading ---

void
proto_reader_init(struct proto_reader *r, uint64_t max_body)
{
	*r = (struct proto_reader){.max_body = max_body};
}

void
proto_reader_done(struct proto_reader *r)
{
	proto_frame_done(&r->frame);
}

struct proto_frame
proto_reader_take(struct proto_reader *r)
{
	struct proto_frame f = r->frame;

	proto_reader_init(r, r->max_body);
	return f;
}

// One recv: > 0 bytes, 0 not ready, < 0 error.
static ssize_t
recv_some(int fd, void *p, size_t n, bool inside_frame, struct err *err)
{
	ssize_t got;

	do
		got = recv(fd, p, n, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return got;
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return peer_gone(err, inside_frame);
}

static int
header_done(struct proto_reader *r, struct err *err)
{
	int rc = proto_header_check(&r->header, r->max_body, err);

	if (rc != 0)
		return rc;
	r->frame = (struct proto_frame){.type = r->header.type, .id = r->header.id};
	r->frame.head.max = (size_t)r->header.head_len + 1;
	r->frame.body.max = (size_t)r->header.body_len + 1;
	return 1;
}

static int
read_header(struct proto_reader *r, int fd, struct err *err)
{
	while (r->got < PROTO_HEADER_BYTES) {
		ssize_t n = recv_some(
		    fd, (char *)&r->header + r->got, PROTO_HEADER_BYTES - r->got, r->got > 0, err);

		if (n <= 0)
			return (int)n;
		r->got += (size_t)n;
		if (r->got == PROTO_HEADER_BYTES)
			return header_done(r, err);
	}
	return 1;
}

static int
read_part(struct buf *b, uint64_t want, int fd, struct err *err)
{
	while (b->n < want) {
		size_t step = MIN((size_t)want - b->n, MAX((size_t)READ_STEP, b->n));
		char *p = buf_reserve(b, step);
		ssize_t n;

		if (!p)
			return err_set(err, ERR_EXTRACTOR_OOM,
			    "no memory for a frame of %llu bytes", (unsigned long long)want);
		n = recv_some(fd, p, step, true, err);
		if (n <= 0)
			return (int)n;
		b->n += (size_t)n;
		b->p[b->n] = '\0';
	}
	return 1;
}

int
proto_reader_step(struct proto_reader *r, int fd, struct err *err)
{
	int rc = r->failed ? err_set(err, r->failed, NULL) : read_header(r, fd, err);

	if (rc == 1)
		rc = read_part(&r->frame.head, r->header.head_len, fd, err);
	if (rc == 1)
		rc = read_part(&r->frame.body, r->header.body_len, fd, err);
	r->failed = MIN(rc, 0);
	return rc;
}

static int
read_frame(
    struct proto_reader *r, int fd, struct proto_frame *out, struct deadline dl, struct err *err)
{
	for (;;) {
		int rc = proto_reader_step(r, fd, err);

		if (rc == 1) {
			*out = proto_reader_take(r);
			return 0;
		}
		if (rc == 0 && !wait_fd(fd, POLLIN, dl))
			rc = err_set(err, ERR_TIMEOUT, "no frame came in time");
		if (rc < 0) {
			proto_reader_done(r);
			return rc;
		}
	}
}

int
proto_recv(int fd, struct proto_frame *out, uint64_t max_body, struct deadline dl, struct err *err)
{
	struct proto_reader r;

	proto_reader_init(&r, max_body);
	return read_frame(&r, fd, out, dl, err);
}

bool
proto_pending(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

// --- frames with fds ---

union fd_control {
	char bytes[CMSG_SPACE(sizeof(int) * PROTO_MAX_FDS)];
	struct cmsghdr align;
};

int
proto_send_fds(int fd, uint32_t type, uint64_t id, struct sv body, const int *fds, size_t n_fds,
    struct err *err)
{
	struct proto_header h = {PROTO_MAGIC, PROTO_VERSION, (uint16_t)type, id, 0, body.n};
	struct iovec iov[2] = {{&h, sizeof(h)}, {(void *)(uintptr_t)body.p, body.n}};
	union fd_control control = {0};
	struct msghdr msg = {.msg_iov = iov,
	    .msg_iovlen = 2,
	    .msg_control = control.bytes,
	    .msg_controllen = CMSG_SPACE(sizeof(int) * n_fds)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct deadline dl = deadline_in_ms(SEND_FDS_MS);
	ssize_t n;

	assert(n_fds > 0 && n_fds <= PROTO_MAX_FDS && body.n <= SMALL_FRAME);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	while ((n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return peer_gone(err, false);
		if (!wait_fd(fd, POLLOUT, dl))
			return err_set(err, ERR_TIMEOUT, "a frame could not be sent in time");
	}
	// Less than one small frame fits in an empty buffer at once; a part of it means a broken
	// peer.
	return (size_t)n == sizeof(h) + body.n ? 0 : peer_gone(err, true);
}

struct fd_list {
	int v[PROTO_MAX_FDS];
	size_t n;
};

static void
fd_list_close(struct fd_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		close(l->v[i]);
	l->n = 0;
}

static void
fd_list_add(struct fd_list *l, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && l->n < PROTO_MAX_FDS; i++)
			memcpy(&l->v[l->n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
}

// The fds travel with the frame's first byte: the header is read by recvmsg, the rest as usual.
static int
recv_header_fds(
    int fd, struct proto_reader *r, struct fd_list *l, struct deadline dl, struct err *err)
{
	struct iovec iov = {&r->header, sizeof(r->header)};
	union fd_control control;
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	ssize_t n;

	while ((n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return peer_gone(err, false);
		if (!wait_fd(fd, POLLIN, dl))
			return err_set(err, ERR_TIMEOUT, "no frame came in time");
	}
	if (n == 0)
		return peer_gone(err, false);
	fd_list_add(l, &msg);
	r->got = (size_t)n;
	if (msg.msg_flags & MSG_CTRUNC)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "a frame with too many fds");
	return r->got == PROTO_HEADER_BYTES ? MIN(0, header_done(r, err)) : 0;
}

int
proto_recv_fds(int fd, struct proto_frame *out, int *fds, size_t max_fds, size_t *n_fds,
    struct deadline dl, struct err *err)
{
	struct fd_list l = {.n = 0};
	struct proto_reader r;
	int rc;

	proto_reader_init(&r, SMALL_FRAME);
	rc = recv_header_fds(fd, &r, &l, dl, err);
	if (rc == 0 && l.n > max_fds)
		rc = err_set(err, ERR_EXTRACTOR_PROTOCOL, "a frame with %zu fds", l.n);
	if (rc == 0)
		rc = read_frame(&r, fd, out, dl, err);
	if (rc != 0) {
		fd_list_close(&l);
		return rc;
	}
	memcpy(fds, l.v, l.n * sizeof(int));
	*n_fds = l.n;
	return 0;
}
