// SPDX-License-Identifier: Apache-2.0
// The API described: OpenAPI 3.1 and the page at /, printed from the route table and from the
// tables that check requests. Any thread.
#include "orchestrator/api/api_priv.h"

#include "version.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

// --- small builders ---

static cJSON *
str(const char *s)
{
	return cJSON_CreateString(s);
}

static cJSON *
ref(const char *name)
{
	cleanup_free char *target = xasprintf("#/components/schemas/%s", name);
	cJSON *v = json_obj();

	json_set_str(v, "$ref", target);
	return v;
}

static cJSON *
typed(const char *type, const char *text)
{
	cJSON *v = json_obj();

	json_set_str(v, "type", type);
	if (text)
		json_set_str(v, "description", text);
	return v;
}

// Schemas made for a file of its own refer to #/$defs.
static void
move_refs(cJSON *v)
{
	json_foreach (item, v) {
		if (item->string && strcmp(item->string, "$ref") == 0 && cJSON_IsString(item) &&
		    strncmp(item->valuestring, "#/$defs/", 8) == 0) {
			cleanup_free char *to =
			    xasprintf("#/components/schemas/%s", item->valuestring + 8);

			cJSON_SetValuestring(item, to);
		}
		move_refs(item);
	}
}

// --- schemas of answers: what every client may rely on; more keys may come ---

struct answer_key {
	const char *name, *type, *text;
};
struct answer_schema {
	const char *name, *text;
	struct answer_key keys[20];
};
static const struct answer_schema answer_schemas[] = {
    {"error", "An error.", {{"error", "#error_object", "What went wrong."}}},
    {"error_object", "One error of the table in docs/ERRORS.md.",
	{{"type", "string", "Group of codes."}, {"code", "string", "The code."},
	    {"message", "string", "For people."}, {"request_id", "string|null", "Of the request."},
	    {"timestamp", "string", "UTC, RFC 3339."},
	    {"retryable", "boolean", "May the same request work later?"},
	    {"context", "object", "`path`: the value at fault."}}},
    {"envelope", "The outcome of a job.",
	{{"job_id", "string", "128 random bits."}, {"request_id", "string", "As sent or made."},
	    {"status", "string", "complete, partial or failed."},
	    {"reasons", "array", "Why it is partial: deadline, navigation_timeout …"},
	    {"error", "object|null", "Why it failed."},
	    {"final_url", "string|null", "After redirects."},
	    {"http_status", "integer|null", "Of the page."},
	    {"document", "object|null", "The document."},
	    {"html", "string", "The rendered page, when artifacts.html asked for it."},
	    {"session_id", "string|null", "The session that was used."},
	    {"artifacts", "array",
		"kind, name, content_type, bytes, sha256, width, height, and id: for GET /v1/artifacts/{id}; "
		"without one it was not stored, and a warning says why."},
	    {"action_results", "array", "One per action: docs/ACTIONS.md."},
	    {"warnings", "array", "code (docs/ERRORS.md, Warnings) and message."},
	    {"network_requests", "array", "When network_requests asked for it."},
	    {"egress", "array",
		"Beside network_requests: host, port, address, verdict, connections, bytes_in and "
		"bytes_out of what the page's connections went to, refused ones too."},
	    {"performance_metrics", "object", "Milliseconds by phase, counts, bytes."}}},
    {"document", "The cleaned page.",
	{{"url", "string|null", ""}, {"title", "string|null", ""}, {"byline", "string|null", ""},
	    {"published_iso", "string|null", ""}, {"markdown", "string|null", ""},
	    {"text", "string|null", ""}, {"html", "string|null", "Cleaned."},
	    {"links", "array", ""}, {"media", "array", ""}, {"tables", "array", ""},
	    {"language", "string|null", ""}, {"reading_time", "number|null", "Minutes."},
	    {"quality_score", "number|null", "0 to 1."}, {"word_count", "number|null", ""},
	    {"categories", "array", ""}, {"site_name", "string|null", ""},
	    {"description", "string|null", ""}, {"schema_org", "#any", ""},
	    {"custom_fields", "#any", ""}, {"extraction_metadata", "object", ""}}},
    {"job", "A job in short.",
	{{"job_id", "string", ""}, {"state", "string", "queued, running or finished."}}},
    {"job_list", "Jobs.", {{"jobs", "array", "Newest first."}}},
    {"session", "A session.", {{"session_id", "string", ""}}},
    {"session_list", "Sessions.", {{"sessions", "array", ""}}},
    {"batch_results", "The outcomes of a batch.",
	{{"results", "array", "index, url, http_status, and result (the envelope) or error."}}},
    {"pressure", "Load, as browserless tells it.", {{"pressure", "object", ""}}},
    {"browser_list", "Browsers of the pool.",
	{{"browsers", "array",
	    "id, state (starting, ready, draining or ending), product, pid, age_ms, jobs, leases, "
	    "warm, contexts, crashes, rss_kb, suspect, memory_cgroup, isolation and more."}}},
    {"health", "Health.",
	{{"status", "string", "ok, degraded or failing."}, {"score", "number", "0 to 1."},
	    {"components", "array", "name, status, weight, reason."}}},
};

// "string|null" as ["string", "null"].
static cJSON *
type_list(const char *type, const char *bar)
{
	cleanup_free char *first = xstrndup(type, (size_t)(bar - type));
	cJSON *types = json_arr();

	json_push(types, str(first));
	json_push(types, str(bar + 1));
	return types;
}

static cJSON *
key_schema(const struct answer_key *k)
{
	const char *bar = strchr(k->type, '|');
	cJSON *v;

	if (strcmp(k->type, "#any") == 0)
		return json_obj();
	if (k->type[0] == '#')
		return ref(k->type + 1);
	v = json_obj();
	json_set(v, "type", bar ? type_list(k->type, bar) : str(k->type));
	if (k->text[0])
		json_set_str(v, "description", k->text);
	if (strncmp(k->type, "array", 5) == 0)
		json_set(v, "items", json_obj());
	return v;
}

void
api_answer_markdown(const char *name, struct buf *out)
{
	const struct answer_schema *a = answer_schemas;

	while (strcmp(a->name, name) != 0)
		a++;
	buf_str(out, "| key | type | |\n|---|---|---|\n");
	for (size_t k = 0; k < ARRAY_LEN(a->keys) && a->keys[k].name; k++) {
		const char *type = a->keys[k].type, *bar = strchr(type, '|');

		buf_fmt(out, "| `%s` | %.*s%s | %s |\n", a->keys[k].name,
		    bar ? (int)(bar - type) : (int)strlen(type), type, bar ? " or null" : "",
		    a->keys[k].text);
	}
}

static void
add_answer_schemas(cJSON *schemas)
{
	for (size_t i = 0; i < ARRAY_LEN(answer_schemas); i++) {
		const struct answer_schema *a = &answer_schemas[i];
		cJSON *v = typed("object", a->text), *properties = json_obj();

		for (size_t k = 0; k < ARRAY_LEN(a->keys) && a->keys[k].name; k++)
			json_set(properties, a->keys[k].name, key_schema(&a->keys[k]));
		json_set(v, "properties", properties);
		json_set(schemas, a->name, v);
	}
}

static cJSON *
components(void)
{
	cJSON *c = json_obj(), *schemas = json_obj(), *security = json_obj(), *bearer = json_obj(),
	      *api_key = json_obj();

	for (size_t i = 0; i < api_n_routes; i++)
		if (api_routes[i].body && !json_get(schemas, api_routes[i].body->name)) {
			cJSON *s = params_schema(api_routes[i].body, schemas);

			json_set(schemas, api_routes[i].body->name, s);
		}
	json_set(schemas, "action", actions_schema(schemas));
	add_answer_schemas(schemas);
	move_refs(schemas);
	json_set(c, "schemas", schemas);
	json_set_str(bearer, "type", "http");
	json_set_str(bearer, "scheme", "bearer");
	json_set_str(
	    bearer, "description", "An API key (`riptide keys create`) or a JSON Web Token.");
	json_set(security, "bearer", bearer);
	json_set_str(api_key, "type", "apiKey");
	json_set_str(api_key, "in", "header");
	json_set_str(api_key, "name", "X-API-Key");
	json_set(security, "api_key", api_key);
	json_set(c, "securitySchemes", security);
	return c;
}

// --- operations ---

static cJSON *
content_of(const char *type, cJSON *schema)
{
	cJSON *content = json_obj(), *media = json_obj();

	json_set(media, "schema", schema);
	json_set(content, type, media);
	return content;
}

static cJSON *
responses(const struct route *r)
{
	cJSON *all = json_obj();

	for (size_t i = 0; i < ROUTE_ANSWERS && r->answers[i].text; i++) {
		const struct route_answer *a = &r->answers[i];
		cleanup_free char *status = a->status ? xasprintf("%d", a->status) : xstrdup("4XX");
		cJSON *v = json_obj();

		json_set_str(v, "description", a->text);
		if (a->type)
			json_set(v, "content",
			    content_of(a->type, a->schema ? ref(a->schema)
						: strcmp(a->type, JSON_TYPE) == 0
						    ? json_obj()
						    : typed("string", NULL)));
		json_set(all, status, v);
	}
	return all;
}

static void
add_parameter(cJSON *list, const char *name, const char *in, const char *text)
{
	cJSON *p = json_obj();

	json_set_str(p, "name", name);
	json_set_str(p, "in", in);
	json_set_str(p, "description", text);
	json_set_bool(p, "required", strcmp(in, "path") == 0);
	json_set(p, "schema", typed("string", NULL));
	json_push(list, p);
}

static cJSON *
parameters(const struct route *r)
{
	cJSON *list = json_arr();

	if (strstr(r->path, "{id}"))
		add_parameter(list, "id", "path", "Its id.");
	for (size_t i = 0; r->query && r->query[i]; i += 2)
		add_parameter(list, r->query[i], "query", r->query[i + 1]);
	if (r->method == HTTP_POST && r->lane == LANE_LIGHT)
		add_parameter(list, "Idempotency-Key", "header",
		    "The same key with the same request gets the same answer.");
	return list;
}

static cJSON *
security_of(const struct route *r)
{
	cJSON *list = json_arr();

	if (r->open)
		return list;
	for (int i = 0; i < 2; i++) {
		cJSON *v = json_obj();

		json_set(v, i ? "api_key" : "bearer", json_arr());
		json_push(list, v);
	}
	return list;
}

static cJSON *
operation(const struct route *r)
{
	cJSON *v = json_obj(), *tags = json_arr(), *body;

	json_set_str(v, "operationId", r->name);
	json_set_str(v, "summary", r->summary);
	json_set_str(v, "description", r->doc);
	json_push(tags, str(r->tag));
	json_set(v, "tags", tags);
	json_set(v, "security", security_of(r));
	json_set(v, "parameters", parameters(r));
	if (r->body || r->raw_body) {
		body = json_obj();
		json_set_bool(body, "required", true);
		json_set(body, "content",
		    content_of(JSON_TYPE, r->body ? ref(r->body->name) : typed("object", NULL)));
		json_set(v, "requestBody", body);
	}
	json_set(v, "responses", responses(r));
	return v;
}

static cJSON *
paths(void)
{
	cJSON *all = json_obj();

	for (size_t i = 0; i < api_n_routes; i++) {
		const struct route *r = &api_routes[i];
		cJSON *path = cJSON_GetObjectItemCaseSensitive(all, r->path);
		char method[16] = "";

		if (!path) {
			path = json_obj();
			json_set(all, r->path, path);
		}
		for (size_t k = 0; http_method_names[r->method][k] && k < sizeof(method) - 1; k++)
			method[k] = sv_lower(http_method_names[r->method][k]);
		json_set(path, method, operation(r));
	}
	return all;
}

static cJSON *
tags(void)
{
	static const char *const rows[][2] = {{"render", "Pages in, documents out."},
	    {"jobs", "What is queued, running and lately finished."},
	    {"sessions", "Cookies and storage across requests."},
	    {"artifacts", "Screenshots, PDFs and other captures."},
	    {"operation", "How the service is."}};
	cJSON *list = json_arr();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cJSON *v = json_obj();

		json_set_str(v, "name", rows[i][0]);
		json_set_str(v, "description", rows[i][1]);
		json_push(list, v);
	}
	return list;
}

cJSON *
api_openapi(void)
{
	cJSON *root = json_obj(), *info = json_obj(), *license = json_obj(), *servers = json_arr(),
	      *server = json_obj();

	json_set_str(root, "openapi", "3.1.0");
	json_set_str(info, "title", "Riptide");
	json_set_str(info, "version", "1");
	json_set_str(info, "description", "Renders web pages and extracts documents from them.");
	json_set_str(license, "name", "Apache-2.0");
	json_set_str(license, "identifier", "Apache-2.0");
	json_set(info, "license", license);
	json_set(root, "info", info);
	json_set_str(server, "url", "/");
	json_set_str(server, "description", "This service.");
	json_push(servers, server);
	json_set(root, "servers", servers);
	json_set(root, "tags", tags());
	json_set(root, "paths", paths());
	json_set(root, "components", components());
	return root;
}

// --- the pages ---

static struct buf description; // printed once
static pthread_once_t description_once = PTHREAD_ONCE_INIT;

static void
print_description(void)
{
	cJSON *v = api_openapi();

	json_print(&description, v, false);
	buf_ch(&description, '\n');
	cJSON_Delete(v);
}

int
api_description(struct call *c, struct err *err UNUSED)
{
	struct buf body = BUF_INIT;

	pthread_once(&description_once, print_description);
	buf_sv(&body, buf_view(&description));
	call_tagged(c, 200, JSON_TYPE, &body);
	return 0;
}

int
api_index(struct call *c, struct err *err UNUSED)
{
	struct buf b = BUF_INIT;

	buf_fmt(&b,
	    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Riptide</title>"
	    "<meta name=\"viewport\" content=\"width=device-width\">"
	    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;"
	    "color:#1b2733}code{background:#eef2f5;padding:.1em .3em;border-radius:3px}td{padding:.2rem "
	    ".8rem .2rem 0;vertical-align:top}</style><h1>Riptide %s</h1>"
	    "<p>Renders web pages and hands them back as documents. The description of the API is "
	    "<a href=\"/openapi.json\">/openapi.json</a>; how it is now: <a href=\"/healthz\">/healthz</a>, "
	    "<a href=\"/v1/pressure\">/v1/pressure</a>. Docs: docs/API.md and docs/OPERATIONS.md of the "
	    "package.</p><table>",
	    RIPTIDE_VERSION);
	for (size_t i = 0; i < api_n_routes; i++)
		buf_fmt(&b, "<tr><td><code>%s</code><td><code>%s</code><td>%s",
		    http_method_names[api_routes[i].method], api_routes[i].path,
		    api_routes[i].summary);
	buf_str(&b, "</table></html>\n");
	call_tagged(c, 200, "text/html; charset=utf-8", &b);
	return 0;
}
