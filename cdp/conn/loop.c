// SPDX-License-Identifier: Apache-2.0
// The loop thread: creates and serves the one libwebsockets context. Other threads only append to
// the post queue and write the context's event fd. Nothing here may block but lws_service itself.
#include "cdp/conn/conn_priv.h"

#include "base/log.h"
#include "base/thread.h"

#include <assert.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define SCRATCH_BYTES ((size_t)64 << 10)
#define FDS_MAX       ((rlim_t)65536) // lws allocates and clears two tables of that many entries

struct loop {
	struct lws_context *lws;
	pthread_t thread;
	pthread_mutex_t lock;
	struct loop_task *head; // under lock
	struct loop_task **tail;
	bool woken; // the event fd was written and the queue not yet drained
	atomic_bool stopping;
	struct loop_task *deferred; // loop, newest first
	char *scratch;              // loop
};

static __thread const struct loop *loop_here;

bool
loop_is_current(const struct loop *l)
{
	return loop_here == l;
}

struct lws_context *
loop_lws(struct loop *l)
{
	assert(loop_is_current(l));
	return l->lws;
}

void
loop_post_task(struct loop *l, struct loop_task *t)
{
	bool wake;

	t->next = NULL;
	pthread_mutex_lock(&l->lock);
	*l->tail = t;
	l->tail = &t->next;
	wake = !l->woken;
	l->woken = true;
	pthread_mutex_unlock(&l->lock);
	if (wake)
		lws_cancel_service(l->lws);
}

struct posted_call {
	struct loop_task task;
	void (*fn)(void *arg);
	void *arg;
};

static void
posted_call_run(struct loop_task *t)
{
	struct posted_call *c = (struct posted_call *)t;
	void (*fn)(void *) = c->fn;
	void *arg = c->arg;

	free(c);
	fn(arg);
}

void
loop_post(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct posted_call *c = xmalloc(sizeof(*c));

	*c = (struct posted_call){.task.run = posted_call_run, .fn = fn, .arg = arg};
	loop_post_task(l, &c->task);
}

static struct loop_task *
loop_take_all(struct loop *l)
{
	struct loop_task *t;

	pthread_mutex_lock(&l->lock);
	t = l->head;
	l->head = NULL;
	l->tail = &l->head;
	l->woken = false;
	pthread_mutex_unlock(&l->lock);
	return t;
}

void
loop_defer(struct loop *l, struct loop_task *t)
{
	t->next = l->deferred;
	l->deferred = t;
}

static void
run_list(struct loop_task *t)
{
	while (t) {
		struct loop_task *next = t->next;

		t->run(t);
		t = next;
	}
}

void
loop_run_deferred(struct loop *l)
{
	run_list(steal_ptr(l->deferred));
}

char *
loop_scratch(struct loop *l, size_t *n)
{
	*n = SCRATCH_BYTES;
	return l->scratch;
}

static void
loop_drain(struct loop *l)
{
	run_list(loop_take_all(l));
	loop_run_deferred(l);
}

// lws reports the end of every wsi of a vhost to the vhost's first protocol: the only ones here
// with user data are connections.
static int
loop_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED)
		loop_drain(lws_context_user(lws_get_context(wsi)));
	if (reason == LWS_CALLBACK_WSI_DESTROY && user)
		return conn_lws_protocol.callback(wsi, reason, user, in, len);
	return 0;
}

static void *
loop_main(void *arg)
{
	struct loop *l = arg;

	loop_here = l;
	while (!atomic_load_explicit(&l->stopping, memory_order_relaxed))
		if (lws_service(l->lws, 0) < 0)
			break;
	loop_drain(l);
	return NULL;
}

static void
loop_lws_log(int level, const char *line)
{
	log_debug("lws %d: %s", level, line);
}

// --- other descriptors ---

// The wsi outlives loop_unwatch by a turn, so it has the descriptor's duplicate and frees the
// watch.
struct loop_watch {
	struct lws *wsi;
	void (*fn)(void *arg); // NULL: no more
	void *arg;
};

// Kept in the opaque pointer: wsi user data would be taken for a connection's.
static int
watch_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user UNUSED,
    void *in UNUSED, size_t len UNUSED)
{
	struct loop_watch *w = wsi ? lws_get_opaque_user_data(wsi) : NULL;

	if (w && reason == LWS_CALLBACK_RAW_RX_FILE && w->fn)
		w->fn(w->arg);
	if (w && reason == LWS_CALLBACK_RAW_CLOSE_FILE) {
		lws_set_opaque_user_data(wsi, NULL);
		free(w);
	}
	return 0;
}

static const struct lws_protocols watch_protocol = {.name = "watch", .callback = watch_callback};

struct loop_watch *
loop_watch(struct loop *l, int fd, void (*fn)(void *arg), void *arg)
{
	struct loop_watch *w = xmalloc(sizeof(*w));
	lws_sock_file_fd_type own = {.filefd = fcntl(fd, F_DUPFD_CLOEXEC, 0)};
	struct lws_vhost *vhost = lws_get_vhost_by_name(loop_lws(l), "default");

	*w = (struct loop_watch){.fn = fn, .arg = arg};
	if (own.filefd >= 0) // lws closes it when this fails
		w->wsi = lws_adopt_descriptor_vhost(
		    vhost, LWS_ADOPT_RAW_FILE_DESC, own, watch_protocol.name, NULL);
	if (!w->wsi) {
		free(w);
		return NULL;
	}
	lws_set_opaque_user_data(w->wsi, w);
	return w;
}

void
loop_unwatch(struct loop_watch *w)
{
	if (!w)
		return;
	w->fn = NULL;
	lws_set_timeout(w->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

// lws sets SIGPIPE to ignored for the whole process; that is the program's choice, not a library's
// (lws sends with MSG_NOSIGNAL, and the loop thread blocks all signals).
static struct lws_context *
loop_make_context(struct loop *l)
{
	static const struct lws_protocols loop_protocol = {
	    .name = "loop", .callback = loop_callback};
	static const struct lws_protocols *protocols[] = {
	    &loop_protocol, &conn_lws_protocol, &watch_protocol, NULL};
	struct lws_context_creation_info info = {
	    .port = CONTEXT_PORT_NO_LISTEN,
	    .pprotocols = protocols,
	    .user = l,
	    .options = LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
	    .max_http_header_data = 4096,
	    .gid = -1,
	    .uid = -1,
	};
	struct rlimit fds = {FDS_MAX, FDS_MAX}, low;
	struct sigaction pipe_action;
	struct lws_context *ctx;

	lws_set_log_level(log_enabled(LOG_DEBUG) ? LLL_ERR | LLL_WARN : 0, loop_lws_log);
	sigaction(SIGPIPE, NULL, &pipe_action);
	getrlimit(RLIMIT_NOFILE, &fds);
	low = (struct rlimit){MIN(fds.rlim_cur, FDS_MAX), fds.rlim_max};
	if (fds.rlim_cur > FDS_MAX)
		setrlimit(RLIMIT_NOFILE, &low);
	ctx = lws_create_context(&info);
	if (fds.rlim_cur > FDS_MAX)
		setrlimit(RLIMIT_NOFILE, &fds);
	sigaction(SIGPIPE, &pipe_action, NULL);
	return ctx;
}

struct loop *
loop_new(struct err *err)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	l->tail = &l->head;
	l->scratch = xmalloc(SCRATCH_BYTES);
	l->lws = loop_make_context(l);
	if (l->lws && thread_start(&l->thread, "riptide-loop", 0, loop_main, l) == 0)
		return l;
	err_set(err, ERR_INTERNAL, "the loop thread can't be started");
	if (l->lws)
		lws_context_destroy(l->lws);
	pthread_mutex_destroy(&l->lock);
	free(l->scratch);
	free(l);
	return NULL;
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	atomic_store(&l->stopping, true);
	lws_cancel_service(l->lws);
	pthread_join(l->thread, NULL);
	loop_here = l; // what lws still calls back believes to be in the loop thread
	lws_context_destroy(l->lws);
	loop_here = NULL;
	loop_drain(l);
	pthread_mutex_destroy(&l->lock);
	free(l->scratch);
	free(l);
}
