// SPDX-License-Identifier: Apache-2.0
// Words of an XPath expression: names, strings, and the text that must come next.
#include "extract/fields/xpath/parse_priv.h"

#define MAX_NESTING 40 // the message says so, too

void
xlex_space(struct expression *p)
{
	while (p->pos < p->s.n && p->s.p[p->pos] && strchr(" \t\r\n", p->s.p[p->pos]))
		p->pos++;
}

bool
xlex_is_name(char c)
{
	return expr_is_name_start(c) || sv_is_digit(c) || c == '-' || c == '.';
}

// The text comes next: it is taken. Names must end there.
bool
xlex_take(struct expression *p, const char *text)
{
	size_t n = strlen(text);

	xlex_space(p);
	if (p->rc != 0 || p->s.n - p->pos < n || memcmp(p->s.p + p->pos, text, n) != 0)
		return false;
	if (expr_is_name_start(text[0]) && xlex_is_name(expr_peek_at(p, n)))
		return false;
	p->pos += n;
	return true;
}

bool
xlex_expect(struct expression *p, const char *text)
{
	bool ok = xlex_take(p, text);

	if (!ok)
		expr_fail_unexpected(p);
	return ok;
}

struct sv
xlex_name(struct expression *p)
{
	size_t from;

	xlex_space(p);
	from = p->pos;
	if (expr_is_name_start(expr_peek(p)))
		while (xlex_is_name(expr_peek(p)))
			p->pos++;
	return (struct sv){p->s.p + from, p->pos - from};
}

bool
xlex_enter(struct expression *p)
{
	if (++p->depth <= MAX_NESTING)
		return p->rc == 0;
	expr_fail_at(p, p->pos - 1, "brackets may be nested at most 40 deep");
	return false;
}

void
xlex_leave(struct expression *p)
{
	p->depth--;
}

bool
xlex_literal(struct expression *p, struct sv *out)
{
	char quote;
	const char *end;

	xlex_space(p);
	quote = expr_peek(p);
	if (quote != '"' && quote != '\'')
		return false;
	end = memchr(p->s.p + p->pos + 1, quote, p->s.n - p->pos - 1);
	if (!end) {
		expr_fail_at(p, p->s.n, "unfinished string");
		return false;
	}
	*out = (struct sv){p->s.p + p->pos + 1, (size_t)(end - (p->s.p + p->pos + 1))};
	p->pos = (size_t)(end - p->s.p) + 1;
	return true;
}
