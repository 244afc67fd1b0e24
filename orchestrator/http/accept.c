// SPDX-License-Identifier: Apache-2.0
// New connections: how many there may be, and what happens when descriptors run out. Loop thread.
#include "orchestrator/http/http_priv.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ACCEPTS_PER_TURN 64
#define PAUSE_US         INT64_C(100000)

// --- turning away ---

// In plain text: it fits the empty socket buffer. The request that may be coming is not waited for.
static void
turn_away(struct http_server *s, int fd, int code)
{
	struct err err;
	struct answer *a;
	struct buf text = BUF_INIT;

	atomic_fetch_add(&s->refused, 1);
	if (!s->tls) {
		err_set(&err, code, "too many connections");
		hanswer_refused(s, &err, &a);
		buf_fmt(&text, "HTTP/1.1 %d %s\r\n%s", a->status, http_reason(a->status),
		    hserver_date(s));
		buf_sv(&text, buf_view(&a->fields));
		buf_str(&text, "Connection: close\r\n\r\n");
		buf_sv(&text, buf_view(&a->body));
		if (send(fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			shutdown(fd, SHUT_WR);
		buf_done(&text);
		hanswer_free(a);
	}
	close(fd);
}

// --- pausing ---

static void
listen_events(struct http_server *s, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	if (s->listen_fd >= 0)
		epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, s->listen_fd, &e);
	s->accepting = events != 0;
}

static void
pause_accepting(struct http_server *s)
{
	listen_events(s, 0);
	hserver_arm(s, &s->accept_timer, s->now_us + PAUSE_US);
}

void
haccept_resume(struct http_server *s)
{
	if (s->accepting || s->listen_fd < 0)
		return;
	htimer_del(&s->accept_timer);
	listen_events(s, EPOLLIN);
}

// Without a free descriptor a connection can't even be ended: one is kept for that. An idle
// connection makes room.
static void
out_of_descriptors(struct http_server *s)
{
	int fd;

	atomic_fetch_add(&s->refused, 1);
	if (hserver_evict_idle(s))
		return;
	util_closep(&s->reserve_fd);
	fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	util_closep(&fd);
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pause_accepting(s);
}

// --- accepting ---

static void
welcome(struct http_server *s, int fd, const struct sockaddr_storage *sa)
{
	struct peer *peer;
	struct conn *c;

	if (s->limits.max_connections && atomic_load(&s->n_open) >= s->limits.max_connections &&
	    !hserver_evict_idle(s)) {
		turn_away(s, fd, ERR_OVERLOADED);
		return;
	}
	if (hpeers_enter(&s->peers, sa, s->limits.max_connections_per_peer, &peer) != 0) {
		turn_away(s, fd, ERR_RATE_LIMITED);
		return;
	}
	atomic_fetch_add(&s->accepted, 1);
	c = hconn_new(s, fd, sa, peer);
	c->readable = true; // its request mostly is there
	hconn_run(c);
}

// false: no more for now.
static bool
accept_one(struct http_server *s)
{
	struct sockaddr_storage sa = {.ss_family = AF_UNIX};
	socklen_t n = sizeof(sa);
	int fd = accept4(s->listen_fd, (struct sockaddr *)&sa, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		welcome(s, fd, &sa);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
		out_of_descriptors(s);
		return s->accepting;
	case ENOBUFS:
	case ENOMEM:
		pause_accepting(s);
		return false;
	default: // of that one connection: ECONNABORTED, EINTR, EPERM, network errors
		return true;
	}
}

void
haccept_ready(struct http_server *s)
{
	for (int i = 0; i < ACCEPTS_PER_TURN && s->listen_fd >= 0 && accept_one(s); i++)
		;
}

void
haccept_stop(struct http_server *s)
{
	if (s->listen_fd < 0)
		return;
	htimer_del(&s->accept_timer);
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->listen_fd, NULL);
	util_closep(&s->listen_fd);
	util_closep(&s->reserve_fd);
	if (s->unlink_path)
		unlink(s->unlink_path);
}
