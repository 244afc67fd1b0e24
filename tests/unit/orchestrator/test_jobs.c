// SPDX-License-Identifier: Apache-2.0
// All jobs together, with a runner that is told by the test what to do: admission, order, limits,
// cancelling, expiry, retention, quarantine, ends. No browser.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "orchestrator/job/jobs_priv.h"
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

static void
stage_reset(bool hold)
{
	pthread_mutex_lock(&stage.lock);
	stage.running = stage.most_running = stage.begun = stage.ended = stage.may_end = 0;
	stage.hold = hold;
	stage.outcome = ERR_OK;
	stage.order[0] = '\0';
	pthread_mutex_unlock(&stage.lock);
}

static bool
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

static void
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

static void
release_fake(struct job *j UNUSED, struct runtime *rt UNUSED, bool browser_too UNUSED)
{
}

static bool
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

static void
stage_let(unsigned n)
{
	pthread_mutex_lock(&stage.lock);
	stage.may_end += n;
	pthread_cond_broadcast(&stage.changed);
	pthread_mutex_unlock(&stage.lock);
}

static void
stage_outcome(enum err_code code)
{
	pthread_mutex_lock(&stage.lock);
	stage.outcome = code;
	pthread_mutex_unlock(&stage.lock);
}

// --- jobs ---

static const struct jobs_opts small = {
    .max_running = 2,
    .max_queued = 16,
    .max_queued_per_key = 10,
    .keep_finished_ms = 60000,
    .keep_finished_bytes = 1 << 20,
};

static struct jobs *
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
	bool interactive, bulk;
	int64_t cap_ms, late_us; // received so long ago
	size_t key_max_running;
	bool keep_bytes;
	void (*done)(void *arg, struct job_record *r);
	void *arg;
};

static int
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
	    "{\"url\": \"http://a.example/%s\", \"timeouts\": {\"hard_cap_ms\": %lld}}", w->name,
	    (long long)(w->cap_ms ? w->cap_ms : 60000));
	if (request_parse(sv_from(json), &s.request, err) != 0)
		fail_msg("%s: %s", err->path, err->message);
	return jobs_submit(js, &s, out, retry_ms, err);
}

static struct job_record *
must_submit(struct jobs *js, struct want w)
{
	struct job_record *r = NULL;
	struct err err = ERR_INIT;

	if (submit(js, &w, &r, NULL, &err) != 0)
		fail_msg("%s: %s", w.name, err.message);
	return r;
}

static int
try_submit(struct jobs *js, struct want w, int64_t *retry_ms)
{
	struct job_record *r = NULL;
	struct err err = ERR_INIT;
	int rc = submit(js, &w, &r, retry_ms, &err);

	job_record_unref(r);
	return rc;
}

static void
wait_idle(struct jobs *js)
{
	assert_true(jobs_wait_idle(js, deadline_in_ms(patient_ms(SOON_MS))));
}

static void
tell(void *arg UNUSED)
{
	pthread_mutex_lock(&stage.lock);
	pthread_cond_broadcast(&stage.changed);
	pthread_mutex_unlock(&stage.lock);
}

static void
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

static cJSON *
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

static void
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

// --- tests ---

static void
a_job_tells_its_life_in_its_log(void **state)
{
	static const char *const types[] = {"queued", "started", "done"};
	struct jobs *js = jobs_open(&small, false);
	struct job_record *r = must_submit(js, (struct want){.name = "a"});
	struct event_text *e = NULL;
	uint64_t last = 0, gap;

	(void)state;
	wait_idle(js);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		assert_int_equal(event_log_next(job_record_log(r), &last, &e, &gap), EVENT_ITEM);
		assert_string_equal(e->type, types[i]);
		if (i == 2)
			assert_non_null(strstr(
			    e->json.p, "\"data\":{\"status\":\"complete\",\"result\":{\"job_id\""));
		event_text_unref(e);
	}
	assert_int_equal(event_log_next(job_record_log(r), &last, &e, &gap), EVENT_END);
	ended_with(r, ERR_OK);
	jobs_free(js);
}

static void
no_more_run_at_a_time_than_there_are_places(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	struct job_record *r[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		r[i] = must_submit(js, (struct want){.name = "a"});
	assert_true(stage_wait(&stage.begun, 2));
	assert_int_equal(job_record_state(r[0]), JOBS_RUNNING);
	assert_int_equal(job_record_state(r[7]), JOBS_QUEUED);
	assert_null(job_record_envelope(r[7], NULL).p);
	stage_let(8);
	wait_idle(js);
	assert_int_equal(stage.most_running, 2);
	for (size_t i = 0; i < ARRAY_LEN(r); i++)
		ended_with(r[i], ERR_OK);
	jobs_free(js);
}

static void
a_keys_share_of_the_queue_is_bounded(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	int64_t retry_ms = 0;

	(void)state;
	for (int i = 0; i < 12; i++) // 2 run, 10 wait
		job_record_unref(must_submit(js, (struct want){.name = "a", .key = "flood"}));
	assert_int_equal(
	    try_submit(js, (struct want){.name = "a", .key = "flood"}, &retry_ms), ERR_QUEUE_FULL);
	assert_true(retry_ms >= 1000);
	for (int i = 0; i < 4; i++)
		job_record_unref(must_submit(js, (struct want){.name = "b", .key = "two"}));
	// The last of the places are for those who have none.
	assert_int_equal(
	    try_submit(js, (struct want){.name = "b", .key = "two"}, &retry_ms), ERR_OVERLOADED);
	job_record_unref(must_submit(js, (struct want){.name = "c", .key = "three"}));
	job_record_unref(must_submit(js, (struct want){.name = "c", .key = "four"}));
	assert_int_equal(
	    try_submit(js, (struct want){.name = "c", .key = "five"}, &retry_ms), ERR_OVERLOADED);
	jobs_free(js); // cancels them all
	assert_int_equal(stage.running, 0);
}

// Requests may bring pages of 16 MB along.
static void
the_memory_of_waiting_requests_is_bounded(void **state)
{
	static const struct jobs_opts wide = {.max_running = 1,
	    .max_queued = 1000,
	    .max_queued_per_key = 1000,
	    .keep_finished_ms = 60000,
	    .keep_finished_bytes = 1 << 20};
	struct jobs *js = jobs_open(&wide, true);
	struct buf json = BUF_INIT;
	int rc = 0, admitted = 0;

	(void)state;
#ifdef RIPTIDE_SANITIZER // hundreds of MB of JSON: nothing that sanitizers see better than
			 // elsewhere
	jobs_free(js);
	skip();
#endif
	buf_str(&json,
	    "{\"timeouts\": {\"hard_cap_ms\": 600000}, \"base_url\": \"http://a.example/a\", \"html\": \"");
	memset(buf_reserve(&json, 12 << 20), 'x', 12 << 20);
	json.n += 12 << 20;
	buf_str(&json, "\"}");
	for (; rc == 0 && admitted < 100; admitted++) {
		struct jobs_submit s = {.key = "k", .priority = PRIORITY_NORMAL};
		struct job_record *r = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(request_parse(buf_view(&json), &s.request, &err), 0);
		rc = jobs_submit(js, &s, &r, NULL, &err);
		job_record_unref(r);
	}
	assert_int_equal(rc, ERR_OVERLOADED);
	assert_in_range(admitted, 5, 30);
	buf_done(&json);
	jobs_cancel_all(js);
	wait_idle(js);
	assert_int_equal(js->waiting_bytes, 0);
	jobs_free(js);
}

static void
what_can_not_make_its_deadline_is_refused_at_once(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	int64_t retry_ms = 0, begin;

	(void)state;
	for (int i = 0; i < 8; i++)
		job_record_unref(must_submit(js, (struct want){.name = "a"}));
	begin = clock_ms();
	assert_int_equal(try_submit(js, (struct want){.name = "b", .cap_ms = 1500}, &retry_ms),
	    ERR_DEADLINE_UNMEETABLE);
	assert_true(clock_ms() - begin < patient_ms(50));
	assert_true(retry_ms >= 1000);
	// An interactive job would wait less, but as long as one of those that run.
	job_record_unref(
	    must_submit(js, (struct want){.name = "b", .cap_ms = 1900, .interactive = true}));
	jobs_free(js);
}

static void
interactive_jobs_go_first(void **state)
{
	static const struct jobs_opts one = {.max_running = 1,
	    .max_queued = 16,
	    .max_queued_per_key = 16,
	    .keep_finished_ms = 1000,
	    .keep_finished_bytes = 1 << 20};
	struct jobs *js = jobs_open(&one, true);

	(void)state;
	job_record_unref(must_submit(js, (struct want){.name = "x"}));
	assert_true(stage_wait(&stage.begun, 1));
	for (int i = 0; i < 3; i++)
		job_record_unref(must_submit(js, (struct want){.name = "b", .bulk = true}));
	job_record_unref(must_submit(js, (struct want){.name = "i", .interactive = true}));
	stage_let(5);
	wait_idle(js);
	assert_memory_equal(stage.order, "xi", 2);
	jobs_free(js);
}

static void
a_waiting_job_expires_without_having_begun(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	struct job_record *r, *busy[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		busy[i] = must_submit(js, (struct want){.name = "a"});
	assert_true(stage_wait(&stage.begun, 2));
	r = must_submit(js, (struct want){.name = "b", .cap_ms = 2000});
	wait_end(r);
	assert_true(clock_us() < r->due.at_us + patient_ms(250) * 1000);
	ended_with(r, ERR_TIMEOUT);
	assert_int_equal(stage.begun, 2);
	stage_let(2);
	wait_idle(js);
	ended_with(busy[0], ERR_OK);
	ended_with(busy[1], ERR_OK);
	jobs_free(js);
}

static void
queue_time_counts(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	struct job_record *r, *busy[2];
	double queued;
	cJSON *e;

	(void)state;
	for (int i = 0; i < 2; i++)
		busy[i] = must_submit(js, (struct want){.name = "a"});
	assert_true(stage_wait(&stage.begun, 2));
	r = must_submit(js, (struct want){.name = "b", .late_us = 50000});
	stage_let(3);
	wait_idle(js);
	e = envelope_of(r, 200);
	queued = json_num(json_get(e, "performance_metrics"), "queued_ms", 0);
	assert_true(queued >= 50 && queued < (double)patient_ms(2000));
	cJSON_Delete(e);
	for (int i = 0; i < 2; i++)
		job_record_unref(busy[i]);
	job_record_unref(r);
	jobs_free(js);
}

// --- cancelling ---

static void
count_done(void *arg, struct job_record *r)
{
	atomic_uint *n = arg;

	assert_int_equal(job_record_state(r), JOBS_FINISHED);
	atomic_fetch_add(n, 1);
}

static void
waiting_and_running_jobs_are_cancelled(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	struct job_record *r[3];
	atomic_uint done = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		r[i] =
		    must_submit(js, (struct want){.name = "a", .done = count_done, .arg = &done});
	assert_true(stage_wait(&stage.begun, 2));
	assert_true(jobs_cancel(js, r[2]));
	assert_false(jobs_cancel(js, r[2]));
	assert_true(jobs_cancel(js, r[0]));
	assert_true(stage_wait(&stage.ended, 1));
	stage_let(1);
	wait_idle(js);
	assert_int_equal(atomic_load(&done), 3);
	assert_false(jobs_cancel(js, r[1]));
	ended_with(r[0], ERR_CANCELLED);
	ended_with(r[1], ERR_OK);
	ended_with(r[2], ERR_CANCELLED);
	jobs_free(js);
}

#define RACERS 60

static void *
cancel_racer(void *arg)
{
	struct job_record **r = arg;

	for (int i = 0; i < RACERS; i++)
		jobs_cancel((struct jobs *)r[RACERS], r[i]);
	return NULL;
}

// H-18: whatever the moment, a job ends once, with an envelope, and its place is free again.
static void
cancelling_races_with_everything(void **state)
{
	static const struct jobs_opts wide = {.max_running = 4,
	    .max_queued = 1000,
	    .max_queued_per_key = 1000,
	    .keep_finished_ms = 60000,
	    .keep_finished_bytes = 64 << 20};
	struct jobs *js = jobs_open(&wide, false);
	void *r[RACERS + 1];
	atomic_uint done = 0;
	unsigned cancelled = 0;
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < RACERS; i++)
		r[i] =
		    must_submit(js, (struct want){.name = "a", .done = count_done, .arg = &done});
	r[RACERS] = js;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, cancel_racer, r), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	wait_idle(js);
	assert_int_equal(atomic_load(&done), RACERS);
	for (int i = 0; i < RACERS; i++) {
		struct job_record *one = r[i];
		int status = 0;

		assert_non_null(job_record_envelope(one, &status).p);
		assert_true(status == 200 || status == 499);
		cancelled += status == 499;
		job_record_unref(one);
	}
	assert_int_equal(queue_running(js->queue) + queue_len(js->queue), 0);
	assert_true(cancelled <= RACERS);
	jobs_free(js);
}

// --- what is remembered ---

static void
jobs_of_other_keys_do_not_exist(void **state)
{
	struct jobs *js = jobs_open(&small, false);
	struct job_record *r = must_submit(js, (struct want){.name = "a", .key = "mine"}), *found;
	cJSON *list;

	(void)state;
	wait_idle(js);
	assert_null(jobs_find(js, "other", job_record_id(r)));
	assert_null(jobs_find(js, "mine", "00000000000000000000000000000000"));
	found = jobs_find(js, "mine", job_record_id(r));
	assert_ptr_equal(found, r);
	job_record_unref(found);
	found = jobs_find(js, NULL, job_record_id(r));
	assert_ptr_equal(found, r);
	job_record_unref(found);
	list = jobs_list(js, "other", -1, 10);
	assert_int_equal(cJSON_GetArraySize(list), 0);
	cJSON_Delete(list);
	list = jobs_list(js, "mine", JOBS_FINISHED, 10);
	assert_int_equal(cJSON_GetArraySize(list), 1);
	assert_string_equal(json_str(list->child, "status"), "complete");
	cJSON_Delete(list);
	job_record_unref(r);
	jobs_free(js);
}

static void
finished_jobs_are_forgotten_by_memory(void **state)
{
	static const struct jobs_opts tiny = {.max_running = 2,
	    .max_queued = 300,
	    .max_queued_per_key = 300,
	    .keep_finished_ms = 60000,
	    .keep_finished_bytes = 64 << 10};
	struct jobs *js = jobs_open(&tiny, false);
	struct job_record *last = NULL;
	cJSON *list;
	size_t n;

	(void)state;
	for (int i = 0; i < 200; i++) {
		job_record_unref(last);
		last = must_submit(js, (struct want){.name = "a"});
		if (i % 10 == 9)
			wait_idle(js);
	}
	pthread_mutex_lock(&js->lock);
	table_free_list(table_sweep(js, clock_us()));
	n = js->finished_bytes;
	pthread_mutex_unlock(&js->lock);
	assert_true(n > 0 && n <= tiny.keep_finished_bytes);
	list = jobs_list(js, NULL, -1, 1000);
	assert_in_range(cJSON_GetArraySize(list), 1, 60);
	assert_string_equal(json_str(list->child, "job_id"), job_record_id(last)); // the newest
	cJSON_Delete(list);
	job_record_unref(last);
	jobs_free(js);
}

static void
finished_jobs_are_forgotten_by_age(void **state)
{
	struct jobs *js = jobs_open(&small, false);
	struct job_record *r = must_submit(js, (struct want){.name = "a"});

	(void)state;
	wait_idle(js);
	pthread_mutex_lock(&js->lock);
	assert_null(table_sweep(js, clock_us()));
	table_free_list(table_sweep(js, clock_us() + 61 * 1000000));
	assert_int_equal(js->finished_bytes, 0);
	pthread_mutex_unlock(&js->lock);
	assert_null(jobs_find(js, NULL, job_record_id(r)));
	ended_with(r, ERR_OK); // a reference still works
	jobs_free(js);
}

// --- bad days ---

static void
an_address_that_keeps_crashing_is_quarantined_for_its_key_only(void **state)
{
	struct jobs *js = jobs_open(&small, false);
	int64_t retry_ms = 0;

	(void)state;
	stage_outcome(ERR_BROWSER_CRASHED);
	for (int i = 0; i < POISON_CRASHES; i++) {
		struct job_record *r = must_submit(js, (struct want){.name = "bad"});

		wait_idle(js);
		ended_with(r, ERR_BROWSER_CRASHED);
	}
	assert_int_equal(try_submit(js, (struct want){.name = "bad"}, &retry_ms), ERR_QUARANTINED);
	assert_true(retry_ms > 1000 && retry_ms <= POISON_FIRST_MS);
	stage_outcome(ERR_OK);
	assert_int_equal(try_submit(js, (struct want){.name = "good"}, NULL), 0);
	assert_int_equal(try_submit(js, (struct want){.name = "bad", .key = "other"}, NULL), 0);
	wait_idle(js);
	jobs_free(js);
}

static void
draining_refuses_and_lets_end(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	struct job_record *r = must_submit(js, (struct want){.name = "a"});
	struct jobs_pressure p;

	(void)state;
	assert_true(stage_wait(&stage.begun, 1));
	jobs_drain(js);
	assert_int_equal(try_submit(js, (struct want){.name = "a"}, NULL), ERR_SHUTTING_DOWN);
	jobs_pressure(js, &p);
	assert_string_equal(p.shedding, "draining");
	assert_int_equal(p.running, 1);
	assert_int_equal(p.rejected, 1);
	assert_false(jobs_wait_idle(js, deadline_in_ms(20)));
	stage_let(1);
	wait_idle(js);
	ended_with(r, ERR_OK);
	jobs_free(js);
}

static void
shed(struct jobs *js, enum shed_level level, const char *why)
{
	pthread_mutex_lock(&js->lock);
	js->shed.level = level;
	js->shed.why = why;
	pthread_mutex_unlock(&js->lock);
}

static void
short_of_memory_bulk_is_refused_first(void **state)
{
	struct jobs *js = jobs_open(&small, false);
	const struct want bulk = {.name = "b", .bulk = true};
	const struct want normal = {.name = "n"};

	(void)state;
	shed(js, SHED_BULK, "memory");
	assert_int_equal(try_submit(js, bulk, NULL), ERR_OVERLOADED);
	assert_int_equal(try_submit(js, normal, NULL), 0);
	wait_idle(js);
	shed(js, SHED_ALL, "memory");
	assert_int_equal(try_submit(js, normal, NULL), ERR_OVERLOADED);
	jobs_free(js);
}

static void
short_of_time_bulk_gives_way_only_to_others_that_wait(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	const struct want bulk = {.name = "b", .bulk = true};
	const struct want normal = {.name = "n"};
	struct jobs_pressure p;

	(void)state;
	shed(js, SHED_BULK, "psi");
	for (int i = 0; i < 4; i++)
		assert_int_equal(try_submit(js, bulk, NULL), 0);
	assert_int_equal(try_submit(js, normal, NULL), 0);
	assert_int_equal(try_submit(js, bulk, NULL), ERR_OVERLOADED);
	jobs_pressure(js, &p);
	assert_null(p.shedding);
	assert_string_equal(p.shedding_bulk, "psi");
	jobs_free(js);
}

// --- artifacts and bytes ---

static void
store_one(void *arg, struct job *j, const char *key, const char *job_id)
{
	struct job_artifact *a;
	size_t n;

	assert_string_equal(key, "k");
	assert_int_equal(strlen(job_id), 32);
	a = job_artifacts(j, &n);
	for (size_t i = 0; i < n; i++)
		snprintf(a[i].id, sizeof(a[i].id), "%s", (const char *)arg);
}

static void
run_with_artifacts(struct job *j, struct runtime *rt UNUSED)
{
	struct buf bytes = BUF_INIT;

	buf_str(&bytes, "0123456789");
	job_add_artifact(j, "screenshot", "s.png", "image/png", &bytes, 1, 1);
	buf_str(&bytes, "012");
	job_add_artifact(j, "pdf", "p.pdf", "application/pdf", &bytes, 1, 1);
}

static void
artifacts_get_ids_and_small_ones_their_bytes(void **state)
{
	static char id[] = "0123456789abcdef0123456789abcdef";
	struct jobs *js = jobs_open(&small, false);
	struct jobs_submit s = {.key = "k",
	    .store_artifacts = store_one,
	    .store_arg = id,
	    .keep_bytes = true,
	    .request_id = "rid",
	    .traceparent = "00-1-2-01"};
	struct job_record *r = NULL;
	struct err err = ERR_INIT;
	const struct job_artifact *a;
	cJSON *e;
	size_t n;

	(void)state;
	jobs_inject(js, run_with_artifacts, release_fake);
	assert_int_equal(request_parse(SV("{\"url\": \"a.example\", \"artifacts\": "
					  "{\"inline_below_bytes\": 5}}"),
			     &s.request, &err),
	    0);
	assert_int_equal(jobs_submit(js, &s, &r, NULL, &err), 0);
	assert_null(s.request);
	wait_idle(js);
	e = envelope_of(r, 200);
	assert_string_equal(json_str(json_path(e, "artifacts.0"), "id"), id);
	assert_null(json_path(e, "artifacts.0.base64"));
	assert_string_equal(json_str(json_path(e, "artifacts.1"), "base64"), "MDEy");
	assert_string_equal(json_str(e, "request_id"), "rid");
	assert_string_equal(json_str(e, "traceparent"), "00-1-2-01");
	a = job_record_artifacts(r, &n);
	assert_int_equal(n, 2);
	assert_int_equal(a[0].bytes.n, 10);
	cJSON_Delete(e);
	job_record_unref(r);
	jobs_free(js);
}

static void
sessions_need_a_service_that_has_them(void **state)
{
	struct jobs *js = jobs_open(&small, false);
	struct jobs_submit s = {.key = "k"};
	struct job_record *r = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    request_parse(SV("{\"url\": \"a.example\", \"session_id\": \"s1\"}"), &s.request, &err),
	    0);
	assert_int_equal(jobs_submit(js, &s, &r, NULL, &err), 0);
	wait_idle(js);
	ended_with(r, ERR_NOT_IMPLEMENTED);
	jobs_free(js);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_job_tells_its_life_in_its_log),
	    cmocka_unit_test(no_more_run_at_a_time_than_there_are_places),
	    cmocka_unit_test(a_keys_share_of_the_queue_is_bounded),
	    cmocka_unit_test(the_memory_of_waiting_requests_is_bounded),
	    cmocka_unit_test(what_can_not_make_its_deadline_is_refused_at_once),
	    cmocka_unit_test(interactive_jobs_go_first),
	    cmocka_unit_test(a_waiting_job_expires_without_having_begun),
	    cmocka_unit_test(queue_time_counts),
	    cmocka_unit_test(waiting_and_running_jobs_are_cancelled),
	    cmocka_unit_test(cancelling_races_with_everything),
	    cmocka_unit_test(jobs_of_other_keys_do_not_exist),
	    cmocka_unit_test(finished_jobs_are_forgotten_by_memory),
	    cmocka_unit_test(finished_jobs_are_forgotten_by_age),
	    cmocka_unit_test(an_address_that_keeps_crashing_is_quarantined_for_its_key_only),
	    cmocka_unit_test(draining_refuses_and_lets_end),
	    cmocka_unit_test(short_of_memory_bulk_is_refused_first),
	    cmocka_unit_test(short_of_time_bulk_gives_way_only_to_others_that_wait),
	    cmocka_unit_test(artifacts_get_ids_and_small_ones_their_bytes),
	    cmocka_unit_test(sessions_need_a_service_that_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
