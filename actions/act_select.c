// SPDX-License-Identifier: Apache-2.0
// select: choose an option of a <select>. Its list is drawn outside of the page, where no mouse
// event reaches it, so the option is set and `input` and `change` are fired as Chromium does after
// a choice.
#include "actions/actions_priv.h"

struct select_params {
	const char *css, *value, *label;
	int64_t index;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct select_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector of the `<select>`"},
    {.name = "value",
	.type = PARAM_STRING,
	.offset = offsetof(struct select_params, value),
	.min = 0,
	.max = 4096,
	.doc = "The option's value"},
    {.name = "label",
	.type = PARAM_STRING,
	.offset = offsetof(struct select_params, label),
	.min = 1,
	.max = 4096,
	.doc = "The option's text"},
    {.name = "index",
	.type = PARAM_INT,
	.offset = offsetof(struct select_params, index),
	.min = 0,
	.max = 100000,
	.doc = "The option's position, from 0"},
};

static const struct param_table table = {.name = "select_params",
    .size = sizeof(struct select_params),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .one_of = (const char *const[]){"value", "label", "index", NULL}};

static const char select_js[] =
    "function (value, label, index) {"
    " if (!(this instanceof this.ownerDocument.defaultView.HTMLSelectElement)) return {error: 'is no <select>'};"
    " const all = [...this.options];"
    " const i = value !== null ? all.findIndex(o => o.value === value)"
    "  : label !== null ? all.findIndex(o => o.label.trim() === label.trim()) : index;"
    " if (!all[i]) return {error: 'has no such option; it has ' + all.slice(0, 20).map(o => JSON.stringify(o.label)).join(', ')};"
    " if (all[i].matches(':disabled')) return {error: 'has that option disabled'};"
    " this.focus(); this.selectedIndex = i;"
    " this.dispatchEvent(new Event('input', {bubbles: true, composed: true}));"
    " this.dispatchEvent(new Event('change', {bubbles: true}));"
    " return {value: all[i].value, label: all[i].label, index: i}; }";

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct select_params *p = params;
	cJSON *args = json_arr(), *value = NULL;
	struct cdp_element el;
	int rc = act_find(r, p->css, NEED_ENABLED, dl, &el, NULL, NULL, err);

	if (rc != 0) {
		cJSON_Delete(args);
		return rc;
	}
	json_push(args, p->value ? cJSON_CreateString(p->value) : cJSON_CreateNull());
	json_push(args, p->label ? cJSON_CreateString(p->label) : cJSON_CreateNull());
	json_push(args, cJSON_CreateNumber((double)p->index));
	rc = cdp_dom_call(r->env->page, &el, select_js, args, dl, &value, err);
	cdp_dom_release(r->env->page, &el);
	if (rc == 0 && json_str(value, "error"))
		rc = err_set(err, ERR_ACTION_FAILED, "\"%s\" %s", p->css, json_str(value, "error"));
	if (rc == 0)
		*result = steal_ptr(value);
	cJSON_Delete(value);
	return rc;
}

const struct action_type act_select = {
    .name = "select",
    .doc =
	"Choose an option of a `<select>`, once that is not disabled, by its value, text or position; `input` and `change` follow as after a person's choice.",
    .example = "{\"type\": \"select\", \"css\": \"#country\", \"label\": \"Norway\"}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
