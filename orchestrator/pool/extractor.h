// SPDX-License-Identifier: Apache-2.0
// The daemon's side of riptide-extract: starts the fork server, keeps one worker at hand, one
// document at a time, kills by wall clock, re-validates what comes back, replaces a worker after
// any error.
#ifndef ORCHESTRATOR_POOL_EXTRACTOR_H
#define ORCHESTRATOR_POOL_EXTRACTOR_H

#include "base/clock.h"
#include "base/json.h"

struct extractor;
struct extractor_opts {
	unsigned memory_mb;     // address space of a worker, 0: 2048
	unsigned max_documents; // of one worker before it is replaced, 0: 1000
};
// Starts the fork server and a first worker. ERR_SANDBOX when the filter can't be loaded.
int extractor_open(struct deadline dl, struct extractor **out, struct err *err) MUST_CHECK;
int extractor_open_with(const struct extractor_opts *o, struct deadline dl, struct extractor **out,
    struct err *err) MUST_CHECK;
void extractor_close(struct extractor *x); // all its processes are gone when it returns
// `head` as in extract/document.h: {"url", "charset", "extract": {...}} (borrowed). *document owned
// by the caller. One retry on a fresh worker after a crash. ERR_EXTRACTOR_* and the errors of
// extract_document. Thread-safe: one document at a time, others wait within their deadline.
int extractor_run(struct extractor *x, const char *principal, const cJSON *head, struct sv html,
    struct deadline dl, int cancel_fd, cJSON **document, struct err *err) MUST_CHECK;
// Send a test op (builds with RIPTIDE_TEST_OPS); the error that it led to.
int extractor_test_op(struct extractor *x, const char *op, struct deadline dl, struct err *err);
// {"pid", "server_pid", "filter", "landlock_abi", "documents", "workers"} for doctor and tests;
// `workers` counts those started so far, `documents` those of the present one.
cJSON *extractor_status(struct extractor *x);

#endif
