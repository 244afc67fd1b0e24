// SPDX-License-Identifier: Apache-2.0
// The kept nodes as HTML that may be embedded anywhere: only elements and attributes of two tables,
// addresses absolute and of harmless schemes, every text escaped. What is not in the table leaves
// its content behind. Runs in the extractor's worker; no recursion.
#include "base/hash.h"
#include "extract/content/blocks/content_url.h"
#include "extract/content/blocks/text_scan.h"
#include "extract/write/films.h"
#include "extract/write/leftovers.h"
#include "extract/write/tex.h"

#include <assert.h>

#define ALLOWED_ATTRS 23

struct clean {
	const struct tree *t;
	const struct content *c;
	struct sv base;
	struct buf *out;
	uint32_t links; // open <a>: there is no link in a link
	uint32_t pres;
	size_t link_end; // of the last link
	bool space;      // white space owed
	bool fresh;      // a block has just begun or ended: white space is nothing
	uint64_t last_film;
	node_id no_tex_before; // of tex_of_formula
	node_id letter;        // for leftovers_is_gutter
	uint32_t attrs[ALLOWED_ATTRS];
};

// --- elements ---

static const bool allowed[TAG_KNOWN_COUNT] = {
#define X(t) [TAG_##t] = true,
    X(a) X(abbr) X(article) X(aside) X(b) X(bdi) X(bdo) X(blockquote) X(br) X(caption) X(cite)
	X(code) X(col) X(colgroup) X(dd) X(del) X(details) X(dfn) X(div) X(dl) X(dt) X(em) X(
	    figcaption) X(figure) X(footer) X(h1) X(h2) X(h3) X(h4) X(h5) X(h6) X(header) X(hgroup)
	    X(hr) X(i) X(img) X(ins) X(kbd) X(li) X(main) X(mark) X(ol) X(p) X(pre) X(q) X(rp) X(rt)
		X(ruby) X(s) X(samp) X(section) X(small) X(strong) X(sub) X(summary) X(sup) X(table)
		    X(tbody) X(td) X(tfoot) X(th) X(thead) X(time) X(tr) X(u) X(ul) X(var) X(wbr)
#undef X
};

static bool
is_allowed(const struct clean *w, node_id i)
{
	uint32_t tag = w->t->nodes[i].tag;

	return tag < TAG_KNOWN_COUNT && allowed[tag];
}

// --- attributes ---

enum attr_kind { ATTR_TEXT, ATTR_NUMBER, ATTR_URL };

static const struct {
	uint32_t tag; // TAG_NONE: any
	const char *name;
	enum attr_kind kind;
} allowed_attrs[] = {
    {TAG_NONE, "dir", ATTR_TEXT},
    {TAG_NONE, "lang", ATTR_TEXT},
    {TAG_a, "href", ATTR_URL},
    {TAG_a, "title", ATTR_TEXT},
    {TAG_abbr, "title", ATTR_TEXT},
    {TAG_blockquote, "cite", ATTR_URL},
    {TAG_col, "span", ATTR_NUMBER},
    {TAG_colgroup, "span", ATTR_NUMBER},
    {TAG_del, "datetime", ATTR_TEXT},
    {TAG_img, "alt", ATTR_TEXT},
    {TAG_img, "height", ATTR_NUMBER},
    {TAG_img, "title", ATTR_TEXT},
    {TAG_img, "width", ATTR_NUMBER},
    {TAG_ins, "datetime", ATTR_TEXT},
    {TAG_li, "value", ATTR_NUMBER},
    {TAG_ol, "start", ATTR_NUMBER},
    {TAG_q, "cite", ATTR_URL},
    {TAG_td, "colspan", ATTR_NUMBER},
    {TAG_td, "rowspan", ATTR_NUMBER},
    {TAG_th, "colspan", ATTR_NUMBER},
    {TAG_th, "rowspan", ATTR_NUMBER},
    {TAG_th, "scope", ATTR_TEXT},
    {TAG_time, "datetime", ATTR_TEXT},
};

// Their names as numbers of this page; 0: it has none such.
static void
number_attrs(struct clean *w)
{
	static_assert(ARRAY_LEN(allowed_attrs) == ALLOWED_ATTRS, "a number for each");
	for (size_t k = 0; k < ALLOWED_ATTRS; k++)
		w->attrs[k] = tree_name_id(w->t, allowed_attrs[k].name);
}

static const char *
entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '`':
		return "&#96;";
	}
	return NULL;
}

// Goes into the output as it is. What does not and is no entity, a control, is left out.
static inline bool
is_plain(char c, bool attr)
{
	if ((unsigned char)c < ' ')
		return c == '\n' || c == '\t';
	return c != '&' && c != '<' && c != '>' && !(attr && (c == '"' || c == '\'' || c == '`'));
}

static void
add_escaped(struct buf *out, struct sv v, bool attr)
{
	for (size_t i = 0, from; i < v.n; i++) {
		for (from = i; i < v.n && is_plain(v.p[i], attr);)
			i++;
		buf_add(out, v.p + from, i - from);
		if (i < v.n && entity_of(v.p[i]))
			buf_str(out, entity_of(v.p[i]));
	}
}

static void
add_attr(struct buf *out, const char *name, struct sv value)
{
	buf_ch(out, ' ');
	buf_str(out, name);
	buf_str(out, "=\"");
	add_escaped(out, value, true);
	buf_ch(out, '"');
}

static bool
is_number(struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
	return v.n > 0 && v.n < 7;
}

static struct sv
get_attr(const struct clean *w, node_id i, size_t k)
{
	return w->attrs[k] ? tree_get_id(w->t, i, w->attrs[k]) : SV_NULL;
}

static void
copy_attr(struct clean *w, node_id i, size_t k)
{
	cleanup_buf url = BUF_INIT;
	enum attr_kind kind = allowed_attrs[k].kind;
	struct sv v = get_attr(w, i, k);

	if (!v.p)
		return;
	if (kind == ATTR_NUMBER) {
		v = sv_trim(v);
		if (!is_number(v))
			return;
	} else if (kind == ATTR_URL) {
		if (!content_url(w->base, v, false, &url))
			return;
		v = buf_view(&url);
	}
	add_attr(w->out, allowed_attrs[k].name, v);
}

// The one class that is kept: the language of code.
static void
copy_language(struct clean *w, node_id i)
{
	bool code = tree_is(w->t, i, TAG_code) || tree_is(w->t, i, TAG_pre);
	struct sv v = code ? tree_get_id(w->t, i, ATTR_class) : SV_NULL;
	const char *p = v.n > 0 ? memmem(v.p, v.n, "language-", 9) : NULL;
	size_t n = 9;

	if (!p)
		return;
	while (p + n < v.p + v.n && n < 40 &&
	       (sv_is_alnum(p[n]) || p[n] == '-' || p[n] == '+' || p[n] == '#'))
		n++;
	add_attr(w->out, "class", (struct sv){p, n});
}

static void
start_tag(struct clean *w, node_id i)
{
	uint32_t tag = w->t->nodes[i].tag;

	buf_ch(w->out, '<');
	buf_str(w->out, tree_name(w->t, tag));
	if (w->t->nodes[i].n_attrs > 0) {
		for (size_t k = 0; k < ARRAY_LEN(allowed_attrs); k++)
			if (allowed_attrs[k].tag == tag || allowed_attrs[k].tag == TAG_NONE)
				copy_attr(w, i, k);
		copy_language(w, i);
	}
	buf_ch(w->out, '>');
}

static void
image(struct clean *w, node_id i)
{
	cleanup_buf url = BUF_INIT;

	if (content_is_pixel(w->t, i) ||
	    !content_url(w->base, content_image_source(w->t, i), true, &url))
		return;
	start_tag(w, i);
	w->out->n--; // the '>'
	add_attr(w->out, "src", buf_view(&url));
	buf_ch(w->out, '>');
}

// --- the walk ---

static void
write_space(struct clean *w)
{
	if (w->space && !w->fresh)
		buf_ch(w->out, ' ');
	w->space = w->fresh = false;
}

// Blanks of a fixed width, as editors put them into empty paragraphs.
static bool
is_blank_word(struct sv word)
{
	size_t i = 0;

	while (i + 1 < word.n && word.p[i] == '\xc2' && word.p[i + 1] == '\xa0')
		i += 2;
	return i == word.n;
}

static void
text(struct clean *w, struct sv v)
{
	if (w->pres > 0) {
		add_escaped(w->out, v, false);
		return;
	}
	for (size_t i = 0, from; i < v.n;) {
		if (v.p[i] == ' ' || (v.p[i] >= '\t' && v.p[i] <= '\r')) {
			w->space = true;
			i++;
			continue;
		}
		from = i;
		i = leftovers_plain_words(v, i);
		while (i < v.n && !(v.p[i] == ' ' || (v.p[i] >= '\t' && v.p[i] <= '\r')))
			i++;
		if (is_blank_word((struct sv){v.p + from, i - from})) {
			w->space = true;
			continue;
		}
		if (leftovers_is_unseen((struct sv){v.p + from, i - from}))
			continue;
		write_space(w);
		add_escaped(w->out, (struct sv){v.p + from, i - from}, false);
	}
}

static void
space_before_tag(struct clean *w, uint32_t tag)
{
	bool fresh = w->fresh;

	if (tag_flags(tag) & TAGF_INLINE) {
		write_space(w);
		w->fresh = fresh && !(tag_flags(tag) & TAGF_VOID);
	} else {
		w->space = false;
		w->fresh = true;
	}
}

#define MAX_AROUND_FILM 8 // nodes of a wrapper

// No player, but a link to what it would play; of its poster if it has one.
static void
film(struct clean *w, node_id i)
{
	struct film f;
	uint64_t sum;

	if (w->links > 0 || w->pres > 0 || !film_read(w->t, i, w->base, &f))
		return;
	sum = hash64_add(HASH64_START, buf_view(&f.url));
	if (sum == w->last_film) { // the same again for readers without scripts
		film_done(&f);
		return;
	}
	w->last_film = sum;
	w->space |= w->link_end > 0 && w->link_end == w->out->n;
	write_space(w);
	buf_str(w->out, "<a");
	add_attr(w->out, "href", buf_view(&f.url));
	buf_ch(w->out, '>');
	if (f.poster.n > 0) {
		buf_str(w->out, "<img");
		add_attr(w->out, "alt", f.title);
		add_attr(w->out, "src", buf_view(&f.poster));
		buf_ch(w->out, '>');
	} else {
		add_escaped(w->out, f.title, false);
	}
	buf_str(w->out, "</a>");
	w->link_end = w->out->n;
	film_done(&f);
}

// Films in what is left out; and the place of a cell, which the others in its row need.
static void
left_out(struct clean *w, node_id i)
{
	node_id end = w->t->nodes[i].end;

	if ((tree_is(w->t, i, TAG_td) || tree_is(w->t, i, TAG_th)) &&
	    !(w->t->nodes[i].flags & NODE_F_HIDDEN) && !leftovers_is_gutter(w->t, i, &w->letter)) {
		start_tag(w, i);
		buf_str(w->out, tree_is(w->t, i, TAG_td) ? "</td>\n" : "</th>\n");
		w->space = false;
		w->fresh = true;
		return;
	}
	for (node_id k = i; k < end && end - i <= MAX_AROUND_FILM; k++)
		if (film_may_be(w->t, k))
			film(w, k);
}

// MathML is no part of the tables: its parts in a row would say something else than TeX does.
static bool
formula(struct clean *w, node_id i)
{
	cleanup_buf tex = BUF_INIT;

	if (!tex_of_formula(w->t, w->c->formulas, i, &w->no_tex_before, &tex))
		return false;
	write_space(w);
	buf_str(w->out, "\\(");
	add_escaped(w->out, buf_view(&tex), false);
	buf_str(w->out, "\\)");
	return true;
}

// A <div> around one block and nothing else says nothing.
static bool
is_mere_wrapper(const struct clean *w, node_id i)
{
	const struct node *nodes = w->t->nodes;
	node_id only = NODE_NONE;

	if (!tree_is(w->t, i, TAG_div) || w->pres > 0)
		return false;
	for (size_t k = 0; nodes[i].n_attrs > 0 && k < ARRAY_LEN(allowed_attrs); k++)
		if (allowed_attrs[k].tag == TAG_NONE && get_attr(w, i, k).p)
			return false;
	for (node_id k = tree_first_child(w->t, i); k != NODE_NONE; k = nodes[k].next) {
		bool blank = nodes[k].kind != NODE_ELEMENT &&
			     (nodes[k].kind != NODE_TEXT || text_is_blank(tree_text(w->t, k)));

		if (!w->c->keep[k] || blank)
			continue;
		if (nodes[k].kind == NODE_TEXT || only != NODE_NONE)
			return false;
		only = k;
	}
	return only != NODE_NONE && is_allowed(w, only) &&
	       !(tag_flags(nodes[only].tag) & TAGF_INLINE);
}

static bool
is_link(const struct clean *w, node_id i)
{
	return tree_is(w->t, i, TAG_a);
}

static void
enter(struct clean *w, node_id i)
{
	if (is_link(w, i) && w->links++ > 0)
		return;
	if (is_link(w, i) && w->link_end > 0 && w->link_end == w->out->n)
		w->space = true; // links side by side are not one word
	space_before_tag(w, w->t->nodes[i].tag);
	if (is_mere_wrapper(w, i))
		return;
	if (tree_is(w->t, i, TAG_img))
		image(w, i);
	else
		start_tag(w, i);
	w->pres += tree_is(w->t, i, TAG_pre);
}

// Nothing came after the start tag: it is taken back. Cells keep their place.
static bool
take_back_empty(struct clean *w, uint32_t tag)
{
	const char *name = tree_name(w->t, tag), *at;
	size_t n = strlen(name);

	if (w->out->n == 0 || w->out->p[w->out->n - 1] != '>' || tag == TAG_td || tag == TAG_th)
		return false;
	at = memrchr(w->out->p, '<', w->out->n);
	if (!at || (size_t)(w->out->p + w->out->n - at) < n + 2 || memcmp(at + 1, name, n) != 0 ||
	    (at[n + 1] != '>' && at[n + 1] != ' '))
		return false;
	w->out->n = (size_t)(at - w->out->p);
	w->out->p[w->out->n] = '\0';
	return true;
}

static void
leave(struct clean *w, node_id i)
{
	uint32_t tag = w->t->nodes[i].tag;

	if (is_link(w, i) && --w->links > 0)
		return;
	w->pres -= tree_is(w->t, i, TAG_pre);
	if (tag_flags(tag) & TAGF_VOID || is_mere_wrapper(w, i) || take_back_empty(w, tag))
		return;
	if (!(tag_flags(tag) & TAGF_INLINE)) {
		w->space = false;
		w->fresh = true;
	}
	buf_str(w->out, "</");
	buf_str(w->out, tree_name(w->t, tag));
	buf_ch(w->out, '>');
	if (is_link(w, i))
		w->link_end = w->out->n;
	if (!(tag_flags(tag) & TAGF_INLINE) && w->pres == 0)
		buf_ch(w->out, '\n');
}

void
clean_html_write(
    const struct tree *t, const struct content *c, const struct write_opts *o, struct buf *out)
{
	struct clean w = {.t = t, .c = c, .base = o->base, .out = out, .fresh = true};
	struct tree_walk walk;

	if (c->root == NODE_NONE)
		return;
	number_attrs(&w);
	walk = tree_walk_init(t, c->root);
	for (enum walk_event e; (e = tree_walk_next(&walk)) != WALK_END && !out->overflow;) {
		const struct node *n = &t->nodes[walk.i];

		if (n->tag == TAG_button) // not allowed, and no part of the words beside it
			w.space = true;
		if (!c->keep[walk.i] || leftovers_is_one(t, walk.i) ||
		    leftovers_is_code_number(t, walk.i, w.pres > 0, &w.letter)) {
			if (e == WALK_ENTER && n->kind == NODE_ELEMENT)
				left_out(&w, walk.i);
			walk.skip = e == WALK_ENTER;
			continue;
		}
		if (e == WALK_ENTER && w.pres == 0)
			w.space |= n->kind == NODE_TEXT ? leftovers_text_stands_apart(t, walk.i)
							: leftovers_stands_apart(t, walk.i);
		if (n->kind == NODE_TEXT && e == WALK_ENTER)
			text(&w, tree_text(t, walk.i));
		else if (n->tag == TAG_iframe && e == WALK_ENTER)
			film(&w, walk.i);
		else if (n->tag == TAG_math && e == WALK_ENTER)
			walk.skip = formula(&w, walk.i);
		else if (n->kind == NODE_ELEMENT && is_allowed(&w, walk.i) && e == WALK_ENTER)
			enter(&w, walk.i);
		else if (n->kind == NODE_ELEMENT && is_allowed(&w, walk.i))
			leave(&w, walk.i);
	}
}
