// SPDX-License-Identifier: Apache-2.0
// type: text into a field, by real key events where it takes keys.
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

// Fields without a text cursor (a date's parts are typed in the order of the browser's language)
// get their value whole, in the form that HTML defines for them. Runs in a world of its own: a
// page's changed `value` is not ours. Null: type keys.
static const char field_js[] =
    "function (text) {"
    " const field = this.control || this;"
    " if (field.localName !== 'input' && field.localName !== 'textarea') return null;"
    " if (field.readOnly) return {error: 'is read-only'};"
    " const forms = {date: '2026-12-31', time: '23:59', 'datetime-local': '2026-12-31T23:59',"
    "  month: '2026-12', week: '2026-W53', color: '#1a2b3c', range: '50'};"
    " const form = field.localName === 'input' && forms[field.type];"
    " if (!form) return null;"
    " const was = field.value;"
    " field.focus(); field.value = text;"
    " const took = {color: field.value === text.toLowerCase(), range: +field.value === +text};"
    " if (!(took[field.type] ?? (field.value !== '' || text === ''))) {"
    "  field.value = was;"
    "  return {error: `is of type ${field.type} and takes values like ${form} within its limits`}; }"
    " field.dispatchEvent(new Event('input', {bubbles: true, composed: true}));"
    " field.dispatchEvent(new Event('change', {bubbles: true}));"
    " return {}; }";

// 1 when the field has its value now, 0 when it takes keys.
static int
set_whole(struct action_run *r, const struct type_params *p, const struct cdp_element *el,
    struct deadline dl, struct err *err)
{
	cJSON *args = json_arr(), *value = NULL;
	int rc;

	json_push(args, cJSON_CreateString(p->text));
	rc = cdp_dom_call(r->env->page, el, field_js, args, dl, &value, err);
	if (rc == 0 && json_str(value, "error"))
		rc = err_set(err, ERR_ACTION_FAILED, "\"%s\" %s", p->css, json_str(value, "error"));
	else if (rc == 0)
		rc = cJSON_IsObject(value);
	cJSON_Delete(value);
	return rc;
}

static int
type_keys(struct cdp_page *page, const struct type_params *p, struct deadline dl, struct err *err)
{
	int rc = 0;

	if (p->clear_first)
		rc = cdp_input_press(page, "Control+A", dl, err);
	if (rc == 0 && p->clear_first)
		rc = cdp_input_press(page, "Delete", dl, err);
	return rc == 0 ? cdp_input_type(page, p->text, p->delay_ms, dl, err) : rc;
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct type_params *p = params;
	struct cdp_page *page = r->env->page;
	struct cdp_element el;
	double x, y;
	int rc = act_find(r, p->css, NEED_POINT | NEED_ENABLED, dl, &el, &x, &y, err), whole;

	if (rc != 0)
		return rc;
	whole = rc = set_whole(r, p, &el, dl, err);
	if (rc == 0)
		rc = cdp_input_click(page, x, y, BUTTON_LEFT, 1, dl, err);
	if (rc == 0)
		rc = cdp_dom_focus(page, &el, dl, err); // a label's click may focus something else
	cdp_dom_release(page, &el);
	if (whole != 0)
		return MIN(whole, 0);
	return rc == 0 ? type_keys(page, p, dl, err) : rc;
}

const struct action_type act_type = {
    .name = "type",
    .doc =
	"Type text into a field that can be seen and is not disabled, with real key events; line feeds are the Enter key. Dates, times, colours and ranges "
	"get their value whole (`2026-12-31`, `23:59`, `#1a2b3c`).",
    .example =
	"{\"type\": \"type\", \"css\": \"#search\", \"text\": \"tides\", \"clear_first\": true}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
