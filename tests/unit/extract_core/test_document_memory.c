// SPDX-License-Identifier: Apache-2.0
// What the whole document of a page of 1 MB takes: at most twelve times the page, its own bytes and
// the answer's included, measured as the worker's process grows.
#include "page_fixture.h"

#include "extract/document.h"
#include "tests/process_memory.h"

#include <sys/wait.h>
#include <unistd.h>

#define PAGE_BYTES    ((size_t)1 << 20)
#define TIMES_AT_MOST 12

#define SENTENCE                                                                                   \
	"The keeper wrote down every ship that passed the rock, and the hour of the tide, in a "   \
	"book that nobody was ever meant to read. "

// 40 bytes of markup to a node, where real pages have 80, beside a share of script.
static void
make_page(struct buf *html, size_t script)
{
	buf_str(html, "<!doctype html><html lang=en><head><title>Tides</title><script>");
	while (html->n < script)
		buf_str(html, "window.tides.push({at: 12, height: 3.5, name: \"spring\"});\n");
	buf_str(html, "</script></head><body><main>");
	for (unsigned i = 0; html->n < PAGE_BYTES; i++)
		buf_fmt(html,
		    "<div class=\"card card--wide item item-%u\" data-id=\"%08u\" data-track=\"list:tides\">"
		    "<h3 class=\"card__title\"><a href=\"/tides/coast/%u?from=list\">Tide number %u</a></h3>"
		    "<p class=\"card__text\">" SENTENCE SENTENCE
		    "<b>The hour</b> " SENTENCE SENTENCE
		    "<a href=\"/books/%u\">Nobody</a> read it.</p><ul><li>High water at %u</li><li>Low "
		    "water</li></ul><table><tr><td>%u</td><td>ships</td></tr></table>"
		    "<!-- " SENTENCE
		    " --><img style=\"width:100%%;max-width:640px;height:auto\" class=\"card__image lazy\" src=\"/images/coast/%u.jpg\" alt=\"The rock\"></div>\n",
		    i, i, i, i, i, i, i, i);
	buf_str(html, "</main></body></html>");
}

static bool
extract(struct sv html, struct arena *a)
{
	cleanup_buf answer = BUF_INIT;
	struct extract_input in = {
	    .html = html, .url = "https://example.org/", .charset = "utf-8", .now_ms = FIXTURE_NOW};
	struct err err = ERR_INIT;
	cJSON *doc = NULL;
	int rc = extract_document(&in, a, &doc, &err);

	if (rc == 0)
		json_print(&answer, doc, false);
	cJSON_Delete(doc);
	return rc == 0 && answer.n > html.n / 2;
}

// In a process of its own, whose peak is its own: as many times the page's size, rounded up.
static int
times_of_page(size_t script)
{
	cleanup_buf html = BUF_INIT;
	struct arena a;
	size_t before, after;

	arena_init(&a, 0);
	if (!extract(SV("<p>What is needed once is there.</p>"), &a) && a.oom)
		return 255;
	before = memory_of("VmRSS");
	make_page(&html, script);
	if (!extract(buf_view(&html), &a))
		return 254;
	after = memory_of("VmHWM");
	arena_done(&a);
	return before == 0 || after <= before ? 253 : (int)((after - before + html.n - 1) / html.n);
}

static void
check_page(size_t script)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(times_of_page(script));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	print_message("%d times\n", WEXITSTATUS(status));
	assert_in_range(WEXITSTATUS(status), 1, TIMES_AT_MOST);
}

static void
a_page_of_1_mb_takes_at_most_12_times_its_size(void **state)
{
	(void)state;
#ifdef RIPTIDE_SANITIZER
	skip(); // their shadow memory counts
#endif
	if (getenv("RIPTIDE_TEST_SLOWDOWN")) // valgrind's, too
		skip();
	check_page(PAGE_BYTES / 4);
	check_page(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_of_1_mb_takes_at_most_12_times_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
