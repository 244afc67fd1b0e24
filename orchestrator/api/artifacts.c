// SPDX-License-Identifier: Apache-2.0
// /v1/artifacts/{id}: streamed from disk, whole or one range (RFC 9110 14), revalidated by its
// hash.
#include "orchestrator/api/api_priv.h"

#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

static bool
digits(struct sv *v, int64_t *out)
{
	size_t i = 0;

	for (*out = 0; i < v->n && i < 18 && sv_is_digit(v->p[i]); i++)
		*out = *out * 10 + (v->p[i] - '0');
	v->p += i;
	v->n -= i;
	return i > 0;
}

// "bytes=0-99", "bytes=100-", "bytes=-100": one range. 1: *from and *n are set; 0: none or not
// understood (the whole is given); -1: outside of the file.
static int
read_range(struct sv v, int64_t size, int64_t *from, int64_t *n)
{
	int64_t first = -1, last = -1;

	if (!sv_istarts(v, "bytes="))
		return 0;
	v = (struct sv){v.p + 6, v.n - 6};
	if (!digits(&v, &first))
		first = -1;
	if (v.n == 0 || *v.p != '-')
		return 0;
	v = (struct sv){v.p + 1, v.n - 1};
	if (!digits(&v, &last))
		last = -1;
	if (v.n > 0 || (first < 0 && last < 0) || (first >= 0 && last >= 0 && last < first))
		return 0;
	if (first < 0) { // the last bytes
		*from = MAX(size - last, (int64_t)0);
		*n = size - *from;
		return *n > 0 ? 1 : -1;
	}
	if (first >= size)
		return -1;
	*from = first;
	*n = (last < 0 || last >= size ? size - 1 : last) - first + 1;
	return 1;
}

// A name that is safe in a quoted string.
static void
disposition(const struct artifact *a, char out[160])
{
	size_t n = (size_t)snprintf(out, 160, "inline; filename=\"");

	for (const char *s = a->name; *s && n < 150; s++)
		if (sv_is_alnum(*s) || strchr("._- ", *s))
			out[n++] = *s;
	out[n++] = '"';
	out[n] = '\0';
}

static void
send_file(struct call *c, const struct artifact *a, int fd)
{
	struct http_reply r = {.status = 200,
	    .content_type = a->content_type,
	    .fd = fd,
	    .has_file = true,
	    .length = a->bytes};
	struct sv range = http_field_get(c->req, "range");
	char etag[72], name[160], content_range[80];
	struct sv unchanged = http_field_get(c->req, "if-range");
	int kind = 0;

	snprintf(etag, sizeof(etag), "\"%s\"", a->sha256);
	if (range.p && (!unchanged.p || sv_eq_str(unchanged, etag)))
		kind = read_range(range, a->bytes, &r.offset, &r.length);
	disposition(a, name);
	call_fields(c, &r);
	http_reply_field(&r, "ETag", etag);
	http_reply_field(&r, "Cache-Control", "private, max-age=31536000, immutable");
	http_reply_field(&r, "Accept-Ranges", "bytes");
	http_reply_field(&r, "Content-Disposition", name);
	http_reply_field(&r, "Content-Security-Policy", "default-src 'none'; sandbox");
	if (call_etag_matches(c, etag)) {
		r.status = 304;
		r.length = 0;
	} else if (kind < 0) {
		r.status = 416;
		r.offset = r.length = 0;
		snprintf(content_range, sizeof(content_range), "bytes */%lld", (long long)a->bytes);
		http_reply_field(&r, "Content-Range", content_range);
	} else if (kind > 0) {
		r.status = 206;
		snprintf(content_range, sizeof(content_range), "bytes %lld-%lld/%lld",
		    (long long)r.offset, (long long)(r.offset + r.length - 1), (long long)a->bytes);
		http_reply_field(&r, "Content-Range", content_range);
	}
	metric_add(METRIC_REQUESTS, r.status == 200 ? "artifact 200" : "artifact other", 1);
	http_reply(c->x, &r);
}

// GET /v1/artifacts/{id}
int
api_artifact(struct call *c, struct err *err)
{
	struct artifact a;
	char id[40];
	int fd = -1, rc = call_id(c, 0, id, sizeof(id), err);

	if (rc == 0)
		rc = artifacts_get(c->api->p.artifacts, call_owner(c), id, &a, &fd, err);
	if (rc == 0)
		send_file(c, &a, fd);
	return rc;
}

// DELETE /v1/artifacts/{id}
int
api_artifact_delete(struct call *c, struct err *err)
{
	struct buf none = BUF_INIT;
	char id[40];
	int rc = call_id(c, 0, id, sizeof(id), err);

	if (rc == 0)
		rc = artifacts_delete(c->api->p.artifacts, call_owner(c), id, err);
	if (rc == 0)
		call_send(c, 204, NULL, &none);
	return rc;
}
