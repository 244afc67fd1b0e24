// SPDX-License-Identifier: Apache-2.0
// What the classifier sees of a page: small whole numbers, a row per block (twice: the second model
// sees what the first said of the neighbours) and a row per page. All arithmetic is in integers, so
// that a row is the same on every machine. Bytes of a row are named by the tables below; further
// rows (from a browser, say) would be appended, never put between.
#ifndef EXTRACT_SIGNALS_H
#define EXTRACT_SIGNALS_H

#include "extract/content/blocks/words.h"
#include "extract/content/rules/rules.h"

#define SIGNAL_MAX     250 // of a byte that counts
#define SIGNAL_UNKNOWN 251 // "there is none", where that is not the same as 0
#define LEVELS         5   // ancestors that each hold more text than the one below
#define NEIGHBOURS     3
#define PAGE_TYPES     7

// clang-format off
// X(name, bytes)
#define PAGE_SIGNALS(X)                                                                            \
	X(words, 1) X(blocks, 1) X(link_density, 1) X(good_share, 1) X(good, 1) X(hidden_share, 1)  \
	X(links, 1) X(images, 1) X(inputs, 1) X(forms, 1) X(mains, 1) X(articles, 1) X(h1s, 1)      \
	X(h2s, 1) X(h3s, 1) X(paragraphs, 1) X(items, 1) X(tables, 1) X(cells, 1) X(codes, 1)       \
	X(times, 1) X(details, 1) X(iframes, 1) X(quotes, 1) X(money, 1) X(function_share, 1)       \
	X(furniture_share, 1) X(words_per_block, 1) X(groups, TG_COUNT) X(types, 18) X(og, 4)       \
	X(url_depth, 1) X(url_length, 1) X(url_hyphens, 1) X(url_digits, 1) X(url_words, 10)        \
	X(generator, 1) X(group_size, 1) X(group_words, 1) X(group_links, 1) X(group_share, 1)      \
	X(rule_method, 1) X(rule_words, 1) X(rule_share, 1) X(rule_links, 1) X(rule_good, 1)        \
	X(families, FAMILY_COUNT)

#define BLOCK_SIGNALS(X)                                                                           \
	X(words, 1) X(chars_per_word, 1) X(link_density, 1) X(links, 1) X(commas, 1) X(stops, 1)    \
	X(upper, 1) X(digits, 1) X(function, 1) X(furniture, 1) X(money, 1) X(dates, 1) X(pipes, 1) \
	X(first, 1) X(last, 1) X(tag, 1) X(heading, 1) X(bold, 1) X(texts, 1) X(copies, 1)          \
	X(copy, 1) X(in_title, 1) X(of_title, 1) X(in_description, 1) X(in_data, 1) X(hidden, 1)    \
	X(control, 1) X(noscript, 1) X(depth, 1) X(landmarks, LANDMARK_COUNT)                       \
	X(marks, FAMILY_COUNT) X(level_words, LEVELS) X(level_links, LEVELS)                        \
	X(level_blocks, LEVELS) X(level_length, LEVELS) X(level_share, LEVELS)                      \
	X(level_good, LEVELS) X(level_commas, LEVELS) X(level_images, LEVELS)                       \
	X(level_inputs, LEVELS) X(level_place, LEVELS) X(level_tag, LEVELS) X(level_same, LEVELS)   \
	X(level_steps, LEVELS) X(level_function, LEVELS) X(near_words, 2 * NEIGHBOURS)              \
	X(near_links, 2 * NEIGHBOURS) X(near_tag, 2 * NEIGHBOURS) X(near_stop, 2 * NEIGHBOURS)      \
	X(group_size, 1) X(group_words, 1) X(group_links, 1) X(shape_size, 1) X(shape_words, 1)     \
	X(rule_keep, 1) X(rule_drop, 1) X(rule_root, 1) X(rule_steps, 1) X(big_steps, 2)            \
	X(big_links, 2) X(score, 3) X(score_in_best, 1) X(place, 1) X(words_before, 1)              \
	X(words_so_far, 1) X(index, 1) X(index_back, 1) X(from_h1, 1) X(from_heading, 1)            \
	X(heading_level, 1) X(heading_groups, 1) X(heading_words, 1)

#define SECOND_SIGNALS(X)                                                                          \
	X(self, 1) X(near, 8) X(window, 4) X(before, 1) X(after, 1) X(kept_so_far, 1)               \
	X(kept_to_come, 1) X(since_first, 1) X(until_last, 1) X(path, 1) X(path_others, 1)          \
	X(shape, 1) X(level, LEVELS) X(page_mean, 1) X(page_share, 1) X(page_sure, 1) X(heading, 1) \
	X(section, 1) X(copies, 1) X(types, PAGE_TYPES)
// clang-format on

// Ancestors that mean something by their name: the steps up to the nearest one.
// clang-format off
#define LANDMARKS(X)                                                                               \
	X(nav) X(header) X(footer) X(aside) X(form) X(main) X(article) X(section) X(li) X(list)     \
	X(table) X(cell) X(dl) X(figure) X(blockquote) X(pre) X(dialog) X(details) X(heading)       \
	X(label) X(paragraph)
// clang-format on
enum landmark {
#define X(name) LANDMARK_##name,
	LANDMARKS(X)
#undef X
	    LANDMARK_COUNT
};

// Offsets of the bytes in a row. A block's row goes on with what all rows of the page share, a row
// of the second model with what is only seen by it.
#define OFFSETS(prefix, name, bytes) prefix##name, prefix##END_##name = prefix##name + (bytes)-1,
enum {
#define X(name, bytes) OFFSETS(PAGE_, name, bytes)
	PAGE_SIGNALS(X)
#undef X
	    PAGE_COUNT
};
#define PAGE_SHARED PAGE_families // the bytes before
enum {
#define X(name, bytes) OFFSETS(BLOCK_, name, bytes)
	BLOCK_SIGNALS(X)
#undef X
	    BLOCK_OWN
};
enum {
#define X(name, bytes) OFFSETS(SECOND_, name, bytes)
	SECOND_SIGNALS(X)
#undef X
	    SECOND_OWN
};
#define FIRST_COUNT  (BLOCK_OWN + PAGE_SHARED)  // bytes of a row of the first model
#define SECOND_COUNT (FIRST_COUNT + SECOND_OWN) // of the second

struct groups {       // of blocks with the same key
	uint32_t *of; // per block: its group
	struct group {
		uint32_t blocks, words, link_words, key;
	} * list;
	uint32_t n;
};

// Texts that the page has outside of its body, to tell blocks that repeat them.
enum known_text { KNOWN_TITLE, KNOWN_DESCRIPTION, KNOWN_DATA, KNOWN_COUNT };
struct known {
	uint64_t bits[KNOWN_COUNT][1024]; // of words, of KNOWN_DATA pairs of words
	uint32_t words[KNOWN_COUNT];
};

struct signals {
	const struct finder *d;
	struct known *known;
	const struct blocks *b;
	uint8_t page[PAGE_COUNT];
	uint8_t *rows; // n blocks of SECOND_COUNT bytes
	struct groups texts, paths, shapes;
	uint32_t *levels;  // per block LEVELS ancestors: node ids, NODE_NONE when there are fewer
	uint32_t *heading; // per block: the last heading's block before it, or itself; n: none
};

// All that a decision was made from. Memory of the page's arena.
struct content_probe {
	struct blocks blocks;
	const uint8_t *rows; // SECOND_COUNT each
	uint8_t page[PAGE_COUNT];
	uint8_t *first, *second; // per block: probability, 0..250
	uint8_t *kept;           // per block
	const uint8_t *third;    // THIRD_COUNT each (third.h); NULL: no browser rendered the page
};

// ERR_EXTRACTOR_OOM.
int signals_read(struct signals *s, const struct finder *d, const struct content_hints *h,
    const struct content *rules, struct arena *a, struct err *err) MUST_CHECK;
// Fills the second part of the rows from what the first model said (0..250 per block) and the
// page's type (0..250 per type).
int signals_second(struct signals *s, const uint8_t *first, const uint8_t *types, struct arena *a,
    struct err *err) MUST_CHECK;

// signals.c: the bits of a byte to eight bytes, the lowest first; filled before main.
extern uint64_t signals_spread[256];
// signals.c: a number for an element's name, near for what is alike.
uint8_t signals_tag(uint32_t tag);
// signals_above.c: what blocks have around them, and their shapes. False for want of memory.
bool signals_above(struct signals *s, struct arena *a);
// signals_page.c
void signals_page(struct signals *s, const struct content_hints *h, const struct content *rules);
// page_type.c: probabilities of the kinds, 0..250, and what is told of them of a page of so many
// words.
void page_type_bytes(const struct model *m, const struct signals *s, uint8_t *types);
void page_type_tell(const uint8_t *types, uint32_t words, struct content *out);
// signals_known.c
void signals_known_text(struct signals *s, struct sv text, enum known_text which);
void signals_known_share(struct signals *s, uint32_t block, uint8_t *row);
// signals_groups.c: false for want of memory.
bool groups_by(struct groups *g, const struct blocks *b, const uint32_t *keys, struct arena *a);

// --- numbers to bytes ---

static inline uint8_t
sig_cap(uint32_t x)
{
	return (uint8_t)MIN(x, (uint32_t)SIGNAL_MAX);
}

// 16 steps to each doubling. Most are small, and looked up (signals.c, filled before main).
#define SIGNAL_LOGS 256
extern uint8_t signals_logs[SIGNAL_LOGS];
uint8_t sig_log_of(uint32_t x);
static inline uint8_t
sig_log(uint32_t x)
{
	return x < SIGNAL_LOGS ? signals_logs[x] : sig_log_of(x);
}

// With its sign: 125 is none.
static inline uint8_t
sig_distance(uint32_t from, uint32_t to)
{
	return (uint8_t)(to >= from ? 125 + sig_log(to - from) / 2 : 125 - sig_log(from - to) / 2);
}

static inline uint8_t
sig_ratio(uint32_t part, uint32_t all)
{
	if (all == 0)
		return SIGNAL_UNKNOWN;
	if (part >= all)
		return SIGNAL_MAX;
	while (part >= UINT32_MAX / SIGNAL_MAX) {
		part >>= 1;
		all >>= 1;
	}
	return (uint8_t)(part * SIGNAL_MAX / all);
}

#endif
