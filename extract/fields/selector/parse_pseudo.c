// SPDX-License-Identifier: Apache-2.0
// Pseudo-classes of a selector: the table of their names, An+B, and what stands in their brackets.
// Pure.
#include "extract/fields/selector/parse_priv.h"

#define MAX_NTH 100000000 // no page has so many elements

static int32_t
read_int(struct sel_parser *p)
{
	int32_t v = 0;

	if (!sv_is_digit(expr_peek(&p->x)))
		expr_fail_unexpected(&p->x);
	while (sv_is_digit(expr_peek(&p->x))) {
		v = MIN(v * 10 + (expr_peek(&p->x) - '0'), MAX_NTH);
		p->x.pos++;
	}
	return v;
}

static bool
accept_word(struct sel_parser *p, const char *word)
{
	size_t n = strlen(word);
	struct sv rest = expr_rest(&p->x);

	if (!sv_istarts(rest, word) || css_is_name(expr_peek_at(&p->x, n)))
		return false;
	p->x.pos += n;
	return true;
}

// The "+ 1" of "2n + 1".
static int32_t
read_nth_offset(struct sel_parser *p)
{
	size_t before = p->x.pos;
	int32_t sign;

	css_space(p);
	if (expr_peek(&p->x) != '+' && expr_peek(&p->x) != '-') {
		p->x.pos = before;
		return 0;
	}
	sign = expr_peek(&p->x) == '-' ? -1 : 1;
	p->x.pos++;
	css_space(p);
	return sign * read_int(p);
}

static void
read_anb(struct sel_parser *p, struct sel_simple *s)
{
	int32_t sign = 1, v = 1;

	if (accept_word(p, "odd") || accept_word(p, "even")) {
		s->a = 2;
		s->b = (p->x.s.p[p->x.pos - 1] | 0x20) == 'd'; // oD(d) or eve(n)
		return;
	}
	if (expr_peek(&p->x) == '+' || expr_peek(&p->x) == '-')
		sign = p->x.s.p[p->x.pos++] == '-' ? -1 : 1;
	if (sv_is_digit(expr_peek(&p->x)))
		v = read_int(p);
	else if (expr_peek(&p->x) != 'n' && expr_peek(&p->x) != 'N')
		expr_fail_unexpected(&p->x);
	if (css_accept(p, 'n') || css_accept(p, 'N')) {
		s->a = sign * v;
		s->b = read_nth_offset(p);
	} else {
		s->b = sign * v;
	}
}

static void
read_nth(struct sel_parser *p, struct sel_simple *s)
{
	size_t end;

	css_space(p);
	read_anb(p, s);
	end = p->x.pos;
	css_space(p);
	if (p->x.rc == 0 && !s->of_type && p->x.pos > end && accept_word(p, "of")) {
		s->memo = expr_make(&p->x, SEL_MEMOS * sizeof(*s->memo));
		s->list = sel_parse_list(p, LIST_PLAIN);
	}
}

enum pseudo_arg { ARG_NONE, ARG_NTH, ARG_LIST, ARG_FORGIVING, ARG_RELATIVE, ARG_TEXT, ARG_LANGS };
struct pseudo {
	const char *name;
	uint8_t kind;
	uint8_t arg;
	bool of_type, from_last;
	int8_t b; // of the nth that this name stands for
};
static const struct pseudo pseudos[] = {
    {"nth-child", SEL_NTH, ARG_NTH, false, false, 0},
    {"nth-last-child", SEL_NTH, ARG_NTH, false, true, 0},
    {"nth-of-type", SEL_NTH, ARG_NTH, true, false, 0},
    {"nth-last-of-type", SEL_NTH, ARG_NTH, true, true, 0},
    {"first-child", SEL_NTH, ARG_NONE, false, false, 1},
    {"last-child", SEL_NTH, ARG_NONE, false, true, 1},
    {"first-of-type", SEL_NTH, ARG_NONE, true, false, 1},
    {"last-of-type", SEL_NTH, ARG_NONE, true, true, 1},
    {"is", SEL_IS, ARG_FORGIVING, false, false, 0},
    {"where", SEL_IS, ARG_FORGIVING, false, false, 0},
    {"matches", SEL_IS, ARG_FORGIVING, false, false, 0},
    {"not", SEL_NOT, ARG_LIST, false, false, 0},
    {"has", SEL_HAS, ARG_RELATIVE, false, false, 0},
    {"contains", SEL_CONTAINS, ARG_TEXT, false, false, 0},
    {"empty", SEL_EMPTY, ARG_NONE, false, false, 0},
    {"root", SEL_ROOT, ARG_NONE, false, false, 0},
    {"scope", SEL_SCOPE, ARG_NONE, false, false, 0},
    {"link", SEL_LINK, ARG_NONE, false, false, 0},
    {"any-link", SEL_LINK, ARG_NONE, false, false, 0},
    {"checked", SEL_CHECKED, ARG_NONE, false, false, 0},
    {"disabled", SEL_DISABLED, ARG_NONE, false, false, 0},
    {"enabled", SEL_ENABLED, ARG_NONE, false, false, 0},
    {"required", SEL_REQUIRED, ARG_NONE, false, false, 0},
    {"optional", SEL_OPTIONAL, ARG_NONE, false, false, 0},
    {"lang", SEL_LANG, ARG_LANGS, false, false, 0},
};

// As far as its brackets close.
static struct sv
read_bare_text(struct sel_parser *p)
{
	size_t from = p->x.pos, open = 0;

	for (; p->x.pos < p->x.s.n && (open > 0 || expr_peek(&p->x) != ')'); p->x.pos++) {
		open += expr_peek(&p->x) == '(';
		open -= expr_peek(&p->x) == ')';
	}
	return sv_trim((struct sv){p->x.s.p + from, p->x.pos - from});
}

static void
read_contains(struct sel_parser *p, struct sel_simple *s)
{
	css_space(p);
	if (expr_peek(&p->x) == '"' || expr_peek(&p->x) == '\'') {
		s->value = css_string(p);
		css_space(p);
		return;
	}
	s->value = read_bare_text(p);
	if (s->value.n == 0)
		expr_fail_unexpected(&p->x);
}

// Language ranges as one text, with commas.
static void
read_langs(struct sel_parser *p, struct sel_simple *s)
{
	struct sv rest = expr_rest(&p->x);
	const char *end = memchr(rest.p, ')', rest.n);
	size_t n = 0, room = 2 * (end ? (size_t)(end - rest.p) : rest.n) + 8;
	char *all = expr_make(&p->x, room);

	do {
		struct sv range;

		css_space(p);
		range = css_ident_or_string(p);
		css_space(p);
		if (p->x.rc != 0 || n + range.n + 1 > room) // a ")" in a string
			return;
		if (n > 0)
			all[n++] = ',';
		memcpy(all + n, range.p, range.n);
		n += range.n;
	} while (css_accept(p, ','));
	s->value = (struct sv){all, n};
}

static void
read_pseudo_arg(struct sel_parser *p, struct sel_simple *s, enum pseudo_arg arg)
{
	if (arg == ARG_NONE)
		return;
	css_expect(p, '(');
	if (p->x.rc != 0)
		return;
	if (arg == ARG_NTH)
		read_nth(p, s);
	else if (arg == ARG_TEXT)
		read_contains(p, s);
	else if (arg == ARG_LANGS)
		read_langs(p, s);
	else
		s->list = sel_parse_list(p, arg == ARG_RELATIVE    ? LIST_RELATIVE
					    : arg == ARG_FORGIVING ? LIST_FORGIVING
								   : LIST_PLAIN);
	if (p->x.rc == 0)
		css_close(p, ')');
}

static void
add_pseudo(struct sel_parser *p, struct sel_compound *c, const struct pseudo *row)
{
	struct sel_simple *s = sel_add(p, c, (enum sel_kind)row->kind);
	bool outer = p->in_has;

	if (!s)
		return;
	s->of_type = row->of_type;
	s->from_last = row->from_last;
	s->b = row->b;
	p->in_has |= row->kind == SEL_HAS;
	read_pseudo_arg(p, s, (enum pseudo_arg)row->arg);
	p->in_has = outer;
	s->keep = row->kind == SEL_HAS;
	if (row->kind == SEL_IS || row->kind == SEL_NOT)
		for (const struct sel_complex *x = s->list; x; x = x->next)
			s->keep |= x->right && x->right->left;
}

static const struct pseudo *
pseudo_by_name(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(pseudos); i++)
		if (sv_eq_str(name, pseudos[i].name))
			return &pseudos[i];
	return NULL;
}

void
sel_parse_pseudo(struct sel_parser *p, struct sel_compound *c)
{
	size_t at = p->x.pos;
	struct sv name = css_lowered(css_ident(p));
	const struct pseudo *row = p->x.rc == 0 ? pseudo_by_name(name) : NULL;

	if (p->x.rc != 0)
		return;
	if (row && row->kind == SEL_HAS && p->in_has) {
		p->x.pos = at;
		expr_fail(&p->x, ":has() inside :has()");
	} else if (row) {
		add_pseudo(p, c, row);
	} else if (sv_eq_str(name, "only-child")) {
		add_pseudo(p, c, pseudo_by_name(SV("first-child")));
		add_pseudo(p, c, pseudo_by_name(SV("last-child")));
	} else if (sv_eq_str(name, "only-of-type")) {
		add_pseudo(p, c, pseudo_by_name(SV("first-of-type")));
		add_pseudo(p, c, pseudo_by_name(SV("last-of-type")));
	} else {
		expr_fail_name(&p->x, at, "pseudo-class", name);
	}
}
