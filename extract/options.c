// SPDX-License-Identifier: Apache-2.0
// The `extract` member of a render request: its parameter tables, the reader of the field tree and
// their JSON Schema. Linked by the daemon and by the extractor; any thread; knows nothing of HTML.
#include "extract/options_priv.h"

#include "base/nearest.h"

#include <stdio.h>

static const char *const document_names[] = {
#define X(sym, name) #name,
    DOCUMENT_FIELDS(X)
#undef X
	NULL};
static const char *const strategy_names[] = {
    "article", "css_json", "xpath", "regex", "json_ld", "metadata", "full", NULL};
static const char *const type_names[] = {
    "string", "number", "boolean", "date", "url", "html", "object", NULL};
static const char *const transform_names[] = {
    "trim", "collapse", "lower", "upper", "number", "date", "url", NULL};

#define FIELD_NAME_MAX 128
#define FIELD_ANCHOR   "extract_field"

// --- transform ---

static int
transform_item_read(const cJSON *v, const char *path, size_t i, uint8_t *out, struct err *err)
{
	int index = cJSON_IsString(v) ? options_name_index(transform_names, v->valuestring) : -1;
	char where[sizeof(err->path)];
	const char *near;

	if (index >= 0) {
		*out = (uint8_t)index;
		return 0;
	}
	snprintf(where, sizeof(where), "%s[%zu]", path, i);
	near = cJSON_IsString(v)
		   ? nearest_word(v->valuestring, transform_names, ARRAY_LEN(transform_names) - 1)
		   : NULL;
	return err_at(err, ERR_INVALID_REQUEST, where,
	    "expected one of trim, collapse, lower, upper, number, date, url%s%s%s",
	    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int
transform_read(
    const cJSON *v, void *slot, struct arena *a UNUSED, const char *path, struct err *err)
{
	struct extract_transforms *out = slot;

	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > EXTRACT_MAX_TRANSFORMS)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected an array of at most %d transforms, such as [\"number\"]",
		    EXTRACT_MAX_TRANSFORMS);
	json_foreach (item, v) {
		int rc = transform_item_read(item, path, out->n, &out->v[out->n], err);

		if (rc != 0)
			return rc;
		out->n++;
	}
	return 0;
}

static cJSON *
names_schema(const char *const *names)
{
	cJSON *s = json_obj(), *list = json_arr();

	for (; *names; names++)
		json_push(list, cJSON_CreateString(*names));
	json_set_str(s, "type", "string");
	json_set(s, "enum", list);
	return s;
}

static cJSON *
transform_schema(void)
{
	cJSON *s = json_obj();

	json_set_str(s, "type", "array");
	json_set(s, "items", names_schema(transform_names));
	json_set_int(s, "maxItems", EXTRACT_MAX_TRANSFORMS);
	return s;
}

static const struct param_custom transform_param = {transform_read, transform_schema};

// --- one field ---

static int fields_read(
    const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err);
static cJSON *fields_ref_schema(void);
static int field_check(void *obj, const char *path, struct err *err);

static const struct param_custom nested_param = {fields_read, fields_ref_schema};

#define F(member) offsetof(struct extract_field, member)
static const struct param field_rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.offset = F(css),
	.min = 1,
	.max = EXTRACT_MAX_EXPR_BYTES,
	.doc = "CSS selector; may end in `::text` or `::attr(NAME)`."},
    {.name = "xpath",
	.type = PARAM_STRING,
	.offset = F(xpath),
	.min = 1,
	.max = EXTRACT_MAX_EXPR_BYTES,
	.doc = "XPath 1.0 expression."},
    {.name = "regex",
	.type = PARAM_STRING,
	.offset = F(regex),
	.min = 1,
	.max = EXTRACT_MAX_EXPR_BYTES,
	.doc =
	    "PCRE2 pattern over the page's text, or over what `css` or `xpath` found; the value is "
	    "the first group, or the whole match."},
    {.name = "json_ld",
	.type = PARAM_STRING,
	.offset = F(json_ld),
	.min = 1,
	.max = EXTRACT_MAX_EXPR_BYTES,
	.doc = "Path into the page's structured data: `Product.offers.price`."},
    {.name = "type",
	.type = PARAM_ENUM,
	.offset = F(type),
	.names = type_names,
	.def = "\"string\"",
	.doc = "Type of the value."},
    {.name = "many",
	.type = PARAM_BOOL,
	.offset = F(many),
	.def = "false",
	.doc = "All matches as an array, not the first one."},
    {.name = "required",
	.type = PARAM_BOOL,
	.offset = F(required),
	.def = "false",
	.doc = "A missing value is reported in `extraction_metadata.field_errors`."},
    {.name = "default", .type = PARAM_JSON, .offset = F(def), .doc = "Value when nothing matches."},
    {.name = "fields",
	.type = PARAM_CUSTOM,
	.offset = F(fields),
	.custom = &nested_param,
	.doc = "Fields of an object, relative to the element that `css` or `xpath` found."},
    {.name = "transform",
	.type = PARAM_CUSTOM,
	.offset = F(transform),
	.custom = &transform_param,
	.doc = "Steps applied to the text, in order, before it is converted to `type`."},
};
#undef F
const struct param_table extract_field_table = {
    .name = "extract_field",
    .doc = "Where a custom field's value comes from and what type it has.",
    .size = sizeof(struct extract_field),
    .rows = field_rows,
    .n_rows = ARRAY_LEN(field_rows),
    .check = field_check,
};

// Names with a point between each: none may be empty or long.
static int
json_ld_check(const char *v, const char *path, struct err *err)
{
	char where[sizeof(err->path)];

	for (const char *part = v;; part++) {
		size_t n = strcspn(part, ".");

		if (n == 0 || n > EXTRACT_MAX_JSON_LD_NAME) {
			snprintf(where, sizeof(where), "%s.json_ld", path);
			return err_at(err, ERR_INVALID_REQUEST, where,
			    "expected names of 1 to %d bytes, with a point between each: "
			    "Product.offers.price",
			    EXTRACT_MAX_JSON_LD_NAME);
		}
		part += n;
		if (!*part)
			return 0;
	}
}

static int
field_source_check(const struct extract_field *f, const char *path, struct err *err)
{
	int n = !!f->css + !!f->xpath + !!f->json_ld;

	if (n > 1)
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected only one of css, xpath and json_ld");
	if (n == 0 && !f->regex)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "expected one of css, xpath, regex and json_ld");
	if (f->json_ld && f->regex)
		return err_at(err, ERR_INVALID_REQUEST, path, "regex goes with css or xpath only");
	return f->json_ld ? json_ld_check(f->json_ld, path, err) : 0;
}

static int
field_check(void *obj, const char *path, struct err *err)
{
	struct extract_field *f = obj;
	int rc = field_source_check(f, path, err);

	if (rc != 0)
		return rc;
	if (f->n_fields > 0) {
		if (!f->css && !f->xpath)
			return err_at(err, ERR_INVALID_REQUEST, path,
			    "nested fields need css or xpath to find their element");
		if (f->regex)
			return err_at(err, ERR_INVALID_REQUEST, path,
			    "regex and nested fields exclude each other");
		if (f->type != FIELD_STRING && f->type != FIELD_OBJECT)
			return err_at(err, ERR_INVALID_REQUEST, path,
			    "nested fields make an object; type must be object or absent");
		f->type = FIELD_OBJECT;
	} else if (f->type == FIELD_OBJECT && !f->json_ld) {
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "type object needs fields or json_ld");
	}
	return 0;
}

// --- the tree of fields ---

static int
field_read(const cJSON *item, struct extract_field *f, struct arena *a, const char *parent,
    struct err *err)
{
	size_t len = strlen(item->string);
	const char *path;
	int rc;

	if (len == 0 || len > FIELD_NAME_MAX)
		return err_at(err, ERR_INVALID_REQUEST, parent,
		    "expected field names of 1 to %d bytes", FIELD_NAME_MAX);
	path = arena_fmt(a, "%s.%s", parent, item->string);
	if (!path)
		return err_set(err, ERR_TOO_LARGE, NULL);
	if (!cJSON_IsObject(item))
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected an object such as {\"css\": \"h1\"}");
	rc = params_read(&extract_field_table, item, f, a, path, err);
	if (rc != 0)
		return rc;
	f->name = arena_strdup(a, item->string);
	f->path = path;
	return f->name ? 0 : err_set(err, ERR_TOO_LARGE, NULL);
}

// `slot` is the `fields` member of a struct in which n_fields follows at once.
struct field_list {
	struct extract_field *fields;
	size_t n_fields;
};
_Static_assert(offsetof(struct extract_field, n_fields) - offsetof(struct extract_field, fields) ==
		   offsetof(struct field_list, n_fields),
    "field_list mirrors extract_field");
_Static_assert(
    offsetof(struct extract_options, n_fields) - offsetof(struct extract_options, fields) ==
	offsetof(struct field_list, n_fields),
    "field_list mirrors extract_options");

static int
fields_read(const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err)
{
	struct field_list *out = slot;
	struct extract_field *list;
	size_t n = 0;

	if (!cJSON_IsObject(v) || !v->child)
		return err_at(
		    err, ERR_INVALID_REQUEST, path, "expected an object with at least one field");
	list = arena_array(a, (size_t)cJSON_GetArraySize(v), sizeof(*list));
	if (!list)
		return err_set(err, ERR_TOO_LARGE, NULL);
	json_foreach (item, v) {
		int rc = field_read(item, &list[n], a, path, err);

		if (rc != 0)
			return rc;
		n++;
	}
	out->fields = list;
	out->n_fields = n;
	return 0;
}

// Depth and number are checked on the JSON before anything is read.
static int
fields_measure(const cJSON *v, unsigned depth, size_t *total, const char *path, struct err *err)
{
	if (depth > EXTRACT_MAX_FIELD_DEPTH)
		return err_at(err, ERR_INVALID_REQUEST, path,
		    "fields may be nested at most %d deep", EXTRACT_MAX_FIELD_DEPTH);
	json_foreach (item, v) {
		const cJSON *nested = cJSON_IsObject(item) ? json_get(item, "fields") : NULL;
		char where[sizeof(err->path)];
		int rc;

		if (++*total > EXTRACT_MAX_FIELDS)
			return err_at(err, ERR_INVALID_REQUEST, path, "expected at most %d fields",
			    EXTRACT_MAX_FIELDS);
		if (!cJSON_IsObject(nested))
			continue;
		snprintf(where, sizeof(where), "%s.%s.fields", path, item->string);
		rc = fields_measure(nested, depth + 1, total, where, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
fields_read_root(const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err)
{
	size_t total = 0;
	int rc = fields_measure(v, 1, &total, path, err);

	return rc != 0 ? rc : fields_read(v, slot, a, path, err);
}

static cJSON *
fields_schema_of(cJSON *item)
{
	cJSON *s = json_obj();

	json_set_str(s, "type", "object");
	json_set_int(s, "minProperties", 1);
	json_set(s, "additionalProperties", item);
	return s;
}

static cJSON *
fields_ref_schema(void)
{
	cJSON *ref = json_obj();

	json_set_str(ref, "$ref", "#" FIELD_ANCHOR);
	return fields_schema_of(ref);
}

static cJSON *
fields_root_schema(void)
{
	cJSON *defs = json_obj();
	cJSON *field = params_schema(&extract_field_table, defs);

	cJSON_Delete(defs); // a field refers to no other table
	json_set_str(field, "$anchor", FIELD_ANCHOR);
	return fields_schema_of(field);
}

static const struct param_custom fields_param = {fields_read_root, fields_root_schema};

// --- the whole ---

#define O(member) offsetof(struct extract_options, member)
static const struct param option_rows[] = {
    {.name = "document",
	.type = PARAM_ENUMS,
	.offset = O(document),
	.names = document_names,
	.doc = "Fields of the document that are wanted; absent: all."},
    {.name = "strategies",
	.type = PARAM_ENUMS,
	.offset = O(strategies),
	.names = strategy_names,
	.doc = "What to compute; absent: everything, with the main content as `article` finds it. "
	       "`full` keeps all visible content of the page."},
    {.name = "fields",
	.type = PARAM_CUSTOM,
	.offset = O(fields),
	.custom = &fields_param,
	.doc = "Custom fields by name, found by CSS, XPath, regular expression or JSON-LD path."},
    {.name = "schema",
	.type = PARAM_CUSTOM,
	.offset = O(schema),
	.custom = &options_schema_param,
	.doc = "JSON Schema of `custom_fields` (type, required, properties, items, enum, minimum, "
	       "maximum, minLength, maxLength, minItems, maxItems); what it does not allow is "
	       "reported in `extraction_metadata.field_errors`."},
};
#undef O
const struct param_table extract_options_table = {
    .name = "extract",
    .doc = "What is extracted from the page.",
    .size = sizeof(struct extract_options),
    .rows = option_rows,
    .n_rows = ARRAY_LEN(option_rows),
};

int
extract_options_read(const cJSON *v, struct arena *a, const char *path,
    struct extract_options **out, struct err *err)
{
	struct extract_options *o = arena_alloc(a, sizeof(*o));
	int rc = 0;

	if (!o)
		return err_set(err, ERR_TOO_LARGE, NULL);
	if (v && !cJSON_IsNull(v))
		rc = params_read(&extract_options_table, v, o, a, path, err);
	if (rc == 0)
		*out = o;
	return rc;
}
