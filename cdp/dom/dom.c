// SPDX-License-Identifier: Apache-2.0
// What an element is asked once it was found: a function of the caller, a visible point, its box,
// and what DOM commands do to it. Coordinates end up in the main frame, also from frames of other
// processes. Job threads only.
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
	int rc;

	if (!err)
		err = &own;
	rc = page_world_ready(p, page_world(p, el->session), DOM_LIBS, dl, err);
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

// Where the document of a frame session begins, in the viewport of its parent session's top
// document, and its scale.
static int
frame_origin(struct cdp_page *p, struct cdp_session *child, struct deadline dl, struct rect *out,
    struct err *err)
{
	struct cdp_session *parent = cdp_session_parent(child);
	struct cdp_element owner = {.session = parent};
	cJSON *at = NULL;
	int rc = page_world_ready(p, page_world(p, parent), DOM_LIBS, dl, err);

	if (rc == 0 && page_frame_owner(p, page_world(p, parent), cdp_session_target_id(child), dl,
			   owner.object_id, sizeof(owner.object_id)) != 0)
		rc = err_set(err, ERR_ELEMENT_NOT_VISIBLE, "the frame has no place in the page");
	if (rc == 0)
		rc = lib_ask(p, &owner, "frameOrigin", dl, &at, err);
	if (rc == 0)
		rc = four_numbers(at, out, err);
	cJSON_Delete(at);
	cdp_dom_release(p, &owner);
	return rc;
}

static int
to_main_frame(
    struct cdp_page *p, struct cdp_session *s, struct deadline dl, struct rect *r, struct err *err)
{
	for (; s != p->session && cdp_session_parent(s); s = cdp_session_parent(s)) {
		struct rect o;
		int rc = frame_origin(p, s, dl, &o, err);

		if (rc != 0)
			return rc;
		*r = (struct rect){o.x + r->x * o.w, o.y + r->y * o.h, r->w * o.w, r->h * o.h};
	}
	return 0;
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
		rc = to_main_frame(p, el->session, dl, &r, err);
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
		rc = to_main_frame(p, el->session, dl, &r, err);
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
