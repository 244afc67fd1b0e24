// SPDX-License-Identifier: Apache-2.0
// The rendered document as HTML text, from one pass of Chromium's own serialiser in the isolated
// world. Whether anything is hidden from that pass is known by comparing node counts:
// DOM.performSearch counts closed shadow roots too, for less than a millisecond, where
// DOM.getDocument costs twelve. Out-of-process frames are taken from their own sessions, innermost
// first. Job threads only.
#include "cdp/capture.h"
#include "cdp/page_priv.h"

#include <stdio.h>

#define CLOSED_MAX 500  // closed shadow roots of one document
#define FRAME_MS   1500 // for one out-of-process frame

// --- how many nodes there are ---

// Asked along with the text, read after it.
static int
send_count(struct cdp_page *p, struct cdp_session *s, struct cdp_ticket *t, struct err *err)
{
	cJSON *params = json_obj();
	int rc = cdp_send(p->client, s, "DOM.enable", NULL, NULL, err);

	json_set_str(params, "query", "");
	if (rc != 0) {
		cJSON_Delete(params);
		return rc;
	}
	rc = cdp_send(p->client, s, "DOM.performSearch", params, t, err);
	return rc ? rc : cdp_send(p->client, s, "DOM.disable", NULL, NULL, err);
}

static int
read_count(
    struct cdp_page *p, struct cdp_ticket *t, struct deadline dl, int64_t *out, struct err *err)
{
	cJSON *result = NULL;
	int rc = cdp_wait(p->client, t, dl, &result, err);

	if (rc == 0)
		*out = json_int(result, "resultCount", -1);
	cJSON_Delete(result);
	return rc;
}

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

// --- one document ---

struct html_job {
	struct cdp_page *page;
	struct page_world *world;
	size_t max_bytes;
	struct deadline dl;
	bool want_facts;
	cJSON *facts; // NULL: none; html_job_done
};

static void
html_job_done(struct html_job *j)
{
	cJSON_Delete(j->facts);
	j->facts = NULL;
}

static unsigned
html_libs(const struct html_job *j)
{
	return 1u << LIB_TREE | 1u << LIB_HTML | (j->want_facts ? 1u << LIB_FACTS : 0);
}

static void
take_facts(struct html_job *j, cJSON *v)
{
	cJSON *facts = cJSON_DetachItemFromObjectCaseSensitive(v, "facts");

	html_job_done(j);
	if (cJSON_IsObject(facts))
		j->facts = facts;
	else
		cJSON_Delete(facts);
}

static int
take_html(struct html_job *j, const cJSON *v, struct buf *out, int64_t *nodes, struct err *err)
{
	const char *html = json_str(v, "html");

	if (json_get(v, "large"))
		return err_set(err, ERR_RESULT_TOO_LARGE,
		    "the page's HTML has %.0f characters, the limit is %zu bytes",
		    json_num(v, "large", 0), j->max_bytes);
	if (!html)
		return err_set(err, ERR_CAPTURE_FAILED, "the page gave no HTML");
	*nodes = json_int(v, "nodes", -1);
	buf_reset(out);
	buf_str(out, html);
	if (out->overflow || out->n > j->max_bytes)
		return err_set(err, ERR_RESULT_TOO_LARGE, "the page's HTML has more than %zu bytes",
		    j->max_bytes);
	return 0;
}

// *missing: there are nodes that this text has not.
static int
html_pass(struct html_job *j, bool full, struct buf *out, bool *missing, struct err *err)
{
	int64_t there = -1, nodes = -1;
	struct cdp_ticket t;
	cJSON *v = NULL;
	char call[100];
	int rc = send_count(j->page, j->world->session, &t, err), counted;

	if (rc != 0)
		return rc;
	snprintf(call, sizeof(call), "%%T.html(%zu,%s,%s)", j->max_bytes, full ? "true" : "false",
	    j->want_facts ? "true" : "false");
	rc = page_lib_call(j->page, j->world, html_libs(j), call, 0, j->dl, &v, err);
	counted = read_count(j->page, &t, j->dl, &there, rc ? NULL : err);
	if (rc == 0)
		rc = counted;
	if (rc == 0)
		rc = take_html(j, v, out, &nodes, err);
	if (rc == 0)
		take_facts(j, v);
	*missing = there != nodes;
	cJSON_Delete(v);
	return rc;
}

// First the plain text; if nodes are missing, with open shadow roots, then with closed ones. If the
// counts still differ the page moves, and the text stands.
static int
document_html(struct html_job *j, struct buf *out, struct err *err)
{
	bool missing = false;
	size_t found = 0;
	int rc = html_pass(j, false, out, &missing, err);

	if (rc == 0 && missing)
		rc = html_pass(j, true, out, &missing, err);
	if (rc != 0 || !missing)
		return rc;
	if (page_find_closed(j->page, j->world, j->dl, &found, NULL) != 0 || found == 0)
		return 0;
	return html_pass(j, true, out, &missing, err);
}

// --- out-of-process frames ---

int
page_frame_owner(
    struct cdp_page *p, struct cdp_session *child, struct deadline dl, char *object_id, size_t size)
{
	struct cdp_session *parent = cdp_session_parent(child);
	struct page_world *w = page_world(p, parent);
	cJSON *params = json_obj(), *owner = NULL, *resolved = NULL;
	struct cdp_ticket t;
	const char *id = NULL;
	int rc;

	(void)!cdp_send(p->client, parent, "DOM.enable", NULL, NULL, NULL);
	json_set_str(params, "frameId", cdp_session_target_id(child));
	rc = cdp_call(p->client, parent, "DOM.getFrameOwner", params, dl, &owner, NULL);
	if (rc == 0)
		rc = send_resolve(p, w, json_int(owner, "backendNodeId", 0), &t, NULL);
	if (rc == 0)
		rc = cdp_wait(p->client, &t, dl, &resolved, NULL);
	(void)!cdp_send(p->client, parent, "DOM.disable", NULL, NULL, NULL);
	if (rc == 0)
		id = json_str(json_get(resolved, "object"), "objectId");
	if (id)
		snprintf(object_id, size, "%s", id);
	cJSON_Delete(owner);
	cJSON_Delete(resolved);
	return id ? 0 : ERR_CAPTURE_FAILED;
}

static cJSON *
argument(cJSON *value)
{
	cJSON *arg = json_obj();

	json_set(arg, "value", value);
	return arg;
}

static int
hand_frame(struct html_job *j, struct cdp_session *child, const char *html)
{
	struct cdp_page *p = j->page;
	struct deadline dl = j->dl;
	struct cdp_session *parent = cdp_session_parent(child);
	struct page_world *w = page_world(p, parent ? parent : p->session);
	cleanup_buf function = BUF_INIT;
	cJSON *args = json_arr(), *remote = NULL, *url = NULL;
	char owner[96];
	int rc = page_world_ready(p, w, 1u << LIB_TREE | 1u << LIB_HTML, dl, NULL);

	if (rc == 0)
		rc = page_frame_owner(p, child, dl, owner, sizeof(owner));
	if (rc == 0)
		rc = page_lib_call(p, page_world(p, child), 0, "document.URL", 0, dl, &url, NULL);
	json_push(args, argument(url ? url : cJSON_CreateString("")));
	json_push(args, argument(cJSON_CreateString(html)));
	json_push(args, argument(j->facts ? steal_ptr(j->facts) : cJSON_CreateNull()));
	buf_fmt(&function, "function (url, html, facts) { %s.addFrame(this, url, html, facts); }",
	    p->token);
	if (rc == 0)
		rc = page_call_on(
		    p, w->session, owner, function.p, steal_ptr(args), true, dl, &remote, NULL);
	cJSON_Delete(args);
	cJSON_Delete(remote);
	return rc;
}

static int
capture_frame(
    const struct html_job *top, struct cdp_session *child, size_t *left, struct deadline dl)
{
	struct cdp_page *p = top->page;
	cleanup_buf html = BUF_INIT_MAX(*left);
	struct html_job j = {p, page_world(p, child), *left, dl, top->want_facts, NULL};
	int rc = document_html(&j, &html, NULL);

	if (rc == 0 && html.n > 0)
		rc = hand_frame(&j, child, html.p);
	html_job_done(&j);
	if (rc == 0)
		*left -= MIN(html.n, *left);
	return rc;
}

static size_t
depth_of(const struct cdp_session *s)
{
	size_t depth = 0;

	while ((s = cdp_session_parent(s)))
		depth++;
	return depth;
}

static int
compare_depth(const void *a, const void *b)
{
	size_t x = depth_of(*(struct cdp_session *const *)a),
	       y = depth_of(*(struct cdp_session *const *)b);

	return (x < y) - (x > y);
}

static void
capture_frames(const struct html_job *top, struct deadline dl)
{
	struct cdp_page *p = top->page;
	struct cdp_session *children[PAGE_FRAMES_MAX];
	size_t n = cdp_session_children(p->session, children, ARRAY_LEN(children)),
	       left = top->max_bytes / 2;

	qsort(children, n, sizeof(children[0]), compare_depth);
	p->frames_missing = 0;
	for (size_t i = 0; i < n; i++)
		if (capture_frame(top, children[i], &left, deadline_step(dl, FRAME_MS)) != 0)
			p->frames_missing++;
}

static int
capture(struct html_job *j, struct buf *out, struct err *err)
{
	int rc = page_ready(j->page, err);

	if (rc != 0)
		return rc;
	capture_frames(j, deadline_step(j->dl, deadline_left_ms(j->dl) / 2));
	return document_html(j, out, err);
}

int
cdp_capture_html(
    struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out, struct err *err)
{
	struct html_job j = {p, page_world(p, p->session), max_bytes, dl, false, NULL};
	int rc = capture(&j, out, err);

	html_job_done(&j);
	return rc;
}

int
cdp_capture_html_facts(struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out,
    cJSON **facts, struct err *err)
{
	struct html_job j = {p, page_world(p, p->session), max_bytes, dl, true, NULL};
	int rc = capture(&j, out, err);

	if (rc == 0)
		*facts = steal_ptr(j.facts);
	html_job_done(&j);
	return rc;
}
