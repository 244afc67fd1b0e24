// SPDX-License-Identifier: Apache-2.0
// The server: one epoll descriptor with all its sockets, which the loop watches as one of its own
// (docs/adr/0004-own-http-reader.md). Opened and freed by any thread but the loop's; all else
// happens there.
#include "orchestrator/http/http_priv.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#define EVENTS_PER_TURN 128
#define EVICT_LOOKS     64
#define TRICKLE_US      INT64_C(1000000)

const struct http_limits http_limits_default = {
    .max_connections = 6000,
    .max_connections_per_peer = 0,
    .max_head_bytes = (size_t)16 << 10,
    .max_body_bytes = (size_t)16 << 20,
    .max_body_bytes_total = (size_t)256 << 20,
    .head_ms = 10000,
    .idle_ms = 60000,
    .body_ms = 10000,
    .body_rate = 1000,
    .write_ms = 30000,
    .write_rate = 100,
    .requests_per_connection = 0,
};

// --- references and tasks ---

void
hserver_ref(struct http_server *s)
{
	atomic_fetch_add(&s->refs, 1);
}

void
hserver_unref(struct http_server *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	util_closep(&s->epoll_fd);
	util_closep(&s->timer_fd);
	util_closep(&s->listen_fd);
	util_closep(&s->reserve_fd);
	hpeers_done(&s->peers);
	buf_done(&s->pulled);
	htls_free(s->tls);
	free(s->scratch);
	free(s->address);
	free(s->unlink_path);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool
hserver_post(struct http_server *s, void (*fn)(void *arg), void *arg)
{
	bool open;

	pthread_mutex_lock(&s->lock);
	open = s->open;
	if (open)
		loop_post(s->loop, fn, arg);
	pthread_mutex_unlock(&s->lock);
	return open;
}

void
hserver_enter(struct http_server *s)
{
	if (s->depth++ == 0)
		s->now_us = clock_us();
}

static void
free_dead(struct http_server *s)
{
	while (s->dead) {
		struct conn *c = s->dead;

		s->dead = c->next;
		free(c);
	}
}

// The timer's descriptor is set when its time comes nearer; a later one is found at the old time.
static void
rearm(struct http_server *s)
{
	int64_t next = htimers_next(&s->timers);
	struct itimerspec at = {
	    .it_value = {.tv_sec = next / 1000000, .tv_nsec = next % 1000000 * 1000}};

	if (next >= s->armed_us)
		return;
	s->armed_us = next;
	timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

void
hserver_leave(struct http_server *s)
{
	if (--s->depth > 0)
		return;
	free_dead(s);
	rearm(s);
}

void
hserver_arm(struct http_server *s, struct timer *t, int64_t due_us)
{
	htimer_set(&s->timers, t, due_us);
}

const char *
hserver_date(struct http_server *s)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != s->date_s) {
		s->date_s = now.tv_sec;
		gmtime_r(&now.tv_sec, &tm);
		strftime(s->date, sizeof(s->date), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	}
	return s->date;
}

// Nothing is lost with it: no request, or one whose head has been trickling in for long.
static bool
is_dispensable(const struct conn *c)
{
	if (c->running || hconn_pending(c))
		return false;
	return c->state == CONN_IDLE || c->server->now_us - c->begun_us > TRICKLE_US;
}

// The one that has been without a request for the longest gives way to a new one.
bool
hserver_evict_idle(struct http_server *s)
{
	struct conn *c = s->idle_first;

	for (int i = 0; c && i < EVICT_LOOKS; i++, c = c->idle_next) {
		if (is_dispensable(c)) {
			hconn_close(c);
			return true;
		}
	}
	return false;
}

// --- the turn ---

static void
timer_fired(struct timer *t, void *arg)
{
	struct http_server *s = arg;

	if (t == &s->accept_timer)
		haccept_resume(s);
	else
		hconn_timer(t, NULL);
}

static void
timer_ready(struct http_server *s)
{
	uint64_t n;

	if (read(s->timer_fd, &n, sizeof(n)) < 0)
		return;
	s->armed_us = INT64_MAX;
	htimers_run(&s->timers, s->now_us, timer_fired, s);
}

// What an event belongs to: the server itself is the listener, its timers' address the timer.
static void
dispatch(struct http_server *s, const struct epoll_event *e)
{
	if (e->data.ptr == s)
		haccept_ready(s);
	else if (e->data.ptr == &s->timers)
		timer_ready(s);
	else
		hconn_event(e->data.ptr, e->events);
}

static void
server_ready(void *arg)
{
	struct http_server *s = arg;
	struct epoll_event events[EVENTS_PER_TURN];
	int n = epoll_wait(s->epoll_fd, events, EVENTS_PER_TURN, 0);

	hserver_enter(s);
	for (int i = 0; i < n; i++)
		dispatch(s, &events[i]);
	hserver_leave(s);
}

// --- opening ---

static int
watch_fd(struct http_server *s, int fd, void *what)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = what};

	return fd < 0 ? -1 : epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static void
notify(struct http_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopped = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void
start(void *arg)
{
	struct http_server *s = arg;

	s->watch = loop_watch(s->loop, s->epoll_fd, server_ready, s);
	s->accepting = true;
	notify(s);
}

// Runs fn in the loop thread and waits for it; it ends with notify().
static void
call_in_loop(struct http_server *s, void (*fn)(void *arg))
{
	assert(!loop_is_current(s->loop));
	s->stopped = false;
	loop_post(s->loop, fn, s);
	pthread_mutex_lock(&s->lock);
	while (!s->stopped)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static int
open_descriptors(struct http_server *s, const struct http_opts *o, struct err *err)
{
	s->listen_fd = o->listen_fd >= 0
			   ? hlisten_inherit(o->listen_fd, &s->address, err)
			   : hlisten_open(o->listen, &s->address, &s->unlink_path, err);
	if (s->listen_fd < 0)
		return s->listen_fd;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (s->epoll_fd < 0 || watch_fd(s, s->listen_fd, s) != 0 ||
	    watch_fd(s, s->timer_fd, &s->timers) != 0)
		return err_set(err, ERR_LISTEN, "%s: %s", s->address, strerror(errno));
	return 0;
}

static struct http_server *
server_new(struct loop *l, const struct http_opts *o)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	atomic_init(&s->refs, 1);
	s->loop = l;
	s->limits = o->limits;
	s->hooks = o->hooks;
	s->epoll_fd = s->listen_fd = s->timer_fd = s->reserve_fd = -1;
	s->armed_us = s->accept_timer.due_us = INT64_MAX;
	s->scratch = xmalloc(HTTP_SCRATCH_BYTES);
	htimers_init(&s->timers, clock_us());
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	return s;
}

int
http_server_open(
    struct loop *l, const struct http_opts *o, struct http_server **out, struct err *err)
{
	struct http_server *s = server_new(l, o);
	int rc = htls_new(&o->tls, &s->tls, err);

	if (rc == 0)
		rc = open_descriptors(s, o, err);
	if (rc == 0) {
		s->open = true;
		*out = s; // the first request may come before this returns
		call_in_loop(s, start);
		if (!s->watch)
			rc = err_set(err, ERR_LISTEN, "%s: no room in the loop", s->address);
	}
	if (rc) {
		*out = NULL;
		hserver_unref(s);
	}
	return rc;
}

const char *
http_server_address(const struct http_server *s)
{
	return s->address;
}

// --- ending ---

static void
each_conn(struct http_server *s, void (*fn)(struct conn *c))
{
	for (struct conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		fn(c);
	}
}

static void
drain(void *arg)
{
	struct http_server *s = arg;

	hserver_enter(s);
	haccept_stop(s);
	s->draining = true;
	each_conn(s, hconn_drain);
	hserver_leave(s);
	hserver_unref(s);
}

void
http_server_drain(struct http_server *s)
{
	hserver_ref(s);
	if (!hserver_post(s, drain, s))
		hserver_unref(s);
}

static void
stop(void *arg)
{
	struct http_server *s = arg;

	hserver_enter(s);
	haccept_stop(s);
	s->draining = true;
	while (s->conns)
		hconn_close(s->conns);
	hserver_leave(s);
	loop_unwatch(steal_ptr(s->watch));
	notify(s);
}

static void
last_task(void *arg)
{
	notify(arg);
}

// After `stop` no new callback begins but by tasks that were posted before; when the last task has
// run there are none.
void
http_server_free(struct http_server *s)
{
	if (!s)
		return;
	call_in_loop(s, stop);
	pthread_mutex_lock(&s->lock);
	s->open = false;
	pthread_mutex_unlock(&s->lock);
	call_in_loop(s, last_task);
	hserver_unref(s);
}

void
http_server_stats(const struct http_server *s, struct http_stats *out)
{
	*out = (struct http_stats){
	    .accepted = atomic_load(&s->accepted),
	    .refused = atomic_load(&s->refused),
	    .requests = atomic_load(&s->requests),
	    .bytes_in = atomic_load(&s->bytes_in),
	    .bytes_out = atomic_load(&s->bytes_out),
	    .protocol_errors = atomic_load(&s->protocol_errors),
	    .open = (uint32_t)atomic_load(&s->n_open),
	    .streams = (uint32_t)atomic_load(&s->n_streams),
	    .websockets = (uint32_t)atomic_load(&s->n_websockets),
	    .body_bytes_held = atomic_load(&s->body_bytes),
	};
}
