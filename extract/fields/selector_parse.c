// SPDX-License-Identifier: Apache-2.0
// CSS selector text to its compiled form (CSS Selectors 4 §18 grammar, CSS Syntax 3 identifiers,
// strings and An+B). Pure; recursion only into functional pseudo-classes, at most SEL_MAX_NESTING
// deep.
#include "extract/fields/selector_priv.h"

#include <stdio.h>

#define SEL_MAX_NESTING   8
#define SEL_MAX_COMPOUNDS 256
#define SEL_MAX_NTH       1000000
#define NAME_SHOWN_MAX    60 // bytes of an unknown name, so that the position has room

struct parser {
	struct sv s;
	size_t pos;
	struct arena *a;
	struct err *err;
	char *scratch; // room for any identifier or string of the text, decoded
	unsigned depth, compounds;
	bool in_has;
	int rc; // first error
};

// --- errors ---

static size_t
character_number(const struct parser *p, size_t pos)
{
	size_t n = 1;

	for (size_t i = 0; i < pos && i < p->s.n; i++)
		n += ((unsigned char)p->s.p[i] & 0xc0) != 0x80;
	return n;
}

static size_t
utf8_len(const struct parser *p, size_t pos)
{
	size_t n = 1;

	while (n < 4 && pos + n < p->s.n && ((unsigned char)p->s.p[pos + n] & 0xc0) == 0x80)
		n++;
	return n;
}

static void
fail_unexpected(struct parser *p)
{
	if (p->rc != 0)
		return;
	if (p->pos >= p->s.n)
		p->rc = err_set(p->err, ERR_INVALID_SELECTOR, "unexpected end at character %zu",
		    character_number(p, p->pos));
	else
		p->rc =
		    err_set(p->err, ERR_INVALID_SELECTOR, "unexpected \"%.*s\" at character %zu",
			(int)utf8_len(p, p->pos), p->s.p + p->pos, character_number(p, p->pos));
}

static void
fail_name(struct parser *p, const char *what, struct sv name, size_t at)
{
	size_t n = MIN(name.n, (size_t)NAME_SHOWN_MAX);

	while (n < name.n && n > 0 && ((unsigned char)name.p[n] & 0xc0) == 0x80)
		n--;
	if (p->rc == 0)
		p->rc =
		    err_set(p->err, ERR_INVALID_SELECTOR, "unknown %s \"%.*s%s\" at character %zu",
			what, (int)n, name.p, n < name.n ? "…" : "", character_number(p, at));
}

static void
fail_limit(struct parser *p, const char *what)
{
	if (p->rc == 0)
		p->rc = err_set(p->err, ERR_INVALID_SELECTOR, "%s at character %zu", what,
		    character_number(p, p->pos));
}

static void *
make(struct parser *p, size_t size)
{
	void *v = arena_alloc(p->a, size);

	if (!v && p->rc == 0)
		p->rc = err_set(p->err, ERR_EXTRACTOR_OOM, NULL);
	return v;
}

// --- characters ---

static char
peek(const struct parser *p)
{
	return p->pos < p->s.n ? p->s.p[p->pos] : '\0';
}

static char
peek_at(const struct parser *p, size_t ahead)
{
	return p->pos + ahead < p->s.n ? p->s.p[p->pos + ahead] : '\0';
}

static bool
accept(struct parser *p, char c)
{
	if (p->pos >= p->s.n || p->s.p[p->pos] != c)
		return false;
	p->pos++;
	return true;
}

static void
expect(struct parser *p, char c)
{
	if (!accept(p, c))
		fail_unexpected(p);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
skip_space(struct parser *p)
{
	size_t from = p->pos;

	while (p->pos < p->s.n && is_space(p->s.p[p->pos]))
		p->pos++;
	return p->pos > from;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool
is_name(char c)
{
	return is_name_start(c) || is_digit(c) || c == '-';
}

// --- identifiers and strings ---

static size_t
put_utf8(char *out, uint32_t c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

// After the backslash. At most four bytes out, of at least as many read but for "\0".
static size_t
read_escape(struct parser *p, char *out)
{
	uint32_t c = 0;
	size_t n = 0;

	while (n < 6 && hex_value(peek(p)) >= 0) {
		c = c * 16 + (uint32_t)hex_value(peek(p));
		p->pos++;
		n++;
	}
	if (n > 0) {
		if (is_space(peek(p)))
			p->pos++;
		return put_utf8(out, c);
	}
	if (p->pos >= p->s.n || peek(p) == '\n') {
		fail_unexpected(p);
		return 0;
	}
	out[0] = p->s.p[p->pos++];
	return 1;
}

static bool
at_ident(const struct parser *p)
{
	char c = peek(p);

	if (c == '-')
		c = peek_at(p, 1) == '-' ? 'a' : peek_at(p, 1);
	return is_name_start(c) || c == '\\';
}

static struct sv
kept(struct parser *p, size_t n)
{
	char *v = make(p, n + 1);

	if (!v)
		return SV_NULL;
	memcpy(v, p->scratch, n);
	return (struct sv){v, n};
}

static struct sv
read_name(struct parser *p)
{
	char *out = p->scratch;
	size_t n = 0;

	while (p->rc == 0 && p->pos < p->s.n) {
		if (is_name(peek(p)))
			out[n++] = p->s.p[p->pos++];
		else if (accept(p, '\\'))
			n += read_escape(p, out + n);
		else
			break;
	}
	return kept(p, n);
}

static struct sv
read_ident(struct parser *p)
{
	if (at_ident(p))
		return read_name(p);
	fail_unexpected(p);
	return SV_NULL;
}

static struct sv
lowered(struct sv v)
{
	char *s = (char *)(uintptr_t)v.p; // made by kept()

	for (size_t i = 0; i < v.n; i++)
		if (s[i] >= 'A' && s[i] <= 'Z')
			s[i] = (char)(s[i] + 32);
	return v;
}

static struct sv
read_string(struct parser *p)
{
	char quote = p->s.p[p->pos++];
	char *out = p->scratch;
	size_t n = 0;

	while (p->rc == 0 && p->pos < p->s.n && peek(p) != quote) {
		if (accept(p, '\\'))
			n += accept(p, '\n') ? 0 : read_escape(p, out + n);
		else
			out[n++] = p->s.p[p->pos++];
	}
	expect(p, quote);
	return kept(p, n);
}

static struct sv
read_ident_or_string(struct parser *p)
{
	return peek(p) == '"' || peek(p) == '\'' ? read_string(p) : read_ident(p);
}

// --- simple selectors ---

static struct sel_complex *read_list(struct parser *p, bool relative, char close);

static struct sel_simple *
simple_add(struct parser *p, struct sel_compound *c, enum sel_kind kind)
{
	struct sel_simple *s = make(p, sizeof(*s)), **tail = &c->first;

	if (!s)
		return NULL;
	s->kind = (uint8_t)kind;
	while (*tail)
		tail = &(*tail)->next;
	*tail = s;
	return s;
}

// HTML: values of these attributes match whatever their case.
static bool
attr_ignores_case(struct sv name)
{
	static const char *const names[] = {"accept", "accept-charset", "align", "alink", "axis",
	    "bgcolor", "charset", "checked", "clear", "codetype", "color", "compact", "declare",
	    "defer", "dir", "direction", "disabled", "enctype", "face", "frame", "hreflang",
	    "http-equiv", "lang", "language", "link", "media", "method", "multiple", "nohref",
	    "noresize", "noshade", "nowrap", "readonly", "rel", "rev", "rules", "scope",
	    "scrolling", "selected", "shape", "target", "text", "type", "valign", "valuetype",
	    "vlink"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_eq_str(name, names[i]))
			return true;
	return false;
}

static void
read_attr_flag(struct parser *p, struct sel_simple *s)
{
	skip_space(p);
	if (accept(p, 'i') || accept(p, 'I'))
		s->icase = true;
	else if (accept(p, 's') || accept(p, 'S'))
		s->html_icase = false;
	skip_space(p);
}

static void
read_attr(struct parser *p, struct sel_compound *c)
{
	struct sel_simple *s = simple_add(p, c, SEL_ATTR);

	if (!s)
		return;
	skip_space(p);
	s->name = lowered(read_ident(p));
	skip_space(p);
	if (p->rc != 0 || accept(p, ']'))
		return;
	s->op = peek(p);
	if (s->op && strchr("~|^$*", s->op))
		p->pos++;
	else
		s->op = '=';
	expect(p, '=');
	skip_space(p);
	if (p->rc != 0)
		return;
	s->value = read_ident_or_string(p);
	s->html_icase = attr_ignores_case(s->name);
	read_attr_flag(p, s);
	expect(p, ']');
}

static int32_t
read_int(struct parser *p)
{
	int32_t v = 0;

	if (!is_digit(peek(p)))
		fail_unexpected(p);
	while (is_digit(peek(p))) {
		v = v * 10 + (peek(p) - '0');
		if (v > SEL_MAX_NTH) {
			fail_limit(p, "number too large");
			return 0;
		}
		p->pos++;
	}
	return v;
}

static bool
accept_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);
	struct sv rest = {p->s.p + p->pos, p->s.n - p->pos};

	if (!sv_istarts(rest, word) || is_name(peek_at(p, n)))
		return false;
	p->pos += n;
	return true;
}

// The "+ 1" of "2n + 1".
static int32_t
read_nth_offset(struct parser *p)
{
	int32_t sign;

	skip_space(p);
	if (peek(p) != '+' && peek(p) != '-')
		return 0;
	sign = peek(p) == '-' ? -1 : 1;
	p->pos++;
	skip_space(p);
	return sign * read_int(p);
}

static void
read_anb(struct parser *p, struct sel_simple *s)
{
	int32_t sign = 1, v = 1;

	if (accept_word(p, "odd") || accept_word(p, "even")) {
		s->a = 2;
		s->b = (p->s.p[p->pos - 1] | 0x20) == 'd'; // oD(d) or eve(n)
		return;
	}
	if (peek(p) == '+' || peek(p) == '-')
		sign = p->s.p[p->pos++] == '-' ? -1 : 1;
	if (is_digit(peek(p)))
		v = read_int(p);
	else if (peek(p) != 'n' && peek(p) != 'N')
		fail_unexpected(p);
	if (accept(p, 'n') || accept(p, 'N')) {
		s->a = sign * v;
		s->b = read_nth_offset(p);
	} else {
		s->b = sign * v;
	}
}

static void
read_nth(struct parser *p, struct sel_simple *s)
{
	skip_space(p);
	read_anb(p, s);
	skip_space(p);
	if (p->rc == 0 && !s->of_type && accept_word(p, "of")) {
		s->memo = make(p, SEL_MEMOS * sizeof(*s->memo));
		s->list = read_list(p, false, ')');
	}
	expect(p, ')');
}

enum pseudo_arg { ARG_NONE, ARG_NTH, ARG_LIST, ARG_RELATIVE, ARG_TEXT };
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
    {"is", SEL_IS, ARG_LIST, false, false, 0},
    {"where", SEL_IS, ARG_LIST, false, false, 0},
    {"matches", SEL_IS, ARG_LIST, false, false, 0},
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
};

static void
read_contains(struct parser *p, struct sel_simple *s)
{
	size_t from;

	skip_space(p);
	if (peek(p) == '"' || peek(p) == '\'') {
		s->value = read_string(p);
		skip_space(p);
	} else {
		from = p->pos;
		while (p->pos < p->s.n && peek(p) != ')')
			p->pos++;
		s->value = sv_trim((struct sv){p->s.p + from, p->pos - from});
		if (s->value.n == 0)
			fail_unexpected(p);
	}
	expect(p, ')');
}

static void
read_pseudo_arg(struct parser *p, struct sel_simple *s, enum pseudo_arg arg)
{
	if (arg == ARG_NONE)
		return;
	expect(p, '(');
	if (p->rc != 0)
		return;
	if (arg == ARG_NTH) {
		read_nth(p, s);
	} else if (arg == ARG_TEXT) {
		read_contains(p, s);
	} else {
		s->list = read_list(p, arg == ARG_RELATIVE, ')');
		expect(p, ')');
	}
}

static void
add_pseudo(struct parser *p, struct sel_compound *c, const struct pseudo *row)
{
	struct sel_simple *s = simple_add(p, c, (enum sel_kind)row->kind);
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

static void
read_pseudo(struct parser *p, struct sel_compound *c)
{
	size_t at = p->pos;
	struct sv name = lowered(read_ident(p));
	const struct pseudo *row = p->rc == 0 ? pseudo_by_name(name) : NULL;

	if (p->rc != 0)
		return;
	if (row && row->kind == SEL_HAS && p->in_has) {
		p->pos = at;
		fail_limit(p, ":has() inside :has()");
	} else if (row) {
		add_pseudo(p, c, row);
	} else if (sv_eq_str(name, "only-child")) {
		add_pseudo(p, c, pseudo_by_name(SV("first-child")));
		add_pseudo(p, c, pseudo_by_name(SV("last-child")));
	} else if (sv_eq_str(name, "only-of-type")) {
		add_pseudo(p, c, pseudo_by_name(SV("first-of-type")));
		add_pseudo(p, c, pseudo_by_name(SV("last-of-type")));
	} else {
		fail_name(p, "pseudo-class", name, at);
	}
}

// --- compounds, complexes, lists ---

static bool
at_pseudo_element(const struct parser *p)
{
	return peek(p) == ':' && peek_at(p, 1) == ':';
}

static bool
read_simple(struct parser *p, struct sel_compound *c)
{
	struct sel_simple *s;

	if (accept(p, '#')) {
		if ((s = simple_add(p, c, SEL_ID)))
			s->value = read_ident(p);
	} else if (accept(p, '.')) {
		if ((s = simple_add(p, c, SEL_CLASS)))
			s->value = read_ident(p);
	} else if (accept(p, '[')) {
		read_attr(p, c);
	} else if (!at_pseudo_element(p) && accept(p, ':')) {
		read_pseudo(p, c);
	} else {
		return false;
	}
	return p->rc == 0;
}

static struct sel_compound *
read_compound(struct parser *p)
{
	struct sel_compound *c = make(p, sizeof(*c));
	struct sel_simple *s;

	if (!c)
		return NULL;
	if (++p->compounds > SEL_MAX_COMPOUNDS) {
		fail_limit(p, "too many parts");
		return NULL;
	}
	if (accept(p, '*')) {
		simple_add(p, c, SEL_ANY);
	} else if (at_ident(p) && (s = simple_add(p, c, SEL_TAG))) {
		s->name = lowered(read_ident(p));
	}
	while (p->rc == 0 && read_simple(p, c))
		;
	if (!c->first && at_pseudo_element(p))
		simple_add(p, c, SEL_ANY);
	if (!c->first)
		fail_unexpected(p);
	return c;
}

// The combinator before the next compound, or 0 at the end of the complex selector.
static char
read_combinator(struct parser *p, char close)
{
	bool space = skip_space(p);
	char c = peek(p);

	if (c == '>' || c == '+' || c == '~') {
		p->pos++;
		skip_space(p);
		return c;
	}
	if (p->pos >= p->s.n || c == ',' || (close && c == close))
		return 0;
	return space ? ' ' : 0;
}

static void
read_take(struct parser *p, struct sel_complex *x)
{
	size_t at = p->pos;
	struct sv name;

	p->pos += 2;
	name = lowered(read_ident(p));
	if (p->rc != 0)
		return;
	if (sv_eq_str(name, "text")) {
		x->take = TAKE_TEXT;
	} else if (sv_eq_str(name, "attr")) {
		expect(p, '(');
		skip_space(p);
		x->take = TAKE_ATTR;
		x->attr = arena_sv(p->a, lowered(read_ident(p)));
		skip_space(p);
		expect(p, ')');
	} else {
		fail_name(p, "pseudo-element", name, at);
	}
}

static struct sel_compound *
anchor_compound(struct parser *p, enum sel_kind kind)
{
	struct sel_compound *c = make(p, sizeof(*c));

	if (c)
		simple_add(p, c, kind);
	return c;
}

// `relative`: of :has(), where even a selector without combinator is relative. At the top a leading
// combinator is relative to the scope.
static void
read_lead(struct parser *p, struct sel_complex *x, bool relative)
{
	char c = peek(p);

	if (c == '>' || c == '+' || c == '~') {
		if (!relative && p->depth > 1) {
			fail_unexpected(p);
			return;
		}
		x->lead = c;
		p->pos++;
		skip_space(p);
	} else if (relative) {
		x->lead = ' ';
	}
	if (x->lead)
		x->right = anchor_compound(p, relative ? SEL_ANCHOR : SEL_SCOPE);
}

static struct sel_complex *
read_complex(struct parser *p, bool relative, char close)
{
	struct sel_complex *x = make(p, sizeof(*x));
	char comb;

	if (!x)
		return NULL;
	skip_space(p);
	read_lead(p, x, relative);
	comb = x->lead;
	do {
		struct sel_compound *c = p->rc == 0 ? read_compound(p) : NULL;

		if (!c)
			return x;
		c->left = x->right;
		c->comb = comb;
		x->right = c;
		if (p->depth == 1 && p->rc == 0 && at_pseudo_element(p)) {
			read_take(p, x);
			skip_space(p);
			break;
		}
	} while (p->rc == 0 && (comb = read_combinator(p, close)));
	return x;
}

static struct sel_complex *
read_list(struct parser *p, bool relative, char close)
{
	struct sel_complex *first = NULL, **tail = &first;

	if (++p->depth > SEL_MAX_NESTING) {
		fail_limit(p, "nested too deep");
		return NULL;
	}
	do {
		*tail = read_complex(p, relative, close);
		if (p->rc != 0)
			return NULL;
		tail = &(*tail)->next;
		skip_space(p);
	} while (accept(p, ','));
	p->depth--;
	return first;
}

int
selector_compile(struct sv text, struct arena *a, struct selector **out, struct err *err)
{
	struct parser p = {.s = text, .a = a, .err = err};
	struct selector *s = make(&p, sizeof(*s));

	p.scratch = make(&p, text.n * 2 + 8); // an escape of 2 bytes may write 3
	if (p.rc != 0)
		return p.rc;
	s->list = read_list(&p, false, '\0');
	if (p.rc == 0 && p.pos < p.s.n)
		fail_unexpected(&p);
	if (p.rc == 0)
		*out = s;
	return p.rc;
}
