// SPDX-License-Identifier: Apache-2.0
// URLs as far as Riptide must judge them itself: the scheme in any spelling, the host, resolving a
// reference, and whether an address is public. Chromium remains the authority on everything else.
// Rules: WHATWG URL (stripping, scheme, special schemes), RFC 3986 §5.2 (resolution), IANA
// special-purpose address registries.
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <sys/socket.h>

struct url {
	struct sv scheme; // as written, may be upper case
	struct sv user;   // "user:password", absent if none
	struct sv host;   // brackets of IPv6 kept
	struct sv port;
	struct sv path;  // begins with '/' or is empty
	struct sv query; // without '?'
	struct sv fragment;
};
// Split an absolute URL into borrowed parts; false when there is no scheme.
bool url_split(struct sv text, struct url *out);
int url_port(const struct url *u); // where it says none, that of http(s) or ws(s); -1: no number

// Check and normalise a URL that a user gave: strips surrounding C0 controls and spaces and inner
// tabs and newlines, lower-cases scheme and host, needs http or https and a host, adds "/" as path.
// A missing scheme ("example.org/x") gets "https://". The result goes into `out`. ERR_INVALID_URL
// says why, and names the scheme for file:, chrome:, view-source:, javascript:, data: and all
// others.
int url_check(struct sv text, struct buf *out, struct err *err) MUST_CHECK;

// Resolve `ref` against the absolute `base` (WHATWG behaviour for http(s): backslashes, "..",
// empty,
// "?x", "#x", "//host"); other schemes come back unchanged. False when the result is no URL.
bool url_resolve(struct sv base, struct sv ref, struct buf *out);

// Append the URL without its "user:password@", which is nobody's to read.
void url_add_public(struct sv text, struct buf *out);

// The registrable origin "https://host:port" (default port left out); false when not http(s).
bool url_origin(struct sv text, struct buf *out);

// Append the host as Chromium would read it: percent-decoded, IDNA-mapped to lower-case ASCII (UTS
// 46), any spelling of an IPv4 address as four decimals, IPv6 compressed in brackets. False, and
// `out` as before, for what is no host.
bool host_canonical(struct sv host, struct buf *out);

// Without the brackets of IPv6.
struct sv host_bare(struct sv host);

// Is the address globally reachable? False for loopback, private, link-local, shared, multicast,
// documentation, benchmarking, unspecified; IPv4-mapped, NAT64, 6to4 and Teredo forms are judged by
// the IPv4 address inside.
bool addr_is_public(const struct sockaddr *sa);
// Is it an address of this machine, a public one too? Asked of the kernel, in the network namespace
// of the caller; the port is ignored.
bool addr_is_own(const struct sockaddr *sa);
// The same as addr_is_public for a textual address ("127.0.0.1", "[::1]", "::1"); false when it is
// not an address.
bool addr_text_is_public(struct sv text);
// Is the host, without asking DNS, known to be private: an address literal in any spelling of
// inet_aton ("127.1", "0x7f000001", "2130706433"), localhost or *.localhost?
bool host_is_private_literal(struct sv host);

#endif
