// SPDX-License-Identifier: Apache-2.0
// Footnotes: references like <sup><a href="#fn1">1</a></sup> whose target is a kept list item or
// paragraph become [^1], the target becomes its definition, links back to the reference are left
// out.
#include "extract/write/markdown_priv.h"

static bool
class_has(const struct tree *t, node_id i, const char *word)
{
	struct sv v = tree_get_id(t, i, ATTR_class);

	return v.n > 0 && memmem(v.p, v.n, word, strlen(word)) != NULL;
}

static bool
in_sup(const struct tree *t, node_id a)
{
	node_id parent = t->nodes[a].parent;

	return tree_is(t, parent, TAG_sup) || tree_is(t, tree_first_child(t, a), TAG_sup);
}

static bool
is_reference(const struct tree *t, node_id a)
{
	struct sv href = tree_get_id(t, a, ATTR_href);
	struct sv role = tree_get(t, a, "role");

	if (href.n < 2 || href.p[0] != '#' || tree_first_child(t, a) == NODE_NONE)
		return false;
	return in_sup(t, a) || class_has(t, a, "footnote-ref") || sv_ieq_str(role, "doc-noteref");
}

bool
md_is_back_link(const struct tree *t, node_id a)
{
	struct sv href = tree_get_id(t, a, ATTR_href);

	if (href.n < 2 || href.p[0] != '#')
		return false;
	return class_has(t, a, "footnote-back") || class_has(t, a, "reversefootnote") ||
	       sv_ieq_str(tree_get(t, a, "role"), "doc-backlink") ||
	       sv_ieq_str(tree_get(t, a, "rev"), "footnote");
}

static int
compare_ids(struct sv a, struct sv b)
{
	int c = memcmp(a.p, b.p, MIN(a.n, b.n));

	return c != 0 ? c : a.n < b.n ? -1 : a.n > b.n;
}

static int
by_id(const void *a, const void *b)
{
	const struct md_note *x = a, *y = b;
	int c = compare_ids(x->id, y->id);

	return c != 0 ? c : x->number < y->number ? -1 : x->number > y->number;
}

static struct md_note *
find_id(const struct md *w, struct sv id)
{
	uint32_t lo = 0, hi = id.n > 0 ? w->n_notes : 0;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = compare_ids(id, w->notes[mid].id);

		if (c == 0)
			return &w->notes[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static void
collect_references(struct md *w)
{
	const struct tree *t = w->t;

	for (node_id i = w->c->root; i < t->nodes[w->c->root].end && w->n_notes < MD_MAX_NOTES;
	     i++) {
		struct sv href;

		if (!tree_is(t, i, TAG_a) || !w->c->keep[i] || !is_reference(t, i))
			continue;
		if (!w->notes)
			w->notes = xcalloc(MD_MAX_NOTES, sizeof(*w->notes));
		href = tree_get_id(t, i, ATTR_href);
		w->notes[w->n_notes] = (struct md_note){.id = {href.p + 1, href.n - 1},
		    .reference = i,
		    .target = NODE_NONE,
		    .number = w->n_notes + 1};
		w->n_notes++;
	}
}

// Sorted by id, each once, with the number of its first reference.
static void
sort_and_unify(struct md *w)
{
	uint32_t n = 0;

	if (w->n_notes == 0)
		return;
	qsort(w->notes, w->n_notes, sizeof(*w->notes), by_id);
	for (uint32_t i = 1; i < w->n_notes; i++)
		if (compare_ids(w->notes[n].id, w->notes[i].id) != 0)
			w->notes[++n] = w->notes[i];
	w->n_notes = n + 1;
}

static struct md_note *
note_named(const struct md *w, node_id i)
{
	struct md_note *note;

	if (w->t->nodes[i].n_attrs == 0)
		return NULL;
	note = find_id(w, tree_get(w->t, i, "id"));
	return note || !tree_is(w->t, i, TAG_a) ? note : find_id(w, tree_get(w->t, i, "name"));
}

// The paragraph or item that the anchor begins.
static node_id
block_begun_by(const struct tree *t, node_id i)
{
	for (int up = 0; up < 4; up++) {
		node_id parent = t->nodes[i].parent;

		if (tree_is(t, i, TAG_li) || tree_is(t, i, TAG_p) || tree_is(t, i, TAG_div))
			return i;
		if (!(tag_flags(t->nodes[i].tag) & TAGF_INLINE) || i > parent + 2)
			return NODE_NONE;
		i = parent;
	}
	return NODE_NONE;
}

static void
find_targets(struct md *w)
{
	const struct tree *t = w->t;

	for (node_id i = w->c->root; i < t->nodes[w->c->root].end; i++) {
		struct md_note *note;

		if (t->nodes[i].n_attrs == 0 || !w->c->keep[i])
			continue;
		note = note_named(w, i);
		if (note && note->target == NODE_NONE && i > note->reference)
			note->target = block_begun_by(t, i);
	}
}

static int
by_number(const void *a, const void *b)
{
	const struct md_note *x = *(const struct md_note *const *)a,
			     *y = *(const struct md_note *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

// 1, 2, 3 … in the order of first reference, only those with a target.
static void
number_notes(struct md *w)
{
	struct md_note **order = xcalloc(w->n_notes + 1, sizeof(struct md_note *));
	uint32_t n = 0, number = 0;

	for (uint32_t i = 0; i < w->n_notes; i++)
		order[n++] = &w->notes[i];
	qsort(order, n, sizeof(struct md_note *), by_number);
	for (uint32_t i = 0; i < n; i++)
		order[i]->number = order[i]->target != NODE_NONE ? ++number : 0;
	free(order);
}

void
md_notes_find(struct md *w)
{
	collect_references(w);
	sort_and_unify(w);
	if (w->n_notes == 0)
		return;
	find_targets(w);
	number_notes(w);
}

uint32_t
md_note_of_link(const struct md *w, node_id a)
{
	struct md_note *note;
	struct sv href;

	if (w->n_notes == 0 || !is_reference(w->t, a))
		return 0;
	href = tree_get_id(w->t, a, ATTR_href);
	note = find_id(w, (struct sv){href.p + 1, href.n - 1});
	return note ? note->number : 0;
}

uint32_t
md_note_of_target(const struct md *w, node_id i)
{
	const struct tree *t = w->t;

	// its own id, or that of an anchor it begins with
	for (node_id k = i; w->n_notes > 0 && k < t->nodes[i].end && k < i + 5; k++) {
		struct md_note *note = note_named(w, k);

		if (note && note->target == i)
			return note->number;
	}
	return 0;
}
