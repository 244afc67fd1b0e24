// SPDX-License-Identifier: Apache-2.0
// Delimiters of emphasis that CommonMark would not take for such, between punctuation and a letter
// ("**Note:**text", "**强调（注）**中文"): stops go out of the emphasis, else it is written as
// HTML.
#include "extract/write/markdown_priv.h"

static const char *const html_names[] = {
    [MARK_STRONG] = "strong", [MARK_EM] = "em", [MARK_DEL] = "del"};
static const char *const delimiters[] = {[MARK_STRONG] = "**", [MARK_EM] = "*", [MARK_DEL] = "~~"};

static bool
is_stop(char c)
{
	return c != '\0' && strchr(".,:;!?", c) != NULL;
}

static bool
is_ascii_sign(char c)
{
	return c > ' ' && c < 0x7f && !md_is_word_byte(c);
}

static unsigned
code_point(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	if (n == 2)
		return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
	if (n == 3)
		return (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
	return 0;
}

// Punctuation beyond ASCII that stands beside words, by Unicode's categories P*.
static bool
is_wide_sign(unsigned c)
{
	static const struct {
		uint16_t from, to;
	} ranges[] = {{0xa1, 0xa1}, {0xa7, 0xa7}, {0xab, 0xab}, {0xb6, 0xb7}, {0xbb, 0xbb},
	    {0xbf, 0xbf}, {0x60c, 0x60d}, {0x61b, 0x61b}, {0x61f, 0x61f}, {0x66a, 0x66d},
	    {0x964, 0x965}, {0x2010, 0x2027}, {0x2030, 0x205e}, {0x3001, 0x3003}, {0x3008, 0x3011},
	    {0x3014, 0x301f}, {0x30fb, 0x30fb}, {0xff01, 0xff0f}, {0xff1a, 0xff20},
	    {0xff3b, 0xff3f}, {0xff5b, 0xff65}};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

bool
md_is_sign(struct sv v)
{
	size_t n;

	if (v.n == 0)
		return true;
	if ((unsigned char)v.p[0] < 0x80)
		return is_ascii_sign(v.p[0]);
	n = utf8_seq(v.p, v.n);
	return is_wide_sign(code_point(v.p, n));
}

// Does the text up to n end with punctuation?
static bool
ends_with_sign(const struct md *w, size_t n)
{
	size_t from = n;

	while (from > 0 && n - from < 4 && (w->text.p[from - 1] & 0xc0) == 0x80)
		from--;
	return from > 0 && md_is_sign((struct sv){w->text.p + from - 1, n - from + 1});
}

// --- closing ---

// The stops go behind the delimiters that begin at `close`.
static bool
move_stops(struct md *w, size_t close)
{
	size_t end = w->text.n, stops = close;
	char marker[8];

	while (stops > 0 && is_stop(w->text.p[stops - 1]))
		stops--;
	if (stops == close || stops == 0 || end - close > sizeof(marker) ||
	    ends_with_sign(w, stops) || w->text.p[stops - 1] == ' ')
		return false;
	memcpy(marker, w->text.p + close, end - close);
	memmove(w->text.p + stops + (end - close), w->text.p + stops, close - stops);
	memcpy(w->text.p + stops, marker, end - close);
	return true;
}

static void
replace_delimiter(struct md *w, size_t at, size_t n, const char *name)
{
	cleanup_buf rest = BUF_INIT;

	buf_add(&rest, w->text.p + at + n, w->text.n - at - n);
	w->text.n = at;
	buf_fmt(&w->text, "<%s>", name);
	buf_sv(&w->text, buf_view(&rest));
}

// What was closed last, from the inside to the outside, becomes elements of HTML.
static void
write_as_html(struct md *w)
{
	for (uint32_t i = 0; i < w->n_closed; i++) {
		const struct md_closed *c = &w->closed[i];
		const char *d = delimiters[c->kind];

		if (c->at + strlen(d) > w->text.n || memcmp(w->text.p + c->at, d, strlen(d)) != 0)
			return;
	}
	w->text.n = w->closed[0].close;
	for (uint32_t i = 0; i < w->n_closed; i++)
		replace_delimiter(w, w->closed[i].at, strlen(delimiters[w->closed[i].kind]),
		    html_names[w->closed[i].kind]);
	for (uint32_t i = 0; i < w->n_closed; i++)
		buf_fmt(&w->text, "</%s>", html_names[w->closed[i].kind]);
}

void
md_flank_closed(struct md *w, enum md_mark_kind kind, size_t at, size_t close)
{
	bool again = w->n_closed > 0 && w->last_close == close;

	if (!again || w->n_closed == ARRAY_LEN(w->closed) || kind > MARK_DEL)
		w->n_closed = 0;
	if (kind <= MARK_DEL)
		w->closed[w->n_closed++] = (struct md_closed){kind, at, close};
	w->last_close = w->text.n;
	w->last_kind = kind;
}

void
md_flank_after_close(struct md *w, struct sv next)
{
	if (w->last_close != w->text.n || w->text.n == 0 || w->n_closed == 0 || w->space ||
	    w->brs > 0 || md_is_sign(next) || !ends_with_sign(w, w->closed[0].close) ||
	    (md_has_waiting_mark(w) && w->marks[w->n_marks - 1].kind == w->last_kind))
		return;
	if (!move_stops(w, w->closed[0].close))
		write_as_html(w);
	w->last_close = 0;
	w->n_closed = 0;
}

// --- opening ---

size_t
md_flank_before_open(struct md *w, struct sv word)
{
	size_t n = 0;

	if (!md_has_waiting_mark(w) || w->space || w->brs > 0 || w->text.n == 0 ||
	    (!md_is_word_byte(md_last_byte(w)) && w->last_close != w->text.n) ||
	    (w->last_close == w->text.n && w->last_kind == w->marks[w->n_marks - 1].kind))
		return 0;
	while (n < word.n && is_stop(word.p[n]))
		n++;
	buf_add(&w->text, word.p, n);
	return n;
}

const char *
md_flank_open(const struct md *w, uint32_t mark, bool before_sign)
{
	enum md_mark_kind kind = w->marks[mark].kind;

	for (uint32_t i = mark + 1; i < w->n_marks; i++)
		before_sign |= w->marks[i].kind > MARK_DEL;
	if (kind > MARK_DEL || !before_sign || w->text.n == 0 || md_last_byte(w) == ' ' ||
	    md_last_byte(w) == '\n' || ends_with_sign(w, w->text.n))
		return NULL;
	return html_names[kind];
}
