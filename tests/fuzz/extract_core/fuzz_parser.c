// SPDX-License-Identifier: Apache-2.0
// Any bytes through the HTML parser, as a document and as a fragment of any context (the first two
// bytes choose): the tree must hold what the layers above rely on. Small limits come into reach.
#include "extract/html/tree.h"

#include <assert.h>

#define MEMORY ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const contexts[] = {NULL, NULL, "div", "body", "table", "tbody", "tr", "td",
    "caption", "colgroup", "select", "template", "svg svg", "svg foreignObject", "svg title",
    "math math", "math mi", "math annotation-xml", "html", "head", "frameset", "title", "textarea",
    "style", "script", "plaintext", "noscript", "form", "p", "a", "x-y"};

static void
check_attrs(const struct tree *t, const struct node *n)
{
	assert(n->attr + n->n_attrs <= t->n_attrs && n->n_attrs <= t->lim.max_attrs);
	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];
		struct sv v = tree_attr_value(t, a);

		assert(a->name > 0 && a->name < t->n_names && v.p);
		for (size_t i = 0; i < v.n; i++)
			assert(v.p[i] != '\0');
		for (uint32_t j = 0; j < k && n->n_attrs < 64; j++)
			assert(t->attrs[n->attr + j].name != a->name);
	}
}

static void
check_node(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i], *parent = &t->nodes[n->parent];
	struct sv text = tree_text(t, i);

	assert(n->parent < i && n->end > i && n->end <= parent->end);
	assert(parent->kind == NODE_ELEMENT || parent->kind == NODE_DOCUMENT);
	assert(n->depth == parent->depth + 1 && n->depth <= t->lim.max_depth + 1);
	assert(n->next == NODE_NONE ? n->end == parent->end
				    : n->next == n->end && t->nodes[n->next].parent == n->parent);
	assert(!(n->flags & NODE_F_BUILDING));
	if (n->kind == NODE_ELEMENT) {
		assert(n->depth <= t->lim.max_depth && n->tag > 0 && n->tag < t->n_names);
		check_attrs(t, n);
		return;
	}
	assert(n->end == i + 1 && text.p);
	assert(n->kind != NODE_TEXT || text.n > 0);
	for (size_t k = 0; k < text.n; k++)
		assert(text.p[k] != '\0');
}

static void
check_document(const struct tree *t)
{
	unsigned roots = 0;

	for (node_id i = tree_first_child(t, 0); i != NODE_NONE; i = t->nodes[i].next) {
		assert(t->nodes[i].kind != NODE_TEXT);
		roots += t->nodes[i].kind == NODE_ELEMENT && tree_is(t, i, TAG_html);
	}
	assert(roots == 1);
}

static void
parse(struct sv html, const struct html_options *o)
{
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;
	int rc;

	arena_init(&a, MEMORY);
	rc = tree_init(&t, &a, &err);
	assert(rc == 0);
	rc = html_parse_with(&t, html, o, &err);
	if (rc == 0) {
		assert(t.nodes[0].end == t.n && t.nodes[0].next == NODE_NONE);
		for (node_id i = 1; i < t.n; i++)
			check_node(&t, i);
		check_document(&t);
	} else {
		assert((rc == ERR_TOO_LARGE) == t.node_limited && err.message[0]);
	}
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct html_options o = {.lim = tree_limits_default};
	const char *context;

	if (size < 2)
		return 0;
	context = contexts[data[0] % ARRAY_LEN(contexts)];
	o.context = context ? sv_from(context) : SV_NULL;
	o.scripting = (enum html_scripting)(data[1] % 3);
	o.keep_templates = data[1] & 0x80;
	if (data[1] & 0x40)
		o.lim = (struct tree_limits){.max_nodes = 200, .max_depth = 12, .max_attrs = 10};
	parse((struct sv){(const char *)data + 2, size - 2}, &o);
	return 0;
}
