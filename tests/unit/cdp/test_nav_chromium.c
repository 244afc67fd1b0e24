// SPDX-License-Identifier: Apache-2.0
// Navigation and settling against a real Chromium and a server on loopback: what is reported of a
// load, what each failure is called, when waiting ends.
#include "real_chromium.h"

static const struct test_page pages[] = {
    {"/", NULL,
	"<!doctype html><title>t</title><body><p id=a>hello</p><script>"
	"setTimeout(() => { const p = document.createElement('p'); p.textContent = 'late'; "
	"document.body.append(p); }, 60)</script>",
	0},
    {"/bare", NULL, "<!doctype html><p>bare", 0},
    {"/404", "404 Not Found\r\nContent-Type: text/html", "<h1>gone</h1>", 0},
    {"/204", "204 No Content", "", 0},
    {"/zip",
	"200 OK\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=a.zip",
	"PK", 0},
    {"/pdf", "200 OK\r\nContent-Type: application/pdf", "%PDF-1.4", 0},
    {"/image", "200 OK\r\nContent-Type: image/svg+xml",
	"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>", 0},
    {"/film", "200 OK\r\nContent-Type: video/mp4", "", SERVE_STALL},
    {"/to-film", NULL, "<!doctype html><script>location.replace('/film')</script>", 0},
    {"/text", "200 OK\r\nContent-Type: text/plain", "plain words", 0},
    {"/js-1", "200 OK\r\nContent-Type: application/javascript", "let words = 1", 0},
    {"/js-2", "200 OK\r\nContent-Type: application/x-javascript", "let words = 2", 0},
    {"/js-3", "200 OK\r\nContent-Type: application/ecmascript", "let words = 3", 0},
    {"/js-4", "200 OK\r\nContent-Type: application/x-ecmascript", "let words = 4", 0},
    {"/js-5", "200 OK\r\nContent-Type: text/jscript; charset=utf-8", "let words = 5", 0},
    {"/redirect", "302 Found\r\nLocation: /hop", "", 0},
    {"/hop", "302 Found\r\nLocation: /#frag", "", 0},
    {"/loop-redirect", "302 Found\r\nLocation: /loop-redirect", "", 0},
    {"/never", NULL, "", SERVE_NEVER},
    {"/reset", NULL, "", SERVE_RESET},
    {"/stall", NULL, "<!doctype html><p>first part<script src=/never></script>", 0},
    {"/hung-image", NULL, "<!doctype html><p>text<img src=/never>", 0},
    {"/long-poll", NULL, "<!doctype html><p>text<script>onload = () => fetch('/never')</script>",
	0},
    {"/ticker", NULL,
	"<!doctype html><p id=p>0<script>let i = 0; setInterval(() => { p.textContent = ++i; }, 30)</script>",
	0},
    {"/js-redirect", NULL, "<!doctype html><script>location.replace('/bare')</script>", 0},
    {"/private", "302 Found\r\nLocation: http://127.0.0.1:%P/bare", "", 0},
    {"/form", NULL,
	"<!doctype html><input id=i><textarea id=t></textarea><a id=l href='/bare'>link</a>"
	"<a id=same href='#x'>same</a><div id=cover style='position:fixed;inset:0 0 50% 0;display:none'></div>"
	"<div style='height:3000px'></div><button id=low onclick=\"document.title='low'\">low</button>"
	"<button id=hid style='display:none'>h</button>",
	0},
    {NULL, NULL, NULL, 0},
};

static void
settles_after_the_last_change(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/"));
	assert_int_equal(f.nav.http_status, 200);
	assert_string_equal(f.nav.mime, "text/html");
	assert_true(f.nav.settled);
	assert_true(f.nav.load_ms >= f.nav.dcl_ms && f.nav.dcl_ms >= 0);
	assert_string_equal(f.nav.final_url.p, at("/"));
	expect_html(&f, "<p>late</p>");
	assert_int_equal(cdp_page_commits(f.page), 1);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
follows_and_counts_redirects(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/redirect"));
	assert_int_equal(f.nav.redirects, 2);
	assert_string_equal(f.nav.final_url.p, at("/#frag"));
	must_go(&f, at("/js-redirect"));
	assert_string_equal(f.nav.final_url.p, at("/bare"));
	expect_html(&f, "bare");
	shut(&f);
}

static void
names_what_went_wrong(void **state UNUSED)
{
	static const struct {
		const char *url;
		int code, status;
	} cases[] = {
	    {"/204", ERR_NO_CONTENT, 204},
	    {"/zip", ERR_DOWNLOAD, 200},
	    {"/pdf", ERR_NOT_HTML, 200},
	    {"/image", ERR_NOT_HTML, 200},
	    {"/film", ERR_NOT_HTML, 200},
	    {"/loop-redirect", ERR_NAVIGATION_FAILED, 0},
	    {"/reset", ERR_CONNECTION_FAILED, 0},
	    {"http://nowhere.invalid/", ERR_DNS_FAILED, 0},
	    {"http://127.0.0.1:9/", ERR_NAVIGATION_FAILED, 0},
	};
	struct fixture f;

	open_page(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *url = cases[i].url[0] == '/' ? at(cases[i].url) : cases[i].url;
		int rc = go(&f, url, &settled, 5000);

		if (rc != cases[i].code)
			fail_msg("%s: %d %s", url, rc, f.err.message);
		assert_int_equal(f.nav.http_status, cases[i].status);
	}
	{
		char tls[64];

		snprintf(tls, sizeof(tls), "https://127.0.0.1:%d/", server.port);
		assert_int_equal(go(&f, tls, &settled, 5000), ERR_TLS_FAILED);
	}
	must_go(&f, at("/404"));
	assert_int_equal(f.nav.http_status, 404);
	must_go(&f, at("/text"));
	assert_string_equal(f.nav.mime, "text/plain");
	shut(&f);
}

static void
scripts_are_shown_as_text(void **state UNUSED)
{
	static const char *const paths[] = {"/js-1", "/js-2", "/js-3", "/js-4", "/js-5"};
	struct fixture f;

	open_page(&f);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		must_go(&f, at(paths[i]));
		expect_html(&f, "let words");
	}
	shut(&f);
}

static void
what_is_no_page_is_refused_before_it_settles(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(20000);
	struct fixture f;
	int64_t t0;

	open_page(&f);
	t0 = clock_ms();
	assert_int_equal(go(&f, at("/film"), &settled, 5000), ERR_NOT_HTML);
	assert_true(clock_ms() - t0 < settled.idle_after_dcl_ms);
	assert_string_equal(f.nav.final_url.p, at("/film"));
	assert_string_equal(f.nav.mime, "video/mp4");
	assert_int_equal(go(&f, at("/to-film"), &settled, 5000), ERR_NOT_HTML);
	must_go(&f, at("/bare"));
	assert_int_equal(
	    cdp_page_history(f.page, HISTORY_BACK, &settled, dl, &f.nav, &f.err), ERR_NOT_HTML);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
a_mute_server_ends_at_the_deadline(void **state UNUSED)
{
	struct fixture f;
	int64_t t0;

	open_page(&f);
	t0 = clock_ms();
	assert_int_equal(go(&f, at("/never"), &settled, 600), ERR_NAVIGATION_TIMEOUT);
	assert_in_range(clock_ms() - t0, 590, 600 + GROSS_MS);
	t0 = clock_ms();
	assert_int_equal(go(&f, at("/stall"), &settled, 600), ERR_NAVIGATION_TIMEOUT);
	assert_in_range(clock_ms() - t0, 590, 600 + GROSS_MS);
	expect_html(&f, "first part");
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
a_cap_on_settling_is_reported(void **state UNUSED)
{
	static const struct {
		const char *path, *by;
	} cases[] = {{"/hung-image", "no load event, 1 request in flight"},
	    {"/long-poll", "1 request in flight"}, {"/ticker", "DOM changes"}};
	struct fixture f;

	open_page(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t t0 = clock_ms();

		must_go(&f, at(cases[i].path));
		assert_false(f.nav.settled);
		if (!strstr(f.nav.unsettled_by, cases[i].by))
			fail_msg("%s: %s", cases[i].path, f.nav.unsettled_by);
		assert_in_range(clock_ms() - t0, 1400, 1500 + GROSS_MS);
	}
	shut(&f);
}

static void
private_addresses_are_refused(void **state UNUSED)
{
	struct cdp_page_opts o = {.allow_private = false};
	struct fixture f;

	open_with(&f, &o);
	assert_int_equal(go(&f, at("/bare"), &settled, 3000), ERR_ADDRESS_FORBIDDEN);
	assert_int_equal(go(&f, at("/bare"), &settled, 3000), ERR_ADDRESS_FORBIDDEN);
	shut(&f);
	open_with(&f, &o);
	{
		char named[64];

		snprintf(named, sizeof(named), "http://localhost:%d/private", server.port);
		assert_int_equal(go(&f, named, &settled, 3000), ERR_ADDRESS_FORBIDDEN);
	}
	shut(&f);
}

static void
content_is_loaded_at_its_base(void **state UNUSED)
{
	struct sv text =
	    SV("<!doctype html><title>x</title><p id=u><script>u.textContent = location.href"
	       "</script><img src=pic.png>");
	struct fixture f;

	open_page(&f);
	assert_int_equal(cdp_page_set_content(f.page, text, "http://site.example/dir/", &settled,
			     deadline_in_ms(5000), &f.nav, &f.err),
	    0);
	assert_string_equal(f.nav.final_url.p, "http://site.example/dir/");
	expect_html(&f, "<p id=\"u\">http://site.example/dir/");
	assert_int_equal(
	    cdp_page_set_content(f.page, SV("<p>plain<script>document.body.append('run')</script>"),
		NULL, &settled, deadline_in_ms(5000), &f.nav, &f.err),
	    0);
	expect_html(&f, "plain<script>");
	expect_html(&f, "run</body>");
	must_go(&f, at("/bare"));
	shut(&f);
}

static void
content_without_base_in_a_fresh_page(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	assert_int_equal(cdp_page_set_content(f.page, SV("<p id=x>only"), NULL, &settled,
			     deadline_in_ms(5000), &f.nav, &f.err),
	    0);
	assert_true(f.nav.settled);
	assert_string_equal(f.nav.final_url.p, "about:blank");
	expect_html(&f, "only");
	assert_true(cdp_page_commits(f.page) > 0);
	shut(&f);
}

static void
history_goes_back_and_forth(void **state UNUSED)
{
	struct fixture f;
	struct deadline dl = deadline_in_ms(10000);

	open_page(&f);
	must_go(&f, at("/bare"));
	assert_int_equal(cdp_page_history(f.page, HISTORY_BACK, &settled, dl, &f.nav, &f.err),
	    ERR_NAVIGATION_FAILED); // not to the tab's empty page
	assert_string_equal(f.nav.final_url.p, at("/bare"));
	must_go(&f, at("/text"));
	assert_int_equal(cdp_page_history(f.page, HISTORY_BACK, &settled, dl, &f.nav, &f.err), 0);
	assert_string_equal(f.nav.final_url.p, at("/bare"));
	assert_int_equal(
	    cdp_page_history(f.page, HISTORY_FORWARD, &settled, dl, &f.nav, &f.err), 0);
	assert_string_equal(f.nav.final_url.p, at("/text"));
	assert_int_equal(cdp_page_history(f.page, HISTORY_FORWARD, &settled, dl, &f.nav, &f.err),
	    ERR_NAVIGATION_FAILED);
	run(&f, "document.title = 'changed'");
	assert_int_equal(cdp_page_history(f.page, HISTORY_RELOAD, &settled, dl, &f.nav, &f.err), 0);
	expect_eval(&f, "document.title", "\"\"");
	shut(&f);
}

static void *
cancel_soon(void *arg)
{
	server_await(&server, "GET /never", deadline_in_ms(5000));
	cdp_page_cancel(arg);
	return NULL;
}

static void
cancelling_ends_a_wait(void **state UNUSED)
{
	struct fixture f;
	pthread_t t;
	int64_t t0 = clock_ms();

	open_page(&f);
	server_forget(&server);
	pthread_create(&t, NULL, cancel_soon, f.page);
	assert_int_equal(go(&f, at("/never"), &settled, 8000), ERR_CANCELLED);
	assert_true(clock_ms() - t0 < 8000);
	pthread_join(t, NULL);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
pages_side_by_side(void **state UNUSED)
{
	struct fixture f[4];

	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		open_page(&f[i]);
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		must_go(&f[i], at("/"));
	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		expect_html(&f[i], "late");
		assert_int_equal(shut(&f[i]), CLOSE_CLEAN);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settles_after_the_last_change),
	    cmocka_unit_test(follows_and_counts_redirects),
	    cmocka_unit_test(names_what_went_wrong),
	    cmocka_unit_test(scripts_are_shown_as_text),
	    cmocka_unit_test(what_is_no_page_is_refused_before_it_settles),
	    cmocka_unit_test(a_mute_server_ends_at_the_deadline),
	    cmocka_unit_test(a_cap_on_settling_is_reported),
	    cmocka_unit_test(private_addresses_are_refused),
	    cmocka_unit_test(content_is_loaded_at_its_base),
	    cmocka_unit_test(content_without_base_in_a_fresh_page),
	    cmocka_unit_test(history_goes_back_and_forth),
	    cmocka_unit_test(cancelling_ends_a_wait),
	    cmocka_unit_test(pages_side_by_side),
	};

	return run_in_chromium(tests, pages, argc, argv);
}
