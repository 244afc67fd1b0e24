// SPDX-License-Identifier: Apache-2.0
// The listening socket: made from an address, or inherited (socket activation). Any thread.
#include "orchestrator/http/http_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG      4096
#define KEEP_IDLE_S  60 // a client that vanished without a word is found after two minutes
#define KEEP_EVERY_S 15
#define KEEP_TIMES   4
#define UNSENT_BYTES (128 << 10) // in the kernel for a client that does not read; else up to 4 MB

// Connections inherit all of these.
static void
set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
	    {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S},
	    {IPPROTO_TCP, TCP_KEEPINTVL, KEEP_EVERY_S},
	    {IPPROTO_TCP, TCP_KEEPCNT, KEEP_TIMES},
	    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES},
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

static char *
address_of(int fd)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof(sa);
	char text[INET6_ADDRSTRLEN];
	const struct sockaddr_un *un = (const struct sockaddr_un *)&sa;

	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		return xstrdup("?");
	if (sa.ss_family == AF_UNIX)
		return xasprintf("unix:%.*s", (int)sizeof(un->sun_path), un->sun_path);
	hpeer_text(&sa, text);
	return xasprintf(sa.ss_family == AF_INET6 ? "[%s]:%d" : "%s:%d", text,
	    ntohs(((const struct sockaddr_in *)&sa)->sin_port));
}

static int
listen_failed(const char *listen, const char *why, struct err *err)
{
	return err_set(err, ERR_LISTEN, "%s: %s", listen, why);
}

// --- Unix sockets ---

// A socket file that nobody listens on is left from a process that was killed.
static bool
is_stale(const struct sockaddr_un *sa)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	return fd >= 0 && lstat(sa->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 && errno == ECONNREFUSED;
}

static int
bind_unix(const char *path, char **unlink_path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) == 0 || strlen(path) >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa.sun_path, path, strlen(path));
	if (is_stale(&sa))
		unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(fd, BACKLOG) != 0)
		return -1;
	*unlink_path = xstrdup(path);
	return steal_fd(fd);
}

// --- TCP ---

// "127.0.0.1:80", "[::1]:80", "localhost:80" (the IPv4 one); no other names: they would be asked
// for in the network.
static bool
parse_tcp(const char *text, struct sockaddr_storage *sa)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool six = n > 2 && text[0] == '[' && text[n - 1] == ']';
	char host[INET6_ADDRSTRLEN];
	char *end;
	long port;

	if (n == 0 || n >= sizeof(host))
		return false;
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port < 0 || port > 65535)
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(n - 2 * six), text + six);
	if (strcmp(host, "localhost") == 0)
		snprintf(host, sizeof(host), "127.0.0.1");
	*sa = (struct sockaddr_storage){.ss_family = six ? AF_INET6 : AF_INET};
	if (six) {
		((struct sockaddr_in6 *)sa)->sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host, &((struct sockaddr_in6 *)sa)->sin6_addr) == 1;
	}
	((struct sockaddr_in *)sa)->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &((struct sockaddr_in *)sa)->sin_addr) == 1;
}

static int
bind_tcp(const struct sockaddr_storage *sa)
{
	cleanup_close int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t n =
	    sa->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)sa, n) != 0 || listen(fd, BACKLOG) != 0)
		return -1;
	set_options(fd);
	return steal_fd(fd);
}

int
hlisten_open(const char *listen, char **address, char **unlink_path, struct err *err)
{
	struct sockaddr_storage sa;
	int fd;

	if (strncmp(listen, "unix:", 5) == 0)
		fd = bind_unix(listen + 5, unlink_path);
	else if (parse_tcp(listen, &sa))
		fd = bind_tcp(&sa);
	else
		return listen_failed(listen, "not ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", err);
	if (fd < 0)
		return listen_failed(listen, strerror(errno), err);
	*address = address_of(fd);
	return fd;
}

int
hlisten_inherit(int fd, char **address, struct err *err)
{
	int on = 0, flags = fcntl(fd, F_GETFL);
	socklen_t n = sizeof(on);

	if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) != 0 || !on)
		return err_set(err, ERR_LISTEN, "descriptor %d is not a listening socket", fd);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	set_options(fd);
	*address = address_of(fd);
	return fd;
}
