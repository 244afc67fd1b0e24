// SPDX-License-Identifier: Apache-2.0
// Conditions of a selector on the name and the attributes of an element. Pure.
#include "extract/fields/selector/parse_priv.h"

struct sel_simple *
sel_add(struct sel_parser *p, struct sel_compound *c, enum sel_kind kind)
{
	struct sel_simple *s = expr_make(&p->x, sizeof(*s)), **tail = &c->first;

	if (!s)
		return NULL;
	s->kind = (uint8_t)kind;
	while (*tail)
		tail = &(*tail)->next;
	*tail = s;
	return s;
}

// HTML: values of these attributes match whatever their case.
static bool
attr_ignores_case(struct sv name)
{
	static const char *const names[] = {"accept", "accept-charset", "align", "alink", "axis",
	    "bgcolor", "charset", "checked", "clear", "codetype", "color", "compact", "declare",
	    "defer", "dir", "direction", "disabled", "enctype", "face", "frame", "hreflang",
	    "http-equiv", "lang", "language", "link", "media", "method", "multiple", "nohref",
	    "noresize", "noshade", "nowrap", "readonly", "rel", "rev", "rules", "scope",
	    "scrolling", "selected", "shape", "target", "text", "type", "valign", "valuetype",
	    "vlink"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_eq_str(name, names[i]))
			return true;
	return false;
}

static void
read_attr_flag(struct sel_parser *p, struct sel_simple *s)
{
	css_space(p);
	if (css_accept(p, 'i') || css_accept(p, 'I'))
		s->icase = true;
	else if (css_accept(p, 's') || css_accept(p, 'S'))
		s->html_icase = false;
	css_space(p);
}

// What stands before a name: nothing, "*|", or "|" for names without a prefix. Other prefixes are
// declared nowhere.
enum prefix { PREFIX_NONE, PREFIX_ANY, PREFIX_EMPTY };
static enum prefix
read_prefix(struct sel_parser *p)
{
	bool star = expr_peek(&p->x) == '*';
	char after = expr_peek_at(&p->x, star + 1u);

	if (expr_peek_at(&p->x, star) != '|' || after == '=' || after == '|')
		return PREFIX_NONE;
	p->x.pos += star + 1u;
	return star ? PREFIX_ANY : PREFIX_EMPTY;
}

// A name was read: it is no prefix.
static void
check_no_prefix(struct sel_parser *p, size_t at, struct sv name)
{
	char after = expr_peek_at(&p->x, 1);

	if (p->x.rc == 0 && expr_peek(&p->x) == '|' && after != '=' && after != '|')
		expr_fail_name(&p->x, at, "namespace prefix", name);
}

void
sel_parse_type(struct sel_parser *p, struct sel_compound *c)
{
	enum prefix prefix = read_prefix(p);
	size_t at = p->x.pos;
	struct sel_simple *s;
	bool any = css_accept(p, '*');

	if (!any && !css_at_ident(p)) {
		if (prefix != PREFIX_NONE)
			expr_fail_unexpected(&p->x);
		return;
	}
	// All elements of HTML are in a namespace.
	s = sel_add(p, c, prefix == PREFIX_EMPTY ? SEL_NEVER : any ? SEL_ANY : SEL_TAG);
	if (!s || any)
		return;
	s->name = css_lowered(css_ident(p));
	s->any_prefix = prefix == PREFIX_ANY;
	check_no_prefix(p, at, s->name);
}

static void
read_attr_value(struct sel_parser *p, struct sel_simple *s)
{
	s->op = expr_peek(&p->x);
	if (s->op && strchr("~|^$*", s->op))
		p->x.pos++;
	else
		s->op = '=';
	css_expect(p, '=');
	css_space(p);
	if (p->x.rc != 0)
		return;
	s->value = css_ident_or_string(p);
	s->html_icase = attr_ignores_case(s->name);
	read_attr_flag(p, s);
	css_close(p, ']');
}

void
sel_parse_attr(struct sel_parser *p, struct sel_compound *c)
{
	struct sel_simple *s = sel_add(p, c, SEL_ATTR);
	size_t at;

	if (!s)
		return;
	css_space(p);
	s->any_prefix = read_prefix(p) == PREFIX_ANY;
	at = p->x.pos;
	s->name = css_lowered(css_ident(p));
	check_no_prefix(p, at, s->name);
	css_space(p);
	if (p->x.rc == 0 && p->x.pos < p->x.s.n && !css_accept(p, ']'))
		read_attr_value(p, s);
}
