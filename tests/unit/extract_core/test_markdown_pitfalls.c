// SPDX-License-Identifier: Apache-2.0
// The constructs that converters get wrong: each tests/data/markdown/NAME.html must become exactly
// NAME.md beside it.
#include "content_testing.h"

#include <glob.h>

#define MAX_PITFALLS 400
#define AT_LEAST     60

static void
pitfall_becomes_what_is_expected(void **state)
{
	const char *path = *state;
	cleanup_free char *expected_path = xasprintf("%.*s.md", (int)strlen(path) - 5, path);
	cleanup_buf html = BUF_INIT, expected = BUF_INIT;
	struct write_opts o = {.base = SV("https://example.org/dir/page.html")};
	struct page_fixture p;

	assert_int_equal(buf_read_file(&html, path, NULL), 0);
	assert_int_equal(buf_read_file(&expected, expected_path, NULL), 0);
	page_open_sv(&p, buf_view(&html), true);
	markdown_write(&p.t, &p.c, &o, &p.out);
	buf_ch(&p.out, '\0');
	buf_ch(&expected, '\0');
	assert_string_equal(p.out.p, expected.p);
	page_close(&p);
}

int
main(void)
{
	struct CMUnitTest tests[MAX_PITFALLS];
	glob_t files;
	size_t n = 0;
	int failed;

	if (glob(TEST_DATA "/markdown/*.html", 0, NULL, &files) != 0 || files.gl_pathc < AT_LEAST)
		return 1;
	for (; n < files.gl_pathc && n < MAX_PITFALLS; n++)
		tests[n] = (struct CMUnitTest){.name = strrchr(files.gl_pathv[n], '/') + 1,
		    .test_func = pitfall_becomes_what_is_expected,
		    .initial_state = files.gl_pathv[n]};
	failed = _cmocka_run_group_tests("pitfalls", tests, n, NULL, NULL);
	globfree(&files);
	return failed;
}
