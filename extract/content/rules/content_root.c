// SPDX-License-Identifier: Apache-2.0
// Where the content is: the deepest element that holds most of the prose, or, on pages that are not
// mainly prose (lists of things, catalogues), all of <main> or <body>. Linear.
#include "extract/content/rules/rules.h"

#define ROOT_PROSE_SHARE 0.8 // of the page's good paragraphs
#define ROOT_TEXT_SHARE  0.6 // of the text of <main> or <body>
#define ROOT_MIN_PROSE   500
#define MAIN_TEXT_SHARE  0.5

static node_id
deepest_with_prose(const struct finder *d)
{
	double wanted = ROOT_PROSE_SHARE * features_of(&d->f, 0).good;
	node_id best = 0, i = tree_first_child(d->t, best);

	while (i != NODE_NONE)
		if (features_of(&d->f, i).good < wanted) {
			i = d->t->nodes[i].next;
		} else {
			best = i;
			i = tree_first_child(d->t, i);
		}
	return best;
}

static node_id
main_or_body(const struct finder *d)
{
	node_id body = tree_find(d->t, 0, TAG_body), n = d->t->n;
	node_id i = marks_next(d->f.traits, IS_MAIN, 1, n);

	while (i < n && d->f.circumstances[i] & d->f.uncounted)
		i = marks_next(d->f.traits, IS_MAIN, i + 1, n);
	if (i < n && features_of(&d->f, i).chars >= MAIN_TEXT_SHARE * features_of(&d->f, 0).chars)
		return i;
	return body == NODE_NONE ? 0 : body;
}

node_id
content_root(const struct finder *d, bool *scored)
{
	node_id wide = main_or_body(d), deep = deepest_with_prose(d);
	struct sums w = features_of(&d->f, wide), s = features_of(&d->f, deep);

	*scored = s.good >= ROOT_MIN_PROSE && s.chars >= ROOT_TEXT_SHARE * w.chars;
	return *scored ? deep : wide;
}

// --- pruning ---

// What may be a list of links of its own; parts of tables, paragraphs and items go with their
// parent.
static bool
may_prune(const struct finder *d, node_id i)
{
	static const uint16_t kept[] = {TAG_table, TAG_tbody, TAG_thead, TAG_tr, TAG_td, TAG_th,
	    TAG_p, TAG_li, TAG_dd, TAG_dt, TAG_figure, TAG_figcaption};
	const struct node *n = &d->t->nodes[i];

	if (n->kind != NODE_ELEMENT || d->f.circumstances[i] & d->f.uncounted ||
	    tag_flags(n->tag) & (TAGF_INLINE | TAGF_HEADING))
		return false;
	for (size_t k = 0; k < ARRAY_LEN(kept); k++)
		if (n->tag == kept[k])
			return false;
	return true;
}

void
content_prune(struct finder *d, node_id root)
{
	struct sums all = features_of(&d->f, root);
	bool any = false;

	if (all.good * 2 < all.chars)
		return;
	for (node_id i = root + 1; i < d->t->nodes[root].end; i++) {
		struct sums s;

		if (!may_prune(d, i))
			continue;
		s = features_of(&d->f, i);
		if (s.links >= 2 && s.link_chars > 0.7 * s.chars && s.good < 200 &&
		    s.chars < 0.3 * all.chars) {
			d->dropped[i] = DROP_LINKS;
			any = true;
			i = d->t->nodes[i].end - 1;
		}
	}
	if (any)
		features_sum(&d->f, d->dropped);
}
