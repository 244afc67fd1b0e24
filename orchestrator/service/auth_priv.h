// SPDX-License-Identifier: Apache-2.0
// Inside of auth: the ring of keys and what a request shows to be let in.
#ifndef ORCHESTRATOR_SERVICE_AUTH_PRIV_H
#define ORCHESTRATOR_SERVICE_AUTH_PRIV_H

#include "base/digest.h"
#include "orchestrator/service/auth.h"
#include "orchestrator/service/gcra.h"

// --- auth_keys.c: the keys of the store, ready for look-up ---
struct auth_key {
	unsigned char digest[SHA256_BYTES]; // of the secret
	char id[33], name[65];
	uint64_t scopes;
	int64_t expires_ms; // wall clock; 0: never
	bool revoked;
	struct gcra_rate rate; // 0: the setting's
	int64_t concurrency, artifact_bytes;
	int64_t used_ms; // wall clock, since this was last told to the store; 0: not
};
struct auth_ring {
	struct auth_key *keys; // sorted by digest
	size_t n;
	size_t listed; // also revoked and damaged ones: with one the service is not open to all
};
int auth_ring_read(struct store *st, struct auth_ring *out, struct err *err) MUST_CHECK;
void auth_ring_done(struct auth_ring *r);
// NULL: none has that secret.
struct auth_key *auth_ring_find(const struct auth_ring *r, struct sv secret);

// --- auth_request.c: where a request carries its key ---
// Copies the secret or token to `out`; false: it has none.
bool auth_credential(const struct http_request *r, struct buf *out);
// The address as the table knows it: all of IPv4, the first 64 bits of IPv6. False for a peer
// without one (a Unix socket).
bool auth_address(const struct http_request *r, struct gcra_id *out);

// --- auth_limits.c: rates and wrong keys; ERR_RATE_LIMITED, ERR_LOCKED_OUT, with `limits` filled
// --- `whose` ends the message: "from this address". Of several limits the answer tells the one
// that has least left.
int auth_take(int64_t *tat_ns, struct gcra_rate rate, const char *whose, struct auth_limits *limits,
    struct err *err) MUST_CHECK;
int auth_locked_out(
    const struct gcra_client *c, struct auth_limits *limits, struct err *err) MUST_CHECK;
void auth_note_wrong(struct gcra_client *c);
// Notes it and answers ERR_UNAUTHORIZED; `c` NULL: nobody to hold it against.
int auth_wrong(struct gcra_client *c, const char *reason, struct err *err, const char *text);

#endif
