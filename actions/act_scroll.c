// SPDX-License-Identifier: Apache-2.0
// scroll: with the real wheel in steps, or to a place.
#include "actions/actions_priv.h"

#define IDLE_MS 100
#define MORE_MS 3000 // at each end that may not be the last

struct scroll_params {
	int64_t steps, step_px, delay_ms;
	bool smooth;
	const char *css, *to, *until;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.offset = offsetof(struct scroll_params, css),
	.min = 1,
	.max = 4096,
	.doc =
	    "The wheel turns over this element, such as a list that scrolls by itself; `top` and `bottom` are its own"},
    {.name = "steps",
	.type = PARAM_INT,
	.offset = offsetof(struct scroll_params, steps),
	.min = 1,
	.max = 500,
	.def = "1",
	.doc = "How many turns of the wheel at most"},
    {.name = "step_px",
	.type = PARAM_INT,
	.offset = offsetof(struct scroll_params, step_px),
	.min = -20000,
	.max = 20000,
	.def = "800",
	.doc = "Pixels a step; negative scrolls up"},
    {.name = "delay_ms",
	.type = PARAM_INT,
	.offset = offsetof(struct scroll_params, delay_ms),
	.min = 0,
	.max = 60000,
	.def = "100",
	.doc = "Pause after each step, in ms, for what loads on scrolling"},
    {.name = "smooth",
	.type = PARAM_BOOL,
	.offset = offsetof(struct scroll_params, smooth),
	.def = "false",
	.doc = "Each step in ten small turns"},
    {.name = "to",
	.type = PARAM_STRING,
	.offset = offsetof(struct scroll_params, to),
	.min = 1,
	.max = 4096,
	.doc = "`top`, `bottom`, or a selector to scroll into view, instead of steps"},
    {.name = "until",
	.type = PARAM_STRING,
	.offset = offsetof(struct scroll_params, until),
	.min = 1,
	.max = 4096,
	.doc =
	    "`bottom` (the end is reached, nothing is loading and it grows no more) or a selector: stop scrolling when it is there"},
};

static int
check(void *obj, const char *path, struct err *err)
{
	const struct scroll_params *p = obj;

	if (p->to && p->until)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected only one of to, until");
	if (p->css && p->to && strcmp(p->to, "top") != 0 && strcmp(p->to, "bottom") != 0)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "css goes with steps, or with `to`: \"top\" or \"bottom\"");
	return 0;
}

static const struct param_table table = {.name = "scroll_params",
    .size = sizeof(struct scroll_params),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .check = check};

// The element that scrolls when the wheel turns over this one, else the page. One that was drawn
// anew since it was found is none any more: null is returned for it. The names of a form's fields
// shadow its properties: these are read past them.
#define SCROLLER                                                                                   \
	"const get = (of, name, n) => Object.getOwnPropertyDescriptor(of.prototype, name)"         \
	".get.call(n), height = n => get(Element, 'scrollHeight', n), doc = get(Node, "            \
	"'ownerDocument', this); if (!get(Node, 'isConnected', this)) return null; "               \
	"let e = this; while (e && (height(e) <= get(Element, "                                    \
	"'clientHeight', e) + 1 || /^(visible|clip|hidden)$/.test(getComputedStyle(e)"             \
	".overflowY))) e = get(Node, 'parentElement', e); e = e || get(Document, "                 \
	"'scrollingElement', doc) || get(Document, 'documentElement', doc); "

static int
scroll_into_view(struct action_run *r, const char *css, struct deadline dl, struct err *err)
{
	static const char into_view[] = "function () { this.scrollIntoView({block: 'center'}) }";
	struct cdp_element el;
	int rc = act_attached(r, css, dl, &el, err);

	if (rc != 0)
		return rc;
	rc = cdp_dom_call(r->env->page, &el, into_view, NULL, dl, NULL, err);
	cdp_dom_release(r->env->page, &el);
	return rc;
}

static int
scroll_to(struct action_run *r, const struct scroll_params *p, struct deadline dl, struct err *err)
{
	static const char to_end[] =
	    "function (end) { " SCROLLER
	    "Element.prototype.scrollTo.call(e, {top: end ? height(e) : 0, behavior: 'instant'}); return true }";
	bool top = strcmp(p->to, "top") == 0, done = false;
	int rc = 0;

	if (!top && strcmp(p->to, "bottom") != 0)
		return scroll_into_view(r, p->to, dl, err);
	while (rc == 0 && !done) {
		struct cdp_element el;
		cJSON *args = json_arr(), *v = NULL;

		json_push(args, cJSON_CreateBool(!top));
		rc = act_attached(r, p->css ? p->css : ":root", dl, &el, err);
		if (rc != 0) {
			cJSON_Delete(args);
			return rc;
		}
		rc = cdp_dom_call(r->env->page, &el, to_end, args, dl, &v, err);
		cdp_dom_release(r->env->page, &el);
		done = cJSON_IsTrue(v);
		cJSON_Delete(v);
	}
	return rc;
}

// Where the wheel turns, and how far what it scrolls has come.
struct place {
	double x, y, top, height;
};

static void
read_place(const cJSON *v, struct place *out)
{
	if (cJSON_GetArraySize(v) == 4)
		*out = (struct place){cJSON_GetArrayItem(v, 0)->valuedouble,
		    cJSON_GetArrayItem(v, 1)->valuedouble, cJSON_GetArrayItem(v, 2)->valuedouble,
		    cJSON_GetArrayItem(v, 3)->valuedouble};
}

// Of an element that may be drawn anew as it scrolls: it is looked for each time. Scrolled in, and
// its point found, only before the first turn: that would take back what was scrolled.
static int
look_once(struct action_run *r, const struct scroll_params *p, struct deadline dl,
    struct place *out, bool *gone, struct err *err)
{
	static const char js[] =
	    "function () { " SCROLLER "return [0, 0, get(Element, 'scrollTop', e), height(e)] }";
	struct place now = {0};
	struct cdp_element el;
	cJSON *v = NULL;
	int rc = p->to || out->x > 0 || out->y > 0
		     ? act_attached(r, p->css, dl, &el, err)
		     : act_find(r, p->css, NEED_POINT, dl, &el, &out->x, &out->y, err);

	if (rc != 0)
		return rc;
	rc = cdp_dom_call(r->env->page, &el, js, NULL, dl, &v, err);
	cdp_dom_release(r->env->page, &el);
	*gone = cJSON_IsNull(v);
	if (rc == 0 && !*gone) {
		read_place(v, &now);
		out->top = now.top;
		out->height = now.height;
	}
	cJSON_Delete(v);
	return rc;
}

static int
look_at(struct action_run *r, const struct scroll_params *p, struct deadline dl, struct place *out,
    struct err *err)
{
	bool gone = true;
	int rc = 0;

	while (rc == 0 && gone)
		rc = look_once(r, p, dl, out, &gone, err);
	return rc;
}

static int
look(struct action_run *r, const struct scroll_params *p, struct deadline dl, struct place *out,
    struct err *err)
{
	static const char js[] =
	    "[innerWidth / 2, innerHeight / 2, scrollY, document.documentElement.scrollHeight]";
	cJSON *v = NULL;
	int rc;

	if (p->css)
		return look_at(r, p, dl, out, err);
	rc = cdp_page_eval(r->env->page, WORLD_ISOLATED, js, r->env->script_ms, dl, &v, err);
	if (rc == 0)
		read_place(v, out);
	cJSON_Delete(v);
	return rc;
}

static int
turn(struct action_run *r, const struct scroll_params *p, const struct place *at,
    struct deadline dl, struct err *err)
{
	int parts = p->smooth ? 10 : 1, rc = 0;

	for (int i = 0; i < parts && rc == 0; i++) {
		rc = cdp_input_wheel(
		    r->env->page, at->x, at->y, 0, (double)p->step_px / parts, dl, err);
		if (rc == 0 && p->smooth)
			rc = act_pause(r, 16, dl, err);
	}
	return rc;
}

static bool
same(const struct place *a, const struct place *b)
{
	return a->top == b->top && a->height == b->height;
}

// At what looks like the end, what is still loading may make it longer.
static int
await_more(struct action_run *r, struct deadline dl, struct err *err)
{
	struct cdp_wait_opts w = {
	    .until = WAIT_NETWORK_IDLE, .network_quiet_ms = IDLE_MS, .idle_after_dcl_ms = MORE_MS};
	struct cdp_nav nav = {0};
	int rc = cdp_page_wait(r->env->page, &w, deadline_step(dl, MORE_MS), &nav, err);

	cdp_nav_done(&nav);
	return rc == ERR_TIMEOUT ? 0 : rc;
}

// Has the condition of `until` come? `before` and `now` are around the last step.
static int
reached(struct action_run *r, const struct scroll_params *p, const struct place *before,
    struct place *now, struct deadline dl, struct err *err)
{
	int rc;

	if (!p->until)
		return 0;
	if (strcmp(p->until, "bottom") != 0)
		return act_matches(r, p->until, dl, err);
	if (!same(before, now))
		return 0;
	rc = await_more(r, dl, err);
	if (rc == 0)
		rc = look(r, p, dl, now, err);
	return rc ? rc : same(before, now);
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct scroll_params *p = params;
	struct place before = {0}, now = {0};
	int64_t done = 0;
	int rc, stop = 0;

	if (p->to)
		rc = scroll_to(r, p, dl, err);
	else
		rc = look(r, p, dl, &now, err);
	for (; rc == 0 && !p->to && done < p->steps && !stop; done++) {
		before = now;
		rc = turn(r, p, &before, dl, err);
		if (rc == 0)
			rc = act_pause(r, p->delay_ms, dl, err);
		if (rc == 0)
			rc = look(r, p, dl, &now, err);
		if (rc == 0)
			rc = MIN(stop = reached(r, p, &before, &now, dl, err), 0);
		if (rc == 0 && deadline_passed(dl))
			rc = err_set(err, ERR_TIMEOUT, NULL);
	}
	if (rc == 0)
		rc = look(r, p, dl, &now, err);
	if (rc != 0)
		return rc;
	*result = json_obj();
	json_set_int(*result, "steps", done);
	json_set_num(*result, "scroll_y", now.top);
	if (p->until)
		json_set_bool(*result, "reached", stop > 0);
	return 0;
}

const struct action_type act_scroll = {
    .name = "scroll",
    .doc =
	"Scroll with the real wheel at the middle of the viewport or over an element, or to a place at once. Endless pages are bounded by `steps`.",
    .example =
	"{\"type\": \"scroll\", \"steps\": 20, \"step_px\": 1000, \"delay_ms\": 200, \"until\": \"bottom\"}",
    .limit = LIMIT_JOB,
    .params = &table,
    .run = run,
};
