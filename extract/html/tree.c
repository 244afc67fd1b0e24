// SPDX-License-Identifier: Apache-2.0
// The node tree: building it in document order, interned names, walking, text and serialising. Runs
// in the extractor's worker; no recursion, all memory from the document's arena.
#include "extract/html/tree.h"

const struct tree_limits tree_limits_default = {
    .max_nodes = 2000000, .max_depth = 512, .max_attrs = 512};

static const char *const known_names[NAME_KNOWN_COUNT] = {[TAG_NONE] = "",
#define X(t) [TAG_##t] = #t,
    TAG_TABLE(X)
#undef X
#define X(sym, name) [ATTR_##sym] = name,
	ATTR_TABLE(X)
#undef X
};

// --- growing ---

// Room for `need` elements in the arena array at *p; doubles it. False on memory shortage.
static bool
grow(struct arena *a, void *p, uint32_t *cap, size_t need, size_t size)
{
	void **slot = p;
	size_t want = *cap ? (size_t)*cap * 2 : 256;
	void *bigger;

	if (need <= *cap)
		return true;
	if (want < need)
		want = need;
	if (want > UINT32_MAX)
		return false;
	bigger = arena_grow(a, *slot, *cap * size, want * size);
	if (!bigger)
		return false;
	*slot = bigger;
	*cap = (uint32_t)want;
	return true;
}

bool
tree_reserve_text(struct tree *t, size_t bytes)
{
	return grow(t->arena, &t->text, &t->text_cap, t->text_len + bytes, 1);
}

static bool
put_text(struct tree *t, struct sv v)
{
	if (!tree_reserve_text(t, v.n))
		return false;
	if (v.n > 0)
		memcpy(t->text + t->text_len, v.p, v.n);
	t->text_len += (uint32_t)v.n;
	return true;
}

// --- names ---

#define MAX_NAME 256 // longer names are cut

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static uint32_t
hash_name(struct sv v)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)lower(v.p[i])) * 16777619u;
	return h;
}

// `lower_name` is in lower case.
static bool
is_name(const char *lower_name, struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (lower(v.p[i]) != lower_name[i])
			return false;
	return lower_name[v.n] == '\0';
}

// The slot of `name`: its id, or 0 when it is free.
static uint32_t *
find_slot(const struct tree *t, struct sv name, uint32_t hash)
{
	uint32_t mask = t->name_hash_cap - 1;

	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t id = t->name_hash[i];

		if (id == 0 || (t->name_sums[id] == hash && is_name(t->names[id], name)))
			return &t->name_hash[i];
	}
}

static bool
rehash(struct tree *t)
{
	uint32_t cap = t->name_hash_cap ? t->name_hash_cap * 2 : 1024;
	uint32_t *slots = arena_array(t->arena, cap, sizeof(*slots));

	if (!slots)
		return false;
	t->name_hash = slots;
	t->name_hash_cap = cap;
	for (uint32_t id = 1; id < t->n_names; id++)
		*find_slot(t, sv_from(t->names[id]), t->name_sums[id]) = id;
	return true;
}

static char *
lower_dup(struct tree *t, struct sv name)
{
	char *s = arena_alloc(t->arena, name.n + 1);

	for (size_t i = 0; s && i < name.n; i++)
		s[i] = lower(name.p[i]);
	return s;
}

static bool
grow_names(struct tree *t, size_t need)
{
	uint32_t cap = t->cap_names;

	return grow(t->arena, &t->name_sums, &cap, need, sizeof(*t->name_sums)) &&
	       grow(t->arena, &t->names, &t->cap_names, need, sizeof(*t->names));
}

uint32_t
tree_intern(struct tree *t, struct sv name)
{
	uint32_t *slot, hash;

	name.n = MIN(name.n, (size_t)MAX_NAME);
	hash = hash_name(name);
	slot = find_slot(t, name, hash);
	if (*slot != 0)
		return *slot;
	if (t->n_names * 2 >= t->name_hash_cap) {
		if (!rehash(t))
			return 0;
		slot = find_slot(t, name, hash);
	}
	if (!grow_names(t, (size_t)t->n_names + 1))
		return 0;
	t->names[t->n_names] = lower_dup(t, name);
	t->name_sums[t->n_names] = hash;
	if (!t->names[t->n_names])
		return 0;
	*slot = t->n_names;
	return t->n_names++;
}

static bool
init_names(struct tree *t)
{
	if (!grow_names(t, NAME_KNOWN_COUNT))
		return false;
	for (uint32_t id = 0; id < NAME_KNOWN_COUNT; id++) {
		t->names[id] = known_names[id];
		t->name_sums[id] = hash_name(sv_from(known_names[id]));
	}
	t->n_names = NAME_KNOWN_COUNT;
	return rehash(t);
}

uint32_t
tree_name_id(const struct tree *t, const char *name)
{
	struct sv v = sv_from(name);

	return *find_slot(t, v, hash_name(v));
}

const char *
tree_name(const struct tree *t, uint32_t id)
{
	return id < t->n_names ? t->names[id] : "";
}

// --- building ---

int
tree_init(struct tree *t, struct arena *a, struct err *err)
{
	*t = (struct tree){.arena = a, .lim = tree_limits_default};
	if (!init_names(t) || !grow(a, &t->nodes, &t->cap, 1, sizeof(*t->nodes)))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	t->nodes[0] = (struct node){.kind = NODE_DOCUMENT, .parent = NODE_NONE, .next = NODE_NONE};
	t->n = 1;
	return 0;
}

// Where a child of `parent` really goes: past ancestors that were closed already.
static node_id
open_ancestor(const struct tree *t, node_id parent)
{
	while (parent != 0 && t->nodes[parent].end != 0)
		parent = t->nodes[parent].parent;
	return parent;
}

static node_id
add_node(struct tree *t, node_id parent, enum node_kind kind)
{
	if (t->n >= t->lim.max_nodes) {
		t->node_limited = true;
		return NODE_NONE;
	}
	if (!grow(t->arena, &t->nodes, &t->cap, (size_t)t->n + 1, sizeof(*t->nodes)))
		return NODE_NONE;
	t->nodes[t->n] = (struct node){.kind = (uint8_t)kind,
	    .parent = parent,
	    .next = NODE_NONE,
	    .attr = t->n_attrs,
	    .text = t->text_len,
	    .depth = t->nodes[parent].depth + 1};
	return t->n++;
}

// An element at the deepest level ends where its child begins: the child becomes its sibling.
static node_id
flatten(struct tree *t, node_id parent)
{
	while (t->nodes[parent].depth >= t->lim.max_depth) {
		t->depth_limited = true;
		tree_close(t, parent);
		parent = open_ancestor(t, t->nodes[parent].parent);
	}
	return parent;
}

node_id
tree_open(struct tree *t, node_id parent, struct sv tag)
{
	uint32_t id = tree_intern(t, tag);
	node_id i;

	if (id == 0)
		return NODE_NONE;
	i = add_node(t, flatten(t, open_ancestor(t, parent)), NODE_ELEMENT);
	if (i != NODE_NONE)
		t->nodes[i].tag = id;
	return i;
}

bool
tree_attr(struct tree *t, node_id el, struct sv name, struct sv value)
{
	struct node *n = &t->nodes[el];
	uint32_t id;

	if (n->n_attrs >= MIN(t->lim.max_attrs, (uint32_t)UINT16_MAX))
		return true;
	id = tree_intern(t, name);
	if (id == 0 ||
	    !grow(t->arena, &t->attrs, &t->cap_attrs, (size_t)t->n_attrs + 1, sizeof(*t->attrs)))
		return false;
	for (uint32_t k = n->attr; k < t->n_attrs; k++)
		if (t->attrs[k].name == id)
			return true; // the first one counts
	t->attrs[t->n_attrs] = (struct attr){.name = id, .value = t->text_len};
	t->attrs[t->n_attrs].value_len = (uint32_t)value.n;
	if (!put_text(t, value))
		return false;
	t->n_attrs++;
	n->n_attrs++;
	return true;
}

void
tree_close(struct tree *t, node_id el)
{
	if (t->nodes[el].end == 0)
		t->nodes[el].end = t->n;
}

static node_id
add_leaf(struct tree *t, node_id parent, enum node_kind kind, struct sv text)
{
	node_id i = add_node(t, parent, kind);

	if (i == NODE_NONE || !put_text(t, text))
		return NODE_NONE;
	t->nodes[i].text_len = (uint32_t)text.n;
	t->nodes[i].end = i + 1;
	return i;
}

node_id
tree_add_text(struct tree *t, node_id parent, struct sv text)
{
	struct node *last = &t->nodes[t->n - 1];

	parent = open_ancestor(t, parent);
	if (last->kind != NODE_TEXT || last->parent != parent ||
	    last->text + last->text_len != t->text_len)
		return add_leaf(t, parent, NODE_TEXT, text);
	if (!put_text(t, text))
		return NODE_NONE;
	last->text_len += (uint32_t)text.n;
	return t->n - 1;
}

node_id
tree_add_comment(struct tree *t, node_id parent, struct sv text)
{
	return add_leaf(t, open_ancestor(t, parent), NODE_COMMENT, text);
}

// Does a declaration of the inline style say NAME: VALUE? White space and case are free.
static bool
style_says(struct sv style, const char *name, const char *value)
{
	while (style.n > 0) {
		const char *semi = memchr(style.p, ';', style.n);
		size_t n = semi ? (size_t)(semi - style.p) : style.n;
		const char *colon = memchr(style.p, ':', n);

		if (colon) {
			size_t k = (size_t)(colon - style.p);
			struct sv v = sv_trim((struct sv){colon + 1, n - k - 1});

			if (sv_ieq_str(sv_trim((struct sv){style.p, k}), name) &&
			    sv_istarts(v, value))
				return true;
		}
		n += semi != NULL;
		style = (struct sv){style.p + n, style.n - n};
	}
	return false;
}

static bool
is_hidden(const struct tree *t, node_id i)
{
	struct sv v = tree_get_id(t, i, ATTR_hidden);

	if (v.p && !sv_ieq_str(v, "until-found"))
		return true;
	if (sv_ieq_str(tree_get_id(t, i, ATTR_aria_hidden), "true"))
		return true;
	v = tree_get_id(t, i, TAG_style);
	return v.n > 0 &&
	       (style_says(v, "display", "none") || style_says(v, "visibility", "hidden"));
}

void
tree_finish(struct tree *t)
{
	tree_close(t, 0);
	for (node_id i = 1; i < t->n; i++) {
		struct node *n = &t->nodes[i];
		node_id parent_end = t->nodes[n->parent].end;

		if (n->end == 0)
			n->end = parent_end;
		n->next = n->end < parent_end ? n->end : NODE_NONE;
		if (n->n_attrs > 0 && is_hidden(t, i))
			n->flags |= NODE_F_HIDDEN;
	}
}

// --- reading ---

node_id
tree_first_child(const struct tree *t, node_id i)
{
	return t->nodes[i].end > i + 1 ? i + 1 : NODE_NONE;
}

struct sv
tree_text(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];

	if (n->kind != NODE_TEXT && n->kind != NODE_COMMENT)
		return SV_NULL;
	return (struct sv){t->text + n->text, n->text_len};
}

struct sv
tree_attr_value(const struct tree *t, const struct attr *a)
{
	return (struct sv){t->text + a->value, a->value_len};
}

struct sv
tree_get_id(const struct tree *t, node_id el, uint32_t name)
{
	const struct node *n = &t->nodes[el];

	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		if (a->name == name)
			return tree_attr_value(t, a);
	}
	return SV_NULL;
}

struct sv
tree_get(const struct tree *t, node_id el, const char *attr)
{
	uint32_t id = t->nodes[el].n_attrs > 0 ? tree_name_id(t, attr) : 0;

	return id != 0 ? tree_get_id(t, el, id) : SV_NULL;
}

node_id
tree_find(const struct tree *t, node_id from, enum tag_id tag)
{
	for (node_id i = from; i < t->nodes[from].end; i++)
		if (t->nodes[i].tag == (uint32_t)tag)
			return i;
	return NODE_NONE;
}

enum walk_event
tree_walk_next(struct tree_walk *w)
{
	const struct node *n = &w->t->nodes[w->i];

	if (w->last == WALK_END)
		return w->last = WALK_ENTER;
	if (w->last == WALK_ENTER) {
		if (w->skip || n->end == w->i + 1) {
			w->skip = false;
			return w->last = WALK_LEAVE;
		}
		w->i++;
		return WALK_ENTER;
	}
	if (w->i == w->root)
		return WALK_END;
	if (n->next != NODE_NONE) {
		w->i = n->next;
		return w->last = WALK_ENTER;
	}
	w->i = n->parent;
	return WALK_LEAVE;
}

// --- text ---

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
add_collapsed(struct buf *out, struct sv v, size_t start, bool *gap)
{
	for (size_t i = 0; i < v.n;) {
		size_t from = i;

		if (is_space(v.p[i])) {
			*gap = true;
			i++;
			continue;
		}
		while (i < v.n && !is_space(v.p[i]))
			i++;
		if (*gap && out->n > start)
			buf_ch(out, ' ');
		*gap = false;
		buf_add(out, v.p + from, i - from);
	}
}

void
tree_inner_text(const struct tree *t, node_id root, struct buf *out)
{
	struct tree_walk w = tree_walk_init(t, root);
	size_t start = out->n;
	bool gap = false;

	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		const struct node *n = &t->nodes[w.i];

		if (n->kind == NODE_TEXT && e == WALK_ENTER)
			add_collapsed(out, tree_text(t, w.i), start, &gap);
		if (n->kind != NODE_ELEMENT)
			continue;
		if (!(tag_flags(n->tag) & TAGF_INLINE))
			gap = true;
		if (e == WALK_ENTER && tag_flags(n->tag) & TAGF_SILENT && w.i != root)
			w.skip = true;
	}
}

void
tree_raw_text(const struct tree *t, node_id root, struct buf *out)
{
	for (node_id i = root; i < t->nodes[root].end; i++)
		if (t->nodes[i].kind == NODE_TEXT)
			buf_sv(out, tree_text(t, i));
}

// --- serialising ---

static void
add_escaped(struct buf *out, struct sv v, bool attr)
{
	for (size_t i = 0; i < v.n; i++) {
		size_t from = i;

		while (i < v.n && v.p[i] != '&' && v.p[i] != '<' && v.p[i] != '>' && v.p[i] != '"')
			i++;
		buf_add(out, v.p + from, i - from);
		if (i == v.n)
			return;
		if (v.p[i] == '"' && !attr)
			buf_ch(out, '"');
		else
			buf_str(out, v.p[i] == '&'   ? "&amp;"
				     : v.p[i] == '<' ? "&lt;"
				     : v.p[i] == '>' ? "&gt;"
						     : "&quot;");
	}
}

static void
add_start_tag(const struct tree *t, node_id i, struct buf *out)
{
	const struct node *n = &t->nodes[i];

	buf_ch(out, '<');
	buf_str(out, tree_name(t, n->tag));
	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		buf_ch(out, ' ');
		buf_str(out, tree_name(t, a->name));
		buf_str(out, "=\"");
		add_escaped(out, tree_attr_value(t, a), true);
		buf_ch(out, '"');
	}
	buf_ch(out, '>');
}

static void
add_leaf_html(const struct tree *t, node_id i, struct buf *out)
{
	const struct node *n = &t->nodes[i];

	if (n->kind == NODE_COMMENT) {
		buf_str(out, "<!--");
		buf_sv(out, tree_text(t, i));
		buf_str(out, "-->");
	} else if (tag_flags(t->nodes[n->parent].tag) & TAGF_RAW) {
		buf_sv(out, tree_text(t, i));
	} else {
		add_escaped(out, tree_text(t, i), false);
	}
}

void
tree_serialise(const struct tree *t, node_id root, struct buf *out)
{
	struct tree_walk w = tree_walk_init(t, root);

	for (enum walk_event e; (e = tree_walk_next(&w)) != WALK_END;) {
		const struct node *n = &t->nodes[w.i];

		if (n->kind == NODE_TEXT || n->kind == NODE_COMMENT) {
			if (e == WALK_ENTER)
				add_leaf_html(t, w.i, out);
		} else if (n->kind == NODE_ELEMENT && e == WALK_ENTER) {
			add_start_tag(t, w.i, out);
		} else if (n->kind == NODE_ELEMENT && !(tag_flags(n->tag) & TAGF_VOID)) {
			buf_fmt(out, "</%s>", tree_name(t, n->tag));
		}
	}
}
