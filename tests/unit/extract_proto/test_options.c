// SPDX-License-Identifier: Apache-2.0
// The `extract` member: what is read, what is refused with which path, and its JSON Schema.
#include "extract/document.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

struct reading {
	struct arena a;
	cJSON *json;
	struct extract_options *o;
	struct err err;
	int rc;
};

static struct reading
read_text(const char *text)
{
	struct reading r = {.err = ERR_INIT};

	arena_init(&r.a, 0);
	r.json = cJSON_Parse(text);
	assert_non_null(r.json);
	r.rc = extract_options_read(r.json, &r.a, "extract", &r.o, &r.err);
	return r;
}

static void
reading_done(struct reading *r)
{
	cJSON_Delete(r->json);
	arena_done(&r->a);
}

static void
refuses(const char *text, const char *path, const char *message)
{
	struct reading r = read_text(text);

	assert_int_equal(r.rc, ERR_INVALID_REQUEST);
	assert_string_equal(r.err.path, path);
	assert_string_equal(r.err.message, message);
	assert_null(r.o);
	reading_done(&r);
}

static void
absent_options_are_defaults(void **state)
{
	struct arena a;
	struct extract_options *o = NULL;
	struct err err = ERR_INIT;

	(void)state;
	arena_init(&a, 0);
	assert_int_equal(extract_options_read(NULL, &a, "extract", &o, &err), 0);
	assert_int_equal(o->document, 0);
	assert_int_equal(o->strategies, 0);
	assert_int_equal(o->n_fields, 0);
	arena_done(&a);
}

static void
names_and_strategies_become_bits(void **state)
{
	struct reading r =
	    read_text("{\"document\":[\"title\",\"links\"],\"strategies\":[\"full\",\"json_ld\"]}");

	(void)state;
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.o->document, 1u << DOC_TITLE | 1u << DOC_LINKS);
	assert_int_equal(r.o->strategies, 1u << STRATEGY_FULL | 1u << STRATEGY_JSON_LD);
	reading_done(&r);
}

static void
fields_are_read_with_all_their_keys(void **state)
{
	struct reading r = read_text(
	    "{\"fields\":{\"price\":{\"css\":\".p\",\"regex\":\"\\\\d+\",\"type\":\"number\",\"required\":true,"
	    "\"default\":0,\"transform\":[\"trim\",\"number\"]},\"offers\":{\"xpath\":\"//li\",\"many\":true,"
	    "\"fields\":{\"url\":{\"css\":\"a\",\"type\":\"url\"}}},\"brand\":{\"json_ld\":\"Product.brand\",\"type\":\"object\"}}}");
	const struct extract_field *f;

	(void)state;
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.o->n_fields, 3);
	f = &r.o->fields[0];
	assert_string_equal(f->name, "price");
	assert_string_equal(f->path, "extract.fields.price");
	assert_string_equal(f->css, ".p");
	assert_string_equal(f->regex, "\\d+");
	assert_int_equal(f->type, FIELD_NUMBER);
	assert_true(f->required);
	assert_false(f->many);
	assert_true(cJSON_IsNumber(f->def));
	assert_int_equal(f->transform.n, 2);
	assert_int_equal(f->transform.v[0], TRANSFORM_TRIM);
	assert_int_equal(f->transform.v[1], TRANSFORM_NUMBER);
	f = &r.o->fields[1];
	assert_int_equal(f->type, FIELD_OBJECT);
	assert_true(f->many);
	assert_int_equal(f->n_fields, 1);
	assert_string_equal(f->fields[0].path, "extract.fields.offers.fields.url");
	assert_int_equal(f->fields[0].type, FIELD_URL);
	assert_int_equal(r.o->fields[2].type, FIELD_OBJECT);
	reading_done(&r);
}

static void
wrong_values_are_refused_by_path(void **state)
{
	(void)state;
	refuses("{\"fields\":{\"price\":{\"css\":\"p\",\"type\":\"strin\"}}}",
	    "extract.fields.price.type",
	    "expected one of string, number, boolean, date, url, html, object; did you mean \"string\"?");
	refuses("{\"fields\":{\"a\":{\"css\":\"p\",\"transform\":[\"trim\",\"nope\"]}}}",
	    "extract.fields.a.transform[1]",
	    "expected one of trim, collapse, lower, upper, number, date, url");
	refuses("{\"fields\":{\"a\":{\"css\":\"p\",\"transform\":\"trim\"}}}",
	    "extract.fields.a.transform",
	    "expected an array of at most 8 transforms, such as [\"number\"]");
	refuses("{\"fields\":{\"a\":{\"css\":\"p\",\"transform\":[\"Trim\"]}}}",
	    "extract.fields.a.transform[0]",
	    "expected one of trim, collapse, lower, upper, number, date, url; did you mean "
	    "\"trim\"?");
	refuses("{\"fields\":{\"a\":\"h1\"}}", "extract.fields.a",
	    "expected an object such as {\"css\": \"h1\"}");
	refuses("{\"fields\":{\"a\":{\"json_ld\":\"A..b\"}}}", "extract.fields.a.json_ld",
	    "expected names of 1 to 127 bytes, with a point between each: Product.offers.price");
	refuses("{\"fields\":{\"a\":{\"json_ld\":\"A.\"}}}", "extract.fields.a.json_ld",
	    "expected names of 1 to 127 bytes, with a point between each: Product.offers.price");
	refuses("{\"schema\":{\"type\":[]}}", "extract.schema.type",
	    "expected string, number, integer, boolean, array, object, null or an array of these");
	refuses("{\"schema\":{\"properties\":{\"a\":{\"minLength\":-1}}}}",
	    "extract.schema.properties.a.minLength", "expected a whole number of 0 or more");
	refuses("{\"schema\":{\"items\":{\"maxItems\":2.5}}}", "extract.schema.items.maxItems",
	    "expected a whole number of 0 or more");
	refuses("{\"fields\":{}}", "extract.fields", "expected an object with at least one field");
	refuses("{\"fields\":[1]}", "extract.fields", "expected an object with at least one field");
	refuses("{\"fields\":{\"\":{\"css\":\"p\"}}}", "extract.fields",
	    "expected field names of 1 to 128 bytes");
}

static void
a_field_has_one_source(void **state)
{
	(void)state;
	refuses("{\"fields\":{\"a\":{\"type\":\"string\"}}}", "extract.fields.a",
	    "expected one of css, xpath, regex and json_ld");
	refuses("{\"fields\":{\"a\":{\"css\":\"p\",\"xpath\":\"//p\"}}}", "extract.fields.a",
	    "expected only one of css, xpath and json_ld");
	refuses("{\"fields\":{\"a\":{\"json_ld\":\"A.b\",\"regex\":\"x\"}}}", "extract.fields.a",
	    "regex goes with css or xpath only");
	refuses("{\"fields\":{\"a\":{\"regex\":\"x\",\"fields\":{\"b\":{\"css\":\"p\"}}}}}",
	    "extract.fields.a", "nested fields need css or xpath to find their element");
	refuses(
	    "{\"fields\":{\"a\":{\"css\":\"x\",\"type\":\"url\",\"fields\":{\"b\":{\"css\":\"p\"}}}}}",
	    "extract.fields.a", "nested fields make an object; type must be object or absent");
	refuses("{\"fields\":{\"a\":{\"css\":\"p\",\"type\":\"object\"}}}", "extract.fields.a",
	    "type object needs fields or json_ld");
}

static void
unknown_keys_are_named(void **state)
{
	struct reading r = read_text("{\"fields\":{\"a\":{\"css\":\"p\",\"requird\":true}}}");

	(void)state;
	assert_int_equal(r.rc, ERR_INVALID_REQUEST);
	assert_string_equal(r.err.path, "extract.fields.a.requird");
	assert_non_null(strstr(r.err.message, "did you mean \"required\"?"));
	reading_done(&r);
	r = read_text("{\"field\":{}}");
	assert_string_equal(r.err.path, "extract.field");
	reading_done(&r);
	r = read_text("{\"document\":[\"titel\"]}");
	assert_string_equal(r.err.path, "extract.document[0]");
	reading_done(&r);
}

static void
long_expressions_are_refused(void **state)
{
	cleanup_buf text = BUF_INIT;
	struct reading r;

	(void)state;
	buf_str(&text, "{\"fields\":{\"a\":{\"css\":\"");
	for (int i = 0; i <= EXTRACT_MAX_EXPR_BYTES; i++)
		buf_ch(&text, 'a');
	buf_str(&text, "\"}}}");
	r = read_text(text.p);
	assert_int_equal(r.rc, ERR_INVALID_REQUEST);
	assert_string_equal(r.err.path, "extract.fields.a.css");
	reading_done(&r);
}

static void
number_and_depth_of_fields_are_bounded(void **state)
{
	cleanup_buf text = BUF_INIT;
	struct reading r;

	(void)state;
	buf_str(&text, "{\"fields\":{\"f0\":{\"css\":\"p\"}");
	for (int i = 1; i <= EXTRACT_MAX_FIELDS; i++)
		buf_fmt(&text, ",\"f%d\":{\"css\":\"p\"}", i);
	buf_str(&text, "}}");
	r = read_text(text.p);
	assert_int_equal(r.rc, ERR_INVALID_REQUEST);
	assert_string_equal(r.err.message, "expected at most 500 fields");
	reading_done(&r);

	buf_reset(&text);
	for (int i = 0; i <= EXTRACT_MAX_FIELD_DEPTH; i++)
		buf_str(&text, i == 0 ? "{\"fields\":{\"a\":{\"css\":\"p\""
				      : ",\"fields\":{\"a\":{\"css\":\"p\"");
	for (int i = 0; i <= EXTRACT_MAX_FIELD_DEPTH; i++)
		buf_str(&text, "}}");
	buf_str(&text, "}");
	r = read_text(text.p);
	assert_int_equal(r.rc, ERR_INVALID_REQUEST);
	assert_string_equal(r.err.message, "fields may be nested at most 8 deep");
	assert_non_null(strstr(r.err.path, "extract.fields.a.fields.a.fields"));
	reading_done(&r);
}

static void
the_schema_refers_to_itself_for_nested_fields(void **state)
{
	cJSON *defs = json_obj(), *schema = params_schema(&extract_options_table, defs);
	cJSON *whole = json_obj();
	cleanup_buf text = BUF_INIT;

	(void)state;
	json_set(whole, "schema", schema);
	json_set(whole, "defs", defs);
	json_print(&text, whole, false);
	assert_non_null(strstr(text.p, "\"$anchor\":\"extract_field\""));
	assert_non_null(strstr(text.p, "\"$ref\":\"#extract_field\""));
	assert_non_null(strstr(text.p, "\"maxLength\":4096"));
	cJSON_Delete(whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(absent_options_are_defaults),
	    cmocka_unit_test(names_and_strategies_become_bits),
	    cmocka_unit_test(fields_are_read_with_all_their_keys),
	    cmocka_unit_test(wrong_values_are_refused_by_path),
	    cmocka_unit_test(a_field_has_one_source),
	    cmocka_unit_test(unknown_keys_are_named),
	    cmocka_unit_test(long_expressions_are_refused),
	    cmocka_unit_test(number_and_depth_of_fields_are_bounded),
	    cmocka_unit_test(the_schema_refers_to_itself_for_nested_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
