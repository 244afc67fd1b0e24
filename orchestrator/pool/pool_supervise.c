// SPDX-License-Identifier: Apache-2.0
// The supervisor thread: hears of browsers that ended, keeps time for the plan, looks at the memory
// and CPU that browsers use, frees what is gone. Never waits for a browser.
#include "orchestrator/pool/pool_priv.h"

#include "base/thread.h"
#include "base/metrics.h"

#include <poll.h>
#include <signal.h>

#define MAX_WATCHED 128

struct watched {
	struct pollfd fds[1 + MAX_WATCHED];
	uint64_t ids[1 + MAX_WATCHED];
	size_t n;
};

void
pool_poke(struct pool *p)
{
	(void)!write(p->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
}

static void
watch_all(const struct pool *p, struct watched *w)
{
	w->fds[0] = (struct pollfd){.fd = p->wake_fd, .events = POLLIN};
	w->n = 1;
	for (const struct pool_browser *pb = p->browsers; pb; pb = pb->next) {
		if (!pb->b || pb->ending || w->n == ARRAY_LEN(w->fds))
			continue;
		w->fds[w->n] = (struct pollfd){.fd = browser_control_fd(pb->b), .events = POLLIN};
		w->ids[w->n++] = pb->id;
	}
}

static void
hear(struct pool *p, const struct watched *w)
{
	uint64_t n;

	if (w->fds[0].revents)
		(void)!read(p->wake_fd, &n, sizeof(n));
	for (size_t i = 1; i < w->n; i++) {
		struct pool_browser *pb =
		    w->fds[i].revents ? pool_browser_by_id(p, w->ids[i]) : NULL;

		if (pb && pb->b)
			pool_browser_died(pb);
	}
}

// --- CPU time, by whose pages are in the browser ---

// What it worked before it was anybody's (start, canary, warm page) is nobody's. Where principals
// share browsers nothing tells whose page it was.
void
pool_count_cpu(struct pool_browser *pb, int64_t ticks)
{
	const char *whose = pb->pool->o.isolate_principals ? pb->principal : "shared";

	if (ticks > pb->cpu_ticks && pb->principal && whose[0])
		metric_add(METRIC_KEY_CPU, whose,
		    (double)(ticks - pb->cpu_ticks) / (double)sysconf(_SC_CLK_TCK));
	pb->cpu_ticks = MAX(pb->cpu_ticks, ticks);
}

// --- memory ---

#define MAX_MEASURED 64

// From three quarters of the limit a browser is replaced, in its own time. At the limit the largest
// renderer ends, and with it one page, as the kernel does it in a cgroup.
static void
hold_to_limit(struct pool *p, struct pool_browser *pb, const struct pool_usage *u)
{
	int64_t limit_kb = p->o.memory_limit_mb * 1024;

	pb->rss_kb = u->kb;
	if (limit_kb <= 0 || u->kb < limit_kb / 4 * 3 || pb->ending)
		return;
	pool_retire(pb, &p->st.restarts_memory);
	if (u->kb >= limit_kb && u->largest_renderer) {
		log_warn("a renderer (pid %d) is ended: it holds %lld MB of the %lld MB that its "
			 "browser may use",
		    u->largest_renderer, (long long)u->largest_kb / 1024,
		    (long long)p->o.memory_limit_mb);
		(void)kill(u->largest_renderer, SIGKILL);
	}
}

static size_t
roots(const struct pool *p, struct pool_usage *v, uint64_t *ids)
{
	size_t n = 0;

	for (const struct pool_browser *pb = p->browsers; pb && n < MAX_MEASURED; pb = pb->next)
		if (pb->b && !pb->ending) {
			ids[n] = pb->id;
			v[n++] = (struct pool_usage){.root = pb->launcher_pid};
		}
	return n;
}

static void
measure(struct pool *p)
{
	struct pool_usage v[MAX_MEASURED];
	uint64_t ids[MAX_MEASURED];
	size_t n = roots(p, v, ids);

	p->measured_ms = clock_ms();
	if (n == 0)
		return;
	pthread_mutex_unlock(&p->lock);
	pool_usage_read("/proc", v, n);
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < n; i++) {
		struct pool_browser *pb = pool_browser_by_id(p, ids[i]);

		if (!pb)
			continue;
		pool_count_cpu(pb, v[i].cpu_ticks);
		hold_to_limit(p, pb, &v[i]);
	}
}

// --- the thread ---

static void *
supervise(void *arg)
{
	struct pool *p = arg;
	struct watched w;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		int64_t wait_ms;

		if (clock_ms() - p->measured_ms >= pool_look_ms(p))
			measure(p);
		pool_plan(p);
		pool_reap(p);
		watch_all(p, &w);
		wait_ms = MAX(p->due_ms - clock_ms(), (int64_t)0);
		pthread_mutex_unlock(&p->lock);
		(void)poll(w.fds, (nfds_t)w.n, (int)MIN(wait_ms, (int64_t)60000));
		pthread_mutex_lock(&p->lock);
		hear(p, &w);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int
pool_supervise(struct pool *p, struct err *err)
{
	p->supervised = thread_start(&p->supervisor, "riptide-pool", 0, supervise, p) == 0;
	return p->supervised ? 0 : err_set(err, ERR_INTERNAL, "no thread");
}
