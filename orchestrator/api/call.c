// SPDX-License-Identifier: Apache-2.0
// A call: how its body is read and how it is answered, the same for every handler. Any thread.
#include "orchestrator/api/api_priv.h"

#include "base/digest.h"
#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

void
call_keep(struct call *c)
{
	http_exchange_ref(c->x);
}

void
call_release(struct call *c)
{
	http_exchange_unref(c->x);
}

// --- reading ---

bool
call_has_type(const struct call *c, const char *type)
{
	struct sv v = http_field_get(c->req, "content-type");
	const char *semicolon = v.p ? memchr(v.p, ';', v.n) : NULL;

	if (semicolon)
		v.n = (size_t)(semicolon - v.p);
	return v.p && sv_ieq_str(sv_trim(v), type);
}

// One member of Accept: is it the type, and not refused by q=0?
static bool
accept_member(struct sv member, const char *type)
{
	const char *semicolon = memchr(member.p, ';', member.n);
	struct sv name = member, rest = SV_NULL;

	if (semicolon) {
		name.n = (size_t)(semicolon - member.p);
		rest = (struct sv){semicolon, member.n - name.n};
	}
	if (!sv_ieq_str(sv_trim(name), type))
		return false;
	for (size_t i = 0; i + 3 < rest.n; i++)
		if (strncasecmp(rest.p + i, "q=0", 3) == 0 &&
		    !memchr("123456789", rest.p[rest.n - 1], 9))
			return false;
	return true;
}

bool
call_accepts(const struct call *c, const char *type)
{
	struct sv v = http_field_get(c->req, "accept");

	while (v.p && v.n > 0) {
		const char *comma = memchr(v.p, ',', v.n);
		size_t n = comma ? (size_t)(comma - v.p) : v.n;

		if (accept_member((struct sv){v.p, n}, type))
			return true;
		v = comma ? (struct sv){comma + 1, v.n - n - 1} : SV_NULL;
	}
	return false;
}

int
call_body(struct call *c, cJSON **out, struct err *err)
{
	struct json_limits lim = json_limits_default;

	lim.max_bytes = MAX(lim.max_bytes, c->req->body.n);
	if (c->req->body.n == 0)
		return err_set(err, ERR_INVALID_JSON, "the body is empty: expected a JSON object");
	if (json_parse_api(c->req->body, &lim, out, err) != 0)
		return err->code;
	if (cJSON_IsObject(*out))
		return 0;
	cJSON_Delete(steal_ptr(*out));
	return err_set(err, ERR_INVALID_REQUEST, "expected a JSON object");
}

int
call_id(const struct call *c, size_t i, char *out, size_t size, struct err *err)
{
	struct sv v = c->params[i];

	if (v.n == 0 || v.n >= size)
		return err_set(err, ERR_NOT_FOUND, NULL);
	for (size_t k = 0; k < v.n; k++)
		if (!sv_is_alnum(v.p[k]) && !memchr("._-", v.p[k], 3))
			return err_set(err, ERR_NOT_FOUND, NULL);
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return 0;
}

int64_t
call_query_int(const struct call *c, const char *name, int64_t fallback)
{
	cleanup_buf text = BUF_INIT_MAX(32);
	int64_t v = 0;

	if (!http_query_get(c->req, name, &text))
		return fallback;
	if (text.n == 0 || text.n > 18 || text.overflow)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		if (!sv_is_digit(text.p[i]))
			return -1;
		v = v * 10 + (text.p[i] - '0');
	}
	return v;
}

// --- answering ---

static void
limit_fields(const struct call *c, struct http_reply *r, char text[3][24])
{
	const struct auth_limits *l = &c->limits;

	if (l->limit <= 0)
		return;
	snprintf(text[0], 24, "%lld", (long long)l->limit);
	snprintf(text[1], 24, "%lld", (long long)l->remaining);
	snprintf(text[2], 24, "%lld", (long long)l->reset_s);
	http_reply_field(r, "RateLimit-Limit", text[0]);
	http_reply_field(r, "RateLimit-Remaining", text[1]);
	http_reply_field(r, "RateLimit-Reset", text[2]);
}

static void
cors_fields(const struct call *c, struct http_reply *r)
{
	if (!c->origin[0])
		return;
	http_reply_field(r, "Access-Control-Allow-Origin", c->origin);
	http_reply_field(r, "Access-Control-Expose-Headers",
	    "X-Request-Id, X-Job-Id, X-Job-Status, X-Page-Status, X-Page-Url, ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
	    "RateLimit-Reset");
}

void
call_fields(const struct call *c, struct http_reply *r)
{
	http_reply_field(r, "X-Request-Id", c->request_id);
	if (c->traceparent[0])
		http_reply_field(r, "traceparent", c->traceparent);
	http_reply_field(r, "X-Content-Type-Options", "nosniff");
	http_reply_field(r, "Referrer-Policy", "no-referrer");
	http_reply_field(r, "Vary", "Accept, Accept-Encoding, Origin");
	cors_fields(c, r);
}

static void
count(const struct call *c, int status)
{
	cleanup_free char *label = xasprintf("%s %d", c->route ? c->route->name : "none", status);

	metric_add(METRIC_REQUESTS, label, 1);
	metric_observe_ms(METRIC_REQUEST_MS, c->route ? c->route->name : "none",
	    (double)(clock_us() - c->req->received_us) / 1000);
}

// The limits' text must outlive http_reply: this is the only place that sends.
void
call_reply(struct call *c, struct http_reply *r, const char *cache)
{
	char limits[3][24];
	const char *coding;

	call_fields(c, r);
	limit_fields(c, r, limits);
	if (cache)
		http_reply_field(r, "Cache-Control", cache);
	coding = c->route && c->route->lane != LANE_LOOP && r->content_type
		     ? http_compress(
			   &r->body, r->content_type, http_field_get(c->req, "accept-encoding"))
		     : NULL;
	if (coding)
		http_reply_field(r, "Content-Encoding", coding);
	if (r->content_type && strncmp(r->content_type, "text/html", 9) == 0)
		http_reply_field(r, "Content-Security-Policy",
		    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
		    "frame-ancestors 'none'; base-uri 'none'; sandbox allow-popups");
	count(c, r->status);
	http_reply(c->x, r);
}

void
call_send(struct call *c, int status, const char *type, struct buf *body)
{
	struct http_reply r = {.status = status, .content_type = type, .body = *body};

	*body = (struct buf)BUF_INIT;
	idempotency_finish(c, &r);
	call_reply(c, &r, "no-store");
}

void
call_json(struct call *c, int status, cJSON *v)
{
	struct buf text = BUF_INIT;

	json_print(&text, v, false);
	buf_ch(&text, '\n');
	cJSON_Delete(v);
	call_send(c, status, JSON_TYPE, &text);
}

void
call_text(struct call *c, int status, const char *text)
{
	struct buf b = BUF_INIT;

	buf_str(&b, text);
	call_send(c, status, "text/plain; charset=utf-8", &b);
}

static void
retry_field(struct http_reply *r, int64_t ms, char text[24])
{
	if (ms <= 0)
		return;
	snprintf(text, 24, "%lld", (long long)((ms + 999) / 1000));
	http_reply_field(r, "Retry-After", text);
}

void
call_error(struct call *c, const struct err *err, int64_t retry_after_ms)
{
	const struct err_info *info = err_info(err->code);
	struct http_reply r = {.status = info->http_status, .content_type = JSON_TYPE};
	cJSON *v = json_obj();
	char retry[24];

	idempotency_forget(c);
	metric_add(METRIC_ERRORS, info->code, 1);
	json_set(v, "error", error_object(err, c->request_id));
	json_print(&r.body, v, false);
	buf_ch(&r.body, '\n');
	cJSON_Delete(v);
	if (retry_after_ms <= 0 && (r.status == 429 || r.status == 503))
		retry_after_ms = MAX(c->limits.retry_after_ms, (int64_t)1000);
	retry_field(&r, retry_after_ms, retry);
	if (r.status == 401)
		http_reply_field(&r, "WWW-Authenticate", "Bearer realm=\"riptide\"");
	call_reply(c, &r, "no-store");
}

// --- ETag ---

bool
call_etag_matches(const struct call *c, const char *etag)
{
	struct sv v = http_field_get(c->req, "if-none-match");
	size_t n = strlen(etag);

	if (v.n == 1 && v.p[0] == '*')
		return true;
	for (size_t i = 0; v.p && i + n <= v.n; i++)
		if (memcmp(v.p + i, etag, n) == 0)
			return true;
	return false;
}

static void
etag_of(struct sv body, char out[40])
{
	char sum[SHA256_HEX];

	sha256_hex(body, sum);
	snprintf(out, 40, "\"%.32s\"", sum);
}

void
call_tagged(struct call *c, int status, const char *type, struct buf *body)
{
	struct http_reply r = {.status = status, .content_type = type, .body = *body};
	char etag[40];

	*body = (struct buf)BUF_INIT;
	etag_of(buf_view(&r.body), etag);
	if (call_etag_matches(c, etag)) {
		buf_done(&r.body);
		r.status = 304;
		r.content_type = NULL;
	}
	http_reply_field(&r, "ETag", etag);
	call_reply(c, &r, "no-cache");
}
