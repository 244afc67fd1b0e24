// SPDX-License-Identifier: Apache-2.0
// The kept nodes as Markdown: one walk that hands each element to the rule of its name. Runs in the
// extractor's worker; linear, bounded nesting, output bounded by the buffer's maximum.
#include "extract/write/leftovers.h"
#include "extract/write/markdown_priv.h"

#include <stdio.h>

#define MAX_CODE_NODES 1000 // in a code span

// What an element does when it is entered and left. `enter` returns false when its children are
// dealt with.
struct rule {
	bool (*enter)(struct md *w, node_id i);
	void (*leave)(struct md *w, node_id i);
};

// --- inline elements ---

#define MARK_RULE(name, kind)                                                                      \
	static bool enter_##name(struct md *w, node_id i)                                          \
	{                                                                                          \
		md_mark_open(w, kind, i);                                                          \
		return true;                                                                       \
	}
MARK_RULE(strong, MARK_STRONG)
MARK_RULE(em_always, MARK_EM)
MARK_RULE(del, MARK_DEL)
MARK_RULE(sub, MARK_SUB)
MARK_RULE(quote, MARK_QUOTE)
MARK_RULE(rt, MARK_RT)

// Icon fonts put the name of the icon into an <i>.
static bool
enter_em(struct md *w, node_id i)
{
	struct sv class = tree_is(w->t, i, TAG_i) ? tree_get_id(w->t, i, ATTR_class) : SV_NULL;

	return sv_has(class, "icon") || enter_em_always(w, i);
}

static void
leave_mark(struct md *w, node_id i)
{
	md_mark_close(w, i);
}

// The only text of a footnote reference is the link in it.
static bool
enter_sup(struct md *w, node_id i)
{
	node_id child = tree_first_child(w->t, i);

	if (!w->space && w->brs == 0 && leftovers_is_cents(w->t, i, buf_view(&w->text))) {
		md_raw(w, SV("."));
		return true;
	}
	while (child != NODE_NONE && w->t->nodes[child].kind != NODE_ELEMENT)
		child = w->t->nodes[child].next;
	if (child == NODE_NONE || !tree_is(w->t, child, TAG_a))
		md_mark_open(w, MARK_SUP, i);
	return true;
}

static size_t
text_length(const struct md *w, node_id i)
{
	size_t n = 0;

	if (w->t->nodes[i].end - i > 16)
		return 64;
	for (node_id k = i; k < w->t->nodes[i].end; k++)
		if (w->t->nodes[k].kind == NODE_TEXT && md_keeps(w, k))
			n += sv_trim(tree_text(w->t, k)).n;
	return n;
}

// "#", "¶" or "§" beside a heading.
static bool
is_permalink(const struct md *w, node_id a)
{
	struct sv href = tree_get_id(w->t, a, ATTR_href);

	return w->heading > 0 && href.n > 0 && href.p[0] == '#' && text_length(w, a) <= 4;
}

static bool
is_about_heading(const struct md *w, node_id a)
{
	node_id child = tree_first_child(w->t, a);

	while (child != NODE_NONE && w->t->nodes[child].kind != NODE_ELEMENT)
		child = w->t->nodes[child].next;
	return w->heading > 0 ||
	       (child != NODE_NONE && tag_flags(w->t->nodes[child].tag) & TAGF_HEADING);
}

// In a footnote, a short link to a place on the page leads back.
static bool
is_way_back(const struct md *w, node_id a)
{
	struct sv href = tree_get_id(w->t, a, ATTR_href);

	return href.n > 1 && href.p[0] == '#' && w->n_boxes > 0 &&
	       w->boxes[w->n_boxes - 1].kind == BOX_NOTE && text_length(w, a) <= 6;
}

#define MAX_CARD 40 // nodes between a picture and the words that link to the same

// A picture without a word of its own, in a link that the words after it repeat.
static bool
is_decoration(const struct md *w, node_id a, struct sv href)
{
	const struct tree *t = w->t;
	node_id end = t->nodes[a].end, k;
	bool picture = false;

	if (href.n == 0 || end - a > 8)
		return false;
	for (k = a + 1; k < end; k++) {
		if (t->nodes[k].kind == NODE_TEXT && sv_trim(tree_text(t, k)).n > 0)
			return false;
		if (tree_is(t, k, TAG_img) && sv_trim(tree_get(t, k, "alt")).n > 0)
			return false;
		picture |= tree_is(t, k, TAG_img);
	}
	for (k = end; picture && k < t->n && k < end + MAX_CARD; k++)
		if (tree_is(t, k, TAG_a))
			return md_keeps(w, k) && t->nodes[k].end > k + 1 &&
			       sv_eq(tree_get_id(t, k, ATTR_href), href) &&
			       !tree_is(t, k + 1, TAG_img);
	return false;
}

static bool
enter_a(struct md *w, node_id i)
{
	struct sv href = tree_get_id(w->t, i, ATTR_href);

	if (is_permalink(w, i) || md_is_back_link(w->t, i) || is_way_back(w, i) ||
	    is_decoration(w, i, href))
		return false;
	if (href.n > 0 && href.p[0] == '#' &&
	    is_about_heading(w, i)) // a heading that links to itself
		return true;
	md_link_open(w, i);
	return true;
}

static bool
is_more_than_code(const struct tree *t, node_id i)
{
	if (t->nodes[i].end - i > MAX_CODE_NODES)
		return true;
	for (node_id k = i + 1; k < t->nodes[i].end; k++)
		if (t->nodes[k].kind == NODE_ELEMENT &&
		    (!(tag_flags(t->nodes[k].tag) & TAGF_INLINE) || tree_is(t, k, TAG_img)))
			return true;
	return false;
}

// The link that is all of the code, or NODE_NONE.
static node_id
link_in_code(const struct tree *t, node_id code)
{
	node_id a = tree_first_child(t, code);

	return a != NODE_NONE && tree_is(t, a, TAG_a) && t->nodes[a].end == t->nodes[code].end
		   ? a
		   : NODE_NONE;
}

static bool
enter_code(struct md *w, node_id i)
{
	node_id a = link_in_code(w->t, i);

	if (tree_is(w->t, i, TAG_code) && !w->cell && !w->heading && md_is_code_block(w->t, i)) {
		md_pre(w, i);
		return false;
	}
	if (is_more_than_code(w->t, i))
		return true;
	if (a != NODE_NONE)
		md_link_open(w, a);
	md_code_span(w, i);
	if (a != NODE_NONE)
		md_mark_close(w, a);
	return false;
}

static bool
enter_img(struct md *w, node_id i)
{
	md_image(w, i);
	return false;
}

static bool
enter_br(struct md *w, node_id i UNUSED)
{
	md_br(w);
	return false;
}

// A task list's box.
static bool
enter_input(struct md *w, node_id i)
{
	node_id up = w->t->nodes[i].parent;

	if (!sv_ieq_str(tree_get(w->t, i, "type"), "checkbox") || w->text.n > 0 ||
	    w->n_boxes == 0 || w->boxes[w->n_boxes - 1].kind != BOX_ITEM ||
	    w->boxes[w->n_boxes - 1].used)
		return false;
	if (up == w->boxes[w->n_boxes - 1].node ||
	    w->t->nodes[up].parent == w->boxes[w->n_boxes - 1].node) {
		md_raw(w, tree_get(w->t, i, "checked").p ? SV("[x]") : SV("[ ]"));
		w->space = true;
	}
	return false;
}

static bool
enter_math(struct md *w, node_id i)
{
	return !md_math(w, i);
}

static bool
enter_span(struct md *w, node_id i)
{
	struct sv class = w->t->nodes[i].n_attrs > 0 ? tree_get_id(w->t, i, ATTR_class) : SV_NULL;

	if (class.n == 0)
		return true;
	return !md_math_span(w, i) && !sv_starts(class, "mw-cite-backlink");
}

// Buttons side by side are not one word.
static bool
enter_button(struct md *w, node_id i UNUSED)
{
	w->space = true;
	return true;
}

static void
leave_button(struct md *w, node_id i UNUSED)
{
	w->space = true;
}

// --- blocks ---

static bool
enter_block(struct md *w, node_id i UNUSED)
{
	md_flush(w);
	return true;
}

static void
leave_block(struct md *w, node_id i UNUSED)
{
	md_flush(w);
}

static bool
enter_paragraph(struct md *w, node_id i)
{
	bool skip = false;

	md_flush(w);
	if (md_math_attribute(w, i))
		return false;
	if (w->t->nodes[i].n_attrs > 0 && !md_callout_enter(w, i) &&
	    md_callout_title(w, i, &skip) && !skip)
		md_mark_open(w, MARK_STRONG, i);
	return !skip;
}

static void
leave_paragraph(struct md *w, node_id i)
{
	md_mark_close(w, i);
	md_flush(w);
	md_box_pop(w, i);
}

static bool
enter_heading(struct md *w, node_id i)
{
	const char *name = tree_name(w->t, w->t->nodes[i].tag);

	md_flush(w);
	if (!w->cell && w->heading == 0)
		w->heading = (uint8_t)(name[1] - '0');
	return true;
}

static void
leave_heading(struct md *w, node_id i)
{
	const char *name = tree_name(w->t, w->t->nodes[i].tag);

	if (w->heading == (uint8_t)(name[1] - '0'))
		md_end_heading(w);
	else
		md_flush(w);
}

static bool
enter_list(struct md *w, node_id i)
{
	if (w->cell || w->heading)
		md_flush(w);
	else
		md_list_enter(w, i);
	return true;
}

static void
leave_list(struct md *w, node_id i)
{
	if (w->cell || w->heading)
		md_flush(w);
	else
		md_list_leave(w, i);
}

static bool
enter_item(struct md *w, node_id i)
{
	md_flush(w);
	if (w->cell && w->text.n == 0)
		return true;
	if (!w->cell && !w->heading)
		md_item_enter(w, i);
	return true;
}

static void
leave_item(struct md *w, node_id i)
{
	if (w->cell || w->heading)
		md_flush(w);
	else
		md_item_leave(w, i);
}

static bool
enter_quote_block(struct md *w, node_id i)
{
	md_flush(w);
	if (!w->cell && !w->heading)
		md_box_push(w, BOX_QUOTE, i, "> ", 2);
	return true;
}

static bool
enter_dd(struct md *w, node_id i)
{
	md_flush(w);
	if (w->cell || w->heading)
		return true;
	md_box_push(w, BOX_DEFINITION, i, ": ", 2);
	w->breaks = 1;
	return true;
}

// What follows a term without a description is no part of the term.
static void
end_term(struct md *w)
{
	md_flush(w);
	if (w->breaks == 1 && !w->cell && w->heading == 0)
		w->breaks = 2;
}

static bool
enter_dt(struct md *w, node_id i UNUSED)
{
	end_term(w);
	w->term = true;
	return true;
}

static void
leave_dt(struct md *w, node_id i UNUSED)
{
	md_flush(w);
	w->term = false;
}

static void
leave_dl(struct md *w, node_id i UNUSED)
{
	end_term(w);
}

static bool
enter_iframe(struct md *w, node_id i)
{
	md_film(w, i);
	return true;
}

static bool
enter_summary(struct md *w, node_id i)
{
	node_id child = tree_first_child(w->t, i);

	while (child != NODE_NONE && w->t->nodes[child].kind != NODE_ELEMENT)
		child = w->t->nodes[child].next;
	md_flush(w);
	if (child == NODE_NONE || !(tag_flags(w->t->nodes[child].tag) & TAGF_HEADING))
		md_mark_open(w, MARK_STRONG, i);
	return true;
}

static bool
enter_hr(struct md *w, node_id i UNUSED)
{
	size_t before;

	md_flush(w);
	before = w->out->n;
	if (w->cell || w->heading || before == w->start || w->rule_end == before)
		return false;
	md_block(w, SV("---"));
	w->rule_start = before;
	w->rule_end = w->out->n;
	return false;
}

static bool
enter_pre(struct md *w, node_id i)
{
	if (w->heading) {
		md_flush(w);
		return true;
	}
	if (w->cell)
		md_pre_in_cell(w, i);
	else
		md_pre(w, i);
	return false;
}

static bool
enter_table(struct md *w, node_id i)
{
	md_flush(w);
	if (!w->cell && !w->heading && md_is_code_table(w, i)) {
		md_pre(w, i);
		return false;
	}
	if (w->cell || w->heading || !md_is_data_table(w, i))
		return true;
	md_table(w, i);
	return false;
}

// In a table that only places things, a cell is a block; line numbers beside code are nothing.
static bool
enter_cell(struct md *w, node_id i)
{
	md_flush(w);
	return !leftovers_is_gutter(w->t, i, &w->letter);
}

// --- the walk ---

static const struct rule rules[TAG_KNOWN_COUNT] = {
    [TAG_a] = {enter_a, leave_mark},
    [TAG_b] = {enter_strong, leave_mark},
    [TAG_strong] = {enter_strong, leave_mark},
    [TAG_em] = {enter_em, leave_mark},
    [TAG_i] = {enter_em, leave_mark},
    [TAG_cite] = {enter_em, leave_mark},
    [TAG_dfn] = {enter_em, leave_mark},
    [TAG_var] = {enter_em, leave_mark},
    [TAG_del] = {enter_del, leave_mark},
    [TAG_s] = {enter_del, leave_mark},
    [TAG_strike] = {enter_del, leave_mark},
    [TAG_sup] = {enter_sup, leave_mark},
    [TAG_sub] = {enter_sub, leave_mark},
    [TAG_q] = {enter_quote, leave_mark},
    [TAG_rt] = {enter_rt, leave_mark},
    [TAG_code] = {enter_code, NULL},
    [TAG_kbd] = {enter_code, NULL},
    [TAG_samp] = {enter_code, NULL},
    [TAG_tt] = {enter_code, NULL},
    [TAG_img] = {enter_img, NULL},
    [TAG_br] = {enter_br, NULL},
    [TAG_input] = {enter_input, NULL},
    [TAG_math] = {enter_math, NULL},
    [TAG_span] = {enter_span, NULL},
    [TAG_button] = {enter_button, leave_button},
    [TAG_iframe] = {enter_iframe, leave_block},
    [TAG_p] = {enter_paragraph, leave_paragraph},
    [TAG_div] = {enter_paragraph, leave_paragraph},
    [TAG_aside] = {enter_paragraph, leave_paragraph},
    [TAG_section] = {enter_paragraph, leave_paragraph},
    [TAG_summary] = {enter_summary, leave_paragraph},
    [TAG_h1] = {enter_heading, leave_heading},
    [TAG_h2] = {enter_heading, leave_heading},
    [TAG_h3] = {enter_heading, leave_heading},
    [TAG_h4] = {enter_heading, leave_heading},
    [TAG_h5] = {enter_heading, leave_heading},
    [TAG_h6] = {enter_heading, leave_heading},
    [TAG_ul] = {enter_list, leave_list},
    [TAG_ol] = {enter_list, leave_list},
    [TAG_menu] = {enter_list, leave_list},
    [TAG_dir] = {enter_list, leave_list},
    [TAG_li] = {enter_item, leave_item},
    [TAG_blockquote] = {enter_quote_block, leave_paragraph},
    [TAG_dd] = {enter_dd, leave_paragraph},
    [TAG_dt] = {enter_dt, leave_dt},
    [TAG_dl] = {enter_block, leave_dl},
    [TAG_hr] = {enter_hr, NULL},
    [TAG_pre] = {enter_pre, leave_block},
    [TAG_table] = {enter_table, leave_block},
    [TAG_td] = {enter_cell, leave_block},
    [TAG_th] = {enter_cell, leave_block},
};
static const struct rule block_rule = {enter_block, leave_block};
static const struct rule no_rule;

static const struct rule *
rule_of(uint32_t tag)
{
	if (tag < TAG_KNOWN_COUNT && rules[tag].enter)
		return &rules[tag];
	return tag_flags(tag) & TAGF_INLINE ? &no_rule : &block_rule;
}

// What notes are written out of turn shows no scripts either.
static bool
is_shown(const struct md *w, node_id i)
{
	const struct node *n = &w->t->nodes[i];

	return w->c->keep[i] || (i >= w->shown && i < w->shown_end && n->kind != NODE_COMMENT &&
				    !(n->kind == NODE_ELEMENT && tag_flags(n->tag) & TAGF_SILENT));
}

// Footnotes have their own rules. True: the element is dealt with.
static bool
on_note(struct md *w, node_id i, bool *skip)
{
	bool inside_line = tag_flags(w->t->nodes[i].tag) & TAGF_INLINE;
	struct md_list *l = w->n_lists > 0 ? &w->lists[w->n_lists - 1] : NULL;

	*skip = inside_line;
	if (inside_line)
		return md_note_reference(w, i);
	if (!md_note_enter(w, i, skip))
		return false;
	if (tree_is(w->t, i, TAG_li) && l && w->out->n > l->at && l->tight)
		w->breaks = 1;
	return true;
}

// Notes and formulas have rules of their own. True: the element is dealt with; *skip: its children,
// too.
static bool
enter_special(struct md *w, node_id i, bool *skip)
{
	if (w->noted && on_note(w, i, skip))
		return true;
	*skip = w->mjx_math != 0 && w->t->nodes[i].tag == w->mjx_math && md_math_shown(w, i);
	return *skip;
}

static bool
enter_element(struct md *w, node_id i) // false: its children are dealt with
{
	const struct rule *r = rule_of(w->t->nodes[i].tag);
	bool skip;

	if (i == w->label)
		return false;
	w->space |= leftovers_stands_apart(w->t, i);
	if (enter_special(w, i, &skip))
		return !skip;
	return !r->enter || r->enter(w, i);
}

static void
leave_element(struct md *w, node_id i)
{
	const struct rule *r = rule_of(w->t->nodes[i].tag);

	if (r->leave)
		r->leave(w, i);
}

static void
walk(struct md *w, node_id root, bool inside)
{
	struct tree_walk walk = tree_walk_init(w->t, root);

	for (enum walk_event e; (e = tree_walk_next(&walk)) != WALK_END && !w->out->overflow;) {
		const struct node *n = &w->t->nodes[walk.i];

		if (!is_shown(w, walk.i) || leftovers_is_one(w->t, walk.i)) {
			if (e == WALK_ENTER)
				md_left_out(w, walk.i);
			walk.skip = e == WALK_ENTER;
			continue;
		}
		if (n->kind == NODE_TEXT && e == WALK_ENTER) {
			w->space |= leftovers_text_stands_apart(w->t, walk.i);
			md_text(w, tree_text(w->t, walk.i));
		}
		if (n->kind != NODE_ELEMENT || (inside && walk.i == root))
			continue;
		if (e == WALK_ENTER)
			walk.skip = !enter_element(w, walk.i);
		else
			leave_element(w, walk.i);
	}
}

void
md_walk_inside(struct md *w, node_id i)
{
	walk(w, i, true);
}

void
markdown_write(
    const struct tree *t, const struct content *c, const struct write_opts *o, struct buf *out)
{
	struct md w = {.t = t, .c = c, .base = o->base, .out = out, .start = out->n};

	if (c->root == NODE_NONE)
		return;
	w.mjx_math = tree_name_id(t, "mjx-math");
	w.tex_attributes = md_math_attributes_are_used(t);
	if (c->notes)
		w.noted = xcalloc(c->notes->n, 1);
	walk(&w, c->root, false);
	md_flush(&w);
	if (w.rule_end == out->n && w.rule_end > w.start) // nothing follows
		out->n = w.rule_start;
	md_notes_write(&w);
	if (out->n > w.start)
		buf_ch(out, '\n');
	buf_done(&w.text);
	buf_done(&w.link_url);
	free(w.noted);
	free(w.seen);
}
