// SPDX-License-Identifier: Apache-2.0
// What a job does with its page: the script of the request, then what its client sends while it
// runs (feed.h). Runs in the job's thread.
#include "orchestrator/job/job_priv.h"

static void
append_results(struct job *j, cJSON *results)
{
	int n = cJSON_GetArraySize(j->action_results);
	cJSON *item;

	while (results && (item = cJSON_DetachItemFromArray(results, 0))) {
		cJSON_ReplaceItemInObjectCaseSensitive(item, "index", cJSON_CreateNumber(n++));
		json_push(j->action_results, item);
	}
	cJSON_Delete(results);
}

// Results of the steps of `script` that were never begun.
static void
skip_all(struct job *j, const cJSON *script)
{
	cJSON *results = json_arr();

	json_foreach (step, script) {
		cJSON *r = json_obj();

		json_set_int(r, "index", 0);
		json_set_str(r, "name", json_str(step, "name"));
		json_set_str(r, "type", json_str(step, "type"));
		json_set_str(r, "status", "skipped");
		json_set(r, "started_ms", cJSON_CreateNull());
		json_set_int(r, "duration_ms", 0);
		json_push(results, r);
	}
	append_results(j, results);
}

// The steps of the shorthands have no place in `actions`: their key is the path.
static void
name_shorthand(const cJSON *results, struct err *err)
{
	json_foreach (step, results)
		if (json_get(step, "error"))
			err_at(err, err->code, json_str(step, "name"), "%s", err->message);
}

static int
run_list(struct job *j, const struct action_list *list, struct action_env *env, struct err *err)
{
	cJSON *results = NULL;
	enum action_outcome outcome;

	env->first_index = (size_t)cJSON_GetArraySize(j->action_results);
	outcome = actions_run(list, env, &results, err);

	if (outcome == ACTIONS_FAILED && list == &j->req->shorthand)
		name_shorthand(results, err);

	append_results(j, results);
	switch (outcome) {
	case ACTIONS_DONE:
		return 0;
	case ACTIONS_STOPPED:
		job_reason(j, "actions_stopped");
		return 1;
	case ACTIONS_FAILED:
		return err->code ? err->code : err_set(err, ERR_ACTION_FAILED, NULL);
	case ACTIONS_OUT_OF_TIME:
		return err_set(err, ERR_TIMEOUT, "while the actions ran");
	}
	return err_set(err, ERR_INTERNAL, "unknown outcome of the actions");
}

static const cJSON *
script_of(const struct request *r)
{
	return json_get(r->json, "actions");
}

void
job_skip_actions(struct job *j)
{
	if (!j->acted)
		skip_all(j, script_of(j->req));
}

// --- actions that come while the job runs ---

static void
wake_client(void *client)
{
	cdp_client_wake(client);
}

// An action that fails has said so in its result; only the page's end ends the job.
static int
run_one_fed(struct job *j, cJSON *action, struct action_env *env, struct err *err)
{
	struct action_list list = {0};
	struct err failed = ERR_INIT;
	cJSON *one = json_arr();
	int rc;

	json_push(one, action);
	json_push(j->fed, one); // the steps borrow from it
	rc = actions_parse(one, &j->arena, "action", &list, &failed);
	if (rc == 0)
		rc = run_list(j, &list, env, &failed);
	if (rc >= 0 || job_page_usable(j)) {
		if (rc < 0)
			job_warn(j, "action_failed", "%s", failed.message);
		return 0;
	}
	*err = failed;
	return rc;
}

// Until the feed ends or the time is over.
static int
run_fed(struct job *j, struct action_env *env, struct err *err)
{
	struct cdp_client *client = cdp_page_client(j->page);
	struct feed *feed = j->opts.feed;
	cJSON *action = NULL;
	int rc = 0;

	feed_attach(feed, wake_client, client);
	job_emit(j, "waiting", NULL);
	do {
		rc = cdp_wait_until(
		    client, cdp_page_session(j->page), feed_ready, feed, j->soft, err);
		action = rc == 0 ? feed_take(feed) : NULL;
		if (action)
			rc = run_one_fed(j, action, env, err);
	} while (rc == 0 && action);
	feed_attach(feed, NULL, NULL);
	return rc;
}

int
job_act(struct job *j, struct err *err)
{
	const struct request *r = j->req;
	int64_t mark = clock_us();
	struct action_host host;
	struct action_env env = {
	    .page = j->page,
	    .host = &host,
	    .arena = &j->arena,
	    .job = j->soft,
	    .action_ms = r->timeouts->action_ms,
	    .navigation_ms = r->timeouts->navigation_ms,
	    .script_ms = r->timeouts->script_execution_ms,
	    .wait = job_wait_opts(r),
	};
	int rc = 0;

	j->acted = true;
	job_host_init(j, &host);
	if (r->shorthand.n > 0)
		rc = run_list(j, &r->shorthand, &env, err);
	if (rc == 0 && r->actions.n > 0)
		rc = run_list(j, &r->actions, &env, err);
	else
		skip_all(j, script_of(r));
	if (rc == 0 && j->opts.feed)
		rc = run_fed(j, &env, err);
	job_phase(j, PHASE_ACTIONS, &mark);
	return MIN(rc, 0);
}
