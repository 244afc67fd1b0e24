// SPDX-License-Identifier: Apache-2.0
// What pages hold for JSON, as strict JSON: a reader that forgives, writes as it goes and never
// turns back. Linear in the text; depth, values and bytes are capped.
#include "extract/html/unescape.h"
#include "extract/meta/structured/structured.h"

enum want { WANT_KEY, WANT_COLON, WANT_VALUE, WANT_COMMA };

struct level {
	char open;     // '{' or '['
	uint8_t want;  // enum want
	bool has_item; // the next one needs a comma
};
struct norm {
	struct sv s;
	size_t pos;
	struct buf *out;
	struct schema_budget *b;
	struct level level[SCHEMA_MAX_DEPTH + 1]; // level 0 is the array of roots
	unsigned depth;
	unsigned skipped;          // brackets open beyond the depth cap
	size_t comment_end, brace; // the next ones, where that is known
};

// --- small steps ---

static bool
at(const struct norm *n, const char *lit)
{
	size_t len = strlen(lit);

	return n->s.n - n->pos >= len && memcmp(n->s.p + n->pos, lit, len) == 0;
}

static char
cur(const struct norm *n)
{
	return n->pos < n->s.n ? n->s.p[n->pos] : '\0';
}

static bool
is_word(char c)
{
	return sv_is_alnum(c) || c == '_' || c == '$' || c == '@' || c == '-' || c == '+' ||
	       c == '.' || (unsigned char)c >= 0x80;
}

static struct level *
top(struct norm *n)
{
	return &n->level[n->depth];
}

static size_t
find_from(const struct norm *n, size_t from, const char *lit)
{
	const char *hit =
	    from < n->s.n ? memmem(n->s.p + from, n->s.n - from, lit, strlen(lit)) : NULL;

	return hit ? (size_t)(hit - n->s.p) : n->s.n;
}

// --- comments ---

// The same from a place behind position 0, sought only when what was found last lies before it: a
// text may be full of marks whose end, or whose lack of one, is far away.
static size_t
find_once(const struct norm *n, size_t *last, size_t from, const char *lit)
{
	if (*last < from)
		*last = find_from(n, from, lit);
	return *last;
}

// A comment that holds the data itself is only a wrapper: skip its mark, not its content.
static void
skip_html_comment(struct norm *n)
{
	size_t from = n->pos + 4, end = find_once(n, &n->comment_end, from, "-->");

	n->pos = find_once(n, &n->brace, from, "{") < end ? from : MIN(end + 3, n->s.n);
}

static void
skip_line_comment(struct norm *n)
{
	size_t i = n->pos + 2;

	while (i < n->s.n && (n->s.p[i] == ' ' || n->s.p[i] == '\t'))
		i++;
	n->pos = i;
	if (at(n, "<![CDATA["))
		n->pos += 9;
	else if (!at(n, "<!--"))
		n->pos = find_from(n, i, "\n");
}

static bool
skip_noise(struct norm *n)
{
	if (sv_is_space(cur(n)) || cur(n) == ';')
		n->pos++;
	else if (at(n, "\xef\xbb\xbf") || at(n, "-->") || at(n, "]]>"))
		n->pos += 3;
	else if (at(n, "<![CDATA["))
		n->pos += 9;
	else if (at(n, "<!--"))
		skip_html_comment(n);
	else if (at(n, "//"))
		skip_line_comment(n);
	else if (at(n, "/*"))
		n->pos = MIN(find_from(n, n->pos + 2, "*/") + 2, n->s.n);
	else
		return false;
	return true;
}

// --- strings ---

// Is the quote at `pos` the end of its string? In valid JSON always; a bare quote inside a text is
// followed by more text. A next string on a new line means a comma was forgotten.
static bool
ends_string(const struct norm *n, size_t pos)
{
	bool newline = false;
	size_t i = pos + 1;

	for (; i < n->s.n && sv_is_space(n->s.p[i]); i++)
		newline |= n->s.p[i] == '\n';
	if (i == n->s.n || strchr(",:}]", n->s.p[i]))
		return true;
	if (n->s.p[i] == '/' && i + 1 < n->s.n && (n->s.p[i + 1] == '/' || n->s.p[i + 1] == '*'))
		return true;
	return newline && n->s.p[i] == '"';
}

static bool
is_hex4(const struct norm *n, size_t pos)
{
	for (size_t i = pos; i < pos + 4; i++) {
		if (i >= n->s.n || sv_hex(n->s.p[i]) < 0)
			return false;
	}
	return true;
}

static void
put_escape(struct norm *n)
{
	char c = n->pos + 1 < n->s.n ? n->s.p[n->pos + 1] : '\0';

	n->pos += 2;
	if (c == 'u' && is_hex4(n, n->pos)) {
		buf_str(n->out, "\\u");
		buf_add(n->out, n->s.p + n->pos, 4);
		n->pos += 4;
	} else if (c && strchr("\"\\/bfnrt", c)) {
		buf_ch(n->out, '\\');
		buf_ch(n->out, c);
	} else if (c == '\'') {
		buf_ch(n->out, c);
	} else if (c && c != '\n') {
		buf_str(n->out, "\\\\");
		n->pos--;
	}
}

static void
put_raw(struct norm *n)
{
	unsigned char c = (unsigned char)n->s.p[n->pos++];

	if (c == '"')
		buf_str(n->out, "\\\"");
	else if (c < 0x20)
		buf_fmt(n->out, "\\u%04x", c);
	else
		buf_ch(n->out, (char)c);
}

static void
put_string(struct norm *n)
{
	char quote = n->s.p[n->pos++];

	buf_ch(n->out, '"');
	while (n->pos < n->s.n) {
		char c = n->s.p[n->pos];

		if (c == quote && ends_string(n, n->pos)) {
			n->pos++;
			break;
		}
		if (c == '\\')
			put_escape(n);
		else
			put_raw(n);
	}
	buf_ch(n->out, '"');
}

// --- numbers and words ---

static size_t
digits(struct sv v, size_t i)
{
	size_t from = i;

	while (i < v.n && sv_is_digit(v.p[i]))
		i++;
	return i - from;
}

static bool
is_json_number(struct sv v)
{
	size_t i = v.n > 0 && v.p[0] == '-', k = digits(v, i);

	if (k == 0 || (k > 1 && v.p[i] == '0'))
		return false;
	i += k;
	if (i < v.n && v.p[i] == '.') {
		k = digits(v, i + 1);
		if (k == 0)
			return false;
		i += 1 + k;
	}
	if (i < v.n && (v.p[i] | 0x20) == 'e') {
		i++;
		i += i < v.n && (v.p[i] == '+' || v.p[i] == '-');
		k = digits(v, i);
		if (k == 0)
			return false;
		i += k;
	}
	return i == v.n;
}

static struct sv
read_word(struct norm *n)
{
	size_t from = n->pos;

	while (n->pos < n->s.n && is_word(n->s.p[n->pos]))
		n->pos++;
	return (struct sv){n->s.p + from, n->pos - from};
}

static void
put_word(struct norm *n, struct sv w)
{
	if (is_json_number(w) || sv_eq_str(w, "true") || sv_eq_str(w, "false") ||
	    sv_eq_str(w, "null"))
		buf_sv(n->out, w);
	else if (sv_is_digit(w.p[0]) || (w.n > 1 && strchr("+-.", w.p[0]) && sv_is_digit(w.p[1])))
		buf_json_str(n->out, w); // "007", "1.", "2024-01-02"
	else
		buf_str(n->out, "null");
}

// --- grammar ---

static bool
spend(struct norm *n)
{
	if (n->b->values == 0) {
		n->b->spent = true;
		n->pos = n->s.n; // what is open gets closed at the end
		return false;
	}
	n->b->values--;
	return true;
}

// Ready for a value at the current level? Writes the comma or colon that belongs before it.
static bool
begin_value(struct norm *n)
{
	struct level *l = top(n);

	if (l->open == '{') {
		if (l->want == WANT_COLON)
			buf_ch(n->out, ':');
		if (l->want != WANT_COLON && l->want != WANT_VALUE)
			return false;
	} else if (l->has_item) {
		buf_ch(n->out, ',');
	}
	l->has_item = true;
	l->want = WANT_COMMA;
	return true;
}

static bool
wants_key(const struct level *l)
{
	return l->open == '{' && (l->want == WANT_KEY || l->want == WANT_COMMA);
}

static void
begin_key(struct norm *n)
{
	struct level *l = top(n);

	if (l->has_item)
		buf_ch(n->out, ',');
	l->has_item = true;
	l->want = WANT_COLON;
}

static void
open_level(struct norm *n)
{
	char c = n->s.p[n->pos++];

	if (n->skipped > 0 || n->depth == SCHEMA_MAX_DEPTH) {
		n->skipped++;
		n->b->spent = true;
		return;
	}
	if (!spend(n) || !begin_value(n))
		return;
	buf_ch(n->out, c);
	n->depth++;
	*top(n) = (struct level){.open = c, .want = c == '{' ? WANT_KEY : WANT_VALUE};
}

static void
close_one(struct norm *n)
{
	struct level *l = top(n);

	if (l->open == '{' && l->want == WANT_COLON)
		buf_str(n->out, ":null");
	else if (l->open == '{' && l->want == WANT_VALUE)
		buf_str(n->out, "null");
	buf_ch(n->out, l->open == '{' ? '}' : ']');
	n->depth--;
}

static void
close_level(struct norm *n)
{
	char open = n->s.p[n->pos++] == '}' ? '{' : '[';
	unsigned d = n->depth;

	if (n->skipped > 0) {
		n->skipped--;
		return;
	}
	while (d > 0 && n->level[d].open != open)
		d--;
	while (d > 0 && n->depth >= d)
		close_one(n);
}

static void
take_comma(struct norm *n)
{
	struct level *l = top(n);

	n->pos++;
	if (n->skipped > 0)
		return;
	if (l->open == '{' && l->want == WANT_VALUE)
		buf_str(n->out, "null");
	else if (l->open == '{' && l->want == WANT_COLON)
		buf_str(n->out, ":null");
	l->want = l->open == '{' ? WANT_KEY : WANT_VALUE;
}

static void
take_colon(struct norm *n)
{
	n->pos++;
	if (n->skipped > 0 || top(n)->want != WANT_COLON)
		return;
	buf_ch(n->out, ':');
	top(n)->want = WANT_VALUE;
}

static void
skip_string(struct norm *n)
{
	char quote = n->s.p[n->pos++];

	while (n->pos < n->s.n && !(n->s.p[n->pos] == quote && ends_string(n, n->pos)))
		n->pos += n->s.p[n->pos] == '\\' ? 2 : 1;
	n->pos = MIN(n->pos + 1, n->s.n);
}

static void
take_string(struct norm *n)
{
	if (n->depth == 0 || n->skipped > 0) {
		skip_string(n);
		return;
	}
	if (!spend(n))
		return;
	if (wants_key(top(n)))
		begin_key(n);
	else
		begin_value(n);
	put_string(n);
}

static void
take_word(struct norm *n)
{
	struct sv w = read_word(n);

	if (w.n == 0) {
		n->pos++;
		return;
	}
	if (n->depth == 0 || n->skipped > 0)
		return;
	if (wants_key(top(n))) {
		begin_key(n);
		buf_json_str(n->out, w);
	} else if (spend(n) && begin_value(n)) {
		put_word(n, w);
	}
}

static void
take_token(struct norm *n)
{
	switch (cur(n)) {
	case '{':
	case '[':
		open_level(n);
		break;
	case '}':
	case ']':
		close_level(n);
		break;
	case ',':
		take_comma(n);
		break;
	case ':':
		take_colon(n);
		break;
	case '"':
	case '\'':
		take_string(n);
		break;
	default:
		take_word(n);
	}
}

void
jsonld_normalise(struct sv text, struct buf *out, struct schema_budget *b)
{
	cleanup_buf plain = BUF_INIT;
	struct norm n = {.s = text, .out = out, .b = b};

	// {&quot;@type&quot;: …}: the block was escaped as if it were an attribute
	if (text.n > 0 && !memchr(text.p, '"', text.n) && sv_ifind(text, "&quot;") >= 0) {
		html_unescape(text, &plain);
		n.s = buf_view(&plain);
	}
	buf_ch(out, '[');
	n.level[0] = (struct level){.open = '[', .want = WANT_VALUE};
	while (n.pos < n.s.n)
		if (!skip_noise(&n))
			take_token(&n);
	while (n.depth > 0)
		close_one(&n);
	buf_ch(out, ']');
}
