// SPDX-License-Identifier: Apache-2.0
// The one place that decides what happens to browsers: which are started, replaced, drained and
// ended, how many pages stand warm; who gets a place where is pool_grant.c's. Quick, under the
// pool's lock; any thread that changed something calls it, and the supervisor when time has passed.
#include "orchestrator/pool/pool_priv.h"

#define OFTEN_MS  1000 // between looks at memory that nothing else limits
#define SELDOM_MS 10000

// --- ending ---

static void
requeue(struct pool_browser *pb)
{
	struct pool *p = pb->pool;
	struct pool_waiter *list = steal_ptr(pb->granted), *again = NULL, **tail = &again;
	struct err err = ERR_INIT;

	err_set(&err, ERR_BROWSER_CRASHED, NULL);
	pb->granted_tail = &pb->granted;
	for (struct pool_waiter *w = list, *next; w; w = next) {
		next = w->next;
		w->next = NULL;
		w->pb = NULL;
		pb->leases--;
		if (w->want->context || ++w->tries > 2 || p->stop) {
			pool_waiter_finish(w, &err);
			continue;
		}
		*tail = w;
		tail = &w->next;
	}
	*tail = p->waiters;
	if (again && !p->waiters)
		p->waiters_tail = tail;
	if (again)
		p->waiters = again;
}

void
pool_end_browser(struct pool_browser *pb, uint64_t *cause)
{
	if (pb->ending || pb->abandon)
		return;
	if (cause) {
		pb->retire_cause = cause;
		(*cause)++;
	}
	if (!pb->b) {
		pb->abandon = true;
		browser_abort(&pb->abort);
		return;
	}
	pb->ending = true;
	if (pb->state != POOL_ENDING)
		pool_set_state(pb, POOL_ENDING);
	requeue(pb);
	pool_task_add(pb->pool, pb, &(struct pool_task){.run = pool_task_end});
}

void
pool_browser_died(struct pool_browser *pb)
{
	if (!pb->ending)
		pb->by_itself = true;
	pool_end_browser(pb, &pb->pool->st.restarts_crash);
}

void
pool_retire(struct pool_browser *pb, uint64_t *cause)
{
	if (!pb->retire_cause && pb->state == POOL_READY) {
		pb->retire_cause = cause;
		(*cause)++;
	}
}

void
pool_reap(struct pool *p)
{
	for (struct pool_browser **at = &p->browsers; *at;) {
		struct pool_browser *pb = *at;

		if (!pb->gone || pb->leases || pb->tasks || pb->contexts) {
			at = &pb->next;
			continue;
		}
		*at = pb->next;
		browser_close(pb->b, deadline_in_ms(0));
		pthread_mutex_destroy(&pb->abort.lock);
		free(pb->principal);
		free(pb->last_words);
		free(pb->cgroup);
		free(pb);
	}
}

// --- recycling ---

bool
pool_browser_idle(const struct pool_browser *pb)
{
	return pb->leases == 0 && pb->closing == 0;
}

static void
judge(struct pool *p, struct pool_browser *pb, int64_t now)
{
	const struct pool_opts *o = &p->o;

	if (pb->state > POOL_DRAINING || !pb->b)
		return;
	if (!cdp_conn_alive(browser_conn(pb->b)))
		pool_browser_died(pb);
	else if (o->recycle_jobs > 0 && pb->jobs >= (uint64_t)o->recycle_jobs)
		pool_retire(pb, &p->st.restarts_jobs);
	else if (o->recycle_crashes > 0 && pb->crashes >= (uint64_t)o->recycle_crashes)
		pool_retire(pb, &p->st.restarts_crash);
	else if (o->recycle_age_ms > 0 && now - pb->started_ms >= o->recycle_age_ms)
		pool_retire(pb, &p->st.restarts_age);
}

static size_t
count_live(const struct pool *p)
{
	size_t n = 0;

	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		n += (pb->state == POOL_STARTING && !pb->abandon) ||
		     (pb->state == POOL_READY && !pb->retire_cause);
	return n;
}

static size_t
count_replaced(const struct pool *p)
{
	size_t n = 0;

	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		n += pb->state == POOL_READY && !pb->retire_cause;
	return n;
}

// Retired browsers stop when as many stand ready as are wanted; the idle ones end.
static void
drain(struct pool *p)
{
	size_t ready = count_replaced(p);

	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		if (pb->state == POOL_READY && pb->retire_cause &&
		    (!p->awake || ready >= p->o.browsers))
			pool_set_state(pb, POOL_DRAINING);
		if (pb->state == POOL_DRAINING && pool_browser_idle(pb))
			pool_end_browser(pb, NULL);
	}
}

static void
launch(struct pool *p, int64_t now)
{
	size_t live = count_live(p), wanted = p->awake && !p->stop ? p->o.browsers : 0;
	unsigned n = live >= wanted
			 ? 0
			 : pool_backoff_allows(&p->backoff, now,
			       (unsigned)p->st.browsers[POOL_STARTING], (unsigned)(wanted - live));

	for (unsigned i = 0; i < n; i++) {
		p->st.launches++;
		pool_task_add(p, pool_browser_new(p), &(struct pool_task){.run = pool_task_launch});
	}
}

static bool
all_idle(const struct pool *p)
{
	if (p->waiters)
		return false;
	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		if (!pool_browser_idle(pb))
			return false;
	return true;
}

static void
sleep_when_idle(struct pool *p, int64_t now)
{
	if (!p->awake || p->o.idle_shutdown_ms <= 0 || now - p->used_ms < p->o.idle_shutdown_ms ||
	    !all_idle(p))
		return;
	p->awake = false;
	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		pool_end_browser(pb, &p->st.restarts_idle);
}

// --- pages that stand ready, canaries ---

static void
keep_warm(struct pool *p, struct pool_browser *pb)
{
	if (!pool_takes_leases(pb) || pb->retire_cause)
		return;
	for (size_t n = pb->n_warm + pb->opening_warm; n < p->o.warm_pages; n++) {
		pb->opening++;
		pb->opening_warm++;
		pool_task_add(p, pb, &(struct pool_task){.run = pool_task_open, .warm = true});
	}
}

static bool
canary_is_due(const struct pool *p, const struct pool_browser *pb, int64_t now)
{
	if (pb->state != POOL_READY || pb->canary)
		return false;
	if (pb->suspect)
		return true;
	return p->o.canary_ms > 0 && pb->leases == 0 &&
	       (pb->proved_ms == 0 || now - pb->proved_ms >= p->o.canary_ms);
}

static void
prove(struct pool *p, struct pool_browser *pb, int64_t now)
{
	if (!canary_is_due(p, pb, now))
		return;
	pb->canary = true;
	pool_task_add(p, pb, &(struct pool_task){.run = pool_task_canary});
}

// --- time ---

static void
sooner(int64_t *due, int64_t at)
{
	*due = MIN(*due, at);
}

int64_t
pool_look_ms(const struct pool *p)
{
	if (p->o.memory_limit_mb <= 0 || p->cgroups.version > 0)
		return SELDOM_MS;
	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		if (pb->leases > 0)
			return OFTEN_MS;
	return SELDOM_MS;
}

static int64_t
next_look(const struct pool *p, int64_t now)
{
	int64_t due = now + 60000;
	bool busy = false;

	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		busy |= pb->leases > 0;
		if (pb->state != POOL_READY || pb->retire_cause)
			continue;
		if (p->o.recycle_age_ms > 0)
			sooner(&due, pb->started_ms + p->o.recycle_age_ms);
		if (p->o.canary_ms > 0 && !pb->canary && pb->leases == 0)
			sooner(&due, pb->proved_ms + p->o.canary_ms);
	}
	if (p->awake && p->o.idle_shutdown_ms > 0 && !busy)
		sooner(&due, p->used_ms + p->o.idle_shutdown_ms);
	if (p->awake && count_live(p) < p->o.browsers)
		sooner(&due, p->backoff.next_ms);
	if (p->awake && p->browsers)
		sooner(&due, p->measured_ms + pool_look_ms(p));
	return MAX(due, now + 1);
}

void
pool_plan(struct pool *p)
{
	int64_t now = clock_ms(), due;

	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		judge(p, pb, now);
	if (!p->stop)
		pool_grant(p);
	sleep_when_idle(p, now);
	drain(p);
	launch(p, now);
	if (!p->stop)
		for (struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
			keep_warm(p, pb);
			prove(p, pb, now);
		}
	due = next_look(p, now);
	if (due < p->due_ms)
		pool_poke(p);
	p->due_ms = due;
}
