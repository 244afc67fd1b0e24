// SPDX-License-Identifier: Apache-2.0
// One job in its thread: the session, the run, the artifacts, the answer, and only then the
// tidying up. Also the end of jobs that never ran (housekeeper).
#include "base/log.h"
#include "base/metrics.h"
#include "orchestrator/job/jobs_priv.h"

static struct job_opts
opts_of(const struct job_record *r)
{
	struct job_opts o = r->submit.opts;

	o.id = r->id;
	o.request_id = r->request_id;
	o.traceparent = r->traceparent;
	o.principal = r->key;
	o.received_us = r->received_us;
	o.log = r->log;
	return o;
}

// --- the account ---

static const char *const phase_names[] = {
#define X(sym, name) #name,
    JOB_PHASES(X)
#undef X
};

static void
measure(const struct job_record *r, const struct job *j)
{
	const char *status = job_status_names[j->status];

	metric_add(METRIC_JOBS, status, 1);
	metric_observe_ms(METRIC_JOB_MS, NULL, (double)(clock_us() - r->received_us) / 1000);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		if (j->phase_ms[i] > 0)
			metric_observe_ms(METRIC_PHASE_MS, phase_names[i], j->phase_ms[i]);
	if (j->err.code != ERR_OK)
		metric_add(METRIC_ERRORS, err_info(j->err.code)->code, 1);
	if (j->report.counters.bytes_received > 0)
		metric_add(METRIC_KEY_BYTES, r->key, (double)j->report.counters.bytes_received);
}

// What the service owed and did not give: a session not saved, an artifact not stored.
static const char *
storage_warning(const struct job *j)
{
	static const int codes[] = {ERR_STORAGE_FULL, ERR_QUOTA, ERR_CORRUPT};

	json_foreach (w, j->warnings)
		for (size_t i = 0; i < ARRAY_LEN(codes); i++)
			if (sv_eq_str(sv_from(json_str(w, "code")), err_info(codes[i])->code))
				return err_info(codes[i])->code;
	return NULL;
}

static void
log_end(const struct job_record *r, const struct job *j)
{
	const char *lost = storage_warning(j);

	log_info("%s%s%s%s%s in %lld ms, %.0f ms of them queued%s%s", job_status_names[j->status],
	    j->err.code ? " " : "", j->err.code ? err_info(j->err.code)->code : "",
	    lost ? ", with " : "", lost ? lost : "",
	    (long long)((clock_us() - r->received_us) / 1000), j->phase_ms[PHASE_QUEUED],
	    r->traceparent ? ", trace " : "", r->traceparent ? r->traceparent : "");
}

// Errors that more jobs at a time make more likely.
static bool
is_local_error(int code)
{
	static const int codes[] = {ERR_BROWSER_START, ERR_BROWSER_CRASHED, ERR_EXTRACTOR_TIMEOUT,
	    ERR_EXTRACTOR_OOM, ERR_EVENT_OVERFLOW, ERR_CAPTURE_FAILED};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i] == code)
			return true;
	return false;
}

static bool
is_crash(int code)
{
	return code == ERR_BROWSER_CRASHED || code == ERR_PAGE_CRASHED;
}

// What this job says of the machine, and of its address. Under js->lock.
static void
learn(struct jobs *js, const struct job_record *r, const struct job *j)
{
	double local =
	    j->phase_ms[PHASE_OPEN] + j->phase_ms[PHASE_CAPTURE] + j->phase_ms[PHASE_EXTRACT];
	bool crash = is_crash(j->err.code);
	bool known = r->url && poison_known(&js->poison, r->key, r->url);

	if (r->lane == &js->lanes[LANE_FETCH])
		return; // it says nothing of browsers
	limit_sample(&r->lane->limit, j->html_taken ? local : -1,
	    is_local_error(j->err.code) && !(crash && known));
	if (r->url && j->err.code != ERR_CANCELLED &&
	    poison_note(&js->poison, r->key, r->url, crash, clock_us()))
		log_warn("the address crashed the browser again and is refused for a while");
}

// --- the job's thread ---

static void
attach(struct jobs *js, struct job_record *r, struct job *j)
{
	pthread_mutex_lock(&js->lock);
	r->job = j;
	if (r->cancelled)
		job_cancel(j);
	pthread_mutex_unlock(&js->lock);
}

static void
detach(struct jobs *js, struct job_record *r)
{
	pthread_mutex_lock(&js->lock);
	r->job = NULL;
	r->over = true;
	pthread_mutex_unlock(&js->lock);
}

// What follows the work: artifacts and envelope, then everybody is told.
static void
deliver(struct jobs *js, struct job_record *r, struct job *j)
{
	if (r->submit.store_artifacts)
		r->submit.store_artifacts(r->submit.store_arg, j, r->key, r->id);
	detach(js, r);
	record_finish(r, j);
	measure(r, j);
	log_end(r, j);
	pthread_mutex_lock(&js->lock);
	r->state = JOBS_FINISHED;
	r->finished_us = clock_us();
	js->n_finished++;
	r->lane->n_finished++;
	js->failed += j->status == JOB_FAILED;
	table_finished(js, r);
	pthread_mutex_unlock(&js->lock);
	if (r->submit.done)
		r->submit.done(r->submit.arg, r);
}

// With keep_bytes the job stays with its record, else only the envelope's text does.
static void
forget(struct jobs *js, struct job_record *r, struct job *j)
{
	if (r->submit.keep_bytes)
		return;
	pthread_mutex_lock(&js->lock);
	pthread_mutex_lock(&r->lock);
	r->kept = NULL;
	table_resize(js, r, record_bytes(r));
	pthread_mutex_unlock(&r->lock);
	pthread_mutex_unlock(&js->lock);
	job_free(j);
	request_free(steal_ptr(r->request));
}

void
jobs_run_one(struct jobs *js, struct job_record *r)
{
	struct job_opts o = opts_of(r);
	struct job *j = job_new(r->request, &o);
	struct err err = ERR_INIT;
	double used_ms;
	int rc;

	log_context(r->request_id, r->id, r->key);
	attach(js, r, j);
	rc = jobs_session_take(js, r, j, &err);
	j->phase_ms[PHASE_QUEUED] = (double)(clock_us() - r->received_us) / 1000;
	if (rc == 0)
		js->run(j, js->rt);
	else
		job_refuse(j, &err);
	jobs_session_give(j);
	deliver(js, r, j);
	js->release(j, js->rt, false);
	used_ms = (double)(clock_us() - r->started_us) / 1000;
	pthread_mutex_lock(&js->lock);
	learn(js, r, j);
	queue_done(r->lane->queue, &r->item, used_ms);
	jobs_dispatch(js);
	pthread_mutex_unlock(&js->lock);
	log_context(NULL, NULL, NULL);
	forget(js, r, j);
}

void
jobs_end_without_run(struct jobs *js, struct job_record *r)
{
	struct job_opts o = opts_of(r);
	struct job *j = job_new(r->request, &o);

	log_context(r->request_id, r->id, r->key);
	job_refuse(j, &r->ending);
	r->submit.store_artifacts = NULL;
	deliver(js, r, j);
	log_context(NULL, NULL, NULL);
	forget(js, r, j);
}
