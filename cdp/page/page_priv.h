// SPDX-License-Identifier: Apache-2.0
// What only the files of a page share: its set-up, its events, its loads. Job threads only.
#ifndef CDP_PAGE_PRIV_H
#define CDP_PAGE_PRIV_H

#include "cdp/page/netlog.h"
#include "cdp/page/page_inside.h"

// --- page.c ---
// Wait for what the set-up left unanswered; the first error of it.
int page_flush_setup(struct cdp_page *p, struct deadline dl, struct err *err) MUST_CHECK;
// Send on the main session, keep the ticket for page_flush_setup.
int page_setup_send(
    struct cdp_page *p, const char *method, cJSON *params, struct err *err) MUST_CHECK;
// A command whose answer nobody waits for.
void page_send(struct cdp_page *p, struct cdp_session *s, const char *method);

// --- page_events.c ---
void page_on_event(void *arg, struct cdp_session *s, const char *method, char *params, size_t n);
void page_doc_reset(struct page_doc *d);

// --- page_setup.c, emulate.c, page_fetch.c ---
int page_listen(struct cdp_page *p, struct err *err) MUST_CHECK;
int page_setup(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err) MUST_CHECK;
int page_emulate(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err) MUST_CHECK;
int page_fetch_setup(struct cdp_page *p, const struct cdp_page_opts *o, struct err *err) MUST_CHECK;
// Answer the next document request of the main frame with `html`, until page_fetch_unserve.
int page_fetch_serve(
    struct cdp_page *p, struct sv html, struct deadline dl, struct err *err) MUST_CHECK;
void page_fetch_unserve(struct cdp_page *p);
void page_fetch_free(struct cdp_page *p);

// --- settle.c ---
int page_settle(struct cdp_page *p, const struct cdp_wait_opts *w, struct deadline dl,
    struct err *err) MUST_CHECK;

// --- nav_error.c ---
int page_nav_error(struct cdp_page *p, const char *net_error, struct err *err); // of p->next
// ERR_NOT_HTML when Chromium shows documents of that type by a viewer of its own, else 0.
int page_type_error(const char *mime, struct err *err);

// --- page_world.c, eval.c ---
void page_world_lost(struct cdp_page *p, struct cdp_session *s);
struct page_eval {
	struct cdp_session *session;
	int64_t context; // 0: the main world
	const char *expression;
	size_t lead;        // so many bytes of it come before the code that errors speak of
	int64_t timeout_ms; // 0: only the deadline
	bool by_reference;
};
// Runtime.evaluate: *remote is the RemoteObject. ERR_SCRIPT_FAILED, ERR_SCRIPT_TIMEOUT.
int page_evaluate(struct cdp_page *p, const struct page_eval *e, struct deadline dl, cJSON **remote,
    struct err *err) MUST_CHECK;

// --- page_tab.c ---
void page_tab_committed(struct cdp_page *p, const char *url); // the main frame shows it now
void page_tab_loaded(struct cdp_page *p); // its scripts have run (DOMContentLoaded)
void page_tab_free(struct cdp_page *p);

#endif
