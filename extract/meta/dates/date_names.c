// SPDX-License-Identifier: Apache-2.0
// Month names by language, in the form that stands in dates (genitives first, nominatives after
// them). Letters are folded on both sides: no accents, no case, one form of each Arabic letter; so
// the Latin names stand here without accents. A word of three or more letters that begins a name is
// taken for it ("sept", "févr").
#include "extract/html/letters.h"
#include "extract/meta/dates/date.h"

#include <limits.h>

#define FOLDED_MAX 48

static const struct {
	const char *lang; // ISO 639-1; NULL: no page is in it alone
	const char *month[12];
} names[] = {
    {"en", {"january", "february", "march", "april", "may", "june", "july", "august", "september",
	       "october", "november", "december"}},
    {"de", {"januar", "februar", "marz", "april", "mai", "juni", "juli", "august", "september",
	       "oktober", "november", "dezember"}},
    {"de", {"janner", "feber", "maerz"}}, {"de", {NULL, NULL, "mrz"}},
    {"fr", {"janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre",
	       "octobre", "novembre", "decembre"}},
    {"es", {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
	       "octubre", "noviembre", "diciembre"}},
    {"es", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "setiembre"}},
    {"it", {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
	       "settembre", "ottobre", "novembre", "dicembre"}},
    {"pt", {"janeiro", "fevereiro", "marco", "abril", "maio", "junho", "julho", "agosto",
	       "setembro", "outubro", "novembro", "dezembro"}},
    {"ca", {"gener", "febrer", "marc", "abril", "maig", "juny", "juliol", "agost", "setembre",
	       "octubre", "novembre", "desembre"}},
    {"gl", {"xaneiro", "febreiro", "marzo", "abril", "maio", "xuno", "xullo", "agosto", "setembro",
	       "outubro", "novembro", "decembro"}},
    {"ro", {"ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "august",
	       "septembrie", "octombrie", "noiembrie", "decembrie"}},
    {"nl", {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
	       "oktober", "november", "december"}},
    {"nl", {NULL, NULL, "mrt"}},
    {"sv", {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
	       "oktober", "november", "december"}},
    {"da", {"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
	       "oktober", "november", "december"}},
    {"no", {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september",
	       "oktober", "november", "desember"}},
    {"is", {"januar", "februar", "mars", "april", "mai", "juni", "juli", "agust", "september",
	       "oktober", "november", "desember"}},
    {"fi", {"tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesakuuta",
	       "heinakuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta"}},
    {"et", {"jaanuar", "veebruar", "marts", "aprill", "mai", "juuni", "juuli", "august",
	       "september", "oktoober", "november", "detsember"}},
    {"lv", {"janvaris", "februaris", "marts", "aprilis", "maijs", "junijs", "julijs", "augusts",
	       "septembris", "oktobris", "novembris", "decembris"}},
    {"lv", {"janvari", "februari", "marta", "aprili", "maija", "junija", "julija", "augusta",
	       "septembri", "oktobri", "novembri", "decembri"}},
    {"lt", {"sausio", "vasario", "kovo", "balandzio", "geguzes", "birzelio", "liepos", "rugpjucio",
	       "rugsejo", "spalio", "lapkricio", "gruodzio"}},
    {"lt", {"sausis", "vasaris", "kovas", "balandis", "geguze", "birzelis", "liepa", "rugpjutis",
	       "rugsejis", "spalis", "lapkritis", "gruodis"}},
    {"pl", {"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia",
	       "wrzesnia", "pazdziernika", "listopada", "grudnia"}},
    {"pl", {"styczen", "luty", "marzec", "kwiecien", "maj", "czerwiec", "lipiec", "sierpien",
	       "wrzesien", "pazdziernik", "listopad", "grudzien"}},
    {"cs", {"ledna", "unora", "brezna", "dubna", "kvetna", "cervna", "cervence", "srpna", "zari",
	       "rijna", "listopadu", "prosince"}},
    {"cs", {"leden", "unor", "brezen", "duben", "kveten", "cerven", "cervenec", "srpen", "zari",
	       "rijen", "listopad", "prosinec"}},
    {"sk", {"januara", "februara", "marca", "aprila", "maja", "juna", "jula", "augusta",
	       "septembra", "oktobra", "novembra", "decembra"}},
    {"sl", {"januarja", "februarja", "marca", "aprila", "maja", "junija", "julija", "avgusta",
	       "septembra", "oktobra", "novembra", "decembra"}},
    {"sl", {"januar", "februar", "marec", "april", "maj", "junij", "julij", "avgust", "september",
	       "oktober", "november", "december"}},
    {"hr", {"sijecnja", "veljace", "ozujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza",
	       "rujna", "listopada", "studenoga", "prosinca"}},
    {"hr", {"sijecanj", "veljaca", "ozujak", "travanj", "svibanj", "lipanj", "srpanj", "kolovoz",
	       "rujan", "listopad", "studenog", "prosinac"}},
    {"sr", {"januar", "februar", "mart", "april", "maj", "jun", "jul", "avgust", "septembar",
	       "oktobar", "novembar", "decembar"}},
    {"sr", {"јануар", "фебруар", "март", "април", "мај", "јун", "јул", "август", "септембар",
	       "октобар", "новембар", "децембар"}},
    {"mk", {"јануари", "февруари", "март", "април", "мај", "јуни", "јули", "август", "септември",
	       "октомври", "ноември", "декември"}},
    {"sq", {"janar", "shkurt", "mars", "prill", "maj", "qershor", "korrik", "gusht", "shtator",
	       "tetor", "nentor", "dhjetor"}},
    {"hu", {"januar", "februar", "marcius", "aprilis", "majus", "junius", "julius", "augusztus",
	       "szeptember", "oktober", "november", "december"}},
    {"tr", {"ocak", "subat", "mart", "nisan", "mayis", "haziran", "temmuz", "agustos", "eylul",
	       "ekim", "kasim", "aralik"}},
    {"az", {"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avqust", "sentyabr",
	       "oktyabr", "noyabr", "dekabr"}},
    {"id", {"januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september",
	       "oktober", "november", "desember"}},
    {"ms", {"januari", "februari", "mac", "april", "mei", "jun", "julai", "ogos", "september",
	       "oktober", "november", "disember"}},
    {"tl", {"enero", "pebrero", "marso", "abril", "mayo", "hunyo", "hulyo", "agosto", "setyembre",
	       "oktubre", "nobyembre", "disyembre"}},
    {"sw", {"januari", "februari", "machi", "aprili", "mei", "juni", "julai", "agosti", "septemba",
	       "oktoba", "novemba", "desemba"}},
    {"ru", {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
	       "октября", "ноября", "декабря"}},
    {"ru", {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь",
	       "октябрь", "ноябрь", "декабрь"}},
    {"uk", {"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня",
	       "вересня", "жовтня", "листопада", "грудня"}},
    {"uk", {"січень", "лютий", "березень", "квітень", "травень", "червень", "липень", "серпень",
	       "вересень", "жовтень", "листопад", "грудень"}},
    {"be", {"студзеня", "лютага", "сакавіка", "красавіка", "мая", "чэрвеня", "ліпеня", "жніўня",
	       "верасня", "кастрычніка", "лістапада", "снежня"}},
    {"bg", {"януари", "февруари", "март", "април", "май", "юни", "юли", "август", "септември",
	       "октомври", "ноември", "декември"}},
    {"kk", {"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек",
	       "қазан", "қараша", "желтоқсан"}},
    {"el", {"ιανουαριου", "φεβρουαριου", "μαρτιου", "απριλιου", "μαιου", "ιουνιου", "ιουλιου",
	       "αυγουστου", "σεπτεμβριου", "οκτωβριου", "νοεμβριου", "δεκεμβριου"}},
    {"el", {"ιανουαριοσ", "φεβρουαριοσ", "μαρτιοσ", "απριλιοσ", "μαιοσ", "ιουνιοσ", "ιουλιοσ",
	       "αυγουστοσ", "σεπτεμβριοσ", "οκτωβριοσ", "νοεμβριοσ", "δεκεμβριοσ"}},
    {"ka", {"იანვარი", "თებერვალი", "მარტი", "აპრილი", "მაისი", "ივნისი", "ივლისი", "აგვისტო",
	       "სექტემბერი", "ოქტომბერი", "ნოემბერი", "დეკემბერი"}},
    {"hy", {"հունվարի", "փետրվարի", "մարտի", "ապրիլի", "մայիսի", "հունիսի", "հուլիսի", "օգոստոսի",
	       "սեպտեմբերի", "հոկտեմբերի", "նոյեմբերի", "դեկտեմբերի"}},
    {"he", {"ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר",
	       "נובמבר", "דצמבר"}},
    {"ar", {"يناير", "فبراير", "مارس", "ابريل", "مايو", "يونيو", "يوليو", "اغسطس", "سبتمبر",
	       "اكتوبر", "نوفمبر", "ديسمبر"}},
    {"ar", {NULL, "شباط", "اذار", "نيسان", "ايار", "حزيران", "تموز", "اب", "ايلول"}},
    {"ar", {"جانفي", "فيفري", NULL, "افريل", "ماي", "جوان", "جويلية", "اوت"}},
    {"ar", {NULL, NULL, NULL, NULL, NULL, NULL, "يوليوز", "غشت", "شتنبر", NULL, "نونبر", "دجنبر"}},
    {"fa", {"ژانويه", "فوريه", "مارس", "اوريل", "مه", "ژوين", "ژوييه", "اوت", "سپتامبر", "اكتبر",
	       "نوامبر", "دسامبر"}},
    {"ur", {"جنوري", "فروري", "مارچ", "اپريل", "ميي", "جون", "جولايي", "اگست", "ستمبر", "اكتوبر",
	       "نومبر", "دسمبر"}},
    {"hi", {"जनवरी", "फरवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर",
	       "दिसंबर"}},
    {"hi", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "सितम्बर", "अक्तूबर", "नवम्बर", "दिसम्बर"}},
    {"mr", {"जानेवारी", "फेब्रुवारी", "मार्च", "एप्रिल", "मे", "जून", "जुलै", "ऑगस्ट", "सप्टेंबर", "ऑक्टोबर",
	       "नोव्हेंबर", "डिसेंबर"}},
    {"bn", {"জানুযারি", "ফেব্রুযারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর",
	       "অক্টোবর", "নভেম্বর", "ডিসেম্বর"}},
    {"ta", {"ஜனவரி", "பிப்ரவரி", "மார்ச்", "ஏப்ரல்", "மே", "ஜூன்", "ஜூலை", "ஆகஸ்ட்", "செப்டம்பர்", "அக்டோபர்",
	       "நவம்பர்", "டிசம்பர்"}},
    {"te", {"జనవరి", "ఫిబ్రవరి", "మార్చి", "ఏప్రిల్", "మే", "జూన్", "జులై", "ఆగస్టు", "సెప్టెంబర్", "అక్టోబర్", "నవంబర్",
	       "డిసెంబర్"}},
    {"th", {"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม",
	       "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"}},
    {"th", {"มค", "กพ", "มีค", "เมย", "พค", "มิย", "กค", "สค", "กย", "ตค", "พย", "ธค"}},
    {"gu", {"જાન્યુઆરી", "ફેબ્રુઆરી", "માર્ચ", "એપ્રિલ", "મે", "જૂન", "જુલાઈ", "ઑગસ્ટ", "સપ્ટેમ્બર", "ઑક્ટોબર",
	       "નવેમ્બર", "ડિસેમ્બર"}},
    {"pa", {"ਜਨਵਰੀ", "ਫਰਵਰੀ", "ਮਾਰਚ", "ਅਪ੍ਰੈਲ", "ਮਈ", "ਜੂਨ", "ਜੁਲਾਈ", "ਅਗਸਤ", "ਸਤੰਬਰ", "ਅਕਤੂਬਰ", "ਨਵੰਬਰ",
	       "ਦਸੰਬਰ"}},
    {"pa", {"ਜਨ", "ਫਰ", NULL, NULL, NULL, NULL, NULL, "ਅਗ"}},
    {"kn", {"ಜನವರಿ", "ಫೆಬ್ರವರಿ", "ಮಾರ್ಚ್", "ಏಪ್ರಿಲ್", "ಮೇ", "ಜೂನ್", "ಜುಲೈ", "ಆಗಸ್ಟ್", "ಸೆಪ್ಟೆಂಬರ್", "ಅಕ್ಟೋಬರ್",
	       "ನವೆಂಬರ್", "ಡಿಸೆಂಬರ್"}},
    {"kn", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ಆಗ"}},
    {"ml", {"ജനുവരി", "ഫെബ്രുവരി", "മാർച്ച്", "ഏപ്രിൽ", "മേയ്", "ജൂൺ", "ജൂലൈ", "ഓഗസ്റ്റ്", "സെപ്റ്റംബർ", "ഒക്ടോബർ",
	       "നവംബർ", "ഡിസംബർ"}},
    {"ml", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ഓഗ"}},
    {"ne", {"जनवरी", "फेब्रुअरी", "मार्च", "अप्रिल", "मे", "जुन", "जुलाई", "अगस्ट", "सेप्टेम्बर", "अक्टोबर",
	       "नोभेम्बर", "डिसेम्बर"}},
    {"si", {"ජනවාරි", "පෙබරවාරි", "මාර්තු", "අප්රේල්", "මැයි", "ජූනි", "ජූලි", "අගෝස්තු", "සැප්තැම්බර්", "ඔක්තෝබර්",
	       "නොවැම්බර්", "දෙසැම්බර්"}},
    {"si", {"ජන"}},
    {"km", {"មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា",
	       "ធ្នូ"}},
    {"my", {"ဇန်နဝါရီ", "ဖေဖော်ဝါရီ", "မတ်", "ဧပြီ", "မေ", "ဇွန်", "ဇူလိုင်", "ဩဂုတ်", "စက်တင်ဘာ", "အောက်တိုဘာ",
	       "နိုဝင်ဘာ", "ဒီဇင်ဘာ"}},
    {"my", {NULL, "ဖေ", NULL, "ဧ", NULL, NULL, "ဇူ", "ဩ", NULL, NULL, NULL, "ဒီ"}},
    {"cy", {"ionawr", "chwefror", "mawrth", "ebrill", "mai", "mehefin", "gorffennaf", "awst",
	       "medi", "hydref", "tachwedd", "rhagfyr"}},
    {"ga", {"eanair", "feabhra", "marta", "aibrean", "bealtaine", "meitheamh", "iuil", "lunasa",
	       "mean", "deireadh", "samhain", "nollaig"}},
    {"ga", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "mfomh", "dfomh"}},
    {"af", {"januarie", "februarie", "maart", "april", "mei", "junie", "julie", "augustus",
	       "september", "oktober", "november", "desember"}},
    {"af", {NULL, NULL, "mrt"}},
    {"uz", {"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr",
	       "oktabr", "noyabr", "dekabr"}},
    {"uz", {NULL, NULL, NULL, NULL, NULL, "iyn", "iyl"}},
    {"hi", {"जन", "फर", NULL, NULL, NULL, NULL, NULL, "अग", NULL, NULL, "नव"}},
    {"mr", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ऑग"}},
    {"bn", {"জানুযারী", "ফেব্রুযারী", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর",
	       "অক্টোবর", "নভেম্বর", "ডিসেম্বর"}},
    {"ta", {"ஜன", NULL, NULL, NULL, NULL, NULL, NULL, "ஆக", NULL, NULL, "நவ"}},
    {"te", {"జన", NULL, NULL, NULL, NULL, NULL, NULL, "ఆగ"}},
    {"hy", {"հնվ", "փտվ", "մրտ", NULL, "մյս", "հնս", "հլս", "օգս"}},
    {"az", {NULL, NULL, NULL, NULL, NULL, "iyn", "iyl"}},
    {"ca", {NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ag"}},
    {"lo", {"ມັງກອນ", "ກຸມພາ", "ມີນາ", "ເມສາ", "ພຶດສະພາ", "ມິຖຸນາ", "ກໍລະກົດ", "ສິງຫາ", "ກັນຍາ", "ຕຸລາ",
	       "ພະຈິກ", "ທັນວາ"}},
    {"lb", {NULL, NULL, NULL, "abrell", "mee"}},
    {"am", {"ጃንዋሪ", "ፌብሩዋሪ", "ማርች", "ኤፕሪል", "ሜይ", "ጁን", "ጁላይ", "ኦገስት", "ሴፕቴምበር", "ኦክቶበር", "ኖቬምበር",
	       "ዲሴምበር"}},
    {"eu", {"urtarrilaren", "otsailaren", "martxoaren", "apirilaren", "maiatzaren", "ekainaren",
	       "uztailaren", "abuztuaren", "irailaren", "urriaren", "azaroaren", "abenduaren"}},
    /* vi, "tháng 1" is read by its number; zh, ja, ko by theirs */
};

// The Iranian months, Farvardin to Esfand.
static const char *const jalali[12] = {"فروردين", "ارديبهشت", "خرداد", "تير", "مرداد", "شهريور",
    "مهر", "ابان", "اذر", "دي", "بهمن", "اسفند"};

// --- folding ---

// U+00E0 … U+017F, lower case
static const char latin[] = "aaaaaaaceeeeiiii"
			    "dnooooo/ouuuuyty"
			    "aaaaaaccccccccdd"
			    "ddeeeeeeeeeegggg"
			    "gggghhhhiiiiiiii"
			    "iiiijjkkklllllll"
			    "lllnnnnnnnnnoooo"
			    "oooorrrrrrssssss"
			    "ssttttttuuuuuuuu"
			    "uuuuwwyyyzzzzzzs";

// The plain letter; 0 for a mark that is left out.
static uint32_t
fold(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} pairs[] = {{0x218, 's'}, {0x219, 's'}, {0x21a, 't'}, {0x21b, 't'}, {0x3ac, 0x3b1},
	    {0x3ad, 0x3b5}, {0x3ae, 0x3b7}, {0x3af, 0x3b9}, {0x3ca, 0x3b9}, {0x390, 0x3b9},
	    {0x3cc, 0x3bf}, {0x3cd, 0x3c5}, {0x3ce, 0x3c9}, {0x3c2, 0x3c3}, {0x386, 0x3b1},
	    {0x388, 0x3b5}, {0x389, 0x3b7}, {0x38a, 0x3b9}, {0x38c, 0x3bf}, {0x451, 0x435},
	    {0x622, 0x627}, {0x623, 0x627}, {0x625, 0x627}, {0x671, 0x627}, {0x649, 0x64a},
	    {0x6cc, 0x64a}, {0x626, 0x64a}, {0x6a9, 0x643}, {0x9df, 0x9af}};

	if (c < 0x80)
		return c;
	if (c >= 0xe0 && c <= 0x17f)
		return (unsigned char)latin[c - 0xe0];
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0x64b && c <= 0x655) || c == 0x640 || c == 0x93c ||
	    c == 0x9bc || c == 0xa3c || c == 0xabc || c == 0x200c || c == 0x200d)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i].from == c)
			return pairs[i].to;
	return c;
}

struct folded {
	char p[FOLDED_MAX];
	size_t n, characters;
};

static void
fold_word(struct folded *f, struct sv w)
{
	*f = (struct folded){0};
	for (size_t i = 0; i < w.n && f->n + 4 < sizeof(f->p);) {
		uint32_t c = fold(letters_decode(w, &i));

		if (c == 0)
			continue;
		f->n += letters_encode(c, f->p + f->n);
		f->characters++;
	}
}

// --- the search ---

#define ENTRIES_MAX (ARRAY_LEN(names) * 12)

struct entry {
	const char *name;
	uint16_t row, month;
};
// Sorted by name, then row; filled before main, since a confined worker has no futex for a once.
static struct entry entries[ENTRIES_MAX];
static size_t n_entries;
static uint16_t starts[256 + 1]; // of the names by their first byte

static bool
is_before(const struct entry *a, const struct entry *b)
{
	int by_name = strcmp(a->name, b->name);

	return by_name != 0 ? by_name < 0 : a->row < b->row;
}

// Shell's sort: glibc's qsort asks the kernel for the size of its memory, which a worker may not.
static void
sort_entries(void)
{
	for (size_t gap = n_entries / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
		for (size_t i = gap; i < n_entries; i++) {
			struct entry e = entries[i];
			size_t k = i;

			for (; k >= gap && is_before(&e, &entries[k - gap]); k -= gap)
				entries[k] = entries[k - gap];
			entries[k] = e;
		}
}

static void __attribute__((constructor)) fill_entries(void)
{
	for (uint16_t r = 0; r < ARRAY_LEN(names); r++)
		for (uint16_t m = 0; m < 12; m++)
			if (names[r].month[m])
				entries[n_entries++] =
				    (struct entry){names[r].month[m], r, (uint16_t)(m + 1)};
	sort_entries();
	for (size_t i = 0; i < n_entries; i++)
		starts[(unsigned char)entries[i].name[0] + 1]++;
	for (size_t c = 1; c < ARRAY_LEN(starts); c++)
		starts[c] = (uint16_t)(starts[c] + starts[c - 1]);
}

// The first entry that is not before the word.
static size_t
lower_bound(const struct folded *f)
{
	unsigned char c = (unsigned char)f->p[0];
	size_t lo = starts[c], hi = starts[c + 1];

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(entries[mid].name, f->p) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
is_in(struct sv tag, const char *lang)
{
	if (sv_istarts(tag, "fil"))
		return strcmp(lang, "tl") == 0;
	return sv_istarts(tag, lang) && (tag.n == 2 || tag.p[2] == '-' || tag.p[2] == '_');
}

// Whole names before beginnings of names, the page's language before others, then the table's
// order.
static int
find(const struct folded *f, struct sv lang)
{
	unsigned best = UINT_MAX;
	int month = 0;

	for (size_t i = lower_bound(f); i < n_entries; i++) {
		const struct entry *e = &entries[i];
		bool whole, own;
		unsigned rank;

		if (strncmp(e->name, f->p, f->n) != 0 ||
		    (f->characters < 3 && e->name[f->n] != '\0'))
			break;
		whole = e->name[f->n] == '\0';
		own = is_in(lang, names[e->row].lang);
		rank = (own ? 0u : 2000u) + (whole ? 0u : 1000u) + e->row;
		if (rank < best) {
			best = rank;
			month = e->month;
		}
	}
	return month;
}

static int
find_jalali(const struct folded *f)
{
	for (int m = 0; m < 12 && (unsigned char)f->p[0] >= 0x80; m++)
		if (strcmp(jalali[m], f->p) == 0)
			return DATE_JALALI + m + 1;
	return 0;
}

int
date_month_by_name(struct sv word, struct sv lang)
{
	static const char hebrew_be[] = "ב"; // "in", written onto the name
	struct folded f;
	int month;

	if (word.n > 4 && memcmp(word.p, hebrew_be, 2) == 0 && (unsigned char)word.p[2] == 0xd7)
		word = (struct sv){word.p + 2, word.n - 2};
	fold_word(&f, word);
	if (f.n == 0)
		return 0;
	month = find(&f, lang);
	return month == 0 ? find_jalali(&f) : month;
}
