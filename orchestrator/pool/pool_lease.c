// SPDX-License-Identifier: Apache-2.0
// Leases and kept contexts as jobs and sessions see them. Job threads: they wait here, for a place
// and for the page that a keeper opens, within their deadline and until they are cancelled.
#include "orchestrator/pool/pool_priv.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#define LAST_WORDS_MS 500
#define MAX_TRIES     3

struct lease_own {
	struct lease lease; // first: a struct lease * is one of these
	struct pool_page *page;
	struct pool_browser *pb;
};

static struct lease_own *
own(struct lease *l)
{
	return (struct lease_own *)(void *)l;
}

// --- waiting ---

static void
join_queue(struct pool *p, struct pool_waiter *w)
{
	*p->waiters_tail = w;
	p->waiters_tail = &w->next;
	p->used_ms = w->since_ms = clock_ms();
	p->awake = true;
}

static bool
remove_from(struct pool_waiter **list, struct pool_waiter ***tail, const struct pool_waiter *w)
{
	for (struct pool_waiter **at = list; *at; at = &(*at)->next) {
		if (*at != w)
			continue;
		*at = w->next;
		if (!*at)
			*tail = at;
		return true;
	}
	return false;
}

// It gives up. The page that is being opened for it will find another use.
static void
leave_queue(struct pool *p, struct pool_waiter *w)
{
	if (remove_from(&p->waiters, &p->waiters_tail, w))
		return;
	assert(w->pb);
	if (remove_from(&w->pb->granted, &w->pb->granted_tail, w)) {
		w->pb->leases--;
		w->pb->exclusive = false;
	}
}

static int
await(struct pool_waiter *w, struct deadline dl, int cancel_fd, struct err *err)
{
	struct pollfd fds[] = {
	    {.fd = cancel_fd, .events = POLLIN}, {.fd = w->event_fd, .events = POLLIN}};

	for (;;) {
		int n = poll(fds, 2, deadline_poll_ms(dl));

		if (n > 0 && fds[1].revents)
			return 0;
		if (n > 0 && fds[0].revents)
			return err_set(err, ERR_CANCELLED, NULL);
		if (deadline_passed(dl))
			return err_set(err, ERR_TIMEOUT,
			    w->pb ? "Chromium did not open a page in time"
				  : "no browser was ready in time");
	}
}

static int
refuse(struct pool *p, struct err *err)
{
	int64_t now = clock_ms();

	if (p->stop)
		return err_set(err, ERR_SHUTTING_DOWN, NULL);
	if (!pool_backoff_open(&p->backoff, now) || p->st.browsers[POOL_READY] > 0)
		return 0;
	return err_set(err, ERR_BREAKER_OPEN,
	    "Chromium failed to start %u times in a row; the next try is in %.1f s: %s",
	    p->backoff.failures, (double)(p->backoff.next_ms - now) / 1000, p->start_err.message);
}

static int
check_context(const struct lease_want *want, struct err *err)
{
	const struct pool_context *c = want->context;

	if (!c || (c->pb->state == POOL_READY && cdp_conn_alive(browser_conn(c->pb->b))))
		return 0;
	return err_set(err, ERR_BROWSER_CRASHED, "the session's browser has gone");
}

// In the lock, and out of it while waiting.
static int
get_page(struct pool *p, struct pool_waiter *w, struct deadline dl, int cancel_fd, struct err *err)
{
	int rc = refuse(p, err);

	if (rc == 0)
		rc = check_context(w->want, err);
	if (rc != 0)
		return rc;
	join_queue(p, w);
	pool_plan(p);
	if (!w->done) {
		w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		pthread_mutex_unlock(&p->lock);
		rc = await(w, dl, cancel_fd, err);
		pthread_mutex_lock(&p->lock);
	}
	if (!w->done)
		leave_queue(p, w);
	util_closep(&w->event_fd);
	if (w->done && w->err.code != ERR_OK) {
		*err = w->err;
		return w->err.code;
	}
	return w->done ? 0 : rc; // what arrived at the last moment is taken
}

// --- leases ---

static struct lease *
lease_new(const struct pool_waiter *w)
{
	struct lease_own *l = xcalloc(1, sizeof(*l));

	l->pb = w->pb;
	l->page = w->page;
	l->lease = (struct lease){
	    .browser = w->pb->b,
	    .page = w->page->page,
	    .client = cdp_page_client(w->page->page),
	    .egress = w->page->context->slot,
	    .warm = w->warm,
	    .granted_us = w->granted_us,
	};
	return &l->lease;
}

static int
lease_once(struct pool *p, const struct lease_want *want, struct deadline dl, int cancel_fd,
    struct lease **out, struct err *err)
{
	struct pool_waiter w = {.want = want,
	    .principal = want->principal ? want->principal : "",
	    .event_fd = -1,
	    .err = ERR_INIT};
	struct lease *l;
	int rc;

	pthread_mutex_lock(&p->lock);
	rc = get_page(p, &w, dl, cancel_fd, err);
	if (rc == 0) {
		p->st.leases_total++;
		p->st.leases_warm += w.warm;
	}
	pthread_mutex_unlock(&p->lock);
	if (rc != 0)
		return rc;
	l = lease_new(&w);
	want->page->context_id = w.page->context->id;
	want->page->window_is_viewport =
	    browser_window_is(l->browser, want->page->viewport.width, want->page->viewport.height);
	if (!l->egress)
		want->page->dial = NULL; // the browser dials itself
	else if (want->egress)
		egress_grant(l->egress, want->egress);
	rc = cdp_page_prepare(l->page, want->page, err);
	if (rc != 0)
		lease_release(l, false);
	else
		*out = l;
	return rc;
}

// A page that dies before anybody used it is not the job's fault: another one, while the browser is
// looked at.
static bool
died_unused(int rc, const struct lease_want *want)
{
	return !want->context &&
	       (rc == ERR_PAGE_CRASHED || rc == ERR_PAGE_DETACHED || rc == ERR_BROWSER_CRASHED);
}

int
pool_lease(struct pool *p, const struct lease_want *want, struct deadline dl, int cancel_fd,
    struct lease **out, struct err *err)
{
	int rc = lease_once(p, want, dl, cancel_fd, out, err);

	for (int tries = 1; tries < MAX_TRIES && died_unused(rc, want); tries++)
		rc = lease_once(p, want, dl, cancel_fd, out, err);
	if (rc == 0)
		*err = (struct err)ERR_INIT; // of the tries before
	return rc;
}

void
lease_release(struct lease *l, bool spoilt)
{
	struct pool_browser *pb = own(l)->pb;
	struct pool *p = pb->pool;
	int state = cdp_session_state(cdp_page_session(l->page));

	pthread_mutex_lock(&p->lock);
	pb->leases--;
	pb->jobs++;
	p->used_ms = clock_ms();
	if (state == ERR_PAGE_CRASHED) {
		pb->crashes++;
		pb->suspect = true;
	} else if (state == 0 && !spoilt) {
		pb->proved_ms = p->used_ms;
	}
	pb->closing++;
	pool_task_add(p, pb,
	    &(struct pool_task){
		.run = pool_task_close, .page = own(l)->page, .spoilt = spoilt || p->stop});
	if (pb->exclusive)
		pool_end_browser(pb, &p->st.restarts_principal);
	else if (spoilt && pb->leases == 0)
		pool_end_browser(pb, &p->st.restarts_hung);
	else if (spoilt)
		pool_retire(pb, &p->st.restarts_hung);
	pool_plan(p);
	pthread_mutex_unlock(&p->lock);
	free(own(l));
}

int
lease_explain(struct lease *l, int rc, struct err *err)
{
	struct timespec ts = deadline_timespec(deadline_in_ms(LAST_WORDS_MS));
	struct pool_browser *pb = own(l)->pb;
	struct pool *p = pb->pool;
	char path[sizeof(err->path)];
	int e = 0;

	if (rc != ERR_BROWSER_CRASHED)
		return rc;
	memcpy(path, err->path, sizeof(path));
	pthread_mutex_lock(&p->lock);
	pool_browser_died(pb);
	while (!pb->gone && e == 0)
		e = pthread_cond_clockwait(&p->changed, &p->lock, CLOCK_MONOTONIC, &ts);
	if (pb->last_words)
		err_at(err, rc, path, "%s (%s)", err_info(rc)->text, pb->last_words);
	pthread_mutex_unlock(&p->lock);
	return rc;
}

// --- contexts that outlive a lease ---

struct pool_context *
lease_keep_context(struct lease *l)
{
	struct pool_browser *pb = own(l)->pb;
	struct pool_context *c = own(l)->page->context;

	pthread_mutex_lock(&pb->pool->lock);
	c->kept = true;
	pthread_mutex_unlock(&pb->pool->lock);
	return c;
}

bool
pool_context_alive(const struct pool_context *c)
{
	struct pool_browser *pb = c->pb;
	bool alive;

	pthread_mutex_lock(&pb->pool->lock);
	alive = pool_takes_leases(pb) && !pb->retire_cause;
	pthread_mutex_unlock(&pb->pool->lock);
	return alive;
}

void
pool_context_close(struct pool_context *c)
{
	struct pool *p;

	if (!c)
		return;
	p = c->pb->pool;
	pthread_mutex_lock(&p->lock);
	c->kept = false;
	if (c->pages == 0)
		pool_task_add(
		    p, c->pb, &(struct pool_task){.run = pool_task_dispose, .context = c});
	pthread_mutex_unlock(&p->lock);
}
