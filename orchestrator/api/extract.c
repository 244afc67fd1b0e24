// SPDX-License-Identifier: Apache-2.0
// POST /v1/extract: HTML in, document out, without a browser. Takes {"html", "url", "extract"}
// or the bytes of a page as they are (text/html, XML). Runs in the extraction lane.
#include "orchestrator/api/api_priv.h"

#include "base/metrics.h"
#include "base/mime.h"
#include "base/url.h"

#include <stdio.h>
#include <string.h>

#define EXTRACT_MS 30000
#define MAX_URL    ((size_t)64 << 10) // as it is written in the end

struct extract_body {
	const char *html, *url;
	struct request_extract extract;
};

#define E(member) offsetof(struct extract_body, member)
static const struct param extract_rows[] = {
    {.name = "html",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = E(html),
	.max = 64 << 20,
	.doc = "The page."},
    {.name = "url",
	.type = PARAM_STRING,
	.offset = E(url),
	.max = 8192,
	.doc = "Its address, for links and rules; nothing is loaded from it."},
    {.name = "extract",
	.type = PARAM_CUSTOM,
	.offset = E(extract),
	.custom = &request_extract_param,
	.doc = "What to extract, as in a render request."},
};
#undef E
const struct param_table api_extract_table = {
    .name = "extract_request",
    .doc = "A page and what to extract from it.",
    .size = sizeof(struct extract_body),
    .rows = extract_rows,
    .n_rows = ARRAY_LEN(extract_rows),
};

// The page's address, as a browser would write it.
static int
take_url(struct sv url, cJSON *head, struct err *err)
{
	cleanup_buf checked = BUF_INIT_MAX(MAX_URL);

	if (!url.p || url.n == 0)
		return 0;
	if (url_check(url, &checked, err) != 0) {
		err_prefix(err, "url");
		return err->code;
	}
	json_set_sv(head, "url", buf_view(&checked));
	return 0;
}

static int
run(struct call *c, const cJSON *head, struct sv html, struct err *err)
{
	struct deadline dl = {c->req->received_us + (int64_t)EXTRACT_MS * 1000};
	int64_t start = clock_us();
	struct extractor *x = NULL;
	struct buf text = BUF_INIT;
	int rc = runtime_extractor(c->api->p.rt, dl, &x, err);

	if (rc == 0)
		rc = extractor_run_text(x, c->who.id, head, html, dl, -1, &text, err);
	metric_add(METRIC_EXTRACTIONS, rc == 0 ? "ok" : err_info(rc)->code, 1);
	metric_observe_ms(METRIC_EXTRACT_MS, NULL, (double)(clock_us() - start) / 1000);
	if (rc != 0)
		return rc;
	buf_ch(&text, '\n');
	call_send(c, 200, JSON_TYPE, &text);
	return 0;
}

// HTML, XHTML, feeds, sitemaps and other XML.
static bool
is_page(struct sv type)
{
	return sv_ieq_str(type, "text/html") || mime_is_xml(type);
}

static int
extract_bytes(struct call *c, struct err *err)
{
	cleanup_buf charset = BUF_INIT_MAX(64), url = BUF_INIT_MAX(8192);
	const char *binary = mime_of_binary(c->req->body);
	cJSON *head;
	int rc;

	if (binary)
		return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "the body is %s, not HTML or XML%s",
		    binary, mime_is_packed(binary) ? "; unpack it first" : "");
	head = json_obj();
	mime_charset(http_field_get(c->req, "content-type"), &charset);
	json_set_sv(head, "content_type", mime_essence(http_field_get(c->req, "content-type")));
	if (charset.n > 0)
		json_set_str(head, "http_charset", charset.p);
	(void)http_query_get(c->req, "url", &url);
	rc = take_url(buf_view(&url), head, err);
	if (rc == 0)
		rc = run(c, head, c->req->body, err);
	cJSON_Delete(head);
	return rc;
}

static int
extract_json(struct call *c, struct err *err)
{
	struct extract_body body;
	cJSON *v = NULL, *head;
	struct arena arena;
	int rc = call_body(c, &v, err);

	if (rc != 0)
		return rc;
	arena_init(&arena, (size_t)8 << 20);
	rc = params_read(&api_extract_table, v, &body, &arena, "", err);
	if (rc == 0) {
		head = json_obj();
		json_set_str(head, "charset", "utf-8");
		if (body.extract.json)
			cJSON_AddItemReferenceToObject(
			    head, "extract", (cJSON *)(uintptr_t)body.extract.json);
		rc = take_url(sv_from(body.url), head, err);
		if (rc == 0)
			rc = run(c, head, sv_from(body.html), err);
		cJSON_Delete(head);
	}
	arena_done(&arena);
	cJSON_Delete(v);
	return rc;
}

int
api_extract(struct call *c, struct err *err)
{
	if (call_has_type(c, JSON_TYPE))
		return extract_json(c, err);
	if (is_page(mime_essence(http_field_get(c->req, "content-type"))))
		return extract_bytes(c, err);
	return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
	    "expected Content-Type: application/json, text/html or an XML type");
}
