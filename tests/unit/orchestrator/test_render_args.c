// SPDX-License-Identifier: Apache-2.0
// Options of `render` and `run`: what each sets in the request, and what is refused by its own
// name.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "orchestrator/cli/render_args.h"

#define MAX_ARGS 16

static int
apply(const char *const *argv, const char *json, cJSON **req, struct err *err)
{
	const struct opts_spec spec = {
	    .usage = "", .doc = "", .rows = render_opts, .n_rows = render_n_opts, .max_args = 1};
	const char *args[MAX_ARGS], *copy[MAX_ARGS];
	struct render_args a;
	size_t n;
	int argc = 0, rc;

	while (argv[argc]) {
		copy[argc] = argv[argc];
		argc++;
	}
	render_args_defaults(&a);
	rc = opts_parse(&spec, argc, (char **)(uintptr_t)copy, &a, args, &n, err);
	if (rc != 0)
		return rc;
	*req = cJSON_Parse(json);
	return render_args_apply(&a, *req, err);
}

struct good {
	const char *argv[MAX_ARGS];
	const char *json, *becomes;
};

static const struct good good[] = {
    {{NULL}, "{\"url\":\"u\"}", "{\"url\":\"u\"}"},
    {{"--proxy", "a:1"}, "{\"proxy_config\":{\"server\":\"b:2\",\"username\":\"u\"}}",
	"{\"proxy_config\":{\"username\":\"u\",\"server\":\"a:1\"}}"},
    {{"--timeout", "5"}, "{}", "{\"timeouts\":{\"hard_cap_ms\":5}}"},
    {{"--timeout=5"}, "{\"timeouts\":{\"action_ms\":1,\"hard_cap_ms\":9}}",
	"{\"timeouts\":{\"action_ms\":1,\"hard_cap_ms\":5}}"},
    {{"--viewport", "10x20"}, "{}",
	"{\"viewport\":{\"width\":10,\"height\":20,\"device_scale_factor\":1}}"},
    {{"--viewport", "10x20@2.5"}, "{\"viewport\":{\"mobile\":true}}",
	"{\"viewport\":{\"mobile\":true,\"width\":10,\"height\":20,\"device_scale_factor\":2.5}}"},
    {{"--header", "A: b: c", "--header", "D:e"}, "{\"headers\":{\"A\":\"x\",\"Z\":\"z\"}}",
	"{\"headers\":{\"Z\":\"z\",\"A\":\"b: c\",\"D\":\"e\"}}"},
    {{"--cookie", "a=b=c", "--cookie", "d="}, "{}",
	"{\"cookies\":[{\"name\":\"a\",\"value\":\"b=c\"},{\"name\":\"d\",\"value\":\"\"}]}"},
    {{"--block", "image,font", "--block", "media"}, "{}",
	"{\"block\":{\"resource_types\":[\"image\",\"font\",\"media\"]}}"},
    {{"--user-agent", "x", "--locale", "de", "--timezone", "UTC"}, "{\"user_agent\":\"y\"}",
	"{\"user_agent\":\"x\",\"locale\":\"de\",\"timezone\":\"UTC\"}"},
    {{"--color-scheme", "dark", "--wait-until", "load", "--stealth"}, "{}",
	"{\"color_scheme\":\"dark\",\"wait_until\":\"load\",\"stealth_mode\":true}"},
    {{"--screenshot", "a.JPG", "--full-page"}, "{}",
	"{\"artifacts\":{\"screenshot\":{\"format\":\"jpeg\",\"full_page\":true}}}"},
    {{"--screenshot", "a.webp"}, "{\"artifacts\":{\"screenshot\":{\"quality\":3}}}",
	"{\"artifacts\":{\"screenshot\":{\"quality\":3,\"format\":\"webp\"}}}"},
    {{"--full-page"}, "{\"artifacts\":{\"screenshot\":true}}",
	"{\"artifacts\":{\"screenshot\":{\"full_page\":true}}}"},
    {{"--pdf", "p", "--har", "h", "--mhtml", "m"},
	"{\"artifacts\":{\"pdf\":{\"scale\":1},\"har\":true}}",
	"{\"artifacts\":{\"pdf\":{\"scale\":1},\"mhtml\":{},\"har\":{}}}"},
    {{"--allow-private", "--fail", "--repeat", "3", "--no-dismiss-overlays", "-o", "x", "-f",
	 "json"},
	"{}", "{}"},
};

static void
options_set_the_keys_they_stand_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		cleanup_buf text = BUF_INIT;
		struct err err = ERR_INIT;
		cJSON *req = NULL;

		if (apply(good[i].argv, good[i].json, &req, &err) != 0)
			fail_msg("%s: %s", good[i].argv[0], err.message);
		json_print(&text, req, false);
		assert_string_equal(text.p, good[i].becomes);
		cJSON_Delete(req);
	}
}

static const struct {
	const char *argv[MAX_ARGS];
	const char *says;
} bad[] = {
    {{"--viewport", "big"}, "--viewport"},
    {{"--viewport", "10x"}, "--viewport"},
    {{"--viewport", "10x20@"}, "--viewport"},
    {{"--viewport", "10x20@2x"}, "--viewport"},
    {{"--viewport", "10x20 "}, "--viewport"},
    {{"--header", "no-colon"}, "--header"},
    {{"--header", ": x"}, "--header"},
    {{"--cookie", "x"}, "--cookie"},
    {{"--cookie", "=x"}, "--cookie"},
    {{"--screenshot", "x.gif"}, "x.gif: expected a name that ends in .png"},
    {{"--screenshot", "png"}, ".png"},
    {{"--full-page"}, "--screenshot"},
    {{"--timeout", "0"}, "from 1 to 600000"},
    {{"--script", "/nonexistent/s.json"}, "/nonexistent/s.json"},
};

static void
bad_options_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = ERR_INIT;
		cJSON *req = NULL;

		if (apply(bad[i].argv, "{}", &req, &err) == 0 || !strstr(err.message, bad[i].says))
			fail_msg("%s %s: \"%s\"", bad[i].argv[0], bad[i].argv[1], err.message);
		cJSON_Delete(req);
	}
}

// --- scripts ---

static int
apply_script(const char *name, const char *text, cJSON **req, struct err *err)
{
	char path[64];
	const char *argv[] = {"--script", path, NULL};
	FILE *f;
	int rc;

	snprintf(path, sizeof(path), "/tmp/riptide-test-%d-%s", (int)getpid(), name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	rc = apply(argv, "{\"url\":\"u\"}", req, err);
	unlink(path);
	return rc;
}

static void
scripts_are_arrays_or_objects_with_actions(void **state)
{
	static const char *const ok[][2] = {{"s.json", "[{\"type\":\"wait\",\"ms\":1}]"},
	    {"s.json", "{\"actions\":[{\"type\":\"wait\",\"ms\":1}]}"},
	    {"s.yaml", "# c\n- {type: wait, ms: 1}\n"},
	    {"s.yml", "actions:\n  - type: wait\n    ms: 1\n"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ok); i++) {
		cleanup_buf text = BUF_INIT;
		struct err err = ERR_INIT;
		cJSON *req = NULL;

		if (apply_script(ok[i][0], ok[i][1], &req, &err) != 0)
			fail_msg("%s: %s", ok[i][1], err.message);
		json_print(&text, req, false);
		assert_string_equal(
		    text.p, "{\"url\":\"u\",\"actions\":[{\"type\":\"wait\",\"ms\":1}]}");
		cJSON_Delete(req);
	}
}

static void
other_scripts_are_refused_by_file_name(void **state)
{
	static const char *const no[] = {"", "{}", "\"x\"", "5", "{\"actions\": {}}",
	    "{\"actions\": [], \"other\": 1}", "{\"url\": \"x\"}", "[", "\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		struct err err = ERR_INIT;
		cJSON *req = NULL;

		if (apply_script("bad.json", no[i], &req, &err) == 0 ||
		    !strstr(err.message, "bad.json"))
			fail_msg("%s: \"%s\"", no[i], err.message);
		cJSON_Delete(req);
	}
}

static void
a_password_does_not_stay_among_the_arguments(void **state)
{
	static const struct {
		const char *given, *left;
	} rows[] = {
	    {"http://me:se:cr@t@p.example:1", "http://me:xxxxxxx@p.example:1"},
	    {"socks5://me:secret@[2001:db8::1]:1", "socks5://me:xxxxxx@[2001:db8::1]:1"},
	    {"me:secret@p.example", "me:xxxxxx@p.example"},
	    {"me@p.example:1", "me@p.example:1"},
	    {"http://p.example:1", "http://p.example:1"},
	    {"", ""},
	    {"a@b://c", "a@b://c"},
	    {"http://@", "http://@"},
	    {"://@", "://@"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[64];
		struct render_args a = {.proxy = text};

		snprintf(text, sizeof(text), "%s", rows[i].given);
		render_args_hide(&a);
		assert_string_equal(text, rows[i].left);
	}
	render_args_hide(&(struct render_args){0});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_set_the_keys_they_stand_for),
	    cmocka_unit_test(bad_options_are_named),
	    cmocka_unit_test(a_password_does_not_stay_among_the_arguments),
	    cmocka_unit_test(scripts_are_arrays_or_objects_with_actions),
	    cmocka_unit_test(other_scripts_are_refused_by_file_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
