// SPDX-License-Identifier: Apache-2.0
// wait_for_css: wait until an element is attached, visible, hidden or gone.
#include "actions/actions_priv.h"

struct wait_for_css_params {
	const char *css;
	int64_t retry_count;
	int state;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct wait_for_css_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector; `>>>` pierces shadow roots and frames"},
    {.name = "state",
	.type = PARAM_ENUM,
	.offset = offsetof(struct wait_for_css_params, state),
	.names = cdp_dom_state_names,
	.def = "\"visible\"",
	.doc = "What to wait for"},
    {.name = "retry_count",
	.type = PARAM_INT,
	.offset = offsetof(struct wait_for_css_params, retry_count),
	.min = 0,
	.max = 20,
	.def = "0",
	.doc =
	    "Reload the page and wait again this often; every wait has an equal share of the step's time"},
};
ACT_TABLE(table, wait_for_css_params, rows);

static int
wait_once(
    struct action_run *r, const struct wait_for_css_params *p, struct deadline dl, struct err *err)
{
	int rc = cdp_dom_wait(r->env->page, p->css, (enum cdp_dom_state)p->state, dl, NULL, err);

	if (rc == ERR_TIMEOUT || rc == ERR_ACTION_TIMEOUT)
		return err_set(err, ERR_ACTION_TIMEOUT, "\"%s\" was not %s in time", p->css,
		    cdp_dom_state_names[p->state]);
	return rc;
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct wait_for_css_params *p = params;

	for (int64_t left = p->retry_count;; left--) {
		int64_t share_ms = deadline_left_ms(dl) / (left + 1);
		struct cdp_nav nav = {0};
		int rc = wait_once(r, p, deadline_step(dl, share_ms), err);

		if (rc != ERR_ACTION_TIMEOUT || left == 0)
			return rc;
		rc = cdp_page_history(r->env->page, HISTORY_RELOAD, &r->env->wait, dl, &nav, err);
		cdp_nav_done(&nav);
		if (rc != 0)
			return rc;
	}
}

const struct action_type act_wait_for_css = {
    .name = "wait_for_css",
    .doc = "Wait until an element reaches a state. Observed in the page, not polled.",
    .example =
	"{\"type\": \"wait_for_css\", \"css\": \".results li\", \"state\": \"visible\", \"timeout_ms\": 5000}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
