// SPDX-License-Identifier: Apache-2.0
// A page's structured data as one list, and the questions that others ask of it.
#include "extract/meta/structured/structured.h"

#include <stdio.h>

#define DEREF_MAX 1000 // objects looked at for one reference

cJSON *
schema_read(struct page *p)
{
	struct schema_budget b = {SCHEMA_MAX_ITEMS, SCHEMA_MAX_VALUES, SCHEMA_MAX_BYTES, false};
	cJSON *out = json_arr();

	jsonld_read(p, out, &b);
	microdata_read(p, out, &b);
	rdfa_read(p, out, &b);
	if (b.spent)
		p->truncated |= 1u << PAGE_CAP_SCHEMA;
	return out;
}

struct sv
schema_word(struct sv v, size_t *pos)
{
	size_t i = *pos, from;

	while (i < v.n && (unsigned char)v.p[i] <= ' ')
		i++;
	for (from = i; i < v.n && (unsigned char)v.p[i] > ' ';)
		i++;
	*pos = i;
	return sv_sub(v, from, i);
}

void
schema_add(cJSON *obj, const char *name, cJSON *value)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(obj, name), *list;

	if (cJSON_IsArray(old)) {
		json_push(old, value);
		return;
	}
	if (old) {
		list = json_arr();
		json_push(list, cJSON_DetachItemViaPointer(obj, old));
		json_push(list, value);
		value = list;
	}
	json_set(obj, name, value);
}

static bool
type_equals(const cJSON *v, const char *type)
{
	static const char *const prefixes[] = {
	    "schema:", "http://schema.org/", "https://schema.org/"};
	struct sv s = cJSON_IsString(v) ? sv_from(v->valuestring) : SV_NULL;
	size_t n = strlen(type);

	if (s.n < n || !sv_imemeq(s.p + s.n - n, type, n))
		return false;
	s.n -= n;
	for (size_t i = 0; s.n > 0 && i < ARRAY_LEN(prefixes); i++)
		if (sv_ieq_str(s, prefixes[i]))
			return true;
	return s.n == 0;
}

bool
schema_is(const cJSON *obj, const char *type)
{
	const cJSON *t = json_get(obj, "@type");

	if (!cJSON_IsArray(t))
		return type_equals(t, type);
	json_foreach (item, t)
		if (type_equals(item, type))
			return true;
	return false;
}

const cJSON *
schema_deref(const struct page *p, const cJSON *v)
{
	const char *id = cJSON_IsObject(v) ? json_str(v, "@id") : NULL;
	unsigned steps = 0;

	if (!id || !p->schema || v->child->next) // more than the reference: the object itself
		return v;
	json_foreach (item, p->schema) {
		const char *other = json_str(item, "@id");

		if (++steps > DEREF_MAX)
			break;
		if (other && item->child->next && strcmp(other, id) == 0)
			return item;
	}
	return v;
}

static struct sv
scalar_text(const struct page *p, const cJSON *v)
{
	char number[40];
	int n;

	if (cJSON_IsString(v))
		return page_collapse(p, sv_from(v->valuestring));
	if (!cJSON_IsNumber(v))
		return SV_NULL;
	n = snprintf(number, sizeof(number), "%.15g", v->valuedouble);
	return page_dup(p, (struct sv){number, (size_t)n});
}

struct sv
schema_text(const struct page *p, const cJSON *v)
{
	static const char *const keys[] = {"@value", "name", "url", "@id"};

	if (cJSON_IsArray(v))
		v = v->child;
	v = schema_deref(p, v);
	for (size_t i = 0; cJSON_IsObject(v) && i < ARRAY_LEN(keys); i++) {
		const cJSON *inner = json_get(v, keys[i]);

		if (cJSON_IsArray(inner))
			inner = inner->child;
		if (cJSON_IsString(inner))
			return scalar_text(p, inner);
	}
	return scalar_text(p, v);
}
