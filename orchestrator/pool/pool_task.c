// SPDX-License-Identifier: Apache-2.0
// What blocks: browsers started and ended, pages opened and closed. In keeper threads, without the
// pool's lock but where it is taken.
#include "orchestrator/pool/pool_priv.h"

#include <poll.h>
#include <stdio.h>
#include <sys/random.h>

#define DISPOSE_MS    3000
#define PROBE_MS      1000
#define LAST_WORDS_MS 300

// --- browsers ---

static uint32_t
random_number(void)
{
	uint32_t r;

	return getrandom(&r, sizeof(r), 0) == (ssize_t)sizeof(r) ? r : 0;
}

static void
started(struct pool_browser *pb, struct browser *b)
{
	struct pool *p = pb->pool;

	pb->b = b;
	pb->launcher_pid = browser_launcher_pid(b);
	pb->started_ms = clock_ms();
	pool_backoff_success(&p->backoff);
	if (pb->abandon) {
		pool_task_add(p, pb, &(struct pool_task){.run = pool_task_end});
		return;
	}
	pool_set_state(pb, POOL_READY);
	p->measured_ms = 0; // it is measured at once
}

// Those who wait are told, unless another browser can have them.
static void
not_started(struct pool_browser *pb, const struct err *err)
{
	struct pool *p = pb->pool;

	if (pb->state == POOL_STARTING)
		pool_set_state(pb, POOL_ENDING);
	p->st.browsers[POOL_ENDING]--;
	pb->gone = pb->ending = true;
	if (pb->abandon)
		return;
	p->st.launch_failures++;
	p->start_err = *err;
	pool_backoff_failure(&p->backoff, clock_ms(), random_number());
	if (p->st.browsers[POOL_READY] == 0 && p->st.browsers[POOL_STARTING] == 0)
		pool_fail_waiters(p, err);
}

void
pool_task_launch(struct pool_task *t)
{
	struct pool_browser *pb = t->pb;
	struct pool *p = t->pool;
	struct browser *b = NULL;
	struct err err = ERR_INIT;
	struct loop *l = pool_loop(p, &err);
	struct browser_opts o = p->o.browser;
	int rc = l ? 0 : err.code;
	int64_t memory_mb;
	char *cgroup;

	pthread_mutex_lock(&p->lock);
	memory_mb = p->o.memory_limit_mb;
	pthread_mutex_unlock(&p->lock);
	cgroup = memory_mb > 0 ? cgroup_make(&p->cgroups, pb->id, memory_mb << 20) : NULL;
	o.cgroup = cgroup;
	if (rc == 0)
		rc = browser_open_abortable(
		    l, &o, &pb->abort, deadline_in_ms(POOL_START_MS), &b, &err);
	if (rc != 0 && rc != ERR_CANCELLED)
		log_warn("Chromium did not start: %s", err.message);
	if (rc != 0 && cgroup)
		cgroup_remove(cgroup);
	pthread_mutex_lock(&p->lock);
	pb->cgroup = cgroup;
	if (rc == 0)
		started(pb, b);
	else
		not_started(pb, &err);
	pool_plan(p);
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	pool_poke(p);
}

static void
drop_warm(struct pool_page *list)
{
	for (struct pool_page *page = list, *next; page; page = next) {
		next = page->next;
		(void)pool_page_close(page, deadline_in_ms(0));
	}
}

// The connection of one that ended by itself is lost a moment before its launcher says how it
// ended.
static bool
hears_last_words(const struct pool_browser *pb)
{
	struct pollfd p = {.fd = browser_control_fd(pb->b), .events = POLLIN};

	return pb->by_itself && poll(&p, 1, LAST_WORDS_MS) > 0;
}

void
pool_task_end(struct pool_task *t)
{
	struct pool_browser *pb = t->pb;
	struct pool *p = t->pool;
	struct buf words = BUF_INIT;
	struct pool_page *warm;
	struct pool_usage usage = {.root = pb->launcher_pid};

	pool_usage_read("/proc", &usage, 1);
	if (hears_last_words(pb))
		(void)browser_last_words(pb->b, &words);
	browser_end(pb->b, deadline_in_ms(POOL_END_MS));
	if (pb->cgroup)
		cgroup_remove(pb->cgroup);
	pthread_mutex_lock(&p->lock);
	pool_count_cpu(pb, usage.cpu_ticks);
	warm = steal_ptr(pb->warm);
	pb->n_warm = 0;
	pb->gone = true;
	pb->last_words = words.p;
	p->st.browsers[POOL_ENDING]--;
	if (pb->by_itself)
		log_warn("Chromium (pid %lld) ended by itself: %s", (long long)browser_pid(pb->b),
		    words.p ? words.p : "");
	pool_plan(p);
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	drop_warm(warm);
	pool_poke(p);
}

// --- pages ---

// False: there was time, and the browser did not do it.
static bool
dispose(struct cdp_conn *conn, const char *id, struct deadline dl)
{
	struct cdp_client *cl = cdp_client_new(conn, NULL, NULL);
	bool in_time = !deadline_passed(dl);
	int rc = cdp_context_dispose(cl, id, dl);

	cdp_client_free(cl);
	return !in_time || rc != ERR_TIMEOUT;
}

// What can't be got rid of goes with its browser.
static void
context_dispose(struct pool_context *c, struct deadline dl)
{
	struct pool_browser *pb = c->pb;
	struct pool *p = pb->pool;
	struct cdp_conn *conn = browser_conn(pb->b);
	bool done = !cdp_conn_alive(conn) || dispose(conn, c->id, dl);

	pthread_mutex_lock(&p->lock);
	pb->contexts--;
	if (!done)
		pool_retire(pb, &p->st.restarts_hung);
	pthread_mutex_unlock(&p->lock);
	egress_slot_free(c->slot);
	free(c);
}

static int
context_make(
    struct pool_browser *pb, struct deadline dl, struct pool_context **out, struct err *err)
{
	struct pool_context *c = xcalloc(1, sizeof(*c));
	struct cdp_client *cl = cdp_client_new(browser_conn(pb->b), NULL, NULL);
	struct egress_listener *way_out = browser_egress(pb->b);
	int rc;

	c->slot = way_out ? egress_slot_new(way_out) : NULL;
	rc = cdp_context_create(
	    cl, c->slot ? egress_slot_proxy(c->slot) : NULL, dl, c->id, sizeof(c->id), err);
	cdp_client_free(cl);
	if (rc != 0) {
		egress_slot_free(c->slot);
		free(c);
		return rc;
	}
	c->pb = pb;
	c->pages = 1;
	pthread_mutex_lock(&pb->pool->lock);
	pb->contexts++;
	pthread_mutex_unlock(&pb->pool->lock);
	*out = c;
	return 0;
}

// The page has gone from its context; the last one takes it along, unless it is kept.
static void
leave_context(struct pool_context *c, struct deadline dl)
{
	struct pool *p = c->pb->pool;
	bool last;

	pthread_mutex_lock(&p->lock);
	last = --c->pages == 0 && !c->kept;
	pthread_mutex_unlock(&p->lock);
	if (last)
		context_dispose(c, dl);
}

int
pool_page_make(struct pool_browser *pb, struct pool_context *context, struct deadline dl,
    struct pool_page **out, struct err *err)
{
	struct pool_context *c = context;
	const struct browser_opts *o = &pb->pool->o.browser;
	struct cdp_page *page = NULL;
	int rc = c ? 0 : context_make(pb, dl, &c, err);

	if (rc == 0)
		rc = cdp_page_create(
		    browser_conn(pb->b), c->id, o->window_width, o->window_height, dl, &page, err);
	if (rc != 0) {
		if (c)
			leave_context(c, deadline_in_ms(DISPOSE_MS));
		return rc;
	}
	*out = xmalloc(sizeof(**out));
	**out = (struct pool_page){.context = c, .page = page};
	return 0;
}

enum cdp_close_rung
pool_page_close(struct pool_page *page, struct deadline dl)
{
	enum cdp_close_rung rung = cdp_page_close(page->page, dl);

	leave_context(page->context, dl);
	free(page);
	return rung;
}

// The first of those granted a place here who wants a page of that context; NULL: of a new one.
static struct pool_waiter *
take_waiter(struct pool_browser *pb, const struct pool_context *context)
{
	for (struct pool_waiter **at = &pb->granted; *at; at = &(*at)->next) {
		struct pool_waiter *w = *at;

		if (w->want->context != context)
			continue;
		*at = w->next;
		if (!*at)
			pb->granted_tail = at;
		return w;
	}
	return NULL;
}

static void
opened(struct pool_task *t, struct pool_page *page)
{
	struct pool_browser *pb = t->pb;
	struct pool_waiter *w = take_waiter(pb, t->context);

	if (w) {
		w->page = page;
		w->warm = t->warm;
		pool_waiter_finish(w, NULL);
	} else if (!t->context && pb->state == POOL_READY &&
		   pb->n_warm < MAX(t->pool->o.warm_pages, (size_t)1)) {
		page->next = pb->warm;
		pb->warm = page;
		pb->n_warm++;
	} else {
		pb->closing++;
		pool_task_add(
		    t->pool, pb, &(struct pool_task){.run = pool_task_close, .page = page});
	}
}

// A place at a browser that opens no page is worth nothing: the browser is looked at, and whoever
// waits goes elsewhere.
static void
not_opened(struct pool_task *t, const struct err *err)
{
	struct pool_browser *pb = t->pb;
	struct pool_waiter *w = t->warm ? NULL : take_waiter(pb, t->context);

	pb->suspect = true;
	if (!w)
		return;
	pb->leases--;
	pb->exclusive = false;
	if (w->want->context || ++w->tries > 2) {
		pool_waiter_finish(w, err);
		return;
	}
	w->pb = NULL;
	w->next = t->pool->waiters;
	if (!w->next)
		t->pool->waiters_tail = &w->next;
	t->pool->waiters = w;
}

void
pool_task_open(struct pool_task *t)
{
	struct pool_browser *pb = t->pb;
	struct pool *p = t->pool;
	struct deadline dl = deadline_in_ms(POOL_OPEN_MS);
	struct pool_page *page = NULL;
	struct err err = ERR_INIT;
	int rc = pool_page_make(pb, t->context, dl, &page, &err);

	// One that stands ready has shown that its renderer lives.
	if (rc == 0 && t->warm && (rc = cdp_page_await_setup(page->page, dl, &err)) != 0) {
		(void)pool_page_close(page, deadline_in_ms(POOL_CLOSE_MS));
		page = NULL;
	}
	pthread_mutex_lock(&p->lock);
	pb->opening--;
	pb->opening_warm -= t->warm;
	if (rc == 0)
		opened(t, page);
	else
		not_opened(t, &err);
	pool_plan(p);
	pthread_mutex_unlock(&p->lock);
}

static bool
browser_answers(struct pool_browser *pb)
{
	struct cdp_client *cl = cdp_client_new(browser_conn(pb->b), NULL, NULL);
	int rc =
	    cdp_call(cl, NULL, "Browser.getVersion", NULL, deadline_in_ms(PROBE_MS), NULL, NULL);

	cdp_client_free(cl);
	return rc == 0;
}

void
pool_task_close(struct pool_task *t)
{
	struct pool_browser *pb = t->pb;
	struct pool *p = t->pool;
	bool hurry = t->spoilt || !cdp_conn_alive(browser_conn(pb->b));
	enum cdp_close_rung rung =
	    pool_page_close(t->page, deadline_in_ms(hurry ? 0 : POOL_CLOSE_MS));
	bool dead = !hurry && rung == CLOSE_FAILED && !browser_answers(pb);

	pthread_mutex_lock(&p->lock);
	pb->closing--;
	pb->suspect |= !hurry && rung == CLOSE_FORCED;
	if (dead)
		pool_end_browser(pb, &p->st.restarts_hung);
	else if (!hurry && rung == CLOSE_FAILED)
		pool_retire(pb, &p->st.restarts_hung);
	pool_plan(p);
	pthread_mutex_unlock(&p->lock);
}

void
pool_task_dispose(struct pool_task *t)
{
	context_dispose(t->context, deadline_in_ms(DISPOSE_MS));
}
