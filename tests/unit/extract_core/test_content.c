// SPDX-License-Identifier: Apache-2.0
// Which parts of a page are its content: the rules on small pages that each show one, the model on
// pages that look like some.
#include "content_testing.h"
#include "extract/content/blocks/features.h"
#include "extract/content/blocks/words.h"

#define PROSE                                                                                        \
	"This sentence is long enough, with its commas and its clauses, to pass for a paragraph of " \
	"prose that somebody wrote. "
#define P(mark) "<p>" mark " " PROSE PROSE PROSE "</p>"
#define ARTICLE P("ONE") P("TWO") P("THREE") P("FOUR")
#define LINKS                                                                                      \
	"<ul><li><a href=/1>Some link</a><li><a href=/2>Other link</a><li><a href=/3>Third</a></ul>"

static const struct content_case {
	const char *name, *html;
	const char *kept, *left_out; // words, one space apart
	const char *method;
} cases[] = {
    {"navigation_footer_and_aside_are_left_out",
	"<nav>NAV" LINKS "</nav><h1>TITLE</h1>" ARTICLE "<aside>ASIDE</aside><footer>FOOT</footer>",
	"TITLE ONE FOUR", "NAV ASIDE FOOT", "scored"},
    {"words_in_classes_name_boilerplate",
	"<div class='site-nav'>NAV</div><div>" ARTICLE
	"</div><div id='sidebarRight'>x</div><div class='related-posts'>RELATED</div><div class='newsletter'>NEWS</div>",
	"ONE FOUR", "NAV RELATED NEWS", "scored"},
    {"words_in_classes_inside_code_name_code",
	"<div>" ARTICLE
	"<pre><code><span class=comment>REMARK</span> <i class=nav>CALL</i></code></pre>"
	"<p><code>a<b class=ad>SPAN</b></code></p></div><div class=comment>GONE</div>",
	"ONE REMARK CALL SPAN", "GONE", "scored"},
    {"comments_of_an_article_are_left_out",
	"<article>" ARTICLE "</article><div class=comments>" P("COMMENT") "</div>", "ONE FOUR",
	"COMMENT", "scored"},
    {"comments_of_a_forum_are_content",
	"<h1>TITLE</h1><div class=comment>" ARTICLE
	"</div><div class=comment>" P("FIVE") "</div>"
					      "<div class=comment>" P("SIX") "</div>",
	"ONE FIVE SIX", "", "scored"},
    {"a_family_that_holds_the_prose_is_trusted_no_more",
	"<div class='sidebar-layout'><div class='sidebar-main'>" ARTICLE "</div></div><p>x</p>",
	"ONE FOUR", "", "scored"},
    {"a_page_that_is_one_form_is_read", "<form>" ARTICLE "<input></form>", "ONE FOUR", "",
	"scored"},
    {"lists_of_things_are_read_whole",
	"<main><h1>TITLE</h1><ul><li><a href=/1>Thing FIRST</a> $1<li><a href=/2>Thing SECOND</a> $2</ul></main>"
	"<footer>FOOT</footer>",
	"TITLE FIRST SECOND", "FOOT", "semantic"},
    {"lists_of_links_in_prose_are_pruned", "<div>" ARTICLE "<div>MORE" LINKS "</div></div>",
	"ONE FOUR", "Third", "scored"},
    {"lists_of_words_in_prose_stay", "<div>" ARTICLE "<ul><li>ITEM</ul></div>", "ONE ITEM", "",
	"scored"},
    {"noscript_is_content_when_it_holds_the_page",
	"<div>Loading</div><noscript>" ARTICLE "</noscript>", "ONE FOUR", "", "noscript"},
    {"noscript_beside_a_page_is_nothing", ARTICLE "<noscript>ENABLE scripts</noscript>", "ONE FOUR",
	"ENABLE", "scored"},
    {"a_page_hidden_until_its_script_ran_is_read",
	"<div hidden id='S:0'>" ARTICLE "</div><div>Loading</div>", "ONE FOUR", "", "scored"},
    {"what_react_streams_is_shown",
	"<div>" ARTICLE "</div><template id='B:1f'></template><div hidden id='S:1f'>" P(
	    "STREAMED") "</div><div hidden id='S:x'>HIDDEN</div>",
	"ONE STREAMED", "HIDDEN", "scored"},
    {"hidden_parts_are_left_out",
	ARTICLE "<div hidden>HIDDEN</div><div style='display:none'>GONE</div>", "ONE FOUR",
	"HIDDEN GONE", "scored"},
    {"an_empty_page_has_no_content", "<script>x</script>", "", "", "none"},
    {"a_short_page_is_read_whole", "<p>HELLO world</p>", "HELLO world", "", "body"},
};

static void
rules_open(struct page_fixture *p, const char *html)
{
	struct content_hints h = {.rules_only = true};
	struct err err = ERR_INIT;

	page_open(p, html, true);
	assert_int_equal(content_find(&p->t, &p->a, &h, &p->c, &err), 0);
}

static void
one_case(void **state)
{
	const struct content_case *c = *state;
	struct page_fixture p;
	const char *text;

	rules_open(&p, c->html);
	text_write(&p.t, &p.c, &p.out);
	text = p.out.p ? p.out.p : "";
	assert_true(each_word(c->kept, text, true));
	assert_true(each_word(c->left_out, text, false));
	assert_string_equal(p.c.method, c->method);
	assert_true(p.c.quality >= 0 && p.c.quality <= 1);
	page_close(&p);
}

static void
the_whole_page_keeps_everything_visible(void **state)
{
	struct page_fixture p;

	(void)state;
	page_open(&p, "<nav>NAV</nav>" ARTICLE "<footer>FOOT</footer><p hidden>GONE</p>", true);
	text_write(&p.t, &p.c, &p.out);
	assert_true(each_word("NAV ONE FOUR FOOT", p.out.p, true));
	assert_true(each_word("GONE", p.out.p, false));
	page_close(&p);
}

static void
quality_tells_prose_from_nothing(void **state)
{
	struct page_fixture good, bad, none;

	(void)state;
	rules_open(&good, "<article>" ARTICLE ARTICLE ARTICLE "</article>");
	rules_open(&bad, LINKS LINKS);
	rules_open(&none, "");
	assert_true(good.c.quality > 0.8);
	assert_true(bad.c.quality < 0.3);
	assert_true(none.c.quality == 0);
	assert_int_equal(none.c.words, 0);
	page_close(&good);
	page_close(&bad);
	page_close(&none);
}

static void
words_are_counted_in_every_script(void **state)
{
	static const struct {
		const char *html;
		uint32_t words;
	} rows[] = {
	    {"<p>one two, three-four</p>", 4},
	    {"<p>don’t “quote” — dash</p>", 4},
	    {"<p>日本語、です。</p>", 5},
	    {"<p>пример текста</p>", 2},
	    {"<p>한국어 단어</p>", 2},
	    {"<p>a&nbsp;b</p>", 2},
	};
	struct page_fixture p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		page_open(&p, rows[i].html, true);
		assert_int_equal(p.c.words, rows[i].words);
		page_close(&p);
	}
}

static uint32_t
class_keywords(struct sv value)
{
	return (uint32_t)class_families(value) & ((1u << KW_COUNT) - 1);
}

static void
class_words_are_split_at_case_and_punctuation(void **state)
{
	(void)state;
	assert_int_equal(class_keywords(SV("siteNav")), KW(NAV));
	assert_int_equal(class_keywords(SV("main-NAV_bar x:footer")), KW(NAV) | KW(FOOTER));
	assert_int_equal(class_keywords(SV("navy canvas renavigate")), 0);
	assert_int_equal(class_keywords(SV("Sidebar2")), KW(SIDEBAR));
	assert_int_equal(class_keywords(SV("")), 0);
}

// Values are read in blocks; what stands behind one is none of it.
static void
class_words_are_found_at_any_place(void **state)
{
	static const char *const fillers[] = {"x-", "-", "A", "letters"};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(fillers); k++)
		for (size_t n = 0; n < 200; n++) {
			const size_t at = n + 1, end = at + strlen("sidebar");
			cleanup_free char *all = xmalloc(end + 100), *alone = xmalloc(end);

			for (size_t i = 0; i < n; i++)
				all[i] = fillers[k][i % strlen(fillers[k])];
			all[n] = '-';
			memcpy(all + at, "sidebar", strlen("sidebar"));
			memset(all + end, 's', 100);
			memcpy(alone, all, end);
			assert_int_equal(class_keywords((struct sv){alone, end}), KW(SIDEBAR));
			assert_int_equal(class_keywords((struct sv){alone, end - 1}), 0);
			assert_true(class_families_before((struct sv){all, end}, all + end + 100) ==
				    class_families((struct sv){alone, end}));
		}
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 5];
	size_t n = 0;

	for (; n < ARRAY_LEN(cases); n++)
		tests[n] = (struct CMUnitTest){.name = cases[n].name,
		    .test_func = one_case,
		    .initial_state = (void *)&cases[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_whole_page_keeps_everything_visible);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(quality_tells_prose_from_nothing);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(words_are_counted_in_every_script);
	tests[n++] =
	    (struct CMUnitTest)cmocka_unit_test(class_words_are_split_at_case_and_punctuation);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(class_words_are_found_at_any_place);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
