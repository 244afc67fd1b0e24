// SPDX-License-Identifier: Apache-2.0
// Inside of the sessions. An entry is in the table while somebody holds it or waits for it, or
// while its browser context lives; everything else about a session is in the store.
#ifndef ORCHESTRATOR_SESSION_SESSION_PRIV_H
#define ORCHESTRATOR_SESSION_SESSION_PRIV_H

#include "orchestrator/session/session.h"

#include <pthread.h>

#define SESSION_WAITERS 100 // jobs that may wait for one session

struct session_waiter {
	struct session_waiter *next;
	int fd; // eventfd, readable once the session is theirs
	bool granted;
};

struct session {
	struct session *next; // in its bucket
	struct sessions *owner;
	char key[33], id[129];
	// With the owner's lock:
	bool held;
	struct session_waiter *waiters, **waiters_tail;
	size_t n_waiters;
	struct pool_context
	    *context;  // in use by the holder, who alone looks at it while it is held
	uint64_t used; // order of use, for the least recent one
	// The holder's:
	struct store_session row;
	struct session_config config;
	struct arena arena;
};

struct sessions {
	struct store *store;
	pthread_mutex_t lock; // guards all below; not held while the store or the pool is asked
	struct sessions_opts opts;
	struct session *buckets[256];
	uint64_t clock;
	size_t live, busy;
	uint64_t created, expired, restored;
};

// --- session.c: the table ---
// Take the entry for this caller alone. `wait`: until the deadline, else ERR_SESSION_BUSY at once.
int session_take(struct sessions *ss, const char *key, const char *id, bool wait,
    struct deadline dl, int cancel_fd, struct session **out, struct err *err) MUST_CHECK;
// Hand it to who waits, or leave it. `keep`: its context stays, if there is room for one more.
void session_give(struct session *s, bool keep);
void session_drop_context(struct session *s); // of a held one
struct session_view {
	bool live, busy;
};
struct session_view session_view(struct sessions *ss, const char *key, const char *id);
void session_bury_dead(struct sessions *ss); // closes contexts whose browser has gone

// --- session_admin.c ---
int session_id_check(const char *id, struct err *err) MUST_CHECK;

// --- session_job.c ---
// Fill row and config of a held session from the store. ERR_SESSION_NOT_FOUND, also when expired.
int session_load(struct session *s, struct err *err) MUST_CHECK;
// Put a new one into the store.
int session_make(
    struct session *s, const cJSON *config, const cJSON *state, struct err *err) MUST_CHECK;

#endif
