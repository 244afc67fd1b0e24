// SPDX-License-Identifier: Apache-2.0
// The notes that references mean: a block with the id of the link or begun by it; what stands
// beside the reference; or a block that begins with the raised number. Runs in the extractor's
// worker.
#include "extract/content/marks/notes_priv.h"

#include <stdlib.h>

#define MAX_NOTE_NODES 400
#define MAX_UP         6

// --- what may be a note ---

static bool
is_note_block(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_li) || tree_is(t, i, TAG_p) || tree_is(t, i, TAG_div) ||
	       tree_is(t, i, TAG_dd) || tree_is(t, i, TAG_aside);
}

// Not a part of the page with headings of its own.
static bool
is_small(const struct tree *t, node_id i)
{
	if (t->nodes[i].end - i > MAX_NOTE_NODES)
		return false;
	for (node_id k = i + 1; k < t->nodes[i].end; k++)
		if (tag_flags(t->nodes[k].tag) & TAGF_HEADING)
			return false;
	return true;
}

static node_id
next_element(const struct tree *t, node_id i)
{
	do
		i = t->nodes[i].next;
	while (i != NODE_NONE && notes_is_blank(t, i));
	return i;
}

#define MAX_BEFORE 8   // bytes, and siblings
#define MAX_PASSED 400 // nodes in these

// Only a mark or two before it in its parent: "^ <span id=note1>".
static bool
comes_first(const struct tree *t, node_id i)
{
	size_t before = 0, siblings = 0, look = NOTES_LOOK;

	for (node_id k = i; (k = notes_sibling_before(t, k)) != NODE_NONE;) {
		if (i - k > MAX_PASSED)
			return false;
		for (node_id n = k; n < t->nodes[k].end && before <= MAX_BEFORE; n++)
			before += notes_text_bytes(t, n, &look);
		if (before > MAX_BEFORE || ++siblings > MAX_BEFORE || look == 0)
			return false;
	}
	return true;
}

// What a heading or term heads, kept for the next place in it.
struct headed {
	node_id heading, note;
};

static node_id
note_below(const struct tree *t, struct headed *last, node_id heading)
{
	node_id i;

	if (last->heading == heading)
		return last->note;
	i = next_element(t, heading);
	last->heading = heading;
	last->note = i != NODE_NONE && is_note_block(t, i) && is_small(t, i) ? i : NODE_NONE;
	return last->note;
}

// The block that is the note, if the place is one or begins one; what a heading or term heads.
static node_id
note_at_place(const struct tree *t, struct headed *last, node_id i)
{
	for (int up = 0; up < MAX_UP && t->nodes[i].kind == NODE_ELEMENT; up++) {
		bool heads = tag_flags(t->nodes[i].tag) & TAGF_HEADING || tree_is(t, i, TAG_dt);

		if (heads)
			return note_below(t, last, i);
		if (is_note_block(t, i))
			return is_small(t, i) ? i : NODE_NONE;
		if (!(tag_flags(t->nodes[i].tag) & TAGF_INLINE) || !comes_first(t, i))
			return NODE_NONE;
		i = t->nodes[i].parent;
	}
	return NODE_NONE;
}

// "1. …", "[1] …"
static bool
begins_with(const struct tree *t, node_id i, const char *label)
{
	for (node_id k = i; k < t->nodes[i].end; k++) {
		struct sv v = t->nodes[k].kind == NODE_TEXT ? sv_trim(tree_text(t, k)) : SV_NULL;

		if (v.n > 0 && v.p[0] == '[')
			v = (struct sv){v.p + 1, v.n - 1};
		if (v.n > 0)
			return sv_starts(v, label);
	}
	return false;
}

// --- by links ---

static int
compare_ids(struct sv a, struct sv b)
{
	int c = a.n == 0 || b.n == 0 ? 0 : memcmp(a.p, b.p, MIN(a.n, b.n));

	return c != 0 ? c : a.n < b.n ? -1 : a.n > b.n;
}

static int
by_id(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a,
			       *y = *(struct candidate *const *)b;
	int c = compare_ids(x->id, y->id);

	return c != 0 ? c : x->node < y->node ? -1 : x->node > y->node;
}

#define MAX_LOOKED_AT 2000000 // candidates, where many places have an id that many links name

struct wanted { // candidates that are links, by id
	struct candidate **list;
	uint32_t n, looked_at;
	struct headed headed;
};

static void
resolve_id(const struct tree *t, struct wanted *w, struct sv id, node_id i)
{
	uint32_t lo = 0, hi = w->n;
	node_id note = NODE_NONE;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (compare_ids(w->list[mid]->id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < w->n && compare_ids(w->list[lo]->id, id) == 0; lo++) {
		struct candidate *c = w->list[lo];

		if (++w->looked_at > MAX_LOOKED_AT)
			return;
		if (c->target != NODE_NONE || i <= c->node)
			continue;
		note = note == NODE_NONE ? note_at_place(t, &w->headed, i) : note;
		if (note == NODE_NONE)
			return;
		if (note > c->node && (c->kind == BY_LINK || tree_is(t, note, TAG_li) ||
					  begins_with(t, note, c->label)))
			c->target = note;
	}
}

static bool
resolve_links(struct finding *f)
{
	const struct tree *t = f->t;
	struct wanted w = {.list = arena_array(f->a, (size_t)f->n + 1, sizeof(struct candidate *))};

	if (!w.list)
		return false;
	for (uint32_t i = 0; i < f->n; i++)
		if (f->list[i].id.n > 0)
			w.list[w.n++] = &f->list[i];
	if (w.n == 0)
		return true;
	qsort(w.list, w.n, sizeof(struct candidate *), by_id);
	for (node_id i = f->list[0].node; i < t->n; i++) {
		struct sv id;

		if (t->nodes[i].kind != NODE_ELEMENT || t->nodes[i].n_attrs == 0)
			continue;
		id = tree_get_id(t, i, ATTR_id);
		if (id.n > 0)
			resolve_id(t, &w, id, i);
		id = tree_is(t, i, TAG_a) ? tree_get(t, i, "name") : SV_NULL;
		if (id.n > 0)
			resolve_id(t, &w, id, i);
	}
	return true;
}

// --- by place ---

// The element right before it, but for the switches that show a note on small screens.
static node_id
element_before(const struct tree *t, node_id i)
{
	for (node_id k = i; (k = notes_sibling_before(t, k)) != NODE_NONE;) {
		if (t->nodes[k].kind != NODE_ELEMENT && !notes_is_blank(t, k))
			return NODE_NONE;
		if (t->nodes[k].kind == NODE_ELEMENT && t->nodes[k].end > k + 1)
			return k;
	}
	return NODE_NONE;
}

static bool
is_mark(const struct tree *t, node_id i, char *label)
{
	bool brackets;
	size_t n;

	if (i == NODE_NONE || !(tag_flags(t->nodes[i].tag) & TAGF_INLINE))
		return false;
	n = notes_label(t, i, label, &brackets);
	return n != SIZE_MAX && (n == 0 || notes_number(label) > 0 || label[0] == '*');
}

// The number that an element around the note shows before it: "<span>1<span>the
// note</span></span>".
static bool
is_shown_before(const struct tree *t, node_id i, char *label)
{
	node_id up = t->nodes[i].parent, first = tree_first_child(t, up);
	bool brackets;

	return tag_flags(t->nodes[up].tag) & TAGF_INLINE && t->nodes[first].kind == NODE_TEXT &&
	       t->nodes[first].next == i && notes_label(t, first, label, &brackets) != SIZE_MAX &&
	       notes_number(label) > 0;
}

static void
resolve_place(struct finding *f, uint32_t k)
{
	struct candidate *c = &f->list[k], *before = k > 0 ? c - 1 : NULL;
	const struct tree *t = f->t;
	node_id note = c->node, mark = element_before(t, note);
	char label[NOTES_MAX_LABEL] = "";

	if (before && before->kind != BY_PLACE && mark != NODE_NONE && before->node >= mark &&
	    before->node < t->nodes[mark].end) {
		c->repeats = note;
		if (before->target == NODE_NONE)
			before->target = note;
		return;
	}
	c->target = note;
	if (is_mark(t, mark, label)) {
		c->node = mark;
		c->repeats = note;
	} else if (is_shown_before(t, note, label)) {
		c->node = t->nodes[note].parent;
	}
	memcpy(c->label, label, sizeof(label));
}

// --- by number ---

#define MAX_NUMBER 1000

struct numbers {
	node_id first[MAX_NUMBER]; // candidate that shows it; 0: none
	node_id note[MAX_NUMBER];
	unsigned last;   // of the notes found so far
	node_id rule_in; // the parent of the last <hr>
};

static node_id
first_content(const struct tree *t, node_id i)
{
	i = tree_first_child(t, i);
	while (i != NODE_NONE && notes_is_blank(t, i))
		i = t->nodes[i].next;
	return i;
}

// "<p><sup>1</sup> …", "<p><b><sup>1</sup> …"; after a rule "<p><strong>1</strong> …".
static unsigned
leading_number(const struct tree *t, node_id block, bool after_rule)
{
	char label[NOTES_MAX_LABEL];
	node_id i = first_content(t, block);
	bool brackets;

	for (int down = 0; down < 3 && i != NODE_NONE && t->nodes[i].kind == NODE_ELEMENT; down++) {
		bool strong = tree_is(t, i, TAG_strong) || tree_is(t, i, TAG_b);

		if (!(tag_flags(t->nodes[i].tag) & TAGF_INLINE))
			return 0;
		if ((tree_is(t, i, TAG_sup) || strong) &&
		    notes_label(t, i, label, &brackets) != SIZE_MAX && notes_number(label) > 0)
			return tree_is(t, i, TAG_sup) || after_rule ? notes_number(label) : 0;
		i = first_content(t, i);
	}
	return 0;
}

// footnote-1, fn1, note_1
static unsigned
number_of_id(struct sv id)
{
	static const char *const words[] = {"footnote", "endnote", "fn", "note", "ftn", "sidenote"};
	char digits[8];

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i]);

		if (!sv_istarts(id, words[i]))
			continue;
		while (n < id.n && (id.p[n] == '-' || id.p[n] == '_' || id.p[n] == ':'))
			n++;
		if (n == id.n || id.n - n >= sizeof(digits))
			continue;
		memcpy(digits, id.p + n, id.n - n);
		digits[id.n - n] = '\0';
		return notes_number(digits);
	}
	return 0;
}

static bool
holds_notes(const struct tree *t, node_id i)
{
	struct sv class = tree_get_id(t, i, ATTR_class);

	if (tree_is(t, i, TAG_aside))
		return true;
	return sv_has(class, "footnote") || sv_has(class, "endnote") || sv_has(class, "sidenote");
}

// Its place in a list of notes.
static unsigned
number_of_item(const struct tree *t, node_id li)
{
	node_id list = t->nodes[li].parent, up = list;
	char start[8] = "1";
	struct sv v;
	unsigned n, passed = 0;
	bool notes = false;

	if (!tree_is(t, li, TAG_li) || !tree_is(t, list, TAG_ol))
		return 0;
	for (int k = 0; k < 3 && !notes && t->nodes[up].kind == NODE_ELEMENT; k++) {
		notes = holds_notes(t, up);
		up = t->nodes[up].parent;
	}
	if (!notes)
		return 0;
	v = sv_trim(tree_get(t, list, "start"));
	if (v.n > 0 && v.n < sizeof(start)) {
		memcpy(start, v.p, v.n);
		start[v.n] = '\0';
	}
	n = notes_number(start);
	for (node_id k = tree_first_child(t, list); k != li && n > 0 && n < MAX_NUMBER;
	     k = t->nodes[k].next) {
		n += tree_is(t, k, TAG_li);
		if (++passed > 2 * MAX_NUMBER)
			return 0;
	}
	return n;
}

// Raised numbers at the start of blocks are notes only if they count 1, 2, 3.
static unsigned
number_of_block(const struct tree *t, node_id i, const struct numbers *s)
{
	unsigned n = leading_number(t, i, s->rule_in == t->nodes[i].parent);

	if (n > 0)
		return n == s->last + 1 ? n : 0;
	n = number_of_id(tree_get_id(t, i, ATTR_id));
	return n > 0 ? n : number_of_item(t, i);
}

static void
find_numbered(const struct tree *t, struct numbers *s, node_id from)
{
	for (node_id i = from; i < t->n; i++) {
		unsigned n;

		if (tree_is(t, i, TAG_hr))
			s->rule_in = t->nodes[i].parent;
		if (t->nodes[i].kind != NODE_ELEMENT || !is_note_block(t, i))
			continue;
		n = number_of_block(t, i, s);
		if (n == 0 || n >= MAX_NUMBER || s->note[n] != 0 || s->first[n] == 0 ||
		    s->first[n] >= i || !is_small(t, i))
			continue;
		s->note[n] = i;
		s->last = n;
	}
}

// Where links lead to the numbered notes, a raised number without one is a power: "mc²".
static bool
are_linked(const struct finding *f, const struct numbers *s)
{
	for (uint32_t i = 0; i < f->n; i++) {
		unsigned n = notes_number(f->list[i].label);

		if (f->list[i].kind == BY_LINK && n > 0 && n < MAX_NUMBER && s->note[n] != 0 &&
		    s->note[n] == f->list[i].target)
			return true;
	}
	return false;
}

static bool
resolve_numbers(struct finding *f)
{
	struct numbers *s = NULL;

	for (uint32_t i = 0; i < f->n; i++) {
		unsigned n = notes_number(f->list[i].label);

		if (f->list[i].kind != BY_NUMBER || f->list[i].target != NODE_NONE ||
		    n >= MAX_NUMBER)
			continue;
		s = s ? s : arena_array(f->a, 1, sizeof(*s));
		if (!s)
			return false;
		if (s->first[n] == 0)
			s->first[n] = f->list[i].node;
	}
	if (!s)
		return true;
	find_numbered(f->t, s, f->list[0].node);
	if (are_linked(f, s))
		return true;
	for (uint32_t i = 0; i < f->n; i++) {
		unsigned n = notes_number(f->list[i].label);

		if (f->list[i].kind == BY_NUMBER && f->list[i].target == NODE_NONE &&
		    n < MAX_NUMBER && s->note[n] > f->list[i].node)
			f->list[i].target = s->note[n];
	}
	return true;
}

bool
notes_resolve(struct finding *f)
{
	if (!resolve_links(f))
		return false;
	for (uint32_t i = 0; i < f->n; i++)
		if (f->list[i].kind == BY_PLACE)
			resolve_place(f, i);
	return resolve_numbers(f);
}
