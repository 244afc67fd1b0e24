// SPDX-License-Identifier: Apache-2.0
// Addresses as text, for patterns, clients and ledgers. Pure.
#ifndef SANDBOX_EGRESS_ADDRESS_H
#define SANDBOX_EGRESS_ADDRESS_H

#include "base/lookup.h"

// "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; false for all else, other spellings too.
bool address_read(struct sv text, union lookup_address *out);
void address_text(const union lookup_address *a, char out[INET6_ADDRSTRLEN]);
socklen_t address_size(const union lookup_address *a);
void address_set_port(union lookup_address *a, uint16_t port);
// An IPv4 address that an IPv6 one is mapped from becomes just that.
void address_unmap(union lookup_address *a);

#endif
