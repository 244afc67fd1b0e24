// SPDX-License-Identifier: Apache-2.0
// Evaluates XPath 1.0 on the node tree. A step without a question of position is taken for all of
// its nodes at once, in linear time; every look at a node is counted, and the engine stops at its
// budget. Recursion follows the expression, never the page.
#include "extract/fields/xpath/evaluate_priv.h"

#include <math.h>

#define STEPS_LEAST 1000

static struct xvalue eval(struct xpath_engine *e, const struct xcontext *c, const struct xexpr *x);

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
			struct xmark m = xpath_mark(e);
			struct xvalue v;

			c.node = s->v[i];
			c.position = i + 1;
			v = eval(e, &c, preds->e);
			if (holds(&v, i + 1))
				s->v[n++] = s->v[i];
			xpath_release(e, m);
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
		return XPATH_ALL;
	return (size_t)p->number;
}

static void
take_step_by_position(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out)
{
	for (size_t k = 0; k < from->n && xpath_step(e, 1); k++) {
		struct xset near = {0};

		xpath_axis(e, s, from->v[k], enough(s), &near);
		filter(e, s->preds, &near);
		for (size_t i = 0; i < near.n && xset_add(e, out, near.v[i]); i++)
			;
	}
	if (xpath_is_reverse(s))
		xset_reverse(out);
	xset_order(e, out);
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
		name[i] = sv_lower(s->name.p[i]);
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
			xpath_axis_of_all(e, s, &at, &next);
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
		return (struct xvalue){.type = XV_SET, .set = xset_unite(e, &a.set, &b.set)};
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

	if (v->type != XV_SET) {
		ok = add_text(e, out, xpath_string(e, v), NODE_NONE);
		if (ok && out->n > 0)
			out->v[out->n - 1].computed = v->type == XV_NUMBER;
		return ok;
	}
	for (size_t i = 0; i < v->set.n && out->n < out->max && ok; i++)
		ok = add_node(e, out, v->set.v[i]);
	return ok;
}

int
xpath_select(
    struct xpath_engine *e, struct xpath *x, node_id scope, struct found_list *out, struct err *err)
{
	struct xcontext c = {.node = xnode_of(scope), .position = 1, .size = 1};
	struct xmark m = xpath_mark(e);
	uint64_t always = scope == 0 ? (uint64_t)XPATH_STEPS_ALWAYS * e->t->n : 0;
	struct xvalue v;
	bool ok;

	e->limit = MAX(e->max_steps, e->steps + STEPS_LEAST + always);
	e->exhausted = e->full = false;
	bind_expr(e, x->e);
	v = eval(e, &c, x->e);
	ok = e->exhausted || add_result(e, out, &v);
	xpath_release(e, m);
	if (e->oom || !ok)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	if (e->full)
		return err_set(err, ERR_TOO_LARGE,
		    "the XPath expression needs more than %u MB on this page", XPATH_MEMORY_MB);
	if (e->exhausted)
		return err_set(err, ERR_TOO_LARGE,
		    "the XPath expression needs more than %llu steps on this page",
		    (unsigned long long)e->max_steps);
	return 0;
}
