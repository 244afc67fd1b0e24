// SPDX-License-Identifier: Apache-2.0
// RDFa Lite 1.1 (vocab, typeof, property, resource, prefix; also about) in the shape of JSON-LD and
// microdata here: schema.org names are bare, others whole IRIs; what is said of the page itself is
// an item with its address. One pass with a stack of open elements; no recursion.
#include "extract/meta/structured/structured.h"

#define PREFIXES_MAX   40
#define ITEM_PROPS_MAX 300 // names of one item
#define MERGED_MAX     200 // items that a second mention is added to
#define VALUE_TEXT_MAX 20000
#define IRI_MAX        2000

struct prefix {
	struct sv name, iri;
	node_id end; // of the element that declares it
};
struct subject {
	cJSON *obj; // NULL: not made yet
	node_id end;
	struct sv id, vocab;
	bool keeps_subject; // the element only changes the vocabulary
};
struct rdfa {
	const struct page *p;
	cJSON *out;
	struct schema_budget *b;
	struct subject stack[SCHEMA_MAX_DEPTH];
	unsigned depth;
	struct prefix prefixes[PREFIXES_MAX];
	unsigned n_prefixes;
	uint32_t vocab, typeof_, property, resource, about, prefix, content, datetime;
};

// The initial context of RDFa 1.1, as far as pages use it.
static const struct {
	const char *name, *iri;
} known[] = {{"schema", "http://schema.org/"}, {"dc", "http://purl.org/dc/terms/"},
    {"dcterms", "http://purl.org/dc/terms/"}, {"dc11", "http://purl.org/dc/elements/1.1/"},
    {"foaf", "http://xmlns.com/foaf/0.1/"}, {"og", "http://ogp.me/ns#"},
    {"cc", "http://creativecommons.org/ns#"}, {"sioc", "http://rdfs.org/sioc/ns#"},
    {"skos", "http://www.w3.org/2004/02/skos/core#"}, {"gr", "http://purl.org/goodrelations/v1#"},
    {"v", "http://rdf.data-vocabulary.org/#"}, {"vcard", "http://www.w3.org/2006/vcard/ns#"},
    {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"}, {"xsd", "http://www.w3.org/2001/XMLSchema#"},
    {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}};

// --- names ---

static struct sv
prefix_iri(const struct rdfa *r, struct sv name)
{
	for (unsigned i = r->n_prefixes; i-- > 0;)
		if (sv_eq(r->prefixes[i].name, name))
			return r->prefixes[i].iri;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (sv_ieq_str(name, known[i].name))
			return sv_from(known[i].iri);
	return SV_NULL;
}

static struct sv
without_schema_org(struct sv iri)
{
	static const char *const roots[] = {"http://schema.org/", "https://schema.org/",
	    "http://www.schema.org/", "https://www.schema.org/"};

	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (sv_istarts(iri, roots[i]) && iri.n > strlen(roots[i]))
			return sv_sub(iri, strlen(roots[i]), iri.n);
	return iri;
}

static struct sv
joined(const struct rdfa *r, struct sv a, struct sv b)
{
	cleanup_buf buf = BUF_INIT_MAX(IRI_MAX);

	buf_sv(&buf, a);
	buf_sv(&buf, b);
	return buf.overflow ? SV_NULL : page_dup(r->p, without_schema_org(buf_view(&buf)));
}

// A term, a compact or a whole IRI as the name it has in our output; SV_NULL for a term without a
// vocabulary.
static struct sv
expanded(const struct rdfa *r, struct sv name, struct sv vocab)
{
	const char *colon = memchr(name.p, ':', name.n);
	struct sv iri;

	if (!colon)
		return vocab.n > 0 ? joined(r, vocab, name) : SV_NULL;
	iri = prefix_iri(r, sv_sub(name, 0, (size_t)(colon - name.p)));
	if (!iri.p)
		return name.n > IRI_MAX ? SV_NULL : page_dup(r->p, without_schema_org(name));
	return joined(r, iri, sv_sub(name, (size_t)(colon - name.p) + 1, name.n));
}

// prefix="ov: http://open.vocab.org/terms/ dbp: http://dbpedia.org/property/"
static void
declare_prefixes(struct rdfa *r, node_id i)
{
	struct sv v = tree_get_id(r->p->t, i, r->prefix);
	size_t pos = 0;

	for (struct sv w = schema_word(v, &pos); w.n > 1; w = schema_word(v, &pos)) {
		struct sv iri = schema_word(v, &pos);

		if (w.p[w.n - 1] != ':' || iri.n == 0 || r->n_prefixes == PREFIXES_MAX)
			return;
		r->prefixes[r->n_prefixes++] =
		    (struct prefix){sv_sub(w, 0, w.n - 1), iri, r->p->t->nodes[i].end};
	}
}

// --- items ---

static bool
spend(struct rdfa *r, size_t bytes)
{
	if (r->b->values == 0 || r->b->bytes < bytes) {
		r->b->spent = true;
		return false;
	}
	r->b->values--;
	r->b->bytes -= bytes;
	return true;
}

static bool
has_props_left(const cJSON *obj)
{
	return cJSON_GetArraySize(obj) < ITEM_PROPS_MAX;
}

// The item of an address mentioned before, so that all that is said of one thing stands together.
static cJSON *
item_known(const struct rdfa *r, struct sv id)
{
	size_t n = 0;

	json_foreach (item, r->out) {
		const char *other = json_str(item, "@id");

		if (other && sv_eq_str(id, other))
			return item;
		if (++n == MERGED_MAX)
			return NULL;
	}
	return NULL;
}

static cJSON *
item_new(struct rdfa *r, struct sv id)
{
	cJSON *obj = id.n > 0 ? item_known(r, id) : NULL;

	if (obj)
		return obj;
	if (r->b->items == 0) {
		r->b->spent = true;
		return NULL;
	}
	r->b->items--;
	obj = json_obj();
	if (id.n > 0)
		json_set_sv(obj, "@id", id);
	return obj;
}

static void
set_types(struct rdfa *r, cJSON *obj, struct sv types, struct sv vocab)
{
	size_t pos = 0;

	for (struct sv w = schema_word(types, &pos); w.n > 0; w = schema_word(types, &pos)) {
		struct sv type = expanded(r, w, vocab);

		if (!type.p || !spend(r, type.n))
			continue;
		if (!memchr(type.p, ':', type.n) && !json_get(obj, "@context"))
			json_set_str(obj, "@context", "http://schema.org");
		schema_add(obj, "@type", cJSON_CreateString(type.p));
	}
}

// The object of the innermost subject; the page's own is made when first needed.
static cJSON *
subject_object(struct rdfa *r)
{
	unsigned i = r->depth - 1;

	while (i > 0 && r->stack[i].keeps_subject)
		i--;
	if (!r->stack[i].obj) {
		r->stack[i].obj = item_new(r, r->stack[i].id);
		if (r->stack[i].obj && !item_known(r, r->stack[i].id))
			json_push(r->out, r->stack[i].obj);
	}
	return r->stack[i].obj;
}

static bool
push(struct rdfa *r, struct subject s)
{
	if (r->depth == SCHEMA_MAX_DEPTH) {
		r->b->spent = true;
		return false;
	}
	r->stack[r->depth++] = s;
	return true;
}

// --- elements ---

static struct sv
resolved(const struct rdfa *r, node_id i, struct sv ref)
{
	struct sv url = ref.p ? page_resolve_at(r->p, i, ref) : SV_NULL;

	if (sv_starts(sv_trim(ref), "_:")) // a blank node
		return sv_trim(ref);
	return url;
}

static struct sv
address_of(const struct rdfa *r, node_id i, bool links)
{
	const struct tree *t = r->p->t;
	struct sv v = tree_get_id(t, i, r->about);

	if (!v.p)
		v = tree_get_id(t, i, r->resource);
	if (!v.p && links)
		v = tree_get_id(t, i, ATTR_href);
	if (!v.p && links)
		v = tree_get_id(t, i, ATTR_src);
	if (v.p && sv_trim(v).n == 0)
		return r->p->base;
	return resolved(r, i, v);
}

static struct sv
value_of(const struct rdfa *r, node_id i)
{
	const struct tree *t = r->p->t;
	struct sv v = tree_get_id(t, i, r->content);

	if (!v.p && r->datetime != 0)
		v = tree_get_id(t, i, r->datetime);
	if (v.p)
		return page_collapse(r->p, v);
	v = tree_get_id(t, i, r->resource);
	if (!v.p)
		v = tree_get_id(t, i, ATTR_href);
	if (!v.p)
		v = tree_get_id(t, i, ATTR_src);
	v = resolved(r, i, v);
	return v.p ? v : page_text(r->p, i, VALUE_TEXT_MAX);
}

// The value under each of the names; the first takes it, the others get copies. False: none did.
static bool
set_property(struct rdfa *r, struct sv names, struct sv vocab, cJSON *value)
{
	size_t pos = 0;
	bool taken = false;

	for (struct sv w = schema_word(names, &pos); w.n > 0; w = schema_word(names, &pos)) {
		struct sv name = expanded(r, w, vocab);
		cJSON *obj = name.p ? subject_object(r) : NULL;

		if (!obj || !has_props_left(obj) || !spend(r, 0))
			continue;
		schema_add(obj, name.p, taken ? cJSON_Duplicate(value, true) : value);
		taken = true;
	}
	return taken;
}

static void
visit_typed(struct rdfa *r, node_id i, struct sv types, struct sv names, struct sv vocab)
{
	struct sv id = address_of(r, i, names.p != NULL);
	cJSON *obj = r->depth < SCHEMA_MAX_DEPTH ? item_new(r, id) : NULL;
	bool known_item = obj && id.n > 0 && item_known(r, id) == obj;

	if (!obj)
		return;
	if (known_item) {
		cJSON *ref = json_obj();

		json_set_sv(ref, "@id", id);
		if (!names.p || !set_property(r, names, vocab, ref))
			cJSON_Delete(ref);
	} else if (!names.p || !set_property(r, names, vocab, obj)) {
		json_push(r->out, obj);
	}
	set_types(r, obj, types, vocab);
	push(r, (struct subject){obj, r->p->t->nodes[i].end, id, vocab, false});
}

static void
visit_property(struct rdfa *r, node_id i, struct sv names, struct sv vocab)
{
	struct sv v;
	cJSON *value;

	if (r->depth == 1 && tree_is(r->p->t, i, TAG_meta)) // Open Graph and the like
		return;
	v = value_of(r, i);
	if (!spend(r, v.n))
		return;
	value = cJSON_CreateString(v.p);
	if (!set_property(r, names, vocab, value))
		cJSON_Delete(value);
}

static void
visit(struct rdfa *r, node_id i)
{
	const struct tree *t = r->p->t;
	struct sv vocab = tree_get_id(t, i, r->vocab), outer, types, names;

	while (r->depth > 1 && i >= r->stack[r->depth - 1].end)
		r->depth--;
	while (r->n_prefixes > 0 && i >= r->prefixes[r->n_prefixes - 1].end)
		r->n_prefixes--;
	outer = r->stack[r->depth - 1].vocab;
	if (r->prefix != 0)
		declare_prefixes(r, i);
	types = tree_get_id(t, i, r->typeof_);
	names = r->property != 0 ? tree_get_id(t, i, r->property) : SV_NULL;
	vocab = vocab.p ? sv_trim(vocab) : outer;
	if (sv_trim(types).n > 0) {
		visit_typed(r, i, types, names, vocab);
		return;
	}
	if (names.p)
		visit_property(r, i, names, vocab);
	if (!names.p && (tree_get_id(t, i, r->about).p || tree_get_id(t, i, r->resource).p))
		push(r,
		    (struct subject){NULL, t->nodes[i].end, address_of(r, i, false), vocab, false});
	else if (vocab.p != outer.p)
		push(r, (struct subject){NULL, t->nodes[i].end, SV_NULL, vocab, true});
}

// --- what speaks of something ---

// By the name of an attribute of this page.
enum says { SAYS_NOTHING, SAYS_PROPERTY = 1, SAYS_MORE = 2 };

static uint8_t *
says_of(const struct rdfa *r)
{
	uint8_t *says = arena_array(r->p->a, r->p->t->n_names, sizeof(*says));

	if (!says)
		return NULL;
	says[r->typeof_] = says[r->vocab] = says[r->prefix] = SAYS_MORE;
	says[r->about] = says[r->resource] = SAYS_MORE;
	says[r->property] = SAYS_PROPERTY;
	says[0] = SAYS_NOTHING; // names that the page does not have
	return says;
}

static bool
says_something(const struct tree *t, const uint8_t *says, node_id i)
{
	const struct attr *a = &t->attrs[t->nodes[i].attr];
	unsigned any = 0;

	for (uint32_t k = 0; k < t->nodes[i].n_attrs; k++)
		any |= says[a[k].name];
	return any != SAYS_NOTHING;
}

// Are there more properties than the meta tags have (Open Graph), or anything else? Looks at all
// attributes in a row and hardly ever beyond the head.
static bool
is_used(const struct tree *t, const uint8_t *says)
{
	size_t properties = 0;
	unsigned any = 0;
	node_id i = tree_first_same(t, TAG_meta);

	for (uint32_t k = 0; k < t->n_attrs; k++) {
		unsigned what = says[t->attrs[k].name];

		any |= what;
		properties += what & SAYS_PROPERTY;
	}
	if (any & SAYS_MORE)
		return true;
	for (; i != NODE_NONE && properties > 0; i = tree_next_same(t, i))
		properties -= says_something(t, says, i);
	return properties > 0;
}

void
rdfa_read(const struct page *p, cJSON *out, struct schema_budget *b)
{
	const struct tree *t = p->t;
	struct rdfa r = {.p = p,
	    .out = json_arr(),
	    .b = b,
	    .vocab = tree_name_id(t, "vocab"),
	    .typeof_ = tree_name_id(t, "typeof"),
	    .property = tree_name_id(t, "property"),
	    .resource = tree_name_id(t, "resource"),
	    .about = tree_name_id(t, "about"),
	    .prefix = tree_name_id(t, "prefix"),
	    .content = tree_name_id(t, "content"),
	    .datetime = tree_name_id(t, "datetime")};
	const uint8_t *says = r.typeof_ != 0 || r.property != 0 ? says_of(&r) : NULL;

	r.stack[r.depth++] = (struct subject){NULL, t->n, p->base, SV_NULL, false};
	if (says && is_used(t, says))
		for (node_id i = 1; i < t->n; i++)
			if (t->nodes[i].n_attrs > 0 && says_something(t, says, i))
				visit(&r, i);
	while (r.out->child)
		json_push(out, cJSON_DetachItemViaPointer(r.out, r.out->child));
	cJSON_Delete(r.out);
}
