// SPDX-License-Identifier: Apache-2.0
// Selections: a compiled selector is bound to the names and the memory of a page, then tried on its
// elements. Every look at a node is a step; the engine stops at its budget, so that no selector
// makes a page quadratic.
#include "extract/fields/selector/match_priv.h"

#define MAX_KEPT        (4u << 20) // nodes whose results are kept, over all lists of an engine
#define SEL_STEPS_LEAST 1000

static struct sel_kept *
kept_for(struct sel_engine *e, const struct sel_simple *s)
{
	struct sel_kept *k = e->kept;

	while (k && k->of != s)
		k = k->next;
	if (k || e->kept_left < e->t->n)
		return k;
	k = arena_alloc(e->a, sizeof(*k));
	if (!k || !(k->of_node = arena_array(e->a, e->t->n, sizeof(*k->of_node)))) {
		e->oom = e->exhausted = true;
		return NULL;
	}
	e->kept_left -= e->t->n;
	k->of = s;
	k->next = e->kept;
	return e->kept = k;
}

static void bind_list(struct sel_engine *e, struct sel_complex *list);

static void
bind_simple(struct sel_engine *e, struct sel_simple *s)
{
	char name[256];

	s->id = 0;
	s->kept = s->keep ? kept_for(e, s) : NULL;
	if (s->memo)
		memset(s->memo, 0, SEL_MEMOS * sizeof(*s->memo));
	bind_list(e, s->list);
	if (s->name.n == 0 || s->name.n >= sizeof(name))
		return;
	memcpy(name, s->name.p, s->name.n);
	name[s->name.n] = '\0';
	s->id = tree_name_id(e->t, name);
}

static void
bind_list(struct sel_engine *e, struct sel_complex *list)
{
	for (; list; list = list->next)
		for (struct sel_compound *c = list->right; c; c = c->left)
			for (struct sel_simple *s = c->first; s; s = s->next)
				bind_simple(e, s);
}

static void
bind(struct sel_engine *e, struct selector *s, node_id scope)
{
	uint64_t always = scope == 0 ? (uint64_t)SEL_STEPS_ALWAYS * e->t->n : 0;

	e->selections++;
	e->scope = scope;
	e->limit = MAX(e->max_steps, e->steps + SEL_STEPS_LEAST + always);
	e->exhausted = e->oom;
	bind_list(e, s->list);
}

void
sel_engine_init(struct sel_engine *e, const struct tree *t, struct arena *a)
{
	*e = (struct sel_engine){.t = t, .a = a, .kept_left = MAX_KEPT};
	e->max_steps = SEL_STEPS + (uint64_t)SEL_STEPS_OF_NODE * t->n;
	e->class_id = tree_name_id(t, "class");
	e->id_id = tree_name_id(t, "id");
	e->quirks = t->quirks;
}

static bool
hit_add(struct sel_engine *e, struct sel_hits *out, size_t *cap, struct sel_hit hit)
{
	if (out->n == *cap) {
		size_t bigger = *cap ? *cap * 2 : 16;
		void *v = arena_grow(e->a, out->v, *cap * sizeof(hit), bigger * sizeof(hit));

		if (!v) {
			e->oom = e->exhausted = true;
			return false;
		}
		out->v = v;
		*cap = bigger;
	}
	out->v[out->n++] = hit;
	return true;
}

static int
engine_error(const struct sel_engine *e, struct err *err)
{
	if (e->oom)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	return err_set(err, ERR_TOO_LARGE,
	    "matching needs more than %llu steps on this page; use simpler selectors",
	    (unsigned long long)e->max_steps);
}

static bool
has_own_text(struct sel_engine *e, node_id i)
{
	for (node_id k = tree_first_child(e->t, i); k != NODE_NONE && sel_step(e, 1);
	     k = e->t->nodes[k].next) {
		if (e->t->nodes[k].kind == NODE_TEXT && sv_trim(tree_text(e->t, k)).n > 0)
			return true;
	}
	return false;
}

// Elements without the text or the attribute that is asked for are no hits.
static bool
has_value(struct sel_engine *e, const struct sel_complex *c, node_id i)
{
	if (c->take == TAKE_TEXT)
		return has_own_text(e, i);
	if (c->take != TAKE_ATTR)
		return true;
	sel_step(e, e->t->nodes[i].n_attrs / 8);
	return c->attr && tree_get(e->t, i, c->attr).p;
}

// What the element is for one of the list, or NULL.
static const struct sel_complex *
match(struct sel_engine *e, const struct sel_complex *c, node_id scope, node_id i)
{
	for (; c; c = c->next)
		if ((i != scope || c->right->first->kind == SEL_SCOPE) &&
		    sel_match_complex(e, c, i) && has_value(e, c, i))
			return c;
	return NULL;
}

int
selector_select(struct sel_engine *e, struct selector *s, node_id scope, size_t max,
    struct sel_hits *out, struct err *err)
{
	struct sel_hits hits = {0};
	size_t cap = 0;

	bind(e, s, scope);
	for (node_id i = scope; i < e->t->nodes[scope].end && hits.n < max && sel_step(e, 1);
	     i = i == scope ? i + 1 : sel_next_outside(e->t, i)) {
		const struct sel_complex *c =
		    sel_is_element(e->t, i) ? match(e, s->list, scope, i) : NULL;

		if (c &&
		    !hit_add(e, &hits, &cap, (struct sel_hit){i, (enum sel_take)c->take, c->attr}))
			break;
	}
	if (e->exhausted)
		return engine_error(e, err);
	*out = hits;
	return 0;
}
