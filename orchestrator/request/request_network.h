// SPDX-License-Identifier: Apache-2.0
// `network` of a render request.
#ifndef ORCHESTRATOR_REQUEST_NETWORK_H
#define ORCHESTRATOR_REQUEST_NETWORK_H

#include "sandbox/egress/policy.h"

#define NETWORK_MAX_HOSTS 256   // of each list
#define NETWORK_MAX_BYTES 32768 // of both

struct request_network {
	struct param_strings allow_hosts, deny_hosts; // patterns (sandbox/egress/policy.h)
	int64_t max_bytes;                            // 0: no limit
};
extern const struct param_table request_network_table;

struct request_proxy;
// Patterns of hosts as the guard knows them; it is told all of them in one packet, so that those of
// the lists that share `bytes` have at most max_bytes. ERR_INVALID_REQUEST at `path`[i].
int request_check_patterns(const struct param_strings *list, const char *path, size_t max_bytes,
    size_t *bytes, struct err *err) MUST_CHECK;
// What the page may dial; borrows from both, which may be NULL.
struct egress_policy request_policy(
    const struct request_network *n, const struct request_proxy *proxy, bool allow_private);
// ERR_HOST_FORBIDDEN at `path` when the host of `url` (may be NULL) is not let through.
int request_check_host(const struct request_network *n, const struct request_proxy *proxy,
    const char *url, const char *path, struct err *err) MUST_CHECK;

#endif
