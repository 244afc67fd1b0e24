// SPDX-License-Identifier: Apache-2.0
// Inside of the daemon's side of the egress guard: what its files share. The thread
// "riptide-egress" starts the guard, hears it and has what is said to be its own; the rest is under
// the lock.
#ifndef ORCHESTRATOR_EGRESS_EGRESS_PRIV_H
#define ORCHESTRATOR_EGRESS_EGRESS_PRIV_H

#include "base/lookup.h"
#include "orchestrator/egress/egress.h"
#include "sandbox/egress/egress.h"
#include "sandbox/spawn.h"

#include <poll.h>
#include <pthread.h>

#define EGRESS_MAX_LOOKUPS (LOOKUP_MAX / 2) // the other half is for what the daemon asks itself
#define EGRESS_MAX_HOST    255              // bytes of a name, as in SOCKS5

struct egress_opts {      // 0: the usual
	const char *path; // of the guard; kept
	int64_t stall_ms; // a guard that is silent for as long is killed
	int64_t lookup_ms;
	int64_t pause_ms; // before it is started anew, at first
};
// egress_open for tests.
int egress_open_with(const struct egress_opts *o, struct egress **out, struct err *err) MUST_CHECK;

struct egress_packet; // that waits for room in the socket
struct egress_wire {
	int fd; // -1: no guard. Set by the thread, under the lock.
	struct egress_packet *head, **tail;
	size_t waiting;
	uint64_t queued, sent; // ever, of those that had to wait
};

struct egress_lookups { // the thread's
	struct egress_lookup {
		uint64_t id; // the guard's
		struct lookup *l;
		struct deadline dl;
		bool left; // nobody wants its answer any more
	} at[EGRESS_MAX_LOOKUPS];
	size_t n;
};

struct egress_waiter; // for a ledger

struct egress {
	struct egress_opts o;
	pthread_t thread;
	int wake; // eventfd
	pthread_mutex_t lock;
	pthread_cond_t changed; // alive, ends, wire.sent
	unsigned refs;          // its listeners', and one until it is closed
	bool closing;

	// the thread's
	struct child guard;
	int64_t started_ms, pause_ms;
	struct deadline restart_at;
	struct deadline beat_at;   // when it is asked for a sign of life
	struct deadline silent_at; // when that was waited for long enough
	uint64_t asked;            // its id; 0: it was given
	unsigned bad;              // packets of this guard
	struct egress_lookups lookups;
	char *in; // EGRESS_MAX_PACKET bytes

	// under the lock
	struct egress_wire wire;
	uint64_t last_id; // of ledgers
	struct egress_waiter *waiters;
	struct egress_listener *listeners;
	uint64_t last_listener;
	bool alive;          // this guard gave a sign of life
	uint64_t ends;       // guards that ended, and those that did not start
	struct err last_end; // why
	struct egress_stats stats;
};

void egress_unref(struct egress *e);

// egress_wire.c. All with the lock held; nothing is sent where there is no guard.
// Into the socket, or behind what waits for room there. `fd` (-1: none) stays the caller's.
void egress_put(struct egress *e, const cJSON *packet, int fd);
void egress_put_text(struct egress *e, struct sv text, int fd);
// Until all that was put is in the socket, or another guard is told anew. Lets go of the lock.
void egress_wait_put(struct egress *e);
void egress_flush(struct egress *e); // the socket has room
void egress_drop(struct egress *e);  // what waits
// Reads what came, at most so much that others get their turn; the thread, without the lock.
// False: the guard hung up, or talks nonsense.
bool egress_hear(struct egress *e) MUST_CHECK;

// egress_slots.c. With the lock held: all listeners and grants, for a guard that knows nothing.
void egress_tell_all(struct egress *e);

// egress_lookup.c: the thread.
// {"event": "resolve"}; false: nonsense.
bool egress_lookup_begin(struct egress *e, const cJSON *event) MUST_CHECK;
size_t egress_lookup_poll(const struct egress *e, struct pollfd *p); // how many were filled
struct deadline egress_lookup_deadline(const struct egress *e, struct deadline other);
void egress_lookup_finish(struct egress *e); // those that are answered or out of time
void egress_lookup_leave(struct egress *e);  // who asked is gone
void egress_lookup_close(struct egress *e);

// egress_ledger.c
// {"event": "ledger"}, by the thread; false: nonsense.
bool egress_ledger_take(struct egress *e, const cJSON *event) MUST_CHECK;
// With the lock held: nobody will answer.
void egress_ledger_fail(struct egress *e);
// The same: the question alone, for a sign of life. Its id.
uint64_t egress_ledger_ask(struct egress *e, uint64_t listener, const char *slot);
// 0, ERR_TIMEOUT, ERR_SANDBOX.
int egress_ledger_of(struct egress *e, uint64_t listener, const char *slot, struct deadline dl,
    struct egress_ledger *out) MUST_CHECK;

// A whole number from 0 to 2^53; false: it is none.
bool egress_count(const cJSON *obj, const char *key, uint64_t *out) MUST_CHECK;

#endif
