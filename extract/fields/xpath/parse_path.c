// SPDX-License-Identifier: Apache-2.0
// Location paths of XPath 1.0 (section 2): axes, node tests, predicates, "/" and "//".
#include "extract/fields/xpath/parse_priv.h"

struct xpred *
xpath_parse_predicates(struct expression *p)
{
	struct xpred *first = NULL, **last = &first;

	while (xlex_take(p, "[")) {
		struct xpred *pred = expr_make(p, sizeof(*pred));

		if (!pred || !xlex_enter(p))
			return NULL;
		pred->e = xpath_parse_expr(p);
		xlex_leave(p);
		if (!pred->e || !xlex_expect(p, "]"))
			return NULL;
		pred->positional = pred->e->is_number || pred->e->asks_position;
		*last = pred;
		last = &pred->next;
	}
	return first;
}

static bool
any_positional(const struct xpred *l)
{
	for (; l; l = l->next)
		if (l->positional)
			return true;
	return false;
}

static struct xstep *
make_step(struct expression *p, enum xaxis axis, enum xtest test)
{
	struct xstep *s = expr_make(p, sizeof(*s));

	if (s) {
		s->axis = (uint8_t)axis;
		s->test = (uint8_t)test;
	}
	return s;
}

static const struct {
	const char *name;
	enum xaxis axis;
} axes[] = {{"child", AXIS_CHILD}, {"descendant", AXIS_DESCENDANT},
    {"descendant-or-self", AXIS_DESCENDANT_OR_SELF}, {"parent", AXIS_PARENT},
    {"ancestor", AXIS_ANCESTOR}, {"ancestor-or-self", AXIS_ANCESTOR_OR_SELF},
    {"following-sibling", AXIS_FOLLOWING_SIBLING}, {"preceding-sibling", AXIS_PRECEDING_SIBLING},
    {"following", AXIS_FOLLOWING}, {"preceding", AXIS_PRECEDING}, {"attribute", AXIS_ATTRIBUTE},
    {"self", AXIS_SELF}, {"namespace", AXIS_NAMESPACE}};

// "name::"
static bool
take_axis(struct expression *p, struct xstep *s)
{
	size_t from = p->pos;
	struct sv name = xlex_name(p);

	if (name.n == 0 || !xlex_take(p, "::")) {
		p->pos = from;
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(axes); i++)
		if (sv_eq_str(name, axes[i].name)) {
			s->axis = (uint8_t)axes[i].axis;
			return true;
		}
	expr_fail_at(p, (size_t)(name.p - p->s.p), "unknown axis");
	return false;
}

static const struct {
	const char *name;
	enum xtest test;
} types[] = {{"node", TEST_NODE}, {"text", TEST_TEXT}, {"comment", TEST_COMMENT},
    {"processing-instruction", TEST_NOTHING}};

bool
xpath_is_node_type(struct sv name, enum xtest *out)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (sv_eq_str(name, types[i].name)) {
			*out = types[i].test;
			return true;
		}
	return false;
}

// A prefix is a part of the name, as the tree has it ("dc:creator"); "dc:*" is all with this one.
static bool
take_local_part(struct expression *p, struct xstep *s)
{
	char after = expr_peek_at(p, 1);

	if (expr_peek(p) != ':' || (after != '*' && !expr_is_name_start(after)))
		return false;
	p->pos += 2;
	if (after == '*')
		s->test = TEST_PREFIX;
	else
		while (xlex_is_name(expr_peek(p)))
			p->pos++;
	s->name.n = (size_t)(p->s.p + p->pos - s->name.p) - (after == '*');
	return true;
}

static void
parse_node_test(struct expression *p, struct xstep *s)
{
	enum xtest test = TEST_NOTHING;
	struct sv name, ignored;

	s->test = TEST_ANY_NAME;
	if (xlex_take(p, "*"))
		return;
	name = xlex_name(p);
	if (name.n == 0) {
		expr_fail_unexpected(p);
		return;
	}
	s->test = TEST_NAME;
	s->name = name;
	if (take_local_part(p, s))
		return;
	if (xpath_is_node_type(name, &test) && xlex_take(p, "(")) {
		if (test == TEST_NOTHING)
			(void)xlex_literal(p, &ignored);
		s->test = (uint8_t)test;
		(void)xlex_expect(p, ")");
	}
}

static struct xstep *
parse_step(struct expression *p)
{
	struct xstep *s;

	if (xlex_take(p, ".."))
		return make_step(p, AXIS_PARENT, TEST_NODE);
	if (xlex_take(p, "."))
		return make_step(p, AXIS_SELF, TEST_NODE);
	s = make_step(p, AXIS_CHILD, TEST_ANY_NAME);
	if (!s)
		return NULL;
	if (xlex_take(p, "@"))
		s->axis = AXIS_ATTRIBUTE;
	else
		(void)take_axis(p, s);
	if (p->rc == 0)
		parse_node_test(p, s);
	if (p->rc == 0)
		s->preds = xpath_parse_predicates(p);
	s->positional = any_positional(s->preds);
	return p->rc == 0 ? s : NULL;
}

static bool
step_begins(struct expression *p)
{
	char c;

	xlex_space(p);
	c = expr_peek(p);
	return c == '.' || c == '@' || c == '*' || expr_is_name_start(c);
}

// "//" is /descendant-or-self::node()/; with a child step that asks for no position it is that
// step's descendants, found in one pass.
static bool
join_descendants(struct expression *p, struct xstep ***last)
{
	struct xstep *all = make_step(p, AXIS_DESCENDANT_OR_SELF, TEST_NODE), *s = parse_step(p);

	if (!all || !s)
		return false;
	if (s->axis == AXIS_CHILD && !s->positional) {
		s->axis = AXIS_DESCENDANT;
		**last = s;
	} else {
		all->next = s;
		**last = all;
	}
	*last = &s->next;
	return true;
}

static bool
add_step(struct expression *p, struct xstep ***last)
{
	struct xstep *s = parse_step(p);

	if (!s)
		return false;
	**last = s;
	*last = &s->next;
	return true;
}

bool
xpath_parse_slashes(struct expression *p, struct xstep **last)
{
	bool ok = true;

	while (ok && p->rc == 0)
		if (xlex_take(p, "//"))
			ok = join_descendants(p, &last);
		else if (xlex_take(p, "/"))
			ok = add_step(p, &last);
		else
			break;
	return ok && p->rc == 0;
}

struct xexpr *
xpath_parse_location(struct expression *p)
{
	struct xexpr *e = xpath_make(p, X_PATH);
	struct xstep **last = e ? &e->steps : NULL;
	bool begins = true;

	if (!e)
		return NULL;
	xlex_space(p);
	e->absolute = expr_peek(p) == '/';
	if (e->absolute && expr_peek_at(p, 1) == '/') {
		begins = false;
	} else if (e->absolute) {
		p->pos++;
		if (!step_begins(p)) // the document
			return e;
	}
	if (begins && !add_step(p, &last))
		return NULL;
	return xpath_parse_slashes(p, last) ? e : NULL;
}
