// SPDX-License-Identifier: Apache-2.0
// HTML tokens by short loops and sixteen bytes at a time (HTML standard, 13.2.5, without its state
// per byte). Runs in the extractor's worker; every byte is read a bounded number of times.
#include "extract/html/parse_bytes.h"
#include "extract/html/parse_scan.h"

#include <strings.h>

#define MANY_ATTRS 8 // above it, repeated names are found by a table

static struct sv
rest(const struct scan *s)
{
	return bytes_slice(s->html, s->at, s->html.n);
}

bool
scan_is_at(const struct scan *s, const char *prefix)
{
	return sv_istarts(rest(s), prefix);
}

static __attribute__((noinline)) struct span
decoded(struct scan *s, struct sv text, unsigned how)
{
	struct span out = {0, 0};

	if (!decode_span(s->t, text, how, &out))
		s->failed = true;
	return out;
}

static struct span
borrowed(const struct scan *s, size_t from, size_t to)
{
	(void)s;
	return (struct span){(uint32_t)from, (uint32_t)(to - from)};
}

// --- comments and declarations ---

static void
comment_to(struct scan *s, struct token *tok, size_t from, size_t end, size_t delimiter)
{
	from = MIN(from, end);
	tok->kind = TOKEN_COMMENT;
	tok->text = decoded(s, bytes_slice(s->html, from, end), DECODE_NUL);
	s->at = MIN(end + delimiter, s->html.n);
}

// How many bytes of `--!` the input ends with.
static size_t
cut_delimiter(struct sv v, size_t from)
{
	static const char *const ends[] = {"--!", "--", "-"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t n = strlen(ends[i]);

		if (v.n - from >= n && memcmp(v.p + v.n - n, ends[i], n) == 0)
			return n;
	}
	return 0;
}

// After `<!--`: `-->`, `--!>`, or at once `>` and `->`.
static void
scan_comment(struct scan *s, struct token *tok)
{
	struct sv v = s->html;
	size_t from = s->at + 4, i = from;

	if (from < v.n && v.p[from] == '>') {
		comment_to(s, tok, from, from, 1);
		return;
	}
	if (from + 1 < v.n && v.p[from] == '-' && v.p[from + 1] == '>') {
		comment_to(s, tok, from, from, 2);
		return;
	}
	for (;; i++) {
		if (i < v.n && v.p[i] != '-')
			i = bytes_find(v, i, '-');
		if (i + 2 >= v.n)
			break;
		if (v.p[i + 1] != '-')
			continue;
		if (v.p[i + 2] == '>') {
			comment_to(s, tok, from, i, 3);
			return;
		}
		if (v.p[i + 2] == '!' && i + 3 < v.n && v.p[i + 3] == '>') {
			comment_to(s, tok, from, i, 4);
			return;
		}
	}
	from = MIN(from, v.n);
	comment_to(s, tok, from, v.n - cut_delimiter(v, from), v.n);
}

static void
scan_cdata(struct scan *s, struct token *tok)
{
	size_t from = s->at + 9;
	const char *p = memmem(s->html.p + from, s->html.n - from, "]]>", 3);
	size_t end = p ? (size_t)(p - s->html.p) : s->html.n;

	tok->kind = TOKEN_TEXT;
	tok->text =
	    decoded(s, bytes_slice(s->html, from, end), s->keep_nul ? DECODE_NUL : DECODE_DROP_NUL);
	s->at = MIN(end + 3, s->html.n);
}

// A quoted identifier of a doctype at *i. False: there is none.
static bool
scan_doctype_id(struct scan *s, struct sv v, size_t *i, struct span *out)
{
	bool decode = false;
	size_t end;

	if (*i >= v.n || (v.p[*i] != '"' && v.p[*i] != '\''))
		return false;
	end = bytes_until(v, *i + 1, v.p[*i], &decode);
	*out = decoded(s, bytes_slice(v, *i + 1, end), DECODE_NUL);
	s->doctype.force_quirks |= end == v.n;
	*i = MIN(end + 1, v.n);
	return true;
}

static size_t
skip_space(struct sv v, size_t i)
{
	while (i < v.n && byte_is(v.p[i], BYTE_SPACE))
		i++;
	return i;
}

// What follows the name, up to the '>' that ends v (which lies before a '>' in quotes, as the
// standard has it).
static void
scan_doctype_ids(struct scan *s, struct sv v, size_t i)
{
	struct doctype *d = &s->doctype;
	struct sv word = bytes_slice(v, i, v.n);
	bool public = sv_istarts(word, "public");

	if (i >= v.n)
		return;
	if (!public && !sv_istarts(word, "system")) {
		d->force_quirks = true;
		return;
	}
	i = skip_space(v, i + 6);
	if (public)
		d->has_public = scan_doctype_id(s, v, &i, &d->public_id);
	else
		d->has_system = scan_doctype_id(s, v, &i, &d->system_id);
	if (!d->has_public && !d->has_system)
		d->force_quirks = true;
	i = skip_space(v, i);
	if (d->has_public && i < v.n) {
		d->has_system = scan_doctype_id(s, v, &i, &d->system_id);
		d->force_quirks |= !d->has_system;
		i = skip_space(v, i);
	}
	if (d->has_system && i < v.n) // what follows the last one makes no quirks, even if cut
		d->force_quirks = false;
}

static struct span
lower_name(struct scan *s, struct sv name)
{
	struct span text = decoded(s, name, DECODE_NUL);
	uint32_t at = side_at(s->t);

	for (uint32_t i = 0; i < text.n; i++) {
		char c = tree_view(s->t, text).p[i];

		c = (char)(byte_is(c, BYTE_UPPER) ? c + 32 : c);
		if (!side_add(s->t, &c, 1))
			s->failed = true;
	}
	return (struct span){at, text.n};
}

static void
scan_doctype(struct scan *s, struct token *tok)
{
	size_t end = bytes_find(s->html, s->at, '>');
	struct sv v = bytes_slice(s->html, 0, end);
	size_t from = skip_space(v, s->at + 9), i = from;

	while (i < v.n && !byte_is(v.p[i], BYTE_SPACE))
		i++;
	tok->kind = TOKEN_DOCTYPE;
	s->doctype = (struct doctype){.force_quirks = end == s->html.n || i == from};
	s->doctype.has_name = i > from;
	if (i > from)
		s->doctype.name = lower_name(s, bytes_slice(v, from, i));
	scan_doctype_ids(s, v, skip_space(v, i));
	s->at = MIN(end + 1, s->html.n);
}

// `<!` or `<?` or `</` without a letter.
static void
scan_declaration(struct scan *s, struct token *tok)
{
	struct sv r = rest(s);

	if (sv_starts(r, "<!--"))
		scan_comment(s, tok);
	else if (s->cdata && sv_starts(r, "<![CDATA["))
		scan_cdata(s, tok);
	else if (sv_istarts(r, "<!doctype"))
		scan_doctype(s, tok);
	else
		comment_to(
		    s, tok, s->at + (r.p[1] == '?' ? 1 : 2), bytes_find(s->html, s->at, '>'), 1);
}

// --- tags ---

// A name that holds U+0000.
static uint32_t
intern_nul(struct scan *s, struct sv name)
{
	struct span text = decoded(s, name, DECODE_NUL);

	return s->failed ? 0 : tree_intern(s->t, tree_view(s->t, text));
}

// The length of the name at i, which ends at one of the classes; 0: it has to be read byte by byte,
// as the input ends soon or the name has bytes that are seldom in one.
static inline size_t
plain_name(struct sv v, size_t i, unsigned stop)
{
#ifdef __SSE2__
	for (size_t from = i; v.n - i >= 16; i += 16) {
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(v.p + i));
		// As signed numbers, bytes beyond ASCII are below a space, too.
		__m128i ends = _mm_or_si128(_mm_cmplt_epi8(b, _mm_set1_epi8('!')),
		    _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('/')),
			_mm_cmpeq_epi8(b, _mm_set1_epi8('>'))));
		unsigned bits;

		if (stop & BYTE_EQUALS)
			ends = _mm_or_si128(ends, _mm_cmpeq_epi8(b, _mm_set1_epi8('=')));
		bits = (unsigned)_mm_movemask_epi8(ends);
		if (bits == 0)
			continue;
		i += (unsigned)__builtin_ctz(bits);
		return byte_is(v.p[i], stop) ? i - from : 0;
	}
#else
	(void)v, (void)i, (void)stop;
#endif
	return 0;
}

// Any name, byte by byte; s->at is behind it.
static __attribute__((noinline)) uint32_t
scan_any_name(struct scan *s, size_t from, unsigned stop)
{
	struct sv v = s->html, name;
	bool nul = false;
	uint32_t id;

	s->at = from;
	do // the first byte always belongs to it: a '=' does where an attribute begins
		nul |= v.p[s->at++] == '\0';
	while (s->at < v.n && !byte_is(v.p[s->at], stop));
	name = bytes_slice(v, from, s->at);
	id = nul ? intern_nul(s, name) : tree_intern(s->t, name);
	s->failed |= id == 0;
	return id;
}

// The name at s->at, up to one of the classes; its id, 0 on memory shortage. s->at is behind it.
static inline uint32_t
scan_name(struct scan *s, struct sv v, size_t from, unsigned stop)
{
	size_t n = plain_name(v, from, stop);
	const char *p = v.p + from;
	uint32_t id;

	if (n == 0)
		return scan_any_name(s, from, stop);
	id = n <= NAME_KEY_BYTES ? tree_known_short(s->t, name_key_of(p, n, false))
				 : tree_known(s->t, (struct sv){p, n}, name_key_of(p, n, false));
	if (id == 0)
		return scan_any_name(s, from, stop);
	s->at = from + n;
	return id;
}

// The value from i up to the quote; s->at is behind it.
static inline struct span
scan_quoted(struct scan *s, struct sv v, size_t from, char quote)
{
	bool decode = false;
	size_t end = bytes_until(v, from, quote, &decode);

	s->at = MIN(end + 1, v.n);
	return decode ? decoded(s, bytes_slice(v, from, end), DECODE_ATTR | DECODE_NUL)
		      : borrowed(s, from, end);
}

// Any value at i.
static __attribute__((noinline)) struct span
scan_value(struct scan *s, size_t i)
{
	struct sv v = s->html;
	bool decode = false;
	size_t from = i;

	if (i < v.n && (v.p[i] == '"' || v.p[i] == '\''))
		return scan_quoted(s, v, i + 1, v.p[i]);
	for (; i < v.n && !byte_is(v.p[i], BYTE_SPACE | BYTE_GREATER); i++)
		decode |= v.p[i] == '&' || v.p[i] == '\0';
	s->at = i;
	return decode ? decoded(s, bytes_slice(v, from, i), DECODE_ATTR | DECODE_NUL)
		      : borrowed(s, from, i);
}

// What follows the name of an attribute: a value, or none.
static inline struct span
value_of_attr(struct scan *s, struct sv v)
{
	size_t i = s->at;

	if (v.n - i > 2 && v.p[i] == '=' && v.p[i + 1] == '"')
		return scan_quoted(s, v, i + 2, '"');
	i = skip_space(v, i);
	if (i < v.n && v.p[i] == '=')
		return scan_value(s, skip_space(v, i + 1));
	return (struct span){0, 0};
}

// Is there an attribute of that name on the tag already?
static bool
is_repeated(struct scan *s, const struct token *tok, uint32_t name)
{
	const struct attr *a = s->t->attrs ? s->t->attrs + tok->attr : NULL;

	if (tok->attrs < MANY_ATTRS) {
		for (uint32_t k = 0; k < tok->attrs; k++)
			if (a[k].name == name)
				return true;
		return false;
	}
	if (!tree_grow(s->t->arena, &s->seen, &s->seen_cap, s->t->n_names, sizeof(*s->seen))) {
		s->failed = true;
		return true;
	}
	if (tok->attrs == MANY_ATTRS)
		for (uint32_t k = 0; k < tok->attrs; k++)
			s->seen[a[k].name] = s->tag_number;
	if (s->seen[name] == s->tag_number)
		return true;
	s->seen[name] = s->tag_number;
	return false;
}

// One attribute at s->at, which is neither space, '/' nor '>'.
static inline void
scan_attr(struct scan *s, struct sv v, struct token *tok)
{
	struct tree *t = s->t;
	uint32_t name = scan_name(s, v, s->at, BYTE_ENDS_TAG | BYTE_EQUALS);
	struct span value = value_of_attr(s, v);
	size_t at = (size_t)t->n_attrs + tok->attrs;

	if (s->failed || tok->attrs >= MIN(t->lim.max_attrs, (uint32_t)UINT16_MAX) ||
	    is_repeated(s, tok, name))
		return;
	if (!tree_grow_raw(t->arena, &t->attrs, &t->cap_attrs, at + 1, sizeof(*t->attrs))) {
		s->failed = true;
		return;
	}
	t->attrs[at] = (struct attr){name, value.at, value.n};
	tok->attrs++;
	tok->may_hide |= name == ATTR_hidden || name == ATTR_aria_hidden || name == TAG_style;
}

// Past an attribute of an end tag, which means nothing.
static size_t
skip_attr(struct sv v, size_t i)
{
	bool decode = false;

	for (i++; i < v.n && !byte_is(v.p[i], BYTE_ENDS_TAG | BYTE_EQUALS); i++)
		;
	i = skip_space(v, i);
	if (i >= v.n || v.p[i] != '=')
		return i;
	i = skip_space(v, i + 1);
	if (i < v.n && (v.p[i] == '"' || v.p[i] == '\''))
		return MIN(bytes_until(v, i + 1, v.p[i], &decode) + 1, v.n);
	while (i < v.n && !byte_is(v.p[i], BYTE_SPACE | BYTE_GREATER))
		i++;
	return i;
}

// From s->at to the '>' that ends the tag. False: the input ends first, and with it the tag.
static inline bool
scan_to_tag_end(struct scan *s, struct sv v, struct token *tok)
{
	char before = ' ', c;

	for (; s->at < v.n && (c = v.p[s->at]) != '>'; before = c) {
		if (c == '/' || byte_is(c, BYTE_SPACE))
			s->at++;
		else if (tok->kind == TOKEN_START)
			scan_attr(s, v, tok);
		else
			s->at = skip_attr(v, s->at);
	}
	tok->self_closing = before == '/';
	if (s->at >= v.n)
		return false;
	s->at++;
	return true;
}

static void
scan_tag(struct scan *s, struct token *tok, enum token_kind kind)
{
	struct sv v = s->html;

	tok->kind = (uint8_t)kind;
	tok->attr = s->t->n_attrs;
	tok->attrs = 0;
	tok->may_hide = false;
	tok->tag = scan_name(s, v, s->at + (kind == TOKEN_END ? 2 : 1), BYTE_ENDS_TAG);
	s->tag_number++;
	if (!scan_to_tag_end(s, v, tok))
		tok->kind = TOKEN_END_OF_INPUT;
}

// --- text ---

// Does a '<' at i begin anything but text?
static bool
begins_markup(struct sv v, size_t i)
{
	char c = i + 1 < v.n ? v.p[i + 1] : ' ';

	if (c == '/')
		return i + 2 < v.n;
	return byte_is(c, BYTE_ALPHA) || c == '!' || c == '?';
}

static void
scan_text(struct scan *s, struct token *tok)
{
	struct sv v = s->html;
	bool decode = false;
	size_t from = s->at, i = from;

	for (;; i++) {
		i = bytes_until(v, i, '<', &decode);
		if (i >= v.n || begins_markup(v, i))
			break;
	}
	s->at = i;
	tok->kind = TOKEN_TEXT;
	tok->text = borrowed(s, from, i);
	if (decode)
		tok->text = decoded(s, bytes_slice(v, from, i),
		    DECODE_REFERENCES | (s->keep_nul ? DECODE_NUL : DECODE_DROP_NUL));
}

static void
scan_plaintext(struct scan *s, struct token *tok)
{
	tok->kind = TOKEN_TEXT;
	tok->text = decoded(s, rest(s), DECODE_NUL);
	s->at = s->html.n;
}

// All but most tags.
static __attribute__((noinline)) void
scan_other(struct scan *s, struct token *tok)
{
	struct sv v = s->html;
	size_t i = s->at;

	while (i + 2 < v.n && v.p[i] == '<' && v.p[i + 1] == '/' && v.p[i + 2] == '>' &&
	       !s->plaintext) // no tag, no text
		i = s->at += 3;
	if (i >= v.n)
		tok->kind = TOKEN_END_OF_INPUT;
	else if (s->plaintext)
		scan_plaintext(s, tok);
	else if (v.p[i] != '<' || !begins_markup(v, i))
		scan_text(s, tok);
	else if (byte_is(v.p[i + 1], BYTE_ALPHA))
		scan_tag(s, tok, TOKEN_START);
	else if (v.p[i + 1] == '/' && byte_is(v.p[i + 2], BYTE_ALPHA))
		scan_tag(s, tok, TOKEN_END);
	else
		scan_declaration(s, tok);
}

void
scan_next(struct scan *s, struct token *tok)
{
	const char *p = s->html.p + s->at;

	if (s->html.n - s->at < 3 || p[0] != '<' || s->plaintext)
		scan_other(s, tok);
	else if (byte_is(p[1], BYTE_ALPHA))
		scan_tag(s, tok, TOKEN_START);
	else if (p[1] == '/' && byte_is(p[2], BYTE_ALPHA))
		scan_tag(s, tok, TOKEN_END);
	else
		scan_other(s, tok);
}

// --- raw text ---

// Is `</NAME` or `<NAME` at the '<' at i, and does the name end there?
static bool
is_tag_at(struct sv v, size_t i, bool close, struct sv name)
{
	size_t from = i + 1 + close, after = from + name.n;

	return after < v.n && (!close || v.p[i + 1] == '/') &&
	       strncasecmp(v.p + from, name.p, name.n) == 0 && byte_is(v.p[after], BYTE_ENDS_TAG);
}

static size_t
raw_text_end(struct sv v, size_t i, struct sv name)
{
	for (i = bytes_find(v, i, '<'); i < v.n; i = bytes_find(v, i + 1, '<'))
		if (is_tag_at(v, i, true, name))
			break;
	return i;
}

// Behind `-->` of the comment inside a script, from i on; a `<` comes first: there.
static size_t
find_in_script_comment(struct sv v, size_t i, bool *ends)
{
	for (; i < v.n; i++) {
		if (v.p[i] == '<')
			return i;
		if (v.p[i] == '-' && i + 2 < v.n && v.p[i + 1] == '-' && v.p[i + 2] == '>') {
			*ends = true;
			return i + 3;
		}
	}
	return i;
}

// Script data with its escaped and double escaped states: `<!-- <script> </script> -->`.
static size_t
script_end(struct sv v, size_t i, struct sv name)
{
	bool comment = false, nested = false;

	while (i < v.n) {
		bool ends = false;

		i = comment ? find_in_script_comment(v, i, &ends) : bytes_find(v, i, '<');
		if (ends) {
			comment = nested = false;
			continue;
		}
		if (i >= v.n)
			break;
		if (!nested && is_tag_at(v, i, true, name))
			return i;
		if (nested && is_tag_at(v, i, true, SV("script"))) {
			nested = false;
		} else if (comment && !nested && is_tag_at(v, i, false, SV("script"))) {
			nested = true;
		} else if (!comment && sv_starts(bytes_slice(v, i, v.n), "<!--")) {
			comment = true;
			i++; // its dashes may be those of `-->`
		}
		i++;
	}
	return v.n;
}

struct span
scan_raw(struct scan *s, enum raw_kind kind, struct sv name)
{
	struct sv v = s->html, text;
	size_t from = s->at;
	size_t end = kind == RAW_SCRIPT ? script_end(v, from, name) : raw_text_end(v, from, name);
	unsigned how = DECODE_NUL | (kind == RAW_RCDATA ? DECODE_REFERENCES : 0);

	text = bytes_slice(v, from, end);
	s->at = end;
	return decoded(s, text, how);
}

bool
scan_find_end_tag(struct scan *s, struct sv name, size_t *at)
{
	if (s->no_end_tag)
		return false;
	*at = raw_text_end(s->html, s->at, name);
	s->no_end_tag = *at == s->html.n;
	return !s->no_end_tag;
}
