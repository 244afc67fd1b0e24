// SPDX-License-Identifier: Apache-2.0
// Navigation: by URL, by given HTML, through the history, or started by the page itself. Each ends
// in the wait condition and fills the caller's struct cdp_nav as far as known, also on failure. Job
// threads only.
#include "base/url.h"
#include "cdp/page/page_priv.h"

#include <stdio.h>

#define HISTORY_MS 1000
#define PEEK_MS    100 // for the event that says why a navigation was aborted

// --- reporting ---

// What no event told (the first about:blank) the browser process knows.
static void
refresh_url(struct cdp_page *p, struct deadline dl)
{
	cJSON *h = NULL;
	const cJSON *entry;
	const char *url;

	if (p->nav.final_url.n > 0)
		return;
	if (cdp_call(p->client, p->session, "Page.getNavigationHistory", NULL,
		deadline_step(dl, HISTORY_MS), &h, NULL) != 0)
		return;
	entry = cJSON_GetArrayItem(json_get(h, "entries"), (int)json_int(h, "currentIndex", -1));
	url = json_str(entry, "url");
	if (url && url[0]) {
		buf_reset(&p->nav.final_url);
		url_add_public(sv_from(url), &p->nav.final_url);
	}
	cJSON_Delete(h);
}

static void
copy_nav(struct cdp_page *p, struct cdp_nav *out)
{
	struct buf url = out->final_url;

	buf_reset(&url);
	if (!url.max)
		url.max = PAGE_URL_MAX;
	buf_add(&url, p->nav.final_url.p ? p->nav.final_url.p : "", p->nav.final_url.n);
	*out = p->nav;
	out->final_url = url;
}

// What is known of a document that never came.
static void
copy_failed(struct cdp_page *p, struct cdp_nav *out)
{
	const struct page_doc *d = &p->next;

	copy_nav(p, out);
	if (!d->loader_id[0] || strcmp(d->loader_id, p->loader_id) == 0)
		return;
	out->http_status = d->status;
	memcpy(out->mime, d->mime, sizeof(out->mime));
	out->redirects = d->redirects;
	out->is_download = d->is_download;
	out->dcl_ms = out->load_ms = -1;
	buf_reset(&out->final_url);
	buf_add(&out->final_url, d->url.p ? d->url.p : "", d->url.n);
}

// A document was asked for, and has not come.
static bool
is_pending(const struct cdp_page *p)
{
	const struct page_doc *d = &p->next;

	return d->loader_id[0] && strcmp(d->loader_id, p->loader_id) != 0 && !d->error[0] &&
	       !d->is_download;
}

const char *
cdp_page_pending(const struct cdp_page *p)
{
	return is_pending(p) && p->next.url.n > 0 ? p->next.url.p : NULL;
}

// While a navigation is pending, Chromium lets nothing be asked of the document that is there: one
// that did not come in time is given up.
static void
give_up(struct cdp_page *p)
{
	(void)!cdp_send(p->client, p->session, "Page.stopLoading", NULL, NULL, NULL);
}

static int
report(struct cdp_page *p, int rc, struct deadline dl, struct cdp_nav *nav, struct err *err)
{
	if (rc == 0)
		rc = page_ready(p, err);
	if (rc == 0) {
		refresh_url(p, dl);
		copy_nav(p, nav);
	} else {
		if (rc == ERR_NAVIGATION_TIMEOUT && is_pending(p))
			give_up(p);
		copy_failed(p, nav);
		page_doc_reset(&p->next);
	}
	return rc;
}

// --- by URL ---

static int
net_failure(struct cdp_page *p, const char *text, bool is_download, struct err *err)
{
	int rc = page_ready(p, err);

	if (rc != 0)
		return rc;
	p->next.is_download |= is_download;
	if (strcmp(text, "net::ERR_ABORTED") == 0 && !page_answers(p, p->session, PEEK_MS) &&
	    cdp_session_state(p->session) != 0)
		return err_set(err, cdp_session_state(p->session), NULL); // aborted by a crash
	return page_nav_error(p, text, err);
}

// A page may send itself elsewhere before its own document came: then that one counts.
static bool
superseded(struct cdp_page *p, const char *loader_id)
{
	return p->next.loader_id[0] && strcmp(p->next.loader_id, loader_id) != 0;
}

static int
judge_reply(struct cdp_page *p, const cJSON *reply, bool *same_document, struct err *err)
{
	const char *text = json_str(reply, "errorText"), *loader = json_str(reply, "loaderId");

	*same_document = !text && !loader;
	if (!text)
		return 0;
	if (loader && strcmp(text, "net::ERR_ABORTED") == 0 && superseded(p, loader))
		return 0;
	return net_failure(p, text, json_bool(reply, "isDownload", false), err);
}

struct commit_mark {
	const char *loader_id;
	uint32_t commits;
};

static bool
committed(struct cdp_page *p, void *arg)
{
	const struct commit_mark *m = arg;

	return p->commits != m->commits || strcmp(p->loader_id, m->loader_id) == 0 ||
	       p->next.error[0];
}

static int
await_commit(struct cdp_page *p, const char *loader_id, uint32_t commits, struct deadline dl,
    struct err *err)
{
	struct commit_mark m = {loader_id, commits};
	int rc = page_wait_until(p, committed, &m, dl, err);

	if (rc == ERR_TIMEOUT)
		return err_set(err, ERR_NAVIGATION_TIMEOUT, NULL);
	if (rc == 0 && p->commits == commits && p->next.error[0])
		return net_failure(p, p->next.error, false, err);
	return rc;
}

static cJSON *
navigate_params(const char *url, const char *referrer)
{
	cJSON *params = json_obj();

	json_set_str(params, "url", url);
	if (referrer)
		json_set_str(params, "referrer", referrer);
	return params;
}

static int
say_address(struct err *err, int code, const char *what, const char *url)
{
	cleanup_buf shown = BUF_INIT;

	url_add_public(sv_from(url), &shown);
	return err_set(err, code, "%s %.300s", what, shown.p);
}

static int
navigate(struct cdp_page *p, const char *url, const char *referrer, bool *same_document,
    struct deadline dl, struct err *err)
{
	uint32_t commits = p->commits;
	cJSON *reply = NULL;
	int rc;

	page_doc_reset(&p->next);
	p->start_us = clock_us();
	rc = cdp_call(p->client, p->session, "Page.navigate", navigate_params(url, referrer), dl,
	    &reply, err);
	if (rc == ERR_TIMEOUT) {
		give_up(p);
		rc = say_address(err, ERR_NAVIGATION_TIMEOUT, "no answer in time from", url);
	} else if (rc == ERR_CDP) {
		rc = say_address(err, ERR_NAVIGATION_FAILED, "Chromium refuses to load", url);
	}
	if (rc == 0)
		rc = judge_reply(p, reply, same_document, err);
	if (rc == 0 && !*same_document)
		rc = await_commit(p, json_str(reply, "loaderId") ? json_str(reply, "loaderId") : "",
		    commits, dl, err);
	cJSON_Delete(reply);
	return page_ready(p, err) ? p->fatal : rc;
}

int
cdp_page_navigate(struct cdp_page *p, const char *url, const char *referrer,
    const struct cdp_wait_opts *w, struct deadline dl, struct cdp_nav *nav, struct err *err)
{
	bool same_document = false;
	int rc = page_ready(p, err);

	// A renderer that takes over before the empty page's one has acknowledged Network.enable
	// reports no requests.
	if (rc == 0)
		rc = page_flush_setup(p, dl, err);
	if (rc == 0)
		rc = navigate(p, url, referrer, &same_document, dl, err);
	if (rc == 0)
		rc = page_settle(p, w, dl, err);
	return report(p, rc, dl, nav, err);
}

// --- given HTML ---

// The first about:blank of a page is not announced: its loader is asked for.
static int
adopt_loader(struct cdp_page *p, struct deadline dl, struct err *err)
{
	cJSON *tree = NULL;
	const char *id;
	int rc;

	if (p->loader_id[0])
		return 0;
	rc = cdp_call(p->client, p->session, "Page.getFrameTree", NULL, dl, &tree, err);
	id = json_str(json_path(tree, "frameTree.frame"), "loaderId");
	if (id)
		snprintf(p->loader_id, sizeof(p->loader_id), "%s", id);
	cJSON_Delete(tree);
	return rc;
}

static int
write_document(struct cdp_page *p, struct sv html, struct deadline dl, struct err *err)
{
	cleanup_buf code = BUF_INIT;
	int rc = page_flush_setup(p, dl, err);

	if (rc == 0 && !page_answers(p, p->session, deadline_left_ms(dl)))
		rc = err_set(err, ERR_NAVIGATION_TIMEOUT, "the empty page does not answer");
	if (rc == 0)
		rc = adopt_loader(p, dl, err);
	if (rc != 0)
		return rc;
	p->start_us = clock_us();
	p->commits++;
	p->dcl_us = p->load_us = 0;
	buf_str(&code, "document.open();document.write(");
	buf_json_str(&code, html);
	buf_str(&code, ");document.close()");
	return cdp_page_eval(p, WORLD_MAIN, code.p, 0, dl, NULL, err);
}

static int
load_served(
    struct cdp_page *p, struct sv html, const char *base_url, struct deadline dl, struct err *err)
{
	bool same_document;
	int rc = page_flush_setup(p, dl, err);

	if (rc == 0)
		rc = page_fetch_serve(p, html, dl, err);
	if (rc != 0)
		return rc;
	rc = navigate(p, base_url, NULL, &same_document, dl, err);
	page_fetch_unserve(p);
	return rc;
}

int
cdp_page_set_content(struct cdp_page *p, struct sv html, const char *base_url,
    const struct cdp_wait_opts *w, struct deadline dl, struct cdp_nav *nav, struct err *err)
{
	int rc = page_ready(p, err);

	if (rc == 0)
		rc = base_url ? load_served(p, html, base_url, dl, err)
			      : write_document(p, html, dl, err);
	if (rc == ERR_TIMEOUT)
		rc = err_set(err, ERR_NAVIGATION_TIMEOUT, "the document was not parsed in time");
	if (rc == 0)
		rc = page_settle(p, w, dl, err);
	return report(p, rc, dl, nav, err);
}

// --- started elsewhere ---

int
cdp_page_wait(struct cdp_page *p, const struct cdp_wait_opts *w, struct deadline dl,
    struct cdp_nav *nav, struct err *err)
{
	int rc = page_ready(p, err);

	if (rc == 0) {
		p->start_us = clock_us();
		rc = page_settle(p, w, dl, err);
	}
	return report(p, rc, dl, nav, err);
}

static bool
passed_mark(struct cdp_page *p, void *arg)
{
	const uint32_t *since = arg;

	return p->commits != *since || p->next.error[0];
}

int
cdp_page_wait_navigation(struct cdp_page *p, uint32_t since, const struct cdp_wait_opts *w,
    struct deadline dl, struct cdp_nav *nav, struct err *err)
{
	int rc = page_ready(p, err);

	if (rc == 0)
		rc = page_wait_until(p, passed_mark, &since, dl, err);
	if (rc == ERR_TIMEOUT && cdp_page_pending(p))
		rc = say_address(
		    err, ERR_NAVIGATION_TIMEOUT, "no answer in time from", cdp_page_pending(p));
	else if (rc == ERR_TIMEOUT)
		rc = err_set(err, ERR_NAVIGATION_TIMEOUT, "no navigation came in time");
	if (rc == 0 && p->commits == since)
		rc = net_failure(p, p->next.error, false, err);
	if (rc == 0 && p->doc_error[0])
		rc = net_failure(p, p->doc_error, false, err);
	if (rc == 0)
		rc = page_settle(p, w, dl, err);
	return report(p, rc, dl, nav, err);
}

// --- history ---

// The empty page that every tab begins with is no page of the job's; HTML that was written into it
// would not come back either.
static const cJSON *
entry_at(const cJSON *history, int64_t at)
{
	const cJSON *entry =
	    at >= 0 ? cJSON_GetArrayItem(json_get(history, "entries"), (int)at) : NULL;
	const char *url = json_str(entry, "url");

	return at == 0 && url && strcmp(url, "about:blank") == 0 ? NULL : entry;
}

static int
go_to_entry(struct cdp_page *p, int step, struct deadline dl, struct err *err)
{
	cJSON *h = NULL, *params;
	const cJSON *entry;
	int rc = cdp_call(p->client, p->session, "Page.getNavigationHistory", NULL, dl, &h, err);

	if (rc != 0)
		return rc;
	entry = entry_at(h, json_int(h, "currentIndex", 0) + step);
	if (!entry) {
		cJSON_Delete(h);
		return err_set(err, ERR_NAVIGATION_FAILED, "the history has no page %s",
		    step < 0 ? "before this one" : "after this one");
	}
	params = json_obj();
	json_set_int(params, "entryId", json_int(entry, "id", 0));
	cJSON_Delete(h);
	return cdp_call(
	    p->client, p->session, "Page.navigateToHistoryEntry", params, dl, NULL, err);
}

int
cdp_page_history(struct cdp_page *p, enum cdp_history h, const struct cdp_wait_opts *w,
    struct deadline dl, struct cdp_nav *nav, struct err *err)
{
	static const int steps[] = {
	    [HISTORY_BACK] = -1, [HISTORY_FORWARD] = 1, [HISTORY_RELOAD] = 0};
	uint32_t since = p->commits;
	int rc = page_ready(p, err);

	if (rc != 0)
		return report(p, rc, dl, nav, err);
	page_doc_reset(&p->next);
	p->start_us = clock_us();
	if (steps[h])
		rc = go_to_entry(p, steps[h], dl, err);
	else
		rc = cdp_call(p->client, p->session, "Page.reload", NULL, dl, NULL, err);
	if (rc != 0)
		return report(p, rc, dl, nav, err);
	return cdp_page_wait_navigation(p, since, w, dl, nav, err);
}
