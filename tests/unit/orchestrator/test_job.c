// SPDX-License-Identifier: Apache-2.0
// The job object and its envelope: what is kept, what is said, and how a job ends that never gets a
// page.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "orchestrator/job/job_priv.h"
#include "request_text.h"

static const struct job_opts no_opts;

static struct request *
request(const char *json)
{
	struct request *r = NULL;
	struct err err = ERR_INIT;

	if (request_parse(sv_from(json), &r, &err) != 0)
		fail_msg("%s: %s", err.path, err.message);
	return r;
}

static struct request *
simple(void)
{
	return request("{\"url\": \"http://a.example/\"}");
}

static struct buf
bytes(const char *text)
{
	struct buf b = BUF_INIT;

	buf_str(&b, text);
	return b;
}

static void
envelope_has_every_key_of_the_design(void **state)
{
	static const char *const keys[] = {"job_id", "request_id", "status", "reasons", "error",
	    "final_url", "http_status", "document", "session_id", "artifacts",
	    "performance_metrics", "action_results", "warnings"};
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);
	cJSON *e = job_envelope(j, false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!json_get(e, keys[i]))
			fail_msg("no %s", keys[i]);
	assert_null(json_get(e, "html"));
	assert_null(json_get(e, "network_requests"));
	assert_true(cJSON_IsNull(json_get(e, "error")));
	assert_non_null(json_path(e, "performance_metrics.total_ms"));
	assert_non_null(json_path(e, "performance_metrics.queued_ms"));
	cJSON_Delete(e);
	job_free(j);
	request_free(r);
}

static void
ids_are_random_and_differ(void **state)
{
	struct request *r = simple();
	struct job *a = job_new(r, &no_opts), *b = job_new(r, &no_opts);

	(void)state;
	assert_int_equal(strlen(a->id), 32);
	assert_int_equal(strspn(a->id, "0123456789abcdef"), 32);
	assert_string_not_equal(a->id, b->id);
	assert_string_not_equal(a->id, a->request_id);
	job_free(a);
	job_free(b);
	request_free(r);
}

static void
soft_deadline_leaves_five_percent_or_300_ms(void **state)
{
	struct request *small =
	    request("{\"url\": \"a.example\", \"timeouts\": {\"hard_cap_ms\": 2000}}");
	struct request *large =
	    request("{\"url\": \"a.example\", \"timeouts\": {\"hard_cap_ms\": 60000}}");
	struct job *a = job_new(small, &no_opts), *b = job_new(large, &no_opts);

	(void)state;
	assert_int_equal(a->deadline.at_us - a->soft.at_us, 300000);
	assert_int_equal(b->deadline.at_us - b->soft.at_us, 3000000);
	job_free(a);
	job_free(b);
	request_free(small);
	request_free(large);
}

struct seen {
	uint64_t last;
	unsigned n;
};

static void
on_event(void *arg, const struct job_event *ev)
{
	struct seen *s = arg;

	assert_int_equal(ev->id, s->last + 1);
	s->last = ev->id;
	s->n++;
}

static void
events_have_increasing_ids(void **state)
{
	struct seen seen = {0};
	struct job_opts o = {.on_event = on_event, .arg = &seen};
	struct request *r = simple();
	struct job *j = job_new(r, &o);

	(void)state;
	for (int i = 0; i < 100; i++)
		job_emit(j, "action", json_obj());
	job_warn(j, "dialogs", "%d\x1b[31m", 3);
	assert_int_equal(seen.n, 101);
	assert_string_equal(
	    json_str(job_warnings(j)->child, "message"), "3 [31m"); // no escape sequence
	job_free(j);
	request_free(r);
}

static void
warnings_are_bounded(void **state)
{
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);

	(void)state;
	for (int i = 0; i < 3 * JOB_MAX_WARNINGS; i++)
		job_warn(j, "x", "%d", i);
	assert_int_equal(cJSON_GetArraySize(job_warnings(j)), JOB_MAX_WARNINGS);
	job_free(j);
	request_free(r);
}

static void
a_reason_is_said_once(void **state)
{
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);

	(void)state;
	job_reason(j, "deadline");
	job_reason(j, "deadline");
	assert_int_equal(cJSON_GetArraySize(job_reasons(j)), 1);
	job_free(j);
	request_free(r);
}

static void
artifact_names_are_unique_file_names(void **state)
{
	static const char *const names[][2] = {{"shot.png", "shot.png"}, {"shot.png", "shot-2.png"},
	    {"shot.png", "shot-3.png"}, {"../../etc/passwd", "_._.._etc_passwd.html"},
	    {"a/b", "a_b.html"}, {".x", "_x"}, {"x\n", "x_.html"}, {"v1.2", "v1.2.html"},
	    {"same", "same.html"}, {"same", "same-2.html"}};
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct buf b = bytes("x");

		job_add_artifact(j, "snapshot", names[i][0], "text/html", &b, 0, 0);
		assert_string_equal(j->artifacts[i].name, names[i][1]);
	}
	job_free(j);
	request_free(r);
}

static void
artifacts_are_bounded(void **state)
{
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);

	(void)state;
	for (int i = 0; i <= JOB_MAX_ARTIFACTS; i++) {
		struct buf b = bytes("x");
		struct job_artifact *a =
		    job_add_artifact(j, "snapshot", "s.html", "text/html", &b, 0, 0);

		assert_int_equal(a == NULL, i == JOB_MAX_ARTIFACTS);
	}
	job_free(j);
	request_free(r);
}

static void
artifacts_say_where_they_are_and_what_they_hold(void **state)
{
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);
	struct buf one = bytes("abc"), two = bytes("");
	const cJSON *list;
	cJSON *e;

	(void)state;
	job_add_artifact(j, "screenshot", "s.png", "image/png", &one, 30, 40)->path =
	    xstrdup("/tmp/s.png");
	job_add_artifact(j, "snapshot", "t.html", "text/html", &two, 0, 0);
	e = job_envelope(j, true);
	list = json_get(e, "artifacts");
	assert_string_equal(json_str(list->child, "path"), "/tmp/s.png");
	assert_null(json_get(list->child, "base64"));
	assert_int_equal(json_int(list->child, "bytes", 0), 3);
	assert_int_equal(json_int(list->child, "height", 0), 40);
	assert_string_equal(json_str(list->child, "sha256"),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(json_str(list->child->next, "base64"), "");
	assert_null(json_get(list->child->next, "width"));
	cJSON_Delete(e);
	job_free(j);
	request_free(r);
}

static void
an_actions_artifact_gets_its_path_in_the_result(void **state)
{
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);
	struct buf b = bytes("abc");
	struct job_artifact *a = job_add_artifact(j, "screenshot", "s.png", "image/png", &b, 1, 1);
	cJSON *step = json_obj(), *e;

	(void)state;
	json_set(step, "result", job_artifact_object(a, false));
	json_push(j->action_results, step);
	a->path = xstrdup("/out/s.png");
	e = job_envelope(j, false);
	assert_string_equal(
	    json_str(json_path(e, "action_results.0.result"), "path"), "/out/s.png");
	cJSON_Delete(e);
	job_free(j);
	request_free(r);
}

static void
error_objects_come_from_the_table(void **state)
{
	for (int i = 0; i < ERR_COUNT; i++) {
		struct err err = ERR_INIT;
		const struct err_info *info = err_info(-(i + 1));
		cJSON *o;

		err_at(&err, -(i + 1), "actions[2]", NULL);
		o = error_object(&err, "rid");
		assert_string_equal(json_str(o, "code"), info->code);
		assert_string_equal(json_str(o, "type"), info->type);
		assert_string_equal(json_str(o, "message"), info->text);
		assert_string_equal(json_str(o, "request_id"), "rid");
		assert_int_equal(json_bool(o, "retryable", !info->retryable), info->retryable);
		assert_string_equal(json_str(json_get(o, "context"), "path"), "actions[2]");
		assert_non_null(json_str(o, "timestamp"));
		cJSON_Delete(o);
	}
	(void)state;
}

// --- jobs that get no page ---

static const struct job_opts uploads = {.allow_uploads = true};

static void
run_to_failure_with(
    const struct job_opts *o, const char *json, bool cancel, int code, enum cli_exit exit_code)
{
	const struct browser_opts b = {.window_width = 800, .window_height = 600};
	struct request *r = request(json);
	struct job *j = job_new(r, o);
	struct pool_opts po = runtime_cli_opts(&b);
	struct runtime *rt = runtime_new(&po);
	cJSON *e;

	if (cancel)
		job_cancel(j);
	job_run(j, rt);
	assert_int_equal(job_status(j), JOB_FAILED);
	assert_string_equal(err_info(job_error(j)->code)->code, err_info(code)->code);
	assert_int_equal(job_exit(j), exit_code);
	e = job_envelope(j, false);
	assert_string_equal(json_str(e, "status"), "failed");
	assert_string_equal(json_str(json_get(e, "error"), "code"), err_info(code)->code);
	cJSON_Delete(e);
	job_release(j, rt, true);
	job_free(j);
	runtime_free(rt);
	request_free(r);
}

static void
run_to_failure(const char *json, bool cancel, int code, enum cli_exit exit_code)
{
	run_to_failure_with(&no_opts, json, cancel, code, exit_code);
}

static void
private_addresses_need_no_browser_to_be_refused(void **state)
{
	(void)state;
	run_to_failure(
	    "{\"url\": \"http://127.0.0.1:1/\"}", false, ERR_ADDRESS_FORBIDDEN, EXIT_NETWORK);
	run_to_failure(
	    "{\"url\": \"http://[::ffff:10.0.0.1]/\"}", false, ERR_ADDRESS_FORBIDDEN, EXIT_NETWORK);
	run_to_failure("{\"html\": \"x\", \"base_url\": \"http://localhost/\"}", false,
	    ERR_ADDRESS_FORBIDDEN, EXIT_NETWORK);
}

static void
without_chromium_a_job_says_what_to_install(void **state)
{
	(void)state;
	setenv("RIPTIDE_BROWSER_PATH", "/nonexistent/chromium", 1);
	run_to_failure("{\"html\": \"<p>x\"}", false, ERR_BROWSER_NOT_FOUND, EXIT_OTHER);
	unsetenv("RIPTIDE_BROWSER_PATH");
}

static void
files_to_upload_are_looked_at_first(void **state)
{
	static const char json[] =
	    "{\"url\": \"a.example\", \"actions\": [{\"type\": \"upload\", \"css\": \"a\", "
	    "\"files\": [\"/nonexistent/file\"]}]}";
	static const char folder[] =
	    "{\"url\": \"a.example\", \"actions\": [{\"type\": \"upload\", "
	    "\"css\": \"a\", \"files\": [\"/\"]}]}";

	(void)state;
	run_to_failure_with(&uploads, json, false, ERR_INPUT, EXIT_USAGE);
	run_to_failure_with(&uploads, folder, false, ERR_INPUT, EXIT_USAGE);
	run_to_failure(json, false, ERR_INPUT, EXIT_USAGE);
}

static void
a_cancelled_job_ends_as_cancelled(void **state)
{
	(void)state;
	setenv("RIPTIDE_BROWSER_PATH", "/nonexistent/chromium", 1);
	run_to_failure("{\"html\": \"<p>x\"}", true, ERR_CANCELLED, EXIT_INTERRUPTED);
	unsetenv("RIPTIDE_BROWSER_PATH");
}

// --- facts of a renderer that was taken over ---

static cJSON *
large_facts(void)
{
	cleanup_buf b = BUF_INIT;
	cJSON *facts = json_obj();

	for (size_t i = 0; i < ((size_t)5 << 20); i++)
		buf_ch(&b, 'A');
	json_set_str(facts, "elements", b.p);
	return facts;
}

static cJSON *
deep_facts(void)
{
	cJSON *facts = json_obj(), *v = json_arr();

	for (int i = 0; i < 4; i++) {
		cJSON *outer = json_arr();

		json_push(outer, v);
		v = outer;
	}
	json_set(facts, "values", v);
	return facts;
}

static cJSON *
many_facts(void)
{
	cJSON *facts = json_obj(), *values = json_arr();

	for (int i = 0; i < 100000; i++)
		json_push(values, cJSON_CreateNumber(i));
	json_set(facts, "values", values);
	return facts;
}

// As many and as long as facts.js makes them.
static cJSON *
honest_facts(void)
{
	cleanup_buf b = BUF_INIT, text = BUF_INIT;
	cJSON *facts = json_obj(), *values = json_arr(), *viewport = json_arr();

	for (int i = 0; i < 30000 * 14 / 3 * 4; i++)
		buf_ch(&b, 'A');
	for (int i = 0; i < 400; i++)
		buf_ch(&text, '\1');
	for (int i = 0; i < 500; i++) {
		cJSON *row = json_arr();

		json_push(row, cJSON_CreateNumber(i));
		json_push(row, cJSON_CreateString("value"));
		json_push(row, cJSON_CreateString(text.p));
		json_push(values, row);
	}
	for (int i = 0; i < 4; i++)
		json_push(viewport, cJSON_CreateNumber(800));
	json_set_str(facts, "elements", b.p);
	json_set_int(facts, "n", 30000);
	json_set(facts, "values", values);
	json_set(facts, "viewport", viewport);
	return facts;
}

static void
facts_beyond_their_measure_cost_no_document(void **state)
{
	static const struct {
		const char *what;
		cJSON *(*make)(void);
		bool fit;
	} rows[] = {{"large", large_facts, false}, {"deep", deep_facts, false},
	    {"many", many_facts, false}, {"honest", honest_facts, true}};
	const struct browser_opts b = {.window_width = 800, .window_height = 600};
	struct pool_opts po = runtime_cli_opts(&b);
	struct request *r = simple();
	struct job *j = job_new(r, &no_opts);

	(void)state;
	j->rt = runtime_new(&po);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cJSON *facts = rows[i].make(), *document = NULL;
		struct err err = ERR_INIT;

		if (job_facts_fit(facts) != rows[i].fit)
			fail_msg("%s", rows[i].what);
		if (job_extract_html(j, SV("<title>kept</title><p>words"), facts, NULL, NULL,
			deadline_in_ms(20000), &document, &err) != 0)
			fail_msg("%s: %s", rows[i].what, err.message);
		assert_string_equal(json_str(document, "title"), "kept");
		cJSON_Delete(document);
		cJSON_Delete(facts);
	}
	runtime_free(j->rt);
	j->rt = NULL;
	job_free(j);
	request_free(r);
}

static void
actions_that_were_never_begun_are_skipped(void **state)
{
	const struct browser_opts b = {.window_width = 800, .window_height = 600};
	struct request *r = request(
	    "{\"url\": \"http://127.0.0.1:1/\", \"actions\": [{\"type\": \"wait\", \"ms\": 1, \"name\": \"n\"}, "
	    "{\"type\": \"click\", \"css\": \"a\"}]}");
	struct job *j = job_new(r, &no_opts);
	struct pool_opts po = runtime_cli_opts(&b);
	struct runtime *rt = runtime_new(&po);
	const cJSON *second;

	(void)state;
	job_run(j, rt);
	assert_int_equal(cJSON_GetArraySize(j->action_results), 2);
	assert_string_equal(json_str(j->action_results->child, "status"), "skipped");
	assert_string_equal(json_str(j->action_results->child, "name"), "n");
	second = j->action_results->child->next;
	assert_string_equal(json_str(second, "type"), "click");
	assert_int_equal(json_int(second, "index", 0), 1);
	job_release(j, rt, true);
	job_free(j);
	runtime_free(rt);
	request_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(envelope_has_every_key_of_the_design),
	    cmocka_unit_test(ids_are_random_and_differ),
	    cmocka_unit_test(soft_deadline_leaves_five_percent_or_300_ms),
	    cmocka_unit_test(events_have_increasing_ids),
	    cmocka_unit_test(warnings_are_bounded),
	    cmocka_unit_test(a_reason_is_said_once),
	    cmocka_unit_test(artifact_names_are_unique_file_names),
	    cmocka_unit_test(artifacts_are_bounded),
	    cmocka_unit_test(artifacts_say_where_they_are_and_what_they_hold),
	    cmocka_unit_test(an_actions_artifact_gets_its_path_in_the_result),
	    cmocka_unit_test(error_objects_come_from_the_table),
	    cmocka_unit_test(private_addresses_need_no_browser_to_be_refused),
	    cmocka_unit_test(without_chromium_a_job_says_what_to_install),
	    cmocka_unit_test(files_to_upload_are_looked_at_first),
	    cmocka_unit_test(a_cancelled_job_ends_as_cancelled),
	    cmocka_unit_test(facts_beyond_their_measure_cost_no_document),
	    cmocka_unit_test(actions_that_were_never_begun_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
