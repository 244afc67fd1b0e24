// SPDX-License-Identifier: Apache-2.0
// A tree as html5lib-tests write it: a line a node, two spaces a level, attributes sorted.
#ifndef TESTS_TREE_DUMP_H
#define TESTS_TREE_DUMP_H

#include "tests/dom_names.h"

#include <stdlib.h>

struct dump_attr {
	char *name;
	struct sv value;
};

static inline int
dump_compare(const void *a, const void *b)
{
	return strcmp(((const struct dump_attr *)a)->name, ((const struct dump_attr *)b)->name);
}

static inline void
dump_indent(struct buf *out, unsigned level)
{
	buf_str(out, "| ");
	for (unsigned i = 0; i < level; i++)
		buf_str(out, "  ");
}

// "xlink:href" is the attribute "href" in the namespace "xlink", where there is such a one.
static inline char *
dump_attr_name(const struct tree *t, node_id i, const struct attr *a)
{
	static const char *const spaced[] = {"xlink:actuate", "xlink:arcrole", "xlink:href",
	    "xlink:role", "xlink:show", "xlink:title", "xlink:type", "xml:lang", "xml:space",
	    "xmlns:xlink"};
	char *name = sv_dup(sv_from(dom_attr_name(t, i, a)));

	if (t->nodes[i].flags & (NODE_F_SVG | NODE_F_MATHML)) {
		for (size_t k = 0; k < ARRAY_LEN(spaced); k++)
			if (strcmp(name, spaced[k]) == 0)
				*strchr(name, ':') = ' ';
		if (strcmp(name, "xmlns") == 0) {
			free(name);
			name = sv_dup(SV("xmlns xmlns"));
		}
	}
	return name;
}

static inline void
dump_attrs(const struct tree *t, node_id i, unsigned level, struct buf *out)
{
	uint32_t n = t->nodes[i].n_attrs;
	struct dump_attr *a = calloc(n + 1, sizeof(*a));

	for (uint32_t k = 0; k < n; k++) {
		const struct attr *from = &t->attrs[t->nodes[i].attr + k];

		a[k] = (struct dump_attr){dump_attr_name(t, i, from), tree_attr_value(t, from)};
	}
	qsort(a, n, sizeof(*a), dump_compare);
	for (uint32_t k = 0; k < n; k++) {
		dump_indent(out, level);
		buf_str(out, a[k].name);
		buf_str(out, "=\"");
		buf_sv(out, a[k].value);
		buf_str(out, "\"\n");
		free(a[k].name);
	}
	free(a);
}

static inline void
dump_node(const struct tree *t, node_id i, unsigned level, struct buf *out)
{
	const struct node *n = &t->nodes[i];
	struct sv text = tree_text(t, i);

	dump_indent(out, level);
	if (n->kind == NODE_ELEMENT) {
		buf_str(out, n->flags & NODE_F_SVG      ? "<svg "
			     : n->flags & NODE_F_MATHML ? "<math "
							: "<");
		buf_str(out, dom_tag_name(t, i));
		buf_str(out, ">\n");
		dump_attrs(t, i, level + 1, out);
		if (n->tag == TAG_template && !(n->flags & (NODE_F_SVG | NODE_F_MATHML))) {
			dump_indent(out, level + 1);
			buf_str(out, "content\n");
		}
		return;
	}
	buf_str(out, n->kind == NODE_TEXT      ? "\""
		     : n->kind == NODE_COMMENT ? "<!-- "
					       : "<!DOCTYPE ");
	buf_sv(out, text);
	buf_str(out, n->kind == NODE_TEXT ? "\"\n" : n->kind == NODE_COMMENT ? " -->\n" : ">\n");
}

// What is below `root`.
static inline void
tree_dump(const struct tree *t, node_id root, struct buf *out)
{
	struct tree_walk w = tree_walk_init(t, root);
	unsigned level = 0;

	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		bool template = tree_is(t, w.i, TAG_template) &&
				!(t->nodes[w.i].flags & (NODE_F_SVG | NODE_F_MATHML));

		if (w.i == root)
			continue;
		if (e == WALK_ENTER) {
			dump_node(t, w.i, level, out);
			level += template ? 2 : 1;
		} else {
			level -= template ? 2 : 1;
		}
	}
}

#endif
