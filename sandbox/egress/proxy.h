// SPDX-License-Identifier: Apache-2.0
// What a proxy is told, and what it answers, until there is a connection behind it: HTTP CONNECT
// (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928, 1929). Pure.
#ifndef SANDBOX_EGRESS_PROXY_H
#define SANDBOX_EGRESS_PROXY_H

#include "sandbox/egress/egress.h"
#include "sandbox/egress/policy.h"

#define PROXY_MAX_ANSWER 8192 // bytes of an answer's headers

enum proxy_step { PROXY_CONNECT, PROXY_METHOD, PROXY_LOGIN, PROXY_REPLY };
enum proxy_state { PROXY_MORE, PROXY_OPEN, PROXY_FAILED };

struct proxy_talk {
	enum proxy_step step;
	size_t seen;                    // of an answer that has not come whole
	char detail[EGRESS_MAX_DETAIL]; // why it failed: "answered 407 …", in our own words
};

// What is said first goes into `out`. `host` is a name or an address, brackets or not.
void proxy_begin(struct proxy_talk *t, const struct egress_upstream *up, struct sv host,
    uint16_t port, struct buf *out);
// Of what has come and was not taken before, *taken bytes are done with, and what is said next goes
// into `out`. PROXY_MORE: more must come, and there is room for it in PROXY_MAX_ANSWER bytes.
// PROXY_OPEN: bytes after those that were taken are the other side's.
enum proxy_state proxy_hear(struct proxy_talk *t, const struct egress_upstream *up, struct sv host,
    uint16_t port, struct sv in, size_t *taken, struct buf *out) MUST_CHECK;

#endif
