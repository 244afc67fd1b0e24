// SPDX-License-Identifier: Apache-2.0
// The table of sessions in use or alive: who holds which, who waits for it, and which living
// contexts must go when there are too many. Thread-safe; not in the loop thread.
#include "base/hash.h"
#include "orchestrator/session/session_priv.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

struct sessions *
sessions_new(struct store *st, const struct sessions_opts *o)
{
	struct sessions *ss = xcalloc(1, sizeof(*ss));

	ss->store = st;
	ss->opts = *o;
	pthread_mutex_init(&ss->lock, NULL);
	return ss;
}

void
sessions_configure(struct sessions *ss, const struct sessions_opts *o)
{
	pthread_mutex_lock(&ss->lock);
	ss->opts = *o;
	pthread_mutex_unlock(&ss->lock);
}

void
sessions_free(struct sessions *ss)
{
	if (!ss)
		return;
	for (size_t i = 0; i < ARRAY_LEN(ss->buckets); i++)
		for (struct session *s = ss->buckets[i], *next; s; s = next) {
			next = s->next;
			assert(!s->held && !s->waiters);
			pool_context_close(s->context);
			free(s);
		}
	pthread_mutex_destroy(&ss->lock);
	free(ss);
}

// --- the table, with the lock held ---

static struct session **
bucket(struct sessions *ss, const char *key, const char *id)
{
	uint32_t h = hash32_add(hash32(hash_part(key)), hash_part(id));

	return &ss->buckets[h % ARRAY_LEN(ss->buckets)];
}

static struct session *
find(struct sessions *ss, const char *key, const char *id)
{
	struct session *s = *bucket(ss, key, id);

	while (s && (strcmp(s->key, key) != 0 || strcmp(s->id, id) != 0))
		s = s->next;
	return s;
}

static struct session *
find_or_add(struct sessions *ss, const char *key, const char *id)
{
	struct session **at, *s = find(ss, key, id);

	if (s)
		return s;
	at = bucket(ss, key, id);
	s = xcalloc(1, sizeof(*s));
	s->owner = ss;
	s->waiters_tail = &s->waiters;
	snprintf(s->key, sizeof(s->key), "%s", key);
	snprintf(s->id, sizeof(s->id), "%s", id);
	s->next = *at;
	*at = s;
	return s;
}

static void
forget_if_unused(struct session *s)
{
	struct session **at = bucket(s->owner, s->key, s->id);

	if (s->held || s->waiters || s->context)
		return;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free(s);
}

static void
hold(struct session *s)
{
	s->held = true;
	s->used = ++s->owner->clock;
	s->owner->busy++;
}

struct session_view
session_view(struct sessions *ss, const char *key, const char *id)
{
	struct session_view v = {false, false};
	const struct session *s;

	pthread_mutex_lock(&ss->lock);
	s = find(ss, key, id);
	if (s)
		v = (struct session_view){s->context != NULL, s->held};
	pthread_mutex_unlock(&ss->lock);
	return v;
}

// --- waiting ---

static void
leave_queue(struct session *s, struct session_waiter *w)
{
	struct session_waiter **at = &s->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (!*at)
		s->waiters_tail = at;
	s->n_waiters--;
}

// 0: granted, or why not.
static int
await_grant(const struct session_waiter *w, struct deadline dl, int cancel_fd, struct err *err)
{
	struct pollfd p[2] = {{.fd = w->fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
	int n;

	for (;;) {
		n = poll(p, 2, deadline_poll_ms(dl));
		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0)
			return err_set(err, ERR_CANCELLED, NULL);
		if ((n == 0 && deadline_passed(dl)) || (n < 0 && errno != EINTR))
			return err_set(err, ERR_SESSION_BUSY,
			    "another job used the session until the deadline");
	}
}

static int
wait_for(struct session *s, struct deadline dl, int cancel_fd, struct err *err)
{
	struct session_waiter w = {.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	struct sessions *ss = s->owner;
	int rc;

	if (w.fd < 0 || s->n_waiters >= SESSION_WAITERS) {
		util_closep(&w.fd);
		return err_set(err, ERR_SESSION_BUSY, "too many jobs wait for the session");
	}
	*s->waiters_tail = &w;
	s->waiters_tail = &w.next;
	s->n_waiters++;
	pthread_mutex_unlock(&ss->lock);
	rc = await_grant(&w, dl, cancel_fd, err);
	pthread_mutex_lock(&ss->lock);
	if (!w.granted)
		leave_queue(s, &w);
	else
		rc = 0; // it came at the last moment
	close(w.fd);
	return rc;
}

int
session_take(struct sessions *ss, const char *key, const char *id, bool wait, struct deadline dl,
    int cancel_fd, struct session **out, struct err *err)
{
	struct session *s;
	int rc = 0;

	pthread_mutex_lock(&ss->lock);
	s = find_or_add(ss, key, id);
	if (!s->held)
		hold(s);
	else if (!wait)
		rc = err_set(err, ERR_SESSION_BUSY, NULL);
	else
		rc = wait_for(s, dl, cancel_fd, err);
	if (rc == 0)
		*out = s;
	pthread_mutex_unlock(&ss->lock);
	return rc;
}

// --- giving back ---

// The living context that was not used for the longest time and that nobody uses now.
static struct session *
least_recent(struct sessions *ss)
{
	struct session *least = NULL;

	for (size_t i = 0; i < ARRAY_LEN(ss->buckets); i++)
		for (struct session *s = ss->buckets[i]; s; s = s->next)
			if (s->context && !s->held && (!least || s->used < least->used))
				least = s;
	return least;
}

static struct pool_context *
detach_context(struct session *s)
{
	struct pool_context *c = steal_ptr(s->context);

	s->owner->live -= c != NULL;
	return c;
}

void
session_drop_context(struct session *s)
{
	struct pool_context *c;

	pthread_mutex_lock(&s->owner->lock);
	c = detach_context(s);
	pthread_mutex_unlock(&s->owner->lock);
	pool_context_close(c);
}

static void
grant_next(struct session *s)
{
	struct session_waiter *w = s->waiters;

	s->owner->busy--;
	s->held = false;
	if (!w)
		return;
	leave_queue(s, w);
	hold(s);
	w->granted = true;
	(void)!eventfd_write(w->fd, 1);
}

void
session_give(struct session *s, bool keep)
{
	struct sessions *ss = s->owner;
	struct pool_context *closing = NULL;
	struct session *extra;

	store_session_done(&s->row);
	arena_done(&s->arena);
	pthread_mutex_lock(&ss->lock);
	if (!keep)
		closing = detach_context(s);
	grant_next(s);
	if (!closing && ss->live > ss->opts.max_live && (extra = least_recent(ss))) {
		closing = detach_context(extra);
		if (extra != s)
			forget_if_unused(extra);
	}
	forget_if_unused(s);
	pthread_mutex_unlock(&ss->lock);
	pool_context_close(closing);
}

struct pool_context *
session_context(struct session *s)
{
	return s->context;
}

void
session_set_context(struct session *s, struct pool_context *c)
{
	struct pool_context *before;

	pthread_mutex_lock(&s->owner->lock);
	before = detach_context(s);
	s->context = c;
	s->owner->live += c != NULL;
	pthread_mutex_unlock(&s->owner->lock);
	pool_context_close(before);
}

// --- the dead ---

// A context whose browser has gone, detached from its idle session; NULL: no more.
static struct pool_context *
next_dead(struct sessions *ss)
{
	struct pool_context *c = NULL;

	pthread_mutex_lock(&ss->lock);
	for (size_t i = 0; i < ARRAY_LEN(ss->buckets) && !c; i++)
		for (struct session *s = ss->buckets[i]; s; s = s->next)
			if (s->context && !s->held && !pool_context_alive(s->context)) {
				c = detach_context(s);
				forget_if_unused(s);
				break;
			}
	pthread_mutex_unlock(&ss->lock);
	return c;
}

void
session_bury_dead(struct sessions *ss)
{
	for (struct pool_context *c; (c = next_dead(ss));)
		pool_context_close(c);
}
