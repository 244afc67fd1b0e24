// SPDX-License-Identifier: Apache-2.0
// Pages that do not yield, ask, open, crash or hold on, in a real Chromium: none holds its job.
#include "cdp/dom.h"
#include "cdp/input.h"
#include "real_chromium.h"

static const struct test_page pages[] = {
    {"/bare", NULL, "<!doctype html><p>bare", 0},
    {"/busy", NULL,
	"<!doctype html><p>before<script>onload = () => setTimeout(() => { for (;;); }, 20)</script>",
	0},
    {"/busy-now", NULL, "<!doctype html><p>before<script>for (;;);</script><p>after", 0},
    {"/busy-again", NULL,
	"<!doctype html><p>before<script>setInterval(() => { const t = Date.now(); while (Date.now() - t < 1e6); }, 1)</script>",
	0},
    {"/film", "200 OK\r\nContent-Type: video/mp4", "", SERVE_STALL},
    {"/to-film", NULL, "<!doctype html><script>location.replace('/film')</script>", 0},
    {"/alert", NULL,
	"<!doctype html><p>x<script>alert('one'); document.body.dataset.r = confirm('two')</script><p>after",
	0},
    {"/alerts", NULL,
	"<!doctype html><p>x<script>for (let i = 0; i < 1000; i++) alert(i)</script><p>after", 0},
    {"/popups", NULL,
	"<!doctype html><p>x<script>for (let i = 0; i < 5; i++) open('/bare')</script>", 0},
    {"/crash", NULL, "<!doctype html><p>x", 0},
    {"/unload", NULL,
	"<!doctype html><button id=b>b</button><script>onbeforeunload = e => { e.preventDefault(); return 'stay' }</script>",
	0},
    {NULL, NULL, NULL, 0},
};

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
	    cdp_page_eval(f.page, WORLD_MAIN, "1", 300, deadline_in_ms(10000), &v, &f.err),
	    ERR_SCRIPT_TIMEOUT);
	assert_true(clock_ms() - t0 < 300 + GROSS_MS);
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
	assert_true(clock_ms() - t0 < GROSS_MS);
}

// Chromium forgets a close that it hears of while a document is committed.
static void
closing_at_a_commit_is_quick(void **state UNUSED)
{
	for (int i = 0; i < 8; i++) {
		struct fixture f;
		int64_t t0;

		open_page(&f);
		assert_int_equal(go(&f, at("/to-film"), &settled, 5000), ERR_NOT_HTML);
		t0 = clock_ms();
		assert_int_equal(shut_page(&f), CLOSE_CLEAN);
		assert_true(clock_ms() - t0 < GROSS_MS);
		shut(&f);
	}
}

static bool
is_target(struct fixture *f, const char *id)
{
	cJSON *v = NULL;
	bool found = false;

	assert_int_equal(
	    cdp_call(f->client, NULL, "Target.getTargets", NULL, deadline_in_ms(5000), &v, &f->err),
	    0);
	json_foreach (t, json_get(v, "targetInfos"))
		found |= strcmp(json_str(t, "targetId"), id) == 0;
	cJSON_Delete(v);
	return found;
}

static void
a_cancelled_page_is_closed_at_a_commit_too(void **state UNUSED)
{
	for (int i = 0; i < 8; i++) {
		struct deadline dl;
		struct fixture f;
		char id[64];

		open_page(&f);
		assert_int_equal(go(&f, at("/to-film"), &settled, 5000), ERR_NOT_HTML);
		snprintf(id, sizeof(id), "%s", cdp_session_target_id(cdp_page_session(f.page)));
		cdp_page_cancel(f.page);
		assert_int_equal(shut_page(&f), CLOSE_CLEAN);
		for (dl = deadline_in_ms(1500); is_target(&f, id) && !deadline_passed(dl);)
			;
		assert_false(is_target(&f, id));
		shut(&f);
	}
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

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_busy_page_is_freed_and_captured),
	    cmocka_unit_test(a_page_that_never_parses_is_unblocked),
	    cmocka_unit_test(closing_a_busy_page_is_quick),
	    cmocka_unit_test(closing_at_a_commit_is_quick),
	    cmocka_unit_test(a_cancelled_page_is_closed_at_a_commit_too),
	    cmocka_unit_test(dialogs_are_answered_and_counted),
	    cmocka_unit_test(popups_are_closed_and_counted),
	    cmocka_unit_test(a_crash_is_told_at_once),
	    cmocka_unit_test(beforeunload_does_not_hold_a_navigation),
	};

	return run_in_chromium(tests, pages, argc, argv);
}
