// SPDX-License-Identifier: Apache-2.0
// Text to tokens, one at a time: numbers in many scripts' digits, lower-case words, marks. Linear.
#include "extract/meta/dates/date_priv.h"
#include "extract/html/letters.h"

#include <assert.h>

// --- characters ---

static uint32_t
decode(struct sv s, size_t *pos)
{
	unsigned char c = (unsigned char)s.p[*pos];

	if (c >= 0x80)
		return letters_decode(s, pos);
	++*pos;
	return c;
}

// Marks that stand for an ASCII one: dashes, CJK and Arabic punctuation, the middle dot.
static char
mark_of(uint32_t c)
{
	static const struct {
		uint32_t c;
		char mark;
	} marks[] = {{0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2212, '-'},
	    {0xff0d, '-'}, {0xff0f, '/'}, {0x2044, '/'}, {0xff0e, '.'}, {0xb7, '.'}, {0x60c, ','},
	    {0x3001, ','}, {0xff0c, ','}, {0xff1a, ':'}, {0xff08, '('}, {0xff09, ')'},
	    {0x2019, '\''}, {0x2032, '\''}, {0x5f3, '.'}, {0x970, '.'}};

	if (c < 0x80)
		return (char)c;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (marks[i].c == c)
			return marks[i].mark;
	return '\0';
}

// White space, and the invisible marks that order text of both directions; not the joiners within
// words.
static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0xa0 || c == 0x61c || (c >= 0x2000 && c <= 0x200b) || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202f) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0x3000 || c == 0xfeff;
}

static bool
is_letter(uint32_t c)
{
	if (c < 0x80)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	if (c < 0xc0)
		return c == 0xaa || c == 0xba; // ordinal marks
	return c != 0xd7 && c != 0xf7 && !is_blank(c) && mark_of(c) == '\0' &&
	       (c < 0x2010 || c > 0x206f) && (c < 0x3002 || c > 0x3004) &&
	       (c < 0xff00 || c > 0xff0f);
}

// --- tokens ---

static void
put(struct token *t, uint32_t c)
{
	char b[4] = {(char)c};
	size_t n = c < 0x80 ? 1 : letters_encode(c, b);

	if (t->word_len + n <= DATE_WORD_MAX) {
		memcpy(t->word + t->word_len, b, n);
		t->word_len = (uint8_t)(t->word_len + n);
	}
}

static void
read_number(struct sv s, size_t *pos, struct token *t)
{
	t->kind = TOK_NUMBER;
	while (*pos < s.n) {
		size_t next = *pos;
		uint32_t c = decode(s, &next);
		int d = letters_digit(c);

		if (d < 0)
			return;
		if (t->digits < 18)
			t->value = t->value * 10 + d;
		t->digits = (uint8_t)MIN(t->digits + 1, 200);
		t->foreign |= c >= 0x80;
		*pos = next;
	}
}

static void
read_word(struct sv s, size_t *pos, struct token *t)
{
	size_t from = *pos;

	t->kind = TOK_WORD;
	while (*pos < s.n && *pos - from < 200) {
		size_t next = *pos;
		uint32_t c = decode(s, &next);

		if (!is_letter(c) || letters_digit(c) >= 0)
			break;
		put(t, c < 0x80 ? c | 0x20 : letters_lower(c));
		*pos = next;
	}
}

static size_t
skip_blanks(struct sv s, size_t pos)
{
	while (pos < s.n) {
		size_t next = pos;

		if (!is_blank(decode(s, &next)))
			break;
		pos = next;
	}
	return pos;
}

static void
read_token(struct sv s, size_t pos, struct token *t)
{
	size_t from = skip_blanks(s, pos), next = from;
	uint32_t c = from < s.n ? decode(s, &next) : 0;

	t->kind = TOK_END;
	t->digits = t->word_len = 0;
	t->mark = '\0';
	t->glued = from == pos;
	t->foreign = false;
	t->value = 0;
	t->from = (uint16_t)from;
	t->end = from;
	if (from == s.n)
		return;
	if (letters_digit(c) >= 0) {
		read_number(s, &t->end, t);
	} else if (is_letter(c)) {
		read_word(s, &t->end, t);
	} else {
		t->kind = TOK_MARK;
		t->mark = mark_of(c);
		t->end = next;
	}
}

// --- the cursor ---

void
date_advance(struct cursor *c)
{
	struct date_tokens *all = c->tokens;
	struct token *t = &all->t[++c->i % DATE_LOOK_AHEAD];

	assert(c->i <= all->n && all->n - c->i < DATE_LOOK_AHEAD);
	if (c->i == all->n) {
		read_token(all->s, all->pos, t);
		all->pos = t->end;
		all->n++;
	}
	c->t = t;
}

struct cursor
date_cursor(struct date_tokens *tokens, struct sv s, size_t pos)
{
	struct cursor c = {.tokens = tokens, .i = UINT32_MAX};

	tokens->s = s;
	tokens->pos = pos;
	tokens->n = 0;
	date_advance(&c);
	return c;
}

void
date_skip(struct cursor *c, size_t pos)
{
	if (pos == c->t->end)
		return;
	c->tokens->n = c->i + 1;
	c->tokens->pos = pos;
}

static bool
date_word_is(const struct token *t, const char *const *list)
{
	struct sv w = {t->word, t->word_len};

	for (; *list; list++)
		if (**list == w.p[0] && sv_eq_str(w, *list))
			return true;
	return false;
}

bool
date_take_mark(struct cursor *c, const char *marks)
{
	if (c->t->kind != TOK_MARK || !c->t->mark || !strchr(marks, c->t->mark))
		return false;
	date_advance(c);
	return true;
}

bool
date_take_word(struct cursor *c, const char *const *list)
{
	if (c->t->kind != TOK_WORD || !date_word_is(c->t, list))
		return false;
	date_advance(c);
	return true;
}

bool
date_take_number(struct cursor *c, unsigned min_digits, unsigned max_digits, int *out)
{
	if (c->t->kind != TOK_NUMBER || c->t->digits < min_digits || c->t->digits > max_digits)
		return false;
	*out = (int)c->t->value;
	date_advance(c);
	return true;
}
