// SPDX-License-Identifier: Apache-2.0
// All jobs of the daemon: submitting, the job threads, cancelling, the end. Thread-safe; see
// jobs.h, and jobs_priv.h for who guards what.
#include "base/hash.h"
#include "base/log.h"
#include "base/thread.h"
#include "orchestrator/job/jobs_priv.h"

#include <assert.h>

#ifdef RIPTIDE_SANITIZER
#define STACK_BYTES ((size_t)4 << 20)
#else
#define STACK_BYTES ((size_t)512 << 10)
#endif
#define IDLE_MS 30000 // a thread without work goes home

static struct job_record *
record_of(struct queue_item *it)
{
	return (struct job_record *)((char *)it - offsetof(struct job_record, item));
}

// --- threads ---

// The next job to work on, waiting a while for one; NULL: go home.
static struct job_record *
take_work(struct jobs *js)
{
	struct deadline dl = deadline_in_ms(IDLE_MS);
	struct timespec at = deadline_timespec(dl);
	struct job_record *r;

	js->idle_workers++;
	while (!js->starting && !js->stop && !deadline_passed(dl))
		(void)pthread_cond_clockwait(&js->work, &js->lock, CLOCK_MONOTONIC, &at);
	js->idle_workers--;
	r = js->starting;
	if (!r)
		return NULL;
	js->starting = r->next;
	if (!js->starting)
		js->starting_end = &js->starting;
	js->n_starting--;
	return r;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct jobs *js = w->js;
	struct job_record *r;

	pthread_mutex_lock(&js->lock);
	while ((r = take_work(js))) {
		pthread_mutex_unlock(&js->lock);
		jobs_run_one(js, r);
		job_record_unref(r);
		pthread_mutex_lock(&js->lock);
	}
	js->workers--;
	w->next = js->dead;
	js->dead = w;
	pthread_cond_signal(&js->house);
	pthread_mutex_unlock(&js->lock);
	return NULL;
}

static bool
add_worker(struct jobs *js)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->js = js;
	if (thread_start(&w->thread, "riptide-job", STACK_BYTES, work, w) != 0) {
		free(w);
		return false;
	}
	js->workers++;
	return true;
}

// --- from the queue to a thread; under js->lock ---

size_t
jobs_waiting(const struct jobs *js)
{
	size_t n = 0;

	for (size_t i = 0; i < LANE_COUNT; i++)
		n += queue_len(js->lanes[i].queue);
	return n;
}

size_t
jobs_waiting_class(const struct jobs *js, unsigned class)
{
	size_t n = 0;

	for (size_t i = 0; i < LANE_COUNT; i++)
		n += queue_class_len(js->lanes[i].queue, class);
	return n;
}

static bool
is_idle(const struct jobs *js)
{
	size_t n = jobs_waiting(js) + js->ending;

	for (size_t i = 0; i < LANE_COUNT; i++)
		n += queue_running(js->lanes[i].queue);
	return n == 0;
}

void
jobs_note_idle(struct jobs *js)
{
	if (is_idle(js))
		pthread_cond_broadcast(&js->idle);
}

static void
left_queue(struct jobs *js, struct job_record *r)
{
	js->waiting_bytes -= r->waiting_bytes;
	r->waiting_bytes = 0;
}

void
jobs_end_queued(struct jobs *js, struct job_record *r, const struct err *err)
{
	left_queue(js, r);
	job_record_ref(r);
	r->over = true;
	r->ending = *err;
	r->next = NULL;
	*js->ended_end = r;
	js->ended_end = &r->next;
	js->ending++;
	pthread_cond_signal(&js->house);
}

// No thread at all: the job ends as it began.
static void
give_up(struct jobs *js, struct job_record *r)
{
	struct err err = ERR_INIT;

	js->starting = NULL;
	js->starting_end = &js->starting;
	js->n_starting = 0;
	queue_done(r->lane->queue, &r->item, 0);
	err_set(&err, ERR_OVERLOADED, "no thread can be made for the job");
	jobs_end_queued(js, r, &err);
	job_record_unref(r);
}

static void
start(struct jobs *js, struct job_record *r)
{
	left_queue(js, r);
	job_record_ref(r);
	r->state = JOBS_RUNNING;
	r->started_us = clock_us();
	atomic_store(&r->begun, true);
	r->next = NULL;
	*js->starting_end = r;
	js->starting_end = &r->next;
	js->n_starting++;
	if (js->idle_workers >= js->n_starting)
		pthread_cond_signal(&js->work);
	else if (!add_worker(js) && js->workers == 0)
		give_up(js, r);
}

static void
dispatch_lane(struct jobs *js, struct lane *l)
{
	struct queue_item *it;

	while (queue_running(l->queue) < limit_value(&l->limit) && (it = queue_pop(l->queue)))
		start(js, record_of(it));
	if (queue_len(l->queue) > 0 && queue_running(l->queue) >= limit_value(&l->limit))
		limit_filled(&l->limit);
}

void
jobs_dispatch(struct jobs *js)
{
	for (size_t i = 0; i < LANE_COUNT; i++)
		dispatch_lane(js, &js->lanes[i]);
	jobs_note_idle(js);
}

// --- submitting ---

// Jobs of one session follow each other. Two sessions with one hash only wait needlessly.
static uint64_t
serial_of(const struct job_record *r)
{
	const char *session = r->request->session_id;
	uint64_t h;

	if (!session || !session[0])
		return 0;
	h = hash64_add(hash64_add(HASH64_START, hash_part(r->key)), hash_part(session));
	return h ? h : 1;
}

static void
enqueue(struct jobs *js, struct job_record *r)
{
	js->admitted++;
	table_add(js, r);
	r->waiting_bytes = record_request_bytes(r);
	js->waiting_bytes += r->waiting_bytes;
	queue_push(r->lane->queue, &r->item, r->key, r->submit.priority, r->submit.key_max_running);
	jobs_dispatch(js);
	if (r->item.waits && r->soft.at_us < js->next_expiry_us) {
		js->next_expiry_us = r->soft.at_us;
		pthread_cond_signal(&js->house);
	}
}

int
jobs_submit(struct jobs *js, struct jobs_submit *s, struct job_record **out,
    int64_t *retry_after_ms, struct err *err)
{
	struct job_record *r = record_new(s);
	int64_t retry_ms = 0;
	int rc;

	r->item.serial = serial_of(r);
	r->lane = &js->lanes[r->request->engine == ENGINE_FETCH ? LANE_FETCH : LANE_PAGE];
	pthread_mutex_lock(&js->lock);
	rc = jobs_admit(js, r, &retry_ms, err);
	if (rc == 0)
		enqueue(js, r);
	else
		js->rejected++;
	pthread_mutex_unlock(&js->lock);
	if (rc == 0)
		*out = r;
	else
		job_record_unref(r);
	if (rc != 0 && retry_after_ms)
		*retry_after_ms = retry_ms;
	return rc;
}

// --- cancelling ---

// Under js->lock.
static bool
cancel(struct jobs *js, struct job_record *r)
{
	struct err err = ERR_INIT;

	if (r->over)
		return false;
	r->cancelled = true;
	if (r->item.waits) {
		queue_remove(r->lane->queue, &r->item);
		err_set(&err, ERR_CANCELLED, NULL);
		jobs_end_queued(js, r, &err);
	} else if (r->job) {
		job_cancel(r->job);
	}
	return true;
}

bool
jobs_cancel(struct jobs *js, struct job_record *r)
{
	bool yes;

	pthread_mutex_lock(&js->lock);
	yes = cancel(js, r);
	pthread_mutex_unlock(&js->lock);
	return yes;
}

void
jobs_cancel_all(struct jobs *js)
{
	pthread_mutex_lock(&js->lock);
	for (struct job_record *r = js->newest; r; r = r->older)
		cancel(js, r);
	pthread_mutex_unlock(&js->lock);
}

// --- life ---

struct jobs *
jobs_new(const struct jobs_opts *o, struct runtime *rt, struct sessions *sessions)
{
	struct jobs *js = xcalloc(1, sizeof(*js));
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	js->opts = *o;
	js->rt = rt;
	js->sessions = sessions;
	js->run = job_run;
	js->release = job_release;
	pthread_mutex_init(&js->lock, NULL);
	pthread_cond_init(&js->work, NULL);
	pthread_cond_init(&js->house, NULL);
	pthread_cond_init(&js->idle, NULL);
	for (size_t i = 0; i < LANE_COUNT; i++)
		js->lanes[i].queue = queue_new();
	js->starting_end = &js->starting;
	js->ended_end = &js->ended;
	js->finished_end = &js->finished;
	js->next_expiry_us = INT64_MAX;
	limit_init(&js->lanes[LANE_PAGE].limit, (size_t)MAX(processors, 2L), o->max_running,
	    o->adaptive, clock_us());
	limit_init(
	    &js->lanes[LANE_FETCH].limit, o->max_fetching, o->max_fetching, false, clock_us());
	if (thread_start(&js->housekeeper, "riptide-house", STACK_BYTES, jobs_housekeeper, js) != 0)
		abort(); // a daemon that can't make its second thread
	return js;
}

void
jobs_inject(struct jobs *js, job_run_fn *run, job_release_fn *release)
{
	pthread_mutex_lock(&js->lock);
	js->run = run;
	js->release = release;
	js->blind = true;
	pthread_mutex_unlock(&js->lock);
}

void
jobs_reload(struct jobs *js, const struct jobs_opts *o)
{
	pthread_mutex_lock(&js->lock);
	js->opts = *o;
	js->opts.max_running = js->lanes[LANE_PAGE].limit.max;
	js->opts.max_fetching = js->lanes[LANE_FETCH].limit.max;
	limit_set_adaptive(&js->lanes[LANE_PAGE].limit, o->adaptive);
	jobs_dispatch(js);
	pthread_mutex_unlock(&js->lock);
}

void
jobs_drain(struct jobs *js)
{
	pthread_mutex_lock(&js->lock);
	js->draining = true;
	pthread_mutex_unlock(&js->lock);
}

bool
jobs_wait_idle(struct jobs *js, struct deadline dl)
{
	struct timespec at = deadline_timespec(dl);
	int rc = 0;
	bool idle;

	pthread_mutex_lock(&js->lock);
	for (;;) {
		idle = is_idle(js);
		if (idle || rc != 0)
			break;
		rc = pthread_cond_clockwait(&js->idle, &js->lock, CLOCK_MONOTONIC, &at);
	}
	pthread_mutex_unlock(&js->lock);
	return idle;
}

// Every job has a deadline, so this ends.
void
jobs_free(struct jobs *js)
{
	if (!js)
		return;
	jobs_drain(js);
	jobs_cancel_all(js);
	pthread_mutex_lock(&js->lock);
	while (!is_idle(js))
		pthread_cond_wait(&js->idle, &js->lock);
	js->stop = true;
	pthread_cond_broadcast(&js->work);
	pthread_cond_broadcast(&js->house);
	pthread_mutex_unlock(&js->lock);
	pthread_join(js->housekeeper, NULL);
	table_free_list(table_take_all(js));
	for (size_t i = 0; i < LANE_COUNT; i++)
		queue_free(js->lanes[i].queue);
	poison_done(&js->poison);
	pthread_cond_destroy(&js->work);
	pthread_cond_destroy(&js->house);
	pthread_cond_destroy(&js->idle);
	pthread_mutex_destroy(&js->lock);
	free(js);
}

void
jobs_pressure(struct jobs *js, struct jobs_pressure *out)
{
	struct lane *pages = &js->lanes[LANE_PAGE], *fetches = &js->lanes[LANE_FETCH];
	struct queue_ahead ahead;

	pthread_mutex_lock(&js->lock);
	*out = (struct jobs_pressure){
	    .running = queue_running(pages->queue),
	    .max_running = pages->limit.max,
	    .limit = limit_value(&pages->limit),
	    .fetching = queue_running(fetches->queue),
	    .max_fetching = fetches->limit.max,
	    .queued = jobs_waiting(js),
	    .max_queued = js->opts.max_queued,
	    .drain_per_s = pages->drain_per_s + fetches->drain_per_s,
	    .wait_ms = jobs_expected_wait(pages, "", PRIORITY_NORMAL, 0, 0, &ahead),
	    .admitted = js->admitted,
	    .rejected = js->rejected,
	    .finished = js->n_finished,
	    .failed = js->failed,
	    .shedding = js->draining                 ? "draining"
			: js->shed.level == SHED_ALL ? js->shed.why
						     : NULL,
	    .shedding_bulk = js->shed.level == SHED_BULK ? js->shed.why : NULL,
	};
	pthread_mutex_unlock(&js->lock);
}
