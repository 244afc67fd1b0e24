// SPDX-License-Identifier: Apache-2.0
// Pictures, each once in a row of its own; and what is written of nodes that are not kept: pictures
// for readers without scripts, formulas, films.
#include "extract/write/films.h"
#include "extract/write/markdown_priv.h"

#define MAX_SEEN 1024 // a power of two

struct md_seen {
	uint64_t urls[MAX_SEEN]; // hashes, 0 is free
	uint32_t n;
};

static uint64_t
hash_url(struct sv v)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * UINT64_C(0x100000001b3);
	return h | 1;
}

// Galleries say each picture again for every width of the screen.
static bool
was_seen(struct md *w, struct sv url)
{
	uint64_t h = hash_url(url);
	uint32_t at = (uint32_t)(h >> 32) % MAX_SEEN;

	w->seen = w->seen ? w->seen : xcalloc(1, sizeof(*w->seen));
	while (w->seen->urls[at] != 0 && w->seen->urls[at] != h)
		at = (at + 1) % MAX_SEEN;
	if (w->seen->urls[at] == h)
		return true;
	if (w->seen->n < MAX_SEEN / 2) {
		w->seen->urls[at] = h;
		w->seen->n++;
	}
	return false;
}

void
md_image(struct md *w, node_id img)
{
	cleanup_buf url = BUF_INIT, alt = BUF_INIT;
	struct md_escape e = {.in_link = true, .in_cell = w->cell, .before = '['};

	if (md_math_image(w, img) || content_is_pixel(w->t, img) ||
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
