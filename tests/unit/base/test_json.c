// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/json.h"
#include "tests/unit/patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

// --- repair ---

static void
repair_rewrites_what_cjson_cannot_hold(void **state)
{
	static const struct {
		const char *in, *want;
		size_t changed;
	} cases[] = {
	    {"", "", 0},
	    {"\"plain\"", "\"plain\"", 0},
	    {"\"\\ud800\"", "\"\\ufffd\"", 1},
	    {"\"\\uDFFF\"", "\"\\ufffd\"", 1},
	    {"\"\\u0000\"", "\"\\ufffd\"", 1},
	    {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\"", 0},
	    {"\"\\uD83D\\uDE00\"", "\"\\uD83D\\uDE00\"", 0},
	    {"\"\\ude00\\ud83d\"", "\"\\ufffd\\ufffd\"", 2},
	    {"\"\\ud800\\ud83d\\ude00\"", "\"\\ufffd\\ud83d\\ude00\"", 1},
	    {"\"\\ud800\\u0041\"", "\"\\ufffd\\u0041\"", 1},
	    {"\"\\ud800\\n\"", "\"\\ufffd\\n\"", 1},
	    {"\"\\ud800x\\udc00\"", "\"\\ufffdx\\ufffd\"", 2},
	    {"\"\\\\ud800\"", "\"\\\\ud800\"", 0},     // an escaped backslash, then text
	    {"\"\\\\\\ud800\"", "\"\\\\\\ufffd\"", 1}, // an escaped backslash, then an escape
	    {"\"\\\\u0000\\\\\"", "\"\\\\u0000\\\\\"", 0},
	    {"\"\\\"\\u0000\"", "\"\\\"\\ufffd\"", 1},
	    {"\"\xed\xa0\x80\"", "\"???\"", 3}, // a surrogate in raw UTF-8
	    {"\"a\xff"
	     "b\xc3\"",
		"\"a?b?\"", 2},
	    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
		0},
	    {"\"0123456789\xc3\xa9\x80", "\"0123456789\xc3\xa9?", 1},
	    {"\\", "\\", 0},
	    {"\\u", "\\u", 0},
	    {"\\ud80", "\\ud80", 0},
	    {"\\ud800", "\\ufffd", 1},
	    {"\\ud800\\", "\\ufffd\\", 1},
	    {"\\ud800\\udc0", "\\ufffd\\udc0", 1},
	    {"\\uzzzz\\u0000", "\\uzzzz\\ufffd", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_free char *text = xstrdup(cases[i].in);
		size_t changed = json_repair(text, strlen(text));

		if (changed != cases[i].changed || strcmp(text, cases[i].want) != 0)
			fail_msg("%s -> %s (%zu)", cases[i].in, text, changed);
	}
}

static void
repair_works_within_its_length(void **state)
{
	char text[] = "\\ud800\\udc00";

	(void)state;
	assert_int_equal(json_repair(text, 6), 1); // the low half is not part of the text
	assert_string_equal(text, "\\ufffd\\udc00");
}

static void
cdp_messages_survive_page_made_strings(void **state)
{
	char text[] = " {\"id\":1,\"result\":{\"v\":\"a\\u0000b\\ud800c\xff\"}} \n";
	char cut[] = "{\"id\":1", tail[] = "{\"id\":1}x", two[] = "{}{}";
	struct err err = ERR_INIT;
	cJSON *v = NULL;

	(void)state;
	assert_int_equal(json_parse_cdp(text, strlen(text), &v, &err), 0);
	assert_string_equal(cJSON_GetStringValue(json_path(v, "result.v")), "a\xef\xbf\xbd"
									    "b\xef\xbf\xbd"
									    "c?");
	cJSON_Delete(v);
	v = NULL;
	assert_int_equal(json_parse_cdp(cut, strlen(cut), &v, &err), ERR_PROTOCOL);
	assert_int_equal(json_parse_cdp(tail, strlen(tail), &v, &err), ERR_PROTOCOL);
	assert_int_equal(json_parse_cdp(two, strlen(two), &v, &err), ERR_PROTOCOL);
	assert_int_equal(json_parse_cdp(text, 0, &v, &err), ERR_PROTOCOL);
	assert_null(v);
}

// A page-sized message passes through in a fraction of a second; the limit leaves room for
// sanitizers.
static void
repair_and_skim_are_linear(void **state)
{
	size_t n = (size_t)8 << 20;
	cleanup_free char *text = xmalloc(n);
	struct sv obj = {text, n}, id;
	int64_t start = clock_ms();

	(void)state;
	memcpy(text, "{\"a\":\"", 6);
	memset(text + 6, '\\', n - 6);
	memcpy(text + n - 8, "\",\"id\":7", 8);
	text[n - 1] = '}';
	assert_int_equal(json_repair(text, n), 0);
	assert_null(json_skim(obj, "id").p);
	memset(text + 6, 'x', n - 6);
	for (size_t i = 10; i + 20 < n; i += 9)
		memcpy(text + i, "\\\"\\n\xc3\xa9", 6);
	memcpy(text + n - 9, "\",\"id\":7}", 9);
	assert_int_equal(json_repair(text, n), 0);
	id = json_skim(obj, "id");
	assert_int_equal(json_skim_int(id, -1), 7);
	assert_true(clock_ms() - start < patient_ms(5000));
}

// --- skimmer ---

static void
skim_finds_top_level_keys_only(void **state)
{
	static const char text[] =
	    " { \"method\" : \"Page.x\" , \"params\":{\"id\":1,\"s\":\"}\\\"]{\",\"a\":"
	    "[[{\"sessionId\":2}]]},\"n\":-12.5e3,\"t\":true,\"z\":null,\"a\":[],"
	    "\"e\":\"\",\"id\":42,\"id\":43,\"sessionId\":\"AB\\\\\"} ";
	static const char *const keys[] = {
	    "id", "sessionId", "method", "params", "n", "t", "z", "a", "e", "none"};
	struct sv out[10];

	(void)state;
	assert_int_equal(json_skim_many(SV(text), keys, 10, out), 0);
	assert_true(sv_eq_str(out[0], "42"));
	assert_true(sv_eq_str(out[1], "\"AB\\\\\""));
	assert_true(sv_eq_str(out[2], "\"Page.x\""));
	assert_true(sv_starts(out[3], "{\"id\":1,"));
	assert_int_equal(out[3].p[out[3].n - 1], '}');
	assert_true(sv_eq_str(out[4], "-12.5e3"));
	assert_true(sv_eq_str(out[5], "true"));
	assert_true(sv_eq_str(out[6], "null"));
	assert_true(sv_eq_str(out[7], "[]"));
	assert_true(sv_eq_str(out[8], "\"\""));
	assert_null(out[9].p);
	assert_true(sv_eq_str(json_skim_str(out[2]), "Page.x"));
	assert_non_null(json_skim_str(out[8]).p);
	assert_null(json_skim_str(out[0]).p);
}

static void
skim_refuses_what_is_cut_or_no_object(void **state)
{
	static const char *const bad[] = {"", "  ", "[1]", "1", "\"{}\"", "{", "{\"", "{\"id",
	    "{\"id\"", "{\"id\":", "{\"id\":1", "{\"id\":1,", "{\"id\":\"x", "{\"id\":\"x\\\"}",
	    "{\"id\":{", "{\"id\":[1,", "{\"a\":{}", "{id:1}", "{\"id\" 1}", "{\"id\":}",
	    "{\"id\":,}", "{\"a\":{\"b\":\"}"};
	const char *key = "id";
	struct sv out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (json_skim_many(sv_from(bad[i]), &key, 1, &out) != -1)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(json_skim_many(SV_NULL, &key, 1, &out), -1);
	assert_int_equal(json_skim_many(SV("{}"), &key, 1, &out), 0);
	assert_int_equal(json_skim_many(SV("{ }"), NULL, 0, NULL), 0);
}

static void
skim_of_every_prefix_stays_inside(void **state)
{
	static const char text[] =
	    "{\"id\":1,\"s\":\"a\\\\\\\"b\",\"o\":{\"x\":[1,\"]\"]},\"n\":null}";
	const char *keys[] = {"n", "s"};
	struct sv out[2];

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *copy = xmalloc(n); // so that AddressSanitizer sees a step too far

		memcpy(copy, text, n);
		assert_int_equal(json_skim_many((struct sv){copy, n}, keys, 2, out), -1);
		free(copy);
	}
}

static void
skim_int_takes_integers_only(void **state)
{
	(void)state;
	assert_int_equal(json_skim_int(SV("0"), -9), 0);
	assert_int_equal(json_skim_int(SV("-17"), -9), -17);
	assert_true(json_skim_int(SV("9223372036854775807"), -9) == INT64_MAX);
	assert_int_equal(json_skim_int(SV("9223372036854775808"), -9), -9);
	assert_int_equal(json_skim_int(SV("99999999999999999999999"), -9), -9);
	assert_int_equal(json_skim_int(SV(""), -9), -9);
	assert_int_equal(json_skim_int(SV_NULL, -9), -9);
	assert_int_equal(json_skim_int(SV("-"), -9), -9);
	assert_int_equal(json_skim_int(SV("x"), -9), -9);
	assert_int_equal(json_skim_int(SV("1x"), -9), -9);
	assert_int_equal(json_skim_int(SV("\"1\""), -9), -9);
}

// --- getters and builders ---

static void
getters_fall_back_on_absence_and_wrong_types(void **state)
{
	cJSON *v =
	    cJSON_Parse("{\"s\":\"x\",\"n\":1.5,\"big\":1e300,\"t\":true,\"z\":null,\"S\":\"Y\","
			"\"a\":[{\"b\":[7]}]}");

	(void)state;
	assert_string_equal(json_str(v, "s"), "x");
	assert_string_equal(json_str(v, "S"), "Y"); // case matters
	assert_null(json_str(v, "n"));
	assert_null(json_str(v, "none"));
	assert_null(json_str(NULL, "s"));
	assert_true(json_num(v, "n", 0) == 1.5);
	assert_true(json_num(v, "s", -1) == -1);
	assert_int_equal(json_int(v, "n", 0), 1);
	assert_int_equal(json_int(v, "big", -1), -1);
	assert_true(json_bool(v, "t", false));
	assert_true(json_bool(v, "z", true));
	assert_true(cJSON_IsNull(json_get(v, "z")));
	assert_true(json_path(v, "a.0.b.0")->valuedouble == 7);
	assert_null(json_path(v, "a.1"));
	assert_null(json_path(v, "a.x"));
	assert_null(json_path(v, "a.-1"));
	assert_null(json_path(v, "a.99999999999"));
	assert_null(json_path(v, "s.x"));
	assert_ptr_equal(json_path(v, ""), v);
	cJSON_Delete(v);
}

static void
printing_is_json_again(void **state)
{
	cJSON *v = json_obj(), *a = json_arr(), *back;
	cleanup_buf b = BUF_INIT;

	(void)state;
	json_set_str(v, "s", "q\"\\\n\x01\xff\xc3\xa9");
	json_set_str(v, "none", NULL);
	json_set_sv(v, "sv", SV("a\0b\0"));
	json_set_sv(v, "nosv", SV_NULL);
	json_set_sv(v, "empty", SV(""));
	json_set_int(v, "i", 9007199254740991);
	json_set_num(v, "d", 0.1);
	json_set_num(v, "third", 1.0 / 3);
	json_set_num(v, "inf", INFINITY);
	json_set_bool(v, "t", true);
	json_set_null(v, "z");
	json_push(a, cJSON_CreateRaw("{\"raw\": 1}"));
	json_push(a, json_arr());
	json_set(v, "a", a);
	json_print(&b, v, false);
	assert_string_equal(b.p,
	    "{\"s\":\"q\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\",\"none\":null,"
	    "\"sv\":\"a\xef\xbf\xbd"
	    "b\xef\xbf\xbd\",\"nosv\":null,\"empty\":\"\","
	    "\"i\":9007199254740991,\"d\":0.1,\"third\":0.33333333333333331,\"inf\":null,\"t\":true,\"z\":null,"
	    "\"a\":[{\"raw\": 1},[]]}");
	assert_int_equal(json_parse_api(buf_view(&b), NULL, &back, NULL), 0);
	assert_true(json_num(back, "d", 0) == 0.1);
	cJSON_Delete(back);
	cJSON_Delete(v);
}

static void
pretty_printing_indents_by_two(void **state)
{
	cJSON *v = cJSON_Parse("{\"a\":[1,{}],\"b\":[]}");
	cleanup_buf b = BUF_INIT;

	(void)state;
	json_print(&b, v, true);
	assert_string_equal(b.p, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
	cJSON_Delete(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(repair_rewrites_what_cjson_cannot_hold),
	    cmocka_unit_test(repair_works_within_its_length),
	    cmocka_unit_test(cdp_messages_survive_page_made_strings),
	    cmocka_unit_test(repair_and_skim_are_linear),
	    cmocka_unit_test(skim_finds_top_level_keys_only),
	    cmocka_unit_test(skim_refuses_what_is_cut_or_no_object),
	    cmocka_unit_test(skim_of_every_prefix_stays_inside),
	    cmocka_unit_test(skim_int_takes_integers_only),
	    cmocka_unit_test(getters_fall_back_on_absence_and_wrong_types),
	    cmocka_unit_test(printing_is_json_again),
	    cmocka_unit_test(pretty_printing_indents_by_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
