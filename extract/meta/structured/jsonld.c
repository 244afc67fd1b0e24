// SPDX-License-Identifier: Apache-2.0
// JSON-LD blocks to objects: jsonld_text.c makes strict JSON of them, cJSON parses it, keys that
// come twice are dropped and @graph is flattened.
#include "base/hash.h"
#include "extract/meta/structured/structured.h"

// Keys that come twice: the first one stays (a strict reader of our output refuses duplicates).
static void
drop_duplicate_keys(struct arena *a, cJSON *obj)
{
	uint32_t n = (uint32_t)cJSON_GetArraySize(obj), cap = 8;
	const char **seen;

	while (cap < n * 2)
		cap *= 2;
	seen = arena_array(a, cap, sizeof(*seen));
	for (cJSON *k = obj->child, *next; seen && k; k = next) {
		uint32_t h = hash32(sv_from(k->string));

		next = k->next;
		for (h &= cap - 1; seen[h] && strcmp(seen[h], k->string) != 0;)
			h = (h + 1) & (cap - 1);
		if (seen[h])
			cJSON_Delete(cJSON_DetachItemViaPointer(obj, k));
		else
			seen[h] = k->string;
	}
}

// Recursion is bounded by SCHEMA_MAX_DEPTH.
static void
clean(struct arena *a, cJSON *v)
{
	if (cJSON_IsObject(v))
		drop_duplicate_keys(a, v);
	json_foreach (k, v)
		if (k->child)
			clean(a, k);
}

static void
push_item(cJSON *item, cJSON *out, struct schema_budget *b)
{
	if (b->items == 0) {
		b->spent = true;
		cJSON_Delete(item);
		return;
	}
	b->items--;
	json_push(out, item);
}

// Recursion is bounded by SCHEMA_MAX_DEPTH. Takes v.
static void
flatten(cJSON *v, cJSON *out, struct schema_budget *b)
{
	cJSON *graph;

	if (cJSON_IsArray(v)) {
		while (v->child)
			flatten(cJSON_DetachItemViaPointer(v, v->child), out, b);
		cJSON_Delete(v);
		return;
	}
	graph = cJSON_IsObject(v) ? cJSON_DetachItemFromObjectCaseSensitive(v, "@graph") : NULL;
	if (cJSON_IsObject(v) && v->child && (!graph || json_get(v, "@type")))
		push_item(v, out, b);
	else
		cJSON_Delete(v);
	if (graph)
		flatten(graph, out, b);
}

static void
read_block(const struct page *p, struct sv text, cJSON *out, struct schema_budget *b)
{
	cleanup_buf strict = BUF_INIT_MAX(2 * SCHEMA_MAX_BYTES);
	cJSON *roots;

	if (text.n > b->bytes) {
		b->spent = true;
		return;
	}
	b->bytes -= text.n;
	jsonld_normalise(text, &strict, b);
	if (strict.overflow)
		return;
	json_repair(strict.p, strict.n);
	roots = cJSON_ParseWithLength(strict.p, strict.n);
	if (!roots)
		return;
	clean(p->a, roots);
	flatten(roots, out, b);
}

static bool
is_jsonld(const struct tree *t, node_id i)
{
	struct sv type = tree_get_id(t, i, ATTR_type);
	const char *parameters = type.n > 0 ? memchr(type.p, ';', type.n) : NULL;

	if (parameters)
		type.n = (size_t)(parameters - type.p);
	return sv_ieq_str(sv_trim(type), "application/ld+json");
}

static void
read_script(const struct page *p, node_id i, cJSON *out, struct schema_budget *b)
{
	cleanup_buf text = BUF_INIT_MAX(SCHEMA_MAX_BYTES);

	tree_raw_text(p->t, i, &text);
	if (text.overflow)
		b->spent = true;
	else if (text.n > 0)
		read_block(p, buf_view(&text), out, b);
}

void
jsonld_read(const struct page *p, cJSON *out, struct schema_budget *b)
{
	node_id i = tree_first_same(p->t, TAG_script);

	for (; i != NODE_NONE; i = tree_next_same(p->t, i))
		if (is_jsonld(p->t, i))
			read_script(p, i, out, b);
}
