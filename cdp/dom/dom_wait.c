// SPDX-License-Identifier: Apache-2.0
// Waiting for an element's state: observers in the page, in slices, so that closed roots, frames of
// other processes and documents that come later are looked at as well. Job threads only.
#include "cdp/dom/dom_priv.h"

#include <stdio.h>

#define SLICE_MS    500
#define FIRST_MS    20  // what is farther away may be there already
#define SLICE_GRACE 300 // for a busy page to answer past the slice

const char *const cdp_dom_state_names[] = {"attached", "visible", "hidden", "detached", NULL};

// The element of {ok, el}; *reached says whether the state was.
static int
take_waited(struct cdp_page *p, struct cdp_element *pair, struct deadline dl,
    struct cdp_element *out, bool *reached, struct err *err)
{
	cJSON *params = json_obj(), *result = NULL;
	int rc;

	json_set_str(params, "objectId", pair->object_id);
	json_set_bool(params, "ownProperties", true);
	rc = cdp_call(p->client, pair->session, "Runtime.getProperties", params, dl, &result, err);
	out->session = pair->session;
	out->object_id[0] = out->frame_id[0] = '\0';
	json_foreach (item, json_get(result, "result")) {
		const char *name = json_str(item, "name");
		const cJSON *v = json_get(item, "value");

		if (name && strcmp(name, "ok") == 0)
			*reached = json_bool(v, "value", false);
		else if (name && strcmp(name, "el") == 0 && json_str(v, "objectId"))
			snprintf(out->object_id, sizeof(out->object_id), "%.95s",
			    json_str(v, "objectId"));
	}
	cJSON_Delete(result);
	dom_release_id(p, pair->session, pair->object_id);
	return rc;
}

static int
wait_slice(struct cdp_page *p, const char *css, enum cdp_dom_state state, int64_t slice_ms,
    struct deadline dl, struct cdp_element *out, bool *reached, struct err *err)
{
	int64_t ms = MIN(deadline_left_ms(dl), slice_ms);
	struct cdp_element pair = {.session = p->session};
	struct deadline limit = deadline_step(dl, ms + SLICE_GRACE);
	cleanup_buf call = BUF_INIT;
	int rc;

	dom_call_with_css(&call, "wait", css);
	buf_fmt(&call, ",\"%s\",%lld)", cdp_dom_state_names[state], (long long)ms);
	rc = page_lib_object(p, page_world(p, p->session), DOM_LIBS, call.p, limit, pair.object_id,
	    sizeof(pair.object_id), err);
	if (rc == 0)
		rc = take_waited(p, &pair, limit, out, reached, err);
	return dom_selector_error(rc, css, err);
}

// A frame of another process is looked at between slices; its element counts as it is found.
static bool
farther_reached(struct cdp_page *p, const char *css, enum cdp_dom_state state, bool main_reached,
    struct deadline dl, struct cdp_element *out)
{
	bool wants = state == DOM_ATTACHED || state == DOM_VISIBLE;
	struct cdp_element el;
	cJSON *v = NULL;
	bool visible;

	if (wants == main_reached)
		return main_reached;
	if (dom_find_farther(p, css, dl, &el) != 0)
		return !wants;
	visible = state == DOM_ATTACHED || state == DOM_DETACHED;
	if (!visible) {
		cleanup_buf fn = BUF_INIT;

		buf_fmt(&fn, "function () { return %s.visible(this); }", p->token);
		visible = cdp_dom_call(p, &el, fn.p, NULL, dl, &v, NULL) == 0 && cJSON_IsTrue(v);
		cJSON_Delete(v);
	}
	if (wants && visible)
		*out = el;
	else
		cdp_dom_release(p, &el);
	return wants == visible;
}

static int
wait_error(struct cdp_page *p, const char *css, enum cdp_dom_state state, struct err *err)
{
	struct cdp_element el;
	int rc = dom_find_in(p, p->session, css, deadline_in_ms(SLICE_GRACE), &el, NULL);

	if (rc == 0)
		cdp_dom_release(p, &el);
	return err_set(err, ERR_ACTION_TIMEOUT, "\"%.300s\" was not %s in time%s", css,
	    cdp_dom_state_names[state],
	    rc == ERR_ELEMENT_NOT_FOUND ? ": no element matches"
	    : state == DOM_VISIBLE      ? ": the first match can't be seen"
					: "");
}

static bool
may_try_again(int rc, const struct err *err)
{
	return rc == 0 || rc == ERR_TIMEOUT || page_context_gone(rc, err);
}

int
cdp_dom_wait(struct cdp_page *p, const char *css, enum cdp_dom_state state, struct deadline dl,
    struct cdp_element *out, struct err *err)
{
	struct err own = ERR_INIT;
	struct cdp_element el;
	int64_t slice_ms = FIRST_MS;
	int rc;

	if (!err)
		err = &own;
	do {
		bool reached = false;

		rc = wait_slice(p, css, state, slice_ms, dl, &el, &reached, err);
		slice_ms = SLICE_MS;
		if (!may_try_again(rc, err))
			return rc;
		if (rc == 0)
			reached = farther_reached(p, css, state, reached, dl, &el);
		if (rc != 0 || !reached)
			continue;
		if (out)
			*out = el;
		else
			cdp_dom_release(p, &el);
		return 0;
	} while (!deadline_passed(dl));
	return wait_error(p, css, state, err);
}
