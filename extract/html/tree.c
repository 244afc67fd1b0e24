// SPDX-License-Identifier: Apache-2.0
// Reading the node tree: walking, text and serialising. Runs in the extractor's worker; no
// recursion.
#include "extract/html/tree_build.h"

// --- reading ---

node_id
tree_first_child(const struct tree *t, node_id i)
{
	return t->nodes[i].end > i + 1 ? i + 1 : NODE_NONE;
}

struct sv
tree_get(const struct tree *t, node_id el, const char *attr)
{
	const struct node *n = &t->nodes[el];

	// Few elements have more than three: comparing is cheaper than looking up the name.
	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];
		const char *name = t->names[a->name];

		if (name[0] == attr[0] && strcmp(name, attr) == 0)
			return tree_attr_value(t, a);
	}
	return SV_NULL;
}

node_id
tree_find(const struct tree *t, node_id from, enum tag_id tag)
{
	if (from == 0)
		return tree_first_same(t, tag);
	for (node_id i = from; i < t->nodes[from].end; i++)
		if (t->nodes[i].tag == (uint32_t)tag)
			return i;
	return NODE_NONE;
}

// --- text ---

static void
add_collapsed(struct buf *out, struct sv v, size_t start, bool *gap)
{
	for (size_t i = 0; i < v.n;) {
		size_t from = i;

		if (sv_is_space(v.p[i])) {
			*gap = true;
			i++;
			continue;
		}
		while (i < v.n && !sv_is_space(v.p[i]))
			i++;
		if (*gap && out->n > start)
			buf_ch(out, ' ');
		*gap = false;
		buf_add(out, v.p + from, i - from);
	}
}

void
tree_inner_text(const struct tree *t, node_id root, struct buf *out)
{
	struct tree_walk w = tree_walk_init(t, root);
	size_t start = out->n;
	bool gap = false;

	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		const struct node *n = &t->nodes[w.i];

		if (n->kind == NODE_TEXT && e == WALK_ENTER)
			add_collapsed(out, tree_text(t, w.i), start, &gap);
		if (n->kind != NODE_ELEMENT)
			continue;
		if (!(tag_flags(n->tag) & TAGF_INLINE))
			gap = true;
		if (e == WALK_ENTER && tag_flags(n->tag) & TAGF_SILENT && w.i != root)
			w.skip = true;
	}
}

void
tree_raw_text(const struct tree *t, node_id root, struct buf *out)
{
	for (node_id i = root; i < t->nodes[root].end; i++)
		if (t->nodes[i].kind == NODE_TEXT)
			buf_sv(out, tree_text(t, i));
}

// --- serialising ---

static void
add_escaped(struct buf *out, struct sv v, bool attr)
{
	for (size_t i = 0; i < v.n; i++) {
		size_t from = i;

		while (i < v.n && v.p[i] != '&' && v.p[i] != '<' && v.p[i] != '>' && v.p[i] != '"')
			i++;
		buf_add(out, v.p + from, i - from);
		if (i == v.n)
			return;
		if (v.p[i] == '"' && !attr)
			buf_ch(out, '"');
		else
			buf_str(out, v.p[i] == '&'   ? "&amp;"
				     : v.p[i] == '<' ? "&lt;"
				     : v.p[i] == '>' ? "&gt;"
						     : "&quot;");
	}
}

static void
add_start_tag(const struct tree *t, node_id i, struct buf *out)
{
	const struct node *n = &t->nodes[i];

	buf_ch(out, '<');
	buf_str(out, tree_name(t, n->tag));
	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		buf_ch(out, ' ');
		buf_str(out, tree_name(t, a->name));
		buf_str(out, "=\"");
		add_escaped(out, tree_attr_value(t, a), true);
		buf_ch(out, '"');
	}
	buf_ch(out, '>');
}

static void
add_leaf_html(const struct tree *t, node_id i, struct buf *out)
{
	const struct node *n = &t->nodes[i];

	if (n->kind == NODE_COMMENT) {
		buf_str(out, "<!--");
		buf_sv(out, tree_text(t, i));
		buf_str(out, "-->");
	} else if (tag_flags(t->nodes[n->parent].tag) & TAGF_RAW) {
		buf_sv(out, tree_text(t, i));
	} else {
		add_escaped(out, tree_text(t, i), false);
	}
}

void
tree_serialise(const struct tree *t, node_id root, struct buf *out)
{
	struct tree_walk w = tree_walk_init(t, root);

	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		const struct node *n = &t->nodes[w.i];

		if (n->kind == NODE_TEXT || n->kind == NODE_COMMENT) {
			if (e == WALK_ENTER)
				add_leaf_html(t, w.i, out);
		} else if (n->kind == NODE_ELEMENT && e == WALK_ENTER) {
			add_start_tag(t, w.i, out);
		} else if (n->kind == NODE_ELEMENT && !(tag_flags(n->tag) & TAGF_VOID)) {
			buf_fmt(out, "</%s>", tree_name(t, n->tag));
		}
	}
}
