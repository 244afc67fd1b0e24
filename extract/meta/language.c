// SPDX-License-Identifier: Apache-2.0
// The language of a page: what it declares, unless its text clearly speaks another one. The text is
// judged by its script and, for the Latin alphabet, by its small words. Pure.
#include "extract/html/ascii_block.h"
#include "extract/html/letters.h"
#include "extract/meta/metadata_priv.h"

#include <assert.h>
#include <endian.h>

#define SAMPLE_BYTES    6000
#define SAMPLE_MIN      400  // bytes of running text; with less, all text is looked at
#define MIN_WORDS       60   // of the Latin alphabet; fewer say nothing
#define MIN_LETTERS     20   // of a script
#define MIN_SHARE       0.08 // of small words in running text
#define MIN_LEAD        1.5  // over the second language
#define SCRIPT_MAJORITY 0.5
#define TAG_MAX         20

// --- script ---

enum script {
	SCRIPT_LATIN,
	SCRIPT_GREEK,
	SCRIPT_CYRILLIC,
	SCRIPT_ARMENIAN,
	SCRIPT_HEBREW,
	SCRIPT_ARABIC,
	SCRIPT_DEVANAGARI,
	SCRIPT_BENGALI,
	SCRIPT_TAMIL,
	SCRIPT_THAI,
	SCRIPT_GEORGIAN,
	SCRIPT_HANGUL,
	SCRIPT_KANA,
	SCRIPT_HAN,
	SCRIPT_COUNT,
};
static const struct {
	uint32_t first, last;
	uint8_t script;
	const char *lang; // NULL: more than one
} blocks[] = {
    {0xc0, 0x24f, SCRIPT_LATIN, NULL},
    {0x1e00, 0x1eff, SCRIPT_LATIN, NULL},
    {0x370, 0x3ff, SCRIPT_GREEK, "el"},
    {0x400, 0x52f, SCRIPT_CYRILLIC, NULL},
    {0x530, 0x58f, SCRIPT_ARMENIAN, "hy"},
    {0x590, 0x5ff, SCRIPT_HEBREW, "he"},
    {0x600, 0x6ff, SCRIPT_ARABIC, NULL},
    {0x900, 0x97f, SCRIPT_DEVANAGARI, "hi"},
    {0x980, 0x9ff, SCRIPT_BENGALI, "bn"},
    {0xb80, 0xbff, SCRIPT_TAMIL, "ta"},
    {0xe00, 0xe7f, SCRIPT_THAI, "th"},
    {0x10a0, 0x10ff, SCRIPT_GEORGIAN, "ka"},
    {0xac00, 0xd7af, SCRIPT_HANGUL, "ko"},
    {0x3040, 0x30ff, SCRIPT_KANA, "ja"},
    {0x4e00, 0x9fff, SCRIPT_HAN, "zh"},
};

struct letters {
	size_t n[SCRIPT_COUNT], total;
	size_t ukrainian, russian, bulgarian, persian; // letters that only these use
};

static void
count_special(struct letters *l, uint32_t c)
{
	l->ukrainian += c == 0x456 || c == 0x457 || c == 0x454 || c == 0x491; // і ї є ґ
	l->russian += c == 0x44b || c == 0x44d || c == 0x451;                 // ы э ё
	l->bulgarian += c == 0x44a;                                           // ъ
	l->persian += c == 0x67e || c == 0x686 || c == 0x6af || c == 0x6cc;   // پ چ گ ی
}

typedef uint8_t bytes __attribute__((vector_size(16)));

// Sixteen bytes at a time, as long as all are ASCII. How many were counted.
static size_t
count_ascii(const char *p, size_t n, struct letters *l)
{
	size_t i = 0, letters = 0;

	for (bytes part; i + sizeof(part) <= n; i += sizeof(part)) {
		uint64_t halves[2];

		memcpy(&part, p + i, sizeof(part));
		memcpy(halves, &part, sizeof(part));
		if ((halves[0] | halves[1]) & UINT64_C(0x8080808080808080))
			break;
		part = (bytes)((part | 0x20) - 'a' < 26) & 1;
		memcpy(halves, &part, sizeof(part));
		letters += (halves[0] + halves[1]) * UINT64_C(0x0101010101010101) >> 56;
	}
	l->n[SCRIPT_LATIN] += letters;
	l->total += letters;
	return i;
}

static void
count_letters(struct sv text, struct letters *l)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t c = (unsigned char)text.p[i];

		if (c < 0x80) {
			size_t n = count_ascii(text.p + i, text.n - i, l);

			i += n;
			if (n > 0)
				continue;
			bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

			l->n[SCRIPT_LATIN] += letter;
			l->total += letter;
			i++;
			continue;
		}
		c = letters_lower(letters_decode(text, &i));
		for (size_t k = 0; k < ARRAY_LEN(blocks); k++)
			if (c >= blocks[k].first && c <= blocks[k].last) {
				l->n[blocks[k].script]++;
				l->total++;
			}
		count_special(l, c);
	}
}

static const char *
by_script(const struct letters *l)
{
	if ((double)l->n[SCRIPT_KANA] > 0.1 * (double)l->total)
		return "ja";
	for (size_t k = 0; k < ARRAY_LEN(blocks); k++)
		if (blocks[k].lang &&
		    (double)l->n[blocks[k].script] > SCRIPT_MAJORITY * (double)l->total)
			return blocks[k].lang;
	if ((double)l->n[SCRIPT_ARABIC] > SCRIPT_MAJORITY * (double)l->total)
		return l->persian * 30 > l->n[SCRIPT_ARABIC] ? "fa" : "ar";
	if ((double)l->n[SCRIPT_CYRILLIC] <= SCRIPT_MAJORITY * (double)l->total)
		return NULL;
	if (l->ukrainian > l->russian)
		return "uk";
	return l->russian * 100 > l->n[SCRIPT_CYRILLIC] ? "ru" : l->bulgarian > 0 ? "bg" : NULL;
}

// --- small words ---

static const struct {
	const char *lang;
	const char *words; // each between spaces
} small_words[] = {
    {"en",
	" the and of to in is that for with are this on you it as be or from by at have was not your can "},
    {"de",
	" der die und das den von mit ist ein eine für auf nicht sich des dem im zu auch als werden bei sind wir "},
    {"fr",
	" de la le et les des est une un pour que dans en du qui sur pas vous par avec plus ce nous sont au "},
    {"es", " de la que el en y los se del las un por con una para es su al lo como más pero sus "},
    {"it",
	" di e che la il un per è non una in sono con da del si della le come più i dei nel gli "},
    {"pt",
	" de que e o a do da em um para com não uma os no se na por mais as dos como mas ao das "},
    {"nl",
	" de van het een en in is dat op te voor met zijn niet aan die er om ook als bij door maar naar "},
    {"sv", " och i att det som en på är av för med till den har de inte om ett kan var för vi så "},
    {"da",
	" og i at det er en til på af som for med de den der ikke har et kan vi du om fra eller "},
    {"no",
	" og i å det er en til på av som for med de den ikke har et kan vi du om fra eller jeg "},
    {"fi", " ja on ei että se oli myös kun mutta ovat tai sekä kuin joka niin voi hyvin näin nyt "},
    {"pl",
	" i w na z nie do to się jest że o jak za od przez dla ale po czy tak tego lub być oraz "},
    {"cs", " a v se na je že s z do to i pro ve jsou jako za od po by podle nebo tak jeho které "},
    {"hu",
	" a az és hogy nem is egy de meg ez van volt csak már vagy mint ha számára lehet ki el "},
    {"ro", " de și în la a cu din pe care nu este pentru mai sau o un prin dar ce sunt au fost "},
    {"tr", " ve bir bu için ile de da olarak daha çok olan gibi kadar ne veya en sonra ama her "},
    {"id",
	" yang dan di untuk dengan ini dari pada adalah dalam tidak itu ke atau akan juga oleh bisa anda "},
    {"hr", " i je u na se za da su od iz koji kao što ne sa ali biti nije koje bi će sve "},
    {"et", " ja on ei see et ka oma mis kui aga oli siis nii või veel seda ning tema "},
    {"lv", " un ir ar no par uz kas ka tas bet vai pie kā arī nav tika pēc šo "},
    {"lt", " ir yra kad su į iš bet tai kaip buvo ar apie nuo dėl jis taip tik "},
    {"sq", " dhe në të e për me nga një që si është nuk se kjo më janë ka "},
    {"tl", " ang ng sa na mga at ay ito para hindi ni kung siya niya may isang "},
    {"vi", " của và có là cho không các được trong những với một này để khi người "},
};

#define LANGUAGES   ARRAY_LEN(small_words)
#define WORD_SLOTS  2048 // of about 450 words
#define LETTERS_MAX 8    // of a small word

struct word_slot {
	uint64_t key;
	uint32_t languages; // bits by the order of small_words
};
static struct word_slot word_slots[WORD_SLOTS]; // filled before main

static struct word_slot *
slot_of(uint64_t key)
{
	uint32_t i = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 53); // of WORD_SLOTS

	while (word_slots[i].languages != 0 && word_slots[i].key != key)
		i = (i + 1) & (WORD_SLOTS - 1);
	return &word_slots[i];
}

// A word of up to 8 letters is told by them, longer ones are not looked up.
static uint64_t
add_letter(uint64_t key, uint32_t c)
{
	return (key << 8 | key >> 56) ^ c;
}

// The small letter of an ASCII one; 0: no letter, OTHER: not ASCII.
#define OTHER 0xff
static uint8_t ascii_letters[256];

static void __attribute__((constructor)) fill_words(void)
{
	static_assert(LANGUAGES <= 32, "a bit a language");
	for (size_t l = 0; l < LANGUAGES; l++) {
		struct sv list = sv_from(small_words[l].words);
		uint64_t key = 0;

		for (size_t i = 1; i < list.n;) {
			uint32_t c = letters_decode(list, &i);

			if (c != ' ') {
				key = add_letter(key, c);
				continue;
			}
			*slot_of(key) = (struct word_slot){key, slot_of(key)->languages | 1u << l};
			key = 0;
		}
	}
	for (unsigned c = 0; c < ARRAY_LEN(ascii_letters); c++)
		ascii_letters[c] = (uint8_t)(c >= 0x80                                ? OTHER
					     : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? c | 0x20
										      : 0);
}

struct word_counts {
	size_t hits[LANGUAGES];
	size_t words;
};

static void
count_word(struct word_counts *w, uint64_t key, size_t letters)
{
	uint32_t bits = letters <= LETTERS_MAX ? slot_of(key)->languages : 0;

	w->words++;
	for (; bits != 0; bits &= bits - 1)
		w->hits[__builtin_ctz(bits)]++;
}

// The letter beyond ASCII at *i in lower case; 0: it is none.
static uint32_t
wide_letter(struct sv text, size_t *i)
{
	uint32_t c = letters_lower(letters_decode(text, i));

	return (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x2000 && c != 0xd7) ? c : 0;
}

// The same key as add_letter's, of a word of ASCII.
static uint64_t
plain_key(const char *word, unsigned letters)
{
	const uint64_t small = UINT64_C(0x2020202020202020);
	uint64_t key;

	memcpy(&key, word, sizeof(key));
	return be64toh(key | small) >> 8 * (sizeof(key) - MIN(letters, (unsigned)sizeof(key)));
}

// Words of ASCII that the text begins with, as far as it goes on behind them. How many bytes that
// are.
static size_t
count_plain_words(struct sv text, struct word_counts *w)
{
	char copy[ASCII_BLOCK + ASCII_MORE];
	const char *block = ascii_block_at(text, text.p + text.n, copy);
	struct ascii_block k = ascii_block_of(block, text.n);
	size_t end = k.wide ? (size_t)__builtin_ctzll(k.wide) : MIN(text.n, (size_t)ASCII_BLOCK);
	uint64_t starts;

	while (end > 0 && k.letters >> (end - 1) & 1)
		end--;
	k.letters &= ascii_block_within(end);
	for (starts = k.letters & ~(k.letters << 1); starts; starts &= starts - 1) {
		unsigned from = (unsigned)__builtin_ctzll(starts);
		unsigned letters = (unsigned)__builtin_ctzll(~(k.letters >> from));

		count_word(w, plain_key(block + from, letters), letters);
	}
	return end;
}

static void
count_words(struct sv text, struct word_counts *w)
{
	uint64_t key = 0;
	size_t letters = 0;

	for (size_t i = 0; i < text.n;) {
		size_t plain = letters == 0 ? count_plain_words(sv_sub(text, i, text.n), w) : 0;
		uint32_t c;

		if (plain > 0) {
			i += plain;
			continue;
		}
		c = ascii_letters[(unsigned char)text.p[i]];
		if (c == OTHER) {
			size_t next = i; // not i itself, which stays in a register so

			c = wide_letter(text, &next);
			i = next;
		} else
			i++;
		if (c != 0) {
			key = add_letter(key, c);
			letters++;
		} else if (letters > 0) {
			count_word(w, key, letters);
			key = letters = 0;
		}
	}
}

static const char *
by_words(const struct word_counts *w)
{
	size_t best = 0, second = 0;

	for (size_t k = 1; k < ARRAY_LEN(small_words); k++)
		if (w->hits[k] > w->hits[best])
			best = k;
	for (size_t k = 0; k < ARRAY_LEN(small_words); k++)
		if (k != best)
			second = MAX(second, w->hits[k]);
	if (w->words < MIN_WORDS || (double)w->hits[best] < MIN_SHARE * (double)w->words ||
	    (double)w->hits[best] < MIN_LEAD * (double)second)
		return NULL;
	return small_words[best].lang;
}

struct sv
language_of_text(struct sv text)
{
	struct letters l = {0};
	struct word_counts w = {0};
	const char *lang;

	text.n = MIN(text.n, (size_t)SAMPLE_BYTES);
	count_letters(text, &l);
	lang = l.total >= MIN_LETTERS ? by_script(&l) : NULL;
	if (!lang && (double)l.n[SCRIPT_LATIN] > SCRIPT_MAJORITY * (double)l.total) {
		count_words(text, &w);
		lang = by_words(&w);
	}
	return sv_from(lang);
}

// --- what the page says ---

static char
ascii_case(char c, bool upper)
{
	if (upper)
		return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	return sv_lower(c);
}

// Two or three letters at the start: "en", "gsw"; 0 when it is no language.
static size_t
primary_length(struct sv v)
{
	size_t n = 0;

	while (n < v.n && sv_is_alpha(v.p[n]))
		n++;
	if (n < v.n && v.p[n] != '-' && v.p[n] != '_')
		return 0;
	return n == 2 || n == 3 ? n : 0;
}

// "EN_us" -> "en-US"; SV_NULL when it is no language tag.
static struct sv
normal_tag(const struct page *p, struct sv v)
{
	size_t end = 0, part = 0;
	char *out;

	while (end < v.n && !strchr(",; ", v.p[end]))
		end++;
	v = sv_sub(v, 0, end);
	if (v.n > TAG_MAX || primary_length(v) == 0 || !(out = arena_sv(p->a, v)))
		return SV_NULL;
	for (size_t i = 0; i < v.n; i++) {
		if (out[i] == '_' || out[i] == '-') {
			out[i] = '-';
			part = i + 1;
		} else if (part == 0 || v.n - part == 2) { // language, or region at the end
			out[i] = ascii_case(out[i], part > 0);
		}
	}
	return (struct sv){out, v.n};
}

static struct sv
declared(const struct page *p)
{
	static const char *const names[] = {"content-language", "og:locale", "language",
	    "dc.language", "dcterms.language", "inlanguage"};
	node_id html = tree_find(p->t, 0, TAG_html);
	struct sv v = html == NODE_NONE ? SV_NULL : normal_tag(p, page_attr(p->t, html, "lang"));

	if (!v.p && html != NODE_NONE)
		v = normal_tag(p, page_attr(p->t, html, "xml:lang"));
	for (size_t i = 0; i < ARRAY_LEN(names) && !v.p; i++) {
		const char *const name[] = {names[i], NULL};

		v = normal_tag(p, page_meta_get(p, name));
	}
	return v;
}

static bool
same_language(struct sv tag, struct sv lang)
{
	static const char *const norwegian[] = {
	    "nb", "nn", "no", "da"}; // near enough not to overrule
	struct sv first = {tag.p, MIN(tag.n, lang.n)};

	if (sv_eq(first, lang) && (tag.n == lang.n || tag.p[lang.n] == '-'))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(norwegian); i++)
		if (sv_starts(tag, norwegian[i]) &&
		    (sv_eq_str(lang, "no") || sv_eq_str(lang, "da")))
			return true;
	return false;
}

static bool
is_primary(struct sv tag, const char *lang)
{
	return sv_starts(tag, lang) && (tag.n == strlen(lang) || tag.p[strlen(lang)] == '-');
}

// Can the language be told from a text? Those that can't are taken for their neighbours: Slovenian
// for Czech, Marathi for Hindi.
static bool
is_told(struct sv tag)
{
	static const char *const by_letters[] = {"fa", "ar", "uk", "ru", "bg", "zh"};
	bool told = false;

	for (size_t i = 0; i < LANGUAGES; i++)
		told |= is_primary(tag, small_words[i].lang);
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		told |= blocks[i].lang && is_primary(tag, blocks[i].lang);
	for (size_t i = 0; i < ARRAY_LEN(by_letters); i++)
		told |= is_primary(tag, by_letters[i]);
	return told;
}

struct sv
meta_language(const struct page *p, struct sv sample)
{
	struct sv tag = declared(p), spoken = language_of_text(sample);

	if (!spoken.p && sample.n < SAMPLE_MIN) {
		node_id body = tree_find(p->t, 0, TAG_body);

		spoken = language_of_text(page_text(p, body == NODE_NONE ? 0 : body, SAMPLE_BYTES));
	}
	if (!tag.p)
		return spoken;
	if (!spoken.p || same_language(tag, spoken) || !(is_told(tag) || sv_eq_str(spoken, "en")))
		return tag;
	return spoken;
}
