// SPDX-License-Identifier: Apache-2.0
// Pseudo-classes that ask for what HTML says of an element and of what it stands in: links, states
// of form controls, languages.
#include "extract/fields/selector/match_priv.h"

bool
sel_match_link(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	const struct tree *t = e->t;

	if (!tree_is(t, node, TAG_a) && !tree_is(t, node, TAG_area))
		return false;
	return tree_get(t, node, "href").p ||
	       (sel_is_foreign(t, node) && tree_get(t, node, "xlink:href").p);
}

// --- form controls ---

static bool
is_one_of(const struct tree *t, node_id i, const uint16_t *tags)
{
	for (; *tags; tags++)
		if (tree_is(t, i, (enum tag_id) * tags))
			return true;
	return false;
}

static bool
has(const struct tree *t, node_id i, const char *attr)
{
	return tree_get(t, i, attr).p != NULL;
}

static bool
is_first_legend(struct sel_engine *e, node_id fieldset, node_id i)
{
	const struct tree *t = e->t;
	node_id k;

	if (!tree_is(t, i, TAG_legend))
		return false;
	for (k = tree_first_child(t, fieldset); !tree_is(t, k, TAG_legend) && sel_step(e, 1);)
		k = t->nodes[k].next;
	return k == i;
}

// In a disabled <fieldset>, but not in its first <legend> (HTML, 4.10.18.5).
static bool
in_disabled_fieldset(struct sel_engine *e, node_id node)
{
	const struct tree *t = e->t;
	node_id below = node;

	for (node_id i = t->nodes[node].parent; i != 0 && sel_step(e, 1); i = t->nodes[i].parent) {
		if (tree_is(t, i, TAG_fieldset) && has(t, i, "disabled") &&
		    !is_first_legend(e, i, below))
			return true;
		below = i;
	}
	return false;
}

static bool
is_disabled(struct sel_engine *e, node_id node)
{
	const struct tree *t = e->t;
	node_id parent = t->nodes[node].parent;

	if (has(t, node, "disabled"))
		return true;
	if (tree_is(t, node, TAG_option))
		return tree_is(t, parent, TAG_optgroup) && has(t, parent, "disabled");
	return !tree_is(t, node, TAG_optgroup) && in_disabled_fieldset(e, node);
}

static bool
has_type(const struct tree *t, node_id node, const char *const *types)
{
	struct sv type = tree_get(t, node, "type");

	for (; *types; types++)
		if (sv_ieq_str(type, *types))
			return true;
	return false;
}

static bool
is_required(const struct tree *t, node_id node)
{
	static const char *const never[] = {
	    "hidden", "range", "color", "submit", "image", "reset", "button", NULL};

	return has(t, node, "required") &&
	       !(tree_is(t, node, TAG_input) && has_type(t, node, never));
}

static bool
is_checked(const struct tree *t, node_id node)
{
	static const char *const boxes[] = {"checkbox", "radio", NULL};

	if (tree_is(t, node, TAG_option))
		return has(t, node, "selected");
	return tree_is(t, node, TAG_input) && has(t, node, "checked") && has_type(t, node, boxes);
}

bool
sel_match_form_state(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	static const uint16_t controls[] = {TAG_button, TAG_input, TAG_select, TAG_textarea,
	    TAG_optgroup, TAG_option, TAG_fieldset, 0};
	static const uint16_t filled[] = {TAG_input, TAG_select, TAG_textarea, 0};
	const struct tree *t = e->t;

	switch (s->kind) {
	case SEL_CHECKED:
		return is_checked(t, node);
	case SEL_REQUIRED:
		return is_one_of(t, node, filled) && is_required(t, node);
	case SEL_OPTIONAL:
		return is_one_of(t, node, filled) && !is_required(t, node);
	case SEL_DISABLED:
		return is_one_of(t, node, controls) && is_disabled(e, node);
	default:
		return is_one_of(t, node, controls) && !is_disabled(e, node);
	}
}

// --- languages ---

static struct sv
take_subtag(struct sv *rest, char end)
{
	const char *hit = rest->n > 0 ? memchr(rest->p, end, rest->n) : NULL;
	struct sv first = {rest->p, hit ? (size_t)(hit - rest->p) : rest->n};

	*rest = hit ? (struct sv){hit + 1, rest->n - first.n - 1} : SV_NULL;
	return first;
}

static bool
same(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

// Extended filtering (RFC 4647, 3.3.2).
static bool
lang_fits(struct sv tag, struct sv range)
{
	struct sv want = take_subtag(&range, '-'), is = take_subtag(&tag, '-');

	if (!same(want, is) && !(sv_eq_str(want, "*") && is.n > 0))
		return false;
	while (range.n > 0) {
		want = take_subtag(&range, '-');
		if (sv_eq_str(want, "*"))
			continue;
		do {
			if (tag.n == 0)
				return false;
			is = take_subtag(&tag, '-');
			if (is.n == 1 && !same(want, is))
				return false;
		} while (!same(want, is));
	}
	return true;
}

bool
sel_match_lang(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	const struct tree *t = e->t;
	struct sv lang = SV_NULL;

	for (node_id i = node; i != 0 && !lang.p && sel_step(e, 1 + t->nodes[i].n_attrs / 4);
	     i = t->nodes[i].parent) {
		lang = tree_get(t, i, "xml:lang");
		lang = lang.p ? lang : tree_get(t, i, "lang");
	}
	for (struct sv ranges = s->value; ranges.n > 0 && sel_step(e, 1 + lang.n / 2);)
		if (lang_fits(lang, take_subtag(&ranges, ',')))
			return true;
	return false;
}
