// SPDX-License-Identifier: Apache-2.0
// Footnotes: references become [^1]; a note that is a block of its own becomes its definition where
// it stands, the others follow at the end. Links back to the reference are left out.
#include "extract/write/markdown_priv.h"

#include <stdio.h>

bool
md_is_back_link(const struct tree *t, node_id a)
{
	struct sv href = tree_get_id(t, a, ATTR_href);

	if (href.n < 2 || !memchr(href.p, '#', href.n))
		return false;
	return tree_class_has(t, a, "footnote-back") || tree_class_has(t, a, "reversefootnote") ||
	       sv_ieq_str(tree_get(t, a, "role"), "doc-backlink") ||
	       sv_ieq_str(tree_get(t, a, "rev"), "footnote");
}

// Raised numbers stand at the word; "[1]" is a word of its own.
static bool
is_word(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_a) && !tree_is(t, t->nodes[i].parent, TAG_sup) &&
	       !tree_is(t, tree_first_child(t, i), TAG_sup);
}

bool
md_note_reference(struct md *w, node_id i)
{
	const struct note *note;
	char text[24];

	if (!notes_reference(w->c->notes, i, &note))
		return false;
	if (!note)
		return true;
	w->space = w->space && is_word(w->t, i);
	md_raw(w, (struct sv){text, (size_t)snprintf(text, sizeof(text), "[^%u]", note->number)});
	return true;
}

static void
open_note(struct md *w, const struct note *note, node_id i)
{
	char marker[24];

	snprintf(marker, sizeof(marker), "[^%u]: ", note->number);
	md_box_push(w, BOX_NOTE, i, marker, 4);
	w->noted[note->number - 1] = 1;
	w->note = note;
	w->note_labelled = false;
}

// Only in a list or by itself can a definition stand where it is.
static bool
can_stand_here(const struct md *w)
{
	if (w->cell || w->heading > 0 || w->n_boxes == MD_MAX_CONTAINERS)
		return false;
	for (uint32_t i = 0; i < w->n_boxes; i++)
		if (w->boxes[i].kind == BOX_NOTE)
			return false;
	return true;
}

bool
md_note_enter(struct md *w, node_id i, bool *skip)
{
	const struct note *note = notes_target(w->c->notes, i);

	*skip = false;
	if (!note || w->noted[note->number - 1])
		return false;
	md_flush(w);
	if (can_stand_here(w))
		open_note(w, note, i);
	else
		*skip = true;
	return true;
}

static struct sv
without_first(struct sv v, const char *bytes)
{
	while (v.n > 0 && strchr(bytes, v.p[0]))
		v = (struct sv){v.p + 1, v.n - 1};
	return v;
}

// An arrow back, or the label and the marks around it; else v as it is.
static struct sv
without_mark(struct sv v, const char *label)
{
	static const char *const arrows[] = {"^", "\xe2\x86\x91", "\xe2\x86\xa9", "\xe2\x86\xb5"};
	struct sv rest = without_first(v, "[(");
	size_t n = strlen(label);

	if (without_first(v, "[]()").n == 0) // around a link back, which is left out
		return SV("");
	for (size_t i = 0; i < ARRAY_LEN(arrows); i++)
		if (sv_starts(v, arrows[i]))
			return (struct sv){v.p + strlen(arrows[i]), v.n - strlen(arrows[i])};
	if (n == 0 || !sv_starts(rest, label))
		return v;
	rest = (struct sv){rest.p + n, rest.n - n};
	return rest.n == 0 || strchr("]).: ", rest.p[0]) ? without_first(rest, "]).:") : v;
}

struct sv
md_note_text(struct md *w, struct sv text)
{
	const struct md_container *top = w->n_boxes > 0 ? &w->boxes[w->n_boxes - 1] : NULL;
	struct sv v = sv_trim(text), rest;

	if (v.n == 0)
		return text;
	if (!top || top->kind != BOX_NOTE || top->used || w->text.n > 0) {
		w->note = NULL;
		return text;
	}
	rest = w->note_labelled ? without_first(v, "]).:") : without_mark(v, w->note->label);
	w->note_labelled = rest.n < v.n;
	if (rest.n > 0)
		w->note = NULL;
	return w->note || rest.n < v.n ? rest : text;
}

// A note in the middle of the text, or in a part of the page that is written on one line.
void
md_notes_write(struct md *w)
{
	const struct notes *n = w->c->notes;

	for (uint32_t i = 0; n && i < n->n; i++) {
		node_id target = n->list[i].target;

		if (w->noted[i] || w->out->overflow)
			continue;
		open_note(w, &n->list[i], target);
		w->shown = target;
		w->shown_end = w->t->nodes[target].end;
		md_walk_inside(w, target);
		md_flush(w);
		md_box_pop(w, target);
	}
	w->shown = w->shown_end = 0;
}
