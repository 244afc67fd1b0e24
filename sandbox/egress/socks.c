// SPDX-License-Identifier: Apache-2.0
// SOCKS5 (RFC 1928): greeting and request read from bytes that a page's browser chose. Pure.
#include "sandbox/egress/socks.h"

enum { VERSION = 5, NO_AUTH = 0, CONNECT = 1, TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

static uint8_t
byte_at(struct sv in, size_t i)
{
	return (uint8_t)in.p[i];
}

int
socks_greeting(struct sv in, bool *no_auth)
{
	size_t methods;

	if (in.n >= 1 && byte_at(in, 0) != VERSION)
		return -1;
	if (in.n < 2 || in.n < 2 + (size_t)byte_at(in, 1))
		return 0;
	methods = byte_at(in, 1);
	*no_auth = methods > 0 && memchr(in.p + 2, NO_AUTH, methods);
	return (int)(2 + methods);
}

// Bytes of the address, without its port; 0: not known yet.
static size_t
address_bytes(struct sv in)
{
	switch (byte_at(in, 3)) {
	case TYPE_IPV4:
		return 4;
	case TYPE_IPV6:
		return 16;
	default:
		return in.n > 4 ? 1 + (size_t)byte_at(in, 4) : 0;
	}
}

static void
read_address(struct sv at, uint8_t type, struct socks_request *out)
{
	if (type == TYPE_NAME) {
		out->name = sv_sub(at, 1, at.n);
		return;
	}
	out->family = type == TYPE_IPV4 ? AF_INET : AF_INET6;
	memcpy(out->address, at.p, at.n);
}

int
socks_request(struct sv in, struct socks_request *out)
{
	struct socks_request r = {.family = AF_UNSPEC};
	uint8_t type;
	size_t n;

	if (in.n >= 1 && byte_at(in, 0) != VERSION)
		return -1;
	if (in.n < 4)
		return 0;
	type = byte_at(in, 3);
	if (type != TYPE_IPV4 && type != TYPE_IPV6 && type != TYPE_NAME) {
		// Nobody knows how long such an address is: nothing after it can be understood.
		*out = (struct socks_request){.wrong = SOCKS_NO_SUCH_ADDRESS_TYPE};
		return 4;
	}
	n = address_bytes(in);
	if (n == 0 || in.n < 4 + n + 2)
		return 0;
	read_address(sv_sub(in, 4, 4 + n), type, &r);
	r.port = (uint16_t)(byte_at(in, 4 + n) << 8 | byte_at(in, 4 + n + 1));
	if (byte_at(in, 1) != CONNECT)
		r.wrong = SOCKS_NO_SUCH_COMMAND;
	else if ((type == TYPE_NAME && r.name.n == 0) || r.port == 0)
		r.wrong = SOCKS_FAILURE;
	*out = r;
	return (int)(4 + n + 2);
}

void
socks_reply(enum socks_reply code, uint8_t out[SOCKS_REPLY_BYTES])
{
	const uint8_t bytes[SOCKS_REPLY_BYTES] = {VERSION, (uint8_t)code, 0, TYPE_IPV4};

	memcpy(out, bytes, sizeof(bytes));
}
