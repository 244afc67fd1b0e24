// SPDX-License-Identifier: Apache-2.0
// Idempotency-Key on POST (draft-ietf-httpapi-idempotency-key-header): the first request does the
// work, the same one again gets the same answer, another one under the same key is refused. What
// failed to be admitted is forgotten, so that it can be tried again. Worker and job threads.
#include "orchestrator/api/api_priv.h"

#include "base/digest.h"

#include <stdio.h>
#include <string.h>

#define MAX_ANSWER_BYTES STORE_IDEM_BODY_MAX // a larger answer is not kept
#define KEPT_FIELDS      6

// Of what was asked for: path with query, and body.
static void
fingerprint(const struct call *c, char out[SHA256_HEX])
{
	cleanup_buf text = BUF_INIT;
	char body[SHA256_HEX];

	sha256_hex(c->req->body, body);
	buf_sv(&text, c->req->target);
	buf_fmt(&text, "\n%s", body);
	sha256_hex(buf_view(&text), out);
}

static int
read_key(struct call *c, char out[129], struct err *err)
{
	struct sv v = http_field_get(c->req, "idempotency-key");

	if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"') // a structured field's string
		v = (struct sv){v.p + 1, v.n - 2};
	if (v.n == 0 || v.n > 128)
		return err_at(
		    err, ERR_INVALID_REQUEST, "Idempotency-Key", "expected 1 to 128 characters");
	if (stream_wanted(c) != STREAM_NONE)
		return err_at(err, ERR_INVALID_REQUEST, "Idempotency-Key",
		    "does not go with a streamed answer: events are resumed by Last-Event-ID");
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return 0;
}

// What is kept of an answer: JSON as it is; else a line, and the bytes. The line is the type and
// the answer's own fields, each after a tab.
static void
keep(const struct http_reply *r, struct buf *out)
{
	if (r->content_type && strcmp(r->content_type, JSON_TYPE) != 0) {
		buf_str(out, r->content_type);
		for (size_t i = 0; i < r->n_fields; i++)
			buf_fmt(out, "\t%s\t%s", r->fields[i].name, r->fields[i].value);
		buf_ch(out, '\n');
	}
	buf_sv(out, buf_view(&r->body));
}

// Its fields, which point into the line from then on.
static void
take_fields(char *line, struct http_reply *r)
{
	char *rest = line, *name, *value;

	r->content_type = strsep(&rest, "\t");
	while ((name = strsep(&rest, "\t")) && (value = strsep(&rest, "\t")) &&
	       r->n_fields < KEPT_FIELDS)
		http_reply_field(r, name, value);
}

static void
replay(struct call *c, int status, struct buf *kept)
{
	const char *end = kept->n > 0 && kept->p[0] != '{' ? memchr(kept->p, '\n', kept->n) : NULL;
	cleanup_free char *line =
	    end ? sv_dup((struct sv){kept->p, (size_t)(end - kept->p)}) : NULL;
	struct http_reply r = {.status = status, .content_type = JSON_TYPE};

	if (end) {
		take_fields(line, &r);
		buf_add(&r.body, end + 1, kept->n - (size_t)(end + 1 - kept->p));
		buf_done(kept);
	} else {
		r.body = *kept;
		*kept = (struct buf)BUF_INIT;
	}
	http_reply_field(&r, "Idempotency-Replayed", "true");
	call_reply(c, &r, "no-store");
}

bool
idempotency_begin(struct call *c, struct err *err)
{
	cleanup_settings *set = settings_current();
	const struct route *r = c->route;
	enum store_idem what = IDEM_NEW;
	char key[129], print[65], job[33];
	struct buf body = BUF_INIT;
	int status = 0, rc;

	if (r->method != HTTP_POST || !http_field_get(c->req, "idempotency-key").p ||
	    r->lane != LANE_LIGHT)
		return false;
	rc = read_key(c, key, err);
	fingerprint(c, print);
	for (int tries = 0; rc == 0 && tries < 2; tries++) {
		rc = store_idem_begin(c->api->p.store, c->who.id, key, print, set->idempotency_ttl,
		    &what, job, &status, &body, err);
		if (rc != 0 || what != IDEM_DONE || body.n > 0)
			break;
		// The disk had no room for the answer: as if it had not been kept.
		store_idem_forget(c->api->p.store, c->who.id, key);
	}
	if (rc == 0 && what == IDEM_RUNNING)
		err_set(err, ERR_IDEMPOTENCY_RUNNING, NULL);
	else if (rc == 0 && what == IDEM_MISMATCH)
		err_set(err, ERR_IDEMPOTENCY_MISMATCH, NULL);
	if (err->code != ERR_OK) {
		buf_done(&body);
		call_error(c, err, 0);
		return true;
	}
	if (what == IDEM_DONE) {
		replay(c, status, &body);
		return true;
	}
	snprintf(c->idempotency, sizeof(c->idempotency), "%s", key);
	return false;
}

void
idempotency_finish(struct call *c, const struct http_reply *r)
{
	cleanup_buf kept = BUF_INIT_MAX(MAX_ANSWER_BYTES + 1);

	if (!c->idempotency[0])
		return;
	keep(r, &kept);
	if (kept.overflow || kept.n > MAX_ANSWER_BYTES)
		store_idem_forget(c->api->p.store, c->who.id, c->idempotency);
	else
		store_idem_finish(
		    c->api->p.store, c->who.id, c->idempotency, "", r->status, buf_view(&kept));
	c->idempotency[0] = '\0';
}

void
idempotency_forget(struct call *c)
{
	if (!c->idempotency[0])
		return;
	store_idem_forget(c->api->p.store, c->who.id, c->idempotency);
	c->idempotency[0] = '\0';
}
