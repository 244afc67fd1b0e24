// SPDX-License-Identifier: Apache-2.0
// Any HTML: its structured data (JSON-LD, microdata, RDFa, meta tags) and metadata are strict JSON
// within the caps, and come out the same twice.
#include "extract/html/charset.h"
#include "extract/meta/metadata.h"
#include "extract/meta/structured/structured.h"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const cJSON *v, struct buf *out)
{
	static const struct json_limits limits = {(size_t)64 << 20, SCHEMA_MAX_DEPTH + 8, 400000};
	struct err err = ERR_INIT;

	json_print(out, v, false);
	if (json_validate(buf_view(out), JSON_API, &limits, &err) != 0) {
		fprintf(stderr, "%s\n%s\n", err.message, out->p);
		abort();
	}
}

static void
check_facts(const struct metadata *m)
{
	assert(m->n_authors <= METADATA_MAX_AUTHORS && m->n_images <= METADATA_MAX_IMAGES &&
	       m->n_feeds <= METADATA_MAX_FEEDS && m->n_categories <= METADATA_MAX_CATEGORIES);
	assert((m->n_authors == 0) == (m->byline.n == 0));
	for (size_t i = 0; i < m->n_authors; i++)
		assert(m->authors[i].n > 0);
	for (size_t i = 0; i < m->n_categories; i++)
		assert(m->categories[i].n > 0);
}

static void
read_page(struct sv html, struct buf *out)
{
	struct arena a;
	struct tree t = {0};
	struct page p;
	struct metadata m;
	struct err err = ERR_INIT;
	cJSON *all = json_obj(), *schema;

	arena_init(&a, (size_t)512 << 20);
	assert(tree_init(&t, &a, &err) == 0);
	if (html_parse(&t, html, &tree_limits_default, &err) == 0) {
		assert(page_init(&p, &t, &a, "https://example.org/dir/page", 1767225600000, &err) ==
		       0);
		p.schema = schema = schema_read(&p);
		metadata_read(&p, &m);
		check_facts(&m);
		json_set(all, "schema_org", schema);
		metadata_write(&p, &m, all);
	}
	check(all, out);
	cJSON_Delete(all);
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv html = {(const char *)data, size};
	cleanup_buf utf8 = BUF_INIT;
	cleanup_buf first = BUF_INIT;
	cleanup_buf second = BUF_INIT;
	struct err err = ERR_INIT;
	const char *charset;

	if (charset_to_utf8(html, "utf-8", &utf8, &charset, &err) != 0)
		return 0;
	read_page(buf_view(&utf8), &first);
	read_page(buf_view(&utf8), &second);
	assert(sv_eq(buf_view(&first), buf_view(&second)));
	return 0;
}
