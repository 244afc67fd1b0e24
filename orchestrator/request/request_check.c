// SPDX-License-Identifier: Apache-2.0
// Rules of the render request that its tables can't say: URLs, header names and values (RFC 9110),
// cookies (RFC 6265). Any thread; no I/O.
#include "orchestrator/request/request.h"
#include "base/url.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

// Pages that end or hang their renderer, in builds for tests.
static bool
is_test_url(const char *text)
{
#ifdef RIPTIDE_TEST_OPS
	return strcmp(text, "chrome://crash") == 0 || strcmp(text, "chrome://kill") == 0 ||
	       strcmp(text, "chrome://hang") == 0;
#else
	(void)text;
	return false;
#endif
}

int
request_check_url(
    const char *text, const char *path, struct arena *a, const char **out, struct err *err)
{
	cleanup_buf norm = BUF_INIT_MAX(1 << 20);
	int rc;

	if (is_test_url(text))
		return 0;
	rc = url_check(sv_from(text), &norm, err);
	if (rc != 0) {
		err_prefix(err, path);
		return rc;
	}
	*out = arena_sv(a, buf_view(&norm));
	return 0;
}

// --- headers ---

// Names that belong to the browser or to the connection, and what to use in their place.
static const struct {
	const char *name;
	const char *why;
} reserved_headers[] = {
    {"host", "follows from url"},
    {"content-length", "belongs to the connection"},
    {"transfer-encoding", "belongs to the connection"},
    {"connection", "belongs to the connection"},
    {"keep-alive", "belongs to the connection"},
    {"upgrade", "belongs to the connection"},
    {"te", "belongs to the connection"},
    {"trailer", "belongs to the connection"},
    {"expect", "belongs to the connection"},
    {"cookie", "use cookies"},
    {"user-agent", "use user_agent"},
};

static const char *
header_reserved(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved_headers); i++)
		if (strcasecmp(name, reserved_headers[i].name) == 0)
			return reserved_headers[i].why;
	if (strncasecmp(name, "proxy-", 6) == 0)
		return "belongs to the connection";
	return NULL;
}

// RFC 9110 §5.6.2 token.
static bool
is_token(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f ||
		    strchr("\"(),/:;<=>?@[\\]{}", *s))
			return false;
	return true;
}

// RFC 9110 §5.5: visible characters, spaces, tabs; no CR, LF, NUL.
static bool
is_field_value(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

static int
check_header(const struct param_pair *h, const char *path, struct err *err)
{
	const char *why = header_reserved(h->key);

	if (!is_token(h->key))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected a header name (letters, digits, hyphens)");
	if (why)
		return err_at(err, ERR_INVALID_REQUEST, path, "this header can't be set: %s", why);
	if (!is_field_value(h->value) || strlen(h->value) > 16384)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected a header value of at most 16384 bytes without control characters");
	return 0;
}

int
request_check_headers(const struct param_map *headers, struct err *err)
{
	for (size_t i = 0; i < headers->n; i++) {
		char path[192];
		int rc;

		snprintf(path, sizeof(path), "headers.%s", headers->v[i].key);
		rc = check_header(&headers->v[i], path, err);
		if (rc != 0)
			return rc;
		for (size_t j = 0; j < i; j++)
			if (strcasecmp(headers->v[i].key, headers->v[j].key) == 0)
				return err_at(err, ERR_INVALID_REQUEST, path,
				    "the header is given twice (\"%s\")", headers->v[j].key);
	}
	return 0;
}

// --- cookies ---

struct request_cookie {
	const char *name, *value, *url, *domain, *path;
	double expires;
	bool http_only, secure, http_only2;
	int same_site, same_site2;
};
// Any case of the three names that browsers and Playwright write.
static const char *const same_site_names[] = {
    "unspecified", "Strict", "Lax", "None", "strict", "lax", "none", "no_restriction", NULL};
static const char *const same_site_cdp[] = {
    NULL, "Strict", "Lax", "None", "Strict", "Lax", "None", "None"};

static int cookie_check(void *obj, const char *path, struct err *err);

#define C(member) offsetof(struct request_cookie, member)
static const struct param cookie_rows[] = {
    {.name = "name",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = C(name),
	.min = 1,
	.max = 4096,
	.doc = "Name."},
    {.name = "value",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = C(value),
	.max = 4096,
	.doc = "Value."},
    {.name = "url",
	.type = PARAM_STRING,
	.offset = C(url),
	.min = 1,
	.max = 65536,
	.doc =
	    "The address that sets the cookie; with neither `url` nor `domain`: the request's `url`."},
    {.name = "domain",
	.type = PARAM_STRING,
	.offset = C(domain),
	.min = 1,
	.max = 253,
	.doc = "Host that gets the cookie; with a leading dot, its subdomains too."},
    {.name = "path",
	.type = PARAM_STRING,
	.offset = C(path),
	.min = 1,
	.max = 4096,
	.doc = "Path prefix; absent: `/`."},
    {.name = "expires",
	.type = PARAM_NUM,
	.offset = C(expires),
	.min = -1,
	.max = 1e11,
	.def = "-1",
	.doc = "Seconds since 1970; -1: until the browser ends."},
    {.name = "http_only",
	.type = PARAM_BOOL,
	.offset = C(http_only),
	.def = "false",
	.doc = "Hidden from scripts."},
    {.name = "httpOnly",
	.type = PARAM_BOOL,
	.flags = PARAM_HIDDEN,
	.offset = C(http_only2),
	.doc = "As http_only."},
    {.name = "secure",
	.type = PARAM_BOOL,
	.offset = C(secure),
	.def = "false",
	.doc = "Sent by https only."},
    {.name = "same_site",
	.type = PARAM_ENUM,
	.offset = C(same_site),
	.names = same_site_names,
	.doc = "Whether requests from other sites carry it; `unspecified`: the browser's default."},
    {.name = "sameSite",
	.type = PARAM_ENUM,
	.flags = PARAM_HIDDEN,
	.offset = C(same_site2),
	.names = same_site_names,
	.doc = "As same_site."},
};
#undef C
const struct param_table request_cookie_table = {
    .name = "cookie",
    .doc = "A cookie that the page finds.",
    .size = sizeof(struct request_cookie),
    .rows = cookie_rows,
    .n_rows = ARRAY_LEN(cookie_rows),
    .check = cookie_check,
};

static int
cookie_check(void *obj, const char *path, struct err *err)
{
	struct request_cookie *c = obj;

	c->http_only |= c->http_only2;
	if (c->same_site == 0)
		c->same_site = c->same_site2;
	if (c->url && c->domain)
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected only one of url and domain");
	if (!is_field_value(c->name) || strpbrk(c->name, "=;"))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected a name without control characters, \"=\" and \";\"");
	if (!is_field_value(c->value) || strchr(c->value, ';'))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected a value without control characters and \";\"");
	if (c->path && (c->path[0] != '/' || !is_field_value(c->path)))
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected a path that begins with \"/\"");
	if (c->domain && !is_token(c->domain))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected a host name as domain");
	return 0;
}

static int
cookie_url(
    const struct request_cookie *c, const char *path, const char *url, cJSON *out, struct err *err)
{
	cleanup_buf norm = BUF_INIT_MAX(1 << 20);
	int rc;

	if (!c->url && !url)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected one of url and domain");
	rc = url_check(sv_from(c->url ? c->url : url), &norm, err);
	if (rc != 0) {
		err_prefix(err, "url");
		err_prefix(err, path);
		return rc;
	}
	json_set_sv(out, "url", buf_view(&norm));
	return 0;
}

static int
cookie_json(
    const struct request_cookie *c, const char *path, const char *url, cJSON *out, struct err *err)
{
	json_set_str(out, "name", c->name);
	json_set_str(out, "value", c->value);
	if (c->path)
		json_set_str(out, "path", c->path);
	if (c->expires >= 0)
		json_set_num(out, "expires", c->expires);
	if (c->http_only)
		json_set_bool(out, "httpOnly", true);
	if (c->secure)
		json_set_bool(out, "secure", true);
	if (same_site_cdp[c->same_site])
		json_set_str(out, "sameSite", same_site_cdp[c->same_site]);
	if (!c->domain)
		return cookie_url(c, path, url, out, err);
	json_set_str(out, "domain", c->domain);
	if (!c->path)
		json_set_str(out, "path", "/");
	return 0;
}

int
request_cookies(const struct param_array *cookies, const char *url, cJSON **out, struct err *err)
{
	const struct request_cookie *v = cookies->v;
	cJSON *list;

	if (cookies->n == 0)
		return 0;
	list = json_arr();
	for (size_t i = 0; i < cookies->n; i++) {
		cJSON *item = json_obj();
		char path[64];
		int rc;

		json_push(list, item);
		snprintf(path, sizeof(path), "cookies[%zu]", i);
		rc = cookie_json(&v[i], path, url, item, err);
		if (rc != 0) {
			cJSON_Delete(list);
			return rc;
		}
	}
	*out = list;
	return 0;
}

// --- actions that hold options of the extractor ---

cJSON *
request_action_extract(const cJSON *action)
{
	static const char *const keys[] = {"document", "strategies", "fields", "schema"};
	cJSON *o = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const cJSON *v = json_get(action, keys[i]);

		if (v)
			cJSON_AddItemReferenceToObject(o, keys[i], (cJSON *)(uintptr_t)v);
	}
	return o;
}

static int
check_action(void *arg, const char *type, const cJSON *json, const char *path, struct err *err)
{
	struct extract_options *o = NULL;
	cJSON *options;
	int rc;

	if (strcmp(type, "extract") != 0)
		return 0;
	options = request_action_extract(json);
	rc = extract_options_read(options, arg, path, &o, err);
	cJSON_Delete(options);
	return rc;
}

int
request_check_actions(const struct action_list *actions, struct arena *a, struct err *err)
{
	return actions_each(actions, check_action, a, "actions", err);
}
