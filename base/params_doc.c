// SPDX-License-Identifier: Apache-2.0
// Parameter tables as JSON Schema (draft 2020-12) and as Markdown reference.
#include "base/params.h"

#include <stdio.h>

static cJSON *
typed(const char *type)
{
	cJSON *s = json_obj();

	json_set_str(s, "type", type);
	return s;
}

static void
set_limits(cJSON *s, const struct param *p, const char *min, const char *max)
{
	if (p->min == 0 && p->max == 0)
		return;
	json_set_num(s, min, p->min);
	if (p->max >= p->min)
		json_set_num(s, max, p->max);
}

static cJSON *
name_list(const char *const *names)
{
	cJSON *s = typed("string"), *list = json_arr();

	for (size_t i = 0; names[i]; i++)
		json_push(list, cJSON_CreateString(names[i]));
	json_set(s, "enum", list);
	return s;
}

static cJSON *
table_ref(const struct param_table *t, cJSON *defs)
{
	cJSON *s = json_obj();
	char ref[128];

	if (!json_get(defs, t->name)) {
		json_set_null(defs, t->name); // a table may hold itself
		cJSON_ReplaceItemInObjectCaseSensitive(defs, t->name, params_schema(t, defs));
	}
	snprintf(ref, sizeof(ref), "#/$defs/%s", t->name);
	json_set_str(s, "$ref", ref);
	return s;
}

static cJSON *
array_of(cJSON *items, const struct param *p)
{
	cJSON *s = typed("array");

	json_set(s, "items", items);
	set_limits(s, p, "minItems", "maxItems");
	return s;
}

static cJSON *
object_or_bool(const struct param_table *t, cJSON *defs)
{
	cJSON *s = json_obj(), *any = json_arr();

	json_push(any, typed("boolean"));
	json_push(any, table_ref(t, defs));
	json_set(s, "anyOf", any);
	return s;
}

static cJSON *
string_map(const struct param *p)
{
	cJSON *s = typed("object");

	json_set(s, "additionalProperties", typed("string"));
	set_limits(s, p, "minProperties", "maxProperties");
	return s;
}

static cJSON *
limited(const char *type, const struct param *p, const char *min, const char *max)
{
	cJSON *s = typed(type);

	set_limits(s, p, min, max);
	return s;
}

static cJSON *
length_schema(const struct param *p)
{
	cJSON *s = json_obj(), *any = json_arr(), *text = typed("string");

	json_set_str(text, "pattern", "^([0-9]+[.]?[0-9]*|[.][0-9]+)(in|cm|mm|px|pt|pc)$");
	json_push(any, limited("number", p, "minimum", "maximum"));
	json_push(any, text);
	json_set(s, "anyOf", any);
	return s;
}

static cJSON *
value_schema(const struct param *p, cJSON *defs)
{
	switch (p->type) {
	case PARAM_STRING:
		return limited("string", p, "minLength", "maxLength");
	case PARAM_INT:
		return limited("integer", p, "minimum", "maximum");
	case PARAM_NUM:
		return p->flags & PARAM_LENGTH ? length_schema(p)
					       : limited("number", p, "minimum", "maximum");
	case PARAM_BOOL:
		return typed("boolean");
	case PARAM_ENUM:
		return name_list(p->names);
	case PARAM_STRINGS:
		return array_of(typed("string"), p);
	case PARAM_ENUMS:
		return array_of(name_list(p->names), p);
	case PARAM_MAP:
		return string_map(p);
	case PARAM_OBJECT:
		return table_ref(p->table, defs);
	case PARAM_OBJECT_OR_BOOL:
		return object_or_bool(p->table, defs);
	case PARAM_ARRAY:
		return array_of(table_ref(p->table, defs), p);
	case PARAM_JSON:
		return json_obj();
	case PARAM_CUSTOM:
		return p->custom->schema();
	}
	abort();
}

static cJSON *
or_null(cJSON *schema)
{
	cJSON *s = json_obj(), *any = json_arr();

	json_push(any, schema);
	json_push(any, typed("null"));
	json_set(s, "anyOf", any);
	return s;
}

static void
add_rows(const struct param_table *t, cJSON *properties, cJSON *required, cJSON *defs)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct param *p = &t->rows[i];
		cJSON *s;

		if (p->flags & (PARAM_HIDDEN | PARAM_UNBUILT))
			continue;
		s = p->flags & PARAM_NULLABLE ? or_null(value_schema(p, defs))
					      : value_schema(p, defs);
		if (!json_get(s, "description")) // a custom schema may bring its own
			json_set_str(s, "description", p->doc);
		if (p->def && !json_get(s, "default"))
			json_set(s, "default", cJSON_Parse(p->def));
		json_set(properties, p->name, s);
		if (p->flags & PARAM_REQUIRED)
			json_push(required, cJSON_CreateString(p->name));
	}
}

static void
add_one_of(const struct param_table *t, cJSON *s)
{
	cJSON *any = json_arr();

	for (size_t i = 0; t->one_of[i]; i++) {
		cJSON *one = json_obj(), *keys = json_arr();

		json_push(keys, cJSON_CreateString(t->one_of[i]));
		json_set(one, "required", keys);
		json_push(any, one);
	}
	json_set(s, "oneOf", any);
}

cJSON *
params_schema2(const struct param_table *t1, const struct param_table *t2, cJSON *defs)
{
	cJSON *s = typed("object"), *properties = json_obj(), *required = json_arr();

	if (t1->doc)
		json_set_str(s, "description", t1->doc);
	add_rows(t1, properties, required, defs);
	if (t2)
		add_rows(t2, properties, required, defs);
	json_set(s, "properties", properties);
	json_set(s, "required", required);
	json_set_bool(s, "additionalProperties", false);
	if (t1->one_of)
		add_one_of(t1, s);
	return s;
}

cJSON *
params_schema(const struct param_table *t, cJSON *defs)
{
	return params_schema2(t, NULL, defs);
}

static const char *const type_words[] = {
    [PARAM_STRING] = "string",
    [PARAM_INT] = "integer",
    [PARAM_NUM] = "number",
    [PARAM_BOOL] = "boolean",
    [PARAM_ENUM] = "",
    [PARAM_STRINGS] = "array of strings",
    [PARAM_ENUMS] = "array of",
    [PARAM_MAP] = "object of strings",
    [PARAM_OBJECT] = "object",
    [PARAM_OBJECT_OR_BOOL] = "true or object",
    [PARAM_ARRAY] = "array of objects",
    [PARAM_JSON] = "any",
    [PARAM_CUSTOM] = "see text",
};

static void
type_text(const struct param *p, struct buf *out)
{
	buf_str(out, type_words[p->type]);
	for (size_t i = 0; p->names && p->names[i]; i++)
		buf_fmt(out, "%s`%s`", i || type_words[p->type][0] ? " " : "", p->names[i]);
	if (p->max < p->min)
		buf_fmt(out, ", at least %.10g%s", p->min, p->type == PARAM_STRING ? " bytes" : "");
	else if (p->min != 0 || p->max != 0)
		buf_fmt(out, " %.10g to %.10g%s", p->min, p->max,
		    p->type == PARAM_STRING ? " bytes" : "");
	if (p->flags & PARAM_LENGTH)
		buf_str(out, ", or text as `\"2.5cm\"`");
}

// Text in a table cell: a bar would end it.
static void
cell(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_fmt(out, *text == '|' ? "\\%c" : "%c", *text);
}

void
params_markdown(const struct param_table *t, struct buf *out)
{
	buf_str(out, "| key | type | default | |\n|---|---|---|---|\n");
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct param *p = &t->rows[i];

		if (p->flags & (PARAM_HIDDEN | PARAM_UNBUILT))
			continue;
		buf_fmt(out, "| `%s` | ", p->name);
		type_text(p, out);
		buf_str(out, " | ");
		if (p->flags & PARAM_REQUIRED)
			buf_str(out, "required");
		else if (p->def) {
			buf_ch(out, '`');
			cell(out, p->def);
			buf_ch(out, '`');
		}
		buf_str(out, " | ");
		cell(out, p->doc);
		buf_str(out, " |\n");
	}
	for (size_t i = 0; t->one_of && t->one_of[i]; i++)
		buf_fmt(out, "%s`%s`", i ? ", " : "\nExactly one of ", t->one_of[i]);
	buf_str(out, t->one_of ? ".\n" : "");
}
