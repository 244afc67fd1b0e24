// SPDX-License-Identifier: Apache-2.0
// The page of a job: opened in a fresh context, loaded, acted upon, closed. Runs in the job's
// thread.
#include "base/url.h"
#include "cdp/state.h"
#include "orchestrator/job/job_priv.h"
#include "orchestrator/session/session.h"

#include <stdio.h>

#define MAX_TARGETS    200
#define CRASH_NEWS_MS  150
#define DOM_QUIET_MS   150
#define SETTLED_NET_MS 250
#define IDLE_NET_MS    500
#define AGAIN_MIN_MS   1000 // no second page with less left
#define CUT_SHORT_MS   50   // a settling that ends so near the deadline was ended by it

// --- opening ---

static void
page_opts(struct job *j, struct cdp_page_opts *o, const char *origin)
{
	const struct request *r = j->req;
	const struct request_artifacts *a = r->artifacts;

	*o = (struct cdp_page_opts){
	    .viewport = *r->viewport,
	    .user_agent = r->user_agent,
	    .locale = r->locale,
	    .timezone = r->timezone,
	    .color_scheme = r->color_scheme ? request_color_scheme_names[r->color_scheme] : NULL,
	    .media = r->media ? request_media_names[r->media] : NULL,
	    .headers = r->headers,
	    .headers_origin = origin,
	    .stealth = r->stealth_mode,
	    .allow_private = j->opts.allow_private,
	    .dial = job_dial,
	    .dial_arg = j,
	    .want_network_log = a->har || r->network_requests,
	    .har_body_budget_bytes =
		a->har && a->har->bodies ? (uint64_t)a->har->max_body_bytes : 0,
	    .policy = {.max_dialogs = JOB_MAX_DIALOGS, .max_targets = MAX_TARGETS},
	};
	o->policy.network_events = o->want_network_log;
	if (r->block) {
		o->block_resource_types = r->block->resource_types;
		o->block_urls = r->block->urls;
	}
}

// What the request leaves open, its session may say.
static void
session_defaults(const struct job *j, struct cdp_page_opts *o, const char *origin)
{
	const struct session_config *c = j->opts.session ? session_settings(j->opts.session) : NULL;

	if (!c)
		return;
	if (c->viewport && !json_get(j->req->json, "viewport"))
		o->viewport = *c->viewport;
	if (!o->user_agent)
		o->user_agent = c->user_agent;
	o->stealth |= c->stealth_mode;
	o->policy.auth_user = origin ? c->http_user : NULL;
	o->policy.auth_password = c->http_password;
	o->policy.auth_origin = origin;
}

static int
lease_page(struct job *j, struct err *err)
{
	const char *url = j->req->url ? j->req->url : j->req->base_url;
	cleanup_buf origin = BUF_INIT_MAX(1 << 20);
	struct cdp_page_opts o;
	const struct egress_policy policy = job_policy(j);
	const struct lease_want want = {
	    .isolation = (enum pool_isolation)j->req->isolation,
	    .principal = j->opts.principal,
	    .context = j->opts.context,
	    .page = &o,
	    .egress = &policy,
	};
	int rc;

	if (url && !url_origin(sv_from(url), &origin))
		buf_reset(&origin);
	page_opts(j, &o, origin.n ? origin.p : NULL);
	session_defaults(j, &o, origin.n ? origin.p : NULL);
	rc = pool_lease(runtime_pool(j->rt), &want, j->soft, j->cancel_fd, &j->lease, err);
	if (rc != 0)
		return rc;
	job_set_page(j, j->lease->page);
	if (j->req->proxy && !j->lease->egress)
		return err_set(err, ERR_SANDBOX, "there is no egress guard that speaks to a proxy");
	j->commits0 = cdp_page_commits(j->page);
	snprintf(j->product, sizeof(j->product), "%s", browser_product(j->lease->browser));
	return 0;
}

static int
import_state(struct job *j, struct err *err)
{
	int rc = 0;

	if (j->opts.session_state && j->opts.context)
		rc = cdp_state_resume(j->page, j->opts.session_state, j->soft, err);
	else if (j->opts.session_state)
		rc = cdp_state_import(j->page, j->opts.session_state, j->soft, err);
	if (rc == 0 && j->req->cookies_json)
		rc = cdp_state_set_cookies(j->page, j->req->cookies_json, j->soft, err);
	return rc;
}

// Until a place was found it was waited for a browser; then the page was opened.
static void
open_phases(struct job *j, int64_t mark)
{
	int64_t now = clock_us(), granted = j->lease ? j->lease->granted_us : now;

	j->phase_ms[PHASE_LAUNCH] += (double)MAX(granted - mark, (int64_t)0) / 1000;
	j->phase_ms[PHASE_OPEN] += (double)(now - MAX(granted, mark)) / 1000;
}

static int
open_page(struct job *j, struct err *err)
{
	int rc = lease_page(j, err);

	return rc == 0 ? import_state(j, err) : rc;
}

// A browser that ended before it was told the address: the job is for another one, where its
// session is as it was stored.
static int
open_page_elsewhere(struct job *j, struct err *err)
{
	job_release(j, j->rt, false);
	if (j->opts.session)
		session_set_context(j->opts.session, NULL);
	j->opts.context = NULL;
	*err = (struct err)ERR_INIT;
	return open_page(j, err);
}

int
job_open_page(struct job *j, struct err *err)
{
	int64_t mark = clock_us();
	struct egress_stats guard;
	int rc = runtime_guard(j->rt, &guard, err);

	j->guard_starts = guard.restarts;
	if (rc == 0)
		rc = open_page(j, err);

	if (rc == ERR_BROWSER_CRASHED && deadline_left_ms(j->soft) >= AGAIN_MIN_MS)
		rc = open_page_elsewhere(j, err);
	if (rc == ERR_BROWSER_START && job_out_of_time(j))
		rc = err_set(err, ERR_TIMEOUT, "Chromium was not ready in time");
	open_phases(j, mark);
	return rc;
}

// --- loading ---

struct cdp_wait_opts
job_wait_opts(const struct request *r)
{
	return (struct cdp_wait_opts){
	    .until = (enum cdp_wait_until)r->wait_until,
	    .dom_quiet_ms = DOM_QUIET_MS,
	    .network_quiet_ms = r->wait_until == WAIT_NETWORK_IDLE ? IDLE_NET_MS : SETTLED_NET_MS,
	    .idle_after_dcl_ms = r->timeouts->idle_after_dcl_ms,
	};
}

static int
navigate(struct job *j, struct cdp_nav *nav, struct err *err)
{
	struct cdp_wait_opts w = job_wait_opts(j->req);
	struct deadline dl = deadline_step(j->soft, j->req->timeouts->navigation_ms);

	j->asked = j->req->url != NULL;
	if (j->asked)
		return cdp_page_navigate(j->page, j->req->url, NULL, &w, dl, nav, err);
	return cdp_page_set_content(
	    j->page, sv_from(j->req->html), j->req->base_url, &w, dl, nav, err);
}

// An interface came or went (a VPN, a container's address): not the server's fault, nor the page's.
static bool
network_changed(int rc, const struct err *err)
{
	return rc == ERR_CONNECTION_FAILED && strstr(err->message, "net::ERR_NETWORK_CHANGED");
}

static int
navigate_again(struct job *j, struct cdp_nav *nav, struct err *err)
{
	cdp_nav_done(nav);
	*nav = (struct cdp_nav){.load_ms = -1, .dcl_ms = -1};
	job_warn(j, "retried", "the network changed; the page was asked for once more");
	return navigate(j, nav, err);
}

static void
emit_navigated(struct job *j, const struct cdp_nav *nav)
{
	cJSON *data = json_obj();

	json_set_sv(data, "url", buf_view(&nav->final_url));
	json_set_int(data, "http_status", nav->http_status);
	json_set_str(data, "content_type", nav->mime);
	job_emit(j, "navigated", data);
}

void
job_note_source_type(struct job *j)
{
	const struct cdp_nav *nav = cdp_page_nav(j->page);

	snprintf(j->source_type, sizeof(j->source_type), "%s", nav ? nav->declared : "");
}

static void
warn_navigation(struct job *j, const struct cdp_nav *nav)
{
	if (!nav->settled && nav->unsettled_by[0]) {
		job_warn(j, "not_settled", "the page had not settled: %s", nav->unsettled_by);
		if (deadline_left_ms(j->soft) <= CUT_SHORT_MS)
			job_reason(j, "deadline");
	}
	if (nav->http_status >= 400)
		job_warn(
		    j, "http_status", "the server answered with HTTP status %d", nav->http_status);
}

// Values that only Chromium can judge, and the commands by which it does.
static int
blame_value(const struct request *r, int rc, struct err *err)
{
	const struct {
		const char *method, *path, *value;
	} rows[] = {
	    {"Emulation.setTimezoneOverride", "timezone", r->timezone},
	    {"Emulation.setLocaleOverride", "locale", r->locale},
	};

	for (size_t i = 0; rc == ERR_CDP && i < ARRAY_LEN(rows); i++)
		if (rows[i].value && strstr(err->message, rows[i].method))
			return err_at(err, ERR_INVALID_REQUEST, rows[i].path,
			    "Chromium does not know \"%s\"", rows[i].value);
	return rc;
}

static bool
never(void *arg UNUSED)
{
	return false;
}

// A renderer that ends under a navigation aborts it first: the news of its end follows.
static int
crash_behind(struct job *j, int rc, struct err *err)
{
	struct err later = ERR_INIT;
	int state = cdp_wait_until(cdp_page_client(j->page), cdp_page_session(j->page), never, NULL,
	    deadline_step(j->soft, CRASH_NEWS_MS), &later);

	if (state != ERR_PAGE_CRASHED && state != ERR_BROWSER_CRASHED)
		return rc;
	return err_set(err, state, NULL);
}

// The browser's error in the words of the request.
static int
judge(struct job *j, int rc, const struct cdp_nav *nav, struct err *err)
{
	if (rc == ERR_NAVIGATION_FAILED)
		return crash_behind(j, rc, err);
	if (rc == ERR_CDP)
		return blame_value(j->req, rc, err);
	if (rc == 0 && nav->http_status >= 400 && j->opts.fail_on_http_error)
		rc = err_set(err, ERR_HTTP_STATUS, "the server answered with HTTP status %d",
		    nav->http_status);
	return rc;
}

static void
load_phases(struct job *j, const struct cdp_nav *nav, int64_t *mark)
{
	double all = (double)(clock_us() - *mark) / 1000, loaded = (double)nav->load_ms;

	if (nav->load_ms < 0 || loaded > all)
		loaded = all;
	job_phase(j, PHASE_NAVIGATE, mark);
	j->phase_ms[PHASE_NAVIGATE] = loaded;
	j->phase_ms[PHASE_SETTLE] = all - loaded;
}

int
job_load(struct job *j, struct err *err)
{
	int64_t mark = clock_us();
	struct cdp_nav nav = {.load_ms = -1, .dcl_ms = -1};
	int rc = navigate(j, &nav, err);

	if (network_changed(rc, err) && !job_out_of_time(j))
		rc = navigate_again(j, &nav, err);
	load_phases(j, &nav, &mark);
	if (rc == 0) {
		emit_navigated(j, &nav);
		warn_navigation(j, &nav);
	}
	rc = judge(j, rc, &nav, err);
	j->redirects = nav.redirects;
	cdp_nav_done(&nav);
	return rc;
}

bool
job_page_usable(struct job *j)
{
	if (!j->page || atomic_load(&j->cancelled))
		return false;
	if (cdp_session_state(cdp_page_session(j->page)) != 0)
		return false;
	if (j->err.code != ERR_OK && j->err.code != ERR_HTTP_STATUS &&
	    strcmp(err_info(j->err.code)->type, "network") == 0)
		return false; // what the page shows is the browser's own error text
	return cdp_page_commits(j->page) > j->commits0;
}

// --- the end ---

struct pool_context *
job_keep_context(struct job *j)
{
	return j->lease ? lease_keep_context(j->lease) : NULL;
}

void
job_release(struct job *j, struct runtime *rt UNUSED, bool browser_too)
{
	struct lease *lease = steal_ptr(j->lease);

	job_set_page(j, NULL);
	stitcher_free(steal_ptr(j->stitcher));
	if (lease)
		lease_release(lease, browser_too);
}
