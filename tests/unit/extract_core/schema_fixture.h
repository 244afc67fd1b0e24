// SPDX-License-Identifier: Apache-2.0
// For the tests of structured data: a page's items by one reader, and samples of the shared corpus.
#pragma once
#include "page_fixture.h"

#include "extract/meta/structured/structured.h"

typedef void read_schema(const struct page *p, cJSON *out, struct schema_budget *b);

static inline cJSON *
read_items(read_schema *read, const struct fixture *f)
{
	struct schema_budget b = {SCHEMA_MAX_ITEMS, SCHEMA_MAX_VALUES, SCHEMA_MAX_BYTES, false};
	cJSON *out = json_arr();

	read(&f->p, out, &b);
	return out;
}

static inline void
check_items(read_schema *read, const char *html, const char *expected)
{
	struct fixture f;

	fixture_open(&f, html, "https://example.org/dir/");
	assert_json(read_items(read, &f), expected);
	fixture_close(&f);
}

// Skips the test where the corpus is not there.
static inline void
each_sample(const char *folder, const char *const *names, size_t n, void (*check)(const char *name))
{
	if (access(folder, R_OK) != 0) {
		print_message("no corpus at %s\n", folder);
		skip();
	}
	for (size_t i = 0; i < n; i++)
		check(names[i]);
}
