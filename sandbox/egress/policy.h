// SPDX-License-Identifier: Apache-2.0
// What a job may dial: the one place that judges names and addresses, for the guard (SOCKS5) and
// for the daemon's own fetches. Pure.
#ifndef SANDBOX_EGRESS_POLICY_H
#define SANDBOX_EGRESS_POLICY_H

#include "base/params.h"

struct sockaddr;

// A proxy that dials in the policy's place. The host is a name or an address, canonical, without
// brackets.
struct egress_upstream {
	enum egress_way { EGRESS_DIRECT, EGRESS_BY_HTTP, EGRESS_BY_SOCKS5 } kind;
	const char *host; // NULL: EGRESS_DIRECT
	uint16_t port;
	const char *user, *password; // NULL: none
	struct param_strings bypass; // hosts that are dialled without it
};

// A pattern is a host name ("example.com": that host only), "*.example.com" (all below it, not
// itself), an address, or a network ("10.0.0.0/8", "2001:db8::/32"). Names without case, a dot at
// the end ignored, IDNs by their ASCII form.
struct egress_policy {
	bool allow_private; // loopback, private and other addresses that are not public, too
	struct param_strings
	    allow_hosts; // empty: all. An address is allowed by its name or by itself.
	struct param_strings deny_hosts; // goes before allow_hosts
	uint64_t max_bytes;              // both ways together; 0: no limit
	struct egress_upstream upstream; // what is dialled in place of the hosts
};

// What became of an attempt to connect.
enum egress_verdict {
	EGRESS_ALLOWED,
	EGRESS_DENIED_HOST,    // by deny_hosts, or not in allow_hosts
	EGRESS_DENIED_ADDRESS, // not public, or the machine's own
	EGRESS_OVER_BUDGET,    // max_bytes
	EGRESS_DNS_FAILED,
	EGRESS_REFUSED,
	EGRESS_UNREACHABLE,
	EGRESS_TIMEOUT,
	EGRESS_OVERLOADED, // too many connections or lookups
	EGRESS_PROXY_FAILED,
};
#define EGRESS_VERDICTS 10
// "allowed", "denied_host", "denied_address", "over_budget", "dns_failed", "refused",
// "unreachable", "timeout", "overloaded", "proxy_failed", NULL
extern const char *const egress_verdict_names[];

// Is it a pattern? 0, or ERR_INVALID_REQUEST that says what would be one.
int egress_pattern_check(struct sv pattern, struct err *err) MUST_CHECK;
// May a connection to `host` (a name, or an address as text, without brackets) be made, as far as
// that can be said before its addresses are known? EGRESS_ALLOWED or EGRESS_DENIED_HOST.
enum egress_verdict egress_judge_host(const struct egress_policy *p, struct sv host);
// And to this address of it? EGRESS_ALLOWED, EGRESS_DENIED_HOST (a network in deny_hosts),
// EGRESS_DENIED_ADDRESS.
enum egress_verdict egress_judge_address(
    const struct egress_policy *p, struct sv host, const struct sockaddr *sa);

// Is `host` dialled by the upstream? Its name is nobody's to resolve here then: networks of
// `bypass` are those of addresses that are named as such.
bool egress_by_upstream(const struct egress_policy *p, struct sv host);
// In place of both above, for such a host. Its addresses are not known: networks of allow_hosts
// let addresses through, no names.
enum egress_verdict egress_judge_far(const struct egress_policy *p, struct sv host);
// May the upstream itself be dialled at this address? Whatever the lists of hosts say.
enum egress_verdict egress_judge_upstream(const struct egress_policy *p, const struct sockaddr *sa);
// Append "http://host:port".
void egress_upstream_name(const struct egress_upstream *u, struct buf *out);
bool egress_upstream_same(const struct egress_upstream *a, const struct egress_upstream *b);

#endif
