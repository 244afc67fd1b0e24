// SPDX-License-Identifier: Apache-2.0
// Creating and inserting nodes (HTML standard, 13.2.6.1): the appropriate place, foster parenting,
// the depth limit as Blink has it (the child becomes a sibling), comments that come late.
#include "extract/html/parse_priv.h"

#include <assert.h>

// --- places ---

static bool
fosters(uint32_t tag)
{
	return tag == TAG_table || tag == TAG_tbody || tag == TAG_tfoot || tag == TAG_thead ||
	       tag == TAG_tr;
}

static struct place
foster_place(struct parser *p)
{
	uint32_t template = innermost(p, TAG_template), table = innermost(p, TAG_table);
	node_id node, parent;

	if (template != 0 && template > table)
		return (struct place){stack_at(p, template)->node, NODE_NONE};
	if (table == 0) // fragment case
		return (struct place){p->stack[0].node, NODE_NONE};
	node = stack_at(p, table)->node;
	parent = p->t->nodes[node].parent;
	if (parent != NODE_NONE)
		return (struct place){parent, node};
	return (struct place){stack_at(p, table - 1)->node, NODE_NONE};
}

struct place
insertion_place(struct parser *p, uint32_t target)
{
	const struct open_el *e = stack_at(p, target);

	if (p->foster && fosters(e->tag))
		return foster_place(p);
	return (struct place){e->node, NODE_NONE};
}

// The same for an element or a comment of the input: below the depth limit, the parent's parent.
static struct place
limited_place(struct parser *p)
{
	const struct open_el *e;
	bool too_deep;

	if (p->n == 0)
		return (struct place){0, NODE_NONE};
	e = stack_top(p);
	if (p->foster && fosters(e->tag))
		return foster_place(p);
	// The tree may be deeper than the stack, from whose middle an ended <form> is taken out.
	too_deep = p->n >= p->t->lim.max_depth ||
		   (!p->b.links && p->t->nodes[e->node].depth >= p->t->lim.max_depth);
	if (!too_deep || p->t->nodes[e->node].parent == NODE_NONE)
		return (struct place){e->node, NODE_NONE};
	p->t->depth_limited = true;
	return (struct place){p->t->nodes[e->node].parent, NODE_NONE};
}

// --- elements ---

static node_id
new_element(struct parser *p, uint32_t name, struct place at)
{
	node_id i = build_child(&p->b, NODE_ELEMENT, at.parent, at.before);

	p->failed |= p->b.failed;
	if (i != NODE_NONE)
		p->t->nodes[i].tag = name;
	return i;
}

static void
take_attrs(struct parser *p, struct token *tok, node_id i)
{
	struct tree *t = p->t;

	assert(tok->attr == t->n_attrs);
	t->nodes[i].attr = tok->attr;
	t->nodes[i].n_attrs = (uint16_t)tok->attrs;
	t->n_attrs += tok->attrs;
	if (tok->may_hide && tree_is_hidden(t, i))
		t->nodes[i].flags |= NODE_F_HIDDEN;
	tok->attrs = 0;
	tok->attr = t->n_attrs;
}

// An element for the token, not on the stack; NODE_NONE on failure.
static node_id
element_for(struct parser *p, struct token *tok, uint32_t name)
{
	node_id i = new_element(p, name, limited_place(p));

	if (!p->failed)
		take_attrs(p, tok, i);
	return p->failed ? NODE_NONE : i;
}

node_id
insert_element(struct parser *p, struct token *tok)
{
	node_id i = element_for(p, tok, tok->tag);

	if (i != NODE_NONE)
		stack_push(p, i, tok->tag);
	return i;
}

void
insert_void(struct parser *p, struct token *tok)
{
	element_for(p, tok, tok->tag);
}

void
insert_renamed(struct parser *p, struct token *tok, enum tag_id name, uint32_t tag)
{
	node_id i = element_for(p, tok, name);

	if (i != NODE_NONE)
		stack_push_as(p, i, tag, name, NS_HTML, 0);
}

node_id
insert_implied(struct parser *p, enum tag_id tag)
{
	node_id i = new_element(p, tag, limited_place(p));

	if (!p->failed)
		stack_push(p, i, tag);
	return i;
}

void
insert_foreign(struct parser *p, struct token *tok, enum name_space ns)
{
	uint8_t flags = integration_flags(p, tok->tag, ns, tok);
	node_id i = element_for(p, tok, tok->tag);

	if (i == NODE_NONE)
		return;
	p->t->nodes[i].flags |= ns == NS_SVG ? NODE_F_SVG : NODE_F_MATHML;
	if (!tok->self_closing)
		stack_push_as(p, i, TAG_NONE, tok->tag, ns, flags);
}

void
insert_raw(struct parser *p, struct token *tok, enum raw_kind kind)
{
	uint32_t tag = tok->tag;
	node_id i = element_for(p, tok, tag);
	struct token end;
	struct span text;

	if (i == NODE_NONE)
		return;
	text = scan_raw(&p->s, kind, sv_from(tree_name(p->t, tag)));
	scan_next(&p->s, &end);
	if (tag == TAG_textarea && text.n > 0 && tree_view(p->t, text).p[0] == '\n') {
		text.at++;
		text.n--;
	}
	if (text.n > 0)
		build_text(&p->b, i, NODE_NONE, text);
	p->failed |= p->s.failed || p->b.failed;
}

node_id
clone_element(struct parser *p, node_id el)
{
	node_id i = build_node(&p->b, NODE_ELEMENT);
	struct node *n;

	if (i == NODE_NONE) {
		p->failed = true;
		return i;
	}
	n = &p->t->nodes[i];
	n->tag = p->t->nodes[el].tag;
	n->attr = p->t->nodes[el].attr;
	n->n_attrs = p->t->nodes[el].n_attrs;
	n->flags = p->t->nodes[el].flags & NODE_F_HIDDEN;
	return i;
}

// --- attributes ---

const struct attr *
token_attr(const struct parser *p, const struct token *tok, uint32_t name)
{
	for (uint32_t k = 0; k < tok->attrs; k++)
		if (p->t->attrs[tok->attr + k].name == name)
			return &p->t->attrs[tok->attr + k];
	return NULL;
}

void
merge_attrs(struct parser *p, struct token *tok, node_id el)
{
	struct tree *t = p->t;
	struct node *n = &t->nodes[el];
	uint32_t missing = 0, had = n->n_attrs, from = n->attr;
	uint32_t most = MIN(t->lim.max_attrs, (uint32_t)UINT16_MAX);

	for (uint32_t k = 0; k < tok->attrs && had + missing < most; k++) { // these to the front
		struct attr a = t->attrs[tok->attr + k];

		if (tree_get_id(t, el, a.name).p == NULL)
			t->attrs[tok->attr + missing++] = a;
	}
	tok->attrs = 0;
	if (missing == 0)
		return;
	if (!tree_grow_raw(t->arena, &t->attrs, &t->cap_attrs, (size_t)tok->attr + missing + had,
		sizeof(*t->attrs))) {
		p->failed = true;
		return;
	}
	memmove(t->attrs + tok->attr + had, t->attrs + tok->attr, missing * sizeof(*t->attrs));
	memcpy(t->attrs + tok->attr, t->attrs + from, had * sizeof(*t->attrs));
	n->attr = tok->attr;
	n->n_attrs = (uint16_t)(had + missing);
	t->n_attrs += had + missing;
	if (tree_is_hidden(t, el))
		n->flags |= NODE_F_HIDDEN;
}

// --- text, comments, doctype ---

void
insert_text(struct parser *p, struct span text)
{
	struct place at = insertion_place(p, p->n);

	if (text.n == 0 || at.parent == 0)
		return;
	build_text(&p->b, at.parent, at.before, text);
	p->failed |= p->b.failed;
}

static void
new_comment(struct parser *p, enum node_kind kind, struct span text, struct place at)
{
	node_id i = build_child(&p->b, kind, at.parent, at.before);

	p->failed |= p->b.failed;
	if (i == NODE_NONE)
		return;
	p->t->nodes[i].text = text.at;
	p->t->nodes[i].text_len = text.n;
}

void
insert_comment(struct parser *p, const struct token *tok)
{
	new_comment(p, NODE_COMMENT, tok->text, limited_place(p));
}

void
insert_comment_at(struct parser *p, struct span text, node_id parent)
{
	new_comment(p, NODE_COMMENT, text, (struct place){parent, NODE_NONE});
}

void
late_comment(struct parser *p, const struct token *tok, bool in_document)
{
	if (!tree_grow(
		p->t->arena, &p->late, &p->cap_late, (size_t)p->n_late + 1, sizeof(*p->late))) {
		p->failed = true;
		return;
	}
	p->late[p->n_late++] = (struct late_comment){tok->text, in_document};
}

void
flush_late_comments(struct parser *p)
{
	for (uint32_t i = 0; i < p->n_late && !p->failed; i++)
		if (!p->late[i].in_document)
			insert_comment_at(p, p->late[i].text, p->stack[0].node);
	for (uint32_t i = 0; i < p->n_late && !p->failed; i++)
		if (p->late[i].in_document)
			insert_comment_at(p, p->late[i].text, 0);
	p->n_late = 0;
}

// Its text is `NAME` or `NAME "PUBLIC" "SYSTEM"`.
void
insert_doctype(struct parser *p)
{
	const struct doctype *d = &p->s.doctype;
	cleanup_buf b = BUF_INIT;
	struct span text = {side_at(p->t), 0};

	if (d->has_name)
		buf_sv(&b, tree_view(p->t, d->name));
	if (d->public_id.n > 0 || d->system_id.n > 0) {
		buf_str(&b, " \"");
		buf_sv(&b, d->has_public ? tree_view(p->t, d->public_id) : SV(""));
		buf_str(&b, "\" \"");
		buf_sv(&b, d->has_system ? tree_view(p->t, d->system_id) : SV(""));
		buf_str(&b, "\"");
	}
	text.n = (uint32_t)b.n;
	if (!side_add(p->t, b.p, b.n))
		p->failed = true;
	else
		new_comment(p, NODE_DOCTYPE, text, (struct place){0, NODE_NONE});
}
