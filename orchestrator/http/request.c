// SPDX-License-Identifier: Apache-2.0
// Looking things up in a request. Pure.
#include "orchestrator/http/http_parse.h"

struct sv
http_field_get(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (sv_ieq_str(r->fields[i].name, name))
			return r->fields[i].value;
	return SV_NULL;
}

// "+" stays "+": these are no form fields.
static void
decode(struct sv v, struct buf *out)
{
	for (size_t i = 0; i < v.n; i++) {
		int hi = v.p[i] == '%' && v.n - i > 2 ? http_hex(v.p[i + 1]) : -1;
		int lo = hi >= 0 ? http_hex(v.p[i + 2]) : -1;

		buf_ch(out, (char)(lo >= 0 ? hi << 4 | lo : v.p[i]));
		i += lo >= 0 ? 2 : 0;
	}
}

bool
http_query_get(const struct http_request *r, const char *name, struct buf *out)
{
	struct sv rest = r->query;
	size_t n = strlen(name);

	while (rest.n) {
		const char *amp = memchr(rest.p, '&', rest.n);
		struct sv pair = {rest.p, amp ? (size_t)(amp - rest.p) : rest.n};
		bool here = sv_starts(pair, name) && (pair.n == n || pair.p[n] == '=');

		if (here && pair.n > n)
			decode((struct sv){pair.p + n + 1, pair.n - n - 1}, out);
		if (here)
			return true;
		rest = amp ? (struct sv){amp + 1, rest.n - pair.n - 1} : SV_NULL;
	}
	return false;
}
