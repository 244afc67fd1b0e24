// SPDX-License-Identifier: Apache-2.0
// The host of a URL as the browser reads it (WHATWG URL §3.5, UTS 46 by libidn2). Pure, any thread.
#include "base/url.h"

#include <arpa/inet.h>
#include <idn2.h>

#define HOST_MAX_BYTES 1024

static void
add_percent_decoded(struct buf *out, struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		int hi = v.p[i] == '%' && i + 2 < v.n ? sv_hex(v.p[i + 1]) : -1;
		int lo = hi >= 0 ? sv_hex(v.p[i + 2]) : -1;

		buf_ch(out, (char)(lo >= 0 ? hi << 4 | lo : v.p[i]));
		i += lo >= 0 ? 2 : 0;
	}
}

static bool
add_ipv6(struct buf *out, struct sv host)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr a;

	if (host.n < 2 || host.n - 2 >= sizeof(text) || host.p[host.n - 1] != ']')
		return false;
	memcpy(text, host.p + 1, host.n - 2);
	text[host.n - 2] = '\0';
	if (inet_pton(AF_INET6, text, &a) != 1 || !inet_ntop(AF_INET6, &a, text, sizeof(text)))
		return false;
	buf_fmt(out, "[%s]", text);
	return true;
}

// Percent-decoded `in`, mapped to ASCII lower case.
static bool
to_ascii(struct buf *in, struct buf *out)
{
	char *mapped = NULL;
	bool plain = true;

	for (size_t i = 0; i < in->n; i++) {
		if (in->p[i] == '\0')
			return false;
		plain = plain && (unsigned char)in->p[i] < 0x80;
	}
	if (plain)
		buf_sv(out, buf_view(in));
	else if (idn2_to_ascii_8z(in->p, &mapped, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		buf_str(out, mapped);
	idn2_free(mapped);
	for (size_t i = 0; i < out->n; i++)
		out->p[i] = sv_lower(out->p[i]);
	return out->n > 0 && !out->overflow;
}

// WHATWG: forbidden domain code points.
static bool
is_forbidden(struct sv host)
{
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("#/:<>?@[\\]^|%", c))
			return true;
	}
	return false;
}

// One part of an IPv4 address: decimal, octal (leading 0) or hexadecimal (0x). -1 when it is no
// number.
static int64_t
ipv4_number(struct sv part)
{
	int base = 10;
	int64_t v = 0;

	if (!part.n)
		return -1;
	if (part.n >= 2 && part.p[0] == '0') {
		base = (part.p[1] | 0x20) == 'x' ? 16 : 8;
		part.p += base == 16 ? 2 : 1;
		part.n -= base == 16 ? 2 : 1;
	}
	for (size_t i = 0; i < part.n; i++) {
		int d = sv_hex(part.p[i]);

		if (d < 0 || d >= base)
			return -1;
		v = MIN(v * base + d, (int64_t)1 << 40);
	}
	return v;
}

// Does the last label say that this must be an IPv4 address? (WHATWG "ends in a number")
static bool
ends_in_number(struct sv host)
{
	const char *dot;
	struct sv last;
	bool digits = true;

	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	dot = host.n ? memrchr(host.p, '.', host.n) : NULL;
	last = dot ? (struct sv){dot + 1, host.n - (size_t)(dot + 1 - host.p)} : host;
	for (size_t i = 0; i < last.n; i++)
		digits = digits && sv_is_digit(last.p[i]);
	return last.n && (digits || ipv4_number(last) >= 0);
}

static bool
parse_ipv4(struct sv host, uint32_t *out)
{
	int64_t parts[4];
	uint64_t addr = 0;
	size_t n = 0;

	if (host.p[host.n - 1] == '.')
		host.n--;
	for (bool more = true; more;) {
		const char *dot = memchr(host.p, '.', host.n);
		struct sv part = {host.p, dot ? (size_t)(dot - host.p) : host.n};

		more = dot;
		if (n == 4 || (parts[n] = ipv4_number(part)) < 0)
			return false;
		n++;
		host.p += part.n + more;
		host.n -= part.n + more;
	}
	for (size_t i = 0; i + 1 < n; i++) {
		if (parts[i] > 255)
			return false;
		addr |= (uint64_t)parts[i] << (24 - 8 * i);
	}
	if (parts[n - 1] >= (int64_t)1 << (8 * (5 - n)))
		return false;
	*out = (uint32_t)(addr | (uint64_t)parts[n - 1]);
	return true;
}

static bool
add_name_or_ipv4(struct buf *out, struct sv host)
{
	uint32_t a;

	if (is_forbidden(host))
		return false;
	if (!ends_in_number(host)) {
		buf_sv(out, host);
		return true;
	}
	if (!parse_ipv4(host, &a))
		return false;
	buf_fmt(out, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	return true;
}

bool
host_canonical(struct sv host, struct buf *out)
{
	cleanup_buf decoded = BUF_INIT_MAX(HOST_MAX_BYTES), ascii = BUF_INIT_MAX(HOST_MAX_BYTES);

	if (host.n && host.p[0] == '[')
		return add_ipv6(out, host);
	add_percent_decoded(&decoded, host);
	return !decoded.overflow && decoded.n && to_ascii(&decoded, &ascii) &&
	       add_name_or_ipv4(out, buf_view(&ascii));
}

static bool
ends_with(struct sv v, const char *suffix)
{
	size_t n = strlen(suffix);

	return v.n >= n && memcmp(v.p + v.n - n, suffix, n) == 0;
}

bool
host_is_private_literal(struct sv host)
{
	cleanup_buf b = BUF_INIT_MAX(HOST_MAX_BYTES);
	struct sv name;

	if (!host_canonical(host, &b))
		return true; // nobody can say that it is public
	name = buf_view(&b);
	if (name.p[0] == '[' || ends_in_number(name))
		return !addr_text_is_public(name);
	while (name.n && name.p[name.n - 1] == '.')
		name.n--;
	return sv_eq_str(name, "localhost") || ends_with(name, ".localhost");
}
