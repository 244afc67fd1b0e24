// SPDX-License-Identifier: Apache-2.0
// HTML tokens by memchr and short loops (HTML standard, 13.2.5, without its state per byte). Runs
// in the extractor's worker; reads only, every byte at most twice.
#include "extract/html/parse_scan.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct sv
slice(struct sv v, size_t from, size_t to)
{
	return (struct sv){v.p + from, to - from};
}

// The index of `c` at or after `from`, or the end.
static size_t
find_byte(struct sv v, size_t from, char c)
{
	const char *p = from < v.n ? memchr(v.p + from, c, v.n - from) : NULL;

	return p ? (size_t)(p - v.p) : v.n;
}

static size_t
find_str(struct sv v, size_t from, struct sv needle)
{
	const char *p = from < v.n ? memmem(v.p + from, v.n - from, needle.p, needle.n) : NULL;

	return p ? (size_t)(p - v.p) : v.n;
}

static struct sv
rest(const struct scan *s)
{
	return slice(s->html, s->at, s->html.n);
}

// --- comments and declarations ---

static enum scan_kind
comment_to(struct scan *s, size_t from, size_t end, size_t delimiter)
{
	from = MIN(from, end);
	s->text = slice(s->html, from, end);
	s->at = MIN(end + delimiter, s->html.n);
	return SCAN_COMMENT;
}

// After `<!--`: `-->`, `--!>`, or at once `>` and `->`.
static enum scan_kind
scan_comment(struct scan *s)
{
	size_t from = s->at + 4, i = from;

	if (from < s->html.n && s->html.p[from] == '>')
		return comment_to(s, from, from, 1);
	if (from + 1 < s->html.n && s->html.p[from] == '-' && s->html.p[from + 1] == '>')
		return comment_to(s, from, from, 2);
	for (;; i++) {
		i = find_str(s->html, i, SV("--"));
		if (i + 2 >= s->html.n)
			return comment_to(s, from, s->html.n, 0);
		if (s->html.p[i + 2] == '>')
			return comment_to(s, from, i, 3);
		if (s->html.p[i + 2] == '!' && i + 3 < s->html.n && s->html.p[i + 3] == '>')
			return comment_to(s, from, i, 4);
	}
}

static enum scan_kind
scan_cdata(struct scan *s)
{
	size_t from = s->at + 9, end = find_str(s->html, from, SV("]]>"));

	s->text = slice(s->html, MIN(from, end), end);
	s->at = MIN(end + 3, s->html.n);
	return SCAN_TEXT;
}

// `<!` or `<?` or `</` without a letter: anything up to '>'.
static enum scan_kind
scan_declaration(struct scan *s)
{
	struct sv r = rest(s);
	size_t end;

	if (sv_starts(r, "<!--"))
		return scan_comment(s);
	if (s->cdata && sv_starts(r, "<![CDATA["))
		return scan_cdata(s);
	end = find_byte(s->html, s->at, '>');
	if (sv_istarts(r, "<!doctype")) {
		comment_to(s, s->at + 9, end, 1);
		return SCAN_DOCTYPE;
	}
	return comment_to(s, s->at + (r.p[1] == '?' ? 1 : 2), end, 1);
}

// --- tags ---

static size_t
skip_space(struct sv v, size_t i, size_t end)
{
	while (i < end && is_space(v.p[i]))
		i++;
	return i;
}

// Past a value that begins at i; *value is it without quotes.
static size_t
scan_value(struct sv v, size_t i, size_t end, struct sv *value)
{
	size_t from = i;

	if (i < end && (v.p[i] == '"' || v.p[i] == '\'')) {
		size_t close = find_byte((struct sv){v.p, end}, i + 1, v.p[i]);

		*value = slice(v, i + 1, close);
		return MIN(close + 1, end);
	}
	while (i < end && !is_space(v.p[i]) && v.p[i] != '>')
		i++;
	*value = slice(v, from, i);
	return i;
}

// One attribute at i, which is neither space, '/' nor '>'. A '=' at the start belongs to the name.
static size_t
scan_attr(struct sv v, size_t i, size_t end, struct sv *name, struct sv *value)
{
	size_t from = i++, k;

	while (i < end && !is_space(v.p[i]) && v.p[i] != '=' && v.p[i] != '>' && v.p[i] != '/')
		i++;
	*name = slice(v, from, i);
	*value = SV("");
	k = skip_space(v, i, end);
	if (k >= end || v.p[k] != '=')
		return i;
	return scan_value(v, skip_space(v, k + 1, end), end, value);
}

// To the '>' that ends the tag; the tag is dropped (as browsers do) when the input ends first.
static bool
scan_to_tag_end(struct scan *s, size_t i)
{
	struct sv v = s->html, name, value;

	s->attrs = i;
	s->self_closing = false;
	while (i < v.n && v.p[i] != '>') {
		bool slash = v.p[i] == '/';

		if (slash || is_space(v.p[i]))
			i++;
		else
			i = scan_attr(v, i, v.n, &name, &value);
		s->self_closing = slash;
	}
	s->tag_end = MIN(i, v.n);
	s->at = MIN(i + 1, v.n);
	return i < v.n;
}

static enum scan_kind
scan_tag(struct scan *s, bool close)
{
	size_t from = s->at + 1 + close, i = from;

	while (
	    i < s->html.n && !is_space(s->html.p[i]) && s->html.p[i] != '>' && s->html.p[i] != '/')
		i++;
	s->name = slice(s->html, from, i);
	if (!scan_to_tag_end(s, i))
		return SCAN_END;
	return close ? SCAN_CLOSE : SCAN_START;
}

struct scan_attrs
scan_attrs_of(const struct scan *s)
{
	return (struct scan_attrs){s->html, s->attrs, s->tag_end};
}

bool
scan_attr_next(struct scan_attrs *it, struct sv *name, struct sv *value)
{
	while (it->at < it->end && (is_space(it->html.p[it->at]) || it->html.p[it->at] == '/'))
		it->at++;
	if (it->at >= it->end)
		return false;
	it->at = scan_attr(it->html, it->at, it->end, name, value);
	return true;
}

// --- tokens ---

static enum scan_kind
scan_text(struct scan *s)
{
	size_t end = find_byte(s->html, s->at + 1, '<'); // a '<' that begins no tag is text

	s->text = slice(s->html, s->at, end);
	s->at = end;
	return SCAN_TEXT;
}

enum scan_kind
scan_next(struct scan *s)
{
	struct sv r = rest(s);

	if (r.n == 0)
		return SCAN_END;
	if (r.p[0] != '<' || r.n == 1)
		return scan_text(s);
	if (is_alpha(r.p[1]))
		return scan_tag(s, false);
	if (r.p[1] == '!' || r.p[1] == '?')
		return scan_declaration(s);
	if (r.p[1] != '/' || r.n == 2)
		return scan_text(s);
	return is_alpha(r.p[2]) ? scan_tag(s, true) : scan_declaration(s);
}

static bool
ends_raw_text(struct sv html, size_t i, struct sv name)
{
	size_t after = i + 2 + name.n;
	char c;

	if (after >= html.n || html.p[i + 1] != '/' ||
	    strncasecmp(html.p + i + 2, name.p, name.n) != 0)
		return false;
	c = html.p[after];
	return is_space(c) || c == '>' || c == '/';
}

struct sv
scan_raw_text(struct scan *s, struct sv name)
{
	size_t from = s->at, i = find_byte(s->html, from, '<');

	while (i < s->html.n && !ends_raw_text(s->html, i, name))
		i = find_byte(s->html, i + 1, '<');
	s->at = i;
	return slice(s->html, from, i);
}

// --- character references ---

static void
add_utf8(struct buf *out, uint32_t c)
{
	char u[4];

	if (c < 0x80) {
		buf_ch(out, (char)c);
		return;
	}
	if (c < 0x800) {
		u[0] = (char)(0xc0 | c >> 6);
		u[1] = (char)(0x80 | (c & 63));
		buf_add(out, u, 2);
		return;
	}
	u[0] = (char)(c < 0x10000 ? 0xe0 | c >> 12 : 0xf0 | c >> 18);
	u[1] = (char)(0x80 | (c < 0x10000 ? c >> 6 & 63 : c >> 12 & 63));
	u[2] = (char)(0x80 | (c < 0x10000 ? c & 63 : c >> 6 & 63));
	u[3] = (char)(0x80 | (c & 63));
	buf_add(out, u, c < 0x10000 ? 3 : 4);
}

// Numbers 128 to 159 mean windows-1252.
static const uint16_t c1_numbers[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d,
    0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178};

static uint32_t
number_meaning(uint32_t c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0xfffd;
	return c >= 0x80 && c <= 0x9f ? c1_numbers[c - 0x80] : c;
}

static int
digit_value(char c, bool hex)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (hex && is_alpha(c) && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

// `#…` after the '&': how much of it is the reference; 0 if it is none.
static size_t
decode_number(struct sv v, struct buf *out)
{
	bool hex = v.n > 1 && (v.p[1] | 32) == 'x';
	size_t from = hex ? 2 : 1, i = from;
	uint32_t c = 0;

	for (; i < v.n && digit_value(v.p[i], hex) >= 0; i++)
		if (c <= 0x10ffff)
			c = c * (hex ? 16 : 10) + (uint32_t)digit_value(v.p[i], hex);
	if (i == from)
		return 0;
	add_utf8(out, number_meaning(c));
	return i < v.n && v.p[i] == ';' ? i + 1 : i;
}

// At a '&'. How many bytes were consumed.
static size_t
decode_reference(struct sv v, bool attr, struct buf *out)
{
	struct sv after = slice(v, 1, v.n);
	const char *utf8;
	size_t n = 0;

	if (after.n > 0 && after.p[0] == '#') {
		n = decode_number(after, out);
	} else if (after.n > 0 && is_alpha(after.p[0])) {
		n = entity_find(after, attr, &utf8);
		if (n > 0)
			buf_str(out, utf8);
	}
	if (n == 0)
		buf_ch(out, '&');
	return n + 1;
}

bool
scan_needs_decoding(struct sv text)
{
	return text.n > 0 && (memchr(text.p, '&', text.n) || memchr(text.p, '\r', text.n) ||
				 memchr(text.p, '\0', text.n));
}

void
scan_decode(struct sv v, bool attr, struct buf *out)
{
	for (size_t i = 0; i < v.n;) {
		size_t from = i;

		while (i < v.n && v.p[i] != '&' && v.p[i] != '\r' && v.p[i] != '\0')
			i++;
		buf_add(out, v.p + from, i - from);
		if (i == v.n)
			return;
		if (v.p[i] == '&') {
			i += decode_reference(slice(v, i, v.n), attr, out);
			continue;
		}
		if (v.p[i] == '\r' && (i + 1 == v.n || v.p[i + 1] != '\n'))
			buf_ch(out, '\n');
		i++;
	}
}
