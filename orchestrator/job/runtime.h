// SPDX-License-Identifier: Apache-2.0
// What jobs run on, in the CLI and in the daemon: the pool of browsers, the guard of their
// connections, and the extractors. They start side by side, in threads of their own. Thread-safe.
#ifndef ORCHESTRATOR_JOB_RUNTIME_H
#define ORCHESTRATOR_JOB_RUNTIME_H

#include "orchestrator/egress/egress.h"
#include "orchestrator/pool/extractor.h"
#include "orchestrator/pool/pool.h"

struct runtime;

// Starts the extractor, and the guard and browsers: the latter not yet if the pool is lazy, neither
// if it is to have none (0). Waits for the guard only.
struct runtime *runtime_new(const struct pool_opts *o);
// Ends everything that was started; nothing is left when it returns.
void runtime_free(struct runtime *rt);

// The egress guard of all browsers. ERR_SANDBOX: it could not be started, and no page is to be
// loaded.
int runtime_guard(struct runtime *rt, struct egress_stats *out, struct err *err) MUST_CHECK;
struct pool *runtime_pool(struct runtime *rt);
struct loop *runtime_loop(struct runtime *rt); // the one loop thread; NULL: it can't be had
// The extractor, when it has started. ERR_SANDBOX and other errors of extractor_open, ERR_TIMEOUT.
int runtime_extractor(
    struct runtime *rt, struct deadline dl, struct extractor **out, struct err *err) MUST_CHECK;

// For one render after another: a browser of this kind, launched when it is needed.
struct pool_opts runtime_cli_opts(const struct browser_opts *browser);

#endif
