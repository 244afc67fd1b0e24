// SPDX-License-Identifier: Apache-2.0
// wait_for_js: wait until an expression of the page is true. The page watches itself in one
// promise; a navigation ends the promise, and the wait is asked anew.
#include "actions/actions_priv.h"

#define TELL_MS 100

struct wait_for_js_params {
	const char *expr;
	int64_t interval_ms;
};

static const struct param rows[] = {
    {.name = "expr",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct wait_for_js_params, expr),
	.min = 1,
	.max = 65536,
	.doc =
	    "JavaScript expression, or a function (`() => …`), which is called; its value, or what its promise gives, counts as true or false; an exception as false"},
    {.name = "interval_ms",
	.type = PARAM_INT,
	.offset = offsetof(struct wait_for_js_params, interval_ms),
	.min = 10,
	.max = 60000,
	.def = "100",
	.doc = "How often the page looks, in ms"},
};
ACT_TABLE(table, wait_for_js_params, rows);

// What the page does until the expression is true, or the time is over. Shortly before that it
// tells what the expression threw the last time.
static char *
watch_code(const struct wait_for_js_params *p, struct deadline dl)
{
	int64_t left = deadline_left_ms(dl);

	return xasprintf(
	    "); return new Promise(done => { let last, end = performance.now() + %lld;"
	    " const look = () => probe()%s.then(v => { last = 0; return v; }, e => { last = [e]; })"
	    ".then(v => v ? done(true) : performance.now() < end && setTimeout(look, %lld)); look();"
	    " setTimeout(() => { if (last) done(String(last[0]).slice(0, 200)); }, %lld); }); })()",
	    (long long)left,
	    act_is_function(p->expr) ? ".then(v => typeof v === 'function' ? v() : v)" : "",
	    (long long)p->interval_ms, (long long)MAX(left - TELL_MS, (int64_t)TELL_MS));
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct wait_for_js_params *p = params;

	for (;;) {
		cleanup_free char *after = watch_code(p, dl);
		// The expression stands outside of the catch, so that a syntax error is one.
		struct cdp_code code = {"(() => { const probe = async () => (", p->expr, after};
		uint32_t commits = cdp_page_commits(r->env->page);
		cJSON *value = NULL;
		int rc =
		    cdp_page_eval_code(r->env->page, &code, deadline_left_ms(dl), dl, &value, err);

		if (rc == 0 && cJSON_IsString(value))
			rc = err_set(err, ERR_ACTION_TIMEOUT,
			    "the expression was not true in time, the last time it threw %.200s",
			    value->valuestring);
		cJSON_Delete(value);
		if (rc == ERR_TIMEOUT || rc == ERR_SCRIPT_TIMEOUT)
			return err_set(
			    err, ERR_ACTION_TIMEOUT, "the expression was not true in time");
		if (rc != ERR_CDP &&
		    !(rc == ERR_SCRIPT_FAILED && commits != cdp_page_commits(r->env->page)))
			return rc;
		// The document went away under the promise: look at the next one.
		if (deadline_passed(dl))
			return err_set(
			    err, ERR_ACTION_TIMEOUT, "the expression was not true in time");
		rc = act_pause(r, p->interval_ms, dl, err);
		if (rc != 0)
			return rc;
	}
}

const struct action_type act_wait_for_js = {
    .name = "wait_for_js",
    .doc = "Wait until an expression of the page is true, across navigations.",
    .example =
	"{\"type\": \"wait_for_js\", \"expr\": \"document.querySelectorAll('li').length >= 20\"}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
