// SPDX-License-Identifier: Apache-2.0
// A page: one target in a browser context with its domains enabled, emulation set, navigation, the
// wait conditions, evaluation in the main and in Riptide's isolated world, and its end by the kill
// ladder. Job threads only.
#ifndef CDP_PAGE_H
#define CDP_PAGE_H

#include "base/params.h"
#include "cdp/conn.h"

struct cdp_page;

enum cdp_wait_until { WAIT_DOMCONTENTLOADED, WAIT_LOAD, WAIT_NETWORK_IDLE, WAIT_SETTLED };
extern const char *const cdp_wait_until_names[]; // NULL-terminated, for tables

struct cdp_viewport {
	int64_t width, height; // CSS pixels
	double device_scale_factor;
	bool mobile;
};

// What a page's proxy knows of the last attempt to connect for a URL.
struct cdp_dial {
	char address[64]; // what was dialled, as text; "": nothing
	int code; // 0: a connection came about; else ERR_DNS_FAILED, ERR_ADDRESS_FORBIDDEN …
	char text[200]; // why it did not
};
// False: it knows of none. Called in the page's job thread; may wait a little.
typedef bool cdp_dial_fn(void *arg, const char *url, struct cdp_dial *out);

struct cdp_page_opts {
	const char *context_id;       // NULL: the default context; cdp_page_open only
	struct cdp_viewport viewport; // 0x0: the browser's default
	bool window_is_viewport; // new pages have that size anyway: no emulation of it is needed
	const char *user_agent;  // NULL: Chromium's own
	const char *locale, *timezone, *color_scheme; // NULL: as it is
	const char *media;          // "print", "screen"; NULL: the screen, and print on paper
	struct param_map headers;   // sent to the first URL's origin only (by Fetch)
	const char *headers_origin; // "https://host[:port]"
	bool stealth;
	uint64_t block_resource_types;   // bits of cdp_resource_type_names
	struct param_strings block_urls; // patterns with '*'
	bool allow_private; // false: a navigation to an address that is not public fails the page
	cdp_dial_fn
	    *dial; // the browser's proxy; NULL: it has none, and says itself whom it reached
	void *dial_arg;
	bool want_network_log; // HAR or network_requests: Network events recorded from the start
	uint64_t har_body_budget_bytes; // 0: no bodies
	struct cdp_policy policy;
};
// document stylesheet image media font script xhr …, NULL-terminated
extern const char *const cdp_resource_type_names[];

// Creates the target and attaches; the client is made here and owned by the page. Such a page can
// stand until somebody wants it; whoever has it next may be another thread. `context_id` NULL: the
// default context; 0x0: the browser's own window size.
int cdp_page_create(struct cdp_conn *c, const char *context_id, int64_t width, int64_t height,
    struct deadline dl, struct cdp_page **out, struct err *err) MUST_CHECK;
// Wait for the answers to what was set up so far: its renderer lives and listens.
int cdp_page_await_setup(struct cdp_page *p, struct deadline dl, struct err *err) MUST_CHECK;
// Set it up as wanted, once, before the first navigation. Doesn't wait, but for the browser's
// version when a user agent has to be made of it.
int cdp_page_prepare(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err) MUST_CHECK;
// All of it.
int cdp_page_open(struct cdp_conn *c, const struct cdp_page_opts *o, struct deadline dl,
    struct cdp_page **out, struct err *err) MUST_CHECK;
struct cdp_client *cdp_page_client(struct cdp_page *p);
struct cdp_session *cdp_page_session(struct cdp_page *p);
void cdp_page_cancel(struct cdp_page *p); // any thread: waits return ERR_CANCELLED

// The kill ladder (DESIGN §5): stopLoading, terminateExecution, closeTarget. Always frees `p`.
enum cdp_close_rung { CLOSE_CLEAN, CLOSE_TERMINATED, CLOSE_FORCED, CLOSE_FAILED };
enum cdp_close_rung cdp_page_close(struct cdp_page *p, struct deadline dl);
// Free what is blocked in page script so that captures can run: stopLoading, then
// terminateExecution until a trivial evaluation answers. 0, or ERR_TIMEOUT when the renderer stays
// deaf. Also used before the partial capture at the deadline.
int cdp_page_unblock(struct cdp_page *p, struct deadline dl, struct err *err) MUST_CHECK;

// --- browser contexts ---
// disposeOnDetach. `proxy` ("socks5://127.1.2.3:1080") is for all of its connections, also to
// loopback; NULL: the browser's own way.
int cdp_context_create(struct cdp_client *cl, const char *proxy, struct deadline dl, char *out,
    size_t size, struct err *err) MUST_CHECK;
// 0, or the error of the call: with ERR_TIMEOUT it may still be there.
int cdp_context_dispose(struct cdp_client *cl, const char *context_id, struct deadline dl);

// --- navigation ---
struct cdp_nav {
	int http_status; // 0: none (about:blank, failed)
	char mime[96];
	char declared[96]; // what the server calls it, where Chromium takes it for another type
	bool declared_charset;
	bool from_cache;
	bool is_download;
	uint32_t redirects;
	struct buf final_url;    // done by cdp_nav_done
	int64_t dcl_ms, load_ms; // after navigation start, -1: not reached
	bool settled; // false with WAIT_SETTLED: the cap was reached; `unsettled_by` says by what
	char unsettled_by[160]; // "2 requests in flight (https://…)", "DOM changes"
};
void cdp_nav_done(struct cdp_nav *n);

struct cdp_wait_opts {
	enum cdp_wait_until until;
	int64_t dom_quiet_ms;      // 150
	int64_t network_quiet_ms;  // 250 (500 for network_idle)
	int64_t idle_after_dcl_ms; // cap on settling after DOMContentLoaded, 5000
};
// Navigate and wait. Errors: ERR_DNS_FAILED, ERR_CONNECTION_FAILED, ERR_TLS_FAILED, ERR_DOWNLOAD,
// ERR_NO_CONTENT, ERR_ADDRESS_FORBIDDEN, ERR_NAVIGATION_FAILED (net::ERR_… named),
// ERR_NAVIGATION_TIMEOUT and those of cdp_call. An HTTP error page is no error. `nav` is filled as
// far as known even on error.
int cdp_page_navigate(struct cdp_page *p, const char *url, const char *referrer,
    const struct cdp_wait_opts *w, struct deadline dl, struct cdp_nav *nav,
    struct err *err) MUST_CHECK;
// Load `html` as the document of `base_url` (served through Fetch, so scripts see that origin) or,
// with base_url NULL, of about:blank.
int cdp_page_set_content(struct cdp_page *p, struct sv html, const char *base_url,
    const struct cdp_wait_opts *w, struct deadline dl, struct cdp_nav *nav,
    struct err *err) MUST_CHECK;
enum cdp_history { HISTORY_BACK, HISTORY_FORWARD, HISTORY_RELOAD };
int cdp_page_history(struct cdp_page *p, enum cdp_history h, const struct cdp_wait_opts *w,
    struct deadline dl, struct cdp_nav *nav, struct err *err) MUST_CHECK;
// Wait for a condition on the document that is there now. 0 also when the settling cap was reached
// (nav->settled says so).
int cdp_page_wait(struct cdp_page *p, const struct cdp_wait_opts *w, struct deadline dl,
    struct cdp_nav *nav, struct err *err) MUST_CHECK;
// A mark for "did a navigation of the main frame start/commit since": increases with each commit.
uint32_t cdp_page_commits(const struct cdp_page *p);
// Wait until cdp_page_commits() passes `since`, then for `w`. For click {wait_for_navigation}.
int cdp_page_wait_navigation(struct cdp_page *p, uint32_t since, const struct cdp_wait_opts *w,
    struct deadline dl, struct cdp_nav *nav, struct err *err) MUST_CHECK;
// The address of a document that was asked for and has not come, or NULL; borrowed.
const char *cdp_page_pending(const struct cdp_page *p);
// The last known state of the main document (status, URL …): borrowed.
const struct cdp_nav *cdp_page_nav(const struct cdp_page *p);

// --- evaluation ---
enum cdp_world { WORLD_MAIN, WORLD_ISOLATED };
// Evaluate an expression (awaitPromise, returnByValue) in the main frame. *value is the JSON value
// (null for undefined). ERR_SCRIPT_FAILED carries the exception's text and position;
// ERR_SCRIPT_TIMEOUT when `timeout_ms` passed: the script was terminated.
int cdp_page_eval(struct cdp_page *p, enum cdp_world w, const char *expression, int64_t timeout_ms,
    struct deadline dl, cJSON **value, struct err *err) MUST_CHECK;
// A user's code in the main world, inside of ours: positions in errors are those in the code.
struct cdp_code {
	const char *before; // one line
	const char *code;
	const char *after; // begins in a line of its own
};
int cdp_page_eval_code(struct cdp_page *p, const struct cdp_code *c, int64_t timeout_ms,
    struct deadline dl, cJSON **value, struct err *err) MUST_CHECK;
// `function` ("(a, b) => …") applied to JSON arguments (takes `args`, a cJSON array or NULL).
int cdp_page_call(struct cdp_page *p, enum cdp_world w, const char *function, cJSON *args,
    int64_t timeout_ms, struct deadline dl, cJSON **value, struct err *err) MUST_CHECK;

// --- what happened, for the report ---
struct cdp_page_report {
	struct cdp_counters counters;
	uint64_t dropped_events;
	uint32_t private_blocked; // requests whose address was refused
	// Of the last HTML:
	uint32_t frames_missing; // out-of-process frames that could not be captured
	char html_lacks[200];    // what it may be without, and why; empty: it is whole
};
void cdp_page_report(struct cdp_page *p, struct cdp_page_report *out);
// [{url, method, status, type, mime, bytes, started_ms, duration_ms, failed?, remote_ip}], owned by
// the caller.
cJSON *cdp_page_network_requests(struct cdp_page *p);

#endif
