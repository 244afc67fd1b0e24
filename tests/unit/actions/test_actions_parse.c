// SPDX-License-Identifier: Apache-2.0
// Scripts read strictly: paths in errors, bounds, the docs' examples, the schema.
#include "actions/actions_priv.h"
#include "actions/overlays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static int
parse(const char *text, struct err *err)
{
	struct arena a;
	struct action_list list;
	cJSON *v = NULL;
	int rc = json_parse_api(sv_from(text), NULL, &v, err);

	arena_init(&a, (size_t)64 << 20);
	if (rc == 0)
		rc = actions_parse(v, &a, "actions", &list, err);
	cJSON_Delete(v);
	arena_done(&a);
	return rc;
}

static void
refuses(const char *text, const char *path, const char *says)
{
	struct err err = ERR_INIT;

	assert_int_not_equal(parse(text, &err), 0);
	assert_string_equal(err.path, path);
	if (!strstr(err.message, says))
		fail_msg("\"%s\" does not say \"%s\"", err.message, says);
}

static void
errors_name_the_path(void **state UNUSED)
{
	refuses(
	    "[{\"type\":\"wait\",\"ms\":1},{\"type\":\"wait\",\"ms\":1},{\"type\":\"click\",\"css\":\"a\",\"timeout_ms\":-3}]",
	    "actions[2].timeout_ms", "expected an integer from 1 to 600000");
	refuses("[{\"type\":\"clik\"}]", "actions[0].type", "did you mean \"click\"?");
	refuses("[{\"css\":\"a\"}]", "actions[0].type", "expected one of wait_for_css");
	refuses("[{\"type\":\"click\"}]", "actions[0].css", "is required");
	refuses("[{\"type\":\"click\",\"css\":\"a\",\"timout_ms\":3}]", "actions[0].timout_ms",
	    "timeout_ms");
	refuses("[{\"type\":\"if\",\"css\":\"a\",\"then\":[{\"type\":\"tpye\"}]}]",
	    "actions[0].then[0].type", "type");
	refuses("[{\"type\":\"repeat\",\"actions\":[{\"type\":\"wait\"}]}]",
	    "actions[0].actions[0].ms", "is required");
	refuses("[5]", "actions[0]", "expected an object");
	refuses("{}", "actions", "expected an array");
	refuses("\"x\"", "actions", "expected an array");
	refuses("{\"actions\":[],\"url\":\"x\"}", "url", "unknown key");
}

static void
rules_between_fields_hold(void **state UNUSED)
{
	refuses("[{\"type\":\"if\",\"then\":[]}]", "actions[0].css", "exactly one of css, expr");
	refuses("[{\"type\":\"if\",\"css\":\"a\",\"expr\":\"b\",\"then\":[]}]", "actions[0].expr",
	    "exactly one");
	refuses("[{\"type\":\"select\",\"css\":\"a\"}]", "actions[0].value",
	    "exactly one of value, label, index");
	refuses("[{\"type\":\"select\",\"css\":\"a\",\"label\":\"b\",\"index\":0}]",
	    "actions[0].index", "exactly one");
	refuses("[{\"type\":\"scroll\",\"to\":\"top\",\"until\":\"bottom\"}]", "actions[0]",
	    "only one");
	refuses("[{\"type\":\"press\",\"key\":\"Entre\"}]", "actions[0].key", "unknown key");
	refuses("[{\"type\":\"goto\",\"url\":\"file:///etc/passwd\"}]", "actions[0].url", "file");
	refuses(
	    "[{\"type\":\"upload\",\"css\":\"a\",\"files\":[]}]", "actions[0].files", "1 to 32");
}

static void
depth_and_steps_are_bounded(void **state UNUSED)
{
	cleanup_buf deep = BUF_INIT, many = BUF_INIT;

	for (int i = 0; i < ACTIONS_MAX_DEPTH + 1; i++)
		buf_str(&deep, "[{\"type\":\"repeat\",\"actions\":");
	buf_str(&deep, "[]");
	for (int i = 0; i < ACTIONS_MAX_DEPTH + 1; i++)
		buf_str(&deep, "}]");
	refuses(deep.p,
	    "actions[0].actions[0].actions[0].actions[0].actions[0].actions[0].actions[0].actions[0].actions",
	    "nested more than");
	buf_str(&many, "[{\"type\":\"back\"}");
	for (int i = 0; i < ACTIONS_MAX_STEPS; i++)
		buf_str(&many, ",{\"type\":\"back\"}");
	buf_str(&many, "]");
	refuses(many.p, "actions", "more than");
}

static void
every_example_of_the_docs_parses(void **state UNUSED)
{
	size_t n = 0;

	for (; action_types[n]; n++) {
		cleanup_free char *list = xasprintf("[%s]", action_types[n]->example);
		struct err err = ERR_INIT;

		if (parse(list, &err) != 0)
			fail_msg("%s: %s: %s", action_types[n]->name, err.path, err.message);
		assert_non_null(strstr(action_types[n]->example, action_types[n]->name));
	}
	assert_int_equal(n, 23);
}

static int
note(void *arg, const char *type, const cJSON *json, const char *path, struct err *err UNUSED)
{
	assert_string_equal(json_str(json, "type"), type);
	buf_fmt(arg, "%s=%s ", path, type);
	return 0;
}

static void
each_visits_nested_actions(void **state UNUSED)
{
	cJSON *v = cJSON_Parse(
	    "[{\"type\":\"if\",\"css\":\"a\",\"then\":[{\"type\":\"back\"}],\"else\":[{\"type\":\"extract\"}]}]");
	cleanup_buf seen = BUF_INIT;
	struct action_list list;
	struct err err = ERR_INIT;
	struct arena a;

	arena_init(&a, 0);
	assert_int_equal(actions_parse(v, &a, "actions", &list, &err), 0);
	assert_int_equal(actions_each(&list, note, &seen, "actions", &err), 0);
	assert_string_equal(
	    seen.p, "actions[0]=if actions[0].then[0]=back actions[0].else[0]=extract ");
	arena_done(&a);
	cJSON_Delete(v);
}

static void
schema_and_docs_cover_every_action(void **state UNUSED)
{
	cJSON *defs = json_obj(), *s = actions_schema(defs);
	cleanup_buf md = BUF_INIT;
	int i = 0;

	actions_markdown(&md);
	json_foreach (one, json_get(s, "oneOf")) {
		cleanup_free char *head = xasprintf("\n## %s\n", action_types[i]->name);

		assert_string_equal(
		    json_str(json_path(one, "properties.type"), "const"), action_types[i++]->name);
		assert_non_null(json_path(one, "properties.timeout_ms"));
		assert_non_null(strstr(md.p, head));
	}
	assert_null(action_types[i]);
	cJSON_Delete(s);
	cJSON_Delete(defs);
}

static void
overlay_rules_are_whole(void **state UNUSED)
{
	for (size_t i = 0; i < overlay_rules_n; i++) {
		assert_true(overlay_rules[i].name[0] && overlay_rules[i].present[0]);
		assert_true(overlay_rules[i].remove[0]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors_name_the_path),
	    cmocka_unit_test(rules_between_fields_hold),
	    cmocka_unit_test(depth_and_steps_are_bounded),
	    cmocka_unit_test(every_example_of_the_docs_parses),
	    cmocka_unit_test(each_visits_nested_actions),
	    cmocka_unit_test(schema_and_docs_cover_every_action),
	    cmocka_unit_test(overlay_rules_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
