// SPDX-License-Identifier: Apache-2.0
// Who asks, and how often: API keys (hashed at rest), JSON Web Tokens, scopes, rate limits (GCRA)
// per key, per address and in all, lock-out after wrong keys. auth_check is quick and takes no lock
// across a wait: it runs in the loop thread, on a copy of the keys that a reader thread keeps
// fresh.
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
	X(ADMIN, "admin", "everything, other keys' jobs, metrics and pressure in detail")
enum auth_scope {
#define X(sym, ...) SCOPE_##sym,
	AUTH_SCOPES(X)
#undef X
	    SCOPE_COUNT
};
#define SCOPE_BIT(s) (1ULL << SCOPE_##s)
#define SCOPES_ALL   ((1ULL << SCOPE_COUNT) - 1)
extern const char *const auth_scope_names[];

struct principal { // copied into the exchange; "local" with all scopes when no key is configured
	char id[33];
	char name[65];
	uint64_t scopes;
	int64_t max_running, max_bytes; // 0: no limit
};

struct auth_limits { // for RateLimit-* fields of every answer to a limited principal
		     // (draft-ietf-httpapi-ratelimit-headers)
	int64_t limit, remaining, reset_s; // limit 0: not limited
	int64_t retry_after_ms;            // when refused
};

struct auth;
struct auth *auth_new(struct store *st, const struct settings *s);
void auth_free(struct auth *a);
void auth_reload(struct auth *a, const struct settings *s);
bool auth_required(const struct auth *a); // keys or tokens are configured
// `Authorization: Bearer …`, `X-API-Key`, or the password of Basic; for WebSockets also the
// subprotocol `riptide.key.KEY`. Errors: ERR_UNAUTHORIZED (401), ERR_FORBIDDEN (403: a scope of
// `scopes` is missing), ERR_RATE_LIMITED (429), ERR_LOCKED_OUT (429). Loop thread.
int auth_check(struct auth *a, const struct http_request *r, uint64_t scopes, struct principal *out,
    struct auth_limits *limits, struct err *err) MUST_CHECK;
// Rates only, for endpoints without authentication.
int auth_check_rate(struct auth *a, const struct http_request *r, struct auth_limits *limits,
    struct err *err) MUST_CHECK;

// A new key's secret, "rt_" + 32 characters; shown once.
int auth_key_create(struct store *st, const char *name, uint64_t scopes, const cJSON *limits,
    int64_t expires_ms, struct store_key *out, char secret[40], struct err *err) MUST_CHECK;
int auth_scopes_parse(
    const char *text, uint64_t *out, struct err *err) MUST_CHECK; // "render,session"

#endif
