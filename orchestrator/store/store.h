// SPDX-License-Identifier: Apache-2.0
// What outlives a request, in the state directory: one SQLite database (WAL) and the folder of
// artifact files. One writer process a directory (flock). Thread-safe; calls block for a disk write
// at most, so never in the loop thread.
#ifndef ORCHESTRATOR_STORE_STORE_H
#define ORCHESTRATOR_STORE_STORE_H

#include "base/clock.h"
#include "base/json.h"

struct store;
// Opens or creates the directory (0700) and the database (0600, schema versioned, migrated on
// open); sweeps what a killed daemon left. ERR_STATE_DIR: not usable, in use by another daemon,
// newer schema, damaged. ERR_STORAGE_FULL.
int store_open(const char *dir, struct store **out, struct err *err) MUST_CHECK;
// Beside a daemon that owns the directory, for `riptide keys`: no lock, no sweep.
int store_open_shared(const char *dir, struct store **out, struct err *err) MUST_CHECK;
void store_close(struct store *s);
const char *store_dir(const struct store *s);
// $XDG_STATE_HOME/riptide, ~/.local/state/riptide, or /var/lib/riptide for root.
int store_default_dir(struct buf *out, struct err *err) MUST_CHECK;
// Can it be written now? For health: 0 or the error.
int store_check(struct store *s, struct err *err) MUST_CHECK;

// --- API keys: only hashes are kept ---
struct store_key {
	char id[33], name[65],
	    hash[65];    // SHA-256 of the secret, hex (the secret has 192 random bits)
	uint64_t scopes; // bits of enum auth_scope
	int64_t created_ms, revoked_ms, expires_ms, last_used_ms; // wall clock; 0: never
	cJSON *limits;                                            // object or NULL; owned
};
void store_key_done(struct store_key *k);
// ERR_CONFLICT: a key that was not revoked has that name.
int store_key_add(struct store *s, const struct store_key *k, struct err *err) MUST_CHECK;
int store_key_revoke(
    struct store *s, const char *id_or_name, struct err *err) MUST_CHECK; // ERR_NOT_FOUND
// Every key, the revoked too; *out is malloc'd, n keys, each store_key_done by the caller.
int store_key_list(struct store *s, struct store_key **out, size_t *n, struct err *err) MUST_CHECK;
// Changes with each add and revoke (also by another process): a cheap reason to list again.
int64_t store_key_generation(struct store *s);
// For last_used_ms: not with each request, once a minute a key will do.
void store_key_used(struct store *s, const char *id, int64_t wall_ms);

// --- sessions (checkpoints) ---
struct store_session {
	char id[129], key[33];
	int64_t created_ms, used_ms, expires_ms; // wall clock
	cJSON *config, *state;                   // owned; state NULL: none yet
	uint64_t jobs;
};
#define STORE_STATE_MAX ((size_t)16 << 20) // of a session's state as JSON text
void store_session_done(struct store_session *r);
// Atomic: the row is the old or the new one, also after SIGKILL and loss of power. ERR_NOT_FOUND;
// ERR_TOO_LARGE (STORE_STATE_MAX), ERR_STORAGE_FULL: the old one is kept.
int store_session_put(struct store *s, const struct store_session *r, struct err *err) MUST_CHECK;
// A new one. ERR_CONFLICT: it exists; ERR_QUOTA: the key has `max_per_key` (0: no limit) that have
// not expired.
int store_session_add(
    struct store *s, const struct store_session *r, size_t max_per_key, struct err *err) MUST_CHECK;
// As put, but the stored state stays (r->state is not looked at).
int store_session_touch(struct store *s, const struct store_session *r, struct err *err) MUST_CHECK;
int store_session_get(struct store *s, const char *key, const char *id, struct store_session *out,
    struct err *err) MUST_CHECK; // ERR_NOT_FOUND, ERR_CORRUPT (quarantined)
int store_session_delete(
    struct store *s, const char *key, const char *id, struct err *err) MUST_CHECK;
// Heads (no state, *config included) of a key's sessions by age; key NULL: all. Damaged ones are
// put in quarantine with a warning, the others are listed.
int store_session_list(struct store *s, const char *key, struct store_session **out, size_t *n,
    struct err *err) MUST_CHECK;
// Up to `max` that have expired, heads without config.
int store_session_expired(struct store *s, int64_t now_ms, size_t max, struct store_session **out,
    size_t *n, struct err *err) MUST_CHECK;
// Delete it if it has expired: 1, 0 when it has not, or an error.
int store_session_expire(
    struct store *s, const char *key, const char *id, int64_t now_ms, struct err *err) MUST_CHECK;
uint64_t store_session_count(struct store *s);

// --- idempotency: the answer of a POST under (key, Idempotency-Key) ---
enum store_idem { IDEM_NEW, IDEM_RUNNING, IDEM_DONE, IDEM_MISMATCH };
// `fingerprint`: SHA-256 of method, path and body. IDEM_NEW reserves it for the caller, who calls
// _finish or _forget. IDEM_DONE: job_id, *status and *body are filled; a body over
// STORE_IDEM_BODY_MAX, or with no room for it, was not kept and is empty.
// What ran when a daemon was killed is forgotten.
#define STORE_IDEM_BODY_MAX ((size_t)4 << 20)
int store_idem_begin(struct store *s, const char *key, const char *idem, const char *fingerprint,
    int64_t ttl_ms, enum store_idem *what, char job_id[33], int *status, struct buf *body,
    struct err *err) MUST_CHECK;
void store_idem_finish(struct store *s, const char *key, const char *idem, const char *job_id,
    int status, struct sv body);
void store_idem_forget(struct store *s, const char *key, const char *idem);
size_t store_idem_sweep(struct store *s); // removes what expired; how many

// --- audit log: every admin act ---
void store_audit(struct store *s, const char *key, const char *peer, const char *act,
    const char *subject, const char *request_id);
// The newest first.
int store_audit_list(struct store *s, size_t limit, cJSON **out, struct err *err) MUST_CHECK;

#endif
