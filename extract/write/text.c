// SPDX-License-Identifier: Apache-2.0
// The kept nodes as plain text: a line per block, an empty line between paragraphs. Runs in the
// extractor's worker.
#include "extract/content/content.h"
#include "extract/write/leftovers.h"
#include "extract/write/tex.h"

struct text_writer {
	const struct tree *t;
	struct formulas *formulas;
	struct buf *out;
	size_t start;
	int newlines;          // owed before the next text: 0, 1 or 2
	bool space;            // owed before the next word
	size_t link_end;       // of the last link
	uint32_t pres;         // open ones
	size_t pre_from;       // where the first of them began
	size_t br_end;         // of the text before the last <br>
	node_id no_tex_before; // of tex_of_formula
	node_id letter;        // for leftovers_is_gutter
};

static void
begin_text(struct text_writer *w)
{
	if (w->out->n > w->start) {
		if (w->newlines > 0)
			buf_add(w->out, "\n\n", (size_t)w->newlines);
		else if (w->space)
			buf_ch(w->out, ' ');
	}
	w->newlines = 0;
	w->space = false;
}

// Bytes of the blank at `i`: the no-break space and the ideographic one, which opens paragraphs in
// Chinese, too; 0: there is none.
static size_t
blank_at(struct sv v, size_t i)
{
	if (sv_is_space(v.p[i]))
		return 1;
	if (v.p[i] == '\xc2')
		return i + 1 < v.n && v.p[i + 1] == '\xa0' ? 2 : 0;
	return v.p[i] == '\xe3' && i + 2 < v.n && memcmp(v.p + i, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

static void
add_collapsed(struct text_writer *w, struct sv v)
{
	for (size_t i = 0; i < v.n;) {
		size_t from = i, blank = blank_at(v, i);

		if (blank > 0) {
			w->space = true;
			i += blank;
			continue;
		}
		i = leftovers_plain_words(v, i);
		while (i < v.n && blank_at(v, i) == 0)
			i++;
		if (leftovers_is_unseen((struct sv){v.p + from, i - from}))
			continue;
		begin_text(w);
		buf_add(w->out, v.p + from, i - from);
	}
}

// The line ends around code are the paragraph's.
static void
add_preformatted(struct text_writer *w, struct sv v)
{
	while (v.n > 0 && v.p[0] == '\n' && w->out->n == w->pre_from)
		v = (struct sv){v.p + 1, v.n - 1};
	if (v.n == 0)
		return;
	begin_text(w);
	buf_sv(w->out, v);
}

static void
enter_pre(struct text_writer *w)
{
	if (w->pres++ == 0)
		w->pre_from = w->out->n;
}

static void
leave_pre(struct text_writer *w)
{
	if (--w->pres > 0)
		return;
	while (w->out->n > w->pre_from && sv_is_space(w->out->p[w->out->n - 1]))
		w->out->p[--w->out->n] = '\0';
}

static void
break_line(struct text_writer *w, int newlines)
{
	w->newlines = MAX(w->newlines, newlines);
	w->space = false;
}

// How many newlines an element puts before and after itself.
static int
newlines_of(uint32_t tag)
{
	switch (tag) {
	case TAG_li:
	case TAG_tr:
	case TAG_dt:
	case TAG_dd:
	case TAG_br:
	case TAG_option:
	case TAG_div:
	case TAG_caption:
		return 1;
	case TAG_td:
	case TAG_th:
	case TAG_button:
		return 0;
	}
	return tag_flags(tag) & TAGF_INLINE ? -1 : 2;
}

// Two line breaks in a row part paragraphs.
static int
newlines_of_br(struct text_writer *w, enum walk_event e)
{
	bool again = e == WALK_ENTER && w->br_end == w->out->n && w->newlines > 0;

	w->br_end = w->out->n;
	return again ? 2 : 1;
}

// What stands in the text for an element that browsers draw: quotation marks, and parentheses
// around what ruby says of the characters before.
static void
on_signs(struct text_writer *w, uint32_t tag, enum walk_event e)
{
	if (tag == TAG_rt && e == WALK_ENTER)
		w->space = false;
	if (e == WALK_ENTER)
		begin_text(w);
	if (tag == TAG_q)
		buf_str(w->out, e == WALK_ENTER ? "“" : "”");
	else
		buf_str(w->out, e == WALK_ENTER ? "(" : ")");
}

static void
on_sup(struct text_writer *w, node_id sup)
{
	if (w->newlines == 0 && !w->space && leftovers_is_cents(w->t, sup, buf_view(w->out)))
		buf_ch(w->out, '.');
}

static void
on_element(struct text_writer *w, uint32_t tag, enum walk_event e)
{
	int n = tag == TAG_br ? newlines_of_br(w, e) : newlines_of(tag);

	if (tag == TAG_q || tag == TAG_rt)
		on_signs(w, tag, e);
	if (n == 0)
		w->space = true;
	else if (n > 0)
		break_line(w, n);
}

// Links side by side are not one word.
static void
on_link(struct text_writer *w, uint32_t tag, enum walk_event e)
{
	if (tag != TAG_a)
		return;
	if (e == WALK_LEAVE)
		w->link_end = w->out->n;
	else if (w->link_end == w->out->n && w->link_end > w->start)
		w->space = true;
}

// A formula in place of its parts, which in a row say something else.
static bool
add_formula(struct text_writer *w, node_id i)
{
	cleanup_buf tex = BUF_INIT;

	if (!tex_of_formula(w->t, w->formulas, i, &w->no_tex_before, &tex))
		return false;
	begin_text(w);
	buf_sv(w->out, buf_view(&tex));
	return true;
}

// Inside kept code, a span is code whatever its class says (`comment` of a highlighter).
static bool
is_code(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	unsigned flags = tag_flags(n->tag);

	if (n->kind == NODE_TEXT)
		return true;
	return n->kind == NODE_ELEMENT && flags & TAGF_INLINE && !(flags & TAGF_SILENT) &&
	       !(n->flags & NODE_F_HIDDEN) && n->tag != TAG_button;
}

static bool
is_left_out(struct text_writer *w, const struct content *c, node_id i)
{
	return (!c->keep[i] && !(w->pres > 0 && is_code(w->t, i))) || leftovers_is_one(w->t, i) ||
	       leftovers_is_code_number(w->t, i, w->pres > 0, &w->letter);
}

static void
add_text(struct text_writer *w, node_id i)
{
	struct sv text = tree_text(w->t, i);

	w->space |= w->pres == 0 && leftovers_text_stands_apart(w->t, i);
	if (w->pres > 0)
		add_preformatted(w, text);
	else
		add_collapsed(w, text);
}

// True: what is in it is passed over.
static bool
enter_element(struct text_writer *w, node_id i)
{
	uint32_t tag = w->t->nodes[i].tag;
	bool formula = (tag == TAG_math || tag == TAG_img) && add_formula(w, i);

	if (tag == TAG_img && !formula)
		add_collapsed(w, leftovers_emoji(w->t, i));
	if (tag == TAG_sup)
		on_sup(w, i);
	on_element(w, tag, WALK_ENTER);
	w->space |= w->pres == 0 && leftovers_stands_apart(w->t, i);
	if (tag == TAG_pre)
		enter_pre(w);
	on_link(w, tag, WALK_ENTER);
	return formula;
}

static void
leave_element(struct text_writer *w, uint32_t tag)
{
	if (tag == TAG_pre)
		leave_pre(w);
	on_element(w, tag, WALK_LEAVE);
	on_link(w, tag, WALK_LEAVE);
}

void
text_write(const struct tree *t, const struct content *c, struct buf *out)
{
	struct text_writer w = {.t = t, .formulas = c->formulas, .out = out, .start = out->n};
	struct tree_walk walk;

	if (c->root == NODE_NONE)
		return;
	walk = tree_walk_init(t, c->root);
	for (enum walk_event e; (e = tree_walk_next(&walk)) != WALK_END;) {
		const struct node *n = &t->nodes[walk.i];

		if (is_left_out(&w, c, walk.i))
			walk.skip = e == WALK_ENTER;
		else if (n->kind == NODE_TEXT && e == WALK_ENTER)
			add_text(&w, walk.i);
		else if (n->kind == NODE_ELEMENT && e == WALK_ENTER)
			walk.skip = enter_element(&w, walk.i);
		else if (n->kind == NODE_ELEMENT)
			leave_element(&w, n->tag);
	}
}
