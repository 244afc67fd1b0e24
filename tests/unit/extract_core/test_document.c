// SPDX-License-Identifier: Apache-2.0
// The document as a whole: every field is there, only what was asked for, what goes wrong.
#include "page_fixture.h"

#include "extract/document.h"

#define PARAGRAPH                                                                                    \
	"<p>The lighthouse stood on the last rock of the coast, and for a hundred years its keeper " \
	"had written down every ship that passed, in a book that nobody was ever meant to read.</p>"

static const char PAGE[] =
    "<!doctype html><html lang=en-GB><head><title>The Keeper's Book | Example</title>"
    "<meta property=og:site_name content=Example><meta name=description content='A story.'>"
    "<meta name=author content='Jane Doe'><meta property=article:published_time content=2024-01-31T10:00:00Z>"
    "<meta property=article:section content=Fiction><script type='application/ld+json'>{\"@type\":\"WebSite\",\"name\":\"Example\"}</script>"
    "</head><body><nav><a href=/>Home</a></nav><main><article><h1>The Keeper's Book</h1>" PARAGRAPH
	PARAGRAPH PARAGRAPH
    "<img src=i.png alt=Rock><table><tr><th>Year<th>Ships<tr><td>1901<td>12</table>" PARAGRAPH
    "</article></main><footer><a href=/imprint>Imprint</a></footer></body></html>";

struct made {
	struct arena a;
	cJSON *json; // the options
	cJSON *doc;
	struct err err;
	int rc;
};

static struct made
make(const char *html, const char *options)
{
	struct made m = {.err = ERR_INIT};
	struct extract_options *o = NULL;
	struct extract_input in = {.html = sv_from(html),
	    .url = "https://example.org/book",
	    .charset = "utf-8",
	    .now_ms = FIXTURE_NOW};

	arena_init(&m.a, (size_t)256 << 20);
	m.json = cJSON_Parse(options);
	m.rc = extract_options_read(m.json, &m.a, "extract", &o, &m.err);
	assert_int_equal(m.rc, 0);
	in.options = o;
	m.rc = extract_document(&in, &m.a, &m.doc, &m.err);
	return m;
}

static void
done(struct made *m)
{
	cJSON_Delete(m->doc);
	cJSON_Delete(m->json);
	arena_done(&m->a);
}

static void
assert_member(const cJSON *doc, const char *key, const char *expected)
{
	assert_json(cJSON_Duplicate(json_get(doc, key), true), expected);
}

static void
every_field_is_there_and_right(void **state)
{
	static const char *const names[] = {
#define X(sym, name) #name,
	    DOCUMENT_FIELDS(X)
#undef X
	};
	struct made m = make(PAGE, "{}");
	size_t i = 0;

	(void)state;
	assert_int_equal(m.rc, 0);
	json_foreach (item, m.doc)
		assert_string_equal(item->string, names[i++]);
	assert_int_equal(i, ARRAY_LEN(names));
	assert_member(m.doc, "url", "\"https://example.org/book\"");
	assert_member(m.doc, "title", "\"The Keeper's Book\"");
	assert_member(m.doc, "byline", "\"Jane Doe\"");
	assert_member(m.doc, "published_iso", "\"2024-01-31T10:00:00Z\"");
	assert_member(m.doc, "language", "\"en-GB\"");
	assert_member(m.doc, "site_name", "\"Example\"");
	assert_member(m.doc, "description", "\"A story.\"");
	assert_member(m.doc, "categories", "[\"Fiction\"]");
	assert_member(m.doc, "reading_time", "1");
	assert_member(m.doc, "schema_org", "[{\"@type\":\"WebSite\",\"name\":\"Example\"}]");
	assert_member(m.doc, "custom_fields", "{}");
	assert_member(m.doc, "tables",
	    "[{\"caption\":null,\"headers\":[\"Year\",\"Ships\"],\"rows\":[[\"1901\",\"12\"]],\"csv\":\"Year,Ships\\r\\n1901,12\\r\\n\"}]");
	assert_int_equal(cJSON_GetArraySize(json_get(m.doc, "links")), 2);
	assert_int_equal(cJSON_GetArraySize(json_get(m.doc, "media")), 1);
	done(&m);
}

static void
the_content_is_the_article(void **state)
{
	struct made m = make(PAGE, "{}");
	const char *text = json_str(m.doc, "text");

	(void)state;
	assert_non_null(strstr(text, "The lighthouse stood on the last rock"));
	assert_null(strstr(text, "Imprint"));
	assert_non_null(strstr(json_str(m.doc, "markdown"), "The lighthouse stood"));
	assert_non_null(strstr(json_str(m.doc, "html"), "<p>The lighthouse"));
	assert_true(json_num(m.doc, "word_count", 0) > 100);
	assert_true(json_num(m.doc, "quality_score", -1) > 0);
	assert_true(json_num(m.doc, "quality_score", 2) <= 1);
	done(&m);
}

static void
extraction_metadata_tells_how(void **state)
{
	struct made m = make(PAGE, "{\"document\":[\"extraction_metadata\"]}");
	const cJSON *meta = json_get(m.doc, "extraction_metadata");

	(void)state;
	assert_true(json_num(meta, "extraction_time_ms", -1) >= 0);
	assert_true(json_num(meta, "memory_usage_mb", 0) > 0);
	assert_int_equal(strncmp(json_str(meta, "component_version"), "riptide-extract ", 16), 0);
	assert_non_null(json_str(meta, "extraction_method"));
	assert_string_equal(json_str(meta, "charset"), "utf-8");
	assert_true(cJSON_IsFalse(json_get(meta, "depth_limited")));
	assert_member(meta, "truncated", "[]");
	assert_member(meta, "field_errors", "[]");
	assert_true(cJSON_IsObject(json_get(meta, "quality_metrics")));
	assert_member(meta, "open_graph",
	    "{\"og:site_name\":\"Example\",\"article:published_time\":\"2024-01-31T10:00:00Z\",\"article:section\":\"Fiction\"}");
	done(&m);
}

static void
only_what_is_asked_for_is_written(void **state)
{
	struct made m = make(PAGE, "{\"document\":[\"title\",\"url\"]}");

	(void)state;
	assert_json(cJSON_Duplicate(m.doc, true),
	    "{\"url\":\"https://example.org/book\",\"title\":\"The Keeper's Book\"}");
	done(&m);
	m = make(PAGE,
	    "{\"document\":[\"title\"],\"fields\":{\"y\":{\"css\":\"td\",\"type\":\"number\"}}}");
	assert_json(cJSON_Duplicate(m.doc, true),
	    "{\"title\":\"The Keeper's Book\",\"custom_fields\":{\"y\":1901}}");
	done(&m);
}

static void
strategies_choose_what_is_computed(void **state)
{
	struct made m = make(PAGE,
	    "{\"strategies\":[\"metadata\"],\"document\":[\"title\",\"text\",\"word_count\"]}");

	(void)state;
	assert_json(cJSON_Duplicate(m.doc, true),
	    "{\"title\":\"The Keeper's Book\",\"text\":null,\"word_count\":null}");
	done(&m);
	m = make(PAGE, "{\"strategies\":[\"full\"],\"document\":[\"title\",\"text\"]}");
	assert_member(m.doc, "title", "null");
	assert_non_null(strstr(json_str(m.doc, "text"), "Imprint"));
	done(&m);
}

static void
field_errors_come_with_the_document(void **state)
{
	struct made m = make(PAGE,
	    "{\"document\":[\"title\"],\"fields\":{\"p\":{\"css\":\".price\",\"required\":true}}}");

	(void)state;
	assert_int_equal(m.rc, 0);
	assert_member(json_get(m.doc, "extraction_metadata"), "field_errors",
	    "[{\"name\":\"p\",\"error\":\"required, but not found\"}]");
	done(&m);
}

static void
a_bad_expression_fails_the_document_by_path(void **state)
{
	struct made m = make(PAGE, "{\"fields\":{\"price\":{\"css\":\"div .a]\"}}}");

	(void)state;
	assert_int_equal(m.rc, ERR_INVALID_SELECTOR);
	assert_string_equal(m.err.path, "extract.fields.price.css");
	assert_string_equal(m.err.message, "unexpected \"]\" at character 7");
	assert_null(m.doc);
	done(&m);
}

static void
an_empty_page_gives_an_empty_document(void **state)
{
	struct made m = make("", "{}");

	(void)state;
	assert_int_equal(m.rc, 0);
	assert_member(m.doc, "title", "null");
	assert_member(m.doc, "links", "[]");
	assert_member(m.doc, "word_count", "0");
	done(&m);
}

static void
a_spent_arena_is_an_error(void **state)
{
	struct arena a;
	struct err err = ERR_INIT;
	cJSON *doc = NULL;
	cleanup_buf html = BUF_INIT;
	struct extract_input in = {.charset = "utf-8", .now_ms = FIXTURE_NOW};

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_str(&html, "<p class=x>word word word</p>");
	in.html = buf_view(&html);
	for (size_t max = 1 << 16; max < (size_t)16 << 20; max *= 2) {
		int rc;

		arena_init(&a, max);
		rc = extract_document(&in, &a, &doc, &err);
		assert_true(rc == ERR_EXTRACTOR_OOM || rc == 0);
		cJSON_Delete(doc);
		doc = NULL;
		arena_done(&a);
	}
}

static void
the_same_page_gives_the_same_document(void **state)
{
	struct made one = make(PAGE, "{}"), two = make(PAGE, "{}");

	(void)state;
	cJSON_DeleteItemFromObject(one.doc, "extraction_metadata");
	cJSON_DeleteItemFromObject(two.doc, "extraction_metadata");
	assert_true(cJSON_Compare(one.doc, two.doc, true));
	done(&one);
	done(&two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_field_is_there_and_right),
	    cmocka_unit_test(the_content_is_the_article),
	    cmocka_unit_test(extraction_metadata_tells_how),
	    cmocka_unit_test(only_what_is_asked_for_is_written),
	    cmocka_unit_test(strategies_choose_what_is_computed),
	    cmocka_unit_test(field_errors_come_with_the_document),
	    cmocka_unit_test(a_bad_expression_fails_the_document_by_path),
	    cmocka_unit_test(an_empty_page_gives_an_empty_document),
	    cmocka_unit_test(a_spent_arena_is_an_error),
	    cmocka_unit_test(the_same_page_gives_the_same_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
