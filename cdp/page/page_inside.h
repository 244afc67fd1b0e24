// SPDX-License-Identifier: Apache-2.0
// A page as the other rooms of cdp/ see it: its parts, its isolated worlds, what can be asked of
// its documents. One job thread at a time; only struct fetch_rules is also read by the loop thread,
// through the paused-request hook.
#ifndef CDP_PAGE_INSIDE_H
#define CDP_PAGE_INSIDE_H

#include "cdp/page.h"

#define PAGE_ID_MAX     64
#define PAGE_FRAMES_MAX 64 // out-of-process frames looked at
#define PAGE_URL_MAX    ((size_t)2 << 20)

// A main-frame document that was asked for; its loader id is also the request id.
struct page_doc {
	char loader_id[PAGE_ID_MAX];
	char error[64]; // "net::ERR_…", empty: none
	bool is_download;
	int status;
	char mime[96], declared[96];
	bool declared_charset;
	bool from_cache;
	uint32_t redirects;
	struct buf url;
};

// Riptide's isolated world in a document of one session.
struct page_world {
	struct cdp_session *session;
	int64_t context;      // 0: none now
	unsigned libs;        // bits of 1 << enum page_lib that are loaded
	const char *frame_id; // of another document of that session, borrowed; NULL: the top one
};
enum page_lib { LIB_TREE, LIB_QUIET, LIB_HTML, LIB_FACTS, LIB_DOM, LIB_STORAGE, LIB_COUNT };

#define PAGE_VISITED_MAX 100
struct tab_script { // sets the sessionStorage of an origin, until its first document
	char *origin;
	char id[64];
};
struct page_tab {                        // what stays with the tab from one document to the next
	char *visited[PAGE_VISITED_MAX]; // origins of the main frame's documents, this one too
	size_t n_visited;
	struct tab_script *scripts;
	size_t n_scripts;
};

struct fetch_rules;
struct netlog;

struct cdp_page {
	struct cdp_client *client;
	struct cdp_session *session;
	char target_id[PAGE_ID_MAX]; // also the main frame's id
	char *context_id;            // NULL: the default one
	bool allow_private, want_network_log;
	cdp_dial_fn *dial;
	void *dial_arg;

	struct cdp_ticket setup[24]; // replies of the set-up not yet looked at
	size_t n_setup;

	char token[40]; // name of Riptide's object in its isolated worlds
	struct page_world worlds[1 + PAGE_FRAMES_MAX];
	size_t n_worlds;

	struct page_doc next;        // asked for
	char loader_id[PAGE_ID_MAX]; // committed
	char doc_error[64];          // of the committed document, when it is an error page
	struct cdp_nav nav;          // the committed document
	uint32_t commits, requests_seen;
	int64_t start_us, dcl_us, load_us; // of the committed document; 0: not yet

	int fatal; // ERR_ADDRESS_FORBIDDEN: every further wait fails with it
	char fatal_text[200];
	uint32_t private_blocked;

	uint32_t captures;       // number of the last HTML capture, in which …
	uint32_t frames_missing; // … so many frames could not be read, …
	char html_lacks[200];    // … and why there is less than the whole; empty: there is not

	struct fetch_rules *rules;
	struct netlog *log;
	struct cdp_viewport viewport;
	struct page_tab tab;
	cJSON *state_known, *state_warnings; // state.c's; NULL: none
};

// --- page.c ---
// 0, or the reason why nothing more can be asked of this page.
int page_ready(const struct cdp_page *p, struct err *err) MUST_CHECK;
// As cdp_wait_until on the main session, and ends early when the page turned fatal.
int page_wait_until(struct cdp_page *p, bool (*done)(struct cdp_page *p, void *arg), void *arg,
    struct deadline dl, struct err *err) MUST_CHECK;

// --- nav_error.c ---
// The address that answered `response` (CDP Network.Response of `url`), as text, or NULL: borrowed
// from `response` or put into `d`.
const char *page_remote_address(
    struct cdp_page *p, const char *url, const cJSON *response, struct cdp_dial *d);
// What went wrong with a request of `url`, with what its proxy knows of it.
char *page_failure(struct cdp_page *p, const char *url, const char *net_error);

// --- page_world.c ---
struct page_world *page_world(struct cdp_page *p, struct cdp_session *s);
// Evaluate `call` (an expression that uses TOKEN.name…, written with %T for the token) in the
// isolated world of `w`, with the libraries loaded first; *value is the JSON value. Once more in a
// fresh world when the old one has gone.
int page_lib_call(struct cdp_page *p, struct page_world *w, unsigned libs, const char *call,
    int64_t timeout_ms, struct deadline dl, cJSON **value, struct err *err) MUST_CHECK;
// The same, but *object_id (96 bytes) names the resulting object; empty when it is null or
// undefined.
int page_lib_object(struct cdp_page *p, struct page_world *w, unsigned libs, const char *call,
    struct deadline dl, char *object_id, size_t size, struct err *err) MUST_CHECK;
// The context id, made if need be.
int page_world_ready(struct cdp_page *p, struct page_world *w, unsigned libs, struct deadline dl,
    struct err *err) MUST_CHECK;
// True when the error says that the document or the context of the call has gone.
bool page_context_gone(int rc, const struct err *err);

// --- eval.c ---
// Runtime.callFunctionOn with `this` = object_id; `args` are CallArguments, taken.
int page_call_on(struct cdp_page *p, struct cdp_session *s, const char *object_id,
    const char *function, cJSON *args, bool by_reference, struct deadline dl, cJSON **remote,
    struct err *err) MUST_CHECK;
// The value in a RemoteObject, detached from it; JSON null for undefined.
cJSON *page_remote_value(cJSON *remote);
// The renderer's answer to a trivial evaluation within `ms`?
bool page_answers(struct cdp_page *p, struct cdp_session *s, int64_t ms);

// --- page_nodes.c ---
// Make the closed shadow roots of the document of `w` known to its libraries. *found: how many.
int page_find_closed(struct cdp_page *p, struct page_world *w, struct deadline dl, size_t *found,
    struct err *err) MUST_CHECK;
// The <iframe> of a frame, as an object of the world (which must be there) of the document that
// holds it.
int page_frame_owner(struct cdp_page *p, struct page_world *w, const char *frame_id,
    struct deadline dl, char *object_id, size_t size) MUST_CHECK;

// Frames of other origins in the process of the world's session: their documents can't be entered
// from the one around them, but have worlds {.session, .frame_id}. Outer ones first.
#define PAGE_NEAR_MAX 32
struct page_near_frames {
	struct {
		char id[PAGE_ID_MAX];
		int parent; // index of the frame that has its <iframe>; -1: the world asked for
	} v[PAGE_NEAR_MAX];
	size_t n;
};
int page_near_frames(struct cdp_page *p, struct cdp_session *s, struct deadline dl,
    struct page_near_frames *out) MUST_CHECK;

// --- page_tab.c ---
// Set the sessionStorage of the state's origins in their first documents.
int page_tab_prepare(
    struct cdp_page *p, const cJSON *origins, struct deadline dl, struct err *err) MUST_CHECK;

#endif
