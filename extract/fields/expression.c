// SPDX-License-Identifier: Apache-2.0
// What the compilers of selectors, XPath and patterns share: memory and errors with their place.
#include "extract/fields/expression.h"

#include <stdio.h>

#define NAME_SHOWN_MAX 60 // bytes of an unknown name, so that the position has room

void *
expr_make(struct expression *x, size_t size)
{
	void *v = arena_alloc(x->a, size);

	if (!v && x->rc == 0)
		x->rc = err_set(x->err, ERR_EXTRACTOR_OOM, NULL);
	return v;
}

size_t
expr_character(struct sv s, size_t at)
{
	size_t n = 1;

	for (size_t i = 0; i < at && i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void
expr_fail_at(struct expression *x, size_t at, const char *what)
{
	if (x->rc == 0)
		x->rc = err_set(
		    x->err, x->invalid, "%s at character %zu", what, expr_character(x->s, at));
}

void
expr_fail(struct expression *x, const char *what)
{
	expr_fail_at(x, x->pos, what);
}

void
expr_fail_unexpected(struct expression *x)
{
	size_t left = x->s.n - MIN(x->pos, x->s.n);
	char what[32];

	if (left == 0)
		snprintf(what, sizeof(what), "unexpected end");
	else
		snprintf(what, sizeof(what), "unexpected \"%.*s\"",
		    (int)MAX(utf8_seq(x->s.p + x->pos, left), (size_t)1), x->s.p + x->pos);
	expr_fail(x, what);
}

void
expr_fail_name(struct expression *x, size_t at, const char *what, struct sv name)
{
	struct sv shown = sv_cut(name, NAME_SHOWN_MAX);
	char text[2 * NAME_SHOWN_MAX];

	snprintf(text, sizeof(text), "unknown %s \"" SV_FMT "%s\"", what, SV_ARG(shown),
	    shown.n < name.n ? "…" : "");
	expr_fail_at(x, at, text);
}
