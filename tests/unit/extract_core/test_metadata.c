// SPDX-License-Identifier: Apache-2.0
// Metadata: which source wins, and what is refused as title, author, date.
#include "page_fixture.h"

#include "extract/meta/metadata.h"
#include "extract/meta/structured/structured.h"

struct reading {
	struct fixture f;
	struct metadata m;
	cJSON *schema;
};

static void
reading_open(struct reading *r, const char *html, const char *url)
{
	fixture_open(&r->f, html, url);
	r->schema = schema_read(&r->f.p);
	r->f.p.schema = r->schema;
	metadata_read(&r->f.p, &r->m);
}

static void
reading_close(struct reading *r)
{
	cJSON_Delete(r->schema);
	fixture_close(&r->f);
}

#define FACT_CHECK(name, member)                                                                   \
	static void name(const char *html, const char *expected)                                   \
	{                                                                                          \
		struct reading r;                                                                  \
                                                                                                   \
		reading_open(&r, html, "https://www.example.org/x");                               \
		if (expected)                                                                      \
			assert_sv(r.m.member, expected);                                           \
		else                                                                               \
			assert_null(r.m.member.p);                                                 \
		reading_close(&r);                                                                 \
	}
FACT_CHECK(title_is, title)
FACT_CHECK(byline_is, byline)
FACT_CHECK(published_is, published)
FACT_CHECK(site_is, site_name)
FACT_CHECK(description_is, description)
FACT_CHECK(language_is, language)

#define LD(text) "<script type='application/ld+json'>" text "</script>"

static void
a_confirmed_h1_is_the_title(void **state)
{
	(void)state;
	title_is("<title>The Big Story | Site</title><h1>Site</h1><h1>The <i>Big</i> Story</h1>",
	    "The Big Story");
	title_is(
	    "<title>x</title><meta property=og:title content='The Big Story'><h1>The Big Story</h1>",
	    "The Big Story");
	title_is("<title>The Big Story</title><h1 hidden>Big Story</h1><h1>Big</h1>", "Big");
}

static void
without_one_headline_then_title_without_site(void **state)
{
	(void)state;
	title_is(
	    "<title>Other</title>" LD(
		"{\"@type\":\"NewsArticle\",\"headline\":\"From data\"}") "<h1>Unrelated words</h1>",
	    "From data");
	title_is("<title>A story - Example</title><meta property=og:site_name content=Example>",
	    "A story");
	title_is("<title>Example: home | A story</title>", "Example: home");
	title_is(
	    "<meta property=og:title content='A story | Example'><meta property=og:site_name content=Example>",
	    "A story");
	title_is("<title>State-of-the-art</title>", "State-of-the-art");
	title_is(
	    "<title>Winter tyres (Workbench tales)</title><h1><a href=/>Workbench tales</a></h1><h1>Winter tyres</h1>",
	    "Winter tyres");
	title_is("<p>nothing", NULL);
}

static void
authors_come_from_the_best_source(void **state)
{
	(void)state;
	byline_is("<a rel=author href=/a>Jane Doe</a><meta name=author content='Other Name'>",
	    "Jane Doe");
	byline_is(
	    LD("{\"@type\":\"Article\",\"author\":[{\"@type\":\"Person\",\"name\":\"Jane Doe\"},{\"name\":\"John Roe\"}]}"),
	    "Jane Doe, John Roe");
	byline_is(
	    LD("{\"@graph\":[{\"@type\":\"Article\",\"author\":{\"@id\":\"#p\"}},{\"@id\":\"#p\",\"@type\":\"Person\",\"name\":\"Jane Doe\"}]}"),
	    "Jane Doe");
	byline_is("<meta name=author content='By Jane Doe and John Roe'>", "Jane Doe, John Roe");
	byline_is(
	    "<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Jane Doe'>",
	    "Jane Doe");
	byline_is(
	    "<div class=post-author>By <a href=/u>Jane Doe</a> on May 3, 2024</div>", "Jane Doe");
	byline_is("<p class=byline>By JANE DOE | 3 May 2024</p>", "JANE DOE");
	byline_is("<h1>T</h1><p>By Jane Doe</p>", "Jane Doe");
	byline_is("<article data-author=user42><p>x</p></article>", "user42");
}

static void
a_lower_heading_beats_the_sites_banner(void **state)
{
	struct reading r;

	(void)state;
	title_is(
	    "<title>A brief intro to git \xe2\x80\xa2 Jane Doe</title><h1>Jane Doe</h1><h2>A brief intro to git</h2>",
	    "A brief intro to git");
	title_is(
	    "<title>What is ownership? - The Book</title><h1>The Book</h1><h2>What is ownership?</h2><h2>Rules</h2>",
	    "What is ownership?");
	title_is("<title>All about cats</title><h1>All about cats</h1><h2>Cats sleep</h2>",
	    "All about cats");
	title_is("<title>View topic - A long question</title><h1>x</h1>", "A long question");
	title_is("<title>Guide</title><h1>Guide\xc2\xb6</h1>", "Guide");
	title_is(LD("{\"@type\":\"Article\",\"headline\":\"It&#8217;s here &amp; now\"}"),
	    "It\xe2\x80\x99s here & now");
	reading_open(&r,
	    "<title>The Gang » Archive » Stand up</title><h1><a href=/blogs/gang/>The Gang</a></h1>"
	    "<h2>Stand up</h2>",
	    "https://www.example.org/blogs/gang/2013/stand-up/");
	assert_sv(r.m.title, "Stand up");
	reading_close(&r);
}

static void
authors_are_a_list_and_a_byline(void **state)
{
	struct reading r;

	(void)state;
	reading_open(&r,
	    "<p class=byline>By Jane Doe, MD, PhD, John Roe and Max van der Berg | 3 May 2024</p>",
	    "https://www.example.org/x");
	assert_sv(r.m.byline, "Jane Doe, MD, PhD, John Roe, Max van der Berg");
	assert_int_equal(r.m.n_authors, 3);
	assert_sv(r.m.authors[0], "Jane Doe");
	assert_sv(r.m.authors[2], "Max van der Berg");
	reading_close(&r);
	byline_is("<h1>T</h1><div><p>Written by</p><p>Jane Doe</p><p>Editor</p></div>", "Jane Doe");
	byline_is("<h1>T</h1><div><span>By</span><span>Jane Doe</span></div>", "Jane Doe");
	byline_is("<h1>T</h1><p>By <b>Jane Doe</b>, <b>Ann Poe</b> and <b>John Roe</b></p>",
	    "Jane Doe, Ann Poe, John Roe");
	byline_is("<h1>T</h1><p>By <b>Jane Doe</b>, Editor</p>", "Jane Doe");
	byline_is("<h1>T</h1><p>Some words, then text by Jane Doe who knows.</p>", NULL);
	byline_is("<a rel=author href=/j>View all posts by Jane Doe</a>", "Jane Doe");
	byline_is(
	    "<meta name=citation_author content='Doe, Jane'><meta name=citation_author content='Roe, John'>",
	    "Jane Doe, John Roe");
	byline_is(
	    LD("{\"@type\":\"Article\",\"author\":{\"@type\":\"Organization\",\"name\":\"Center for Health and Research\"}}"),
	    "Center for Health and Research");
	byline_is(
	    "<meta property=og:site_name content='The Site'><meta name=author content='The Site'>",
	    "The Site");
	byline_is(
	    "<meta property=og:site_name content='The Site'><meta name=author content='The Site'>"
	    "<div class=author-name>Jane Doe</div>",
	    "Jane Doe");
	byline_is(
	    "<div class=author><b>Jane Doe</b><span>Senior Content Manager of this and of many other things that we do</span></div>",
	    "Jane Doe");
	reading_open(&r,
	    "<h1>Q</h1><a class=username href=/u>jd_42</a><a class=username href=/v>other</a>",
	    "https://forum.example.org/threads/q.1/");
	assert_sv(r.m.byline, "jd_42");
	reading_close(&r);
}

static void
authors_stand_in_lines_of_many_languages(void **state)
{
	(void)state;
	byline_is("<h1>T</h1><small>February 27th, 2008 by Kim Roe</small>", "Kim Roe");
	byline_is("<h1>T</h1><p>12.03.2014 | von Max Muster</p>", "Max Muster");
	byline_is("<h1>T</h1><p>On 3 May 2008 by the river</p>", NULL);
	byline_is("<h1>T</h1><p>Submitted by Ann Lee on Tue, 03/29/2011 - 14:05</p>", "Ann Lee");
	byline_is("<h1>T</h1><div>Geschrieben von Kai Ost um 17:02</div>", "Kai Ost");
	byline_is("<h1>T</h1><div>Scritto da Gino Rossi il 30 ottobre 2012</div>", "Gino Rossi");
	byline_is("<h1>T</h1><p>Publié par Léa Petit le 3 mai 2012</p>", "Léa Petit");
	byline_is("<span class=author><a>10:22 AM</a></span>", NULL);
	byline_is("<h1>T</h1><span class=article_auteur>Léa Petit</span>", "Léa Petit");
	byline_is("<h1>T</h1><p class=szerzo>Nagy Anna</p>", "Nagy Anna");
	byline_is(
	    "<html lang=es><h1>T</h1><p class=firma><em>Ana Gil</em> | <span>Madrid</span></p>",
	    "Ana Gil");
	byline_is("<html lang=de><h1>T</h1><p class=firma>Muster und Sohn</p>", NULL);
}

static void
names_stand_apart_from_publishers_and_marks(void **state)
{
	(void)state;
	byline_is("<meta name=author content='Doug Roe, EXAMPLE'>", "Doug Roe");
	byline_is(
	    "<meta property=og:site_name content='The Daily'><p class=byline>By Doug Roe, The Daily</p>",
	    "Doug Roe");
	byline_is(
	    "<meta name=dc.creator content='Doe, Jane'><meta name=dc.creator content='Roe, J.'>",
	    "Jane Doe, J. Roe");
	byline_is("<meta name=dc.creator content='Jane Doe, John Roe'>", "Jane Doe, John Roe");
	byline_is("<h1>T</h1><a href=/contributor-network/>Contributor Network</a>", NULL);
	byline_is("<h1>T</h1><a href=/contributor/jane>Jane Doe</a>", "Jane Doe");
	byline_is("<div class=byline>9:39AM BST 05 Oct 2011</div>", NULL);
	byline_is("<meta name=creator content='rfcmarkup version 1.118'>", NULL);
}

static void
what_is_no_author_is_refused(void **state)
{
	(void)state;
	byline_is("<meta name=author content='https://example.org/jane'>", NULL);
	byline_is("<meta name=author content=admin>", NULL);
	byline_is("<meta name=author content='@jane'>", NULL);
	byline_is("<meta name=twitter:creator content='Jane Doe'>", NULL);
	byline_is("<div class=comments><span class=author>Troll</span></div>", NULL);
	byline_is(
	    "<div class=author>we write about many things that matter to all of you</div>", NULL);
	byline_is("<p class=byline>May 3, 2024</p>", NULL);
	byline_is("<style class=author>.x{}</style>", NULL);
}

static void
dates_come_from_the_best_source(void **state)
{
	struct reading r;

	(void)state;
	published_is("<meta property=article:published_time content=2024-01-31T10:00:00Z>",
	    "2024-01-31T10:00:00Z");
	published_is(
	    LD("{\"@type\":\"Article\",\"dateModified\":\"2025-01-01\",\"datePublished\":\"2024-01-31\"}"),
	    "2024-01-31");
	published_is("<meta itemprop=datePublished content=2024-01-31>", "2024-01-31");
	published_is("<time datetime=2024-01-31>x</time>", "2024-01-31");
	published_is(
	    "<div class=comment><time datetime=2023-01-31>x</time></div><time datetime=2024-01-31>x</time>",
	    "2024-01-31");
	published_is("<span class=post-date>31 January 2024</span>", "2024-01-31");
	published_is("<h1>T</h1><p>Jan 31, 2024 &middot; 5 min read</p>", "2024-01-31");
	published_is(
	    "<p>Updated <time datetime=2025-02-02>x</time></p><time datetime=2024-01-31>x</time>",
	    "2024-01-31");
	published_is("<meta property=article:modified_time content=2024-01-31>", "2024-01-31");
	published_is("<meta property=article:published_time content=2030-01-31>", NULL);
	published_is("<html lang=en-GB><span class=date>3/4/2024</span>", "2024-04-03");
	reading_open(&r, "<time datetime=2024-05-05>x</time>", "https://example.org/2024/01/31/t");
	assert_sv(r.m.published, "2024-01-31");
	reading_close(&r);
}

static void
the_visible_date_stands_beside_the_heading(void **state)
{
	struct reading r;

	(void)state;
	published_is(
	    "<ul><li><a href=/o><h3>Other</h3><time datetime=2023-01-01>x</time></a></li></ul>"
	    "<h1>T</h1><p>Jan 31, 2024</p>",
	    "2024-01-31");
	published_is(
	    "<h1>T</h1><p>Updated Feb 3, 2024</p><p>Published Jan 31, 2024</p>", "2024-01-31");
	published_is("<h1>T</h1><p>Updated</p><p>Feb 3, 2024</p>", "2024-02-03");
	published_is("<h1>T</h1><p>Joined: Feb 3, 2020</p><p>Feb 4, 2024</p>", "2024-02-04");
	published_is("<h1>T</h1><p><span>31</span> <span>January</span> <span>2024</span></p>",
	    "2024-01-31");
	published_is("<html lang=de><h1>T</h1><p>ver\xc3\xb6"
		     "ffentlicht am 3. M\xc3\xa4rz 2024</p>",
	    "2024-03-03");
	published_is("<h1>T</h1><aside><time datetime=2024-01-31>x</time></aside>", "2024-01-31");
	// a migration's date in the structured data is later than what the page shows
	published_is(
	    LD("{\"@type\":\"Article\",\"headline\":\"T\",\"datePublished\":\"2025-06-24\"}") "<h1>T</h1><p class=date>Aug 25, 2024</p>",
	    "2024-08-25");
	published_is("<h1>T</h1><script>var x={\"publishedAt\":\"2024-01-31T10:00:00Z\"}</script>",
	    "2024-01-31T10:00:00Z");
	published_is(
	    "<meta property=og:type content=product><h1>T</h1><footer>since 3 May 2001</footer>",
	    NULL);
	published_is("<meta name=date content=2024-01><h1>T</h1><p>Feb 3, 2025</p>", "2024-01");
	published_is("<meta name=date content=2024-01><h1>T</h1><p>Jan 31, 2024</p>", "2024-01-31");
	published_is("<abbr data-utime=1706691907>x</abbr>", "2024-01-31T09:05:07Z");
	reading_open(&r,
	    "<html lang=en><meta property=og:locale content=en_GB><p class=date>3/4/2024</p>",
	    NULL);
	assert_sv(r.m.published, "2024-04-03");
	reading_close(&r);
}

static void
changes_are_told_apart(void **state)
{
	struct reading r;

	(void)state;
	reading_open(&r,
	    "<meta property=article:published_time content=2024-01-31>"
	    "<meta property=article:modified_time content=2024-02-03>",
	    NULL);
	assert_sv(r.m.published, "2024-01-31");
	assert_sv(r.m.modified, "2024-02-03");
	reading_close(&r);
	reading_open(
	    &r, "<h1>T</h1><p>Published Jan 31, 2024</p><p>Last updated: Feb 3, 2024</p>", NULL);
	assert_sv(r.m.published, "2024-01-31");
	assert_sv(r.m.modified, "2024-02-03");
	reading_close(&r);
	reading_open(&r, "<h1>T</h1><p>Jan 31, 2024</p>", NULL);
	assert_null(r.m.modified.p);
	reading_close(&r);
}

static void
addresses_of_the_page_are_absolute(void **state)
{
	struct reading r;
	cJSON *o = json_obj();

	(void)state;
	reading_open(&r,
	    "<link rel=canonical href=/c><link rel='shortcut icon' href=/16.ico sizes=16x16><link rel=icon href=/64.png sizes=64x64>"
	    "<link rel=apple-touch-icon href=/a.png><link rel=alternate type=application/rss+xml href=/feed title='The feed'>"
	    "<link rel=alternate hreflang=de href=/de><meta property=og:image content=1.png><meta name=twitter:image content=/dir/1.png>" LD(
		"{\"@type\":\"Article\",\"headline\":\"x\",\"image\":[{\"url\":\"/2.png\"},\"/3.png\"]}"),
	    "https://example.org/dir/p");
	assert_sv(r.m.canonical, "https://example.org/c");
	assert_sv(r.m.favicon, "https://example.org/64.png");
	assert_int_equal(r.m.n_images, 3);
	assert_sv(r.m.images[0], "https://example.org/dir/1.png");
	assert_sv(r.m.images[2], "https://example.org/3.png");
	assert_int_equal(r.m.n_feeds, 1);
	metadata_write(&r.f.p, &r.m, o);
	assert_json(cJSON_DetachItemFromObject(o, "feeds"),
	    "[{\"url\":\"https://example.org/feed\",\"title\":\"The feed\",\"type\":\"application/rss+xml\"}]");
	assert_json(cJSON_DetachItemFromObject(o, "twitter"), "{\"twitter:image\":\"/dir/1.png\"}");
	assert_json(cJSON_DetachItemFromObject(o, "authors"), "[]");
	assert_json(o,
	    "{\"modified_iso\":null,\"canonical_url\":\"https://example.org/c\","
	    "\"images\":[\"https://example.org/dir/1.png\",\"https://example.org/2.png\",\"https://example.org/3.png\"],"
	    "\"favicon\":\"https://example.org/64.png\",\"open_graph\":{\"og:image\":[{\"url\":\"1.png\"}]},\"dublin_core\":{}}");
	reading_close(&r);
}

static void
site_and_description_have_their_order(void **state)
{
	(void)state;
	site_is("<meta property=og:site_name content='The Site'><title>x | Example</title>",
	    "The Site");
	site_is(LD("{\"@type\":\"WebSite\",\"name\":\"From data\"}"), "From data");
	site_is("<title>A story | Example Org</title>", "example.org");
	site_is("<title>A story | Example.org</title>", "Example.org");
	site_is("<p>", "example.org");
	description_is(
	    "<meta name=description content=' A  page. '><meta property=og:description content='Of OG.'>",
	    "Of OG.");
	description_is("<meta name=description content=' A  page. '>", "A page.");
	description_is("<p>x", NULL);
	description_is(
	    "<h1>T</h1><p>short</p><p>A paragraph that is long enough to say what the page is about, in a "
	    "sentence of its own.</p>",
	    "A paragraph that is long enough to say what the page is about, in a sentence of its own.");
	description_is(
	    "<h1>T</h1><nav>Home</nav><div>A text in a block of its own that is surely long enough to say what the page "
	    "is about,<br>without a <i>paragraph</i>.</div>",
	    "A text in a block of its own that is surely long enough to say what the page is about, without a paragraph.");
	description_is(
	    "<div>Home<h1>T</h1>A text beside the heading that is surely long enough to say what the page "
	    "is about,\n without a <i>paragraph</i>.<br>More.</div>",
	    "A text beside the heading that is surely long enough to say what the page is about, without a paragraph.");
}

static void
what_was_escaped_once_too_often_is_read(void **state)
{
	struct reading r;

	(void)state;
	description_is("<meta name=description content='Boomer &amp;amp; Craig&amp;nbsp;met'>",
	    "Boomer & Craig met");
	description_is("<meta name=description content='More at <a href=\"/x\">our shop</a>.'>",
	    "More at our shop.");
	description_is(
	    "<meta name=description content='The &lt;b&gt; element'>", "The <b> element");
	byline_is("<meta name=author content='Ann O&amp;#39;Brien'>", "Ann O'Brien");
	site_is("<meta property=og:site_name content='Q&amp;amp;A'>", "Q&A");
	site_is("<meta property=og:site_name content='The Cafe | '>", "The Cafe");
	site_is("<meta property=og:site_name content='Der Laden –'>", "Der Laden");
	site_is("<meta property=og:site_name content='The Shop -'>", "The Shop");
	site_is("<meta property=og:site_name content='A-'>", "A-");
	site_is("<meta property=og:site_name content=' |'>", "|");
	reading_open(&r,
	    "<meta property=og:image content='https://example.org/a?b=1&amp;amp;c=2'>"
	    "<meta name=news_keywords content='editor&amp;#39;s picks, money'>",
	    "https://www.example.org/x");
	assert_int_equal(r.m.n_categories, 2);
	assert_sv(r.m.categories[0], "editor's picks");
	assert_sv(r.m.images[0], "https://example.org/a?b=1&c=2");
	reading_close(&r);
}

static void
the_indent_of_the_source_says_no_language(void **state)
{
	static const char *const blank =
	    "\n                                                        <i></i>";
	cleanup_buf html = BUF_INIT;

	(void)state;
	for (int i = 0; i < 400; i++)
		buf_str(&html, blank);
	for (int i = 0; i < 4; i++)
		buf_str(&html,
		    "<p>This is the story of a man who was not the best of all men but he had the heart of "
		    "a lion, and it is for this that we are here to tell you what he did.</p>");
	buf_add(&html, "", 1);
	language_is(html.p, "en");
}

static void
a_name_is_no_address_and_no_description(void **state)
{
	(void)state;
	site_is("<meta property=og:site_name content='http://www.example.org'>", "example.org");
	site_is("<meta property=og:site_name content='https://example.org/'><meta "
		"name=application-name content='The Site'>",
	    "The Site");
	description_is("<meta property=og:site_name content=Site><meta property=og:description "
		       "content=Site><meta name=description content='What it is.'>",
	    "What it is.");
}

static void
categories_are_collected_once(void **state)
{
	struct reading r;

	(void)state;
	reading_open(&r,
	    LD("{\"@type\":\"Article\",\"articleSection\":[\"News\",\"World\"],\"keywords\":\"a, b\"}") "<meta property=article:tag content=b><meta property=article:tag content=C><a rel=tag>d</a><a rel='nofollow tag'>NEWS</a><a rel=tag>Uncategorized</a><a rel=tag>Category: News</a>",
	    NULL);
	assert_int_equal(r.m.n_categories, 6);
	assert_sv(r.m.categories[0], "News");
	assert_sv(r.m.categories[1], "World");
	assert_sv(r.m.categories[2], "a");
	assert_sv(r.m.categories[3], "b");
	assert_sv(r.m.categories[4], "C");
	assert_sv(r.m.categories[5], "d");
	reading_close(&r);
	reading_open(
	    &r, "<ol class=breadcrumbs><li><a>Home</a><li><a>Shoes</a><li><a>Boots</a></ol>", NULL);
	assert_int_equal(r.m.n_categories, 2);
	assert_sv(r.m.categories[0], "Shoes");
	reading_close(&r);
	reading_open(&r,
	    "<title>Red boot | Shop</title>" LD(
		"{\"@type\":\"BreadcrumbList\",\"itemListElement\":[{\"@type\":\"ListItem\",\"name\":\"Home\",\"item\":\"/\"},"
		"{\"@type\":\"ListItem\",\"item\":{\"@id\":\"/s\",\"name\":\"Shoes\"}},{\"@type\":\"ListItem\",\"name\":\"Red boot\"}]}") "<ol class=breadcrumbs><li><a>x</a><li><a>y</a></ol>",
	    NULL);
	assert_int_equal(r.m.n_categories, 1);
	assert_sv(r.m.categories[0], "Shoes");
	reading_close(&r);
	reading_open(&r,
	    "<ol vocab='https://schema.org/' typeof=BreadcrumbList><li property=itemListElement typeof=ListItem>"
	    "<a property=item typeof=WebPage href=/n><span property=name>News</span></a></li></ol>",
	    NULL);
	assert_int_equal(r.m.n_categories, 1);
	assert_sv(r.m.categories[0], "News");
	reading_close(&r);
}

static void
tags_and_crumbs_are_told_from_what_surrounds_them(void **state)
{
	struct reading r;

	(void)state;
	reading_open(&r,
	    "<h1>T</h1><p>See <a href=/tag/x>x</a>, as we said long before this very page.</p><p>More.</p>"
	    "<p>Tags: <a href=/tag/a>#Alpha</a>, <a href=/tag/b>Beta</a></p><p>And now</p><p>for more: "
	    "<a href=/tag/c>Gamma</a>",
	    NULL);
	assert_int_equal(r.m.n_categories, 2);
	assert_sv(r.m.categories[0], "Alpha");
	assert_sv(r.m.categories[1], "Beta");
	reading_close(&r);
	reading_open(&r,
	    "<div id=breadcrumb_ctr><div id=breadcrumb><a href=/>Home</a> <span class=breadcrumb-item>"
	    "<a href=/s>Shoes</a></span></div><a href=#>Print</a></div>",
	    NULL);
	assert_int_equal(r.m.n_categories, 1);
	assert_sv(r.m.categories[0], "Shoes");
	reading_close(&r);
}

static void
open_graph_groups_what_belongs_together(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f,
	    "<meta property=og:title content=T><meta property=og:image content=/1.png><meta property=og:image:width content=10>"
	    "<meta property=og:image content=/2.png><meta property=article:tag content=a><meta property=article:tag content=b>"
	    "<meta name=description content=no>",
	    NULL);
	assert_json(opengraph_read(&f.p),
	    "{\"og:title\":\"T\",\"og:image\":[{\"url\":\"/1.png\",\"width\":\"10\"},{\"url\":\"/2.png\"}],"
	    "\"article:tag\":[\"a\",\"b\"]}");
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_confirmed_h1_is_the_title),
	    cmocka_unit_test(without_one_headline_then_title_without_site),
	    cmocka_unit_test(a_lower_heading_beats_the_sites_banner),
	    cmocka_unit_test(authors_come_from_the_best_source),
	    cmocka_unit_test(authors_are_a_list_and_a_byline),
	    cmocka_unit_test(authors_stand_in_lines_of_many_languages),
	    cmocka_unit_test(names_stand_apart_from_publishers_and_marks),
	    cmocka_unit_test(what_is_no_author_is_refused),
	    cmocka_unit_test(dates_come_from_the_best_source),
	    cmocka_unit_test(changes_are_told_apart),
	    cmocka_unit_test(the_visible_date_stands_beside_the_heading),
	    cmocka_unit_test(site_and_description_have_their_order),
	    cmocka_unit_test(what_was_escaped_once_too_often_is_read),
	    cmocka_unit_test(a_name_is_no_address_and_no_description),
	    cmocka_unit_test(the_indent_of_the_source_says_no_language),
	    cmocka_unit_test(addresses_of_the_page_are_absolute),
	    cmocka_unit_test(categories_are_collected_once),
	    cmocka_unit_test(tags_and_crumbs_are_told_from_what_surrounds_them),
	    cmocka_unit_test(open_graph_groups_what_belongs_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
