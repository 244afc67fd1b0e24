// SPDX-License-Identifier: Apache-2.0
// YAML as JSON with comments: core scalars, and everything else refused with its place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "orchestrator/request/yaml.h"

static const struct json_limits limits = {
    .max_bytes = 1 << 20, .max_depth = 16, .max_values = 1000};

static void
check_json(const char *yaml, const char *json)
{
	cleanup_buf text = BUF_INIT;
	struct err err = ERR_INIT;
	cJSON *v = NULL;

	if (yaml_to_json(sv_from(yaml), &limits, &v, &err) != 0)
		fail_msg("%s: %s", yaml, err.message);
	json_print(&text, v, false);
	assert_string_equal(text.p, json);
	cJSON_Delete(v);
}

static void
check_refused(const char *yaml, int code, const char *says)
{
	struct err err = ERR_INIT;
	cJSON *v = NULL;
	int rc = yaml_to_json(sv_from(yaml), &limits, &v, &err);

	if (rc != code || !strstr(err.message, says))
		fail_msg("%s: got %d \"%s\", want …%s…", yaml, rc, err.message, says);
	assert_null(v);
}

static void
core_scalars_have_their_types(void **state)
{
	(void)state;
	check_json("[null, ~, Null, true, True, FALSE]", "[null,null,null,true,true,false]");
	check_json("[0, -1, +2, 1e3, 1.5, .5, 5., 0x1F, 0o17]", "[0,-1,2,1000,1.5,0.5,5,31,15]");
	check_json("[yes, no, on, off, y, 012, 1_000, 0b1, 1:30, 0x, 0xg, 1e, ., -, 2001-01-01]",
	    "[\"yes\",\"no\",\"on\",\"off\",\"y\",12,\"1_000\",\"0b1\",\"1:30\",\"0x\",\"0xg\",\"1e\",\".\",\"-\",\"2001-01-01\"]");
	check_json("[\"1\", 'true', \"\"]", "[\"1\",\"true\",\"\"]");
	check_json("|\n  a\n  b\n", "\"a\\nb\\n\"");
	check_json("[.inf, .nan]", "[\".inf\",\".nan\"]");
}

static void
a_request_with_comments(void **state)
{
	(void)state;
	check_json(
	    "# what to load\nurl: http://a/   # the page\nactions:\n  - type: wait\n    ms: 5\n  - {type: click, css: '#x'}\n",
	    "{\"url\":\"http://a/\",\"actions\":[{\"type\":\"wait\",\"ms\":5},{\"type\":\"click\",\"css\":\"#x\"}]}");
	check_json("1: a\ntrue: b\n", "{\"1\":\"a\",\"true\":\"b\"}");
}

static void
aliases_anchors_and_tags_are_refused(void **state)
{
	(void)state;
	check_refused("a: &x [1]\nb: *x\n", ERR_INVALID_YAML, "line 1, column 4: an anchor");
	check_refused("a: &x 1\n", ERR_INVALID_YAML, "anchor");
	check_refused("a: *x\n", ERR_INVALID_YAML, "alias");
	check_refused("a: !!int 1\n", ERR_INVALID_YAML, "tag");
	check_refused("a: !!python/object x\n", ERR_INVALID_YAML, "tag");
	check_refused("!foo [a]\n", ERR_INVALID_YAML, "tag");
}

static void
ambiguous_mappings_are_refused(void **state)
{
	(void)state;
	check_refused(
	    "url: a\nurl: b\n", ERR_INVALID_YAML, "line 2, column 1: duplicate key \"url\"");
	check_refused("? [a]\n: b\n", ERR_INVALID_YAML, "key must be");
	check_refused("{a: b}: c\n", ERR_INVALID_YAML, "key must be");
	check_refused("a: 1\n---\nb: 2\n", ERR_INVALID_YAML, "only one document");
}

static void
text_that_is_no_yaml_is_refused_with_its_place(void **state)
{
	(void)state;
	check_refused("url: [", ERR_INVALID_YAML, "line 2, column 1");
	check_refused("\turl: x", ERR_INVALID_YAML, "line 1");
	check_refused("a: \xff\xfe\n", ERR_INVALID_YAML, "byte 3");
	check_refused("a: \"\\0\"\n", ERR_INVALID_YAML, "NUL");
	check_refused("a: \"\\ud800\"\n", ERR_INVALID_YAML, "line 1");
	check_refused("", ERR_INVALID_YAML, "no document");
	check_refused("# only a comment\n", ERR_INVALID_YAML, "no document");
	check_refused("a: 1e999\n", ERR_INVALID_YAML, "out of range");
}

static void
sizes_are_bounded(void **state)
{
	struct json_limits small = {.max_bytes = 4, .max_depth = 16, .max_values = 10};
	cleanup_buf many = BUF_INIT, deep = BUF_INIT, keys = BUF_INIT;
	struct err err = ERR_INIT;
	cJSON *v = NULL;

	(void)state;
	assert_int_equal(yaml_to_json(SV("abcde"), &small, &v, &err), ERR_TOO_LARGE);
	for (int i = 0; i < 2000; i++)
		buf_str(&many, "- 1\n");
	check_refused(many.p, ERR_TOO_LARGE, "more than 1000 values");
	for (int i = 0; i < 100; i++)
		buf_str(&deep, "[");
	check_refused(deep.p, ERR_INVALID_YAML, "nested too deep");
	for (int i = 0; i < YAML_MAX_KEYS + 1; i++)
		buf_fmt(&keys, "k%d: 1\n", i);
	small = (struct json_limits){.max_bytes = 1 << 20, .max_depth = 16, .max_values = 100000};
	assert_int_equal(yaml_to_json(buf_view(&keys), &small, &v, &err), ERR_INVALID_YAML);
	assert_non_null(strstr(err.message, "too many keys"));
}

static void
files_are_told_apart_by_name_and_by_look(void **state)
{
	struct err err = ERR_INIT;
	cJSON *v = NULL;

	(void)state;
	assert_int_equal(request_text_to_json(SV("{\"a\": 1}"), "x.json", &v, &err), 0);
	cJSON_Delete(v);
	assert_int_equal(request_text_to_json(SV("a: 1"), "x.yaml", &v, &err), 0);
	cJSON_Delete(v);
	assert_int_equal(request_text_to_json(SV("a: 1"), "-", &v, &err), 0);
	cJSON_Delete(v);
	assert_int_equal(request_text_to_json(SV("- type: wait"), "script", &v, &err), 0);
	cJSON_Delete(v);
	assert_int_equal(request_text_to_json(SV("a: 1"), "x.json", &v, &err), ERR_INVALID_JSON);
	assert_int_equal(request_text_to_json(SV("{\"a\": 1,}"), "-", &v, &err), ERR_INVALID_JSON);
	assert_int_equal(request_text_to_json(SV(""), "-", &v, &err), ERR_INVALID_JSON);
	assert_int_equal(request_text_to_json(SV("\xff\xfe"), "-", &v, &err), ERR_INVALID_JSON);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(core_scalars_have_their_types),
	    cmocka_unit_test(a_request_with_comments),
	    cmocka_unit_test(aliases_anchors_and_tags_are_refused),
	    cmocka_unit_test(ambiguous_mappings_are_refused),
	    cmocka_unit_test(text_that_is_no_yaml_is_refused_with_its_place),
	    cmocka_unit_test(sizes_are_bounded),
	    cmocka_unit_test(files_are_told_apart_by_name_and_by_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
