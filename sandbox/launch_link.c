// SPDX-License-Identifier: Apache-2.0
// riptide-launch, init process: a link that leads nowhere, by rtnetlink. With loopback alone
// Chromium believes that it is offline: navigator.onLine is false, pages show that they wait for a
// network, and failures are called by another name. A bridge without ports, or a dummy, has an
// address of its own and a route to no other; what is sent there has no receiver. It ends with the
// namespace.
#include "sandbox/launch_priv.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#define LINK_NAME    "nowhere"
#define LINK_INDEX   1000        // no other is there yet but the kernel's own, with small ones
#define LINK_ADDRESS "192.0.2.1" // TEST-NET-1, RFC 5737
#define ACK_MS       1000

// The first that the kernel has. A dummy comes second: loading its module makes one on the host.
static const char *const kinds[] = {"bridge", "dummy"};

union request {
	struct nlmsghdr head;
	char bytes[256];
};

// Room for `n` bytes at the end of the message, zeroed.
static void *
grow(union request *r, size_t n)
{
	char *at = r->bytes + NLMSG_ALIGN(r->head.nlmsg_len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)n;
	assert(r->head.nlmsg_len <= sizeof(*r));
	return at;
}

static struct rtattr *
add(union request *r, unsigned short type, const void *p, size_t n)
{
	struct rtattr *a = grow(r, RTA_LENGTH(n));
	*a = (struct rtattr){.rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(n)};
	if (n)
		memcpy(RTA_DATA(a), p, n);
	return a;
}

// Everything that was added since is within `a`.
static void
close_nest(const union request *r, struct rtattr *a)
{
	a->rta_len = (unsigned short)(r->bytes + r->head.nlmsg_len - (const char *)a);
}

static void
begin(union request *r, unsigned short type, unsigned short flags)
{
	*r = (union request){
	    .head = {.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = type,
		.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags)}};
}

static void
begin_link(union request *r, unsigned short flags, unsigned iff)
{
	begin(r, RTM_NEWLINK, flags);
	struct ifinfomsg *link = grow(r, sizeof(*link));
	*link = (struct ifinfomsg){
	    .ifi_family = AF_UNSPEC, .ifi_index = LINK_INDEX, .ifi_flags = iff, .ifi_change = iff};
}

// The kernel answers within the call; the time limit is for what can't be.
static int
ask(int fd, const union request *r)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	if (send(fd, r, r->head.nlmsg_len, 0) < 0)
		return -1;
	ssize_t n = recv(fd, &answer, sizeof(answer), 0);
	if (n < (ssize_t)(sizeof(answer.head) + sizeof(answer.error)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -answer.error.error;
	return answer.error.error ? -1 : 0;
}

static int
make_link(int fd, const char *kind)
{
	union request r;
	begin_link(&r, NLM_F_CREATE | NLM_F_EXCL, 0);
	add(&r, IFLA_IFNAME, LINK_NAME, sizeof(LINK_NAME));
	struct rtattr *info = add(&r, IFLA_LINKINFO, NULL, 0);
	add(&r, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	close_nest(&r, info);
	return ask(fd, &r);
}

// No IPv6 address that comes a second later: Chromium would end requests with "network changed".
static void
stay_without_ipv6(int fd)
{
	static const uint8_t none = IN6_ADDR_GEN_MODE_NONE;
	union request r;
	begin_link(&r, 0, 0);
	struct rtattr *spec = add(&r, IFLA_AF_SPEC, NULL, 0);
	struct rtattr *v6 = add(&r, AF_INET6, NULL, 0);
	add(&r, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
	close_nest(&r, v6);
	close_nest(&r, spec);
	(void)!ask(fd, &r); // fails where there is no IPv6
}

static int
give_address(int fd)
{
	union request r;
	begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *m = grow(&r, sizeof(*m));
	*m =
	    (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = LINK_INDEX};
	struct in_addr at = {.s_addr = inet_addr(LINK_ADDRESS)};
	add(&r, IFA_LOCAL, &at, sizeof(at));
	return ask(fd, &r);
}

int
launch_link_make(void)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	const struct timeval limit = {.tv_sec = ACK_MS / 1000};
	int rc = -1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -1;
	for (size_t i = 0; rc && i < ARRAY_LEN(kinds); i++)
		rc = make_link(fd, kinds[i]);
	if (rc)
		return -1;
	stay_without_ipv6(fd);
	union request up;
	begin_link(&up, 0, IFF_UP);
	return give_address(fd) || ask(fd, &up) ? -1 : 0;
}
