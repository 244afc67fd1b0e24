// SPDX-License-Identifier: Apache-2.0
// scroll: with the real wheel in steps, or to a place.
#include "actions/actions_priv.h"

struct scroll_params {
	int64_t steps, step_px, delay_ms;
	bool smooth;
	const char *to, *until;
};

static const struct param rows[] = {
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
	    "`bottom` (the page's end is reached and grows no more) or a selector: stop scrolling when it is there"},
};

static int
check(void *obj, const char *path, struct err *err)
{
	const struct scroll_params *p = obj;

	if (p->to && p->until)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected only one of to, until");
	return 0;
}

static const struct param_table table = {.name = "scroll_params",
    .size = sizeof(struct scroll_params),
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
    .check = check};

static int
scroll_to(struct action_run *r, const struct scroll_params *p, struct deadline dl, struct err *err)
{
	static const char into_view[] = "function () { this.scrollIntoView({block: 'center'}) }";
	static const char to_end[] =
	    "end => scrollTo(0, end ? document.documentElement.scrollHeight : 0)";
	bool top = strcmp(p->to, "top") == 0;
	struct cdp_element el;
	int rc;

	if (top || strcmp(p->to, "bottom") == 0) {
		cJSON *args = json_arr();

		json_push(args, cJSON_CreateBool(!top));
		return cdp_page_call(
		    r->env->page, WORLD_ISOLATED, to_end, args, r->env->script_ms, dl, NULL, err);
	}
	rc = act_attached(r, p->to, dl, &el, err);
	if (rc != 0)
		return rc;
	rc = cdp_dom_call(r->env->page, &el, into_view, NULL, dl, NULL, err);
	cdp_dom_release(r->env->page, &el);
	return rc;
}

// Where the page stands: the middle of the viewport, and the scroll state.
struct place {
	double x, y, top, height;
};

static int
look(struct action_run *r, struct deadline dl, struct place *out, struct err *err)
{
	static const char js[] =
	    "[innerWidth / 2, innerHeight / 2, scrollY, document.documentElement.scrollHeight]";
	cJSON *v = NULL;
	int rc = cdp_page_eval(r->env->page, WORLD_ISOLATED, js, r->env->script_ms, dl, &v, err);

	if (rc == 0 && cJSON_GetArraySize(v) == 4)
		*out = (struct place){cJSON_GetArrayItem(v, 0)->valuedouble,
		    cJSON_GetArrayItem(v, 1)->valuedouble, cJSON_GetArrayItem(v, 2)->valuedouble,
		    cJSON_GetArrayItem(v, 3)->valuedouble};
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

// Has the condition of `until` come? `before` and `now` are around the last step.
static int
reached(struct action_run *r, const struct scroll_params *p, const struct place *before,
    const struct place *now, struct deadline dl, struct err *err)
{
	if (!p->until)
		return 0;
	if (strcmp(p->until, "bottom") == 0)
		return before->top == now->top && before->height == now->height;
	return act_matches(r, p->until, dl, err);
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
		rc = look(r, dl, &now, err);
	for (; rc == 0 && !p->to && done < p->steps && !stop; done++) {
		before = now;
		rc = turn(r, p, &before, dl, err);
		if (rc == 0)
			rc = act_pause(r, p->delay_ms, dl, err);
		if (rc == 0)
			rc = look(r, dl, &now, err);
		if (rc == 0)
			rc = MIN(stop = reached(r, p, &before, &now, dl, err), 0);
		if (rc == 0 && deadline_passed(dl))
			rc = err_set(err, ERR_TIMEOUT, NULL);
	}
	if (rc == 0)
		rc = look(r, dl, &now, err);
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
	"Scroll with the real wheel at the middle of the viewport, or to a place at once. Endless pages are bounded by `steps`.",
    .example =
	"{\"type\": \"scroll\", \"steps\": 20, \"step_px\": 1000, \"delay_ms\": 200, \"until\": \"bottom\"}",
    .limit = LIMIT_JOB,
    .params = &table,
    .run = run,
};
