// SPDX-License-Identifier: Apache-2.0
// Pages made to be slow or deep, through the whole extractor with every output: in linear time, and
// under 50 ms or with a typed limit where they are not just large. Here a quarter of each; with the
// argument "full" all of it, and a line for each with its time and that of a quarter (./run bench
// hostile).
#include "hostile.h"

#define EVERYTHING                                                                                 \
	"{\"strategies\":[\"full\",\"metadata\",\"json_ld\",\"css_json\",\"xpath\",\"regex\"]}"

// --- pages ---

static const struct page_case {
	const char *name;
	struct text_plan html;
	const char *options; // NULL: defaults
} pages[] = {
    {"nested_divs", {"", "<div>", "x", 500000}, NULL},
    {"nested_divs_whole_page", {"", "<div>", "x", 500000}, EVERYTHING},
    {"attributes", {"<p ", "a%u=b ", ">x", MEGABYTE}, NULL},
    {"unclosed_fonts", {"", "<font size=%u>x", "", 75000}, NULL},
    {"unclosed_b", {"", "<b>x", "", 400000}, NULL},
    {"unclosed_a", {"", "<a href=%u>x", "", 1400000}, NULL},
    {"unclosed_p_and_table", {"", "<p><table>", "x", MEGABYTE}, NULL},
    {"ampersands", {"<p>", "&", "", MEGABYTE}, NULL},
    {"entities", {"<p>", "&amp; ", "", 6 * MEGABYTE}, NULL},
    {"numeric_entities", {"<p>", "&#x1F600;", "", 4 * MEGABYTE}, NULL},
    {"comment", {"<!--", "x - y ", "", 10 * MEGABYTE}, NULL},
    {"comments", {"<p>x", "<!---->", "", MEGABYTE}, NULL},
    {"nested_tables", {"", "<table><tr><td>", "x", MEGABYTE}, NULL},
    {"nested_tables_with_spans", {"", "<table><tr><td rowspan=65534 colspan=1000>", "x", MEGABYTE},
	NULL},
    {"table_of_spans",
	{"<table><tr><th>a<th>b", "<tr><td rowspan=65534 colspan=1000>x", "", MEGABYTE}, NULL},
    {"span_in_each_row", {"<table>", "<tr><td rowspan=65534>a<td>b", "", MEGABYTE}, NULL},
    {"table_of_two_hundred_thousand_rows", {"<table>", "<tr><td>%u<td>x", "</table>", 2900000},
	NULL},
    {"table_of_one_row", {"<table><tr>", "<td>x", "", MEGABYTE}, NULL},
    {"many_tables", {"", "<table><tr><th>a<tr><td>b</table>", "", MEGABYTE}, NULL},
    {"tables_of_a_figure", {"<figure>", "<table><tr><td>a</table>", "</figure>", 4 * MEGABYTE},
	NULL},
    {"text_fostered", {"<table>", "x<tr>", "", MEGABYTE}, NULL},
    {"options", {"<select>", "<option value=%u>x", "</select>", 2300000}, NULL},
    {"foreign_objects", {"", "<svg><foreignObject>", "x", MEGABYTE}, NULL},
    {"template_towers", {"", "<template>", "x", MEGABYTE}, NULL},
    {"template_rows", {"", "<template><tr><td>", "x", MEGABYTE}, NULL},
    {"frames", {"", "<iframe><template data-riptide-frame=x><body><p>x", "", MEGABYTE}, NULL},
    {"shadow_roots", {"", "<template shadowrootmode=open><p>x", "", MEGABYTE}, NULL},
    {"links", {"", "<a href=/%u>link</a> ", "", 1300000}, NULL},
    {"links_of_one_sentence", {"<p>", "word <a href=/%u>link</a>, ", "", 1500000}, NULL},
    {"long_address_around_blocks",
	{"<base href='http://e.org/'><a href='/%0100u'>", "<p>x", "", MEGABYTE}, NULL},
    {"relative_dots", {"<a href='", "../", "'>x</a>", MEGABYTE}, NULL},
    {"images", {"", "<img src=/%u.png alt=x>", "", 1300000}, NULL},
    {"data_image", {"<p>x<img src='data:image/png;base64,", "iVBORw0KGgo", "'>", 5 * MEGABYTE},
	NULL},
    {"data_images",
	{"", "<img src='data:image/png;base64,iVBORw0KGgo%u' srcset='a 1x, b 2x'>", "", MEGABYTE},
	NULL},
    {"srcset", {"<img srcset='", "a%u.png %uw, ", "'>", MEGABYTE}, NULL},
    {"srcset_commas", {"<img srcset='", ",", "'>", MEGABYTE}, NULL},
    {"huge_attribute", {"<p class='", "a b%u ", "'>x", MEGABYTE}, NULL},
    {"huge_class_everywhere",
	{"", "<p class='a%u b c d e f g h i j k l m n o p q r s t u'>x", "", MEGABYTE}, NULL},
    {"huge_style", {"<p style='", "color:red;display:block;", "'>x", MEGABYTE}, NULL},
    {"huge_title", {"<title>", "Word | ", "</title><h1>Word</h1>", MEGABYTE}, NULL},
    {"titles", {"", "<h1>Title %u | Site</h1>", "", MEGABYTE}, NULL},
    {"metas", {"", "<meta name=author content='Ann %u'>", "", MEGABYTE}, NULL},
    {"meta_dates",
	{"", "<meta property=article:published_time content='2020-01-%u'>", "", MEGABYTE}, NULL},
    {"meta_keywords", {"<meta name=keywords content='", "key%u, ", "'>", MEGABYTE}, NULL},
    {"meta_open_graph",
	{"", "<meta property=og:image content='/%u.png'><meta property=og:image:width content=1>",
	    "", MEGABYTE},
	NULL},
    {"bylines", {"", "<p class=byline>By Ann %u and Bob %u</p>", "", MEGABYTE}, NULL},
    {"one_byline", {"<p class=byline>By ", "Ann and ", "</p>", MEGABYTE}, NULL},
    {"times", {"", "<time datetime=2020-01-02T03:04:%u>x</time>", "", MEGABYTE}, NULL},
    {"date_texts", {"<p>", "January 32, 20%u ", "</p>", MEGABYTE}, NULL},
    {"date_digits", {"<p class=date>", "1", "</p>", MEGABYTE}, NULL},
    {"date_separators", {"<p class=date>Published ", "1/-. ", "</p>", MEGABYTE}, NULL},
    {"date_months", {"<p class=date>", "jan feb de of ", "</p>", MEGABYTE}, NULL},
    {"date_attribute", {"<time datetime='", "2020-", "'>x</time>", MEGABYTE}, NULL},
    {"json_ld_arrays", {"<script type=application/ld+json>", "[", "</script>x", 100000}, NULL},
    {"json_ld_objects", {"<script type=application/ld+json>", "{\"a\":", "</script>x", 600000},
	NULL},
    {"json_ld_graph",
	{"<script type=application/ld+json>{\"@graph\":[",
	    "{\"@type\":\"Article\",\"name\":\"n%u\",\"author\":{\"@id\":\"#%u\"}},", "]}</script>",
	    MEGABYTE},
	NULL},
    {"json_ld_same_ids",
	{"<script type=application/ld+json>{\"@graph\":[",
	    "{\"@id\":\"#a\",\"author\":{\"@id\":\"#a\"}},", "]}</script>", MEGABYTE},
	NULL},
    {"json_ld_members",
	{"<script type=application/ld+json>{\"@type\":\"Article\",", "\"k%u\":1,", "}</script>",
	    MEGABYTE},
	NULL},
    {"json_ld_number",
	{"<script type=application/ld+json>{\"@type\":\"Article\",\"v\":", "1", "}</script>",
	    MEGABYTE},
	NULL},
    {"json_ld_string",
	{"<script type=application/ld+json>{\"@type\":\"Article\",\"name\":\"", "\\u00e9\\n",
	    "\"}</script>", MEGABYTE},
	NULL},
    {"json_ld_comments",
	{"<script type=application/ld+json>", "/* */ // x\n", "{}</script>", MEGABYTE}, NULL},
    {"json_ld_roots",
	{"<script type=application/ld+json>", "{\"@type\":\"Thing\"}", "</script>", MEGABYTE},
	NULL},
    {"json_ld_scripts",
	{"", "<script type=application/ld+json>{\"@type\":\"Thing\",\"name\":\"%u\"}</script>", "",
	    MEGABYTE},
	NULL},
    {"json_ld_open_comment", {"<script type=application/ld+json>{", "/*", "</script>", MEGABYTE},
	NULL},
    {"microdata_nested",
	{"", "<div itemscope itemtype=http://schema.org/A itemprop=a>", "x", MEGABYTE}, NULL},
    {"microdata_flat",
	{"<div itemscope itemtype=http://schema.org/A>", "<b itemprop=a%u>x</b>", "", MEGABYTE},
	NULL},
    {"microdata_refs",
	{"<p id=a itemprop=a>x<p id=b itemprop=b>y",
	    "<i itemscope itemtype=http://schema.org/A itemref='a b a b'></i>", "", MEGABYTE},
	NULL},
    {"microdata_ref_loops",
	{"", "<p id=a%u itemscope itemprop=x itemref='a1 a2 a3 a4 a5 a6 a7 a8'>", "", MEGABYTE},
	NULL},
    {"rdfa", {"", "<div vocab=http://schema.org/ typeof=A property=b>", "x", MEGABYTE}, NULL},
    {"rdfa_flat",
	{"<div vocab=http://schema.org/ typeof=A>", "<b property=a%u>x</b>", "", MEGABYTE}, NULL},
    {"payload",
	{"<script id=__NEXT_DATA__ type=application/json>{\"a\":[",
	    "{\"text\":\"<p>Some words that are long enough to be prose, and more of them.</p>\"},",
	    "0]}</script>", MEGABYTE},
	NULL},
    {"payload_nested",
	{"<script id=__NEXT_DATA__ type=application/json>", "{\"a\":[", "</script>", MEGABYTE},
	NULL},
    {"nested_lists", {"", "<ul><li>x", "", MEGABYTE}, NULL},
    {"list_items", {"<ul>", "<li>item %u", "", MEGABYTE}, NULL},
    {"nested_quotes", {"", "<blockquote>x", "", MEGABYTE}, NULL},
    {"headings", {"", "<h2>Heading %u</h2>", "", MEGABYTE}, NULL},
    {"headings_and_words",
	{"", "<h2>Heading %u</h2><p>Some words of it, and more.</p>", "", MEGABYTE}, NULL},
    {"paragraphs",
	{"<article>", "<p>Some words, number %u, that are long enough to be prose for readers.</p>",
	    "", MEGABYTE},
	NULL},
    {"same_paragraph",
	{"<article>", "<p>The same words again and again, long enough to be prose.</p>", "",
	    MEGABYTE},
	NULL},
    {"paragraphs_that_begin_alike",
	{"<article>",
	    "<div><p>the same words the same words the same words the same words %u</p></div>", "",
	    4 * MEGABYTE},
	NULL},
    {"breaks", {"<p>", "x<br>", "", MEGABYTE}, NULL},
    {"empty_paragraphs", {"", "<p>", "", MEGABYTE}, NULL},
    {"one_long_word", {"<p>", "x", "", MEGABYTE}, NULL},
    {"one_long_text", {"<p>", "word, ", "", 4 * MEGABYTE}, NULL},
    {"spaces", {"<p>x", " ", "y", 4 * MEGABYTE}, NULL},
    {"spaces_between", {"<p>x", "<b> </b> ", "y", MEGABYTE}, NULL},
    {"markdown_stars", {"<p>", "*_`[](<", "", MEGABYTE}, NULL},
    {"markdown_backticks", {"<p>", "<code>`x``y```%u</code>", "", MEGABYTE}, NULL},
    {"code_lines", {"<pre><code>", "x = %u;\n", "", MEGABYTE}, NULL},
    {"code_gutter", {"<pre>", "<span class=lineno>%u</span> x\n", "", MEGABYTE}, NULL},
    {"code_backticks", {"<pre>", "`", "", MEGABYTE}, NULL},
    {"footnotes", {"", "<sup><a href=#n%u>1</a></sup><p id=n%u>x", "", MEGABYTE}, NULL},
    {"footnotes_of_one_note", {"<p id=n>note", "<sup><a href=#n>1</a></sup>", "", MEGABYTE}, NULL},
    {"footnotes_to_no_note",
	{"", "<p>Some words of it<sup><a href=#x>1</a></sup> and <i id=x>y</i>.", "",
	    10 * MEGABYTE},
	EVERYTHING},
    {"math",
	{"", "<math><annotation encoding=application/x-tex>x^%u</annotation></math>", "", MEGABYTE},
	NULL},
    {"figures",
	{"", "<figure><img src=%u.png><figcaption>Caption %u</figcaption></figure>", "", MEGABYTE},
	NULL},
    {"definitions", {"<dl>", "<dt>a<dd>b", "", MEGABYTE}, NULL},
    {"comments_of_a_forum",
	{"", "<div class=comment id=c%u><span class=author>Ann</span><p>I think so, too.</p></div>",
	    "", MEGABYTE},
	NULL},
    {"breadcrumbs", {"<nav class=breadcrumb>", "<a href=/%u>Part</a> &gt; ", "</nav>", MEGABYTE},
	NULL},
    {"languages",
	{"", "<p lang=x%u>\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 world", "", MEGABYTE},
	NULL},
    {"hidden", {"", "<p hidden style='display:none' aria-hidden=true>x", "", MEGABYTE}, NULL},
    {"ruby", {"<ruby>", "\xe6\xbc\xa2<rt>kan</rt>", "", MEGABYTE}, NULL},
    {"details", {"", "<details><summary>x</summary>", "y", MEGABYTE}, NULL},
    {"bad_utf8", {"<p>", "\xff\xc3(\xe2\x82", "", MEGABYTE}, NULL},
    {"nested_divs_closed_again", {"<p>", "<div>x</div><div>", "y", MEGABYTE}, NULL},
    {"same_attribute_again_and_again", {"<p ", "a=b ", ">x", MEGABYTE}, NULL},
    {"many_elements_with_many_attributes",
	{"", "<i a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9 c1 c2 c3 c4>", "x",
	    MEGABYTE},
	NULL},
    {"half_references", {"<p>", "&notinCaCounterClockwise", "", MEGABYTE}, NULL},
    {"big_numbers", {"<p>", "&#99999999999;", "", MEGABYTE}, NULL},
    {"less_than_signs", {"<p>", "<", "", MEGABYTE}, NULL},
    {"open_quotes", {"", "<a href=\"", "", MEGABYTE}, NULL},
    {"comment_openings", {"", "<!--", "", MEGABYTE}, NULL},
    {"comment_dashes", {"<!--", "--", "", MEGABYTE}, NULL},
    {"script_ends_that_are_none", {"<script>", "</scrip", "", MEGABYTE}, NULL},
    {"breaks_in_deep_quotes",
	{"<blockquote><blockquote><blockquote><blockquote><blockquote><ul><li>", "x<br>", "",
	    MEGABYTE},
	NULL},
    {"different_formatting", {"", "<b><i><u><font>", "x", MEGABYTE}, NULL},
    {"formatting_ends_below_blocks", {"<b>", "<p>x</b>", "", MEGABYTE}, NULL},
    {"ends_without_start", {"<div><b><i><u><div>", "</p></span></h1></li></a>", "x", MEGABYTE},
	NULL},
    {"list_items_in_deep_formatting", {"<ul><li><b><b><b><b><b><b><b><b>", "<li>x", "", MEGABYTE},
	NULL},
    {"new_name_each_time", {"", "<x%u>y</x%u>", "", MEGABYTE}, NULL},
    {"new_class_each_time", {"", "<p class='a%u sidebar b%u'>y", "", MEGABYTE}, NULL},
    {"foreign_content", {"<svg>", "<g>x", "", MEGABYTE}, NULL},
    {"footnotes_long", {"", "<a href=#n%u>%u</a><li id=n%u>x <a href=#r%u>back</a>", "", MEGABYTE},
	NULL},
    {"xml_nested", {"<?xml version='1.0'?><a>", "<b>", "x", 500000}, NULL},
    {"xml_flat", {"<?xml version='1.0'?><a>", "<b>x</b>", "</a>", MEGABYTE}, NULL},
    {"xml_attributes", {"<?xml version='1.0'?><a ", "b%u='c' ", "/>", MEGABYTE}, NULL},
    {"xml_namespaces", {"<?xml version='1.0'?><a>", "<b xmlns:n%u='u%u'>", "x", MEGABYTE}, NULL},
    {"xml_namespaces_of_one",
	{"<?xml version='1.0'?><a ", "xmlns:n%u='u%u' ", "><n1:b/></a>", MEGABYTE}, NULL},
    {"xml_laughs",
	{"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e0 'ha'>", "<!ENTITY e '&e0;&e0;&e0;&e0;'>",
	    "]><a>&e;</a>", 1000},
	NULL},
    {"xml_laughs_loudly",
	{"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'ha ha ha ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
	 "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
	 "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'>]><a>",
	    "&e;", "</a>", 100000},
	NULL},
    {"xml_cdata", {"<?xml version='1.0'?><a>", "<![CDATA[x]]>", "</a>", MEGABYTE}, NULL},
    {"xml_comment", {"<?xml version='1.0'?><a><!--", "x ", "--></a>", 10 * MEGABYTE}, NULL},
    {"xml_broken", {"<?xml version='1.0'?><a>", "<b></c>", "", MEGABYTE}, NULL},
    {"feed_items",
	{"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>",
	    "<item><title>Item %u</title><link>http://e.org/%u</link><description>&lt;p&gt;Words of it.&lt;/p&gt;</description></item>",
	    "</channel></rss>", MEGABYTE},
	NULL},
    {"feed_of_one_item",
	{"<?xml version='1.0'?><rss version='2.0'><channel><item><description>", "&lt;div&gt;x",
	    "</description></item></channel></rss>", MEGABYTE},
	NULL},
    {"sitemap",
	{"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>",
	    "<url><loc>http://e.org/%u</loc><lastmod>2024-01-31</lastmod></url>", "</urlset>",
	    MEGABYTE},
	NULL},
    {"xhtml",
	{"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body>", "<div>", "x",
	    500000},
	NULL},
    {"nodes_one_million", {"", "<p>x", "", 2 * MEGABYTE}, NULL},
    {"nodes_one_million_whole_page", {"", "<p>x", "", 2 * MEGABYTE}, EVERYTHING},
    {"nodes_over_the_limit", {"", "<b></b>", "", 15 * MEGABYTE}, NULL},
};

static bool full;

static void
page_is_done_in_time(void **state)
{
	const struct page_case *c = *state;
	cJSON *options = c->options ? cJSON_Parse(c->options) : NULL;
	struct seen small, whole = {0};

	hostile_run(&c->html, 4, options, &small);
	if (full)
		hostile_run(&c->html, 1, options, &whole);
	hostile_report(c->name, full ? &whole : &small, full ? &small : NULL);
	cJSON_Delete(options);
}

// 20 MB, a million nodes, well-formed.
static void
a_large_honest_page_meets_no_limit(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct seen s;

	(void)state;
	buf_str(&html, "<!doctype html><html><head><title>t</title></head><body><article>");
	for (unsigned i = 0; i < 333000; i++)
		buf_fmt(&html, "<div class=\"row r%u\"><p>Some text of %u, long enough</p></div>\n",
		    i, i);
	buf_str(&html, "</article></body></html>");
	assert_true(html.n > 20000000);
	hostile_run_sv(buf_view(&html), NULL, &s);
	print_message(
	    "%-38s %8.1f ms  %s\n", "twenty_honest_megabytes", (double)s.us / 1000, s.why);
	assert_false(s.limited);
}

// A number for each item of a list of notes, whose first items come late.
static void
items_of_notes_are_counted_in_time(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct seen s;

	(void)state;
	buf_str(&html, "<p>Some words<sup>1</sup> of it.</p><aside><ol>");
	for (unsigned i = 0; i < 50000; i++)
		buf_str(&html, "<!---->");
	for (unsigned i = 0; i < 50000; i++)
		buf_str(&html, "<li>");
	hostile_run_sv(buf_view(&html), NULL, &s);
	hostile_report("items_of_notes", &s, NULL);
}

// Elements with ids inside one another, as many as may all stand at the beginning of a term.
static unsigned
add_places(struct buf *html)
{
	static const unsigned children[] = {9, 9, 5, 1, 0};
	unsigned left[ARRAY_LEN(children)] = {children[0]}, depth = 0, n = 0;

	for (;;) {
		while (left[depth] == 0) {
			if (depth == 0)
				return n;
			buf_str(html, "</i>");
			depth--;
		}
		left[depth]--;
		buf_fmt(html, "<i id=n%u>", n++);
		depth++;
		left[depth] = children[depth];
	}
}

static void
run_terms(const char *name, const char *fill, size_t bytes)
{
	cleanup_buf html = BUF_INIT, term = BUF_INIT;
	cJSON *options = cJSON_Parse(EVERYTHING);
	unsigned n = add_places(&term);
	struct seen s;

	buf_str(&html, "<p>Some words of it.");
	for (unsigned i = 0; i < n; i++)
		buf_fmt(&html, "<sup><a href=#n%u>1</a></sup>", i);
	buf_str(&html, "<dl><dt>");
	buf_sv(&html, buf_view(&term));
	buf_str(&html, "</dt>");
	for (size_t end = html.n + bytes; html.n < end;)
		buf_str(&html, fill);
	buf_str(&html, "<dd>note</dl>");
	hostile_run_sv(buf_view(&html), options, &s);
	hostile_report(name, &s, NULL);
	cJSON_Delete(options);
}

// What stands between a term and the note is not passed again for each place in the term.
static void
notes_below_terms_are_found_in_time(void **state)
{
	(void)state;
	run_terms("notes_below_comments", "<!---->", 8 * MEGABYTE);
	run_terms("notes_below_spaces", "                ", 16 * MEGABYTE);
}

// Side notes in one another, and no end of white space in them.
static void
side_notes_without_text_are_passed_in_time(void **state)
{
	cleanup_buf html = BUF_INIT;
	struct seen s;

	(void)state;
	buf_str(&html, "<p>Some words of it.");
	for (unsigned i = 0; i < 500; i++)
		buf_str(&html, "<span class=sidenote>");
	while (html.n < 16 * MEGABYTE)
		buf_str(&html, "                ");
	hostile_run_sv(buf_view(&html), NULL, &s);
	hostile_report("side_notes_without_text", &s, NULL);
}

// usage: test_hostile_document [full [PATTERN of names]]
int
main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_LEN(pages) + 4];
	size_t n = 0;

	full = argc > 1 && strcmp(argv[1], "full") == 0;
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	for (; n < ARRAY_LEN(pages); n++)
		tests[n] = (struct CMUnitTest){.name = pages[n].name,
		    .test_func = page_is_done_in_time,
		    .initial_state = (void *)&pages[n]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_large_honest_page_meets_no_limit);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(items_of_notes_are_counted_in_time);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(notes_below_terms_are_found_in_time);
	tests[n++] =
	    (struct CMUnitTest)cmocka_unit_test(side_notes_without_text_are_passed_in_time);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
