// SPDX-License-Identifier: Apache-2.0
// wait_for_js: wait until an expression of the page is true. The page watches itself in one
// promise; a navigation ends the promise, and the wait is asked anew.
#include "actions/actions_priv.h"

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

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct wait_for_js_params *p = params;
	cleanup_free char *after = xasprintf(
	    "); return new Promise(done => { const look = () => probe()%s.catch(() => false)"
	    ".then(v => v ? done(true) : setTimeout(look, %lld)); look(); }); })()",
	    act_is_function(p->expr) ? ".then(v => typeof v === 'function' ? v() : v)" : "",
	    (long long)p->interval_ms);
	// The expression stands outside of the catch, so that a syntax error is one.
	struct cdp_code code = {"(() => { const probe = async () => (", p->expr, after};

	for (;;) {
		uint32_t commits = cdp_page_commits(r->env->page);
		cJSON *value = NULL;
		int rc =
		    cdp_page_eval_code(r->env->page, &code, deadline_left_ms(dl), dl, &value, err);

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
