// SPDX-License-Identifier: Apache-2.0
// riptide-launch, init process: what it does in the browser's network. It connects to DevTools for
// those who can't from outside.
#include "sandbox/launch_priv.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#define DIAL_MS 5000 // a connection over loopback takes microseconds, unless the backlog is full

// Until `fd` is connected, or `until` is closed by its other side.
static int
await_connected(int fd, int until)
{
	struct deadline dl = deadline_in_ms(DIAL_MS);
	struct pollfd p[] = {{.fd = fd, .events = POLLOUT}, {.fd = until}};
	int n, error = 0;
	socklen_t size = sizeof(error);
	while ((n = poll(p, ARRAY_LEN(p), deadline_poll_ms(dl))) < 0 && errno == EINTR)
		;
	if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		return -1;
	errno = error ? error : ETIMEDOUT;
	return !error && p[0].revents ? 0 : -1;
}

int
launch_net_dial(int port, int until)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) &&
	    (errno != EINPROGRESS || await_connected(fd, until)))
		return -1;
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return steal_fd(fd);
}
