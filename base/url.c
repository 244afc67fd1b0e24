// SPDX-License-Identifier: Apache-2.0
// Splitting, checking and resolving URLs (WHATWG URL, RFC 3986 §5.2). Pure, any thread.
#include "base/url.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define URL_MAX_BYTES 8192

static size_t
scheme_len(struct sv t)
{
	size_t i = 0;

	if (!t.n || !isalpha((unsigned char)t.p[0]))
		return 0;
	while (i < t.n && (isalnum((unsigned char)t.p[i]) || strchr("+-.", t.p[i])))
		i++;
	return i < t.n && t.p[i] == ':' ? i : 0;
}

static bool
special(struct sv scheme)
{
	return sv_ieq_str(scheme, "http") || sv_ieq_str(scheme, "https");
}

static struct sv
cut(struct sv *rest, size_t at, size_t skip)
{
	struct sv part = {rest->p, at};

	rest->p += at + skip;
	rest->n -= at + skip;
	return part;
}

static size_t
span_until(struct sv t, const char *stops)
{
	size_t i = 0;

	while (i < t.n && (!t.p[i] || !strchr(stops, t.p[i])))
		i++;
	return i;
}

static void
split_authority(struct sv a, struct url *out)
{
	const char *at = a.n ? memrchr(a.p, '@', a.n) : NULL;
	size_t i;

	if (at) {
		out->user = (struct sv){a.p, (size_t)(at - a.p)};
		a.n -= out->user.n + 1;
		a.p = at + 1;
	}
	i = a.n && a.p[0] == '[' ? span_until(a, "]") : span_until(a, ":");
	if (a.n && a.p[0] == '[' && i < a.n)
		i++;
	out->host = (struct sv){a.p, i};
	if (i < a.n && a.p[i] == ':')
		out->port = (struct sv){a.p + i + 1, a.n - i - 1};
}

bool
url_split(struct sv t, struct url *out)
{
	size_t n = scheme_len(t), i;

	*out = (struct url){0};
	if (!n)
		return false;
	out->scheme = cut(&t, n, 1);
	i = span_until(t, "#");
	if (i < t.n) {
		out->fragment = (struct sv){t.p + i + 1, t.n - i - 1};
		t.n = i;
	}
	if (t.n >= 2 && t.p[0] == '/' && t.p[1] == '/') {
		t.p += 2;
		t.n -= 2;
		split_authority(cut(&t, span_until(t, "/?"), 0), out);
	}
	i = span_until(t, "?");
	out->path = (struct sv){t.p, i};
	if (i < t.n)
		out->query = (struct sv){t.p + i + 1, t.n - i - 1};
	return true;
}

// WHATWG basic URL parser, steps 1 to 3: trim C0 controls and spaces, drop tabs and newlines; then
// turn the backslashes of special schemes' authority and path into slashes.
static void
normalise_text(struct sv t, struct buf *out)
{
	size_t n, path;

	while (t.n && (unsigned char)t.p[0] <= 0x20) {
		t.p++;
		t.n--;
	}
	while (t.n && (unsigned char)t.p[t.n - 1] <= 0x20)
		t.n--;
	for (size_t i = 0; i < t.n; i++)
		if (!strchr("\t\r\n", t.p[i]) || !t.p[i])
			buf_ch(out, t.p[i]);
	n = scheme_len(buf_view(out));
	if (n && !special((struct sv){out->p, n}))
		return;
	path = span_until(buf_view(out), "?#");
	for (size_t i = 0; i < path; i++)
		if (out->p[i] == '\\')
			out->p[i] = '/';
}

static bool
bad_host_char(struct sv host)
{
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (c <= 0x20 || c == 0x7f || strchr("#<>?@\\^|/\"{}`", c))
			return true;
	}
	return host.n && host.p[0] == '[' && host.p[host.n - 1] != ']';
}

static int
check_port(struct sv port, struct err *err)
{
	int v = 0;

	for (size_t i = 0; i < port.n; i++) {
		if (!isdigit((unsigned char)port.p[i]) || (v = v * 10 + (port.p[i] - '0')) > 65535)
			return err_set(
			    err, ERR_INVALID_URL, "the port is not a number up to 65535");
	}
	return 0;
}

static void
add_lower(struct buf *out, struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		buf_ch(out, (char)(v.p[i] >= 'A' && v.p[i] <= 'Z' ? v.p[i] + 32 : v.p[i]));
}

static bool
default_port(struct sv scheme, struct sv port)
{
	return port.n == 0 || (sv_ieq_str(scheme, "http") && sv_eq_str(port, "80")) ||
	       (sv_ieq_str(scheme, "https") && sv_eq_str(port, "443"));
}

static void
add_authority(struct buf *out, const struct url *u)
{
	add_lower(out, u->scheme);
	buf_str(out, "://");
	if (u->user.n) {
		buf_sv(out, u->user);
		buf_ch(out, '@');
	}
	add_lower(out, u->host);
	if (!default_port(u->scheme, u->port)) {
		buf_ch(out, ':');
		buf_sv(out, u->port);
	}
}

static void
add_tail(struct buf *out, const struct url *u)
{
	if (u->query.p) {
		buf_ch(out, '?');
		buf_sv(out, u->query);
	}
	if (u->fragment.p) {
		buf_ch(out, '#');
		buf_sv(out, u->fragment);
	}
}

static int
check_scheme(const struct url *u, struct err *err)
{
	if (special(u->scheme))
		return 0;
	return err_set(err, ERR_INVALID_URL,
	    "the scheme \"%.*s:\" is not rendered; only http and https are",
	    (int)MIN(u->scheme.n, (size_t)40), u->scheme.p);
}

// "example.org/x" and "example.org:8080/x" are meant as https; "mailto:x" is not.
static bool
lacks_scheme(struct sv t)
{
	size_t n = scheme_len(t);

	if (!n)
		return true;
	return memchr(t.p, '.', n) && n + 1 < t.n && isdigit((unsigned char)t.p[n + 1]);
}

// Special schemes need no "//" ("http:example.org", "https:/example.org"): put exactly two in.
static void
fix_slashes(struct buf *text)
{
	cleanup_buf fixed = BUF_INIT;
	size_t n = scheme_len(buf_view(text)), i;

	if (!n || !special((struct sv){text->p, n}))
		return;
	for (i = n + 1; i < text->n && text->p[i] == '/';)
		i++;
	if (i == n + 3)
		return;
	buf_add(&fixed, text->p, n + 1);
	buf_str(&fixed, "//");
	buf_add(&fixed, text->p + i, text->n - i);
	buf_reset(text);
	buf_sv(text, buf_view(&fixed));
}

int
url_check(struct sv text, struct buf *out, struct err *err)
{
	cleanup_buf t = BUF_INIT_MAX(URL_MAX_BYTES), full = BUF_INIT_MAX(URL_MAX_BYTES + 16);
	struct url u;
	int rc;

	normalise_text(text, &t);
	if (t.overflow)
		return err_set(err, ERR_INVALID_URL, "longer than %d bytes", URL_MAX_BYTES);
	if (t.n == 0)
		return err_set(err, ERR_INVALID_URL, "the URL is empty");
	if (lacks_scheme(buf_view(&t)))
		buf_str(&full, sv_starts(buf_view(&t), "//") ? "https:" : "https://");
	buf_sv(&full, buf_view(&t));
	if (!url_split(buf_view(&full), &u) || check_scheme(&u, err) != 0)
		return err && err->code ? err->code : err_set(err, ERR_INVALID_URL, NULL);
	fix_slashes(&full);
	if (!url_split(buf_view(&full), &u) || !u.host.n || bad_host_char(u.host))
		return err_set(err, ERR_INVALID_URL, "no valid host in the URL");
	rc = check_port(u.port, err);
	if (rc != 0)
		return rc;
	add_authority(out, &u);
	if (!u.path.n)
		buf_ch(out, '/');
	buf_sv(out, u.path);
	add_tail(out, &u);
	return 0;
}

// RFC 3986 §5.2.4, with one pass over the segments.
static void
add_path_without_dots(struct buf *out, struct sv path)
{
	size_t start = out->n, i = 0;

	while (i < path.n) {
		struct sv rest = {path.p + i + 1, path.n - i - 1};
		struct sv seg = {rest.p, span_until(rest, "/")};
		bool last = i + 1 + seg.n >= path.n;

		if (sv_eq_str(seg, "..")) {
			while (out->n > start && out->p[--out->n] != '/')
				;
			if (last)
				buf_ch(out, '/');
		} else if (!sv_eq_str(seg, ".")) {
			buf_ch(out, '/');
			buf_sv(out, seg);
		} else if (last) {
			buf_ch(out, '/');
		}
		i += 1 + seg.n;
	}
	if (out->n == start)
		buf_ch(out, '/');
	if (out->p)
		out->p[out->n] = '\0';
}

static void
merge_path(struct buf *merged, struct sv base_path, struct sv ref_path)
{
	const char *slash = base_path.n ? memrchr(base_path.p, '/', base_path.n) : NULL;

	if (slash)
		buf_add(merged, base_path.p, (size_t)(slash - base_path.p) + 1);
	else
		buf_ch(merged, '/');
	buf_sv(merged, ref_path);
}

static bool
resolve_relative(const struct url *b, struct sv ref, struct buf *out)
{
	cleanup_buf merged = BUF_INIT;
	struct url r = {0};
	size_t i = span_until(ref, "#");

	if (i < ref.n)
		r.fragment = (struct sv){ref.p + i + 1, ref.n - i - 1};
	ref.n = i;
	i = span_until(ref, "?");
	if (i < ref.n)
		r.query = (struct sv){ref.p + i + 1, ref.n - i - 1};
	r.path = (struct sv){ref.p, i};
	add_authority(out, b);
	if (!r.path.n) {
		add_path_without_dots(out, b->path);
		if (!r.query.p)
			r.query = b->query;
	} else if (r.path.p[0] == '/') {
		add_path_without_dots(out, r.path);
	} else {
		merge_path(&merged, b->path, r.path);
		add_path_without_dots(out, buf_view(&merged));
	}
	add_tail(out, &r);
	return true;
}

static bool
resolve_absolute(struct buf *text, struct buf *out)
{
	struct url u;

	if (!url_split(buf_view(text), &u))
		return false;
	if (!special(u.scheme)) {
		buf_sv(out, buf_view(text));
		return true;
	}
	fix_slashes(text);
	if (!url_split(buf_view(text), &u) || !u.host.n)
		return false;
	add_authority(out, &u);
	add_path_without_dots(out, u.path);
	add_tail(out, &u);
	return true;
}

bool
url_resolve(struct sv base, struct sv ref, struct buf *out)
{
	cleanup_buf t = BUF_INIT_MAX((size_t)1 << 20);
	struct url b;

	normalise_text(ref, &t);
	if (t.overflow)
		return false;
	if (scheme_len(buf_view(&t)))
		return resolve_absolute(&t, out);
	if (!url_split(base, &b) || !b.host.n)
		return false;
	if (sv_starts(buf_view(&t), "//")) {
		cleanup_buf full = BUF_INIT;

		buf_sv(&full, b.scheme);
		buf_ch(&full, ':');
		buf_sv(&full, buf_view(&t));
		return resolve_absolute(&full, out);
	}
	return resolve_relative(&b, buf_view(&t), out);
}

bool
url_origin(struct sv text, struct buf *out)
{
	struct url u;

	if (!url_split(text, &u) || !special(u.scheme) || !u.host.n)
		return false;
	u.user = SV_NULL;
	add_authority(out, &u);
	return true;
}
