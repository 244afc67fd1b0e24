// SPDX-License-Identifier: Apache-2.0
// The likeliest encoding of a page that declares none and is not UTF-8. East Asian encodings by the
// structure of their pairs and by what is common in them; single-byte ones by comparing how often
// each byte occurs with the letters of the languages written in them. One pass over the bytes, then
// work of fixed size.
#include "extract/html/charset_priv.h"
#include "extract/html/letters.h"

#define SAMPLE_BYTES ((size_t)1 << 20)

static bool
within(unsigned c, unsigned from, unsigned to)
{
	return c >= from && c <= to;
}

// --- UTF-8 with faults ---

bool
charset_has_utf8(struct sv v, size_t times)
{
	size_t good = 0, bad = 0;

	for (size_t i = 0; i < v.n;) {
		size_t n = utf8_seq(v.p + i, v.n - i);

		good += n > 1;
		bad += n == 0;
		i += n > 0 ? n : 1;
	}
	return good > times * bad;
}

// --- Thai ---

static bool
is_thai_mark(unsigned c)
{
	return c == 0xd1 || within(c, 0xd4, 0xda) || within(c, 0xe7, 0xee);
}

// Thai would pass for pairs of Chinese: but its vowel and tone marks always stand on a letter.
static bool
is_thai(struct sv v)
{
	const unsigned char *p = (const unsigned char *)v.p;
	size_t letters = 0, marks = 0;

	for (size_t i = 0; i < v.n; i++) {
		unsigned before = i > 0 ? p[i - 1] : 0;

		if (p[i] < 0x80)
			continue;
		if (!within(p[i], 0xa1, 0xda) && !within(p[i], 0xdf, 0xfb) && p[i] != 0xa0)
			return false;
		letters += within(p[i], 0xa1, 0xce);
		if (!is_thai_mark(p[i]))
			continue;
		if (!within(before, 0xa1, 0xce) && !is_thai_mark(before))
			return false;
		marks++;
	}
	return marks >= 2 && marks * 10 >= letters;
}

// --- pairs of bytes ---

struct pairs {
	size_t n, errors;
	size_t common; // of the most frequent blocks
	size_t marks;  // what tells the encoding from its neighbours
};

// Lead and trail bytes of one encoding, and which pairs are common in it.
struct multi_byte_rule {
	const char *name;
	bool (*is_pair)(unsigned lead, unsigned trail);
	bool (*is_common)(unsigned lead, unsigned trail);
	bool (*is_mark)(unsigned lead, unsigned trail);
	unsigned common_percent, mark_percent; // at least
	bool half_width;                       // A1 to DF stand for themselves
};

static bool
euc_pair(unsigned a, unsigned b)
{
	return within(a, 0xa1, 0xfe) && within(b, 0xa1, 0xfe);
}

static bool
euc_jp_pair(unsigned a, unsigned b)
{
	return euc_pair(a, b) || (a == 0x8e && within(b, 0xa1, 0xdf));
}

static bool
euc_jp_common(unsigned a, unsigned b)
{
	return b >= 0xa1 && (within(a, 0xa1, 0xa5) || within(a, 0xb0, 0xcf));
}

static bool
euc_jp_kana(unsigned a, unsigned b)
{
	return b >= 0xa1 && (a == 0xa4 || a == 0xa5);
}

static bool
sjis_pair(unsigned a, unsigned b)
{
	return (within(a, 0x81, 0x9f) || within(a, 0xe0, 0xfc)) &&
	       (within(b, 0x40, 0x7e) || within(b, 0x80, 0xfc));
}

static bool
sjis_kana(unsigned a, unsigned b)
{
	return (a == 0x82 && within(b, 0x9f, 0xf1)) || (a == 0x83 && within(b, 0x40, 0x96));
}

static bool
sjis_common(unsigned a, unsigned b)
{
	return sjis_kana(a, b) || a == 0x81 || within(a, 0x88, 0x97);
}

static bool
gbk_pair(unsigned a, unsigned b)
{
	return within(a, 0x81, 0xfe) && (within(b, 0x40, 0x7e) || within(b, 0x80, 0xfe));
}

static bool
gbk_common(unsigned a, unsigned b)
{
	return b >= 0xa1 && (within(a, 0xb0, 0xd7) || a == 0xa1 || a == 0xa3);
}

static bool
gbk_beyond_korean(unsigned a, unsigned b)
{
	return b >= 0xa1 && within(a, 0xc9, 0xd7);
}

static bool
big5_pair(unsigned a, unsigned b)
{
	return within(a, 0xa1, 0xf9) && (within(b, 0x40, 0x7e) || within(b, 0xa1, 0xfe));
}

static bool
big5_common(unsigned a, unsigned b)
{
	return within(a, 0xa4, 0xc6) || (a == 0xa1 && b <= 0x7e);
}

static bool
big5_low_trail(unsigned a, unsigned b)
{
	return within(a, 0xa4, 0xc6) && b <= 0x7e;
}

static bool
hangul(unsigned a, unsigned b)
{
	return b >= 0xa1 && within(a, 0xb0, 0xc8);
}

static const struct multi_byte_rule multi_byte_rules[] = {
    {"shift_jis", sjis_pair, sjis_common, sjis_kana, 70, 20, true},
    {"euc-jp", euc_jp_pair, euc_jp_common, euc_jp_kana, 70, 15, false},
    {"euc-kr", euc_pair, hangul, hangul, 80, 80, false},
    {"big5", big5_pair, big5_common, big5_low_trail, 70, 10, false},
    {"gbk", gbk_pair, gbk_common, gbk_beyond_korean, 70, 10, false},
};

static struct pairs
count_pairs(struct sv v, const struct multi_byte_rule *r)
{
	const unsigned char *p = (const unsigned char *)v.p;
	struct pairs c = {0};

	for (size_t i = 0; i < v.n; i++) {
		unsigned a = p[i], b = i + 1 < v.n ? p[i + 1] : 0;

		if (a < 0x80 || (r->half_width && within(a, 0xa1, 0xdf)))
			continue;
		if (!r->is_pair(a, b)) {
			c.errors++;
			continue;
		}
		c.n++;
		c.common += r->is_common(a, b);
		c.marks += r->is_mark(a, b);
		i++;
	}
	return c;
}

static const char *
detect_multi_byte(struct sv v)
{
	for (size_t i = 0; i < ARRAY_LEN(multi_byte_rules); i++) {
		const struct multi_byte_rule *r = &multi_byte_rules[i];
		struct pairs c = count_pairs(v, r);

		if (c.n >= 4 && c.errors * 50 <= c.n && c.common * 100 >= c.n * r->common_percent &&
		    c.marks * 100 >= c.n * r->mark_percent)
			return r->name;
	}
	return NULL;
}

// --- single bytes ---

// The letters beyond ASCII of a language in one encoding, the frequent ones first.
struct profile {
	const char *encoding;
	bool own_script; // words consist of them
	const char *letters;
};

#define RUSSIAN   "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
#define UKRAINIAN "оанивітерслкудмпзяьбгйчцхїжєшюфщґ"
#define SERBIAN   "аоиенрстјвкудмплзгбшчцћжњљђхфџ"
#define ARABIC    "اليمنترهبودعسقفحكجشصةخطذضىغثزأظئءإؤآ،"
#define GREEK     "αοιετσνηυρπκμλωςγδχθφβξζψάόίέήώύϊϋ"
#define HEBREW    "יוהלאתרבשמנדקעחפכסגטצזםןךףץ"
#define THAI      "านรอกเ่งยมล้วัีทสิตะดปขคไบหพแจ็ชณื์ใุูำึโถผศษธญฐซฟภ๊ฎ"
#define POLISH    "łęąóżśćńź"
#define CZECH     "íáěéčřžýšůúťňďó"
#define SLOVAK    "áíčéšýúžťľôňäóĺŕď"
#define HUNGARIAN "áéöóőíüúű"
#define ROMANIAN  "ăâîşţ"
#define CROATIAN  "čšžćđ"

static const struct profile profiles[] = {
    {"windows-1252", false, "éèàêçôîâûùïëœ«»"}, // French
    {"windows-1252", false, "äüößé"},
    {"windows-1252", false, "óíáñéúü¿¡"},
    {"windows-1252", false, "ãçáéíóêõâúôàü"}, // Portuguese
    {"windows-1252", false, "åäöé"},
    {"windows-1252", false, "øåæé"},
    {"windows-1252", false, "èàùòìéó"},     // Italian
    {"windows-1252", false, "íáðöéúþæóýÞ"}, // Icelandic
    {"windows-1252", false, "ëéïèöü"},      // Dutch
    {"windows-1250", false, POLISH},
    {"iso-8859-2", false, POLISH},
    {"windows-1250", false, CZECH},
    {"iso-8859-2", false, CZECH},
    {"windows-1250", false, SLOVAK},
    {"iso-8859-2", false, SLOVAK},
    {"windows-1250", false, HUNGARIAN},
    {"iso-8859-2", false, HUNGARIAN},
    {"windows-1250", false, ROMANIAN},
    {"iso-8859-2", false, ROMANIAN},
    {"windows-1250", false, CROATIAN},
    {"iso-8859-2", false, CROATIAN},
    {"windows-1254", false, "ıüşğçöİâ"},
    {"windows-1257", false, "ėšžįųūčąę"}, // Lithuanian
    {"windows-1257", false, "āīēšņļūģžčķ"},
    {"windows-1257", false, "äõüöšž"}, // Estonian
    {"windows-1251", true, RUSSIAN},
    {"windows-1251", true, UKRAINIAN},
    {"windows-1251", true, SERBIAN},
    {"koi8-r", true, RUSSIAN},
    {"koi8-u", true, UKRAINIAN},
    {"iso-8859-5", true, RUSSIAN},
    {"iso-8859-5", true, SERBIAN},
    {"ibm866", true, RUSSIAN},
    {"windows-1253", true, GREEK},
    {"iso-8859-7", true, GREEK},
    {"windows-1255", true, HEBREW},
    {"windows-1256", true, ARABIC},
    {"iso-8859-6", true, ARABIC},
    {"windows-874", true, THAI},
};

struct counts {
	size_t of[128];
	size_t all, beside; // how many stand beside another one
};

static struct counts
count_bytes(struct sv v)
{
	const unsigned char *p = (const unsigned char *)v.p;
	struct counts c = {0};

	for (size_t i = 0; i < v.n; i++) {
		if (p[i] < 0x80)
			continue;
		c.of[p[i] - 0x80]++;
		c.all++;
		c.beside += (i > 0 && p[i - 1] >= 0x80) || (i + 1 < v.n && p[i + 1] >= 0x80);
	}
	return c;
}

// Signs that any language may use.
static bool
is_sign(uint32_t c)
{
	return within(c, 0x2013, 0x2026) || c == 0xa0 || c == 0xa9 || c == 0xae || c == 0xab ||
	       c == 0xbb || c == 0xb0 || c == 0xb7 || c == 0x2122 || c == 0x20ac || c == 0xad;
}

// How well a code point fits: 8 for the most frequent letter of the profile down to 4; signs 3.
static double
fit(const struct profile *p, uint32_t c)
{
	struct sv letters = sv_from(p->letters);
	uint32_t low = letters_lower(c);
	double rank = 0, n = 0, found = -1;

	if (c == 0xfffd || within(c, 0x80, 0x9f))
		return -10;
	if (is_sign(c))
		return 3;
	for (size_t i = 0; i < letters.n; n++) {
		uint32_t l = letters_decode(letters, &i);

		if (l == c || l == low)
			found = l == c ? n : n + 100;
	}
	rank = found >= 100 ? found - 100 : found;
	if (found < 0)
		return -2;
	return 8 - 4 * rank / n - (found >= 100 ? 2 : 0); // capital letters are rarer
}

static double
score(const struct profile *p, const struct counts *c)
{
	const struct single_byte *e = charset_single_byte(p->encoding);
	double sum = 0, beside = (double)c->beside / (double)c->all;
	double expected = p->own_script ? MAX(0, 0.6 - beside) : MAX(0, beside - 0.3);

	for (size_t b = 0; b < 128 && e; b++)
		if (c->of[b] > 0)
			sum += (double)c->of[b] * fit(p, e->upper[b]);
	return sum / (double)c->all - 10 * expected;
}

const char *
charset_detect(struct sv bytes)
{
	struct sv v = {bytes.p, MIN(bytes.n, SAMPLE_BYTES)};
	struct counts c = count_bytes(v);
	const char *name = c.all == 0 || charset_has_utf8(v, 4) ? "utf-8" : detect_multi_byte(v);
	double best = -100;

	if (!name || strcmp(name, "gbk") == 0)
		name = is_thai(v) ? "windows-874" : name;
	if (name)
		return name;
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		double s = score(&profiles[i], &c);

		if (s > best + 0.01) {
			best = s;
			name = profiles[i].encoding;
		}
	}
	return name;
}
