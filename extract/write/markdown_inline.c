// SPDX-License-Identifier: Apache-2.0
// Inline text: white space collapsed, emphasis and links opened only before text and closed right
// after it, so that spaces stay outside; code spans, addresses.
#include "extract/write/leftovers.h"
#include "extract/write/markdown_priv.h"

#include <limits.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct mark_text {
	const char *open, *close;
};
static const struct mark_text mark_texts[] = {
    [MARK_STRONG] = {"**", "**"},
    [MARK_EM] = {"*", "*"},
    [MARK_DEL] = {"~~", "~~"},
    [MARK_SUP] = {"<sup>", "</sup>"},
    [MARK_SUB] = {"<sub>", "</sub>"},
    [MARK_LINK] = {"[", NULL},
    [MARK_QUOTE] = {"“", "”"},
    [MARK_RT] = {"(", ")"},
};

// --- addresses ---

// How a byte stands in an address.
enum { STANDS, ENCODED, PAREN };
static const uint8_t url_bytes[256] = {
    [0 ... ' '] = ENCODED,
    ['('] = PAREN,
    [')'] = PAREN,
    ['<'] = ENCODED,
    ['>'] = ENCODED,
    ['\\'] = ENCODED,
    ['`'] = ENCODED,
    ['|'] = ENCODED,
    [0x7f] = ENCODED,
};

static bool
parens_balance(struct sv v)
{
	int depth = 0;

	for (size_t i = 0; i < v.n && depth >= 0; i++)
		depth += v.p[i] == '(' ? 1 : v.p[i] == ')' ? -1 : 0;
	return depth == 0;
}

static size_t
find_odd(struct sv v, size_t i)
{
	while (i < v.n && url_bytes[(unsigned char)v.p[i]] == STANDS)
		i++;
	return i;
}

static void
add_encoded(struct buf *out, struct sv v)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t from = 0, i = find_odd(v, 0);
	bool parens = i < v.n && parens_balance(v);

	for (; i < v.n; i = find_odd(v, i + 1)) {
		if (parens && url_bytes[(unsigned char)v.p[i]] == PAREN)
			continue;
		buf_add(out, v.p + from, i - from);
		buf_ch(out, '%');
		buf_ch(out, hex[(unsigned char)v.p[i] >> 4]);
		buf_ch(out, hex[v.p[i] & 15]);
		from = i + 1;
	}
	buf_add(out, v.p + from, v.n - from);
}

bool
md_add_url(const struct md *w, struct sv ref, bool image, struct buf *out)
{
	cleanup_buf full = BUF_INIT;

	if (ref.n > MD_MAX_URL || !content_url(w->base, ref, image, &full))
		return false;
	add_encoded(out, buf_view(&full));
	return true;
}

// --- marks ---

char
md_last_byte(const struct md *w)
{
	return w->text.n > 0 ? w->text.p[w->text.n - 1] : ' ';
}

// The same emphasis ended right here: go on with it instead of closing and opening.
static bool
rejoin(struct md *w, struct md_mark *m)
{
	const char *close = mark_texts[m->kind].close;
	size_t n = close ? strlen(close) : 0;

	if (m->kind > MARK_DEL || w->last_close != w->text.n || w->last_kind != m->kind ||
	    w->text.n < n)
		return false;
	w->text.n -= n;
	w->last_close = 0;
	m->at = w->n_closed > 0 ? w->closed[w->n_closed - 1].at : w->text.n;
	return true;
}

static void
write_brs(struct md *w)
{
	if (w->text.n == 0) {
		w->brs = 0;
		return;
	}
	if (w->cell)
		buf_str(&w->text, "<br>");
	else
		buf_str(&w->text, "  \n");
	w->brs = 0;
	w->space = false;
}

// A star of the text would be one of the delimiter.
static void
escape_last(struct md *w)
{
	char last = md_last_byte(w);

	if ((last != '*' && last != '~') || w->last_close == w->text.n ||
	    (w->text.n > 1 && w->text.p[w->text.n - 2] == '\\'))
		return;
	w->text.p[w->text.n - 1] = '\\';
	buf_ch(&w->text, last);
}

// What is owed before the next word: a line break or space, and the marks that wait to be opened.
void
md_begin_word(struct md *w)
{
	bool first = true;

	if (w->cell && w->cell_break) {
		w->brs += w->text.n > 0;
		w->cell_break = false;
	}
	if (w->brs > 0)
		write_brs(w);
	if (w->space && w->text.n > 0)
		buf_ch(&w->text, ' ');
	w->space = false;
	for (uint32_t i = 0; i < w->n_marks; i++) {
		struct md_mark *m = &w->marks[i];

		if (m->written || (m->kind == MARK_STRONG && w->heading > 0))
			continue;
		m->written = true;
		if (rejoin(w, m))
			continue;
		if (m->kind == MARK_LINK && w->text.n > 0 && w->link_end == w->text.n)
			buf_ch(&w->text, ' ');
		if (m->kind == MARK_LINK && md_last_byte(w) == '!') { // else it were an image
			w->text.n--;
			buf_str(&w->text, "\\!");
		}
		if (first && m->kind <= MARK_DEL)
			escape_last(w);
		first = false;
		m->html = md_flank_open(w, i, !w->before_word);
		m->at = w->text.n;
		if (m->html)
			buf_fmt(&w->text, "<%s>", m->html);
		else
			buf_str(&w->text, mark_texts[m->kind].open);
	}
	w->before_word = false;
}

// --- opening and closing ---

static bool
mark_is_open(const struct md *w, enum md_mark_kind kind)
{
	for (uint32_t i = 0; i < w->n_marks; i++)
		if (w->marks[i].kind == kind)
			return true;
	return false;
}

void
md_mark_open(struct md *w, enum md_mark_kind kind, node_id node)
{
	if (w->n_marks == MD_MAX_MARKS || mark_is_open(w, kind))
		return;
	if (kind == MARK_STRONG && w->heading > 0)
		return;
	w->marks[w->n_marks++] = (struct md_mark){.kind = kind, .node = node};
	w->links += kind == MARK_LINK;
}

void
md_link_open(struct md *w, node_id a)
{
	struct sv href = tree_get_id(w->t, a, ATTR_href);

	// "#" alone is the top of the page, to which nobody means to go: a script does the rest.
	if (w->links > 0 || sv_eq_str(sv_trim(href), "#"))
		return;
	buf_reset(&w->link_url);
	if (md_add_url(w, href, false, &w->link_url))
		md_mark_open(w, MARK_LINK, a);
}

// The link's text is its address: `<URL>` says the same.
static bool
write_autolink(struct md *w, const struct md_mark *m, struct sv url)
{
	size_t n = w->text.n - m->at;

	if (n == url.n - 6 && sv_starts(url, "mailto:"))
		url = (struct sv){url.p + 7, url.n - 7};
	else if (n == url.n && url.p[url.n - 1] == '/')
		url.n--;
	if (n != url.n + 1 || memcmp(w->text.p + m->at + 1, url.p, url.n) != 0 || w->cell)
		return false;
	w->text.n = m->at;
	buf_ch(&w->text, '<');
	buf_sv(&w->text, url);
	buf_ch(&w->text, '>');
	return true;
}

static bool
is_markup(char c)
{
	return c == '*' || c == '\\' || c == '`';
}

// Does a title say the same as the text of the link?
static bool
repeats(struct sv text, struct sv title)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		while (i < text.n && is_markup(text.p[i]))
			i++;
		while (k < title.n && is_markup(title.p[k]))
			k++;
		if (i == text.n || k == title.n)
			return i == text.n && k == title.n;
		if (!sv_ieq_str((struct sv){text.p + i, 1}, (char[]){title.p[k], '\0'}))
			return false;
	}
}

// Is it the address, or its host?
static bool
is_part(struct sv title, struct sv url)
{
	return title.n > 3 && memchr(title.p, '.', title.n) &&
	       memmem(url.p, url.n, title.p, title.n) != NULL;
}

static void
close_link(struct md *w, const struct md_mark *m)
{
	struct sv title = sv_trim(tree_get(w->t, m->node, "title"));
	struct sv text = {w->text.p + m->at + 1, w->text.n - m->at - 1};

	if (write_autolink(w, m, buf_view(&w->link_url)))
		return;
	if (title.n > 0 && (repeats(text, title) || is_part(title, buf_view(&w->link_url))))
		title = SV_NULL;
	buf_str(&w->text, "](");
	buf_sv(&w->text, buf_view(&w->link_url));
	if (title.n > 0 && title.n < 200 && !memchr(title.p, '"', title.n) &&
	    !memchr(title.p, '\n', title.n) && !memchr(title.p, '\\', title.n) && !w->cell) {
		buf_str(&w->text, " \"");
		buf_sv(&w->text, title);
		buf_ch(&w->text, '"');
	}
	buf_ch(&w->text, ')');
	w->link_end = w->text.n;
}

static void
write_close(struct md *w, struct md_mark *m)
{
	size_t close;

	if (!m->written)
		return;
	m->written = false;
	if (m->kind == MARK_LINK) {
		close_link(w, m);
		return;
	}
	if (m->html) {
		buf_fmt(&w->text, "</%s>", m->html);
		return;
	}
	if (m->kind <= MARK_DEL)
		escape_last(w);
	close = w->text.n;
	buf_str(&w->text, mark_texts[m->kind].close);
	md_flank_closed(w, m->kind, m->at, close);
}

void
md_mark_close(struct md *w, node_id node)
{
	uint32_t i = w->n_marks;

	while (i > 0 && w->marks[i - 1].node != node)
		i--;
	if (i == 0)
		return;
	for (uint32_t k = w->n_marks; k >= i; k--) {
		write_close(w, &w->marks[k - 1]);
		w->links -= w->marks[k - 1].kind == MARK_LINK;
	}
	w->n_marks = i - 1;
}

void
md_end_marks(struct md *w)
{
	for (uint32_t i = w->n_marks; i > 0; i--)
		write_close(w, &w->marks[i - 1]);
}

// --- text ---

enum invisible { VISIBLE, SPACE, NOTHING };

// Of three bytes of UTF-8. Spaces of other widths are spaces: CommonMark has no emphasis beside
// them.
static enum invisible
wide_invisible(const unsigned char *p)
{
	if (p[0] == 0xe2 && p[1] == 0x80) {
		if (p[2] == 0x8b)
			return NOTHING;
		return p[2] < 0x8b || (p[2] & 0xfe) == 0xa8 || p[2] == 0xaf ? SPACE : VISIBLE;
	}
	if (p[0] == 0xe2)
		return p[1] == 0x81 && p[2] == 0x9f ? SPACE : VISIBLE;
	if (p[0] == 0xe3)
		return p[1] == 0x80 && p[2] == 0x80 ? SPACE : VISIBLE;
	return p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf ? NOTHING : VISIBLE;
}

// White space of any kind, no-break space too; zero-width space, soft hyphen and BOM are nothing.
static enum invisible
invisible_at(struct sv v, size_t i, size_t *len)
{
	const unsigned char *p = (const unsigned char *)v.p + i;
	size_t left = v.n - i;

	*len = 1;
	if (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r'))
		return SPACE;
	if (p[0] < 0x20 || p[0] == 0x7f)
		return NOTHING;
	if (p[0] == 0xc2 && left > 1 && (p[1] == 0xa0 || p[1] == 0xad)) {
		*len = 2;
		return p[1] == 0xa0 ? SPACE : NOTHING;
	}
	if (left > 2 && p[0] >= 0xe1) {
		*len = 3;
		return wide_invisible(p);
	}
	return VISIBLE;
}

// What a byte is beside plain words: PLAIN is visible, and md_escape knows nothing of it.
enum { OTHER = 0, PLAIN = 1, BLANK = 2 };
static uint8_t byte_kinds[256]; // OTHER beyond ASCII

__attribute__((constructor)) static void
fill_byte_kinds(void)
{
	for (unsigned c = ' ' + 1; c < 0x7f; c++)
		byte_kinds[c] = md_is_special[c] ? OTHER : PLAIN;
	byte_kinds[' '] = BLANK;
}

// The same of a character beyond ASCII that begins or goes on at i.
static bool
is_plain_wide(struct sv v, size_t i)
{
	size_t len;

	if ((unsigned char)v.p[i] < 0x80)
		return false;
	if ((unsigned char)v.p[i] >= 0xe2 && i + 2 < v.n &&
	    leftovers_is_unseen((struct sv){v.p + i, 3}))
		return false;
	return invisible_at(v, i, &len) == VISIBLE;
}

#define BATCH 16 // bytes looked at together

// The blanks among the next bytes, as bits, where these are plain words: of letters and of most
// that stands among them. UINT_MAX: they are not, or may not be.
static inline unsigned
blanks_of_batch(struct sv v, size_t i, unsigned before)
{
#ifdef __SSE2__
	__m128i b, low, plain, blank;
	unsigned blanks;

	if (v.n - i < BATCH)
		return UINT_MAX;
	b = _mm_loadu_si128((const __m128i *)(const void *)(v.p + i));
	low = _mm_or_si128(b, _mm_set1_epi8(' '));
	plain = _mm_or_si128(_mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
				 _mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1))),
	    _mm_and_si128(_mm_cmpgt_epi8(b, _mm_set1_epi8('+' - 1)),
		_mm_cmplt_epi8(b, _mm_set1_epi8(';' + 1))));
	blank = _mm_cmpeq_epi8(b, _mm_set1_epi8(' '));
	blanks = (unsigned)_mm_movemask_epi8(blank);
	return _mm_movemask_epi8(_mm_or_si128(plain, blank)) == 0xffff &&
		       !(blanks & (blanks << 1 | (before == BLANK)))
		   ? blanks
		   : UINT_MAX;
#else
	(void)v, (void)i, (void)before;
	return UINT_MAX;
#endif
}

// Behind the last of the plain words, single spaces between them, that follow the word that ends
// at i; i if there is none. One loop over all words, as their lengths can't be foreseen.
static size_t
plain_words_end(struct sv v, size_t i)
{
	size_t end = i, look = i; // where the next batch is looked at
	unsigned before = PLAIN;

	while (i < v.n) {
		unsigned kind, blanks = i >= look ? blanks_of_batch(v, i, before) : UINT_MAX;

		if (blanks != UINT_MAX) {
			end = blanks ? i + 31 - (unsigned)__builtin_clz(blanks) : end;
			before = blanks >> (BATCH - 1) ? BLANK : PLAIN;
			i += BATCH;
			continue;
		}
		look = i >= look ? i + BATCH : look;
		kind = byte_kinds[(unsigned char)v.p[i]];
		if (kind == OTHER && is_plain_wide(v, i))
			kind = PLAIN;
		if (!(kind & (PLAIN | (before & PLAIN) << 1)))
			break;
		end = kind == BLANK ? i : end;
		before = kind;
		i++;
	}
	return before == PLAIN && (i == v.n || v.p[i] == '\n') ? i : end;
}

static size_t
word_end(struct sv v, size_t i)
{
	size_t len;

	for (; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if ((c <= ' ' || c >= 0x7f) && invisible_at(v, i, &len) != VISIBLE)
			break;
	}
	return i;
}

static void
add_word(struct md *w, struct sv word)
{
	struct md_escape e = {.in_link = w->links > 0, .in_cell = w->cell};
	size_t n;

	if (w->text.n > 0 && w->image_end == w->text.n && md_is_word_byte(word.p[0]))
		w->space = true;
	md_flank_after_close(w, word);
	n = md_flank_before_open(w, word);
	if (n == word.n)
		return;
	w->before_word = !md_is_sign((struct sv){word.p + n, word.n - n});
	md_begin_word(w);
	e.before = md_last_byte(w);
	md_escape(&w->text, (struct sv){word.p + n, word.n - n}, &e);
}

void
md_text(struct md *w, struct sv v)
{
	if (w->note)
		v = md_note_text(w, v);
	for (size_t i = 0; i < v.n;) {
		size_t len, end;
		enum invisible kind = invisible_at(v, i, &len);
		struct sv word;

		if (kind != VISIBLE) {
			w->space |= kind == SPACE;
			i += len;
			continue;
		}
		end = word_end(v, i);
		word = (struct sv){v.p + i, end - i};
		i = end;
		if (leftovers_is_unseen(word))
			continue;
		add_word(w, word);
		if (md_has_waiting_mark(w))
			continue;
		end = plain_words_end(v, i);
		buf_add(&w->text, v.p + i, end - i);
		i = end;
	}
}

void
md_raw(struct md *w, struct sv text)
{
	md_begin_word(w);
	buf_sv(&w->text, text);
}

void
md_br(struct md *w)
{
	if (w->heading > 0 || w->links > 0) {
		w->space = true;
		return;
	}
	w->brs++;
	w->space = false;
	if (w->brs >= 2 && !w->cell)
		md_flush(w);
}

// --- code ---

void
md_collapse_into(struct buf *out, struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		size_t len;
		bool space = invisible_at(v, i, &len) == SPACE;

		if (!space)
			buf_ch(out, v.p[i]);
		else if (out->n > 0 && out->p[out->n - 1] != ' ')
			buf_ch(out, ' ');
		i += space ? len - 1 : 0;
	}
}

static size_t
longest_run(struct sv v, char c)
{
	size_t best = 0, run = 0;

	for (size_t i = 0; i < v.n; i++) {
		run = v.p[i] == c ? run + 1 : 0;
		best = MAX(best, run);
	}
	return best;
}

static void
add_code(struct md *w, struct sv code)
{
	size_t ticks = longest_run(code, '`') + 1;
	bool pad = code.p[0] == '`' || code.p[code.n - 1] == '`';

	for (size_t i = 0; i < ticks; i++)
		buf_ch(&w->text, '`');
	if (pad)
		buf_ch(&w->text, ' ');
	for (size_t i = 0; i < code.n; i++) {
		if (w->cell && code.p[i] == '|')
			buf_ch(&w->text, '\\');
		buf_ch(&w->text, code.p[i]);
	}
	if (pad)
		buf_ch(&w->text, ' ');
	for (size_t i = 0; i < ticks; i++)
		buf_ch(&w->text, '`');
}

void
md_code_line(struct md *w, struct sv line)
{
	if (w->text.n > 0 && md_last_byte(w) == '`') // two spans side by side would be one
		w->space = true;
	md_begin_word(w);
	add_code(w, line);
}

void
md_code_span(struct md *w, node_id code)
{
	cleanup_buf b = BUF_INIT;
	struct sv v;

	for (node_id i = code; i < w->t->nodes[code].end; i++) {
		if (w->t->nodes[i].kind == NODE_TEXT && md_keeps(w, i))
			md_collapse_into(&b, tree_text(w->t, i));
		else if (tree_is(w->t, i, TAG_br))
			md_collapse_into(&b, SV(" "));
	}
	v = buf_view(&b);
	if (v.n > 0 && v.p[0] == ' ')
		w->space = true;
	v = sv_trim(v);
	if (v.n == 0)
		return;
	md_code_line(w, v);
	w->space = b.p[b.n - 1] == ' ';
}
