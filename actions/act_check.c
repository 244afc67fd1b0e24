// SPDX-License-Identifier: Apache-2.0
// check: bring a check box or radio button into a state, by a real click if it is not in it.
#include "actions/actions_priv.h"

struct check_params {
	const char *css;
	bool checked;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct check_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector of the check box, radio button, switch or its label"},
    {.name = "checked",
	.type = PARAM_BOOL,
	.offset = offsetof(struct check_params, checked),
	.def = "true",
	.doc = "The state wanted"},
};
ACT_TABLE(table, check_params, rows);

static const char state_js[] = "function () { const el = this.control || this;"
			       " if ('checked' in el) return el.checked;"
			       " const aria = el.getAttribute('aria-checked');"
			       " return aria === null ? null : aria === 'true'; }";

// 1 checked, 0 not, or a negative code.
static int
state(struct action_run *r, const struct cdp_element *el, const char *css, struct deadline dl,
    struct err *err)
{
	cJSON *value = NULL;
	int rc = cdp_dom_call(r->env->page, el, state_js, NULL, dl, &value, err);

	if (rc == 0 && !cJSON_IsBool(value))
		rc = err_set(
		    err, ERR_ACTION_FAILED, "\"%s\" is no check box, radio button or switch", css);
	else if (rc == 0)
		rc = cJSON_IsTrue(value) ? 1 : 0;
	cJSON_Delete(value);
	return rc;
}

static int
flip(struct action_run *r, const struct check_params *p, struct deadline dl, struct err *err)
{
	struct cdp_element el;
	double x, y;
	int rc = act_find(r, p->css, NEED_POINT | NEED_ENABLED, dl, &el, &x, &y, err);

	if (rc != 0)
		return rc;
	rc = state(r, &el, p->css, dl, err);
	if (rc >= 0 && rc != p->checked) { // the page may have done it while it was waited for
		rc = cdp_input_click(r->env->page, x, y, BUTTON_LEFT, 1, dl, err);
		rc = rc == 0 ? state(r, &el, p->css, dl, err) : rc;
	}
	cdp_dom_release(r->env->page, &el);
	if (rc >= 0 && rc != p->checked)
		return err_set(err, ERR_ACTION_FAILED, "the click did not change \"%s\"", p->css);
	return MIN(rc, 0);
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct check_params *p = params;
	struct cdp_element el;
	int rc = act_attached(r, p->css, dl, &el, err), was;

	if (rc != 0)
		return rc;
	was = rc = state(r, &el, p->css, dl, err);
	cdp_dom_release(r->env->page, &el);
	if (rc >= 0)
		rc = was == p->checked ? 0 : flip(r, p, dl, err);
	if (rc != 0)
		return rc;
	*result = json_obj();
	json_set_bool(*result, "changed", was != p->checked);
	return 0;
}

const struct action_type act_check = {
    .name = "check",
    .doc =
	"Check or uncheck a box, radio button or switch, when it can be seen and is not disabled; nothing happens if it is in the state already.",
    .example = "{\"type\": \"check\", \"css\": \"#terms\", \"checked\": true}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
