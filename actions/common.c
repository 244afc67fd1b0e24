// SPDX-License-Identifier: Apache-2.0
// What several actions share: pausing, finding an element to act on, asking the page. Job thread.
#include "actions/actions_priv.h"

#define RETRY_MS                                                                                   \
	50 // between looks at an element that can't be acted on yet; events are handled meanwhile

static bool
never(void *arg UNUSED)
{
	return false;
}

int
act_pause(struct action_run *r, int64_t ms, struct deadline dl, struct err *err)
{
	struct deadline until = deadline_step(dl, ms);
	struct err e = ERR_INIT;
	int rc = cdp_wait_until(
	    cdp_page_client(r->env->page), cdp_page_session(r->env->page), never, NULL, until, &e);

	if (rc == ERR_TIMEOUT)
		return 0;
	*err = e;
	return rc;
}

int
act_attached(struct action_run *r, const char *css, struct deadline dl, struct cdp_element *el,
    struct err *err)
{
	int rc = cdp_dom_wait(r->env->page, css, DOM_ATTACHED, dl, el, err);

	if (rc == ERR_ACTION_TIMEOUT || rc == ERR_TIMEOUT)
		return err_set(err, ERR_ELEMENT_NOT_FOUND, "no element matches \"%s\"", css);
	return rc;
}

// One look: the element, enabled, at rest, with a point to be hit. Keeps nothing on failure.
static int
find_once(struct action_run *r, const char *css, unsigned need, struct deadline dl,
    struct cdp_element *el, double *x, double *y, struct err *err)
{
	int rc = act_attached(r, css, dl, el, err);

	if (rc != 0)
		return rc;
	if (need & NEED_POINT)
		rc = cdp_dom_point(r->env->page, el, dl, x, y, err);
	if (rc == 0 && need & NEED_ENABLED)
		rc = cdp_dom_enabled(r->env->page, el, dl, err);
	if (rc != 0)
		cdp_dom_release(r->env->page, el);
	return rc;
}

bool
act_may_come(int rc)
{
	return rc == ERR_ELEMENT_NOT_VISIBLE || rc == ERR_ELEMENT_NOT_FOUND ||
	       rc == ERR_ELEMENT_DISABLED;
}

int
act_find(struct action_run *r, const char *css, unsigned need, struct deadline dl,
    struct cdp_element *el, double *x, double *y, struct err *err)
{
	struct err seen = ERR_INIT; // why the look before this one failed: better than "timeout"

	for (;;) {
		struct err e = ERR_INIT;
		int rc = find_once(r, css, need, dl, el, x, y, &e);

		if (rc == 0)
			return 0;
		if (seen.code && (rc == ERR_TIMEOUT || deadline_passed(dl)))
			e = seen;
		*err = e;
		if (!act_may_come(rc) || deadline_left_ms(dl) <= RETRY_MS)
			return e.code ? e.code : rc;
		seen = e;
		rc = act_pause(r, RETRY_MS, dl, err);
		if (rc != 0)
			return rc;
	}
}

cJSON *
act_nav_result(const struct cdp_nav *nav)
{
	cJSON *o = json_obj();

	json_set_sv(o, "url", buf_view(&nav->final_url));
	if (nav->http_status)
		json_set_int(o, "http_status", nav->http_status);
	json_set_bool(o, "settled", nav->settled);
	return o;
}

int
act_matches(struct action_run *r, const char *css, struct deadline dl, struct err *err)
{
	struct cdp_element el;
	int n = cdp_dom_query_all(r->env->page, css, &el, 1, dl, err);

	if (n > 0)
		cdp_dom_release(r->env->page, &el);
	return n;
}

// "() => …", "async x => …", "function () …": what other tools wait for. A function that the page
// has is only a true value: `window.jQuery`.
bool
act_is_function(const char *expr)
{
	const char *arrow = strstr(expr, "=>");

	expr += strspn(expr, " \t\r\n");
	if (strncmp(expr, "async", 5) == 0)
		expr += 5 + strspn(expr + 5, " \t\r\n");
	return strncmp(expr, "function", 8) == 0 ||
	       (arrow && strspn(expr, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_$ \t\r\n(),{}") >= (size_t)(arrow - expr));
}

int
act_truth(struct action_run *r, const char *expr, struct deadline dl, struct err *err)
{
	struct cdp_code code = {"Promise.resolve((() => (", expr,
	    act_is_function(expr)
		? "))()).then(v => typeof v === 'function' ? v() : v).then(Boolean)"
		: "))()).then(Boolean)"};
	cJSON *value = NULL;
	int rc = cdp_page_eval_code(r->env->page, &code, r->env->script_ms, dl, &value, err);

	if (rc != 0)
		return rc;
	rc = cJSON_IsTrue(value) ? 1 : 0;
	cJSON_Delete(value);
	return rc;
}
