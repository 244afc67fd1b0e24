// SPDX-License-Identifier: Apache-2.0
// Matches compiled selectors on the node tree, right to left. Every look at a node is a step; the
// engine stops at its budget, so that no selector makes a page quadratic. Recursion follows the
// selector, never the page.
#include "extract/fields/selector_priv.h"

#define MAX_KEPT        (4u << 20) // nodes whose results are kept, over all lists of an engine
#define SEL_STEPS_LEAST 1000
#define BYTES_A_STEP    8 // read in the time of a step

// Results of a list: of_node[i] is the selection it is of, times two, plus the result.
struct sel_kept {
	const struct sel_simple *of;
	uint32_t *of_node;
	struct sel_kept *next;
};

// Sibling positions of every node, made in two passes when a selector first asks.
struct sel_index {
	node_id *prev;                  // previous element sibling
	uint32_t *nth, *last;           // position among element siblings, from either end
	uint32_t *type_nth, *type_last; // the same among those with its tag; NULL until asked for
};

static bool match_list(struct sel_engine *e, const struct sel_complex *list, node_id node);

static bool
step(struct sel_engine *e, uint64_t n)
{
	e->steps += n;
	if (e->steps > e->limit)
		e->exhausted = true;
	return !e->exhausted;
}

static bool
is_element(const struct tree *t, node_id i)
{
	return t->nodes[i].kind == NODE_ELEMENT;
}

static bool
is_foreign(const struct tree *t, node_id i)
{
	return t->nodes[i].flags & (NODE_F_SVG | NODE_F_MATHML);
}

// What is in a template is another document's: selectors do not see it.
static bool
is_template(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_template) && !is_foreign(t, i);
}

static node_id
next_outside(const struct tree *t, node_id i)
{
	return is_template(t, i) ? t->nodes[i].end : i + 1;
}

// --- positions ---

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

		if (!is_element(t, i))
			continue;
		x->prev[i] = newest[up] ? newest[up] : NODE_NONE;
		x->nth[i] = newest[up] ? x->nth[newest[up]] + 1 : 1;
		newest[up] = i;
	}
	for (node_id i = 1; i < t->n; i++)
		if (is_element(t, i))
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
		if (is_element(t, i))
			x->type_nth[i] =
			    ++type_slot(slots, cap - 1, t->nodes[i].parent, t->nodes[i].tag)->count;
	for (node_id i = 1; i < t->n; i++)
		if (is_element(t, i))
			x->type_last[i] =
			    type_slot(slots, cap - 1, t->nodes[i].parent, t->nodes[i].tag)->count -
			    x->type_nth[i] + 1;
	return true;
}

static node_id
prev_element(struct sel_engine *e, node_id i)
{
	struct sel_index *x = index_of(e);

	return x && i != 0 ? x->prev[i] : NODE_NONE;
}

// --- attributes ---

static struct sv
attr_by_id(const struct tree *t, node_id i, uint32_t name)
{
	const struct node *n = &t->nodes[i];

	for (uint32_t k = 0; name != 0 && k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		if (a->name == name)
			return tree_attr_value(t, a);
	}
	return SV_NULL;
}

static bool
equal(struct sv a, struct sv b, bool icase)
{
	for (size_t i = 0; i < a.n && a.n == b.n; i++) {
		char x = a.p[i], y = b.p[i];

		if (icase && x >= 'A' && x <= 'Z')
			x = (char)(x + 32);
		if (icase && y >= 'A' && y <= 'Z')
			y = (char)(y + 32);
		if (x != y)
			return false;
	}
	return a.n == b.n;
}

static struct sv
part(struct sv v, size_t from, size_t n)
{
	return (struct sv){v.p + from, n};
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
has_word(struct sv list, struct sv word, bool icase)
{
	for (size_t i = 0; i < list.n;) {
		size_t from = i;

		while (i < list.n && !is_space(list.p[i]))
			i++;
		if (i > from && equal(part(list, from, i - from), word, icase))
			return true;
		i++;
	}
	return false;
}

static void
put_lower(struct buf *b, struct sv v)
{
	buf_sv(b, v);
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] >= 'A' && b->p[i] <= 'Z')
			b->p[i] = (char)(b->p[i] + 32);
}

static bool
has_part(struct sv v, struct sv want, bool icase)
{
	cleanup_buf lower = BUF_INIT, lower_want = BUF_INIT;

	if (want.n > v.n)
		return false;
	if (icase) {
		put_lower(&lower, v);
		put_lower(&lower_want, want);
		v = buf_view(&lower);
		want = buf_view(&lower_want);
	}
	return memmem(v.p, v.n, want.p, want.n) != NULL;
}

static bool
match_attr(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	struct sv v = attr_by_id(e->t, node, s->id), w = s->value;
	bool icase = s->icase || (s->html_icase && !is_foreign(e->t, node));

	step(e, e->t->nodes[node].n_attrs / 8);
	if (!v.p)
		return false;
	step(e, (v.n + w.n) / BYTES_A_STEP);
	switch (s->op) {
	case '=':
		return equal(v, w, icase);
	case '~':
		return w.n > 0 && has_word(v, w, icase);
	case '|':
		return equal(part(v, 0, MIN(v.n, w.n)), w, icase) &&
		       (v.n == w.n || v.p[w.n] == '-');
	case '^':
		return w.n > 0 && v.n >= w.n && equal(part(v, 0, w.n), w, icase);
	case '$':
		return w.n > 0 && v.n >= w.n && equal(part(v, v.n - w.n, w.n), w, icase);
	case '*':
		return w.n > 0 && has_part(v, w, icase);
	default:
		return true;
	}
}

// --- pseudo-classes ---

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

	for (node_id k = prev_element(e, node); k != NODE_NONE && step(e, 1);
	     k = prev_element(e, k)) {
		if (k == m->node) {
			pos += m->pos;
			break;
		}
		pos += match_list(e, s->list, k);
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
		for (node_id k = t->nodes[node].next; k != NODE_NONE && step(e, 1);
		     k = t->nodes[k].next)
			m->total += is_element(t, k) && match_list(e, s->list, k);
	}
	return m->total - pos + 1;
}

static bool
match_nth(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	struct sel_index *x = index_of(e);
	uint32_t pos;

	if (!x)
		return false;
	if (s->list) {
		if (!match_list(e, s->list, node))
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

static bool
match_empty(struct sel_engine *e, node_id node)
{
	const struct tree *t = e->t;

	if (is_template(t, node))
		return true;
	for (node_id i = node + 1; i < t->nodes[node].end && step(e, 1); i = t->nodes[i].end)
		if (is_element(t, i) || (t->nodes[i].kind == NODE_TEXT && t->nodes[i].text_len > 0))
			return false;
	return true;
}

static bool
match_contains(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	cleanup_buf b = BUF_INIT;
	bool found;

	tree_inner_text(e->t, node, &b);
	step(e, 4 * (e->t->nodes[node].end - node) + b.n / 2);
	found = s->value.n == 0 || (b.n > 0 && memmem(b.p, b.n, s->value.p, s->value.n));
	return found;
}

static bool
match_form_state(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	static const uint32_t controls[] = {TAG_button, TAG_input, TAG_select, TAG_textarea,
	    TAG_optgroup, TAG_option, TAG_fieldset};
	bool control = false;

	if (s->kind == SEL_CHECKED)
		return tree_get(
		    e->t, node, tree_is(e->t, node, TAG_option) ? "selected" : "checked")
		    .p;
	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		control |= tree_is(e->t, node, (enum tag_id)controls[i]);
	return control && (tree_get(e->t, node, "disabled").p != NULL) == (s->kind == SEL_DISABLED);
}

static bool match_complex(struct sel_engine *e, const struct sel_complex *c, node_id node);
static bool match_compound(struct sel_engine *e, const struct sel_compound *c, node_id node);

// What may match a relative selector of one compound is a child or a sibling; else anything in the
// subtree of the anchor, or behind it.
static bool
has_near(struct sel_engine *e, const struct sel_complex *c, node_id node)
{
	const struct tree *t = e->t;
	node_id i = t->nodes[node].next;

	if (c->lead == '>')
		i = is_template(t, node) ? NODE_NONE : tree_first_child(t, node);
	for (; i != NODE_NONE && step(e, 1); i = t->nodes[i].next) {
		if (!is_element(t, i))
			continue;
		if (match_compound(e, c->right, i))
			return true;
		if (c->lead == '+')
			break;
	}
	return false;
}

static bool
has_relative(struct sel_engine *e, const struct sel_complex *c, node_id node)
{
	const struct tree *t = e->t;
	bool inside = c->lead == ' ' || c->lead == '>', near = !c->right->left->left;
	node_id from = inside ? node + 1 : t->nodes[node].end;
	node_id end = inside ? t->nodes[node].end : t->nodes[t->nodes[node].parent].end;

	if (near && c->lead != ' ')
		return has_near(e, c, node);
	if (inside && is_template(t, node))
		return false;
	for (node_id i = from; i < end && step(e, 1); i = next_outside(t, i))
		if (is_element(t, i) &&
		    (near ? match_compound(e, c->right, i) : match_complex(e, c, i)))
			return true;
	return false;
}

static bool
has_any(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	node_id outer = e->anchor;
	bool found = false;

	e->anchor = node;
	for (const struct sel_complex *c = s->list; c && !found; c = c->next)
		found = has_relative(e, c, node);
	e->anchor = outer;
	return found;
}

// What a list with combinators says of an element is asked for again and again while the other
// parts try their ancestors; it is found out once a selection.
static bool
match_kept(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	uint32_t *kept = s->kept ? &s->kept->of_node[node] : NULL;
	bool found;

	if (kept && *kept >> 1 == e->selections)
		return *kept & 1;
	found = s->kind == SEL_HAS ? has_any(e, s, node) : match_list(e, s->list, node);
	if (kept && !e->exhausted)
		*kept = e->selections << 1 | found;
	return found;
}

// --- simple selectors ---

static bool
match_any(struct sel_engine *e UNUSED, const struct sel_simple *s UNUSED, node_id node UNUSED)
{
	return true;
}

static bool
match_tag(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return s->id != 0 && e->t->nodes[node].tag == s->id;
}

static bool
match_id(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return equal(attr_by_id(e->t, node, e->id_id), s->value, e->quirks);
}

static bool
match_class(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	struct sv v = attr_by_id(e->t, node, e->class_id);

	step(e, 1 + v.n / BYTES_A_STEP + e->t->nodes[node].n_attrs / 8);
	return has_word(v, s->value, e->quirks);
}

static bool
match_is_empty(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return match_empty(e, node);
}

static bool
match_root(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return e->t->nodes[node].parent == 0;
}

static bool
match_scope(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return node == e->scope || (e->scope == 0 && e->t->nodes[node].parent == 0);
}

static bool
match_anchor(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return node == e->anchor;
}

static bool
match_is(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return match_kept(e, s, node);
}

static bool
match_not(struct sel_engine *e, const struct sel_simple *s, node_id node)
{
	return !match_kept(e, s, node);
}

static bool
match_link(struct sel_engine *e, const struct sel_simple *s UNUSED, node_id node)
{
	return (tree_is(e->t, node, TAG_a) || tree_is(e->t, node, TAG_area)) &&
	       tree_get(e->t, node, "href").p;
}

static bool (*const matchers[])(struct sel_engine *, const struct sel_simple *, node_id) = {
    [SEL_ANY] = match_any,
    [SEL_TAG] = match_tag,
    [SEL_ID] = match_id,
    [SEL_CLASS] = match_class,
    [SEL_ATTR] = match_attr,
    [SEL_NTH] = match_nth,
    [SEL_EMPTY] = match_is_empty,
    [SEL_ROOT] = match_root,
    [SEL_SCOPE] = match_scope,
    [SEL_ANCHOR] = match_anchor,
    [SEL_CONTAINS] = match_contains,
    [SEL_IS] = match_is,
    [SEL_NOT] = match_not,
    [SEL_HAS] = match_kept,
    [SEL_LINK] = match_link,
    [SEL_CHECKED] = match_form_state,
    [SEL_DISABLED] = match_form_state,
    [SEL_ENABLED] = match_form_state,
};

static bool
match_compound(struct sel_engine *e, const struct sel_compound *c, node_id node)
{
	if (!is_element(e->t, node) && c->first->kind != SEL_SCOPE)
		return false;
	for (const struct sel_simple *s = c->first; s; s = s->next)
		if (!step(e, 1) || !matchers[s->kind](e, s, node))
			return false;
	return !e->exhausted;
}

// What a failure says about other candidates further left: none among the siblings before, or none
// at all, needs another try. Without it "* * * …" tries every choice of ancestors.
enum match { MATCHES, FAILS_HERE, FAILS_SIBLINGS, FAILS_ALL };
static enum match match_from(struct sel_engine *e, const struct sel_compound *c, node_id node);

static enum match
match_ancestor(struct sel_engine *e, const struct sel_compound *left, node_id node)
{
	while (node != 0 && step(e, 1)) {
		enum match m;

		node = e->t->nodes[node].parent;
		m = match_from(e, left, node);
		if (m == MATCHES || m == FAILS_ALL)
			return m;
	}
	return FAILS_ALL;
}

static enum match
match_before(struct sel_engine *e, const struct sel_compound *left, node_id node)
{
	for (node = prev_element(e, node); node != NODE_NONE && step(e, 1);
	     node = prev_element(e, node)) {
		enum match m = match_from(e, left, node);

		if (m != FAILS_HERE)
			return m;
	}
	return FAILS_SIBLINGS;
}

static enum match
match_from(struct sel_engine *e, const struct sel_compound *c, node_id node)
{
	node_id near;

	if (!match_compound(e, c, node))
		return FAILS_HERE;
	if (!c->left)
		return MATCHES;
	switch (c->comb) {
	case '>':
		return node == 0 ? FAILS_ALL : match_from(e, c->left, e->t->nodes[node].parent);
	case '+':
		near = prev_element(e, node);
		return near == NODE_NONE ? FAILS_SIBLINGS : match_from(e, c->left, near);
	case '~':
		return match_before(e, c->left, node);
	default:
		return match_ancestor(e, c->left, node);
	}
}

static bool
match_complex(struct sel_engine *e, const struct sel_complex *c, node_id node)
{
	return match_from(e, c->right, node) == MATCHES;
}

static bool
match_list(struct sel_engine *e, const struct sel_complex *list, node_id node)
{
	for (; list; list = list->next)
		if (match_complex(e, list, node))
			return true;
	return false;
}

// --- selections ---

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

int
selector_select(struct sel_engine *e, struct selector *s, node_id scope, size_t max,
    struct sel_hits *out, struct err *err)
{
	struct sel_hits hits = {0};
	size_t cap = 0;

	bind(e, s, scope);
	for (node_id i = scope; i < e->t->nodes[scope].end && hits.n < max && step(e, 1);
	     i = i == scope ? i + 1 : next_outside(e->t, i)) {
		const struct sel_complex *c = s->list;

		if (!is_element(e->t, i))
			continue;
		while (c && ((i == scope && c->right->first->kind != SEL_SCOPE) ||
				!match_complex(e, c, i)))
			c = c->next;
		if (c &&
		    !hit_add(e, &hits, &cap, (struct sel_hit){i, (enum sel_take)c->take, c->attr}))
			break;
	}
	if (e->exhausted)
		return engine_error(e, err);
	*out = hits;
	return 0;
}

bool
selector_matches(struct sel_engine *e, struct selector *s, node_id node)
{
	bind(e, s, 0);
	return is_element(e->t, node) && match_list(e, s->list, node);
}
