// SPDX-License-Identifier: Apache-2.0
// Text of an XPath 1.0 expression -> its compiled form: operators by their level, primary
// expressions, calls (section 3). Recursion follows brackets, at most 40 deep. There are no
// variables.
#include "extract/fields/xpath/parse_priv.h"

static struct xexpr *parse_level(struct expression *p, unsigned level);

struct xexpr *
xpath_make(struct expression *p, enum xkind kind)
{
	struct xexpr *e = expr_make(p, sizeof(*e));

	if (e)
		e->kind = (uint8_t)kind;
	return e;
}

// --- primary expressions ---

static struct xexpr *
parse_number(struct expression *p)
{
	struct xexpr *e = xpath_make(p, X_NUMBER);
	size_t from = p->pos;

	while (sv_is_digit(expr_peek(p)))
		p->pos++;
	if (expr_peek(p) == '.')
		p->pos++;
	while (sv_is_digit(expr_peek(p)))
		p->pos++;
	if (!e)
		return NULL;
	e->number = xpath_number_of((struct sv){p->s.p + from, p->pos - from});
	e->is_number = true;
	return e;
}

static bool
is_set(const struct xexpr *e)
{
	return e->kind == X_PATH || e->kind == X_UNION ||
	       (e->kind == X_CALL && e->function->type == XV_SET);
}

static void
check_call(struct expression *p, const struct xexpr *e, size_t at)
{
	const struct xfunction *f = e->function;

	if (e->n_args < f->min_args || e->n_args > f->max_args)
		expr_fail_at(p, at, "wrong number of arguments");
	else if (f->wants_set && e->n_args > 0 && !is_set(e->args))
		expr_fail_at(p, at, "the argument is no set of nodes");
}

static struct xexpr *
parse_call(struct expression *p, struct sv name)
{
	struct xexpr *e = xpath_make(p, X_CALL), **last;
	size_t at = (size_t)(name.p - p->s.p);

	if (!e)
		return NULL;
	e->function = xpath_function(name);
	if (!e->function) {
		expr_fail_at(p, at, "unknown function");
		return NULL;
	}
	e->is_number = e->function->type == XV_NUMBER;
	e->asks_position = e->function->asks_position;
	last = &e->args;
	if (!xlex_enter(p))
		return NULL;
	while (!xlex_take(p, ")")) {
		if (e->n_args > 0 && !xlex_expect(p, ","))
			return NULL;
		*last = xpath_parse_expr(p);
		if (!*last)
			return NULL;
		e->asks_position |= (*last)->asks_position;
		last = &(*last)->next;
		e->n_args++;
	}
	xlex_leave(p);
	check_call(p, e, at);
	return p->rc == 0 ? e : NULL;
}

// A function's name and "(" come next.
static bool
call_begins(struct expression *p, struct sv *name)
{
	size_t from = p->pos;
	enum xtest unused;
	bool yes;

	*name = xlex_name(p);
	yes = name->n > 0 && !xpath_is_node_type(*name, &unused) && xlex_take(p, "(");
	if (!yes)
		p->pos = from;
	return yes;
}

static struct xexpr *
parse_bracketed(struct expression *p)
{
	struct xexpr *e = NULL;

	if (xlex_enter(p))
		e = xpath_parse_expr(p);
	xlex_leave(p);
	return e && xlex_expect(p, ")") ? e : NULL;
}

static struct xexpr *
parse_primary(struct expression *p, bool *is_one)
{
	struct xexpr *e;
	struct sv name;
	char c;

	*is_one = true;
	xlex_space(p);
	c = expr_peek(p);
	if (c == '$') {
		expr_fail(p, "undefined variable");
		return NULL;
	}
	if (xlex_take(p, "("))
		return parse_bracketed(p);
	if (sv_is_digit(c) || (c == '.' && sv_is_digit(expr_peek_at(p, 1))))
		return parse_number(p);
	if (c == '"' || c == '\'') {
		e = xpath_make(p, X_STRING);
		return e && xlex_literal(p, &e->string) ? e : NULL;
	}
	if (call_begins(p, &name))
		return parse_call(p, name);
	*is_one = false;
	return NULL;
}

// A primary expression, perhaps with predicates and steps behind it, or a location path.
static struct xexpr *
parse_path(struct expression *p)
{
	bool is_primary;
	size_t at = p->pos;
	struct xexpr *start = parse_primary(p, &is_primary), *e;
	char c;

	if (!is_primary)
		return p->rc == 0 ? xpath_parse_location(p) : NULL;
	xlex_space(p);
	c = expr_peek(p);
	if (!start || (c != '[' && c != '/'))
		return start;
	if (!is_set(start)) {
		expr_fail_at(p, at, "only sets of nodes have predicates and steps");
		return NULL;
	}
	e = xpath_make(p, X_PATH);
	if (!e)
		return NULL;
	e->left = start;
	e->asks_position = start->asks_position;
	e->preds = xpath_parse_predicates(p);
	return xpath_parse_slashes(p, &e->steps) ? e : NULL;
}

// --- operators ---

static const struct {
	const char *text;
	enum xkind kind;
	unsigned level;
	bool number;
} operators[] = {{"or", X_OR, 0, false}, {"and", X_AND, 1, false}, {"=", X_EQ, 2, false},
    {"!=", X_NE, 2, false}, {"<=", X_LE, 3, false}, {">=", X_GE, 3, false}, {"<", X_LT, 3, false},
    {">", X_GT, 3, false}, {"+", X_ADD, 4, true}, {"-", X_SUB, 4, true}, {"*", X_MUL, 5, true},
    {"div", X_DIV, 5, true}, {"mod", X_MOD, 5, true}, {"|", X_UNION, 7, false}};
#define LEVEL_UNARY 6
#define LEVEL_PATH  8

static struct xexpr *
parse_unary(struct expression *p)
{
	bool minus = false, any = false;
	struct xexpr *e, *neg;

	while (xlex_take(p, "-")) {
		minus = !minus;
		any = true;
	}
	e = parse_level(p, LEVEL_UNARY + 1);
	if (!e || !any)
		return e;
	neg = xpath_make(p, X_NEG);
	if (!neg)
		return NULL;
	neg->left = e;
	neg->number = minus ? -1 : 1;
	neg->is_number = true;
	neg->asks_position = e->asks_position;
	return neg;
}

static int
take_operator(struct expression *p, unsigned level)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (operators[i].level == level && xlex_take(p, operators[i].text))
			return (int)i;
	return -1;
}

static struct xexpr *
parse_level(struct expression *p, unsigned level)
{
	struct xexpr *left;
	size_t at;
	int op;

	if (level == LEVEL_PATH)
		return parse_path(p);
	at = p->pos;
	left = level == LEVEL_UNARY ? parse_unary(p) : parse_level(p, level + 1);
	while (left && (op = take_operator(p, level)) >= 0) {
		struct xexpr *e = xpath_make(p, operators[op].kind);

		if (!e)
			return NULL;
		e->left = left;
		e->right = parse_level(p, level + 1);
		if (!e->right)
			return NULL;
		if (e->kind == X_UNION && (!is_set(left) || !is_set(e->right))) {
			expr_fail_at(p, at, "only sets of nodes can be united");
			return NULL;
		}
		e->is_number = operators[op].number;
		e->asks_position = left->asks_position || e->right->asks_position;
		left = e;
	}
	return p->rc == 0 ? left : NULL;
}

struct xexpr *
xpath_parse_expr(struct expression *p)
{
	return parse_level(p, 0);
}

int
xpath_compile(const char *text, struct arena *a, struct xpath **out, struct err *err)
{
	struct expression p = {
	    .s = sv_from(arena_strdup(a, text)), .a = a, .invalid = ERR_INVALID_XPATH, .err = err};
	struct xpath *x = expr_make(&p, sizeof(*x));

	if (!x || !p.s.p)
		return p.rc != 0 ? p.rc : err_set(err, ERR_EXTRACTOR_OOM, NULL);
	x->e = xpath_parse_expr(&p);
	xlex_space(&p);
	if (p.rc == 0 && (!x->e || p.pos < p.s.n))
		expr_fail_unexpected(&p);
	if (p.rc == 0)
		*out = x;
	return p.rc;
}
