// SPDX-License-Identifier: Apache-2.0
// When is a page ready? DOMContentLoaded and load come from lifecycle events; "settled" is load,
// then no DOM change (an observer in the isolated world, asked once by a promise) and no counted
// request in flight (the loop thread's counters), each for its time, all within a cap after
// DOMContentLoaded. A cap that is reached is a result, not an error. Job threads only.
#include "cdp/page/page_priv.h"

#include <stdio.h>

#define RELOADS_MAX 5 // documents that may each start the cap anew
#define WORLD_MS    500
#define YIELD_MS    300 // for a busy page's answer past its own time

struct settle {
	struct cdp_page *page;
	const struct cdp_wait_opts *w;
	struct deadline cap, job;
	char loader_id[PAGE_ID_MAX];
	int reloads;
	bool asked; // the renderer has an evaluation of ours that it has not answered
};

// --- conditions ---

// An image or a film is no page, and settles late or never.
static bool
has_dcl_or_no_page(struct cdp_page *p, void *arg UNUSED)
{
	return p->dcl_us != 0 || page_type_error(p->nav.mime, NULL) != 0;
}

static bool
has_load(struct cdp_page *p, void *arg UNUSED)
{
	return p->load_us != 0;
}

static bool
moved_on(const struct settle *st)
{
	return strcmp(st->loader_id, st->page->loader_id) != 0;
}

static bool
net_started(struct cdp_page *p, void *arg)
{
	struct cdp_counters c;

	cdp_session_counters(p->session, &c);
	return c.in_flight > 0 || moved_on(arg);
}

static bool
net_idle(struct cdp_page *p, void *arg)
{
	struct cdp_counters c;

	cdp_session_counters(p->session, &c);
	return c.in_flight == 0 || moved_on(arg);
}

static bool
load_or_moved(struct cdp_page *p, void *arg)
{
	return p->load_us != 0 || moved_on(arg);
}

// --- what the report says ---

static int unsettled(struct settle *st, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
unsettled(struct settle *st, const char *fmt, ...)
{
	struct cdp_nav *nav = &st->page->nav;
	va_list ap;

	nav->settled = false;
	va_start(ap, fmt);
	vsnprintf(nav->unsettled_by, sizeof(nav->unsettled_by), fmt, ap);
	va_end(ap);
	return 0;
}

static uint32_t
in_flight(const struct settle *st)
{
	struct cdp_counters c;

	cdp_session_counters(st->page->session, &c);
	return c.in_flight;
}

// "no load event, 2 requests in flight (https://…)"; the URL only where requests are logged.
static int
unsettled_requests(struct settle *st, const char *before)
{
	const struct netlog *log = st->page->log;
	const char *url = log ? netlog_pending_url(log) : NULL;
	uint32_t n = in_flight(st);

	if (n == 0)
		return unsettled(st, "%sthe network was not quiet for long enough", before);
	return unsettled(st, "%s%u request%s in flight%s%.90s%s", before, n, n == 1 ? "" : "s",
	    url ? " (" : "", url ? url : "", url ? ")" : "");
}

// A page that does not let us in keeps captures out as well: it is freed here.
static int
unsettled_busy(struct settle *st)
{
	(void)!cdp_page_unblock(st->page, deadline_step(st->job, YIELD_MS), NULL);
	return unsettled(st, "page script does not yield");
}

static int
unsettled_load(struct settle *st)
{
	if (st->asked || !page_answers(st->page, st->page->session, YIELD_MS))
		return unsettled_busy(st);
	if (in_flight(st) > 0)
		return unsettled_requests(st, "no load event, ");
	return unsettled(st, "no load event");
}

// --- steps: 1 when the document changed meanwhile, 0 when the step is done, else an error;
// ERR_TIMEOUT at the cap ---

static int
step_result(const struct settle *st, int rc)
{
	return rc == 0 && moved_on(st) ? 1 : rc;
}

static int
wait_load(struct settle *st, struct err *err)
{
	return step_result(st, page_wait_until(st->page, load_or_moved, st, st->cap, err));
}

// in_flight is 0 and nothing starts for network_quiet_ms, counted from the last change.
static int
wait_network(struct settle *st, struct err *err)
{
	struct cdp_page *p = st->page;
	struct cdp_counters c;
	int rc;

	for (;;) {
		struct deadline quiet;

		rc = page_wait_until(p, net_idle, st, st->cap, err);
		if (rc != 0 || moved_on(st))
			return step_result(st, rc);
		cdp_session_counters(p->session, &c);
		quiet.at_us = c.network_quiet_since_us + st->w->network_quiet_ms * 1000;
		if (c.in_flight == 0 && deadline_passed(quiet))
			return 0;
		if (c.in_flight > 0)
			continue;
		rc = page_wait_until(p, net_started, st, deadline_min(quiet, st->cap), err);
		if (rc != 0 && rc != ERR_TIMEOUT)
			return rc;
		if (moved_on(st))
			return 1;
		if (rc == ERR_TIMEOUT && deadline_passed(st->cap) && !deadline_passed(quiet))
			return ERR_TIMEOUT;
	}
}

// The document may go while its promise is awaited: page_lib_call asks the next one, so that the
// answer is about the document that is there.
static int
wait_dom(struct settle *st, bool *quiet, struct err *err)
{
	struct cdp_page *p = st->page;
	cJSON *v = NULL;
	char call[80];
	int rc;

	snprintf(call, sizeof(call), "%%T.quiet(%lld,%lld)", (long long)st->w->dom_quiet_ms,
	    (long long)MAX(deadline_left_ms(st->cap) - 20, (int64_t)1));
	st->asked = true;
	rc = page_lib_call(p, page_world(p, p->session), 1u << LIB_TREE | 1u << LIB_QUIET, call, 0,
	    deadline_min((struct deadline){st->cap.at_us + YIELD_MS * 1000}, st->job), &v, err);
	if (rc != ERR_TIMEOUT)
		st->asked = false;
	*quiet = cJSON_IsTrue(v);
	cJSON_Delete(v);
	return step_result(st, rc);
}

static int
watch_dom(struct settle *st, struct err *err)
{
	struct cdp_page *p = st->page;
	int rc;

	st->asked = true;
	rc = page_lib_call(p, page_world(p, p->session),
	    1u << LIB_TREE | 1u << LIB_QUIET | 1u << LIB_HTML, "%T.watch()", 0, st->cap, NULL, err);
	if (rc != ERR_TIMEOUT)
		st->asked = false;
	return step_result(st, rc);
}

// --- the whole ---

static void
begin(struct settle *st)
{
	struct cdp_page *p = st->page;

	snprintf(st->loader_id, sizeof(st->loader_id), "%s", p->loader_id);
	if (st->reloads++ <= RELOADS_MAX)
		st->cap = deadline_min(st->job, (struct deadline){MAX(p->dcl_us, p->start_us) +
								  st->w->idle_after_dcl_ms * 1000});
}

static bool
network_is_quiet(const struct settle *st)
{
	struct cdp_counters c;

	cdp_session_counters(st->page->session, &c);
	return c.in_flight == 0 &&
	       clock_us() - c.network_quiet_since_us >= st->w->network_quiet_ms * 1000;
}

// One document: 0 settled or capped (said in nav), 1 another document has come.
static int
settle_document(struct settle *st, struct err *err)
{
	bool dom = st->w->until == WAIT_SETTLED, quiet = true;
	int rc = dom ? watch_dom(st, err) : 0;

	if (rc == 0)
		rc = wait_load(st, err);
	if (rc == ERR_TIMEOUT)
		return unsettled_load(st);
	while (rc == 0) {
		rc = wait_network(st, err);
		if (rc == ERR_TIMEOUT)
			return unsettled_requests(st, "");
		if (rc == 0 && dom)
			rc = wait_dom(st, &quiet, err);
		if (rc == ERR_TIMEOUT)
			return unsettled_busy(st);
		if (rc == 0 && !quiet)
			return unsettled(st, "DOM changes");
		if (rc == 0 && network_is_quiet(st)) {
			st->page->nav.settled = true;
			return 0;
		}
	}
	return rc;
}

static int
navigation_timeout(struct cdp_page *p, int rc, const char *what, struct err *err)
{
	if (rc != ERR_TIMEOUT)
		return rc;
	return err_set(err, ERR_NAVIGATION_TIMEOUT, "no %s in time%s%.200s", what,
	    p->nav.final_url.n ? ": " : "", p->nav.final_url.n ? p->nav.final_url.p : "");
}

// The world for the capture is made while the page still loads: its round trip costs nothing then.
static int
wait_load_only(struct cdp_page *p, struct deadline dl, struct err *err)
{
	if (!has_load(p, NULL))
		(void)!page_world_ready(p, page_world(p, p->session),
		    1u << LIB_TREE | 1u << LIB_HTML, deadline_step(dl, WORLD_MS), NULL);
	return navigation_timeout(
	    p, page_wait_until(p, has_load, NULL, dl, err), "load event", err);
}

int
page_settle(struct cdp_page *p, const struct cdp_wait_opts *w, struct deadline dl, struct err *err)
{
	struct settle st = {.page = p, .w = w, .job = dl};
	int rc;

	p->nav.settled = false;
	p->nav.unsettled_by[0] = '\0';
	do {
		rc = page_wait_until(p, has_dcl_or_no_page, NULL, dl, err);
		if (rc != 0)
			return navigation_timeout(p, rc, "DOMContentLoaded", err);
		rc = page_type_error(p->nav.mime, err);
		if (rc != 0)
			page_send(p, p->session, "Page.stopLoading"); // a film may be long
		if (rc != 0)
			return rc;
		if (w->until == WAIT_DOMCONTENTLOADED)
			return 0;
		if (w->until == WAIT_LOAD)
			return wait_load_only(p, dl, err);
		begin(&st);
		rc = settle_document(&st, err);
		if (page_context_gone(rc, err))
			rc = 1; // it went in mid-call; its successor is on the way
		else if (rc == ERR_SCRIPT_FAILED)
			rc = unsettled(
			    &st, "the page could not be watched: %.100s", err ? err->message : "");
	} while (rc == 1 && !deadline_passed(dl));
	return rc == 1 ? unsettled(&st, "the page keeps navigating") : rc;
}
