// SPDX-License-Identifier: Apache-2.0
// Records Network events as they come (HAR, network_requests). Bodies are asked for the moment a
// request is finished, before Chromium evicts them, under a byte budget, without waiting. Job
// threads.
#include "base/hash.h"
#include "cdp/page/netlog.h"

#include <math.h>
#include <stdio.h>

#define INDEX_SIZE 16384 // more than three times NETLOG_MAX: probes stay short

struct netlog *
netlog_new(struct cdp_page *p, uint64_t body_budget)
{
	struct netlog *log = xcalloc(1, sizeof(*log));

	log->page = p;
	log->budget = body_budget;
	log->index = xcalloc(INDEX_SIZE, sizeof(*log->index));
	return log;
}

void
netlog_free(struct netlog *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->n; i++) {
		cJSON_Delete(log->v[i].request);
		cJSON_Delete(log->v[i].response);
		cJSON_Delete(log->v[i].wire[WIRE_REQUEST]);
		cJSON_Delete(log->v[i].wire[WIRE_RESPONSE]);
	}
	for (size_t i = 0; i < NETLOG_EARLY; i++)
		cJSON_Delete(log->early[i].headers);
	free(log->v);
	free(log->index);
	free(log);
}

static uint16_t *
slot(struct netlog *log, const char *id)
{
	for (uint32_t h = hash32(sv_from(id));; h++) {
		uint16_t *s = &log->index[h % INDEX_SIZE];

		if (*s == 0 || strcmp(log->v[*s - 1].id, id) == 0)
			return s;
	}
}

static struct netreq *
find(struct netlog *log, const cJSON *v)
{
	const char *id = json_str(v, "requestId");
	uint16_t *s = id ? slot(log, id) : NULL;

	return s && *s ? &log->v[*s - 1] : NULL;
}

static struct netreq *
add(struct netlog *log, const char *id)
{
	struct netreq *r;
	uint16_t *at;

	if (log->n == NETLOG_MAX) {
		log->not_kept++;
		return NULL;
	}
	if (log->n == log->cap) {
		log->cap = MAX((size_t)32, log->cap * 2);
		log->v = xrealloc(log->v, log->cap * sizeof(*log->v));
	}
	r = &log->v[log->n];
	*r = (struct netreq){0};
	snprintf(r->id, sizeof(r->id), "%s", id);
	at = slot(log, r->id);
	r->hop_before = *at;
	*at = (uint16_t)(++log->n);
	return r;
}

// --- headers of the wire ---

// The oldest hop of the id that lacks them.
static struct netreq *
lacks_wire(struct netlog *log, struct netreq *newest, enum netlog_wire which)
{
	struct netreq *found = NULL;

	for (struct netreq *r = newest; r; r = r->hop_before ? &log->v[r->hop_before - 1] : NULL)
		if (!r->wire_done[which])
			found = r;
	return found;
}

static void
set_wire(struct netreq *r, enum netlog_wire which, cJSON *headers)
{
	r->wire[which] = headers;
	r->wire_done[which] = true;
}

static void
on_wire(struct netlog *log, cJSON *v, enum netlog_wire which)
{
	const char *id = json_str(v, "requestId");
	struct netreq *r = lacks_wire(log, find(log, v), which);
	cJSON *headers = cJSON_DetachItemFromObjectCaseSensitive(v, "headers");
	struct netlog_early *e;

	if (!headers || !id || r) {
		if (r)
			set_wire(r, which, headers);
		else
			cJSON_Delete(headers);
		return;
	}
	e = &log->early[log->next_early++ % NETLOG_EARLY];
	cJSON_Delete(e->headers);
	e->headers = headers;
	e->which = which;
	snprintf(e->id, sizeof(e->id), "%s", id);
}

static void
on_request_wire(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	on_wire(log, v, WIRE_REQUEST);
}

static void
on_response_wire(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	on_wire(log, v, WIRE_RESPONSE);
}

static void
take_early(struct netlog *log, struct netreq *r)
{
	for (size_t i = 0; i < NETLOG_EARLY; i++) {
		struct netlog_early *e = &log->early[i];

		if (e->headers && !r->wire_done[e->which] && strcmp(e->id, r->id) == 0)
			set_wire(r, e->which, steal_ptr(e->headers));
	}
}

// --- events ---

// A hop that Chromium made up (HSTS, an extension) has no headers of the wire.
static void
end_hop(struct netreq *r, cJSON *v)
{
	bool told = json_bool(v, "redirectHasExtraInfo", false);

	cJSON_Delete(r->response);
	r->response = cJSON_DetachItemFromObjectCaseSensitive(v, "redirectResponse");
	r->end_s = json_num(v, "timestamp", 0);
	r->redirected = true;
	if (!told)
		r->wire_done[WIRE_REQUEST] = r->wire_done[WIRE_RESPONSE] = true;
}

static void
on_request(struct netlog *log, struct cdp_session *s, cJSON *v)
{
	const char *id = json_str(v, "requestId");
	struct netreq *old = find(log, v), *r;

	if (!id || !*id || strlen(id) >= PAGE_ID_MAX)
		return;
	if (old && json_get(v, "redirectResponse"))
		end_hop(old, v);
	r = add(log, id);
	if (!r)
		return;
	r->session = s;
	r->request = cJSON_DetachItemFromObjectCaseSensitive(v, "request");
	r->start_s = json_num(v, "timestamp", 0);
	r->wall_s = json_num(v, "wallTime", 0);
	snprintf(
	    r->type, sizeof(r->type), "%s", json_str(v, "type") ? json_str(v, "type") : "Other");
	take_early(log, r);
}

static void
on_response(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	struct netreq *r = find(log, v);

	if (!r)
		return;
	cJSON_Delete(r->response);
	r->response = cJSON_DetachItemFromObjectCaseSensitive(v, "response");
	r->from_cache = r->from_cache || json_bool(r->response, "fromDiskCache", false);
}

static void
on_data(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	struct netreq *r = find(log, v);

	if (r)
		r->decoded += json_int(v, "dataLength", 0);
}

static void
ask_body(struct netlog *log, struct netreq *r)
{
	uint64_t size = (uint64_t)MAX(MAX(r->encoded, r->decoded), (int64_t)0);
	cJSON *params;

	if (!r->response || size > log->budget)
		return;
	params = json_obj();
	json_set_str(params, "requestId", r->id);
	r->body_asked = cdp_send(log->page->client, r->session, "Network.getResponseBody", params,
			    &r->body, NULL) == 0;
	if (r->body_asked)
		log->budget -= size;
}

static void
on_finished(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	struct netreq *r = find(log, v);

	if (!r)
		return;
	r->end_s = json_num(v, "timestamp", 0);
	r->encoded = json_int(v, "encodedDataLength", 0);
	if (log->budget)
		ask_body(log, r);
}

static void
on_failed(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	struct netreq *r = find(log, v);
	const char *text = json_str(v, "errorText"), *why = json_str(v, "blockedReason");

	if (!r)
		return;
	r->end_s = json_num(v, "timestamp", 0);
	snprintf(r->error, sizeof(r->error), "%s%s%s", text ? text : "failed",
	    why ? ": blocked by " : "", why ? why : "");
}

static void
on_cached(struct netlog *log, struct cdp_session *s UNUSED, cJSON *v)
{
	struct netreq *r = find(log, v);

	if (r)
		r->from_cache = true;
}

static const struct {
	const char *method;
	void (*fn)(struct netlog *log, struct cdp_session *s, cJSON *v);
} events[] = {
    {"Network.requestWillBeSent", on_request},
    {"Network.requestWillBeSentExtraInfo", on_request_wire},
    {"Network.responseReceived", on_response},
    {"Network.responseReceivedExtraInfo", on_response_wire},
    {"Network.dataReceived", on_data},
    {"Network.loadingFinished", on_finished},
    {"Network.loadingFailed", on_failed},
    {"Network.requestServedFromCache", on_cached},
};

void
netlog_event(struct netlog *log, struct cdp_session *s, const char *method, char *params, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		cJSON *v;

		if (strcmp(events[i].method, method) != 0)
			continue;
		v = cJSON_ParseWithLength(params, n);
		if (v)
			events[i].fn(log, s, v);
		cJSON_Delete(v);
		return;
	}
}

const char *
netlog_pending_url(const struct netlog *log)
{
	static const char *const others[] = {
	    "EventSource", "WebSocket", "Ping", "Media", "Prefetch"};

	for (size_t i = log->n; i > 0; i--) {
		const struct netreq *r = &log->v[i - 1];
		bool counts = r->end_s == 0;

		for (size_t k = 0; counts && k < ARRAY_LEN(others); k++)
			counts = strcmp(r->type, others[k]) != 0;
		if (counts)
			return json_str(r->request, "url");
	}
	return NULL;
}

// To three places: the rest is of the arithmetic.
static double
micros(double ms)
{
	return round(ms * 1000) / 1000;
}

static double
duration_ms(const struct netreq *r)
{
	return r->end_s > r->start_s ? (r->end_s - r->start_s) * 1000 : 0;
}

static cJSON *
summary(const struct netlog *log, const struct netreq *r)
{
	cJSON *o = json_obj();
	struct cdp_dial dial;

	json_set_str(o, "url", json_str(r->request, "url"));
	json_set_str(o, "method", json_str(r->request, "method"));
	json_set(o, "status",
	    r->response ? cJSON_CreateNumber(json_num(r->response, "status", 0))
			: cJSON_CreateNull());
	json_set_str(o, "type", r->type);
	json_set_str(o, "mime", json_str(r->response, "mimeType"));
	json_set_int(o, "bytes", r->encoded);
	json_set_num(o, "started_ms", micros((r->start_s - log->v[0].start_s) * 1000));
	json_set_num(o, "duration_ms", micros(duration_ms(r)));
	if (r->error[0]) {
		cleanup_free char *why =
		    page_failure(log->page, json_str(r->request, "url"), r->error);

		json_set_str(o, "failed", why);
	}
	json_set_str(o, "remote_ip",
	    page_remote_address(log->page, json_str(r->request, "url"), r->response, &dial));
	return o;
}

cJSON *
cdp_page_network_requests(struct cdp_page *p)
{
	cJSON *list = json_arr();

	for (size_t i = 0; p->log && i < p->log->n; i++)
		json_push(list, summary(p->log, &p->log->v[i]));
	return list;
}
