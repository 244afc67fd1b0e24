// SPDX-License-Identifier: Apache-2.0
// Elements and input in a real Chromium: where an element is, what covers it, waiting for it, real
// clicks and keys in shadow roots and frames, and the navigation they start.
#include "cdp/dom.h"
#include "cdp/input.h"
#include "real_chromium.h"

static const struct test_page pages[] = {
    {"/bare", NULL, "<!doctype html><p>bare", 0},
    PAGES_OF_ROOTS_AND_FRAMES,
    {"/beside-busy", NULL, "<!doctype html><p>top<iframe src='http://localhost:%P/busy'></iframe>",
	0},
    {"/busy", NULL,
	"<!doctype html><p>busy<script>onmessage = () => { const end = Date.now() + 9000; while (Date.now() < end); }</script>",
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
    {NULL, NULL, NULL, 0},
};

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
a_busy_frame_keeps_nobody_from_looking_elsewhere(void **state UNUSED)
{
	struct fixture f;

	open_page(&f);
	must_go(&f, at("/beside-busy"));
	run(&f,
	    "frames[0].postMessage('', '*'); setTimeout(() => { document.body.id = 'late' }, 1500); 0");
	if (cdp_dom_wait(f.page, "#late", DOM_ATTACHED, deadline_in_ms(6000), NULL, &f.err) != 0)
		fail_msg("%s", f.err.message);
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
	run(&f, "cover.style.display = 'block'; cover.style.inset = '0'");
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
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_ATTACHED, deadline_in_ms(3000), &el, &f.err), 0);
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_VISIBLE, deadline_in_ms(3000), &el, &f.err), 0);
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_DETACHED, deadline_in_ms(3000), NULL, &f.err), 0);
	assert_int_equal(
	    cdp_dom_wait(f.page, "#l", DOM_HIDDEN, deadline_in_ms(300), NULL, &f.err), 0);
	t0 = clock_ms();
	assert_int_equal(cdp_dom_wait(f.page, "#l", DOM_VISIBLE, deadline_in_ms(400), NULL, &f.err),
	    ERR_ACTION_TIMEOUT);
	assert_in_range(clock_ms() - t0, 390, 400 + GROSS_MS);
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
		run(&f[i], "i.onfocus = () => { i.dataset.f = document.hasFocus() }, 0");
		assert_int_equal(cdp_dom_query(f[i].page, "#i", dl, &el, &f[i].err), 0);
		assert_int_equal(cdp_dom_focus(f[i].page, &el, dl, &f[i].err), 0);
		assert_int_equal(cdp_input_type(f[i].page, "ab", 0, dl, &f[i].err), 0);
		expect_eval(&f[i], "[i.value, i.dataset.f]", "[\"ab\",\"true\"]");
	}
	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		shut(&f[i]);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clicks_reach_shadow_roots_and_frames),
	    cmocka_unit_test(a_busy_frame_keeps_nobody_from_looking_elsewhere),
	    cmocka_unit_test(points_are_scrolled_in_and_covers_named),
	    cmocka_unit_test(elements_are_waited_for),
	    cmocka_unit_test(all_matches_and_calls),
	    cmocka_unit_test(a_click_may_navigate),
	    cmocka_unit_test(typing_reaches_the_focused_field),
	    cmocka_unit_test(typing_works_beside_other_pages),
	};

	return run_in_chromium(tests, pages, argc, argv);
}
