// SPDX-License-Identifier: Apache-2.0
// Starting and ending what jobs run on. A thread starts the extractor while browsers are launched.
#include "orchestrator/job/runtime.h"

#include "base/thread.h"

#include <pthread.h>
#include <stdatomic.h>

#define EXTRACTOR_START_MS 10000

struct runtime {
	struct egress *egress; // NULL: it could not be started
	struct err egress_err;
	struct pool *pool;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct extractor *extractor;
	struct err extractor_err;
	bool extractor_ready; // started, or failed to
	bool started;
};

static void *
extractor_thread(void *arg)
{
	struct runtime *rt = arg;
	struct extractor *x = NULL;
	struct err err = ERR_INIT;
	int rc = extractor_open(deadline_in_ms(EXTRACTOR_START_MS), &x, &err);

	pthread_mutex_lock(&rt->lock);
	rt->extractor = rc == 0 ? x : NULL;
	rt->extractor_err = err;
	rt->extractor_ready = true;
	pthread_cond_broadcast(&rt->changed);
	pthread_mutex_unlock(&rt->lock);
	return NULL;
}

// Without a guard no page is ever asked for: runtime_guard refuses.
static void
start_guard(struct runtime *rt, struct pool_opts *po)
{
	if (po->browsers == 0)
		err_set(&rt->egress_err, ERR_INTERNAL, "it was said that no browser is needed");
	else
		(void)!egress_open(&rt->egress, &rt->egress_err);
	po->browser.egress = rt->egress;
	po->lazy |= !rt->egress;
}

struct runtime *
runtime_new(const struct pool_opts *o)
{
	struct runtime *rt = xcalloc(1, sizeof(*rt));
	struct pool_opts po = *o;

	pthread_mutex_init(&rt->lock, NULL);
	pthread_cond_init(&rt->changed, NULL);
	if (thread_start(&rt->thread, "riptide-runtime", 0, extractor_thread, rt) != 0) {
		err_set(&rt->extractor_err, ERR_INTERNAL, "no thread for the extractor");
		rt->extractor_ready = true;
	} else {
		rt->started = true;
	}
	start_guard(rt, &po);
	rt->pool = pool_new(&po);
	return rt;
}

void
runtime_free(struct runtime *rt)
{
	if (!rt)
		return;
	pool_free(rt->pool);
	egress_close(rt->egress);
	if (rt->started)
		pthread_join(rt->thread, NULL);
	extractor_close(rt->extractor);
	pthread_cond_destroy(&rt->changed);
	pthread_mutex_destroy(&rt->lock);
	free(rt);
}

int
runtime_extractor(struct runtime *rt, struct deadline dl, struct extractor **out, struct err *err)
{
	struct timespec at = deadline_timespec(dl);
	int rc = 0;

	pthread_mutex_lock(&rt->lock);
	while (!rt->extractor_ready && rc == 0)
		rc = pthread_cond_clockwait(&rt->changed, &rt->lock, CLOCK_MONOTONIC, &at);
	if (!rt->extractor_ready) {
		rc = err_set(err, ERR_TIMEOUT, "the extractor did not start in time");
	} else if (!rt->extractor) {
		*err = rt->extractor_err;
		rc = err->code;
	} else {
		*out = rt->extractor;
		rc = 0;
	}
	pthread_mutex_unlock(&rt->lock);
	return rc;
}

int
runtime_guard(struct runtime *rt, struct egress_stats *out, struct err *err)
{
	*out = (struct egress_stats){0};
	if (!rt->egress) {
		*err = rt->egress_err;
		return err->code;
	}
	egress_stats(rt->egress, out);
	return 0;
}

struct pool *
runtime_pool(struct runtime *rt)
{
	return rt->pool;
}

struct loop *
runtime_loop(struct runtime *rt)
{
	struct err err = ERR_INIT;

	return pool_loop(rt->pool, &err);
}

struct pool_opts
runtime_cli_opts(const struct browser_opts *browser)
{
	return (struct pool_opts){
	    .browser = *browser, .browsers = 1, .pages_per_browser = 1, .lazy = true};
}
