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

// --- the session ---

static int
take_session(struct jobs *js, struct job_record *r, struct job *j, struct err *err)
{
	const struct request *q = r->request;
	int rc;

	if (!q->session_id)
		return 0;
	if (!js->sessions)
		return err_at(err, ERR_NOT_IMPLEMENTED, "session_id", "there are no sessions here");
	rc = session_acquire(js->sessions, r->key, q->session_id,
	    json_get(q->json, "session_config"), j->soft, j->cancel_fd, &j->opts.session, err);
	if (rc != 0)
		return rc;
	j->opts.export_state = true;
	if (!j->opts.session_state && !session_context(j->opts.session))
		j->opts.session_state = session_checkpoint(j->opts.session);
	return 0;
}

// A session that can't be saved is still a job done: the page's answer stands.
static void
give_session_back(struct job *j)
{
	struct session *s = steal_ptr(j->opts.session);
	bool lost = j->err.code == ERR_BROWSER_CRASHED || j->err.code == ERR_PROTOCOL;
	struct err err = ERR_INIT;

	if (s && session_release(s, steal_ptr(j->state), lost, &err) != 0)
		job_warn(j, err_info(err.code)->code, "the session was not saved: %s", err.message);
	j->opts.session_state = NULL;
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

static void
log_end(const struct job_record *r, const struct job *j)
{
	log_info("job %s request %s%s%s key %s: %s%s%s in %lld ms, %.0f ms of them queued", r->id,
	    r->request_id, r->traceparent ? " trace " : "", r->traceparent ? r->traceparent : "",
	    r->key, job_status_names[j->status], j->err.code ? " " : "",
	    j->err.code ? err_info(j->err.code)->code : "",
	    (long long)((clock_us() - r->received_us) / 1000), j->phase_ms[PHASE_QUEUED]);
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

	limit_sample(&js->limit, j->html_taken ? local : -1,
	    is_local_error(j->err.code) && !(crash && known));
	if (r->url && j->err.code != ERR_CANCELLED &&
	    poison_note(&js->poison, r->key, r->url, crash, clock_us()))
		log_warn("job %s request %s: its address crashed the browser again and is refused "
			 "for key %s for a while",
		    r->id, r->request_id, r->key);
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

	attach(js, r, j);
	rc = take_session(js, r, j, &err);
	j->phase_ms[PHASE_QUEUED] = (double)(clock_us() - r->received_us) / 1000;
	if (rc == 0)
		js->run(j, js->rt);
	else
		job_refuse(j, &err);
	give_session_back(j);
	deliver(js, r, j);
	js->release(j, js->rt, false);
	used_ms = (double)(clock_us() - r->started_us) / 1000;
	pthread_mutex_lock(&js->lock);
	learn(js, r, j);
	queue_done(js->queue, &r->item, used_ms);
	jobs_dispatch(js);
	pthread_mutex_unlock(&js->lock);
	forget(js, r, j);
}

void
jobs_end_without_run(struct jobs *js, struct job_record *r)
{
	struct job_opts o = opts_of(r);
	struct job *j = job_new(r->request, &o);

	job_refuse(j, &r->ending);
	r->submit.store_artifacts = NULL;
	deliver(js, r, j);
	forget(js, r, j);
}
