// SPDX-License-Identifier: Apache-2.0
// Microdata items (HTML Living Standard §5) in the shape of JSON-LD: {"@context", "@type", "@id",
// properties}. One pass with a stack of open items, then the itemref'd subtrees from a bounded
// queue; no recursion.
#include "base/hash.h"
#include "extract/meta/structured/structured.h"

#define MICRODATA_MAX_REFS  500
#define MICRODATA_MAX_PROPS 2000 // values of one item
#define VALUE_TEXT_MAX      20000
#define BARE_TEXT_MAX       300

struct open_item {
	cJSON *obj;
	node_id node, end; // node 0: a referenced subtree of an item read before
	unsigned n_props;
};
struct item_ref { // a subtree whose properties belong to an item elsewhere
	cJSON *obj;
	node_id item;
	struct sv id;
	unsigned depth;
};
struct micro {
	const struct page *p;
	cJSON *out;
	struct schema_budget *b;
	struct open_item stack[SCHEMA_MAX_DEPTH];
	unsigned depth;
	node_id skip_until;  // end of an item that was left out
	unsigned base_depth; // of the item whose reference is being read
	struct item_ref *refs;
	size_t n_refs;
	uint32_t itemscope; // attribute name
	node_id *ids;       // elements with an id, open addressing by its hash; 0 is free
	uint32_t id_mask;
};

// --- values ---

static const struct {
	uint32_t tag;
	const char *attr;
	bool is_url;
} value_attrs[] = {
    {TAG_meta, "content", false},
    {TAG_audio, "src", true},
    {TAG_embed, "src", true},
    {TAG_iframe, "src", true},
    {TAG_img, "src", true},
    {TAG_source, "src", true},
    {TAG_track, "src", true},
    {TAG_video, "src", true},
    {TAG_a, "href", true},
    {TAG_area, "href", true},
    {TAG_link, "href", true},
    {TAG_object, "data", true},
    {TAG_data, "value", false},
    {TAG_meter, "value", false},
    {TAG_time, "datetime", false},
};

static struct sv
attr_value(const struct page *p, node_id i, const char *attr, bool is_url)
{
	struct sv v = tree_get(p->t, i, attr), url;

	if (!v.p || !is_url)
		return v.p ? page_collapse(p, v) : v;
	url = page_resolve(p, v);
	return url.p ? url : page_collapse(p, v);
}

static struct sv
value_of(const struct page *p, node_id i)
{
	struct sv v = SV_NULL;

	for (size_t k = 0; k < ARRAY_LEN(value_attrs); k++)
		if (tree_is(p->t, i, (enum tag_id)value_attrs[k].tag))
			v = attr_value(p, i, value_attrs[k].attr, value_attrs[k].is_url);
	if (!v.p)
		v = attr_value(p, i, "content", false);
	return v.p ? v : page_text(p, i, VALUE_TEXT_MAX);
}

// --- items ---

// "https://schema.org/Product" -> context and bare name; other vocabularies keep the whole URL.
static size_t
context_length(struct sv type)
{
	static const char *const prefixes[] = {"http://schema.org/", "https://schema.org/",
	    "http://www.schema.org/", "https://www.schema.org/"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (sv_istarts(type, prefixes[i]) && type.n > strlen(prefixes[i]))
			return strlen(prefixes[i]);
	return 0;
}

static void
set_types(const struct page *p, cJSON *obj, struct sv types)
{
	size_t pos = 0;

	for (struct sv w = schema_word(types, &pos); w.n > 0; w = schema_word(types, &pos)) {
		size_t n = context_length(w);

		if (n > 0 && !json_get(obj, "@context"))
			json_set_sv(obj, "@context", sv_sub(w, 0, n - 1));
		schema_add(obj, "@type", cJSON_CreateString(page_dup(p, sv_sub(w, n, w.n)).p));
	}
}

static void
add_refs(struct micro *m, cJSON *obj, node_id item, struct sv ids)
{
	size_t pos = 0;

	for (struct sv w = schema_word(ids, &pos); w.n > 0; w = schema_word(ids, &pos)) {
		if (m->n_refs == MICRODATA_MAX_REFS) {
			m->b->spent = true;
			return;
		}
		m->refs[m->n_refs++] = (struct item_ref){obj, item, w, m->base_depth + m->depth};
	}
}

static cJSON *
item_new(struct micro *m, node_id i)
{
	const struct page *p = m->p;
	struct sv id = page_attr(p->t, i, "itemid");
	struct sv ref = page_attr(p->t, i, "itemref");
	cJSON *obj = json_obj();

	set_types(p, obj, page_attr(p->t, i, "itemtype"));
	if (id.p) {
		struct sv url = page_resolve(p, id);

		json_set_sv(obj, "@id", url.p ? url : id);
	}
	if (ref.p)
		add_refs(m, obj, i, ref);
	return obj;
}

static bool
spend(struct micro *m, size_t bytes)
{
	struct open_item *top = m->depth > 0 ? &m->stack[m->depth - 1] : NULL;

	if (m->b->values == 0 || m->b->bytes < bytes ||
	    (top && top->n_props++ >= MICRODATA_MAX_PROPS)) {
		m->b->spent = true;
		return false;
	}
	m->b->values--;
	m->b->bytes -= bytes;
	return true;
}

// The value takes the first name; further names get copies.
static void
set_property(struct micro *m, struct sv names, cJSON *value)
{
	cJSON *obj = m->stack[m->depth - 1].obj;
	size_t pos = 0;
	struct sv first = schema_word(names, &pos);

	for (struct sv w = schema_word(names, &pos); w.n > 0; w = schema_word(names, &pos)) {
		if (!spend(m, 0))
			break;
		schema_add(obj, page_dup(m->p, w).p, cJSON_Duplicate(value, true));
	}
	schema_add(obj, page_dup(m->p, first).p, value);
}

static void
push_item(struct micro *m, node_id i, cJSON *obj)
{
	m->stack[m->depth++] = (struct open_item){obj, i, m->p->t->nodes[i].end, 0};
}

// An item without properties says what its text says: <b itemprop=author itemscope>Jane</b>.
static void
pop_item(struct micro *m)
{
	const struct open_item *top = &m->stack[--m->depth];
	struct sv text;

	if (top->node == 0 || top->n_props > 0 || page_attr(m->p->t, top->node, "itemref").p)
		return;
	text = page_text(m->p, top->node, BARE_TEXT_MAX);
	if (text.n > 0 && text.n < BARE_TEXT_MAX && m->b->bytes > text.n &&
	    !json_get(top->obj, "@value")) {
		m->b->bytes -= text.n;
		json_set_sv(top->obj, "@value", text);
	}
}

static void
visit_item(struct micro *m, node_id i, struct sv names)
{
	cJSON *obj;

	if (m->base_depth + m->depth >= SCHEMA_MAX_DEPTH || !spend(m, 0)) {
		m->b->spent = true;
		m->skip_until = m->p->t->nodes[i].end;
		return;
	}
	if (names.p && m->depth > 0) {
		obj = item_new(m, i);
		set_property(m, names, obj);
	} else if (!names.p && m->b->items > 0 && m->base_depth == 0) {
		m->b->items--;
		obj = item_new(m, i);
		json_push(m->out, obj);
	} else { // read before, or a property of nothing (it may be referenced)
		m->skip_until = m->p->t->nodes[i].end;
		return;
	}
	push_item(m, i, obj);
}

static void
visit(struct micro *m, node_id i)
{
	struct sv names = sv_trim(tree_get_id(m->p->t, i, ATTR_itemprop)), v;

	if (i < m->skip_until)
		return;
	while (m->depth > 0 && i >= m->stack[m->depth - 1].end)
		pop_item(m);
	if (names.n == 0)
		names = SV_NULL;
	if (tree_get_id(m->p->t, i, m->itemscope).p) {
		visit_item(m, i, names);
	} else if (names.p && m->depth > 0) {
		v = value_of(m->p, i);
		if (spend(m, v.n))
			set_property(m, names, cJSON_CreateString(v.p));
	}
}

// --- itemref ---

static node_id *
id_slot(const struct micro *m, struct sv id)
{
	uint32_t h = hash32(id);

	for (h &= m->id_mask; m->ids[h] != 0; h = (h + 1) & m->id_mask)
		if (sv_eq(page_attr(m->p->t, m->ids[h], "id"), id))
			break;
	return &m->ids[h];
}

static bool
ids_index(struct micro *m)
{
	const struct tree *t = m->p->t;
	uint32_t n = 0, cap = 16;

	for (node_id i = 1; i < t->n; i++)
		n += t->nodes[i].kind == NODE_ELEMENT && page_attr(t, i, "id").p;
	while (cap < n * 2)
		cap *= 2;
	m->ids = arena_array(m->p->a, cap, sizeof(*m->ids));
	m->id_mask = cap - 1;
	for (node_id i = 1; m->ids && i < t->n; i++) {
		struct sv id = t->nodes[i].kind == NODE_ELEMENT ? page_attr(t, i, "id") : SV_NULL;
		node_id *slot = id.p ? id_slot(m, id) : NULL;

		if (slot && *slot == 0)
			*slot = i;
	}
	return m->ids != NULL;
}

static void
read_ref(struct micro *m, struct item_ref ref)
{
	node_id from = *id_slot(m, ref.id);

	if (from == 0 || ref.depth + 1 >= SCHEMA_MAX_DEPTH ||
	    (ref.item >= from && ref.item < m->p->t->nodes[from].end)) // it holds the item itself
		return;
	m->base_depth = ref.depth + 1;
	m->skip_until = 0;
	m->depth = 1;
	m->stack[0] = (struct open_item){ref.obj, 0, m->p->t->nodes[from].end, 0};
	// A referenced item without itemprop lends its properties (as extruct and search engines
	// have it).
	if (tree_get(m->p->t, from, "itemscope").p && !tree_get(m->p->t, from, "itemprop").p)
		from++;
	for (node_id i = from; i < m->stack[0].end; i++)
		if (m->p->t->nodes[i].kind == NODE_ELEMENT)
			visit(m, i);
	while (m->depth > 0)
		pop_item(m);
}

static bool
says_something(const struct micro *m, node_id i)
{
	const struct node *n = &m->p->t->nodes[i];
	const struct attr *a = &m->p->t->attrs[n->attr];
	bool any = false;

	for (uint32_t k = 0; k < n->n_attrs; k++)
		any |= (a[k].name == ATTR_itemprop) | (a[k].name == m->itemscope);
	return any;
}

void
microdata_read(const struct page *p, cJSON *out, struct schema_budget *b)
{
	struct micro m = {.p = p, .out = out, .b = b};

	m.itemscope = tree_name_id(p->t, "itemscope");
	if (m.itemscope == 0)
		return;
	m.refs = arena_array(p->a, MICRODATA_MAX_REFS, sizeof(*m.refs));
	for (node_id i = 1; m.refs && i < p->t->n; i++)
		if (p->t->nodes[i].n_attrs > 0 && says_something(&m, i))
			visit(&m, i);
	while (m.depth > 0)
		pop_item(&m);
	if (m.n_refs == 0 || !ids_index(&m))
		return;
	for (size_t k = 0; k < m.n_refs; k++) // reading one may append more
		read_ref(&m, m.refs[k]);
}
