// SPDX-License-Identifier: Apache-2.0
// JSON-LD as pages have it: what the tolerant reader makes of broken text, flattening, caps, and
// the samples of scrapinghub/extruct where the shared corpus is there.
#include "schema_fixture.h"
#include "tests/unit/patience.h"

#include <dirent.h>

#define SAMPLES TEST_SHARED "/corpus/extruct/samples/"

static struct schema_budget
budget(void)
{
	return (struct schema_budget){SCHEMA_MAX_ITEMS, SCHEMA_MAX_VALUES, SCHEMA_MAX_BYTES, false};
}

static void
check(const char *text, const char *expected)
{
	struct schema_budget b = budget();
	cleanup_buf out = BUF_INIT;
	cJSON *parsed;

	jsonld_normalise(sv_from(text), &out, &b);
	if (strcmp(out.p, expected) != 0)
		print_error("%s\n  got      %s\n  expected %s\n", text, out.p, expected);
	assert_string_equal(out.p, expected);
	parsed = cJSON_ParseWithOpts(out.p, NULL, true);
	assert_non_null(parsed);
	cJSON_Delete(parsed);
}

static void
valid_json_stays_as_it_is(void **state)
{
	(void)state;
	check("{\"a\":1}", "[{\"a\":1}]");
	check("[{\"a\":[1,-2.5e3,true,false,null,\"x\"]}]",
	    "[[{\"a\":[1,-2.5e3,true,false,null,\"x\"]}]]");
	check("{\"a\":\"q\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\",\"b\":{}}",
	    "[{\"a\":\"q\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\",\"b\":{}}]");
	check("{\"a\":\"it's // no /* comment */ <!-- here -->\"}",
	    "[{\"a\":\"it's // no /* comment */ <!-- here -->\"}]");
	check("", "[]");
}

static void
wrappers_and_comments_are_skipped(void **state)
{
	(void)state;
	check("\xef\xbb\xbf{\"a\":1};", "[{\"a\":1}]");
	check("<!-- {\"a\":1} -->", "[{\"a\":1}]");
	check("<!-- words --> {\"a\":1}", "[{\"a\":1}]");
	check("//<![CDATA[\n{\"a\":1}\n//]]>", "[{\"a\":1}]");
	check("//<![CDATA[ {\"a\":1} //]]>", "[{\"a\":1}]");
	check("/*<![CDATA[*/{\"a\":1}/*]]>*/", "[{\"a\":1}]");
	check("{\"a\":1, // one\n/* two */ \"b\":2}", "[{\"a\":1,\"b\":2}]");
}

// Each mark's end, or that there is none, is sought once.
static void
many_comments_are_read_in_linear_time(void **state)
{
	struct schema_budget b = budget();
	cleanup_buf text = BUF_INIT, out = BUF_INIT;
	int64_t started;

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_str(&text, "<!--");
	buf_str(&text, "{\"a\":1} --> <!-- b --> {\"c\":1}");
	started = cpu_ms();
	jsonld_normalise(buf_view(&text), &out, &b);
	assert_true(cpu_ms() - started < patient_ms(2000));
	assert_string_equal(out.p, "[{\"a\":1},{\"c\":1}]");
}

static void
broken_grammar_is_mended(void **state)
{
	(void)state;
	check("{\"a\":1,}", "[{\"a\":1}]");
	check("[1,2,,]", "[[1,2]]");
	check("{\"a\":1", "[{\"a\":1}]");
	check("{\"a\":[1,2}", "[{\"a\":[1,2]}]");
	check("{\"a\":1}}}", "[{\"a\":1}]");
	check("{\"a\":}", "[{\"a\":null}]");
	check("{\"a\"}", "[{\"a\":null}]");
	check("{\"a\":,\"b\":2}", "[{\"a\":null,\"b\":2}]");
	check("{\"a\":1 \"b\":2}", "[{\"a\":1,\"b\":2}]");
	check("{\"a\":\"x\"\n\"b\":\"y\"}", "[{\"a\":\"x\",\"b\":\"y\"}]");
	check("{'a':'it\\'s'}", "[{\"a\":\"it's\"}]");
	check("{a:1,@type:\"X\"}", "[{\"a\":1,\"@type\":\"X\"}]");
	check("{\"a\":undefined,\"b\":NaN,\"c\":007,\"d\":1.}",
	    "[{\"a\":null,\"b\":null,\"c\":\"007\",\"d\":\"1.\"}]");
	check("{\"a\":1}{\"b\":2}\n[3]", "[{\"a\":1},{\"b\":2},[3]]");
	check("window.x = {\"a\":1};", "[{\"a\":1}]");
}

static void
broken_strings_are_mended(void **state)
{
	(void)state;
	check("{\"a\":\"one\ntwo\tthree\"}", "[{\"a\":\"one\\u000atwo\\u0009three\"}]");
	check("{\"a\":\"say \"hi\" now\"}", "[{\"a\":\"say \\\"hi\\\" now\"}]");
	check("{\"a\":\"\\x41\\q\"}", "[{\"a\":\"\\\\x41\\\\q\"}]");
	check("{\"a\":\"\\u12\"}", "[{\"a\":\"\\\\u12\"}]");
	check("{\"a\":\"\\udb\x11\x11\"}", "[{\"a\":\"\\\\udb\\u0011\\u0011\"}]");
	check("{\"a\":\"open", "[{\"a\":\"open\"}]");
	check("{&quot;a&quot;:&quot;R&amp;D&quot;}", "[{\"a\":\"R&D\"}]");
}

static void
depth_and_values_are_capped(void **state)
{
	struct schema_budget b = budget();
	cleanup_buf text = BUF_INIT;
	cleanup_buf out = BUF_INIT;
	cJSON *v;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_str(&text, "{\"a\":");
	buf_str(&text, "1");
	jsonld_normalise(buf_view(&text), &out, &b);
	assert_true(b.spent);
	v = cJSON_Parse(out.p);
	assert_non_null(v);
	cJSON_Delete(v);

	b = budget();
	b.values = 3;
	buf_reset(&out);
	jsonld_normalise(SV("{\"a\":[1,2,3,4,5]}"), &out, &b);
	assert_true(b.spent);
	v = cJSON_Parse(out.p);
	assert_non_null(v);
	cJSON_Delete(v);
}

static void
check_page(const char *html, const char *expected)
{
	struct fixture f;
	struct schema_budget b = budget();
	cJSON *out = json_arr();

	fixture_open(&f, html, "https://example.org/");
	jsonld_read(&f.p, out, &b);
	assert_json(out, expected);
	fixture_close(&f);
}

static void
blocks_are_collected_and_graphs_flattened(void **state)
{
	(void)state;
	check_page(
	    "<script type='application/ld+json'>{\"@graph\":[{\"@type\":\"A\"},[{\"@type\":\"B\"}]]}</script>"
	    "<script type='application/ld+json; charset=utf-8'>[{\"@type\":\"C\",\"@graph\":{\"x\":1}},7,{}]</script>"
	    "<script>{\"@type\":\"no\"}</script>",
	    "[{\"@type\":\"A\"},{\"@type\":\"B\"},{\"@type\":\"C\"},{\"x\":1}]");
	check_page("<script type='application/ld+json'>{\"d\":\"<b>x</b>\",\"d\":2}</script>",
	    "[{\"d\":\"<b>x</b>\"}]");
	check_page("<script type='application/ld+json'>{\"d\":\"\\u0000\\ud800\"}</script>",
	    "[{\"d\":\"\xef\xbf\xbd\xef\xbf\xbd\"}]");
}

// --- the samples of extruct ---

static bool
read_sample(const char *name, struct buf *out)
{
	cleanup_free char *path = xasprintf("%s%s", SAMPLES, name);
	struct err err = ERR_INIT;

	return buf_read_file(out, path, &err) == 0;
}

// {"items": [[…], …]} of some samples as one list. Takes v.
static cJSON *
items_of(cJSON *v)
{
	cJSON *items = cJSON_DetachItemFromObject(v, "items"), *out;

	if (!items)
		return v;
	cJSON_Delete(v);
	out = json_arr();
	while (items->child) {
		cJSON *item = cJSON_DetachItemViaPointer(items, items->child);

		while (cJSON_IsArray(item) && item->child)
			json_push(out, cJSON_DetachItemViaPointer(item, item->child));
		if (cJSON_IsArray(item))
			cJSON_Delete(item);
		else
			json_push(out, item);
	}
	cJSON_Delete(items);
	return out;
}

static void
check_sample(const char *name)
{
	cleanup_free char *html_name = xasprintf("%s.html", name),
			  *json_name = xasprintf("%s.jsonld", name);
	cleanup_buf html = BUF_INIT;
	cleanup_buf json = BUF_INIT;
	struct schema_budget b = budget();
	struct fixture f;
	cJSON *got = json_arr(), *expected;

	assert_true(read_sample(html_name, &html));
	assert_true(read_sample(json_name, &json));
	expected = items_of(cJSON_Parse(json.p));
	fixture_open(&f, html.p, NULL);
	jsonld_read(&f.p, got, &b);
	if (!cJSON_Compare(got, expected, true))
		print_error("%s\n%s\n", name, cJSON_PrintUnformatted(got));
	assert_true(cJSON_Compare(got, expected, true));
	cJSON_Delete(got);
	cJSON_Delete(expected);
	fixture_close(&f);
}

static void
samples_of_extruct_are_read(void **state)
{
	static const char *const names[] = {"custom.invalid/AllocateAction.001",
	    "custom.invalid/JSONLD_with_JS_comment",
	    "custom.invalid/JSONLD_with_control_characters",
	    "custom.invalid/JSONLD_with_control_characters_comment",
	    "custom.invalid/JoinAction.001", "schema.org.invalid/AllocateAction.001",
	    "schema.org.invalid/JoinAction.001", "schema.org/CreativeWork.001", "misc/null_ld_mock",
	    "songkick/jsonld_empty_item_test",
	    "songkick/Elysian Fields Brooklyn Tickets, The Owl Music Parlor, 31 Oct 2015",
	    "songkick/Years & Years Tickets, Tour Dates 2015 & Concerts",
	    "songkick/Maxïmo Park Gigography, Tour History & Past Concerts"};

	(void)state;
	each_sample(SAMPLES, names, ARRAY_LEN(names), check_sample);
}

// --- JSONTestSuite ---

#define SUITE TEST_SHARED "/corpus/json/test_parsing/"

// What is valid comes out as itself; anything else comes out as JSON.
static void
check_suite_file(const char *name)
{
	static const struct json_limits limits = {(size_t)64 << 20, 64, 200000};
	cleanup_free char *path = xasprintf("%s%s", SUITE, name);
	cleanup_buf text = BUF_INIT;
	cleanup_buf out = BUF_INIT;
	struct schema_budget b = budget();
	struct err err = ERR_INIT;
	cJSON *want, *got;

	assert_int_equal(buf_read_file(&text, path, &err), 0);
	jsonld_normalise(buf_view(&text), &out, &b);
	json_repair(out.p, out.n);
	if (json_validate(buf_view(&out), JSON_GRAMMAR, &limits, &err) != 0)
		fail_msg("%s: %s: %s", name, err.message, out.p);
	// cJSON reads NUL and duplicate keys in a way of its own.
	if (name[0] != 'y' || strstr(name, "duplicated_key") || strstr(name, "null"))
		return;
	want = cJSON_ParseWithLength(text.p, text.n);
	got = cJSON_ParseWithLength(out.p, out.n);
	if (cJSON_IsObject(want) || (cJSON_IsArray(want) && want->child))
		if (!got || !cJSON_Compare(got->child, want, true))
			fail_msg("%s became %s", name, out.p);
	cJSON_Delete(want);
	cJSON_Delete(got);
}

static void
the_json_test_suite_is_survived(void **state)
{
	DIR *d = opendir(SUITE);

	(void)state;
	if (!d) {
		print_message("no shared corpus here\n");
		skip();
	}
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			check_suite_file(e->d_name);
	closedir(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_json_test_suite_is_survived),
	    cmocka_unit_test(valid_json_stays_as_it_is),
	    cmocka_unit_test(wrappers_and_comments_are_skipped),
	    cmocka_unit_test(many_comments_are_read_in_linear_time),
	    cmocka_unit_test(broken_grammar_is_mended),
	    cmocka_unit_test(broken_strings_are_mended),
	    cmocka_unit_test(depth_and_values_are_capped),
	    cmocka_unit_test(blocks_are_collected_and_graphs_flattened),
	    cmocka_unit_test(samples_of_extruct_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
