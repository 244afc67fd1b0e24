// SPDX-License-Identifier: Apache-2.0
// Evaluates XPath 1.0 on the node tree. A step without a question of position is taken for all of
// its nodes at once, in linear time; every look at a node is counted, and the engine stops at its
// budget. Recursion follows the expression, never the page.
#include "extract/fields/xpath_priv.h"

#include <math.h>
#include <stdlib.h>

#define MEMORY_MAX   ((size_t)256 << 20) // of one evaluation
#define CHUNK_BYTES  ((size_t)64 << 10)
#define BYTES_A_STEP 4 // of memory
#define STEPS_LEAST  1000
#define FEW          16 // nodes whose results are sorted rather than marked
#define ALL          SIZE_MAX

static struct xvalue eval(struct xpath_engine *e, const struct xcontext *c, const struct xexpr *x);

// --- budget and memory ---

struct xchunk {
	struct xchunk *before;
	size_t used, cap;
	_Alignas(16) char bytes[];
};
struct xmark {
	struct xchunk *chunk;
	size_t used;
};

bool
xpath_step(struct xpath_engine *e, uint64_t n)
{
	e->steps += n;
	if (e->steps > e->limit)
		e->exhausted = true;
	return !e->exhausted;
}

void *
xpath_alloc(struct xpath_engine *e, size_t n)
{
	struct xchunk *c = e->memory;
	void *p;

	if (!xpath_step(e, n / BYTES_A_STEP))
		return NULL;
	n = (n + 15) & ~(size_t)15;
	if (!c || c->cap - c->used < n) {
		size_t cap = MAX(n, CHUNK_BYTES);

		if (n > MEMORY_MAX || e->memory_used + cap > MEMORY_MAX) {
			e->exhausted = e->full = true;
			return NULL;
		}
		c = malloc(sizeof(*c) + cap);
		if (!c) {
			e->exhausted = e->oom = true;
			return NULL;
		}
		*c = (struct xchunk){.before = e->memory, .cap = cap};
		e->memory = c;
		e->memory_used += cap;
	}
	p = c->bytes + c->used;
	c->used += n;
	return p;
}

static struct xmark
mark(const struct xpath_engine *e)
{
	return (struct xmark){e->memory, e->memory ? e->memory->used : 0};
}

static void
release(struct xpath_engine *e, struct xmark m)
{
	while (e->memory != m.chunk) {
		struct xchunk *c = e->memory;

		e->memory = c->before;
		e->memory_used -= c->cap;
		free(c);
	}
	if (e->memory)
		e->memory->used = m.used;
}

void
xpath_engine_init(struct xpath_engine *e, const struct tree *t, struct arena *a)
{
	*e = (struct xpath_engine){.t = t, .a = a};
	e->max_steps = XPATH_STEPS + (uint64_t)XPATH_STEPS_OF_NODE * t->n;
}

void
xpath_engine_done(struct xpath_engine *e)
{
	release(e, (struct xmark){NULL, 0});
	free(e->prev);
	e->prev = NULL;
}

// --- sets ---

bool
xset_add(struct xpath_engine *e, struct xset *s, xnode x)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 4 : 4;
		xnode *v = xpath_alloc(e, cap * sizeof(*v));

		if (!v)
			return false;
		if (s->n > 0)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = x;
	return true;
}

static void
reverse(struct xset *s)
{
	for (size_t i = 0, k = s->n; i + 1 < k; i++) {
		xnode x = s->v[i];

		s->v[i] = s->v[--k];
		s->v[k] = x;
	}
}

static int
compare_nodes(const void *a, const void *b)
{
	xnode x = *(const xnode *)a, y = *(const xnode *)b;

	return (x > y) - (x < y);
}

static void
put_in_order(struct xpath_engine *e, struct xset *s)
{
	size_t n = 0;
	bool ascending = true;

	for (size_t i = 1; i < s->n && ascending; i++)
		ascending = s->v[i - 1] < s->v[i];
	if (ascending || !xpath_step(e, s->n * 8))
		return;
	qsort(s->v, s->n, sizeof(*s->v), compare_nodes);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || s->v[n - 1] != s->v[i])
			s->v[n++] = s->v[i];
	s->n = n;
}

static struct xset
unite(struct xpath_engine *e, const struct xset *a, const struct xset *b)
{
	struct xset out = {0};
	size_t i = 0, k = 0;

	(void)xpath_step(e, a->n + b->n);
	while ((i < a->n || k < b->n) && !e->exhausted) {
		xnode x = i < a->n ? a->v[i] : UINT64_MAX, y = k < b->n ? b->v[k] : UINT64_MAX;

		i += x <= y;
		k += y <= x;
		xset_add(e, &out, MIN(x, y));
	}
	return out;
}

// --- axes ---

static bool
has_prefix(const struct xpath_engine *e, const struct xstep *s, uint32_t name)
{
	return strncasecmp(tree_name(e->t, name), s->name.p, s->name.n) == 0;
}

static bool
fits(const struct xpath_engine *e, const struct xstep *s, node_id i)
{
	const struct node *n = &e->t->nodes[i];

	switch (s->test) {
	case TEST_NAME:
		return n->kind == NODE_ELEMENT && n->tag == s->name_id;
	case TEST_PREFIX:
		return n->kind == NODE_ELEMENT && has_prefix(e, s, n->tag);
	case TEST_ANY_NAME:
		return n->kind == NODE_ELEMENT;
	case TEST_NODE:
		return n->kind != NODE_DOCTYPE;
	case TEST_TEXT:
		return n->kind == NODE_TEXT;
	case TEST_COMMENT:
		return n->kind == NODE_COMMENT;
	default:
		return false;
	}
}

// False when there is no need to go on.
static bool
collect(struct xpath_engine *e, const struct xstep *s, node_id i, size_t max, struct xset *out)
{
	if (!xpath_step(e, 1))
		return false;
	if (fits(e, s, i) && !xset_add(e, out, xnode_of(i)))
		return false;
	return out->n < max;
}

static void
collect_range(struct xpath_engine *e, const struct xstep *s, node_id from, node_id end, size_t max,
    struct xset *out)
{
	for (node_id i = from; i < end && collect(e, s, i, max, out); i++)
		;
}

static node_id
prev_sibling(struct xpath_engine *e, node_id i)
{
	const struct tree *t = e->t;

	if (!e->prev) {
		e->prev = malloc(t->n * sizeof(*e->prev));
		if (!e->prev) {
			e->exhausted = e->oom = true;
			return NODE_NONE;
		}
		memset(e->prev, 0xff, t->n * sizeof(*e->prev));
		for (node_id k = 0; k < t->n; k++)
			if (t->nodes[k].next != NODE_NONE)
				e->prev[t->nodes[k].next] = k;
		(void)xpath_step(e, t->n);
	}
	return e->prev[i];
}

static bool
attribute_fits(const struct xpath_engine *e, const struct xstep *s, uint32_t name)
{
	return s->test == TEST_ANY_NAME || s->test == TEST_NODE ||
	       (s->test == TEST_NAME && name == s->name_id) ||
	       (s->test == TEST_PREFIX && has_prefix(e, s, name));
}

static void
collect_attributes(
    struct xpath_engine *e, const struct xstep *s, node_id i, size_t max, struct xset *out)
{
	const struct node *n = &e->t->nodes[i];

	for (uint32_t k = 0; k < n->n_attrs && out->n < max && xpath_step(e, 1); k++)
		if (attribute_fits(e, s, e->t->attrs[n->attr + k].name))
			xset_add(e, out, xnode_attr(i, k));
}

static void
collect_up(struct xpath_engine *e, const struct xstep *s, node_id i, size_t max, struct xset *out)
{
	while (collect(e, s, i, max, out) && i != 0)
		i = e->t->nodes[i].parent;
}

static void
collect_preceding(
    struct xpath_engine *e, const struct xstep *s, node_id before, size_t max, struct xset *out)
{
	for (node_id i = before; i-- > 1;)
		if (e->t->nodes[i].end <= before ? !collect(e, s, i, max, out) : !xpath_step(e, 1))
			break;
}

static void
collect_self(struct xpath_engine *e, const struct xstep *s, xnode x, struct xset *out)
{
	if (!xnode_is_attr(x))
		(void)collect(e, s, xnode_id(x), ALL, out);
	else if (s->test == TEST_NODE)
		xset_add(e, out, x);
}

// Of an attribute: it has a parent, and what follows and precedes its element.
static void
collect_from_attribute(
    struct xpath_engine *e, const struct xstep *s, xnode x, size_t max, struct xset *out)
{
	node_id i = xnode_id(x);

	switch (s->axis) {
	case AXIS_PARENT:
		(void)collect(e, s, i, max, out);
		break;
	case AXIS_ANCESTOR_OR_SELF:
		collect_self(e, s, x, out);
		collect_up(e, s, i, max, out);
		break;
	case AXIS_ANCESTOR:
		collect_up(e, s, i, max, out);
		break;
	case AXIS_FOLLOWING:
		collect_range(e, s, i + 1, e->t->n, max, out);
		break;
	case AXIS_PRECEDING:
		collect_preceding(e, s, i, max, out);
		break;
	case AXIS_SELF:
	case AXIS_DESCENDANT_OR_SELF:
		collect_self(e, s, x, out);
		break;
	default:
		break;
	}
}

// In the order of the axis: nearest first.
static void
collect_axis(struct xpath_engine *e, const struct xstep *s, xnode x, size_t max, struct xset *out)
{
	const struct tree *t = e->t;
	node_id i = xnode_id(x);
	const struct node *n = &t->nodes[i];

	if (xnode_is_attr(x)) {
		collect_from_attribute(e, s, x, max, out);
		return;
	}
	switch (s->axis) {
	case AXIS_CHILD:
		for (node_id k = tree_first_child(t, i);
		     k != NODE_NONE && collect(e, s, k, max, out); k = t->nodes[k].next)
			;
		break;
	case AXIS_DESCENDANT:
		collect_range(e, s, i + 1, n->end, max, out);
		break;
	case AXIS_DESCENDANT_OR_SELF:
		collect_range(e, s, i, n->end, max, out);
		break;
	case AXIS_PARENT:
		if (i != 0)
			(void)collect(e, s, n->parent, max, out);
		break;
	case AXIS_ANCESTOR:
		if (i != 0)
			collect_up(e, s, n->parent, max, out);
		break;
	case AXIS_ANCESTOR_OR_SELF:
		collect_up(e, s, i, max, out);
		break;
	case AXIS_FOLLOWING_SIBLING:
		for (node_id k = n->next; k != NODE_NONE && collect(e, s, k, max, out);
		     k = t->nodes[k].next)
			;
		break;
	case AXIS_PRECEDING_SIBLING:
		for (node_id k = prev_sibling(e, i); k != NODE_NONE && collect(e, s, k, max, out);
		     k = prev_sibling(e, k))
			;
		break;
	case AXIS_FOLLOWING:
		collect_range(e, s, n->end, t->n, max, out);
		break;
	case AXIS_PRECEDING:
		collect_preceding(e, s, i, max, out);
		break;
	case AXIS_ATTRIBUTE:
		if (n->kind == NODE_ELEMENT)
			collect_attributes(e, s, i, max, out);
		break;
	case AXIS_SELF:
		collect_self(e, s, x, out);
		break;
	default:
		break;
	}
}

static bool
is_reverse(const struct xstep *s)
{
	return s->axis == AXIS_ANCESTOR || s->axis == AXIS_ANCESTOR_OR_SELF ||
	       s->axis == AXIS_PRECEDING || s->axis == AXIS_PRECEDING_SIBLING;
}

// --- an axis of many nodes at once ---

struct marks {
	uint64_t *bits;
};

static bool
marks_init(struct xpath_engine *e, struct marks *m)
{
	size_t bytes = (e->t->n / 64 + 1) * sizeof(*m->bits);

	m->bits = xpath_step(e, e->t->n / 64) ? xpath_alloc(e, bytes) : NULL;
	if (m->bits)
		memset(m->bits, 0, bytes);
	return m->bits != NULL;
}

// Was it marked before?
static bool
marks_set(struct marks *m, node_id i)
{
	uint64_t bit = UINT64_C(1) << (i % 64);
	bool was = m->bits[i / 64] & bit;

	m->bits[i / 64] |= bit;
	return was;
}

// Ancestors up to the first that another node has, too.
static void
ancestors_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	struct marks m;

	if (!marks_init(e, &m))
		return;
	for (size_t k = 0; k < from->n && !e->exhausted; k++) {
		xnode x = from->v[k];
		node_id i = xnode_id(x);
		bool itself = s->axis == AXIS_ANCESTOR_OR_SELF;

		if (xnode_is_attr(x) && itself)
			collect_self(e, s, x, out);
		else if (!xnode_is_attr(x) && !itself && i == 0)
			continue;
		else if (!xnode_is_attr(x) && !itself)
			i = e->t->nodes[i].parent;
		while (!marks_set(&m, i) && collect(e, s, i, ALL, out) && i != 0)
			i = e->t->nodes[i].parent;
	}
}

// Of the children of a parent, the first tells all that follow, the last all that precede.
static void
siblings_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	bool forward = s->axis == AXIS_FOLLOWING_SIBLING;
	struct marks m;

	if (!marks_init(e, &m))
		return;
	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		xnode x = from->v[forward ? k : from->n - 1 - k];

		if (!xnode_is_attr(x) && xnode_id(x) != 0 &&
		    !marks_set(&m, e->t->nodes[xnode_id(x)].parent))
			collect_axis(e, s, x, ALL, out);
	}
}

// What lies in the subtree of one that was taken before adds nothing.
static void
descendants_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	node_id covered = 0;

	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		xnode x = from->v[k];

		if (xnode_is_attr(x)) {
			collect_axis(e, s, x, ALL, out);
		} else if (xnode_id(x) >= covered) {
			collect_axis(e, s, x, ALL, out);
			covered = e->t->nodes[xnode_id(x)].end;
		}
	}
}

static void
following_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	node_id first = e->t->n;

	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		node_id i = xnode_id(from->v[k]);

		first = MIN(first, xnode_is_attr(from->v[k]) ? i + 1 : e->t->nodes[i].end);
	}
	collect_range(e, s, first, e->t->n, ALL, out);
}

static void
each_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++)
		collect_axis(e, s, from->v[k], ALL, out);
}

static void
axis_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	bool many = from->n > FEW;

	if (s->axis == AXIS_DESCENDANT || s->axis == AXIS_DESCENDANT_OR_SELF)
		descendants_of_all(e, s, from, out);
	else if (s->axis == AXIS_FOLLOWING)
		following_of_all(e, s, from, out);
	else if (s->axis == AXIS_PRECEDING && from->n > 0) // the last one's are all of them
		collect_axis(e, s, from->v[from->n - 1], ALL, out);
	else if (many && (s->axis == AXIS_ANCESTOR || s->axis == AXIS_ANCESTOR_OR_SELF))
		ancestors_of_all(e, s, from, out);
	else if (many && (s->axis == AXIS_FOLLOWING_SIBLING || s->axis == AXIS_PRECEDING_SIBLING))
		siblings_of_all(e, s, from, out);
	else
		each_of_all(e, s, from, out);
	if (is_reverse(s))
		reverse(out);
	put_in_order(e, out);
}

// --- steps ---

static bool
holds(const struct xvalue *v, size_t position)
{
	return v->type == XV_NUMBER ? v->number == (double)position : xpath_bool(v);
}

static void
filter(struct xpath_engine *e, const struct xpred *preds, struct xset *s)
{
	for (; preds; preds = preds->next) {
		struct xcontext c = {.size = s->n};
		size_t n = 0;

		for (size_t i = 0; i < s->n && xpath_step(e, 1); i++) {
			struct xmark m = mark(e);
			struct xvalue v;

			c.node = s->v[i];
			c.position = i + 1;
			v = eval(e, &c, preds->e);
			if (holds(&v, i + 1))
				s->v[n++] = s->v[i];
			release(e, m);
		}
		s->n = n;
	}
}

// [3]: the first three are enough.
static size_t
enough(const struct xstep *s)
{
	const struct xexpr *p = s->preds->e;

	if (p->kind != X_NUMBER || !(p->number >= 1 && p->number < 1e9))
		return ALL;
	return (size_t)p->number;
}

static void
take_step_by_position(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		struct xset near = {0};

		collect_axis(e, s, from->v[k], enough(s), &near);
		filter(e, s->preds, &near);
		for (size_t i = 0; i < near.n && xset_add(e, out, near.v[i]); i++)
			;
	}
	if (is_reverse(s))
		reverse(out);
	put_in_order(e, out);
}

// Names in the tree are lower-case; as in a browser's evaluate() those of the expression may not
// be.
static void
bind(struct xpath_engine *e, struct xstep *s)
{
	char name[256];

	s->name_id = 0;
	if (s->name.n == 0 || s->name.n >= sizeof(name))
		return;
	for (size_t i = 0; i < s->name.n; i++)
		name[i] = (char)(s->name.p[i] >= 'A' && s->name.p[i] <= 'Z' ? s->name.p[i] + 32
									    : s->name.p[i]);
	name[s->name.n] = '\0';
	s->name_id = tree_name_id(e->t, name);
}

static struct xset
eval_path(struct xpath_engine *e, const struct xcontext *c, const struct xexpr *x)
{
	struct xset at = {0};

	if (x->left) {
		at = eval(e, c, x->left).set;
		filter(e, x->preds, &at);
	} else {
		xset_add(e, &at, x->absolute ? xnode_of(0) : c->node);
	}
	for (const struct xstep *s = x->steps; s && at.n > 0 && !e->exhausted; s = s->next) {
		struct xset next = {0};

		if (s->test == TEST_NAME && s->name_id == 0)
			return next;
		if (s->positional) {
			take_step_by_position(e, s, &at, &next);
		} else {
			axis_of_all(e, s, &at, &next);
			filter(e, s->preds, &next);
		}
		at = next;
	}
	return at;
}

// --- expressions ---

static double
arithmetic(enum xkind kind, double a, double b)
{
	switch (kind) {
	case X_ADD:
		return a + b;
	case X_SUB:
		return a - b;
	case X_MUL:
		return a * b;
	case X_DIV:
		return a / b;
	default:
		return fmod(a, b);
	}
}

static struct xvalue
eval_call(struct xpath_engine *e, const struct xcontext *c, const struct xexpr *x)
{
	struct xvalue args[XPATH_MAX_ARGS];
	unsigned n = 0;

	for (const struct xexpr *a = x->args; a && n < ARRAY_LEN(args); a = a->next)
		args[n++] = eval(e, c, a);
	return x->function->call(e, c, args, n);
}

static struct xvalue
eval_binary(struct xpath_engine *e, const struct xcontext *c, const struct xexpr *x)
{
	struct xvalue a = eval(e, c, x->left), b;

	if (x->kind == X_OR || x->kind == X_AND) {
		if (xpath_bool(&a) == (x->kind == X_OR))
			return xvalue_bool(x->kind == X_OR);
		b = eval(e, c, x->right);
		return xvalue_bool(xpath_bool(&b));
	}
	b = eval(e, c, x->right);
	if (x->kind == X_UNION)
		return (struct xvalue){.type = XV_SET, .set = unite(e, &a.set, &b.set)};
	if (x->kind <= X_GE)
		return xvalue_bool(xpath_compare(e, (enum xkind)x->kind, &a, &b));
	return xvalue_number(
	    arithmetic((enum xkind)x->kind, xpath_number(e, &a), xpath_number(e, &b)));
}

static struct xvalue
eval(struct xpath_engine *e, const struct xcontext *c, const struct xexpr *x)
{
	struct xvalue v;

	if (!xpath_step(e, 1))
		return xvalue_bool(false);
	switch (x->kind) {
	case X_NUMBER:
		return xvalue_number(x->number);
	case X_STRING:
		return xvalue_string(x->string);
	case X_CALL:
		return eval_call(e, c, x);
	case X_PATH:
		return (struct xvalue){.type = XV_SET, .set = eval_path(e, c, x)};
	case X_NEG:
		v = eval(e, c, x->left);
		return xvalue_number(x->number * xpath_number(e, &v));
	default:
		return eval_binary(e, c, x);
	}
}

static void bind_expr(struct xpath_engine *e, struct xexpr *x);

static void
bind_preds(struct xpath_engine *e, struct xpred *p)
{
	for (; p; p = p->next)
		bind_expr(e, p->e);
}

// The left side of a chain of operators is as deep as the chain is long.
static void
bind_expr(struct xpath_engine *e, struct xexpr *x)
{
	for (; x; x = x->left) {
		for (struct xexpr *a = x->args; a; a = a->next)
			bind_expr(e, a);
		bind_preds(e, x->preds);
		for (struct xstep *s = x->steps; s; s = s->next) {
			bind(e, s);
			bind_preds(e, s->preds);
		}
		if (x->right)
			bind_expr(e, x->right);
	}
}

// --- results ---

static bool
add_text(struct xpath_engine *e, struct found_list *out, struct sv v, node_id node)
{
	char *copy = arena_sv(e->a, v.p ? v : SV(""));
	struct found f = {.kind = FOUND_TEXT, .node = node, .text = {copy, v.n}};

	return copy && found_add(out, e->a, f);
}

static bool
add_node(struct xpath_engine *e, struct found_list *out, xnode x)
{
	node_id i = xnode_id(x);

	if (e->t->nodes[i].kind == NODE_DOCUMENT)
		return true;
	if (!xnode_is_attr(x) && e->t->nodes[i].kind == NODE_ELEMENT)
		return found_add(out, e->a, (struct found){.kind = FOUND_NODE, .node = i});
	return add_text(e, out, xpath_node_string(e, x), i);
}

static bool
add_result(struct xpath_engine *e, struct found_list *out, const struct xvalue *v)
{
	bool ok = true;

	if (v->type != XV_SET)
		return add_text(e, out, xpath_string(e, v), NODE_NONE);
	for (size_t i = 0; i < v->set.n && out->n < out->max && ok; i++)
		ok = add_node(e, out, v->set.v[i]);
	return ok;
}

int
xpath_select(
    struct xpath_engine *e, struct xpath *x, node_id scope, struct found_list *out, struct err *err)
{
	struct xcontext c = {.node = xnode_of(scope), .position = 1, .size = 1};
	struct xmark m = mark(e);
	uint64_t always = scope == 0 ? (uint64_t)XPATH_STEPS_ALWAYS * e->t->n : 0;
	struct xvalue v;
	bool ok;

	e->limit = MAX(e->max_steps, e->steps + STEPS_LEAST + always);
	e->exhausted = e->full = false;
	bind_expr(e, x->e);
	v = eval(e, &c, x->e);
	ok = e->exhausted || add_result(e, out, &v);
	release(e, m);
	if (e->oom || !ok)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	if (e->full)
		return err_set(err, ERR_TOO_LARGE,
		    "the XPath expression needs more than %zu MB on this page", MEMORY_MAX >> 20);
	if (e->exhausted)
		return err_set(err, ERR_TOO_LARGE,
		    "the XPath expression needs more than %llu steps on this page",
		    (unsigned long long)e->max_steps);
	return 0;
}
