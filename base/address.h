// SPDX-License-Identifier: Apache-2.0
// Addresses of the internet: read, written, compared, taken apart. Pure.
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/buf.h"

#include <netinet/in.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

// "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; false for all else, other spellings too.
bool address_read(struct sv text, union address *out);
void address_text(const union address *a, char out[INET6_ADDRSTRLEN]);
socklen_t address_size(const union address *a);
void address_set_port(union address *a, uint16_t port);
// An IPv4 address that an IPv6 one is mapped from becomes just that.
void address_unmap(union address *a);

// The IPv4 address that an IPv6 one stands for: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC
// 3056). False: it is none of these.
bool address_inner4(const uint8_t v6[16], uint8_t v4[4]);
// Are the first `bits` the same?
bool address_same_bits(const uint8_t *a, const uint8_t *b, unsigned bits);

#endif
