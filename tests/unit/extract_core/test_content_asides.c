// SPDX-License-Identifier: Apache-2.0
// What pages put between and below an article's paragraphs goes, what only looks so stays.
#include "content_testing.h"
#include "extract/content/keep/keep.h"

#define PROSE                                                                                      \
	"<p>The council met on Tuesday and spoke for three hours about the bridge, which nobody "  \
	"wants to pay for and which nobody can do without, as the mayor said in her speech that "  \
	"evening before some two hundred people of the town.</p>"
#define OWN "<div>" PROSE PROSE

static void
assert_stays(const char *html, const char *expected) // "101": a digit per block
{
	struct page_fixture page;
	struct finder d = {0};
	struct err err = ERR_INIT;
	uint8_t kept[32];
	char got[33] = "";

	page_open(&page, html, true);
	d.t = &page.t;
	assert_int_equal(features_init(&d.f, &page.t, &page.a, &d.blocks, &err), 0);
	assert_true(d.blocks.n <= sizeof(kept));
	memset(kept, 1, sizeof(kept));
	assert_true(content_drop_asides(&d.blocks, kept, &page.a));
	for (uint32_t i = 0; i < d.blocks.n; i++)
		got[i] = (char)('0' + kept[i]);
	assert_string_equal(got, expected);
	page_close(&page);
}

// Each as a paragraph among those of an article.
static void
lines_stay(const char *const *lines, size_t n, const char *expected)
{
	char html[1200];

	for (size_t i = 0; i < n; i++) {
		snprintf(html, sizeof(html), OWN "<p>%s</p>" PROSE "</div>", lines[i]);
		assert_stays(html, expected);
	}
}

static void
pointers_go_with_their_links(void **state)
{
	static const char *const go[] = {"Lesen Sie auch: <a href=/a>Der lange Weg</a>",
	    "<b>LIRE AUSSI :</b> <a href=/a>Le dernier gardien du phare</a>",
	    "▶ Leggi anche <a href=/a>Il ponte</a>", "[CZYTAJ TEŻ: <a href=/a>Most</a>]",
	    "ЧИТАЙТЕ ТАКЖЕ: <a href=/a>Дом у моря</a>", "Διαβάστε επίσης: <a href=/a>Η γέφυρα</a>",
	    "اقرأ أيضا: <a href=/a>آخر حراس المنارة</a>", "関連記事：<a href=/a>最後の灯台守</a>",
	    "Mirá también"};
	static const char *const stay[] = {"Lesen Sie auch einmal ein Buch.",
	    "Siehe auch die Karte auf Seite drei",
	    "Lee también los sábados en su balcón, cuando hay sol.",
	    "Read more about <a href=/a>bridges</a>"};

	(void)state;
	lines_stay(go, ARRAY_LEN(go), "1101");
	lines_stay(stay, ARRAY_LEN(stay), "1111");
	assert_stays(OWN "<div><h4>Lesen Sie auch</h4><ul><li><a href=/a>Eins zwei</a><li><a "
			 "href=/b>Drei vier</a></ul></div>" PROSE "</div>",
	    "110001");
}

static void
labels_and_pleas_go(void **state)
{
	static const char *const go[] = {"Anzeige", "Haberin Devamı", "– ADVERTISEMENT –",
	    "Wir benötigen Ihre Zustimmung, um diesen Inhalt anzuzeigen.",
	    "© RIPRODUZIONE RISERVATA", "Подписывайтесь на наш канал в мессенджере",
	    "Ακολουθήστε μας στο Google News", "本紙掲載記事の無断転載を禁じます。"};
	static const char *const stay[] = {"Die Anzeige kam von einem Nachbarn.",
	    "Advertisement rules were the topic", "Das sagte er in seinem Kanal.",
	    "Den Vertrag können Sie jederzeit kündigen.",
	    "Об этом он сообщил в своём Telegram-канале.", "Lo publicó en su canal de Telegram.",
	    "Il vous reste dix minutes.", "Dann lesen sie einen Brief vor.",
	    "<code>all rights reserved</code>"};

	(void)state;
	lines_stay(go, ARRAY_LEN(go), "1101");
	lines_stay(stay, ARRAY_LEN(stay), "1111");
}

// A box with a plea and no paragraph is one; a plea beside paragraphs goes alone.
static void
boxes_of_pleas_go_whole(void **state)
{
	(void)state;
	assert_stays(OWN
	    "<div><h3>Am Morgen</h3><p>Der Newsletter mit den wichtigsten Nachrichten "
	    "des Tages</p><p>Abmelden jederzeit möglich.</p><button>Los</button></div>" PROSE
	    "</div>",
	    "1100001");
	assert_stays("<div>" PROSE "<p>Abmelden jederzeit möglich.</p><p>Kurz gesagt</p>" PROSE
		     "</div>",
	    "1011");
}

static void
teasers_below_go(void **state)
{
#define TEASER "<li><a href=/a>Ein Titel</a><p>Ein kurzer Text darunter.</p>"
	(void)state;
	assert_stays(
	    OWN "</div><div><h3>Weitere Artikel</h3><ul>" TEASER TEASER "</ul></div>", "1100000");
	// Paragraphs are among them, or few links.
	assert_stays(
	    OWN "</div><div><h3>Weitere Artikel</h3>" PROSE "<a href=/a>Ein</a></div>", "11111");
	assert_stays(
	    OWN "</div><div><h3>Weitere Artikel</h3><p>Eins</p><p>Zwei</p></div>", "11111");
	// Nothing stands above.
	assert_stays("<div><h3>Weitere Artikel</h3><ul>" TEASER TEASER "</ul></div>" OWN "</div>",
	    "1111111");
}

static void
talk_below_goes(void **state)
{
#define TALK PROSE "<p>Answer</p>"
	(void)state;
	assert_stays(OWN "</div><section><header><h2>Forum: 214 Postings</h2></header>" TALK
			 "</section>" PROSE,
	    "110001");
	assert_stays(OWN "<h3>12 Kommentare</h3>" TALK "</div>" PROSE, "110001");
	assert_stays(OWN "<div><b>Комментарии (3)</b><p>Да</p></div>" PROSE "</div>", "11001");
	// A button that leads there; other words beside it; nothing above.
	assert_stays(OWN "<p><a href=#c>Kommentare</a></p>" PROSE "</div>", "1111");
	assert_stays(OWN "<h3>Diskussion</h3>" TALK "</div>", "11111");
	assert_stays(OWN "<h3>1 Kommentar</h3>" TALK "</div>", "11000");
	assert_stays(OWN "<h3>Kommentare zum Haushalt</h3>" TALK "</div>", "11111");
	assert_stays("<div><h3>Comments</h3>" TALK "</div>" PROSE, "1111");
}

// An article about these things, or made of them, stays.
static void
what_is_all_asides_stays(void **state)
{
	(void)state;
	assert_stays(
	    "<p>Newsletter abonnieren heißt lesen.</p><p>Folge uns auf dem Weg.</p>", "11");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pointers_go_with_their_links),
	    cmocka_unit_test(labels_and_pleas_go),
	    cmocka_unit_test(boxes_of_pleas_go_whole),
	    cmocka_unit_test(teasers_below_go),
	    cmocka_unit_test(talk_below_goes),
	    cmocka_unit_test(what_is_all_asides_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
