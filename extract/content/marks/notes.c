// SPDX-License-Identifier: Apache-2.0
// Footnotes in three steps: collect what may refer to a note, find what it refers to, number what
// was found. Linear but for look-ups in sorted lists. Runs in the extractor's worker.
#include "extract/content/marks/notes.h"
#include "extract/content/marks/notes_priv.h"

#include <stdlib.h>

// --- small texts ---

static bool
is_bracket(char c)
{
	return c == '[' || c == ']' || c == '(' || c == ')' || c == '.' || c == ':';
}

size_t
notes_label(const struct tree *t, node_id i, char *label, bool *brackets)
{
	cleanup_buf b = BUF_INIT;
	struct sv v;

	if (t->nodes[i].end - i > 16)
		return SIZE_MAX;
	tree_inner_text(t, i, &b);
	v = sv_trim(buf_view(&b));
	*brackets = v.n > 2 && v.p[0] == '[' && v.p[v.n - 1] == ']';
	while (v.n > 0 && is_bracket(v.p[0]))
		v = sv_trim((struct sv){v.p + 1, v.n - 1});
	while (v.n > 0 && is_bracket(v.p[v.n - 1]))
		v = sv_trim((struct sv){v.p, v.n - 1});
	if (v.n >= NOTES_MAX_LABEL)
		return SIZE_MAX;
	memcpy(label, v.p ? v.p : "", v.n);
	label[v.n] = '\0';
	return v.n;
}

unsigned
notes_number(const char *label)
{
	unsigned n = 0;

	for (size_t i = 0; label[i]; i++) {
		if (label[i] < '0' || label[i] > '9' || i > 2)
			return 0;
		n = n * 10 + (unsigned)(label[i] - '0');
	}
	return n;
}

bool
notes_is_blank(const struct tree *t, node_id i)
{
	return t->nodes[i].kind != NODE_ELEMENT &&
	       (t->nodes[i].kind != NODE_TEXT || sv_trim(tree_text(t, i)).n == 0);
}

size_t
notes_text_bytes(const struct tree *t, node_id i, size_t *look)
{
	struct sv v = t->nodes[i].kind == NODE_TEXT ? tree_text(t, i) : SV_NULL;

	v.n = MIN(v.n, *look);
	*look -= v.n;
	return sv_trim(v).n;
}

// --- 1: what may refer to a note ---

static struct candidate *
add_candidate(struct finding *f, enum candidate_kind kind, node_id i)
{
	struct candidate *c;

	if (!f->list)
		f->list = arena_array(f->a, NOTES_MAX, sizeof(*f->list));
	if (!f->list || f->n == NOTES_MAX)
		return NULL;
	c = &f->list[f->n++];
	*c = (struct candidate){.kind = kind, .node = i, .target = NODE_NONE, .repeats = NODE_NONE};
	return c;
}

// Inside <sup>, or with nothing but one inside.
static bool
is_raised(const struct tree *t, node_id a)
{
	node_id up = t->nodes[a].parent;

	for (int n = 0; n < 3 && t->nodes[up].kind == NODE_ELEMENT; n++, up = t->nodes[up].parent) {
		if (tree_is(t, up, TAG_sup))
			return true;
		if (!(tag_flags(t->nodes[up].tag) & TAGF_INLINE))
			break;
	}
	return tree_is(t, tree_first_child(t, a), TAG_sup);
}

static bool
says_note(const struct tree *t, node_id a)
{
	return tree_class_has(t, a, "footnote-ref") || tree_class_has(t, a, "footnote-anchor") ||
	       tree_class_has(t, a, "noteref") || tree_class_has(t, a, "footnote_ref") ||
	       sv_ieq_str(tree_get_id(t, a, ATTR_role), "doc-noteref");
}

// Does the text before the link end with a bracket, so that there is "[<a>1</a>]"?
static bool
is_after_bracket(const struct finding *f, node_id a)
{
	const struct tree *t = f->t;
	struct sv v;

	if (t->nodes[a - 1].kind != NODE_TEXT)
		return false;
	v = sv_trim(tree_text(t, a - 1));
	if (v.n == 0)
		return false;
	if (v.p[v.n - 1] == '[')
		return true;
	return v.n == 1 && (v.p[0] == ',' || v.p[0] == ';') && f->n > 0 &&
	       t->nodes[f->list[f->n - 1].node].parent == t->nodes[a].parent;
}

// "#note-1", "#fn1", "#ftnt1"
static bool
is_place_of_note(struct sv id)
{
	return sv_has(id, "note") || sv_istarts(id, "fn") || sv_istarts(id, "ftn") ||
	       sv_istarts(id, "_ftn");
}

static void
collect_link(struct finding *f, node_id a)
{
	struct sv href = tree_get_id(f->t, a, ATTR_href);
	const char *hash = href.n > 1 ? memchr(href.p, '#', href.n) : NULL;
	struct candidate *c;
	char label[NOTES_MAX_LABEL];
	bool brackets, strong;
	struct sv id;
	size_t n;

	if (!hash || hash + 1 == href.p + href.n || tree_first_child(f->t, a) == NODE_NONE)
		return;
	id = (struct sv){hash + 1, (size_t)(href.p + href.n - hash) - 1};
	n = notes_label(f->t, a, label, &brackets);
	strong = is_raised(f->t, a) || says_note(f->t, a);
	if (hash != href.p && n == SIZE_MAX)
		return;
	if (!strong && (n == SIZE_MAX || notes_number(label) == 0 ||
			   !(brackets || is_after_bracket(f, a) || is_place_of_note(id))))
		return;
	c = add_candidate(f, strong ? BY_LINK : BY_BRACKET, a);
	if (!c)
		return;
	c->id = id;
	if (n != SIZE_MAX)
		memcpy(c->label, label, n + 1);
}

static bool
has_usable_link(const struct tree *t, node_id i)
{
	for (node_id k = i + 1; k < t->nodes[i].end; k++)
		if (tree_is(t, k, TAG_a)) {
			struct sv href = tree_get_id(t, k, ATTR_href);

			if (href.n > 0 && !sv_istarts(href, "javascript:"))
				return true;
		}
	return false;
}

node_id
notes_sibling_before(const struct tree *t, node_id i)
{
	node_id up = t->nodes[i].parent, k = i - 1;

	if (k == up)
		return NODE_NONE;
	while (t->nodes[k].parent != up)
		k = t->nodes[k].parent;
	return k;
}

// Nothing of its block stands before it.
static bool
begins_block(const struct tree *t, node_id i)
{
	for (;;) {
		node_id up = t->nodes[i].parent, k = i;

		while ((k = notes_sibling_before(t, k)) != NODE_NONE)
			if (!notes_is_blank(t, k))
				return false;
		if (t->nodes[up].kind != NODE_ELEMENT ||
		    !(tag_flags(t->nodes[up].tag) & TAGF_INLINE))
			return true;
		i = up;
	}
}

// Isotopes and the like go on with a letter: "<sup>1</sup>H".
static bool
is_before_letter(const struct tree *t, node_id i)
{
	node_id next = t->nodes[i].next;
	char c;

	if (next == NODE_NONE || t->nodes[next].kind != NODE_TEXT || t->nodes[next].text_len == 0)
		return false;
	c = tree_text(t, next).p[0];
	return sv_is_alnum(c);
}

// A power: after a short number, a variable or a unit of length.
static bool
is_after_quantity(const struct tree *t, node_id i)
{
	static const char *const units[] = {"mm", "cm", "dm", "km", "ft", "mi", "yd"};
	struct sv v = i > 0 && t->nodes[i - 1].kind == NODE_TEXT ? tree_text(t, i - 1) : SV_NULL;
	size_t digits = 0, letters = 0;

	while (digits < v.n && sv_is_digit(v.p[v.n - 1 - digits]))
		digits++;
	while (letters < v.n && sv_is_alpha(v.p[v.n - 1 - letters]))
		letters++;
	for (size_t k = 0; letters == 2 && k < ARRAY_LEN(units); k++)
		if (sv_eq_str((struct sv){v.p + v.n - 2, 2}, units[k]))
			return true;
	return letters == 1 || (digits > 0 && digits < 4);
}

static void
collect_raised(struct finding *f, node_id i)
{
	char label[NOTES_MAX_LABEL];
	struct candidate *c;
	bool brackets;

	if (notes_label(f->t, i, label, &brackets) == SIZE_MAX || notes_number(label) == 0 ||
	    has_usable_link(f->t, i) || is_before_letter(f->t, i) || is_after_quantity(f->t, i) ||
	    begins_block(f->t, i))
		return;
	c = add_candidate(f, BY_NUMBER, i);
	if (c)
		memcpy(c->label, label, sizeof(label));
}

static bool
is_side_note(const struct tree *t, node_id i)
{
	static const char *const words[] = {"sidenote", "side-note", "marginnote", "margin-note",
	    "footnote", "footnotecontent", "footnote-content", "footnote_content", "footnote-text"};
	struct sv class = tree_get_id(t, i, ATTR_class);
	bool any = false;

	if (class.n > 200 || !sv_has(class, "note"))
		return false;
	for (size_t at = 0; at < class.n && !any; at++) {
		size_t from = at;

		while (at < class.n && (unsigned char)class.p[at] > ' ')
			at++;
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			any |= sv_ieq_str((struct sv){class.p + from, at - from}, words[k]);
	}
	return any;
}

#define SIDE_NOTE_MIN   12   // bytes; less is the mark of one
#define SIDE_NOTE_NODES 1000 // that are looked at for these

static size_t
text_bytes(const struct tree *t, node_id i)
{
	node_id end = MIN(t->nodes[i].end, i + SIDE_NOTE_NODES);
	size_t n = 0, look = NOTES_LOOK;

	for (node_id k = i; k < end && n <= SIDE_NOTE_MIN && look > 0; k++)
		n += notes_text_bytes(t, k, &look);
	return n;
}

static void
collect_named(struct finding *f, node_id i, struct sv id)
{
	struct candidate *c = id.n > 0 ? add_candidate(f, BY_LINK, i) : NULL;

	if (c)
		c->id = id;
}

static void
collect(struct finding *f, const uint8_t *keep)
{
	const struct tree *t = f->t;
	uint32_t definition = tree_name_id(t, "data-definition");

	for (node_id i = 1; i < t->n; i++) {
		const struct node *n = &t->nodes[i];

		if (n->kind != NODE_ELEMENT || !keep[n->parent])
			continue;
		if (n->tag == TAG_a && keep[i])
			collect_link(f, i);
		else if (n->tag == TAG_sup && keep[i])
			collect_raised(f, i);
		else if ((n->tag == TAG_span || n->tag == TAG_small) && n->n_attrs > 0) {
			if (is_side_note(t, i) && text_bytes(t, i) > SIDE_NOTE_MIN) {
				add_candidate(f, BY_PLACE, i);
				i = n->end - 1;
			} else if (definition) {
				collect_named(f, i, tree_get_id(t, i, definition));
			}
		}
		if (!keep[i]) // nor is anything in it
			i = n->end - 1;
	}
}

// --- 3: numbers ---

static int
by_node(const void *a, const void *b)
{
	const struct note_at *x = a, *y = b;

	return x->node < y->node ? -1 : x->node > y->node;
}

static struct note_at *
find_at(struct note_at *list, uint32_t n, node_id i)
{
	struct note_at key = {.node = i};

	return n > 0 ? bsearch(&key, list, n, sizeof(*list), by_node) : NULL;
}

static bool
allocate(struct notes *out, uint32_t n, struct arena *a)
{
	out->list = arena_array(a, n, sizeof(*out->list));
	out->references = arena_array(a, 2 * (size_t)n, sizeof(*out->references));
	out->targets = arena_array(a, n, sizeof(*out->targets));
	return out->list && out->references && out->targets;
}

static void
collect_targets(const struct finding *f, struct notes *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n; i++)
		if (f->list[i].target != NODE_NONE)
			out->targets[n++].node = f->list[i].target;
	qsort(out->targets, n, sizeof(*out->targets), by_node);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || out->targets[i].node != out->targets[i - 1].node)
			out->targets[out->n_targets++].node = out->targets[i].node;
}

// Several references may go to one note; the first gives it its number.
static void
number_all(const struct finding *f, struct notes *out)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct candidate *c = &f->list[i];
		struct note_at *at;

		if (c->repeats != NODE_NONE)
			out->references[out->n_references++] = (struct note_at){c->repeats, 0};
		if (c->target == NODE_NONE)
			continue;
		at = find_at(out->targets, out->n_targets, c->target);
		if (at->note == 0) {
			out->list[out->n] =
			    (struct note){.target = c->target, .number = out->n + 1};
			memcpy(out->list[out->n].label, c->label, sizeof(c->label));
			at->note = ++out->n;
		}
		out->references[out->n_references++] = (struct note_at){c->node, at->note};
	}
	qsort(out->references, out->n_references, sizeof(*out->references), by_node);
}

const struct notes *
notes_find(const struct tree *t, const uint8_t *keep, struct arena *a)
{
	struct finding f = {.t = t, .a = a};
	struct notes *out;

	collect(&f, keep);
	if (f.n == 0)
		return NULL;
	if (!notes_resolve(&f))
		return NULL;
	out = arena_array(a, 1, sizeof(*out));
	if (!out || !allocate(out, f.n, a))
		return NULL;
	collect_targets(&f, out);
	number_all(&f, out);
	return out->n > 0 ? out : NULL;
}

bool
notes_reference(const struct notes *n, node_id i, const struct note **note)
{
	const struct note_at *at = n ? find_at(n->references, n->n_references, i) : NULL;

	if (!at)
		return false;
	*note = at->note > 0 ? &n->list[at->note - 1] : NULL;
	return true;
}

const struct note *
notes_target(const struct notes *n, node_id i)
{
	const struct note_at *at = n ? find_at(n->targets, n->n_targets, i) : NULL;

	return at && at->note > 0 ? &n->list[at->note - 1] : NULL;
}
