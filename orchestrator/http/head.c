// SPDX-License-Identifier: Apache-2.0
// The head of a request, strictly by RFC 9112: what two readers could understand differently is
// refused (that is how requests are smuggled). Pure: views into the caller's text.
#include "orchestrator/http/http_parse.h"

#include <strings.h>

const char *const http_method_names[] = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "other"};

// --- characters ---

enum { C_TOKEN = 1, C_PATH = 2, C_QUERY = 4, C_VALUE = 8, C_HOST = 16, C_DIGIT = 32 };

// RFC 9110 5.6.2 tchar; RFC 3986 pchar and "/"; what browsers leave as it is in a query;
// field-vchar with obs-text, space and tab; the characters of host names and IPv4 addresses.
#define ALNUM (C_TOKEN | C_PATH | C_QUERY | C_VALUE | C_HOST)
static const unsigned char classes[256] = {
    ['\t'] = C_VALUE,
    [' '] = C_VALUE,
    ['!'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    ['"'] = C_QUERY | C_VALUE,
    ['#'] = C_TOKEN | C_VALUE,
    ['$'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    ['%'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    ['&'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    ['\''] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    ['('] = C_PATH | C_QUERY | C_VALUE,
    [')'] = C_PATH | C_QUERY | C_VALUE,
    ['*'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    ['+'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE,
    [','] = C_PATH | C_QUERY | C_VALUE,
    ['-'] = ALNUM,
    ['.'] = ALNUM,
    ['/'] = C_PATH | C_QUERY | C_VALUE,
    ['0' ... '9'] = ALNUM | C_DIGIT,
    [':'] = C_PATH | C_QUERY | C_VALUE,
    [';'] = C_PATH | C_QUERY | C_VALUE,
    ['<'] = C_VALUE,
    ['='] = C_PATH | C_QUERY | C_VALUE,
    ['>'] = C_VALUE,
    ['?'] = C_QUERY | C_VALUE,
    ['@'] = C_PATH | C_QUERY | C_VALUE,
    ['A' ... 'Z'] = ALNUM,
    ['['] = C_QUERY | C_VALUE,
    ['\\'] = C_QUERY | C_VALUE,
    [']'] = C_QUERY | C_VALUE,
    ['^'] = C_TOKEN | C_QUERY | C_VALUE,
    ['_'] = ALNUM,
    ['`'] = C_TOKEN | C_QUERY | C_VALUE,
    ['a' ... 'z'] = ALNUM,
    ['{'] = C_QUERY | C_VALUE,
    ['|'] = C_TOKEN | C_QUERY | C_VALUE,
    ['}'] = C_QUERY | C_VALUE,
    ['~'] = C_TOKEN | C_PATH | C_QUERY | C_VALUE | C_HOST,
    [0x80 ... 0xff] = C_VALUE,
};

static bool
all_of(struct sv v, unsigned char class)
{
	for (size_t i = 0; i < v.n; i++)
		if (!(classes[(unsigned char)v.p[i]] & class))
			return false;
	return true;
}

bool
http_is_token(struct sv v)
{
	return v.n > 0 && all_of(v, C_TOKEN);
}

static struct sv
trim_ows(struct sv v)
{
	while (v.n && (v.p[0] == ' ' || v.p[0] == '\t')) {
		v.p++;
		v.n--;
	}
	while (v.n && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	return v;
}

// The next member of a comma-separated list, without its white space; false at the end.
static bool
list_next(struct sv *rest, struct sv *member)
{
	const char *comma;
	size_t n;

	if (!rest->p)
		return false;
	comma = rest->n ? memchr(rest->p, ',', rest->n) : NULL;
	n = comma ? (size_t)(comma - rest->p) : rest->n;
	*member = trim_ows((struct sv){rest->p, n});
	*rest = comma ? (struct sv){comma + 1, rest->n - n - 1} : SV_NULL;
	return true;
}

bool
http_list_has(struct sv list, const char *token)
{
	struct sv member;

	while (list_next(&list, &member))
		if (sv_ieq_str(member, token))
			return true;
	return false;
}

// --- where it ends ---

// 0, or why more of this text can't become a head.
static int
scan_limits(const struct http_scan *s, struct sv text, size_t max, struct err *err)
{
	size_t first = s->line ? 0 : text.n;

	if (first > MIN(HTTP_MAX_REQUEST_LINE, max))
		return err_set(err, ERR_URI_TOO_LONG, "the request line is longer than %zu bytes",
		    MIN(HTTP_MAX_REQUEST_LINE, max));
	if (text.n > max)
		return err_set(err, ERR_HEAD_TOO_LARGE, "the head is longer than %zu bytes", max);
	return 0;
}

ssize_t
http_head_scan(struct http_scan *s, struct sv text, size_t max, struct err *err)
{
	const char *lf;
	int rc;

	if (text.n && text.p[0] != '\r' && !(classes[(unsigned char)text.p[0]] & C_TOKEN))
		return err_set(err, ERR_BAD_HTTP, "the request line does not begin with a method");
	while (s->seen < text.n && (lf = memchr(text.p + s->seen, '\n', text.n - s->seen))) {
		size_t at = (size_t)(lf - text.p), start = s->line;

		if (at == start || text.p[at - 1] != '\r')
			return err_set(err, ERR_BAD_HTTP, "a line ends without CR");
		if (start == 0 && at + 1 > MIN(HTTP_MAX_REQUEST_LINE, max))
			break;
		if (at + 1 > max)
			break;
		s->seen = s->line = at + 1;
		if (at - 1 == start)
			return (ssize_t)s->seen;
	}
	rc = scan_limits(s, text, max, err);
	if (rc)
		return rc;
	s->seen = text.n;
	return 0;
}

// --- the request line ---

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_BAD_HTTP, "%s", why);
}

static struct sv
cut(struct sv *rest, char at)
{
	const char *p = rest->n ? memchr(rest->p, at, rest->n) : NULL;
	struct sv head;

	if (!p)
		return SV_NULL;
	head = (struct sv){rest->p, (size_t)(p - rest->p)};
	*rest = (struct sv){p + 1, rest->n - head.n - 1};
	return head;
}

static int
read_version(struct sv v, struct http_head *h, struct err *err)
{
	if (v.n != 8 || memcmp(v.p, "HTTP/", 5) != 0 || v.p[6] != '.' ||
	    !(classes[(unsigned char)v.p[5]] & C_DIGIT) ||
	    !(classes[(unsigned char)v.p[7]] & C_DIGIT))
		return bad(err, "the request line does not end in a version");
	if (v.p[5] != '1' || v.p[7] > '1')
		return err_set(err, ERR_HTTP_VERSION,
		    "HTTP/%c.%c is not spoken here, HTTP/1.1 and HTTP/1.0 are", v.p[5], v.p[7]);
	h->minor = v.p[7] - '0';
	return 0;
}

// One character of a path, percent-decoded: -1 for a bad escape.
static int
path_char(struct sv v, size_t *i)
{
	int hi, lo;

	if (v.p[*i] != '%')
		return (unsigned char)v.p[(*i)++];
	if (v.n - *i < 3 || (hi = sv_hex(v.p[*i + 1])) < 0 || (lo = sv_hex(v.p[*i + 2])) < 0)
		return -1;
	*i += 3;
	return hi << 4 | lo;
}

// No bad escapes, no %00, no segment "." or ".." in whatever spelling: nobody honest sends them.
static int
check_path(struct sv path, struct err *err)
{
	size_t dots = 0, others = 0;

	if (!all_of(path, C_PATH))
		return bad(err, "the path has a character that must be percent-encoded");
	for (size_t i = 0; i < path.n;) {
		int c = path_char(path, &i);

		if (c <= 0)
			return bad(err, c ? "a bad percent escape in the path" : "%00 in the path");
		dots += c == '.';
		others += c != '.' && c != '/' && c != '\\';
		if (c != '/' && c != '\\' && i < path.n)
			continue;
		if (!others && (dots == 1 || dots == 2))
			return bad(err, "a dot segment in the path");
		dots = others = 0;
	}
	return 0;
}

static int
check_query(struct sv query, struct err *err)
{
	if (!all_of(query, C_QUERY))
		return bad(err, "the query has a character that must be percent-encoded");
	for (size_t i = 0; i + 2 < query.n; i++)
		if (memcmp(query.p + i, "%00", 3) == 0)
			return bad(err, "%00 in the query");
	return 0;
}

// RFC 9112 3.2: origin-form; absolute-form as a proxy gets it, its authority in h->host for a
// comparison with Host; asterisk-form for OPTIONS.
static int
read_target(struct http_head *h, struct err *err)
{
	struct sv rest = h->target;
	size_t scheme = sv_istarts(rest, "http://") ? 7 : sv_istarts(rest, "https://") ? 8 : 0;
	int rc;

	if (sv_eq_str(rest, "*") && h->method == HTTP_OPTIONS) {
		h->path = rest;
		return 0;
	}
	if (scheme) {
		const char *end;

		rest = (struct sv){rest.p + scheme, rest.n - scheme};
		end = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
		h->host = (struct sv){rest.p, end ? (size_t)(end - rest.p) : rest.n};
		rest = (struct sv){rest.p + h->host.n, rest.n - h->host.n};
	}
	if (rest.n == 0 || rest.p[0] != '/')
		return bad(err, "the target is not a path");
	h->path = rest;
	if (memchr(rest.p, '?', rest.n)) {
		h->path = cut(&rest, '?');
		h->query = rest;
	}
	rc = check_path(h->path, err);
	return rc ? rc : check_query(h->query, err);
}

static int
read_request_line(struct sv line, struct http_head *h, struct err *err)
{
	struct sv method = cut(&line, ' '), target = cut(&line, ' ');
	int rc;

	if (!http_is_token(method) || !target.n)
		return bad(err, "the request line is not METHOD SP TARGET SP VERSION");
	rc = read_version(line, h, err);
	if (rc)
		return rc;
	h->method = HTTP_METHOD_OTHER;
	for (int i = 0; i < HTTP_METHOD_OTHER; i++)
		if (sv_eq_str(method, http_method_names[i]))
			h->method = (enum http_method)i;
	h->target = target;
	return read_target(h, err);
}

// --- fields ---

struct head_reader {
	struct http_head *h;
	struct sv authority; // of an absolute-form target
	uint32_t once;       // bits of known[]
	bool has_coding, close, keep;
	struct err *err;
};

// RFC 3986 host [":" port], without user information; one of them.
static int
field_host(struct head_reader *r, struct sv v)
{
	struct sv host = v, port = SV_NULL;
	size_t n = 0;
	bool good;

	if (v.n && v.p[0] == '[') {
		const char *end = memchr(v.p, ']', v.n);

		n = end ? (size_t)(end - v.p) + 1 : 0;
		good = n > 3;
		for (size_t i = 1; i + 1 < n; i++)
			good = good && (sv_hex(v.p[i]) >= 0 || v.p[i] == ':' || v.p[i] == '.');
	} else {
		const char *colon = v.n ? memchr(v.p, ':', v.n) : NULL;

		n = colon ? (size_t)(colon - v.p) : v.n;
		host.n = n;
		good = n > 0 && n <= 255 && all_of(host, C_HOST);
	}
	if (good && n < v.n) {
		port = (struct sv){v.p + n + 1, v.n - n - 1};
		good = v.p[n] == ':' && port.n <= 5 && all_of(port, C_DIGIT);
	}
	if (!good)
		return bad(r->err, "Host is not a host");
	r->h->host = v;
	return 0;
}

static int
field_length(struct head_reader *r, struct sv v)
{
	uint64_t n = 0;

	if (v.n == 0 || !all_of(v, C_DIGIT))
		return bad(r->err, "Content-Length is not a number");
	for (size_t i = 0; i < v.n; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(v.p[i] - '0'), &n) || n > INT64_MAX)
			return err_set(r->err, ERR_TOO_LARGE, "the body is too large");
	r->h->length = n;
	r->h->has_length = true;
	return 0;
}

static int
field_coding(struct head_reader *r, struct sv v)
{
	if (r->h->minor == 0)
		return bad(r->err, "Transfer-Encoding in HTTP/1.0");
	if (!sv_ieq_str(v, "chunked"))
		return err_set(r->err, ERR_NOT_IMPLEMENTED,
		    "the only transfer coding that is read here is \"chunked\"");
	r->h->chunked = r->has_coding = true;
	return 0;
}

static int
field_connection(struct head_reader *r, struct sv v)
{
	r->close |= http_list_has(v, "close");
	r->keep |= http_list_has(v, "keep-alive");
	return 0;
}

// RFC 9110 10.1.1: an expectation in an HTTP/1.0 request is ignored.
static int
field_expect(struct head_reader *r, struct sv v)
{
	if (r->h->minor == 0)
		return 0;
	if (!sv_ieq_str(v, "100-continue"))
		return err_set(r->err, ERR_EXPECTATION, NULL);
	r->h->expect_continue = true;
	return 0;
}

// Fields that the framing depends on, and those that may stand once: of two, a proxy in front might
// look at the other one.
static const struct {
	const char *name;
	int (*fn)(struct head_reader *r, struct sv value);
	bool once;
} known[] = {
    {"host", field_host, true},
    {"content-length", field_length, true},
    {"transfer-encoding", field_coding, true},
    {"connection", field_connection, false},
    {"expect", field_expect, true},
    {"authorization", NULL, true},
    {"content-type", NULL, true},
    {"content-encoding", NULL, true},
    {"idempotency-key", NULL, true},
    {"if-range", NULL, true},
    {"last-event-id", NULL, true},
    {"origin", NULL, true},
    {"range", NULL, true},
    {"sec-websocket-key", NULL, true},
    {"sec-websocket-version", NULL, true},
    {"traceparent", NULL, true},
    {"x-api-key", NULL, true},
    {"x-request-id", NULL, true},
};

static int
note_field(struct head_reader *r, const struct http_field *f)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!sv_ieq_str(f->name, known[i].name))
			continue;
		if (known[i].once && (r->once & (1U << i)))
			return err_set(
			    r->err, ERR_BAD_HTTP, "the field %s stands twice", known[i].name);
		r->once |= 1U << i;
		return known[i].fn ? known[i].fn(r, f->value) : 0;
	}
	return 0;
}

static int
read_field(struct head_reader *r, struct sv line)
{
	struct http_head *h = r->h;
	struct http_field f;

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return bad(r->err, "a field is continued on a second line");
	if (h->n_fields == HTTP_MAX_HEADERS)
		return err_set(r->err, ERR_HEAD_TOO_LARGE, "more than %d fields", HTTP_MAX_HEADERS);
	f.name = cut(&line, ':');
	f.value = trim_ows(line);
	if (!http_is_token(f.name))
		return bad(r->err, "a line of the head is not NAME: VALUE");
	if (!all_of(f.value, C_VALUE))
		return bad(r->err, "a control character in a field");
	h->fields[h->n_fields++] = f;
	return note_field(r, &f);
}

// What follows from all of them together (RFC 9112 3.2, 6.3, 9.3).
static int
conclude(struct head_reader *r)
{
	struct http_head *h = r->h;

	if (!h->host.p && h->minor == 1)
		return bad(r->err, "Host is missing");
	if (r->authority.p && !(r->once & 1 && h->host.n == r->authority.n &&
				  strncasecmp(h->host.p, r->authority.p, h->host.n) == 0))
		return bad(r->err, "the target's host is not that of Host");
	if (r->has_coding && h->has_length)
		return bad(r->err, "both Content-Length and Transfer-Encoding");
	if (h->minor == 0 && !h->has_length && (h->method == HTTP_POST || h->method == HTTP_PUT))
		return err_set(r->err, ERR_LENGTH_REQUIRED, NULL);
	h->keep_alive = !r->close && (h->minor == 1 || r->keep);
	return 0;
}

// A line without its CR LF.
static struct sv
next_line(struct sv *rest)
{
	struct sv line = cut(rest, '\n');

	if (line.n)
		line.n--;
	return line;
}

int
http_head_parse(struct sv text, struct http_head *out, struct err *err)
{
	struct head_reader r = {.h = out, .err = err};
	struct sv line = next_line(&text);
	int rc;

	out->n_fields = 0;
	out->query = out->host = SV_NULL;
	out->keep_alive = out->chunked = out->has_length = out->expect_continue = false;
	out->length = 0;
	rc = read_request_line(line, out, err);
	r.authority = out->host;
	out->host = SV_NULL;
	while (rc == 0 && (line = next_line(&text)).n > 0)
		rc = read_field(&r, line);
	return rc ? rc : conclude(&r);
}
