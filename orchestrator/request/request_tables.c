// SPDX-License-Identifier: Apache-2.0
// The keys of the render request: what they are called, hold and mean. Data only. A key that is
// documented but not built yet has a row with PARAM_UNBUILT: it is refused by name, never ignored.
#include "orchestrator/pool/pool.h"
#include "orchestrator/request/request_network.h"
#include "orchestrator/request/request_proxy.h"
#include "orchestrator/request/request_priv.h"
#include "orchestrator/session/session.h"

const char *const request_color_scheme_names[] = {"light", "dark", "no-preference", NULL};
const char *const request_media_names[] = {"auto", "screen", "print", NULL};
const char *const request_priority_names[] = {"interactive", "normal", "bulk", NULL};
const char *const request_engine_names[] = {"auto", "fetch", "browser", NULL};

// --- small objects ---

#define V(member) offsetof(struct cdp_viewport, member)
static const struct param viewport_rows[] = {
    {.name = "width",
	.type = PARAM_INT,
	.offset = V(width),
	.min = 1,
	.max = 16384,
	.def = "1280",
	.doc = "Width in CSS pixels."},
    {.name = "height",
	.type = PARAM_INT,
	.offset = V(height),
	.min = 1,
	.max = 16384,
	.def = "800",
	.doc = "Height in CSS pixels."},
    {.name = "device_scale_factor",
	.type = PARAM_NUM,
	.offset = V(device_scale_factor),
	.min = 0.1,
	.max = 10,
	.def = "1",
	.doc = "Device pixels in one CSS pixel."},
    {.name = "mobile",
	.type = PARAM_BOOL,
	.offset = V(mobile),
	.def = "false",
	.doc = "Behave as a phone: the page's viewport meta tag counts, scroll bars overlay."},
};
#undef V
const struct param_table request_viewport_table = {
    .name = "viewport",
    .doc = "The size of the window that the page sees.",
    .size = sizeof(struct cdp_viewport),
    .rows = viewport_rows,
    .n_rows = ARRAY_LEN(viewport_rows),
};

#define T(member) offsetof(struct request_timeouts, member)
static const struct param timeout_rows[] = {
    {.name = "navigation_ms",
	.type = PARAM_INT,
	.offset = T(navigation_ms),
	.min = 1,
	.max = REQUEST_MAX_MS,
	.def = "20000",
	.doc = "Limit of one navigation with its wait condition, ms."},
    {.name = "action_ms",
	.type = PARAM_INT,
	.offset = T(action_ms),
	.min = 1,
	.max = REQUEST_MAX_MS,
	.def = "10000",
	.doc = "Limit of each action without its own `timeout_ms`, ms."},
    {.name = "idle_after_dcl_ms",
	.type = PARAM_INT,
	.offset = T(idle_after_dcl_ms),
	.min = 0,
	.max = REQUEST_MAX_MS,
	.def = "5000",
	.doc =
	    "Longest wait for the page to settle after DOMContentLoaded, ms; then the render goes on with "
	    "the warning `not_settled`."},
    {.name = "script_execution_ms",
	.type = PARAM_INT,
	.offset = T(script_execution_ms),
	.min = 1,
	.max = REQUEST_MAX_MS,
	.def = "5000",
	.doc = "Limit of one `execute_script`, ms."},
    {.name = "hard_cap_ms",
	.type = PARAM_INT,
	.offset = T(hard_cap_ms),
	.min = 1,
	.max = REQUEST_MAX_MS,
	.def = "30000",
	.doc =
	    "The whole job's limit, queue time included, ms. Shortly before it the job stops, captures and "
	    "extracts what is there: status `partial`, reason `deadline`."},
};
#undef T
const struct param_table request_timeouts_table = {
    .name = "timeouts",
    .doc = "Limits in milliseconds.",
    .size = sizeof(struct request_timeouts),
    .rows = timeout_rows,
    .n_rows = ARRAY_LEN(timeout_rows),
};

#define H(member) offsetof(struct request_har, member)
static const struct param har_rows[] = {
    {.name = "bodies",
	.type = PARAM_BOOL,
	.offset = H(bodies),
	.def = "true",
	.doc = "Response bodies too."},
    {.name = "max_body_bytes",
	.type = PARAM_INT,
	.offset = H(max_body_bytes),
	.min = 1,
	.max = 256 << 20,
	.def = "33554432",
	.doc = "Limit on all bodies together, bytes; those beyond are left out and marked."},
};
#undef H
static const struct param_table har_table = {
    .name = "har",
    .doc = "The network log as HAR 1.2.",
    .size = sizeof(struct request_har),
    .rows = har_rows,
    .n_rows = ARRAY_LEN(har_rows),
};
static const struct param_table mhtml_table = {
    .name = "mhtml",
    .doc = "The page with its resources in one MHTML file.",
    .size = sizeof(struct request_empty),
};
static const struct param_table html_table = {
    .name = "html",
    .doc = "The rendered page as HTML, in the answer's `html`.",
    .size = sizeof(struct request_empty),
};

#define A(member) offsetof(struct request_artifacts, member)
static const struct param artifact_rows[] = {
    {.name = "screenshot",
	.type = PARAM_OBJECT_OR_BOOL,
	.offset = A(screenshot),
	.table = &cdp_screenshot_table,
	.doc = "A picture of the page."},
    {.name = "pdf",
	.type = PARAM_OBJECT_OR_BOOL,
	.offset = A(pdf),
	.table = &cdp_pdf_table,
	.doc = "The page printed to PDF."},
    {.name = "har",
	.type = PARAM_OBJECT_OR_BOOL,
	.offset = A(har),
	.table = &har_table,
	.doc = "The network log as HAR 1.2."},
    {.name = "mhtml",
	.type = PARAM_OBJECT_OR_BOOL,
	.offset = A(mhtml),
	.table = &mhtml_table,
	.doc = "The page with its resources as MHTML."},
    {.name = "html",
	.type = PARAM_OBJECT_OR_BOOL,
	.offset = A(html),
	.table = &html_table,
	.doc = "The rendered page as HTML, in the answer's `html`."},
    {.name = "inline_below_bytes",
	.type = PARAM_INT,
	.offset = A(inline_below_bytes),
	.min = 0,
	.max = 64 << 20,
	.def = "0",
	.doc = "Artifacts smaller than this come as base64 in the answer, too (service only)."},
};
#undef A
static const struct param_table artifacts_table = {
    .name = "artifacts",
    .doc = "What to take from the page beside the document: true, or an object of options.",
    .size = sizeof(struct request_artifacts),
    .rows = artifact_rows,
    .n_rows = ARRAY_LEN(artifact_rows),
};

static const struct param block_rows[] = {
    {.name = "resource_types",
	.type = PARAM_ENUMS,
	.offset = offsetof(struct request_block, resource_types),
	.names = cdp_resource_type_names,
	.doc =
	    "Kinds of requests that the page may not make. `xhr` and `fetch` are one: Chromium does not tell them apart."},
    {.name = "urls",
	.type = PARAM_STRINGS,
	.offset = offsetof(struct request_block, urls),
	.max = 200,
	.doc = "Patterns of URLs that the page may not load; `*` stands for any text."},
};
static const struct param_table block_table = {
    .name = "block",
    .doc = "Requests of the page that are refused.",
    .size = sizeof(struct request_block),
    .rows = block_rows,
    .n_rows = ARRAY_LEN(block_rows),
};

// --- extract: kept as JSON for the extractor, and checked here ---

static int
extract_read(const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err)
{
	struct request_extract *out = slot;
	struct extract_options *o = NULL;
	int rc = extract_options_read(v, a, path, &o, err);

	if (rc == 0)
		*out = (struct request_extract){.json = v, .options = o};
	return rc;
}

static cJSON *
extract_schema(void)
{
	cJSON *defs = json_obj();
	cJSON *schema = params_schema(&extract_options_table, defs);

	if (defs->child)
		json_set(schema, "$defs", defs);
	else
		cJSON_Delete(defs);
	return schema;
}

const struct param_custom request_extract_param = {extract_read, extract_schema};

// --- the request ---

#define R(member) offsetof(struct request, member)
#define UNBUILT(key, text)                                                                         \
	{                                                                                          \
		.name = (key), .type = PARAM_JSON, .flags = PARAM_UNBUILT, .offset = R(unbuilt),   \
		.doc = (text)                                                                      \
	}
static const struct param request_rows[] = {
    {.name = "url",
	.type = PARAM_STRING,
	.offset = R(url),
	.min = 1,
	.max = 65536,
	.doc = "The address to load, http or https."},
    {.name = "html",
	.type = PARAM_STRING,
	.offset = R(html),
	.min = 1,
	.max = REQUEST_MAX_HTML_BYTES,
	.doc = "The page itself, in place of an address."},
    {.name = "base_url",
	.type = PARAM_STRING,
	.offset = R(base_url),
	.min = 1,
	.max = 65536,
	.doc = "The address that `html` is taken to come from."},
    {.name = "engine",
	.type = PARAM_ENUM,
	.offset = R(engine),
	.names = request_engine_names,
	.def = "\"auto\"",
	.doc =
	    "How the page is loaded. `browser`: in Chromium. `fetch`: by HTTP alone, at a fraction of the "
	    "cost, for pages that need no scripts; what needs a browser is refused then. `auto` "
	    "means `browser` for now."},
    {.name = "user_agent",
	.type = PARAM_STRING,
	.offset = R(user_agent),
	.min = 1,
	.max = 1024,
	.doc = "The User-Agent of requests and of `navigator.userAgent`."},
    {.name = "viewport",
	.type = PARAM_OBJECT,
	.offset = R(viewport),
	.table = &request_viewport_table,
	.doc = "The size of the window that the page sees."},
    {.name = "headers",
	.type = PARAM_MAP,
	.offset = R(headers),
	.max = 100,
	.doc = "Request headers, sent to the origin of `url` only."},
    {.name = "cookies",
	.type = PARAM_ARRAY,
	.offset = R(cookies),
	.max = 1000,
	.table = &request_cookie_table,
	.doc = "Cookies set before the page is loaded."},
    {.name = "locale",
	.type = PARAM_STRING,
	.offset = R(locale),
	.min = 2,
	.max = 64,
	.doc = "Language of the browser, as `de-CH`."},
    {.name = "timezone",
	.type = PARAM_STRING,
	.offset = R(timezone),
	.min = 1,
	.max = 64,
	.doc = "Time zone by its IANA name, as `Europe/Zurich`."},
    {.name = "color_scheme",
	.type = PARAM_ENUM,
	.offset = R(color_scheme),
	.names = request_color_scheme_names,
	.def = "\"light\"",
	.doc = "What `prefers-color-scheme` says."},
    {.name = "media",
	.type = PARAM_ENUM,
	.offset = R(media),
	.names = request_media_names,
	.def = "\"auto\"",
	.doc =
	    "Which `@media` styles apply; `auto`: those of the screen, and of `print` in a PDF."},
    {.name = "session_id",
	.type = PARAM_STRING,
	.offset = R(session_id),
	.min = 1,
	.max = 128,
	.doc =
	    "The session whose cookies and storage the page uses; made at its first use (service only)."},
    {.name = "session_config",
	.type = PARAM_OBJECT,
	.offset = R(session_config),
	.table = &session_config_table,
	.doc = "Limits and habits of a session that is made by this request."},
    {.name = "actions",
	.type = PARAM_CUSTOM,
	.offset = R(actions),
	.custom = &action_list_param,
	.doc = "What to do on the page after it is loaded, in order (docs/ACTIONS.md)."},
    {.name = "timeouts",
	.type = PARAM_OBJECT,
	.offset = R(timeouts),
	.table = &request_timeouts_table,
	.doc = "Limits in milliseconds."},
    {.name = "wait_until",
	.type = PARAM_ENUM,
	.offset = R(wait_until),
	.names = cdp_wait_until_names,
	.def = "\"settled\"",
	.doc =
	    "When the page counts as loaded. `settled`: the load event, no DOM change for 150 ms, nothing "
	    "in flight for 250 ms."},
    {.name = "artifacts",
	.type = PARAM_OBJECT,
	.offset = R(artifacts),
	.table = &artifacts_table,
	.doc = "What to take from the page beside the document."},
    {.name = "extract",
	.type = PARAM_CUSTOM,
	.offset = R(extract),
	.custom = &request_extract_param,
	.doc = "What to extract from the page."},
    {.name = "block",
	.type = PARAM_OBJECT,
	.offset = R(block),
	.table = &block_table,
	.doc = "Requests of the page that are refused."},
    {.name = "network",
	.type = PARAM_OBJECT,
	.offset = R(network),
	.table = &request_network_table,
	.doc = "Which hosts the page may reach, and how many bytes it may load."},
    {.name = "stealth_mode",
	.type = PARAM_BOOL,
	.offset = R(stealth_mode),
	.def = "false",
	.doc =
	    "No HeadlessChrome in the User-Agent and client hints, `navigator.webdriver` false, plausible "
	    "languages and screen."},
    {.name = "network_requests",
	.type = PARAM_BOOL,
	.offset = R(network_requests),
	.def = "false",
	.doc = "List the page's requests in the answer, and whom it connected to."},
    {.name = "proxy_config",
	.type = PARAM_OBJECT,
	.offset = R(proxy),
	.table = &request_proxy_table,
	.doc = "The proxy that the page's connections go through."},
    {.name = "isolation",
	.type = PARAM_ENUM,
	.offset = R(isolation),
	.names = pool_isolation_names,
	.def = "\"context\"",
	.doc =
	    "What the page shares with others: `context` nothing but the browser process, `browser` not even "
	    "that, `session` (implied by session_id) the session's cookies and storage."},
    UNBUILT("cache", "Whether an earlier answer may be given."),
    {.name = "priority",
	.type = PARAM_ENUM,
	.offset = R(priority),
	.names = request_priority_names,
	.def = "\"normal\"",
	.doc = "Place in the service's queue."},
    {.name = "detach",
	.type = PARAM_BOOL,
	.offset = R(detach),
	.def = "false",
	.doc =
	    "Answer 202 with the job's id at once; the job goes on without its client (service only)."},
    {.name = "wait_for",
	.type = PARAM_STRING,
	.offset = R(wait_for),
	.min = 1,
	.max = 4096,
	.doc =
	    "Short for a first action `wait_for_css`: the selector (`css:` may stand before it); or for `wait_for_js`: `js:` and the expression."},
    {.name = "scroll_steps",
	.type = PARAM_INT,
	.offset = R(scroll_steps),
	.min = 1,
	.max = 500,
	.doc = "Short for an action `scroll` put before the others: the number of steps."},
};
#undef UNBUILT
#undef R

const struct param_table request_table = {
    .name = "render_request",
    .doc = "What to load, what to do with it and what to hand back.",
    .size = sizeof(struct request),
    .rows = request_rows,
    .n_rows = ARRAY_LEN(request_rows),
    .one_of = (const char *const[]){"url", "html", NULL},
    .check = request_check,
};
