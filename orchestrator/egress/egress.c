// SPDX-License-Identifier: Apache-2.0
// The life of the egress guard: started, asked for a sign of life now and then, ended when it gives
// none or talks nonsense, started anew and told all. The thread "riptide-egress", which waits for
// nothing but what poll says.
#include "base/log.h"
#include "base/thread.h"
#include "orchestrator/egress/egress_priv.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

enum {
	STALL_MS = 5000,
	LOOKUP_MS = 10000,
	PAUSE_MS = 100,
	MAX_PAUSE_MS = 5000,
	WELL_MS = 10000, // a guard that lived as long was a good one
	STOP_MS = 1000,
	LAST_MS = 100,        // for one that hung up to end by itself, so that its status says why
	SEND_BYTES = 1 << 20, // of the socket, so that all that is known fits
	MAX_WAITING = 512,    // answers that it does not read; then it is not heard either
};

// --- one guard ---

static void
plan_restart(struct egress *e)
{
	if (clock_ms() - e->started_ms >= WELL_MS)
		e->pause_ms = e->o.pause_ms;
	e->restart_at = deadline_in_ms(e->pause_ms);
	e->pause_ms = MIN(2 * e->pause_ms, (int64_t)MAX_PAUSE_MS);
}

static void
forget_guard(struct egress *e, const struct err *why)
{
	pthread_mutex_lock(&e->lock);
	util_closep(&e->wire.fd);
	e->alive = false;
	e->stats.pid = 0;
	e->ends++;
	e->last_end = *why;
	egress_drop(e);
	egress_ledger_fail(e);
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->lock);
}

// It ended, or is to end at once.
static void
end_guard(struct egress *e)
{
	struct err why = ERR_INIT;
	pid_t pid = e->guard.pid;
	int status;
	char text[64];

	egress_lookup_leave(e);
	status = child_stop(&e->guard, deadline_in_ms(LAST_MS));
	child_status_text(status, text, sizeof(text));
	err_set(&why, ERR_SANDBOX, "riptide-egress (pid %d) ended: %s", pid, text);
	plan_restart(e);
	log_warn("%s; it is started anew in %lld ms", why.message,
	    (long long)deadline_left_ms(e->restart_at));
	forget_guard(e, &why);
}

static int
spawn_guard(struct egress *e, int control, struct err *err)
{
	char path[4096];
	int rc = 0;

	if (e->o.path)
		snprintf(path, sizeof(path), "%s", e->o.path);
	else
		rc = spawn_helper_path("riptide-egress", path, sizeof(path), err);
	if (rc != 0)
		return rc;
	return spawn_child(
	    &(struct spawn){
		.path = path,
		.argv = (const char *const[]){"riptide-egress", NULL},
		.fds = (const struct spawn_fd[]){{control, EGRESS_CONTROL_FD}, {2, 2}},
#ifdef RIPTIDE_SANITIZER
		.n_fds = 2, // the sanitizer's report is worth reading
#else
		.n_fds = 1,
#endif
	    },
	    &e->guard, err);
}

static void
ask_for_life(struct egress *e)
{
	e->asked = egress_ledger_ask(e, 0, "127.0.0.1");
	e->beat_at = deadline_in_ms(e->o.stall_ms / 2);
	e->silent_at = deadline_in_ms(e->o.stall_ms);
}

// What is known is said before it lives, so that it accepts nobody whose grant it has not read.
static int
try_start(struct egress *e, struct err *err)
{
	int pair[2], bytes = SEND_BYTES, rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(err, ERR_SANDBOX, "socketpair: %s", strerror(errno));
	(void)!setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	pthread_mutex_lock(&e->lock);
	e->wire.fd = pair[0];
	egress_tell_all(e);
	ask_for_life(e);
	pthread_mutex_unlock(&e->lock);
	rc = spawn_guard(e, pair[1], err);
	close(pair[1]);
	return rc;
}

static void
start_guard(struct egress *e)
{
	struct err err = ERR_INIT;

	e->bad = 0;
	e->started_ms = clock_ms();
	if (try_start(e, &err) != 0) {
		plan_restart(e);
		log_error("riptide-egress does not start: %s", err.message);
		forget_guard(e, &err);
		return;
	}
	pthread_mutex_lock(&e->lock);
	e->stats.pid = e->guard.pid;
	e->stats.restarts += e->ends > 0;
	pthread_mutex_unlock(&e->lock);
}

// --- the thread ---

enum { WAKE, CONTROL, GUARD, FIRST_LOOKUP, MAX_POLL = FIRST_LOOKUP + EGRESS_MAX_LOOKUPS };

static size_t
fill_poll(struct egress *e, struct pollfd p[MAX_POLL])
{
	size_t waiting;

	pthread_mutex_lock(&e->lock);
	waiting = e->wire.waiting;
	pthread_mutex_unlock(&e->lock);
	p[WAKE] = (struct pollfd){.fd = e->wake, .events = POLLIN};
	p[CONTROL] = (struct pollfd){.fd = e->wire.fd};
	p[GUARD] = (struct pollfd){.fd = e->guard.pidfd, .events = POLLIN};
	if (waiting < MAX_WAITING)
		p[CONTROL].events = POLLIN;
	if (waiting > 0)
		p[CONTROL].events |= POLLOUT;
	return FIRST_LOOKUP + egress_lookup_poll(e, p + FIRST_LOOKUP);
}

static struct deadline
next_deadline(const struct egress *e)
{
	if (e->guard.pidfd < 0)
		return e->restart_at;
	return egress_lookup_deadline(e, e->asked ? e->silent_at : e->beat_at);
}

// Who was stopped himself (a suspended machine, a debugger) can't say how long another was silent.
static void
excuse(struct egress *e, struct deadline expected)
{
	if (deadline_passed((struct deadline){expected.at_us + e->o.stall_ms * 500}))
		e->silent_at = deadline_in_ms(e->o.stall_ms);
}

// Is it well? What it said is read by now.
static bool
check_life(struct egress *e)
{
	if (e->asked && deadline_passed(e->silent_at)) {
		log_warn("riptide-egress (pid %d) is silent for %lld ms and is killed",
		    e->guard.pid, (long long)e->o.stall_ms);
		return false;
	}
	if (!e->asked && deadline_passed(e->beat_at)) {
		pthread_mutex_lock(&e->lock);
		ask_for_life(e);
		pthread_mutex_unlock(&e->lock);
	}
	return true;
}

static bool
serve_guard(struct egress *e, const struct pollfd p[MAX_POLL])
{
	if (p[CONTROL].revents & POLLOUT) {
		pthread_mutex_lock(&e->lock);
		egress_flush(e);
		pthread_mutex_unlock(&e->lock);
	}
	if ((p[CONTROL].revents & (POLLIN | POLLHUP | POLLERR)) && !egress_hear(e))
		return false;
	if (p[GUARD].revents)
		return false;
	return check_life(e);
}

static void
serve_once(struct egress *e)
{
	struct pollfd p[MAX_POLL];
	struct deadline until;
	size_t n;

	if (e->guard.pidfd < 0 && deadline_passed(e->restart_at))
		start_guard(e);
	n = fill_poll(e, p);
	until = next_deadline(e);
	if (poll(p, n, deadline_poll_ms(until)) < 0)
		return; // interrupted
	excuse(e, until);
	if (p[WAKE].revents)
		(void)!read(e->wake, &(uint64_t){0}, sizeof(uint64_t));
	egress_lookup_finish(e);
	if (e->guard.pidfd >= 0 && !serve_guard(e, p))
		end_guard(e);
}

static bool
is_closing(struct egress *e)
{
	bool closing;

	pthread_mutex_lock(&e->lock);
	closing = e->closing;
	pthread_mutex_unlock(&e->lock);
	return closing;
}

static void *
egress_thread(void *arg)
{
	struct err closed = {.code = ERR_SANDBOX};
	struct egress *e = arg;

	while (!is_closing(e))
		serve_once(e);
	egress_lookup_close(e);
	forget_guard(e, &closed); // closes its socket, which ends it
	(void)child_stop(&e->guard, deadline_in_ms(STOP_MS));
	return NULL;
}

// --- life ---

static struct egress *
egress_new(const struct egress_opts *o)
{
	struct egress *e = xcalloc(1, sizeof(*e));

	e->o = *o;
	e->o.stall_ms = o->stall_ms ? o->stall_ms : STALL_MS;
	e->o.lookup_ms = o->lookup_ms ? o->lookup_ms : LOOKUP_MS;
	e->o.pause_ms = o->pause_ms ? o->pause_ms : PAUSE_MS;
	e->pause_ms = e->o.pause_ms;
	e->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->guard = (struct child)CHILD_INIT;
	e->wire.fd = -1;
	e->wire.tail = &e->wire.head;
	e->in = xmalloc(EGRESS_MAX_PACKET);
	e->refs = 1;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->changed, NULL);
	return e;
}

void
egress_unref(struct egress *e)
{
	bool last;

	pthread_mutex_lock(&e->lock);
	last = --e->refs == 0;
	pthread_mutex_unlock(&e->lock);
	if (!last)
		return;
	util_closep(&e->wake);
	pthread_cond_destroy(&e->changed);
	pthread_mutex_destroy(&e->lock);
	free(e->in);
	free(e);
}

// Until the first guard gave a sign of life, or ended.
static int
wait_alive(struct egress *e, struct err *err)
{
	struct timespec until = deadline_timespec(deadline_in_ms(2 * e->o.stall_ms));
	int rc = 0;

	pthread_mutex_lock(&e->lock);
	while (!e->alive && e->ends == 0)
		if (pthread_cond_clockwait(&e->changed, &e->lock, CLOCK_MONOTONIC, &until) != 0)
			break;
	if (e->ends > 0)
		rc = err_set(err, ERR_SANDBOX, "%s", e->last_end.message);
	else if (!e->alive)
		rc = err_set(err, ERR_SANDBOX, "riptide-egress does not get ready");
	pthread_mutex_unlock(&e->lock);
	return rc;
}

int
egress_open_with(const struct egress_opts *o, struct egress **out, struct err *err)
{
	struct egress *e = egress_new(o);
	int rc;

	if (e->wake < 0 || thread_start(&e->thread, "riptide-egress", 0, egress_thread, e) != 0) {
		egress_unref(e);
		return err_set(err, ERR_SANDBOX, "no thread for the egress guard");
	}
	rc = wait_alive(e, err);
	if (rc != 0)
		egress_close(e);
	else
		*out = e;
	return rc;
}

int
egress_open(struct egress **out, struct err *err)
{
	return egress_open_with(&(struct egress_opts){0}, out, err);
}

void
egress_close(struct egress *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->closing = true;
	(void)!write(e->wake, &(uint64_t){1}, sizeof(uint64_t));
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	egress_unref(e);
}

void
egress_stats(struct egress *e, struct egress_stats *out)
{
	pthread_mutex_lock(&e->lock);
	*out = e->stats;
	out->alive = e->alive;
	pthread_mutex_unlock(&e->lock);
}
