// SPDX-License-Identifier: Apache-2.0
// XPath 1.0's values: strings of nodes, conversions, comparisons. Each is linear in what it reads,
// and counts it.
#include "extract/fields/number_text.h"
#include "extract/fields/xpath/xpath_priv.h"

#include <math.h>
#include <stdlib.h>

#define NUMBER_MAX 1200 // characters of a number that are read: no double has more that count

// --- strings of nodes ---

static struct sv
element_string(struct xpath_engine *e, node_id i)
{
	const struct tree *t = e->t;
	node_id end = t->nodes[i].end;
	struct sv only = SV("");
	size_t n = 0, texts = 0;
	char *p;

	for (node_id k = i + 1; k < end && xpath_step(e, 1); k++)
		if (t->nodes[k].kind == NODE_TEXT) {
			only = tree_text(t, k);
			n += only.n;
			texts++;
		}
	if (texts <= 1 || !xpath_count_bytes(e, n) || !(p = xpath_alloc(e, n + 1)))
		return only;
	n = 0;
	for (node_id k = i + 1; k < end; k++)
		if (t->nodes[k].kind == NODE_TEXT) {
			struct sv v = tree_text(t, k);

			memcpy(p + n, v.p, v.n);
			n += v.n;
		}
	return (struct sv){p, n};
}

struct sv
xpath_node_string(struct xpath_engine *e, xnode x)
{
	const struct tree *t = e->t;
	node_id i = xnode_id(x);

	if (xnode_is_attr(x))
		return tree_attr_value(t, &t->attrs[t->nodes[i].attr + xnode_attr_index(x)]);
	if (t->nodes[i].kind == NODE_TEXT || t->nodes[i].kind == NODE_COMMENT)
		return tree_text(t, i);
	return element_string(e, i);
}

// --- conversions ---

double
xpath_number_of(struct sv s)
{
	char text[NUMBER_MAX + 1];
	size_t i = 0, digits = 0;

	while (s.n > 0 && xpath_is_space(s.p[0]))
		s = (struct sv){s.p + 1, s.n - 1};
	while (s.n > 0 && xpath_is_space(s.p[s.n - 1]))
		s.n--;
	if (s.n > NUMBER_MAX)
		return NAN;
	if (i < s.n && s.p[i] == '-')
		i++;
	for (bool point = false; i < s.n; i++) {
		bool digit = sv_is_digit(s.p[i]);

		if (!digit && (s.p[i] != '.' || point))
			return NAN;
		point |= !digit;
		digits += digit;
	}
	if (digits == 0)
		return NAN;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return strtod(text, NULL);
}

static double
number_of(struct xpath_engine *e, struct sv s)
{
	return xpath_count_bytes(e, s.n) ? xpath_number_of(s) : NAN;
}

double
xpath_node_number(struct xpath_engine *e, xnode x)
{
	return number_of(e, xpath_node_string(e, x));
}

struct sv
xpath_copy(struct xpath_engine *e, struct sv v)
{
	char *p = xpath_count_bytes(e, v.n) ? xpath_alloc(e, v.n + 1) : NULL;

	if (!p)
		return SV("");
	memcpy(p, v.p, v.n);
	return (struct sv){p, v.n};
}

static struct sv
string_of_number(struct xpath_engine *e, double d)
{
	char text[NUMBER_TEXT_MAX];

	return xpath_copy(e, (struct sv){text, number_text(d, text)});
}

struct sv
xpath_string(struct xpath_engine *e, const struct xvalue *v)
{
	switch (v->type) {
	case XV_SET:
		return v->set.n > 0 ? xpath_node_string(e, v->set.v[0]) : SV("");
	case XV_NUMBER:
		return string_of_number(e, v->number);
	case XV_BOOL:
		return v->boolean ? SV("true") : SV("false");
	default:
		return v->string;
	}
}

double
xpath_number(struct xpath_engine *e, const struct xvalue *v)
{
	if (v->type == XV_NUMBER)
		return v->number;
	if (v->type == XV_BOOL)
		return v->boolean ? 1 : 0;
	return number_of(e, xpath_string(e, v));
}

bool
xpath_bool(const struct xvalue *v)
{
	switch (v->type) {
	case XV_SET:
		return v->set.n > 0;
	case XV_NUMBER:
		return v->number != 0 && !isnan(v->number);
	case XV_BOOL:
		return v->boolean;
	default:
		return v->string.n > 0;
	}
}

// --- comparisons ---

static bool
number_fits(enum xkind op, double a, double b)
{
	switch (op) {
	case X_EQ:
		return a == b;
	case X_NE:
		return a != b;
	case X_LT:
		return a < b;
	case X_LE:
		return a <= b;
	case X_GT:
		return a > b;
	default:
		return a >= b;
	}
}

// Equal strings of two sets, found with a table of one's.
static bool
sets_share_a_string(struct xpath_engine *e, const struct xset *a, const struct xset *b)
{
	size_t cap = 16;
	struct sv *slots;

	while (cap < a->n * 2)
		cap *= 2;
	slots = xpath_step(e, cap / 4) ? xpath_alloc(e, cap * sizeof(*slots)) : NULL;
	if (!slots)
		return false;
	memset(slots, 0, cap * sizeof(*slots));
	for (size_t k = 0; k < a->n + b->n && xpath_step(e, 1); k++) {
		bool first = k < a->n;
		struct sv v = xpath_node_string(e, first ? a->v[k] : b->v[k - a->n]);
		uint64_t h = UINT64_C(14695981039346656037);
		size_t i;

		(void)xpath_step(e, v.n / 2);
		for (i = 0; i < v.n; i++)
			h = (h ^ (unsigned char)v.p[i]) * UINT64_C(1099511628211);
		h *= UINT64_C(0x9e3779b97f4a7c15);
		for (i = h >> 32 & (cap - 1);
		     slots[i].p && !sv_eq(slots[i], v) && xpath_step(e, 1);)
			i = (i + 1) & (cap - 1);
		if (!first && slots[i].p)
			return true;
		if (first)
			slots[i] = v.p ? v : SV("");
	}
	return false;
}

// Two different strings, one of either: only when all are the same there are none.
static bool
sets_differ(struct xpath_engine *e, const struct xset *a, const struct xset *b)
{
	struct sv first;

	if (a->n == 0 || b->n == 0)
		return false;
	first = xpath_node_string(e, a->v[0]);
	for (size_t k = 1; k < a->n + b->n && xpath_count_bytes(e, first.n); k++)
		if (!sv_eq(xpath_node_string(e, k < a->n ? a->v[k] : b->v[k - a->n]), first))
			return true;
	return false;
}

struct bounds {
	double least, most;
	bool any;
};
static struct bounds
bounds_of(struct xpath_engine *e, const struct xset *s)
{
	struct bounds b = {0};

	for (size_t i = 0; i < s->n && xpath_step(e, 8); i++) {
		double d = xpath_node_number(e, s->v[i]);

		if (isnan(d))
			continue;
		b.least = b.any ? fmin(b.least, d) : d;
		b.most = b.any ? fmax(b.most, d) : d;
		b.any = true;
	}
	return b;
}

static bool
compare_sets(struct xpath_engine *e, enum xkind op, const struct xset *a, const struct xset *b)
{
	struct bounds x, y;
	bool less = op == X_LT || op == X_LE;

	if (op == X_EQ)
		return sets_share_a_string(e, a, b);
	if (op == X_NE)
		return sets_differ(e, a, b);
	x = bounds_of(e, a);
	y = bounds_of(e, b);
	return x.any && y.any && number_fits(op, less ? x.least : x.most, less ? y.most : y.least);
}

static bool
is_order(enum xkind op)
{
	return op != X_EQ && op != X_NE;
}

// Some node of the set compares so with the value.
static bool
compare_set(struct xpath_engine *e, enum xkind op, const struct xset *s, const struct xvalue *v)
{
	bool as_number = v->type == XV_NUMBER || is_order(op);
	struct sv text = as_number ? SV_NULL : xpath_string(e, v);
	double number = as_number ? xpath_number(e, v) : 0;

	for (size_t i = 0; i < s->n && xpath_step(e, 1); i++) {
		struct sv mine = xpath_node_string(e, s->v[i]);

		if (as_number ? number_fits(op, number_of(e, mine), number)
			      : xpath_count_bytes(e, MIN(mine.n, text.n)) &&
				    sv_eq(mine, text) == (op == X_EQ))
			return true;
	}
	return false;
}

static enum xkind
mirrored(enum xkind op)
{
	switch (op) {
	case X_LT:
		return X_GT;
	case X_LE:
		return X_GE;
	case X_GT:
		return X_LT;
	case X_GE:
		return X_LE;
	default:
		return op;
	}
}

static bool
compare_scalars(
    struct xpath_engine *e, enum xkind op, const struct xvalue *a, const struct xvalue *b)
{
	if (is_order(op))
		return number_fits(op, xpath_number(e, a), xpath_number(e, b));
	if (a->type == XV_BOOL || b->type == XV_BOOL)
		return (xpath_bool(a) == xpath_bool(b)) == (op == X_EQ);
	if (a->type == XV_NUMBER || b->type == XV_NUMBER)
		return number_fits(op, xpath_number(e, a), xpath_number(e, b));
	(void)xpath_count_bytes(e, MIN(a->string.n, b->string.n));
	return sv_eq(a->string, b->string) == (op == X_EQ);
}

bool
xpath_compare(struct xpath_engine *e, enum xkind op, const struct xvalue *a, const struct xvalue *b)
{
	bool bools = a->type == XV_BOOL || b->type == XV_BOOL;
	struct xvalue x, y;

	if (bools && (a->type == XV_SET || b->type == XV_SET)) {
		x = xvalue_bool(xpath_bool(a));
		y = xvalue_bool(xpath_bool(b));
		return compare_scalars(e, op, &x, &y);
	}
	if (a->type == XV_SET && b->type == XV_SET)
		return compare_sets(e, op, &a->set, &b->set);
	if (a->type == XV_SET)
		return compare_set(e, op, &a->set, b);
	if (b->type == XV_SET)
		return compare_set(e, mirrored(op), &b->set, a);
	return compare_scalars(e, op, a, b);
}
