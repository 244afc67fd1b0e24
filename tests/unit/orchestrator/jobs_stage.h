// SPDX-License-Identifier: Apache-2.0
// For tests of all jobs together: a runner that is told by the test what to do, in place of a
// browser.
#ifndef TESTS_JOBS_STAGE_H
#define TESTS_JOBS_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "orchestrator/job/jobs_priv.h"
#include "request_text.h"
#include "tests/unit/patience.h"

#define SOON_MS 5000

// --- the runner: a job runs until the test says so, or it is cancelled, or its time is over ---

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned running, most_running, begun, ended;
	unsigned may_end;      // so many jobs may end
	bool hold;             // jobs wait for may_end
	enum err_code outcome; // of all
	char order[4096];      // first letters of the URLs' paths, as they began
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static UNUSED void
stage_reset(bool hold)
{
	pthread_mutex_lock(&stage.lock);
	stage.running = stage.most_running = stage.begun = stage.ended = stage.may_end = 0;
	stage.hold = hold;
	stage.outcome = ERR_OK;
	stage.order[0] = '\0';
	pthread_mutex_unlock(&stage.lock);
}

static UNUSED bool
may_go(struct job *j)
{
	if (!stage.hold)
		return true;
	if (stage.may_end > 0) {
		stage.may_end--;
		return true;
	}
	return atomic_load(&j->cancelled) || job_out_of_time(j);
}

static UNUSED void
run_fake(struct job *j, struct runtime *rt UNUSED)
{
	struct err err = ERR_INIT;
	int code;

	job_emit(j, "started", NULL);
	pthread_mutex_lock(&stage.lock);
	stage.order[stage.begun++] = strrchr(j->req->url ? j->req->url : j->req->base_url, '/')[1];
	stage.order[stage.begun] = '\0';
	stage.running++;
	stage.most_running = MAX(stage.most_running, stage.running);
	pthread_cond_broadcast(&stage.changed);
	while (!may_go(j)) {
		struct timespec at = deadline_timespec(deadline_in_ms(10));

		(void)pthread_cond_clockwait(&stage.changed, &stage.lock, CLOCK_MONOTONIC, &at);
	}
	stage.running--;
	stage.ended++;
	code = atomic_load(&j->cancelled) ? ERR_CANCELLED : (int)stage.outcome;
	pthread_cond_broadcast(&stage.changed);
	pthread_mutex_unlock(&stage.lock);
	if (code != ERR_OK) {
		err_set(&err, code, NULL);
		job_fail(j, &err);
		j->status = JOB_FAILED;
	}
}

static UNUSED void
release_fake(struct job *j UNUSED, struct runtime *rt UNUSED, bool browser_too UNUSED)
{
}

static UNUSED bool
stage_wait(const unsigned *counter, unsigned n)
{
	struct timespec at = deadline_timespec(deadline_in_ms(patient_ms(SOON_MS)));
	int rc = 0;
	bool reached;

	pthread_mutex_lock(&stage.lock);
	while (*counter < n && rc == 0)
		rc = pthread_cond_clockwait(&stage.changed, &stage.lock, CLOCK_MONOTONIC, &at);
	reached = *counter >= n;
	pthread_mutex_unlock(&stage.lock);
	return reached;
}

static UNUSED void
stage_let(unsigned n)
{
	pthread_mutex_lock(&stage.lock);
	stage.may_end += n;
	pthread_cond_broadcast(&stage.changed);
	pthread_mutex_unlock(&stage.lock);
}

static UNUSED void
stage_outcome(enum err_code code)
{
	pthread_mutex_lock(&stage.lock);
	stage.outcome = code;
	pthread_mutex_unlock(&stage.lock);
}

// --- jobs ---

static UNUSED const struct jobs_opts small = {
    .max_running = 2,
    .max_fetching = 2,
    .max_queued = 16,
    .max_queued_per_key = 10,
    .keep_finished_ms = 60000,
    .keep_finished_bytes = 1 << 20,
};

static UNUSED struct jobs *
jobs_open(const struct jobs_opts *o, bool hold)
{
	struct jobs *js = jobs_new(o, NULL, NULL);

	stage_reset(hold);
	jobs_inject(js, run_fake, release_fake);
	return js;
}

struct want {
	const char *name; // path of the URL
	const char *key;
	bool interactive, bulk, fetch;
	int64_t cap_ms, late_us; // received so long ago
	size_t key_max_running;
	bool keep_bytes;
	void (*done)(void *arg, struct job_record *r);
	void *arg;
};

static UNUSED int
submit(struct jobs *js, const struct want *w, struct job_record **out, int64_t *retry_ms,
    struct err *err)
{
	struct jobs_submit s = {.key = w->key ? w->key : "k",
	    .priority = w->interactive ? PRIORITY_INTERACTIVE
			: w->bulk      ? PRIORITY_BULK
				       : PRIORITY_NORMAL,
	    .key_max_running = w->key_max_running,
	    .keep_bytes = w->keep_bytes,
	    .received_us = clock_us() - w->late_us,
	    .done = w->done,
	    .arg = w->arg};
	char json[256];

	snprintf(json, sizeof(json),
	    "{\"url\": \"http://a.example/%s\", \"engine\": \"%s\", "
	    "\"timeouts\": {\"hard_cap_ms\": %lld}}",
	    w->name, w->fetch ? "fetch" : "auto", (long long)(w->cap_ms ? w->cap_ms : 60000));
	if (request_parse(sv_from(json), &s.request, err) != 0)
		fail_msg("%s: %s", err->path, err->message);
	return jobs_submit(js, &s, out, retry_ms, err);
}

static UNUSED struct job_record *
must_submit(struct jobs *js, struct want w)
{
	struct job_record *r = NULL;
	struct err err = ERR_INIT;

	if (submit(js, &w, &r, NULL, &err) != 0)
		fail_msg("%s: %s", w.name, err.message);
	return r;
}

static UNUSED int
try_submit(struct jobs *js, struct want w, int64_t *retry_ms)
{
	struct job_record *r = NULL;
	struct err err = ERR_INIT;
	int rc = submit(js, &w, &r, retry_ms, &err);

	job_record_unref(r);
	return rc;
}

static UNUSED void
wait_idle(struct jobs *js)
{
	assert_true(jobs_wait_idle(js, deadline_in_ms(patient_ms(SOON_MS))));
}

static UNUSED void
tell(void *arg UNUSED)
{
	pthread_mutex_lock(&stage.lock);
	pthread_cond_broadcast(&stage.changed);
	pthread_mutex_unlock(&stage.lock);
}

static UNUSED void
wait_end(struct job_record *r)
{
	struct timespec at = deadline_timespec(deadline_in_ms(patient_ms(SOON_MS)));
	struct event_watch *w = event_log_watch(job_record_log(r), tell, NULL);
	int rc = 0;

	pthread_mutex_lock(&stage.lock);
	while (job_record_state(r) != JOBS_FINISHED && rc == 0)
		rc = pthread_cond_clockwait(&stage.changed, &stage.lock, CLOCK_MONOTONIC, &at);
	pthread_mutex_unlock(&stage.lock);
	event_log_unwatch(w);
	assert_int_equal(rc, 0);
}

static UNUSED cJSON *
envelope_of(struct job_record *r, int status)
{
	struct err err = ERR_INIT;
	cJSON *e = NULL;
	int got = 0;
	struct sv text = job_record_envelope(r, &got);

	assert_int_equal(job_record_state(r), JOBS_FINISHED);
	assert_int_equal(got, status);
	assert_int_equal(json_parse_api(text, NULL, &e, &err), 0);
	assert_string_equal(json_str(e, "job_id"), job_record_id(r));
	return e;
}

static UNUSED void
ended_with(struct job_record *r, int code)
{
	cJSON *e = envelope_of(r, code ? err_info(code)->http_status : 200);

	if (code)
		assert_string_equal(json_str(json_get(e, "error"), "code"), err_info(code)->code);
	else
		assert_true(cJSON_IsNull(json_get(e, "error")));
	cJSON_Delete(e);
	job_record_unref(r);
}

#endif
