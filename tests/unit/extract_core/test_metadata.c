// SPDX-License-Identifier: Apache-2.0
// Metadata: which source wins, and what is refused as title, author, date.
#include "page_fixture.h"

#include "extract/meta/metadata.h"
#include "extract/meta/structured.h"

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
}

static void
categories_are_collected_once(void **state)
{
	struct reading r;

	(void)state;
	reading_open(&r,
	    LD("{\"@type\":\"Article\",\"articleSection\":[\"News\",\"World\"],\"keywords\":\"a, b\"}") "<meta property=article:tag content=b><meta property=article:tag content=C><a rel=tag>d</a><a rel='nofollow tag'>NEWS</a>",
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
	    cmocka_unit_test(authors_come_from_the_best_source),
	    cmocka_unit_test(what_is_no_author_is_refused),
	    cmocka_unit_test(dates_come_from_the_best_source),
	    cmocka_unit_test(site_and_description_have_their_order),
	    cmocka_unit_test(categories_are_collected_once),
	    cmocka_unit_test(open_graph_groups_what_belongs_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
