// SPDX-License-Identifier: Apache-2.0
// Pictures, each once in a row of its own; and what is written of nodes that are not kept: pictures
// for readers without scripts, formulas, films.
#include "extract/html/unescape.h"
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
#define TELLS          5 // another may be in its place: a tick or a cross
#define MAX_LINK_NODES 64
#define MAX_ROW_NODES  4 // from a picture to the next one of a row

static bool
is_nameless(const struct tree *t, node_id img)
{
	return sv_trim(tree_get(t, img, "alt")).n == 0;
}

static bool
is_blank(const struct tree *t, node_id i)
{
	return t->nodes[i].kind == NODE_TEXT && sv_trim(tree_text(t, i)).n == 0;
}

static bool
is_first(const struct tree *t, node_id img)
{
	return img - 1 - is_blank(t, img - 1) == t->nodes[img].parent;
}

static bool
is_last(const struct tree *t, node_id img)
{
	node_id next = t->nodes[img].next;

	return next == NODE_NONE || (is_blank(t, next) && t->nodes[next].next == NODE_NONE);
}

// At one end of elements of one kind, each in its own.
static bool
is_same_place(const struct tree *t, node_id a, node_id b)
{
	node_id in_a = t->nodes[a].parent, in_b = t->nodes[b].parent;

	return in_a != in_b && t->nodes[in_a].tag == t->nodes[in_b].tag &&
	       sv_eq(tree_get_id(t, in_a, ATTR_class), tree_get_id(t, in_b, ATTR_class)) &&
	       ((is_first(t, a) && is_first(t, b)) || (is_last(t, a) && is_last(t, b)));
}

static void
count_nameless(struct md *w)
{
	const struct tree *t = w->t;
	struct url_set *s = &w->seen->nameless;
	struct sv src, src_before = SV_NULL;
	node_id before = NODE_NONE;

	for (node_id i = tree_first_same(t, TAG_img); i != NODE_NONE; i = tree_next_same(t, i)) {
		uint8_t *times;

		if (i < w->c->root || i >= t->nodes[w->c->root].end || !w->c->keep[i] ||
		    !is_nameless(t, i))
			continue;
		src = content_image_source(t, i);
		times = times_of(s, src);
		if (*times < DECORATION)
			++*times;
		if (before != NODE_NONE && !sv_eq(src, src_before) && is_same_place(t, before, i)) {
			*times = TELLS;
			*times_of(s, src_before) = TELLS;
		}
		before = i;
		src_before = src;
	}
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

// The next picture or words of the line, or NODE_NONE.
static node_id
next_in_line(const struct tree *t, node_id img, int step)
{
	node_id i = img;

	for (int n = 0; n < MAX_ROW_NODES; n++) {
		i = step < 0 ? i - 1 : i + 1;
		if (i == 0 || i >= t->n)
			return NODE_NONE;
		if (tree_is(t, i, TAG_img))
			return i;
		if (t->nodes[i].kind == NODE_TEXT ? !is_blank(t, i)
						  : !(tag_flags(t->nodes[i].tag) & TAGF_INLINE))
			return t->nodes[i].kind == NODE_TEXT ? i : NODE_NONE;
	}
	return NODE_NONE;
}

// Beside the same picture it counts something: stars.
static bool
is_one_of_a_row(const struct tree *t, node_id img)
{
	struct sv src = content_image_source(t, img);

	for (int step = -1; step <= 1; step += 2) {
		node_id next = next_in_line(t, img, step);

		if (next != NODE_NONE && tree_is(t, next, TAG_img) &&
		    sv_eq(content_image_source(t, next), src))
			return true;
	}
	return false;
}

static uint8_t *
nameless_times(struct md *w, node_id img)
{
	w->seen = w->seen ? w->seen : xcalloc(1, sizeof(*w->seen));
	if (!w->seen->counted)
		count_nameless(w);
	return times_of(&w->seen->nameless, content_image_source(w->t, img));
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
	times = nameless_times(w, img);
	if (*times == WRITTEN)
		return true;
	if (*times == DECORATION)
		*times = WRITTEN;
	return false;
}

// Does it say something of the words behind it?
static bool
is_answer(struct md *w, node_id img)
{
	node_id next = next_in_line(w->t, img, 1);

	return next != NODE_NONE && w->t->nodes[next].kind == NODE_TEXT && is_nameless(w->t, img) &&
	       *nameless_times(w, img) == TELLS;
}

void
md_image(struct md *w, node_id img)
{
	cleanup_buf url = BUF_INIT, name = BUF_INIT, alt = BUF_INIT;
	struct md_escape e = {.in_link = true, .in_cell = w->cell, .before = '['};
	struct sv emoji = leftovers_emoji(w->t, img);

	if (emoji.n > 0) {
		md_text(w, emoji);
		return;
	}
	if (md_math_image(w, img) || content_is_pixel(w->t, img) || is_decoration(w, img) ||
	    !md_add_url(w, content_image_source(w->t, img), true, &url) ||
	    (was_seen(w, buf_view(&url)) && w->text.n == 0 && !w->cell && w->heading == 0 &&
		!is_answer(w, img)))
		return;
	html_unescape(tree_get(w->t, img, "alt"), &name);
	if (!sv_istarts(buf_view(&name), "http://") && !sv_istarts(buf_view(&name), "https://"))
		md_collapse_into(&alt, sv_trim(buf_view(&name)));
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

#define MAX_NEAR 4 // nodes around a <noscript>, in which its picture may be once more

// The picture for readers without scripts, where scripts would put one into the page.
static bool
is_only_picture(const struct md *w, node_id noscript, node_id img)
{
	const struct tree *t = w->t;
	struct sv source = content_image_source(t, img);
	node_id before = noscript - 1, after = t->nodes[noscript].end;

	while (before > t->nodes[noscript].parent && t->nodes[before].kind == NODE_TEXT &&
	       sv_trim(tree_text(t, before)).n == 0)
		before--;
	if (tree_is(t, before, TAG_img) && content_image_source(t, before).n > 0)
		return false;
	for (node_id k = after; k < MIN(t->n, after + MAX_NEAR); k++)
		if (tree_is(t, k, TAG_img))
			return !sv_eq(content_image_source(t, k), source);
		else if (t->nodes[k].kind == NODE_TEXT && sv_trim(tree_text(t, k)).n > 0)
			break;
	return true;
}

static void
left_out_image(struct md *w, node_id around, node_id img)
{
	if (tree_is(w->t, around, TAG_noscript) && !(w->t->nodes[img].flags & NODE_F_HIDDEN)) {
		if (is_only_picture(w, around, img))
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
