// SPDX-License-Identifier: Apache-2.0
// screenshot, pdf, snapshot, extract: take something from the page at this point of the script.
#include "actions/actions_priv.h"

#define HTML_MAX_BYTES ((size_t)128 << 20)
#define PDF_MAX_BYTES  ((size_t)256 << 20)

static int
store(struct action_run *r, const char *kind, const char *type, struct sv bytes, uint32_t w,
    uint32_t h, cJSON **result, struct err *err)
{
	const struct action_host *host = r->env->host;

	return host->artifact(host->arg, kind, r->name, type, bytes, w, h, result, err);
}

static int
run_screenshot(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct cdp_screenshot *p = params;
	struct cdp_image image = {0};
	cJSON *report = NULL;
	int rc = p->dismiss_overlays ? overlays_dismiss(r->env->page, dl, &report, err) : 0;

	if (rc == 0)
		rc = cdp_capture_screenshot(
		    r->env->page, p, r->env->host->stitcher, dl, &image, err);
	if (rc == 0)
		rc = store(r, "screenshot", image_format_mime[p->format], buf_view(&image.bytes),
		    image.width, image.height, result, err);
	if (rc == 0 && cJSON_GetArraySize(report) > 0)
		json_set(*result, "overlays", steal_ptr(report));
	cJSON_Delete(report);
	buf_done(&image.bytes);
	return rc;
}

static int
run_pdf(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct cdp_pdf *p = params;
	cleanup_buf bytes = BUF_INIT_MAX(PDF_MAX_BYTES);
	cJSON *report = NULL;
	int rc = p->dismiss_overlays ? overlays_dismiss(r->env->page, dl, &report, err) : 0;

	if (rc == 0)
		rc = cdp_capture_pdf(r->env->page, p, PDF_MAX_BYTES, dl, &bytes, err);
	if (rc == 0)
		rc = store(r, "pdf", "application/pdf", buf_view(&bytes), 0, 0, result, err);
	if (rc == 0 && cJSON_GetArraySize(report) > 0)
		json_set(*result, "overlays", steal_ptr(report));
	cJSON_Delete(report);
	return rc;
}

static const struct param_table no_params = {.name = "snapshot_params", .size = 1};

static int
run_snapshot(struct action_run *r, const void *params UNUSED, struct deadline dl, cJSON **result,
    struct err *err)
{
	cleanup_buf html = BUF_INIT_MAX(HTML_MAX_BYTES);
	int rc = cdp_capture_html(r->env->page, HTML_MAX_BYTES, dl, &html, err);

	return rc ? rc
		  : store(
			r, "html", "text/html; charset=utf-8", buf_view(&html), 0, 0, result, err);
}

// The options themselves are the orchestrator's to check (they belong to extract/, which actions/
// may not see).
struct extract_params {
	const cJSON *document, *strategies, *fields, *schema;
};

static const struct param extract_rows[] = {
    {.name = "document",
	.type = PARAM_JSON,
	.offset = offsetof(struct extract_params, document),
	.doc = "As in the request's `extract`: the document fields wanted"},
    {.name = "strategies",
	.type = PARAM_JSON,
	.offset = offsetof(struct extract_params, strategies),
	.doc = "As in the request's `extract`"},
    {.name = "fields",
	.type = PARAM_JSON,
	.offset = offsetof(struct extract_params, fields),
	.doc = "As in the request's `extract`: fields of your own"},
    {.name = "schema",
	.type = PARAM_JSON,
	.offset = offsetof(struct extract_params, schema),
	.doc = "As in the request's `extract`: JSON Schema of the fields' values"},
};
ACT_TABLE(extract_table, extract_params, extract_rows);

static cJSON *
extract_options(const struct extract_params *p)
{
	const cJSON *parts[] = {p->document, p->strategies, p->fields, p->schema};
	cJSON *o = json_obj();

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (parts[i])
			json_set(o, extract_rows[i].name, cJSON_Duplicate(parts[i], true));
	return o;
}

static int
run_extract(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err)
{
	const struct action_host *host = r->env->host;
	cleanup_buf html = BUF_INIT_MAX(HTML_MAX_BYTES);
	cJSON *options = extract_options(params), *facts = NULL;
	int rc =
	    cdp_capture_html_facts(r->env->page, HTML_MAX_BYTES, false, dl, &html, &facts, err);

	if (rc == 0)
		rc = host->extract(host->arg, buf_view(&html), facts,
		    cdp_page_nav(r->env->page)->final_url.p, options, dl, result, err);
	cJSON_Delete(options);
	cJSON_Delete(facts);
	return rc;
}

const struct action_type act_screenshot = {
    .name = "screenshot",
    .doc = "Take a picture now: the viewport, the whole page, a clip or one element.",
    .example =
	"{\"type\": \"screenshot\", \"name\": \"cart\", \"css\": \"#cart\", \"format\": \"png\"}",
    .limit = LIMIT_ACTION,
    .params = &cdp_screenshot_table,
    .run = run_screenshot,
};
const struct action_type act_pdf = {
    .name = "pdf",
    .doc = "Print the page as PDF now.",
    .example = "{\"type\": \"pdf\", \"landscape\": true}",
    .limit = LIMIT_ACTION,
    .params = &cdp_pdf_table,
    .run = run_pdf,
};
const struct action_type act_snapshot = {
    .name = "snapshot",
    .doc = "Keep the page's HTML as it is now, shadow roots and frames included.",
    .example = "{\"type\": \"snapshot\", \"name\": \"before the click\"}",
    .limit = LIMIT_ACTION,
    .params = &no_params,
    .run = run_snapshot,
};
const struct action_type act_extract = {
    .name = "extract",
    .doc = "Extract a document, or fields of your own, from the page as it is now.",
    .example =
	"{\"type\": \"extract\", \"fields\": {\"price\": {\"css\": \".price\", \"type\": \"number\"}}}",
    .limit = LIMIT_ACTION,
    .params = &extract_table,
    .run = run_extract,
};
