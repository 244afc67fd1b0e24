// SPDX-License-Identifier: Apache-2.0
// Inside of the jobs: one lock (js->lock) guards the queue, the table, the limit and the threads'
// hand-over; it is never held while a job works, a callback runs or a file is read. A record's own
// lock guards how it ended. Order: js->lock, then a record's or a job's.
#ifndef ORCHESTRATOR_JOB_JOBS_PRIV_H
#define ORCHESTRATOR_JOB_JOBS_PRIV_H

#include "orchestrator/admission/jobs_poison.h"
#include "orchestrator/admission/jobs_shed.h"
#include "orchestrator/admission/limit.h"
#include "orchestrator/admission/queue.h"
#include "orchestrator/job/job_priv.h"
#include "orchestrator/job/jobs.h"

#define JOBS_BUCKETS 1024

// Jobs with a page and jobs without one wait in queues of their own: they don't wait for the same.
struct lane {
	struct queue *queue;
	struct limit limit;
	uint64_t n_finished, finished_at_tick;
	double drain_per_s;
};
enum { LANE_PAGE, LANE_FETCH, LANE_COUNT };

struct job_record {
	atomic_uint refs;
	char id[33];
	char *request_id, *key, *traceparent, *url;
	int64_t created_ms;  // wall clock
	int64_t received_us; // the deadline runs from here
	struct deadline due, soft;
	struct event_log *log;
	atomic_bool begun; // a thread took it

	// Under js->lock.
	struct lane *lane;
	struct queue_item item;
	size_t waiting_bytes; // of its request, while it waits
	enum job_state state;
	bool cancelled;
	bool over;         // nothing can be cancelled any more
	struct job *job;   // while a thread works on it
	struct err ending; // of one that never ran
	int64_t started_us;
	struct job_record *next; // among the starting or the ended
	struct job_record *in_bucket, *newer, *older;
	struct job_record *next_finished;
	int64_t finished_us;
	size_t bytes; // counted against keep_finished_bytes

	// Under `lock`; what `finished` covers is immutable once it is set.
	pthread_mutex_t lock;
	bool finished;
	enum job_status status;
	int http_status;
	struct event_text *last; // holds the envelope's text
	struct sv envelope;
	struct job *kept; // with keep_bytes, and until done() has returned

	// The job's thread's.
	struct request *request;
	struct jobs_submit submit; // without its pointers but the callbacks'
};

typedef void job_run_fn(struct job *j, struct runtime *rt);
typedef void job_release_fn(struct job *j, struct runtime *rt, bool browser_too);

struct worker {
	pthread_t thread;
	struct jobs *js;
	struct worker *next; // among the dead
};

struct jobs {
	struct jobs_opts opts;
	struct runtime *rt;
	struct sessions *sessions;
	job_run_fn *run; // job_run, unless a test has another
	job_release_fn *release;

	pthread_mutex_t lock;
	pthread_cond_t work;  // a job starts, or all stops
	pthread_cond_t house; // the housekeeper has something to do
	pthread_cond_t idle;  // nothing is queued or running
	struct lane lanes[LANE_COUNT];
	struct shed shed;
	bool blind; // the machine's pressure is not looked at
	struct poison poison;
	struct job_record *starting, **starting_end; // popped, not yet taken by a thread
	struct job_record *ended, **ended_end;       // ended without a run, for the housekeeper
	size_t ending;                               // of them, with those it works on
	size_t waiting_bytes;                        // of all requests that wait
	size_t workers, idle_workers, n_starting;
	struct worker *dead;
	bool draining, stop;
	int64_t next_expiry_us; // a lower bound
	pthread_t housekeeper;

	struct job_record *buckets[JOBS_BUCKETS];
	struct job_record *newest, *oldest;
	struct job_record *finished, **finished_end; // the oldest first
	size_t finished_bytes;

	uint64_t admitted, rejected, n_finished, failed;
};

// jobs_record.c
struct job_record *record_new(struct jobs_submit *s);
// The job is over: fold the envelope, end the log, publish. Job thread or housekeeper.
void record_finish(struct job_record *r, struct job *j);
size_t record_request_bytes(const struct job_record *r);
size_t record_bytes(struct job_record *r); // memory that it holds; under its lock

// jobs_table.c; under js->lock
void table_add(struct jobs *js, struct job_record *r); // takes a reference of its own
void table_finished(struct jobs *js, struct job_record *r);
void table_resize(struct jobs *js, struct job_record *r, size_t bytes); // of a finished one
struct job_record *table_find(struct jobs *js, const char *id);
// Unlinks what has been kept long enough; the list (by ->next) is for table_free_list, unlocked.
struct job_record *table_sweep(struct jobs *js, int64_t now_us);
void table_free_list(struct job_record *list);
struct job_record *table_take_all(struct jobs *js);

// jobs_run.c
void jobs_run_one(struct jobs *js, struct job_record *r);         // job thread
void jobs_end_without_run(struct jobs *js, struct job_record *r); // housekeeper

// jobs_session.c; job thread
int jobs_session_take(struct jobs *js, struct job_record *r, struct job *j, struct err *err);
void jobs_session_give(struct job *j);

// jobs_admit.c; under js->lock
int jobs_admit(struct jobs *js, struct job_record *r, int64_t *retry_after_ms, struct err *err);
int64_t jobs_expected_wait(struct lane *l, const char *key, unsigned class, size_t max_running,
    uint64_t serial, struct queue_ahead *ahead);

// jobs.c; under js->lock
size_t jobs_waiting(const struct jobs *js); // in all lanes
size_t jobs_waiting_class(const struct jobs *js, unsigned class);
void jobs_dispatch(struct jobs *js);
void jobs_note_idle(struct jobs *js);
void jobs_end_queued(struct jobs *js, struct job_record *r, const struct err *err);

// jobs_house.c
void *jobs_housekeeper(void *arg);

// For tests of the scheduling alone: nothing depends on the machine's load.
void jobs_inject(struct jobs *js, job_run_fn *run, job_release_fn *release);

#endif
