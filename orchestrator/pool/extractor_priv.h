// SPDX-License-Identifier: Apache-2.0
// The fork server and its present worker as the daemon sees them: fds, pids, and how a worker
// ended. Used by the thread that holds the extractor's lease.
#ifndef ORCHESTRATOR_POOL_EXTRACTOR_PRIV_H
#define ORCHESTRATOR_POOL_EXTRACTOR_PRIV_H

#include "base/json.h"
#include "extract/proto.h"
#include "sandbox/spawn.h"

struct worker {
	pid_t pid;
	int pidfd, sock; // -1: no worker
	bool proven;     // it said that it is confined
	unsigned documents;
};

struct workers { // one fork server
	struct child server;
	int control; // -1: no server
	unsigned memory_mb;
	unsigned started;
	int landlock_abi;
	char filter[32];
};

// Ask for a worker and say hello, without waiting for its answer; starts the server if it is not
// there.
int worker_start(
    struct workers *s, struct worker *w, struct deadline dl, struct err *err) MUST_CHECK;
// Wait for the hello's answer (once). ERR_SANDBOX when it could not confine itself.
int worker_prove(
    struct workers *s, struct worker *w, struct deadline dl, struct err *err) MUST_CHECK;
// The worker closed its socket: what became of it? Gives the error for `rc`, which reading led to,
// and kills the worker in any case. ERR_EXTRACTOR_CRASHED is worth a retry.
int worker_bury(struct workers *s, struct worker *w, int rc, struct err *err);
void worker_kill(struct worker *w);
void workers_stop(struct workers *s, struct worker *w);

// A worker's answer, as bytes from a process that a page may have taken over -> *document. Changes
// the text. ERR_EXTRACTOR_PROTOCOL.
int document_check(struct buf *text, cJSON **document, struct err *err) MUST_CHECK;

#endif
