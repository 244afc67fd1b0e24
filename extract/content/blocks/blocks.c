// SPDX-License-Identifier: Apache-2.0
// Texts to blocks, and prefix sums over them. Runs in the extractor's worker.
#include "extract/content/blocks/blocks.h"
#include "extract/content/blocks/words.h"

#define GOOD_WORDS 12

bool
blocks_init(struct blocks *b, const struct tree *t, struct arena *a)
{
	*b = (struct blocks){.t = t, .a = a, .cap = 256, .cap_words = 4096};
	b->list = arena_grow_raw(a, NULL, 0, b->cap * sizeof(*b->list));
	b->words = arena_grow_raw(a, NULL, 0, b->cap_words * sizeof(*b->words));
	b->start = arena_array_raw(a, (size_t)t->n + 1, sizeof(*b->start));
	return b->list && b->words && b->start;
}

static struct block *
new_block(struct blocks *b, node_id text, node_id el)
{
	struct block *list;

	if (b->n == b->cap) {
		list = arena_grow_raw(
		    b->a, b->list, b->cap * sizeof(*list), b->cap * 2 * sizeof(*list));
		if (!list) {
			b->failed = true;
			return NULL;
		}
		b->list = list;
		b->cap *= 2;
	}
	b->open = true;
	b->list[b->n] =
	    (struct block){.first = text, .el = el, .s.hash = WORD_HASH_START, .word = b->n_words};
	return &b->list[b->n++];
}

uint32_t *
blocks_room(struct blocks *b, size_t words)
{
	size_t cap = b->cap_words;
	uint32_t *larger;

	if (words <= cap - b->n_words)
		return b->words + b->n_words;
	while (words > cap - b->n_words)
		cap *= 2;
	larger =
	    arena_grow_raw(b->a, b->words, b->cap_words * sizeof(*larger), cap * sizeof(*larger));
	if (!larger) {
		b->failed = true;
		return NULL;
	}
	b->words = larger;
	b->cap_words = cap;
	return b->words + b->n_words;
}

static void
add_scan(struct text_scan *to, const struct text_scan *s)
{
	to->chars += s->chars;
	to->words += s->words;
	to->upper += s->upper;
	to->digits += s->digits;
	to->commas += s->commas;
	to->stops += s->stops;
	to->money += s->money;
	to->dates += s->dates;
	to->pipes += s->pipes;
	to->function += s->function;
	to->furniture += s->furniture;
	to->groups |= s->groups;
	to->wide |= s->wide;
	to->hash = (to->hash ^ s->hash) * 0x9e3779b1u;
	to->last = s->last;
	if (to->first == 0)
		to->first = s->first;
}

// The block that a text of this element goes on with.
static struct block *
open_block(const struct blocks *b, node_id el)
{
	struct block *k = b->open && b->n > 0 ? &b->list[b->n - 1] : NULL;

	return k && k->el == el ? k : NULL;
}

void
blocks_pass(struct blocks *b)
{
	if (b->open && b->n > 0)
		b->list[b->n - 1].passed = true;
}

static void
add_text(struct blocks *b, struct block *k, node_id text, uint8_t circumstances)
{
	k->last = text;
	k->texts = (uint8_t)MIN(k->texts + 1, 255);
	k->circumstances |= circumstances & (uint8_t)~IN_LINK;
	k->links += b->n_links;
	b->n_links = 0;
}

void
blocks_add(
    struct blocks *b, node_id text, node_id el, uint8_t circumstances, const struct text_scan *s)
{
	struct block *k = open_block(b, el);

	if (!k && s->words > 0)
		k = new_block(b, text, el);
	else if (!k)
		blocks_pass(b);
	if (!k)
		return;
	add_text(b, k, text, circumstances);
	if (circumstances & IN_LINK)
		k->link_words += s->words;
	add_scan(&k->s, s);
	b->n_words += s->words;
}

void
blocks_add_blank(struct blocks *b, node_id text, node_id el, uint8_t circumstances)
{
	struct block *k = open_block(b, el);

	if (!k)
		return;
	add_text(b, k, text, circumstances);
	k->s.hash = (k->s.hash ^ WORD_HASH_START) * 0x9e3779b1u; // like a text of no words
	k->s.last = 0;
}

size_t
blocks_words(const struct blocks *b, uint32_t block, uint32_t *hashes, size_t max)
{
	const struct block *k = &b->list[block];
	size_t n = MIN((size_t)k->s.words, max);

	if (!k->s.wide && !k->passed) {
		memcpy(hashes, b->words + k->word, n * sizeof(*hashes));
		return n;
	}
	n = 0;
	for (node_id i = k->first; i <= k->last && n < max; i++)
		if (b->t->nodes[i].kind == NODE_TEXT)
			n += text_words(tree_text(b->t, i), hashes + n, max - n);
	return n;
}

bool
block_is_good(const struct block *b)
{
	return b->s.words >= GOOD_WORDS && b->link_words * 2 < b->s.words;
}

static struct prefix
plus(const struct prefix *p, const struct block *b)
{
	return (struct prefix){
	    .words = p->words + b->s.words,
	    .link_words = p->link_words + b->link_words,
	    .commas = p->commas + b->s.commas,
	    .stops = p->stops + b->s.stops,
	    .function = p->function + b->s.function,
	    .good = p->good + (block_is_good(b) ? b->s.words : 0),
	    .furniture = p->furniture + b->s.furniture,
	    .digits = p->digits + b->s.digits,
	};
}

void
blocks_end(struct blocks *b)
{
	b->start[b->t->n] = b->n;
	b->prefix = arena_array(b->a, (size_t)b->n + 1, sizeof(*b->prefix));
	if (!b->prefix) {
		b->failed = true;
		return;
	}
	for (uint32_t i = 0; i < b->n; i++)
		b->prefix[i + 1] = plus(&b->prefix[i], &b->list[i]);
}

struct prefix
blocks_sum(const struct blocks *b, uint32_t from, uint32_t to)
{
	const struct prefix *p = &b->prefix[from], *q = &b->prefix[to];

	return (struct prefix){
	    .words = q->words - p->words,
	    .link_words = q->link_words - p->link_words,
	    .commas = q->commas - p->commas,
	    .stops = q->stops - p->stops,
	    .function = q->function - p->function,
	    .good = q->good - p->good,
	    .furniture = q->furniture - p->furniture,
	    .digits = q->digits - p->digits,
	};
}
