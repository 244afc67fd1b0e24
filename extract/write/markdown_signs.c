// SPDX-License-Identifier: Apache-2.0
// Lists that are made of text: a line that begins with "•" is an item, and so is the paragraph
// behind one that is nothing but "1.".
#include "extract/write/markdown_priv.h"

// --- bullets ---

// A hyphen or an asterisk that begins a line, escaped as it is by now.
static bool
begins_with_dash(struct sv line)
{
	return sv_starts(line, "\\- ") || sv_starts(line, "\\* ");
}

// Bytes of the bullet that a line begins with, and of the blanks behind it; 0: none, or nothing
// else.
static size_t
bullet_at(struct sv v, bool dashes)
{
	static const char *const bullets[] = {"•", "●", "▪", "◦", "‣", "· "};
	size_t n = dashes && begins_with_dash(v) ? strlen("\\- ") : 0;

	for (size_t i = 0;
	     n == 0 && v.n > 0 && (unsigned char)v.p[0] >= 0x80 && i < ARRAY_LEN(bullets); i++)
		if (sv_starts(v, bullets[i]))
			n = strlen(bullets[i]);
	while (n > 0 && n < v.n && v.p[n] == ' ')
		n++;
	return n < v.n ? n : 0;
}

static struct sv
first_line(struct sv v)
{
	const char *nl = v.n > 0 ? memchr(v.p, '\n', v.n) : NULL;

	return (struct sv){v.p, nl ? (size_t)(nl - v.p) : v.n};
}

static struct sv
behind_line(struct sv v, struct sv line)
{
	size_t n = MIN(line.n + 1, v.n);

	return (struct sv){v.p + n, v.n - n};
}

// One line that begins with a bullet, or two with a dash: one may be somebody's speech.
static bool
has_bullets(struct sv block, bool *dashes)
{
	size_t n = 0;
	bool bullets = false;

	for (struct sv line; block.n > 0; block = behind_line(block, line)) {
		line = first_line(block);
		bullets |= bullet_at(line, false) > 0;
		n += begins_with_dash(line);
	}
	*dashes = n > 1;
	return bullets || *dashes;
}

static void
add_rest(struct buf *out, struct sv line, size_t bullet)
{
	md_escape_line_starts(out, (struct sv){line.p + bullet, line.n - bullet});
}

static void
add_items(struct buf *out, struct sv block, bool dashes)
{
	bool item = false;

	for (struct sv line; block.n > 0; block = behind_line(block, line)) {
		size_t bullet;

		line = first_line(block);
		bullet = bullet_at(line, dashes);
		while (bullet > 0 && out->n > 0 && out->p[out->n - 1] == ' ') // of a hard break
			out->n--;
		if (out->n > 0)
			buf_ch(out, '\n');
		if (bullet > 0)
			buf_str(out, "- ");
		else if (item)
			buf_str(out, "  ");
		if (bullet > 0)
			add_rest(out, line, bullet);
		else
			buf_sv(out, line);
		item |= bullet > 0;
	}
}

// One list, if there was such a one right before.
static void
write_items(struct md *w, struct sv block, bool ordered)
{
	struct md_signs *s = &w->signs;

	if (w->out->n > w->start && s->end == w->out->n && s->n_boxes == w->n_boxes &&
	    s->ordered == ordered)
		w->breaks = MIN(w->breaks, 1);
	md_block(w, block);
	s->end = w->out->n;
	s->n_boxes = w->n_boxes;
	s->ordered = ordered;
}

static bool
begins_item(const struct md *w)
{
	return w->n_boxes > 0 && w->boxes[w->n_boxes - 1].kind == BOX_ITEM &&
	       !w->boxes[w->n_boxes - 1].used;
}

static void
write_bullets(struct md *w, struct sv block, bool dashes)
{
	cleanup_buf b = BUF_INIT;
	struct sv line = first_line(block);

	if (begins_item(w) && line.n == block.n) { // an item has its own marker
		add_rest(&b, line, bullet_at(line, dashes));
		md_block(w, buf_view(&b));
		return;
	}
	add_items(&b, block, dashes);
	if (bullet_at(line, dashes) == 0)
		w->signs.end = 0; // the list begins below its first line
	write_items(w, buf_view(&b), false);
}

// --- numbers ---

// "12." or "12)", and nothing else: its bytes, else 0.
static size_t
number_in(struct sv v)
{
	size_t n = 0;

	while (n < v.n && n < 3 && sv_is_digit(v.p[n]))
		n++;
	return n > 0 && n + 1 == v.n && (v.p[n] == '.' || v.p[n] == ')') ? v.n : 0;
}

// It is written as a paragraph, and taken back if what follows belongs to it.
static void
write_number(struct md *w, struct sv number, struct sv escaped)
{
	struct md_signs *s = &w->signs;

	s->number_at = w->out->n;
	s->breaks = w->breaks;
	memcpy(s->number, number.p, number.n);
	s->number[number.n] = '\0';
	md_block(w, escaped);
	s->number_end = w->n_boxes == 0 ? w->out->n : 0;
}

const char *
md_take_number(struct md *w)
{
	struct md_signs *s = &w->signs;

	if (s->number_end == 0 || s->number_end != w->out->n || w->n_boxes > 0)
		return NULL;
	w->out->n = s->number_at;
	w->breaks = s->breaks;
	s->number_end = 0;
	return s->number;
}

static void
write_numbered(struct md *w, const char *number, struct sv block)
{
	cleanup_buf b = BUF_INIT;

	buf_str(&b, number);
	buf_ch(&b, ' ');
	for (struct sv line; block.n > 0; block = behind_line(block, line)) {
		line = first_line(block);
		buf_sv(&b, line);
		if (line.n < block.n) {
			buf_ch(&b, '\n');
			for (size_t i = strlen(number) + 1; i > 0; i--)
				buf_ch(&b, ' ');
		}
	}
	write_items(w, buf_view(&b), true);
}

void
md_paragraph(struct md *w, struct sv text)
{
	cleanup_buf b = BUF_INIT;
	const char *number;
	bool dashes;

	md_escape_line_starts(&b, text);
	if (w->term) {
		md_block(w, buf_view(&b));
	} else if (number_in(text) > 0) {
		write_number(w, text, buf_view(&b));
	} else if ((number = md_take_number(w)) != NULL) {
		write_numbered(w, number, buf_view(&b));
	} else if (has_bullets(buf_view(&b), &dashes)) {
		write_bullets(w, buf_view(&b), dashes);
	} else {
		md_block(w, buf_view(&b));
	}
}
