// SPDX-License-Identifier: Apache-2.0
// The request log as HAR 1.2 (W3C web performance draft, "HTTP Archive format"). Bodies that were
// not to be had are marked: `comment` says why, `_bodyMissing` is true. Job threads.
#include "cdp/capture.h"
#include "cdp/page/netlog.h"

#include "base/url.h"

#include "version.h"

#include <math.h>

#define BODIES_LIMIT_MS 1000 // for replies that are still on their way

static void
add_pair(cJSON *list, struct sv name, struct sv value)
{
	cJSON *o = json_obj();

	json_set_sv(o, "name", name);
	json_set_sv(o, "value", value);
	json_push(list, o);
}

// CDP joins repeated headers with line feeds.
static cJSON *
headers(const cJSON *from)
{
	cJSON *list = json_arr();

	json_foreach (h, from) {
		struct sv rest = sv_from(cJSON_GetStringValue(h));

		while (rest.p) {
			const char *nl = memchr(rest.p, '\n', rest.n);
			struct sv line = {rest.p, nl ? (size_t)(nl - rest.p) : rest.n};

			add_pair(list, sv_from(h->string), line);
			rest = nl ? (struct sv){nl + 1, rest.n - line.n - 1} : SV_NULL;
		}
	}
	return list;
}

static const char *
header(const cJSON *from, const char *name)
{
	json_foreach (h, from)
		if (sv_ieq_str(sv_from(h->string), name))
			return cJSON_GetStringValue(h);
	return NULL;
}

// "a=1; b=2" (request), or one "a=1; Path=/" a line (response: the attributes are left out).
static cJSON *
cookies(const char *text, char separator)
{
	struct sv rest = sv_from(text);
	cJSON *list = json_arr();

	while (rest.n) {
		const char *end = memchr(rest.p, separator, rest.n);
		struct sv one = sv_trim((struct sv){rest.p, end ? (size_t)(end - rest.p) : rest.n});
		const char *semi = one.n ? memchr(one.p, ';', one.n) : NULL, *eq;

		if (semi)
			one.n = (size_t)(semi - one.p);
		eq = one.n ? memchr(one.p, '=', one.n) : NULL;
		if (eq)
			add_pair(list, (struct sv){one.p, (size_t)(eq - one.p)},
			    (struct sv){eq + 1, one.n - (size_t)(eq - one.p) - 1});
		rest = end ? (struct sv){end + 1, rest.n - (size_t)(end - rest.p) - 1} : SV_NULL;
	}
	return list;
}

static cJSON *
query_string(const char *url)
{
	cJSON *list = json_arr();
	struct url u;

	if (!url || !url_split(sv_from(url), &u))
		return list;
	while (u.query.n) {
		const char *amp = memchr(u.query.p, '&', u.query.n);
		struct sv one = {u.query.p, amp ? (size_t)(amp - u.query.p) : u.query.n};
		const char *eq = one.n ? memchr(one.p, '=', one.n) : NULL;
		size_t name = eq ? (size_t)(eq - one.p) : one.n;

		add_pair(list, (struct sv){one.p, name},
		    eq ? (struct sv){eq + 1, one.n - name - 1} : SV(""));
		u.query = amp ? (struct sv){amp + 1, u.query.n - one.n - 1} : SV_NULL;
	}
	return list;
}

static const char *
http_version(const struct netreq *r)
{
	static const char *const names[][2] = {
	    {"http/1.0", "HTTP/1.0"}, {"http/1.1", "HTTP/1.1"}, {"h2", "HTTP/2"}, {"h3", "HTTP/3"}};
	const char *p = json_str(r->response, "protocol");

	if (!p)
		return "HTTP/1.1";
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(p, names[i][0]) == 0)
			return names[i][1];
	return p;
}

static cJSON *
request(const struct netreq *r)
{
	const cJSON *sent = r->wire[WIRE_REQUEST],
		    *h = sent ? sent : json_get(r->request, "headers");
	const char *post = json_str(r->request, "postData"), *type = header(h, "content-type");
	cJSON *o = json_obj(), *data;

	json_set_str(o, "method", json_str(r->request, "method"));
	json_set_str(o, "url", json_str(r->request, "url"));
	json_set_str(o, "httpVersion", http_version(r));
	json_set(o, "cookies", cookies(header(h, "cookie"), ';'));
	json_set(o, "headers", headers(h));
	json_set(o, "queryString", query_string(json_str(r->request, "url")));
	json_set_int(o, "headersSize", -1);
	json_set_int(o, "bodySize", post ? (int64_t)strlen(post) : 0);
	if (post) {
		data = json_obj();
		json_set_str(data, "mimeType", type ? type : "");
		json_set(data, "params", json_arr());
		json_set_str(data, "text", post);
		json_set(o, "postData", data);
	}
	return o;
}

// Bytes of a body as it was delivered.
static int64_t
body_bytes(const cJSON *body)
{
	const char *text = json_str(body, "body");
	size_t n = strlen(text);

	if (!json_bool(body, "base64Encoded", false))
		return (int64_t)n;
	for (int i = 0; i < 2 && n > 0 && text[n - 1] == '='; i++)
		n--;
	return (int64_t)(n * 3 / 4);
}

static void
set_body(struct cdp_page *p, struct netreq *r, struct deadline dl, cJSON *content)
{
	struct err err = ERR_INIT;
	cJSON *body = NULL;
	int rc = r->body_asked ? cdp_wait(p->client, &r->body, dl, &body, &err) : ERR_CDP;

	r->body_asked = false;
	if (rc == 0 && json_str(body, "body")) {
		cJSON_ReplaceItemInObjectCaseSensitive(
		    content, "size", cJSON_CreateNumber((double)body_bytes(body)));
		json_set_str(content, "text", json_str(body, "body"));
		if (json_bool(body, "base64Encoded", false))
			json_set_str(content, "encoding", "base64");
	} else if (r->response && !r->redirected) {
		json_set_bool(content, "_bodyMissing", true);
		json_set_str(content, "comment",
		    err.message[0]  ? err.message
		    : r->end_s == 0 ? "the response had not ended"
				    : "over the byte budget for bodies");
	}
	cJSON_Delete(body);
}

static cJSON *
response(struct cdp_page *p, struct netreq *r, struct deadline dl)
{
	const cJSON *raw = r->wire[WIRE_RESPONSE],
		    *h = raw ? raw : json_get(r->response, "headers");
	const char *mime = json_str(r->response, "mimeType"), *location = header(h, "location");
	cJSON *o = json_obj(), *content = json_obj();

	json_set_int(o, "status", json_int(r->response, "status", 0));
	json_set_str(o, "statusText",
	    r->response   ? json_str(r->response, "statusText")
	    : r->error[0] ? r->error
			  : "");
	json_set_str(o, "httpVersion", http_version(r));
	json_set(o, "cookies", cookies(header(h, "set-cookie"), '\n'));
	json_set(o, "headers", headers(h));
	json_set_int(content, "size", r->decoded);
	json_set_str(content, "mimeType", mime ? mime : "");
	set_body(p, r, dl, content);
	json_set(o, "content", content);
	json_set_str(o, "redirectURL", r->redirected && location ? location : "");
	json_set_int(o, "headersSize", -1);
	json_set_int(o, "bodySize", r->end_s > 0 ? r->encoded : -1);
	if (r->error[0]) {
		cleanup_free char *why = page_failure(p, json_str(r->request, "url"), r->error);

		json_set_str(o, "_error", why);
	}
	return o;
}

static double
span(const cJSON *t, const char *from, const char *to)
{
	double a = json_num(t, from, -1), b = json_num(t, to, -1);

	return a >= 0 && b >= a ? b - a : -1;
}

// HAR: -1 for a phase that did not happen; `time` is the sum of the others.
static cJSON *
timings(const struct netreq *r, double *total)
{
	static const struct {
		const char *name, *from, *to;
	} phases[] = {{"dns", "dnsStart", "dnsEnd"}, {"connect", "connectStart", "connectEnd"},
	    {"ssl", "sslStart", "sslEnd"}, {"send", "sendStart", "sendEnd"},
	    {"wait", "sendEnd", "receiveHeadersEnd"}};
	const cJSON *t = json_get(r->response, "timing");
	double headers_end = json_num(t, "receiveHeadersEnd", 0), receive;
	cJSON *o = json_obj();

	*total = r->end_s > r->start_s ? (r->end_s - r->start_s) * 1000 : 0;
	receive = t ? (r->end_s - json_num(t, "requestTime", r->start_s)) * 1000 - headers_end : -1;
	json_set_num(
	    o, "blocked", t ? MAX(0.0, (json_num(t, "requestTime", 0) - r->start_s) * 1000) : -1);
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		double v = span(t, phases[i].from, phases[i].to);
		bool must = i >= 3; // send and wait may not be -1

		json_set_num(o, phases[i].name, must ? MAX(0.0, v) : v);
	}
	json_set_num(o, "receive", r->end_s > 0 ? MAX(0.0, receive) : 0);
	return o;
}

static cJSON *
entry(struct cdp_page *p, struct netreq *r, struct deadline dl)
{
	cJSON *o = json_obj(), *t;
	struct cdp_dial dial;
	const char *ip;
	char started[32];
	double total;

	clock_iso((int64_t)(r->wall_s * 1000), started);
	t = timings(r, &total);
	json_set_str(o, "pageref", "page_1");
	json_set_str(o, "startedDateTime", started);
	json_set_num(o, "time", total);
	json_set(o, "request", request(r));
	json_set(o, "response", response(p, r, dl));
	json_set(o, "cache", json_obj());
	json_set(o, "timings", t);
	ip = page_remote_address(p, json_str(r->request, "url"), r->response, &dial);
	if (ip)
		json_set_str(o, "serverIPAddress", ip);
	json_set_str(o, "_resourceType", r->type);
	json_set_bool(o, "_fromCache", r->from_cache);
	return o;
}

static cJSON *
creator(const char *name, const char *version)
{
	cJSON *o = json_obj();

	json_set_str(o, "name", name);
	json_set_str(o, "version", version);
	return o;
}

static cJSON *
pages(struct cdp_page *p)
{
	cJSON *list = json_arr(), *o = json_obj(), *t = json_obj();
	char started[32];

	clock_iso(p->log->n ? (int64_t)(p->log->v[0].wall_s * 1000) : clock_wall_ms(), started);
	json_set_str(o, "startedDateTime", started);
	json_set_str(o, "id", "page_1");
	json_set_sv(o, "title", buf_view(&p->nav.final_url));
	json_set_int(t, "onContentLoad", p->nav.dcl_ms);
	json_set_int(t, "onLoad", p->nav.load_ms);
	json_set(o, "pageTimings", t);
	json_push(list, o);
	return list;
}

// "HeadlessChrome/156.0.8078.79"
static cJSON *
browser_of(const char *product)
{
	size_t n = strcspn(product, "/");
	cleanup_free char *name = sv_dup((struct sv){product, n});

	return creator(name, product[n] ? product + n + 1 : "");
}

int
cdp_page_har(struct cdp_page *p, const char *browser, cJSON **out, struct err *err)
{
	struct deadline dl = deadline_in_ms(BODIES_LIMIT_MS);
	cJSON *har, *log, *entries;

	if (!p->log)
		return err_set(err, ERR_INTERNAL, "no request log was kept");
	log = json_obj();
	json_set_str(log, "version", "1.2");
	json_set(log, "creator", creator("riptide", RIPTIDE_VERSION));
	json_set(log, "browser", browser_of(browser));
	json_set(log, "pages", pages(p));
	entries = json_arr();
	// Waiting for a body handles events, which may add requests: the end is looked at each
	// time.
	for (size_t i = 0; i < p->log->n; i++) {
		struct netreq copy = p->log->v[i];

		p->log->v[i].body_asked = false;
		json_push(entries, entry(p, &copy, dl));
	}
	json_set(log, "entries", entries);
	if (p->log->not_kept)
		json_set_int(log, "_requestsNotKept", (int64_t)p->log->not_kept);
	har = json_obj();
	json_set(har, "log", log);
	*out = har;
	return 0;
}
