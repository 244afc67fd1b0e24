// SPDX-License-Identifier: Apache-2.0
// Boxes of advice become GitHub's alerts, films and posts of other sites become links.
#include "extract/write/markdown_priv.h"

#define LABEL_MAX   24 // bytes
#define LABEL_DEPTH 4  // elements
#define LABEL_NODES 12 // from the box on

static const struct {
	struct sv word;
	const char *alert;
} kinds[] = {
    {SV_INIT("note"), "NOTE"},
    {SV_INIT("info"), "NOTE"},
    {SV_INIT("abstract"), "NOTE"},
    {SV_INIT("seealso"), "NOTE"},
    {SV_INIT("tip"), "TIP"},
    {SV_INIT("hint"), "TIP"},
    {SV_INIT("success"), "TIP"},
    {SV_INIT("important"), "IMPORTANT"},
    {SV_INIT("warning"), "WARNING"},
    {SV_INIT("attention"), "WARNING"},
    {SV_INIT("caution"), "CAUTION"},
    {SV_INIT("danger"), "CAUTION"},
    {SV_INIT("error"), "CAUTION"},
};

// Class words that say "a box of advice"; with `dash`, the kind stands behind them in the word.
static const struct {
	struct sv word;
	bool dash;
} boxes[] = {
    {SV_INIT("admonition"), false},
    {SV_INIT("admonition-"), true},
    {SV_INIT("theme-admonition"), false},
    {SV_INIT("markdown-alert-"), true},
    {SV_INIT("callout"), false},
    {SV_INIT("callout-"), true},
    {SV_INIT("alert-"), true},
    {SV_INIT("custom-block"), false},
    {SV_INIT("notecard"), false},
    {SV_INIT("archwiki-template-box-"), true},
};

static const char *
alert_named(struct sv v)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (v.n == kinds[i].word.n && sv_imemeq(v.p, kinds[i].word.p, v.n))
			return kinds[i].alert;
	return NULL;
}

static struct sv
word_of(struct sv *class)
{
	struct sv word;
	size_t i = 0, from;

	while (i < class->n && (unsigned char)class->p[i] <= ' ')
		i++;
	from = i;
	while (i < class->n && (unsigned char)class->p[i] > ' ')
		i++;
	word = (struct sv){class->p + from, i - from};
	*class = (struct sv){class->p + i, class->n - i};
	return word;
}

static bool
says_box(struct sv word, struct sv *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(boxes); i++) {
		size_t n = boxes[i].word.n;
		struct sv behind;

		if (word.n < n || (word.n > n && !boxes[i].dash) ||
		    !sv_imemeq(word.p, boxes[i].word.p, n))
			continue;
		behind = (struct sv){word.p + n, word.n - n};
		if (!boxes[i].dash)
			return true;
		if (alert_named(behind)) {
			*kind = behind;
			return true;
		}
	}
	return false;
}

// Sphinx and its like name the box after its own title.
static bool
is_admonition(const struct tree *t, node_id i)
{
	struct sv class = tree_get_id(t, i, ATTR_class);

	for (struct sv word; (word = word_of(&class)).n > 0;)
		if (sv_ieq_str(word, "admonition"))
			return true;
	return false;
}

// "Note:" as an element of its own; but a section of the page is none, nor is the abstract of a
// paper.
static bool
is_label(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	struct sv v;

	if (n->end != i + 2 || t->nodes[i + 1].kind != NODE_TEXT ||
	    t->nodes[i + 1].text_len > LABEL_MAX || n->tag == TAG_h1 || n->tag == TAG_h2)
		return false;
	v = sv_trim(tree_text(t, i + 1));
	v.n -= v.n > 0 && v.p[v.n - 1] == ':';
	return alert_named(v) && !sv_ieq_str(v, "abstract");
}

// The first thing in the element, if that is such a word and more follows, but no colon;
// NODE_NONE.
static node_id
label_in(const struct tree *t, node_id box)
{
	node_id i = box + 1, end = t->nodes[box].end;

	for (int depth = 0; i < MIN(end, box + LABEL_NODES) && depth < LABEL_DEPTH; i++) {
		if (t->nodes[i].kind == NODE_ELEMENT && is_label(t, i)) {
			node_id next = t->nodes[i].next;

			return t->nodes[i].end >= end ||
				       (next != NODE_NONE && sv_starts(tree_text(t, next), ":"))
				   ? NODE_NONE
				   : i;
		}
		if (t->nodes[i].kind == NODE_TEXT && sv_trim(tree_text(t, i)).n > 0)
			return NODE_NONE;
		depth += t->nodes[i].kind == NODE_ELEMENT;
	}
	return NODE_NONE;
}

// Which alert the element is, or NULL.
static const char *
alert_of(const struct tree *t, node_id i)
{
	struct sv class = tree_get_id(t, i, ATTR_class), kind = tree_get(t, i, "data-callout");
	bool box = kind.n > 0;
	const char *other = NULL;

	if (class.n == 0 || class.n > 500)
		return NULL;
	for (struct sv word; (word = word_of(&class)).n > 0;) {
		box |= says_box(word, &kind);
		other = other ? other : alert_named(word);
	}
	if (!box)
		return other && label_in(t, i) != NODE_NONE ? other : NULL;
	if (alert_named(kind))
		return alert_named(kind);
	return other || !is_admonition(t, i) ? other : "NOTE";
}

bool
md_callout_enter(struct md *w, node_id i)
{
	const char *alert;
	char line[24] = "[!";

	if (w->cell || w->heading > 0 || w->n_boxes == MD_MAX_CONTAINERS)
		return false;
	alert = alert_of(w->t, i);
	if (!alert)
		return false;
	memcpy(line + 2, alert, strlen(alert));
	line[2 + strlen(alert)] = ']';
	md_box_push(w, BOX_QUOTE, i, "> ", 2);
	md_block(w, sv_from(line));
	w->breaks = 1;
	w->label = label_in(w->t, i);
	return true;
}

static bool
in_callout(const struct tree *t, node_id i)
{
	for (int up = 0; up < 2 && t->nodes[i].depth > 1; up++) {
		i = t->nodes[i].parent;
		if (t->nodes[i].n_attrs > 0 && alert_of(t, i))
			return true;
	}
	return false;
}

bool
md_callout_title(struct md *w, node_id i, bool *skip)
{
	struct sv class = tree_get_id(w->t, i, ATTR_class);
	cleanup_buf text = BUF_INIT;

	if (w->n_boxes == 0 || !sv_has(class, "title") || !in_callout(w->t, i))
		return false;
	tree_inner_text(w->t, i, &text);
	*skip = alert_named(sv_trim(buf_view(&text))) != NULL;
	return true;
}
