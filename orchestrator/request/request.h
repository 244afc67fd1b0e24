// SPDX-License-Identifier: Apache-2.0
// The render request (v1): what a client, a request file or a command line asks for. Read from JSON
// by one set of parameter tables, which also print the JSON Schema. Any thread; opens nothing,
// starts nothing.
#ifndef ORCHESTRATOR_REQUEST_H
#define ORCHESTRATOR_REQUEST_H

#include "actions/actions.h"
#include "base/params.h"
#include "cdp/capture.h"
#include "extract/document.h"

#define REQUEST_MAX_HTML_BYTES ((double)(16 << 20))
#define REQUEST_MAX_MS         600000

enum request_engine { ENGINE_AUTO, ENGINE_FETCH, ENGINE_BROWSER };
enum request_priority { PRIORITY_INTERACTIVE, PRIORITY_NORMAL, PRIORITY_BULK, PRIORITY_COUNT };

struct request_timeouts {
	int64_t navigation_ms, action_ms, idle_after_dcl_ms, script_execution_ms, hard_cap_ms;
};

struct request_har {
	bool bodies;
	int64_t max_body_bytes; // of all bodies together
};

struct request_empty { // options of an artifact that has none
	char unused;
};

struct request_artifacts { // NULL: not asked for
	struct cdp_screenshot *screenshot;
	struct cdp_pdf *pdf;
	struct request_har *har;
	struct request_empty *mhtml, *html;
	int64_t inline_below_bytes;
};

struct request_block {
	uint64_t resource_types; // bits of cdp_resource_type_names
	struct param_strings urls;
};

struct request_network; // request_network.h
struct request_proxy;   // request_proxy.h

struct request_extract {
	const cJSON *json; // as it was given, for the extractor
	const struct extract_options *options;
};

struct request {
	const char *url;  // checked and normalised; NULL with html
	const char *html; // NULL with url
	const char *base_url;
	int engine;
	const char *user_agent, *locale, *timezone;
	int color_scheme;
	int media;                     // 0: auto
	struct cdp_viewport *viewport; // NULL: the default one
	struct param_map headers;
	struct param_array cookies; // struct request_cookie (request.c)
	cJSON *cookies_json;        // the same, as cdp_state_set_cookies wants them; NULL: none
	struct action_list actions;
	struct action_list shorthand; // wait_for and scroll_steps, run first
	const char *wait_for;
	int64_t scroll_steps;
	struct request_timeouts *timeouts; // never NULL after reading
	int wait_until;
	struct request_artifacts *artifacts; // never NULL after reading
	struct request_extract extract;
	struct request_block *block;
	struct request_network *network; // NULL: no limits of its own
	struct request_proxy *proxy;     // NULL: none
	bool stealth_mode;
	bool network_requests;
	const char *session_id; // NULL: none
	struct session_config *session_config;
	int isolation; // enum pool_isolation
	int priority;  // enum request_priority
	bool detach;
	const void *unbuilt; // slot of the keys that are refused

	struct arena arena;
	cJSON *json; // the request as it was given; extract.json and action steps point into it
	cJSON *shorthand_json;
};

extern const struct param_table request_table;
extern const struct param_table request_viewport_table;
// Reads `extract`; slot: struct request_extract.
extern const struct param_custom request_extract_param;
extern const char *const request_color_scheme_names[];
extern const char *const request_media_names[];
extern const char *const request_engine_names[];
extern const char *const request_priority_names[];
extern const struct json_limits request_json_limits;

// Read a request; takes `v`, also on error. *out is owned by the caller. Errors:
// ERR_INVALID_REQUEST, ERR_INVALID_URL, ERR_NOT_IMPLEMENTED, ERR_TOO_LARGE, each with the path of
// the value at fault.
int request_from_json(cJSON *v, struct request **out, struct err *err) MUST_CHECK;
void request_free(struct request *r);

// Rules that tables can't say (request_check.c).
int request_check_headers(const struct param_map *headers, struct err *err) MUST_CHECK;
int request_check_url(const char *text, const char *path, struct arena *a, const char **out,
    struct err *err) MUST_CHECK;
// The cookies as Chromium wants them: {name, value, url | domain, path, expires, httpOnly, secure,
// sameSite}; a cookie without url and domain belongs to `url`.
extern const struct param_table request_cookie_table;
int request_cookies(
    const struct param_array *cookies, const char *url, cJSON **out, struct err *err) MUST_CHECK;

// The options of an `extract` action as an object that borrows from `action`; owned by the caller.
cJSON *request_action_extract(const cJSON *action);
int request_check_actions(
    const struct action_list *actions, struct arena *a, struct err *err) MUST_CHECK;

// What engine `fetch` can't do is refused (request_fetch.c).
int request_check_fetch(const cJSON *request, struct err *err) MUST_CHECK;

// The JSON Schema of request files and action scripts; owned by the caller.
cJSON *request_schema(void);

#endif
