// SPDX-License-Identifier: Apache-2.0
// sd_notify and socket activation by their protocols, which systemd promises to keep
// (systemd.io/PORTABILITY_AND_STABILITY): a datagram, and descriptors from 3 on.
#include "orchestrator/service/notify.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FIRST_FD 3
#define MAX_FDS  64
#define FD_NAME  "riptide"

// The address of $NOTIFY_SOCKET: a path, or "@name" in the abstract name space.
static socklen_t
notify_address(const char *name, struct sockaddr_un *out)
{
	size_t n = strlen(name);

	if (n < 2 || n >= sizeof(out->sun_path) || !strchr("/@", name[0]))
		return 0;
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out->sun_path, name, n);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

void
notify_send(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	cleanup_close int fd = -1;
	struct sockaddr_un to;
	socklen_t n;

	if (!name || !name[0])
		return;
	n = notify_address(name, &to);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n == 0 || fd < 0 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, n) < 0)
		log_debug("NOTIFY_SOCKET: %s", n == 0 ? "not an address" : strerror(errno));
}

void
notify_status(const char *fmt, ...)
{
	static char last[256];
	char text[256], state[272];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *c = text; *c; c++) // a line end would begin another assignment
		*c = *c == '\n' ? ' ' : *c;
	if (strcmp(text, last) == 0)
		return;
	memcpy(last, text, sizeof(last));
	snprintf(state, sizeof(state), "STATUS=%s", text);
	notify_send(state);
}

void
notify_reloading(void)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_us());
	notify_send(state);
}

// --- numbers of the environment ---

// A decimal number without anything else; -1: absent or not one.
static long long
number(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long long v;

	if (!text || text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	v = strtoll(text, &end, 10);
	return *end || errno ? -1 : v;
}

// $WATCHDOG_USEC counts for the process that $WATCHDOG_PID names, or for any.
void
notify_watchdog(void)
{
	static int64_t every_us = -1, last_us;
	int64_t now = clock_us();

	if (every_us < 0) {
		long long pid = number("WATCHDOG_PID"), usec = number("WATCHDOG_USEC");

		every_us = usec > 0 && (pid < 0 || pid == getpid()) ? usec / 2 : 0;
	}
	if (every_us == 0 || now - last_us < every_us)
		return;
	last_us = now;
	notify_send("WATCHDOG=1");
}

// --- listening sockets ---

static bool
listens(int fd)
{
	socklen_t n = sizeof(int);
	int on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 && on;
}

// The i-th of the names that ':' separates.
static struct sv
nth_name(const char *names, int i)
{
	for (; names && i > 0; i--) {
		names = strchr(names, ':');
		names += names ? 1 : 0;
	}
	return names ? (struct sv){names, strcspn(names, ":")} : SV_NULL;
}

static int
pick(int n)
{
	const char *names = getenv("LISTEN_FDNAMES");
	int chosen = -1;

	for (int i = 0; i < n; i++) {
		int fd = FIRST_FD + i;
		bool ours = n == 1 || sv_eq_str(nth_name(names, i), FD_NAME);

		if (chosen < 0 && ours && listens(fd) && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) {
			chosen = fd;
			continue;
		}
		log_warn("LISTEN_FDS: descriptor %d is not the listening socket \"" FD_NAME
			 "\": closed",
		    fd);
		close(fd);
	}
	return chosen;
}

int
notify_listen_fd(void)
{
	long long pid = number("LISTEN_PID"), n = number("LISTEN_FDS");
	int fd = pid == getpid() && n > 0 && n <= MAX_FDS ? pick((int)n) : -1;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return fd;
}
