// SPDX-License-Identifier: Apache-2.0
// Blocks: paragraphs and headings from the collected inline text, code blocks as they are, each
// line behind the prefixes of the quotes and list items it stands in.
#include "extract/write/markdown_priv.h"

#include <stdio.h>

// --- prefixes ---

static void
add_spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_ch(out, ' ');
}

// `fresh`: markers that wait for their first line are written now.
static void
write_prefix(struct md *w, bool fresh)
{
	for (uint32_t i = 0; i < w->n_boxes; i++) {
		struct md_container *b = &w->boxes[i];

		if (!b->used && !fresh)
			continue;
		if (b->used && b->kind != BOX_QUOTE)
			add_spaces(w->out, b->indent);
		else
			buf_str(w->out, b->marker);
		b->used = true;
	}
}

static void
trim_line(struct md *w)
{
	while (w->out->n > w->start && w->out->p[w->out->n - 1] == ' ')
		w->out->n--;
}

static void
begin_block(struct md *w)
{
	if (w->out->n > w->start) {
		buf_ch(w->out, '\n');
		if (w->breaks > 1) {
			write_prefix(w, false);
			trim_line(w);
			buf_ch(w->out, '\n');
		}
	}
	w->breaks = 2;
	write_prefix(w, true);
}

void
md_block(struct md *w, struct sv v)
{
	begin_block(w);
	for (;;) {
		const char *nl = v.n > 0 ? memchr(v.p, '\n', v.n) : NULL;
		size_t n = nl ? (size_t)(nl - v.p) : v.n;

		buf_add(w->out, v.p, n);
		if (!nl)
			return;
		if (n == 0)
			trim_line(w);
		buf_ch(w->out, '\n');
		write_prefix(w, false);
		v = (struct sv){v.p + n + 1, v.n - n - 1};
		if (v.n == 0 || v.p[0] == '\n')
			trim_line(w);
	}
}

void
md_box_push(
    struct md *w, enum md_container_kind kind, node_id node, const char *marker, size_t indent)
{
	struct md_container *b;

	if (w->n_boxes == MD_MAX_CONTAINERS)
		return;
	b = &w->boxes[w->n_boxes++];
	*b = (struct md_container){
	    .kind = kind, .node = node, .indent = (uint8_t)indent, .used = marker == NULL};
	if (marker)
		memcpy(b->marker, marker, MIN(strlen(marker), sizeof(b->marker) - 1));
}

void
md_box_pop(struct md *w, node_id node)
{
	if (w->n_boxes > 0 && w->boxes[w->n_boxes - 1].node == node)
		w->n_boxes--;
}

// --- paragraphs and headings ---

static void
write_heading(struct md *w)
{
	static const char hashes[] = "###### ";
	cleanup_buf b = BUF_INIT;
	const char *number = md_take_number(w);
	size_t n = w->text.n;

	buf_add(&b, hashes + 6 - w->heading, (size_t)w->heading);
	buf_ch(&b, ' ');
	if (number) {
		buf_str(&b, number);
		buf_ch(&b, ' ');
	}
	for (size_t i = 0; i < n; i++) {
		bool closes = w->text.p[i] == '#' && i + 1 == n;

		if (closes)
			buf_ch(&b, '\\');
		buf_ch(&b, w->text.p[i] == '\n' ? ' ' : w->text.p[i]);
	}
	md_block(w, buf_view(&b));
}

// What opens a drawer, parts what stands in a row or makes room: nothing by itself.
static bool
is_mere_sign(struct sv v)
{
	static const char *const signs[] = {"+", "•", "·", "|", ".", ",", "/", "»", "›", "×", "✕"};

	if (v.n > 1 && v.p[0] == '\\')
		v = (struct sv){v.p + 1, v.n - 1};
	for (size_t i = 0; v.n <= 3 && i < ARRAY_LEN(signs); i++)
		if (sv_eq_str(v, signs[i]))
			return true;
	return false;
}

void
md_flush(struct md *w)
{
	if (w->cell) {
		w->cell_break = w->text.n > 0;
		return;
	}
	if (w->heading > 0) { // a heading is one line
		w->space = true;
		return;
	}
	md_end_marks(w);
	w->space = false;
	w->brs = 0;
	if (w->n_boxes == 0 && !w->term && w->text.n > 0 && is_mere_sign(buf_view(&w->text)))
		md_text_reset(w);
	if (w->text.n == 0)
		return;
	w->out->overflow |= w->text.overflow;
	md_paragraph(w, buf_view(&w->text));
	md_text_reset(w);
}

void
md_end_heading(struct md *w)
{
	md_end_marks(w);
	if (w->text.n > 0)
		write_heading(w);
	md_text_reset(w);
	w->heading = 0;
	w->brs = 0;
	w->space = false;
}

// --- lists ---

static bool
is_list(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_ul) || tree_is(t, i, TAG_ol) || tree_is(t, i, TAG_menu) ||
	       tree_is(t, i, TAG_dir);
}

// Blocks among the children of an item that need an empty line between them.
static int
paragraphs_in(const struct md *w, node_id item)
{
	const struct tree *t = w->t;
	int n = 0;

	for (node_id i = tree_first_child(t, item); i != NODE_NONE; i = t->nodes[i].next)
		n += md_keeps(w, i) && t->nodes[i].kind == NODE_ELEMENT && !is_list(t, i) &&
		     !(tag_flags(t->nodes[i].tag) & TAGF_INLINE) && !tree_is(t, i, TAG_br);
	return n;
}

static bool
has_code_block(const struct md *w, node_id item)
{
	const struct tree *t = w->t;

	for (node_id i = tree_first_child(t, item); i != NODE_NONE; i = t->nodes[i].next)
		if (md_keeps(w, i) && (tree_is(t, i, TAG_pre) || tree_is(t, i, TAG_blockquote)))
			return true;
	return false;
}

static bool
is_tight(const struct md *w, node_id list)
{
	const struct tree *t = w->t;

	for (node_id i = tree_first_child(t, list); i != NODE_NONE; i = t->nodes[i].next)
		if (md_keeps(w, i) && tree_is(t, i, TAG_li) &&
		    (paragraphs_in(w, i) > 1 || has_code_block(w, i)))
			return false;
	return true;
}

static uint32_t
small_number(struct sv v, uint32_t otherwise)
{
	uint32_t n = 0;

	v = sv_trim(v);
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9' || i >= 8)
			return otherwise;
		n = n * 10 + (uint32_t)(v.p[i] - '0');
	}
	return v.n > 0 ? n : otherwise;
}

static bool
in_tight_item(const struct md *w)
{
	return w->n_boxes > 0 && w->boxes[w->n_boxes - 1].kind == BOX_ITEM &&
	       w->boxes[w->n_boxes - 1].used && w->boxes[w->n_boxes - 1].tight;
}

// Two lists in a row would be read as one: the second has another marker.
static bool
is_right_after_list(const struct md *w, bool ordered)
{
	const struct md_list_end *e = &w->list_end;

	return w->out->n > w->start && e->at == w->out->n && e->ordered == ordered &&
	       e->n_boxes == w->n_boxes && !e->other_marker;
}

void
md_list_enter(struct md *w, node_id list)
{
	node_id parent = w->t->nodes[list].parent;
	bool below;

	md_flush(w);
	below = is_list(w->t, parent) && w->n_lists > 0 && w->out->n > w->lists[w->n_lists - 1].at;
	if (below) // a list directly in a list hangs below the item before
		md_box_push(w, BOX_INDENT, list, NULL, w->lists[w->n_lists - 1].ordered ? 3 : 2);
	if (below || in_tight_item(w))
		w->breaks = 1;
	if (w->n_lists == MD_MAX_CONTAINERS) {
		w->lost_lists++;
		return;
	}
	w->lists[w->n_lists++] = (struct md_list){.node = list,
	    .at = w->out->n,
	    .ordered = tree_is(w->t, list, TAG_ol),
	    .other_marker = is_right_after_list(w, tree_is(w->t, list, TAG_ol)),
	    .tight = is_tight(w, list),
	    .number = small_number(tree_get(w->t, list, "start"), 1)};
}

void
md_list_leave(struct md *w, node_id list)
{
	md_flush(w);
	if (w->lost_lists > 0) {
		w->lost_lists--;
		return;
	}
	// entered inside a heading that ended meanwhile: it was never opened
	if (w->n_lists == 0 || w->lists[w->n_lists - 1].node != list)
		return;
	w->n_lists--;
	md_box_pop(w, list);
	w->list_end = (struct md_list_end){.at = w->out->n,
	    .n_boxes = w->n_boxes,
	    .ordered = w->lists[w->n_lists].ordered,
	    .other_marker = w->lists[w->n_lists].other_marker};
	w->breaks = 2;
}

static void
push_item(struct md *w, node_id item, struct md_list *l)
{
	char marker[24];
	size_t n;

	if (l && l->ordered)
		n = (size_t)snprintf(
		    marker, sizeof(marker), "%u%c ", l->number, l->other_marker ? ')' : '.');
	else
		n = (size_t)snprintf(
		    marker, sizeof(marker), "%c ", l && l->other_marker ? '*' : '-');
	md_box_push(w, BOX_ITEM, item, marker, n);
	if (w->n_boxes > 0 && w->boxes[w->n_boxes - 1].node == item)
		w->boxes[w->n_boxes - 1].tight = !l || l->tight;
}

void
md_item_enter(struct md *w, node_id item)
{
	struct md_list *l = w->n_lists > 0 ? &w->lists[w->n_lists - 1] : NULL;
	bool first = l && w->out->n == l->at;

	md_flush(w);
	if (!first && (!l || l->tight))
		w->breaks = 1;
	if (l)
		l->number = small_number(tree_get(w->t, item, "value"), l->number);
	push_item(w, item, l);
	if (l)
		l->number++;
}

void
md_item_leave(struct md *w, node_id item)
{
	md_flush(w);
	md_box_pop(w, item);
}
