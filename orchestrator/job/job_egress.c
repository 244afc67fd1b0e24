// SPDX-License-Identifier: Apache-2.0
// What became of the page's connections, as the egress guard saw it: why one did not come about,
// which address answered, what was refused. Chromium itself sees but its proxy. In the job's
// thread.
#include "base/url.h"
#include "orchestrator/job/job_priv.h"
#include "orchestrator/request/request_network.h"
#include "orchestrator/request/request_proxy.h"

#include <stdio.h>

#define LEDGER_MS   1000  // the guard answers in a fraction of one
#define ANSWER_MS   200   // if it does not within so long, something is the matter
#define FRESH_US    20000 // one look serves so long
#define NAMED_HOSTS 3     // in a warning

static const struct {
	int code;
	const char *text; // after the host
} verdicts[EGRESS_VERDICTS] = {
    [EGRESS_DENIED_HOST] = {ERR_HOST_FORBIDDEN, " is not let through by the request's network"},
    [EGRESS_DENIED_ADDRESS] = {ERR_ADDRESS_FORBIDDEN,
	" is a private or loopback address; --allow-private lets it through"},
    [EGRESS_OVER_BUDGET] = {ERR_BYTE_LIMIT, ": network.max_bytes was reached before it answered"},
    [EGRESS_DNS_FAILED] = {ERR_DNS_FAILED, " does not resolve"},
    [EGRESS_REFUSED] = {ERR_CONNECTION_FAILED, " refused the connection"},
    [EGRESS_UNREACHABLE] = {ERR_CONNECTION_FAILED, " can't be reached"},
    [EGRESS_TIMEOUT] = {ERR_CONNECTION_FAILED, " did not answer in time"},
    [EGRESS_OVERLOADED] = {ERR_CONNECTION_FAILED,
	": the page has more connections or lookups under way than it may have"},
    [EGRESS_PROXY_FAILED] = {ERR_PROXY_FAILED, " is not reached by the proxy"},
};

struct egress_policy
job_policy(const struct job *j)
{
	return request_policy(j->req->network, j->req->proxy, j->opts.allow_private);
}

bool
job_by_proxy(const struct job *j, struct sv url)
{
	const struct egress_policy p = job_policy(j);
	cleanup_buf host = BUF_INIT_MAX(1 << 10);
	struct url u;

	return p.upstream.kind && url_split(url, &u) && host_canonical(u.host, &host) &&
	       egress_by_upstream(&p, host_bare(buf_view(&host)));
}

// --- looking ---

static void
look(struct job *j)
{
	struct egress_slot *slot = j->lease ? j->lease->egress : NULL;
	struct egress_ledger fresh = {0};
	struct err err = ERR_INIT;
	int64_t now = clock_us();
	bool has_time = deadline_left_ms(j->deadline) >= ANSWER_MS;
	int rc;

	if (!slot || (j->ledger_us && now - j->ledger_us < FRESH_US))
		return;
	rc = egress_ledger(slot, deadline_step(j->deadline, LEDGER_MS), &fresh, &err);
	j->guard_silent = rc == ERR_TIMEOUT && has_time;
	if (rc != 0)
		return; // the one before is better than none
	egress_ledger_done(&j->ledger);
	j->ledger = fresh;
	j->ledger_us = now;
}

// Was there a time without a guard? Connections waited or were cut then, and no server is to blame.
static bool
was_interrupted(const struct job *j)
{
	struct egress_stats now;
	struct err err = ERR_INIT;

	return j->lease && j->lease->egress && runtime_guard(j->rt, &now, &err) == 0 &&
	       (j->guard_silent || !now.alive || now.restarts != j->guard_starts);
}

static bool
is_row_of(const struct egress_row *row, struct sv host, int port)
{
	return row->port == port && sv_ieq_str(host, row->host);
}

static const char *
proxy_name(const struct job *j)
{
	return j->req->proxy ? j->req->proxy->shown : "";
}

static void
take_row(const struct job *j, const struct egress_row *row, struct cdp_dial *out)
{
	if (row->address[0])
		snprintf(out->address, sizeof(out->address), "%s", row->address);
	if (row->verdict == EGRESS_ALLOWED)
		return;
	out->code = verdicts[row->verdict].code;
	if (row->detail[0])
		snprintf(out->text, sizeof(out->text), "the proxy %.80s %.100s", proxy_name(j),
		    row->detail);
	else
		snprintf(out->text, sizeof(out->text), "%.100s%s", row->host,
		    verdicts[row->verdict].text);
}

bool
job_dial(void *arg, const char *url, struct cdp_dial *out)
{
	struct job *j = arg;
	cleanup_buf host = BUF_INIT_MAX(1 << 10);
	struct url u;
	bool found = false;

	if (!url_split(sv_from(url), &u) || !host_canonical(u.host, &host))
		return false;
	look(j);
	*out = (struct cdp_dial){0};
	for (size_t i = 0; i < j->ledger.n_rows; i++) {
		const struct egress_row *row = &j->ledger.rows[i];

		if (!is_row_of(row, host_bare(buf_view(&host)), url_port(&u)))
			continue;
		take_row(j, row, out);
		found = true;
	}
	if (!out->code && was_interrupted(j)) {
		out->code = ERR_CONNECTION_FAILED;
		snprintf(
		    out->text, sizeof(out->text), "the egress guard was interrupted meanwhile");
	}
	if (j->ledger.over && !out->code) {
		out->code = ERR_BYTE_LIMIT;
		snprintf(out->text, sizeof(out->text), "%s", err_info(ERR_BYTE_LIMIT)->text);
	}
	return found || out->code;
}

// --- telling ---

static cJSON *
row_json(const struct egress_row *row)
{
	cJSON *o = json_obj();

	json_set_str(o, "host", row->host);
	json_set_int(o, "port", row->port);
	json_set_str(o, "address", row->address[0] ? row->address : NULL);
	json_set_str(o, "verdict", egress_verdict_names[row->verdict]);
	if (row->detail[0])
		json_set_str(o, "detail", row->detail);
	json_set_int(o, "connections", (int64_t)row->connections);
	json_set_int(o, "bytes_in", (int64_t)row->bytes_in);
	json_set_int(o, "bytes_out", (int64_t)row->bytes_out);
	return o;
}

cJSON *
job_egress_json(const struct job *j)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < j->ledger.n_rows; i++)
		json_push(list, row_json(&j->ledger.rows[i]));
	return list;
}

static void
warn_denied(struct job *j, const char *code, enum egress_verdict verdict, const char *what)
{
	cleanup_buf hosts = BUF_INIT;
	uint64_t n = 0;
	size_t named = 0;

	for (size_t i = 0; i < j->ledger.n_rows; i++) {
		const struct egress_row *row = &j->ledger.rows[i];

		if (row->verdict != verdict)
			continue;
		n += row->connections;
		if (named++ < NAMED_HOSTS)
			buf_fmt(&hosts, "%s%s:%u", named > 1 ? ", " : "", row->host, row->port);
	}
	if (named > NAMED_HOSTS)
		buf_str(&hosts, " …");
	if (n > 0)
		job_warn(j, code, "%llu connection(s) to %s refused: %s", (unsigned long long)n,
		    what, hosts.p);
}

// Of a page that did load.
static void
warn_proxy(struct job *j)
{
	const struct egress_row *first = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < j->ledger.n_rows; i++) {
		const struct egress_row *row = &j->ledger.rows[i];

		if (row->verdict != EGRESS_PROXY_FAILED)
			continue;
		n += row->connections;
		first = first ? first : row;
	}
	if (first)
		job_warn(j, "proxy_failed",
		    "%llu connection(s) were not made: for %.100s:%u the proxy %.80s %s",
		    (unsigned long long)n, first->host, first->port, proxy_name(j), first->detail);
}

void
job_egress_report(struct job *j)
{
	j->ledger_us = 0; // the last word
	look(j);
	warn_denied(j, "private_blocked", EGRESS_DENIED_ADDRESS, "private addresses");
	warn_denied(j, "host_forbidden", EGRESS_DENIED_HOST,
	    "hosts that the request's network does not let through");
	warn_proxy(j);
	if (was_interrupted(j))
		job_warn(j, "egress_interrupted",
		    "the egress guard did not run or answer for a time: connections waited or were cut");
	if (j->ledger.over)
		job_reason(j, err_info(ERR_BYTE_LIMIT)->code);
}
