// SPDX-License-Identifier: Apache-2.0
// Who asks, and how often: API keys (hashed at rest), JSON Web Tokens, scopes, rate limits (GCRA)
// per key, per address and in all, lock-out after wrong keys. auth_check is quick and takes no lock
// across a wait: it runs in the loop thread, on a copy of the keys that a thread of its own keeps
// fresh, also against `riptide keys` in another process.
#ifndef ORCHESTRATOR_SERVICE_AUTH_H
#define ORCHESTRATOR_SERVICE_AUTH_H

#include "orchestrator/http/http.h"
#include "orchestrator/service/settings.h"
#include "orchestrator/store/store.h"

// X(SYMBOL, "name", "what it allows")
#define AUTH_SCOPES(X)                                                                             \
	X(RENDER, "render", "render pages, extract documents, read its own jobs")                  \
	X(SCRIPT, "script",                                                                        \
	    "run JavaScript of its own in pages (execute_script, wait_for_js, if/while expr)")     \
	X(SESSION, "session", "create, use, export and delete sessions")                           \
	X(ARTIFACTS, "artifacts", "read and delete artifacts")                                     \
	X(ADMIN, "admin", "everything, other keys' jobs, pressure in detail")                      \
	X(METRICS, "metrics", "read the metrics, nothing else")
enum auth_scope {
#define X(sym, ...) SCOPE_##sym,
	AUTH_SCOPES(X)
#undef X
	    SCOPE_COUNT
};
#define SCOPE_BIT(s) (1ULL << SCOPE_##s)
#define SCOPES_ALL   ((1ULL << SCOPE_COUNT) - 1)
extern const char *const auth_scope_names[];

struct principal {   // copied into the exchange; "local" with all scopes when no key is configured
	char id[33]; // of the key; "jwt:" and 28 hex digits for the subject of a token
	char name[65]; // of the key; the subject
	uint64_t scopes;
	int64_t max_running; // jobs at a time; 0: no limit
	int64_t max_bytes;   // of artifacts stored; 0: as the setting artifact_quota says
};

// For RateLimit-* fields of every answer to a limited principal
// (draft-ietf-httpapi-ratelimit-headers): of the limit that has least left.
struct auth_limits {
	int64_t limit, remaining, reset_s; // limit 0: not limited
	int64_t retry_after_ms;            // when refused
};

struct auth;
// Reads the keys and the key of tokens; both must be readable. NULL and the error: ERR_CONFIG (the
// file jwt_key_file), or the store's.
struct auth *auth_new(struct store *st, const struct settings *s, struct err *err) MUST_CHECK;
void auth_free(struct auth *a);
// New rates, new key of tokens (the file is read anew). On an error all stays as it was.
int auth_reload(struct auth *a, const struct settings *s, struct err *err) MUST_CHECK;
bool auth_required(const struct auth *a); // keys or tokens are configured; any thread
// `Authorization: Bearer …`, `X-API-Key`, or the password of Basic; for WebSockets also the
// subprotocol `riptide.key.KEY`. Errors: ERR_UNAUTHORIZED (401), ERR_FORBIDDEN (403: a scope of
// `scopes` is missing), ERR_RATE_LIMITED (429), ERR_LOCKED_OUT (429). Loop thread.
int auth_check(struct auth *a, const struct http_request *r, uint64_t scopes, struct principal *out,
    struct auth_limits *limits, struct err *err) MUST_CHECK;
// Rates of the address and of all, for endpoints without authentication.
int auth_check_rate(struct auth *a, const struct http_request *r, struct auth_limits *limits,
    struct err *err) MUST_CHECK;

// --- keys (riptide keys); any thread but the loop's ---
// limits: NULL or {"rate" (requests a second), "burst", "concurrency", "artifact_bytes"}; others
// and wrong values are ERR_INVALID_REQUEST.
// A new key's secret is "rt_" + 32 characters (192 random bits); it is shown once and not kept.
#define AUTH_SECRET_BYTES 40
int auth_key_create(struct store *st, const char *name, uint64_t scopes, const cJSON *limits,
    int64_t expires_ms, struct store_key *out, char secret[AUTH_SECRET_BYTES],
    struct err *err) MUST_CHECK;
int auth_scopes_parse(
    const char *text, uint64_t *out, struct err *err) MUST_CHECK; // "render,session"
void auth_scopes_text(uint64_t scopes, struct buf *out);

#endif
