// SPDX-License-Identifier: Apache-2.0
// XML: what is taken for it, feeds and sitemaps as documents, XHTML as HTML, broken and hostile
// XML.
#include "page_fixture.h"

#include "base/clock.h"
#include "extract/document.h"
#include "extract/html/charset.h"
#include "extract/xml/xml.h"

#include <stdio.h>

struct made {
	struct arena a;
	cJSON *json, *doc;
	struct err err;
	int rc;
};

static struct made
make_sv(struct sv text, const char *type, const char *options)
{
	struct made m = {.err = ERR_INIT};
	struct extract_options *o = NULL;
	struct extract_input in = {.html = text,
	    .content_type = type,
	    .url = "https://example.org/dir/feed.xml",
	    .now_ms = FIXTURE_NOW};

	arena_init(&m.a, (size_t)1 << 30);
	m.json = cJSON_Parse(options);
	m.rc = extract_options_read(m.json, &m.a, "extract", &o, &m.err);
	assert_int_equal(m.rc, 0);
	in.options = o;
	m.rc = extract_document(&in, &m.a, &m.doc, &m.err);
	return m;
}

static struct made
make(const char *text, const char *type)
{
	return make_sv(sv_from(text), type, "{}");
}

static void
done(struct made *m)
{
	cJSON_Delete(m->doc);
	cJSON_Delete(m->json);
	arena_done(&m->a);
}

static const cJSON *
at(const cJSON *v, const char *a, const char *b)
{
	v = json_get(v, a);
	return b ? json_get(v, b) : v;
}

static const char *
kind(const struct made *m)
{
	return json_str(at(m->doc, "extraction_metadata", "xml"), "kind");
}

static void
expect(const struct made *m, const char *key, const char *expected)
{
	const char *v = json_str(m->doc, key);

	if (!expected)
		assert_null(v);
	else
		assert_string_equal(v ? v : "(null)", expected);
}

// --- what is XML ---

static void
xml_is_told_by_type_then_by_the_text(void **state UNUSED)
{
	static const struct {
		const char *type, *text;
		bool is;
	} rows[] = {
	    {NULL, "<?xml version='1.0'?><a/>", true},
	    {NULL, "\n <?xml version='1.0'?><a/>", true},
	    {NULL, "<?xml-stylesheet href='a'?><a/>", false},
	    {NULL, "<!doctype html><p>", false},
	    {NULL, "<rss version='2.0'/>", true},
	    {NULL, "<!-- c --><feed xmlns='http://www.w3.org/2005/Atom'/>", true},
	    {NULL, "<rdf:RDF xmlns:rdf='x'/>", true},
	    {NULL, "<a:urlset/>", true},
	    {NULL, "<feeds/>", false},
	    {NULL, "", false},
	    {NULL, "<", false},
	    {"text/html", "<?xml version='1.0'?><html/>", false},
	    {"text/html; charset=x", "<rss/>", false},
	    {"application/xhtml+xml", "<html/>", true},
	    {"application/rss+xml; charset=utf-8", "<x/>", true},
	    {"TEXT/XML ;a=b", "<x/>", true},
	    {"application/xml", "no markup", false},
	    {"application/xml-dtd", "<x/>", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (xml_is_told(rows[i].type, sv_from(rows[i].text)) != rows[i].is)
			fail_msg("%s of type %s", rows[i].text, rows[i].type);
}

// --- feeds ---

static const char RSS[] =
    "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:c=\"http://purl.org/rss/1.0/modules/content/\" "
    "xmlns:a=\"http://www.w3.org/2005/Atom\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>"
    "<title>Caf&#233; &amp; News</title><link>https://example.org/</link><a:link rel=\"self\" href=\"/feed.xml\"/>"
    "<description>All the tides.</description><language>en-gb</language>"
    "<lastBuildDate>Sat, 07 Sep 2002 09:42:31 GMT</lastBuildDate><managingEditor>jane@example.org (Jane Doe)</managingEditor>"
    "<category>Sea</category><image><url>/logo.png</url></image>"
    "<item><title>One &amp;amp; two</title><link>/one</link><pubDate>Tue, 03 Jun 2003 09:39:21 +0200</pubDate>"
    "<dc:creator>Ann</dc:creator><description>short</description>"
    "<c:encoded><![CDATA[<p>Long <b>text</b> <a href=\"rel.html\">here</a></p><script>bad()</script><base href='https://evil.example/'>"
    "</article></body><plaintext><ul><li>a<li>b</ul>]]></c:encoded>"
    "<enclosure url=\"/a.mp3\" type=\"audio/mpeg\" length=\"1\"/></item>"
    "<item><guid>https://example.org/two</guid><description>Just &lt;i&gt;it&lt;/i&gt; AT&amp;amp;T</description></item>"
    "<item><title>3 &lt; 4</title><guid isPermaLink='false'>https://example.org/no</guid><pubDate>some day</pubDate></item>"
    "</channel></rss>";

static void
rss_is_a_document(void **state UNUSED)
{
	struct made m = make(RSS, NULL);
	const cJSON *links;

	assert_int_equal(m.rc, 0);
	assert_string_equal(kind(&m), "rss");
	expect(&m, "title", "Café & News");
	expect(&m, "site_name", "Café & News");
	expect(&m, "description", "All the tides.");
	expect(&m, "language", "en-gb");
	expect(&m, "byline", "Jane Doe");
	expect(&m, "published_iso", NULL);
	assert_string_equal(json_str(at(m.doc, "extraction_metadata", NULL), "modified_iso"),
	    "2002-09-07T09:42:31Z");
	assert_string_equal(json_str(at(m.doc, "extraction_metadata", NULL), "canonical_url"),
	    "https://example.org/feed.xml");
	assert_string_equal(
	    json_str(at(m.doc, "extraction_metadata", NULL), "extraction_method"), "feed");
	assert_true(json_num(m.doc, "quality_score", 0) == 1);
	assert_non_null(strstr(json_str(m.doc, "markdown"),
	    "# [Café & News](https://example.org/)\n\nAll the tides.\n\n"
	    "## [One & two](https://example.org/one)\n\n2003-06-03T09:39:21+02:00, Ann\n\n"
	    "Long **text** [here](https://example.org/dir/rel.html)\n\n"));
	assert_non_null(strstr(json_str(m.doc, "markdown"), "Just *it* AT&T"));
	assert_non_null(strstr(json_str(m.doc, "markdown"), "## 3 < 4"));
	assert_null(strstr(json_str(m.doc, "markdown"), "bad()"));
	assert_null(strstr(json_str(m.doc, "markdown"), "short"));
	links = at(m.doc, "links", NULL);
	assert_int_equal(cJSON_GetArraySize(links), 4);
	assert_string_equal(
	    json_str(cJSON_GetArrayItem(links, 3), "url"), "https://example.org/two");
	assert_string_equal(json_str(cJSON_GetArrayItem(at(m.doc, "media", NULL), 0), "url"),
	    "https://example.org/a.mp3");
	done(&m);
}

static void
atom_says_of_what_type_its_text_is(void **state UNUSED)
{
	struct made m = make(
	    "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de' xml:base='https://b.example/x/'>"
	    "<title type='html'>A &amp;eacute; &lt;b&gt;t&lt;/b&gt;</title><subtitle>s</subtitle>"
	    "<updated>2024-01-02T03:04:05Z</updated><author><name>Eva</name><email>e@x</email></author>"
	    "<link rel='self' href='self'/><link href='.'/>"
	    "<entry xml:base='sub/'><title>T</title><link rel='replies' href='r'/><link rel='alternate' href='e'/>"
	    "<published>2024-01-01</published><author><name>Max</name></author><author><name>Mia</name></author>"
	    "<summary>no</summary><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>x <em>y</em></p>"
	    "<div/><p><a href='z'>z</a></p></div></content></entry>"
	    "<entry><title>U</title><link href='u'/><content>1 &lt; 2 &lt;b></content></entry>"
	    "<entry><title>V</title><link rel='enclosure' type='image/png' href='v.png'/><content type='html'>&lt;b>bold&lt;/b></content></entry>"
	    "</feed>",
	    "application/atom+xml");

	assert_string_equal(kind(&m), "atom");
	expect(&m, "title", "A é t");
	expect(&m, "language", "de");
	expect(&m, "byline", "Eva");
	assert_string_equal(json_str(m.doc, "markdown"),
	    "# [A é t](https://b.example/x/)\n\ns\n\n## [T](https://b.example/x/sub/e)\n\n"
	    "2024-01-01, Max, Mia\n\nx *y*\n\n[z](https://b.example/x/sub/z)\n\n"
	    "## [U](https://b.example/x/u)\n\n1 < 2 \\<b>\n\n## V\n\n**bold**\n\n"
	    "![](https://b.example/x/v.png)\n");
	done(&m);
}

static void
rss_1_has_its_items_beside_the_channel(void **state UNUSED)
{
	struct made m = make(
	    "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
	    "xmlns:d='http://purl.org/dc/elements/1.1/'><channel r:about='x'><title>C</title><link>https://c.example/</link>"
	    "<d:date>2001-02-03</d:date><items><r:Seq/></items></channel><item r:about='i'><title>I</title>"
	    "<link>https://c.example/i</link><d:subject>s</d:subject><d:date>2001-02-03T04:05:06Z</d:date></item></r:RDF>",
	    "text/xml");

	assert_string_equal(kind(&m), "rdf");
	expect(&m, "published_iso", "2001-02-03");
	assert_string_equal(json_str(m.doc, "markdown"),
	    "# [C](https://c.example/)\n\n## [I](https://c.example/i)\n\n2001-02-03T04:05:06Z\n");
	done(&m);
}

static void
encodings_of_the_declaration_are_read(void **state UNUSED)
{
	static const struct {
		const char *text, *title;
	} rows[] = {
	    {"<?xml version='1.0' encoding='ISO-8859-1'?><rss><channel><title>caf\xe9</title></channel></rss>",
		"café"},
	    {"<?xml version='1.0' encoding='Shift_JIS'?><rss><channel><title>\x93\xfa\x96\x7b</title></channel></rss>",
		"日本"},
	    {"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-16'?><rss><channel><title>é</title></channel></rss>",
		"é"},
	    {"<?xml version='1.0' encoding='x-nonsense'?><rss><channel><title>é</title></channel></rss>",
		"é"},
	};

	charset_init();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct made m = make(rows[i].text, NULL);

		expect(&m, "title", rows[i].title);
		done(&m);
	}
}

// --- sitemaps, XHTML, others ---

static void
sitemaps_are_lists_of_links(void **state UNUSED)
{
	struct made m = make(
	    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:i='http://www.google.com/schemas/sitemap-image/1.1'>"
	    "<url><loc> https://example.org/a?x=1&amp;y=2 </loc><lastmod>2024-01-02</lastmod>"
	    "<i:image><i:loc>https://example.org/p.png</i:loc></i:image></url><url><loc>https://example.org/b</loc></url></urlset>",
	    NULL);

	assert_string_equal(kind(&m), "urlset");
	assert_string_equal(
	    json_str(at(m.doc, "extraction_metadata", NULL), "extraction_method"), "sitemap");
	assert_int_equal(cJSON_GetArraySize(at(m.doc, "links", NULL)), 2);
	assert_int_equal(cJSON_GetArraySize(at(m.doc, "media", NULL)), 1);
	assert_string_equal(json_str(cJSON_GetArrayItem(at(m.doc, "links", NULL), 0), "url"),
	    "https://example.org/a?x=1&y=2");
	assert_non_null(strstr(json_str(m.doc, "markdown"), "2024-01-02"));
	done(&m);
	m = make(
	    "<sitemapindex><sitemap><loc>https://example.org/1.xml</loc></sitemap></sitemapindex>",
	    NULL);
	assert_string_equal(kind(&m), "sitemapindex");
	assert_int_equal(cJSON_GetArraySize(at(m.doc, "links", NULL)), 1);
	done(&m);
}

static const char XHTML[] =
    "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd' "
    "[<!ENTITY own \"]>\"> <!-- ' -->]><h:html xmlns:h='http://www.w3.org/1999/xhtml' xml:lang='de'><h:head><h:title>T &eacute;</h:title>"
    "</h:head><h:body><h:div/><h:p id='p' title='caf&eacute; &amp; b'>Hello <![CDATA[<b>]]>&nbsp;w</h:p><h:script/><h:p>after</h:p></h:body></h:html>";

static void
xhtml_is_read_as_xml(void **state UNUSED)
{
	struct made m = make_sv(sv_from(XHTML), "application/xhtml+xml",
	    "{\"strategies\":[\"full\",\"metadata\",\"css_json\"],\"fields\":{\"t\":{\"css\":\"#p::attr(title)\"},\"l\":{\"css\":\"html::attr(lang)\"}}}");

	assert_int_equal(m.rc, 0);
	assert_string_equal(kind(&m), "xhtml");
	assert_null(json_str(at(m.doc, "extraction_metadata", "xml"), "problem"));
	expect(&m, "title", "T é");
	assert_non_null(strstr(json_str(m.doc, "text"), "Hello <b>"));
	assert_non_null(strstr(json_str(m.doc, "text"), "after"));
	assert_string_equal(json_str(at(m.doc, "custom_fields", NULL), "t"), "café & b");
	assert_string_equal(json_str(at(m.doc, "custom_fields", NULL), "l"), "de");
	done(&m);
	m = make("<?xml version='1.0'?><html><body><p>one<p>two <br> three</body></html>", NULL);
	assert_string_equal(kind(&m), "xhtml");
	assert_non_null(strstr(json_str(m.doc, "text"), "three"));
	assert_non_null(
	    strstr(json_str(at(m.doc, "extraction_metadata", "xml"), "problem"), "line 1: "));
	done(&m);
}

static void
a_feed_that_names_no_language_speaks_one(void **state UNUSED)
{
	struct made m = make(
	    "<rss version='2.0'><channel><title>T</title><image><url/><title>T</title></image><item><description>"
	    "&lt;p&gt;Dies ist die Geschichte von einem Mann, der nicht der beste von allen war, aber er hatte das "
	    "Herz eines Kindes, und es ist wegen dieser Sache, dass wir hier sind und die Jahre nach dem Krieg auch "
	    "mit den Karten der alten Welt zeigen, die wir als Kinder auf dem Tisch gesehen haben und die sich bei "
	    "uns zu Hause nicht mehr finden, sind sie doch alt.&lt;/p&gt;</description></item></channel></rss>",
	    NULL);

	assert_int_equal(m.rc, 0);
	expect(&m, "language", "de");
	assert_int_equal(cJSON_GetArraySize(at(m.doc, "extraction_metadata", "images")), 0);
	done(&m);
}

static void
fields_of_a_feed_are_of_its_xml(void **state UNUSED)
{
	struct made m = make_sv(sv_from(RSS), NULL,
	    "{\"fields\":{\"url\":{\"css\":\"item > link\",\"type\":\"url\"},"
	    "\"sound\":{\"css\":\"enclosure\",\"type\":\"url\"},"
	    "\"who\":{\"css\":\"*|creator\"},\"same\":{\"css\":\"dc\\\\:creator\"},"
	    "\"when\":{\"xpath\":\"//item/pubDate\",\"type\":\"date\",\"many\":true}}}");

	assert_int_equal(m.rc, 0);
	assert_json(cJSON_Duplicate(at(m.doc, "custom_fields", NULL), true),
	    "{\"url\":\"https://example.org/one\",\"sound\":\"https://example.org/a.mp3\","
	    "\"who\":\"Ann\",\"same\":\"Ann\",\"when\":[\"2003-06-03T09:39:21+02:00\"]}");
	done(&m);
}

static void
other_xml_is_its_text_and_its_tree(void **state UNUSED)
{
	struct made m = make_sv(
	    SV("<cat:alog xmlns:cat='urn:c'><title>Books</title><book id='1'><title>One</title><price>5</price></book>"
	       "<book id='2'><title>Two</title><note>a <b>bold</b> word</note></book></cat:alog>"),
	    "text/xml",
	    "{\"fields\":{\"a\":{\"css\":\"book > title\",\"many\":true},\"b\":{\"xpath\":\"//book[@id='2']/note\"}}}");

	assert_string_equal(kind(&m), "xml");
	assert_string_equal(
	    json_str(m.doc, "markdown"), "# Books\n\nOne\n\n5\n\nTwo\n\na bold word\n");
	assert_json(cJSON_Duplicate(at(m.doc, "custom_fields", NULL), true),
	    "{\"a\":[\"One\",\"Two\"],\"b\":\"a bold word\"}");
	done(&m);
}

static void
what_a_browser_shows_of_xml_is_its_source(void **state UNUSED)
{
	static const struct {
		const char *type, *html, *kind;
	} rows[] = {
	    {"application/rss+xml",
		"<html><head><meta name=x></head><body><pre style='a'>&lt;rss&gt;&lt;channel&gt;&lt;title&gt;A &amp;amp; B&lt;/title&gt;&lt;/channel&gt;&lt;/rss&gt;</pre></body></html>",
		"rss"},
	    {"text/xml",
		"<!DOCTYPE html><html><head></head><body><pre>&lt;a&gt;A &amp;amp; B&lt;/a&gt;</pre></body></html>",
		"xml"},
	    {"text/xml", "<html><body><h1>styled</h1><pre>&lt;a/&gt;</pre></body></html>", NULL},
	    {"text/html", "<html><body><pre>&lt;rss/&gt;</pre></body></html>", NULL},
	    {NULL, "<html><body><pre>&lt;rss/&gt;</pre></body></html>", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct extract_input in = {.html = sv_from(rows[i].html),
		    .charset = "utf-8",
		    .source_type = rows[i].type,
		    .now_ms = FIXTURE_NOW};
		struct made m = {0};

		arena_init(&m.a, (size_t)64 << 20);
		assert_int_equal(extract_document(&in, &m.a, &m.doc, &err), 0);
		if (rows[i].kind)
			assert_string_equal(kind(&m), rows[i].kind);
		else
			assert_null(at(m.doc, "extraction_metadata", "xml"));
		if (rows[i].kind)
			assert_non_null(strstr(json_str(m.doc, "markdown"), "A & B"));
		done(&m);
	}
}

// --- broken and hostile ---

static void
what_can_be_read_of_broken_feeds_is_read(void **state UNUSED)
{
	struct made m = make(
	    "<rss><channel><title>A & B &amp; C &nbsp;&unknown;</title><item><title>T<br></title><link>/x?a=1&b=2&amp;c</link></item>"
	    "<item><title>V</title></item>",
	    NULL);

	assert_int_equal(m.rc, 0);
	assert_string_equal(kind(&m), "rss");
	assert_non_null(json_str(at(m.doc, "extraction_metadata", "xml"), "problem"));
	assert_non_null(strstr(json_str(m.doc, "title"), "& C"));
	done(&m);
	m = make("<?xml version='1.0'?>   ", NULL);
	assert_int_equal(m.rc, 0);
	assert_string_equal(kind(&m), "html");
	done(&m);
}

static void
nothing_is_declared_or_loaded(void **state UNUSED)
{
	struct made m = make(
	    "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY l2 '&lol;&lol;&lol;'><!ENTITY x SYSTEM 'file:///etc/passwd'>"
	    "<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> %p; <!ATTLIST lolz a CDATA 'default'>]><!DOCTYPE lolz [<!ENTITY lol 'lol'>]>"
	    "<lolz>a &l2; b &amp; c &x; d</lolz>",
	    "text/xml");

	assert_int_equal(m.rc, 0);
	assert_non_null(strstr(json_str(m.doc, "text"), "b & c"));
	assert_null(strstr(json_str(m.doc, "text"), "lol"));
	assert_null(strstr(json_str(m.doc, "text"), "root:"));
	done(&m);
}

static void
repeat(struct buf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_str(b, text);
}

enum { LIMIT_MS = 50, SLOW = 40 }; // sanitizers and a busy machine

// Names that are all different.
static void
many_names_are_refused(void **state UNUSED)
{
	static const char *const parts[] = {
	    "<n%d/>", "<n a%d=''/>", "<?n%d x?>", "<n xmlns='u%d'/>"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		cleanup_buf b = BUF_INIT;
		struct made m;

		buf_str(&b, "<a>");
		for (int k = 0; k < 150000; k++) {
			const char *number = strchr(parts[i], '%');

			buf_add(&b, parts[i], (size_t)(number - parts[i]));
			buf_fmt(&b, "%d%s", k, number + 2);
		}
		buf_str(&b, "</a>");
		m = make_sv(buf_view(&b), "text/xml", "{}");
		assert_int_equal(m.rc, ERR_TOO_LARGE);
		done(&m);
	}
}

static void
bombs_end_soon(void **state UNUSED)
{
	static const struct {
		const char *head, *part;
		size_t n;
		const char *tail;
		int rc;
	} bombs[] = {
	    {"<a>", "<a>", 100000, "", 0},
	    {"<a ", "a='' ", 100000, "/>", ERR_TOO_LARGE},
	    {"<a>", "<b a='' c='' d='' e='' f='' g='' h=''/>", 20000, "</a>", 0},
	    {"<a>", "<a xmlns:q='urn:q'>", 100000, "", ERR_TOO_LARGE},
	    {"<!DOCTYPE a [", "<!ENTITY e 'e'>", 100000, "]><a/>", 0},
	    {"<!DOCTYPE a [", "<!ATTLIST a b CDATA 'c'>", 50000, "]><a/>", 0},
	    {"<a>", "&e;", 100000, "</a>", 0},
	    {"<a>", "&", 200000, "</a>", 0},
	    {"<a>", "]]>", 100000, "</a>", 0},
	    {"<a><!--", "-", 200000, "--></a>", 0},
	    {"<a>", "</b>", 100000, "</a>", 0},
	    {"<a>", "<![CDATA[x]]>", 50000, "</a>", 0},
	    {"<rss><channel>",
		"<item><title>&lt;b&gt;</title><description>&lt;p&gt;x</description></item>", 5000,
		"</channel></rss>", 0},
	    {"<rss><channel>", "<item/>", 50000, "</channel></rss>", 0},
	    {"<", "a", 1000000, "/>", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
		cleanup_buf b = BUF_INIT;
		int64_t start;
		struct made m;

		buf_str(&b, bombs[i].head);
		repeat(&b, bombs[i].part, bombs[i].n);
		buf_str(&b, bombs[i].tail);
		start = clock_us();
		m = make_sv(buf_view(&b), "text/xml", "{}");
		printf("bomb %zu: %d, %lld ms\n", i, m.rc, (long long)(clock_us() - start) / 1000);
		if (m.rc != bombs[i].rc || clock_us() - start > LIMIT_MS * SLOW * 1000)
			fail_msg("bomb %zu: %d, %s", i, m.rc, m.err.message);
		done(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(xml_is_told_by_type_then_by_the_text),
	    cmocka_unit_test(rss_is_a_document),
	    cmocka_unit_test(atom_says_of_what_type_its_text_is),
	    cmocka_unit_test(rss_1_has_its_items_beside_the_channel),
	    cmocka_unit_test(encodings_of_the_declaration_are_read),
	    cmocka_unit_test(sitemaps_are_lists_of_links),
	    cmocka_unit_test(xhtml_is_read_as_xml),
	    cmocka_unit_test(a_feed_that_names_no_language_speaks_one),
	    cmocka_unit_test(fields_of_a_feed_are_of_its_xml),
	    cmocka_unit_test(other_xml_is_its_text_and_its_tree),
	    cmocka_unit_test(what_a_browser_shows_of_xml_is_its_source),
	    cmocka_unit_test(what_can_be_read_of_broken_feeds_is_read),
	    cmocka_unit_test(nothing_is_declared_or_loaded),
	    cmocka_unit_test(many_names_are_refused),
	    cmocka_unit_test(bombs_end_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
