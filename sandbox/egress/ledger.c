// SPDX-License-Identifier: Apache-2.0
// What was dialled by a slot since its grant: a row for each host, port and verdict.
#include "sandbox/egress/guard.h"

#include "base/hash.h"

static struct ledger_row *
find(struct ledger *l, const char *host, uint32_t hash, uint16_t port, enum egress_verdict v)
{
	for (size_t i = 0; i < l->n; i++) {
		struct ledger_row *r = l->rows[i];

		if (r->hash == hash && r->port == port && r->verdict == v &&
		    strcmp(r->host, host) == 0)
			return r;
	}
	return NULL;
}

struct ledger_row *
ledger_add(struct ledger *l, const char *host, uint16_t port, enum egress_verdict v,
    const union address *address)
{
	uint32_t hash = hash32(sv_from(host));
	struct ledger_row *r = find(l, host, hash, port, v);

	l->denied +=
	    v == EGRESS_DENIED_HOST || v == EGRESS_DENIED_ADDRESS || v == EGRESS_OVER_BUDGET;
	if (!r && l->n == ARRAY_LEN(l->rows)) {
		l->dropped++;
		return NULL;
	}
	if (!r) {
		r = l->rows[l->n++] = xcalloc(1, sizeof(*r));
		r->host = xstrdup(host);
		r->hash = hash;
		r->port = port;
		r->verdict = v;
	}
	r->connections++;
	if (address)
		address_text(address, r->address);
	return r;
}

void
ledger_detail(struct ledger_row *r, const char *detail)
{
	if (!r || !detail)
		return;
	free(r->detail);
	r->detail = xstrdup(detail);
}

static void
row_free(struct ledger_row *r)
{
	free(r->detail);
	free(r->host);
	free(r);
}

void
ledger_renew(struct ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct ledger_row *r = l->rows[i];

		if (r->open == 0) {
			row_free(r);
			continue;
		}
		r->connections = r->bytes[0] = r->bytes[1] = 0;
		l->rows[n++] = r;
	}
	l->n = n;
	l->bytes = l->denied = l->dropped = 0;
	l->over = false;
}

void
ledger_done(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		row_free(l->rows[i]);
	*l = (struct ledger){0};
}

static void
print_row(const struct ledger_row *r, struct buf *out)
{
	buf_str(out, "{\"host\":");
	buf_json_str(out, sv_from(r->host));
	buf_fmt(out, ",\"port\":%u", r->port);
	if (r->address[0])
		buf_fmt(out, ",\"address\":\"%s\"", r->address);
	if (r->detail) {
		buf_str(out, ",\"detail\":");
		buf_json_str(out, sv_from(r->detail));
	}
	buf_fmt(out, ",\"verdict\":\"%s\",\"connections\":%ju,\"bytes_in\":%ju,\"bytes_out\":%ju}",
	    egress_verdict_names[r->verdict], (uintmax_t)r->connections, (uintmax_t)r->bytes[1],
	    (uintmax_t)r->bytes[0]);
}

void
ledger_print(const struct ledger *l, int64_t id, size_t max, struct buf *out)
{
	uint64_t dropped = l->dropped;

	buf_fmt(out,
	    "{\"event\":\"ledger\",\"id\":%jd,\"bytes\":%ju,\"denied\":%ju,\"over\":%s,\"hosts\":[",
	    (intmax_t)id, (uintmax_t)l->bytes, (uintmax_t)l->denied, l->over ? "true" : "false");
	for (size_t i = 0, rows = 0; i < l->n; i++) {
		cleanup_buf row = BUF_INIT;

		print_row(l->rows[i], &row);
		if (out->n + row.n + 40 > max) { // room for the end
			dropped += l->rows[i]->connections;
			continue;
		}
		buf_str(out, rows++ ? "," : "");
		buf_sv(out, buf_view(&row));
	}
	buf_ch(out, ']');
	if (dropped)
		buf_fmt(out, ",\"dropped\":%ju", (uintmax_t)dropped);
	buf_ch(out, '}');
}
