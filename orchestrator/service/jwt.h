// SPDX-License-Identifier: Apache-2.0
// JSON Web Tokens (RFC 7519) as an alternative to API keys. libjwt checks signatures; which
// algorithm a token may use is decided by the key (RFC 8725 3.1), and header and claims are read by
// our own strict JSON reader. A verifier is immutable.
#ifndef ORCHESTRATOR_SERVICE_JWT_H
#define ORCHESTRATOR_SERVICE_JWT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#define JWT_MAX_BYTES  8192
#define JWT_LEEWAY_S   60 // of clocks that differ
#define JWT_MIN_SECRET 32 // bytes (RFC 7518 3.2)

struct jwt_verifier;
// The file holds a PEM public key (RSA of 2048 bits and more: RS256; P-256: ES256) or, when it is
// no PEM, a secret (HS256; a line end at the end is not part of it). ERR_CONFIG.
struct jwt_verifier *jwt_verifier_new(
    const char *key_file, const char *issuer, const char *audience, struct err *err) MUST_CHECK;
void jwt_verifier_free(struct jwt_verifier *v);

struct jwt_claims {
	char subject[129];
	uint64_t scopes;
	int64_t expires_s; // the wall clock's seconds; the leeway is not in it
};
// ERR_UNAUTHORIZED says what is wrong with the token, without quoting it.
int jwt_verify(const struct jwt_verifier *v, struct sv token, int64_t wall_s,
    struct jwt_claims *out, struct err *err) MUST_CHECK;

#endif
