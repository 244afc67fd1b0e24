// SPDX-License-Identifier: Apache-2.0
// The life of a page: target and session made, set up for a request with one batch of commands, its
// end by the kill ladder, browser contexts, and the report. Job threads only; nothing here waits
// without a limit.
#include "cdp/page/page_priv.h"

#include <stdio.h>
#include <sys/random.h>

#define PING_MS      80   // an idle renderer answers in less than one
#define AGAIN_MS     50   // a close that meets a commit is lost: it is said once more
#define CLOSE_MS     1000 // until the target is gone after closeTarget
#define TERMINATE_MS 500
#define CRASH_MS     700

const char *const cdp_wait_until_names[] = {
    "domcontentloaded", "load", "network_idle", "settled", NULL};
const char *const cdp_resource_type_names[] = {"document", "stylesheet", "image", "media", "font",
    "script", "xhr", "fetch", "texttrack", "eventsource", "prefetch", "manifest", "ping", "other",
    NULL};

// --- waiting ---

int
page_ready(const struct cdp_page *p, struct err *err)
{
	return p->fatal ? err_set(err, p->fatal, "%s", p->fatal_text) : 0;
}

struct page_waiter {
	struct cdp_page *page;
	bool (*done)(struct cdp_page *p, void *arg);
	void *arg;
};

static bool
waiter_done(void *arg)
{
	struct page_waiter *w = arg;

	return w->page->fatal || w->done(w->page, w->arg);
}

int
page_wait_until(struct cdp_page *p, bool (*done)(struct cdp_page *p, void *arg), void *arg,
    struct deadline dl, struct err *err)
{
	struct page_waiter w = {p, done, arg};
	int rc = cdp_wait_until(p->client, p->session, waiter_done, &w, dl, err);

	return p->fatal ? page_ready(p, err) : rc;
}

// --- set-up ---

int
page_setup_send(struct cdp_page *p, const char *method, cJSON *params, struct err *err)
{
	struct cdp_ticket t;
	int rc = cdp_send(p->client, p->session, method, params, &t, err);

	if (rc == 0 && p->n_setup < ARRAY_LEN(p->setup))
		p->setup[p->n_setup++] = t;
	return rc;
}

int
page_flush_setup(struct cdp_page *p, struct deadline dl, struct err *err)
{
	int first = 0;

	for (size_t i = 0; i < p->n_setup; i++) {
		struct err e = ERR_INIT;
		int rc = cdp_wait(p->client, &p->setup[i], dl, NULL, &e);

		if (rc != 0 && first == 0) {
			first = rc;
			if (err)
				*err = e;
		}
	}
	p->n_setup = 0;
	return first;
}

static int
create_target(
    struct cdp_page *p, int64_t width, int64_t height, struct deadline dl, struct err *err)
{
	cJSON *params = json_obj(), *made = NULL;
	const char *id;
	int rc;

	json_set_str(params, "url", "about:blank");
	if (p->context_id)
		json_set_str(params, "browserContextId", p->context_id);
	if (width > 0 && height > 0) {
		json_set_int(params, "width", width);
		json_set_int(params, "height", height);
	}
	rc = cdp_call(p->client, NULL, "Target.createTarget", params, dl, &made, err);
	if (rc != 0)
		return rc;
	id = json_str(made, "targetId");
	if (id && strlen(id) < sizeof(p->target_id))
		snprintf(p->target_id, sizeof(p->target_id), "%s", id);
	else
		rc = err_set(err, ERR_PROTOCOL, "Target.createTarget answered without a target");
	cJSON_Delete(made);
	return rc;
}

static void
make_token(char out[40])
{
	uint64_t r[2];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		r[0] = (uint64_t)clock_us(), r[1] = (uint64_t)(uintptr_t)out;
	snprintf(out, 40, "_%016llx%016llx", (unsigned long long)r[0], (unsigned long long)r[1]);
}

static struct cdp_page *
page_new(struct cdp_conn *c, const char *context_id)
{
	struct cdp_page *p = xcalloc(1, sizeof(*p));

	p->client = cdp_client_new(c, page_on_event, p);
	p->context_id = context_id ? xstrdup(context_id) : NULL;
	p->nav.dcl_ms = p->nav.load_ms = -1;
	p->nav.final_url = p->next.url = (struct buf)BUF_INIT_MAX(PAGE_URL_MAX);
	make_token(p->token);
	return p;
}

static void
page_free(struct cdp_page *p)
{
	if (p->session)
		cdp_session_set_paused_hook(p->session, NULL, NULL);
	cdp_client_free(p->client);
	page_fetch_free(p);
	netlog_free(p->log);
	cdp_nav_done(&p->nav);
	buf_done(&p->next.url);
	page_tab_free(p);
	cJSON_Delete(p->state_known);
	cJSON_Delete(p->state_warnings);
	free(p->context_id);
	free(p);
}

int
cdp_page_create(struct cdp_conn *c, const char *context_id, int64_t width, int64_t height,
    struct deadline dl, struct cdp_page **out, struct err *err)
{
	struct cdp_page *p = page_new(c, context_id);
	int rc = create_target(p, width, height, dl, err);

	if (rc == 0)
		rc = cdp_session_attach(p->client, p->target_id, dl, &p->session, err);
	if (rc == 0)
		rc = page_listen(p, err);
	if (rc != 0) {
		(void)cdp_page_close(p, deadline_step(dl, 200));
		return rc;
	}
	*out = p;
	return 0;
}

int
cdp_page_await_setup(struct cdp_page *p, struct deadline dl, struct err *err)
{
	return page_flush_setup(p, dl, err);
}

int
cdp_page_prepare(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	p->allow_private = o->allow_private;
	p->dial = o->dial;
	p->dial_arg = o->dial_arg;
	p->viewport = o->viewport;
	if (o->want_network_log)
		p->log = netlog_new(p, o->har_body_budget_bytes);
	cdp_session_set_policy(p->session, &o->policy);
	return page_setup(p, o, err);
}

int
cdp_page_open(struct cdp_conn *c, const struct cdp_page_opts *o, struct deadline dl,
    struct cdp_page **out, struct err *err)
{
	struct cdp_page *p = NULL;
	int rc =
	    cdp_page_create(c, o->context_id, o->viewport.width, o->viewport.height, dl, &p, err);

	if (rc != 0)
		return rc;
	rc = cdp_page_prepare(p, o, err);
	if (rc != 0) {
		(void)cdp_page_close(p, deadline_step(dl, 200));
		return rc;
	}
	*out = p;
	return 0;
}

struct cdp_client *
cdp_page_client(struct cdp_page *p)
{
	return p->client;
}

struct cdp_session *
cdp_page_session(struct cdp_page *p)
{
	return p->session;
}

void
cdp_page_cancel(struct cdp_page *p)
{
	cdp_client_cancel(p->client);
}

// --- the kill ladder ---

static int
close_target(struct cdp_page *p, struct deadline dl)
{
	cJSON *params = json_obj();

	json_set_str(params, "targetId", p->target_id);
	return cdp_call(p->client, NULL, "Target.closeTarget", params, dl, NULL, NULL);
}

static bool
session_ended(void *arg)
{
	const struct cdp_page *p = arg;
	int state = p->session ? cdp_session_state(p->session) : ERR_PAGE_DETACHED;

	return state != 0;
}

static bool
gone_within(struct cdp_page *p, struct deadline dl, int64_t ms)
{
	(void)!cdp_wait_until(p->client, NULL, session_ended, p, deadline_step(dl, ms), NULL);
	return session_ended(p);
}

void
page_send(struct cdp_page *p, struct cdp_session *s, const char *method)
{
	(void)!cdp_send(p->client, s, method, NULL, NULL, NULL);
}

// Scripts are terminated before each closeTarget: an idle page does not notice, a looping one saves
// the half second after which Chromium kills its renderer. That ends whatever no script's end
// reaches, too (layout, regular expressions: 0.6 to 0.9 s; stopped by a signal: 2.6 s), so that
// renderers need no killing from outside.
static enum cdp_close_rung
climb(struct cdp_page *p, struct deadline dl)
{
	if (p->session)
		page_send(p, p->session, "Runtime.terminateExecution");
	if (close_target(p, deadline_step(dl, CLOSE_MS)) != 0 && !p->session)
		return cdp_conn_alive(cdp_client_conn(p->client)) ? CLOSE_FAILED : CLOSE_FORCED;
	if (gone_within(p, dl, AGAIN_MS))
		return CLOSE_CLEAN;
	(void)close_target(p, deadline_step(dl, CLOSE_MS));
	if (gone_within(p, dl, CLOSE_MS))
		return CLOSE_CLEAN;
	page_send(p, p->session, "Page.stopLoading");
	page_send(p, p->session, "Runtime.terminateExecution");
	(void)close_target(p, deadline_step(dl, TERMINATE_MS));
	if (gone_within(p, dl, TERMINATE_MS))
		return CLOSE_TERMINATED;
	page_send(p, p->session, "Page.crash");
	(void)close_target(p, deadline_step(dl, CRASH_MS));
	return gone_within(p, dl, CRASH_MS) ? CLOSE_FORCED : CLOSE_FAILED;
}

enum cdp_close_rung
cdp_page_close(struct cdp_page *p, struct deadline dl)
{
	enum cdp_close_rung rung = CLOSE_CLEAN;

	if (!p)
		return CLOSE_CLEAN;
	cdp_client_revive(p->client); // one that was cancelled, or lost events, is closed as others
	if (p->target_id[0] && cdp_conn_alive(cdp_client_conn(p->client)))
		rung = climb(p, dl);
	page_free(p);
	return rung;
}

static void
disable_scripts(struct cdp_page *p)
{
	cJSON *params = json_obj();

	json_set_bool(params, "value", true);
	(void)!cdp_send(
	    p->client, p->session, "Emulation.setScriptExecutionDisabled", params, NULL, NULL);
}

// Its tasks run: a timer comes back. One answer alone may be a gap between two loops.
static bool
page_ticks(struct cdp_page *p, struct deadline dl)
{
	return page_lib_call(p, page_world(p, p->session), 0,
		   "new Promise(done => setTimeout(done, 40))", 0, deadline_step(dl, PING_MS), NULL,
		   NULL) == 0;
}

// A page that loops again after its script was terminated keeps no script at all.
int
cdp_page_unblock(struct cdp_page *p, struct deadline dl, struct err *err)
{
	page_send(p, p->session, "Page.stopLoading");
	for (int i = 0; !deadline_passed(dl); i++) {
		int state = cdp_session_state(p->session);

		if (state != 0)
			return err_set(err, state, NULL);
		if (page_answers(p, p->session, MIN(PING_MS, deadline_left_ms(dl))) &&
		    (i == 0 || i > 1 || page_ticks(p, dl)))
			return 0;
		if (i > 0)
			disable_scripts(p);
		page_send(p, p->session, "Runtime.terminateExecution");
	}
	return err_set(err, ERR_TIMEOUT, "the page's script does not yield");
}

// --- browser contexts ---

int
cdp_context_create(struct cdp_client *cl, const char *proxy, struct deadline dl, char *out,
    size_t size, struct err *err)
{
	cJSON *params = json_obj(), *made = NULL;
	const char *id;
	int rc;

	json_set_bool(params, "disposeOnDetach", true);
	if (proxy) {
		json_set_str(params, "proxyServer", proxy);
		json_set_str(params, "proxyBypassList", "<-loopback>");
	}
	rc = cdp_call(cl, NULL, "Target.createBrowserContext", params, dl, &made, err);
	if (rc != 0)
		return rc;
	id = json_str(made, "browserContextId");
	if (id && strlen(id) < size)
		snprintf(out, size, "%s", id);
	else
		rc = err_set(
		    err, ERR_PROTOCOL, "Target.createBrowserContext answered without an id");
	cJSON_Delete(made);
	return rc;
}

int
cdp_context_dispose(struct cdp_client *cl, const char *context_id, struct deadline dl)
{
	cJSON *params = json_obj();

	json_set_str(params, "browserContextId", context_id);
	return cdp_call(cl, NULL, "Target.disposeBrowserContext", params, dl, NULL, NULL);
}

// --- what is known ---

void
cdp_nav_done(struct cdp_nav *n)
{
	buf_done(&n->final_url);
}

uint32_t
cdp_page_commits(const struct cdp_page *p)
{
	return p->commits;
}

const struct cdp_nav *
cdp_page_nav(const struct cdp_page *p)
{
	return &p->nav;
}

void
cdp_page_report(struct cdp_page *p, struct cdp_page_report *out)
{
	*out = (struct cdp_page_report){
	    .dropped_events = cdp_client_dropped_events(p->client),
	    .private_blocked = p->private_blocked,
	    .frames_missing = p->frames_missing,
	};
	snprintf(out->html_lacks, sizeof(out->html_lacks), "%s", p->html_lacks);
	cdp_session_counters(p->session, &out->counters);
}
