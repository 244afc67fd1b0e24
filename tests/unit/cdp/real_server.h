// SPDX-License-Identifier: Apache-2.0
// For tests: a small HTTP server on loopback whose pages are a table. It can also never answer,
// stop half-way and hang up, and it remembers what was asked for.
#ifndef TESTS_REAL_SERVER_H
#define TESTS_REAL_SERVER_H

#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct test_page {
	const char *path;
	const char *head; // status and extra header lines: "200 OK\r\nContent-Type: text/html",
			  // NULL: 200 HTML
	const char *body; // "%P" becomes the port
	enum { SERVE_NORMAL, SERVE_NEVER, SERVE_STALL, SERVE_RESET } how; // stall: after the body
};

struct test_server {
	const struct test_page *pages;
	int fd, port;
	pthread_t thread;
	atomic_int hits;
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct buf log; // request heads
	int held[64];   // sockets of requests that never end
	int n_held;
};

struct test_conn {
	struct test_server *server;
	int fd;
};

static void
server_send(int fd, const void *p, size_t n)
{
	const char *c = p;

	while (n > 0) {
		ssize_t k = send(fd, c, n, MSG_NOSIGNAL);

		if (k <= 0)
			return;
		c += k;
		n -= (size_t)k;
	}
}

static void
server_answer(struct test_server *s, int fd, const struct test_page *page)
{
	cleanup_buf out = BUF_INIT, body = BUF_INIT;

	for (const char *c = page->body ? page->body : ""; *c; c++) {
		if (c[0] == '%' && c[1] == 'P') {
			buf_fmt(&body, "%d", s->port);
			c++;
		} else {
			buf_ch(&body, *c);
		}
	}
	buf_fmt(&out, "HTTP/1.1 %s\r\n",
	    page->head ? page->head : "200 OK\r\nContent-Type: text/html; charset=utf-8");
	if (page->how != SERVE_STALL)
		buf_fmt(&out, "Content-Length: %zu\r\n", body.n);
	buf_str(&out, "Connection: close\r\n\r\n");
	buf_add(&out, body.p ? body.p : "", body.n);
	server_send(fd, out.p, out.n);
}

static const struct test_page *
server_find(struct test_server *s, const char *request)
{
	static const struct test_page missing = {
	    .head = "404 Not Found\r\nContent-Type: text/html", .body = "<p>nothing here"};
	const char *path = strchr(request, ' ');
	size_t n = path ? strcspn(path + 1, " ?") : 0;

	for (const struct test_page *p = s->pages; path && p->path; p++)
		if (strlen(p->path) == n && memcmp(p->path, path + 1, n) == 0)
			return p;
	return &missing;
}

static void *
server_conn(void *arg)
{
	struct test_conn *c = arg;
	struct test_server *s = c->server;
	char request[16384];
	size_t n = 0;
	ssize_t k;
	const struct test_page *page;
	bool hold = false;

	while (n < sizeof(request) - 1 &&
	       (k = recv(c->fd, request + n, sizeof(request) - 1 - n, 0)) > 0) {
		n += (size_t)k;
		request[n] = '\0';
		if (strstr(request, "\r\n\r\n") || request[0] == 0x16) // a TLS hello
			break;
	}
	request[n] = '\0';
	if (n > 0) {
		atomic_fetch_add(&s->hits, 1);
		pthread_mutex_lock(&s->lock);
		buf_add(&s->log, request, n);
		pthread_cond_broadcast(&s->came);
		pthread_mutex_unlock(&s->lock);
		page = server_find(s, request[0] == 0x16 ? "GET /tls" : request);
		if (page->how == SERVE_NORMAL || page->how == SERVE_STALL)
			server_answer(s, c->fd, page);
		hold = page->how == SERVE_NEVER || page->how == SERVE_STALL;
		if (page->how == SERVE_RESET) {
			struct linger l = {1, 0};

			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		}
	}
	pthread_mutex_lock(&s->lock);
	if (hold && s->n_held < 64)
		s->held[s->n_held++] = c->fd;
	else
		close(c->fd);
	pthread_mutex_unlock(&s->lock);
	free(c);
	return NULL;
}

static void *
server_loop(void *arg)
{
	struct test_server *s = arg;

	for (;;) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
		struct test_conn *c;
		pthread_attr_t a;
		pthread_t t;

		if (fd < 0)
			return NULL;
		c = xcalloc(1, sizeof(*c));
		c->server = s;
		c->fd = fd;
		pthread_attr_init(&a);
		pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
		if (pthread_create(&t, &a, server_conn, c) != 0) {
			close(fd);
			free(c);
		}
		pthread_attr_destroy(&a);
	}
}

static void
server_start(struct test_server *s, const struct test_page *pages)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int one = 1;

	*s = (struct test_server){.pages = pages};
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->came, NULL);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s->fd, (struct sockaddr *)&a, n) != 0 || listen(s->fd, 128) != 0 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &n) != 0)
		abort();
	s->port = ntohs(a.sin_port);
	pthread_create(&s->thread, NULL, server_loop, s);
}

static void
server_stop(struct test_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	close(s->fd);
	pthread_join(s->thread, NULL);
	pthread_mutex_lock(&s->lock); // nobody joins the threads of the connections
	for (int i = 0; i < s->n_held; i++)
		close(s->held[i]);
	buf_done(&s->log);
	pthread_mutex_unlock(&s->lock);
}

static UNUSED bool
server_saw(struct test_server *s, const char *text)
{
	bool saw;

	pthread_mutex_lock(&s->lock);
	saw = s->log.p && memmem(s->log.p, s->log.n, text, strlen(text));
	pthread_mutex_unlock(&s->lock);
	return saw;
}

// Waits until a request head with the text has come.
static UNUSED bool
server_await(struct test_server *s, const char *text, struct deadline dl)
{
	struct timespec until = deadline_timespec(dl);
	bool saw;

	pthread_mutex_lock(&s->lock);
	while (!(saw = s->log.p && memmem(s->log.p, s->log.n, text, strlen(text))) &&
	       pthread_cond_clockwait(&s->came, &s->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	pthread_mutex_unlock(&s->lock);
	return saw;
}

static UNUSED void
server_forget(struct test_server *s)
{
	pthread_mutex_lock(&s->lock);
	buf_reset(&s->log);
	pthread_mutex_unlock(&s->lock);
}

#endif
