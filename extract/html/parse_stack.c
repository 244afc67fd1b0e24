// SPDX-License-Identifier: Apache-2.0
// The stack of open elements and its scopes (HTML standard, 13.2.4.2). Every entry knows the
// nearest one of its name and the nearest bounds below it, so that no check walks the stack.
#include "extract/html/parse_priv.h"

#include <assert.h>

static unsigned
categories(const struct open_el *e)
{
	return e->ns == NS_HTML ? tag_flags(e->tag) : foreign_categories(e->name, e->ns);
}

static void
link_entry(struct parser *p, uint32_t index)
{
	struct open_el *e = stack_at(p, index);
	const struct open_el *below = index > 1 ? e - 1 : NULL;
	unsigned cat = categories(e);
	bool block =
	    cat & TAGF_SPECIAL && e->tag != TAG_address && e->tag != TAG_div && e->tag != TAG_p;
	uint32_t *head = &p->innermost[e->name * 2 + (e->ns != NS_HTML)];

	if (e->ns == NS_HTML && e->tag != e->name) // a renamed one is found by its tag
		head = &p->innermost[e->tag * 2];
	e->same = *head;
	*head = index;
	e->scope = cat & TAGF_SCOPE || e->flags & OPEN_BARRIER ? index : below ? below->scope : 0;
	e->special = cat & TAGF_SPECIAL ? index : below ? below->special : 0;
	e->item = block ? index : below ? below->item : 0;
	e->html = e->ns == NS_HTML ? index : below ? below->html : 0;
}

static void
unlink_entry(struct parser *p, uint32_t index)
{
	const struct open_el *e = stack_at(p, index);

	if (e->ns == NS_HTML)
		p->innermost[e->tag * 2] = e->same;
	else
		p->innermost[e->name * 2 + 1] = e->same;
}

// Room for an entry, and for names up to `id`.
static bool
has_room(const struct parser *p, uint32_t id)
{
	return p->n < p->cap && id < p->cap_innermost / 2;
}

static __attribute__((noinline)) void
grow_and_push(
    struct parser *p, node_id node, uint32_t tag, uint32_t name, enum name_space ns, unsigned flags)
{
	size_t names = (size_t)MAX(name, tag) * 2 + 2;

	if (!p->failed &&
	    tree_grow_raw(p->t->arena, &p->stack, &p->cap, (size_t)p->n + 1, sizeof(*p->stack)) &&
	    tree_grow(p->t->arena, &p->innermost, &p->cap_innermost, names, sizeof(*p->innermost)))
		stack_push_as(p, node, tag, name, ns, flags);
	else
		p->failed = true;
}

void
stack_push_as(
    struct parser *p, node_id node, uint32_t tag, uint32_t name, enum name_space ns, unsigned flags)
{
	struct open_el *e;

	if (p->failed || !has_room(p, MAX(name, tag))) {
		grow_and_push(p, node, tag, name, ns, flags);
		return;
	}
	if (!(flags & OPEN_SHARED))
		p->t->nodes[node].flags |= NODE_F_OPEN;
	e = &p->stack[p->n++];
	e->node = node;
	e->tag = tag;
	e->name = name;
	e->ns = (uint8_t)ns;
	e->flags = (uint8_t)flags;
	link_entry(p, p->n);
}

void
stack_push(struct parser *p, node_id node, uint32_t tag)
{
	stack_push_as(p, node, tag, tag, NS_HTML, 0);
}

void
stack_pop(struct parser *p)
{
	const struct open_el *e = stack_top(p);

	unlink_entry(p, p->n);
	if (!(e->flags & OPEN_SHARED))
		p->t->nodes[e->node].flags &= (uint8_t)~NODE_F_OPEN;
	p->n--;
}

void
stack_pop_to(struct parser *p, uint32_t index)
{
	assert(index > 0);
	while (p->n >= index)
		stack_pop(p);
}

void
stack_unlink(struct parser *p, uint32_t from)
{
	for (uint32_t i = p->n; i >= from; i--)
		unlink_entry(p, i);
	p->budget -= p->n - from + 1;
}

void
stack_relink(struct parser *p, uint32_t from)
{
	for (uint32_t i = from; i <= p->n; i++)
		link_entry(p, i);
}

void
stack_remove(struct parser *p, uint32_t index)
{
	p->t->nodes[stack_at(p, index)->node].flags &= (uint8_t)~NODE_F_OPEN;
	stack_unlink(p, index);
	memmove(stack_at(p, index), stack_at(p, index + 1), (p->n - index) * sizeof(*p->stack));
	p->n--;
	stack_relink(p, index);
}

// --- scopes ---

uint32_t
in_scope(const struct parser *p, uint32_t tag)
{
	uint32_t i = innermost(p, tag);

	return i != 0 && i >= p->stack[p->n - 1].scope ? i : 0;
}

uint32_t
in_list_scope(const struct parser *p, uint32_t tag)
{
	uint32_t i = in_scope(p, tag);

	return i >= innermost(p, TAG_ol) && i >= innermost(p, TAG_ul) ? i : 0;
}

uint32_t
in_button_scope(const struct parser *p, uint32_t tag)
{
	uint32_t i = in_scope(p, tag);

	return i >= innermost(p, TAG_button) ? i : 0;
}

uint32_t
in_table_scope(const struct parser *p, uint32_t tag)
{
	uint32_t i = innermost(p, tag);

	return i >= innermost(p, TAG_table) && i >= innermost(p, TAG_template) &&
		       i > p->noscript.index
		   ? i
		   : 0;
}

uint32_t
heading_in_scope(const struct parser *p)
{
	uint32_t i = 0;

	for (uint32_t tag = TAG_h1; tag <= TAG_h6; tag++)
		i = MAX(i, in_scope(p, tag));
	return i;
}

// --- closing ---

void
implied_end_tags(struct parser *p, uint32_t except)
{
	while (p->n > 0 && tag_flags(stack_top(p)->tag) & TAGF_IMPLIED &&
	       stack_top(p)->tag != except && stack_top(p)->ns == NS_HTML)
		stack_pop(p);
}

void
close_p(struct parser *p)
{
	uint32_t i = in_button_scope(p, TAG_p);

	if (i != 0)
		stack_pop_to(p, i);
}
