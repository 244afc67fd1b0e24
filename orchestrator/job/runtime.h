// SPDX-License-Identifier: Apache-2.0
// What jobs run on: the loop thread, a browser, the extractor. The extractor starts in a thread of
// its own while the browser is launched. One job at a time uses a runtime here; the daemon's pool
// comes later.
#ifndef ORCHESTRATOR_JOB_RUNTIME_H
#define ORCHESTRATOR_JOB_RUNTIME_H

#include "orchestrator/pool/browser.h"
#include "orchestrator/pool/extractor.h"

struct runtime;

// Starts the extractor; returns at once.
struct runtime *runtime_new(const struct browser_opts *browser);
// Ends everything that was started; nothing is left when it returns.
void runtime_free(struct runtime *rt);

// The extractor, when it has started. ERR_SANDBOX and other errors of extractor_open, ERR_TIMEOUT.
int runtime_extractor(
    struct runtime *rt, struct deadline dl, struct extractor **out, struct err *err) MUST_CHECK;
// The browser, launched at the first call and again after runtime_drop_browser or a crash. The
// thread that calls first must live as long as the runtime (PR_SET_PDEATHSIG follows threads).
int runtime_browser(
    struct runtime *rt, struct deadline dl, struct browser **out, struct err *err) MUST_CHECK;
// Kill the browser: a page in it did not end.
void runtime_drop_browser(struct runtime *rt);

#endif
