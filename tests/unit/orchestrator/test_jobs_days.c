// SPDX-License-Identifier: Apache-2.0
// All jobs together over time: what is remembered of them and forgotten, quarantine, draining,
// shedding, artifacts.
#include "jobs_stage.h"

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
