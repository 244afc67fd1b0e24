// SPDX-License-Identifier: Apache-2.0
// One pass over the bytes of a text. Linear, no tables but the words. Runs in the extractor's
// worker.
#include "extract/content/blocks/text_scan.h"
#include "extract/content/blocks/words.h"

enum byte_class { B_OTHER, B_SPACE, B_LOWER, B_UPPER, B_DIGIT, B_UNDERSCORE, B_WIDE };

static const uint8_t classes[256] = {
    ['\t' ... '\r'] = B_SPACE,
    [' '] = B_SPACE,
    ['a' ... 'z'] = B_LOWER,
    ['A' ... 'Z'] = B_UPPER,
    ['0' ... '9'] = B_DIGIT,
    ['_'] = B_UNDERSCORE,
    [0x80 ... 0xff] = B_WIDE,
};

// What a byte that belongs to a word counts as in its hash; 0: it belongs to none. `plain` is the
// same without the bytes beyond ASCII.
static uint8_t folded[256], plain[256];

__attribute__((constructor)) static void
fill_folded(void)
{
	for (unsigned c = 0; c < ARRAY_LEN(folded); c++) {
		if (classes[c] == B_UPPER)
			folded[c] = (uint8_t)(c | 32);
		else if (classes[c] > B_SPACE)
			folded[c] = (uint8_t)c;
		plain[c] = classes[c] == B_WIDE ? 0 : folded[c];
	}
}

#define NO_DIGIT 0x40 // letters and the underscore have this bit, digits do not

// A word, or as much as was read of one.
struct word {
	uint32_t hash;
	uint32_t n;        // bytes
	uint8_t all, some; // bits that all of its plain bytes have, and that some byte has
	bool upper;
};
static const struct word no_word = {.hash = WORD_HASH_START, .all = 0xff};

static inline void
add_word(struct text_scan *s, uint32_t *hashes, struct word w)
{
	uint32_t groups;

	hashes[s->words++] = w.hash;
	s->upper += w.upper;
	s->hash = (s->hash ^ w.hash) * 0x9e3779b1u + (s->hash >> 15);
	if (!(w.all & NO_DIGIT)) {
		s->digits++;
		s->dates += w.n == 4 && !(w.some & NO_DIGIT);
	} else if (w.n < 16) {
		groups = text_groups(w.hash);
		s->groups |= groups;
		s->function += groups & TG(FUNCTION);
		s->furniture += (groups & ~TG(FUNCTION)) != 0;
	}
}

static void
end_word(struct text_scan *s, uint32_t *hashes, struct word *w)
{
	if (w->n > 0)
		add_word(s, hashes, *w);
	*w = no_word;
}

static void
punctuation(struct text_scan *s, unsigned char c)
{
	s->commas += c == ',' || c == ';';
	s->stops += c == '.' || c == '!' || c == '?';
	s->money += c == '$';
	s->pipes += c == '|' || c == '/' || c == '>';
}

// Is it a no-break space or a mark, which are part of no word?
static bool
is_wide_gap(const unsigned char *p, size_t n)
{
	if (n != 3)
		return n == 2 && p[0] == 0xc2;
	return (p[0] == 0xe2 && p[1] <= 0x82) || (p[0] == 0xe3 && p[1] == 0x80) ||
	       (p[0] == 0xef && p[1] == 0xbc);
}

static void
wide_gap(struct text_scan *s, const unsigned char *p, size_t n)
{
	if (n == 2) {
		s->money += p[1] == 0xa3 || p[1] == 0xa5; // pound, yen
		if (p[1] == 0xa9)
			s->groups |= TG(LEGAL);
		if (p[1] != 0xa0)
			s->last = p[0];
		return;
	}
	s->last = p[0];
	if (p[0] == 0xe2) {
		s->money += p[1] == 0x82; // euro and others
		return;
	}
	s->commas += p[2] == 0x81 || p[2] == 0x8c;
	s->stops += p[2] == 0x82 || p[2] == 0x9f || p[2] == 0x81;
}

// Letters of scripts that put no space between words (kana, ideographs) are words of their own;
// no-break space, general, CJK and fullwidth punctuation are part of none. Returns the bytes read.
static size_t
wide(struct text_scan *s, uint32_t *hashes, struct word *w, const unsigned char *p, size_t left)
{
	size_t n = MIN(p[0] < 0xe0 ? (size_t)2 : p[0] < 0xf0 ? (size_t)3 : (size_t)4, left);

	s->chars += (uint32_t)n;
	s->wide = true;
	if (is_wide_gap(p, n)) {
		end_word(s, hashes, w);
		wide_gap(s, p, n);
		return n;
	}
	if (n == 3 && p[0] >= 0xe3 && p[0] <= 0xe9)
		end_word(s, hashes, w);
	for (size_t i = 0; i < n; i++)
		w->hash = word_hash_add(w->hash, p[i]);
	w->n += (uint32_t)n;
	w->some |= NO_DIGIT;
	s->last = p[0];
	if (s->first == 0)
		s->first = p[0];
	return n;
}

// Past the letters, digits and underscores at p.
static inline const unsigned char *
plain_word(const unsigned char *p, const unsigned char *end, struct word *w)
{
	const unsigned char *from = p;

	w->upper |= w->n == 0 && classes[*p] == B_UPPER;
	for (uint8_t c; p < end && (c = plain[*p]) != 0; p++) {
		w->hash = word_hash_add(w->hash, c);
		w->all &= c;
		w->some |= c;
	}
	w->n += (uint32_t)(p - from);
	return p;
}

// The same, of a whole word mostly; one that goes on behind it is left in `w`.
static inline const unsigned char *
next_word(struct text_scan *s, uint32_t *hashes, struct word *w, const unsigned char *p,
    const unsigned char *end)
{
	struct word whole = no_word;

	if (w->n > 0)
		return plain_word(p, end, w);
	p = plain_word(p, end, &whole);
	if (p < end && classes[*p] == B_WIDE)
		*w = whole;
	else
		add_word(s, hashes, whole);
	return p;
}

void
text_scan_add(struct text_scan *s, struct sv v, uint32_t *hashes)
{
	const unsigned char *p = (const unsigned char *)v.p, *end = p + v.n, *from;
	struct word w = no_word;
	bool gap = true;

	while (p < end) {
		enum byte_class k = (enum byte_class)classes[*p];

		from = p;
		if (k == B_SPACE) {
			s->chars += !gap;
			gap = true;
			if (w.n > 0)
				end_word(s, hashes, &w);
			for (p++; p < end && classes[*p] == B_SPACE;)
				p++;
			continue;
		}
		gap = false;
		if (k == B_WIDE) {
			p += wide(s, hashes, &w, p, (size_t)(end - p));
			continue;
		}
		if (k == B_OTHER) {
			if (w.n > 0)
				end_word(s, hashes, &w);
			punctuation(s, *p++);
		} else
			p = next_word(s, hashes, &w, p, end);
		if (s->first == 0)
			s->first = *from;
		s->last = p[-1];
		s->chars += (uint32_t)(p - from);
	}
	end_word(s, hashes, &w);
}

bool
text_is_blank(struct sv v)
{
	uint64_t here, next;

	for (size_t i = 0; i < v.n; i++) {
		while (v.n - i > sizeof(here)) { // often the same again and again
			memcpy(&here, v.p + i, sizeof(here));
			memcpy(&next, v.p + i + 1, sizeof(next));
			if (here != next)
				break;
			i += sizeof(here);
		}
		if (classes[(unsigned char)v.p[i]] != B_SPACE)
			return false;
	}
	return true;
}

size_t
text_words(struct sv v, uint32_t *hashes, size_t max)
{
	const unsigned char *p = (const unsigned char *)v.p;
	size_t n = 0;

	for (size_t i = 0; i < v.n && n < max; i++) {
		uint32_t h = WORD_HASH_START;
		uint8_t c = folded[p[i]];

		if (c == 0)
			continue;
		do
			h = word_hash_add(h, c);
		while (++i < v.n && (c = folded[p[i]]) != 0);
		hashes[n++] = h;
	}
	return n;
}
