// SPDX-License-Identifier: Apache-2.0
// Strict RFC 8259 validator: one pass with an explicit stack, no recursion; in API mode it also
// refuses duplicate keys, \u0000 and unpaired surrogates. cJSON only sees what passed here.
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 64

const struct json_limits json_limits_default = {
    .max_bytes = (size_t)16 << 20, .max_depth = DEPTH_MAX, .max_values = 50000};

struct key {
	char *text; // decoded
	size_t n, at;
};

struct keys { // of the objects that are open; one shared stack
	struct key *v;
	size_t n, cap;
};

struct validator {
	struct sv t;
	size_t i;
	enum json_mode mode;
	struct json_limits lim;
	unsigned depth, values;
	char open[DEPTH_MAX];        // '{' or '['
	size_t first_key[DEPTH_MAX]; // where the object's keys begin in `keys`
	struct keys keys;
	struct err *err;
};

// What stands at `at`, for a message.
static void
found(const struct validator *s, size_t at, char *out, size_t size)
{
	unsigned char c = at < s->t.n ? (unsigned char)s->t.p[at] : 0;
	size_t len = at < s->t.n ? utf8_seq(s->t.p + at, s->t.n - at) : 0;

	if (at >= s->t.n)
		snprintf(out, size, "the end of the text");
	else if (len == 0 || c < 0x20)
		snprintf(out, size, "byte 0x%02x", c);
	else
		snprintf(out, size, "'%.*s'", (int)len, s->t.p + at);
}

// Line and column count from 1, the column in characters; bytes count from 0.
static int
fail_code(struct validator *s, int code, size_t at, const char *what)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at && i < s->t.n; i++) {
		column += ((unsigned char)s->t.p[i] & 0xc0) != 0x80;
		if (s->t.p[i] == '\n') {
			column = 1;
			line++;
		}
	}
	return err_set(s->err, code, "line %zu, column %zu (byte %zu): %s", line, column, at, what);
}

static int
fail(struct validator *s, size_t at, const char *what)
{
	return fail_code(s, ERR_INVALID_JSON, at, what);
}

static int
expected(struct validator *s, const char *what)
{
	char text[128], here[32];

	found(s, s->i, here, sizeof(here));
	snprintf(text, sizeof(text), "expected %s, found %s", what, here);
	return fail(s, s->i, text);
}

static void
skip_space(struct validator *s)
{
	for (; s->i < s->t.n; s->i++) {
		char c = s->t.p[s->i];

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return;
	}
}

static int
hex4(struct validator *s, size_t at)
{
	int v = 0;

	if (at + 4 > s->t.n)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int d = sv_hex(s->t.p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

// \uXXXX with s->i at the backslash; the code point goes to *cp (a lone surrogate as U+FFFD).
static int
unicode(struct validator *s, unsigned *cp)
{
	int u = hex4(s, s->i + 2), low;

	if (u < 0)
		return fail(s, s->i, "expected four hexadecimal digits after \\u");
	if (u == 0 && s->mode == JSON_API)
		return fail_code(s, ERR_NULL_CHARACTER, s->i, "\\u0000 is not accepted");
	*cp = (unsigned)u;
	if (u >= 0xd800 && u < 0xdc00 && s->i + 12 <= s->t.n && s->t.p[s->i + 6] == '\\' &&
	    s->t.p[s->i + 7] == 'u' && (low = hex4(s, s->i + 8)) >= 0xdc00 && low < 0xe000) {
		*cp = 0x10000 + (((unsigned)u & 0x3ff) << 10 | ((unsigned)low & 0x3ff));
		s->i += 12;
		return 0;
	}
	if (u >= 0xd800 && u < 0xe000) {
		if (s->mode == JSON_API)
			return fail(s, s->i, "unpaired surrogate escape");
		*cp = 0xfffd;
	}
	s->i += 6;
	return 0;
}

static int
escape(struct validator *s, struct buf *decoded)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = s->i + 1 < s->t.n ? s->t.p[s->i + 1] : '\0';
	const char *at = c ? strchr(from, c) : NULL;
	unsigned cp = 0;
	int rc;

	if (at) {
		if (decoded)
			buf_ch(decoded, to[at - from]);
		s->i += 2;
		return 0;
	}
	if (c != 'u')
		return fail(s, s->i, "unknown escape in a string");
	rc = unicode(s, &cp);
	if (rc != 0)
		return rc;
	if (decoded)
		utf8_add(decoded, cp);
	return 0;
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

// Unescaped text up to the next quote or backslash.
static int
plain_text(struct validator *s, struct buf *decoded)
{
	size_t from = s->i;

	while (s->i < s->t.n && s->t.p[s->i] != '"' && s->t.p[s->i] != '\\') {
		size_t len = is_plain(s->t.p[s->i]) ? 1 : utf8_seq(s->t.p + s->i, s->t.n - s->i);

		if (len == 0)
			return fail(s, s->i, "the text is not UTF-8");
		if ((unsigned char)s->t.p[s->i] < 0x20)
			return fail(
			    s, s->i, "control character in a string; write it as an escape");
		s->i += len;
	}
	if (decoded)
		buf_add(decoded, s->t.p + from, s->i - from);
	return 0;
}

// A string, s->i at its quote; `decoded` may be NULL.
static int
string(struct validator *s, struct buf *decoded)
{
	size_t start = s->i++;

	while (s->i < s->t.n && s->t.p[s->i] != '"') {
		int rc = s->t.p[s->i] == '\\' ? escape(s, decoded) : plain_text(s, decoded);

		if (rc != 0)
			return rc;
	}
	if (s->i >= s->t.n)
		return fail(s, start, "a string that does not end");
	s->i++;
	return 0;
}

static size_t
digits(struct validator *s)
{
	size_t start = s->i;

	while (s->i < s->t.n && sv_is_digit(s->t.p[s->i]))
		s->i++;
	return s->i - start;
}

// What reads it later holds a double.
static int
check_number(struct validator *s, size_t start)
{
	struct sv number = {s->t.p + start, s->i - start};
	char text[64];
	cleanup_free char *longer = number.n < sizeof(text) ? NULL : sv_dup(number);

	if (!longer) {
		memcpy(text, number.p, number.n);
		text[number.n] = '\0';
	}
	if (isfinite(strtod(longer ? longer : text, NULL)))
		return 0;
	return fail(s, start, "the number is too large");
}

static int
number(struct validator *s)
{
	size_t start = s->i, whole;

	s->i += s->t.p[s->i] == '-';
	whole = s->i;
	if (digits(s) == 0)
		return expected(s, whole > start ? "a digit" : "a value");
	if (s->t.p[whole] == '0' && s->i - whole > 1)
		return fail(s, start, "a number with a leading zero");
	if (s->i < s->t.n && s->t.p[s->i] == '.') {
		s->i++;
		if (digits(s) == 0)
			return expected(s, "a digit after the decimal point");
	}
	if (s->i < s->t.n && (s->t.p[s->i] | 0x20) == 'e') {
		s->i++;
		if (s->i < s->t.n && (s->t.p[s->i] == '+' || s->t.p[s->i] == '-'))
			s->i++;
		if (digits(s) == 0)
			return expected(s, "a digit in the exponent");
	}
	return s->mode == JSON_API ? check_number(s, start) : 0;
}

static int
literal(struct validator *s)
{
	static const char *const words[] = {"true", "false", "null"};
	struct sv rest = {s->t.p + s->i, s->t.n - s->i};

	for (size_t k = 0; k < ARRAY_LEN(words); k++) {
		if (sv_starts(rest, words[k])) {
			s->i += strlen(words[k]);
			return 0;
		}
	}
	return number(s);
}

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int c = memcmp(x->text, y->text, MIN(x->n, y->n));

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

static void
drop_keys(struct validator *s, size_t from)
{
	while (s->keys.n > from)
		free(s->keys.v[--s->keys.n].text);
}

static int
duplicate(struct validator *s, const struct key *k)
{
	char text[160];

	snprintf(text, sizeof(text), "duplicate key \"%.100s\"", k->text);
	return fail_code(s, ERR_DUPLICATE_KEY, k->at, text);
}

// At an object's end: sorted, equal keys are neighbours. (Sorting by merge has no bad cases that a
// client could choose, as hashing has.)
static int
check_keys(struct validator *s, size_t from)
{
	size_t n = s->keys.n - from;
	struct key *k = n > 0 ? s->keys.v + from : NULL; // an offset to NULL is undefined, even 0
	int rc = 0;

	if (n > 1)
		qsort(k, n, sizeof(*k), compare_keys);
	for (size_t i = 1; i < n && rc == 0; i++)
		if (compare_keys(&k[i - 1], &k[i]) == 0)
			rc = duplicate(s, k[i - 1].at > k[i].at ? &k[i - 1] : &k[i]);
	drop_keys(s, from);
	return rc;
}

static void
push_key(struct validator *s, struct buf *decoded, size_t at)
{
	struct key k = {.n = decoded->n, .at = at};

	if (s->keys.n == s->keys.cap) {
		s->keys.cap = MAX((size_t)16, s->keys.cap * 2);
		s->keys.v = xrealloc(s->keys.v, s->keys.cap * sizeof(*s->keys.v));
	}
	k.text = buf_take(decoded);
	s->keys.v[s->keys.n++] = k;
}

static int
key(struct validator *s)
{
	cleanup_buf decoded = BUF_INIT;
	size_t at = s->i;
	int rc;

	if (s->i >= s->t.n || s->t.p[s->i] != '"')
		return expected(s, "a key in double quotes");
	rc = string(s, s->mode == JSON_API ? &decoded : NULL);
	if (rc != 0)
		return rc;
	if (s->mode == JSON_API)
		push_key(s, &decoded, at);
	skip_space(s);
	if (s->i >= s->t.n || s->t.p[s->i] != ':')
		return expected(s, "':' after the key");
	s->i++;
	return 0;
}

static int
close_container(struct validator *s)
{
	s->i++;
	s->depth--;
	return s->open[s->depth] == '{' ? check_keys(s, s->first_key[s->depth]) : 0;
}

// An opening bracket: 1 when a first value must follow, 0 when the container was empty and is
// closed.
static int
open_container(struct validator *s)
{
	char c = s->t.p[s->i];
	int rc;

	if (s->depth >= MIN(s->lim.max_depth, (unsigned)DEPTH_MAX))
		return fail(s, s->i, "nested too deeply");
	s->open[s->depth] = c;
	s->first_key[s->depth++] = s->keys.n;
	s->i++;
	skip_space(s);
	if (s->i < s->t.n && s->t.p[s->i] == (c == '{' ? '}' : ']'))
		return close_container(s);
	rc = c == '{' ? key(s) : 0;
	return rc ? rc : 1;
}

// One value, or the opening of one: 1 when a nested value must follow, 0 when it is complete.
static int
value(struct validator *s)
{
	skip_space(s);
	if (++s->values > s->lim.max_values)
		return fail_code(s, ERR_TOO_LARGE, s->i, "too many values");
	if (s->i >= s->t.n)
		return expected(s, "a value");
	switch (s->t.p[s->i]) {
	case '{':
	case '[':
		return open_container(s);
	case '"':
		return string(s, NULL);
	default:
		return literal(s);
	}
}

// After a complete value: 1 when another value must follow, 0 at the end of the text's value.
static int
after_value(struct validator *s)
{
	while (s->depth > 0) {
		bool object = s->open[s->depth - 1] == '{';
		int rc;

		skip_space(s);
		if (s->i < s->t.n && s->t.p[s->i] == ',') {
			s->i++;
			skip_space(s);
			rc = object ? key(s) : 0;
			return rc ? rc : 1;
		}
		if (s->i >= s->t.n || s->t.p[s->i] != (object ? '}' : ']'))
			return expected(s, object ? "',' or '}'" : "',' or ']'");
		rc = close_container(s);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
validate(struct validator *s)
{
	int rc;

	do {
		while ((rc = value(s)) > 0)
			;
		if (rc == 0)
			rc = after_value(s);
	} while (rc > 0);
	if (rc != 0)
		return rc;
	skip_space(s);
	return s->i < s->t.n ? expected(s, "the end of the text") : 0;
}

int
json_validate(struct sv text, enum json_mode mode, const struct json_limits *lim, struct err *err)
{
	struct validator s = {
	    .t = text, .mode = mode, .lim = lim ? *lim : json_limits_default, .err = err};
	int rc;

	if (text.n > s.lim.max_bytes)
		return err_set(
		    err, ERR_TOO_LARGE, "the JSON is larger than %zu bytes", s.lim.max_bytes);
	if (sv_starts(text, "\xef\xbb\xbf"))
		return fail(&s, 0, "a byte order mark; JSON begins without one");
	rc = validate(&s);
	drop_keys(&s, 0);
	free(s.keys.v);
	return rc;
}
