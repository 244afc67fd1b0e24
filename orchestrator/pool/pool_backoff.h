// SPDX-License-Identifier: Apache-2.0
// When a browser that failed to start may be tried again: 0.2 s after the first failure, twice as
// long after each further one, 10 s at most, a random quarter less; after BREAKER_FAILURES in a row
// the breaker is open until then, and one try at a time decides whether it closes. Pure.
#ifndef ORCHESTRATOR_POOL_POOL_BACKOFF_H
#define ORCHESTRATOR_POOL_POOL_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MIN_MS   200
#define BACKOFF_MAX_MS   10000
#define BREAKER_FAILURES 5

struct pool_backoff {
	unsigned failures; // in a row
	int64_t next_ms;   // monotonic: no try before; 0: now
};
void pool_backoff_success(struct pool_backoff *b);
// `random`: any number, taken as uniform.
void pool_backoff_failure(struct pool_backoff *b, int64_t now_ms, uint32_t random);
// How many of `wanted` starts may begin now, with `starting` at work.
unsigned pool_backoff_allows(
    const struct pool_backoff *b, int64_t now_ms, unsigned starting, unsigned wanted);
// Is the breaker open: does nobody need to wait for a browser?
bool pool_backoff_open(const struct pool_backoff *b, int64_t now_ms);

#endif
