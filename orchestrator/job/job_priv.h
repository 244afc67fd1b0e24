// SPDX-License-Identifier: Apache-2.0
// Inside of a job, shared by the files of its life. Everything but `cancelled` and what `lock`
// guards belongs to the job's thread.
#ifndef ORCHESTRATOR_JOB_JOB_PRIV_H
#define ORCHESTRATOR_JOB_JOB_PRIV_H

#include "base/lookup.h"
#include "orchestrator/fetch/fetch.h"
#include "orchestrator/egress/egress.h"
#include "orchestrator/job/job.h"
#include "orchestrator/pool/stitcher.h"

#include <pthread.h>
#include <stdatomic.h>

#define JOB_MAX_HTML_BYTES     ((size_t)64 << 20)
#define JOB_MAX_CHARSET_BYTES  64
#define JOB_MAX_ARTIFACT_BYTES ((size_t)256 << 20)
#define JOB_MAX_ARTIFACTS      200
#define JOB_MAX_DIALOGS        100 // beyond: the page's scripts are stopped
#define JOB_MAX_WARNINGS       100

// Milliseconds spent in each phase, in the order in which they are reported.
#define JOB_PHASES(X)                                                                              \
	X(QUEUED, queued)                                                                          \
	X(LAUNCH, launch)                                                                          \
	X(OPEN, open)                                                                              \
	X(NAVIGATE, navigate)                                                                      \
	X(SETTLE, settle) X(ACTIONS, actions) X(CAPTURE, capture) X(EXTRACT, extract)
enum job_phase {
#define X(sym, name) PHASE_##sym,
	JOB_PHASES(X)
#undef X
	    PHASE_COUNT
};

struct job {
	const struct request *req;
	struct job_opts opts;
	struct runtime *rt; // while job_run and job_release work
	struct arena arena;
	char id[33];
	const char *request_id; // arena
	int64_t start_us;
	struct deadline deadline; // the answer is due
	struct deadline soft;     // stop and capture what is there

	pthread_mutex_t lock; // guards page, for job_cancel
	atomic_bool cancelled;
	int cancel_fd; // readable once cancelled
	struct cdp_page *page;

	struct lookup *lookup;       // of the address; NULL: none is needed
	struct lease *lease;         // of `page`
	struct egress_ledger ledger; // of its connections, as it was …
	int64_t ledger_us;           // … then; 0: it was not looked at
	uint64_t guard_starts;       // of the egress guard, before the page's first connection
	bool guard_silent;           // it did not say what was dialled
	uint32_t commits0; // navigations of the fresh page: more mean that a document came
	struct stitcher *stitcher;
	char product[64];

	uint64_t last_event; // of a job without a log
	double phase_ms[PHASE_COUNT];
	enum job_status status;
	struct err err;     // why it failed
	struct err pending; // why it stopped early: fails the job if there is nothing to show
	cJSON *reasons, *warnings;
	cJSON *action_results;
	cJSON *fed;        // the actions that came while it ran
	bool asked;        // the page's address was given to the browser
	bool acted;        // the actions were begun
	unsigned captured; // bits of the artifacts that are done with (job_capture.c)
	cJSON *document;
	cJSON *network_requests;
	cJSON *state;
	struct buf html;
	bool html_taken; // `html` holds the page
	cJSON
	    *facts; // what the browser knows of it besides; NULL: nothing, or no document is wanted
	char *final_url;
	char source_type[96]; // what the server called the page: XML is shown as text, so that …
	struct buf source;    // … this may be what it sent
	bool source_decoded;  // as UTF-8
	struct buf http_charset; // of `source`, as its header has it
	struct fetch *fetch;     // engine fetch: what loads the page …
	size_t fetched_bytes;    // how large `source` was
	bool want_text;          // … and whether `source` is to be told as UTF-8 (`html`)
	int http_status;
	uint32_t redirects;
	struct cdp_page_report report;
	struct job_artifact *artifacts;
	size_t n_artifacts;
	int64_t total_ms;
};

// job.c
void job_emit(struct job *j, const char *type, cJSON *data); // takes data
void job_reason(struct job *j, const char *reason); // each once; a complete job becomes partial
int job_fail(struct job *j, const struct err *err); // the first failure stays; returns its code
struct job_artifact *job_add_artifact(struct job *j, const char *kind, const char *name,
    const char *content_type, struct buf *bytes, uint32_t width,
    uint32_t height); // takes *bytes; NULL: too many
cJSON *job_artifact_object(const struct job_artifact *a, bool inline_bytes);
// When a job that is due then, with so long a hard cap, stops and captures what is there.
struct deadline job_soft_deadline(struct deadline due, int64_t cap_ms);
bool job_out_of_time(const struct job *j); // the soft deadline has passed
// Time spent since `*mark_us` goes to the phase; *mark_us becomes now.
void job_phase(struct job *j, enum job_phase p, int64_t *mark_us);
void job_set_page(struct job *j, struct cdp_page *page);

// job_check.c: before a page is needed
int job_check_address(
    struct job *j, struct err *err) MUST_CHECK; // begins; the name is resolved meanwhile
int job_await_address(struct job *j, struct err *err) MUST_CHECK;
int job_check_names(struct job *j, struct err *err) MUST_CHECK; // patterns, files

// job_page.c: the page from its opening to the end of its actions
int job_open_page(struct job *j, struct err *err) MUST_CHECK;
struct cdp_wait_opts job_wait_opts(const struct request *r);
int job_load(struct job *j, struct err *err) MUST_CHECK;
void job_note_source_type(struct job *j); // of the document that is shown now
bool job_page_usable(struct job *j); // there is a document of the request's in it, and it answers

// job_egress.c: the page's connections
struct egress_policy job_policy(const struct job *j);  // what they may reach; borrows
bool job_by_proxy(const struct job *j, struct sv url); // which looks up its host
cdp_dial_fn job_dial;
cJSON *job_egress_json(const struct job *j); // owned by the caller
void job_egress_report(struct job *j);

// job_fetch.c: the same without a browser
int job_fetch(struct job *j, struct err *err) MUST_CHECK;
int job_fetch_document(struct job *j, struct deadline dl, struct err *err) MUST_CHECK;
void job_fetch_done(struct job *j); // what was loaded is not needed any more

// job_act.c
int job_act(struct job *j, struct err *err) MUST_CHECK;
void job_skip_actions(struct job *j); // says so of each step, if none was begun

// job_capture.c
int job_capture_html(struct job *j, struct deadline dl, struct err *err) MUST_CHECK;
void job_dismiss_overlays(struct job *j);
void job_capture_artifacts(struct job *j, struct deadline dl);
void job_report(struct job *j); // counters, and warnings about what the page did

// job_host.c: the extractor, and what actions may ask of the job
bool job_facts_fit(const cJSON *facts); // small and flat enough to go along with a page
int job_extract_html(struct job *j, struct sv html, const cJSON *facts, const char *url,
    const cJSON *options, struct deadline dl, cJSON **document, struct err *err) MUST_CHECK;
// The same of the bytes that the server sent.
int job_extract_source(struct job *j, const char *url, const cJSON *options, struct deadline dl,
    cJSON **document, struct err *err) MUST_CHECK;
void job_host_init(struct job *j, struct action_host *h);
int job_check_upload(const struct job *j, const char *file, struct err *err) MUST_CHECK;

#endif
