// SPDX-License-Identifier: Apache-2.0
// Pages whose text is in JSON only.
#include "content_testing.h"
#include "extract/content/blocks/payload.h"

#define LONG                                                                                       \
	"This text is long enough to be what somebody came for, and it has the spaces that prose " \
	"has. It goes on for a while, and then for a while longer, until it has said all there is. "
#define TEXT LONG LONG LONG LONG

static void
assert_payload(const char *page, const char *expected) // a part of it; NULL: there is none
{
	struct page_fixture p;

	page_open(&p, page, true);
	assert_int_equal(payload_html(&p.t, &p.out), expected != NULL);
	if (expected && !strstr(p.out.p, expected))
		print_error("got: %s\n", p.out.p);
	assert_true(!expected || strstr(p.out.p, expected));
	assert_true(expected || p.out.n == 0);
	page_close(&p);
}

static void
structured_data_holds_the_text(void **state)
{
	(void)state;
	assert_payload(
	    "<div id=root></div><script type='application/ld+json'>{\"@type\":\"Article\","
	    "\"articleBody\" : \"A &amp; B <i> \\\"q\\\"\\n\\n\\u00e4\\ud83d\\ude00 " TEXT
	    "\"}</script>",
	    "<article><div><p>A &amp;amp; B &lt;i> \"q\"<p>\xc3\xa4\xf0\x9f\x98\x80 This");
}

static void
blank_lines_are_paragraphs(void **state)
{
	(void)state;
	assert_payload("<script type=application/ld+json>{\"text\":\"one two\\n\\nthree " TEXT
		       "\"}</script>",
	    "one two<p>");
}

static void
state_holds_html(void **state)
{
	(void)state;
	assert_payload(
	    "<div>Loading</div><script id=__NEXT_DATA__ type='application/json'>{\"props\":"
	    "{\"id\":7,\"body\":\"\\u003cp>Hello " TEXT "\\u003c/p>\"}}</script>",
	    "<div><p>Hello This");
}

static void
forums_keep_json_in_json(void **state)
{
	(void)state;
	assert_payload(
	    "<div class=hidden id=data-preloaded data-preloaded='{\"topic_1\":\"{\\\"posts\\\":"
	    "[{\\\"cooked\\\":\\\"\\\\u003cp\\\\u003ePOST " TEXT
	    "\\\\u003c/p\\\\u003e\\\"}]}\"}'></div>",
	    "<div><p>POST This");
}

static void
pages_with_text_speak_for_themselves(void **state)
{
	(void)state;
	assert_payload("<p>" TEXT TEXT TEXT
		       "</p><script type=application/ld+json>{\"articleBody\":\"" TEXT
		       "\"}</script>",
	    NULL);
	assert_payload("<body><noscript><p>" TEXT TEXT TEXT
		       "</p></noscript><script type=application/ld+json>{\"articleBody\":\"" TEXT
		       "\"}</script>",
	    NULL);
}

static void
what_is_no_prose_is_no_content(void **state)
{
	static const char *const pages[] = {
	    "",
	    "<script type=application/json>{\"body\":\"short\"}</script>",
	    "<script type=application/json>{\"body\":\"a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;"
	    "d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}"
	    "a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}a{b:c;d:e;}\"}</script>",
	    "<script type=application/json>{\"other\":\"" TEXT "\"}</script>",
	    "<script>var x = {\"body\":\"" TEXT "\"}</script>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		assert_payload(pages[i], NULL);
}

static void
broken_json_ends_somewhere(void **state)
{
	static const char *const pages[] = {
	    "<script type=application/json>{\"body\":\"" TEXT "</script>",
	    "<script type=application/json>{\"body\":\"" TEXT "\\</script>",
	    "<script type=application/json>{\"body\":\"" TEXT "\\u12</script>",
	    "<script type=application/json>{\"body\":\"" TEXT "\\ud83d\\u</script>",
	    "<script type=application/json>\"</script>",
	};
	struct page_fixture p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		page_open(&p, pages[i], true);
		(void)!payload_html(&p.t, &p.out);
		page_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(structured_data_holds_the_text),
	    cmocka_unit_test(blank_lines_are_paragraphs),
	    cmocka_unit_test(state_holds_html),
	    cmocka_unit_test(forums_keep_json_in_json),
	    cmocka_unit_test(pages_with_text_speak_for_themselves),
	    cmocka_unit_test(what_is_no_prose_is_no_content),
	    cmocka_unit_test(broken_json_ends_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
