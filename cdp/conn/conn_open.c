// SPDX-License-Identifier: Apache-2.0
// From an endpoint to a socket that speaks WebSocket (RFC 6455 §4): resolve, connect (or take what
// is connected) and upgrade in the caller's thread, every step under the deadline. The loop thread
// gets the socket when all this is done.
#include "cdp/conn/conn_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ANSWER_MAX 4096
#define WS_GUID    "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// --- connecting ---

static int
await_fd(int fd, short events, struct deadline dl)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	do
		n = poll(&p, 1, deadline_poll_ms(dl));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n == 1 ? 0 : -1;
}

static int
connect_socket(int fd, const struct sockaddr *sa, socklen_t n, struct deadline dl)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (connect(fd, sa, n) == 0)
		return 0;
	if (errno != EINPROGRESS || await_fd(fd, POLLOUT, dl) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int
connect_unix(const char *path, struct deadline dl)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa.sun_path, path, strlen(path));
	if (fd < 0 || connect_socket(fd, (struct sockaddr *)&sa, sizeof(sa), dl) != 0)
		return -1;
	return steal_fd(fd);
}

static int
connect_address(const struct addrinfo *ai, struct deadline dl)
{
	cleanup_close int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0 || connect_socket(fd, ai->ai_addr, ai->ai_addrlen, dl) != 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return steal_fd(fd);
}

// "host:port" or "[v6]:port" into its parts.
static int
split_address(const char *address, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;
	size_t brackets = n > 2 && address[0] == '[' && address[n - 1] == ']';
	long number;
	char *end;

	if (n == 0 || n - 2 * brackets >= size)
		return -1;
	number = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end || number < 1 || number > 65535)
		return -1;
	snprintf(host, size, "%.*s", (int)(n - 2 * brackets), address + brackets);
	*port = colon + 1;
	return 0;
}

static int
connect_tcp(const char *address, struct deadline dl, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char host[256];
	const char *port;
	int fd = -1, rc;

	if (split_address(address, host, sizeof(host), &port) != 0)
		return err_set(
		    err, ERR_BROWSER_START, "\"%s\" is not host:port or unix:PATH", address);
	rc = getaddrinfo(host, port, &hints, &list);
	for (struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = connect_address(ai, dl);
	if (fd < 0)
		fd = err_set(err, ERR_BROWSER_START, "DevTools at %s: %s", address,
		    rc ? gai_strerror(rc) : strerror(errno));
	if (list)
		freeaddrinfo(list);
	return fd;
}

static int
take_connected(int *connected, const char *address, struct err *err)
{
	cleanup_close int fd = steal_fd(*connected);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return err_set(err, ERR_BROWSER_START, "DevTools at %s: no connection", address);
	return steal_fd(fd);
}

static int
connect_endpoint(const struct cdp_endpoint *ep, struct deadline dl, struct err *err)
{
	const char *address = ep->address;
	int fd;

	if (ep->connected)
		return take_connected(ep->connected, address, err);
	if (strncmp(address, "unix:", 5) != 0)
		return connect_tcp(address, dl, err);
	fd = connect_unix(address + 5, dl);
	return fd >= 0 ? fd
		       : err_set(err, ERR_BROWSER_START, "DevTools at %s: %s", address,
			     strerror(errno));
}

// --- the upgrade ---

struct upgrade {
	char key[32], accept[32]; // base64
	char answer[ANSWER_MAX];
	size_t n;
};

static int
make_key(struct upgrade *u)
{
	unsigned char nonce[16], digest[20];
	char text[sizeof(u->key) + sizeof(WS_GUID)];
	int n;

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return -1;
	lws_b64_encode_string((char *)nonce, sizeof(nonce), u->key, sizeof(u->key));
	n = snprintf(text, sizeof(text), "%s%s", u->key, WS_GUID);
	lws_SHA1((unsigned char *)text, (size_t)n, digest);
	lws_b64_encode_string((char *)digest, sizeof(digest), u->accept, sizeof(u->accept));
	return 0;
}

static int
send_request(int fd, const struct cdp_endpoint *ep, const struct upgrade *u)
{
	bool local = strncmp(ep->address, "unix:", 5) == 0;
	cleanup_free char *text =
	    xasprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
		ep->path, local ? "localhost" : ep->address, u->key);
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

	return n == (ssize_t)strlen(text) ? 0 : -1; // it fits an empty socket buffer
}

// The answer's head, to its empty line. The bytes after it stay in u->answer.
static int
read_answer(int fd, struct upgrade *u, size_t *head_n, struct deadline dl)
{
	char *end;

	do {
		ssize_t k;

		if (await_fd(fd, POLLIN, dl) != 0)
			return -1;
		k = recv(fd, u->answer + u->n, sizeof(u->answer) - 1 - u->n, 0);
		if (k <= 0) {
			errno = k < 0 ? errno : ECONNRESET;
			return -1;
		}
		u->n += (size_t)k;
		u->answer[u->n] = '\0';
		end = strstr(u->answer, "\r\n\r\n");
	} while (!end && u->n < sizeof(u->answer) - 1);
	*head_n = end ? (size_t)(end - u->answer) + 4 : 0;
	return 0;
}

static bool
has_accept(const char *head, const char *accept)
{
	const char *at = strcasestr(head, "\r\nSec-WebSocket-Accept:");

	if (!at)
		return false;
	at += strlen("\r\nSec-WebSocket-Accept:");
	at += strspn(at, " \t");
	return strncmp(at, accept, strlen(accept)) == 0 && strchr(" \t\r", at[strlen(accept)]);
}

static int
check_answer(struct upgrade *u, size_t head_n, const char *address, struct err *err)
{
	bool switched = strncmp(u->answer, "HTTP/1.1 101", 12) == 0;

	if (head_n)
		u->answer[head_n - 1] = '\0';
	if (head_n && switched && has_accept(u->answer, u->accept))
		return 0;
	return err_set(err, ERR_BROWSER_START, "DevTools at %s answered \"%.*s\"", address,
	    (int)MIN(strcspn(u->answer, "\r\n"), (size_t)80), u->answer);
}

int
conn_connect(const struct cdp_endpoint *ep, struct deadline dl, struct buf *early, struct err *err)
{
	cleanup_close int fd = connect_endpoint(ep, dl, err);
	struct upgrade u = {.n = 0};
	size_t head_n = 0;

	if (fd < 0)
		return fd;
	if (make_key(&u) != 0 || send_request(fd, ep, &u) != 0 ||
	    read_answer(fd, &u, &head_n, dl) != 0)
		return err_set(
		    err, ERR_BROWSER_START, "DevTools at %s: %s", ep->address, strerror(errno));
	if (check_answer(&u, head_n, ep->address, err) != 0)
		return ERR_BROWSER_START;
	buf_add(early, u.answer + head_n, u.n - head_n);
	return steal_fd(fd);
}
