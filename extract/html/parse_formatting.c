// SPDX-License-Identifier: Apache-2.0
// The list of active formatting elements and the adoption agency (HTML standard, 13.2.4.3 and
// 13.2.6.4.7): misnested <b>, <a> and their like. What can grow with depth times input draws on a
// budget; when that is spent, formatting elements are closed where they are.
#include "base/hash.h"
#include "extract/html/parse_priv.h"

#define MAX_ACTIVE     256 // entries; further formatting elements are ordinary ones
#define SAME_MAX       3   // "Noah's Ark": equal entries above a marker
#define OUTER_LOOP_MAX 8
#define INNER_LOOP_MAX 3
#define CLONE_STEPS    32 // what a clone costs of the budget

// --- the list ---

static uint32_t
sum_of(const struct parser *p, node_id i)
{
	const struct node *n = &p->t->nodes[i];
	uint32_t sum = n->tag;

	for (uint32_t k = 0; k < n->n_attrs; k++) { // their order does not count
		const struct attr *a = &p->t->attrs[n->attr + k];
		uint64_t h = hash_text(tree_attr_value(p->t, a)) + a->name * 2654435761u;

		sum += (uint32_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	}
	return sum | 1;
}

static bool
is_same(const struct parser *p, node_id x, node_id y)
{
	const struct node *a = &p->t->nodes[x], *b = &p->t->nodes[y];

	if (a->tag != b->tag || a->n_attrs != b->n_attrs)
		return false;
	for (uint32_t k = 0; k < a->n_attrs && a->attr != b->attr; k++) {
		const struct attr *at = &p->t->attrs[a->attr + k];
		struct sv v = tree_get_id(p->t, y, at->name);

		if (!v.p || !sv_eq(v, tree_attr_value(p->t, at)))
			return false;
	}
	return true;
}

void
active_remove(struct parser *p, uint32_t position)
{
	memmove(p->active + position - 1, p->active + position,
	    (p->n_active - position) * sizeof(*p->active));
	p->n_active--;
}

// Of four equal ones the first goes.
static void
keep_three(struct parser *p, struct formatting *new)
{
	uint32_t alike = 0, same = 0, first = 0;

	for (uint32_t i = p->n_active; i > 0 && p->active[i - 1].node != NODE_NONE; i--)
		alike +=
		    p->active[i - 1].tag == new->tag && p->active[i - 1].n_attrs == new->n_attrs;
	if (alike < SAME_MAX)
		return;
	new->sum = sum_of(p, new->node);
	for (uint32_t i = p->n_active; i > 0 && p->active[i - 1].node != NODE_NONE; i--) {
		struct formatting *f = &p->active[i - 1];

		if (f->tag != new->tag || f->n_attrs != new->n_attrs)
			continue;
		if (f->sum == 0)
			f->sum = sum_of(p, f->node);
		if (f->sum == new->sum && is_same(p, f->node, new->node)) {
			same++;
			first = i;
		}
	}
	if (same >= SAME_MAX)
		active_remove(p, first);
}

static bool
active_room(struct parser *p)
{
	if (tree_grow(p->t->arena, &p->active, &p->cap_active, (size_t)p->n_active + 1,
		sizeof(*p->active)))
		return true;
	p->failed = true;
	return false;
}

void
active_push(struct parser *p, uint32_t index)
{
	const struct open_el *e = stack_at(p, index);
	struct formatting new = {
	    .node = e->node, .tag = e->tag, .n_attrs = p->t->nodes[e->node].n_attrs};

	if (p->n_active == MAX_ACTIVE)
		return;
	keep_three(p, &new);
	if (active_room(p))
		p->active[p->n_active++] = new;
}

void
active_marker(struct parser *p)
{
	if (active_room(p))
		p->active[p->n_active++] = (struct formatting){.node = NODE_NONE};
}

void
active_clear(struct parser *p)
{
	while (p->n_active > 0 && p->active[--p->n_active].node != NODE_NONE)
		;
}

uint32_t
active_find(const struct parser *p, uint32_t tag)
{
	for (uint32_t i = p->n_active; i > 0 && p->active[i - 1].node != NODE_NONE; i--)
		if (p->active[i - 1].tag == tag)
			return i;
	return 0;
}

static uint32_t
active_position(const struct parser *p, node_id node)
{
	for (uint32_t i = p->n_active; i > 0; i--)
		if (p->active[i - 1].node == node)
			return i;
	return 0;
}

static bool
is_open_or_marker(const struct parser *p, const struct formatting *f)
{
	return f->node == NODE_NONE || p->t->nodes[f->node].flags & NODE_F_OPEN;
}

static __attribute__((noinline)) void
reopen_formatting(struct parser *p)
{
	uint32_t i = p->n_active;

	while (i > 0 && !is_open_or_marker(p, &p->active[i - 1]))
		i--;
	for (; i < p->n_active && !p->failed && p->budget > 0; i++) {
		struct formatting *f = &p->active[i];
		struct token none = {.kind = TOKEN_START, .tag = f->tag, .attr = p->t->n_attrs};
		node_id old = f->node, node = insert_element(p, &none);
		struct node *nodes = p->t->nodes;

		if (node == NODE_NONE)
			return;
		nodes[node].attr = nodes[old].attr;
		nodes[node].n_attrs = nodes[old].n_attrs;
		nodes[node].flags |= nodes[old].flags & NODE_F_HIDDEN;
		p->active[i].node = node;
		p->budget -= CLONE_STEPS;
	}
}

void
reconstruct_formatting(struct parser *p)
{
	if (p->n_active > 0 && !is_open_or_marker(p, &p->active[p->n_active - 1]))
		reopen_formatting(p);
}

// --- the adoption agency ---

static uint32_t
stack_position(struct parser *p, node_id node)
{
	uint32_t i = p->n;

	while (i > 0 && (stack_at(p, i)->node != node || stack_at(p, i)->flags & OPEN_SHARED))
		i--;
	p->budget -= p->n - i;
	return i;
}

// The nearest "special" element above the formatting element on the stack.
static uint32_t
furthest_block(struct parser *p, uint32_t from)
{
	uint32_t i = stack_top(p)->special, block = 0;

	// Follow the chain of special ones down to the lowest above `from`.
	while (i > from) {
		block = i;
		i = stack_at(p, i - 1)->special;
		p->budget--;
	}
	return block;
}

// Takes the stack's entry out; those above it follow. Links are not counted anew.
static void
drop_entry(struct parser *p, uint32_t index)
{
	p->t->nodes[stack_at(p, index)->node].flags &= (uint8_t)~NODE_F_OPEN;
	memmove(stack_at(p, index), stack_at(p, index + 1), (p->n - index) * sizeof(*p->stack));
	p->n--;
}

struct adoption {
	uint32_t position; // of the formatting element in the list
	uint32_t at;       // on the stack
	uint32_t block;    // the furthest block, on the stack
	uint32_t bookmark; // where the list gets the clone: before this position
};

static node_id
replace_by_clone(struct parser *p, uint32_t index, uint32_t position)
{
	struct open_el *e = stack_at(p, index);
	node_id clone = clone_element(p, e->node);

	if (clone == NODE_NONE)
		return clone;
	p->t->nodes[e->node].flags &= (uint8_t)~NODE_F_OPEN;
	p->t->nodes[clone].flags |= NODE_F_OPEN;
	e->node = clone;
	p->active[position - 1].node = clone;
	p->budget -= CLONE_STEPS;
	return clone;
}

// The inner loop: clones of the formatting elements between the two, nested, hold the block.
static node_id
clone_between(struct parser *p, struct adoption *a)
{
	node_id last = stack_at(p, a->block)->node;
	bool first = true;
	unsigned count = 0;

	for (uint32_t i = a->block - 1; i > a->at && !p->failed; i--) {
		uint32_t position = active_position(p, stack_at(p, i)->node);
		node_id clone;

		count++;
		if (position != 0 && count > INNER_LOOP_MAX) {
			active_remove(p, position);
			a->position -= position < a->position;
			a->bookmark -= position < a->bookmark;
			position = 0;
		}
		if (position == 0) {
			drop_entry(p, i);
			a->block--;
			continue;
		}
		clone = replace_by_clone(p, i, position);
		if (clone == NODE_NONE)
			return last;
		if (first)
			a->bookmark = position + 1;
		first = false;
		build_remove(&p->b, last);
		build_insert(&p->b, last, clone, NODE_NONE);
		last = clone;
	}
	return last;
}

// The formatting element's clone takes the block's children and its place in list and stack.
static void
move_formatting(struct parser *p, struct adoption *a)
{
	struct formatting entry = p->active[a->position - 1];
	struct open_el e = *stack_at(p, a->at);
	node_id block = stack_at(p, a->block)->node, clone = clone_element(p, e.node);

	if (clone == NODE_NONE)
		return;
	p->budget -= build_move_children(&p->b, block, clone);
	build_insert(&p->b, clone, block, NODE_NONE);
	entry.node = clone;
	active_remove(p, a->position);
	a->bookmark -= a->position < a->bookmark;
	memmove(p->active + a->bookmark, p->active + a->bookmark - 1,
	    (p->n_active - a->bookmark + 1) * sizeof(*p->active));
	p->active[a->bookmark - 1] = entry;
	p->n_active++;
	p->t->nodes[e.node].flags &= (uint8_t)~NODE_F_OPEN;
	p->t->nodes[clone].flags |= NODE_F_OPEN;
	memmove(stack_at(p, a->at), stack_at(p, a->at + 1), (a->block - a->at) * sizeof(*p->stack));
	e.node = clone;
	*stack_at(p, a->block) = e;
	p->budget -= CLONE_STEPS;
}

static void
adopt_block(struct parser *p, struct adoption *a)
{
	struct place at;
	node_id last;

	if (!build_link(&p->b)) {
		p->failed = true;
		return;
	}
	stack_unlink(p, a->at);
	last = clone_between(p, a);
	if (p->failed)
		return;
	at = insertion_place(p, a->at - 1); // of the common ancestor; no table stands above it
	build_remove(&p->b, last);
	build_insert(&p->b, last, at.parent, at.before);
	move_formatting(p, a);
	stack_relink(p, a->at);
	p->failed |= p->b.failed;
}

// One round. True: another one.
static bool
adopt_once(struct parser *p, struct adoption *a)
{
	node_id node = p->active[a->position - 1].node;

	if (!(p->t->nodes[node].flags & NODE_F_OPEN)) {
		active_remove(p, a->position);
		return false;
	}
	a->at = stack_position(p, node);
	if (a->at < stack_top(p)->scope)
		return false;
	a->block = furthest_block(p, a->at);
	if (a->block == 0) {
		stack_pop_to(p, a->at);
		active_remove(p, a->position);
		return false;
	}
	if (p->budget <= 0) // left open until its parent ends
		return false;
	a->bookmark = a->position;
	adopt_block(p, a);
	return !p->failed;
}

bool
adopt(struct parser *p, uint32_t tag)
{
	struct adoption a;

	if (top_is(p, tag) && active_position(p, stack_top(p)->node) == 0) {
		stack_pop(p);
		return true;
	}
	for (unsigned i = 0; i < OUTER_LOOP_MAX; i++) {
		a.position = active_find(p, tag);
		if (a.position == 0)
			return false;
		if (!adopt_once(p, &a))
			return true;
	}
	return true;
}
