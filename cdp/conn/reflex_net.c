// SPDX-License-Identifier: Apache-2.0
// What a root session and its children have in flight on the network, kept by the loop thread, so
// that "quiet" is known without delivering a single Network event to the job.
#include "cdp/conn/conn_priv.h"

#define REQUESTS_MAX 20000

struct request {
	struct hnode node;
	struct cdp_session *session;
	uint64_t loader; // hash of the loaderId
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
	free(r);
}

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

static void
request_start(struct cdp_session *s, struct sv id, struct sv loader)
{
	struct session_shared *sh = s->root->shared;
	struct request *r;

	if (sh->requests.n >= REQUESTS_MAX || request_find(s, id))
		return;
	r = xmalloc(sizeof(*r));
	r->session = s;
	r->loader = htab_hash(loader);
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
	static const char *const keys[] = {"requestId", "type", "redirectResponse", "loaderId"};
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
		request_start(s, json_skim_str(v[0]), json_skim_str(v[3]));
	return sv_eq_str(type, "Document");
}

bool
net_response(struct cdp_session *s, struct sv params)
{
	static const char *const keys[] = {"requestId", "type", "response"};
	struct sv v[ARRAY_LEN(keys)];

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
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
	int64_t bytes;

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
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
	static const char *const keys[] = {"requestId", "type"};
	struct session_shared *sh = s->root->shared;
	struct sv v[ARRAY_LEN(keys)];

	if (json_skim_many(params, keys, ARRAY_LEN(keys), v) != 0)
		return false;
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
	purge((struct purge){.session = root, .loader = htab_hash(loader_id), .others = true});
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
	free(request_of(n));
}

void
net_done(struct session_shared *sh)
{
	htab_each(&sh->requests, free_one, NULL);
	htab_done(&sh->requests);
}
