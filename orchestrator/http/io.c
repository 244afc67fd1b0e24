// SPDX-License-Identifier: Apache-2.0
// Bytes from and to the socket, plain or through TLS. Loop thread; never blocks but on the disk.
#include "orchestrator/http/http_priv.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define FILE_PIECE ((size_t)256 << 10)

ssize_t
hio_recv(struct conn *c, char *p, size_t n)
{
	ssize_t k;

	do
		k = recv(c->fd, p, n, MSG_DONTWAIT);
	while (k < 0 && errno == EINTR);
	if (k > 0)
		atomic_fetch_add_explicit(&c->server->bytes_in, (uint64_t)k, memory_order_relaxed);
	if (k < (ssize_t)n)
		c->readable = false; // the next event tells of more
	return k >= 0 ? k : errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

static ssize_t
sent(struct conn *c, ssize_t k)
{
	if (k > 0) {
		c->sent += (uint64_t)k;
		atomic_fetch_add_explicit(&c->server->bytes_out, (uint64_t)k, memory_order_relaxed);
	}
	return k >= 0 ? k : errno == EAGAIN ? IO_AGAIN : IO_ERROR;
}

ssize_t
hio_send(struct conn *c, struct iovec *iov, int n)
{
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)n};
	ssize_t k;

	do
		k = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (k < 0 && errno == EINTR);
	return sent(c, k);
}

// The loop thread blocks SIGPIPE. A file that is shorter than it was said to be is an error.
ssize_t
hio_send_file(struct conn *c)
{
	size_t n = (size_t)MIN((int64_t)FILE_PIECE, c->file_left);
	ssize_t k;

	do
		k = sendfile(c->fd, c->file_fd, &c->file_at, n);
	while (k < 0 && errno == EINTR);
	if (k > 0)
		c->file_left -= k;
	return k == 0 ? IO_ERROR : sent(c, k);
}

void
hio_shutdown(struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
}
