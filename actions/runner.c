// SPDX-License-Identifier: Apache-2.0
// Runs the steps of a script in order: min(step, remaining), one result per step, and the error
// policy. Job thread. What ends the page (crash, detach, cancellation) ends the run whatever the
// policy says.
#include "actions/actions_priv.h"

#include <stdio.h>

enum step_status { STEP_OK, STEP_FAILED, STEP_TIMEOUT, STEP_SKIPPED };
static const char *const status_names[] = {"ok", "failed", "timeout", "skipped"};

static bool
ends_page(int code)
{
	return code == ERR_PAGE_CRASHED || code == ERR_PAGE_DETACHED ||
	       code == ERR_BROWSER_CRASHED || code == ERR_CANCELLED || code == ERR_EVENT_OVERFLOW ||
	       code == ERR_ADDRESS_FORBIDDEN;
}

static enum step_status
status_of(int code)
{
	switch (code) {
	case 0:
		return STEP_OK;
	case ERR_TIMEOUT:
	case ERR_ACTION_TIMEOUT:
	case ERR_SCRIPT_TIMEOUT:
	case ERR_NAVIGATION_TIMEOUT:
		return STEP_TIMEOUT;
	default:
		return STEP_FAILED;
	}
}

static struct deadline
step_deadline(const struct action_env *env, const struct action *a)
{
	const int64_t defaults[] = {
	    [LIMIT_ACTION] = env->action_ms,
	    [LIMIT_NAVIGATION] = env->navigation_ms,
	    [LIMIT_SCRIPT] = env->script_ms,
	    [LIMIT_JOB] = 0,
	};
	int64_t ms = a->common.timeout_ms ? a->common.timeout_ms : defaults[a->type->limit];

	return ms ? deadline_step(env->job, ms) : env->job;
}

static cJSON *
error_object(const struct err *e)
{
	const struct err_info *info = err_info(e->code);
	cJSON *o = json_obj();

	json_set_str(o, "type", info->type);
	json_set_str(o, "code", info->code);
	json_set_str(o, "message", e->message);
	json_set_bool(o, "retryable", info->retryable);
	return o;
}

static cJSON *
step_object(const struct action *a, size_t index, enum step_status status)
{
	cJSON *o = json_obj();

	json_set_int(o, "index", (int64_t)index);
	json_set_str(o, "name", a->common.name);
	json_set_str(o, "type", a->type->name);
	json_set_str(o, "status", status_names[status]);
	return o;
}

// ERR_TIMEOUT of a step whose own limit passed is the action's timeout; of the job's, the end of
// the run.
static int
judge_timeout(struct action_run *r, struct err *e)
{
	if (e->code != ERR_TIMEOUT && !deadline_passed(r->env->job))
		return e->code;
	if (deadline_passed(r->env->job)) {
		r->out_of_time = true;
		return err_set(e, ERR_TIMEOUT, "the job's time ended during this step");
	}
	return err_set(e, ERR_ACTION_TIMEOUT, NULL);
}

// Two events a step: when it begins, and when it has ended, with its result.
static void
emit_begin(struct action_run *r, const struct action *a, size_t index)
{
	const struct action_host *h = r->env->host;
	cJSON *o;

	if (!h->event)
		return;
	o = step_object(a, index, STEP_OK);
	cJSON_ReplaceItemInObjectCaseSensitive(o, "status", cJSON_CreateString("running"));
	h->event(h->arg, "action", o);
}

static int
run_one(struct action_run *r, const struct action *a, size_t index, cJSON *results, struct err *err)
{
	int64_t started_us = clock_us();
	const char *outer_name = r->name;
	cJSON *result = NULL, *outer = r->steps, *o;
	struct err e = ERR_INIT;
	int rc;

	r->steps = NULL;
	r->name = a->common.name ? a->common.name : a->type->name;
	emit_begin(r, a, index);
	if (++r->executed > ACTIONS_MAX_RUN)
		rc = err_set(&e, ERR_TOO_LARGE, "more than %d steps were run", ACTIONS_MAX_RUN);
	else
		rc = a->type->run(r, a->params, step_deadline(r->env, a), &result, &e);
	if (rc != 0) {
		e.code = rc;
		rc = judge_timeout(r, &e);
	}
	o = step_object(a, index, status_of(rc));
	json_set_num(o, "started_ms", (double)(started_us - r->start_us) / 1000);
	json_set_num(o, "duration_ms", (double)(clock_us() - started_us) / 1000);
	if (result)
		json_set(o, "result", result);
	if (rc != 0)
		json_set(o, "error", error_object(&e));
	if (r->steps)
		json_set(o, "steps", r->steps);
	r->steps = outer;
	r->name = outer_name;
	if (r->env->host->event)
		r->env->host->event(r->env->host->arg, "action", cJSON_Duplicate(o, true));
	json_push(results, o);
	if (rc != 0)
		*err = e;
	return rc;
}

// Does the script go on after this failure?
static bool
goes_on(struct action_run *r, const struct action *a, int rc)
{
	if (rc == 0)
		return !r->stopped;
	if (r->out_of_time || r->stopped || ends_page(rc))
		return false;
	if (a->common.optional || a->common.on_error == ON_ERROR_CONTINUE)
		return true;
	r->stopped = a->common.on_error == ON_ERROR_STOP;
	return false;
}

static void
skip_rest(const struct action_list *list, size_t from, size_t first, cJSON *results)
{
	for (size_t i = from; i < list->n; i++) {
		cJSON *o = step_object(&list->v[i], first + i, STEP_SKIPPED);

		json_set(o, "started_ms", cJSON_CreateNull());
		json_set_int(o, "duration_ms", 0);
		json_push(results, o);
	}
}

// 0, or the error of the step that ended the list (not set when `on_error: stop` ended it).
static int
run_list(struct action_run *r, const struct action_list *list, const char *key, size_t first,
    cJSON *results, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct action *a = &list->v[i];
		struct err e = ERR_INIT;
		char at[64];
		int rc = run_one(r, a, first + i, results, &e);

		if (goes_on(r, a, rc))
			continue;
		skip_rest(list, i + 1, first, results);
		if (r->stopped || rc == 0)
			return 0;
		snprintf(at, sizeof(at), "%s[%zu]", key, i);
		err_prefix(&e, at);
		*err = e;
		return rc;
	}
	return 0;
}

int
actions_run_nested(
    struct action_run *r, const struct action_list *list, const char *key, struct err *err)
{
	if (!r->steps)
		r->steps = json_arr();
	return run_list(r, list, key, 0, r->steps, err);
}

enum action_outcome
actions_run(
    const struct action_list *list, struct action_env *env, cJSON **results, struct err *err)
{
	struct action_run r = {.env = env, .start_us = clock_us()};
	int rc;

	*results = json_arr();
	rc = run_list(&r, list, "actions", env->first_index, *results, err);
	if (r.out_of_time)
		return ACTIONS_OUT_OF_TIME;
	if (rc != 0)
		return ACTIONS_FAILED;
	return r.stopped ? ACTIONS_STOPPED : ACTIONS_DONE;
}
