// SPDX-License-Identifier: Apache-2.0
// Building a tree in document order, or out of it with links that are followed once at the end.
// Runs in the extractor's worker; no recursion, all memory from the document's arena.
#include "extract/html/tree_build.h"

#include <assert.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

const struct tree_limits tree_limits_default = {
    .max_nodes = 2000000, .max_depth = 512, .max_attrs = 512};

bool
tree_grow_by(grow_fn *grow, struct arena *a, void *p, uint32_t *cap, size_t need, size_t size)
{
	void **slot = p;
	size_t more = *cap * size < (1u << 20) ? *cap : *cap / 2;
	size_t want = MAX(MAX((size_t)*cap + more, need), (size_t)64);
	void *bigger;

	if (want > UINT32_MAX)
		return false;
	bigger = grow(a, *slot, *cap * size, want * size);
	if (!bigger)
		return false;
	*slot = bigger;
	*cap = (uint32_t)want;
	return true;
}

int
tree_init(struct tree *t, struct arena *a, struct err *err)
{
	*t = (struct tree){.arena = a, .lim = tree_limits_default};
	if (!tree_init_names(t) || !tree_grow_raw(a, &t->nodes, &t->cap, 1, sizeof(*t->nodes)))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	t->nodes[0] = (struct node){.kind = NODE_DOCUMENT, .parent = NODE_NONE, .next = NODE_NONE};
	t->n = 1;
	for (unsigned tag = 0; tag < TAG_KNOWN_COUNT; tag++)
		t->same[tag].first = NODE_NONE;
	return 0;
}

#define MAX_RESERVE ((size_t)50000)

void
build_init(struct tree_builder *b, struct tree *t, struct sv input)
{
	*b = (struct tree_builder){.t = t};
	t->input = input;
	// What most pages have room in; not touched when they need less.
	b->failed = !tree_grow_raw(t->arena, &t->nodes, &t->cap, MIN(input.n / 40, MAX_RESERVE),
			sizeof(*t->nodes)) ||
		    !tree_grow_raw(t->arena, &t->attrs, &t->cap_attrs,
			MIN(input.n / 60, MAX_RESERVE), sizeof(*t->attrs));
}

// --- text ---

bool
side_grow(struct tree *t, size_t n)
{
	return t->input.n + 1 + t->side_len + n <= UINT32_MAX / 2 &&
	       tree_grow_raw(t->arena, &t->side, &t->side_cap, t->side_len + n, 1);
}

bool
side_add(struct tree *t, const void *p, size_t n)
{
	if (!side_room(t, n))
		return false;
	if (n > 0)
		memcpy(t->side + t->side_len, p, n);
	t->side_len += (uint32_t)n;
	return true;
}

uint32_t
side_at(const struct tree *t)
{
	return (uint32_t)t->input.n + 1 + t->side_len;
}

// --- changes to a finished tree ---

static struct attr *
find_attr(const struct tree *t, node_id el, uint32_t name)
{
	const struct node *n = &t->nodes[el];

	for (uint32_t k = 0; k < n->n_attrs; k++)
		if (t->attrs[n->attr + k].name == name)
			return &t->attrs[n->attr + k];
	return NULL;
}

// The attributes of one element lie together: for one more they move behind all others.
static struct attr *
add_attr(struct tree *t, node_id el, uint32_t name)
{
	struct node *n = &t->nodes[el];
	uint32_t had = n->n_attrs, from = n->attr, to = t->n_attrs;

	if (had == UINT16_MAX || !tree_grow_raw(t->arena, &t->attrs, &t->cap_attrs,
				     (size_t)to + had + 1, sizeof(*t->attrs)))
		return NULL;
	memcpy(t->attrs + to, t->attrs + from, had * sizeof(*t->attrs));
	t->attrs[to + had] = (struct attr){.name = name};
	t->n_attrs += had + 1;
	n->attr = to;
	n->n_attrs = (uint16_t)(had + 1);
	return &t->attrs[to + had];
}

bool
tree_set_attr(struct tree *t, node_id el, struct sv name, struct sv value)
{
	uint32_t id = tree_intern(t, name), at = side_at(t);
	struct attr *a = id ? find_attr(t, el, id) : NULL;

	if (id == 0 || !side_add(t, value.p, value.n))
		return false;
	if (!a)
		a = add_attr(t, el, id);
	if (!a)
		return false;
	a->value = at;
	a->value_len = (uint32_t)value.n;
	return true;
}

void
tree_drop_attr(struct tree *t, node_id el, struct sv name)
{
	struct node *n = &t->nodes[el];
	struct attr *a = find_attr(t, el, tree_intern(t, name));

	if (!a)
		return;
	*a = t->attrs[n->attr + n->n_attrs - 1];
	n->n_attrs--;
}

static uint32_t
add_piece(struct tree_builder *b, struct span text)
{
	if (!tree_grow_raw(b->t->arena, &b->pieces, &b->cap_pieces, (size_t)b->n_pieces + 1,
		sizeof(*b->pieces))) {
		b->failed = true;
		return 0;
	}
	b->pieces[b->n_pieces] = (struct tree_piece){text, UINT32_MAX};
	return b->n_pieces++;
}

static void
extend_text(struct tree_builder *b, node_id i, struct span more)
{
	struct node *n = &b->t->nodes[i];
	uint32_t piece;

	n->flags &= (uint8_t)~NODE_F_BLANK;
	if (!(n->flags & NODE_F_PIECES)) {
		if (n->text + n->text_len == more.at) {
			n->text_len += more.n;
			return;
		}
		if (!tree_grow_raw(b->t->arena, &b->split, &b->cap_split, (size_t)b->n_split + 1,
			sizeof(*b->split))) {
			b->failed = true;
			return;
		}
		b->split[b->n_split++] = i;
		n->text = add_piece(b, (struct span){n->text, n->text_len});
		n->text_len = n->text;
		n->flags |= NODE_F_PIECES;
	}
	piece = add_piece(b, more);
	if (b->failed)
		return;
	b->pieces[n->text_len].next = piece;
	n->text_len = piece;
}

static void
join_pieces(struct tree_builder *b, struct node *n)
{
	uint32_t at = side_at(b->t), start = b->t->side_len;

	for (uint32_t k = n->text; k != UINT32_MAX; k = b->pieces[k].next) {
		struct sv v = tree_view(b->t, b->pieces[k].text);

		// The view may lie in `side`, which moves when it grows.
		if (!tree_grow_raw(
			b->t->arena, &b->t->side, &b->t->side_cap, b->t->side_len + v.n, 1)) {
			b->failed = true;
			return;
		}
		v = tree_view(b->t, b->pieces[k].text);
		if (!side_add(b->t, v.p, v.n))
			b->failed = true;
	}
	n->flags &= (uint8_t)~NODE_F_PIECES;
	n->text = at;
	n->text_len = b->t->side_len - start;
}

// --- nodes ---

node_id
build_node(struct tree_builder *b, enum node_kind kind)
{
	struct tree *t = b->t;

	if (t->n >= t->lim.max_nodes) {
		t->node_limited = b->failed = true;
		return NODE_NONE;
	}
	if (t->n >= t->cap &&
	    !tree_grow_raw(t->arena, &t->nodes, &t->cap, (size_t)t->n + 1, sizeof(*t->nodes))) {
		b->failed = true;
		return NODE_NONE;
	}
	if (b->links && t->n >= b->cap_links &&
	    !tree_grow_raw(t->arena, &b->links, &b->cap_links, t->cap, sizeof(*b->links))) {
		b->failed = true;
		return NODE_NONE;
	}
	t->nodes[t->n] =
	    (struct node){.kind = (uint8_t)kind, .parent = NODE_NONE, .next = NODE_NONE};
	if (b->links)
		b->links[t->n] = (struct tree_link){NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE};
	return t->n++;
}

static void
link_node(struct tree_builder *b, node_id i, node_id parent, node_id before)
{
	struct tree_link *l = b->links;
	node_id prev = before == NODE_NONE ? l[parent].last : l[before].prev;

	b->t->nodes[i].parent = parent;
	l[i].prev = prev;
	l[i].next = before;
	if (prev == NODE_NONE)
		l[parent].first = i;
	else
		l[prev].next = i;
	if (before == NODE_NONE)
		l[parent].last = i;
	else
		l[before].prev = i;
}

// From here on nodes are linked. All but `i`, which is nowhere yet (or NODE_NONE), stand in order.
static bool
link_all(struct tree_builder *b, node_id except)
{
	struct tree *t = b->t;

	if (b->links)
		return true;
	if (!tree_grow_raw(t->arena, &b->links, &b->cap_links, t->cap, sizeof(*b->links))) {
		b->failed = true;
		return false;
	}
	for (node_id i = 0; i < t->n; i++)
		b->links[i] = (struct tree_link){NODE_NONE, NODE_NONE, NODE_NONE, NODE_NONE};
	for (node_id i = 1; i < t->n; i++)
		if (i != except)
			link_node(b, i, t->nodes[i].parent, NODE_NONE);
	return true;
}

// `last` and its ancestors below `parent` end where the next node begins.
static void
end_before(struct node *nodes, node_id last, node_id parent, node_id i)
{
	node_id child = NODE_NONE;

	for (; last != parent; last = nodes[last].parent) {
		nodes[last].end = i;
		child = last;
	}
	if (child != NODE_NONE)
		nodes[child].next = i;
}

void
build_insert(struct tree_builder *b, node_id i, node_id parent, node_id before)
{
	struct node *nodes = b->t->nodes;

	if (!b->links && (before != NODE_NONE || nodes[parent].end != 0 || i != b->t->n - 1) &&
	    !link_all(b, i))
		return;
	if (b->links) {
		link_node(b, i, parent, before);
		return;
	}
	end_before(nodes, b->last, parent, i);
	nodes[i].parent = parent;
	nodes[i].depth = nodes[parent].depth + 1;
	b->last = i;
}

static __attribute__((noinline)) node_id
build_child_anywhere(struct tree_builder *b, enum node_kind kind, node_id parent, node_id before)
{
	node_id i = build_node(b, kind);

	if (i != NODE_NONE)
		build_insert(b, i, parent, before);
	return i;
}

static inline __attribute__((always_inline)) node_id
add_child(struct tree_builder *b, enum node_kind kind, node_id parent, node_id before)
{
	struct tree *t = b->t;
	node_id i = t->n;

	if (b->links || before != NODE_NONE || t->nodes[parent].end != 0 || i >= t->cap ||
	    i >= t->lim.max_nodes)
		return build_child_anywhere(b, kind, parent, before);
	end_before(t->nodes, b->last, parent, i);
	t->nodes[i] = (struct node){.kind = (uint8_t)kind,
	    .parent = parent,
	    .next = NODE_NONE,
	    .depth = t->nodes[parent].depth + 1};
	b->last = i;
	t->n++;
	return i;
}

node_id
build_child(struct tree_builder *b, enum node_kind kind, node_id parent, node_id before)
{
	return add_child(b, kind, parent, before);
}

// Most texts are line ends and indents between tags: seen once, here.
static bool
is_blank(const struct tree *t, struct span text)
{
	struct sv v = tree_view(t, text);
	size_t i = 0;

#ifdef __SSE2__
	const char *end = tree_slice_end(t, text.at);

	for (; i < v.n && end - (v.p + i) >= 16; i += 16) {
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(v.p + i));
		__m128i line = _mm_and_si128(_mm_cmpgt_epi8(b, _mm_set1_epi8('\t' - 1)),
		    _mm_cmplt_epi8(b, _mm_set1_epi8('\r' + 1)));
		__m128i blank = _mm_or_si128(line, _mm_cmpeq_epi8(b, _mm_set1_epi8(' ')));
		unsigned ink = ~(unsigned)_mm_movemask_epi8(blank) & 0xffff;

		if (ink & ((2u << MIN(v.n - i - 1, (size_t)15)) - 1))
			return false;
	}
#endif
	for (; i < v.n; i++)
		if (!sv_is_space(v.p[i]))
			return false;
	return true;
}

void
build_text(struct tree_builder *b, node_id parent, node_id before, struct span text)
{
	struct node *nodes = b->t->nodes;
	node_id i = b->last;

	if (!b->links && (before != NODE_NONE || nodes[parent].end != 0) && !link_all(b, NODE_NONE))
		return;
	if (b->links)
		i = before == NODE_NONE ? b->links[parent].last : b->links[before].prev;
	if (i != NODE_NONE && nodes[i].kind == NODE_TEXT && nodes[i].parent == parent) {
		extend_text(b, i, text);
		return;
	}
	i = add_child(b, NODE_TEXT, parent, before);
	if (i == NODE_NONE)
		return;
	nodes = b->t->nodes;
	nodes[i].text = text.at;
	nodes[i].text_len = text.n;
	if (is_blank(b->t, text))
		nodes[i].flags |= NODE_F_BLANK;
}

void
build_remove(struct tree_builder *b, node_id i)
{
	struct tree_link *l;
	node_id parent = b->t->nodes[i].parent;

	if (parent == NODE_NONE || !link_all(b, NODE_NONE))
		return;
	l = b->links;
	if (l[i].prev == NODE_NONE)
		l[parent].first = l[i].next;
	else
		l[l[i].prev].next = l[i].next;
	if (l[i].next == NODE_NONE)
		l[parent].last = l[i].prev;
	else
		l[l[i].next].prev = l[i].prev;
	l[i].prev = l[i].next = NODE_NONE;
	b->t->nodes[i].parent = NODE_NONE;
}

bool
build_link(struct tree_builder *b)
{
	return link_all(b, NODE_NONE);
}

uint32_t
build_move_children(struct tree_builder *b, node_id from, node_id to)
{
	struct tree_link *l;
	uint32_t count = 0;

	if (!link_all(b, NODE_NONE))
		return 0;
	l = b->links;
	for (node_id k = l[from].first; k != NODE_NONE; k = l[k].next) {
		b->t->nodes[k].parent = to;
		count++;
	}
	if (count == 0)
		return 0;
	l[l[from].first].prev = l[to].last;
	if (l[to].last == NODE_NONE)
		l[to].first = l[from].first;
	else
		l[l[to].last].next = l[from].first;
	l[to].last = l[from].last;
	l[from].first = l[from].last = NODE_NONE;
	return count;
}

// --- hidden elements ---

// Does a declaration of the inline style hide the element? White space and case are free.
static bool
style_hides(struct sv style)
{
	while (style.n > 0) {
		const char *semi = memchr(style.p, ';', style.n);
		size_t n = semi ? (size_t)(semi - style.p) : style.n;
		const char *colon = memchr(style.p, ':', n);

		if (colon) {
			struct sv name = sv_trim(sv_sub(style, 0, (size_t)(colon - style.p)));
			struct sv value = sv_trim(sv_sub(style, (size_t)(colon - style.p) + 1, n));

			if ((sv_ieq_str(name, "display") && sv_istarts(value, "none")) ||
			    (sv_ieq_str(name, "visibility") && sv_istarts(value, "hidden")))
				return true;
		}
		n += semi != NULL;
		style = (struct sv){style.p + n, style.n - n};
	}
	return false;
}

// A part of the page that React streamed after the rest (react-dom's Fizz server): hidden only
// until the script beside it has put it in its place.
static bool
is_streamed(const struct tree *t, node_id i)
{
	struct sv id = tree_get_id(t, i, ATTR_id);

	if (id.n < 3 || memcmp(id.p, "S:", 2) != 0)
		return false;
	for (size_t k = 2; k < id.n; k++)
		if (sv_hex(id.p[k]) < 0)
			return false;
	return true;
}

bool
tree_is_hidden(const struct tree *t, node_id i)
{
	struct sv v = tree_get_id(t, i, ATTR_hidden);

	if (v.p && !sv_ieq_str(v, "until-found") && !is_streamed(t, i))
		return true;
	if (sv_ieq_str(tree_get_id(t, i, ATTR_aria_hidden), "true"))
		return true;
	return style_hides(tree_get_id(t, i, TAG_style));
}

// --- the end ---

// Where a child goes whose parent (`p`, new number) may be closed or too deep already.
static node_id
open_parent(struct tree *t, const struct node *nodes, node_id p, enum node_kind kind)
{
	while (nodes[p].end != 0 || (kind == NODE_ELEMENT && nodes[p].depth >= t->lim.max_depth)) {
		t->depth_limited = true;
		p = nodes[p].parent;
	}
	return p;
}

// The nodes in the order of the links, to `out`; the new numbers are noted in the old `depth`.
static uint32_t
copy_in_order(struct tree_builder *b, struct node *out)
{
	struct tree *t = b->t;
	const struct tree_link *l = b->links;
	node_id i = 0, n = 1, last = 0;

	out[0] = t->nodes[0];
	t->nodes[0].depth = 0;
	for (;;) {
		node_id p;

		if (l[i].first != NODE_NONE) {
			i = l[i].first;
		} else {
			while (i != 0 && l[i].next == NODE_NONE)
				i = t->nodes[i].parent;
			if (i == 0)
				break;
			i = l[i].next;
		}
		p = open_parent(t, out, t->nodes[t->nodes[i].parent].depth, t->nodes[i].kind);
		out[n] = t->nodes[i];
		out[n].parent = p;
		out[n].end = 0;
		out[n].next = NODE_NONE;
		out[n].depth = out[p].depth + 1;
		end_before(out, last, p, n);
		t->nodes[i].depth = n;
		last = n++;
	}
	b->last = last;
	return n;
}

static bool
renumber(struct tree_builder *b)
{
	struct tree *t = b->t;
	struct node *out = arena_grow_raw(t->arena, NULL, 0, (size_t)t->n * sizeof(*out));

	if (!out)
		return false;
	out[0].end = 0;
	t->nodes[0].end = 0;
	t->n = copy_in_order(b, out);
	t->nodes = out;
	t->cap = t->n;
	b->links = NULL;
	return true;
}

static void
link_same_tags(struct tree *t)
{
	struct node *nodes = t->nodes;

	for (node_id i = t->n - 1; i > 0; i--) {
		uint32_t tag = nodes[i].tag;

		if (tag == TAG_NONE || tag >= TAG_KNOWN_COUNT)
			continue;
		nodes[i].same = t->same[tag].first;
		t->same[tag].first = i;
		t->same[tag].n++;
	}
}

void
build_finish(struct tree_builder *b)
{
	struct tree *t = b->t;

	for (uint32_t k = 0; k < b->n_split && !b->failed; k++)
		join_pieces(b, &t->nodes[b->split[k]]);
	if (b->links && !b->failed && !renumber(b))
		b->failed = true;
	if (b->failed)
		return;
	end_before(t->nodes, b->last, NODE_NONE, t->n);
	t->nodes[0].next = NODE_NONE;
	for (node_id i = b->last; i != NODE_NONE; i = t->nodes[i].parent)
		assert(t->nodes[i].next == NODE_NONE);
	link_same_tags(t);
}
