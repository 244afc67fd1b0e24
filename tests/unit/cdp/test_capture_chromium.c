// SPDX-License-Identifier: Apache-2.0
// Captures and the request log against a real Chromium: pictures in each format and area, tiles for
// tall pages, PDF, archive, HAR.
#include "cdp/image.h"
#include "real_chromium.h"

static const struct test_page pages[] = {
    {"/", NULL,
	"<!doctype html><title>t</title><body style='margin:0'><div id=box style='position:absolute;left:50px;top:900px;"
	"width:120px;height:60px;background:red'></div><p>words<div style='height:1500px'></div>",
	0},
    {"/tall", NULL,
	"<!doctype html><body style='margin:0'><div style='height:20000px;background:linear-gradient(red,blue)'>",
	0},
    {"/vast", NULL,
	"<!doctype html><body style='margin:0'><div style='width:30000px;height:30000px'>", 0},
    {"/lazy", NULL,
	"<!doctype html><body style='margin:0'><div style='height:6000px'></div>"
	"<img id=i loading=lazy width=10 height=10 src=/dot.svg>",
	0},
    {"/dot.svg", "200 OK\r\nContent-Type: image/svg+xml",
	"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>", 0},
    {"/print", NULL,
	"<!doctype html><title>p</title><h1>one</h1><p style='page-break-before:always'>two<p style='page-break-before:always'>three",
	0},
    {"/log", NULL,
	"<!doctype html><link rel=stylesheet href=/style.css><img src=/missing.png><script src=/moved.js></script>"
	"<script>onload = () => fetch('/data?q=1', {method: 'POST', body: 'a=1'})</script>",
	0},
    {"/style.css", "200 OK\r\nContent-Type: text/css\r\nSet-Cookie: k=v; Path=/",
	"p { color: red }", 0},
    {"/moved.js", "302 Found\r\nLocation: /script.js", "", 0},
    {"/script.js", "200 OK\r\nContent-Type: text/javascript", "window.ran = 1", 0},
    {"/data", "200 OK\r\nContent-Type: application/json", "{\"ok\":true}", 0},
    {"/heavy", NULL,
	"<!doctype html><script src=/large.js></script><script src=/script.js></script>", 0},
    {"/poll", NULL, "<!doctype html><script>onload = () => fetch('/never')</script>", 0},
    {"/never", NULL, "", SERVE_NEVER},
    {"/large.js", "200 OK\r\nContent-Type: text/javascript", NULL, 0}, // filled by setup
    {NULL, NULL, NULL, 0},
};

static void
open_at(struct fixture *f, const char *path, struct cdp_page_opts *o)
{
	static const struct cdp_wait_opts patient = {WAIT_SETTLED, 150, 250, 3000};

	o->allow_private = true;
	if (!o->viewport.width)
		o->viewport = (struct cdp_viewport){.width = 800, .height = 600};
	open_with(f, o);
	if (go(f, at(path), &patient, 15000) != 0)
		fail_msg("%s: %s", path, f->err.message);
}

// --- a stitcher that counts ---

struct counted {
	uint32_t width, height, columns, rows, tiles, pixels_high;
	enum image_format format;
};

static int
count_begin(void *arg, enum image_format f, int quality UNUSED, uint32_t width, uint32_t height,
    uint32_t columns, uint32_t rows, struct deadline dl UNUSED, struct err *err UNUSED)
{
	*(struct counted *)arg = (struct counted){width, height, columns, rows, 0, 0, f};
	return 0;
}

static int
count_tile(void *arg, const void *png, size_t n, struct deadline dl UNUSED, struct err *err UNUSED)
{
	struct counted *c = arg;
	uint32_t w, h;

	assert_true(image_size((struct sv){png, n}, &w, &h));
	if (c->tiles++ % c->columns == 0)
		c->pixels_high += h;
	return 0;
}

// A PNG header is all that is looked at.
static int
count_finish(void *arg, struct buf *out, struct deadline dl UNUSED, struct err *err UNUSED)
{
	const struct counted *c = arg;
	unsigned char head[33] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

	for (int i = 0; i < 4; i++) {
		head[16 + i] = (unsigned char)(c->width >> (24 - 8 * i));
		head[20 + i] = (unsigned char)(c->height >> (24 - 8 * i));
	}
	buf_add(out, head, sizeof(head));
	return 0;
}

static int
shoot(struct fixture *f, const struct cdp_screenshot *o, struct counted *c, struct cdp_image *out)
{
	struct cdp_stitcher st = {c, count_begin, count_tile, count_finish};

	*out = (struct cdp_image){.bytes = BUF_INIT};
	return cdp_capture_screenshot(f->page, o, &st, deadline_in_ms(20000), out, &f->err);
}

static void
expect_shot(struct fixture *f, const struct cdp_screenshot *o, uint32_t width, uint32_t height)
{
	struct counted c = {0};
	struct cdp_image image;

	if (shoot(f, o, &c, &image) != 0)
		fail_msg("%s", f->err.message);
	assert_int_equal(c.tiles, 0);
	assert_int_equal(image.width, width);
	assert_int_equal(image.height, height);
	buf_done(&image.bytes);
}

// --- pictures ---

static void
each_format_and_area_has_its_size(void **state UNUSED)
{
	struct cdp_clip clip = {10, 20, 200, 100};
	struct cdp_page_opts o = {0};
	struct fixture f;

	open_at(&f, "/", &o);
	for (int format = IMAGE_PNG; format <= IMAGE_WEBP; format++)
		expect_shot(&f, &(struct cdp_screenshot){.format = format}, 800, 600);
	expect_shot(&f, &(struct cdp_screenshot){.full_page = true}, 800, 1550);
	expect_shot(&f, &(struct cdp_screenshot){.css = "#box"}, 120, 60);
	expect_shot(&f, &(struct cdp_screenshot){.clip = &clip}, 200, 100);
	expect_shot(&f, &(struct cdp_screenshot){.clip = &clip, .scale = 2}, 400, 200);
	expect_shot(&f, &(struct cdp_screenshot){.omit_background = true}, 800, 600);
	{
		struct cdp_image image;

		assert_int_equal(shoot(&f, &(struct cdp_screenshot){.css = "#none"}, NULL, &image),
		    ERR_ELEMENT_NOT_FOUND);
	}
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
device_pixels_count(void **state UNUSED)
{
	struct cdp_page_opts o = {
	    .viewport = {.width = 400, .height = 300, .device_scale_factor = 2}};
	struct fixture f;

	open_at(&f, "/", &o);
	expect_shot(&f, &(struct cdp_screenshot){.format = IMAGE_PNG}, 800, 600);
	expect_shot(&f, &(struct cdp_screenshot){.css = "#box"}, 240, 120);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
tall_pages_come_as_tiles(void **state UNUSED)
{
	struct cdp_page_opts o = {0};
	struct counted c = {0};
	struct cdp_image image;
	struct fixture f;

	open_at(&f, "/tall", &o);
	if (shoot(&f, &(struct cdp_screenshot){.full_page = true}, &c, &image) != 0)
		fail_msg("%s", f.err.message);
	assert_int_equal(c.height, 20000);
	assert_int_equal(c.tiles, c.columns * c.rows);
	assert_in_range(c.rows, 2, 4);
	assert_int_equal(c.pixels_high, 20000);
	assert_int_equal(image.height, 20000);
	buf_done(&image.bytes);
	assert_int_equal(
	    shoot(
		&f, &(struct cdp_screenshot){.full_page = true, .format = IMAGE_WEBP}, &c, &image),
	    ERR_IMAGE_TOO_TALL);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
	open_at(&f, "/vast", &o);
	assert_int_equal(
	    shoot(&f, &(struct cdp_screenshot){.full_page = true}, &c, &image), ERR_IMAGE_TOO_TALL);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
lazy_images_load_before_a_full_page(void **state UNUSED)
{
	struct cdp_page_opts o = {0};
	struct counted c = {0};
	struct cdp_image image;
	struct fixture f;

	open_at(&f, "/lazy", &o);
	assert_int_equal(shoot(&f, &(struct cdp_screenshot){.full_page = true}, &c, &image), 0);
	buf_done(&image.bytes);
	assert_true(server_saw(&server, "GET /dot.svg"));
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

// --- PDF, archive ---

static size_t
count_of(const struct buf *b, const char *text)
{
	size_t n = 0;

	for (const char *at = b->p;
	     (at = memmem(at, (size_t)(b->p + b->n - at), text, strlen(text))); at++)
		n++;
	return n;
}

static void
pdf_has_its_pages(void **state UNUSED)
{
	struct deadline dl = deadline_in_ms(15000);
	cleanup_buf all = BUF_INIT, one = BUF_INIT, small = BUF_INIT;
	struct cdp_page_opts po = {0};
	struct cdp_pdf o;
	struct arena a;
	struct fixture f;

	arena_init(&a, 0);
	params_defaults(&cdp_pdf_table, &o, &a);
	open_at(&f, "/print", &po);
	if (cdp_capture_pdf(f.page, &o, 10 << 20, dl, &all, &f.err) != 0)
		fail_msg("%s", f.err.message);
	assert_int_equal(count_of(&all, "/Type /Page\n"), 3);
	o.page_ranges = "2";
	o.landscape = true;
	assert_int_equal(cdp_capture_pdf(f.page, &o, 10 << 20, dl, &one, &f.err), 0);
	assert_int_equal(count_of(&one, "/Type /Page\n"), 1);
	assert_int_equal(
	    cdp_capture_pdf(f.page, &o, 100, dl, &small, &f.err), ERR_RESULT_TOO_LARGE);
	o.page_ranges = "9";
	assert_int_not_equal(cdp_capture_pdf(f.page, &o, 10 << 20, dl, &small, &f.err), 0);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
	arena_done(&a);
}

static void
archive_is_mime(void **state UNUSED)
{
	struct cdp_page_opts o = {0};
	cleanup_buf out = BUF_INIT;
	struct fixture f;

	open_at(&f, "/", &o);
	assert_int_equal(
	    cdp_capture_mhtml(f.page, 10 << 20, deadline_in_ms(5000), &out, &f.err), 0);
	assert_non_null(strstr(out.p, "multipart/related"));
	assert_int_equal(cdp_capture_mhtml(f.page, 10, deadline_in_ms(5000), &out, &f.err),
	    ERR_RESULT_TOO_LARGE);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

// --- the request log ---

static const cJSON *
entry_of(const cJSON *har, const char *path, int64_t status)
{
	json_foreach (e, json_path(har, "log.entries")) {
		const char *url = json_path(e, "request.url")->valuestring;

		if (strstr(url, path) && json_path(e, "response.status")->valueint == status)
			return e;
	}
	fail_msg("no %s with %lld", path, (long long)status);
	return NULL;
}

static void
har_tells_the_requests(void **state UNUSED)
{
	struct cdp_page_opts o = {.want_network_log = true,
	    .har_body_budget_bytes = 1 << 20,
	    .policy = {.network_events = true}};
	cJSON *har = NULL, *list;
	struct fixture f;
	const cJSON *e;

	open_at(&f, "/log", &o);
	assert_int_equal(cdp_page_har(f.page, "Chrome/1.2.3", &har, &f.err), 0);
	assert_string_equal(json_path(har, "log.browser.name")->valuestring, "Chrome");
	assert_string_equal(json_path(har, "log.browser.version")->valuestring, "1.2.3");
	assert_int_equal(cJSON_GetArraySize(json_path(har, "log.entries")), 6);
	e = entry_of(har, "/style.css", 200);
	assert_string_equal(json_path(e, "response.content.text")->valuestring, "p { color: red }");
	assert_int_equal(json_path(e, "response.content.size")->valueint, 16);
	assert_string_equal(json_path(e, "response.cookies.0.name")->valuestring, "k");
	e = entry_of(har, "/moved.js", 302);
	assert_string_equal(json_path(e, "response.redirectURL")->valuestring, "/script.js");
	entry_of(har, "/script.js", 200);
	assert_string_equal(json_path(e, "request.httpVersion")->valuestring, "HTTP/1.1");
	entry_of(har, "/missing.png", 404);
	e = entry_of(har, "/data", 200);
	assert_string_equal(json_path(e, "request.cookies.0.value")->valuestring, "v");
	assert_string_equal(json_path(e, "request.postData.text")->valuestring, "a=1");
	assert_string_equal(json_path(e, "request.queryString.0.value")->valuestring, "1");
	assert_true(json_path(e, "timings.wait")->valuedouble >= 0);
	list = cdp_page_network_requests(f.page);
	assert_int_equal(cJSON_GetArraySize(list), 6);
	assert_string_equal(json_path(list, "0.remote_ip")->valuestring, "127.0.0.1");
	cJSON_Delete(list);
	cJSON_Delete(har);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
what_is_in_flight_is_named(void **state UNUSED)
{
	struct cdp_page_opts o = {.want_network_log = true, .policy = {.network_events = true}};
	struct fixture f;

	open_at(&f, "/poll", &o);
	assert_false(f.nav.settled);
	assert_non_null(strstr(f.nav.unsettled_by, "1 request in flight (http://127.0.0.1:"));
	assert_non_null(strstr(f.nav.unsettled_by, "/never)"));
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

static void
bodies_over_the_budget_are_marked(void **state UNUSED)
{
	struct cdp_page_opts o = {.want_network_log = true,
	    .har_body_budget_bytes = 50000,
	    .policy = {.network_events = true}};
	cJSON *har = NULL;
	struct fixture f;
	const cJSON *e;

	open_at(&f, "/heavy", &o);
	assert_int_equal(cdp_page_har(f.page, "Chrome", &har, &f.err), 0);
	e = entry_of(har, "/large.js", 200);
	assert_true(cJSON_IsTrue(json_path(e, "response.content._bodyMissing")));
	assert_non_null(json_path(e, "response.content.comment"));
	assert_true(json_path(e, "response.content.size")->valueint >= 200000);
	e = entry_of(har, "/script.js", 200);
	assert_string_equal(json_path(e, "response.content.text")->valuestring, "window.ran = 1");
	cJSON_Delete(har);
	assert_int_equal(shut(&f), CLOSE_CLEAN);
}

// --- all ---

static int
setup(void **state UNUSED)
{
	static struct test_page table[ARRAY_LEN(pages)];
	static char large[200001];

	memset(large, ' ', sizeof(large) - 1);
	memcpy(table, pages, sizeof(pages));
	for (struct test_page *p = table; p->path; p++)
		if (!p->body)
			p->body = large;
	return real_start(table);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_format_and_area_has_its_size),
	    cmocka_unit_test(device_pixels_count),
	    cmocka_unit_test(tall_pages_come_as_tiles),
	    cmocka_unit_test(lazy_images_load_before_a_full_page),
	    cmocka_unit_test(pdf_has_its_pages),
	    cmocka_unit_test(archive_is_mime),
	    cmocka_unit_test(har_tells_the_requests),
	    cmocka_unit_test(what_is_in_flight_is_named),
	    cmocka_unit_test(bodies_over_the_budget_are_marked),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, real_stop);
}
