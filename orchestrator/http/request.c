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
		int hi = v.p[i] == '%' && v.n - i > 2 ? sv_hex(v.p[i + 1]) : -1;
		int lo = hi >= 0 ? sv_hex(v.p[i + 2]) : -1;

		buf_ch(out, (char)(lo >= 0 ? hi << 4 | lo : v.p[i]));
		i += lo >= 0 ? 2 : 0;
	}
}

bool
http_query_next(struct sv *rest, struct sv *name, struct sv *value)
{
	const char *amp, *eq;
	struct sv pair;

	if (rest->n == 0)
		return false;
	amp = memchr(rest->p, '&', rest->n);
	pair = (struct sv){rest->p, amp ? (size_t)(amp - rest->p) : rest->n};
	eq = pair.n ? memchr(pair.p, '=', pair.n) : NULL;
	*name = (struct sv){pair.p, eq ? (size_t)(eq - pair.p) : pair.n};
	*value = eq ? (struct sv){eq + 1, pair.n - name->n - 1} : SV_NULL;
	*rest = amp ? (struct sv){amp + 1, rest->n - pair.n - 1} : SV_NULL;
	return true;
}

bool
http_query_get(const struct http_request *r, const char *name, struct buf *out)
{
	struct sv rest = r->query, key, value;

	while (http_query_next(&rest, &key, &value)) {
		if (!sv_eq_str(key, name))
			continue;
		decode(value, out);
		return true;
	}
	return false;
}
