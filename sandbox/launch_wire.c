// SPDX-License-Identifier: Apache-2.0
// Packets with fds on the launcher's sockets. Any process, any thread.
#include "sandbox/launch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(LAUNCH_MAX_FDS * sizeof(int))];
};

int
launch_send(int sock, const void *p, size_t n, const int *fds, size_t n_fds, int flags)
{
	assert(n_fds <= LAUNCH_MAX_FDS);
	union control control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)p, .iov_len = n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (n_fds) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	ssize_t sent;
	while ((sent = sendmsg(sock, &msg, flags | MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	return sent == (ssize_t)n ? 0 : -1;
}

ssize_t
launch_recv(int sock, void *p, size_t size, int fds[LAUNCH_MAX_FDS], int flags)
{
	union control control;
	struct iovec iov = {.iov_base = p, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	ssize_t n;
	while ((n = recvmsg(sock, &msg, flags | MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < LAUNCH_MAX_FDS; i++)
		fds[i] = -1;
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c),
		    MIN(c->cmsg_len - CMSG_LEN(0), LAUNCH_MAX_FDS * sizeof(int)));
	return n;
}
