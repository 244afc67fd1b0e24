// SPDX-License-Identifier: Apache-2.0
// The one error table: every failure a user, a client or a script can see has a row here.
// Codes are negative ints, 0 is success. Any process, any thread; no allocation.
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

// CLI exit codes (docs/ARCHITECTURE.md, "exit codes").
enum cli_exit {
	EXIT_COMPLETE = 0,
	EXIT_USAGE = 2,
	EXIT_PARTIAL = 3,
	EXIT_NETWORK = 4,
	EXIT_TIMEOUT = 5,
	EXIT_CRASH = 6,
	EXIT_SANDBOX = 7,
	EXIT_OTHER = 8,
	EXIT_INTERRUPTED = 130,
	EXIT_PIPE = 141, // as of a program that SIGPIPE ended
};

// X(symbol, "type", "code", HTTP status, retryable, exit, "default text")
// `type` groups codes for clients that switch on a few cases only.
#define ERR_TABLE(X)                                                                               \
	X(INVALID_REQUEST, "request", "invalid_request", 400, false, EXIT_USAGE,                   \
	    "the request is not valid")                                                            \
	X(INVALID_JSON, "request", "invalid_json", 400, false, EXIT_USAGE,                         \
	    "the text is not valid JSON (RFC 8259)")                                               \
	X(DUPLICATE_KEY, "request", "duplicate_key", 400, false, EXIT_USAGE,                       \
	    "a JSON object has the same key twice")                                                \
	X(NULL_CHARACTER, "request", "null_character", 400, false, EXIT_USAGE,                     \
	    "\\u0000 is not accepted in JSON strings")                                             \
	X(INVALID_YAML, "request", "invalid_yaml", 400, false, EXIT_USAGE,                         \
	    "the text is not YAML that a request may use")                                         \
	X(INVALID_URL, "request", "invalid_url", 400, false, EXIT_USAGE,                           \
	    "the URL is not one that can be rendered")                                             \
	X(INVALID_SELECTOR, "request", "invalid_selector", 400, false, EXIT_USAGE,                 \
	    "the selector does not parse")                                                         \
	X(INVALID_XPATH, "request", "invalid_xpath", 400, false, EXIT_USAGE,                       \
	    "the XPath expression does not parse")                                                 \
	X(INVALID_REGEX, "request", "invalid_regex", 400, false, EXIT_USAGE,                       \
	    "the regular expression does not compile")                                             \
	X(NOT_IMPLEMENTED, "request", "not_implemented", 501, false, EXIT_USAGE,                   \
	    "this part of the request is not built yet")                                           \
	X(TOO_LARGE, "request", "too_large", 413, false, EXIT_USAGE, "the input is too large")     \
	X(USAGE, "request", "usage", 400, false, EXIT_USAGE, "the command line is not valid")      \
	X(ADDRESS_FORBIDDEN, "network", "address_forbidden", 403, false, EXIT_NETWORK,             \
	    "the address is private or loopback")                                                  \
	X(HOST_FORBIDDEN, "network", "host_forbidden", 403, false, EXIT_NETWORK,                   \
	    "the request's network.allow_hosts and deny_hosts do not let the host through")        \
	X(DNS_FAILED, "network", "dns_failed", 502, true, EXIT_NETWORK,                            \
	    "the host name does not resolve")                                                      \
	X(CONNECTION_FAILED, "network", "connection_failed", 502, true, EXIT_NETWORK,              \
	    "no connection to the server")                                                         \
	X(PROXY_FAILED, "network", "proxy_failed", 502, true, EXIT_NETWORK,                        \
	    "the proxy of proxy_config does not connect")                                          \
	X(TLS_FAILED, "network", "tls_failed", 502, false, EXIT_NETWORK,                           \
	    "the TLS handshake or certificate failed")                                             \
	X(NAVIGATION_FAILED, "network", "navigation_failed", 502, true, EXIT_NETWORK,              \
	    "the page did not load")                                                               \
	X(HTTP_STATUS, "network", "http_status", 502, false, EXIT_NETWORK,                         \
	    "the server answered with an error status")                                            \
	X(NOT_HTML, "network", "not_html", 415, false, EXIT_NETWORK,                               \
	    "the address holds no HTML page")                                                      \
	X(DOWNLOAD, "network", "download", 415, false, EXIT_NETWORK,                               \
	    "the address is a download, not a page")                                               \
	X(NO_CONTENT, "network", "no_content", 502, false, EXIT_NETWORK,                           \
	    "the server answered without content")                                                 \
	X(TIMEOUT, "timeout", "timeout", 504, true, EXIT_TIMEOUT,                                  \
	    "the job's hard cap was reached")                                                      \
	X(NAVIGATION_TIMEOUT, "timeout", "navigation_timeout", 504, true, EXIT_TIMEOUT,            \
	    "the page did not load in time")                                                       \
	X(ACTION_TIMEOUT, "timeout", "action_timeout", 504, false, EXIT_TIMEOUT,                   \
	    "the action did not finish in time")                                                   \
	X(SCRIPT_TIMEOUT, "timeout", "script_timeout", 504, false, EXIT_TIMEOUT,                   \
	    "the script did not finish in time")                                                   \
	X(ACTION_FAILED, "action", "action_failed", 422, false, EXIT_OTHER, "the action failed")   \
	X(ELEMENT_NOT_FOUND, "action", "element_not_found", 422, false, EXIT_OTHER,                \
	    "no element matches the selector")                                                     \
	X(ELEMENT_NOT_VISIBLE, "action", "element_not_visible", 422, false, EXIT_OTHER,            \
	    "the element has no visible point to act on")                                          \
	X(ELEMENT_DISABLED, "action", "element_disabled", 422, false, EXIT_OTHER,                  \
	    "the element is disabled")                                                             \
	X(SCRIPT_FAILED, "action", "script_failed", 422, false, EXIT_OTHER,                        \
	    "the page script threw an exception")                                                  \
	X(BROWSER_NOT_FOUND, "browser", "browser_not_found", 503, false, EXIT_OTHER,               \
	    "no Chromium is installed: apt-get install chromium-headless-shell")                   \
	X(BROWSER_START, "browser", "browser_start_failed", 503, true, EXIT_CRASH,                 \
	    "Chromium did not start")                                                              \
	X(BROWSER_CRASHED, "browser", "browser_crashed", 502, true, EXIT_CRASH,                    \
	    "Chromium ended unexpectedly")                                                         \
	X(PAGE_CRASHED, "browser", "page_crashed", 502, true, EXIT_CRASH,                          \
	    "the page's renderer crashed")                                                         \
	X(PAGE_DETACHED, "browser", "page_detached", 502, true, EXIT_CRASH,                        \
	    "the page was closed while in use")                                                    \
	X(PROTOCOL, "browser", "protocol_error", 502, true, EXIT_CRASH,                            \
	    "Chromium answered with something that is not the DevTools protocol")                  \
	X(CDP, "browser", "cdp_error", 502, false, EXIT_OTHER, "Chromium refused a DevTools call") \
	X(EVENT_OVERFLOW, "browser", "event_overflow", 502, true, EXIT_OTHER,                      \
	    "the page sent events faster than they can be handled")                                \
	X(RESULT_TOO_LARGE, "limit", "result_too_large", 502, false, EXIT_OTHER,                   \
	    "the result is larger than the limit")                                                 \
	X(BYTE_LIMIT, "limit", "byte_limit", 422, false, EXIT_OTHER,                               \
	    "the page has loaded network.max_bytes")                                               \
	X(IMAGE_TOO_TALL, "limit", "image_too_tall", 422, false, EXIT_USAGE,                       \
	    "the page is larger than the image format allows")                                     \
	X(CAPTURE_FAILED, "browser", "capture_failed", 502, true, EXIT_OTHER,                      \
	    "Chromium did not deliver the capture")                                                \
	X(EXTRACTOR_VIOLATION, "extractor", "extractor_violation", 500, false, EXIT_SANDBOX,       \
	    "the extractor tried a forbidden system call and was killed")                          \
	X(EXTRACTOR_CRASHED, "extractor", "extractor_crashed", 500, true, EXIT_CRASH,              \
	    "the extractor ended unexpectedly")                                                    \
	X(EXTRACTOR_TIMEOUT, "extractor", "extractor_timeout", 504, false, EXIT_TIMEOUT,           \
	    "the extractor did not finish in time")                                                \
	X(EXTRACTOR_OOM, "extractor", "extractor_oom", 500, false, EXIT_OTHER,                     \
	    "the page needs more memory than the extractor may use")                               \
	X(EXTRACTOR_PROTOCOL, "extractor", "extractor_protocol", 500, true, EXIT_CRASH,            \
	    "the extractor's answer is not valid")                                                 \
	X(SANDBOX, "sandbox", "sandbox_unavailable", 503, false, EXIT_SANDBOX,                     \
	    "the sandbox can't be set up")                                                         \
	X(OUTPUT, "storage", "output_failed", 500, false, EXIT_OTHER,                              \
	    "the output can't be written")                                                         \
	X(OUTPUT_CLOSED, "storage", "output_closed", 500, false, EXIT_PIPE,                        \
	    "nobody reads the output any more")                                                    \
	X(STORAGE_FULL, "storage", "storage_full", 507, true, EXIT_OTHER, "no space is left")      \
	X(INPUT, "request", "input_unreadable", 400, false, EXIT_USAGE, "the input can't be read") \
	X(UNAUTHORIZED, "auth", "unauthorized", 401, false, EXIT_OTHER,                            \
	    "an API key or token is needed")                                                       \
	X(FORBIDDEN, "auth", "forbidden", 403, false, EXIT_OTHER,                                  \
	    "the key does not have the scope that this needs")                                     \
	X(LOCKED_OUT, "auth", "locked_out", 429, true, EXIT_OTHER,                                 \
	    "too many wrong keys from this address")                                               \
	X(RATE_LIMITED, "admission", "rate_limited", 429, true, EXIT_OTHER,                        \
	    "more requests than the limit allows")                                                 \
	X(QUEUE_FULL, "admission", "queue_full", 429, true, EXIT_OTHER,                            \
	    "this key has as many jobs waiting as it may have")                                    \
	X(OVERLOADED, "admission", "overloaded", 503, true, EXIT_OTHER,                            \
	    "the service has as much work as it can take")                                         \
	X(DEADLINE_UNMEETABLE, "admission", "deadline_unmeetable", 503, true, EXIT_OTHER,          \
	    "the job would wait longer than its deadline allows")                                  \
	X(QUARANTINED, "admission", "quarantined", 503, true, EXIT_CRASH,                          \
	    "jobs with this address crashed the browser several times in a row")                   \
	X(SHUTTING_DOWN, "admission", "shutting_down", 503, true, EXIT_OTHER,                      \
	    "the service is shutting down")                                                        \
	X(BREAKER_OPEN, "browser", "breaker_open", 503, true, EXIT_CRASH,                          \
	    "Chromium failed to start several times in a row")                                     \
	X(NOT_FOUND, "request", "not_found", 404, false, EXIT_OTHER, "there is no such thing")     \
	X(METHOD_NOT_ALLOWED, "request", "method_not_allowed", 405, false, EXIT_USAGE,             \
	    "this path does not have that method")                                                 \
	X(NOT_ACCEPTABLE, "request", "not_acceptable", 406, false, EXIT_USAGE,                     \
	    "none of the accepted types can be given")                                             \
	X(UNSUPPORTED_MEDIA_TYPE, "request", "unsupported_media_type", 415, false, EXIT_USAGE,     \
	    "the body's type is not one that is read here")                                        \
	X(UPGRADE_REQUIRED, "request", "upgrade_required", 426, false, EXIT_USAGE,                 \
	    "this is a WebSocket endpoint, version 13")                                            \
	X(BAD_HTTP, "request", "bad_http", 400, false, EXIT_USAGE,                                 \
	    "the request is not HTTP/1.1 (RFC 9112)")                                              \
	X(HEAD_TOO_LARGE, "request", "head_too_large", 431, false, EXIT_USAGE,                     \
	    "the request line and fields are too large")                                           \
	X(URI_TOO_LONG, "request", "uri_too_long", 414, false, EXIT_USAGE,                         \
	    "the request's target is too long")                                                    \
	X(EXPECTATION, "request", "expectation_failed", 417, false, EXIT_USAGE,                    \
	    "the only expectation met here is 100-continue")                                       \
	X(LENGTH_REQUIRED, "request", "length_required", 411, false, EXIT_USAGE,                   \
	    "the length of the body must be said")                                                 \
	X(HTTP_VERSION, "request", "http_version", 505, false, EXIT_USAGE,                         \
	    "only HTTP/1.1 and HTTP/1.0 are spoken here")                                          \
	X(REQUEST_TIMEOUT, "timeout", "request_timeout", 408, true, EXIT_TIMEOUT,                  \
	    "the request did not arrive in time")                                                  \
	X(MISDIRECTED, "request", "misdirected", 421, false, EXIT_USAGE,                           \
	    "the Host is not one of this service")                                                 \
	X(ORIGIN_FORBIDDEN, "auth", "origin_forbidden", 403, false, EXIT_OTHER,                    \
	    "pages of this origin may not call the service")                                       \
	X(CONFLICT, "request", "conflict", 409, false, EXIT_OTHER, "it exists already")            \
	X(IDEMPOTENCY_MISMATCH, "request", "idempotency_mismatch", 422, false, EXIT_USAGE,         \
	    "this Idempotency-Key was used for another request")                                   \
	X(IDEMPOTENCY_RUNNING, "request", "idempotency_running", 409, true, EXIT_OTHER,            \
	    "the request with this Idempotency-Key is still at work")                              \
	X(SESSION_NOT_FOUND, "session", "session_not_found", 404, false, EXIT_OTHER,               \
	    "there is no such session")                                                            \
	X(SESSION_BUSY, "session", "session_busy", 409, true, EXIT_OTHER,                          \
	    "another job uses the session")                                                        \
	X(SESSION_EXHAUSTED, "session", "session_exhausted", 409, false, EXIT_OTHER,               \
	    "the session has had as many pages as it may have")                                    \
	X(QUOTA, "limit", "quota_exceeded", 429, false, EXIT_OTHER,                                \
	    "the key has as much stored as it may have")                                           \
	X(CORRUPT, "storage", "corrupt", 500, false, EXIT_OTHER,                                   \
	    "what was stored can't be read back")                                                  \
	X(STATE_DIR, "storage", "state_dir", 500, false, EXIT_OTHER,                               \
	    "the state directory can't be used")                                                   \
	X(LISTEN, "request", "listen_failed", 500, false, EXIT_OTHER,                              \
	    "the address can't be listened on")                                                    \
	X(CONFIG, "request", "invalid_config", 400, false, EXIT_USAGE,                             \
	    "the settings are not valid")                                                          \
	X(CANCELLED, "cancelled", "cancelled", 499, false, EXIT_INTERRUPTED,                       \
	    "the job was cancelled")                                                               \
	X(INTERNAL, "internal", "internal", 500, false, EXIT_OTHER, "an internal error")

enum err_index {
#define X(sym, ...) ERR_IDX_##sym,
	ERR_TABLE(X)
#undef X
	    ERR_COUNT
};

// ERR_TIMEOUT and so on: negative, one per row.
enum err_code {
	ERR_OK = 0,
#define X(sym, ...) ERR_##sym = -(ERR_IDX_##sym + 1),
	ERR_TABLE(X)
#undef X
};

struct err_info {
	const char *symbol;
	const char *type;
	const char *code;
	int http_status;
	bool retryable;
	enum cli_exit cli_exit;
	const char *text;
};

// What a person reads. `path` names the field at fault (`actions[2].timeout_ms`), or is empty.
struct err {
	int code; // ERR_OK or a negative enum err_code
	char path[192];
	char message[512];
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		.code = ERR_OK                                                                     \
	}

// The row of `code`; an unknown code gives the row of ERR_INTERNAL. Never NULL.
const struct err_info *err_info(int code);

// The code whose `code` column is `name`, or 0.
int err_by_name(const char *name);

// Fill `e` (may be NULL) and return `code`. The message is printf-formatted, control characters are
// replaced, and it is cut at the buffer's end; NULL fmt takes the table's text.
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// The same, with the path of the field at fault.
int err_at(struct err *e, int code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// Prefix e->path with `prefix` ("actions[2]" + "timeout_ms" -> "actions[2].timeout_ms").
void err_prefix(struct err *e, const char *prefix);

// Map an errno value of a file operation to a code (ENOSPC, EDQUOT -> ERR_STORAGE_FULL, else
// `other`).
int err_from_errno(int errnum, int other);

#endif
