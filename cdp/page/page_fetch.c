// SPDX-License-Identifier: Apache-2.0
// Interception, only for pages that asked for it: request headers for one origin, blocked types and
// URLs, and a document of our own served under its base URL. The hook runs in the loop thread and
// reads rules that no longer change once it is set; it must not block nor call the connection.
#include "base/url.h"
#include "cdp/page/page_priv.h"

#include <stdio.h>
#include <strings.h>

struct fetch_rules {
	char main_frame[PAGE_ID_MAX];
	cJSON *headers; // [{name, value}] for requests to `origin`, or NULL
	char *origin;
	uint64_t block_types;
	char **block_urls;
	size_t n_block_urls;
	bool auth;
	struct buf serve; // the fulfilment after its requestId; empty: nothing to serve
	bool served;      // loop thread
};

// --- the hook, loop thread ---

struct paused {
	struct sv id, url, type, frame, headers;
};

static bool
paused_read(const char *params, size_t n, struct paused *out)
{
	static const char *const keys[] = {"requestId", "request", "resourceType", "frameId"};
	struct sv v[ARRAY_LEN(keys)];

	if (json_skim_many((struct sv){params, n}, keys, ARRAY_LEN(keys), v) != 0)
		return false;
	*out = (struct paused){
	    .id = v[0],
	    .headers = json_skim(v[1], "headers"),
	    .url = json_skim_str(json_skim(v[1], "url")),
	    .type = json_skim_str(v[2]),
	    .frame = json_skim_str(v[3]),
	};
	return out->id.p != NULL;
}

// Wildcards '*' and '?'; no recursion.
static bool
url_matches(const char *pat, struct sv url)
{
	const char *star = NULL;
	size_t i = 0, back = 0;

	while (i < url.n) {
		if (*pat == '*') {
			star = pat++;
			back = i;
		} else if (*pat && (*pat == '?' || *pat == url.p[i])) {
			pat++;
			i++;
		} else if (star) {
			pat = star + 1;
			i = ++back;
		} else {
			return false;
		}
	}
	while (*pat == '*')
		pat++;
	return *pat == '\0';
}

static bool
is_main_document(const struct fetch_rules *r, const struct paused *q)
{
	return sv_eq_str(q->type, "Document") && sv_eq_str(q->frame, r->main_frame);
}

// What the renderer calls by different names, the interceptor calls by one: headers tell some of it
// apart. It hears of a request before the renderer's own event tells the type.
static bool
is_event_stream(const struct paused *q)
{
	return sv_eq_str(json_skim_str(json_skim(q->headers, "Accept")), "text/event-stream");
}

static bool
is_call(const struct paused *q)
{
	return !is_event_stream(q);
}

static bool
is_film(const struct paused *q)
{
	return json_skim(q->headers, "Range").p != NULL;
}

static bool
is_track(const struct paused *q)
{
	return !is_film(q);
}

// In the order of cdp_resource_type_names: the interceptor's type, and what else must be so.
static const struct {
	const char *type;
	bool (*is)(const struct paused *q);
} fetch_types[] = {
    {"Document", NULL},
    {"Stylesheet", NULL},
    {"Image", NULL},
    {"Media", is_film},
    {"Font", NULL},
    {"Script", NULL},
    {"XHR", is_call},
    {"XHR", is_call},
    {"Media", is_track},
    {"XHR", is_event_stream},
    {"Fetch", NULL}, // that is what it calls <link rel=prefetch>
    {NULL, NULL},    // a headless Chromium asks for no manifest
    {"Ping", NULL},
    {"Other", NULL},
};

static bool
is_of_type(const struct paused *q, size_t i)
{
	return fetch_types[i].type && sv_eq_str(q->type, fetch_types[i].type) &&
	       (!fetch_types[i].is || fetch_types[i].is(q));
}

static bool
is_blocked(const struct fetch_rules *r, const struct paused *q)
{
	for (size_t i = 0; i < r->n_block_urls; i++)
		if (url_matches(r->block_urls[i], q->url))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(fetch_types); i++)
		if ((r->block_types >> i & 1) && is_of_type(q, i))
			return !is_main_document(r, q);
	return false;
}

static bool
is_own_origin(const struct fetch_rules *r, struct sv url)
{
	cleanup_buf origin = BUF_INIT_MAX(PAGE_URL_MAX);

	return r->origin && url_origin(url, &origin) && strcmp(origin.p, r->origin) == 0;
}

static bool
has_header(const cJSON *list, const char *name)
{
	json_foreach (h, list)
		if (strcasecmp(json_str(h, "name"), name) == 0)
			return true;
	return false;
}

static void
continue_with_headers(const struct fetch_rules *r, const struct paused *q, struct buf *reply)
{
	cJSON *list = cJSON_Duplicate(r->headers, true);
	cJSON *own = q->headers.p ? cJSON_ParseWithLength(q->headers.p, q->headers.n) : NULL;

	json_foreach (h, own) {
		cJSON *pair;

		if (!cJSON_IsString(h) || has_header(r->headers, h->string))
			continue;
		pair = json_obj();
		json_set_str(pair, "name", h->string);
		json_set_str(pair, "value", h->valuestring);
		json_push(list, pair);
	}
	buf_fmt(reply, "{\"requestId\":" SV_FMT ",\"headers\":", SV_ARG(q->id));
	json_print(reply, list, false);
	buf_ch(reply, '}');
	cJSON_Delete(own);
	cJSON_Delete(list);
}

static bool
on_paused(void *arg, struct cdp_session *s UNUSED, const char *params, size_t n, struct buf *method,
    struct buf *reply)
{
	struct fetch_rules *r = arg;
	struct paused q;

	if (!paused_read(params, n, &q))
		return false;
	if (r->serve.n && !r->served && is_main_document(r, &q)) {
		r->served = true;
		buf_str(method, "Fetch.fulfillRequest");
		buf_fmt(reply, "{\"requestId\":" SV_FMT ",", SV_ARG(q.id));
		buf_add(reply, r->serve.p, r->serve.n);
	} else if (is_blocked(r, &q)) {
		buf_str(method, "Fetch.failRequest");
		buf_fmt(reply, "{\"requestId\":" SV_FMT ",\"errorReason\":\"BlockedByClient\"}",
		    SV_ARG(q.id));
	} else if (r->headers && is_own_origin(r, q.url)) {
		buf_str(method, "Fetch.continueRequest");
		continue_with_headers(r, &q, reply);
	} else {
		return false;
	}
	return true;
}

// --- rules, job thread ---

static cJSON *
header_list(const struct param_map *map)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < map->n; i++) {
		cJSON *pair = json_obj();

		json_set_str(pair, "name", map->v[i].key);
		json_set_str(pair, "value", map->v[i].value);
		json_push(list, pair);
	}
	return list;
}

static struct fetch_rules *
rules_of(struct cdp_page *p)
{
	if (!p->rules) {
		p->rules = xcalloc(1, sizeof(*p->rules));
		snprintf(p->rules->main_frame, sizeof(p->rules->main_frame), "%s", p->target_id);
	}
	return p->rules;
}

static void
rules_fill(struct fetch_rules *r, const struct cdp_page_opts *o)
{
	if (o->headers.n && o->headers_origin) {
		r->headers = header_list(&o->headers);
		r->origin = xstrdup(o->headers_origin);
	}
	r->block_types = o->block_resource_types;
	r->auth = o->policy.auth_user != NULL;
	r->block_urls = xcalloc(o->block_urls.n + 1, sizeof(*r->block_urls));
	for (size_t i = 0; i < o->block_urls.n; i++)
		r->block_urls[r->n_block_urls++] = xstrdup(o->block_urls.v[i]);
}

static void
push_pattern(cJSON *list, const char *url, const char *type)
{
	cJSON *pattern = json_obj();

	json_set_str(pattern, "urlPattern", url);
	if (type)
		json_set_str(pattern, "resourceType", type);
	json_push(list, pattern);
}

static cJSON *
enable_params(const struct fetch_rules *r)
{
	cJSON *params = json_obj(), *list = json_arr();
	cleanup_buf own = BUF_INIT;

	if (r->auth)
		push_pattern(list, "*", NULL);
	if (r->headers) {
		buf_fmt(&own, "%s/*", r->origin);
		push_pattern(list, own.p, NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(fetch_types); i++)
		if ((r->block_types >> i & 1) && fetch_types[i].type)
			push_pattern(list, "*", fetch_types[i].type);
	for (size_t i = 0; i < r->n_block_urls; i++)
		push_pattern(list, r->block_urls[i], NULL);
	if (r->serve.n)
		push_pattern(list, "*", "Document");
	json_set(params, "patterns", list);
	json_set_bool(params, "handleAuthRequests", r->auth);
	return params;
}

static bool
rules_wanted(const struct fetch_rules *r)
{
	return r->auth || r->headers || r->block_types || r->n_block_urls;
}

int
page_fetch_setup(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err)
{
	struct fetch_rules *r;
	cleanup_buf text = BUF_INIT;
	cJSON *params;

	if (!o->headers.n && !o->block_resource_types && !o->block_urls.n && !o->policy.auth_user)
		return 0;
	r = rules_of(p);
	rules_fill(r, o);
	cdp_session_set_paused_hook(p->session, on_paused, r);
	params = enable_params(r);
	json_print(&text, params, false);
	cdp_session_add_child_command(p->session, CDP_CHILD_IFRAME, "Fetch.enable", text.p);
	return page_setup_send(p, "Fetch.enable", params, err);
}

int
page_fetch_serve(struct cdp_page *p, struct sv html, struct deadline dl, struct err *err)
{
	struct fetch_rules *r = rules_of(p);

	cdp_session_set_paused_hook(p->session, NULL, NULL);
	buf_reset(&r->serve);
	buf_str(&r->serve, "\"responseCode\":200,\"responseHeaders\":[{\"name\":\"Content-Type\","
			   "\"value\":\"text/html; charset=utf-8\"}],\"body\":\"");
	buf_base64(&r->serve, html.p, html.n);
	buf_str(&r->serve, "\"}");
	r->served = false;
	cdp_session_set_paused_hook(p->session, on_paused, r);
	return cdp_call(p->client, p->session, "Fetch.enable", enable_params(r), dl, NULL, err);
}

void
page_fetch_unserve(struct cdp_page *p)
{
	struct fetch_rules *r = p->rules;

	cdp_session_set_paused_hook(p->session, NULL, NULL);
	buf_done(&r->serve);
	if (!rules_wanted(r)) {
		(void)!cdp_send(p->client, p->session, "Fetch.disable", NULL, NULL, NULL);
		return;
	}
	cdp_session_set_paused_hook(p->session, on_paused, r);
	(void)!cdp_send(p->client, p->session, "Fetch.enable", enable_params(r), NULL, NULL);
}

void
page_fetch_free(struct cdp_page *p)
{
	struct fetch_rules *r = p->rules;

	if (!r)
		return;
	cJSON_Delete(r->headers);
	free(r->origin);
	for (size_t i = 0; i < r->n_block_urls; i++)
		free(r->block_urls[i]);
	free(r->block_urls);
	buf_done(&r->serve);
	free(r);
	p->rules = NULL;
}
