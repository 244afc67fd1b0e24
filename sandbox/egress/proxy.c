// SPDX-License-Identifier: Apache-2.0
// The handshake with a proxy, step by step: bytes in, bytes out. What it answers may be anything.
#include "sandbox/egress/proxy.h"

#include "base/address.h"

#include <stdio.h>

enum {
	VERSION = 5,
	AUTH_VERSION = 1,
	NO_AUTH = 0,
	PASSWORD = 2,
	NO_METHOD = 0xff,
	CONNECT = 1,
	TYPE_IPV4 = 1,
	TYPE_NAME = 3,
	TYPE_IPV6 = 4,
};

static uint8_t
byte_at(struct sv in, size_t i)
{
	return (uint8_t)in.p[i];
}

__attribute__((format(printf, 2, 3))) static enum proxy_state
failed(struct proxy_talk *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->detail, sizeof(t->detail), fmt, ap);
	va_end(ap);
	return PROXY_FAILED;
}

// --- what is said ---

static void
add_short(struct buf *out, const char *text)
{
	size_t n = MIN(text ? strlen(text) : 0, (size_t)255);

	buf_ch(out, (char)n);
	buf_add(out, text, n);
}

static void
say_connect(const struct egress_upstream *up, struct sv host, uint16_t port, struct buf *out)
{
	union address a;
	bool v6 = address_read(host, &a) && a.sa.sa_family == AF_INET6 && host.p[0] != '[';
	cleanup_free char *target =
	    xasprintf(v6 ? "[" SV_FMT "]:%u" : SV_FMT ":%u", SV_ARG(host), port);

	buf_fmt(out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", target, target);
	if (up->user) {
		cleanup_free char *login =
		    xasprintf("%s:%s", up->user, up->password ? up->password : "");

		buf_str(out, "Proxy-Authorization: Basic ");
		buf_base64(out, login, strlen(login));
		buf_str(out, "\r\n");
	}
	buf_str(out, "\r\n");
}

static void
say_target(struct sv host, uint16_t port, struct buf *out)
{
	union address a;
	bool literal = address_read(host, &a);
	char head[4] = {VERSION, CONNECT, 0, TYPE_NAME};

	if (literal)
		head[3] = a.sa.sa_family == AF_INET ? TYPE_IPV4 : TYPE_IPV6;
	buf_add(out, head, sizeof(head));
	if (head[3] == TYPE_IPV4)
		buf_add(out, &a.v4.sin_addr, 4);
	else if (head[3] == TYPE_IPV6)
		buf_add(out, &a.v6.sin6_addr, 16);
	else {
		host = sv_cut(host, 255);
		buf_ch(out, (char)host.n);
		buf_sv(out, host);
	}
	buf_ch(out, (char)(port >> 8));
	buf_ch(out, (char)(port & 255));
}

static void
say_login(const struct egress_upstream *up, struct buf *out)
{
	buf_ch(out, AUTH_VERSION);
	add_short(out, up->user);
	add_short(out, up->password);
}

void
proxy_begin(struct proxy_talk *t, const struct egress_upstream *up, struct sv host, uint16_t port,
    struct buf *out)
{
	*t = (struct proxy_talk){.step = PROXY_CONNECT};
	if (up->kind == EGRESS_BY_HTTP) {
		say_connect(up, host, port, out);
		return;
	}
	t->step = PROXY_METHOD;
	if (up->user)
		buf_add(out, "\5\2\0\2", 4);
	else
		buf_add(out, "\5\1\0", 3);
}

// --- HTTP ---

// Bytes up to and with the empty line; 0: it is not there. `seen`: so many were looked at before.
static size_t
head_bytes(struct sv in, size_t seen)
{
	for (size_t i = MAX(seen, (size_t)1); i < in.n; i++) {
		if (in.p[i] != '\n')
			continue;
		if (in.p[i - 1] == '\n' || (i >= 2 && in.p[i - 1] == '\r' && in.p[i - 2] == '\n'))
			return i + 1;
	}
	return 0;
}

// "HTTP/1.1 200 …", as far as it came; -1: it is none, 0: not enough of it.
static int
status_of(struct sv in)
{
	static const char pattern[] = "HTTP/1.dsddd";
	int status = 0;

	for (size_t i = 0; i < sizeof(pattern) - 1; i++) {
		if (i >= in.n)
			return 0;
		if (pattern[i] == 'd'   ? !sv_is_digit(in.p[i])
		    : pattern[i] == 's' ? in.p[i] != ' '
					: in.p[i] != pattern[i])
			return -1;
		if (i >= 9)
			status = status * 10 + (in.p[i] - '0');
	}
	if (in.n == sizeof(pattern) - 1)
		return 0;
	if (sv_is_digit(in.p[12]) || status < 100)
		return -1;
	return status;
}

static enum proxy_state
hear_connect(struct proxy_talk *t, const struct egress_upstream *up, struct sv in, size_t *taken)
{
	for (;;) {
		struct sv rest = sv_sub(in, *taken, in.n);
		int status = status_of(rest);
		size_t n = head_bytes(rest, t->seen);

		if (status < 0)
			return failed(t, "does not speak HTTP");
		if (n > PROXY_MAX_ANSWER || (n == 0 && rest.n >= PROXY_MAX_ANSWER))
			return failed(
			    t, "answers with more than %d bytes of headers", PROXY_MAX_ANSWER);
		t->seen = n == 0 ? rest.n : 0;
		if (status == 0 || n == 0)
			return PROXY_MORE;
		*taken += n;
		if (status >= 200 && status < 300)
			return PROXY_OPEN;
		if (status == 407)
			return failed(t, "answered 407: it %s",
			    up->user ? "does not take the username and password"
				     : "wants a username and password");
		if (status >= 200 || status == 101)
			return failed(t, "answered %d", status);
	}
}

// --- SOCKS5 ---

static enum proxy_state
hear_method(struct proxy_talk *t, const struct egress_upstream *up, struct sv host, uint16_t port,
    struct sv in, size_t *taken, struct buf *out)
{
	if (in.n >= 1 && byte_at(in, 0) != VERSION)
		return failed(t, "does not speak SOCKS5");
	if (in.n < 2)
		return PROXY_MORE;
	*taken += 2;
	if (byte_at(in, 1) == NO_AUTH) {
		t->step = PROXY_REPLY;
		say_target(host, port, out);
		return PROXY_MORE;
	}
	if (byte_at(in, 1) == PASSWORD && up->user) {
		t->step = PROXY_LOGIN;
		say_login(up, out);
		return PROXY_MORE;
	}
	if (byte_at(in, 1) == NO_METHOD)
		return failed(t, up->user ? "takes neither a username and password nor none"
					  : "wants a username and password");
	return failed(t, "asks for a method that was not offered");
}

static enum proxy_state
hear_login(struct proxy_talk *t, struct sv host, uint16_t port, struct sv in, size_t *taken,
    struct buf *out)
{
	if (in.n >= 1 && byte_at(in, 0) != AUTH_VERSION)
		return failed(t, "does not speak SOCKS5");
	if (in.n < 2)
		return PROXY_MORE;
	*taken += 2;
	if (byte_at(in, 1) != 0)
		return failed(t, "does not take the username and password");
	t->step = PROXY_REPLY;
	say_target(host, port, out);
	return PROXY_MORE;
}

// RFC 1928 §6.
static const char *const replies[] = {
    [1] = "says that it failed",
    [2] = "says that its rules forbid it",
    [3] = "says that the network can't be reached",
    [4] = "says that the host can't be reached",
    [5] = "says that the connection was refused",
    [6] = "says that the host is too far away",
    [7] = "does not know how to connect",
    [8] = "does not know such addresses",
};

static enum proxy_state
hear_reply(struct proxy_talk *t, struct sv in, size_t *taken)
{
	uint8_t code;
	size_t n;

	if (in.n >= 1 && byte_at(in, 0) != VERSION)
		return failed(t, "does not speak SOCKS5");
	if (in.n < 2)
		return PROXY_MORE;
	code = byte_at(in, 1);
	if (code > 0 && code < ARRAY_LEN(replies))
		return failed(t, "%s", replies[code]);
	if (code > 0)
		return failed(t, "answered %u", code);
	if (in.n < 5)
		return PROXY_MORE;
	if (byte_at(in, 3) != TYPE_IPV4 && byte_at(in, 3) != TYPE_IPV6 &&
	    byte_at(in, 3) != TYPE_NAME)
		return failed(t, "does not speak SOCKS5");
	n = byte_at(in, 3) == TYPE_IPV4   ? 10
	    : byte_at(in, 3) == TYPE_IPV6 ? 22
					  : 7 + (size_t)byte_at(in, 4);
	if (in.n < n)
		return PROXY_MORE;
	*taken += n;
	return PROXY_OPEN;
}

enum proxy_state
proxy_hear(struct proxy_talk *t, const struct egress_upstream *up, struct sv host, uint16_t port,
    struct sv in, size_t *taken, struct buf *out)
{
	enum proxy_state state = PROXY_MORE;

	*taken = 0;
	for (;;) {
		struct sv rest = sv_sub(in, *taken, in.n);
		enum proxy_step before = t->step;
		size_t n = 0;

		if (t->step == PROXY_CONNECT)
			state = hear_connect(t, up, rest, &n);
		else if (t->step == PROXY_METHOD)
			state = hear_method(t, up, host, port, rest, &n, out);
		else if (t->step == PROXY_LOGIN)
			state = hear_login(t, host, port, rest, &n, out);
		else
			state = hear_reply(t, rest, &n);
		*taken += n;
		if (state != PROXY_MORE || t->step == before)
			return state;
	}
}
