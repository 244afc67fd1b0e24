// SPDX-License-Identifier: Apache-2.0
// CSS selector text to its compiled form (CSS Selectors 4 §18 grammar): compounds, combinators,
// lists. Pure; recursion only into functional pseudo-classes, at most SEL_MAX_NESTING deep.
#include "extract/fields/selector/parse_priv.h"

#define SEL_MAX_NESTING   8
#define SEL_MAX_COMPOUNDS 256

static void
fail_limit(struct sel_parser *p, const char *what)
{
	p->final = true;
	expr_fail(&p->x, what);
}

static bool
at_pseudo_element(const struct sel_parser *p)
{
	return expr_peek(&p->x) == ':' && expr_peek_at(&p->x, 1) == ':';
}

static bool
read_simple(struct sel_parser *p, struct sel_compound *c)
{
	struct sel_simple *s;

	(void)css_comments(p);
	if (css_accept(p, '#')) {
		if ((s = sel_add(p, c, SEL_ID)))
			s->value = css_ident(p);
	} else if (css_accept(p, '.')) {
		(void)css_comments(p);
		if ((s = sel_add(p, c, SEL_CLASS)))
			s->value = css_ident(p);
	} else if (css_accept(p, '[')) {
		sel_parse_attr(p, c);
	} else if (!at_pseudo_element(p) && css_accept(p, ':')) {
		(void)css_comments(p);
		sel_parse_pseudo(p, c);
	} else {
		return false;
	}
	return p->x.rc == 0;
}

static struct sel_compound *
read_compound(struct sel_parser *p)
{
	struct sel_compound *c = expr_make(&p->x, sizeof(*c));

	if (!c)
		return NULL;
	if (++p->compounds > SEL_MAX_COMPOUNDS) {
		fail_limit(p, "too many parts");
		return NULL;
	}
	sel_parse_type(p, c);
	while (p->x.rc == 0 && read_simple(p, c))
		;
	if (!c->first && at_pseudo_element(p))
		sel_add(p, c, SEL_ANY);
	if (!c->first)
		expr_fail_unexpected(&p->x);
	return c;
}

// The combinator before the next compound, or 0 at the end of the complex selector.
static char
read_combinator(struct sel_parser *p)
{
	bool space = css_space(p);
	char c = expr_peek(&p->x);

	if (c == '>' || c == '+' || c == '~') {
		p->x.pos++;
		css_space(p);
		return c;
	}
	if (p->x.pos >= p->x.s.n || c == ',' || (c == ')' && p->x.depth > 1))
		return 0;
	return space ? ' ' : 0;
}

static void
read_take(struct sel_parser *p, struct sel_complex *x)
{
	size_t at = p->x.pos;
	struct sv name;

	p->x.pos += 2;
	(void)css_comments(p);
	name = css_lowered(css_ident(p));
	if (p->x.rc != 0)
		return;
	if (sv_eq_str(name, "text")) {
		x->take = TAKE_TEXT;
	} else if (sv_eq_str(name, "attr")) {
		css_expect(p, '(');
		css_space(p);
		x->take = TAKE_ATTR;
		x->attr = arena_sv(p->x.a, css_lowered(css_ident_or_string(p)));
		css_space(p);
		if (p->x.rc == 0)
			css_close(p, ')');
	} else {
		expr_fail_name(&p->x, at, "pseudo-element", name);
	}
}

static struct sel_compound *
anchor_compound(struct sel_parser *p, enum sel_kind kind)
{
	struct sel_compound *c = expr_make(&p->x, sizeof(*c));

	if (c)
		sel_add(p, c, kind);
	return c;
}

// In :has() even a selector without combinator is relative. At the top a leading combinator is
// relative to the scope.
static void
read_lead(struct sel_parser *p, struct sel_complex *x, enum sel_list kind)
{
	char c = expr_peek(&p->x);
	bool relative = kind == LIST_RELATIVE;

	if (c == '>' || c == '+' || c == '~') {
		if (!relative && kind != LIST_WHOLE) {
			expr_fail_unexpected(&p->x);
			return;
		}
		x->lead = c;
		p->x.pos++;
		css_space(p);
	} else if (relative) {
		x->lead = ' ';
	}
	if (x->lead)
		x->right = anchor_compound(p, relative ? SEL_ANCHOR : SEL_START);
}

// "div ::text", and "::text" in the element of an outer field: what they themselves have, too.
static void
take_from_outer(struct sel_parser *p, struct sel_complex *x)
{
	struct sel_compound *outer = x->right->left;
	struct sel_complex *y = expr_make(&p->x, sizeof(*y));

	if (!outer)
		outer = anchor_compound(p, SEL_SCOPE);
	if (!y || !outer)
		return;
	*y = *x;
	y->right = outer;
	x->next = y;
}

static struct sel_complex *
read_complex(struct sel_parser *p, enum sel_list kind)
{
	struct sel_complex *x = expr_make(&p->x, sizeof(*x));
	char comb;

	if (!x)
		return NULL;
	css_space(p);
	read_lead(p, x, kind);
	comb = x->lead;
	do {
		bool bare = at_pseudo_element(p);
		struct sel_compound *c = p->x.rc == 0 ? read_compound(p) : NULL;

		if (!c)
			return x;
		c->left = x->right;
		c->comb = comb;
		x->right = c;
		if (kind == LIST_WHOLE && p->x.rc == 0 && at_pseudo_element(p)) {
			read_take(p, x);
			if (bare && (comb == ' ' || !comb))
				take_from_outer(p, x);
			css_space(p);
			break;
		}
	} while (p->x.rc == 0 && (comb = read_combinator(p)));
	return x;
}

// What does not parse, up to the next comma, is nothing (Selectors 4, 18.1), but for limits.
static struct sel_complex *
read_forgiven(struct sel_parser *p)
{
	struct sel_parser before = *p;
	struct sel_complex *x = read_complex(p, LIST_FORGIVING);
	char c = expr_peek(&p->x);

	if (p->x.rc == 0 && (p->x.pos >= p->x.s.n || c == ',' || c == ')'))
		return x;
	if (p->final || p->x.rc == ERR_EXTRACTOR_OOM)
		return NULL;
	p->x = before.x;
	p->in_has = before.in_has;
	if (p->x.err)
		*p->x.err = (struct err)ERR_INIT;
	if (!css_skip(p))
		fail_limit(p, "nested too deep");
	return NULL;
}

struct sel_complex *
sel_parse_list(struct sel_parser *p, enum sel_list kind)
{
	struct sel_complex *first = NULL, **tail = &first;

	if (++p->x.depth > SEL_MAX_NESTING) {
		fail_limit(p, "nested too deep");
		return NULL;
	}
	do {
		*tail = kind == LIST_FORGIVING ? read_forgiven(p) : read_complex(p, kind);
		if (p->x.rc != 0)
			return NULL;
		while (*tail)
			tail = &(*tail)->next;
		css_space(p);
	} while (css_accept(p, ','));
	p->x.depth--;
	return first;
}

int
selector_compile(struct sv text, struct arena *a, struct selector **out, struct err *err)
{
	struct sel_parser p = {
	    .x = {.s = text, .a = a, .invalid = ERR_INVALID_SELECTOR, .err = err}};
	struct selector *s = expr_make(&p.x, sizeof(*s));

	p.scratch = expr_make(&p.x, text.n * 2 + 8); // an escape of 2 bytes may write 3
	if (p.x.rc != 0)
		return p.x.rc;
	s->list = sel_parse_list(&p, LIST_WHOLE);
	if (p.x.rc == 0 && p.x.pos < p.x.s.n)
		expr_fail_unexpected(&p.x);
	if (p.x.rc == 0)
		*out = s;
	return p.x.rc;
}
