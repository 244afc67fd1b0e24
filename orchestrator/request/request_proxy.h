// SPDX-License-Identifier: Apache-2.0
// `proxy_config` of a render request.
#ifndef ORCHESTRATOR_REQUEST_PROXY_H
#define ORCHESTRATOR_REQUEST_PROXY_H

#include "sandbox/egress/policy.h"

#define PROXY_DEFAULT_PORT     1080 // as curl
#define PROXY_MAX_HOSTS        256
#define PROXY_MAX_BYPASS_BYTES 8192
#define PROXY_MAX_LOGIN        1024 // bytes of username and of password
#define PROXY_MAX_SOCKS_LOGIN  255  // RFC 1929

struct request_proxy {
	const char *server, *username, *password; // as they were given
	struct param_strings bypass;
	struct egress_upstream upstream; // what they mean
	const char *shown;               // "http://host:port", without the password
};
extern const struct param_table request_proxy_table;

// Fills in `upstream` and `shown`, which live in `a`. ERR_INVALID_REQUEST at the key at fault; no
// password is in its text.
int request_proxy_read(struct request_proxy *p, struct arena *a, struct err *err) MUST_CHECK;

#endif
