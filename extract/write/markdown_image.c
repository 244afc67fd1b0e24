// SPDX-License-Identifier: Apache-2.0
// Pictures, each once in a row of its own; and what is written of nodes that are not kept: pictures
// for readers without scripts, formulas, films.
#include "extract/write/films.h"
#include "extract/write/leftovers.h"
#include "extract/write/markdown_priv.h"

#define MAX_SEEN 1024 // a power of two

struct url_set {
	uint64_t urls[MAX_SEEN]; // hashes, 0 is free
	uint8_t times[MAX_SEEN];
	uint32_t n;
	uint8_t none;
};

struct md_seen {
	struct url_set written, nameless; // all pictures of the page that have no text
	bool counted;
};

static uint64_t
hash_url(struct sv v)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * UINT64_C(0x100000001b3);
	return h | 1;
}

// How often it was counted, at most 255, to be changed; a new one is 0, and is forgotten again
// where there is no room.
static uint8_t *
times_of(struct url_set *s, struct sv url)
{
	uint64_t h = hash_url(url);
	uint32_t at = (uint32_t)(h >> 32) % MAX_SEEN;

	while (s->urls[at] != 0 && s->urls[at] != h)
		at = (at + 1) % MAX_SEEN;
	if (s->urls[at] == 0 && s->n == MAX_SEEN / 2) {
		s->none = 0;
		return &s->none;
	}
	s->n += s->urls[at] == 0;
	s->urls[at] = h;
	return &s->times[at];
}

// Galleries say each picture again for every width of the screen.
static bool
was_seen(struct md *w, struct sv url)
{
	uint8_t *times;

	w->seen = w->seen ? w->seen : xcalloc(1, sizeof(*w->seen));
	times = times_of(&w->seen->written, url);
	*times = (uint8_t)MIN(*times + 1, 2);
	return *times > 1;
}

// --- what decorates ---

#define DECORATION     3 // times that a picture without a text is there, or more
#define WRITTEN        4 // one of these, once
#define MAX_LINK_NODES 64

static bool
is_nameless(const struct tree *t, node_id img)
{
	return sv_trim(tree_get(t, img, "alt")).n == 0;
}

static void
add_nameless(struct url_set *s, struct sv url)
{
	uint8_t *times = times_of(s, url);

	*times = (uint8_t)MIN(*times + 1, DECORATION);
}

static void
count_nameless(struct md *w)
{
	const struct tree *t = w->t;

	for (node_id i = w->c->root; i < t->nodes[w->c->root].end; i++)
		if (tree_is(t, i, TAG_img) && w->c->keep[i] && is_nameless(t, i))
			add_nameless(&w->seen->nameless, content_image_source(t, i));
	w->seen->counted = true;
}

// A picture that is all there is of a link.
static bool
is_alone_in_link(const struct md *w, node_id img)
{
	const struct tree *t = w->t;
	node_id a = img;

	if (w->links == 0)
		return false;
	for (int up = 0; up < 6 && !tree_is(t, a, TAG_a) && a != 0; up++)
		a = t->nodes[a].parent;
	for (node_id k = a; k < MIN(t->nodes[a].end, a + MAX_LINK_NODES); k++)
		if (t->nodes[k].kind == NODE_TEXT && md_keeps(w, k) &&
		    sv_trim(tree_text(t, k)).n > 0)
			return false;
	return true;
}

static bool
is_blank(const struct tree *t, node_id i)
{
	return t->nodes[i].kind == NODE_TEXT && sv_trim(tree_text(t, i)).n == 0;
}

// Beside the same picture it counts something: stars.
static bool
is_one_of_a_row(const struct tree *t, node_id img)
{
	node_id before = img - 1, after = t->nodes[img].next;
	struct sv src = content_image_source(t, img);

	before -= is_blank(t, before);
	if (after != NODE_NONE && is_blank(t, after))
		after = t->nodes[after].next;
	return (tree_is(t, before, TAG_img) && sv_eq(content_image_source(t, before), src)) ||
	       (after != NODE_NONE && tree_is(t, after, TAG_img) &&
		   sv_eq(content_image_source(t, after), src));
}

// A bullet, a sign beside each of many links, but for the first of them; in a table it may be an
// answer.
static bool
is_decoration(struct md *w, node_id img)
{
	uint8_t *times;

	if (w->cell || !is_nameless(w->t, img) || is_one_of_a_row(w->t, img) ||
	    is_alone_in_link(w, img))
		return false;
	w->seen = w->seen ? w->seen : xcalloc(1, sizeof(*w->seen));
	if (!w->seen->counted)
		count_nameless(w);
	times = times_of(&w->seen->nameless, content_image_source(w->t, img));
	if (*times == WRITTEN)
		return true;
	if (*times == DECORATION)
		*times = WRITTEN;
	return false;
}

void
md_image(struct md *w, node_id img)
{
	cleanup_buf url = BUF_INIT, alt = BUF_INIT;
	struct md_escape e = {.in_link = true, .in_cell = w->cell, .before = '['};
	struct sv emoji = leftovers_emoji(w->t, img);

	if (emoji.n > 0) {
		md_text(w, emoji);
		return;
	}
	if (md_math_image(w, img) || content_is_pixel(w->t, img) || is_decoration(w, img) ||
	    !md_add_url(w, content_image_source(w->t, img), true, &url) ||
	    (was_seen(w, buf_view(&url)) && w->text.n == 0 && !w->cell && w->heading == 0))
		return;
	md_collapse_into(&alt, sv_trim(tree_get(w->t, img, "alt")));
	w->space |= w->text.n > 0 && md_is_word_byte(md_last_byte(w));
	md_begin_word(w);
	buf_str(&w->text, "![");
	md_escape(&w->text, buf_view(&alt), &e);
	buf_str(&w->text, "](");
	buf_sv(&w->text, buf_view(&url));
	buf_ch(&w->text, ')');
	w->image_end = w->text.n;
}

// A film or a recording becomes a link, of its poster if it has one.
void
md_film(struct md *w, node_id i)
{
	struct md_escape e = {.in_link = true, .before = '['};
	cleanup_buf url = BUF_INIT, poster = BUF_INIT, line = BUF_INIT;
	struct film f;

	if (w->cell || w->heading > 0 || w->links > 0 || !film_read(w->t, i, w->base, &f))
		return;
	if (md_add_url(w, buf_view(&f.url), false, &url) && !was_seen(w, buf_view(&url))) {
		bool pictured = f.poster.n > 0 && md_add_url(w, buf_view(&f.poster), true, &poster);

		md_flush(w);
		buf_str(&line, pictured ? "[![" : "[");
		md_escape(&line, f.title, &e);
		if (pictured)
			buf_fmt(&line, "](%s)", poster.p);
		buf_fmt(&line, "](%s)", url.p);
		md_block(w, buf_view(&line));
	}
	film_done(&f);
}

// --- nodes that are not kept ---

#define MAX_LEFT_OUT 8 // nodes of a wrapper around what may be wanted

// The picture for readers without scripts, where scripts would put one into the page.
static bool
is_only_picture(const struct md *w, node_id noscript)
{
	const struct tree *t = w->t;
	node_id before = noscript - 1;

	while (before > t->nodes[noscript].parent && t->nodes[before].kind == NODE_TEXT &&
	       sv_trim(tree_text(t, before)).n == 0)
		before--;
	return !tree_is(t, before, TAG_img) || content_image_source(t, before).n == 0;
}

static void
left_out_image(struct md *w, node_id around, node_id img)
{
	if (tree_is(w->t, around, TAG_noscript) && !(w->t->nodes[img].flags & NODE_F_HIDDEN)) {
		if (is_only_picture(w, around))
			md_image(w, img);
	} else
		md_math_image(w, img);
}

// Nodes that are left out, but for formulas, which pages hide in odd places, and films.
void
md_left_out(struct md *w, node_id i)
{
	node_id end = w->t->nodes[i].end;

	if (w->t->nodes[i].kind != NODE_ELEMENT || md_math_script(w, i))
		return;
	for (node_id k = i; k < MIN(end, i + MAX_LEFT_OUT); k++)
		if (md_math_attribute(w, k) ||
		    (tree_is(w->t, k, TAG_math) && md_math_left_out(w, i, k)))
			return;
	for (node_id k = i; k < end && end - i <= MAX_LEFT_OUT; k++)
		if (tree_is(w->t, k, TAG_img))
			left_out_image(w, i, k);
		else if (film_may_be(w->t, k))
			md_film(w, k);
}
