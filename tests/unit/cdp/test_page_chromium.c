// SPDX-License-Identifier: Apache-2.0
// Pages against a real Chromium and a server on loopback: navigation, settling, hostile pages,
// evaluation, elements, HTML, emulation, state. One browser for all tests, a context for each.
#include "base/log.h"
#include "cdp/capture.h"
#include "cdp/dom.h"
#include "cdp/input.h"
#include "cdp/state.h"
#include "real_chromium.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct test_server server, other;
static struct test_browser browser;
static struct loop *loop;
static struct cdp_conn *conn;

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
    {"/text", "200 OK\r\nContent-Type: text/plain", "plain words", 0},
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
    {"/busy", NULL,
	"<!doctype html><p>before<script>onload = () => setTimeout(() => { for (;;); }, 20)</script>",
	0},
    {"/busy-now", NULL, "<!doctype html><p>before<script>for (;;);</script><p>after", 0},
    {"/busy-again", NULL,
	"<!doctype html><p>before<script>setInterval(() => { const t = Date.now(); while (Date.now() - t < 1e6); }, 1)</script>",
	0},
    {"/alert", NULL,
	"<!doctype html><p>x<script>alert('one'); document.body.dataset.r = confirm('two')</script><p>after",
	0},
    {"/alerts", NULL,
	"<!doctype html><p>x<script>for (let i = 0; i < 1000; i++) alert(i)</script><p>after", 0},
    {"/popups", NULL,
	"<!doctype html><p>x<script>for (let i = 0; i < 5; i++) open('/bare')</script>", 0},
    {"/crash", NULL, "<!doctype html><p>x", 0},
    {"/private", "302 Found\r\nLocation: http://127.0.0.1:%P/bare", "", 0},
    {"/shadow", NULL,
	"<!doctype html><title>s</title><body><open-el><span slot=s>slotted</span></open-el><div id=shut></div>"
	"<iframe src=/frame style='margin:30px;border:5px solid;padding:3px'></iframe>"
	"<iframe src='http://127.0.0.1:%P/frame'></iframe><script>"
	"customElements.define('open-el', class extends HTMLElement { constructor() { super(); "
	"this.attachShadow({mode: 'open'}).innerHTML = '<b id=in>in open</b><button id=go>go</button><slot name=s></slot>'; "
	"this.shadowRoot.getElementById('go').onclick = e => { document.body.dataset.clicked = e.isTrusted; }; } });"
	"shut.attachShadow({mode: 'closed'}).innerHTML = '<p>in closed <i id=deep>deep</i></p>';</script>",
	0},
    {"/frame", NULL,
	"<!doctype html><body style='margin:0'><p>in the frame</p><button id=fb>press</button><input id=fi><script>"
	"fb.onclick = e => { document.body.dataset.clicked = e.isTrusted; parent.postMessage('clicked', '*') }</script>",
	0},
    {"/oopif", NULL,
	"<!doctype html><p>top<iframe src='http://localhost:%P/frame'></iframe><script>"
	"onmessage = e => { document.body.dataset.got = e.data }</script>",
	0},
    {"/form", NULL,
	"<!doctype html><input id=i><textarea id=t></textarea><a id=l href='/bare'>link</a>"
	"<a id=same href='#x'>same</a><div id=cover style='position:fixed;inset:0 0 50% 0;display:none'></div>"
	"<div style='height:3000px'></div><button id=low onclick=\"document.title='low'\">low</button>"
	"<button id=hid style='display:none'>h</button>",
	0},
    {"/later", NULL,
	"<!doctype html><p>x<script>setTimeout(() => { const b = document.createElement('b'); b.id = 'l'; "
	"b.style.display = 'none'; b.textContent = 'later'; document.body.append(b); "
	"setTimeout(() => { b.style.display = '' }, 150); setTimeout(() => b.remove(), 500) }, 150)</script>",
	0},
    {"/ua", NULL, "<!doctype html><p>x", 0},
    {"/unload", NULL,
	"<!doctype html><button id=b>b</button><script>onbeforeunload = e => { e.preventDefault(); return 'stay' }</script>",
	0},
    {"/big", NULL, "<!doctype html><p id=p><script>p.textContent = 'x'.repeat(3e6)</script>", 0},
    {"/imgs", NULL, "<!doctype html><p>x<img src=/pic.png><script src=/s.js></script>", 0},
    {"/s.js", "200 OK\r\nContent-Type: text/javascript", "document.title = 'script ran'", 0},
    {"/surrogate", NULL,
	"<!doctype html><p id=p><script>p.textContent = 'a\\ud800b\\0c' + String.fromCodePoint(0x1f600)</script>",
	0},
    {"/deep", NULL,
	"<!doctype html><body><script>let n = document.body; for (let i = 0; i < 3000; i++) "
	"n = n.appendChild(document.createElement('b')); n.textContent = 'bottom'; "
	"n.appendChild(document.createElement('iframe')).src = '/frame'; let r = document.body.appendChild(document.createElement('p')); "
	"for (let i = 0; i < 100; i++) { r = r.attachShadow({mode: 'open'}).appendChild(document.createElement('p')); }</script>",
	0},
    {"/clobber", NULL,
	"<!doctype html><body><form id=f name=querySelector><input name=parentNode><input name=attributes value=v>"
	"<input name=childNodes><input name=localName><input name=nodeType><input name=isConnected>"
	"<iframe src=/frame></iframe><button id=b type=button onclick='document.title = 1'>b</button></form>"
	"<img name=documentElement><img name=evaluate><embed name=body><img name=querySelectorAll><img name=elementFromPoint>",
	0},
    {NULL, NULL, NULL, 0},
};

// --- helpers ---

static char url_buf[8][256];
static const char *
at(const char *path)
{
	static int i;
	char *out = url_buf[i = (i + 1) % 8];

	snprintf(out, 256, "http://127.0.0.1:%d%s", server.port, path);
	return out;
}

struct fixture {
	struct cdp_client *client;
	char context[64];
	struct cdp_page *page;
	struct cdp_nav nav;
	struct err err;
};

static const struct cdp_wait_opts settled = {WAIT_SETTLED, 150, 250, 1500};
static const struct cdp_wait_opts until_load = {WAIT_LOAD, 150, 250, 1500};

static void
open_with(struct fixture *f, struct cdp_page_opts *o)
{
	struct deadline dl = deadline_in_ms(10000);

	*f = (struct fixture){.err = ERR_INIT};
	f->client = cdp_client_new(conn, NULL, NULL);
	if (cdp_context_create(f->client, dl, f->context, sizeof(f->context), &f->err) != 0)
		fail_msg("context: %s", f->err.message);
	o->context_id = f->context;
	if (cdp_page_open(conn, o, dl, &f->page, &f->err) != 0)
		fail_msg("open: %s", f->err.message);
}

static void
open_page(struct fixture *f)
{
	struct cdp_page_opts o = {
	    .viewport = {.width = 1000, .height = 700}, .allow_private = true};

	open_with(f, &o);
}

static enum cdp_close_rung
shut(struct fixture *f)
{
	enum cdp_close_rung rung =
	    f->page ? cdp_page_close(f->page, deadline_in_ms(5000)) : CLOSE_CLEAN;

	cdp_context_dispose(f->client, f->context, deadline_in_ms(3000));
	cdp_client_free(f->client);
	cdp_nav_done(&f->nav);
	return rung;
}

static int
go(struct fixture *f, const char *url, const struct cdp_wait_opts *w, int64_t ms)
{
	return cdp_page_navigate(f->page, url, NULL, w, deadline_in_ms(ms), &f->nav, &f->err);
}

static void
must_go(struct fixture *f, const char *url)
{
	if (go(f, url, &settled, 10000) != 0)
		fail_msg("%s: %s", url, f->err.message);
}

static cJSON *
eval(struct fixture *f, const char *js)
{
	cJSON *v = NULL;

	if (cdp_page_eval(f->page, WORLD_MAIN, js, 2000, deadline_in_ms(3000), &v, &f->err) != 0)
		fail_msg("%s: %s", js, f->err.message);
	return v;
}

static void
expect_eval(struct fixture *f, const char *js, const char *json)
{
	cleanup_buf text = BUF_INIT;
	cJSON *v = eval(f, js);

	json_print(&text, v, false);
	assert_string_equal(text.p, json);
	cJSON_Delete(v);
}

static void
html(struct fixture *f, struct buf *out)
{
	if (cdp_capture_html(f->page, 10 << 20, deadline_in_ms(5000), out, &f->err) != 0)
		fail_msg("html: %s", f->err.message);
}

static void
expect_html(struct fixture *f, const char *part)
{
	cleanup_buf out = BUF_INIT;

	html(f, &out);
	if (!strstr(out.p, part))
		fail_msg("no %s in %s", part, out.p);
}

// --- navigation ---

static void
settles_after_the_last_change(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/"));
	assert_int_equal(f.nav.http_status, 200);
	assert_string_equal(f.nav.mime, "text/html");
	assert_string_equal(f.nav.remote_ip, "127.0.0.1");
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
	    {"/pdf", ERR_DOWNLOAD, 200},
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
a_mute_server_ends_at_the_deadline(void **state UNUSED)
{
	struct fixture f;
	int64_t t0;

	open_page(&f);
	t0 = clock_ms();
	assert_int_equal(go(&f, at("/never"), &settled, 600), ERR_NAVIGATION_TIMEOUT);
	assert_in_range(clock_ms() - t0, 590, 750);
	t0 = clock_ms();
	assert_int_equal(go(&f, at("/stall"), &settled, 600), ERR_NAVIGATION_TIMEOUT);
	assert_in_range(clock_ms() - t0, 590, 800);
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
		assert_in_range(clock_ms() - t0, 1400, 2300);
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
	must_go(&f, at("/form"));
	assert_int_equal(cdp_page_history(f.page, HISTORY_BACK, &settled, dl, &f.nav, &f.err), 0);
	assert_string_equal(f.nav.final_url.p, at("/bare"));
	assert_int_equal(
	    cdp_page_history(f.page, HISTORY_FORWARD, &settled, dl, &f.nav, &f.err), 0);
	assert_string_equal(f.nav.final_url.p, at("/form"));
	assert_int_equal(cdp_page_history(f.page, HISTORY_FORWARD, &settled, dl, &f.nav, &f.err),
	    ERR_NAVIGATION_FAILED);
	cJSON_Delete(eval(&f, "document.title = 'changed'"));
	assert_int_equal(cdp_page_history(f.page, HISTORY_RELOAD, &settled, dl, &f.nav, &f.err), 0);
	expect_eval(&f, "document.title", "\"\"");
	shut(&f);
}

// --- hostile pages ---

static void
a_busy_page_is_freed_and_captured(void **state UNUSED)
{
	static const char *const paths[] = {"/busy", "/busy-again"};
	struct fixture f;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		int64_t t0 = clock_ms();

		open_page(&f);
		must_go(&f, at(paths[i]));
		assert_false(f.nav.settled);
		assert_non_null(strstr(f.nav.unsettled_by, "does not yield"));
		assert_true(clock_ms() - t0 < 3000);
		expect_html(&f, "before");
		assert_int_equal(shut(&f), CLOSE_CLEAN);
	}
}

static void
a_page_that_never_parses_is_unblocked(void **state UNUSED)
{
	struct fixture f;
	cJSON *v = NULL;
	int64_t t0;

	open_page(&f);
	assert_int_equal(go(&f, at("/busy-now"), &settled, 700), ERR_NAVIGATION_TIMEOUT);
	t0 = clock_ms();
	assert_int_equal(
	    cdp_page_eval(f.page, WORLD_MAIN, "1", 300, deadline_in_ms(2000), &v, &f.err),
	    ERR_SCRIPT_TIMEOUT);
	assert_true(clock_ms() - t0 < 700);
	assert_int_equal(cdp_page_unblock(f.page, deadline_in_ms(500), &f.err), 0);
	expect_html(&f, "before");
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
closing_a_busy_page_is_quick(void **state UNUSED)
{
	struct fixture f;
	int64_t t0;

	open_page(&f);
	assert_int_equal(go(&f, at("/busy-now"), &settled, 400), ERR_NAVIGATION_TIMEOUT);
	t0 = clock_ms();
	assert_int_equal(shut(&f), CLOSE_CLEAN);
	assert_true(clock_ms() - t0 < 1000);
}

static void
dialogs_are_answered_and_counted(void **state UNUSED)
{
	struct cdp_page_report r;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/alert"));
	cdp_page_report(f.page, &r);
	assert_int_equal(r.counters.dialogs, 2);
	assert_string_equal(r.counters.last_dialog_text, "two");
	expect_html(&f, "after");
	expect_eval(&f, "document.body.dataset.r", "\"false\"");
	shut(&f);
	open_page(&f);
	must_go(&f, at("/alerts"));
	expect_html(&f, "x");
	cdp_page_report(f.page, &r);
	assert_in_range(r.counters.dialogs, 50, 1000);
	shut(&f);
}

static void
popups_are_closed_and_counted(void **state UNUSED)
{
	struct cdp_page_report r;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/popups"));
	cdp_page_report(f.page, &r);
	assert_int_equal(r.counters.popups, 5);
	expect_html(&f, "x");
	shut(&f);
}

static bool
never(void *arg UNUSED)
{
	return false;
}

static void
a_crash_is_told_at_once(void **state UNUSED)
{
	struct err err = ERR_INIT;
	struct fixture f;
	int64_t t0;
	int rc;

	open_page(&f);
	must_go(&f, at("/crash"));
	t0 = clock_ms();
	rc = go(&f, "chrome://crash/", &settled, 5000);
	if (rc == ERR_NAVIGATION_FAILED) // aborted: the news of the crash follows
		rc = cdp_wait_until(cdp_page_client(f.page), cdp_page_session(f.page), never, NULL,
		    deadline_in_ms(2000), &err);
	assert_int_equal(rc, ERR_PAGE_CRASHED);
	assert_true(clock_ms() - t0 < 2500);
	assert_int_equal(go(&f, at("/bare"), &settled, 5000), ERR_PAGE_CRASHED);
	{
		cleanup_buf out = BUF_INIT;

		assert_int_equal(
		    cdp_capture_html(f.page, 1 << 20, deadline_in_ms(2000), &out, &f.err),
		    ERR_PAGE_CRASHED);
	}
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
beforeunload_does_not_hold_a_navigation(void **state UNUSED)
{
	struct cdp_element el;
	struct deadline dl = deadline_in_ms(8000);
	struct fixture f;
	double x, y;

	open_page(&f);
	must_go(&f, at("/unload"));
	assert_int_equal(cdp_dom_query(f.page, "#b", dl, &el, &f.err), 0);
	assert_int_equal(cdp_dom_point(f.page, &el, dl, &x, &y, &f.err), 0);
	assert_int_equal(cdp_input_click(f.page, x, y, BUTTON_LEFT, 1, dl, &f.err), 0);
	must_go(&f, at("/bare"));
	expect_html(&f, "bare");
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
	assert_true(clock_ms() - t0 < 1500);
	pthread_join(t, NULL);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

// --- evaluation ---

static void
evaluation_gives_values_and_errors(void **state UNUSED)
{
	static const struct {
		const char *js;
		int code;
		const char *result; // JSON, or part of the message
	} cases[] = {
	    {"1 + 1", 0, "2"},
	    {"undefined", 0, "null"},
	    {"NaN", 0, "\"NaN\""},
	    {"Promise.resolve({a: [1]})", 0, "{\"a\":[1]}"},
	    {"(() => { throw new TypeError('bad thing') })()", ERR_SCRIPT_FAILED,
		"TypeError: bad thing"},
	    {"Promise.reject(new Error('no'))", ERR_SCRIPT_FAILED, "Error: no"},
	    {"throw 5", ERR_SCRIPT_FAILED, "5"},
	    {"this is no script", ERR_SCRIPT_FAILED, "SyntaxError"},
	    {"for (;;);", ERR_SCRIPT_TIMEOUT, ""},
	    {"new Promise(() => {})", ERR_SCRIPT_TIMEOUT, ""},
	    {"window", ERR_SCRIPT_FAILED, "circular"},
	};
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/bare"));
	for (size_t w = 0; w < 2; w++)
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			cJSON *v = NULL;
			int64_t t0 = clock_ms();
			int rc = cdp_page_eval(f.page, w ? WORLD_ISOLATED : WORLD_MAIN, cases[i].js,
			    300, deadline_in_ms(3000), &v, &f.err);

			if (rc != cases[i].code)
				fail_msg("%s: %d %s", cases[i].js, rc, f.err.message);
			assert_true(clock_ms() - t0 < 800);
			if (rc == 0) {
				cleanup_buf text = BUF_INIT;

				json_print(&text, v, false);
				assert_string_equal(text.p, cases[i].result);
			} else if (!strstr(f.err.message, cases[i].result)) {
				fail_msg("%s: %s", cases[i].js, f.err.message);
			}
			cJSON_Delete(v);
		}
	expect_eval(&f, "2 + 2", "4");
	shut(&f);
}

static void
calls_take_arguments_and_worlds_are_apart(void **state UNUSED)
{
	cJSON *args = json_arr(), *v = NULL;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/bare"));
	expect_eval(&f, "globalThis.secret = 1", "1");
	json_push(args, cJSON_CreateString("a\"%T"));
	json_push(args, cJSON_CreateNumber(2));
	assert_int_equal(cdp_page_call(f.page, WORLD_ISOLATED, "(a, b) => [a, b, typeof secret]",
			     args, 500, deadline_in_ms(2000), &v, &f.err),
	    0);
	assert_string_equal(cJSON_GetArrayItem(v, 0)->valuestring, "a\"%T");
	assert_string_equal(cJSON_GetArrayItem(v, 2)->valuestring, "undefined");
	cJSON_Delete(v);
	expect_eval(&f,
	    "Object.getOwnPropertyNames(globalThis).filter(n => /^_[0-9a-f]{32}$/.test(n)).length",
	    "0");
	shut(&f);
}

// --- HTML ---

static void
html_has_shadow_roots_and_frames(void **state UNUSED)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;
	static const char *const parts[] = {"<!DOCTYPE html><html>",
	    "<template shadowrootmode=\"open\"><b id=\"in\">in open</b>",
	    "<span slot=\"s\">slotted</span></open-el>",
	    "<template shadowrootmode=\"closed\"><p>in closed <i id=\"deep\">deep</i></p></template>",
	    "<template data-riptide-frame=\"http://127.0.0.1:", "<p>in the frame</p>",
	    "</template></iframe>"};

	open_page(&f);
	must_go(&f, at("/shadow"));
	html(&f, &out);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!strstr(out.p, parts[i]))
			fail_msg("no %s in %s", parts[i], out.p);
	expect_eval(
	    &f, "document.querySelectorAll('template').length", "0"); // the page is untouched
	shut(&f);
}

static void
html_has_frames_of_other_processes(void **state UNUSED)
{
	struct cdp_page_report r;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/oopif"));
	{
		struct cdp_session *children[4];

		assert_int_equal(cdp_session_children(cdp_page_session(f.page), children, 4), 1);
	}
	expect_html(&f, "<template data-riptide-frame=\"http://localhost:");
	expect_html(&f, "<p>in the frame</p>");
	cdp_page_report(f.page, &r);
	assert_int_equal(r.frames_missing, 0);
	shut(&f);
}

static void
names_in_the_page_shadow_nothing_of_ours(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(5000);
	struct cdp_element el;
	struct fixture f;
	double x, y;

	open_page(&f);
	must_go(&f, at("/clobber"));
	assert_true(f.nav.settled);
	expect_html(&f, "<form id=\"f\" name=\"querySelector\"><input name=\"parentNode\">");
	expect_html(&f, "<p>in the frame</p>");
	assert_int_equal(cdp_dom_query(f.page, "form", dl, &el, &f.err), 0);
	assert_int_equal(cdp_dom_point(f.page, &el, dl, &x, &y, &f.err), 0);
	assert_int_equal(cdp_dom_query(f.page, "#b", dl, &el, &f.err), 0);
	assert_int_equal(cdp_dom_point(f.page, &el, dl, &x, &y, &f.err), 0);
	assert_int_equal(cdp_input_click(f.page, x, y, BUTTON_LEFT, 1, dl, &f.err), 0);
	expect_eval(&f, "document.title", "\"1\"");
	shut(&f);
}

static void
deep_pages_are_captured(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/deep"));
	expect_html(&f, "bottom");
	shut(&f);
}

static void
typing_works_beside_other_pages(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(8000);
	struct cdp_element el;
	struct fixture f[3];

	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		open_page(&f[i]);
		must_go(&f[i], at("/form"));
	}
	for (size_t i = 0; i < ARRAY_LEN(f); i++) {
		cJSON_Delete(
		    eval(&f[i], "i.onfocus = () => { i.dataset.f = document.hasFocus() }, 0"));
		assert_int_equal(cdp_dom_query(f[i].page, "#i", dl, &el, &f[i].err), 0);
		assert_int_equal(cdp_dom_focus(f[i].page, &el, dl, &f[i].err), 0);
		assert_int_equal(cdp_input_type(f[i].page, "ab", 0, dl, &f[i].err), 0);
		expect_eval(&f[i], "[i.value, i.dataset.f]", "[\"ab\",\"true\"]");
	}
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		shut(&f[i]);
}

static void
html_is_capped_and_repaired(void **state UNUSED)
{
	struct fixture f;
	cleanup_buf out = BUF_INIT;

	open_page(&f);
	must_go(&f, at("/big"));
	assert_int_equal(cdp_capture_html(f.page, 1 << 20, deadline_in_ms(5000), &out, &f.err),
	    ERR_RESULT_TOO_LARGE);
	must_go(&f, at("/surrogate"));
	expect_html(&f, "a\xef\xbf\xbd"
			"b\xef\xbf\xbd"
			"c\xf0\x9f\x98\x80");
	shut(&f);
}

// --- elements and input ---

static void
click(struct fixture *f, const char *css)
{
	struct deadline dl = deadline_in_ms(4000);
	struct cdp_element el;
	double x, y;

	if (cdp_dom_query(f->page, css, dl, &el, &f->err) != 0 ||
	    cdp_dom_point(f->page, &el, dl, &x, &y, &f->err) != 0 ||
	    cdp_input_click(f->page, x, y, BUTTON_LEFT, 1, dl, &f->err) != 0)
		fail_msg("click %s: %s", css, f->err.message);
	cdp_dom_release(f->page, &el);
}

static void
clicks_reach_shadow_roots_and_frames(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/shadow"));
	click(&f, "open-el >>> #go");
	expect_eval(&f, "document.body.dataset.clicked", "\"true\"");
	click(&f, "iframe >>> #fb");
	expect_eval(&f, "frames[0].document.body.dataset.clicked", "\"true\"");
	click(&f, "#shut >>> #deep");
	click(&f, "#go"); // found without >>> in an open root
	shut(&f);
	open_page(&f);
	must_go(&f, at("/oopif"));
	click(&f, "iframe >>> #fb");
	expect_eval(&f, "new Promise(r => setTimeout(() => r(document.body.dataset.got), 100))",
	    "\"clicked\"");
	shut(&f);
}

static void
points_are_scrolled_in_and_covers_named(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(8000);
	struct cdp_element el;
	struct fixture f;
	double x, y, w, h;

	open_page(&f);
	must_go(&f, at("/form"));
	click(&f, "#low");
	expect_eval(&f, "document.title", "\"low\"");
	assert_int_equal(cdp_dom_query(f.page, "#hid", dl, &el, &f.err), 0);
	assert_int_equal(cdp_dom_point(f.page, &el, dl, &x, &y, &f.err), ERR_ELEMENT_NOT_VISIBLE);
	cJSON_Delete(eval(&f, "cover.style.display = 'block'; cover.style.inset = '0'"));
	assert_int_equal(cdp_dom_query(f.page, "#i", dl, &el, &f.err), 0);
	assert_int_equal(cdp_dom_point(f.page, &el, dl, &x, &y, &f.err), ERR_ELEMENT_NOT_VISIBLE);
	assert_non_null(strstr(f.err.message, "covered by div#cover"));
	assert_int_equal(cdp_dom_box(f.page, &el, dl, &x, &y, &w, &h, &f.err), 0);
	assert_true(x >= 0 && y >= 0 && w > 50 && h > 10 && y < 50);
	assert_int_equal(cdp_dom_query(f.page, "#none", dl, &el, &f.err), ERR_ELEMENT_NOT_FOUND);
	assert_int_equal(cdp_dom_query(f.page, "p[", dl, &el, &f.err), ERR_INVALID_SELECTOR);
	assert_int_equal(cdp_dom_query(f.page, "a >>> ", dl, &el, &f.err), ERR_INVALID_SELECTOR);
	shut(&f);
}

static void
elements_are_waited_for(void **state UNUSED)
{
	struct cdp_element el;
	struct fixture f;
	int64_t t0;

	open_page(&f);
	assert_int_equal(go(&f, at("/later"), &until_load, 5000), 0);
	t0 = clock_ms();
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_ATTACHED, deadline_in_ms(3000), &el, &f.err), 0);
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_VISIBLE, deadline_in_ms(3000), &el, &f.err), 0);
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_DETACHED, deadline_in_ms(3000), NULL, &f.err), 0);
	assert_true(clock_ms() - t0 < 1200);
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_HIDDEN, deadline_in_ms(300), NULL, &f.err), 0);
	t0 = clock_ms();
	assert_int_equal(cdp_dom_wait(f.page, "#l", DOM_VISIBLE, deadline_in_ms(400), NULL, &f.err),
	    ERR_ACTION_TIMEOUT);
	assert_in_range(clock_ms() - t0, 390, 800);
	assert_int_equal(cdp_dom_wait(f.page, "p[", DOM_VISIBLE, deadline_in_ms(400), NULL, &f.err),
	    ERR_INVALID_SELECTOR);
	shut(&f);
}

static void
all_matches_and_calls(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(5000);
	struct cdp_element els[10];
	struct fixture f;
	cJSON *args = json_arr(), *v = NULL;

	open_page(&f);
	must_go(&f, at("/form"));
	assert_int_equal(cdp_dom_query_all(f.page, "a, input", els, 10, dl, &f.err), 3);
	json_push(args, cJSON_CreateNumber(7));
	assert_int_equal(cdp_dom_call(f.page, &els[1], "function (n) { return this.id + n }", args,
			     dl, &v, &f.err),
	    0);
	assert_string_equal(v->valuestring, "l7");
	cJSON_Delete(v);
	assert_int_equal(cdp_dom_query_all(f.page, "x-none", els, 10, dl, &f.err), 0);
	assert_int_equal(cdp_dom_query_all(f.page, "a, input", els, 2, dl, &f.err), 2);
	shut(&f);
}

static void
a_click_may_navigate(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(8000);
	struct fixture f;
	uint32_t since;

	open_page(&f);
	must_go(&f, at("/form"));
	since = cdp_page_commits(f.page);
	click(&f, "#same");
	assert_int_equal(cdp_page_wait_navigation(f.page, since, &settled, dl, &f.nav, &f.err), 0);
	assert_string_equal(f.nav.final_url.p, at("/form#x"));
	since = cdp_page_commits(f.page);
	click(&f, "#l");
	assert_int_equal(cdp_page_wait_navigation(f.page, since, &settled, dl, &f.nav, &f.err), 0);
	assert_string_equal(f.nav.final_url.p, at("/bare"));
	assert_int_equal(cdp_page_wait_navigation(f.page, cdp_page_commits(f.page), &settled,
			     deadline_in_ms(200), &f.nav, &f.err),
	    ERR_NAVIGATION_TIMEOUT);
	shut(&f);
}

static void
typing_reaches_the_focused_field(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(8000);
	struct cdp_element el;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/form"));
	assert_int_equal(cdp_dom_query(f.page, "#i", dl, &el, &f.err), 0);
	assert_int_equal(cdp_dom_focus(f.page, &el, dl, &f.err), 0);
	assert_int_equal(cdp_input_type(f.page, "Aé 1\xf0\x9f\x98\x80", 0, dl, &f.err), 0);
	assert_int_equal(cdp_input_press(f.page, "Control+A", dl, &f.err), 0);
	expect_eval(
	    &f, "[i.value, i.selectionEnd - i.selectionStart]", "[\"Aé 1\xf0\x9f\x98\x80\",6]");
	shut(&f);
}

// --- emulation, interception, state ---

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
	cJSON_Delete(eval(&f, "0"));
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

static void
state_goes_out_and_in(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(10000);
	cJSON *saved = NULL;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/bare"));
	cJSON_Delete(
	    eval(&f, "document.cookie = 'c=1; max-age=1000'; localStorage.setItem('k', 'v')"));
	if (cdp_state_export(f.page, dl, &saved, &f.err) != 0)
		fail_msg("%s", f.err.message);
	assert_string_equal(json_path(saved, "cookies.0.name")->valuestring, "c");
	assert_string_equal(json_path(saved, "origins.0.localStorage.0.value")->valuestring, "v");
	shut(&f);

	open_page(&f);
	assert_int_equal(cdp_page_commits(f.page), 0);
	if (cdp_state_import(f.page, saved, dl, &f.err) != 0)
		fail_msg("%s", f.err.message);
	assert_int_equal(cdp_page_commits(f.page), 0);
	cJSON_Delete(saved);
	saved = NULL;
	assert_int_equal(
	    cdp_state_export(f.page, dl, &saved, &f.err), 0); // nothing shown yet: kept
	assert_string_equal(json_path(saved, "origins.0.localStorage.0.value")->valuestring, "v");
	cJSON_Delete(saved);
	must_go(&f, at("/bare"));
	expect_eval(&f, "[document.cookie, localStorage.getItem('k')]", "[\"c=1\",\"v\"]");
	shut(&f);
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

// --- all ---

static int
setup(void **state UNUSED)
{
	struct err err = ERR_INIT;
	struct cdp_endpoint ep;

	log_init(LOG_ERROR, LOG_HUMAN, "test");
	server_start(&server, pages);
	server_start(&other, pages);
	if (!browser_start(&browser))
		return -1;
	loop = loop_new(&err);
	ep = (struct cdp_endpoint){browser.address, browser.path};
	return loop ? cdp_conn_open(loop, &ep, deadline_in_ms(10000), &conn, &err) : -1;
}

static int
teardown(void **state UNUSED)
{
	cdp_conn_close(conn);
	loop_free(loop);
	browser_stop(&browser);
	server_stop(&server);
	server_stop(&other);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settles_after_the_last_change),
	    cmocka_unit_test(follows_and_counts_redirects),
	    cmocka_unit_test(names_what_went_wrong),
	    cmocka_unit_test(a_mute_server_ends_at_the_deadline),
	    cmocka_unit_test(a_cap_on_settling_is_reported),
	    cmocka_unit_test(private_addresses_are_refused),
	    cmocka_unit_test(content_is_loaded_at_its_base),
	    cmocka_unit_test(content_without_base_in_a_fresh_page),
	    cmocka_unit_test(history_goes_back_and_forth),
	    cmocka_unit_test(a_busy_page_is_freed_and_captured),
	    cmocka_unit_test(a_page_that_never_parses_is_unblocked),
	    cmocka_unit_test(closing_a_busy_page_is_quick),
	    cmocka_unit_test(dialogs_are_answered_and_counted),
	    cmocka_unit_test(popups_are_closed_and_counted),
	    cmocka_unit_test(a_crash_is_told_at_once),
	    cmocka_unit_test(beforeunload_does_not_hold_a_navigation),
	    cmocka_unit_test(cancelling_ends_a_wait),
	    cmocka_unit_test(evaluation_gives_values_and_errors),
	    cmocka_unit_test(calls_take_arguments_and_worlds_are_apart),
	    cmocka_unit_test(html_has_shadow_roots_and_frames),
	    cmocka_unit_test(html_has_frames_of_other_processes),
	    cmocka_unit_test(html_is_capped_and_repaired),
	    cmocka_unit_test(names_in_the_page_shadow_nothing_of_ours),
	    cmocka_unit_test(deep_pages_are_captured),
	    cmocka_unit_test(typing_works_beside_other_pages),
	    cmocka_unit_test(clicks_reach_shadow_roots_and_frames),
	    cmocka_unit_test(points_are_scrolled_in_and_covers_named),
	    cmocka_unit_test(elements_are_waited_for),
	    cmocka_unit_test(all_matches_and_calls),
	    cmocka_unit_test(a_click_may_navigate),
	    cmocka_unit_test(typing_reaches_the_focused_field),
	    cmocka_unit_test(emulation_is_seen_by_the_page),
	    cmocka_unit_test(the_window_has_the_viewport),
	    cmocka_unit_test(stealth_takes_back_headless),
	    cmocka_unit_test(headers_stay_with_their_origin),
	    cmocka_unit_test(types_and_urls_are_blocked),
	    cmocka_unit_test(state_goes_out_and_in),
	    cmocka_unit_test(pages_side_by_side),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
