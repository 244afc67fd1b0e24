// SPDX-License-Identifier: Apache-2.0
// Paths into a page's structured data: the first part names a type (or a key), the others walk keys
// and array indexes; arrays without an index are walked through. Sets of values are capped.
#include "extract/fields/fields_priv.h"
#include "extract/meta/structured/structured.h"

#define PATH_VALUES_MAX 5000
#define PART_MAX        (EXTRACT_MAX_JSON_LD_NAME + 1)

struct value_set {
	const cJSON **v;
	size_t n;
};

static void
set_add(struct value_set *s, const cJSON *v)
{
	if (v && s->n < PATH_VALUES_MAX)
		s->v[s->n++] = v;
}

// Recursion is bounded by SCHEMA_MAX_DEPTH.
static void
add_of_type(struct value_set *s, const cJSON *v, const char *type)
{
	if (cJSON_IsObject(v) && schema_is(v, type)) {
		set_add(s, v);
		return;
	}
	json_foreach (child, v)
		if (child->child)
			add_of_type(s, child, type);
}

static const cJSON *
key_of(const cJSON *v, const char *key)
{
	char prefixed[PART_MAX + 8] = "schema:";
	const cJSON *found = cJSON_IsObject(v) ? json_get(v, key) : NULL;

	if (found || !cJSON_IsObject(v))
		return found;
	memcpy(prefixed + 7, key, strlen(key) + 1);
	return json_get(v, prefixed);
}

static bool
is_index(const char *part)
{
	size_t n = strspn(part, "0123456789");

	return n > 0 && n <= 6 && part[n] == '\0';
}

static void
walk_value(struct page *p, struct value_set *out, const cJSON *v, const char *part)
{
	v = schema_deref(p, v);
	if (!cJSON_IsArray(v)) {
		set_add(out, key_of(v, part));
	} else if (is_index(part)) {
		set_add(out, cJSON_GetArrayItem(v, (int)strtol(part, NULL, 10)));
	} else {
		json_foreach (item, v)
			set_add(out, key_of(schema_deref(p, item), part));
	}
}

static void
first_part(struct page *p, struct value_set *out, const char *part)
{
	json_foreach (item, p->schema)
		if (schema_is(item, part))
			set_add(out, item);
	if (out->n == 0)
		json_foreach (item, p->schema)
			add_of_type(out, item, part);
	if (out->n == 0)
		json_foreach (item, p->schema)
			set_add(out, key_of(item, part));
}

// "offers.0.price", or "offers[0].price"; "[*]" and "[]" are what is done without an index.
static bool
next_part(const char **path, char part[PART_MAX])
{
	static const char between[] = ".[]*";
	size_t n = strcspn(*path, between);

	if (n == 0 || n >= PART_MAX)
		return false;
	memcpy(part, *path, n);
	part[n] = '\0';
	*path += n + strspn(*path + n, between);
	return true;
}

static bool
add_found(struct page *p, struct found_list *out, const cJSON *v)
{
	if (!cJSON_IsArray(v))
		return cJSON_IsNull(v) ||
		       found_add(out, p->a, (struct found){.kind = FOUND_JSON, .json = v});
	json_foreach (item, v)
		if (!cJSON_IsNull(item) &&
		    !found_add(out, p->a, (struct found){.kind = FOUND_JSON, .json = item}))
			return false;
	return true;
}

bool
field_jsonld(struct page *p, const char *path, struct found_list *out)
{
	cleanup_free const cJSON **one = xcalloc(PATH_VALUES_MAX, sizeof(cJSON *));
	cleanup_free const cJSON **other = xcalloc(PATH_VALUES_MAX, sizeof(cJSON *));
	struct value_set now = {.v = one}, next = {.v = other};
	char part[PART_MAX];

	if (!next_part(&path, part))
		return true;
	first_part(p, &now, part);
	while (*path && next_part(&path, part)) {
		struct value_set swap = now;

		next.n = 0;
		for (size_t i = 0; i < now.n; i++)
			walk_value(p, &next, now.v[i], part);
		now = next;
		next = swap;
	}
	for (size_t i = 0; i < now.n; i++)
		if (!add_found(p, out, now.v[i]))
			return false;
	return true;
}
