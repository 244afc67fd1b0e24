// SPDX-License-Identifier: Apache-2.0
// Nodes that scripts can't reach, brought into a world of ours by CDP's DOM domain: closed shadow
// roots, and the <iframe> that shows a frame's document. Job threads only.
#include "cdp/page/page_inside.h"

#include <stdio.h>

#define CLOSED_MAX 500 // closed shadow roots of one document

// --- closed shadow roots ---

struct closed {
	int64_t backend_ids[CLOSED_MAX];
	size_t n;
};

static void
note_closed(const cJSON *node, struct closed *out)
{
	const char *type = json_str(node, "shadowRootType");

	if (type && strcmp(type, "closed") == 0 && out->n < CLOSED_MAX)
		out->backend_ids[out->n++] = json_int(node, "backendNodeId", 0);
}

// Every object of the tree that describes a closed root; the parser has bounded the depth.
static void
collect_closed(const cJSON *v, struct closed *out)
{
	json_foreach (item, v) {
		if (cJSON_IsObject(item))
			note_closed(item, out);
		if (item->child)
			collect_closed(item, out);
	}
}

static int
list_closed(struct cdp_page *p, struct cdp_session *s, struct deadline dl, struct closed *out,
    struct err *err)
{
	cJSON *params = json_obj(), *tree = NULL;
	int rc;

	json_set_int(params, "depth", -1);
	json_set_bool(params, "pierce", true);
	rc = cdp_call(p->client, s, "DOM.getDocument", params, dl, &tree, err);
	(void)!cdp_send(p->client, s, "DOM.disable", NULL, NULL, NULL);
	if (rc == 0)
		collect_closed(tree, out);
	cJSON_Delete(tree);
	return rc;
}

// Ask for the object of a node in the world's context.
static int
send_resolve(struct cdp_page *p, struct page_world *w, int64_t backend_id, struct cdp_ticket *t,
    struct err *err)
{
	cJSON *params = json_obj();

	json_set_int(params, "backendNodeId", backend_id);
	json_set_int(params, "executionContextId", w->context);
	return cdp_send(p->client, w->session, "DOM.resolveNode", params, t, err);
}

static void
push_object(cJSON *args, const cJSON *resolved)
{
	const char *id = json_str(json_get(resolved, "object"), "objectId");
	cJSON *arg;

	if (!id)
		return;
	arg = json_obj();
	json_set_str(arg, "objectId", id);
	json_push(args, arg);
}

static int
resolve_all(struct cdp_page *p, struct page_world *w, const struct closed *c, struct deadline dl,
    cJSON *args, struct err *err)
{
	struct cdp_ticket *tickets = xcalloc(c->n + 1, sizeof(*tickets));
	size_t sent = 0;
	int rc = 0;

	while (sent < c->n && rc == 0)
		if ((rc = send_resolve(p, w, c->backend_ids[sent], &tickets[sent], err)) == 0)
			sent++;
	for (size_t i = 0; i < sent; i++) {
		cJSON *resolved = NULL;

		if (cdp_wait(p->client, &tickets[i], dl, &resolved, NULL) == 0)
			push_object(args, resolved);
		cJSON_Delete(resolved);
	}
	free(tickets);
	return rc;
}

int
page_find_closed(
    struct cdp_page *p, struct page_world *w, struct deadline dl, size_t *found, struct err *err)
{
	struct closed c = {.n = 0};
	cleanup_buf function = BUF_INIT;
	cJSON *args = NULL, *remote = NULL;
	int rc = page_world_ready(p, w, 1u << LIB_TREE, dl, err);

	*found = 0;
	if (rc == 0)
		rc = list_closed(p, w->session, dl, &c, err);
	if (rc != 0 || c.n == 0)
		return rc;
	args = json_arr();
	rc = resolve_all(p, w, &c, dl, args, err);
	*found = (size_t)cJSON_GetArraySize(args);
	if (rc == 0 && *found > 0) {
		const char *first = json_str(args->child, "objectId");

		buf_fmt(&function, "function (...roots) { %s.addClosed(roots); }", p->token);
		rc = page_call_on(
		    p, w->session, first, function.p, steal_ptr(args), true, dl, &remote, err);
	}
	cJSON_Delete(args);
	cJSON_Delete(remote);
	return rc;
}

// --- frames ---

int
page_frame_owner(struct cdp_page *p, struct page_world *w, const char *frame_id, struct deadline dl,
    char *object_id, size_t size)
{
	cJSON *params = json_obj(), *owner = NULL, *resolved = NULL;
	struct cdp_ticket t;
	const char *id = NULL;
	int rc;

	(void)!cdp_send(p->client, w->session, "DOM.enable", NULL, NULL, NULL);
	json_set_str(params, "frameId", frame_id);
	rc = cdp_call(p->client, w->session, "DOM.getFrameOwner", params, dl, &owner, NULL);
	if (rc == 0)
		rc = send_resolve(p, w, json_int(owner, "backendNodeId", 0), &t, NULL);
	if (rc == 0)
		rc = cdp_wait(p->client, &t, dl, &resolved, NULL);
	(void)!cdp_send(p->client, w->session, "DOM.disable", NULL, NULL, NULL);
	if (rc == 0)
		id = json_str(json_get(resolved, "object"), "objectId");
	if (id)
		snprintf(object_id, size, "%s", id);
	cJSON_Delete(owner);
	cJSON_Delete(resolved);
	return id ? 0 : ERR_CAPTURE_FAILED;
}

static bool
is_foreign(const char *origin, const cJSON *frame)
{
	const char *own = json_str(frame, "securityOrigin");

	if (!own || !origin || json_get(frame, "unreachableUrl"))
		return false; // what could not be loaded shows the browser's own page
	return strcmp(own, origin) != 0 || strcmp(own, "://") == 0 || strcmp(own, "null") == 0;
}

// The parser has bounded the depth.
static void
collect_near(const cJSON *tree, int parent, struct page_near_frames *out)
{
	const char *origin = json_str(json_get(tree, "frame"), "securityOrigin");

	json_foreach (child, json_get(tree, "childFrames")) {
		const cJSON *frame = json_get(child, "frame");
		const char *id = json_str(frame, "id");

		if (!id || strlen(id) >= PAGE_ID_MAX)
			continue;
		if (!is_foreign(origin, frame)) {
			collect_near(child, parent, out);
			continue;
		}
		if (out->n == ARRAY_LEN(out->v))
			return;
		snprintf(out->v[out->n].id, sizeof(out->v[0].id), "%s", id);
		out->v[out->n].parent = parent;
		collect_near(child, (int)out->n++, out);
	}
}

int
page_near_frames(
    struct cdp_page *p, struct cdp_session *s, struct deadline dl, struct page_near_frames *out)
{
	cJSON *tree = NULL;
	int rc = cdp_call(p->client, s, "Page.getFrameTree", NULL, dl, &tree, NULL);

	out->n = 0;
	if (rc == 0)
		collect_near(json_get(tree, "frameTree"), -1, out);
	cJSON_Delete(tree);
	return rc;
}
