// SPDX-License-Identifier: Apache-2.0
// Elements found as remote objects of the isolated worlds: through shadow roots (closed ones by way
// of CDP) and frames (those of other processes in their own sessions, those of other origins in
// worlds of their own). The page-side half is cdp/js/dom.js. Job threads only.
#include "cdp/dom/dom_priv.h"

#include <stdio.h>

#define FRAME_MS 1000 // for a look into a frame of another process, which may be busy

int
dom_selector_error(int rc, const char *css, struct err *err)
{
	const char *at, *why, *end;

	if (rc != ERR_SCRIPT_FAILED)
		return rc;
	if (err && strstr(err->message, "is not a valid selector")) {
		at = strstr(err->message, "': ");
		why = at ? at + 3 : err->message;
		end = strstr(why, " (line "); // of our own script
		return err_set(err, ERR_INVALID_SELECTOR, "\"%.200s\": %.*s", css,
		    (int)MIN(end ? (size_t)(end - why) : strlen(why), (size_t)200), why);
	}
	return err ? ERR_SCRIPT_FAILED : ERR_INVALID_SELECTOR;
}

static int
not_found(const char *css, struct err *err)
{
	return err_set(err, ERR_ELEMENT_NOT_FOUND, "no element matches \"%.300s\"", css);
}

// A '%' of the selector must not look like the token's mark.
void
dom_call_with_css(struct buf *out, const char *name, const char *css)
{
	cleanup_buf literal = BUF_INIT;

	buf_json_str(&literal, sv_from(css));
	buf_fmt(out, "%%T.%s(", name);
	for (const char *c = literal.p; c && *c; c++) {
		if (*c == '%')
			buf_str(out, "\\u0025");
		else
			buf_ch(out, *c);
	}
}

// --- finding ---

struct page_world *
dom_world(struct cdp_page *p, const struct cdp_element *el, struct page_world *near)
{
	if (!el->frame_id[0])
		return page_world(p, el->session);
	*near = (struct page_world){.session = el->session, .frame_id = el->frame_id};
	return near;
}

static int
find_in_world(struct cdp_page *p, struct page_world *w, const char *css, struct deadline dl,
    struct cdp_element *out, struct err *err)
{
	cleanup_buf call = BUF_INIT;
	int rc;

	dom_call_with_css(&call, "find", css);
	buf_str(&call, ")");
	out->session = w->session;
	snprintf(out->frame_id, sizeof(out->frame_id), "%s", w->frame_id ? w->frame_id : "");
	rc = page_lib_object(
	    p, w, DOM_LIBS, call.p, dl, out->object_id, sizeof(out->object_id), err);
	if (rc != 0)
		return dom_selector_error(rc, css, err);
	return out->object_id[0] ? 0 : ERR_ELEMENT_NOT_FOUND;
}

int
dom_find_in(struct cdp_page *p, struct cdp_session *s, const char *css, struct deadline dl,
    struct cdp_element *out, struct err *err)
{
	return find_in_world(p, page_world(p, s), css, dl, out, err);
}

static bool
pierces(const char *css)
{
	return strstr(css, ">>>") != NULL;
}

// --- frames of other origins ---

// A document that is not to be entered from the one around it, and that one.
struct frame_place {
	const char *id;
	struct page_world *world, *around;
};

// Does `>>>` after this much of the selector lead into the frame? When the frame's element can't be
// asked, it may, but not for want of time. In a frame, what stands before may be of the documents
// around that.
static bool
leads_into(struct cdp_page *p, const struct frame_place *f, struct sv before, struct deadline dl)
{
	struct cdp_element owner = {.session = f->around->session};
	cleanup_free char *css = sv_dup(before);
	cleanup_buf fn = BUF_INIT;
	cJSON *values = json_arr(), *v = NULL;
	bool yes;

	json_push(values, cJSON_CreateString(css));
	json_push(values, cJSON_CreateBool(f->around->frame_id != NULL));
	if (page_world_ready(p, f->around, DOM_LIBS, dl, NULL) != 0 ||
	    page_frame_owner(p, f->around, f->id, dl, owner.object_id, sizeof(owner.object_id)) !=
		0) {
		cJSON_Delete(values);
		return !deadline_passed(dl);
	}
	buf_fmt(&fn, "function (css, nested) { return %s.leadsTo(this, css, nested); }", p->token);
	yes = cdp_dom_call(p, &owner, fn.p, values, dl, &v, NULL) == 0 ? cJSON_IsTrue(v)
								       : !deadline_passed(dl);
	cJSON_Delete(v);
	cdp_dom_release(p, &owner);
	return yes;
}

// The whole selector, then what follows each `>>>` that leads here.
static int
find_in_frame(struct cdp_page *p, const struct frame_place *f, const char *css, struct deadline dl,
    struct cdp_element *out)
{
	if (find_in_world(p, f->world, css, dl, out, NULL) == 0)
		return 0;
	for (const char *at = strstr(css, ">>>"); at; at = strstr(at + 3, ">>>")) {
		if (find_in_world(p, f->world, at + 3, dl, out, NULL) != 0)
			continue;
		if (leads_into(p, f, (struct sv){css, (size_t)(at - css)}, dl))
			return 0;
		cdp_dom_release(p, out);
	}
	return ERR_ELEMENT_NOT_FOUND;
}

// In the process of one session.
static int
find_near(struct cdp_page *p, struct cdp_session *s, const char *css, struct deadline dl,
    struct cdp_element *out)
{
	struct page_near_frames near;
	struct page_world worlds[PAGE_NEAR_MAX];

	if (page_near_frames(p, s, dl, &near) != 0)
		return ERR_ELEMENT_NOT_FOUND;
	for (size_t i = 0; i < near.n; i++) {
		int parent = near.v[i].parent;
		struct frame_place f = {
		    near.v[i].id, &worlds[i], parent < 0 ? page_world(p, s) : &worlds[parent]};

		worlds[i] = (struct page_world){.session = s, .frame_id = near.v[i].id};
		if (find_in_frame(p, &f, css, dl, out) == 0)
			return 0;
	}
	return ERR_ELEMENT_NOT_FOUND;
}

static int
find_in_frames(struct cdp_page *p, const char *css, struct deadline dl, struct cdp_element *out)
{
	struct cdp_session *frames[PAGE_FRAMES_MAX];
	size_t n = cdp_session_children(p->session, frames, ARRAY_LEN(frames));

	if (find_near(p, p->session, css, dl, out) == 0)
		return 0;
	for (size_t i = 0; i < n && !deadline_passed(dl); i++) {
		struct cdp_session *parent = cdp_session_parent(frames[i]);
		struct deadline share = deadline_step(dl, FRAME_MS);
		struct frame_place f = {cdp_session_target_id(frames[i]), page_world(p, frames[i]),
		    page_world(p, parent ? parent : p->session)};

		if (find_in_frame(p, &f, css, share, out) == 0 ||
		    find_near(p, frames[i], css, share, out) == 0)
			return 0;
	}
	return ERR_ELEMENT_NOT_FOUND;
}

int
dom_find_farther(struct cdp_page *p, const char *css, struct deadline dl, struct cdp_element *out)
{
	size_t found = 0;

	if (pierces(css) && page_find_closed(p, page_world(p, p->session), dl, &found, NULL) == 0 &&
	    found > 0 && dom_find_in(p, p->session, css, dl, out, NULL) == 0)
		return 0;
	return find_in_frames(p, css, dl, out);
}

int
cdp_dom_query(struct cdp_page *p, const char *css, struct deadline dl, struct cdp_element *out,
    struct err *err)
{
	struct cdp_element el;
	int rc = dom_find_in(p, p->session, css, dl, &el, err);

	if (rc == ERR_ELEMENT_NOT_FOUND)
		rc = dom_find_farther(p, css, dl, &el);
	if (rc == ERR_ELEMENT_NOT_FOUND)
		return not_found(css, err);
	if (rc == 0)
		*out = el;
	return rc;
}

void
dom_release_id(struct cdp_page *p, struct cdp_session *s, const char *object_id)
{
	cJSON *params;

	if (!object_id[0] || cdp_session_state(s) != 0)
		return;
	params = json_obj();
	json_set_str(params, "objectId", object_id);
	(void)!cdp_send(p->client, s, "Runtime.releaseObject", params, NULL, NULL);
}

// The elements of a remote array: its properties with numeric names.
static int
array_elements(struct cdp_page *p, const struct cdp_element *array, struct cdp_element *out,
    size_t max, struct deadline dl, struct err *err)
{
	cJSON *params = json_obj(), *result = NULL;
	size_t n = 0;
	int rc;

	json_set_str(params, "objectId", array->object_id);
	json_set_bool(params, "ownProperties", true);
	rc = cdp_call(p->client, array->session, "Runtime.getProperties", params, dl, &result, err);
	json_foreach (item, json_get(result, "result")) {
		const char *name = json_str(item, "name"),
			   *id = json_str(json_get(item, "value"), "objectId");

		if (!name || !id || n == max || name[strspn(name, "0123456789")] ||
		    strlen(id) >= sizeof(out->object_id))
			continue;
		snprintf(out[n].object_id, sizeof(out[n].object_id), "%s", id);
		out[n].frame_id[0] = '\0';
		out[n++].session = array->session;
	}
	cJSON_Delete(result);
	return rc ? rc : (int)n;
}

static int
query_all_in(struct cdp_page *p, struct cdp_session *s, const char *css, struct cdp_element *out,
    size_t max, struct deadline dl, struct err *err)
{
	struct cdp_element array = {.session = s};
	cleanup_buf call = BUF_INIT;
	int rc;

	dom_call_with_css(&call, "findAll", css);
	buf_fmt(&call, ",%zu)", max);
	rc = page_lib_object(p, page_world(p, s), DOM_LIBS, call.p, dl, array.object_id,
	    sizeof(array.object_id), err);
	if (rc != 0)
		return dom_selector_error(rc, css, err);
	rc = array_elements(p, &array, out, max, dl, err);
	dom_release_id(p, s, array.object_id);
	return rc;
}

int
cdp_dom_query_all(struct cdp_page *p, const char *css, struct cdp_element *out, size_t max,
    struct deadline dl, struct err *err)
{
	int rc = query_all_in(p, p->session, css, out, max, dl, err);
	size_t found = 0;

	if (rc == 0 && pierces(css) &&
	    page_find_closed(p, page_world(p, p->session), dl, &found, NULL) == 0 && found > 0)
		rc = query_all_in(p, p->session, css, out, max, dl, err);
	if (rc == 0 && max > 0 && find_in_frames(p, css, dl, out) == 0)
		rc = 1;
	return rc;
}

void
cdp_dom_release(struct cdp_page *p, struct cdp_element *el)
{
	dom_release_id(p, el->session, el->object_id);
	el->object_id[0] = '\0';
}
