// SPDX-License-Identifier: Apache-2.0
// What an element is asked once it was found: a function of the caller, a visible point, its box,
// and what DOM commands do to it. Coordinates end up in the main frame, also from frames of other
// origins. Job threads only.
#include "cdp/dom/dom_priv.h"

#include <stdio.h>

// --- asking ---

static cJSON *
call_arguments(cJSON *values)
{
	cJSON *list = json_arr();

	for (cJSON *v; values && (v = cJSON_DetachItemFromArray(values, 0));) {
		cJSON *arg = json_obj();

		json_set(arg, "value", v);
		json_push(list, arg);
	}
	cJSON_Delete(values);
	return list;
}

int
cdp_dom_call(struct cdp_page *p, const struct cdp_element *el, const char *function, cJSON *args,
    struct deadline dl, cJSON **value, struct err *err)
{
	cJSON *remote = NULL;
	int rc = page_ready(p, err);

	if (rc != 0) {
		cJSON_Delete(args);
		return rc;
	}
	rc = page_call_on(
	    p, el->session, el->object_id, function, call_arguments(args), false, dl, &remote, err);
	if (rc == 0 && value)
		*value = page_remote_value(remote);
	cJSON_Delete(remote);
	return rc;
}

// TOKEN.name(this, ms): a document that has gone, and its libraries with it, means the element has
// too.
static int
lib_ask(struct cdp_page *p, const struct cdp_element *el, const char *name, struct deadline dl,
    cJSON **value, struct err *err)
{
	cleanup_buf fn = BUF_INIT;
	struct err own = ERR_INIT;
	struct page_world near;
	int rc;

	if (!err)
		err = &own;
	rc = page_world_ready(p, dom_world(p, el, &near), DOM_LIBS, dl, err);
	if (rc != 0)
		return rc;
	buf_fmt(&fn, "function () { return %s.%s(this, %lld); }", p->token, name,
	    (long long)MAX(deadline_left_ms(dl) - 50, (int64_t)1));
	rc = cdp_dom_call(p, el, fn.p, NULL, dl, value, err);
	if (page_context_gone(rc, err) || (rc == ERR_CDP && strstr(err->message, "object")))
		rc = err_set(err, ERR_ELEMENT_NOT_FOUND, "the element's document has gone");
	return rc;
}

struct rect {
	double x, y, w, h;
};

static int
four_numbers(const cJSON *v, struct rect *out, struct err *err)
{
	double n[4];

	if (cJSON_GetArraySize(v) != 4)
		return err_set(err, ERR_PROTOCOL, "expected four numbers from the page");
	for (int i = 0; i < 4; i++)
		n[i] = cJSON_GetArrayItem(v, i)->valuedouble;
	*out = (struct rect){n[0], n[1], n[2], n[3]};
	return 0;
}

// Is the frame itself hit there? A frame of another origin can't tell.
static int
hit_frame(struct cdp_page *p, const struct cdp_element *frame, const struct rect *at,
    struct deadline dl, struct err *err)
{
	cJSON *args = json_arr(), *why = NULL;
	cleanup_buf fn = BUF_INIT;
	int rc;

	json_push(args, cJSON_CreateNumber(at->x));
	json_push(args, cJSON_CreateNumber(at->y));
	buf_fmt(&fn, "function (x, y) { return %s.missed(this, x, y); }", p->token);
	rc = cdp_dom_call(p, frame, fn.p, args, dl, &why, err);
	if (rc == 0 && cJSON_IsString(why))
		rc = err_set(err, ERR_ELEMENT_NOT_VISIBLE,
		    "the element can't be acted on: its frame is not to be hit: %.200s",
		    why->valuestring);
	cJSON_Delete(why);
	return rc;
}

// From the document of a frame into the viewport of the one that has its <iframe>, which `around`
// names by its session and frame. A point, which has no size, must hit the frame there.
static int
step_out(struct cdp_page *p, const char *frame_id, struct cdp_element *around, struct deadline dl,
    struct rect *r, struct err *err)
{
	struct page_world near, *w = dom_world(p, around, &near);
	struct rect o = {0};
	cJSON *at = NULL;
	int rc = page_world_ready(p, w, DOM_LIBS, dl, err);

	if (rc == 0 &&
	    page_frame_owner(p, w, frame_id, dl, around->object_id, sizeof(around->object_id)) != 0)
		rc = err_set(err, ERR_ELEMENT_NOT_VISIBLE, "the frame has no place in the page");
	if (rc == 0)
		rc = lib_ask(p, around, "frameOrigin", dl, &at, err);
	if (rc == 0)
		rc = four_numbers(at, &o, err);
	if (rc == 0)
		*r = (struct rect){o.x + r->x * o.w, o.y + r->y * o.h, r->w * o.w, r->h * o.h};
	if (rc == 0 && r->w == 0 && r->h == 0)
		rc = hit_frame(p, around, r, dl, err);
	cJSON_Delete(at);
	cdp_dom_release(p, around);
	return rc;
}

// Out of frames of other origins in one process, to the session's top document.
static int
to_top_document(struct cdp_page *p, const struct cdp_element *el, struct deadline dl,
    struct rect *r, struct err *err)
{
	struct page_near_frames near = {.n = 0};
	int at = -1, rc = 0;

	if (el->frame_id[0] && page_near_frames(p, el->session, dl, &near) != 0)
		return err_set(err, ERR_ELEMENT_NOT_FOUND, "the element's frame has gone");
	for (size_t i = 0; i < near.n; i++)
		if (strcmp(near.v[i].id, el->frame_id) == 0)
			at = (int)i;
	for (; at >= 0 && rc == 0; at = near.v[at].parent) {
		struct cdp_element around = {.session = el->session};

		if (near.v[at].parent >= 0)
			snprintf(around.frame_id, sizeof(around.frame_id), "%s",
			    near.v[near.v[at].parent].id);
		rc = step_out(p, near.v[at].id, &around, dl, r, err);
	}
	return rc;
}

static int
to_main_frame(struct cdp_page *p, const struct cdp_element *el, struct deadline dl, struct rect *r,
    struct err *err)
{
	struct cdp_session *s = el->session;
	int rc = to_top_document(p, el, dl, r, err);

	for (; rc == 0 && s != p->session && cdp_session_parent(s); s = cdp_session_parent(s)) {
		struct cdp_element around = {.session = cdp_session_parent(s)};

		rc = step_out(p, cdp_session_target_id(s), &around, dl, r, err);
	}
	return rc;
}

static int
point_error(const cJSON *v, struct err *err)
{
	if (json_bool(v, "gone", false))
		return err_set(
		    err, ERR_ELEMENT_NOT_FOUND, "the element is no longer in the document");
	return err_set(err, ERR_ELEMENT_NOT_VISIBLE, "the element can't be acted on: %.300s",
	    json_str(v, "why") ? json_str(v, "why") : "no visible point");
}

int
cdp_dom_point(struct cdp_page *p, const struct cdp_element *el, struct deadline dl, double *x,
    double *y, struct err *err)
{
	struct rect r = {0};
	cJSON *v = NULL;
	int rc = lib_ask(p, el, "point", dl, &v, err);

	if (rc == 0 && !json_get(v, "x"))
		rc = point_error(v, err);
	if (rc == 0) {
		r = (struct rect){.x = json_num(v, "x", 0), .y = json_num(v, "y", 0)};
		rc = to_main_frame(p, el, dl, &r, err);
	}
	cJSON_Delete(v);
	if (rc != 0)
		return rc;
	*x = r.x;
	*y = r.y;
	return 0;
}

int
cdp_dom_enabled(
    struct cdp_page *p, const struct cdp_element *el, struct deadline dl, struct err *err)
{
	cJSON *v = NULL;
	int rc = lib_ask(p, el, "disabled", dl, &v, err);

	if (rc == 0 && cJSON_IsTrue(v))
		rc = err_set(err, ERR_ELEMENT_DISABLED, NULL);
	cJSON_Delete(v);
	return rc;
}

static int
scroll_offset(struct cdp_page *p, struct deadline dl, struct rect *out, struct err *err)
{
	cJSON *v = NULL;
	int rc =
	    page_lib_call(p, page_world(p, p->session), 0, "[scrollX,scrollY,0,0]", 0, dl, &v, err);

	if (rc == 0)
		rc = four_numbers(v, out, err);
	cJSON_Delete(v);
	return rc;
}

int
cdp_dom_box(struct cdp_page *p, const struct cdp_element *el, struct deadline dl, double *x,
    double *y, double *w, double *h, struct err *err)
{
	struct rect r = {0}, scroll = {0};
	cJSON *v = NULL;
	int rc = lib_ask(p, el, "box", dl, &v, err);

	if (rc == 0)
		rc = four_numbers(v, &r, err);
	cJSON_Delete(v);
	if (rc == 0)
		rc = to_main_frame(p, el, dl, &r, err);
	if (rc == 0)
		rc = scroll_offset(p, dl, &scroll, err);
	if (rc != 0)
		return rc;
	*x = r.x + scroll.x;
	*y = r.y + scroll.y;
	*w = r.w;
	*h = r.h;
	return 0;
}

// --- acting ---

int
cdp_dom_focus(struct cdp_page *p, const struct cdp_element *el, struct deadline dl, struct err *err)
{
	cJSON *params = json_obj();
	struct err own = ERR_INIT;
	int rc;

	json_set_str(params, "objectId", el->object_id);
	err = err ? err : &own;
	rc = cdp_call(p->client, el->session, "DOM.focus", params, dl, NULL, err);
	if (rc == ERR_CDP && strstr(err->message, "not focusable"))
		return err_set(err, ERR_ACTION_FAILED, "the element can't have the focus");
	return rc;
}

int
cdp_dom_set_files(struct cdp_page *p, const struct cdp_element *el,
    const struct param_strings *paths, struct deadline dl, struct err *err)
{
	cJSON *params = json_obj(), *files = json_arr();

	for (size_t i = 0; i < paths->n; i++)
		json_push(files, cJSON_CreateString(paths->v[i]));
	json_set(params, "files", files);
	json_set_str(params, "objectId", el->object_id);
	return cdp_call(p->client, el->session, "DOM.setFileInputFiles", params, dl, NULL, err);
}
