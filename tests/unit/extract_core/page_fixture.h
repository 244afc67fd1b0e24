// SPDX-License-Identifier: Apache-2.0
// A page parsed from a string, and comparison of JSON by its compact text, for the tests of
// extract_core.
#pragma once
#include "extract/page.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define FIXTURE_NOW 1767225600000 // 2026-01-01

struct fixture {
	struct arena a;
	struct tree t;
	struct page p;
};

static inline void
fixture_open(struct fixture *f, const char *html, const char *url)
{
	struct err err = ERR_INIT;

	*f = (struct fixture){0};
	arena_init(&f->a, (size_t)64 << 20);
	assert_int_equal(tree_init(&f->t, &f->a, &err), 0);
	assert_int_equal(html_parse(&f->t, sv_from(html), &tree_limits_default, &err), 0);
	assert_int_equal(page_init(&f->p, &f->t, &f->a, url, FIXTURE_NOW, &err), 0);
}

static inline void
fixture_close(struct fixture *f)
{
	arena_done(&f->a);
}

// Takes v.
static inline void
assert_json(cJSON *v, const char *expected)
{
	char *text = cJSON_PrintUnformatted(v);

	assert_non_null(text);
	if (strcmp(text, expected) != 0)
		print_error("got:      %s\nexpected: %s\n", text, expected);
	assert_true(strcmp(text, expected) == 0);
	free(text);
	cJSON_Delete(v);
}
#define assert_sv(v, text) assert_sv_(v, text, __FILE__, __LINE__)
static inline void
assert_sv_(struct sv v, const char *text, const char *file, int line)
{
	struct sv got = v.p ? v : sv_from("");

	if (!sv_eq_str(v, text))
		print_error(
		    "got:      \"" SV_FMT "\"\nexpected: \"%s\"\n", SV_ARG(got), text ? text : "");
	_assert_true(sv_eq_str(v, text), "text", file, line);
}
