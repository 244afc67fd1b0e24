// SPDX-License-Identifier: Apache-2.0
// Any text through the tolerant JSON-LD reader comes out as strict JSON, and valid JSON comes out
// as itself.
#include "extract/meta/structured/structured.h"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits limits = {(size_t)64 << 20, 64, 200000};

static struct schema_budget
budget(void)
{
	return (struct schema_budget){SCHEMA_MAX_ITEMS, SCHEMA_MAX_VALUES, SCHEMA_MAX_BYTES, false};
}

static void
check_identity(struct sv text, struct sv out)
{
	cJSON *a = cJSON_ParseWithLength(text.p, text.n), *b = cJSON_ParseWithLength(out.p, out.n);

	if (a && b && (cJSON_IsObject(a) || (cJSON_IsArray(a) && a->child)))
		assert(b->child && cJSON_Compare(a, b->child, true));
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static bool
is_plain(struct sv text)
{
	const struct json_limits shallow = {1 << 20, SCHEMA_MAX_DEPTH, 10000};

	return memmem(text.p, text.n, "&quot;", 6) == NULL &&
	       json_validate(text, JSON_API, &shallow, NULL) == 0;
}

static void
check_page(struct sv text)
{
	cleanup_buf html = BUF_INIT;
	cleanup_buf printed = BUF_INIT;
	struct arena a;
	struct tree t = {0};
	struct page p;
	struct err err = ERR_INIT;
	cJSON *items = json_arr();
	struct schema_budget b = budget();

	buf_str(&html, "<script type='application/ld+json'>");
	buf_sv(&html, text);
	buf_str(&html, "</script>");
	arena_init(&a, 0);
	assert(tree_init(&t, &a, &err) == 0);
	assert(html_parse(&t, buf_view(&html), &tree_limits_default, &err) == 0);
	assert(page_init(&p, &t, &a, NULL, 0, &err) == 0);
	jsonld_read(&p, items, &b);
	json_print(&printed, items, false);
	if (json_validate(buf_view(&printed), JSON_API, &limits, &err) != 0) {
		fprintf(stderr, "%s\n%s\n", err.message, printed.p);
		abort();
	}
	cJSON_Delete(items);
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = {(const char *)data, size};
	struct schema_budget b = budget();
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	bool plain = is_plain(text);

	jsonld_normalise(text, &out, &b);
	if (plain && !b.spent)
		check_identity(text, buf_view(&out));
	json_repair(out.p, out.n);
	if (json_validate(buf_view(&out), JSON_GRAMMAR, &limits, &err) != 0) {
		fprintf(stderr, "%s\n%s\n", err.message, out.p);
		abort();
	}
	check_page(text);
	return 0;
}
