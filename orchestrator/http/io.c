// SPDX-License-Identifier: Apache-2.0
// Bytes from and to the socket, plain or through TLS. Loop thread; never blocks but on the disk.
#include "orchestrator/http/http_priv.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define FILE_PIECE ((size_t)256 << 10)

static ssize_t
plain_recv(struct conn *c, char *p, size_t n)
{
	ssize_t k;

	do
		k = recv(c->fd, p, n, MSG_DONTWAIT);
	while (k < 0 && errno == EINTR);
	if (k < (ssize_t)n)
		c->readable = false; // the next event tells of more
	return k >= 0 ? k : errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

ssize_t
hio_recv(struct conn *c, char *p, size_t n)
{
	ssize_t k = c->ssl ? htls_recv(c, p, n) : plain_recv(c, p, n);

	if (k == IO_AGAIN)
		c->readable = false;
	if (k > 0)
		atomic_fetch_add_explicit(&c->server->bytes_in, (uint64_t)k, memory_order_relaxed);
	return k;
}

// --- out ---

static ssize_t
plain_send(struct conn *c, struct iovec *iov, int n)
{
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)n};
	ssize_t k;

	do
		k = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (k < 0 && errno == EINTR);
	return k >= 0 ? k : errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

static ssize_t
counted(struct conn *c, ssize_t k)
{
	if (k > 0) {
		c->sent += (uint64_t)k;
		atomic_fetch_add_explicit(&c->server->bytes_out, (uint64_t)k, memory_order_relaxed);
	}
	return k;
}

ssize_t
hio_send(struct conn *c, struct iovec *iov, int n)
{
	return counted(
	    c, c->ssl ? htls_send(c, iov[0].iov_base, iov[0].iov_len) : plain_send(c, iov, n));
}

static ssize_t
plain_send_file(struct conn *c, size_t n)
{
	off_t at = c->file_at;
	ssize_t k;

	do
		k = sendfile(c->fd, c->file_fd, &at, n);
	while (k < 0 && errno == EINTR);
	return k > 0 ? k : k < 0 && errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

static ssize_t
tls_send_file(struct conn *c, size_t n)
{
	ssize_t k = pread(c->file_fd, c->server->scratch, MIN(n, HTTP_SCRATCH_BYTES), c->file_at);

	return k > 0 ? htls_send(c, c->server->scratch, (size_t)k) : IO_ERROR;
}

// The loop thread blocks SIGPIPE, which sendfile would raise. A file that is shorter than it was
// said to be is an error.
ssize_t
hio_send_file(struct conn *c)
{
	size_t n = (size_t)MIN((int64_t)FILE_PIECE, c->file_left);
	ssize_t k = c->ssl ? tls_send_file(c, n) : plain_send_file(c, n);

	if (k > 0) {
		c->file_at += k;
		c->file_left -= k;
	}
	return counted(c, k);
}

void
hio_shutdown(struct conn *c)
{
	if (c->ssl)
		htls_shutdown(c);
	shutdown(c->fd, SHUT_WR);
}
