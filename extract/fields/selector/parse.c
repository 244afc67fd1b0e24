// SPDX-License-Identifier: Apache-2.0
// CSS selector text to its compiled form (CSS Selectors 4 §18 grammar): compounds, combinators,
// lists. Pure; recursion only into functional pseudo-classes, at most SEL_MAX_NESTING deep.
#include "extract/fields/selector/parse_priv.h"

#define SEL_MAX_NESTING   8
#define SEL_MAX_COMPOUNDS 256

static bool
at_pseudo_element(const struct sel_parser *p)
{
	return expr_peek(&p->x) == ':' && expr_peek_at(&p->x, 1) == ':';
}

static bool
read_simple(struct sel_parser *p, struct sel_compound *c)
{
	struct sel_simple *s;

	if (css_accept(p, '#')) {
		if ((s = sel_add(p, c, SEL_ID)))
			s->value = css_ident(p);
	} else if (css_accept(p, '.')) {
		if ((s = sel_add(p, c, SEL_CLASS)))
			s->value = css_ident(p);
	} else if (css_accept(p, '[')) {
		sel_parse_attr(p, c);
	} else if (!at_pseudo_element(p) && css_accept(p, ':')) {
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
	struct sel_simple *s;

	if (!c)
		return NULL;
	if (++p->compounds > SEL_MAX_COMPOUNDS) {
		expr_fail(&p->x, "too many parts");
		return NULL;
	}
	if (css_accept(p, '*')) {
		sel_add(p, c, SEL_ANY);
	} else if (css_at_ident(p) && (s = sel_add(p, c, SEL_TAG))) {
		s->name = css_lowered(css_ident(p));
	}
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
read_combinator(struct sel_parser *p, char close)
{
	bool space = css_space(p);
	char c = expr_peek(&p->x);

	if (c == '>' || c == '+' || c == '~') {
		p->x.pos++;
		css_space(p);
		return c;
	}
	if (p->x.pos >= p->x.s.n || c == ',' || (close && c == close))
		return 0;
	return space ? ' ' : 0;
}

static void
read_take(struct sel_parser *p, struct sel_complex *x)
{
	size_t at = p->x.pos;
	struct sv name;

	p->x.pos += 2;
	name = css_lowered(css_ident(p));
	if (p->x.rc != 0)
		return;
	if (sv_eq_str(name, "text")) {
		x->take = TAKE_TEXT;
	} else if (sv_eq_str(name, "attr")) {
		css_expect(p, '(');
		css_space(p);
		x->take = TAKE_ATTR;
		x->attr = arena_sv(p->x.a, css_lowered(css_ident(p)));
		css_space(p);
		css_expect(p, ')');
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

// `relative`: of :has(), where even a selector without combinator is relative. At the top a leading
// combinator is relative to the scope.
static void
read_lead(struct sel_parser *p, struct sel_complex *x, bool relative)
{
	char c = expr_peek(&p->x);

	if (c == '>' || c == '+' || c == '~') {
		if (!relative && p->x.depth > 1) {
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
		x->right = anchor_compound(p, relative ? SEL_ANCHOR : SEL_SCOPE);
}

static struct sel_complex *
read_complex(struct sel_parser *p, bool relative, char close)
{
	struct sel_complex *x = expr_make(&p->x, sizeof(*x));
	char comb;

	if (!x)
		return NULL;
	css_space(p);
	read_lead(p, x, relative);
	comb = x->lead;
	do {
		struct sel_compound *c = p->x.rc == 0 ? read_compound(p) : NULL;

		if (!c)
			return x;
		c->left = x->right;
		c->comb = comb;
		x->right = c;
		if (p->x.depth == 1 && p->x.rc == 0 && at_pseudo_element(p)) {
			read_take(p, x);
			css_space(p);
			break;
		}
	} while (p->x.rc == 0 && (comb = read_combinator(p, close)));
	return x;
}

struct sel_complex *
sel_parse_list(struct sel_parser *p, bool relative, char close)
{
	struct sel_complex *first = NULL, **tail = &first;

	if (++p->x.depth > SEL_MAX_NESTING) {
		expr_fail(&p->x, "nested too deep");
		return NULL;
	}
	do {
		*tail = read_complex(p, relative, close);
		if (p->x.rc != 0)
			return NULL;
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
	s->list = sel_parse_list(&p, false, '\0');
	if (p.x.rc == 0 && p.x.pos < p.x.s.n)
		expr_fail_unexpected(&p.x);
	if (p.x.rc == 0)
		*out = s;
	return p.x.rc;
}
