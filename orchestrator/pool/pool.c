// SPDX-License-Identifier: Apache-2.0
// The pool's life, the states of its browsers, and what it tells of itself. Any thread.
#include "orchestrator/pool/pool_priv.h"

#include <assert.h>
#include <stdio.h>
#include <sys/eventfd.h>

#define WAIT_GONE_MS 10000

const char *const pool_isolation_names[] = {"context", "session", "browser", NULL};
const char *const pool_state_names[] = {"starting", "ready", "draining", "ending"};

// --- browsers ---

struct pool_browser *
pool_browser_new(struct pool *p)
{
	struct pool_browser *pb = xcalloc(1, sizeof(*pb));

	pb->pool = p;
	pb->id = ++p->next_id;
	pb->state = POOL_STARTING;
	pb->abort = (struct browser_abort)BROWSER_ABORT_INIT;
	pb->granted_tail = &pb->granted;
	pb->started_ms = clock_ms();
	pb->next = p->browsers;
	p->browsers = pb;
	p->st.browsers[POOL_STARTING]++;
	return pb;
}

struct pool_browser *
pool_browser_by_id(struct pool *p, uint64_t id)
{
	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		if (pb->id == id)
			return pb;
	return NULL;
}

void
pool_set_state(struct pool_browser *pb, enum pool_browser_state s)
{
	struct pool *p = pb->pool;

	assert(!pb->gone && s > pb->state);
	p->st.browsers[pb->state]--;
	p->st.browsers[s]++;
	pb->state = s;
}

// --- waiters ---

void
pool_waiter_finish(struct pool_waiter *w, const struct err *err)
{
	w->done = true;
	if (err)
		w->err = *err;
	if (w->event_fd >= 0)
		(void)!write(w->event_fd, &(uint64_t){1}, sizeof(uint64_t));
}

void
pool_fail_waiters(struct pool *p, const struct err *err)
{
	for (struct pool_waiter *w = p->waiters, *next; w; w = next) {
		next = w->next;
		pool_waiter_finish(w, err);
	}
	p->waiters = NULL;
	p->waiters_tail = &p->waiters;
}

// --- life ---

static size_t
keepers_for(const struct pool_opts *o)
{
	return MIN(o->browsers * (o->pages_per_browser + 2) + 2, (size_t)POOL_MAX_KEEPERS);
}

struct pool *
pool_new(const struct pool_opts *o)
{
	struct pool *p = xcalloc(1, sizeof(*p));
	struct err err = ERR_INIT;

	p->o = *o;
	p->o.browsers = MAX(o->browsers, (size_t)1);
	p->o.pages_per_browser = MAX(o->pages_per_browser, (size_t)1);
	p->profile_root = o->browser.profile_root ? xstrdup(o->browser.profile_root) : NULL;
	p->o.browser.profile_root = p->profile_root;
	p->waiters_tail = &p->waiters;
	p->tasks_tail = &p->tasks;
	p->max_keepers = keepers_for(&p->o);
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->used_ms = p->measured_ms = clock_ms();
	p->awake = !o->lazy;
	if (o->memory_limit_mb > 0 && !o->no_cgroups)
		cgroup_find("/sys/fs/cgroup", "/proc", &p->cgroups);
	if (p->cgroups.why[0])
		log_info("memory of browsers is watched in /proc: %s", p->cgroups.why);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	pthread_cond_init(&p->work, NULL);
	if (pool_supervise(p, &err) != 0)
		log_error("the pool has no supervisor: %s", err.message);
	pthread_mutex_lock(&p->lock);
	pool_plan(p);
	pthread_mutex_unlock(&p->lock);
	return p;
}

void
pool_configure(struct pool *p, const struct pool_opts *o)
{
	pthread_mutex_lock(&p->lock);
	p->o.warm_pages = o->warm_pages;
	p->o.recycle_jobs = o->recycle_jobs;
	p->o.recycle_age_ms = o->recycle_age_ms;
	p->o.recycle_crashes = o->recycle_crashes;
	p->o.memory_limit_mb = o->memory_limit_mb;
	p->o.idle_shutdown_ms = o->idle_shutdown_ms;
	p->o.canary_ms = o->canary_ms;
	pool_plan(p);
	pthread_mutex_unlock(&p->lock);
	pool_poke(p);
}

struct loop *
pool_loop(struct pool *p, struct err *err)
{
	struct loop *l, *other;

	pthread_mutex_lock(&p->lock);
	l = p->loop;
	pthread_mutex_unlock(&p->lock);
	if (l)
		return l;
	l = loop_new(err);
	pthread_mutex_lock(&p->lock);
	other = p->loop;
	if (!other)
		p->loop = l;
	pthread_mutex_unlock(&p->lock);
	if (!other)
		return l;
	if (l)
		loop_free(l);
	return other;
}

static bool
all_gone(const struct pool *p)
{
	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		if (!pb->gone)
			return false;
	return p->n_tasks == 0;
}

static void
end_all(struct pool *p)
{
	struct timespec ts = deadline_timespec(deadline_in_ms(WAIT_GONE_MS));
	struct err err = ERR_INIT;

	err_set(&err, ERR_SHUTTING_DOWN, NULL);
	p->stop = true;
	pool_fail_waiters(p, &err);
	for (struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		pool_end_browser(pb, NULL);
	while (!all_gone(p) &&
	       pthread_cond_clockwait(&p->changed, &p->lock, CLOCK_MONOTONIC, &ts) == 0)
		;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	end_all(p);
	pthread_mutex_unlock(&p->lock);
	pool_poke(p);
	if (p->supervised)
		pthread_join(p->supervisor, NULL);
	pool_keepers_join(p);
	pool_reap(p);
	assert(!p->browsers); // all leases and kept contexts were given back
	if (p->loop)
		loop_free(p->loop);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->changed);
	pthread_cond_destroy(&p->work);
	util_closep(&p->wake_fd);
	free(p->profile_root);
	free(p);
}

// --- what is told ---

void
pool_stats(struct pool *p, struct pool_stats *out)
{
	pthread_mutex_lock(&p->lock);
	*out = p->st;
	out->leases = out->warm = 0;
	out->rss_kb = 0;
	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		out->leases += pb->leases;
		out->warm += pb->n_warm;
		out->rss_kb += pb->gone ? 0 : pb->rss_kb;
	}
	out->waiting = 0;
	for (const struct pool_waiter *w = p->waiters; w; w = w->next)
		out->waiting++;
	out->breaker_until_ms = pool_backoff_open(&p->backoff, clock_ms()) ? p->backoff.next_ms : 0;
	pthread_mutex_unlock(&p->lock);
}

static bool
is_proved(const struct pool *p, const struct pool_browser *pb)
{
	return p->o.canary_ms <= 0 || p->st.last_canary_ms > 0 || pb->proved_ms > 0;
}

bool
pool_ready(struct pool *p)
{
	bool ready;

	pthread_mutex_lock(&p->lock);
	ready = !p->stop && !p->awake && p->backoff.failures == 0; // one starts when it is wanted
	for (const struct pool_browser *pb = p->browsers; pb && !ready; pb = pb->next)
		ready = pb->state == POOL_READY && cdp_conn_alive(browser_conn(pb->b)) &&
			is_proved(p, pb);
	pthread_mutex_unlock(&p->lock);
	return ready;
}

static cJSON *
describe(const struct pool_browser *pb, int64_t now)
{
	cJSON *v = pb->b && !pb->gone ? browser_status(pb->b) : json_obj();

	json_set_int(v, "id", (int64_t)pb->id);
	json_set_str(v, "state", pool_state_names[pb->state]);
	json_set_int(v, "age_ms", now - pb->started_ms);
	json_set_int(v, "jobs", (int64_t)pb->jobs);
	json_set_int(v, "crashes", (int64_t)pb->crashes);
	json_set_int(v, "leases", (int64_t)pb->leases);
	json_set_int(v, "warm", (int64_t)pb->n_warm);
	json_set_int(v, "contexts", (int64_t)pb->contexts);
	json_set_int(v, "rss_kb", pb->rss_kb);
	json_set_bool(v, "suspect", pb->suspect);
	json_set_bool(v, "memory_cgroup", pb->cgroup != NULL);
	return v;
}

cJSON *
pool_describe(struct pool *p)
{
	cJSON *list = json_arr();
	int64_t now = clock_ms();

	pthread_mutex_lock(&p->lock);
	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next)
		if (!pb->gone)
			json_push(list, describe(pb, now));
	pthread_mutex_unlock(&p->lock);
	return list;
}
