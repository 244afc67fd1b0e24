// SPDX-License-Identifier: Apache-2.0
// The rendered document as HTML text, from one pass of Chromium's own serialiser in the isolated
// world. Whether anything is hidden from that pass is known by comparing node counts:
// DOM.performSearch counts closed shadow roots too, for less than a millisecond, where
// DOM.getDocument costs twelve. Frames that this pass can't read are html_frames.c's. Job threads
// only.
#include "cdp/capture.h"
#include "cdp/capture/html_priv.h"

#include <stdio.h>

#define SPARE_MS 60 // for Chromium to say that it ended a pass

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

// --- one document ---

void
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
take_text(const struct html_job *j, const char *html, struct buf *out, struct err *err)
{
	size_t n = html ? strlen(html) : 0;

	if (!html)
		return err_set(err, ERR_CAPTURE_FAILED, "the page gave no HTML");
	if (n <= j->max_bytes) {
		buf_reset(out);
		buf_add(out, html, n);
	}
	if (n > j->max_bytes || out->overflow)
		return err_set(err, ERR_RESULT_TOO_LARGE, "the page's HTML has more than %zu bytes",
		    j->max_bytes);
	return 0;
}

static int
take_html(struct html_job *j, const cJSON *v, struct buf *out, struct err *err)
{
	int rc;

	if (json_get(v, "large"))
		return err_set(err, ERR_RESULT_TOO_LARGE,
		    "the page's HTML has %.0f characters, the limit is %zu bytes",
		    json_num(v, "large", 0), j->max_bytes);
	rc = take_text(j, json_str(v, "html"), out, err);
	if (rc == 0) {
		j->nodes = json_int(v, "nodes", -1);
		j->blind = json_int(v, "blind", 0);
	}
	return rc;
}

int
html_once(
    struct html_job *j, enum html_depth depth, int64_t timeout_ms, struct buf *out, struct err *err)
{
	cJSON *v = NULL;
	char call[100];
	int rc;

	snprintf(call, sizeof(call), "%%T.html(%zu,%d,%d,%u)", j->max_bytes, (int)depth,
	    (int)j->want_facts, j->page->captures);
	rc = page_lib_call(j->page, j->world, html_libs(j), call, timeout_ms, j->dl, &v, err);
	if (rc == 0)
		rc = take_html(j, v, out, err);
	if (rc == 0)
		take_facts(j, v);
	cJSON_Delete(v);
	return rc;
}

// *missing: there are nodes that this text has not.
static int
html_pass(struct html_job *j, enum html_depth depth, int64_t timeout_ms, struct buf *out,
    bool *missing, struct err *err)
{
	int64_t there = -1;
	struct cdp_ticket t;
	int rc = send_count(j->page, j->world->session, &t, err), counted;

	if (rc != 0)
		return rc;
	rc = html_once(j, depth, timeout_ms, out, err);
	counted = read_count(j->page, &t, j->dl, &there, rc ? NULL : err);
	*missing = there != j->nodes;
	return rc ? rc : counted;
}

// With frames of other origins and open shadow roots, then with closed ones. If the counts still
// differ the page moves, and the text stands.
static int
html_deeper(struct html_job *j, struct buf *out, struct err *err)
{
	int64_t ms = MAX(deadline_left_ms(j->dl) - SPARE_MS, (int64_t)1);
	bool missing = false;
	size_t found = 0;
	int rc = html_pass(j, HTML_WHOLE, ms, out, &missing, err);

	if (rc != 0 || !missing)
		return rc;
	if (page_find_closed(j->page, j->world, j->dl, &found, NULL) != 0 || found == 0)
		return 0;
	ms = MAX(deadline_left_ms(j->dl) - SPARE_MS, (int64_t)1);
	return html_pass(j, HTML_WHOLE, ms, out, &missing, err);
}

// Was it only too much? Then what is there already will do.
static bool
was_too_much(const struct html_job *j, int rc)
{
	switch (rc) {
	case ERR_RESULT_TOO_LARGE:
	case ERR_SCRIPT_FAILED:
	case ERR_SCRIPT_TIMEOUT:
	case ERR_TIMEOUT:
		return !deadline_passed(j->dl);
	default:
		return false;
	}
}

static void
say_lacks(struct html_job *j, const char *what, const struct err *why)
{
	struct sv said = sv_cut(sv_from(why->message), 120);

	snprintf(j->page->html_lacks, sizeof(j->page->html_lacks), "the HTML may lack %s: " SV_FMT,
	    what, SV_ARG(said));
}

// --- without a script ---

static int
outer_html(const struct html_job *j, const cJSON *root, cJSON **out, struct err *err)
{
	cJSON *params = json_obj();

	json_set_int(params, "nodeId", json_int(root, "nodeId", 0));
	json_set_bool(params, "includeShadowDOM", true);
	return cdp_call(
	    j->page->client, j->world->session, "DOM.getOuterHTML", params, j->dl, out, err);
}

// The document by Chromium's DOM domain alone: shadow roots, but no frames and no facts.
static int
html_plain(struct html_job *j, struct buf *out, struct err *err)
{
	cJSON *params = json_obj(), *document = NULL, *text = NULL;
	struct cdp_session *s = j->world->session;
	int rc;

	json_set_int(params, "depth", 0);
	rc = cdp_call(j->page->client, s, "DOM.getDocument", params, j->dl, &document, err);
	if (rc == 0)
		rc = outer_html(j, json_get(document, "root"), &text, err);
	(void)!cdp_send(j->page->client, s, "DOM.disable", NULL, NULL, NULL);
	if (rc == 0)
		rc = take_text(j, json_str(text, "outerHTML"), out, err);
	cJSON_Delete(document);
	cJSON_Delete(text);
	html_job_done(j);
	return rc;
}

// Did the pass end in the page, which may be at odds with what a script needs, or just then
// another?
static bool
script_broke(int rc)
{
	return rc == ERR_SCRIPT_FAILED || rc == ERR_CAPTURE_FAILED || rc == ERR_CDP;
}

// First what is plain to see; if nodes are missing, the rest, in half of the time that is left.
static int
html_all(struct html_job *j, struct buf *out, struct err *err)
{
	bool missing = false;
	struct deadline all = j->dl;
	int rc = html_pass(j, HTML_SEEN, 0, out, &missing, err);

	if (rc == ERR_RESULT_TOO_LARGE && html_once(j, HTML_BARE, 0, out, NULL) == 0) {
		say_lacks(j, "frames and shadow roots", err);
		return 0;
	}
	if (script_broke(rc) && html_plain(j, out, NULL) == 0) {
		say_lacks(j, "frames", err);
		return 0;
	}
	if (rc == 0 && j->blind > 0)
		html_near_frames(j);
	if (rc != 0 || !missing)
		return rc;
	j->dl = deadline_step(all, deadline_left_ms(all) / 2);
	rc = html_deeper(j, out, err);
	j->dl = all;
	if (!was_too_much(j, rc))
		return rc;
	say_lacks(j, "shadow roots and frames of other origins", err);
	return 0;
}

int
html_document(struct html_job *j, struct buf *out, struct err *err)
{
	struct err own = ERR_INIT;
	int rc = html_all(j, out, &own);

	if (rc != 0 && err)
		*err = own;
	return rc;
}

static int
capture(struct html_job *j, struct buf *out, struct err *err)
{
	struct cdp_page *p = j->page;
	int rc = page_ready(p, err);

	if (rc != 0)
		return rc;
	p->captures++;
	p->html_lacks[0] = '\0';
	html_far_frames(j, deadline_step(j->dl, deadline_left_ms(j->dl) / 2));
	return html_document(j, out, err);
}

int
cdp_capture_html(
    struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out, struct err *err)
{
	struct html_job j = {
	    .page = p, .world = page_world(p, p->session), .max_bytes = max_bytes, .dl = dl};
	int rc = capture(&j, out, err);

	html_job_done(&j);
	return rc;
}

int
cdp_capture_html_facts(struct cdp_page *p, size_t max_bytes, bool boxes, struct deadline dl,
    struct buf *out, cJSON **facts, struct err *err)
{
	struct html_job j = {.page = p,
	    .world = page_world(p, p->session),
	    .max_bytes = max_bytes,
	    .dl = dl,
	    .want_facts = boxes ? FACTS_BOXES : FACTS_SHOWN};
	int rc = capture(&j, out, err);

	if (rc == 0)
		*facts = steal_ptr(j.facts);
	html_job_done(&j);
	return rc;
}
