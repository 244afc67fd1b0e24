// SPDX-License-Identifier: Apache-2.0
// riptide-launch, init process: the browser's network. A network namespace has loopback, brought up
// here while init still may, and a link that leads nowhere. There or in the host's network the
// socket is made that the egress guard is to listen on, and DevTools is dialled for those who can't
// from outside.
#include "sandbox/launch_priv.h"

#include "base/clock.h"
#include "sandbox/egress/egress.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define DIAL_MS 5000 // a connection over loopback takes microseconds, unless the backlog is full
#define BACKLOG 512

static int
fail(struct err *err, const char *what)
{
	return err_set(err, ERR_SANDBOX, "%s: %s", what, strerror(errno));
}

int
launch_net_up(struct err *err)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		return fail(err, "bring loopback up");
	return 0;
}

// In the host's network the socket hears loopback only: it is bound to the device, for a bind to
// one address would take the others of 127.0.0.0/8 away.
static int
bind_listener(int fd, bool own)
{
	static const char lo[] = "lo";
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons(own ? EGRESS_PORT : 0),
	    .sin_addr.s_addr = htonl(INADDR_ANY)};
	int one = 1;
	if (!own && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, lo, sizeof(lo)))
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		return -1;
	return bind(fd, (struct sockaddr *)&at, sizeof(at));
}

int
launch_net_listen(bool own, int *port, struct err *err)
{
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in at;
	socklen_t size = sizeof(at);
	if (fd < 0 || bind_listener(fd, own) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&at, &size))
		return fail(
		    err, own ? "listen for egress" : "listen for egress on the host's loopback");
	*port = ntohs(at.sin_port);
	return steal_fd(fd);
}

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
