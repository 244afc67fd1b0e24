// SPDX-License-Identifier: Apache-2.0
// The built-in model on pages as they are written: what must stay, what must go, and what is told.
#include "content_testing.h"
#include "extract/content/model/signals.h"

#include <math.h>

#define NAV                                                                                            \
	"<header class='site-header'><a class=logo href=/>Daily Example</a><nav class='main-nav'><ul>" \
	"<li><a href=/news>NAVNEWS</a><li><a href=/sport>Sport</a><li><a href=/money>Money</a>"        \
	"<li><a href=/travel>Travel</a><li><a href=/about>About us</a></ul></nav></header>"
#define FOOTER                                                                                               \
	"<footer class=site-footer><ul><li><a href=/privacy>Privacy policy</a><li><a href=/terms>Terms "     \
	"of use</a><li><a href=/contact>FOOTCONTACT</a></ul><p>\xc2\xa9 2026 Daily Example Ltd. All rights " \
	"reserved.</p></footer><div class='cookie-banner'><p>We use COOKIES to improve your experience. "    \
	"By continuing you accept our cookie policy.</p><button>Accept all</button></div>"
#define RELATED                                                                                               \
	"<aside class='related-posts'><h3>More stories</h3><ul><li><a href=/a>RELATEDONE council votes on "   \
	"harbour plan</a><li><a href=/b>Storm closes coastal road again</a><li><a href=/c>School wins prize " \
	"for garden</a></ul></aside>"
#define PARA(word, rest)                                                                            \
	"<p>" word                                                                                  \
	" the keeper of the lighthouse had written down every ship that passed, with its name, "    \
	"its cargo and the weather of the day, in a book that nobody was ever meant to read. " rest \
	"</p>"
#define STORY                                                                                      \
	PARA("FIRST", "It was found last week, when the roof was mended, by two carpenters.")      \
	PARA("SECOND", "The entries begin in 1871 and end, without a word of why, on a Sunday.")   \
	PARA("THIRD", "Historians from the university have begun to copy it, page by page.")       \
	"<h2>SUBHEADING in the middle</h2>" PARA(                                                  \
	    "FOURTH", "Some of the ships that it names are in no other register of the time.")     \
	    PARA("FIFTH", "The town wants to show the book in its museum from next summer on.")

#define PICTURES                                                                                    \
	"<p>MIXED words, which are shown, <span style='display:none'>UNSEEN</span> and read by "    \
	"anybody who comes to the page for the story of the keeper, his ships and his weather.</p>" \
	"<figure><img src=/ship.jpg alt=SHIP></figure><figure><img src=/roof.jpg alt=ROOF>"         \
	"<figcaption>Photo</figcaption></figure>"

#define ARTICLE_PAGE                                                                                            \
	"<!doctype html><html lang=en><head><title>The keeper's book | Daily Example</title>"                   \
	"<meta property=og:type content=article><script type='application/ld+json'>{\"@type\":\"NewsArticle\"}" \
	"</script></head><body>" NAV "<main><article class=post><h1>The keeper's book</h1>"                     \
	"<div class=entry-content>" STORY "</div></article>" RELATED "</main>" FOOTER                           \
	"</body></html>"

#define POST(user, word)                                                                                         \
	"<article class='message message--post'><div class=message-user><h4 class=message-name><a href=/u>" user \
	"</a></h4><div>Member</div></div><div class='message-body bbWrapper'>" PARA(word,                        \
	    "What do you all think, has anybody here seen something like that before?") "</div><footer class=message-actionBar><a href=/like>Like</a> <a href=/reply>Reply</a></footer></article>"
#define FORUM_PAGE                                                                                       \
	"<!doctype html><html lang=en><head><title>Old lighthouse books | Keepers Forum</title>"         \
	"<meta name=generator content=XenForo><script type='application/ld+json'>{\"@type\":"            \
	"\"DiscussionForumPosting\"}</script></head><body>" NAV                                          \
	"<div class=p-body><h1 class=p-title>Old lighthouse books</h1><div class=block--messages>" POST( \
	    "ada", "POSTONE") POST("bob", "POSTTWO") POST("cyd", "POSTTHREE")                            \
	    POST("dan", "POSTFOUR") "</div></div>" FOOTER "</body></html>"

// Its last code stands where content hardly ever does.
#define DOCS_PAGE                                                                                                                                         \
	"<!doctype html><html lang=en><head><title>lamps \xe2\x80\x94 Keepers documentation</title>"                                                      \
	"<meta name=generator content=Sphinx></head><body>" NAV                                                                                           \
	"<div class=sphinxsidebar><h3>Table of contents</h3><ul><li><a href=#a>SIDEONE</a></ul></div>"                                                    \
	"<div class=documentwrapper><div class=body role=main><section id=lamps><h1>lamps</h1>" PARA(                                                     \
	    "PROSE",                                                                                                                                      \
	    "This module counts lamps. It needs no other module.") "<section id=a>"                                                                       \
								   "<h2>Functions</h2><dl class='py function'><dt>lamps.count(tower)</dt><dd><p>Returns " \
								   "how many lamps the tower has.</p><div class=highlight><pre>CODEONE = lamps.count(t)"  \
								   "</pre></div></dd></dl></section></section></div></div><footer class=footer>"          \
								   "<pre>x[0] = y[0]; z = 0x1f\n0 0 1 1\nCODETWO = 1\n</pre></footer>" FOOTER             \
								   "</body></html>"

// What readers wrote under an article, and a forum whose posts are called the same.
#define COMMENT(user, word)                                                                        \
	"<div class=comment><h4 class=user><a href=/u>" user                                       \
	"</a></h4><div class=comment-body>" PARA(word,                                             \
	    "What do you all think, has anybody here seen something like that before?") "</div><a href=/reply>Reply</a></div>"
#define COMMENTED_PAGE                                                                             \
	"<!doctype html><html lang=en><head><title>The keeper's book | Daily Example</title>"      \
	"<meta property=og:type content=article></head><body>" NAV "<main><article class=post>"    \
	"<h1>The keeper's book</h1><div class=entry-content>" STORY "</div></article>"             \
	"<section id=comments>" COMMENT("ada", "COMMENTONE") COMMENT("bob", "COMMENTTWO")          \
	    COMMENT("cyd", "COMMENTTHREE") "</section></main>" FOOTER "</body></html>"
#define COMMENTS_FORUM_PAGE                                                                        \
	"<!doctype html><html lang=en><head><title>Old lighthouse books | Keepers Forum</title>"   \
	"<meta name=generator content=XenForo><script type='application/ld+json'>{\"@type\":"      \
	"\"DiscussionForumPosting\"}</script></head><body>" NAV                                    \
	"<div class=p-body><h1 class=p-title>Old lighthouse books</h1>"                            \
	"<div class=block--messages>" POST("ada", "POSTONE") POST("eve", "POSTTWO")                \
	    COMMENT("bob", "POSTTHREE") COMMENT("cyd", "POSTFOUR")                                 \
		COMMENT("dan", "POSTFIVE") "</div></div>" FOOTER "</body></html>"

// As an older newspaper: no element that says what it is, lists of links as long as the story.
#define BOX(n, word)                                                                               \
	"<div class=kasten><p class=kopf>" word "</p><ul>"                                         \
	"<li><a href=/" n "1>Council votes on the plan for the old harbour</a><li><a href=/" n     \
	"2>Storm closes the coastal road again</a><li><a href=/" n                                 \
	"3>School wins a prize for its "                                                           \
	"garden</a><li><a href=/" n                                                                \
	"4>Ferry to the islands sails in winter, too</a><li><a href=/" n                           \
	"5>Mayor opens the market hall after years of building</a></ul></div>"
#define OLD_PAGE                                                                                    \
	"<html><head><title>The keeper's book</title></head><body><div class=oben><a href=/>Daily " \
	"Example</a></div><div class=mitte><div class=mitte_l><h1>The keeper's book</h1>" STORY     \
	"</div><div class=mitte_r>" BOX("a", "MOSTREAD") BOX("b", "FROMTHETOWN")                    \
	    BOX("c", "SPORTS") BOX("d", "LETTERS")                                                  \
		BOX("e", "MARKETS") "</div></div></body></html>"

static const struct model_case {
	const char *name, *html, *url;
	const char *kept, *left_out; // words, a space apart
	enum page_type type;
} cases[] = {
    {"an_article_without_what_is_around_it", ARTICLE_PAGE, "https://example.org/news/keepers-book",
	"FIRST SECOND THIRD SUBHEADING FOURTH FIFTH", "NAVNEWS FOOTCONTACT COOKIES RELATEDONE",
	PAGE_TYPE_article},
    {"what_is_hidden_in_a_paragraph_is_left_out",
	"<title>The keeper's book</title>" NAV "<main><article>" STORY PICTURES
	"</article></main>" FOOTER,
	"https://example.org/news/keepers-book", "FIRST MIXED", "UNSEEN", PAGE_TYPE_article},
    {"an_article_beside_a_column_that_nothing_names", OLD_PAGE, "",
	"FIRST SECOND THIRD SUBHEADING FOURTH FIFTH", "MOSTREAD FROMTHETOWN SPORTS LETTERS MARKETS",
	PAGE_TYPE_article},
    {"comments_below_an_article_are_left_out", COMMENTED_PAGE,
	"https://example.org/news/keepers-book", "FIRST SECOND THIRD FOURTH FIFTH",
	"NAVNEWS COMMENTONE COMMENTTWO COMMENTTHREE", PAGE_TYPE_article},
    {"posts_that_are_called_comments_stay", COMMENTS_FORUM_PAGE,
	"https://example.org/forum/threads/old-books.12",
	"POSTONE POSTTWO POSTTHREE POSTFOUR POSTFIVE", "NAVNEWS FOOTCONTACT", PAGE_TYPE_forum},
    {"the_posts_of_a_thread", FORUM_PAGE, "https://example.org/forum/threads/old-books.12",
	"POSTONE POSTTWO POSTTHREE POSTFOUR", "NAVNEWS FOOTCONTACT COOKIES", PAGE_TYPE_forum},
    {"the_code_of_documentation", DOCS_PAGE, "https://example.org/docs/library/lamps.html",
	"PROSE CODEONE CODETWO", "NAVNEWS FOOTCONTACT SIDEONE", PAGE_TYPE_documentation},
};

static void
open_with(struct page_fixture *p, const char *html, const char *url)
{
	struct content_hints h = {.url = sv_from(url)};
	struct err err = ERR_INIT;

	page_open(p, html, true);
	assert_int_equal(content_find(&p->t, &p->a, &h, &p->c, &err), 0);
	text_write(&p->t, &p->c, &p->out);
}

static void
one_case(void **state)
{
	const struct model_case *c = *state;
	struct page_fixture p;
	double sum = 0;

	open_with(&p, c->html, c->url);
	assert_true(each_word(c->kept, p.out.p, true));
	assert_true(each_word(c->left_out, p.out.p, false));
	assert_string_equal(p.c.method, "model");
	assert_int_equal(p.c.type, c->type);
	for (unsigned k = 0; k < PAGE_TYPE_COUNT; k++)
		sum += p.c.types[k];
	assert_true(fabs(sum - 1) < 1e-9);
	assert_true(p.c.quality > 0.5 && p.c.quality <= 1);
	assert_true(p.c.expected > 0.5 && p.c.confidence > 0.5 && p.c.agreement > 0.5);
	page_close(&p);
}

static void
everything_kept_hangs_together(void **state)
{
	struct page_fixture p;

	(void)state;
	open_with(&p, FORUM_PAGE, "");
	for (node_id i = 1; i < p.t.n; i++)
		if (p.c.keep[i])
			assert_true(p.c.keep[p.t.nodes[i].parent]);
	assert_true(p.c.keep[p.c.root]);
	for (node_id i = 1; i < p.t.n; i++)
		if (p.c.keep[i] && p.t.nodes[i].kind == NODE_TEXT)
			assert_true(i >= p.c.root && i < p.t.nodes[p.c.root].end);
	page_close(&p);
}

static void
the_same_page_gives_the_same_content(void **state)
{
	struct page_fixture a, b;

	(void)state;
	open_with(&a, ARTICLE_PAGE, "");
	open_with(&b, ARTICLE_PAGE, "");
	assert_int_equal(a.t.n, b.t.n);
	assert_memory_equal(a.c.keep, b.c.keep, a.t.n);
	assert_true(a.c.quality == b.c.quality);
	page_close(&a);
	page_close(&b);
}

// A page of three words under so many elements, beside a story, and the row of these words.
static const uint8_t *
row_below(struct page_fixture *p, struct content_probe *probe, unsigned elements)
{
	struct content_hints h = {.probe = probe};
	cleanup_buf html = BUF_INIT;
	struct err err = ERR_INIT;

	buf_str(&html, "<title>x</title><main><div class=comment>");
	for (unsigned i = 0; i < elements; i++)
		buf_str(&html, "<div>");
	buf_str(&html, "<p>few words here</p>");
	for (unsigned i = 0; i < elements; i++)
		buf_str(&html, "</div>");
	buf_str(&html, "</div>" STORY "</main>");
	page_open_sv(p, buf_view(&html), true);
	assert_int_equal(content_find(&p->t, &p->a, &h, &p->c, &err), 0);
	return probe->rows;
}

// Names by how far up they are, landmarks by their steps, up to sixty; levels where text is added.
static void
rows_tell_what_is_around_blocks(void **state)
{
	static const struct {
		unsigned elements, comment, main;
	} depths[] = {{0, 3, 2}, {1, 2, 3}, {3, 2, 5}, {4, 1, 6}, {58, 1, 60}, {59, 1, 61},
	    {60, 0, 61}, {200, 0, 61}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		struct page_fixture p;
		struct content_probe probe = {0};
		const uint8_t *row = row_below(&p, &probe, depths[i].elements);

		assert_int_equal(row[BLOCK_marks + KW_COMMENT], depths[i].comment);
		assert_int_equal(row[BLOCK_landmarks + LANDMARK_main], depths[i].main);
		assert_int_equal(row[BLOCK_landmarks + LANDMARK_paragraph], 0);
		assert_int_equal(row[BLOCK_landmarks + LANDMARK_nav], 61);
		assert_int_equal(row[BLOCK_level_steps], 0);
		assert_int_equal(row[BLOCK_level_steps + 1],
		    depths[i].elements <= 58 ? depths[i].elements + 2 : SIGNAL_UNKNOWN);
		assert_int_equal(row[BLOCK_level_blocks], sig_log(1));
		page_close(&p);
	}
}

// Of names and families, many of one and few of others.
static void
the_page_tells_how_many_of_its_elements_there_are(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct content_probe probe = {0};
	struct content_hints h = {.probe = &probe};
	struct err err = ERR_INIT;
	struct page_fixture p;

	(void)state;
	buf_str(&html, "<main>" STORY "<pre class=comment>a</pre><code>b</code>");
	for (unsigned i = 0; i < 700; i++)
		buf_str(&html, i % 2 ? "<div class='card author'>x</div>" : "<b class=card>x</b>");
	page_open_sv(&p, buf_view(&html), true);
	assert_int_equal(content_find(&p.t, &p.a, &h, &p.c, &err), 0);
	assert_int_equal(probe.page[PAGE_mains], sig_log(1));
	assert_int_equal(probe.page[PAGE_paragraphs], sig_log(5));
	assert_int_equal(probe.page[PAGE_codes], sig_log(2));
	assert_int_equal(probe.page[PAGE_tables], 0);
	assert_int_equal(probe.page[PAGE_families + KW_AUTHOR], sig_log(350));
	assert_int_equal(probe.page[PAGE_families + KW_COMMENT], sig_log(1));
	assert_int_equal(probe.page[PAGE_families + KW_NAV], 0);
	page_close(&p);
}

static void
few_words_are_left_to_the_rules(void **state)
{
	struct page_fixture p;

	(void)state;
	open_with(&p, "<p>HELLO world</p>", "");
	assert_string_equal(p.c.method, "body");
	assert_int_equal(p.c.type, PAGE_TYPE_other);
	assert_string_equal(page_type_names[p.c.type], "other");
	page_close(&p);
}

static void
pictures_between_paragraphs_are_kept_without_their_captions(void **state)
{
	struct write_opts o = {0};
	struct page_fixture p;

	(void)state;
	page_open(
	    &p, "<title>The keeper's book</title><main><article>" STORY PICTURES STORY, false);
	assert_string_equal(p.c.method, "model");
	markdown_write(&p.t, &p.c, &o, &p.out);
	assert_non_null(strstr(p.out.p, "![SHIP]"));
	assert_non_null(strstr(p.out.p, "![ROOF]"));
	page_close(&p);
}

static void
a_huge_page_is_left_to_the_rules(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct page_fixture p;

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		buf_fmt(&html, "<p>paragraph number %u</p>", i);
	open_with(&p, html.p, "");
	assert_string_equal(p.c.method, "body");
	assert_int_equal(p.c.words, 60000);
	page_close(&p);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(cases) + 7];
	size_t n = 0;

	for (; n < ARRAY_LEN(cases); n++)
		tests[n] = (struct CMUnitTest){.name = cases[n].name,
		    .test_func = one_case,
		    .initial_state = (void *)&cases[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(everything_kept_hangs_together);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_same_page_gives_the_same_content);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(rows_tell_what_is_around_blocks);
	tests[n++] =
	    (struct CMUnitTest)cmocka_unit_test(the_page_tells_how_many_of_its_elements_there_are);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(few_words_are_left_to_the_rules);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    pictures_between_paragraphs_are_kept_without_their_captions);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_huge_page_is_left_to_the_rules);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
