// SPDX-License-Identifier: Apache-2.0
// Compounds, combinators and lists of a selector, matched right to left. Recursion follows the
// selector, never the page.
#include "extract/fields/selector/match_priv.h"

static bool match_compound(struct sel_engine *e, const struct sel_compound *c, node_id node);

// What may match a relative selector of one compound is a child or a sibling; else anything in the
// subtree of the anchor, or behind it.
static bool
has_near(struct sel_engine *e, const struct sel_complex *c, node_id node)
{
	const struct tree *t = e->t;
	node_id i = t->nodes[node].next;

	if (c->lead == '>')
		i = sel_is_template(t, node) ? NODE_NONE : tree_first_child(t, node);
	for (; i != NODE_NONE && sel_step(e, 1); i = t->nodes[i].next) {
		if (!sel_is_element(t, i))
			continue;
		if (match_compound(e, c->right, i))
			return true;
		if (c->lead == '+')
			break;
	}
	return false;
}

static bool
has_relative(struct sel_engine *e, const struct sel_complex *c, node_id node)
{
	const struct tree *t = e->t;
	bool inside = c->lead == ' ' || c->lead == '>', near = !c->right->left->left;
	node_id from = inside ? node + 1 : t->nodes[node].end;
	node_id end = inside ? t->nodes[node].end : t->nodes[t->nodes[node].parent].end;

	if (near && c->lead != ' ')
		return has_near(e, c, node);
	if (inside && sel_is_template(t, node))
		return false;
	for (node_id i = from; i < end && sel_step(e, 1); i = sel_next_outside(t, i))
		if (sel_is_element(t, i) &&
		    (near ? match_compound(e, c->right, i) : sel_match_complex(e, c, i)))
			return true;
	return false;
}

static bool
has_any(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	node_id outer = e->anchor;
	bool found = false;

	e->anchor = node;
	for (const struct sel_complex *c = s->list; c && !found; c = c->next)
		found = has_relative(e, c, node);
	e->anchor = outer;
	return found;
}

// What a list with combinators says of an element is asked for again and again while the other
// parts try their ancestors; it is found out once a selection.
bool
sel_match_kept(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	uint32_t *kept = s->kept ? &s->kept->of_node[node] : NULL;
	bool found;

	if (kept && *kept >> 1 == e->selections)
		return *kept & 1;
	found = s->kind == SEL_HAS ? has_any(e, s, node) : sel_match_list(e, s->list, node);
	if (kept && !e->exhausted)
		*kept = e->selections << 1 | found;
	return found;
}

static bool
match_compound(struct sel_engine *e, const struct sel_compound *c, node_id node)
{
	if (!sel_is_element(e->t, node) && c->first->kind != SEL_START)
		return false;
	for (const struct sel_simple *s = c->first; s; s = s->next)
		if (!sel_step(e, 1) || !sel_matchers[s->kind](e, s, node))
			return false;
	return !e->exhausted;
}

// What a failure says about other candidates further left: none among the siblings before, or none
// at all, needs another try. Without it "* * * …" tries every choice of ancestors.
enum match { MATCHES, FAILS_HERE, FAILS_SIBLINGS, FAILS_ALL };
static enum match match_from(struct sel_engine *e, const struct sel_compound *c, node_id node);

static enum match
match_ancestor(struct sel_engine *e, const struct sel_compound *left, node_id node)
{
	while (node != 0 && sel_step(e, 1)) {
		enum match m;

		node = e->t->nodes[node].parent;
		m = match_from(e, left, node);
		if (m == MATCHES || m == FAILS_ALL)
			return m;
	}
	return FAILS_ALL;
}

static enum match
match_before(struct sel_engine *e, const struct sel_compound *left, node_id node)
{
	for (node = sel_prev_element(e, node); node != NODE_NONE && sel_step(e, 1);
	     node = sel_prev_element(e, node)) {
		enum match m = match_from(e, left, node);

		if (m != FAILS_HERE)
			return m;
	}
	return FAILS_SIBLINGS;
}

static enum match
match_from(struct sel_engine *e, const struct sel_compound *c, node_id node)
{
	node_id near;

	if (!match_compound(e, c, node))
		return FAILS_HERE;
	if (!c->left)
		return MATCHES;
	switch (c->comb) {
	case '>':
		return node == 0 ? FAILS_ALL : match_from(e, c->left, e->t->nodes[node].parent);
	case '+':
		near = sel_prev_element(e, node);
		return near == NODE_NONE ? FAILS_SIBLINGS : match_from(e, c->left, near);
	case '~':
		return match_before(e, c->left, node);
	default:
		return match_ancestor(e, c->left, node);
	}
}

bool
sel_match_complex(struct sel_engine *e, const struct sel_complex *c, node_id node)
{
	return match_from(e, c->right, node) == MATCHES;
}

bool
sel_match_list(struct sel_engine *e, const struct sel_complex *list, node_id node)
{
	for (; list; list = list->next)
		if (sel_match_complex(e, list, node))
			return true;
	return false;
}
