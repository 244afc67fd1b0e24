// SPDX-License-Identifier: Apache-2.0
// Month names by language, lower-case, in the form that stands in dates (CLDR "wide" and genitive
// forms). A word of three or more letters that begins a name is taken for it ("sept", "févr").
#include "extract/meta/date.h"

static const char *const names[][12] = {
    /* en */ {"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december"},
    /* de */
    {"januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
	"november", "dezember"},
    /* de-AT */ {"jänner", "feber", "maerz", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    /* fr */
    {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
	"octobre", "novembre", "décembre"},
    /* fr, no accents */
    {NULL, "fevrier", NULL, NULL, NULL, NULL, NULL, "aout", NULL, NULL, NULL, "decembre"},
    /* es */
    {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
	"octubre", "noviembre", "diciembre"},
    /* es, pt */ {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "setiembre", NULL, NULL, NULL},
    /* it */
    {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
	"ottobre", "novembre", "dicembre"},
    /* pt */
    {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro",
	"outubro", "novembro", "dezembro"},
    /* ca */
    {"gener", "febrer", "març", "abril", "maig", "juny", "juliol", "agost", "setembre", "octubre",
	"novembre", "desembre"},
    /* nl */
    {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
	"oktober", "november", "december"},
    /* sv */
    {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
	"oktober", "november", "december"},
    /* da, no */
    {"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober",
	"november", "desember"},
    /* fi */
    {"tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta",
	"heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta"},
    /* pl */
    {"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
	"października", "listopada", "grudnia"},
    /* pl, nominative */
    {"styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień", "wrzesień",
	"październik", "listopad", "grudzień"},
    /* cs */
    {"ledna", "února", "března", "dubna", "května", "června", "července", "srpna", "září", "října",
	"listopadu", "prosince"},
    /* cs, nominative */
    {"leden", "únor", "březen", "duben", "květen", "červen", "červenec", "srpen", NULL, "říjen",
	"listopad", "prosinec"},
    /* sk */
    {"januára", "februára", "marca", "apríla", "mája", "júna", "júla", "augusta", "septembra",
	"októbra", "novembra", "decembra"},
    /* hu */
    {"január", "február", "március", "április", "május", "június", "július", "augusztus",
	"szeptember", "október", "november", "december"},
    /* ro */
    {"ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "august", "septembrie",
	"octombrie", "noiembrie", "decembrie"},
    /* tr */
    {"ocak", "şubat", "mart", "nisan", "mayıs", "haziran", "temmuz", "ağustos", "eylül", "ekim",
	"kasım", "aralık"},
    /* id */
    {"januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september",
	"oktober", "november", "desember"},
    /* ru */
    {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
	"октября", "ноября", "декабря"},
    /* ru, nominative */
    {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
	"ноябрь", "декабрь"},
    /* uk */
    {"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня",
	"жовтня", "листопада", "грудня"},
    /* bg */
    {"януари", "февруари", "март", "април", "май", "юни", "юли", "август", "септември", "октомври",
	"ноември", "декември"},
    /* el */
    {"ιανουαρίου", "φεβρουαρίου", "μαρτίου", "απριλίου", "μαΐου", "ιουνίου", "ιουλίου", "αυγούστου",
	"σεπτεμβρίου", "οκτωβρίου", "νοεμβρίου", "δεκεμβρίου"},
    /* el, nominative */
    {"ιανουάριος", "φεβρουάριος", "μάρτιος", "απρίλιος", "μάιος", "ιούνιος", "ιούλιος", "αύγουστος",
	"σεπτέμβριος", "οκτώβριος", "νοέμβριος", "δεκέμβριος"},
    /* ar */
    {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر",
	"نوفمبر", "ديسمبر"},
    /* ar, Levant */
    {NULL, "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", NULL, NULL, NULL},
    /* he */
    {"ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר",
	"נובמבר", "דצמבר"},
    /* hi */
    {"जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर",
	"दिसंबर"},
    /* lt */
    {"sausio", "vasario", "kovo", "balandžio", "gegužės", "birželio", "liepos", "rugpjūčio",
	"rugsėjo", "spalio", "lapkričio", "gruodžio"},
    /* vi, "tháng 1" is read by its number */
};

static size_t
characters(struct sv v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += ((unsigned char)v.p[i] & 0xc0) != 0x80;
	return n;
}

// He and hu write a one-letter preposition onto the name: ב, -án.
static struct sv
bare(struct sv w)
{
	static const char hebrew_be[] = "\xd7\x91";

	if (w.n > 4 && memcmp(w.p, hebrew_be, 2) == 0 && (unsigned char)w.p[2] == 0xd7)
		return (struct sv){w.p + 2, w.n - 2};
	return w;
}

static int
find(struct sv w, bool whole)
{
	for (size_t l = 0; l < ARRAY_LEN(names); l++)
		for (int m = 0; m < 12; m++)
			if (names[l][m] && names[l][m][0] == w.p[0] &&
			    (whole ? sv_eq_str(w, names[l][m])
				   : strncmp(names[l][m], w.p, w.n) == 0))
				return m + 1;
	return 0;
}

int
date_month_by_name(struct sv word)
{
	int month = word.n > 0 ? find(word, true) : 0;

	if (month == 0)
		month = find(word = bare(word), true);
	return month == 0 && characters(word) >= 3 ? find(word, false) : month;
}
