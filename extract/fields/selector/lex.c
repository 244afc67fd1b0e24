// SPDX-License-Identifier: Apache-2.0
// Words of a selector as CSS Syntax 3 has them: identifiers, strings, escapes. Pure.
#include "extract/fields/selector/parse_priv.h"
#include "extract/html/letters.h"

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

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool
css_space(struct sel_parser *p)
{
	size_t from = p->x.pos;

	while (p->x.pos < p->x.s.n && is_space(p->x.s.p[p->x.pos]))
		p->x.pos++;
	return p->x.pos > from;
}

static int
hex_value(char c)
{
	if (expr_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
css_is_name(char c)
{
	return expr_is_name_start(c) || expr_is_digit(c) || c == '-';
}

// --- identifiers and strings ---

// After the backslash. At most four bytes out, of at least as many read but for "\0".
static size_t
read_escape(struct sel_parser *p, char *out)
{
	uint32_t c = 0;
	size_t n = 0;

	while (n < 6 && hex_value(expr_peek(&p->x)) >= 0) {
		c = c * 16 + (uint32_t)hex_value(expr_peek(&p->x));
		p->x.pos++;
		n++;
	}
	if (n > 0) {
		if (is_space(expr_peek(&p->x)))
			p->x.pos++;
		if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			c = 0xfffd;
		return letters_encode(c, out);
	}
	if (p->x.pos >= p->x.s.n || expr_peek(&p->x) == '\n') {
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
		if (s[i] >= 'A' && s[i] <= 'Z')
			s[i] = (char)(s[i] + 32);
	return v;
}

struct sv
css_string(struct sel_parser *p)
{
	char quote = p->x.s.p[p->x.pos++];
	char *out = p->scratch;
	size_t n = 0;

	while (p->x.rc == 0 && p->x.pos < p->x.s.n && expr_peek(&p->x) != quote) {
		if (css_accept(p, '\\'))
			n += css_accept(p, '\n') ? 0 : read_escape(p, out + n);
		else
			out[n++] = p->x.s.p[p->x.pos++];
	}
	css_expect(p, quote);
	return kept(p, n);
}

struct sv
css_ident_or_string(struct sel_parser *p)
{
	return expr_peek(&p->x) == '"' || expr_peek(&p->x) == '\'' ? css_string(p) : css_ident(p);
}
