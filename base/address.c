// SPDX-License-Identifier: Apache-2.0
// Addresses read, written, compared and taken apart. Pure.
#include "base/address.h"

#include <arpa/inet.h>

bool
address_read(struct sv text, union address *out)
{
	union address a = {0};
	char t[INET6_ADDRSTRLEN];
	bool bracketed = text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';

	if (bracketed)
		text = sv_sub(text, 1, text.n - 1);
	if (!text.n || text.n >= sizeof(t) || memchr(text.p, '\0', text.n))
		return false;
	memcpy(t, text.p, text.n);
	t[text.n] = '\0';
	if (!bracketed && inet_pton(AF_INET, t, &a.v4.sin_addr) == 1)
		a.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, t, &a.v6.sin6_addr) == 1)
		a.sa.sa_family = AF_INET6;
	else
		return false;
	*out = a;
	return true;
}

void
address_text(const union address *a, char out[INET6_ADDRSTRLEN])
{
	if (a->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &a->v4.sin_addr, out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &a->v6.sin6_addr, out, INET6_ADDRSTRLEN);
}

socklen_t
address_size(const union address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

void
address_set_port(union address *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET)
		a->v4.sin_port = htons(port);
	else
		a->v6.sin6_port = htons(port);
}

void
address_unmap(union address *a)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		return;
	v4.sin_port = a->v6.sin6_port;
	memcpy(&v4.sin_addr, a->v6.sin6_addr.s6_addr + 12, 4);
	a->v4 = v4;
}

bool
address_inner4(const uint8_t v6[16], uint8_t v4[4])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff},
			     nat64[12] = {0x00, 0x64, 0xff, 0x9b}, to6to4[2] = {0x20, 0x02};
	size_t at = 12;

	if (memcmp(v6, to6to4, sizeof(to6to4)) == 0)
		at = 2;
	else if (memcmp(v6, mapped, sizeof(mapped)) != 0 && memcmp(v6, nat64, sizeof(nat64)) != 0)
		return false;
	memcpy(v4, v6 + at, 4);
	return true;
}

bool
address_same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}
