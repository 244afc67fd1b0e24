// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/json.h"
#include "tests/unit/patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

static int
validate(struct sv text, enum json_mode mode, struct err *err)
{
	*err = (struct err)ERR_INIT;
	return json_validate(text, mode, NULL, err);
}

static void
accepts(enum json_mode mode, const char *text)
{
	struct err err;

	if (validate(sv_from(text), mode, &err) != 0)
		fail_msg("%s: refused: %s", text, err.message);
}

static void
refuses_as(int code, enum json_mode mode, struct sv text, const char *message)
{
	struct err err;
	int rc = validate(text, mode, &err);

	if (rc != code || !strstr(err.message, message))
		fail_msg("%.*s: %d \"%s\", wanted %d \"%s\"", SV_ARG(text), rc, err.message, code,
		    message);
}

static void
refuses(enum json_mode mode, struct sv text, const char *message)
{
	refuses_as(ERR_INVALID_JSON, mode, text, message);
}

static void
duplicate(struct sv text, const char *message)
{
	refuses_as(ERR_DUPLICATE_KEY, JSON_API, text, message);
}

static void
grammar_accepts_rfc8259(void **state)
{
	static const char *const good[] = {"null", " true ", "false\n", "0", "-0", "0.5", "1e5",
	    "1E+5", "1e-5", "-1.25e10", "\"\"", "[]", "{}", "[ ]", "{ }", "[1,2]",
	    "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\\ud800\"",
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\x7f\"",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\xef\xbf\xbf\"", "[[[[[[]]]]]]",
	    "\t\r\n 1\t\r\n ", "1e9999", "\"\xef\xbb\xbf\""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		accepts(JSON_GRAMMAR, good[i]);
}

static void
errors_say_where_and_what_was_expected(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "line 1, column 1 (byte 0): expected a value, found the end of the text"},
	    {" \n ", "line 2, column 2 (byte 3): expected a value"},
	    {"[1,]", "byte 3): expected a value, found ']'"},
	    {"[1 2]", "byte 3): expected ',' or ']', found '2'"},
	    {"{\"a\":1 \"b\"}", "byte 7): expected ',' or '}', found '\"'"},
	    {"{\"a\":1,}", "byte 7): expected a key in double quotes, found '}'"},
	    {"{a:1}", "byte 1): expected a key in double quotes, found 'a'"},
	    {"{\"a\" 1}", "byte 5): expected ':' after the key, found '1'"},
	    {"{\n  \"\xc3\xa9\": 01\n}",
		"line 2, column 8 (byte 10): a number with a leading zero"},
	    {"1 2", "byte 2): expected the end of the text, found '2'"},
	    {"[1]]", "expected the end of the text, found ']'"},
	    {"1.", "byte 2): expected a digit after the decimal point, found the end of the text"},
	    {".5", "expected a value, found '.'"},
	    {"+1", "expected a value, found '+'"},
	    {"-", "byte 1): expected a digit"},
	    {"-x", "byte 1): expected a digit, found 'x'"},
	    {"1e", "byte 2): expected a digit in the exponent"},
	    {"1e+", "byte 3): expected a digit in the exponent"},
	    {"NaN", "expected a value, found 'N'"},
	    {"tru", "expected a value, found 't'"},
	    {"nullx", "expected the end of the text, found 'x'"},
	    {"'a'", "expected a value, found '''"},
	    {"\"abc", "byte 0): a string that does not end"},
	    {"[\"abc\\", "unknown escape"},
	    {"\"\\x\"", "byte 1): unknown escape in a string"},
	    {"\"\\u12\"", "expected four hexadecimal digits after \\u"},
	    {"\"\\u123g\"", "expected four hexadecimal digits"},
	    {"\"a\tb\"", "byte 2): control character in a string"},
	    {"\"a\nb\"", "byte 2): control character"},
	    {"\xef\xbb\xbf{}", "byte 0): a byte order mark"},
	    {"\x01", "expected a value, found byte 0x01"},
	    {"\xff", "expected a value, found byte 0xff"},
	    {"[1,\xe2\x82\xac]", "expected a value, found '\xe2\x82\xac'"},
	    {"[", "byte 1): expected a value, found the end of the text"},
	    {"{", "byte 1): expected a key in double quotes, found the end of the text"},
	    {"[}", "expected a value, found '}'"},
	    {"// x\n1", "expected a value, found '/'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refuses(JSON_GRAMMAR, sv_from(cases[i].text), cases[i].message);
	refuses(JSON_GRAMMAR, SV("1\0"), "expected the end of the text, found byte 0x00");
	refuses(JSON_GRAMMAR, SV("\"a\0b\""), "control character");
}

static void
strings_must_be_utf8(void **state)
{
	static const char *const bad[] = {"\"\x80\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xc1\xbf\"",
	    "\"\xe0\x80\xaf\"", "\"\xe0\x9f\xbf\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"",
	    "\"\xf0\x80\x80\xaf\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"",
	    "\"\xf5\x80\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xff\"", "\"\xe2\x82\"",
	    "\"\xf0\x9f\x98\"", "\"\xe2\x28\xa1\""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		refuses(JSON_GRAMMAR, sv_from(bad[i]), "byte 1): the text is not UTF-8");
		refuses(JSON_API, sv_from(bad[i]), "not UTF-8");
	}
}

static void
api_refuses_what_cjson_would_misread(void **state)
{
	(void)state;
	refuses_as(ERR_NULL_CHARACTER, JSON_API, SV("[\"a\\u0000b\"]"),
	    "byte 3): \\u0000 is not accepted");
	refuses(JSON_API, SV("\"\\ud800\""), "unpaired surrogate");
	refuses(JSON_API, SV("\"\\udc00\""), "unpaired surrogate");
	refuses(JSON_API, SV("\"\\ud800\\u0041\""), "unpaired surrogate");
	refuses(JSON_API, SV("\"\\ud800\\ud800\\udc00\""), "byte 1): unpaired surrogate");
	refuses(JSON_API, SV("\"\\ud800x\""), "unpaired surrogate");
	refuses(JSON_API, SV("{\"\\ud800\":1}"), "unpaired surrogate");
	refuses(JSON_API, SV("1e400"), "the number is too large");
	refuses(JSON_API, SV("[-1e400]"), "byte 1): the number is too large");
	accepts(JSON_API, "\"\\uD83D\\uDE00 \\ud83d\\ude00\"");
	accepts(JSON_API, "\"\\\\ud800\"");
	accepts(JSON_API, "[1e308,-1e308,1e-400,123456789012345678901234567890]");
}

static void
api_refuses_duplicate_keys_by_their_decoded_text(void **state)
{
	(void)state;
	duplicate(
	    SV("{\"a\":1,\"b\":2,\"a\":3}"), "line 1, column 14 (byte 13): duplicate key \"a\"");
	duplicate(SV("{\"a\":1,\"\\u0061\":2}"), "byte 7): duplicate key \"a\"");
	duplicate(SV("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"), "duplicate key");
	duplicate(SV("{\"\":1,\"\":2}"), "duplicate key \"\"");
	duplicate(SV("[{\"x\":{\"a\":1,\"a\":2}}]"), "duplicate key");
	duplicate(SV("{\"a\":{\"a\":1},\"a\":2}"), "byte 13): duplicate key");
	duplicate(SV("{\"a\\n\":1,\"a\\u000a\":2}"), "duplicate key");
	accepts(JSON_API, "{\"a\":{\"a\":{\"a\":1}},\"A\":[{\"a\":1},{\"a\":1}],\"aa\":1,\"\":1}");
	accepts(JSON_API, "[{\"a\":1},{\"a\":1}]");
}

static char *
repeat(const char *head, const char *unit, size_t n, const char *tail)
{
	struct buf b = BUF_INIT;

	buf_str(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_str(&b, unit);
	buf_str(&b, tail);
	return buf_take(&b);
}

static void
depth_ends_at_64(void **state)
{
	cleanup_free char *open = repeat("", "[", 64, ""), *close = repeat("", "]", 64, "");
	cleanup_free char *ok = xasprintf("%s%s", open, close),
			  *bad = xasprintf("[%s%s]", open, close);
	cleanup_free char *endless = repeat("", "{\"a\":", 200000, "");
	struct json_limits lax = json_limits_default;
	struct err err = ERR_INIT;

	(void)state;
	accepts(JSON_GRAMMAR, ok);
	refuses(JSON_GRAMMAR, sv_from(bad), "byte 64): nested too deeply");
	refuses(JSON_GRAMMAR, sv_from(endless), "nested too deeply");
	lax.max_depth = 1000;
	assert_int_equal(json_validate(sv_from(bad), JSON_API, &lax, &err), ERR_INVALID_JSON);
	lax.max_depth = 1;
	assert_int_equal(json_validate(SV("[[1]]"), JSON_API, &lax, &err), ERR_INVALID_JSON);
	assert_int_equal(json_validate(SV("[1]"), JSON_API, &lax, &err), 0);
}

static void
limits_of_bytes_and_values_are_too_large(void **state)
{
	struct json_limits lim = {.max_bytes = 8, .max_depth = 64, .max_values = 3};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(json_validate(SV("[1,2]"), JSON_API, &lim, &err), 0);
	assert_int_equal(json_validate(SV("[1,2,3]"), JSON_API, &lim, &err), ERR_TOO_LARGE);
	assert_int_equal(json_validate(SV("\"123456\""), JSON_API, &lim, &err), 0);
	assert_int_equal(json_validate(SV("\"1234567\""), JSON_API, &lim, &err), ERR_TOO_LARGE);
}

// 50,000 keys, all of one length and with a long common beginning: sorting them stays cheap.
static void
many_keys_are_not_quadratic(void **state)
{
	struct buf b = BUF_INIT;
	struct json_limits lim = {
	    .max_bytes = (size_t)64 << 20, .max_depth = 64, .max_values = 200000};
	struct err err = ERR_INIT;
	int64_t start;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_fmt(&b, "%s\"a-rather-long-common-beginning-of-all-these-keys-%06d\":0",
		    i ? "," : "{", i ^ 0x5555);
	start = clock_ms();
	assert_int_equal(
	    json_validate(buf_view(&b), JSON_API, &lim, &err), ERR_INVALID_JSON); // no '}'
	buf_ch(&b, '}');
	assert_int_equal(json_validate(buf_view(&b), JSON_API, &lim, &err), 0);
	assert_true(clock_ms() - start < patient_ms(5000));
	b.n--;
	buf_str(&b, ",\"a-rather-long-common-beginning-of-all-these-keys-000077\":1}");
	assert_int_equal(json_validate(buf_view(&b), JSON_API, &lim, &err), ERR_DUPLICATE_KEY);
	assert_non_null(strstr(err.message, "keys-000077\""));
	buf_done(&b);
}

static void
a_message_cut_in_a_character_stays_utf8(void **state)
{
	cleanup_free char *key = repeat("", "\xf0\x9f\x98\x80", 200, "");
	cleanup_free char *text = xasprintf("{\"xyz%s\":1,\"xyz%s\":1}", key, key);
	struct err err;
	struct sv m;

	(void)state;
	assert_int_equal(validate(sv_from(text), JSON_API, &err), ERR_DUPLICATE_KEY);
	m = sv_from(err.message);
	for (size_t i = 0, len; i < m.n; i += len) {
		len = utf8_seq(m.p + i, m.n - i);
		assert_int_not_equal(len, 0);
	}
}

static void
parse_api_gives_the_tree_only_on_success(void **state)
{
	cJSON *v = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(json_parse_api(SV("{\"a\":[1]}"), NULL, &v, &err), 0);
	assert_true(json_path(v, "a.0")->valuedouble == 1);
	cJSON_Delete(v);
	v = NULL;
	assert_int_equal(json_parse_api(SV("{\"a\":[1]"), NULL, &v, &err), ERR_INVALID_JSON);
	assert_null(v);
	// Not NUL-terminated, and cut so that more digits follow.
	assert_int_equal(json_parse_api((struct sv){"123456", 3}, NULL, &v, NULL), 0);
	assert_true(v->valuedouble == 123);
	cJSON_Delete(v);
}

#define ZEROS "00000000000000000000000000000000000000000000000000000000000000000000"

static void
numbers_may_be_long(void **state)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
	    {"0.1" ZEROS, 0.1},
	    {"-0." ZEROS ZEROS ZEROS "25", -25e-206},
	    {"1" ZEROS "e-68", 1},
	    {"1" ZEROS "0E-00" ZEROS "69", 1},
	    {"0." ZEROS ZEROS ZEROS ZEROS ZEROS "1", 0}, // too small for a double
	    {"123456789012345678901234567890123456789012345678901234567890123", // 63
		123456789012345678901234567890123456789012345678901234567890123.},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf text = BUF_INIT;
		struct err err = ERR_INIT;
		cJSON *v = NULL;

		buf_fmt(&text, "[\"1" ZEROS "\\\"2" ZEROS "\",%s,{\"" ZEROS "\":%s\n}]",
		    cases[i].text, cases[i].text);
		if (json_parse_api(buf_view(&text), NULL, &v, &err) != 0)
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_string_equal(v->child->valuestring, "1" ZEROS "\"2" ZEROS);
		assert_true(v->child->next->valuedouble == cases[i].value);
		assert_true(json_path(v, "2." ZEROS)->valuedouble == cases[i].value);
		cJSON_Delete(v);
	}
	refuses(JSON_API, SV("[1" ZEROS ZEROS ZEROS ZEROS ZEROS "]"), "the number is too large");
}

// JSONTestSuite: y_ must be accepted, n_ refused; i_ must end either way.
static void
json_test_suite(void **state)
{
	const char *dir = TEST_SHARED "/corpus/json/test_parsing";
	DIR *d = opendir(dir);
	unsigned n = 0;

	(void)state;
	if (!d) {
		print_message("skipped: no %s\n", dir);
		skip();
	}
	for (struct dirent *e; (e = readdir(d));) {
		cleanup_free char *path = xasprintf("%s/%s", dir, e->d_name);
		cleanup_buf b = BUF_INIT;
		struct err err = ERR_INIT;
		int rc;

		if (e->d_name[0] == '.' || buf_read_file(&b, path, &err) != 0)
			continue;
		rc = validate(buf_view(&b), JSON_GRAMMAR, &err);
		if ((e->d_name[0] == 'y' && rc != 0) || (e->d_name[0] == 'n' && rc == 0))
			fail_msg("%s: %d %s", e->d_name, rc, err.message);
		if (validate(buf_view(&b), JSON_API, &err) == 0) {
			cJSON *v = cJSON_ParseWithLength(b.p, b.n);

			if (!v)
				fail_msg("%s: passes, but cJSON refuses it", e->d_name);
			cJSON_Delete(v);
		}
		n++;
	}
	closedir(d);
	assert_true(n >= 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grammar_accepts_rfc8259),
	    cmocka_unit_test(errors_say_where_and_what_was_expected),
	    cmocka_unit_test(strings_must_be_utf8),
	    cmocka_unit_test(api_refuses_what_cjson_would_misread),
	    cmocka_unit_test(api_refuses_duplicate_keys_by_their_decoded_text),
	    cmocka_unit_test(depth_ends_at_64),
	    cmocka_unit_test(limits_of_bytes_and_values_are_too_large),
	    cmocka_unit_test(many_keys_are_not_quadratic),
	    cmocka_unit_test(a_message_cut_in_a_character_stays_utf8),
	    cmocka_unit_test(parse_api_gives_the_tree_only_on_success),
	    cmocka_unit_test(numbers_may_be_long),
	    cmocka_unit_test(json_test_suite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
