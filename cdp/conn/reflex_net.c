// SPDX-License-Identifier: Apache-2.0
// What a root session and its children have in flight on the network, kept by the loop thread, so
// that "quiet" is known without delivering a single Network event to the job.
#include "cdp/conn/conn_priv.h"

#include "base/url.h"

#include <stdio.h>

#define REQUESTS_MAX 20000
#define URL_READ     4096
#define URL_TOLD     120

struct request {
	struct hnode node;
	struct cdp_session *session;
	uint64_t loader;    // hash of the loaderId
	enum cdp_kind kind; // CDP_KINDS: none that is judged
	int status;
	char *url; // of one that is judged, as it may be told
};

static struct request *
request_of(struct hnode *n)
{
	return (struct request *)((char *)n - offsetof(struct request, node));
}

// Types that stay open by design, or that nobody sees the end of.
static bool
type_counts(struct sv type)
{
	static const char *const others[] = {
	    "EventSource", "WebSocket", "Ping", "CSPViolationReport", "Media", "Prefetch"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (sv_eq_str(type, others[i]))
			return false;
	return true;
}

static bool
mime_streams(struct sv mime)
{
	return sv_ieq_str(mime, "text/event-stream") ||
	       sv_istarts(mime, "multipart/x-mixed-replace");
}

// Whichever session began it: a worker's script is requested by the page and finishes in the
// worker, a frame's document begins in its parent. Ids are unique in a browser (process and number,
// or random).
static struct request *
request_find(struct cdp_session *s, struct sv id)
{
	struct hnode *n = htab_find(&s->root->shared->requests, htab_hash(id));

	return n ? request_of(n) : NULL;
}

static void
request_free(struct session_shared *sh, struct request *r)
{
	htab_del(&sh->requests, &r->node);
	free(r->url);
	free(r);
}

// --- what became of them ---

static enum cdp_kind
kind_of(struct sv type)
{
	static const struct {
		const char *type;
		enum cdp_kind kind;
	} rows[] = {{"Script", CDP_KIND_SCRIPT}, {"Stylesheet", CDP_KIND_STYLE},
	    {"XHR", CDP_KIND_DATA}, {"Fetch", CDP_KIND_DATA}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (sv_eq_str(type, rows[i].type))
			return rows[i].kind;
	return CDP_KINDS;
}

static bool
has_bad_status(const struct request *r)
{
	return r->status >= (r->kind == CDP_KIND_DATA ? 500 : 400);
}

// `why`: of one that got no answer; SV_NULL: by its status.
static void
note_outcome(struct cdp_session *s, const struct request *r, struct sv why)
{
	struct session_shared *sh = s->root->shared;
	struct cdp_outcomes *all = &sh->counters.outcomes;
	bool failed = why.p || has_bad_status(r);
	char http[16], *told;

	if (r->kind == CDP_KINDS)
		return;
	snprintf(http, sizeof(http), "HTTP %d", r->status);
	if (!why.p)
		why = sv_from(http);
	pthread_mutex_lock(&sh->lock);
	all->kinds[r->kind].ended++;
	if (failed && all->kinds[r->kind].failed < CDP_FIRST_FAILED) {
		told = all->kinds[r->kind].first[all->kinds[r->kind].failed];
		snprintf(told, sizeof(all->kinds[0].first[0]), "%s (%.*s)", r->url,
		    (int)MIN(why.n, (size_t)64), why.p);
	}
	all->kinds[r->kind].failed += failed;
	pthread_mutex_unlock(&sh->lock);
}

// Cancelled, blocked as the request wants it, or refused by the page's own Content-Security-Policy.
static bool
is_intended(struct sv params)
{
	static const char *const keys[] = {"canceled", "blockedReason", "errorText"};
	struct sv v[ARRAY_LEN(keys)], reason;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return true;
	reason = json_skim_str(v[1]);
	return sv_eq_str(v[0], "true") || sv_eq_str(reason, "inspector") ||
	       sv_eq_str(reason, "csp") ||
	       sv_eq_str(json_skim_str(v[2]), "net::ERR_BLOCKED_BY_CLIENT") ||
	       sv_eq_str(json_skim_str(v[2]), "net::ERR_ABORTED");
}

// --- in flight ---

static void
counters_changed(struct cdp_session *s)
{
	struct session_shared *sh = s->root->shared;
	struct cdp_client *cl = s->client;
	bool quiet;

	pthread_mutex_lock(&sh->lock);
	quiet = sh->counters.in_flight > 0 && sh->requests.n == 0;
	sh->counters.in_flight = (uint32_t)sh->requests.n;
	sh->counters.network_quiet_since_us = clock_us();
	pthread_mutex_unlock(&sh->lock);
	if (quiet && cl && atomic_load(&cl->wants_quiet))
		mailbox_wake(cl->box);
}

static char *
told(struct sv url)
{
	cleanup_buf shown = BUF_INIT;

	url_add_public((struct sv){url.p, MIN(url.n, (size_t)URL_READ)}, &shown);
	return sv_dup((struct sv){shown.p, MIN(shown.n, (size_t)URL_TOLD)});
}

static void
request_start(
    struct cdp_session *s, struct sv id, struct sv loader, enum cdp_kind kind, struct sv url)
{
	struct session_shared *sh = s->root->shared;
	struct request *r;

	if (sh->requests.n >= REQUESTS_MAX || request_find(s, id))
		return;
	r = xcalloc(1, sizeof(*r));
	r->session = s;
	r->loader = htab_hash(loader);
	r->kind = s == s->root ? kind : CDP_KINDS;
	if (r->kind != CDP_KINDS)
		r->url = told(url);
	htab_put(&sh->requests, &r->node, htab_hash(id));
	counters_changed(s);
}

static void
request_end(struct cdp_session *s, struct sv id)
{
	struct request *r = request_find(s, id);

	if (!r)
		return;
	request_free(s->root->shared, r);
	counters_changed(s);
}

static bool
is_lost_worker_script(const struct cdp_session *s, struct sv loader)
{
	return s->root->shared->workers_ignored && loader.n == 0 && !strstr(s->type, "worker");
}

bool
net_request_sent(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {
	    "requestId", "type", "redirectResponse", "loaderId", "request"};
	struct session_shared *sh = s->root->shared;
	struct sv v[ARRAY_LEN(keys)], type;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
	type = json_skim_str(v[1]);
	if (!v[2].p) {
		pthread_mutex_lock(&sh->lock);
		sh->counters.requests++;
		pthread_mutex_unlock(&sh->lock);
	}
	if (type_counts(type) && !is_lost_worker_script(s, json_skim_str(v[3])))
		request_start(s, json_skim_str(v[0]), json_skim_str(v[3]), kind_of(type),
		    json_skim_str(json_skim(v[4], "url")));
	return sv_eq_str(type, "Document");
}

bool
net_response(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {"requestId", "type", "response"};
	struct sv v[ARRAY_LEN(keys)];
	struct request *r;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
	r = request_find(s, json_skim_str(v[0]));
	if (r)
		r->status = (int)json_skim_int(json_skim(v[2], "status"), 0);
	if (mime_streams(json_skim_str(json_skim(v[2], "mimeType"))))
		request_end(s, json_skim_str(v[0]));
	return sv_eq_str(json_skim_str(v[1]), "Document");
}

bool
net_finished(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {"requestId", "encodedDataLength"};
	struct session_shared *sh = s->root->shared;
	struct sv v[ARRAY_LEN(keys)];
	struct request *r;
	int64_t bytes;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
	r = request_find(s, json_skim_str(v[0]));
	if (r)
		note_outcome(s, r, SV_NULL);
	bytes = json_skim_int(v[1], 0);
	pthread_mutex_lock(&sh->lock);
	sh->counters.bytes_received += bytes > 0 ? (uint64_t)bytes : 0;
	pthread_mutex_unlock(&sh->lock);
	request_end(s, json_skim_str(v[0]));
	return false;
}

bool
net_failed(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {"requestId", "type", "errorText"};
	struct session_shared *sh = s->root->shared;
	struct sv v[ARRAY_LEN(keys)], why;
	struct request *r;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
	r = request_find(s, json_skim_str(v[0]));
	why = json_skim_str(v[2]);
	if (r && has_bad_status(r)) // of a script: its body is not read, so that it is cancelled
		note_outcome(s, r, SV_NULL);
	else if (r && r->kind != CDP_KINDS && !is_intended(params))
		note_outcome(s, r, why.n > 0 ? why : SV("failed"));
	pthread_mutex_lock(&sh->lock);
	sh->counters.requests_failed++;
	pthread_mutex_unlock(&sh->lock);
	request_end(s, json_skim_str(v[0]));
	return sv_eq_str(json_skim_str(v[1]), "Document");
}

struct purge {
	struct cdp_session *session;
	uint64_t loader;
	bool any, others; // all of the session's, or those of other loaders, or those of `loader`
};

static void
purge_one(struct hnode *n, void *arg)
{
	struct request *r = request_of(n);
	const struct purge *p = arg;

	if (r->session == p->session && (p->any || (r->loader == p->loader) != p->others))
		request_free(r->session->root->shared, r);
}

static void
purge(struct purge p)
{
	struct session_shared *sh = p.session->root->shared;
	size_t before = sh->requests.n;

	htab_each(&sh->requests, purge_one, &p);
	if (sh->requests.n != before)
		counters_changed(p.session);
}

// The document before it is gone, and with it what it was loading.
void
net_main_committed(struct cdp_session *root, struct sv loader_id)
{
	struct session_shared *sh = root->shared;

	purge((struct purge){.session = root, .loader = htab_hash(loader_id), .others = true});
	pthread_mutex_lock(&sh->lock);
	sh->counters.outcomes = (struct cdp_outcomes){0};
	pthread_mutex_unlock(&sh->lock);
}

void
net_session_ended(struct cdp_session *s)
{
	purge((struct purge){.session = s, .any = true});
}

// The scripts of workers are requested by the page, without a loader, and finish in the worker:
// when workers are left paused, nobody hears of that.
void
net_ignore_worker_scripts(struct cdp_session *s)
{
	s->root->shared->workers_ignored = true;
	purge((struct purge){.session = s, .loader = htab_hash(SV(""))});
}

static void
free_one(struct hnode *n, void *arg UNUSED)
{
	free(request_of(n)->url);
	free(request_of(n));
}

void
net_done(struct session_shared *sh)
{
	htab_each(&sh->requests, free_one, NULL);
	htab_done(&sh->requests);
}
