// SPDX-License-Identifier: Apache-2.0
// Renders the pages of the corpus in Chromium, without their subresources (they are another site's,
// and the tests have no network), and keeps what the capture hands over: HTML and facts. For
// training the third model and for measuring what a browser adds. One thread, one page at a time.
// usage: render_corpus HTMLDIR LIST OUT PART PARTS (every PARTS-th page; those already there are
// left). OUT "-": writes nothing but what each capture took, without facts and with them.
#include "../../unit/cdp/real_chromium.h"

enum { PAGE_MS = 15000, HTML_MAX = 64 << 20, PATH_SIZE = 1024, CAPTURES = 20 };

static void
write_file(const char *dir, const char *id, const char *suffix, struct sv text)
{
	char path[PATH_SIZE], tmp[PATH_SIZE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", dir, id, suffix);
	snprintf(tmp, sizeof(tmp), "%s/.%s%s", dir, id, suffix);
	f = fopen(tmp, "w");
	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0 ||
	    rename(tmp, path) != 0) {
		perror(path);
		exit(1);
	}
}

static int
render(struct fixture *f, struct sv html, const char *url, struct buf *out, cJSON **facts)
{
	int rc = cdp_page_set_content(
	    f->page, html, url, &settled, deadline_in_ms(PAGE_MS), &f->nav, &f->err);

	if (rc == ERR_TIMEOUT || rc == ERR_NAVIGATION_TIMEOUT) // what is there by now will do
		rc = cdp_page_unblock(f->page, deadline_in_ms(PAGE_MS), &f->err);
	return rc ? rc
		  : cdp_capture_html_facts(
			f->page, HTML_MAX, true, deadline_in_ms(PAGE_MS), out, facts, &f->err);
}

static uint64_t
subresources(void)
{
	static const char *const names[] = {
	    "stylesheet", "image", "media", "font", "script", "xhr", "fetch"};
	uint64_t bits = 0;

	for (unsigned i = 0; cdp_resource_type_names[i]; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (strcmp(names[k], cdp_resource_type_names[i]) == 0)
				bits |= (uint64_t)1 << i;
	return bits;
}

// The best of many, in ms: the page stands still.
static double
cost(struct fixture *f, bool with_facts, bool boxes)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < CAPTURES; i++) {
		cleanup_buf out = BUF_INIT_MAX(HTML_MAX);
		cJSON *facts = NULL;
		int64_t start = clock_us();
		int rc = with_facts ? cdp_capture_html_facts(f->page, HTML_MAX, boxes,
					  deadline_in_ms(PAGE_MS), &out, &facts, &f->err)
				    : cdp_capture_html(f->page, HTML_MAX, deadline_in_ms(PAGE_MS),
					  &out, &f->err);

		if (rc == 0)
			best = MIN(best, clock_us() - start);
		cJSON_Delete(facts);
	}
	return (double)best / 1000;
}

static void
report_cost(struct fixture *f, const char *id, size_t bytes, const cJSON *facts)
{
	double plain = cost(f, false, false), shown = cost(f, true, false),
	       boxes = cost(f, true, true);

	printf("%s %zu bytes, %lld elements: %.2f ms, with facts %.2f ms, and boxes %.2f ms\n", id,
	    bytes, (long long)json_int(facts, "n", 0), plain, shown, boxes);
	fflush(stdout);
}

static void
one_page(const char *dir, const char *id, const char *url, const char *to)
{
	struct cdp_page_opts o = {.viewport = {.width = 1280, .height = 800},
	    .allow_private = true,
	    .block_resource_types = subresources()};
	cleanup_buf html = BUF_INIT, out = BUF_INIT_MAX(HTML_MAX), text = BUF_INIT;
	char path[PATH_SIZE], fallback[128];
	cJSON *facts = NULL;
	struct fixture f;

	snprintf(path, sizeof(path), "%s/%s.html", dir, id);
	snprintf(fallback, sizeof(fallback), "https://%s.example/", id);
	open_with(&f, &o);
	if (buf_read_file(&html, path, &f.err) != 0 ||
	    render(&f, buf_view(&html), strcmp(url, "-") == 0 ? fallback : url, &out, &facts) != 0)
		fprintf(stderr, "%s: %s\n", id, f.err.message);
	else if (strcmp(to, "-") == 0)
		report_cost(&f, id, out.n, facts);
	else {
		if (facts)
			json_print(&text, facts, false);
		write_file(to, id, ".facts", text.p ? buf_view(&text) : SV("null"));
		write_file(to, id, ".html", buf_view(&out));
	}
	cJSON_Delete(facts);
	shut(&f);
}

static bool
is_there(const char *dir, const char *id)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s.html", dir, id);
	return access(path, R_OK) == 0;
}

int
main(int argc, char **argv)
{
	static const struct test_page none[] = {{0}};
	char line[4096], id[64], url[3000];
	FILE *list = argc == 6 ? fopen(argv[2], "r") : NULL;
	unsigned fold;
	long at = 0;

	if (!list) {
		fprintf(stderr, "usage: render_corpus HTMLDIR LIST OUT PART PARTS\n");
		return 2;
	}
	if (real_start(none) != 0)
		return 1;
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%63s %u %2999s", id, &fold, url) == 3 &&
		    at++ % atol(argv[5]) == atol(argv[4]) && !is_there(argv[3], id))
			one_page(argv[1], id, url, argv[3]);
	fclose(list);
	return real_stop(NULL);
}
