// SPDX-License-Identifier: Apache-2.0
// Backslashes where text would be read as Markdown, and nowhere else (CommonMark 0.31, flanking
// rules).
#include "extract/write/markdown_priv.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\0';
}

static bool
is_punct(char c)
{
	return c > ' ' && c < 0x7f && !md_is_word_byte(c);
}

static char
at(struct sv v, size_t i)
{
	return i < v.n ? v.p[i] : ' ';
}

// `&amp;` in the text itself.
static bool
is_reference(struct sv v, size_t i)
{
	size_t k = i + 1;

	if (at(v, k) == '#')
		k++;
	while (k < v.n && k - i < 34 && md_is_word_byte(v.p[k]))
		k++;
	return k > i + 1 && at(v, k) == ';';
}

static bool
needs_escape(struct sv v, size_t i, char before, const struct md_escape *e)
{
	char next = at(v, i + 1);

	switch (v.p[i]) {
	case '\\':
		return is_punct(next) || i + 1 == v.n;
	case '`':
		return true;
	case '*':
		return !is_space(before) || !is_space(next);
	case '_':
		return (!md_is_word_byte(before) || !md_is_word_byte(next)) &&
		       !(is_space(before) && is_space(next));
	case '[':
		return e->in_link || next == '^';
	case ']':
		return e->in_link || next == '(' || next == '[' || next == ':';
	case '(':
		return i == 0 && before == ']'; // "[a]" and "(b)" of two text nodes
	case '<':
		return md_is_word_byte(next) || next == '/' || next == '!' || next == '?';
	case '&':
		return is_reference(v, i);
	case '~':
		return next == '~' || before == '~' || !is_space(before);
	case '|':
		return e->in_cell;
	default:
		return false;
	}
}

// All that needs_escape knows.
const bool md_is_special[256] = {['\\'] = true,
    ['`'] = true,
    ['*'] = true,
    ['_'] = true,
    ['['] = true,
    [']'] = true,
    ['('] = true,
    ['<'] = true,
    ['&'] = true,
    ['~'] = true,
    ['|'] = true};

void
md_escape(struct buf *out, struct sv v, const struct md_escape *e)
{
	for (size_t i = 0, from; i < v.n;) {
		for (from = i; i < v.n && !md_is_special[(unsigned char)v.p[i]];)
			i++;
		buf_add(out, v.p + from, i - from);
		if (i == v.n)
			return;
		if (needs_escape(v, i, i > 0 ? v.p[i - 1] : e->before, e))
			buf_ch(out, '\\');
		buf_ch(out, v.p[i++]);
	}
}

// --- line starts ---

static size_t
run_of(struct sv v, char c)
{
	size_t n = 0;

	while (n < v.n && v.p[n] == c)
		n++;
	return n;
}

static bool
is_all(struct sv v, char c)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] != c && v.p[i] != ' ')
			return false;
	return v.n > 0;
}

// How many digits of "12." or "12)" begin the line; 0 if it is no list marker.
static size_t
number_marker(struct sv v)
{
	size_t n = 0;

	while (n < v.n && n < 10 && sv_is_digit(v.p[n]))
		n++;
	if (n == 0 || n > 9 || (at(v, n) != '.' && at(v, n) != ')') || !is_space(at(v, n + 1)))
		return 0;
	return n;
}

static bool
escapes_first(struct sv v, bool first)
{
	switch (v.p[0]) {
	case '#':
		return run_of(v, '#') <= 6 && is_space(at(v, run_of(v, '#')));
	case '>':
		return true;
	case '-':
		return is_space(at(v, 1)) || is_all(v, '-');
	case '+':
	case '*': // of the text: emphasis has no space after it
		return is_space(at(v, 1));
	case '=':
		return !first && is_all(v, '=');
	case '~':
		return run_of(v, '~') >= 3;
	case '|':
		return true;
	default:
		return false;
	}
}

static void
escape_line(struct buf *out, struct sv v, bool first)
{
	size_t n = v.n > 0 ? number_marker(v) : 0;

	if (n > 0) {
		buf_add(out, v.p, n);
		buf_ch(out, '\\');
		v = (struct sv){v.p + n, v.n - n};
	} else if (v.n > 0 && escapes_first(v, first)) {
		buf_ch(out, '\\');
	}
	buf_sv(out, v);
}

void
md_escape_line_starts(struct buf *out, struct sv block)
{
	bool first = true;

	for (;;) {
		const char *nl = block.n > 0 ? memchr(block.p, '\n', block.n) : NULL;
		size_t n = nl ? (size_t)(nl - block.p) : block.n;

		escape_line(out, (struct sv){block.p, n}, first);
		if (!nl)
			return;
		buf_ch(out, '\n');
		block = (struct sv){block.p + n + 1, block.n - n - 1};
		first = false;
	}
}
