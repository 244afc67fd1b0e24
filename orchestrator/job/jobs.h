// SPDX-License-Identifier: Apache-2.0
// All jobs of the daemon: admission, the bounded queue with priorities and fairness per key, the
// job threads, the table of running and finished jobs. One admitted job a thread; a job reads as in
// job_run.c. Thread-safe.
#ifndef ORCHESTRATOR_JOB_JOBS_H
#define ORCHESTRATOR_JOB_JOBS_H

#include "orchestrator/job/event_log.h"
#include "orchestrator/job/job.h"
#include "orchestrator/session/session.h"

struct jobs_opts {
	size_t max_running;  // jobs with a page (as many as the pool has)
	size_t max_fetching; // jobs without one
	size_t max_queued;   // over all keys
	size_t max_queued_per_key;
	int64_t keep_finished_ms;   // how long a finished job can be asked for …
	size_t keep_finished_bytes; // … and how much memory all of them may take
	bool adaptive;              // concurrency limit follows latency and errors (ADR 5)
};

enum job_state { JOBS_QUEUED, JOBS_RUNNING, JOBS_FINISHED };
extern const char *const job_state_names[];

// One job as the API sees it. Counted references; immutable but for what the getters read.
struct job_record;
struct job_record *job_record_ref(struct job_record *r);
void job_record_unref(struct job_record *r);
const char *job_record_id(const struct job_record *r);  // 32 hex digits
const char *job_record_key(const struct job_record *r); // whose it is (principal id)
enum job_state job_record_state(const struct job_record *r);
struct event_log *job_record_log(struct job_record *r); // borrowed
// Once finished: the envelope (borrowed JSON text) and its HTTP status; SV_NULL and 0 before.
struct sv job_record_envelope(const struct job_record *r, int *http_status);
// The artifacts of a finished job as job_artifacts gives them; freed with the record. For the
// endpoints that answer the bytes themselves: jobs_submit.keep_bytes, or within done().
const struct job_artifact *job_record_artifacts(const struct job_record *r, size_t *n);
struct sv job_record_html(const struct job_record *r); // the rendered page, if it was taken
cJSON *job_record_summary(const struct job_record *r); // {job_id, state, url, created, …}

struct jobs_submit {
	struct request *request; // taken, also on error
	const char *key;         // principal id ("local" without authentication)
	size_t key_max_running;  // of this key; 0: no limit of its own
	enum request_priority priority;
	bool detached;           // goes on when nobody listens
	struct job_opts opts;    // on_event is the service's; arg too
	const char *request_id;  // NULL: made
	const char *traceparent; // NULL: none
	int64_t received_us;     // the deadline runs from here; 0: from now
	// Keep the artifacts' bytes and the HTML as long as the record; otherwise they are there
	// until done() has returned.
	bool keep_bytes;
	// Called in the job's thread before the envelope is folded: put job_artifacts where they
	// can be fetched and fill their ids, job_warn about what failed. May be NULL.
	void (*store_artifacts)(void *arg, struct job *j, const char *key, const char *job_id);
	void *store_arg;
	// Called once in the job's thread after the record is finished (in the housekeeper's when
	// the job never ran), never within jobs_submit or jobs_cancel. May be NULL.
	void (*done)(void *arg, struct job_record *r);
	void *arg;
};

struct jobs;
struct jobs *jobs_new(const struct jobs_opts *o, struct runtime *rt, struct sessions *sessions);
void jobs_reload(
    struct jobs *js, const struct jobs_opts *o); // all but max_running and max_fetching
// Refuse new jobs; running and queued ones go on.
void jobs_drain(struct jobs *js);
// Wait until nothing is queued or running; false: the deadline passed.
bool jobs_wait_idle(struct jobs *js, struct deadline dl);
void jobs_cancel_all(struct jobs *js);
void jobs_free(struct jobs *js); // cancels, waits for the threads

// Admit or refuse, without blocking. *out is a reference. Errors: ERR_QUEUE_FULL (429, this key's
// share), ERR_OVERLOADED (503, nobody's), ERR_DEADLINE_UNMEETABLE (503: the queue is longer than
// the job may wait), ERR_QUARANTINED (503: this key's jobs with this URL crashed the browser
// several times in a row), ERR_SESSION_BUSY (409: more jobs of the session come first than the
// deadline allows), ERR_SHUTTING_DOWN (503). *retry_after_ms (may be NULL) is computed from
// the drain rate. The request is taken, also on error.
int jobs_submit(struct jobs *js, struct jobs_submit *s, struct job_record **out,
    int64_t *retry_after_ms, struct err *err) MUST_CHECK;
// Stop it soon: queued jobs at once, running ones within 250 ms. False: it had ended.
bool jobs_cancel(struct jobs *js, struct job_record *r);
// A reference, or NULL: unknown, or another key's. `key` NULL: anybody's (scope admin).
struct job_record *jobs_find(struct jobs *js, const char *key, const char *id);
// Summaries, newest first, at most `limit`; owned by the caller. `state` -1: all.
cJSON *jobs_list(struct jobs *js, const char *key, int state, size_t limit);

struct jobs_pressure {
	size_t running, max_running, limit; // with a page; limit: the adaptive one
	size_t fetching, max_fetching;      // without
	size_t queued, max_queued;
	double drain_per_s; // jobs finished a second, lately
	int64_t wait_ms;    // what a new normal job would wait
	uint64_t admitted, rejected, finished, failed;
	const char *shedding;      // why all new jobs are refused: "memory", "draining"; NULL: not
	const char *shedding_bulk; // why bulk ones are: "memory", "psi"; NULL: not
};
void jobs_pressure(struct jobs *js, struct jobs_pressure *out);

#endif
