// SPDX-License-Identifier: Apache-2.0
// Sessions: a browser context's identity (cookies, storage, viewport, user agent, HTTP auth) that
// lives across requests. The live context is kept warm while its browser lives; after each job the
// state is checkpointed to the store, from which the session survives crashes and restarts. One job
// at a time. Ids belong to a key: anybody else's do not exist. Thread-safe; not in the loop thread.
#ifndef ORCHESTRATOR_SESSION_SESSION_H
#define ORCHESTRATOR_SESSION_SESSION_H

#include "base/params.h"
#include "orchestrator/pool/pool.h"
#include "orchestrator/store/store.h"

struct session_config {    // `session_config` of DESIGN §6, and what is kept of a session's first
			   // request
	int64_t max_pages; // jobs in all; 0: no limit
	int64_t idle_timeout_ms, max_lifetime_ms;
	bool persist_cookies, persist_storage, stealth_mode;
	const char *user_agent;
	struct cdp_viewport *viewport; // NULL: the default
	const char *http_user, *http_password;
};
extern const struct param_table session_config_table;

struct sessions;
struct sessions_opts {
	size_t max_per_key, max_live;             // live contexts
	int64_t idle_timeout_ms, max_lifetime_ms; // defaults and upper bounds
};
// Borrows the store.
struct sessions *sessions_new(struct store *st, const struct sessions_opts *o);
void sessions_configure(struct sessions *ss, const struct sessions_opts *o); // new settings
void sessions_free(struct sessions *ss); // checkpoints are there already; closes live contexts

// Id made by the server (32 hex digits) when `id` is NULL or "", else 1–128 of [A-Za-z0-9._-].
// `config` (JSON, may be NULL) was read by session_config_table; `state` is a storageState or NULL.
// ERR_CONFLICT when it exists, ERR_QUOTA, ERR_INVALID_REQUEST.
int sessions_create(struct sessions *ss, const char *key, const char *id, const cJSON *config,
    const cJSON *state, cJSON **out, struct err *err) MUST_CHECK; // out: sessions_describe
// {session_id, created_at, used_at, expires_at, jobs, live, busy, config (no password)}.
int sessions_describe(struct sessions *ss, const char *key, const char *id, cJSON **out,
    struct err *err) MUST_CHECK; // ERR_SESSION_NOT_FOUND
int sessions_list(struct sessions *ss, const char *key, cJSON **out, struct err *err) MUST_CHECK;
// Also while a job uses it: the job goes on, nothing of it is kept.
int sessions_delete(
    struct sessions *ss, const char *key, const char *id, struct err *err) MUST_CHECK;
// The last checkpoint, as a storageState.
int sessions_state(struct sessions *ss, const char *key, const char *id, cJSON **state,
    struct err *err) MUST_CHECK;
// Replaces the checkpoint and ends the live context. ERR_SESSION_BUSY while a job uses it.
int sessions_set_state(struct sessions *ss, const char *key, const char *id, const cJSON *state,
    struct err *err) MUST_CHECK;

// --- for a job ---
struct session; // held by one job
// Take it, creating it at first use (`config` as above; ERR_CONFLICT when it was made with another
// one). Waits for the job before within the deadline: ERR_SESSION_BUSY (409) when it does not end
// by then, ERR_SESSION_EXHAUSTED (409, max_pages), ERR_CANCELLED by cancel_fd (-1: none). Of a
// damaged one, ERR_CORRUPT once (it is put in quarantine); the next use makes it anew.
int session_acquire(struct sessions *ss, const char *key, const char *id, const cJSON *config,
    struct deadline dl, int cancel_fd, struct session **out, struct err *err) MUST_CHECK;
const struct session_config *session_settings(const struct session *s);
// The living context, or NULL: open a new one, import session_checkpoint, and session_set_context.
struct pool_context *session_context(struct session *s);
void session_set_context(
    struct session *s, struct pool_context *c); // takes it; NULL: it has none any more
// What cdp_state_import takes into a page in a new context, cdp_state_resume into one in the living
// one. NULL: fresh.
const cJSON *session_checkpoint(const struct session *s);
// Give it back. `state` (taken, may be NULL: keep the last) is checkpointed, old or new, never
// half; `lost`: the live context is not to be used again. The error of the checkpoint is returned
// (the session is given back in any case).
int session_release(struct session *s, cJSON *state, bool lost, struct err *err);

size_t sessions_sweep(struct sessions *ss); // ends idle and over-age ones; how many
struct sessions_stats {
	uint64_t stored, live, busy, created, expired, restored;
};
void sessions_stats(struct sessions *ss, struct sessions_stats *out);

#endif
