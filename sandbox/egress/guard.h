// SPDX-License-Identifier: Apache-2.0
// What riptide-egress is made of: one process, one thread, one epoll loop (egress_main.c) over the
// control socket (control.c), listeners and their slots (slots.c, ledger.c), connections (conn.c,
// dial.c, upstream.c, relay.c) and names that riptide is asked for (names.c). What is closed in a
// turn of the loop is freed at its end: events that came with it may still speak of it.
#ifndef SANDBOX_EGRESS_GUARD_H
#define SANDBOX_EGRESS_GUARD_H

#include "base/address.h"
#include "base/json.h"
#include "base/lookup.h"
#include "sandbox/egress/egress.h"
#include "sandbox/egress/policy.h"

#include <sys/queue.h>

enum {
	ADDRESSES_MAX = LOOKUP_MAX_ADDRESSES,
	DIALS_MAX = 4, // of one connection at the same time
	SCRATCH_BYTES = 64 << 10,
	HANDSHAKE_BYTES = 600, // greeting and request, and the first bytes after them
};

// What the caller can choose, as NAME=NUMBER arguments (limits.c).
struct limits {
	int64_t connections, slot_connections, stray_connections;
	int64_t handshake_ms, dial_ms, attempt_ms, linger_ms, half_ms;
	int64_t lookups, slot_lookups, names, name_ms, name_failed_ms;
};

struct guard;
struct conn;

// One fd in the epoll set.
struct source {
	int fd; // -1: none
	void (*on)(struct guard *g, struct source *s, uint32_t events);
	void *owner;
};

// --- time: each kind of waiting takes the same time for all, so that a queue is sorted ---

enum timer_kind { TIMER_HANDSHAKE, TIMER_DIAL, TIMER_LINGER, TIMER_HALF, TIMER_ATTEMPT, TIMERS };
struct timer {
	TAILQ_ENTRY(timer) at;
	int64_t due_us; // 0: not set
	enum timer_kind kind;
	struct conn *conn;
};
TAILQ_HEAD(timers, timer);

// --- listeners and slots (slots.c) ---

struct ledger_row {
	char *host;
	uint32_t hash;
	uint16_t port;
	enum egress_verdict verdict;
	char address[INET6_ADDRSTRLEN];
	char *detail;                   // of the last attempt; NULL: the verdict says all
	uint64_t connections, bytes[2]; // [0] from the client, [1] to it
	unsigned open;
};
struct ledger {
	struct ledger_row *rows[EGRESS_MAX_HOSTS];
	size_t n;
	uint64_t bytes, denied, dropped;
	bool over;
};

struct slot {
	LIST_ENTRY(slot) in_table, in_listener;
	struct listener *listener;
	uint32_t address; // in network order
	bool granted;
	struct egress_policy policy;
	struct ledger ledger;
	LIST_HEAD(, conn) conns;
	int64_t n_conns, n_lookups;
};

struct listener {
	LIST_ENTRY(listener) in_guard;
	int64_t id;
	struct source source;
	LIST_HEAD(, slot) slots;
	struct slot stray; // connections to addresses that are nobody's
};

#define SLOT_BUCKETS 1024

// --- names (names.c) ---

enum name_state { NAME_QUEUED, NAME_ASKED, NAME_KNOWN, NAME_FAILED };
struct name {
	LIST_ENTRY(name) in_table;
	TAILQ_ENTRY(name) in_state;
	char *host;
	enum name_state state;
	int64_t id, due_us;
	struct slot *asker; // whose lookups it counts among; NULL: he is gone
	LIST_HEAD(, conn) waiting;
	size_t n;
	union address at[ADDRESSES_MAX];
};
TAILQ_HEAD(names, name);
#define NAME_BUCKETS 1024

// --- connections (conn.c) ---

enum conn_state {
	CONN_GREETING,
	CONN_REQUEST,
	CONN_NAME,
	CONN_DIAL,
	CONN_UPSTREAM, // the proxy is told what to dial
	CONN_RELAY,
	CONN_LINGER,
	CONN_DEAD
};

struct side {
	struct source source;
	bool readable, writable, hup;
};
struct flow { // from side i to the other
	char *wait;
	size_t at, n; // of `wait`
	bool eof, done;
};
// Until there is a connection to relay for.
struct handshake {
	char in[HANDSHAKE_BYTES];
	size_t n;
	char *asked; // as the client spelt it
	struct buf host;
	uint16_t port;
	union address at[ADDRESSES_MAX];
	size_t n_at, next;
	enum egress_verdict failure; // EGRESS_ALLOWED: none yet
	struct upstream *up;         // NULL: no proxy; else hs->at is where that is
};
struct dial {
	struct source source;
	union address to;
	int64_t since_us;
};
struct conn {
	LIST_ENTRY(conn) in_slot, in_name;
	TAILQ_ENTRY(conn) in_again; // or among the dead
	struct guard *g;
	struct slot *slot; // NULL: dead
	enum conn_state state;
	struct name *name; // that it waits for
	struct timer timer, attempt;
	struct side side[2]; // [0] client, [1] upstream
	struct flow flow[2];
	struct dial dials[DIALS_MAX];
	struct handshake *hs;
	struct ledger_row *row;
	union address dialled;
	bool far;          // by a proxy: nobody here knows its address
	bool again, moved; // moved: bytes went through since the timer was set
};
TAILQ_HEAD(conns, conn);

struct guard {
	int epoll;
	struct source control;
	bool ended;
	int64_t now_us;
	struct limits limits;
	LIST_HEAD(, listener) listeners;
	LIST_HEAD(, listener) dead_listeners;
	LIST_HEAD(, slot) slots[SLOT_BUCKETS];
	int64_t n_conns, n_slots;
	bool paused; // no connections are accepted
	int64_t resume_us;
	struct conns again, dead;
	struct timers timers[TIMERS];
	LIST_HEAD(, name) names[NAME_BUCKETS];
	struct names by_state[4];
	int64_t n_by_state[4], last_id;
	TAILQ_HEAD(, packet) outbox;
	size_t outbox_bytes;
	char scratch[SCRATCH_BYTES];
};

// guard.c
void guard_init(struct guard *g);
void guard_turn(struct guard *g); // one turn of the loop
void guard_done(struct guard *g);
void guard_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int source_add(struct guard *g, struct source *s, uint32_t events) MUST_CHECK;
void source_close(struct source *s); // also when it has none
void timer_set(struct guard *g, struct timer *t, enum timer_kind kind);
void timer_clear(struct guard *g, struct timer *t);

// limits.c
extern const struct limits limits_default;
// "name=number". 0, or -1.
int limits_arg(struct limits *l, const char *arg) MUST_CHECK;

// control.c
void control_read(struct guard *g); // all packets that wait
void control_ask(struct guard *g, int64_t id, const char *host);
void control_done(struct guard *g);
int control_open(struct guard *g) MUST_CHECK;

// slots.c
struct listener *listener_by_id(struct guard *g, int64_t id);
void listener_open(struct guard *g, int64_t id, int fd); // takes the fd
void listener_close(struct guard *g, struct listener *l);
void listeners_pause(struct guard *g, int64_t for_ms); // 0: until connections end
void listeners_resume(struct guard *g);
struct slot *slot_find(struct guard *g, const struct listener *l, uint32_t address);
// Takes *p; the slot is made if it is not there. Closes connections that *p does not allow.
void slot_grant(struct guard *g, struct listener *l, uint32_t address, struct egress_policy *p);
void slot_revoke(struct guard *g, struct slot *s);
void policy_done(struct egress_policy *p);
void listeners_reap(struct guard *g);

// ledger.c
// The row of an attempt that came to an end; NULL: no room.
struct ledger_row *ledger_add(struct ledger *l, const char *host, uint16_t port,
    enum egress_verdict v, const union address *address);
void ledger_detail(struct ledger_row *r, const char *detail); // both may be NULL
void ledger_renew(struct ledger *l); // rows of open connections stay, with counters at 0
void ledger_done(struct ledger *l);
void ledger_print(const struct ledger *l, int64_t id, size_t max, struct buf *out);

// names.c
// The name, known or failed, or NULL: `c` waits, and conn_resolved() is called once.
const struct name *names_ask(struct guard *g, struct conn *c, const char *host);
void names_unwait(struct guard *g, struct conn *c);
void names_answer(struct guard *g, int64_t id, const cJSON *addresses);
void names_tick(struct guard *g);
int64_t names_due_us(const struct guard *g); // INT64_MAX: never
void names_forget_slot(struct guard *g, const struct slot *s);
void names_done(struct guard *g);

// conn.c
void conn_new(struct guard *g, struct slot *s, int fd); // takes the fd
void conn_resolved(struct conn *c, const struct name *n);
void conn_seek(struct conn *c, const char *host); // look it up, if need be, and dial it
void conn_timeout(struct conn *c, enum timer_kind kind);
bool conn_may_go_on(const struct conn *c); // under a new policy
void conn_abort(struct conn *c);           // RST to both sides
void conn_finish(struct conn *c);          // both sides closed in good order
// The attempt is over: a row in the ledger, an answer to the client. EGRESS_ALLOWED: relay.
void conn_verdict(struct conn *c, enum egress_verdict v, const union address *address);
void conns_reap(struct guard *g);

// dial.c
void dial_to(struct conn *c, size_t n); // the first n of hs->at
void dial_next(struct conn *c);         // it is time for one more attempt
void dial_stop(struct conn *c);

// upstream.c
void upstream_begin(struct conn *c);   // by the policy's proxy, in place of conn_seek
void upstream_dialled(struct conn *c); // that is side[1] now
void upstream_free(struct upstream *u);
// Why there is no connection by it, when the verdict would have been `v`.
const char *upstream_reason(const struct conn *c, enum egress_verdict v);

// relay.c
void relay_on(struct guard *g, struct source *s, uint32_t events);
void relay_run(struct conn *c);
// So many bytes came from side i. False: that was too much, and the connection is no more.
bool relay_count(struct conn *c, size_t i, size_t n) MUST_CHECK;
void relay_drop(struct conn *c); // what waits in buffers

#endif
