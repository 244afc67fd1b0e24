// SPDX-License-Identifier: Apache-2.0
// All jobs together: their life, order, limits, deadlines, cancelling.
#include "jobs_stage.h"

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
fetches_have_places_of_their_own(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	struct jobs_pressure p;

	(void)state;
	for (int i = 0; i < 4; i++) // all places of pages are taken, and two jobs wait for one
		job_record_unref(must_submit(js, (struct want){.name = "p"}));
	assert_true(stage_wait(&stage.begun, 2));
	for (int i = 0; i < 4; i++)
		job_record_unref(must_submit(js, (struct want){.name = "f", .fetch = true}));
	assert_true(stage_wait(&stage.begun, 4));
	jobs_pressure(js, &p);
	assert_int_equal(p.running, 2);
	assert_int_equal(p.fetching, 2);
	assert_int_equal(p.queued, 4);
	assert_string_equal(stage.order, "ppff");
	stage_let(8);
	wait_idle(js);
	assert_int_equal(stage.most_running, 4);
	jobs_free(js);
}

// A long queue for pages is none for fetches: neither is one told of the other's wait.
static void
fetches_are_not_refused_for_the_pages_that_wait(void **state)
{
	struct jobs *js = jobs_open(&small, true);
	int64_t retry_ms = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		job_record_unref(must_submit(js, (struct want){.name = "p", .cap_ms = 60000}));
	assert_int_equal(try_submit(js, (struct want){.name = "p", .cap_ms = 900}, &retry_ms),
	    ERR_DEADLINE_UNMEETABLE);
	job_record_unref(must_submit(js, (struct want){.name = "f", .fetch = true, .cap_ms = 900}));
	assert_true(stage_wait(&stage.begun, 3));
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
	int64_t retry_ms = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		job_record_unref(must_submit(js, (struct want){.name = "a"}));
	// Nobody lets one of them end: what waited for that would wait for ever.
	assert_int_equal(try_submit(js, (struct want){.name = "b", .cap_ms = 1500}, &retry_ms),
	    ERR_DEADLINE_UNMEETABLE);
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
	assert_true(clock_us() < r->due.at_us + patient_ms(GROSS_MS) * 1000);
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
	assert_true(jobs_wait_idle(js, deadline_in_ms(5000)));
	assert_true(cancelled <= RACERS);
	jobs_free(js);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_job_tells_its_life_in_its_log),
	    cmocka_unit_test(no_more_run_at_a_time_than_there_are_places),
	    cmocka_unit_test(fetches_have_places_of_their_own),
	    cmocka_unit_test(fetches_are_not_refused_for_the_pages_that_wait),
	    cmocka_unit_test(a_keys_share_of_the_queue_is_bounded),
	    cmocka_unit_test(the_memory_of_waiting_requests_is_bounded),
	    cmocka_unit_test(what_can_not_make_its_deadline_is_refused_at_once),
	    cmocka_unit_test(interactive_jobs_go_first),
	    cmocka_unit_test(a_waiting_job_expires_without_having_begun),
	    cmocka_unit_test(queue_time_counts),
	    cmocka_unit_test(waiting_and_running_jobs_are_cancelled),
	    cmocka_unit_test(cancelling_races_with_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
