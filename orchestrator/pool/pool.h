// SPDX-License-Identifier: Apache-2.0
// The pool of browsers and the leases of their pages: the only place that says who uses what. The
// supervisor thread launches, probes, recycles and kills browsers, and has a replacement ready
// before it drains one. The CLI uses a pool of one. Thread-safe.
#ifndef ORCHESTRATOR_POOL_POOL_H
#define ORCHESTRATOR_POOL_POOL_H

#include "cdp/page.h"
#include "orchestrator/pool/browser.h"

extern const char *const pool_isolation_names[]; // "context", "session", "browser", NULL
enum pool_isolation { ISOLATION_CONTEXT, ISOLATION_SESSION, ISOLATION_BROWSER };

struct pool_opts {
	struct browser_opts browser;
	size_t browsers;          // wanted ready
	size_t pages_per_browser; // leases at a time
	size_t warm_pages;        // per browser, in fresh contexts, ready before they are asked for
	int64_t recycle_jobs, recycle_age_ms, recycle_crashes; // 0: never
	int64_t
	    memory_limit_mb; // per browser: cgroup where writable, RSS watchdog elsewhere; 0: none
	int64_t idle_shutdown_ms; // browsers end after so long without a lease; 0: never
	int64_t canary_ms;        // between rendered canaries of an idle browser; 0: never
	bool isolate_principals;  // no two principals in one browser process at a time
	bool lazy;                // launch at the first lease only
	bool no_cgroups;          // watch memory in /proc also where cgroups could be made
};

struct pool;
struct pool *pool_new(const struct pool_opts *o); // returns at once
// New limits and habits: warm_pages, recycle_*, memory_limit_mb (of browsers that start from now
// on, where the kernel holds them to it), idle_shutdown_ms, canary_ms. The rest of `o` is ignored.
void pool_configure(struct pool *p, const struct pool_opts *o);
// Kills what is left; nothing remains. All leases and contexts were given back.
void pool_free(struct pool *p);
// The loop thread of its connections, made at the first launch or here. NULL: it can't be had.
struct loop *pool_loop(struct pool *p, struct err *err);

// --- a context that outlives one lease: a session's ---
struct pool_context;
// Is its browser still there and not about to be recycled?
bool pool_context_alive(const struct pool_context *c);
void pool_context_close(struct pool_context *c); // disposes it; NULL is ignored

// --- leases ---
struct egress_policy;
struct egress_slot;
struct lease_want {
	enum pool_isolation isolation;
	const char *principal;        // "" or NULL: nobody's in particular
	struct pool_context *context; // ISOLATION_SESSION: a page in this living context; NULL: in
				      // a new one, which the holder may keep (lease_keep_context)
	struct cdp_page_opts *page;   // context_id and window_is_viewport are filled in here
	const struct egress_policy *egress; // what the page may dial; NULL: nothing, where there is
					    // a guard
};
struct lease {
	struct browser *browser;
	struct cdp_page *page;      // open, set up as wanted
	struct cdp_client *client;  // of the context
	struct egress_slot *egress; // of the context; NULL: there is no guard
	bool warm;                  // it stood ready
	int64_t granted_us;         // monotonic: since then it was only to be opened
};
// A page, within the deadline. Errors: ERR_BROWSER_START, ERR_BROWSER_NOT_FOUND, ERR_BREAKER_OPEN
// (503, start failures in a row: says when the next try is), ERR_TIMEOUT, ERR_CANCELLED (cancel_fd
// became readable; -1: none), ERR_SHUTTING_DOWN, ERR_BROWSER_CRASHED (the context's browser has
// gone), errors of cdp_page_open. First come, first served, but for whom a browser has to be kept
// for itself or for its principal.
int pool_lease(struct pool *p, const struct lease_want *w, struct deadline dl, int cancel_fd,
    struct lease **out, struct err *err) MUST_CHECK;
// A call failed with `rc`: for ERR_BROWSER_CRASHED waits (at most 0.5 s) for what Chromium last
// wrote and puts it into *err. Returns rc.
int lease_explain(struct lease *l, int rc, struct err *err);
// Take the context out of the lease, for a session: it stays when the lease ends.
struct pool_context *lease_keep_context(struct lease *l);
// Give it back. The page is closed by the kill ladder, its context disposed unless kept; a browser
// whose page did not end, or that is `spoilt`, is killed and replaced. Not on an answer's clock:
// returns at once, the supervisor does it.
void lease_release(struct lease *l, bool spoilt);

// --- for health, metrics, pressure ---
enum pool_browser_state { // the states of a browser; one writer: pool_set_state
	POOL_STARTING,
	POOL_READY,
	POOL_DRAINING, // being replaced: no new leases
	POOL_ENDING,
};
#define POOL_STATES 4
extern const char *const pool_state_names[];
struct pool_stats {
	size_t browsers[POOL_STATES];
	size_t leases, warm, waiting;
	uint64_t launches, launch_failures, canary_failures;
	uint64_t restarts_jobs, restarts_age, restarts_memory, restarts_crash, restarts_hung,
	    restarts_idle, restarts_principal;
	uint64_t leases_total, leases_warm;
	int64_t rss_kb;           // of all browsers, last measured
	int64_t breaker_until_ms; // monotonic; 0: closed
	int64_t last_canary_ms;   // monotonic, of the last success; 0: none yet
};
void pool_stats(struct pool *p, struct pool_stats *out);
// At least one browser runs, and one has rendered the canary if there are any; or none is wanted
// before the next lease.
bool pool_ready(struct pool *p);
cJSON *pool_describe(
    struct pool *p); // [{state, pid, launcher_pid, age_ms, jobs, leases, rss_kb, …}]

#endif
