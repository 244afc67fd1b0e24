// SPDX-License-Identifier: Apache-2.0
// Rates, and the lock-out of addresses that show wrong keys. Under auth's lock; keeps nothing
// itself.
//
// Wrong keys of an address: after WRONG_FREE of them the next are answered "locked out" unseen, for
// a second at first and twice as long each time. A right API key is let in all the while, since
// many may share an address and no guess at 192 bits needs to be held up: what the lock-out saves
// is the work for wrong tokens, and it makes a client with an old key notice. Tokens that were seen
// to be right lately are let in, too; new ones must wait.
#include "orchestrator/service/auth_priv.h"

#include "base/clock.h"
#include "base/metrics.h"

#define WRONG_FREE     10  // wrong keys before the first lock-out
#define WRONG_FORGET_S 600 // after so long without a wrong one
#define LOCK_MAX_S     60

static int64_t
now_ns(void)
{
	return clock_us() * 1000;
}

int
auth_take(int64_t *tat_ns, struct gcra_rate rate, const char *whose, struct auth_limits *limits,
    struct err *err)
{
	struct gcra_answer g;

	if (rate.per_second <= 0)
		return 0;
	g = gcra_take(tat_ns, rate, now_ns());
	if (!g.allowed || limits->limit == 0 || g.remaining < limits->remaining)
		*limits = (struct auth_limits){.limit = g.limit,
		    .remaining = g.remaining,
		    .reset_s = (g.reset_ms + 999) / 1000,
		    .retry_after_ms = g.retry_ms};
	if (g.allowed)
		return 0;
	metric_add(METRIC_AUTH_FAILURES, "rate", 1);
	return err_set(
	    err, ERR_RATE_LIMITED, "more than %g requests a second %s", rate.per_second, whose);
}

int
auth_locked_out(const struct gcra_client *c, struct auth_limits *limits, struct err *err)
{
	int64_t left = c ? (c->locked_until_ns - now_ns() + 999999) / 1000000 : 0;

	if (left <= 0)
		return 0;
	limits->retry_after_ms = left;
	metric_add(METRIC_AUTH_FAILURES, "locked_out", 1);
	return err_set(err, ERR_LOCKED_OUT,
	    "too many wrong keys from this address; the next is looked at in %lld s",
	    (long long)(left + 999) / 1000);
}

void
auth_note_wrong(struct gcra_client *c)
{
	int64_t now = now_ns(), lock_s = 1;

	if (!c)
		return;
	if (now - c->last_wrong_ns > WRONG_FORGET_S * 1000000000LL)
		c->wrong = 0;
	c->last_wrong_ns = now;
	if (c->wrong < UINT32_MAX)
		c->wrong++;
	for (uint32_t i = WRONG_FREE; i < c->wrong && lock_s < LOCK_MAX_S; i++)
		lock_s *= 2;
	if (c->wrong >= WRONG_FREE)
		c->locked_until_ns = now + MIN(lock_s, (int64_t)LOCK_MAX_S) * 1000000000LL;
}

int
auth_wrong(struct gcra_client *c, const char *reason, struct err *err, const char *text)
{
	auth_note_wrong(c);
	metric_add(METRIC_AUTH_FAILURES, reason, 1);
	return err_set(err, ERR_UNAUTHORIZED, "%s", text);
}
