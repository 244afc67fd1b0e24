// SPDX-License-Identifier: Apache-2.0
// The axes of XPath with their node tests: of one node, nearest first, and of many nodes at once in
// linear time. Every look at a node is a step.
#include "extract/fields/xpath/evaluate_priv.h"

#include <stdlib.h>

#define FEW 16 // nodes whose results are sorted rather than marked

static bool
has_prefix(const struct xpath_engine *e, const struct xstep *s, uint32_t name)
{
	return strncasecmp(tree_name(e->t, name), s->name.p, s->name.n) == 0;
}

static bool
fits(const struct xpath_engine *e, const struct xstep *s, node_id i)
{
	const struct node *n = &e->t->nodes[i];

	switch (s->test) {
	case TEST_NAME:
		return n->kind == NODE_ELEMENT && n->tag == s->name_id;
	case TEST_PREFIX:
		return n->kind == NODE_ELEMENT && has_prefix(e, s, n->tag);
	case TEST_ANY_NAME:
		return n->kind == NODE_ELEMENT;
	case TEST_NODE:
		return n->kind != NODE_DOCTYPE;
	case TEST_TEXT:
		return n->kind == NODE_TEXT;
	case TEST_COMMENT:
		return n->kind == NODE_COMMENT;
	default:
		return false;
	}
}

// False when there is no need to go on.
static bool
collect(struct xpath_engine *e, const struct xstep *s, node_id i, size_t max, struct xset *out)
{
	if (!xpath_step(e, 1))
		return false;
	if (fits(e, s, i) && !xset_add(e, out, xnode_of(i)))
		return false;
	return out->n < max;
}

static void
collect_range(struct xpath_engine *e, const struct xstep *s, node_id from, node_id end, size_t max,
    struct xset *out)
{
	for (node_id i = from; i < end && collect(e, s, i, max, out); i++)
		;
}

static node_id
prev_sibling(struct xpath_engine *e, node_id i)
{
	const struct tree *t = e->t;

	if (!e->prev) {
		e->prev = malloc(t->n * sizeof(*e->prev));
		if (!e->prev) {
			e->exhausted = e->oom = true;
			return NODE_NONE;
		}
		memset(e->prev, 0xff, t->n * sizeof(*e->prev));
		for (node_id k = 0; k < t->n; k++)
			if (t->nodes[k].next != NODE_NONE)
				e->prev[t->nodes[k].next] = k;
		(void)xpath_step(e, t->n);
	}
	return e->prev[i];
}

static bool
attribute_fits(const struct xpath_engine *e, const struct xstep *s, uint32_t name)
{
	return s->test == TEST_ANY_NAME || s->test == TEST_NODE ||
	       (s->test == TEST_NAME && name == s->name_id) ||
	       (s->test == TEST_PREFIX && has_prefix(e, s, name));
}

// xmlns of <svg> declares a namespace: it is no attribute (5.3).
static bool
is_declaration(const struct xpath_engine *e, const struct node *n, uint32_t name)
{
	const char *text;

	if (!(n->flags & (NODE_F_SVG | NODE_F_MATHML)))
		return false;
	text = tree_name(e->t, name);
	return strncmp(text, "xmlns", 5) == 0 && (text[5] == '\0' || text[5] == ':');
}

static void
collect_attributes(
    struct xpath_engine *e, const struct xstep *s, node_id i, size_t max, struct xset *out)
{
	const struct node *n = &e->t->nodes[i];

	for (uint32_t k = 0; k < n->n_attrs && out->n < max && xpath_step(e, 1); k++) {
		uint32_t name = e->t->attrs[n->attr + k].name;

		if (attribute_fits(e, s, name) && !is_declaration(e, n, name))
			xset_add(e, out, xnode_attr(i, k));
	}
}

static void
collect_up(struct xpath_engine *e, const struct xstep *s, node_id i, size_t max, struct xset *out)
{
	while (collect(e, s, i, max, out) && i != 0)
		i = e->t->nodes[i].parent;
}

static void
collect_preceding(
    struct xpath_engine *e, const struct xstep *s, node_id before, size_t max, struct xset *out)
{
	for (node_id i = before; i-- > 1;)
		if (e->t->nodes[i].end <= before ? !collect(e, s, i, max, out) : !xpath_step(e, 1))
			break;
}

static void
collect_self(struct xpath_engine *e, const struct xstep *s, xnode x, struct xset *out)
{
	if (!xnode_is_attr(x))
		(void)collect(e, s, xnode_id(x), XPATH_ALL, out);
	else if (s->test == TEST_NODE)
		xset_add(e, out, x);
}

// Of an attribute: it has a parent, and what follows and precedes its element.
static void
collect_from_attribute(
    struct xpath_engine *e, const struct xstep *s, xnode x, size_t max, struct xset *out)
{
	node_id i = xnode_id(x);

	switch (s->axis) {
	case AXIS_PARENT:
		(void)collect(e, s, i, max, out);
		break;
	case AXIS_ANCESTOR_OR_SELF:
		collect_self(e, s, x, out);
		collect_up(e, s, i, max, out);
		break;
	case AXIS_ANCESTOR:
		collect_up(e, s, i, max, out);
		break;
	case AXIS_FOLLOWING:
		collect_range(e, s, i + 1, e->t->n, max, out);
		break;
	case AXIS_PRECEDING:
		collect_preceding(e, s, i, max, out);
		break;
	case AXIS_SELF:
	case AXIS_DESCENDANT_OR_SELF:
		collect_self(e, s, x, out);
		break;
	default:
		break;
	}
}

// In the order of the axis: nearest first.
void
xpath_axis(struct xpath_engine *e, const struct xstep *s, xnode x, size_t max, struct xset *out)
{
	const struct tree *t = e->t;
	node_id i = xnode_id(x);
	const struct node *n = &t->nodes[i];

	if (xnode_is_attr(x)) {
		collect_from_attribute(e, s, x, max, out);
		return;
	}
	switch (s->axis) {
	case AXIS_CHILD:
		for (node_id k = tree_first_child(t, i);
		     k != NODE_NONE && collect(e, s, k, max, out); k = t->nodes[k].next)
			;
		break;
	case AXIS_DESCENDANT:
		collect_range(e, s, i + 1, n->end, max, out);
		break;
	case AXIS_DESCENDANT_OR_SELF:
		collect_range(e, s, i, n->end, max, out);
		break;
	case AXIS_PARENT:
		if (i != 0)
			(void)collect(e, s, n->parent, max, out);
		break;
	case AXIS_ANCESTOR:
		if (i != 0)
			collect_up(e, s, n->parent, max, out);
		break;
	case AXIS_ANCESTOR_OR_SELF:
		collect_up(e, s, i, max, out);
		break;
	case AXIS_FOLLOWING_SIBLING:
		for (node_id k = n->next; k != NODE_NONE && collect(e, s, k, max, out);
		     k = t->nodes[k].next)
			;
		break;
	case AXIS_PRECEDING_SIBLING:
		for (node_id k = prev_sibling(e, i); k != NODE_NONE && collect(e, s, k, max, out);
		     k = prev_sibling(e, k))
			;
		break;
	case AXIS_FOLLOWING:
		collect_range(e, s, n->end, t->n, max, out);
		break;
	case AXIS_PRECEDING:
		collect_preceding(e, s, i, max, out);
		break;
	case AXIS_ATTRIBUTE:
		if (n->kind == NODE_ELEMENT)
			collect_attributes(e, s, i, max, out);
		break;
	case AXIS_SELF:
		collect_self(e, s, x, out);
		break;
	default:
		break;
	}
}

bool
xpath_is_reverse(const struct xstep *s)
{
	return s->axis == AXIS_ANCESTOR || s->axis == AXIS_ANCESTOR_OR_SELF ||
	       s->axis == AXIS_PRECEDING || s->axis == AXIS_PRECEDING_SIBLING;
}

// --- an axis of many nodes at once ---

struct marks {
	uint64_t *bits;
};

static bool
marks_init(struct xpath_engine *e, struct marks *m)
{
	size_t bytes = (e->t->n / 64 + 1) * sizeof(*m->bits);

	m->bits = xpath_step(e, e->t->n / 64) ? xpath_alloc(e, bytes) : NULL;
	if (m->bits)
		memset(m->bits, 0, bytes);
	return m->bits != NULL;
}

// Was it marked before?
static bool
marks_set(struct marks *m, node_id i)
{
	uint64_t bit = UINT64_C(1) << (i % 64);
	bool was = m->bits[i / 64] & bit;

	m->bits[i / 64] |= bit;
	return was;
}

// Ancestors up to the first that another node has, too.
static void
ancestors_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	struct marks m;

	if (!marks_init(e, &m))
		return;
	for (size_t k = 0; k < from->n && !e->exhausted; k++) {
		xnode x = from->v[k];
		node_id i = xnode_id(x);
		bool itself = s->axis == AXIS_ANCESTOR_OR_SELF;

		if (xnode_is_attr(x) && itself)
			collect_self(e, s, x, out);
		else if (!xnode_is_attr(x) && !itself && i == 0)
			continue;
		else if (!xnode_is_attr(x) && !itself)
			i = e->t->nodes[i].parent;
		while (!marks_set(&m, i) && collect(e, s, i, XPATH_ALL, out) && i != 0)
			i = e->t->nodes[i].parent;
	}
}

// Of the children of a parent, the first tells all that follow, the last all that precede.
static void
siblings_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	bool forward = s->axis == AXIS_FOLLOWING_SIBLING;
	struct marks m;

	if (!marks_init(e, &m))
		return;
	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		xnode x = from->v[forward ? k : from->n - 1 - k];

		if (!xnode_is_attr(x) && xnode_id(x) != 0 &&
		    !marks_set(&m, e->t->nodes[xnode_id(x)].parent))
			xpath_axis(e, s, x, XPATH_ALL, out);
	}
}

// What lies in the subtree of one that was taken before adds nothing.
static void
descendants_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	node_id covered = 0;

	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		xnode x = from->v[k];

		if (xnode_is_attr(x)) {
			xpath_axis(e, s, x, XPATH_ALL, out);
		} else if (xnode_id(x) >= covered) {
			xpath_axis(e, s, x, XPATH_ALL, out);
			covered = e->t->nodes[xnode_id(x)].end;
		}
	}
}

static void
following_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	node_id first = e->t->n;

	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		node_id i = xnode_id(from->v[k]);

		first = MIN(first, xnode_is_attr(from->v[k]) ? i + 1 : e->t->nodes[i].end);
	}
	collect_range(e, s, first, e->t->n, XPATH_ALL, out);
}

static void
each_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++)
		xpath_axis(e, s, from->v[k], XPATH_ALL, out);
}

void
xpath_axis_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	bool many = from->n > FEW;

	if (s->axis == AXIS_DESCENDANT || s->axis == AXIS_DESCENDANT_OR_SELF)
		descendants_of_all(e, s, from, out);
	else if (s->axis == AXIS_FOLLOWING)
		following_of_all(e, s, from, out);
	else if (s->axis == AXIS_PRECEDING && from->n > 0) // the last one's are all of them
		xpath_axis(e, s, from->v[from->n - 1], XPATH_ALL, out);
	else if (many && (s->axis == AXIS_ANCESTOR || s->axis == AXIS_ANCESTOR_OR_SELF))
		ancestors_of_all(e, s, from, out);
	else if (many && (s->axis == AXIS_FOLLOWING_SIBLING || s->axis == AXIS_PRECEDING_SIBLING))
		siblings_of_all(e, s, from, out);
	else
		each_of_all(e, s, from, out);
	if (xpath_is_reverse(s))
		xset_reverse(out);
	xset_order(e, out);
}
