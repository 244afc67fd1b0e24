// SPDX-License-Identifier: Apache-2.0
#include "base/params.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const char *const colors[] = {"red", "green", "blue", NULL};

struct size {
	int64_t width, height;
	double scale;
};
static int
check_size(void *obj, const char *path, struct err *err)
{
	struct size *s = obj;

	return s->width * s->height > 1000000
		   ? err_at(err, ERR_INVALID_REQUEST, path, "too many pixels")
		   : 0;
}
#define S(m) offsetof(struct size, m)
static const struct param size_rows[] = {
    {.name = "width",
	.type = PARAM_INT,
	.offset = S(width),
	.min = 1,
	.max = 10000,
	.flags = PARAM_REQUIRED,
	.doc = "width in pixels"},
    {.name = "height",
	.type = PARAM_INT,
	.offset = S(height),
	.min = 1,
	.max = 10000,
	.def = "600",
	.doc = "height in pixels"},
    {.name = "scale",
	.type = PARAM_NUM,
	.offset = S(scale),
	.min = 0.5,
	.max = 4,
	.def = "1.5",
	.doc = "a | b"},
};
static const struct param_table size_table = {.name = "size",
    .doc = "A size.",
    .size = sizeof(struct size),
    .rows = size_rows,
    .n_rows = ARRAY_LEN(size_rows),
    .check = check_size};

struct thing {
	const char *text;
	int64_t timeout_ms, any_int, at_least;
	double ratio;
	bool on;
	int color;
	struct param_strings list;
	uint64_t set;
	struct param_map map;
	struct size *size, *maybe;
	struct param_array sizes;
	const cJSON *raw;
	int custom;
	const char *name;
};
#define T(m) offsetof(struct thing, m)

static int
read_even(const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err)
{
	(void)a;
	if (!cJSON_IsNumber(v) || v->valueint % 2)
		return err_at(err, ERR_INVALID_REQUEST, path, "expected an even number");
	*(int *)slot = v->valueint;
	return 0;
}
static cJSON *
even_schema(void)
{
	cJSON *s = json_obj();

	json_set_num(s, "multipleOf", 2);
	json_set_str(s, "description", "of its own");
	return s;
}
static const struct param_custom even = {read_even, even_schema};

static const struct param thing_rows[] = {
    {.name = "text", .type = PARAM_STRING, .offset = T(text), .min = 1, .max = 5, .doc = "a text"},
    {.name = "timeout_ms",
	.type = PARAM_INT,
	.offset = T(timeout_ms),
	.min = 1,
	.max = 600000,
	.def = "10000",
	.doc = "limit in ms"},
    {.name = "any_int",
	.type = PARAM_INT,
	.offset = T(any_int),
	.doc = "any",
	.flags = PARAM_NULLABLE,
	.def = "7"},
    {.name = "at_least", .type = PARAM_INT, .offset = T(at_least), .min = 3, .doc = "from 3 up"},
    {.name = "ratio", .type = PARAM_NUM, .offset = T(ratio), .doc = "a number"},
    {.name = "on", .type = PARAM_BOOL, .offset = T(on), .def = "true", .doc = "a flag"},
    {.name = "color",
	.type = PARAM_ENUM,
	.offset = T(color),
	.names = colors,
	.def = "\"green\"",
	.doc = "a color"},
    {.name = "list", .type = PARAM_STRINGS, .offset = T(list), .max = 2, .doc = "texts"},
    {.name = "set", .type = PARAM_ENUMS, .offset = T(set), .names = colors, .doc = "colors"},
    {.name = "map", .type = PARAM_MAP, .offset = T(map), .doc = "headers"},
    {.name = "size",
	.type = PARAM_OBJECT,
	.offset = T(size),
	.table = &size_table,
	.doc = "a size"},
    {.name = "maybe",
	.type = PARAM_OBJECT_OR_BOOL,
	.offset = T(maybe),
	.table = &size_table,
	.doc = "a size or not"},
    {.name = "sizes",
	.type = PARAM_ARRAY,
	.offset = T(sizes),
	.table = &size_table,
	.min = 1,
	.max = 3,
	.doc = "sizes"},
    {.name = "raw", .type = PARAM_JSON, .offset = T(raw), .doc = "anything"},
    {.name = "even", .type = PARAM_CUSTOM, .offset = T(custom), .custom = &even, .doc = "even"},
    {.name = "name",
	.type = PARAM_STRING,
	.offset = T(name),
	.def = "\"a name by default\"",
	.doc = "a name"},
    {.name = "later",
	.type = PARAM_BOOL,
	.flags = PARAM_UNBUILT,
	.offset = T(on),
	.doc = "not yet"},
    {.name = "time_limit",
	.type = PARAM_INT,
	.flags = PARAM_HIDDEN,
	.offset = T(timeout_ms),
	.doc = "old spelling"},
};
static const struct param_table thing_table = {.name = "thing",
    .doc = "A thing.",
    .size = sizeof(struct thing),
    .rows = thing_rows,
    .n_rows = ARRAY_LEN(thing_rows)};

struct fixture {
	struct arena arena;
	cJSON *json;
	struct thing out;
	struct err err;
};

static int
read_thing(struct fixture *f, const char *text, const char *path)
{
	f->json = cJSON_Parse(text);
	if (!f->json)
		fail_msg("test text is no JSON: %s", text);
	f->err = (struct err)ERR_INIT;
	return params_read(&thing_table, f->json, &f->out, &f->arena, path, &f->err);
}

static void
done(struct fixture *f)
{
	cJSON_Delete(f->json);
	arena_done(&f->arena);
}

static void
refused(const char *text, int code, const char *path, const char *message)
{
	struct fixture f = {0};
	int rc = read_thing(&f, text, "actions[2]");

	if (rc != code || strcmp(f.err.path, path) != 0 || !strstr(f.err.message, message))
		fail_msg("%s: %d, \"%s: %s\"; wanted \"%s: %s\"", text, rc, f.err.path,
		    f.err.message, path, message);
	done(&f);
}

static void
every_type_fills_its_slot(void **state)
{
	struct fixture f = {0};

	(void)state;
	assert_int_equal(
	    read_thing(&f,
		"{\"text\":\"abc\",\"timeout_ms\":600000,\"any_int\":-9007199254740992,"
		"\"at_least\":99999,\"ratio\":-0.25,\"on\":false,\"color\":\"blue\","
		"\"list\":[\"a\",\"\"],\"set\":[\"red\",\"blue\",\"red\"],\"map\":{\"k\":\"v\",\"K\":\"w\"},"
		"\"size\":{\"width\":3},\"maybe\":{\"width\":4,\"height\":5,\"scale\":2},"
		"\"sizes\":[{\"width\":1},{\"width\":2}],\"raw\":[null],\"even\":4}",
		""),
	    0);
	assert_string_equal(f.out.text, "abc");
	assert_int_equal(f.out.timeout_ms, 600000);
	assert_true(f.out.any_int == -9007199254740992);
	assert_int_equal(f.out.at_least, 99999);
	assert_true(f.out.ratio == -0.25);
	assert_false(f.out.on);
	assert_int_equal(f.out.color, 2);
	assert_int_equal(f.out.list.n, 2);
	assert_string_equal(f.out.list.v[0], "a");
	assert_int_equal(f.out.set, 5);
	assert_int_equal(f.out.map.n, 2);
	assert_string_equal(f.out.map.v[1].key, "K");
	assert_string_equal(f.out.map.v[1].value, "w");
	assert_int_equal(f.out.size->height, 600);
	assert_int_equal(f.out.maybe->height, 5);
	assert_int_equal(f.out.sizes.n, 2);
	assert_int_equal(((struct size *)f.out.sizes.v)[1].width, 2);
	assert_ptr_equal(f.out.raw, json_get(f.json, "raw"));
	assert_int_equal(f.out.custom, 4);
	done(&f);
}

struct paper {
	double width;
};
static const struct param paper_rows[] = {{.name = "width",
    .type = PARAM_NUM,
    .flags = PARAM_LENGTH,
    .offset = offsetof(struct paper, width),
    .min = 0.5,
    .max = 100}};
static const struct param_table paper_table = {.name = "paper",
    .size = sizeof(struct paper),
    .rows = paper_rows,
    .n_rows = ARRAY_LEN(paper_rows)};

static void
lengths_may_have_units(void **state)
{
	static const struct {
		const char *json;
		double inches; // 0: refused
	} cases[] = {{"8.5", 8.5}, {"\"8.5in\"", 8.5}, {"\"2.54cm\"", 1}, {"\"254mm\"", 10},
	    {"\"96px\"", 1}, {"\".75in\"", .75}, {"\"72.pt\"", 1}, {"\"12pc\"", 2}, {"\"8.5\"", 0},
	    {"\"1em\"", 0}, {"\"-1in\"", 0}, {"\" 1in\"", 0}, {"\"1 in\"", 0}, {"\"1e1in\"", 0},
	    {"\"0x1in\"", 0}, {"\"1.2.3in\"", 0}, {"\".in\"", 0}, {"\"in\"", 0}, {"\"nanin\"", 0},
	    {"\"101in\"", 0}, {"\"1mm\"", 0}, {"true", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cJSON *v = json_obj();
		struct arena a = {0};
		struct err err = ERR_INIT;
		struct paper p = {0};
		int rc;

		cJSON_AddItemToObject(v, "width", cJSON_Parse(cases[i].json));
		rc = params_read(&paper_table, v, &p, &a, "", &err);
		if ((rc == 0) != (cases[i].inches > 0) ||
		    (rc == 0 && fabs(p.width - cases[i].inches) > 1e-9))
			fail_msg("%s: %d, %g", cases[i].json, rc, p.width);
		cJSON_Delete(v);
		arena_done(&a);
	}
}

static void
absent_keys_take_their_defaults(void **state)
{
	struct fixture f = {0};
	struct thing d;

	(void)state;
	assert_int_equal(read_thing(&f, "{\"any_int\":null}", ""), 0);
	params_defaults(&thing_table, &d, &f.arena);
	assert_string_equal(d.name, f.out.name);
	d.name = f.out.name = NULL;
	assert_memory_equal(&d, &f.out, sizeof(d));
	assert_null(d.text);
	assert_int_equal(d.timeout_ms, 10000);
	assert_int_equal(d.any_int, 7);
	assert_true(d.on);
	assert_int_equal(d.color, 1);
	assert_null(d.size);
	assert_null(d.maybe);
	done(&f);
}

static void
object_or_bool_knows_true_and_false(void **state)
{
	struct fixture f = {0};

	(void)state;
	assert_int_equal(read_thing(&f, "{\"maybe\":true}", ""), 0);
	assert_non_null(f.out.maybe);
	assert_int_equal(f.out.maybe->height, 600);
	cJSON_Delete(f.json);
	assert_int_equal(read_thing(&f, "{\"maybe\":false}", ""), 0);
	assert_null(f.out.maybe);
	done(&f);
}

static void
errors_name_the_path_and_what_was_expected(void **state)
{
	static const struct {
		const char *text, *path, *message;
	} cases[] = {
	    {"{\"timeout_ms\":0}", "actions[2].timeout_ms", "expected an integer from 1 to 600000"},
	    {"{\"timeout_ms\":600001}", "actions[2].timeout_ms", "from 1 to 600000"},
	    {"{\"timeout_ms\":1.5}", "actions[2].timeout_ms", "from 1 to 600000"},
	    {"{\"timeout_ms\":\"1\"}", "actions[2].timeout_ms", "from 1 to 600000"},
	    {"{\"timeout_ms\":null}", "actions[2].timeout_ms", "from 1 to 600000"},
	    {"{\"any_int\":9007199254740994}", "actions[2].any_int", "expected an integer"},
	    {"{\"any_int\":1e999}", "actions[2].any_int", "expected an integer"},
	    {"{\"at_least\":2}", "actions[2].at_least", "expected an integer of at least 3"},
	    {"{\"ratio\":true}", "actions[2].ratio", "expected a number"},
	    {"{\"on\":1}", "actions[2].on", "expected true or false"},
	    {"{\"text\":\"\"}", "actions[2].text", "expected a string of 1 to 5 bytes"},
	    {"{\"text\":\"123456\"}", "actions[2].text", "of 1 to 5 bytes"},
	    {"{\"text\":[]}", "actions[2].text", "expected a string"},
	    {"{\"color\":\"gren\"}", "actions[2].color",
		"expected one of red, green, blue; did you mean \"green\"?"},
	    {"{\"color\":1}", "actions[2].color", "expected one of red, green, blue"},
	    {"{\"list\":\"a\"}", "actions[2].list", "expected an array of strings"},
	    {"{\"list\":[\"a\",1]}", "actions[2].list[1]", "expected a string"},
	    {"{\"list\":[\"a\",\"b\",\"c\"]}", "actions[2].list", "of 0 to 2 items"},
	    {"{\"set\":[\"red\",\"x\"]}", "actions[2].set[1]", "expected one of red"},
	    {"{\"set\":\"red\"}", "actions[2].set", "expected an array of names"},
	    {"{\"sizes\":{}}", "actions[2].sizes", "expected an array of objects"},
	    {"{\"map\":{\"a\":1}}", "actions[2].map.a", "expected a string"},
	    {"{\"map\":[]}", "actions[2].map", "expected an object of strings"},
	    {"{\"size\":true}", "actions[2].size",
		"expected an object, its keys are width, height"},
	    {"{\"size\":{}}", "actions[2].size.width", "required"},
	    {"{\"size\":{\"width\":1,\"hieght\":2}}", "actions[2].size.hieght",
		"unknown key \"hieght\"; did you mean \"height\"?"},
	    {"{\"size\":{\"width\":9999,\"height\":9999}}", "actions[2].size", "too many pixels"},
	    {"{\"maybe\":1}", "actions[2].maybe", "expected true, false or an object"},
	    {"{\"sizes\":[]}", "actions[2].sizes", "of 1 to 3 items"},
	    {"{\"sizes\":[{\"width\":1},{\"width\":\"x\"}]}", "actions[2].sizes[1].width",
		"from 1 to 10000"},
	    {"{\"even\":3}", "actions[2].even", "expected an even number"},
	    {"{\"timout_ms\":1}", "actions[2].timout_ms",
		"unknown key \"timout_ms\"; did you mean \"timeout_ms\"?"},
	    {"{\"Text\":\"a\"}", "actions[2].Text", "did you mean \"text\"?"},
	    {"{\"zzzzzzzzz\":1}", "actions[2].zzzzzzzzz", "unknown key \"zzzzzzzzz\"; known are "},
	    {"{\"size\":{\"zzzzzzzzz\":1}}", "actions[2].size.zzzzzzzzz",
		"unknown key \"zzzzzzzzz\"; known are width, height"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].text, ERR_INVALID_REQUEST, cases[i].path, cases[i].message);
	refused("[]", ERR_INVALID_REQUEST, "actions[2]", "expected an object");
}

static void
old_spellings_are_read_but_never_suggested(void **state)
{
	struct fixture f = {0};

	(void)state;
	assert_int_equal(read_thing(&f, "{\"time_limit\":5}", ""), 0);
	assert_int_equal(f.out.timeout_ms, 5);
	cJSON_Delete(f.json);
	assert_int_equal(read_thing(&f, "{\"time_limits\":5}", ""), ERR_INVALID_REQUEST);
	assert_null(strstr(f.err.message, "time_limit\""));
	done(&f);
}

static void
unbuilt_keys_are_refused_with_their_path(void **state)
{
	(void)state;
	refused("{\"later\":true}", ERR_NOT_IMPLEMENTED, "actions[2].later", "not built yet");
}

static void
at_the_root_the_path_is_the_key(void **state)
{
	struct fixture f = {0};

	(void)state;
	assert_int_equal(read_thing(&f, "{\"on\":0}", ""), ERR_INVALID_REQUEST);
	assert_string_equal(f.err.path, "on");
	done(&f);
}

// What a client can size must end in an error, never in abort().
static void
a_full_arena_is_an_error(void **state)
{
	(void)state;
	for (size_t max = 16; max < 2048; max += 16) {
		struct fixture f = {0};

		arena_init(&f.arena, max);
		if (read_thing(&f,
			"{\"text\":\"abc\",\"list\":[\"a\",\"b\"],\"map\":{\"k\":\"v\"},"
			"\"sizes\":[{\"width\":1},{\"width\":2},{\"width\":3}],\"maybe\":true}",
			"") != 0)
			assert_int_equal(f.err.code, ERR_TOO_LARGE);
		else
			assert_true(max > 100);
		done(&f);
	}
}

static void
defaults_that_do_not_fit_are_an_error(void **state)
{
	struct fixture f = {0};

	(void)state;
	arena_init(&f.arena, 16);
	assert_int_equal(read_thing(&f, "{}", ""), ERR_TOO_LARGE);
	done(&f);
	arena_init(&f.arena, 64);
	assert_int_equal(read_thing(&f, "{}", ""), 0);
	assert_string_equal(f.out.name, "a name by default");
	done(&f);
}

static void
two_tables_share_one_object(void **state)
{
	struct fixture f = {0};
	struct size size;
	cJSON *v = cJSON_Parse("{\"text\":\"x\",\"width\":5}");
	cJSON *bad = cJSON_Parse("{\"width\":5,\"heigth\":5}");

	(void)state;
	assert_int_equal(
	    params_read2(&thing_table, &f.out, &size_table, &size, v, &f.arena, "", &f.err), 0);
	assert_string_equal(f.out.text, "x");
	assert_int_equal(size.width, 5);
	assert_int_equal(
	    params_read2(&thing_table, &f.out, &size_table, &size, bad, &f.arena, "", &f.err),
	    ERR_INVALID_REQUEST);
	assert_non_null(strstr(f.err.message, "did you mean \"height\"?"));
	cJSON_Delete(v);
	cJSON_Delete(bad);
	done(&f);
}

static const cJSON *
prop(const cJSON *schema, const char *name)
{
	return json_get(json_get(schema, "properties"), name);
}

static void
the_schema_says_what_the_reader_does(void **state)
{
	cJSON *defs = json_obj(), *s = params_schema(&thing_table, defs);
	const cJSON *t = prop(s, "timeout_ms");

	(void)state;
	assert_string_equal(json_str(s, "type"), "object");
	assert_true(cJSON_IsFalse(json_get(s, "additionalProperties")));
	assert_string_equal(json_str(t, "type"), "integer");
	assert_true(json_num(t, "minimum", -1) == 1 && json_num(t, "maximum", -1) == 600000);
	assert_true(json_num(t, "default", -1) == 10000);
	assert_string_equal(json_str(t, "description"), "limit in ms");
	assert_null(json_get(prop(s, "at_least"), "maximum"));
	assert_int_equal(cJSON_GetArraySize(json_get(prop(s, "color"), "enum")), 3);
	assert_string_equal(json_str(prop(s, "size"), "$ref"), "#/$defs/size");
	assert_string_equal(json_str(prop(s, "even"), "description"), "of its own");
	assert_string_equal(json_str(json_path(prop(s, "any_int"), "anyOf.1"), "type"), "null");
	assert_null(prop(s, "later"));
	assert_null(prop(s, "time_limit"));
	assert_string_equal(cJSON_GetStringValue(json_path(defs, "size.required.0")), "width");
	assert_int_equal(cJSON_GetArraySize(defs), 1);
	cJSON_Delete(s);
	s = params_schema2(&thing_table, &size_table, defs);
	assert_non_null(prop(s, "timeout_ms"));
	assert_non_null(prop(s, "height"));
	assert_string_equal(cJSON_GetStringValue(json_path(s, "required.0")), "width");
	cJSON_Delete(s);
	cJSON_Delete(defs);
}

static void
markdown_has_a_row_per_public_key(void **state)
{
	cleanup_buf b = BUF_INIT;

	(void)state;
	params_markdown(&size_table, &b);
	assert_string_equal(b.p, "| key | type | default | |\n|---|---|---|---|\n"
				 "| `width` | integer 1 to 10000 | required | width in pixels |\n"
				 "| `height` | integer 1 to 10000 | `600` | height in pixels |\n"
				 "| `scale` | number 0.5 to 4 | `1.5` | a \\| b |\n");
	buf_reset(&b);
	params_markdown(&thing_table, &b);
	assert_null(strstr(b.p, "later"));
	assert_null(strstr(b.p, "time_limit"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_fills_its_slot),
	    cmocka_unit_test(absent_keys_take_their_defaults),
	    cmocka_unit_test(lengths_may_have_units),
	    cmocka_unit_test(object_or_bool_knows_true_and_false),
	    cmocka_unit_test(errors_name_the_path_and_what_was_expected),
	    cmocka_unit_test(old_spellings_are_read_but_never_suggested),
	    cmocka_unit_test(unbuilt_keys_are_refused_with_their_path),
	    cmocka_unit_test(at_the_root_the_path_is_the_key),
	    cmocka_unit_test(a_full_arena_is_an_error),
	    cmocka_unit_test(defaults_that_do_not_fit_are_an_error),
	    cmocka_unit_test(two_tables_share_one_object),
	    cmocka_unit_test(the_schema_says_what_the_reader_does),
	    cmocka_unit_test(markdown_has_a_row_per_public_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
