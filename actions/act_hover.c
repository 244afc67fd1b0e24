// SPDX-License-Identifier: Apache-2.0
// hover: move the real mouse over an element.
#include "actions/actions_priv.h"

struct hover_params {
	const char *css;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct hover_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector; `>>>` pierces shadow roots and frames"},
};
ACT_TABLE(table, hover_params, rows);

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct hover_params *p = params;
	struct cdp_element el;
	double x, y;
	int rc = act_find(r, p->css, NEED_POINT, dl, &el, &x, &y, err);

	if (rc != 0)
		return rc;
	rc = cdp_input_move(r->env->page, x, y, dl, err);
	cdp_dom_release(r->env->page, &el);
	return rc;
}

const struct action_type act_hover = {
    .name = "hover",
    .doc = "Move the mouse over an element and leave it there.",
    .example = "{\"type\": \"hover\", \"css\": \"nav .menu\"}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
