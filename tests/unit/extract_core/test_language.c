// SPDX-License-Identifier: Apache-2.0
// The language: what a page declares, and what its text says when it declares nothing or something
// else.
#include "page_fixture.h"

#include "extract/meta/metadata_priv.h"

#define EN                                                                                         \
	"This is the story of a man who was not the best of all men but he had the heart of a "    \
	"lion, and it is for this that we are here to tell you what he did with his life in the "  \
	"years that came after the war and before the day on which he was to be king of the land " \
	"that he had loved as a boy and that you can still see on the maps of the old world."
#define DE                                                                                          \
	"Dies ist die Geschichte von einem Mann, der nicht der beste von allen war, aber er hatte " \
	"das Herz eines Loewen, und es ist wegen dieser Sache, dass wir hier sind und die Jahre "   \
	"nach dem Krieg auch mit den Karten der alten Welt zeigen, die wir als Kinder auf dem "     \
	"Tisch gesehen haben und die sich bei uns zu Hause nicht mehr finden, sind sie doch alt."
#define RU                                                                                                      \
	"\xd0\xad\xd1\x82\xd0\xbe \xd0\xb8\xd1\x81\xd1\x82\xd0\xbe\xd1\x80\xd0\xb8\xd1\x8f \xd0\xbe "           \
	"\xd1\x82\xd0\xbe\xd0\xbc, \xd0\xba\xd0\xb0\xd0\xba \xd0\xbc\xd1\x8b \xd0\xb1\xd1\x8b\xd0\xbb\xd0\xb8 " \
	"\xd0\xb4\xd0\xb5\xd1\x82\xd1\x8c\xd0\xbc\xd0\xb8 \xd0\xb8 \xd0\xb6\xd0\xb8\xd0\xbb\xd0\xb8 \xd0\xbd\xd0\xb0 \xd1\x81\xd0\xb5\xd0\xb2\xd0\xb5\xd1\x80\xd0\xb5."

static void
check(const char *html, const char *expected)
{
	struct fixture f;
	struct sv got;

	fixture_open(&f, html, "https://e.org/");
	got = meta_language(&f.p, SV_NULL);
	if (expected)
		assert_sv(got, expected);
	else
		assert_null(got.p);
	fixture_close(&f);
}

static void
the_declared_language_is_normalised(void **state)
{
	(void)state;
	check("<html lang='EN_us'><body>x", "en-US");
	check("<html xml:lang=de><body>x", "de");
	check("<html lang='zh-Hans-CN'><body>x", "zh-Hans-CN");
	check("<meta http-equiv=Content-Language content='fr, en'>", "fr");
	check("<meta property=og:locale content=pt_BR>", "pt-BR");
	check("<html lang=''><meta property=og:locale content=es_ES>", "es-ES");
	check("<html lang='english language'><body>x", NULL);
	check("<html lang='{{lang}}'><body>x", NULL);
	check("<body>x", NULL);
}

static void
text_decides_when_nothing_is_declared(void **state)
{
	(void)state;
	check("<body><p>" EN, "en");
	check("<body><p>" DE, "de");
	check("<body><p>" RU, "ru");
}

static void
text_overrules_a_wrong_declaration(void **state)
{
	(void)state;
	check("<html lang=en-US><body><p>" DE, "de");
	check("<html lang=en><body><p>" RU, "ru");
	check("<html lang=en-GB><body><p>" EN, "en-GB");
	check("<html lang=de><body><p>Too short to say.", "de");
}

static void
scripts_and_small_words_tell_languages_apart(void **state)
{
	(void)state;
	assert_null(language_of_text(SV("12345 !!! ---")).p);
	assert_sv(
	    language_of_text(SV(
		"\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99"
		"\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99"
		"\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99"
		"\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99"
		"\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99"
		"\xe3\x81\x93\xe3\x82\x8c\xe3\x81\xaf\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99")),
	    "ja");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_declared_language_is_normalised),
	    cmocka_unit_test(text_decides_when_nothing_is_declared),
	    cmocka_unit_test(text_overrules_a_wrong_declaration),
	    cmocka_unit_test(scripts_and_small_words_tell_languages_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
