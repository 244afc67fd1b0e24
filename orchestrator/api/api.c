// SPDX-License-Identifier: Apache-2.0
// The front desk: what is decided about a request from its head alone (identity, host, origin,
// route, key, type of the body), and the hand-over to the lane where its handler runs. Loop thread.
#include "orchestrator/api/api_priv.h"

#include "base/digest.h"
#include "base/metrics.h"
#include "base/nearest.h"
#include "base/url.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/sysinfo.h>

#define LIGHT_THREADS 4
#define LIGHT_QUEUE   2000
#define EXTRACT_QUEUE 256

// --- identity of a request ---

static bool
all_of(struct sv v, const char *extra, bool hex)
{
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (hex ? sv_hex(c) < 0 || c != sv_lower(c) : !sv_is_alnum(c) && !strchr(extra, c))
			return false;
	}
	return true;
}

// X-Request-Id as it came when it is a sane token, else one of our own.
static void
identify(struct call *c)
{
	struct sv v = http_field_get(c->req, "x-request-id");

	if (v.n > 0 && v.n < sizeof(c->request_id) && all_of(v, "._-:/+=", false)) {
		memcpy(c->request_id, v.p, v.n);
		c->request_id[v.n] = '\0';
	} else {
		random_hex(c->request_id, 16);
	}
}

// W3C Trace Context, version 00: the trace goes on with a span of ours.
static void
trace(struct call *c)
{
	struct sv v = http_field_get(c->req, "traceparent");

	if (v.n != 55 || !sv_starts(v, "00-") || v.p[35] != '-' || v.p[52] != '-')
		return;
	if (!all_of((struct sv){v.p + 3, 32}, "", true) ||
	    !all_of((struct sv){v.p + 36, 16}, "", true) ||
	    !all_of((struct sv){v.p + 53, 2}, "", true))
		return;
	memcpy(c->traceparent, v.p, 55);
	c->traceparent[55] = '\0';
	random_hex(c->traceparent + 36, 8);
	c->traceparent[52] = '-';
}

// --- Host and Origin: a page in somebody's browser must not reach a daemon on loopback ---

static bool
in_list(const char *list, struct sv v)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");
		struct sv item = sv_trim((struct sv){list, n});

		if (item.n == v.n && strncasecmp(item.p, v.p, v.n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static struct sv
without_port(struct sv host)
{
	const char *colon = memrchr(host.p, ':', host.n);

	if (colon && memchr(host.p, ']', host.n) < (const void *)colon &&
	    (host.p[0] == '[' || memchr(host.p, ':', host.n) == colon))
		host.n = (size_t)(colon - host.p);
	return host;
}

// Names of this service: an IP address literal (no rebinding without a name), localhost, and what
// is configured. Where keys are asked for, any name: a page of another origin has no key.
static bool
host_ok(const struct api *a, const struct settings *set, struct sv host)
{
	struct sv name = without_port(host);

	if (name.n == 0)
		return false;
	if (auth_required(a->p.auth) || sv_ieq_str(name, "localhost") || name.p[0] == '[')
		return true;
	if (in_list(set->allow_hosts, name))
		return true;
	for (size_t i = 0; i < name.n; i++)
		if (!sv_is_digit(name.p[i]) && name.p[i] != '.')
			return false;
	return true;
}

static bool
same_origin(struct sv origin, struct sv host, bool tls)
{
	const char *scheme = tls ? "https://" : "http://";
	size_t n = strlen(scheme);

	return sv_istarts(origin, scheme) && origin.n - n == host.n &&
	       strncasecmp(origin.p + n, host.p, host.n) == 0;
}

static int
check_origin(struct call *c, struct err *err)
{
	struct sv host = http_field_get(c->req, "host"), origin = http_field_get(c->req, "origin");
	cleanup_settings *set = settings_current();

	if (!host_ok(c->api, set, host))
		return err_set(err, ERR_MISDIRECTED,
		    "the Host \"%.*s\" is not one of this service (setting allow_hosts)",
		    (int)MIN(host.n, (size_t)100), host.p ? host.p : "");
	if (!origin.p || same_origin(origin, host, c->req->tls))
		return 0;
	if (origin.n >= sizeof(c->origin) || !in_list(set->cors_origins, origin))
		return err_set(err, ERR_ORIGIN_FORBIDDEN, "%s",
		    "pages of this origin may not call the service (setting cors_origins)");
	memcpy(c->origin, origin.p, origin.n);
	return 0;
}

// --- routing ---

static void
answer_options(struct call *c, const char *allow)
{
	struct http_reply r = {.status = 204};

	http_reply_field(&r, "Allow", allow);
	call_fields(c, &r);
	if (c->origin[0]) {
		http_reply_field(&r, "Access-Control-Allow-Methods", allow);
		http_reply_field(&r, "Access-Control-Allow-Headers",
		    "Authorization, X-API-Key, Content-Type, Idempotency-Key, X-Request-Id, "
		    "Last-Event-ID, If-None-Match, traceparent");
		http_reply_field(&r, "Access-Control-Max-Age", "600");
	}
	http_reply(c->x, &r);
}

static void
answer_not_allowed(struct call *c, const char *allow)
{
	struct http_reply r = {.status = 405, .content_type = JSON_TYPE};
	struct err err = ERR_INIT;
	cJSON *v = json_obj();

	err_set(&err, ERR_METHOD_NOT_ALLOWED, "this path has %s only", allow);
	json_set(v, "error", error_object(&err, c->request_id));
	json_print(&r.body, v, false);
	cJSON_Delete(v);
	http_reply_field(&r, "Allow", allow);
	call_fields(c, &r);
	metric_add(METRIC_ERRORS, "method_not_allowed", 1);
	http_reply(c->x, &r);
}

static int
check_body_type(const struct call *c, struct err *err)
{
	if (!c->route->body || c->route->raw_body || call_has_type(c, JSON_TYPE))
		return 0;
	return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "expected Content-Type: application/json");
}

#define QUERY_MAX 8

static int
unknown_parameter(
    const struct call *c, struct sv name, const char *const *names, size_t n, struct err *err)
{
	cleanup_buf known = BUF_INIT;
	const char *near;
	char word[64];

	snprintf(word, sizeof(word), SV_FMT, SV_ARG(name));
	near = nearest_word(word, names, n);
	if (near)
		return err_at(err, ERR_INVALID_REQUEST, word,
		    "unknown query parameter; did you mean \"%s\"?", near);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&known, "%s%s", i > 0 ? ", " : "; known: ", names[i]);
	if (n == 0 && c->route->body)
		buf_str(&known, "; options go into the body");
	return err_at(err, ERR_INVALID_REQUEST, word, "unknown query parameter%s",
	    known.n > 0 ? known.p : "");
}

// As with the keys of a body: what is not known is not ignored. Outside of /v1 others set the rules
// (probes ask for /livez?verbose).
static int
check_query(const struct call *c, struct err *err)
{
	const char *names[QUERY_MAX];
	struct sv rest = c->req->query, name, value;
	unsigned seen = 0;
	size_t n = 0;

	for (; c->route->query && c->route->query[2 * n]; n++) {
		assert(n < QUERY_MAX);
		names[n] = c->route->query[2 * n];
	}
	while (sv_starts(c->req->path, "/v1/") && http_query_next(&rest, &name, &value)) {
		size_t i = 0;

		while (i < n && !sv_eq_str(name, names[i]))
			i++;
		if (i < n && seen >> i & 1)
			return err_at(err, ERR_INVALID_REQUEST, names[i], "is there twice");
		if (i < n)
			seen |= 1u << i;
		else if (name.n > 0 || value.p) // "?a=1&" ends with nothing
			return unknown_parameter(c, name, names, n, err);
	}
	return 0;
}

// 0: go on; 1: answered; or an error.
static int
admit(struct call *c, struct err *err)
{
	char allow[64];
	int rc = check_origin(c, err);

	if (rc != 0)
		return rc;
	c->route = route_find(c->req->method, c->req->path, c->params, allow);
	if (!c->route && !allow[0])
		return err_set(
		    err, ERR_NOT_FOUND, "there is no such path; GET / lists what there is");
	if (c->req->method == HTTP_OPTIONS) {
		answer_options(c, allow);
		return 1;
	}
	if (!c->route) {
		answer_not_allowed(c, allow);
		return 1;
	}
	rc = c->route->open
		 ? auth_check_rate(c->api->p.auth, c->req, &c->limits, err)
		 : auth_check(c->api->p.auth, c->req, c->route->scopes, &c->who, &c->limits, err);
	if (rc == 0)
		rc = check_query(c, err);
	return rc == 0 ? check_body_type(c, err) : rc;
}

static void
on_head(void *arg, struct http_exchange *x, size_t *max_body)
{
	struct api *a = arg;
	struct call *c = xcalloc(1, sizeof(*c));
	cleanup_settings *set = settings_current();
	struct err err = ERR_INIT;
	int rc;

	c->api = a;
	c->x = x;
	c->req = http_exchange_request(x);
	http_exchange_set_user(x, c, free);
	identify(c);
	trace(c);
	rc = admit(c, &err);
	if (rc < 0)
		call_error(c, &err, 0);
	*max_body =
	    rc == 0 && (c->route->body || c->route->raw_body) ? (size_t)set->max_body : 4096;
}

static void
run(struct call *c)
{
	struct err err = ERR_INIT;

	if (idempotency_begin(c, &err))
		return;
	if (c->route->run(c, &err) != 0)
		call_error(c, &err, 0);
}

static void // in a lane
run_later(void *arg)
{
	struct call *c = arg;

	if (!http_exchange_gone(c->x))
		run(c);
	call_release(c);
}

static void
on_request(void *arg, struct http_exchange *x)
{
	struct api *a = arg;
	struct call *c = http_exchange_user(x);
	struct err err = ERR_INIT;
	struct lane *l;

	if (c->route->lane == LANE_LOOP) {
		run(c);
		return;
	}
	l = c->route->lane == LANE_EXTRACT ? a->extract : a->light;
	call_keep(c);
	if (!lane_put(l, run_later, c)) {
		call_release(c);
		err_set(&err, ERR_OVERLOADED, NULL);
		metric_add(METRIC_JOBS_REJECTED, "overloaded", 1);
		call_error(c, &err, 1000);
	}
}

static void
on_refused(void *arg UNUSED, const struct err *err, struct http_reply *out)
{
	static __thread char id[33]; // borrowed by *out until it is sent
	cJSON *v = json_obj();

	random_hex(id, 16);
	http_reply_field(out, "X-Request-Id", id);
	json_set(v, "error", error_object(err, id));
	json_print(&out->body, v, false);
	buf_ch(&out->body, '\n');
	cJSON_Delete(v);
	out->content_type = JSON_TYPE;
	metric_add(METRIC_ERRORS, err_info(err->code)->code, 1);
}

void
api_hooks(struct api *a, struct http_hooks *out)
{
	*out = (struct http_hooks){
	    .on_head = on_head, .on_request = on_request, .on_refused = on_refused, .arg = a};
}

struct api *
api_new(const struct api_parts *p)
{
	struct api *a = xcalloc(1, sizeof(*a));

	a->p = *p;
	a->started_us = clock_us();
	pthread_mutex_init(&a->stalled_lock, NULL);
	a->light = lane_new("riptide-api", LIGHT_THREADS, LIGHT_QUEUE);
	a->extract = lane_new("riptide-xapi", (size_t)get_nprocs() + 1, EXTRACT_QUEUE);
	return a;
}

void
api_set_server(struct api *a, struct http_server *s)
{
	a->server = s;
}

void
api_tick(struct api *a)
{
	batch_tick(a);
}

void
api_drain(struct api *a)
{
	atomic_store(&a->draining, true);
}

void
api_free(struct api *a)
{
	if (!a)
		return;
	lane_free(a->light);
	lane_free(a->extract);
	batch_tick(a); // gives up what still waits: their clients are gone
	pthread_mutex_destroy(&a->stalled_lock);
	free(a);
}
