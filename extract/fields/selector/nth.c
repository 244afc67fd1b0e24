// SPDX-License-Identifier: Apache-2.0
// Positions among siblings: an index of all, made when a selector first asks, and An+B of S.
#include "extract/fields/selector/match_priv.h"

// Sibling positions of every node, made in two passes when a selector first asks.
struct sel_index {
	node_id *prev;                  // previous element sibling
	uint32_t *nth, *last;           // position among element siblings, from either end
	uint32_t *type_nth, *type_last; // the same among those with its tag; NULL until asked for
};

static struct sel_index *
index_of(struct sel_engine *e)
{
	const struct tree *t = e->t;
	struct sel_index *x = e->index;
	node_id *newest;

	if (x)
		return x;
	x = arena_alloc(e->a, sizeof(*x));
	newest = arena_array(e->a, t->n, sizeof(*newest));
	if (!x || !newest || !(x->prev = arena_array(e->a, t->n, sizeof(node_id))) ||
	    !(x->nth = arena_array(e->a, t->n, sizeof(uint32_t))) ||
	    !(x->last = arena_array(e->a, t->n, sizeof(uint32_t)))) {
		e->oom = e->exhausted = true;
		return NULL;
	}
	for (node_id i = 1; i < t->n; i++) { // node 0 is nobody's sibling: 0 means none
		node_id up = t->nodes[i].parent;

		if (!sel_is_element(t, i))
			continue;
		x->prev[i] = newest[up] ? newest[up] : NODE_NONE;
		x->nth[i] = newest[up] ? x->nth[newest[up]] + 1 : 1;
		newest[up] = i;
	}
	for (node_id i = 1; i < t->n; i++)
		if (sel_is_element(t, i))
			x->last[i] = x->nth[newest[t->nodes[i].parent]] - x->nth[i] + 1;
	return e->index = x;
}

struct type_slot {
	uint32_t parent_plus_1, tag, count;
};
static struct type_slot *
type_slot(struct type_slot *slots, uint32_t mask, uint32_t parent, uint32_t tag)
{
	uint32_t h = (parent * 2654435761u ^ tag * 40503u) & mask;

	while (slots[h].parent_plus_1 != 0 &&
	       (slots[h].parent_plus_1 != parent + 1 || slots[h].tag != tag))
		h = (h + 1) & mask;
	slots[h].parent_plus_1 = parent + 1;
	slots[h].tag = tag;
	return &slots[h];
}

static bool
index_types(struct sel_engine *e, struct sel_index *x)
{
	const struct tree *t = e->t;
	uint32_t cap = 16;
	struct type_slot *slots;

	while (cap < t->n * 2u)
		cap *= 2;
	slots = arena_array(e->a, cap, sizeof(*slots));
	x->type_last = arena_array(e->a, t->n, sizeof(uint32_t));
	x->type_nth = arena_array(e->a, t->n, sizeof(uint32_t));
	if (!slots || !x->type_last || !x->type_nth) {
		e->oom = e->exhausted = true;
		return false;
	}
	for (node_id i = 1; i < t->n; i++)
		if (sel_is_element(t, i))
			x->type_nth[i] =
			    ++type_slot(slots, cap - 1, t->nodes[i].parent, t->nodes[i].tag)->count;
	for (node_id i = 1; i < t->n; i++)
		if (sel_is_element(t, i))
			x->type_last[i] =
			    type_slot(slots, cap - 1, t->nodes[i].parent, t->nodes[i].tag)->count -
			    x->type_nth[i] + 1;
	return true;
}

node_id
sel_prev_element(struct sel_engine *e, node_id i)
{
	struct sel_index *x = index_of(e);

	return x && i != 0 ? x->prev[i] : NODE_NONE;
}

static bool
nth_fits(int64_t a, int64_t b, int64_t pos)
{
	int64_t d = pos - b;

	return a == 0 ? d == 0 : d % a == 0 && d / a >= 0;
}

// Position among the siblings that match `of S`, counted on from the last one asked for: elements
// are asked for in document order, so that a long list is walked once.
static uint32_t
nth_of_list(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	const struct node *n = &e->t->nodes[node];
	struct sel_memo *m = &s->memo[n->depth % SEL_MEMOS];
	uint32_t pos = 1;

	for (node_id k = sel_prev_element(e, node); k != NODE_NONE && sel_step(e, 1);
	     k = sel_prev_element(e, k)) {
		if (k == m->node) {
			pos += m->pos;
			break;
		}
		pos += sel_match_list(e, s->list, k);
	}
	m->node = node;
	m->pos = pos;
	return pos;
}

static uint32_t
nth_of_list_from_last(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	const struct tree *t = e->t;
	struct sel_memo *m = &s->memo[t->nodes[node].depth % SEL_MEMOS];
	uint32_t pos = nth_of_list(e, s, node);

	if (m->parent != t->nodes[node].parent + 1) {
		m->parent = t->nodes[node].parent + 1;
		m->total = pos;
		for (node_id k = t->nodes[node].next; k != NODE_NONE && sel_step(e, 1);
		     k = t->nodes[k].next)
			m->total += sel_is_element(t, k) && sel_match_list(e, s->list, k);
	}
	return m->total - pos + 1;
}

bool
sel_match_nth(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	struct sel_index *x = index_of(e);
	uint32_t pos;

	if (!x)
		return false;
	if (s->list) {
		if (!sel_match_list(e, s->list, node))
			return false;
		pos = s->from_last ? nth_of_list_from_last(e, s, node) : nth_of_list(e, s, node);
	} else if (s->of_type) {
		if (!x->type_nth && !index_types(e, x))
			return false;
		pos = s->from_last ? x->type_last[node] : x->type_nth[node];
	} else {
		pos = s->from_last ? x->last[node] : x->nth[node];
	}
	return nth_fits(s->a, s->b, pos);
}
