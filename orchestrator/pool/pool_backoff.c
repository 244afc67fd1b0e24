// SPDX-License-Identifier: Apache-2.0
// Back-off and breaker of browser starts. Pure; under the pool's lock.
#include "orchestrator/pool/pool_backoff.h"

#include "base/util.h"

void
pool_backoff_success(struct pool_backoff *b)
{
	*b = (struct pool_backoff){0};
}

void
pool_backoff_failure(struct pool_backoff *b, int64_t now_ms, uint32_t random)
{
	int64_t ms = BACKOFF_MAX_MS;

	if (b->failures < 16)
		ms = MIN((int64_t)BACKOFF_MIN_MS << b->failures, (int64_t)BACKOFF_MAX_MS);
	b->failures++;
	b->next_ms = now_ms + ms - (int64_t)(random % 256) * (ms / 4) / 256;
}

unsigned
pool_backoff_allows(
    const struct pool_backoff *b, int64_t now_ms, unsigned starting, unsigned wanted)
{
	if (b->failures == 0)
		return wanted;
	return now_ms >= b->next_ms && starting == 0 ? MIN(wanted, 1u) : 0;
}

bool
pool_backoff_open(const struct pool_backoff *b, int64_t now_ms)
{
	return b->failures >= BREAKER_FAILURES && now_ms < b->next_ms;
}
