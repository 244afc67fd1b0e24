// SPDX-License-Identifier: Apache-2.0
// One DevTools connection to one browser: a WebSocket with flat sessions, calls with deadlines, and
// clients (the view of one job thread) that get replies and events through their mailbox.
// Protocol: https://chromedevtools.github.io/devtools-protocol/, Target.attachToTarget {flatten:
// true}.
#ifndef CDP_CONN_H
#define CDP_CONN_H

#include "base/clock.h"
#include "base/json.h"
#include "cdp/loop.h"

struct cdp_conn;
struct cdp_client;
struct cdp_session;

struct cdp_endpoint {
	const char *address; // "127.0.0.1:9222" or "unix:/path"
	const char *path;    // "/devtools/browser/UUID"
	int *connected; // a socket that is connected to it, taken (-1 then) whatever becomes of it;
			// NULL: `address` is dialled
};

// A larger message is not kept: ERR_RESULT_TOO_LARGE for its call. (Chromium itself drops answers
// above 256 MB without a word: then the call ends at its deadline.)
#define CDP_MAX_MESSAGE_BYTES ((size_t)256 << 20)

// Blocking, any thread but the loop's. ERR_BROWSER_START when it does not answer.
int cdp_conn_open(struct loop *l, const struct cdp_endpoint *ep, struct deadline dl,
    struct cdp_conn **out, struct err *err) MUST_CHECK;
// Closes the socket: every pending and every later call fails at once with ERR_BROWSER_CRASHED. Any
// thread, any number of times; the caller keeps its reference.
void cdp_conn_shutdown(struct cdp_conn *c);
// cdp_conn_shutdown and give the reference up (once; NULL is ignored). Clients may be freed later,
// but before the loop is.
void cdp_conn_close(struct cdp_conn *c);
bool cdp_conn_alive(const struct cdp_conn *c);

// --- clients: one per job thread at a time ---
// Called in the client's own thread for every event while it waits in any cdp_* function. `params`
// is the raw JSON object text, already repaired, NUL-terminated and writable. Events of the browser
// itself (no session) stay with the reflexes. The handler may call cdp_send and cdp_call; events
// that arrive meanwhile are handed over after it returns, in order.
typedef void cdp_event_fn(
    void *arg, struct cdp_session *session, const char *method, char *params, size_t n);

// `on_event` NULL: events are dropped. Holds a reference to the connection. Never NULL.
struct cdp_client *cdp_client_new(struct cdp_conn *c, cdp_event_fn *on_event, void *arg);
void cdp_client_free(struct cdp_client *cl); // detaches nothing; pending calls are forgotten
// Make every wait of this client return ERR_CANCELLED from now on (any thread,
// async-signal-unsafe). Another client of the connection may go on calling its sessions (the kill
// ladder does).
void cdp_client_cancel(struct cdp_client *cl);
// For whoever closes what the client has opened: calls and waits work again, whether it was
// cancelled or lost events, and there are no events any more.
void cdp_client_revive(struct cdp_client *cl);
// Make a cdp_wait_until look at its condition again (any thread).
void cdp_client_wake(struct cdp_client *cl);
struct cdp_conn *cdp_client_conn(struct cdp_client *cl);
uint64_t cdp_client_dropped_events(const struct cdp_client *cl);

// --- sessions ---
// Attach (Target.attachToTarget flatten) and route the session's events to `cl`. The loop thread
// also sends Target.setAutoAttach {waitForDebuggerOnStart, flatten} on it; child sessions are
// adopted to the same client, get Network.enable, setAutoAttach and the commands of
// cdp_session_add_child_command, and run on, all without the client. A session pointer stays valid
// until its client is freed.
int cdp_session_attach(struct cdp_client *cl, const char *target_id, struct deadline dl,
    struct cdp_session **out, struct err *err) MUST_CHECK;
const char *cdp_session_target_id(const struct cdp_session *s);
const char *cdp_session_target_type(const struct cdp_session *s); // "page", "iframe", "worker", …
struct cdp_session *cdp_session_parent(const struct cdp_session *s); // NULL for a root session
// The iframe (out-of-process) child sessions that are attached now: copies up to n pointers.
size_t cdp_session_children(const struct cdp_session *root, struct cdp_session **out, size_t n);
// 0 while usable; ERR_PAGE_CRASHED, ERR_PAGE_DETACHED, ERR_BROWSER_CRASHED after. Cheap, any
// thread.
int cdp_session_state(const struct cdp_session *s);

// What became of the requests that a page is made of: those of its main frame's process, of the
// document that is there now. What was cancelled, or blocked by us or by the page's own policy, is
// not in it.
enum cdp_kind { CDP_KIND_SCRIPT, CDP_KIND_STYLE, CDP_KIND_DATA, CDP_KINDS };
#define CDP_FIRST_FAILED 2
struct cdp_outcomes {
	struct {
		uint32_t ended, failed; // failed: no answer, or HTTP 400 and above (data: 500)
		char first[CDP_FIRST_FAILED]
			  [200]; // "https://… (net::ERR_…)", "https://… (HTTP 403)"
	} kinds[CDP_KINDS];
};

// Counters the loop thread keeps per root session (with all its child sessions); a snapshot copy.
struct cdp_counters {
	uint32_t in_flight; // requests that count for network idle: no EventSource, WebSocket,
			    // ping, beacon
	int64_t network_quiet_since_us; // monotonic; when in_flight became 0 (or last changed)
	uint32_t requests, requests_failed;
	struct cdp_outcomes outcomes;
	uint64_t bytes_received; // encodedDataLength
	uint32_t dialogs;        // answered by the dialog policy
	char last_dialog_type[16];
	char last_dialog_text[256];
	uint32_t popups;    // windows the page opened; closed at once
	uint32_t downloads; // denied or kept
	uint32_t auth_challenges;
	uint32_t targets_over_cap;
	bool crashed;
	int64_t load_event_us, dcl_event_us; // of the main frame's current document; 0: not yet
};
void cdp_session_counters(const struct cdp_session *root, struct cdp_counters *out);

// What the reflexes do for a root session and its children; set before the first navigation.
struct cdp_policy {
	bool accept_dialogs;  // default: dismiss
	uint32_t max_dialogs; // beyond: the page's scripts are terminated (dialog storm)
	uint32_t
	    max_targets; // child targets (popups excluded); beyond: counted, workers stay paused
	const char *auth_user, *auth_password; // for Fetch.authRequired; NULL: cancel the challenge
	const char *auth_origin; // "https://host": only its challenges are answered; NULL: all
	bool network_events;     // deliver all Network.* events to the client (HAR, network log);
				 // without it only requestWillBeSent, responseReceived and
				 // loadingFailed of documents
	bool console_events;
};
void cdp_session_set_policy(struct cdp_session *root, const struct cdp_policy *p);

// A command that each child session of these kinds gets before it runs (Fetch.enable, user agent
// …). `params` is JSON text or NULL. At most 16. Later children only.
enum cdp_child_kind { CDP_CHILD_IFRAME = 1, CDP_CHILD_WORKER = 2 };
void cdp_session_add_child_command(
    struct cdp_session *root, unsigned kinds, const char *method, const char *params);

// Answers Fetch.requestPaused of a root session or its children `s` in the loop thread: it must not
// block nor call any cdp_* function. True: `method` ("Fetch.fulfillRequest") and `params` (a JSON
// object with requestId) are sent on `s`. False: Fetch.continueRequest is. Without a hook all
// requests continue. When set_paused_hook returns, the hook before is not running and will not run
// again.
typedef bool cdp_paused_fn(void *arg, struct cdp_session *s, const char *params, size_t n,
    struct buf *method, struct buf *reply);
void cdp_session_set_paused_hook(struct cdp_session *root, cdp_paused_fn *fn, void *arg);

// --- calls ---
// `s` NULL: the browser. Takes `params` (may be NULL). *result (may be NULL if unwanted) is owned
// by the caller. Errors: ERR_TIMEOUT (deadline), ERR_CANCELLED, ERR_PAGE_CRASHED,
// ERR_PAGE_DETACHED, ERR_BROWSER_CRASHED, ERR_RESULT_TOO_LARGE, ERR_PROTOCOL, ERR_EVENT_OVERFLOW,
// ERR_CDP (the browser's own error: "Page.navigate: Cannot navigate to invalid URL (-32000)").
int cdp_call(struct cdp_client *cl, struct cdp_session *s, const char *method, cJSON *params,
    struct deadline dl, cJSON **result, struct err *err) MUST_CHECK;
// Send without waiting; the reply is checked by cdp_wait (any order) or, with ticket NULL, ignored.
struct cdp_ticket {
	uint64_t id;
	const char *method;
};
int cdp_send(struct cdp_client *cl, struct cdp_session *s, const char *method, cJSON *params,
    struct cdp_ticket *ticket, struct err *err) MUST_CHECK;
int cdp_wait(struct cdp_client *cl, struct cdp_ticket *t, struct deadline dl, cJSON **result,
    struct err *err) MUST_CHECK;
// Dispatch events until `done(arg)` says true (checked first, after each event, and when a root
// session's in_flight falls to 0). ERR_TIMEOUT at the deadline; the state errors of the session `s`
// (may be NULL) as in cdp_call.
int cdp_wait_until(struct cdp_client *cl, struct cdp_session *s, bool (*done)(void *arg), void *arg,
    struct deadline dl, struct err *err) MUST_CHECK;

#endif
