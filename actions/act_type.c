// SPDX-License-Identifier: Apache-2.0
// type: text into a field, by real key events.
#include "actions/actions_priv.h"

struct type_params {
	const char *css, *text;
	int64_t delay_ms;
	bool clear_first;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct type_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector of the field; it is clicked first"},
    {.name = "text",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct type_params, text),
	.min = 0,
	.max = 65536,
	.doc = "What to type"},
    {.name = "delay_ms",
	.type = PARAM_INT,
	.offset = offsetof(struct type_params, delay_ms),
	.min = 0,
	.max = 10000,
	.def = "0",
	.doc = "Pause between keys, in ms"},
    {.name = "clear_first",
	.type = PARAM_BOOL,
	.offset = offsetof(struct type_params, clear_first),
	.def = "false",
	.doc = "Select and delete what is there"},
};
ACT_TABLE(table, type_params, rows);

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct type_params *p = params;
	struct cdp_page *page = r->env->page;
	struct cdp_element el;
	double x, y;
	int rc = act_find(r, p->css, dl, &el, &x, &y, err);

	if (rc != 0)
		return rc;
	rc = cdp_input_click(page, x, y, BUTTON_LEFT, 1, dl, err);
	if (rc == 0)
		rc = cdp_dom_focus(page, &el, dl, err); // a label's click may focus something else
	cdp_dom_release(page, &el);
	if (rc == 0 && p->clear_first)
		rc = cdp_input_press(page, "Control+A", dl, err);
	if (rc == 0 && p->clear_first)
		rc = cdp_input_press(page, "Delete", dl, err);
	return rc == 0 ? cdp_input_type(page, p->text, p->delay_ms, dl, err) : rc;
}

const struct action_type act_type = {
    .name = "type",
    .doc = "Type text into a field with real key events; line feeds are the Enter key.",
    .example =
	"{\"type\": \"type\", \"css\": \"#search\", \"text\": \"tides\", \"clear_first\": true}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
