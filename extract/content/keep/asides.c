// SPDX-License-Identifier: Apache-2.0
// Lines between and below the paragraphs of an article that are not the article: "read also" with
// its link, labels of advertisements, pleas to subscribe, follow or consent, rights, the teasers
// below. The models learned them in English; in other languages a page says them in few, fixed
// words (asides_table.h). Runs after the models, on what they kept. Linear. Runs in the extractor's
// worker.
#include <assert.h>

#include "extract/content/blocks/words.h"
#include "extract/content/keep/asides_table.h"
#include "extract/content/keep/keep.h"
#include "extract/html/letters.h"

#define TEXT_MAX    420 // bytes of a block that are read
#define BLOCK_MAX   60  // words of a block that may be an aside
#define WIDE_MAX    130 // of a script whose letters are words
#define POINTER_MAX 40
#define HEADS_WORDS 9
#define SINGLES     2 // words that may be phrases alone, as in "12 comments"
#define HEAD_BYTES  96
#define OWN_WORDS   60  // kept before teasers are below an article
#define TEASER_MAX  45u // words of a block
#define BOX_WORDS   100
#define BOX_UP      8 // elements around a plea
#define LINKS_MAX   20
#define RANGE_MAX   400 // blocks of teasers
#define BOX_BLOCK   25
#define SLOTS       2048
#define KEY_BYTES   4
#define PHRASES_MAX 1024

enum aside {
	ASIDE_LABEL = 1,
	ASIDE_POINTER = 2,
	ASIDE_MORE_BELOW = 4,
	ASIDE_PLEA = 8,
	ASIDE_TALK = 16,
	ASIDE_COUNTED = 32
};

struct phrase {
	const char *p;
	uint16_t n, next; // of the same slot, from 1 on
	uint8_t kind;
};

static struct phrase phrases[PHRASES_MAX];
static uint16_t slots[SLOTS], n_phrases; // filled before main

// Which words begin phrases, by their hash: those of one word, and pairs. Most blocks have none,
// and are not read again for it.
#define PAIR_BITS 65536
static uint64_t singles[PAIR_BITS / 64], pairs[PAIR_BITS / 64];

struct asides {
	const struct blocks *b;
	uint8_t *kept, *kinds; // of blocks: enum aside
};

static uint16_t *
slot_at(const char *p)
{
	uint32_t key;

	memcpy(&key, p, KEY_BYTES);
	return &slots[key * 0x9e3779b1u >> 21];
}

// Letters that begin a word; signs before the first (arrows, bars, brackets) do not count.
static bool
is_letter(uint32_t c)
{
	return c >= 0xc0 ? (c < 0x2000 || c > 0x2bff) && (c < 0x3000 || c > 0x3020)
			 : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

static uint32_t
bit_of(uint32_t first, uint32_t second)
{
	return (first * 31 ^ second) * 0x9e3779b1u >> 16;
}

static bool
has_bit(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

// As text_scan_add has them; its tables may not be there yet.
static void
add_words(const char *p, size_t n)
{
	uint32_t w[2] = {0}, count = 0, bit;

	for (size_t i = 0; i < n && count < 2; i++) {
		uint32_t h = WORD_HASH_START;

		if (!is_letter((unsigned char)p[i]))
			continue;
		for (; i < n && is_letter((unsigned char)p[i]); i++)
			h = word_hash_add(h, (unsigned char)p[i]);
		w[count++] = h;
	}
	bit = bit_of(w[0], w[1]);
	(count > 1 ? pairs : singles)[bit / 64] |= (uint64_t)1 << bit % 64;
}

static void
add_phrases(const char *list, enum aside kind)
{
	while (*list) {
		size_t n = strcspn(list, "|");
		uint16_t *slot = slot_at(list);

		assert(n >= KEY_BYTES && n_phrases < PHRASES_MAX);
		phrases[n_phrases] = (struct phrase){list, (uint16_t)n, *slot, (uint8_t)kind};
		*slot = ++n_phrases;
		add_words(list, n);
		list += n + (list[n] != '\0');
	}
}

__attribute__((constructor)) static void
fill_phrases(void)
{
	add_phrases(ASIDE_LABELS, ASIDE_LABEL);
	add_phrases(ASIDE_POINTERS, ASIDE_POINTER);
	add_phrases(ASIDE_MORE, ASIDE_MORE_BELOW);
	add_phrases(ASIDE_PLEAS, ASIDE_PLEA);
	add_phrases(ASIDE_TALKS, ASIDE_TALK);
	add_phrases(ASIDE_TALKS_COUNTED, ASIDE_COUNTED);
}

// --- reading ---

// Adds a text in small letters, white space collapsed, from the first letter on.
static size_t
read_more(struct sv v, char *out, size_t n, size_t max, bool *space)
{
	for (size_t at = 0; at < v.n && n + 8 < max;) {
		uint32_t c = (unsigned char)v.p[at];

		if (c < 0x80)
			c = (unsigned char)sv_lower(v.p[at++]);
		else
			c = letters_lower(letters_decode(v, &at));
		if (c <= ' ' || c == 0xa0) {
			*space = n > 0;
			continue;
		}
		if (n == 0 && !is_letter(c))
			continue;
		if (*space)
			out[n++] = ' ';
		*space = false;
		if (c < 0x80)
			out[n++] = (char)c;
		else
			n += letters_encode(c, out + n);
	}
	return n;
}

static size_t
read_text(const struct blocks *b, const struct block *k, char *out, size_t max)
{
	bool space = false;
	size_t n = 0;

	for (node_id i = k->first; i <= k->last && n + 8 < max; i++)
		if (b->t->nodes[i].kind == NODE_TEXT)
			n = read_more(tree_text(b->t, i), out, n, max, &space);
	return n;
}

// Does the phrase end where a word does? Scripts without spaces have no such place.
static bool
ends_word(const char *p, size_t n, size_t at)
{
	return at >= n || (unsigned char)p[at] >= 0xe0 || (unsigned char)p[at - 1] >= 0xe0 ||
	       !is_letter((unsigned char)p[at] < 0x80 ? (unsigned char)p[at] : 0xc0);
}

static bool
says_nothing_more(const char *p, size_t n, size_t at)
{
	while (at < n)
		if (is_letter(letters_decode((struct sv){p, n}, &at)))
			return false;
	return true;
}

// The kinds of phrase that begin at a place; *end: behind the longest that points to something.
static unsigned
kinds_at(const char *p, size_t n, size_t at, size_t *end)
{
	unsigned kinds = 0;

	if (at + KEY_BYTES > n)
		return 0;
	for (uint16_t k = *slot_at(p + at); k != 0; k = phrases[k - 1].next) {
		const struct phrase *f = &phrases[k - 1];

		if (at + f->n > n || memcmp(p + at, f->p, f->n) != 0 ||
		    !ends_word(p, n, at + f->n) ||
		    (at > 0 && !(f->kind & (ASIDE_PLEA | ASIDE_TALK | ASIDE_COUNTED))))
			continue;
		if (f->kind == ASIDE_LABEL && !says_nothing_more(p, n, at + f->n))
			continue;
		if (f->kind & (ASIDE_POINTER | ASIDE_TALK | ASIDE_COUNTED))
			*end = MAX(*end, at + f->n);
		kinds |= f->kind;
	}
	return kinds;
}

// A pointer is nothing but itself and links.
static bool
only_points(const struct block *k, const char *p, size_t n, size_t end)
{
	uint32_t hashes[TEXT_MAX / 2 + 1];
	struct text_scan s = {0};

	text_scan_add(&s, (struct sv){p, end}, hashes);
	if (k->s.words > s.words)
		return k->s.words <= POINTER_MAX && k->link_words + s.words + 1 >= k->s.words;
	return says_nothing_more(p, n, end);
}

// More than the quotation marks and dashes of prose in English.
static bool
has_wide_letters(const struct blocks *b, const struct block *k)
{
	unsigned found = 0;

	for (node_id i = k->first; i <= k->last; i++) {
		struct sv v = b->t->nodes[i].kind == NODE_TEXT ? tree_text(b->t, i) : SV_NULL;

		for (size_t at = 0; at < v.n; at++) {
			unsigned char c = (unsigned char)v.p[at];

			found |= (c > 0xc2) & (c != 0xe2);
		}
	}
	return found != 0;
}

// By the hashes of its words; those of wide letters are others.
static bool
may_say(const struct blocks *b, const struct block *k, uint32_t places)
{
	const uint32_t *w = b->words + k->word;

	if (k->passed || (k->s.wide && has_wide_letters(b, k)))
		return true;
	for (uint32_t i = 0; i < k->s.words && i < SINGLES; i++)
		if (has_bit(singles, bit_of(w[i], 0)))
			return true;
	for (uint32_t i = 0; i + 1 < k->s.words && i < places; i++)
		if (has_bit(pairs, bit_of(w[i], w[i + 1])))
			return true;
	return false;
}

// Nothing but what talk is called, and how much there is of it?
static bool
is_of_talk(const char *p, size_t n)
{
	unsigned found = 0;
	bool counted = false;

	for (size_t at = 0; at < n;) {
		size_t end = at, next = at;
		uint32_t c = letters_decode((struct sv){p, n}, &next);
		unsigned kinds = kinds_at(p, n, at, &end) & (ASIDE_TALK | ASIDE_COUNTED);

		found |= kinds;
		if (kinds && end > at)
			at = end;
		else if (is_letter(c) && !(c >= '0' && c <= '9'))
			return false;
		else {
			counted |= is_letter(c);
			at = next;
		}
	}
	return found & ASIDE_TALK || (found && counted);
}

static bool
may_head(const struct block *k)
{
	return k->s.words <= (k->s.wide ? 2 * HEADS_WORDS : HEADS_WORDS);
}

static unsigned
kinds_of(const struct blocks *b, const struct block *k)
{
	char text[TEXT_MAX];
	size_t end = 0, n;
	unsigned kinds;

	if (k->circumstances & IN_CODE || k->s.words > (k->s.wide ? WIDE_MAX : BLOCK_MAX) ||
	    !may_say(b, k, k->s.words))
		return 0;
	n = read_text(b, k, text, sizeof(text));
	kinds = kinds_at(text, n, 0, &end);
	for (size_t at = 1; at + KEY_BYTES <= n; at++) {
		unsigned char c = (unsigned char)text[at], before = (unsigned char)text[at - 1];

		if (c >= 0xe0 || ((before == ' ' || before == '(' || before == '-') && c != ' '))
			kinds |= kinds_at(text, n, at, &end);
	}
	if (kinds & ASIDE_POINTER && !only_points(k, text, n, end))
		kinds &= ~(unsigned)ASIDE_POINTER;
	kinds &= ~(unsigned)(may_head(k) ? ASIDE_TALK : ASIDE_TALK | ASIDE_MORE_BELOW);
	return may_head(k) && is_of_talk(text, n) ? kinds | ASIDE_TALK : kinds;
}

// Of what is not kept only how it heads what follows matters.
static unsigned
heads_more(const struct blocks *b, const struct block *k)
{
	char text[HEAD_BYTES];
	size_t end = 0, n;

	if (!may_head(k) || !may_say(b, k, 1))
		return 0;
	n = read_text(b, k, text, sizeof(text));
	return (kinds_at(text, n, 0, &end) & ASIDE_MORE_BELOW) |
	       (is_of_talk(text, n) ? ASIDE_TALK : 0);
}

// --- what goes ---

// The smallest element that has more text than the block.
static node_id
holder_of(const struct blocks *b, uint32_t i)
{
	const struct node *nodes = b->t->nodes;
	node_id el = b->list[i].el;

	while (el != 0 && b->start[nodes[el].end] - b->start[el] < 2)
		el = nodes[el].parent;
	return el;
}

// Below the article's own words, from a heading to the end of its element: teasers, if they are
// short, no more than three times the article, and many of them links.
static void
drop_below(struct asides *a, uint32_t i, uint64_t own)
{
	const struct blocks *b = a->b;
	uint32_t to = b->start[b->t->nodes[holder_of(b, i)].end], linked = 0;
	uint64_t words = 0;

	if (to - i > RANGE_MAX)
		return;
	for (uint32_t k = i + 1; k < to; k++) {
		if (b->list[k].s.words > (b->list[k].s.wide ? 2 * TEASER_MAX : TEASER_MAX) &&
		    a->kept[k])
			return;
		linked += b->list[k].links > 0 || b->list[k].link_words > 0;
		words += a->kept[k] ? b->list[k].s.words : 0;
	}
	if (own < OWN_WORDS || words > 3 * own || linked < 2 || 3 * linked < to - i - 1)
		return;
	memset(a->kept + i, 0, to - i);
}

// What readers said, from its heading to the end of the section that this opens, or of what a real
// heading stands in, below the article's own words.
static void
drop_talk(struct asides *a, uint32_t i, uint64_t own)
{
	const struct blocks *b = a->b;
	const struct node *nodes = b->t->nodes;
	node_id el = b->list[i].el;

	while (nodes[el].parent != 0 && b->start[nodes[el].parent] == i)
		el = nodes[el].parent;
	if (b->start[nodes[el].end] == i + 1) {
		if (!(tag_flags(nodes[b->list[i].el].tag) & TAGF_HEADING))
			return;
		el = nodes[el].parent;
	}
	if (own >= OWN_WORDS)
		memset(a->kept + i, 0, b->start[nodes[el].end] - i);
}

// The links that a label announces.
static void
drop_links_after(struct asides *a, uint32_t i)
{
	const struct blocks *b = a->b;
	uint32_t to = MIN(b->n, i + 1 + LINKS_MAX);

	while (++i < to && b->list[i].link_words > 0 &&
	       b->list[i].link_words + 1 >= b->list[i].s.words && b->list[i].s.words <= POINTER_MAX)
		a->kept[i] = 0;
}

// A small box in which a plea was found is all plea: no paragraph stands in it.
static void
drop_box(struct asides *a, uint32_t i)
{
	const struct blocks *b = a->b;
	node_id box = 0, el = b->list[i].el;

	for (unsigned up = 0; up < BOX_UP && el != 0; up++, el = b->t->nodes[el].parent) {
		uint32_t from = b->start[el], to = b->start[b->t->nodes[el].end], asked = 0;
		uint32_t words = b->prefix[to].words - b->prefix[from].words;
		bool prose = false;

		if (words > BOX_WORDS)
			break;
		for (uint32_t k = from; k < to; k++) {
			asked += a->kinds[k] & ASIDE_PLEA ? b->list[k].s.words : 0;
			prose |= !(a->kinds[k] & ASIDE_PLEA) && b->list[k].s.words > BOX_BLOCK;
		}
		if (prose || 4 * asked < words)
			break;
		box = el;
	}
	if (box != 0)
		memset(a->kept + b->start[box], 0, b->start[b->t->nodes[box].end] - b->start[box]);
}

static void
drop_all(struct asides *a)
{
	uint64_t own = 0;

	for (uint32_t i = 0; i < a->b->n; i++) {
		unsigned kinds = a->kinds[i];

		if (kinds & ASIDE_MORE_BELOW)
			drop_below(a, i, own);
		if (kinds & ASIDE_TALK)
			drop_talk(a, i, own);
		if (kinds & ASIDE_POINTER)
			drop_links_after(a, i);
		if (kinds & ASIDE_PLEA)
			drop_box(a, i);
		if (kinds & (ASIDE_LABEL | ASIDE_POINTER | ASIDE_PLEA))
			a->kept[i] = 0;
		own += a->kept[i] ? a->b->list[i].s.words : 0;
	}
}

bool
content_drop_asides(const struct blocks *b, uint8_t *kept, struct arena *arena)
{
	struct asides a = {b, kept, arena_array(arena, (size_t)b->n + 1, 1)};
	uint64_t words = 0, left = 0;
	uint8_t *before = arena_array(arena, (size_t)b->n + 1, 1);

	if (!a.kinds || !before)
		return false;
	memcpy(before, kept, b->n);
	for (uint32_t i = 0; i < b->n; i++)
		a.kinds[i] =
		    (uint8_t)(kept[i] ? kinds_of(b, &b->list[i]) : heads_more(b, &b->list[i]));
	drop_all(&a);
	for (uint32_t i = 0; i < b->n; i++) {
		words += before[i] ? b->list[i].s.words : 0;
		left += kept[i] ? b->list[i].s.words : 0;
	}
	if (3 * left < words) // it is about these, or made of them
		memcpy(kept, before, b->n);
	return true;
}
