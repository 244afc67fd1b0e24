// SPDX-License-Identifier: Apache-2.0
// Splitting, checking and resolving URLs (WHATWG URL, RFC 3986 §5.2). Pure, any thread.
// What is checked must be what is loaded: so backslashes, missing or surplus slashes and odd
// spellings of the host are read as Chromium reads them, and only the canonical form goes out.
#include "base/url.h"

#include <stdio.h>

#define URL_MAX_BYTES ((size_t)65536)

// Percent-encode sets beside controls, space and non-ASCII (WHATWG URL §1.3).
#define PATH_SET     "\"#<>?`{}"
#define QUERY_SET    "\"#<>'"
#define FRAGMENT_SET "\"<>`"
#define USER_SET     "\"#<>?`{}/;=@[\\]^|"

struct set { // of ASCII characters
	uint64_t bits[2];
};

static struct set
set_of(const char *chars)
{
	struct set s = {{0, 0}};

	for (; *chars; chars++)
		s.bits[*chars >> 6 & 1] |= (uint64_t)1 << (*chars & 63);
	return s;
}

static bool
in_set(char c, struct set s)
{
	return !((unsigned char)c & 0x80) && (s.bits[c >> 6] >> (c & 63) & 1);
}

static bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

static size_t
span_until(struct sv t, const char *stops)
{
	struct set set = set_of(stops);
	size_t i = 0;

	while (i < t.n && !in_set(t.p[i], set))
		i++;
	return i;
}

static struct sv
from(struct sv t, size_t i)
{
	return (struct sv){t.p + i, t.n - i};
}

static struct sv
take(struct sv *t, size_t n)
{
	struct sv part = {t->p, n};

	*t = from(*t, n);
	return part;
}

static size_t
scheme_len(struct sv t)
{
	size_t i = 0;

	if (!t.n || !sv_is_alpha(t.p[0]))
		return 0;
	while (i < t.n && (sv_is_alnum(t.p[i]) || t.p[i] == '+' || t.p[i] == '-' || t.p[i] == '.'))
		i++;
	return i < t.n && t.p[i] == ':' ? i : 0;
}

static bool
is_web(struct sv scheme)
{
	return sv_ieq_str(scheme, "http") || sv_ieq_str(scheme, "https");
}

static void
split_authority(struct sv a, struct url *out)
{
	const char *at = a.n ? memrchr(a.p, '@', a.n) : NULL;
	size_t i;

	if (at) {
		out->user = take(&a, (size_t)(at - a.p));
		a = from(a, 1);
	}
	i = a.n && a.p[0] == '[' ? span_until(a, "]") : span_until(a, ":");
	if (a.n && a.p[0] == '[' && i < a.n)
		i++;
	out->host = take(&a, i);
	// What follows a bracket other than ':' spoils the host, so that it is refused later.
	if (a.n && a.p[0] == ':')
		out->port = from(a, 1);
	else
		out->host.n += a.n;
}

// Path, query and fragment of what follows the authority.
static void
split_tail(struct sv t, struct url *out)
{
	size_t i = span_until(t, "#");

	if (i < t.n)
		out->fragment = from(t, i + 1);
	t.n = i;
	out->path = take(&t, span_until(t, "?"));
	if (t.n)
		out->query = from(t, 1);
}

bool
url_split(struct sv t, struct url *out)
{
	size_t n = scheme_len(t), slashes = 0;
	bool web;

	*out = (struct url){0};
	if (!n)
		return false;
	out->scheme = take(&t, n);
	t = from(t, 1);
	web = is_web(out->scheme);
	while (slashes < t.n && (web ? is_slash(t.p[slashes]) : t.p[slashes] == '/' && slashes < 2))
		slashes++;
	if (web || slashes == 2) {
		t = from(t, slashes);
		split_authority(take(&t, span_until(t, web ? "/\\?#" : "/?#")), out);
	}
	split_tail(t, out);
	return true;
}

// --- writing the canonical form ---

static void
add_lower(struct buf *out, struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		buf_ch(out, sv_lower(v.p[i]));
}

static void
add_encoded(struct buf *out, struct sv v, const char *set)
{
	struct set encoded = set_of(set);
	size_t plain = 0; // where the characters not yet written begin

	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c > 0x20 && c < 0x7f && !in_set((char)c, encoded))
			continue;
		buf_sv(out, (struct sv){v.p + plain, i - plain});
		buf_fmt(out, "%%%02X", c);
		plain = i + 1;
	}
	if (v.n > plain)
		buf_sv(out, from(v, plain));
}

static void
add_user(struct buf *out, struct sv user)
{
	struct sv name = user.n ? take(&user, span_until(user, ":")) : SV_NULL;

	if (!name.n && user.n <= 1)
		return;
	add_encoded(out, name, USER_SET);
	if (user.n > 1) {
		buf_ch(out, ':');
		add_encoded(out, from(user, 1), USER_SET ":");
	}
	buf_ch(out, '@');
}

static int
usual_port(struct sv scheme)
{
	return sv_ieq_str(scheme, "http") || sv_ieq_str(scheme, "ws") ? 80 : 443;
}

// The port's number, 0 for the scheme's default, or -1.
static int
port_number(struct sv scheme, struct sv port)
{
	int v = 0, usual = usual_port(scheme);

	for (size_t i = 0; i < port.n; i++)
		if (!sv_is_digit(port.p[i]) || (v = v * 10 + (port.p[i] - '0')) > 65535)
			return -1;
	return port.n == 0 || v == usual ? 0 : v;
}

int
url_port(const struct url *u)
{
	int v = port_number(u->scheme, u->port);

	return v == 0 ? usual_port(u->scheme) : v;
}

static bool
add_authority(struct buf *out, const struct url *u, bool with_user)
{
	int port = port_number(u->scheme, u->port);

	add_lower(out, u->scheme);
	buf_str(out, "://");
	if (with_user)
		add_user(out, u->user);
	if (port < 0 || !host_canonical(u->host, out))
		return false;
	if (port > 0)
		buf_fmt(out, ":%d", port);
	return true;
}

// 1 for ".", 2 for "..", percent-encoded dots too; else 0.
static int
dots(struct sv seg)
{
	int n = 0;

	while (seg.n && n < 3) {
		size_t len = seg.p[0] == '.' ? 1 : sv_istarts(seg, "%2e") ? 3 : 0;

		if (!len)
			return 0;
		seg = from(seg, len);
		n++;
	}
	return n > 2 ? 0 : n;
}

static void
drop_segment(struct buf *out, size_t start)
{
	while (out->n > start && out->p[--out->n] != '/')
		;
}

// RFC 3986 §5.2.4 in one pass over the segments; `path` begins with a slash or is empty.
static void
add_path(struct buf *out, struct sv path)
{
	size_t start = out->n;

	while (path.n) {
		struct sv rest = from(path, 1), seg = take(&rest, span_until(rest, "/\\"));
		int d = dots(seg);

		if (d == 2)
			drop_segment(out, start);
		if (d == 0 || !rest.n) {
			buf_ch(out, '/');
			add_encoded(out, d ? SV_NULL : seg, PATH_SET);
		}
		path = rest;
	}
	if (out->n == start)
		buf_ch(out, '/');
}

// False, and `out` as before, when the parts are no URL.
static bool
add_url(struct buf *out, const struct url *u)
{
	size_t start = out->n;

	if (!add_authority(out, u, true)) {
		out->n = start;
		return false;
	}
	add_path(out, u->path);
	if (u->query.p) {
		buf_ch(out, '?');
		add_encoded(out, u->query, QUERY_SET);
	}
	if (u->fragment.p) {
		buf_ch(out, '#');
		add_encoded(out, u->fragment, FRAGMENT_SET);
	}
	return !out->overflow;
}

// WHATWG basic URL parser, steps 1 to 3: trim C0 controls and spaces, drop tabs and newlines.
static void
add_cleaned(struct buf *out, struct sv t)
{
	while (t.n && (unsigned char)t.p[0] <= 0x20)
		t = from(t, 1);
	while (t.n && (unsigned char)t.p[t.n - 1] <= 0x20)
		t.n--;
	while (t.n) {
		buf_sv(out, take(&t, span_until(t, "\t\r\n")));
		t = t.n ? from(t, 1) : t;
	}
}

// --- what a user gave ---

// "localhost:3000" and "example.org:8080/x" are a host and a port; "mailto:1@x" and "tel:1" are
// not.
static bool
is_host_and_port(struct sv t, size_t n)
{
	struct sv name = take(&t, n), port = from(t, 1);
	size_t digits = 0;

	while (digits < port.n && sv_is_digit(port.p[digits]))
		digits++;
	return digits > 0 && (digits == port.n || in_set(port.p[digits], set_of("/\\?#"))) &&
	       (sv_ieq_str(name, "localhost") || memchr(name.p, '.', name.n));
}

static int
complete_scheme(struct sv t, struct buf *out, struct err *err)
{
	size_t n = scheme_len(t);

	if (!t.n)
		return err_set(err, ERR_INVALID_URL, "the URL is empty");
	if (n && !is_web((struct sv){t.p, n}) && !is_host_and_port(t, n))
		return err_set(err, ERR_INVALID_URL,
		    "the scheme \"%.*s:\" is not rendered; only http and https are",
		    (int)MIN(n, (size_t)40), t.p);
	if (is_slash(t.p[0]) && (t.n == 1 || !is_slash(t.p[1])))
		return err_set(err, ERR_INVALID_URL,
		    "expected an absolute URL such as https://example.org/, not a path");
	if (!n || !is_web((struct sv){t.p, n}))
		buf_str(out, "https://");
	buf_sv(out, t);
	return 0;
}

static int
why_not(const struct url *u, struct err *err)
{
	if (!u->host.n)
		return err_set(err, ERR_INVALID_URL, "the URL has no host");
	if (port_number(u->scheme, u->port) < 0)
		return err_set(err, ERR_INVALID_URL, "the port is not a number up to 65535");
	return err_set(err, ERR_INVALID_URL, "the host \"%.*s\" is not valid",
	    (int)MIN(u->host.n, (size_t)100), u->host.p);
}

int
url_check(struct sv text, struct buf *out, struct err *err)
{
	cleanup_buf t = BUF_INIT_MAX(URL_MAX_BYTES), full = BUF_INIT_MAX(URL_MAX_BYTES + 16);
	struct url u;
	int rc;

	add_cleaned(&t, text);
	if (t.overflow)
		return err_set(
		    err, ERR_INVALID_URL, "the URL is longer than %zu bytes", URL_MAX_BYTES);
	rc = complete_scheme(buf_view(&t), &full, err);
	if (rc != 0)
		return rc;
	if (!url_split(buf_view(&full), &u))
		return err_set(err, ERR_INVALID_URL, NULL);
	return add_url(out, &u) ? 0 : why_not(&u, err);
}

// --- references ---

static bool
resolve_absolute(struct sv scheme, struct sv rest, struct buf *out)
{
	cleanup_buf full = BUF_INIT;
	struct url u;

	buf_sv(&full, scheme);
	buf_ch(&full, ':');
	buf_sv(&full, rest);
	return url_split(buf_view(&full), &u) && add_url(out, &u);
}

// The base path up to its last slash, then the reference's path.
static void
merge_path(struct buf *merged, struct sv base, struct sv ref)
{
	while (base.n && !is_slash(base.p[base.n - 1]))
		base.n--;
	buf_sv(merged, base.n ? base : SV("/"));
	buf_sv(merged, ref);
}

// Path, query and fragment that add_url would write as they are. Most references of pages are; the
// others, and those in doubt, take the longer way.
static bool
is_plain_tail(struct sv t)
{
	enum { DOUBTFUL, PLAIN, SLASH };
	static const uint8_t kinds[256] = {
	    ['!'] = PLAIN,
	    ['#' ... '&'] = PLAIN,
	    ['(' ... '.'] = PLAIN,
	    ['/'] = SLASH,
	    ['0' ... ';'] = PLAIN,
	    ['='] = PLAIN,
	    ['?' ... '['] = PLAIN,
	    [']'] = PLAIN,
	    ['_'] = PLAIN,
	    ['a' ... 'z'] = PLAIN,
	    ['~'] = PLAIN,
	};

	if (t.n == 0 || t.p[0] != '/')
		return false;
	for (size_t i = 0; i < t.n; i++) {
		uint8_t kind = kinds[(unsigned char)t.p[i]];

		if (kind == DOUBTFUL)
			return false;
		if (kind == SLASH && i + 1 < t.n && (t.p[i + 1] == '.' || t.p[i + 1] == '%'))
			return false;
	}
	return true;
}

// The length of http://host in canonical form, before a slash or the end: a lower-case host that is
// no number, no user, no port. 0: it is in doubt.
static size_t
plain_origin(struct sv t)
{
	size_t i = sv_starts(t, "https://")  ? 8
		   : sv_starts(t, "http://") ? 7
					     : 0,
	       host = i, label = i;

	if (i == 0)
		return 0;
	for (; i < t.n && t.p[i] != '/'; i++) {
		char c = t.p[i];

		if (!(c >= 'a' && c <= 'z') && !sv_is_digit(c) && c != '-' && c != '.')
			return 0;
		if (c == '.' && i == label)
			return 0;
		label = c == '.' ? i + 1 : label;
	}
	return i > label && i - host < 200 && t.p[label] >= 'a' && t.p[label] <= 'z' ? i : 0;
}

// What needs no more than to be put together, as most references do. False: it is in doubt.
static bool
resolve_plain(struct sv base, struct sv ref, struct buf *out)
{
	size_t origin = plain_origin(ref);

	if (origin > 0 && is_plain_tail(from(ref, origin))) {
		buf_sv(out, ref);
		return true;
	}
	if (!is_plain_tail(ref) || (ref.n > 1 && ref.p[1] == '/'))
		return false;
	origin = plain_origin(base);
	if (origin == 0)
		return false;
	buf_reserve(out, origin + ref.n);
	buf_sv(out, take(&base, origin));
	buf_sv(out, ref);
	return true;
}

static bool
resolve_relative(const struct url *base, struct sv ref, struct buf *out)
{
	cleanup_buf merged = BUF_INIT;
	struct url u = *base, r = {0};

	if (ref.n >= 2 && is_slash(ref.p[0]) && is_slash(ref.p[1]))
		return resolve_absolute(base->scheme, ref, out);
	split_tail(ref, &r);
	u.fragment = r.fragment;
	if (r.path.n || r.query.p)
		u.query = r.query;
	if (r.path.n && is_slash(r.path.p[0])) {
		u.path = r.path;
	} else if (r.path.n) {
		merge_path(&merged, base->path, r.path);
		u.path = buf_view(&merged);
	}
	return add_url(out, &u);
}

bool
url_resolve(struct sv base, struct sv ref, struct buf *out)
{
	cleanup_buf t = BUF_INIT_MAX((size_t)1 << 20);
	struct sv text, scheme;
	struct url b;
	size_t n;

	if (resolve_plain(base, ref, out))
		return !out->overflow;
	add_cleaned(&t, ref);
	if (t.overflow)
		return false;
	text = buf_view(&t);
	n = scheme_len(text);
	scheme = (struct sv){text.p, n};
	if (n && !is_web(scheme)) {
		buf_sv(out, text);
		return true;
	}
	if (!url_split(base, &b) || !is_web(b.scheme))
		return n && resolve_absolute(scheme, from(text, n + 1), out);
	if (n && (b.scheme.n != n || sv_starts(from(text, n + 1), "//")))
		return resolve_absolute(scheme, from(text, n + 1), out);
	// "https:x" under an https base is a relative reference (WHATWG: special relative state).
	return resolve_relative(&b, n ? from(text, n + 1) : text, out);
}

void
url_add_public(struct sv text, struct buf *out)
{
	struct url u;
	size_t before;

	if (!url_split(text, &u) || !u.user.p || u.user.p < text.p) {
		buf_sv(out, text);
		return;
	}
	before = (size_t)(u.user.p - text.p);
	buf_add(out, text.p, before);
	buf_add(out, u.user.p + u.user.n + 1, text.n - before - u.user.n - 1); // the '@'
}

bool
url_origin(struct sv text, struct buf *out)
{
	size_t start = out->n;
	struct url u;

	if (url_split(text, &u) && is_web(u.scheme) && add_authority(out, &u, false))
		return true;
	out->n = start;
	return false;
}
