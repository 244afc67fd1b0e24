// SPDX-License-Identifier: Apache-2.0
// What words tell: in the text of a page (function words, and words of the furniture of pages) and
// in class, id and role. Looked up by hash, so that text is read once.
#ifndef EXTRACT_WORDS_H
#define EXTRACT_WORDS_H

#include "base/buf.h"

// Groups of words in texts: bit numbers.
enum text_group {
	TG_FUNCTION, // "the", "und", "les": prose has many
	TG_LEGAL,
	TG_SOCIAL,
	TG_AUTH,
	TG_SHOP,
	TG_MORE,
	TG_RELATED,
	TG_META,
	TG_TALK,
	TG_NEWS,
	TG_SEARCH,
	TG_AD,
	TG_NAV,
	TG_SPEC,
	TG_REVIEW,
	TG_COUNT
};
#define TG(name) (1u << TG_##name)

// Families of words in class, id and role besides those of features.h (enum keyword), which rules
// go by; these only inform the classifier. Bit numbers from KW_COUNT on.
// clang-format off
#define MARK_TABLE(X) \
	X(CONTENT) X(ARTICLE) X(POST) X(ENTRY) X(BODY) X(MAIN) X(TEXT) X(STORY) X(TITLE) \
	X(DESCRIPTION) X(PRODUCT) X(SPEC) X(PRICE) X(ITEM) X(CARD) X(RESULT) X(MESSAGE) \
	X(USER) X(REVIEW) X(HERO) X(FAQ) X(TAB) X(GALLERY) X(CTA) X(MEDIA) X(CODE) X(TOC) \
	X(DOC) X(LAYOUT) X(PAGE) X(WIDGET) X(LABEL) X(COLLECTION) X(QUOTE) X(UNSEEN) \
	X(MOBILE) X(NOTE) X(LINKS) X(FORM) X(LOCALE) X(REFERENCES) X(EDIT) X(FEATURE) \
	X(MORE) X(SIDE)
// clang-format on

// FNV-1a of a word in lower case (ASCII).
#define WORD_HASH_START 2166136261u
static inline uint32_t
word_hash_add(uint32_t h, unsigned char c)
{
	return (h ^ c) * 16777619u;
}

// Words in texts, by their hash: open addressing, 0 is free.
#define TEXT_WORD_SLOTS 2048
struct text_word {
	uint32_t hash, groups;
};
extern struct text_word text_words_known[TEXT_WORD_SLOTS]; // filled before main

static inline struct text_word *
text_word_slot(uint32_t hash)
{
	size_t i = hash * 0x9e3779b1u >> 21;

	while (text_words_known[i].hash != 0 && text_words_known[i].hash != hash)
		i = (i + 1) % TEXT_WORD_SLOTS;
	return &text_words_known[i];
}

static inline uint32_t
text_groups(uint32_t hash) // bits TG(…)
{
	return text_word_slot(hash)->groups;
}

// Bits 1 << enum keyword, and of the marks. Memory can be read up to `end`, behind the value or
// further on.
uint64_t class_families_before(struct sv v, const char *end);
static inline uint64_t
class_families(struct sv v)
{
	return class_families_before(v, v.p + v.n);
}

#endif
