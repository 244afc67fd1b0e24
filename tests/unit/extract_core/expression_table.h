// SPDX-License-Identifier: Apache-2.0
// Tables of expressions in tests/data/expressions: a page in the first line, then an expression, a
// tab, and what it finds on the page, "()" for nothing. A third column says why Chromium, with
// which tests/e2e/test_expressions.py compares them, finds something else.
#pragma once
#include "page_fixture.h"

#include <stdio.h>

// Each writes what the expression finds.
typedef void expression_run(const struct fixture *f, const char *expr, struct buf *out);

static inline size_t
expression_row(const struct fixture *f, char *line, expression_run *run, const char *file)
{
	char *rest = line, *expr = strsep(&rest, "\t"), *expected = strsep(&rest, "\t");
	cleanup_buf out = BUF_INIT;

	assert_non_null(expected);
	run(f, expr, &out);
	if (out.n == 0)
		buf_str(&out, "()");
	if (strcmp(out.p, expected) == 0)
		return 0;
	print_error("%s: %s\n  got:      %s\n  expected: %s\n", file, expr, out.p, expected);
	return 1;
}

// All rows are tried before it fails.
static inline void
expression_table(const char *file, expression_run *run)
{
	cleanup_free char *path = xasprintf("%s/expressions/%s", TEST_DATA, file);
	FILE *in = fopen(path, "re");
	char *line = NULL, *page = NULL;
	size_t cap = 0, wrong = 0, rows = 0;
	struct fixture f;

	assert_non_null(in);
	while (getline(&line, &cap, in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (rows++ == 0) {
			fixture_open(&f, line, NULL);
			page = steal_ptr(line); // the tree is of its bytes
			cap = 0;
		} else {
			wrong += expression_row(&f, line, run, file);
		}
	}
	assert_true(rows > 100);
	fixture_close(&f);
	free(line);
	free(page);
	fclose(in);
	assert_int_equal(wrong, 0);
}
