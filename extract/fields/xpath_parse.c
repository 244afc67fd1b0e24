// SPDX-License-Identifier: Apache-2.0
// Text of an XPath 1.0 expression -> its compiled form; errors say what and at which character.
// Recursion follows brackets, at most 40 deep. There are no variables.
#include "extract/fields/xpath_priv.h"

#include <stdio.h>

#define MAX_NESTING 40

struct parser {
	struct sv s;
	size_t pos;
	struct arena *a;
	struct err *err;
	unsigned nesting;
	int rc;
};

static struct xexpr *parse_expr(struct parser *p, unsigned level);

// --- errors ---

static void
fail_at(struct parser *p, size_t at, const char *what)
{
	size_t n = 1;

	for (size_t i = 0; i < at && i < p->s.n; i++)
		n += ((unsigned char)p->s.p[i] & 0xc0) != 0x80;
	if (p->rc == 0)
		p->rc = err_set(p->err, ERR_INVALID_XPATH, "%s at character %zu", what, n);
}

static void
fail(struct parser *p, const char *what)
{
	fail_at(p, p->pos, what);
}

static void
fail_unexpected(struct parser *p)
{
	char what[32];

	if (p->pos >= p->s.n)
		snprintf(what, sizeof(what), "unexpected end");
	else
		snprintf(what, sizeof(what), "unexpected \"%.*s\"",
		    (int)MAX(utf8_seq(p->s.p + p->pos, p->s.n - p->pos), (size_t)1),
		    p->s.p + p->pos);
	fail(p, what);
}

static void *
make(struct parser *p, size_t size)
{
	void *v = arena_alloc(p->a, size);

	if (!v && p->rc == 0)
		p->rc = err_set(p->err, ERR_EXTRACTOR_OOM, NULL);
	return v;
}

static struct xexpr *
make_expr(struct parser *p, enum xkind kind)
{
	struct xexpr *e = make(p, sizeof(*e));

	if (e)
		e->kind = (uint8_t)kind;
	return e;
}

// --- tokens ---

static void
skip_space(struct parser *p)
{
	while (p->pos < p->s.n && p->s.p[p->pos] && strchr(" \t\r\n", p->s.p[p->pos]))
		p->pos++;
}

static char
peek_at(const struct parser *p, size_t at)
{
	return at < p->s.n ? p->s.p[at] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool
is_name_char(char c)
{
	return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
}

// The text comes next: it is taken. Names must end there.
static bool
take(struct parser *p, const char *text)
{
	size_t n = strlen(text);

	skip_space(p);
	if (p->rc != 0 || p->s.n - p->pos < n || memcmp(p->s.p + p->pos, text, n) != 0)
		return false;
	if (is_name_start(text[0]) && is_name_char(peek_at(p, p->pos + n)))
		return false;
	p->pos += n;
	return true;
}

static bool
expect(struct parser *p, const char *text)
{
	bool ok = take(p, text);

	if (!ok)
		fail_unexpected(p);
	return ok;
}

static struct sv
take_name(struct parser *p)
{
	size_t from;

	skip_space(p);
	from = p->pos;
	if (is_name_start(peek_at(p, from)))
		while (is_name_char(peek_at(p, p->pos)))
			p->pos++;
	return (struct sv){p->s.p + from, p->pos - from};
}

static bool
enter(struct parser *p)
{
	if (++p->nesting <= MAX_NESTING)
		return p->rc == 0;
	if (p->rc == 0)
		p->rc = err_set(p->err, ERR_INVALID_XPATH, "brackets may be nested at most %d deep",
		    MAX_NESTING);
	return false;
}

static void
leave(struct parser *p)
{
	p->nesting--;
}

// --- steps ---

static struct xpred *
parse_predicates(struct parser *p)
{
	struct xpred *first = NULL, **last = &first;

	while (take(p, "[")) {
		struct xpred *pred = make(p, sizeof(*pred));

		if (!pred || !enter(p))
			return NULL;
		pred->e = parse_expr(p, 0);
		leave(p);
		if (!pred->e || !expect(p, "]"))
			return NULL;
		pred->positional = pred->e->is_number || pred->e->asks_position;
		*last = pred;
		last = &pred->next;
	}
	return first;
}

static bool
any_positional(const struct xpred *l)
{
	for (; l; l = l->next)
		if (l->positional)
			return true;
	return false;
}

static struct xstep *
make_step(struct parser *p, enum xaxis axis, enum xtest test)
{
	struct xstep *s = make(p, sizeof(*s));

	if (s) {
		s->axis = (uint8_t)axis;
		s->test = (uint8_t)test;
	}
	return s;
}

static const struct {
	const char *name;
	enum xaxis axis;
} axes[] = {{"child", AXIS_CHILD}, {"descendant", AXIS_DESCENDANT},
    {"descendant-or-self", AXIS_DESCENDANT_OR_SELF}, {"parent", AXIS_PARENT},
    {"ancestor", AXIS_ANCESTOR}, {"ancestor-or-self", AXIS_ANCESTOR_OR_SELF},
    {"following-sibling", AXIS_FOLLOWING_SIBLING}, {"preceding-sibling", AXIS_PRECEDING_SIBLING},
    {"following", AXIS_FOLLOWING}, {"preceding", AXIS_PRECEDING}, {"attribute", AXIS_ATTRIBUTE},
    {"self", AXIS_SELF}, {"namespace", AXIS_NAMESPACE}};

// "name::"
static bool
take_axis(struct parser *p, struct xstep *s)
{
	size_t from = p->pos;
	struct sv name = take_name(p);

	if (name.n == 0 || !take(p, "::")) {
		p->pos = from;
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(axes); i++)
		if (sv_eq_str(name, axes[i].name)) {
			s->axis = (uint8_t)axes[i].axis;
			return true;
		}
	fail_at(p, (size_t)(name.p - p->s.p), "unknown axis");
	return false;
}

static const struct {
	const char *name;
	enum xtest test;
} types[] = {{"node", TEST_NODE}, {"text", TEST_TEXT}, {"comment", TEST_COMMENT},
    {"processing-instruction", TEST_NOTHING}};

static bool
is_node_type(struct sv name, enum xtest *out)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (sv_eq_str(name, types[i].name)) {
			*out = types[i].test;
			return true;
		}
	return false;
}

static bool
take_literal(struct parser *p, struct sv *out)
{
	char quote;
	const char *end;

	skip_space(p);
	quote = peek_at(p, p->pos);
	if (quote != '"' && quote != '\'')
		return false;
	end = memchr(p->s.p + p->pos + 1, quote, p->s.n - p->pos - 1);
	if (!end) {
		fail_at(p, p->s.n, "unfinished string");
		return false;
	}
	*out = (struct sv){p->s.p + p->pos + 1, (size_t)(end - (p->s.p + p->pos + 1))};
	p->pos = (size_t)(end - p->s.p) + 1;
	return true;
}

// A prefix is a part of the name, as the tree has it ("dc:creator"); "dc:*" is all with this one.
static bool
take_local_part(struct parser *p, struct xstep *s)
{
	char after = peek_at(p, p->pos + 1);

	if (peek_at(p, p->pos) != ':' || (after != '*' && !is_name_start(after)))
		return false;
	p->pos += 2;
	if (after == '*')
		s->test = TEST_PREFIX;
	else
		while (is_name_char(peek_at(p, p->pos)))
			p->pos++;
	s->name.n = (size_t)(p->s.p + p->pos - s->name.p) - (after == '*');
	return true;
}

static void
parse_node_test(struct parser *p, struct xstep *s)
{
	enum xtest test = TEST_NOTHING;
	struct sv name, ignored;

	s->test = TEST_ANY_NAME;
	if (take(p, "*"))
		return;
	name = take_name(p);
	if (name.n == 0) {
		fail_unexpected(p);
		return;
	}
	s->test = TEST_NAME;
	s->name = name;
	if (take_local_part(p, s))
		return;
	if (is_node_type(name, &test) && take(p, "(")) {
		if (test == TEST_NOTHING)
			(void)take_literal(p, &ignored);
		s->test = (uint8_t)test;
		(void)expect(p, ")");
	}
}

static struct xstep *
parse_step(struct parser *p)
{
	struct xstep *s;

	if (take(p, ".."))
		return make_step(p, AXIS_PARENT, TEST_NODE);
	if (take(p, "."))
		return make_step(p, AXIS_SELF, TEST_NODE);
	s = make_step(p, AXIS_CHILD, TEST_ANY_NAME);
	if (!s)
		return NULL;
	if (take(p, "@"))
		s->axis = AXIS_ATTRIBUTE;
	else
		(void)take_axis(p, s);
	if (p->rc == 0)
		parse_node_test(p, s);
	if (p->rc == 0)
		s->preds = parse_predicates(p);
	s->positional = any_positional(s->preds);
	return p->rc == 0 ? s : NULL;
}

static bool
step_begins(struct parser *p)
{
	char c;

	skip_space(p);
	c = peek_at(p, p->pos);
	return c == '.' || c == '@' || c == '*' || is_name_start(c);
}

// "//" is /descendant-or-self::node()/; with a child step that asks for no position it is that
// step's descendants, found in one pass.
static bool
join_descendants(struct parser *p, struct xstep ***last)
{
	struct xstep *all = make_step(p, AXIS_DESCENDANT_OR_SELF, TEST_NODE), *s = parse_step(p);

	if (!all || !s)
		return false;
	if (s->axis == AXIS_CHILD && !s->positional) {
		s->axis = AXIS_DESCENDANT;
		**last = s;
	} else {
		all->next = s;
		**last = all;
	}
	*last = &s->next;
	return true;
}

static bool
parse_steps(struct parser *p, struct xstep **last)
{
	do {
		struct xstep *s = parse_step(p);

		if (!s)
			return false;
		*last = s;
		last = &s->next;
		while (take(p, "//"))
			if (!join_descendants(p, &last))
				return false;
	} while (take(p, "/"));
	return true;
}

static bool
parse_relative(struct parser *p, struct xexpr *e)
{
	struct xstep **last = &e->steps;

	if (take(p, "//")) {
		if (!join_descendants(p, &last))
			return false;
		while (take(p, "//"))
			if (!join_descendants(p, &last))
				return false;
		return !take(p, "/") || parse_steps(p, last);
	}
	return parse_steps(p, last);
}

static struct xexpr *
parse_location_path(struct parser *p)
{
	struct xexpr *e = make_expr(p, X_PATH);
	bool ok = true;

	if (!e)
		return NULL;
	skip_space(p);
	if (peek_at(p, p->pos) == '/') {
		e->absolute = true;
		if (peek_at(p, p->pos + 1) == '/') {
			ok = parse_relative(p, e);
		} else {
			p->pos++;
			ok = !step_begins(p) || parse_relative(p, e);
		}
	} else {
		ok = parse_relative(p, e);
	}
	return ok && p->rc == 0 ? e : NULL;
}

// --- primary expressions ---

static struct xexpr *
parse_number(struct parser *p)
{
	struct xexpr *e = make_expr(p, X_NUMBER);
	size_t from = p->pos;

	while (is_digit(peek_at(p, p->pos)))
		p->pos++;
	if (peek_at(p, p->pos) == '.')
		p->pos++;
	while (is_digit(peek_at(p, p->pos)))
		p->pos++;
	if (!e)
		return NULL;
	e->number = xpath_number_of((struct sv){p->s.p + from, p->pos - from});
	e->is_number = true;
	return e;
}

static void
check_call(struct parser *p, const struct xexpr *e, size_t at)
{
	const struct xfunction *f = e->function;

	if (e->n_args < f->min_args || e->n_args > f->max_args)
		fail_at(p, at, "wrong number of arguments");
	else if (f->wants_set && e->n_args > 0 && e->args->kind != X_PATH &&
		 e->args->kind != X_UNION &&
		 !(e->args->kind == X_CALL && e->args->function->type == XV_SET))
		fail_at(p, at, "the argument is no set of nodes");
}

static struct xexpr *
parse_call(struct parser *p, struct sv name)
{
	struct xexpr *e = make_expr(p, X_CALL), **last;
	size_t at = (size_t)(name.p - p->s.p);

	if (!e)
		return NULL;
	e->function = xpath_function(name);
	if (!e->function) {
		fail_at(p, at, "unknown function");
		return NULL;
	}
	e->is_number = e->function->type == XV_NUMBER;
	e->asks_position = e->function->asks_position;
	last = &e->args;
	if (!enter(p))
		return NULL;
	while (!take(p, ")")) {
		if (e->n_args > 0 && !expect(p, ","))
			return NULL;
		*last = parse_expr(p, 0);
		if (!*last)
			return NULL;
		e->asks_position |= (*last)->asks_position;
		last = &(*last)->next;
		e->n_args++;
	}
	leave(p);
	check_call(p, e, at);
	return p->rc == 0 ? e : NULL;
}

// A function's name and "(" come next.
static bool
call_begins(struct parser *p, struct sv *name)
{
	size_t from = p->pos;
	enum xtest unused;
	bool yes;

	*name = take_name(p);
	yes = name->n > 0 && !is_node_type(*name, &unused) && take(p, "(");
	if (!yes)
		p->pos = from;
	return yes;
}

static struct xexpr *
parse_bracketed(struct parser *p)
{
	struct xexpr *e = NULL;

	if (enter(p))
		e = parse_expr(p, 0);
	leave(p);
	return e && expect(p, ")") ? e : NULL;
}

static struct xexpr *
parse_primary(struct parser *p, bool *is_one)
{
	struct xexpr *e;
	struct sv name;
	char c;

	*is_one = true;
	skip_space(p);
	c = peek_at(p, p->pos);
	if (c == '$') {
		fail(p, "undefined variable");
		return NULL;
	}
	if (take(p, "("))
		return parse_bracketed(p);
	if (is_digit(c) || (c == '.' && is_digit(peek_at(p, p->pos + 1))))
		return parse_number(p);
	if (c == '"' || c == '\'') {
		e = make_expr(p, X_STRING);
		return e && take_literal(p, &e->string) ? e : NULL;
	}
	if (call_begins(p, &name))
		return parse_call(p, name);
	*is_one = false;
	return NULL;
}

static bool
is_set(const struct xexpr *e)
{
	return e->kind == X_PATH || e->kind == X_UNION ||
	       (e->kind == X_CALL && e->function->type == XV_SET);
}

// A primary expression, perhaps with predicates and steps behind it, or a location path.
static struct xexpr *
parse_path(struct parser *p)
{
	bool is_primary;
	size_t at = p->pos;
	struct xexpr *start = parse_primary(p, &is_primary), *e;
	char c;

	if (!is_primary)
		return p->rc == 0 ? parse_location_path(p) : NULL;
	skip_space(p);
	c = peek_at(p, p->pos);
	if (!start || (c != '[' && c != '/'))
		return start;
	if (!is_set(start)) {
		fail_at(p, at, "only sets of nodes have predicates and steps");
		return NULL;
	}
	e = make_expr(p, X_PATH);
	if (!e)
		return NULL;
	e->left = start;
	e->asks_position = start->asks_position;
	e->preds = parse_predicates(p);
	skip_space(p);
	if (p->rc == 0 && peek_at(p, p->pos) == '/') {
		if (peek_at(p, p->pos + 1) != '/')
			p->pos++;
		(void)parse_relative(p, e);
	}
	return p->rc == 0 ? e : NULL;
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
parse_unary(struct parser *p)
{
	bool minus = false, any = false;
	struct xexpr *e, *neg;

	while (take(p, "-")) {
		minus = !minus;
		any = true;
	}
	e = parse_expr(p, LEVEL_UNARY + 1);
	if (!e || !any)
		return e;
	neg = make_expr(p, X_NEG);
	if (!neg)
		return NULL;
	neg->left = e;
	neg->number = minus ? -1 : 1;
	neg->is_number = true;
	neg->asks_position = e->asks_position;
	return neg;
}

static int
take_operator(struct parser *p, unsigned level)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (operators[i].level == level && take(p, operators[i].text))
			return (int)i;
	return -1;
}

static struct xexpr *
parse_expr(struct parser *p, unsigned level)
{
	struct xexpr *left;
	size_t at;
	int op;

	if (level == LEVEL_PATH)
		return parse_path(p);
	at = p->pos;
	left = level == LEVEL_UNARY ? parse_unary(p) : parse_expr(p, level + 1);
	while (left && (op = take_operator(p, level)) >= 0) {
		struct xexpr *e = make_expr(p, operators[op].kind);

		if (!e)
			return NULL;
		e->left = left;
		e->right = parse_expr(p, level + 1);
		if (!e->right)
			return NULL;
		if (e->kind == X_UNION && (!is_set(left) || !is_set(e->right))) {
			fail_at(p, at, "only sets of nodes can be united");
			return NULL;
		}
		e->is_number = operators[op].number;
		e->asks_position = left->asks_position || e->right->asks_position;
		left = e;
	}
	return p->rc == 0 ? left : NULL;
}

int
xpath_compile(const char *text, struct arena *a, struct xpath **out, struct err *err)
{
	struct err unseen = ERR_INIT;
	struct parser p = {.s = sv_from(arena_strdup(a, text)), .a = a, .err = err ? err : &unseen};
	struct xpath *x = make(&p, sizeof(*x));

	if (!x || !p.s.p)
		return p.rc != 0 ? p.rc : err_set(err, ERR_EXTRACTOR_OOM, NULL);
	x->e = parse_expr(&p, 0);
	skip_space(&p);
	if (p.rc == 0 && (!x->e || p.pos < p.s.n))
		fail_unexpected(&p);
	if (p.rc == 0)
		*out = x;
	return p.rc;
}
