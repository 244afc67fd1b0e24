// SPDX-License-Identifier: Apache-2.0
// Which addresses are globally reachable, and which are this machine's own. Tables after the IANA
// special-purpose registries (RFC 6890 and later); forms of IPv6 that carry an IPv4 address are
// judged by that address.
#include "base/address.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

struct net4 {
	uint32_t addr;
	int bits;
};

static const struct net4 private4[] = {
    {0x00000000, 8},  // "this network", RFC 791
    {0x0a000000, 8},  // private, RFC 1918
    {0x64400000, 10}, // shared, RFC 6598
    {0x7f000000, 8},  // loopback
    {0xa9fe0000, 16}, // link-local and cloud metadata
    {0xa83f8110, 32}, // Azure's host ("WireServer"), reachable inside only
    {0xac100000, 12}, // private
    {0xc0000000, 24}, // IETF protocol assignments
    {0xc0000200, 24}, // documentation
    {0xc0586300, 24}, // 6to4 relay anycast
    {0xc0a80000, 16}, // private
    {0xc6120000, 15}, // benchmarking
    {0xc6336400, 24}, // documentation
    {0xcb007100, 24}, // documentation
    {0xe0000000, 4},  // multicast
    {0xf0000000, 4},  // reserved, broadcast
};

struct net6 {
	uint8_t addr[16];
	unsigned bits;
};

// Outside of 2000::/3 nothing is public; these are the exceptions inside it.
static const struct net6 private6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, // IETF protocol assignments (Teredo is judged before)
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
    {{0x3f, 0xff}, 20},             // documentation, RFC 9637
};

static bool
public4(uint32_t a)
{
	for (size_t i = 0; i < ARRAY_LEN(private4); i++)
		if ((a ^ private4[i].addr) >> (32 - private4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// The IPv4 address inside: true when `a` is of such a form; *inner is not public unless it all is.
static bool
embedded4(const uint8_t *a, bool *is_public)
{
	static const uint8_t zero[12], teredo[4] = {0x20, 0x01};
	uint8_t inner[4];

	if (memcmp(a, zero, sizeof(zero)) ==
	    0) // unspecified, loopback, IPv4-compatible (RFC 4291, deprecated)
		*is_public = false;
	else if (address_inner4(a, inner))
		*is_public = public4(be32(inner));
	else if (memcmp(a, teredo, 4) == 0) // the client's address is stored inverted (RFC 4380)
		*is_public = public4(be32(a + 4)) && public4(~be32(a + 12));
	else
		return false;
	return true;
}

static bool
public6(const uint8_t *a)
{
	bool inner;

	if (embedded4(a, &inner))
		return inner;
	if ((a[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(private6); i++)
		if (address_same_bits(a, private6[i].addr, private6[i].bits))
			return false;
	return true;
}

bool
addr_is_public(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return public4(
		    ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr));
	if (sa->sa_family == AF_INET6)
		return public6(((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr.s6_addr);
	return false;
}

struct sv
host_bare(struct sv t)
{
	return t.n >= 2 && t.p[0] == '[' && t.p[t.n - 1] == ']' ? (struct sv){t.p + 1, t.n - 2} : t;
}

bool
addr_text_is_public(struct sv text)
{
	char host[64];
	struct in_addr a4;
	struct in6_addr a6;

	text = host_bare(text);
	if (!text.n || text.n >= sizeof(host))
		return false;
	memcpy(host, text.p, text.n);
	host[text.n] = '\0';
	if (inet_pton(AF_INET, host, &a4) == 1)
		return public4(ntohl(a4.s_addr));
	return inet_pton(AF_INET6, host, &a6) == 1 && public6(a6.s6_addr);
}

// --- the machine's own ---

// 0, or why not.
static int
bind_error(union address a)
{
	cleanup_close int fd = socket(a.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	address_set_port(&a, 0);
	return fd >= 0 && bind(fd, &a.sa, address_size(&a)) == 0 ? 0 : errno;
}

// With net.ipv4.ip_nonlocal_bind any address can be bound to: one for documentation, too.
static bool
binding_tells(int family)
{
	union address a = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xcb0071fe)}};

	if (family == AF_INET6)
		a.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
		    .sin6_addr.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [14] = 0xff, [15] = 0xfe}};
	return bind_error(a) != 0;
}

// Is it the source of what is sent to it? (A second address of an interface is not, but can be
// bound to.)
static bool
answers_itself(union address a)
{
	cleanup_close int fd = socket(a.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union address from = {0};
	socklen_t n = sizeof(from);

	address_set_port(&a, 9); // nothing is sent
	if (fd < 0 || connect(fd, &a.sa, address_size(&a)) != 0 ||
	    getsockname(fd, &from.sa, &n) != 0 || from.sa.sa_family != a.sa.sa_family)
		return false;
	if (a.sa.sa_family == AF_INET)
		return from.v4.sin_addr.s_addr == a.v4.sin_addr.s_addr;
	return memcmp(&from.v6.sin6_addr, &a.v6.sin6_addr, sizeof(a.v6.sin6_addr)) == 0;
}

bool
addr_is_own(const struct sockaddr *sa)
{
	union address a = {0};

	if (sa->sa_family == AF_INET)
		a.v4 = *(const struct sockaddr_in *)(const void *)sa;
	else if (sa->sa_family == AF_INET6)
		a.v6 = *(const struct sockaddr_in6 *)(const void *)sa;
	else
		return false;
	switch (bind_error(a)) {
	case EADDRNOTAVAIL:
		return false;
	case 0:
		return binding_tells(a.sa.sa_family) || answers_itself(a);
	default:
		return answers_itself(a);
	}
}
