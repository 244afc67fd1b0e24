// SPDX-License-Identifier: Apache-2.0
// One pass over the bytes of a text. Linear, no tables but the words. Runs in the extractor's
// worker.
#include "extract/content/text_scan.h"
#include "extract/content/words.h"

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

// What a byte that belongs to a word counts as in its hash; 0: it belongs to none.
static uint8_t folded[256];

__attribute__((constructor)) static void
fill_folded(void)
{
	for (unsigned c = 0; c < ARRAY_LEN(folded); c++)
		if (classes[c] == B_UPPER)
			folded[c] = (uint8_t)(c | 32);
		else if (classes[c] > B_SPACE)
			folded[c] = (uint8_t)c;
}

struct word_state {
	uint32_t *hashes; // of the words before
	uint32_t hash;
	unsigned n;      // bytes
	unsigned digits; // of them
	bool upper;
};

static void
end_word(struct text_scan *s, struct word_state *w)
{
	uint32_t groups;

	if (w->n == 0)
		return;
	w->hashes[s->words++] = w->hash;
	s->upper += w->upper;
	s->hash = (s->hash ^ w->hash) * 0x9e3779b1u + (s->hash >> 15);
	if (w->digits > 0) {
		s->digits++;
		s->dates += w->digits == 4 && w->n == 4;
	} else if (w->n < 16) {
		groups = text_groups(w->hash);
		s->groups |= groups;
		s->function += groups & TG(FUNCTION);
		s->furniture += (groups & ~TG(FUNCTION)) != 0;
	}
	*w = (struct word_state){.hashes = w->hashes, .hash = WORD_HASH_START};
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
wide(struct text_scan *s, struct word_state *w, const unsigned char *p, size_t left)
{
	size_t n = MIN(p[0] < 0xe0 ? (size_t)2 : p[0] < 0xf0 ? (size_t)3 : (size_t)4, left);

	s->chars += (uint32_t)n;
	s->wide = true;
	if (is_wide_gap(p, n)) {
		end_word(s, w);
		wide_gap(s, p, n);
		return n;
	}
	if (n == 3 && p[0] >= 0xe3 && p[0] <= 0xe9)
		end_word(s, w);
	for (size_t i = 0; i < n; i++)
		w->hash = word_hash_add(w->hash, p[i]);
	w->n += (unsigned)n;
	s->last = p[0];
	if (s->first == 0)
		s->first = p[0];
	return n;
}

// Past the letters, digits and underscores from i on.
static size_t
plain_word(const unsigned char *p, size_t i, size_t n, struct word_state *w)
{
	size_t from = i;
	uint32_t hash = w->hash;
	unsigned digits = 0;

	w->upper |= w->n == 0 && classes[p[i]] == B_UPPER;
	for (uint8_t c; i < n && (c = folded[p[i]]) != 0 && c < 0x80; i++) {
		hash = word_hash_add(hash, c);
		digits += c <= '9';
	}
	w->hash = hash;
	w->digits += digits;
	w->n += (unsigned)(i - from);
	return i;
}

static void
seen(struct text_scan *s, unsigned char c)
{
	s->last = c;
	if (s->first == 0)
		s->first = c;
}

void
text_scan_add(struct text_scan *s, struct sv v, uint32_t *hashes)
{
	const unsigned char *p = (const unsigned char *)v.p;
	struct word_state w = {.hashes = hashes, .hash = WORD_HASH_START};
	bool gap = true;

	for (size_t i = 0, from; i < v.n;) {
		enum byte_class k = (enum byte_class)classes[p[i]];

		if (k == B_SPACE) {
			s->chars += !gap;
			gap = true;
			end_word(s, &w);
			for (i++; i < v.n && classes[p[i]] == B_SPACE;)
				i++;
			continue;
		}
		gap = false;
		from = i;
		if (k == B_WIDE) {
			i += wide(s, &w, p + i, v.n - i);
			continue;
		}
		if (k == B_OTHER) {
			end_word(s, &w);
			punctuation(s, p[i++]);
		} else
			i = plain_word(p, i, v.n, &w);
		seen(s, p[from]);
		s->last = p[i - 1];
		s->chars += (uint32_t)(i - from);
	}
	end_word(s, &w);
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
