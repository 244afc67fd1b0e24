// SPDX-License-Identifier: Apache-2.0
// `extract.schema` of a render request, the JSON Schema of the fields' values: only the keywords
// that result_schema.c checks are taken, each with an argument of its type. Linked by the daemon
// and by the extractor; any thread.
#include "extract/options_priv.h"

#include <math.h>

int
options_name_index(const char *const *names, const char *s)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -1;
}

enum schema_arg {
	ARG_NUMBER,
	ARG_COUNT,
	ARG_TYPES,
	ARG_NAMES,
	ARG_SCHEMA,
	ARG_SCHEMAS,
	ARG_VALUES,
	ARG_ANY
};
static const struct {
	const char *name;
	enum schema_arg arg;
} schema_keywords[] = {{"type", ARG_TYPES}, {"required", ARG_NAMES}, {"properties", ARG_SCHEMAS},
    {"items", ARG_SCHEMA}, {"enum", ARG_VALUES}, {"minimum", ARG_NUMBER}, {"maximum", ARG_NUMBER},
    {"minLength", ARG_COUNT}, {"maxLength", ARG_COUNT}, {"minItems", ARG_COUNT},
    {"maxItems", ARG_COUNT}, {"title", ARG_ANY}, {"description", ARG_ANY}, {"$schema", ARG_ANY}};
static const char *const schema_types[] = {
    "string", "number", "integer", "boolean", "array", "object", "null", NULL};

static bool
is_type(const cJSON *v)
{
	return cJSON_IsString(v) && options_name_index(schema_types, v->valuestring) >= 0;
}

static bool
all_are(const cJSON *v, bool types)
{
	if (!cJSON_IsArray(v) || (types && !v->child))
		return false;
	json_foreach (item, v)
		if (types ? !is_type(item) : !cJSON_IsString(item))
			return false;
	return true;
}

static bool
is_count(const cJSON *v)
{
	return cJSON_IsNumber(v) && v->valuedouble >= 0 && floor(v->valuedouble) == v->valuedouble;
}

static int schema_verify(const cJSON *v, unsigned depth, const char *path, struct err *err);

static int
schemas_verify(const cJSON *v, unsigned depth, const char *path, struct err *err)
{
	if (!cJSON_IsObject(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an object of schemas");
	json_foreach (item, v) {
		cleanup_free char *where = xasprintf("%s.%s", path, item->string);
		int rc;

		rc = schema_verify(item, depth, where, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
keyword_verify(const cJSON *v, unsigned depth, const char *path, struct err *err)
{
	size_t i = 0;

	while (i < ARRAY_LEN(schema_keywords) && strcmp(schema_keywords[i].name, v->string) != 0)
		i++;
	if (i == ARRAY_LEN(schema_keywords))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected type, required, properties, items, enum, minimum, maximum, minLength, "
		    "maxLength, minItems or maxItems");
	if (schema_keywords[i].arg == ARG_SCHEMA)
		return schema_verify(v, depth + 1, path, err);
	if (schema_keywords[i].arg == ARG_SCHEMAS)
		return schemas_verify(v, depth + 1, path, err);
	if (schema_keywords[i].arg == ARG_NUMBER && !cJSON_IsNumber(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected a number");
	if (schema_keywords[i].arg == ARG_COUNT && !is_count(v))
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected a whole number of 0 or more");
	if (schema_keywords[i].arg == ARG_VALUES && !cJSON_IsArray(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an array of values");
	if (schema_keywords[i].arg == ARG_NAMES && !all_are(v, false))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an array of names");
	if (schema_keywords[i].arg == ARG_TYPES && !is_type(v) && !all_are(v, true))
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected string, number, integer, boolean, array, object, null or an array of "
		    "these");
	return 0;
}

static int
schema_verify(const cJSON *v, unsigned depth, const char *path, struct err *err)
{
	if (!cJSON_IsObject(v))
		return err_at(err, ERR_INVALID_REQUEST, path, "expected a JSON Schema object");
	if (depth > EXTRACT_MAX_SCHEMA_DEPTH)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "schemas may be nested at most %d deep", EXTRACT_MAX_SCHEMA_DEPTH);
	json_foreach (item, v) {
		cleanup_free char *where = xasprintf("%s.%s", path, item->string);
		int rc;

		rc = keyword_verify(item, depth, where, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
schema_read(const cJSON *v, void *slot, struct arena *a UNUSED, const char *path, struct err *err)
{
	int rc = schema_verify(v, 1, path, err);

	if (rc == 0)
		*(const cJSON **)slot = v;
	return rc;
}

static cJSON *
schema_schema(void)
{
	cJSON *s = json_obj();

	json_set_str(s, "type", "object");
	return s;
}

const struct param_custom options_schema_param = {schema_read, schema_schema};
