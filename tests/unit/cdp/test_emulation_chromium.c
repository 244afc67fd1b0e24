// SPDX-License-Identifier: Apache-2.0
// What a page is told of its browser, and what it may fetch, in a real Chromium: emulation, headers
// of one origin, blocked types and addresses.
#include "real_chromium.h"

static const struct test_page pages[] = {
    {"/bare", NULL, "<!doctype html><p>bare", 0},
    {"/ua", NULL, "<!doctype html><p>x", 0},
    {"/imgs", NULL, "<!doctype html><p>x<img src=/pic.png><script src=/s.js></script>", 0},
    {"/s.js", "200 OK\r\nContent-Type: text/javascript", "document.title = 'script ran'", 0},
    {"/kinds", NULL,
	"<!doctype html><head><link rel=stylesheet href=/a.stylesheet><link rel=prefetch href=/a.prefetch>"
	"<link rel=manifest href=/a.manifest><link rel=icon href=data:,><style>@font-face { font-family: f; src: url(/a.font) } p { font-family: f }</style></head>"
	"<p>text<img src=/a.image><iframe src=/a.document></iframe><script src=/a.script></script>"
	"<video src=/a.media preload=auto><track default kind=subtitles src=/a.texttrack></video><a id=l href='#' ping=/a.ping>l</a>"
	"<script>const x = new XMLHttpRequest(); x.open('GET', '/a.xhr'); x.send(); fetch('/a.fetch').catch(() => 0); new EventSource('/a.eventsource'); l.click()"
	"; navigator.sendBeacon('/a.beacon'); new Worker('/a.other')</script>",
	0},
    {NULL, NULL, NULL, 0},
};

static struct test_server other;

static void
emulation_is_seen_by_the_page(void **state UNUSED)
{
	struct cdp_page_opts o = {
	    .viewport = {.width = 400, .height = 800, .device_scale_factor = 2, .mobile = true},
	    .locale = "de-DE",
	    .timezone = "Asia/Tokyo",
	    .color_scheme = "dark",
	    .user_agent =
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.1.2 Safari/537.36",
	    .allow_private = true,
	};
	struct fixture f;

	open_with(&f, &o);
	must_go(&f, at("/ua"));
	expect_eval(&f,
	    "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, "
	    "matchMedia('(prefers-color-scheme: dark)').matches, devicePixelRatio, screen.width, "
	    "navigator.userAgentData ? navigator.userAgentData.brands.map(b => b.brand + b.version).join() : 0]",
	    "[\"de-DE\",\"Asia/Tokyo\",true,2,400,\"Not:A-Brand8,Chromium150\"]");
	assert_true(server_saw(&server, "Accept-Language: de-DE,de;q=0.9"));
	assert_true(server_saw(&server, "Chrome/150.0.1.2"));
	shut(&f);
}

static void
the_window_has_the_viewport(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/ua"));
	expect_eval(&f, "[innerWidth, innerHeight, devicePixelRatio]", "[1000,700,1]");
	expect_eval(&f, "/Headless/.test(navigator.userAgent)", "true");
	shut(&f);
}

static void
stealth_takes_back_headless(void **state UNUSED)
{
	struct cdp_page_opts o = {
	    .viewport = {.width = 1280, .height = 800}, .stealth = true, .allow_private = true};
	struct fixture f;

	open_with(&f, &o);
	must_go(&f, at("/ua"));
	expect_eval(&f,
	    "[navigator.webdriver, /Headless/i.test(navigator.userAgent), "
	    "/Headless/i.test(JSON.stringify(navigator.userAgentData)), navigator.languages[0], "
	    "screen.width > innerWidth, innerWidth, Object.getOwnPropertyDescriptor(Navigator.prototype, 'webdriver').get.toString().includes('native code')]",
	    "[false,false,false,\"en-US\",true,1280,true]");
	shut(&f);
}

static void
headers_stay_with_their_origin(void **state UNUSED)
{
	struct param_pair pair = {"X-Secret", "s3cr3t"};
	char origin[64];
	struct cdp_page_opts o = {
	    .headers = {&pair, 1}, .headers_origin = origin, .allow_private = true};
	struct fixture f;

	snprintf(origin, sizeof(origin), "http://127.0.0.1:%d", server.port);
	open_with(&f, &o);
	server_forget(&server);
	must_go(&f, at("/bare"));
	run(&f, "0");
	assert_true(server_saw(&server, "X-Secret: s3cr3t"));
	{
		char url[64];

		snprintf(url, sizeof(url), "http://127.0.0.1:%d/bare", other.port);
		must_go(&f, url);
	}
	assert_true(server_saw(&other, "GET /bare"));
	assert_false(server_saw(&other, "X-Secret"));
	shut(&f);
}

static void
types_and_urls_are_blocked(void **state UNUSED)
{
	const char *pattern = "*/s.js";
	struct cdp_page_opts o = {
	    .block_resource_types = 1u << 2, // image
	    .block_urls = {&pattern, 1},
	    .allow_private = true,
	};
	struct fixture f;

	open_with(&f, &o);
	server_forget(&server);
	must_go(&f, at("/imgs"));
	assert_false(server_saw(&server, "pic.png"));
	assert_false(server_saw(&server, "s.js"));
	expect_eval(&f, "document.title", "\"\"");
	assert_int_equal(cdp_page_set_content(f.page, SV("<p>mine"), "http://site.example/",
			     &settled, deadline_in_ms(4000), &f.nav, &f.err),
	    0);
	must_go(&f, at("/imgs")); // rules hold after content was served
	expect_eval(&f, "document.title", "\"\"");
	shut(&f);
}

// Of what a page asks for, the type that is blocked does not come, and all others do. A shell asks
// for no manifest; XMLHttpRequest and fetch are one to Chromium.
static bool
comes(const char *kind, const char *blocked)
{
	static const char *const calls[] = {"xhr", "fetch"};

	if (strcmp(kind, "manifest") == 0 || strcmp(kind, blocked) == 0)
		return false;
	for (size_t i = 0; i < 2; i++)
		if (strcmp(kind, calls[i]) == 0 && strcmp(blocked, calls[1 - i]) == 0)
			return false;
	return true;
}

static void
every_type_can_be_blocked(void **state UNUSED)
{
	for (unsigned i = 0; cdp_resource_type_names[i]; i++) {
		const char *blocked = cdp_resource_type_names[i];
		struct cdp_page_opts o = {.block_resource_types = 1ull << i, .allow_private = true};
		struct fixture f;

		open_with(&f, &o);
		server_forget(&server);
		must_go(&f, at("/kinds"));
		for (unsigned pass = 0; pass < 2; pass++)
			for (unsigned k = 0; cdp_resource_type_names[k]; k++) {
				const char *kind = cdp_resource_type_names[k];
				char head[64];

				snprintf(head, sizeof(head), " /a.%s HTTP", kind);
				if (pass == 0 && comes(kind, blocked) &&
				    !server_await(&server, head, deadline_in_ms(5000)))
					fail_msg(
					    "with %s blocked, %s does not come", blocked, kind);
				if (pass == 1 && !comes(kind, blocked) && server_saw(&server, head))
					fail_msg("with %s blocked, %s comes", blocked, kind);
			}
		shut(&f);
	}
}

static int
setup(void **state UNUSED)
{
	server_start(&other, pages);
	return real_start(pages);
}

static int
teardown(void **state)
{
	server_stop(&other);
	return real_stop(state);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(emulation_is_seen_by_the_page),
	    cmocka_unit_test(the_window_has_the_viewport),
	    cmocka_unit_test(stealth_takes_back_headless),
	    cmocka_unit_test(headers_stay_with_their_origin),
	    cmocka_unit_test(types_and_urls_are_blocked),
	    cmocka_unit_test(every_type_can_be_blocked),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
