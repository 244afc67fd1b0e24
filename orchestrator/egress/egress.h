// SPDX-License-Identifier: Apache-2.0
// The egress guard as the daemon sees it: riptide-egress started, kept alive and told who may dial
// what; names resolved for it; its ledger read. One guard for all browsers. Thread-safe; one thread
// of its own.
#ifndef ORCHESTRATOR_EGRESS_EGRESS_H
#define ORCHESTRATOR_EGRESS_EGRESS_H

#include "base/clock.h"
#include "base/json.h"
#include "sandbox/egress/egress.h"
#include "sandbox/egress/policy.h"

struct egress;          // the guard
struct egress_listener; // of one browser: where its connections come in
struct egress_slot;     // of one browser context: an address of 127.0.0.0/8

// Starts the guard and the thread that serves it, and waits for its first sign of life. A guard
// that ends is started anew (with growing pauses) and told all it knew; connections through it
// break, and its ledgers are lost. One that is silent for 5 s is killed. ERR_SANDBOX.
int egress_open(struct egress **out, struct err *err) MUST_CHECK;
void egress_close(struct egress *e); // ends the guard and waits for it. NULL is ignored.

// Takes `fd`, a listening socket at `port`. The guard may live longer or shorter than the listener:
// egress_close does not wait for it.
struct egress_listener *egress_listen(struct egress *e, int fd, uint16_t port);
void egress_unlisten(struct egress_listener *l); // its slots were freed. NULL is ignored.

// A new address that may dial nothing yet. Never NULL (an address is free again when its slot is).
struct egress_slot *egress_slot_new(struct egress_listener *l);
void egress_slot_free(struct egress_slot *s); // closes its connections. NULL is ignored.
const char *egress_slot_proxy(const struct egress_slot *s); // "socks5://127.3.4.5:1080"
// What it may dial until the next grant or revoke; the ledger begins anew. Counts for all that is
// loaded after it returns. `p` is copied; what does not fit into a packet (EGRESS_MAX_PACKET)
// grants nothing.
void egress_grant(struct egress_slot *s, const struct egress_policy *p);
void egress_revoke(struct egress_slot *s);

struct egress_row {
	char *host; // as it was asked for: a name or an address
	uint16_t port;
	char address[46];               // dialled; "": none
	char detail[EGRESS_MAX_DETAIL]; // of EGRESS_PROXY_FAILED: what the proxy did; "": none
	enum egress_verdict verdict;
	uint64_t connections, bytes_in, bytes_out;
};
struct egress_ledger {
	struct egress_row *rows;
	size_t n_rows;
	uint64_t bytes;   // both ways
	uint64_t denied;  // attempts
	uint64_t dropped; // rows that there was no room for
	bool over;        // max_bytes was reached
};
// What was dialled since the grant. ERR_TIMEOUT, ERR_SANDBOX (the guard is being started anew).
int egress_ledger(struct egress_slot *s, struct deadline dl, struct egress_ledger *out,
    struct err *err) MUST_CHECK;
void egress_ledger_done(struct egress_ledger *l);

struct egress_stats {
	bool alive;
	uint64_t restarts;
	uint64_t lookups, lookups_failed;
	size_t listeners, slots;
	int pid;
};
void egress_stats(struct egress *e, struct egress_stats *out);

#endif
