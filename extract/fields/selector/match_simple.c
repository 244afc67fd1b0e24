// SPDX-License-Identifier: Apache-2.0
// Conditions on one element: names, attributes and the pseudo-classes that look at nothing else, as
// a table of all conditions.
#include "extract/fields/selector/match_priv.h"

#define BYTES_A_STEP 8 // read in the time of a step

static struct sv
attr_by_id(const struct tree *t, node_id i, uint32_t name)
{
	const struct node *n = &t->nodes[i];

	for (uint32_t k = 0; name != 0 && k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		if (a->name == name)
			return tree_attr_value(t, a);
	}
	return SV_NULL;
}

static bool
equal(struct sv a, struct sv b, bool icase)
{
	for (size_t i = 0; i < a.n && a.n == b.n; i++) {
		char x = a.p[i], y = b.p[i];

		if (icase ? sv_lower(x) != sv_lower(y) : x != y)
			return false;
	}
	return a.n == b.n;
}

static struct sv
part(struct sv v, size_t from, size_t n)
{
	return (struct sv){v.p + from, n};
}

static bool
has_word(struct sv list, struct sv word, bool icase)
{
	for (size_t i = 0; i < list.n;) {
		size_t from = i;

		while (i < list.n && !css_is_space(list.p[i]))
			i++;
		if (i > from && equal(part(list, from, i - from), word, icase))
			return true;
		i++;
	}
	return false;
}

static void
put_lower(struct buf *b, struct sv v)
{
	buf_sv(b, v);
	for (size_t i = 0; i < b->n; i++)
		b->p[i] = sv_lower(b->p[i]);
}

static bool
has_part(struct sv v, struct sv want, bool icase)
{
	cleanup_buf lower = BUF_INIT, lower_want = BUF_INIT;

	if (want.n > v.n)
		return false;
	if (icase) {
		put_lower(&lower, v);
		put_lower(&lower_want, want);
		v = buf_view(&lower);
		want = buf_view(&lower_want);
	}
	return memmem(v.p, v.n, want.p, want.n) != NULL;
}

// Behind the prefix that the tree has as a part of the name.
static bool
is_local_name(struct sel_engine *e, uint32_t name, struct sv wanted)
{
	const char *colon = strchr(tree_name(e->t, name), ':');

	sel_step(e, 1);
	return colon && sv_eq_str(wanted, colon + 1);
}

static bool
value_fits(struct sel_engine *e, const struct sel_simple *s, struct sv v, bool icase)
{
	struct sv w = s->value;

	sel_step(e, (v.n + w.n) / BYTES_A_STEP);
	switch (s->op) {
	case '=':
		return equal(v, w, icase);
	case '~':
		return w.n > 0 && has_word(v, w, icase);
	case '|':
		return equal(part(v, 0, MIN(v.n, w.n)), w, icase) &&
		       (v.n == w.n || v.p[w.n] == '-');
	case '^':
		return w.n > 0 && v.n >= w.n && equal(part(v, 0, w.n), w, icase);
	case '$':
		return w.n > 0 && v.n >= w.n && equal(part(v, v.n - w.n, w.n), w, icase);
	case '*':
		return w.n > 0 && has_part(v, w, icase);
	default:
		return true;
	}
}

static bool
match_attr(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	const struct node *n = &e->t->nodes[node];
	bool icase = s->icase || (s->html_icase && !sel_is_foreign(e->t, node));
	struct sv v;

	sel_step(e, n->n_attrs / 8);
	if (!s->any_prefix) {
		v = attr_by_id(e->t, node, s->id);
		return v.p && value_fits(e, s, v, icase);
	}
	for (uint32_t k = n->attr; k < n->attr + n->n_attrs; k++) {
		const struct attr *a = &e->t->attrs[k];

		if (((s->id != 0 && a->name == s->id) || is_local_name(e, a->name, s->name)) &&
		    value_fits(e, s, tree_attr_value(e->t, a), icase))
			return true;
	}
	return false;
}

static bool
match_empty(struct sel_engine *e, node_id node)
{
	const struct tree *t = e->t;

	if (sel_is_template(t, node))
		return true;
	for (node_id i = node + 1; i < t->nodes[node].end && sel_step(e, 1); i = t->nodes[i].end)
		if (sel_is_element(t, i) ||
		    (t->nodes[i].kind == NODE_TEXT && t->nodes[i].text_len > 0))
			return false;
	return true;
}

static bool
match_contains(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	cleanup_buf b = BUF_INIT;
	bool found;

	tree_inner_text(e->t, node, &b);
	sel_step(e, 4 * (e->t->nodes[node].end - node) + b.n / 2);
	found = s->value.n == 0 || (b.n > 0 && memmem(b.p, b.n, s->value.p, s->value.n));
	return found;
}

static bool
match_any(struct sel_engine *e UNUSED, const struct sel_simple *s UNUSED, node_id node UNUSED)
{
	return true;
}

static bool
match_never(struct sel_engine *e UNUSED, const struct sel_simple *s UNUSED, node_id node UNUSED)
{
	return false;
}

static bool
match_tag(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	uint32_t tag = e->t->nodes[node].tag;

	return (s->id != 0 && tag == s->id) || (s->any_prefix && is_local_name(e, tag, s->name));
}

static bool
match_id(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return equal(attr_by_id(e->t, node, e->id_id), s->value, e->quirks);
}

static bool
match_class(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	struct sv v = attr_by_id(e->t, node, e->class_id);

	sel_step(e, 1 + v.n / BYTES_A_STEP + e->t->nodes[node].n_attrs / 8);
	return has_word(v, s->value, e->quirks);
}

static bool
match_is_empty(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return match_empty(e, node);
}

static bool
match_root(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return e->t->nodes[node].parent == 0;
}

static bool
match_scope(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return e->scope == 0 ? match_root(e, s, node) : node == e->scope;
}

// The document, too.
static bool
match_start(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return node == e->scope || match_scope(e, s, node);
}

static bool
match_anchor(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return node == e->anchor;
}

static bool
match_is(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return sel_match_kept(e, s, node);
}

static bool
match_not(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return !sel_match_kept(e, s, node);
}

bool (*const sel_matchers[])(struct sel_engine *, const struct sel_simple *, node_id) = {
    [SEL_ANY] = match_any,
    [SEL_NEVER] = match_never,
    [SEL_TAG] = match_tag,
    [SEL_ID] = match_id,
    [SEL_CLASS] = match_class,
    [SEL_ATTR] = match_attr,
    [SEL_NTH] = sel_match_nth,
    [SEL_EMPTY] = match_is_empty,
    [SEL_ROOT] = match_root,
    [SEL_SCOPE] = match_scope,
    [SEL_START] = match_start,
    [SEL_ANCHOR] = match_anchor,
    [SEL_CONTAINS] = match_contains,
    [SEL_IS] = match_is,
    [SEL_NOT] = match_not,
    [SEL_HAS] = sel_match_kept,
    [SEL_LINK] = sel_match_link,
    [SEL_CHECKED] = sel_match_form_state,
    [SEL_DISABLED] = sel_match_form_state,
    [SEL_ENABLED] = sel_match_form_state,
    [SEL_REQUIRED] = sel_match_form_state,
    [SEL_OPTIONAL] = sel_match_form_state,
    [SEL_LANG] = sel_match_lang,
};
