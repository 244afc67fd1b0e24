// SPDX-License-Identifier: Apache-2.0
// Title, site and authors of pages without structured data in many languages, one row a rule.
#include "page_fixture.h"

#include "extract/meta/metadata.h"
#include "extract/meta/structured/structured.h"

struct row {
	const char *html, *expected;
};

static struct sv
title_of(const struct metadata *m)
{
	return m->title;
}

static struct sv
site_of(const struct metadata *m)
{
	return m->site_name;
}

static struct sv
byline_of(const struct metadata *m)
{
	return m->byline;
}

static bool
reads_right(const struct row *row, struct sv (*of)(const struct metadata *))
{
	struct fixture f;
	struct metadata m;
	cJSON *schema;
	struct sv got;
	bool right;

	fixture_open(&f, row->html, "https://www.example.org/x/page-of-it");
	f.p.schema = schema = schema_read(&f.p);
	metadata_read(&f.p, &m);
	got = of(&m);
	right = row->expected ? got.p && sv_eq_str(got, row->expected) : !got.p;
	if (!right)
		print_error("%s\n  expected %s, got " SV_FMT "\n", row->html,
		    row->expected ? row->expected : "nothing", SV_ARG(got));
	cJSON_Delete(schema);
	fixture_close(&f);
	return right;
}

static void
read_all(const struct row *rows, size_t n, struct sv (*of)(const struct metadata *))
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += !reads_right(&rows[i], of);
	assert_int_equal(wrong, 0);
}

#define BANNER(name) "<h1><a href=/>" name "</a></h1>"

static void
a_lower_heading_that_is_a_part_of_title_is_the_title(void **state)
{
	static const struct row rows[] = {
	    {"<title>Stodoła - Ogródek</title>" BANNER("Ogródek") "<h2>Stodoła</h2>", "Stodoła"},
	    {"<title>Bücherwurm — Rezension: Nordwind</title><h3>Kommentare</h3>"
	     "<h2>Rezension: Nordwind</h2>",
		"Rezension: Nordwind"},
	    {"<title>Gemeinde: Neue Brücke</title><h2>Neue Brücke</h2>", "Neue Brücke"},
	    {"<title>納屋を片付けた｜庭の日記</title>" BANNER("庭の日記") "<h3>納屋を片付けた</h3>",
		"納屋を片付けた"},
	    {"<title>旧谷仓_木木_博客</title><h1>木木的博客</h1><h2>旧谷仓</h2>", "旧谷仓"},
	    {"<title>例縣政府-步道封閉公告</title><h2>步道封閉公告</h2>", "步道封閉公告"},
	    // no part: amid a word, or one that the h1 comes before
	    {"<title>State-of-the-art barns</title><h2>State</h2>", "State-of-the-art barns"},
	    {"<title>All about barns | Farm</title><h1>All about barns</h1><h2>Farm</h2>",
		"All about barns"},
	};

	(void)state;
	read_all(rows, ARRAY_LEN(rows), title_of);
}

static void
the_address_and_common_words_tell_the_site_from_the_page(void **state)
{
	static const struct row rows[] = {
	    {"<title>Cocina de Marta: Page of it</title><h1>Cocina de Marta</h1><h3>Page of it</h3>",
		"Page of it"},
	    {"<title>Page of it: sun</title><h1>Page of it</h1><h3>sun</h3>", "Page of it"},
	    {"<title>Rosen schneiden - Garten</title>" BANNER("Garten") "<h4>Rosen schneiden</h4>",
		"Rosen schneiden"},
	    {"<title>Universität - Pressemitteilungen</title><h1>Neues Labor bewilligt</h1>",
		"Neues Labor bewilligt"},
	    {"<title>Gemeinde: Detailansicht</title><h1>Straße gesperrt</h1>", "Straße gesperrt"},
	    {"<title>Gemeinde: Straßen</title><h1>Neues Labor bewilligt</h1>", "Gemeinde: Straßen"},
	};

	(void)state;
	read_all(rows, ARRAY_LEN(rows), title_of);
}

static void
forum_software_names_a_thread_behind_a_mark(void **state)
{
	static const struct row rows[] = {
	    {"<title>Bahnforum &bull; Thema anzeigen - Weiche klemmt</title><h1>Bahnforum</h1>"
	     "<h2>Weiche klemmt</h2>",
		"Weiche klemmt"},
	    {"<title>Просмотр темы - Скрипит петля</title><h2>Скрипит петля</h2>", "Скрипит петля"},
	    {"<title>Voir le sujet - Porte</title><p>x", "Porte"},
	    {"<title>Topic: Porch</title><p>x", "Porch"},
	    {"<title>Ten tips | Topic: Porch</title><p>x", "Ten tips"},
	};

	(void)state;
	read_all(rows, ARRAY_LEN(rows), title_of);
}

static void
what_is_left_of_title_names_the_site(void **state)
{
	static const struct row rows[] = {
	    {"<title>Stigen stängd - Tidningen</title><h1>Stigen stängd</h1>", "Tidningen"},
	    {"<title>Nyt fra by | Skole på vej | Kommunen</title><h1>Nyt fra by</h1>", "Kommunen"},
	    {"<title>Strickwelt: Socken</title><h2>Socken</h2>", "Strickwelt"},
	    {"<title>川沿いの道：例新聞</title><h1>川沿いの道</h1>", "例新聞"},
	    {"<title>Barns - Page 2</title><h1>Barns</h1>", "example.org"},
	    {"<title>Barns | Farm</title><p>no heading says where the title ends", "example.org"},
	    {"<title>Barns | Farm</title><meta property=og:site_name content=Acre><h1>Barns</h1>",
		"Acre"},
	    {"<title>Barns - a long story of a house for hay, cows and a dog</title><h1>Barns</h1>",
		"example.org"},
	};

	(void)state;
	read_all(rows, ARRAY_LEN(rows), site_of);
}

#define PAGE(lang, line) "<html lang=" lang "><title>Xyz</title><h1>Xyz</h1>" line

static void
a_word_before_the_name_is_known_in_many_languages(void **state)
{
	static const struct row rows[] = {
	    {PAGE("it", "<p>Pubblicato il <b>23 marzo 2015</b> da Gianni</p>"), "Gianni"},
	    {PAGE("it", "<p>di Paolo Berizzi</p>"), "Paolo Berizzi"},
	    {PAGE("da", "<p>2. maj. 2012 kl. 14.05 Af Jens Hansen</p>"), "Jens Hansen"},
	    {PAGE("sv", "<p>Av Anna Ek</p>"), "Anna Ek"},
	    {PAGE("fr", "<p>Par Sophie le jeudi 22 novembre 2007, 10:15</p>"), "Sophie"},
	    {PAGE("fi", "<p>Kirjoittanut Liisa, 30. syyskuuta 2013</p>"), "Liisa"},
	    {PAGE("sl", "<p>Objavljeno 21. maja 2014 ob 14.05 | Piše: Maja Novak</p>"),
		"Maja Novak"},
	    {PAGE("id", "<p>Diposting pada 31 Mei 2012 oleh Siti</p>"), "Siti"},
	    {PAGE("ru", "<p>Автор: Ольга Смирнова, 7 мая 2013 г.</p>"), "Ольга Смирнова"},
	    {PAGE("ar", "<p>كتب: أحمد علي</p>"), "أحمد علي"},
	    {PAGE("zh", "<p>2012-05-17 10:22　来源：例子报　作者：李明</p>"), "李明"},
	    {PAGE("ko", "<p>2014.05.14</p><p>김철수 기자 kim@example.kr</p>"), "김철수"},
	    {PAGE("de", "<p>von Olaf um 23:11 Uhr</p>"), "Olaf"},
	    {PAGE("en", "<p>Updated June 11, 2019 | By Dr. Alan Pike</p>"), "Dr. Alan Pike"},
	    // the word of another language, and those who are nobody
	    {PAGE("en", "<p>Di Paolo Berizzi</p>"), NULL},
	    {PAGE("de", "<p>Eingetragen am 17.02.2014 von der Redaktion</p>"), NULL},
	};

	(void)state;
	read_all(rows, ARRAY_LEN(rows), byline_of);
}

static void
a_name_beside_the_date_is_the_author(void **state)
{
	static const struct row rows[] = {
	    {PAGE("en", "<p>Jane Doe | 3 May 2017</p>"), "Jane Doe"},
	    {PAGE("lt", "<p>Jonas Petraitis, 2012 m. rugsėjo 11 d. 14:05</p>"), "Jonas Petraitis"},
	    {PAGE("uk", "<p>Олена Коваль — Четвер, 9 жовтня 2014</p>"), "Олена Коваль"},
	    {PAGE("hu", "<p>Kovács Anna | 2012. május 14., hétfő 14:05</p>"), "Kovács Anna"},
	    {PAGE("es", "<p><i>Juan Carlos Ruiz</i> <i>Miércoles 3 de Abril, 2013</i></p>"),
		"Juan Carlos Ruiz"},
	    {PAGE("cs", "<p>18. prosinec 2013, Peter Kovář</p>"), "Peter Kovář"},
	    // a place, one word, a section, words in lower case, and far from the heading
	    {PAGE("en", "<p>New York, 3 May 2017</p>"), NULL},
	    {PAGE("it", "<p>Milano, 29 maggio 2011</p>"), NULL},
	    {PAGE("en", "<p>Press Release | 3 May 2017</p>"), NULL},
	    {PAGE("en", "<p>some words here, 3 May 2017</p>"), NULL},
	    {"<title>Xyz</title><div>Log Contact</div><p>3 May 2017</p><h1>Xyz</h1>", NULL},
	    {"<title>Xyz</title><time itemprop=datePublished datetime=2017-05-03></time>", NULL},
	    {"<head itemprop=datePublished datetime=2017-05-03><title>Xyz</title>", NULL},
	    {PAGE("en", "<div class=sidebar><p>Jane Doe | 3 May 2017</p></div>"), NULL},
	};

	(void)state;
	read_all(rows, ARRAY_LEN(rows), byline_of);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lower_heading_that_is_a_part_of_title_is_the_title),
	    cmocka_unit_test(the_address_and_common_words_tell_the_site_from_the_page),
	    cmocka_unit_test(forum_software_names_a_thread_behind_a_mark),
	    cmocka_unit_test(what_is_left_of_title_names_the_site),
	    cmocka_unit_test(a_word_before_the_name_is_known_in_many_languages),
	    cmocka_unit_test(a_name_beside_the_date_is_the_author),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
