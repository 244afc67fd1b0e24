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
a_language_that_no_text_tells_is_only_overruled_by_english(void **state)
{
	(void)state;
	check("<html lang=kk><body><p>" RU, "kk");
	check("<html lang=lb-LU><body><p>" DE, "lb-LU");
	check("<html lang=mr><body><p>" EN, "en");
	check("<html lang=uk><body><p>" RU, "ru");
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

// A sentence of each language, several times over.
static void
many_languages_are_told_by_their_words(void **state)
{
	static const struct {
		const char *lang, *sentence;
	} rows[] = {
	    {"fr",
		"Le vieux gardien est dans la tour et les bateaux sont sur la mer pour une nuit avec des étoiles. "},
	    {"es",
		"El viejo guardián de la torre no sabe que los barcos se han ido con una luz en el mar. "},
	    {"it",
		"Il vecchio guardiano della torre non sa che le navi sono in mare con una luce nel buio. "},
	    {"pt",
		"O velho guarda da torre não sabe que os barcos foram para o mar com uma luz no escuro. "},
	    {"nl",
		"De oude wachter van de toren weet niet dat het schip met een licht op de zee is. "},
	    {"sv",
		"Den gamla vakten i tornet vet inte att det är ett ljus på havet och en båt som har gått. "},
	    {"fi",
		"Vanha vartija ei tiedä että laiva on merellä ja se oli niin kaukana kuin voi olla mutta nyt. "},
	    {"pl",
		"Stary strażnik nie wie że to jest statek na morzu i światło w nocy jak od dawna po burzy. "},
	    {"cs",
		"Starý strážce v majáku se dívá na moře a je to jako ve snu, že by loď do noci po bouři. "},
	    {"hu",
		"Az öreg őr nem tudja hogy a hajó már a tengeren van és ez egy fény mint volt ha csak lehet. "},
	    {"ro",
		"Bătrânul paznic din turn nu știe că o navă este pe mare cu o lumină și un om care a fost în ea. "},
	    {"tr",
		"Yaşlı bekçi bu gece için bir ışık ve deniz gibi çok şey olarak ne kadar uzak olan da ama her. "},
	    {"id",
		"Penjaga tua itu tidak tahu bahwa kapal yang ada di laut dengan lampu dari menara untuk malam ini adalah. "},
	    {"vi",
		"Người gác già không biết là con tàu trong đêm này có một ngọn đèn cho những người của biển và các. "},
	    {"hr",
		"Stari čuvar u kuli ne zna da je brod na moru i da su svjetla koja se vide od kuće kao što bi. "},
	    {"et",
		"Vana valvur ei tea et laev on merel ja see oli nii kaugel kui aga siis veel või mis ka. "},
	    {"lv",
		"Vecais sargs nezina ka kuģis ir jūrā un tas nav tālu no krasta bet arī ar gaismu par uz. "},
	    {"lt",
		"Senas sargas nežino kad laivas yra jūroje ir tai buvo toli nuo kranto bet su šviesa iš kaip. "},
	    {"el", "Ο γέρος φύλακας δεν ξέρει ότι το πλοίο είναι στη θάλασσα. "},
	    {"uk", "Старий вартовий не знає що корабель у морі і світло її далеко. "},
	    {"ja", "灯台守は船が海にいることを知らない。"},
	    {"zh", "老守塔人不知道船在海上。"},
	    {"ko", "늙은 등대지기는 배가 바다에 있다는 것을 모른다. "},
	    {"th", "ยามเฒ่าไม่รู้ว่าเรืออยู่ในทะเล "},
	    {"ar", "لا يعرف الحارس العجوز أن السفينة في البحر "},
	    {"fa",
		"نگهبان پیر نمی‌داند که کشتی در دریا است و چراغی هست "},
	    {"he", "השומר הזקן לא יודע שהספינה בים "},
	    {"hi", "बूढ़ा पहरेदार नहीं जानता कि जहाज समुद्र में है "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf text = BUF_INIT;

		for (int k = 0; k < 6; k++)
			buf_str(&text, rows[i].sentence);
		assert_sv(language_of_text(buf_view(&text)), rows[i].lang);
	}
}

static void
what_is_no_text_says_no_language(void **state)
{
	(void)state;
	check(
	    "<html lang=en><head><noscript><style>a de que e o a do da em um{color:x}</style></noscript></head>"
	    "<body><noscript>de que e o a do da em um para com os no se na por mais as dos como</noscript><p>" EN,
	    "en");
	assert_null(language_of_text(SV("1 2 3 4 5 6")).p);
	assert_null(language_of_text(SV("")).p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_languages_are_told_by_their_words),
	    cmocka_unit_test(what_is_no_text_says_no_language),
	    cmocka_unit_test(the_declared_language_is_normalised),
	    cmocka_unit_test(text_decides_when_nothing_is_declared),
	    cmocka_unit_test(text_overrules_a_wrong_declaration),
	    cmocka_unit_test(a_language_that_no_text_tells_is_only_overruled_by_english),
	    cmocka_unit_test(scripts_and_small_words_tell_languages_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
