// SPDX-License-Identifier: Apache-2.0
// The daemon's side of riptide-extract: as many confined workers as there are cores, each for one
// document at a time and for one principal's documents only, killed by wall clock or when the job
// is cancelled, what comes back validated anew, replaced after any error, 1,000 documents or 60 s
// of CPU. Those beyond the first start when they are needed.
#ifndef ORCHESTRATOR_POOL_EXTRACTOR_H
#define ORCHESTRATOR_POOL_EXTRACTOR_H

#include "base/clock.h"
#include "base/json.h"

struct extractor;
struct extractor_opts {
	unsigned memory_mb;     // address space of a worker, 0: 2048
	unsigned max_documents; // of one worker before it is replaced, 0: 1000
	unsigned workers;       // at a time, 0: as many as cores
};
// Starts the fork server and a first worker. ERR_SANDBOX when the filter can't be loaded.
int extractor_open(struct deadline dl, struct extractor **out, struct err *err) MUST_CHECK;
int extractor_open_with(const struct extractor_opts *o, struct deadline dl, struct extractor **out,
    struct err *err) MUST_CHECK;
void extractor_close(struct extractor *x); // all its processes are gone when it returns
// `head` as in extract/document.h: {"url", "charset", "extract": {...}} (borrowed). *document owned
// by the caller. One retry on a fresh worker after a crash. ERR_EXTRACTOR_*, ERR_CANCELLED
// (cancel_fd became readable; -1: none) and the errors of extract_document. Thread-safe: others
// wait for a worker, first come, first served, within their deadline. `principal` NULL: nobody's in
// particular.
int extractor_run(struct extractor *x, const char *principal, const cJSON *head, struct sv html,
    struct deadline dl, int cancel_fd, cJSON **document, struct err *err) MUST_CHECK;
// The same for who passes the document on as it is: its checked JSON text, in *text (done first).
int extractor_run_text(struct extractor *x, const char *principal, const cJSON *head,
    struct sv html, struct deadline dl, int cancel_fd, struct buf *text,
    struct err *err) MUST_CHECK;
// Send a test op (builds with RIPTIDE_TEST_OPS); the error that it led to.
int extractor_test_op(struct extractor *x, const char *op, struct deadline dl, struct err *err);
// {"pid", "server_pid", "filter", "landlock_abi", "documents", "workers", "slots"} for doctor and
// tests; `workers` counts those started so far, the rest is of one of them.
cJSON *extractor_status(struct extractor *x);

#endif
