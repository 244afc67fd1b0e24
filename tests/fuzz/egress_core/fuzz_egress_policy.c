// SPDX-License-Identifier: Apache-2.0
// A pattern either covers a host or not: who is denied by it is allowed by it, and the other way
// round; a host is judged as what it is, however it is spelt. The input: a pattern, a newline, a
// host, a newline, an address.
#include "sandbox/egress/policy.h"

#include "base/lookup.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sv
line(struct sv *rest)
{
	const char *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct sv out = sv_sub(*rest, 0, nl ? (size_t)(nl - rest->p) : rest->n);

	*rest = sv_sub(*rest, out.n + (nl != NULL), rest->n);
	return out;
}

static bool
read_address(struct sv text, union address *out)
{
	char t[INET6_ADDRSTRLEN];

	*out = (union address){0};
	if (text.n >= sizeof(t))
		return false;
	snprintf(t, sizeof(t), SV_FMT, SV_ARG(text));
	out->sa.sa_family = AF_INET;
	if (inet_pton(AF_INET, t, &out->v4.sin_addr) == 1)
		return true;
	out->sa.sa_family = AF_INET6;
	return inet_pton(AF_INET6, t, &out->v6.sin6_addr) == 1;
}

static void
judge(const char *pattern, struct sv host, const union address *to)
{
	cleanup_buf canonical = BUF_INIT;
	const struct egress_policy deny = {.deny_hosts = {&pattern, 1}},
				   allow = {.allow_hosts = {&pattern, 1}},
				   both = {.allow_hosts = {&pattern, 1},
				       .deny_hosts = {&pattern, 1},
				       .allow_private = true};
	bool denied = egress_judge_host(&deny, host) != EGRESS_ALLOWED;

	if (denied)
		assert(egress_judge_host(&allow, host) == EGRESS_ALLOWED);
	if (host_canonical(host, &canonical))
		assert(
		    denied == (egress_judge_host(&deny, buf_view(&canonical)) != EGRESS_ALLOWED));
	if (!to)
		return;
	assert((egress_judge_address(&deny, host, &to->sa) == EGRESS_DENIED_HOST) !=
	       (egress_judge_address(&allow, host, &to->sa) == EGRESS_DENIED_HOST));
	assert(egress_judge_address(&both, host, &to->sa) == EGRESS_DENIED_HOST);
	if (denied)
		assert(egress_judge_address(&deny, host, &to->sa) == EGRESS_DENIED_HOST);
	if (egress_judge_address(&deny, host, &to->sa) == EGRESS_ALLOWED)
		assert(addr_is_public(&to->sa));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = {(const char *)data, size}, pattern = line(&rest), host = line(&rest);
	cleanup_free char *text = sv_dup(pattern);
	union address to;
	bool has = read_address(line(&rest), &to);
	struct err err = ERR_INIT;

	if (egress_pattern_check(pattern, &err) != 0) {
		assert(err.code == ERR_INVALID_REQUEST && err.message[0]);
		return 0;
	}
	assert(strlen(text) == pattern.n);
	judge(text, host, has ? &to : NULL);
	return 0;
}
