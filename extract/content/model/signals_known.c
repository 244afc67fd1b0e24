// SPDX-License-Identifier: Apache-2.0
// Does a block repeat the page's title, its description, or the text of its structured data?
// Sets of words as bits: a false hit now and then does no harm.
#include "extract/content/model/signals.h"
#include "extract/page.h"

#define KNOWN_WORDS_MAX 4000 // of one text
#define SAMPLE_WORDS    16   // of a block

static bool
test_bit(const uint64_t *bits, uint32_t hash)
{
	return bits[hash >> 22] >> (hash >> 16 & 63) & 1;
}

static uint32_t
pair(uint32_t a, uint32_t b)
{
	return (a ^ (b << 7 | b >> 25)) * 0x9e3779b1u;
}

static uint32_t
mixed(uint32_t hash)
{
	return hash * 0x9e3779b1u;
}

void
signals_known_text(struct signals *s, struct sv text, enum known_text which)
{
	uint64_t *bits = s->known->bits[which];
	uint32_t words[256], last = 0, total = 0;

	for (size_t at = 0; at < text.n && total < KNOWN_WORDS_MAX;) {
		size_t part = MIN(text.n - at, (size_t)1024);
		size_t n = text_words(sv_sub(text, at, at + part), words, ARRAY_LEN(words));

		for (size_t i = 0; i < n; i++) {
			uint32_t h = which == KNOWN_DATA ? pair(last, words[i]) : mixed(words[i]);

			bits[h >> 22] |= UINT64_C(1) << (h >> 16 & 63);
			last = words[i];
		}
		total += (uint32_t)n;
		at += part;
	}
	s->known->words[which] += total;
}

void
signals_known_share(struct signals *s, uint32_t block, uint8_t *row)
{
	const struct known *known = s->known;
	uint32_t words[SAMPLE_WORDS], title = 0, description = 0, data = 0;
	uint32_t n = (uint32_t)blocks_words(s->b, block, words, SAMPLE_WORDS);

	for (uint32_t i = 0; i < n; i++) {
		title += test_bit(known->bits[KNOWN_TITLE], mixed(words[i]));
		description += test_bit(known->bits[KNOWN_DESCRIPTION], mixed(words[i]));
		data += i > 0 && test_bit(known->bits[KNOWN_DATA], pair(words[i - 1], words[i]));
	}
	row[BLOCK_in_title] = sig_ratio(title, n);
	row[BLOCK_of_title] = sig_ratio(title, known->words[KNOWN_TITLE]);
	row[BLOCK_in_description] =
	    known->words[KNOWN_DESCRIPTION] ? sig_ratio(description, n) : SIGNAL_UNKNOWN;
	row[BLOCK_in_data] =
	    known->words[KNOWN_DATA] && n > 1 ? sig_ratio(data, n - 1) : SIGNAL_UNKNOWN;
}
