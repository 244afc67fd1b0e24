// SPDX-License-Identifier: Apache-2.0
// click: a real mouse click at an element's visible point.
#include "actions/actions_priv.h"

#define CLICK_ALL_MAX 200

struct click_params {
	const char *css;
	int button;
	int64_t count;
	bool wait_for_navigation, all;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct click_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector; `>>>` pierces shadow roots and frames"},
    {.name = "button",
	.type = PARAM_ENUM,
	.offset = offsetof(struct click_params, button),
	.names = cdp_button_names,
	.def = "\"left\"",
	.doc = "Mouse button"},
    {.name = "count",
	.type = PARAM_INT,
	.offset = offsetof(struct click_params, count),
	.min = 1,
	.max = 3,
	.def = "1",
	.doc = "2 is a double click"},
    {.name = "all",
	.type = PARAM_BOOL,
	.offset = offsetof(struct click_params, all),
	.def = "false",
	.doc =
	    "Click every match (up to 200) that can be seen and is not disabled, in document order"},
    {.name = "wait_for_navigation",
	.type = PARAM_BOOL,
	.offset = offsetof(struct click_params, wait_for_navigation),
	.def = "false",
	.doc = "Then wait for the navigation that the click starts, as `wait_until` says"},
};
ACT_TABLE(table, click_params, rows);

static int
nothing_clicked(const struct click_params *p, int why, struct err *err)
{
	const char *text = why == ERR_ELEMENT_NOT_FOUND  ? "no element matches"
			   : why == ERR_ELEMENT_DISABLED ? "all to be seen is disabled of"
							 : "nothing to be seen of";

	return err_set(err, why, "%s \"%s\"", text, p->css);
}

static int
click_all(struct action_run *r, const struct click_params *p, struct deadline dl, cJSON **result,
    struct err *err)
{
	struct cdp_element els[CLICK_ALL_MAX];
	int n = cdp_dom_query_all(r->env->page, p->css, els, CLICK_ALL_MAX, dl, err),
	    rc = MIN(n, 0);
	int64_t clicked = 0;
	int why = n > 0 ? ERR_ELEMENT_NOT_VISIBLE : ERR_ELEMENT_NOT_FOUND;

	for (int i = 0; i < n; i++) {
		double x, y;

		if (rc == 0)
			rc = cdp_dom_point(r->env->page, &els[i], dl, &x, &y, err);
		if (rc == 0)
			rc = cdp_dom_enabled(r->env->page, &els[i], dl, err);
		if (rc == 0) {
			rc = cdp_input_click(
			    r->env->page, x, y, (enum cdp_button)p->button, (int)p->count, dl, err);
			clicked += rc == 0;
		} else if (act_may_come(rc)) {
			why = rc == ERR_ELEMENT_DISABLED ? rc : why;
			rc = 0; // hidden, disabled, or removed by an earlier click
		}
		cdp_dom_release(r->env->page, &els[i]);
	}
	if (rc != 0)
		return rc;
	if (clicked == 0)
		return nothing_clicked(p, why, err);
	*result = json_obj();
	json_set_int(*result, "clicked", clicked);
	return 0;
}

static int
click_one(struct action_run *r, const struct click_params *p, struct deadline dl, struct err *err)
{
	struct cdp_element el;
	double x, y;
	int rc = act_find(r, p->css, NEED_POINT | NEED_ENABLED, dl, &el, &x, &y, err);

	if (rc != 0)
		return rc;
	rc =
	    cdp_input_click(r->env->page, x, y, (enum cdp_button)p->button, (int)p->count, dl, err);
	cdp_dom_release(r->env->page, &el);
	return rc;
}

static uint32_t
popups(const struct action_run *r)
{
	struct cdp_counters n;

	cdp_session_counters(cdp_page_session(r->env->page), &n);
	return n.popups;
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct click_params *p = params;
	uint32_t commits = cdp_page_commits(r->env->page), before = popups(r);
	struct cdp_nav nav = {0};
	int rc = p->all ? click_all(r, p, dl, result, err) : click_one(r, p, dl, err);

	if (rc != 0 || !p->wait_for_navigation)
		return rc;
	rc = cdp_page_wait_navigation(r->env->page, commits, &r->env->wait, dl, &nav, err);
	if (rc == 0 && !*result)
		*result = act_nav_result(&nav);
	if (rc == ERR_NAVIGATION_TIMEOUT && popups(r) > before)
		rc = err_set(err, rc,
		    "no navigation came: the click opens a window, which is refused; `goto` its "
		    "address");
	cdp_nav_done(&nav);
	return rc;
}

const struct action_type act_click = {
    .name = "click",
    .doc =
	"Click an element: it is waited for until it can be seen and is not disabled, scrolled in, and clicked with the real mouse at a visible point of it. A link that opens a window (`target=_blank`) opens none: `goto` its address.",
    .example = "{\"type\": \"click\", \"css\": \"button.more\", \"timeout_ms\": 5000}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
