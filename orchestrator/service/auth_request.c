// SPDX-License-Identifier: Apache-2.0
// Where a request carries its key, and whose address it comes from. Pure. A key is not taken from
// the query: addresses stand in logs and histories.
#include "orchestrator/service/auth_priv.h"

#include <arpa/inet.h>

#define MAX_CREDENTIAL 8192

// The password of "user:password", or the user when there is no password (`curl -u KEY:`).
static bool
from_basic(struct sv base64, struct buf *out)
{
	cleanup_buf text = BUF_INIT_MAX(MAX_CREDENTIAL);
	struct sv user, password;
	const char *colon;

	if (buf_unbase64(&text, base64) != 0 || text.n == 0)
		return false;
	colon = memchr(text.p, ':', text.n);
	if (!colon)
		return false;
	user = (struct sv){text.p, (size_t)(colon - text.p)};
	password = (struct sv){colon + 1, text.n - user.n - 1};
	buf_sv(out, password.n ? password : user);
	return out->n > 0;
}

static bool
from_authorization(struct sv field, struct buf *out)
{
	if (sv_istarts(field, "bearer ")) {
		buf_sv(out, sv_trim((struct sv){field.p + 7, field.n - 7}));
		return out->n > 0;
	}
	if (sv_istarts(field, "basic "))
		return from_basic(sv_trim((struct sv){field.p + 6, field.n - 6}), out);
	return false;
}

// A browser's WebSocket can't send fields of its own, only subprotocols.
static bool
from_subprotocols(struct sv list, struct buf *out)
{
	static const char prefix[] = "riptide.key.";

	while (list.n > 0) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;
		struct sv name = sv_trim((struct sv){list.p, n});

		if (sv_starts(name, prefix)) {
			buf_add(out, name.p + sizeof(prefix) - 1, name.n - sizeof(prefix) + 1);
			return out->n > 0;
		}
		n += comma ? 1 : 0;
		list = (struct sv){list.p + n, list.n - n};
	}
	return false;
}

bool
auth_credential(const struct http_request *r, struct buf *out)
{
	struct sv field = http_field_get(r, "authorization");

	if (field.p)
		return field.n <= MAX_CREDENTIAL + 16 && from_authorization(field, out);
	field = http_field_get(r, "x-api-key");
	if (field.p) {
		buf_sv(out, sv_trim(field));
		return out->n > 0;
	}
	field = http_field_get(r, "sec-websocket-protocol");
	return field.p && from_subprotocols(field, out);
}

bool
auth_address(const struct http_request *r, struct gcra_id *out)
{
	struct gcra_id id = {{0}};
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, r->peer, &four) == 1) {
		memcpy(id.b + 12, &four, sizeof(four));
	} else if (inet_pton(AF_INET6, r->peer, &six) == 1) {
		// One customer has a /64 at least; a mapped IPv4 address is that address.
		if (IN6_IS_ADDR_V4MAPPED(&six))
			memcpy(id.b + 12, six.s6_addr + 12, 4);
		else
			memcpy(id.b, six.s6_addr, 8);
	} else {
		return false;
	}
	*out = id;
	return true;
}
