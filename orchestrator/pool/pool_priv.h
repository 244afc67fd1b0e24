// SPDX-License-Identifier: Apache-2.0
// Between the files of the pool. All of struct pool and what hangs on it is guarded by its one
// lock, which is never held across a wait; what blocks (starting, opening, closing, looking at a
// page) is a task of a keeper thread. Keepers live as long as the pool.
//   pool.c            life, states, what is told
//   pool_plan.c       the one place that decides: launch, recycle, drain, keep warm
//   pool_grant.c      and who gets a place where
//   pool_lease.c      leases and kept contexts, as jobs see them
//   pool_keeper.c     the task queue and its threads
//   pool_task.c       the tasks: launch, open, close, end
//   pool_canary.c     a page that is really rendered
//   pool_cgroup.c     the kernel's limit on its memory, where it can be had
//   pool_memory.c     what its processes use
//   pool_supervise.c  the thread that keeps time and hears of browsers that ended
#ifndef ORCHESTRATOR_POOL_POOL_PRIV_H
#define ORCHESTRATOR_POOL_POOL_PRIV_H

#include "base/log.h"
#include "orchestrator/egress/egress.h"
#include "orchestrator/pool/pool.h"
#include "orchestrator/pool/pool_backoff.h"
#include "orchestrator/pool/pool_cgroup.h"
#include "orchestrator/pool/pool_memory.h"

#include <pthread.h>

#define POOL_MAX_KEEPERS 64
#define POOL_START_MS    20000 // from launcher to connection
#define POOL_OPEN_MS     5000  // a page in a browser that is well takes 30
#define POOL_CLOSE_MS    4000  // Chromium ends a stopped renderer after 2.6, 2.9 under load
#define POOL_END_MS      2000

struct pool_context {
	struct pool_browser *pb;
	char id[64];
	struct egress_slot *slot; // its way out; NULL: there is no guard
	size_t pages;             // open, being opened or closed in it
	bool kept;                // somebody else's: stays without pages
};

struct pool_page {
	struct pool_page *next;
	struct pool_context *context;
	struct cdp_page *page;
};

// Somebody in pool_lease: in the pool's queue, or granted a place at a browser and waiting for the
// page.
struct pool_waiter {
	struct pool_waiter *next;
	const struct lease_want *want;
	const char *principal; // never NULL
	unsigned tries;        // browsers that ended under it
	int event_fd;          // readable when done
	bool done;
	struct pool_browser *pb;
	int64_t since_ms, granted_us;
	struct pool_page *page;
	bool warm;
	struct err err;
};

struct pool_browser {
	struct pool *pool;
	struct pool_browser *next;
	uint64_t id;
	enum pool_browser_state state;
	bool gone;         // its processes are
	bool ending;       // a task ends it, or has
	bool abandon;      // end it once it has started
	bool by_itself;    // it ended so
	struct browser *b; // NULL while it starts
	struct browser_abort abort;
	char *cgroup; // its directory; NULL: none
	pid_t launcher_pid;
	char *principal;        // whose pages it had; NULL: nobody's yet
	bool exclusive;         // for one lease only
	bool reserved;          // in one pass of the plan
	uint64_t *retire_cause; // counter of the reason; NULL: it stays
	bool suspect;           // no new leases until a canary was rendered
	bool canary;            // one is under way
	size_t leases;          // granted places
	size_t closing, opening, opening_warm;
	size_t tasks, contexts; // keep the struct alive
	struct pool_waiter *granted, **granted_tail;
	struct pool_page *warm;
	size_t n_warm;
	uint64_t jobs, crashes;
	int64_t started_ms, proved_ms; // 0: nothing was rendered yet
	int64_t rss_kb;
	int64_t cpu_ticks; // last measured
	char *last_words;  // once gone by itself
};

struct pool_task {
	struct pool_task *next;
	void (*run)(struct pool_task *t);
	struct pool *pool;
	struct pool_browser *pb;
	struct pool_page *page;
	struct pool_context *context; // open: in this one; NULL: a new one
	bool warm, spoilt;
};

struct pool {
	struct pool_opts o;
	char *profile_root;
	struct loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t changed; // a browser is gone, has had its last words, a keeper is done
	bool stop;
	bool awake; // browsers are wanted
	int64_t used_ms;
	uint64_t next_id;
	struct pool_browser *browsers;
	struct pool_waiter *waiters, **waiters_tail;
	struct pool_backoff backoff;
	struct err start_err; // of the last failed start
	struct pool_stats st;

	pthread_t supervisor;
	bool supervised;
	int wake_fd;
	int64_t due_ms; // when the supervisor looks next

	pthread_cond_t work;
	struct pool_task *tasks, **tasks_tail;
	pthread_t keepers[POOL_MAX_KEEPERS];
	size_t n_keepers, idle_keepers, max_keepers, n_tasks;
	struct cgroup_parent cgroups;
	int64_t measured_ms;
};

// pool.c. All below: with the lock held unless said otherwise.
void pool_set_state(struct pool_browser *pb, enum pool_browser_state s);
struct pool_browser *pool_browser_new(struct pool *p);
struct pool_browser *pool_browser_by_id(struct pool *p, uint64_t id);
void pool_waiter_finish(struct pool_waiter *w, const struct err *err); // err NULL: it has its page
void pool_fail_waiters(struct pool *p, const struct err *err);

// pool_plan.c
int64_t pool_look_ms(const struct pool *p); // between looks at the memory of browsers
void pool_plan(struct pool *p);             // after anything changed, and when its time has come
// End it now: its leases get errors, those who wait for a page of it wait again.
void pool_end_browser(struct pool_browser *pb, uint64_t *cause);
// The same for one whose connection or process has gone.
void pool_browser_died(struct pool_browser *pb);
// Replace it, then end it when its last lease has ended.
void pool_retire(struct pool_browser *pb, uint64_t *cause);
void pool_reap(struct pool *p); // supervisor and pool_free only: frees what is gone
bool pool_browser_idle(const struct pool_browser *pb);

// pool_grant.c
void pool_grant(struct pool *p); // places for those who wait
bool pool_takes_leases(const struct pool_browser *pb);

// pool_keeper.c
void pool_task_add(struct pool *p, struct pool_browser *pb, const struct pool_task *t);
void pool_keepers_join(struct pool *p); // without the lock

// pool_task.c: bodies of tasks, in keepers, without the lock
void pool_task_launch(struct pool_task *t);
void pool_task_open(struct pool_task *t);
void pool_task_close(struct pool_task *t);
void pool_task_dispose(struct pool_task *t); // of a context without pages
void pool_task_end(struct pool_task *t);
// In a new context if `context` is NULL. It has the size of the window: other viewports are
// emulated.
int pool_page_make(struct pool_browser *pb, struct pool_context *context, struct deadline dl,
    struct pool_page **out, struct err *err) MUST_CHECK;
enum cdp_close_rung pool_page_close(struct pool_page *page, struct deadline dl);

// pool_canary.c: a keeper's, without the lock
void pool_task_canary(struct pool_task *t);

// pool_supervise.c: without the lock
int pool_supervise(struct pool *p, struct err *err) MUST_CHECK;
void pool_count_cpu(struct pool_browser *pb, int64_t ticks); // with the lock
void pool_poke(struct pool *p);                              // any; the supervisor looks at once

#endif
