// SPDX-License-Identifier: Apache-2.0
// SOCKS5 (RFC 1928) as far as a guard needs it: the greeting, CONNECT, the answers. Pure.
#ifndef SANDBOX_EGRESS_SOCKS_H
#define SANDBOX_EGRESS_SOCKS_H

#include "base/buf.h"

#include <netinet/in.h>

#define SOCKS_GREETING_MAX 257
#define SOCKS_REQUEST_MAX  262
#define SOCKS_REPLY_BYTES  10

// RFC 1928 §6.
enum socks_reply {
	SOCKS_SUCCEEDED = 0,
	SOCKS_FAILURE = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_HOST_UNREACHABLE = 4,
	SOCKS_REFUSED = 5,
	SOCKS_NO_SUCH_COMMAND = 7,
	SOCKS_NO_SUCH_ADDRESS_TYPE = 8,
};

struct socks_request {
	enum socks_reply wrong; // SOCKS_SUCCEEDED: nothing
	struct sv name;         // a domain name, borrowed; SV_NULL: an address
	int family;             // AF_INET, AF_INET6; AF_UNSPEC with a name
	uint8_t address[16];
	uint16_t port;
};

// How many bytes it takes; 0: more are needed; -1: this is not SOCKS5. *no_auth: can the client do
// without authentication?
int socks_greeting(struct sv in, bool *no_auth);
// The same for the request. What is understood but not done here is said in `wrong`.
int socks_request(struct sv in, struct socks_request *out);
// The answer to a request, with no address.
void socks_reply(enum socks_reply code, uint8_t out[SOCKS_REPLY_BYTES]);

#endif
