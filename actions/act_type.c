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
// page's changed `value` is not ours. What takes no text names its action. {whole}: it has its
// value; {number}, {limited}: type keys, and look what became of them; null: type keys.
static const char field_js[] =
    "function (text) {"
    " const field = this.control || this;"
    " if (field.localName === 'select') return {error: 'is a <select>, which takes no text: use `select`'};"
    " if (field.localName !== 'input' && field.localName !== 'textarea') return null;"
    " const others = {checkbox: 'check', radio: 'check', file: 'upload', submit: 'click',"
    "  button: 'click', reset: 'click', image: 'click'};"
    " if (field.localName === 'input' && others[field.type])"
    "  return {error: `is of type ${field.type}, which takes no text: use \\`${others[field.type]}\\``};"
    " if (field.readOnly) return {error: 'is read-only'};"
    " const forms = {date: '2026-12-31', time: '23:59', 'datetime-local': '2026-12-31T23:59',"
    "  month: '2026-12', week: '2026-W53', color: '#1a2b3c', range: '50'};"
    " const form = field.localName === 'input' && forms[field.type];"
    " if (!form && field.type === 'number') return {number: true};"
    " if (!form) return field.maxLength >= 0 ? {limited: true, had: field.value.length} : null;"
    " const was = field.value;"
    " field.focus(); field.value = text;"
    " const took = {color: field.value === text.toLowerCase(), range: +field.value === +text};"
    " if (!(took[field.type] ?? (field.value !== '' || text === ''))) {"
    "  field.value = was;"
    "  return {error: `is of type ${field.type} and takes values like ${form} within its limits`}; }"
    " field.dispatchEvent(new Event('input', {bubbles: true, composed: true}));"
    " field.dispatchEvent(new Event('change', {bubbles: true}));"
    " return {whole: true}; }";

// A label's click may focus something else. What lies in an editable element has no focus of its
// own: the click has put the cursor there.
static const char focus_js[] =
    "function () {"
    " const field = this.control || this;"
    " const active = () => field.getRootNode().activeElement === field;"
    " let has = active() || field.isContentEditable;"
    " field.addEventListener('focus', () => { has = true; }, {once: true});"
    " field.focus();"
    " return has || active() ? null : {error: 'takes no text: it can\\'t have the focus'}; }";

// Such a field leaves out keys that make no number; not so much is lost when these group its
// digits.
static const char number_js[] =
    "function (text) {"
    " const {value} = this.control || this, digits = s => s.replace(/\\D/g, '');"
    " const grouped = /^[-+]?\\d{1,3}([,.' ]\\d{3})+$/.test(text.trim()) && digits(text) === digits(value);"
    " if (!text.trim() || grouped || (value !== '' && !isNaN(text.replace(',', '.')))) return null;"
    " return {error: `is of type number and takes values like 12.5; it has \"${value}\" now`}; }";

// A field of limited length leaves out the keys that are too many. Where the focus is elsewhere by
// now, the page has seen to the rest itself: codes of six digits have six fields.
static const char limited_js[] =
    "function (text, had) {"
    " const field = this.control || this, {value, maxLength} = field, count = s => [...s].length;"
    " if (field.localName === 'input') text = text.replace(/[\\r\\n]/g, '');"
    " if (field.getRootNode().activeElement !== field || value.length < maxLength - 1) return null;"
    " const has = n => n <= text.length && value.toLowerCase().includes(text.slice(0, n).toLowerCase());"
    " let took = Math.max(0, value.length - had);"
    " if (took >= text.length || !has(took)) return null;"
    " while (has(took + 1)) took++;"
    " return took === text.length ? null :"
    "  {error: `takes at most ${maxLength} characters (maxlength): it took ${count(text.slice(0, took))} of ${count(text)}`}; }";

static int
ask_field(struct action_run *r, const struct type_params *p, const struct cdp_element *el,
    const char *js, int64_t had, struct deadline dl, cJSON **out, struct err *err)
{
	cJSON *args = json_arr();
	int rc;

	json_push(args, cJSON_CreateString(p->text));
	json_push(args, cJSON_CreateNumber((double)had));
	rc = cdp_dom_call(r->env->page, el, js, args, dl, out, err);
	if (rc == 0 && json_str(*out, "error"))
		rc = err_set(err, ERR_ACTION_FAILED, "\"%s\" %s", p->css, json_str(*out, "error"));
	return rc;
}

// What did it take, if that is to be asked of `field`? The page may be another one by now, and no
// matter.
static int
check_taken(struct action_run *r, const struct type_params *p, const struct cdp_element *el,
    const cJSON *field, struct deadline dl, struct err *err)
{
	bool number = json_bool(field, "number", false);
	struct err own = ERR_INIT;
	cJSON *said = NULL;
	int rc;

	if (!number && !json_bool(field, "limited", false))
		return 0;
	rc = ask_field(r, p, el, number ? number_js : limited_js,
	    p->clear_first ? 0 : json_int(field, "had", 0), dl, &said, &own);
	cJSON_Delete(said);
	if (rc != ERR_ACTION_FAILED)
		return 0;
	*err = own;
	return rc;
}

static int
press_keys(struct cdp_page *page, const struct type_params *p, struct deadline dl, struct err *err)
{
	int rc = 0;

	if (p->clear_first)
		rc = cdp_input_press(page, "Control+A", dl, err);
	if (rc == 0 && p->clear_first)
		rc = cdp_input_press(page, "Delete", dl, err);
	return rc == 0 ? cdp_input_type(page, p->text, p->delay_ms, dl, err) : rc;
}

static int
type_keys(struct action_run *r, const struct type_params *p, const struct cdp_element *el, double x,
    double y, struct deadline dl, struct err *err)
{
	int rc = cdp_input_click(r->env->page, x, y, BUTTON_LEFT, 1, dl, err);
	cJSON *said = NULL;

	if (rc == 0)
		rc = ask_field(r, p, el, focus_js, 0, dl, &said, err);
	cJSON_Delete(said);
	return rc == 0 ? press_keys(r->env->page, p, dl, err) : rc;
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct type_params *p = params;
	cJSON *field = NULL;
	struct cdp_element el;
	double x, y;
	int rc = act_find(r, p->css, NEED_POINT | NEED_ENABLED, dl, &el, &x, &y, err);

	if (rc != 0)
		return rc;
	rc = ask_field(r, p, &el, field_js, 0, dl, &field, err);
	if (rc == 0 && !json_bool(field, "whole", false))
		rc = type_keys(r, p, &el, x, y, dl, err);
	if (rc == 0)
		rc = check_taken(r, p, &el, field, dl, err);
	cJSON_Delete(field);
	cdp_dom_release(r->env->page, &el);
	return rc;
}

const struct action_type act_type = {
    .name = "type",
    .doc =
	"Type text into a field that can be seen and is not disabled, with real key events; line feeds are the Enter key. Dates, times, colours and ranges "
	"get their value whole (`2026-12-31`, `23:59`, `#1a2b3c`). What takes no text fails the step: `check`, `select`, `upload` and `click` are for those. So does what takes only a part of the text: "
	"a number's field, or one whose `maxlength` is less; the error says what it took.",
    .example =
	"{\"type\": \"type\", \"css\": \"#search\", \"text\": \"tides\", \"clear_first\": true}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
