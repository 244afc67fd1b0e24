// SPDX-License-Identifier: Apache-2.0
// Render requests: what is accepted, what it becomes, and the exact path and message of every
// refusal.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "orchestrator/request/request.h"
#include "request_text.h"

static struct request *
read_ok(const char *json)
{
	struct request *r = NULL;
	struct err err = ERR_INIT;
	int rc = request_parse(sv_from(json), &r, &err);

	if (rc != 0)
		fail_msg("%s: %s: %s", json, err.path, err.message);
	return r;
}

struct refusal {
	const char *json;
	int code;
	const char *path;
	const char *says; // part of the message
};

static void
check_refusal(const struct refusal *c)
{
	struct request *r = NULL;
	struct err err = ERR_INIT;
	int rc = request_parse(sv_from(c->json), &r, &err);

	if (rc != c->code || strcmp(err.path, c->path) != 0 || !strstr(err.message, c->says))
		fail_msg("%s\n  got %s \"%s: %s\"\n  want %s \"%s: …%s…\"", c->json,
		    err_info(rc)->code, err.path, err.message, err_info(c->code)->code, c->path,
		    c->says);
	assert_null(r);
}

#define INVALID(json_, path_, says_)                                                               \
	{                                                                                          \
		json_, ERR_INVALID_REQUEST, path_, says_                                           \
	}
#define U "\"url\": \"http://a.example/\""

static const struct refusal refusals[] = {
    // the whole
    {"", ERR_INVALID_JSON, "", ""},
    {"{\"url\": \"http://a/\", \"url\": \"http://b/\"}", ERR_DUPLICATE_KEY, "", "url"},
    INVALID("[]", "", "expected an object"),
    INVALID("{}", "url", "expected exactly one of url, html"),
    INVALID("{" U ", \"html\": \"x\"}", "html", "expected exactly one of url, html"),
    INVALID("{" U ", \"base_url\": \"http://b/\"}", "base_url", "goes with html only"),
    INVALID("{" U ", \"vieport\": {}}", "vieport", "did you mean \"viewport\"?"),
    INVALID("{" U ", \"zzz\": 1}", "zzz", "unknown key \"zzz\""),
    INVALID("{" U ", \"full_page\": true}", "full_page", "it goes into artifacts.screenshot"),
    INVALID("{" U ", \"paperWidth\": 8}", "paperWidth", "paper_width goes into artifacts.pdf"),
    INVALID("{" U ", \"Locale\": \"de\"}", "Locale", "did you mean \"locale\"?"),
    // urls
    INVALID("{\"url\": 5}", "url", "expected a string"),
    {"{\"url\": \"file:///etc/passwd\"}", ERR_INVALID_URL, "url", "file"},
    {"{\"url\": \"FILE:///etc/passwd\"}", ERR_INVALID_URL, "url", ""},
    {"{\"url\": \"\\tfile:///etc/passwd\"}", ERR_INVALID_URL, "url", ""},
    {"{\"url\": \"view-source:http://a/\"}", ERR_INVALID_URL, "url", "view-source"},
    {"{\"url\": \"javascript:alert(1)\"}", ERR_INVALID_URL, "url", "javascript"},
    {"{\"html\": \"x\", \"base_url\": \"devtools://version\"}", ERR_INVALID_URL, "base_url",
	"devtools"},
    // numbers, ranges, names
    INVALID("{" U ", \"viewport\": {\"width\": \"wide\"}}", "viewport.width",
	"expected an integer from 1 to 16384"),
    INVALID("{" U ", \"viewport\": {\"width\": 0}}", "viewport.width",
	"expected an integer from 1 to 16384"),
    INVALID("{" U ", \"viewport\": {\"height\": 1.5}}", "viewport.height", "expected an integer"),
    INVALID("{" U ", \"viewport\": {\"device_scale_factor\": 99}}", "viewport.device_scale_factor",
	"expected a number from 0.1 to 10"),
    INVALID("{" U ", \"timeouts\": {\"hard_cap_ms\": 0}}", "timeouts.hard_cap_ms",
	"expected an integer from 1 to 600000"),
    INVALID("{" U ", \"timeouts\": {\"navigation_ms\": 600001}}", "timeouts.navigation_ms",
	"expected an integer from 1 to 600000"),
    INVALID("{" U ", \"timeouts\": []}", "timeouts", "expected an object"),
    INVALID("{" U ", \"wait_until\": \"done\"}", "wait_until", "settled"),
    INVALID("{" U ", \"color_scheme\": \"blue\"}", "color_scheme", "dark"),
    INVALID("{" U ", \"stealth_mode\": 1}", "stealth_mode", "expected true or false"),
    INVALID("{" U ", \"user_agent\": \"a\\nb\"}", "user_agent", "without control characters"),
    INVALID("{" U ", \"scroll_steps\": 0}", "scroll_steps", "expected an integer from 1 to"),
    // headers
    INVALID("{" U ", \"headers\": []}", "headers", "expected an object of strings"),
    INVALID("{" U ", \"headers\": {\"X\": 1}}", "headers.X", "expected a string"),
    INVALID("{" U ", \"headers\": {\"X\": \"a\\r\\nB: c\"}}", "headers.X",
	"without control characters"),
    INVALID("{" U ", \"headers\": {\"X Y\": \"a\"}}", "headers.X Y", "expected a header name"),
    INVALID("{" U ", \"headers\": {\"\": \"a\"}}", "headers.", "expected a header name"),
    INVALID("{" U ", \"headers\": {\"Host\": \"a\"}}", "headers.Host", "follows from url"),
    INVALID("{" U ", \"headers\": {\"content-LENGTH\": \"1\"}}", "headers.content-LENGTH",
	"connection"),
    INVALID("{" U ", \"headers\": {\"Proxy-Authorization\": \"1\"}}", "headers.Proxy-Authorization",
	"connection"),
    INVALID("{" U ", \"headers\": {\"Cookie\": \"a=b\"}}", "headers.Cookie", "use cookies"),
    INVALID("{" U ", \"headers\": {\"X-A\": \"1\", \"x-a\": \"2\"}}", "headers.x-a", "given twice"),
    // cookies
    INVALID("{" U ", \"cookies\": {}}", "cookies", "expected an array"),
    INVALID("{" U ", \"cookies\": [{\"value\": \"x\"}]}", "cookies[0].name", "is required"),
    INVALID("{" U ", \"cookies\": [{\"name\": \"a\"}]}", "cookies[0].value", "is required"),
    INVALID("{" U ", \"cookies\": [{\"name\": \"a;b\", \"value\": \"x\"}]}", "cookies[0]",
	"expected a name"),
    INVALID("{" U ", \"cookies\": [{\"name\": \"a\", \"value\": \"x;y\"}]}", "cookies[0]",
	"expected a value"),
    INVALID("{" U ", \"cookies\": [{\"name\": \"a\", \"value\": \"x\", \"path\": \"b\"}]}",
	"cookies[0]", "begins with \"/\""),
    INVALID("{" U ", \"cookies\": [{\"name\": \"a\", \"value\": \"x\", \"same_site\": \"x\"}]}",
	"cookies[0].same_site", "Lax"),
    INVALID(
	"{" U
	", \"cookies\": [{\"name\": \"a\", \"value\": \"x\", \"url\": \"http://b/\", \"domain\": \"b\"}]}",
	"cookies[0]", "expected only one of url and domain"),
    {"{" U ", \"cookies\": [{\"name\": \"a\", \"value\": \"x\", \"url\": \"file:///x\"}]}",
	ERR_INVALID_URL, "cookies[0].url", ""},
    INVALID("{\"html\": \"x\", \"cookies\": [{\"name\": \"a\", \"value\": \"x\"}]}", "cookies[0]",
	"expected one of url and domain"),
    // actions
    INVALID("{" U ", \"actions\": {}}", "actions", "expected an array"),
    INVALID("{" U ", \"actions\": [{\"type\": \"clik\"}]}", "actions[0].type",
	"did you mean \"click\"?"),
    INVALID("{" U ", \"actions\": [{\"type\": \"wait\", \"ms\": 1}, {\"css\": \"a\"}]}",
	"actions[1].type", ""),
    INVALID("{" U ", \"actions\": [{\"type\": \"click\"}]}", "actions[0].css", "is required"),
    INVALID("{" U ", \"actions\": [{\"type\": \"click\", \"css\": \"a\", \"timeout_ms\": -3}]}",
	"actions[0].timeout_ms", "expected an integer from 1 to 600000"),
    INVALID(
	"{" U
	", \"actions\": [{\"type\": \"if\", \"css\": \"a\", \"then\": [{\"type\": \"tpye\"}]}]}",
	"actions[0].then[0].type", "type"),
    INVALID("{" U ", \"actions\": [{\"type\": \"extract\", \"schema\": {\"type\": \"text\"}}]}",
	"actions[0].schema.type", "object"),
    INVALID("{" U ", \"actions\": [{\"type\": \"extract\", \"fields\": {\"x\": {}}}]}",
	"actions[0].fields.x", "css"),
    INVALID("{" U ", \"actions\": [{\"type\": \"if\", \"css\": \"a\", \"then\": "
	    "[{\"type\": \"extract\", \"document\": [\"tite\"]}]}]}",
	"actions[0].then[0].document[0]", "title"),
    // artifacts
    INVALID("{" U ", \"artifacts\": {\"screenshot\": {\"format\": \"gif\"}}}",
	"artifacts.screenshot.format", "png"),
    INVALID("{" U ", \"artifacts\": {\"screenshot\": 1}}", "artifacts.screenshot",
	"expected true, false or an object"),
    INVALID("{" U ", \"artifacts\": {\"pdf\": {\"scale\": 9}}}", "artifacts.pdf.scale",
	"expected a number"),
    INVALID("{" U ", \"artifacts\": {\"har\": {\"x\": 9}}}", "artifacts.har.x", "unknown key"),
    // extract, block
    INVALID("{" U ", \"extract\": {\"fields\": {\"x\": {}}}}", "extract.fields.x", "css"),
    INVALID("{" U ", \"extract\": {\"document\": [\"tite\"]}}", "extract.document[0]", "title"),
    INVALID(
	"{" U ", \"block\": {\"resource_types\": [\"imag\"]}}", "block.resource_types[0]", "image"),
    // not built yet
    INVALID("{" U ", \"session_config\": {}}", "session_config", "goes with session_id"),
    INVALID("{" U ", \"session_id\": \"x\", \"isolation\": \"browser\"}", "isolation",
	"does not go with"),
    INVALID("{" U ", \"isolation\": \"session\"}", "isolation", "needs a session_id"),
    {"{" U ", \"cache\": {\"mode\": \"on\"}}", ERR_NOT_IMPLEMENTED, "cache", ""},
    {"{" U ", \"network\": {\"allow_hosts\": [\"b\"]}}", ERR_HOST_FORBIDDEN, "url", "allow_hosts"},
    {"{" U ", \"network\": {\"deny_hosts\": [\"b\", \"*\"]}}", ERR_INVALID_REQUEST,
	"network.deny_hosts[1]", ""},
    {"{" U ", \"cache\": {}}", ERR_NOT_IMPLEMENTED, "cache", ""},
    INVALID("{" U ", \"proxy_config\": {}}", "proxy_config.server", "required"),
    INVALID("{" U ", \"proxy_config\": {\"server\": \"https://a\"}}", "proxy_config.server", "TLS"),
    INVALID("{" U ", \"priority\": \"high\"}", "priority", "expected one of"),
    INVALID("{" U ", \"isolation\": \"none\"}", "isolation", "expected one of"),
    INVALID("{" U ", \"engine\": \"curl\"}", "engine", "expected one of auto, fetch, browser"),
};

#define FETCH            "\"engine\": \"fetch\", "
#define WISH(json, path) INVALID("{" U ", " FETCH json "}", path, "engine \"browser\" does it")
#define NOTHING_ASKED(json, path)                                                                  \
	INVALID("{\"html\": \"x\", " FETCH json "}", path, "nothing is requested")
// What a page that is fetched can't do.
static const struct refusal fetched[] = {
    WISH("\"actions\": [{\"type\": \"reload\"}]", "actions"),
    WISH("\"wait_for\": \"p\"", "wait_for"),
    WISH("\"scroll_steps\": 1", "scroll_steps"),
    WISH("\"wait_until\": \"load\"", "wait_until"),
    WISH("\"artifacts\": {\"screenshot\": true}", "artifacts.screenshot"),
    WISH("\"artifacts\": {\"pdf\": {}}", "artifacts.pdf"),
    WISH("\"artifacts\": {\"mhtml\": true}", "artifacts.mhtml"),
    WISH("\"artifacts\": {\"har\": true}", "artifacts.har"),
    WISH("\"network_requests\": true", "network_requests"),
    WISH("\"block\": {\"resource_types\": [\"image\"]}", "block"),
    WISH("\"session_id\": \"s\"", "session_id"),
    WISH("\"stealth_mode\": true", "stealth_mode"),
    WISH("\"viewport\": {\"width\": 500}", "viewport"),
    WISH("\"timezone\": \"Europe/Zurich\"", "timezone"),
    WISH("\"color_scheme\": \"dark\"", "color_scheme"),
    WISH("\"media\": \"print\"", "media"),
    NOTHING_ASKED("\"user_agent\": \"x\"", "user_agent"),
    NOTHING_ASKED("\"headers\": {\"A\": \"b\"}", "headers"),
    NOTHING_ASKED(
	"\"cookies\": [{\"name\": \"a\", \"value\": \"b\", \"url\": \"http://x\"}]", "cookies"),
    NOTHING_ASKED("\"locale\": \"de\"", "locale"),
};

static void
fetch_refuses_what_needs_a_browser(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fetched); i++)
		check_refusal(&fetched[i]);
}

static void
fetch_takes_the_rest_and_what_asks_for_nothing(void **state)
{
	static const char *const good[] = {
	    "{" U ", " FETCH "\"actions\": [], \"stealth_mode\": false, "
	    "\"artifacts\": {\"html\": true, \"screenshot\": false}}",
	    "{" U ", " FETCH "\"headers\": {\"A\": \"b\"}, \"locale\": \"de-CH\", "
	    "\"user_agent\": \"x\", \"isolation\": \"browser\", \"timeouts\": {\"action_ms\": 5}}",
	    "{\"html\": \"x\", \"base_url\": \"http://a.example/\", \"engine\": \"fetch\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct request *r = NULL;
		struct err err = ERR_INIT;

		if (request_parse(sv_from(good[i]), &r, &err) != 0)
			fail_msg("%s: %s: %s", good[i], err.path, err.message);
		assert_int_equal(r->engine, ENGINE_FETCH);
		request_free(r);
	}
}

static void
bad_requests_are_refused_with_path_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		check_refusal(&refusals[i]);
}

static void
defaults_are_those_of_the_design(void **state)
{
	struct request *r = read_ok("{\"url\": \"http://a.example\"}");

	(void)state;
	assert_string_equal(r->url, "http://a.example/");
	assert_int_equal(r->timeouts->hard_cap_ms, 30000);
	assert_int_equal(r->timeouts->navigation_ms, 20000);
	assert_int_equal(r->timeouts->action_ms, 10000);
	assert_int_equal(r->timeouts->script_execution_ms, 5000);
	assert_int_equal(r->timeouts->idle_after_dcl_ms, 5000);
	assert_int_equal(r->wait_until, WAIT_SETTLED);
	assert_int_equal(r->engine, ENGINE_AUTO);
	assert_int_equal(r->viewport->width, 1280);
	assert_int_equal(r->viewport->height, 800);
	assert_false(r->stealth_mode);
	assert_null(r->artifacts->screenshot);
	assert_null(r->cookies_json);
	assert_int_equal(r->actions.n, 0);
	assert_int_equal(r->shorthand.n, 0);
	request_free(r);
}

static void
urls_are_normalised(void **state)
{
	struct request *r = read_ok("{\"url\": \" HTTP://A.Example/x \"}");

	(void)state;
	assert_string_equal(r->url, "http://a.example/x");
	request_free(r);
	r = read_ok("{\"url\": \"a.example\"}");
	assert_string_equal(r->url, "https://a.example/");
	request_free(r);
}

static void
artifacts_may_be_true_or_an_object(void **state)
{
	struct request *r =
	    read_ok("{" U ", \"artifacts\": {\"screenshot\": true, \"pdf\": {\"landscape\": true}, "
		    "\"har\": {\"bodies\": false}, \"mhtml\": false, \"html\": true}}");

	(void)state;
	assert_non_null(r->artifacts->screenshot);
	assert_int_equal(r->artifacts->screenshot->format, IMAGE_PNG);
	assert_true(r->artifacts->screenshot->dismiss_overlays);
	assert_true(r->artifacts->pdf->landscape);
	assert_false(r->artifacts->har->bodies);
	assert_int_equal(r->artifacts->har->max_body_bytes, 32 << 20);
	assert_null(r->artifacts->mhtml);
	assert_non_null(r->artifacts->html);
	request_free(r);
}

static const cJSON *
cookie(const struct request *r, int i)
{
	return cJSON_GetArrayItem(r->cookies_json, i);
}

static void
cookies_become_what_chromium_takes(void **state)
{
	struct request *r = read_ok(
	    "{" U ", \"cookies\": ["
	    "{\"name\": \"a\", \"value\": \"1\"},"
	    "{\"name\": \"b\", \"value\": \"\", \"domain\": \".x.example\", \"httpOnly\": true, "
	    "\"sameSite\": \"Lax\", \"expires\": 2000000000},"
	    "{\"name\": \"c\", \"value\": \"3\", \"url\": \"https://y.example\", \"http_only\": true, "
	    "\"secure\": true, \"same_site\": \"none\", \"path\": \"/p\"}]}");

	(void)state;
	assert_int_equal(cJSON_GetArraySize(r->cookies_json), 3);
	assert_string_equal(json_str(cookie(r, 0), "url"), "http://a.example/");
	assert_null(json_get(cookie(r, 0), "httpOnly"));
	assert_null(json_get(cookie(r, 0), "expires"));
	assert_string_equal(json_str(cookie(r, 1), "domain"), ".x.example");
	assert_string_equal(json_str(cookie(r, 1), "path"), "/");
	assert_string_equal(json_str(cookie(r, 1), "sameSite"), "Lax");
	assert_true(json_bool(cookie(r, 1), "httpOnly", false));
	assert_int_equal(json_int(cookie(r, 1), "expires", 0), 2000000000);
	assert_string_equal(json_str(cookie(r, 2), "url"), "https://y.example/");
	assert_string_equal(json_str(cookie(r, 2), "sameSite"), "None");
	assert_true(json_bool(cookie(r, 2), "secure", false));
	request_free(r);
}

static void
version_one_spellings_become_actions(void **state)
{
	struct request *r = read_ok("{" U ", \"wait_for\": \"#main\", \"scroll_steps\": 3, "
				    "\"actions\": [{\"type\": \"wait\", \"ms\": 1}]}");

	(void)state;
	assert_int_equal(r->shorthand.n, 2);
	assert_int_equal(r->actions.n, 1);
	request_free(r);
	r = read_ok("{" U ", \"scroll_steps\": 1}");
	assert_int_equal(r->shorthand.n, 1);
	request_free(r);
	r = read_ok("{" U ", \"wait_for\": \"css:#main\"}");
	assert_string_equal(json_str(r->shorthand_json->child, "css"), "#main");
	request_free(r);
	r = read_ok("{" U ", \"wait_for\": \"js:() => window.ready\"}");
	assert_string_equal(json_str(r->shorthand_json->child, "type"), "wait_for_js");
	assert_string_equal(json_str(r->shorthand_json->child, "expr"), "() => window.ready");
	request_free(r);
}

// Each limit of the shorthands must be one that the action itself accepts.
static void
the_largest_shorthands_are_actions_too(void **state)
{
	cleanup_buf json = BUF_INIT;
	struct request *r;

	(void)state;
	buf_str(&json, "{" U ", \"scroll_steps\": 500, \"wait_for\": \"");
	for (int i = 0; i < 4096; i++)
		buf_ch(&json, 'a');
	buf_str(&json, "\"}");
	r = read_ok(json.p);
	assert_int_equal(r->shorthand.n, 2);
	request_free(r);
}

static void
extract_options_are_read_and_kept_as_json(void **state)
{
	struct request *r = read_ok(
	    "{" U
	    ", \"extract\": {\"document\": [\"title\"], \"fields\": {\"price\": {\"css\": \".p\"}}}}");

	(void)state;
	assert_int_equal(r->extract.options->n_fields, 1);
	assert_string_equal(r->extract.options->fields[0].path, "extract.fields.price");
	assert_non_null(json_path(r->extract.json, "fields.price.css"));
	request_free(r);
}

static void
html_goes_with_base_url(void **state)
{
	struct request *r = read_ok("{\"html\": \"<p>x\", \"base_url\": \"https://a.example/d/\"}");

	(void)state;
	assert_null(r->url);
	assert_string_equal(r->html, "<p>x");
	assert_string_equal(r->base_url, "https://a.example/d/");
	request_free(r);
}

static void
schema_names_every_key_but_old_spellings(void **state)
{
	cJSON *schema = request_schema();
	const cJSON *props = json_path(schema, "$defs.render_request.properties");

	(void)state;
	for (size_t i = 0; i < request_table.n_rows; i++)
		if (!(request_table.rows[i].flags & (PARAM_HIDDEN | PARAM_UNBUILT)))
			assert_non_null(json_get(props, request_table.rows[i].name));
	assert_non_null(json_path(schema, "$defs.action"));
	assert_null(json_path(schema, "$defs.cookie.properties.httpOnly"));
	cJSON_Delete(schema);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_requests_are_refused_with_path_and_reason),
	    cmocka_unit_test(fetch_refuses_what_needs_a_browser),
	    cmocka_unit_test(fetch_takes_the_rest_and_what_asks_for_nothing),
	    cmocka_unit_test(defaults_are_those_of_the_design),
	    cmocka_unit_test(urls_are_normalised),
	    cmocka_unit_test(artifacts_may_be_true_or_an_object),
	    cmocka_unit_test(cookies_become_what_chromium_takes),
	    cmocka_unit_test(version_one_spellings_become_actions),
	    cmocka_unit_test(the_largest_shorthands_are_actions_too),
	    cmocka_unit_test(extract_options_are_read_and_kept_as_json),
	    cmocka_unit_test(html_goes_with_base_url),
	    cmocka_unit_test(schema_names_every_key_but_old_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
