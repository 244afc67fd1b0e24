// SPDX-License-Identifier: Apache-2.0
// Words of a selector as CSS Syntax 3 has them: identifiers, strings, escapes. Pure.
#include "extract/fields/selector/parse_priv.h"
#include "extract/html/letters.h"

#define SKIP_NESTING 64 // brackets in what is skipped

bool
css_accept(struct sel_parser *p, char c)
{
	if (p->x.pos >= p->x.s.n || p->x.s.p[p->x.pos] != c)
		return false;
	p->x.pos++;
	return true;
}

void
css_expect(struct sel_parser *p, char c)
{
	if (!css_accept(p, c))
		expr_fail_unexpected(&p->x);
}

// A bracket that is open at the end is closed there (CSS Syntax 3, 5.4.8).
void
css_close(struct sel_parser *p, char c)
{
	if (p->x.pos < p->x.s.n)
		css_expect(p, c);
}

bool
css_comments(struct sel_parser *p)
{
	size_t from = p->x.pos;

	while (expr_peek(&p->x) == '/' && expr_peek_at(&p->x, 1) == '*') {
		struct sv rest = expr_rest(&p->x);
		const char *end = memmem(rest.p + 2, rest.n - 2, "*/", 2);

		p->x.pos = end ? (size_t)(end - p->x.s.p) + 2 : p->x.s.n;
	}
	return p->x.pos > from;
}

bool
css_space(struct sel_parser *p)
{
	bool any = false;

	(void)css_comments(p);
	while (p->x.pos < p->x.s.n && css_is_space(p->x.s.p[p->x.pos])) {
		p->x.pos++;
		any = true;
		(void)css_comments(p);
	}
	return any;
}

bool
css_is_name(char c)
{
	return expr_is_name_start(c) || sv_is_digit(c) || c == '-';
}

// --- identifiers and strings ---

static bool
is_newline(char c)
{
	return c == '\n' || c == '\r' || c == '\f';
}

// One newline: "\r\n" is one, too.
static bool
accept_newline(struct sel_parser *p)
{
	bool cr = css_accept(p, '\r');

	return css_accept(p, '\n') || cr || css_accept(p, '\f');
}

// After the backslash; at the end it is U+FFFD. At most four bytes out, of at least as many read
// but for "\0" and the end.
static size_t
read_escape(struct sel_parser *p, char *out)
{
	uint32_t c = 0;
	size_t n = 0;

	while (n < 6 && sv_hex(expr_peek(&p->x)) >= 0) {
		c = c * 16 + (uint32_t)sv_hex(expr_peek(&p->x));
		p->x.pos++;
		n++;
	}
	if (n > 0) {
		if (!accept_newline(p) && css_is_space(expr_peek(&p->x)))
			p->x.pos++;
		if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			c = 0xfffd;
		return letters_encode(c, out);
	}
	if (p->x.pos >= p->x.s.n)
		return letters_encode(0xfffd, out);
	if (is_newline(expr_peek(&p->x))) {
		expr_fail_unexpected(&p->x);
		return 0;
	}
	out[0] = p->x.s.p[p->x.pos++];
	return 1;
}

bool
css_at_ident(const struct sel_parser *p)
{
	char c = expr_peek(&p->x);

	if (c == '-')
		c = expr_peek_at(&p->x, 1) == '-' ? 'a' : expr_peek_at(&p->x, 1);
	return expr_is_name_start(c) || c == '\\';
}

static struct sv
kept(struct sel_parser *p, size_t n)
{
	char *v = expr_make(&p->x, n + 1);

	if (!v)
		return SV_NULL;
	memcpy(v, p->scratch, n);
	return (struct sv){v, n};
}

static struct sv
read_name(struct sel_parser *p)
{
	char *out = p->scratch;
	size_t n = 0;

	while (p->x.rc == 0 && p->x.pos < p->x.s.n) {
		if (css_is_name(expr_peek(&p->x)))
			out[n++] = p->x.s.p[p->x.pos++];
		else if (css_accept(p, '\\'))
			n += read_escape(p, out + n);
		else
			break;
	}
	return kept(p, n);
}

struct sv
css_ident(struct sel_parser *p)
{
	if (css_at_ident(p))
		return read_name(p);
	expr_fail_unexpected(&p->x);
	return SV_NULL;
}

struct sv
css_lowered(struct sv v)
{
	char *s = (char *)(uintptr_t)v.p; // made by kept()

	for (size_t i = 0; i < v.n; i++)
		s[i] = sv_lower(s[i]);
	return v;
}

struct sv
css_string(struct sel_parser *p)
{
	char quote = p->x.s.p[p->x.pos++];
	char *out = p->scratch;
	size_t n = 0;

	while (p->x.rc == 0 && p->x.pos < p->x.s.n && expr_peek(&p->x) != quote) {
		if (is_newline(expr_peek(&p->x)))
			expr_fail(&p->x, "a string ends with its line");
		else if (!css_accept(p, '\\'))
			out[n++] = p->x.s.p[p->x.pos++];
		else if (p->x.pos < p->x.s.n && !accept_newline(p))
			n += read_escape(p, out + n);
	}
	if (p->x.rc == 0)
		css_close(p, quote);
	return kept(p, n);
}

struct sv
css_ident_or_string(struct sel_parser *p)
{
	return expr_peek(&p->x) == '"' || expr_peek(&p->x) == '\'' ? css_string(p) : css_ident(p);
}

// Behind a string's quote, to its end.
static void
skip_string(struct sel_parser *p, char quote)
{
	while (p->x.pos < p->x.s.n && !is_newline(expr_peek(&p->x)) && !css_accept(p, quote)) {
		bool escape = css_accept(p, '\\');

		if (!escape || (p->x.pos < p->x.s.n && !accept_newline(p)))
			p->x.pos++;
	}
}

bool
css_skip(struct sel_parser *p)
{
	char closes[SKIP_NESTING], close;
	size_t n = 0;

	while (p->x.pos < p->x.s.n) {
		char c = expr_peek(&p->x);

		if (n == 0 && (c == ',' || c == ')'))
			return true;
		if (css_comments(p))
			continue;
		p->x.pos++;
		close = c == '(' ? ')' : c == '[' ? ']' : c == '{' ? '}' : '\0';
		if (close && n == ARRAY_LEN(closes))
			return false;
		if (close)
			closes[n++] = close;
		else if (n > 0 && c == closes[n - 1])
			n--;
		else if (c == '"' || c == '\'')
			skip_string(p, c);
		else if (c == '\\' && p->x.pos < p->x.s.n)
			p->x.pos++;
	}
	return true;
}
