// SPDX-License-Identifier: Apache-2.0
// Patterns of hosts and networks, and what they say of a name or an address. Pure, any thread.
#include "sandbox/egress/policy.h"

#include "base/address.h"
#include "base/url.h"

#include <assert.h>

enum { NAME_MAX_BYTES = 255 };

const char *const egress_verdict_names[] = {"allowed", "denied_host", "denied_address",
    "over_budget", "dns_failed", "refused", "unreachable", "timeout", "overloaded", "proxy_failed",
    NULL};
static_assert(ARRAY_LEN(egress_verdict_names) == EGRESS_VERDICTS + 1, "a name for each verdict");

struct net {
	int family;
	uint8_t bytes[16];
	unsigned bits;
};

// --- addresses ---

static struct net
net_of(const struct sockaddr *sa)
{
	const union address *a = (const void *)sa;
	struct net n = {.family = sa->sa_family};

	if (sa->sa_family == AF_INET) {
		n.bits = 32;
		memcpy(n.bytes, &a->v4.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		n.bits = 128;
		memcpy(n.bytes, &a->v6.sin6_addr, 16);
	}
	return n;
}

static bool
read_address(struct sv text, struct net *out)
{
	union address a;

	if (!address_read(text, &a))
		return false;
	*out = net_of(&a.sa);
	return true;
}

static bool
inner_address(const struct net *a, struct net *out)
{
	*out = (struct net){.family = AF_INET, .bits = 32};
	return a->family == AF_INET6 && address_inner4(a->bytes, out->bytes);
}

static bool
same_bits(const struct net *net, const struct net *a)
{
	return net->family == a->family && address_same_bits(net->bytes, a->bytes, net->bits);
}

// A network holds an address that carries one of its own, and a network of such addresses holds it
// too.
static bool
net_has(const struct net *net, const struct net *a)
{
	struct net inner, inner_net;

	if (same_bits(net, a))
		return true;
	if (inner_address(a, &inner) && same_bits(net, &inner))
		return true;
	// A pattern "::ffff:192.0.2.1" means 192.0.2.1.
	return net->bits == 128 && inner_address(net, &inner_net) && same_bits(&inner_net, a);
}

// "10.0.0.0/8": without bits that the network's size leaves out.
static bool
read_net(struct sv text, struct net *out)
{
	const char *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
	size_t at = slash ? (size_t)(slash - text.p) : 0;
	unsigned bits = 0;

	if (!slash || text.n - at < 2 || text.n - at > 4 || !read_address(sv_sub(text, 0, at), out))
		return false;
	for (size_t i = at + 1; i < text.n; i++) {
		if (!sv_is_digit(text.p[i]))
			return false;
		bits = bits * 10 + (unsigned)(text.p[i] - '0');
	}
	if (bits > out->bits)
		return false;
	out->bits = bits;
	for (unsigned i = bits; i < (out->family == AF_INET ? 32u : 128u); i++)
		if (out->bytes[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

// --- names ---

static struct sv
without_dot(struct sv name)
{
	return name.n > 1 && name.p[name.n - 1] == '.' ? sv_sub(name, 0, name.n - 1) : name;
}

static bool
is_plain(struct sv name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!sv_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_' &&
		    name.p[i] != '.')
			return false;
	return true;
}

// ASCII, lower case, without the dot at its end; `room` for what had to be made.
static struct sv
canonical_name(struct sv name, struct buf *room)
{
	if (is_plain(name))
		return without_dot(name); // compared without case
	return host_canonical(name, room) ? without_dot(buf_view(room)) : SV_NULL;
}

struct pattern {
	enum { PATTERN_NAME, PATTERN_BELOW, PATTERN_NET, PATTERN_BAD } kind;
	struct sv name; // for "*.example.com": "example.com"
	struct net net;
};

static bool
is_name(struct sv name)
{
	size_t label = 0;

	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		label = name.p[i] == '.' ? 0 : label + 1;
		if ((name.p[i] == '.' && (i == 0 || name.p[i - 1] == '.')) || label > 63)
			return false;
	}
	return is_plain(name);
}

static void
read_pattern(struct sv text, struct buf *room, struct pattern *out)
{
	*out = (struct pattern){.kind = PATTERN_NET};
	if (read_net(text, &out->net) || read_address(text, &out->net))
		return;
	out->kind = sv_starts(text, "*.") ? PATTERN_BELOW : PATTERN_NAME;
	out->name = canonical_name(sv_sub(text, out->kind == PATTERN_BELOW ? 2 : 0, text.n), room);
	if (!is_name(out->name))
		out->kind = PATTERN_BAD;
}

static bool
ieq(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || sv_imemeq(a.p, b.p, a.n));
}

static bool
name_matches(struct sv pattern, bool below, struct sv name)
{
	if (!below)
		return ieq(pattern, name);
	if (name.n < pattern.n + 2 || name.p[name.n - pattern.n - 1] != '.')
		return false;
	return ieq(pattern, sv_sub(name, name.n - pattern.n, name.n));
}

int
egress_pattern_check(struct sv text, struct err *err)
{
	cleanup_buf room = BUF_INIT_MAX(1024);
	struct pattern p;
	struct net last;

	read_pattern(text, &room, &p);
	// "1.2.3.400" and "127.1" are no names: no URL of a browser has such a host.
	if (p.kind != PATTERN_BAD && p.kind != PATTERN_NET) {
		cleanup_buf host = BUF_INIT_MAX(1024);

		if (!host_canonical(p.name, &host) || read_address(buf_view(&host), &last))
			p.kind = PATTERN_BAD;
	}
	if (p.kind != PATTERN_BAD)
		return 0;
	return err_set(err, ERR_INVALID_REQUEST,
	    "\"%.*s\" is no pattern of hosts: expected \"example.com\", \"*.example.com\", an "
	    "address, or a network such as \"10.0.0.0/8\" whose host bits are 0",
	    (int)MIN(text.n, (size_t)200), text.p ? text.p : "");
}

// --- judging ---

// What is asked of a list: a host's name or address, and the address that it came to, if known.
struct asked {
	struct sv name;
	struct net literal, dialled;
};

static void
asked_init(struct asked *a, struct sv host, const struct sockaddr *sa, struct buf *room)
{
	*a = (struct asked){.dialled.family = AF_UNSPEC};
	if (!read_address(host, &a->literal)) {
		if (host_canonical(host, room))
			a->name = without_dot(buf_view(room));
		if (read_address(a->name, &a->literal)) // in another spelling
			a->name = SV_NULL;
		else
			a->literal.family = AF_UNSPEC;
	}
	if (sa)
		a->dialled = net_of(sa);
}

struct found {
	bool match;
	bool has_nets;
};

static bool
matches(const struct asked *a, struct sv text, bool *is_net)
{
	cleanup_buf room = BUF_INIT_MAX(1024);
	struct pattern p;

	read_pattern(text, &room, &p);
	*is_net = p.kind == PATTERN_NET;
	if (*is_net)
		return net_has(&p.net, &a->literal) || net_has(&p.net, &a->dialled);
	return p.kind != PATTERN_BAD && a->name.n &&
	       name_matches(p.name, p.kind == PATTERN_BELOW, a->name);
}

// Is a pattern, known to be one, a name that need not be converted? So are most of long lists.
static bool
is_simple(struct sv text)
{
	if (!text.n || !sv_is_alpha(text.p[text.n - 1]))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80 || text.p[i] == ':' || text.p[i] == '%')
			return false;
	return true;
}

static struct found
look_in(const struct param_strings *list, const struct asked *a)
{
	struct found f = {0};

	for (size_t i = 0; i < list->n && !f.match; i++) {
		struct sv text = sv_from(list->v[i]);
		bool below = sv_starts(text, "*."), is_net = false;

		if (is_simple(text))
			f.match = a->name.n &&
				  name_matches(sv_sub(text, below ? 2 : 0, text.n), below, a->name);
		else
			f.match = matches(a, text, &is_net);
		f.has_nets |= is_net;
	}
	return f;
}

enum egress_verdict
egress_judge_host(const struct egress_policy *p, struct sv host)
{
	cleanup_buf room = BUF_INIT_MAX(1024);
	struct found allowed;
	struct asked a;

	asked_init(&a, host, NULL, &room);
	if (look_in(&p->deny_hosts, &a).match)
		return EGRESS_DENIED_HOST;
	allowed = look_in(&p->allow_hosts, &a);
	// The addresses of a name may be in a network that is allowed.
	if (p->allow_hosts.n == 0 || allowed.match || (allowed.has_nets && a.name.n))
		return EGRESS_ALLOWED;
	return EGRESS_DENIED_HOST;
}

enum egress_verdict
egress_judge_address(const struct egress_policy *p, struct sv host, const struct sockaddr *sa)
{
	cleanup_buf room = BUF_INIT_MAX(1024);
	struct asked a;

	asked_init(&a, host, sa, &room);
	if (look_in(&p->deny_hosts, &a).match)
		return EGRESS_DENIED_HOST;
	if (p->allow_hosts.n && !look_in(&p->allow_hosts, &a).match)
		return EGRESS_DENIED_HOST;
	return egress_judge_upstream(p, sa);
}

// --- by a proxy ---

bool
egress_by_upstream(const struct egress_policy *p, struct sv host)
{
	cleanup_buf room = BUF_INIT_MAX(1024);
	struct asked a;

	if (p->upstream.kind == EGRESS_DIRECT)
		return false;
	asked_init(&a, host, NULL, &room);
	return !look_in(&p->upstream.bypass, &a).match;
}

enum egress_verdict
egress_judge_far(const struct egress_policy *p, struct sv host)
{
	cleanup_buf room = BUF_INIT_MAX(1024), canonical = BUF_INIT_MAX(1024);
	struct asked a;

	asked_init(&a, host, NULL, &room);
	if (look_in(&p->deny_hosts, &a).match ||
	    (p->allow_hosts.n && !look_in(&p->allow_hosts, &a).match))
		return EGRESS_DENIED_HOST;
	if (p->allow_private)
		return EGRESS_ALLOWED;
	if (host_is_private_literal(host) ||
	    (host_canonical(host, &canonical) && host_is_private_literal(buf_view(&canonical))))
		return EGRESS_DENIED_ADDRESS;
	return EGRESS_ALLOWED;
}

enum egress_verdict
egress_judge_upstream(const struct egress_policy *p, const struct sockaddr *sa)
{
	return p->allow_private || addr_is_public(sa) ? EGRESS_ALLOWED : EGRESS_DENIED_ADDRESS;
}

void
egress_upstream_name(const struct egress_upstream *u, struct buf *out)
{
	buf_str(out, u->kind == EGRESS_BY_HTTP ? "http://" : "socks5://");
	buf_fmt(out, strchr(u->host, ':') ? "[%s]:%u" : "%s:%u", u->host, u->port);
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
egress_upstream_same(const struct egress_upstream *a, const struct egress_upstream *b)
{
	if (a->kind != b->kind || a->port != b->port || !same_text(a->host, b->host) ||
	    !same_text(a->user, b->user) || !same_text(a->password, b->password) ||
	    a->bypass.n != b->bypass.n)
		return false;
	for (size_t i = 0; i < a->bypass.n; i++)
		if (strcmp(a->bypass.v[i], b->bypass.v[i]) != 0)
			return false;
	return true;
}
