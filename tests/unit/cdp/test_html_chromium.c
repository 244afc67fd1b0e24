// SPDX-License-Identifier: Apache-2.0
// Scripts in the page and the HTML that is captured from it, in a real Chromium: values and errors,
// shadow roots, frames, caps, names that a page would shadow.
#include "cdp/dom.h"
#include "cdp/input.h"
#include "real_chromium.h"

// What is large is hidden: nothing of it is laid out.
static const struct test_page pages[] = {
    {"/bare", NULL, "<!doctype html><p>bare", 0},
    PAGES_OF_ROOTS_AND_FRAMES,
    {"/big", NULL, "<!doctype html><p id=p hidden><script>p.textContent = 'x'.repeat(3e6)</script>",
	0},
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
    {"/broken", NULL,
	"<!doctype html><html lang=en><p>plain text<div id=host></div><iframe srcdoc='<p>in the frame'></iframe><script>"
	"host.attachShadow({mode: 'closed'}).innerHTML = '<b>in closed</b>'; "
	"for (const o of [Object, Function, Array, String, RegExp, Map, Set, WeakMap, Promise, Node, Element, HTMLElement, Document, "
	"DocumentFragment, ShadowRoot, NodeList, NamedNodeMap, XMLSerializer].map(f => f.prototype)) "
	"for (const k of Reflect.ownKeys(o)) try { Object.defineProperty(o, k, {get() { throw 'no'; }}) } catch {} "
	"const wall = new Proxy({}, new Proxy({}, {get() { throw 'no'; }})); "
	"for (const n of [document, host]) try { Object.setPrototypeOf(n, wall) } catch {}</script>",
	0},
    {"/xml", "200 OK\r\nContent-Type: text/xml",
	"<?xml version='1.0'?><feed xmlns='urn:x'><title>Tides &amp; more</title><!-- c --><e a='1'/></feed>",
	0},
    {"/heavy-root", NULL,
	"<!doctype html><p>plain text<div id=host hidden></div><script>host.attachShadow({mode: 'open'}).textContent = 'x'.repeat(2e6)</script>",
	0},
    {"/heavy-frame", NULL, "<!doctype html><p>plain text<iframe src=/big></iframe>", 0},
    {"/many-roots", NULL,
	"<!doctype html><body hidden><p>plain text<script>for (let i = 0; i < 60000; i++) document.body.appendChild("
	"document.createElement('p')).attachShadow({mode: 'open'}).textContent = i</script>",
	0},
    {NULL, NULL, NULL, 0},
};

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
			int64_t t0 = clock_ms(),
				limit = cases[i].code == ERR_SCRIPT_TIMEOUT ? 300 : 4000;
			int rc = cdp_page_eval(f.page, w ? WORLD_ISOLATED : WORLD_MAIN, cases[i].js,
			    limit, deadline_in_ms(5000), &v, &f.err);

			if (rc != cases[i].code)
				fail_msg("%s: %d %s", cases[i].js, rc, f.err.message);
			assert_true(clock_ms() - t0 < 3000); // by the limit, not the deadline
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
errors_tell_the_place_in_the_user_s_code(void **state UNUSED)
{
	static const struct {
		const char *js, *message;
	} cases[] = {
	    {"throw new Error('a')", "Error: a (line 1, column 7)"},
	    {"\n  throw new Error('b')", "Error: b (line 2, column 9)"},
	    {"const f = () => { null.x };\nf()",
		"TypeError: Cannot read properties of null (reading 'x') (line 1, column 24)"},
	    {"await 1; nothing()", "ReferenceError: nothing is not defined (line 1, column 10)"},
	    {"let x = ;", "SyntaxError: Unexpected token ';' (line 1, column 9)"},
	    {"throw 5", "5"}, // no stack, no place
	    {"const e = new Error('c'); e.stack = 'at <anonymous>:1'; throw e", "Error: c"},
	};
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/bare"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cdp_code c = {"(async () => {", cases[i].js, "})()"};

		assert_int_equal(
		    cdp_page_eval_code(f.page, &c, 1000, deadline_in_ms(3000), NULL, &f.err),
		    ERR_SCRIPT_FAILED);
		assert_string_equal(f.err.message, cases[i].message);
	}
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

static void
html_has_shadow_roots_and_frames(void **state UNUSED)
{
	struct fixture f;
	static const char *const parts[] = {"<!DOCTYPE html><html>",
	    "<template shadowrootmode=\"open\"><b id=\"in\">in open</b>",
	    "<span slot=\"s\">slotted</span></open-el>",
	    "<template shadowrootmode=\"closed\"><p>in closed <i id=\"deep\">deep</i></p></template>",
	    "<template data-riptide-frame=\"http://127.0.0.1:", "<p>in the frame</p>",
	    "</template></iframe>"};

	open_page(&f);
	must_go(&f, at("/shadow"));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		expect_html(&f, parts[i]);
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
xml_is_its_source_without_the_viewer(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/xml"));
	expect_html(&f,
	    "<body><pre>&lt;feed xmlns=\"urn:x\"&gt;&lt;title&gt;Tides &amp;amp; more&lt;/title&gt;"
	    "&lt;!-- c --&gt;&lt;e a=\"1\"/&gt;&lt;/feed&gt;</pre>");
	shut(&f);
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

// A limit that is enough for what is plain to see, and not for what comes after it, whatever the
// machine's speed: too short at first, then twice that.
static int
capture_in_shortest(struct fixture *f, size_t max, int64_t ms, struct buf *out)
{
	int rc;

	do {
		rc = cdp_capture_html(f->page, max, deadline_in_ms(ms), out, &f->err);
		ms *= 2;
	} while ((rc == ERR_TIMEOUT || rc == ERR_SCRIPT_TIMEOUT) && ms < 10000);
	return rc;
}

static void
what_is_too_much_leaves_the_plain_text(void **state UNUSED)
{
	static const struct {
		const char *path;
		size_t max;
		int64_t ms;
	} cases[] = {
	    {"/heavy-root", 1 << 20, 5000},
	    {"/heavy-frame", 1 << 20, 5000},
	    {"/many-roots", 10 << 20, 500},
	};
	struct cdp_page_report r;
	struct fixture f;

	open_page(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_buf out = BUF_INIT;

		must_go(&f, at(cases[i].path));
		if (capture_in_shortest(&f, cases[i].max, cases[i].ms, &out) != 0)
			fail_msg("%s: %s", cases[i].path, f.err.message);
		assert_non_null(strstr(out.p, "<p>plain text"));
		cdp_page_report(f.page, &r);
		assert_non_null(strstr(r.html_lacks, "shadow roots"));
	}
	must_go(&f, at("/shadow"));
	expect_html(&f, "in closed");
	cdp_page_report(f.page, &r);
	assert_string_equal(r.html_lacks, "");
	shut(&f);
}

static void
frames_that_went_are_forgotten(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/oopif"));
	expect_html(&f, "<p>in the frame</p>");
	run(&f,
	    "new Promise(done => { const f = document.querySelector('iframe'); f.onload = done; f.src = '/bare' }).then(() => 0)");
	expect_html(&f, "<p>bare</p>");
	run(&f, "document.querySelector('iframe').src = 'about:blank'");
	{
		cleanup_buf out = BUF_INIT;

		assert_int_equal(
		    cdp_capture_html(f.page, 10 << 20, deadline_in_ms(5000), &out, &f.err), 0);
		assert_null(strstr(out.p, "in the frame"));
	}
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
what_a_page_breaks_is_its_own(void **state UNUSED)
{
	struct cdp_page_report r;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/broken"));
	expect_html(&f, "<p>plain text</p>");
	expect_html(&f, "<b>in closed</b>");
	expect_html(&f, "<p>in the frame</p>");
	cdp_page_report(f.page, &r);
	assert_string_equal(r.html_lacks, "");
	shut(&f);
}

// No page is known that breaks our world: here we do.
static void
where_our_script_fails_chromium_writes_the_page(void **state UNUSED)
{
	cleanup_buf out = BUF_INIT;
	struct cdp_page_report r;
	cJSON *facts = NULL;
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/shadow"));
	assert_int_equal(cdp_page_eval(f.page, WORLD_ISOLATED,
			     "RegExp.prototype.test = () => { throw new Error('broken') }; 0", 500,
			     deadline_in_ms(2000), NULL, &f.err),
	    0);
	if (cdp_capture_html_facts(
		f.page, 1 << 20, false, deadline_in_ms(5000), &out, &facts, &f.err) != 0)
		fail_msg("%s", f.err.message);
	assert_null(facts);
	assert_true(sv_istarts(buf_view(&out), "<!doctype html>"));
	assert_non_null(strstr(out.p, "in closed"));
	cdp_page_report(f.page, &r);
	assert_non_null(strstr(r.html_lacks, "frames"));
	assert_non_null(strstr(r.html_lacks, "broken"));
	assert_int_equal(
	    cdp_capture_html(f.page, 10, deadline_in_ms(5000), &out, &f.err), ERR_SCRIPT_FAILED);
	must_go(&f, at("/shadow"));
	expect_html(&f, "in closed");
	cdp_page_report(f.page, &r);
	assert_string_equal(r.html_lacks, "");
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

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(evaluation_gives_values_and_errors),
	    cmocka_unit_test(errors_tell_the_place_in_the_user_s_code),
	    cmocka_unit_test(calls_take_arguments_and_worlds_are_apart),
	    cmocka_unit_test(html_has_shadow_roots_and_frames),
	    cmocka_unit_test(html_has_frames_of_other_processes),
	    cmocka_unit_test(xml_is_its_source_without_the_viewer),
	    cmocka_unit_test(html_is_capped_and_repaired),
	    cmocka_unit_test(what_is_too_much_leaves_the_plain_text),
	    cmocka_unit_test(frames_that_went_are_forgotten),
	    cmocka_unit_test(names_in_the_page_shadow_nothing_of_ours),
	    cmocka_unit_test(what_a_page_breaks_is_its_own),
	    cmocka_unit_test(where_our_script_fails_chromium_writes_the_page),
	    cmocka_unit_test(deep_pages_are_captured),
	};

	return run_in_chromium(tests, pages, argc, argv);
}
