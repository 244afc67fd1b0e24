// SPDX-License-Identifier: Apache-2.0
// The slots of the extractor, and in each the fork server and its present worker as the daemon sees
// them: fds, pids, and how a worker ended. A slot is used by the thread that has taken it.
#ifndef ORCHESTRATOR_POOL_EXTRACTOR_PRIV_H
#define ORCHESTRATOR_POOL_EXTRACTOR_PRIV_H

#include "base/json.h"
#include "extract/proto.h"
#include "orchestrator/pool/extractor.h"
#include "sandbox/spawn.h"

#include <pthread.h>
#include <stdatomic.h>

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
	atomic_uint started;
	int landlock_abi;
	char filter[32];
};

struct slot {
	struct extractor *x;
	// whoever has taken it
	struct workers s;
	struct worker w;
	char *principal; // whose documents the worker has seen
	bool used;       // it has seen some
	uint64_t next_id;
	// the extractor's lock
	bool taken;
	bool server_wanted;
	int server_rc;
	struct err server_err;
};

struct slot_waiter;
struct extractor {
	unsigned max_documents;
	struct slot *slots;
	size_t n_slots;
	pthread_mutex_t lock; // never held across a wait for a process
	pthread_cond_t changed;
	bool started, stop;
	pthread_t starter;
	struct slot_waiter *waiters, **waiters_tail;
};

// extractor_slots.c
struct extractor *slots_new(const struct extractor_opts *o, unsigned memory_mb);
void slots_free(struct extractor *x);
// A slot of one's own, within the deadline: ERR_EXTRACTOR_TIMEOUT, ERR_CANCELLED.
int slot_take(struct extractor *x, const char *principal, struct deadline dl, int cancel_fd,
    struct slot **out, struct err *err) MUST_CHECK;
void slot_give(struct slot *s);
// Start its fork server, if it has none, in the thread that such are bound to.
int slot_server(struct slot *s, struct err *err) MUST_CHECK;

// extractor_worker.c
int server_start(struct workers *s, struct err *err) MUST_CHECK;
// Ask the server for a worker and say hello, without waiting for its answer.
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
// document_check_text stops where the text is known to be good: repaired, NUL-terminated.
int document_check_text(struct buf *text, struct err *err) MUST_CHECK;
int document_check(struct buf *text, cJSON **document, struct err *err) MUST_CHECK;

#endif
