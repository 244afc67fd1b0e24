// SPDX-License-Identifier: Apache-2.0
// Texts to blocks, and prefix sums over them. Runs in the extractor's worker.
#include "extract/content/blocks.h"
#include "extract/content/words.h"

#define GOOD_WORDS 12

bool
blocks_init(struct blocks *b, const struct tree *t, struct arena *a)
{
	*b = (struct blocks){.t = t, .a = a, .cap = 256};
	b->list = arena_grow_raw(a, NULL, 0, b->cap * sizeof(*b->list));
	b->start = arena_array_raw(a, (size_t)t->n + 1, sizeof(*b->start));
	b->images = arena_array_raw(a, (size_t)t->n + 1, sizeof(*b->images));
	b->inputs = arena_array_raw(a, (size_t)t->n + 1, sizeof(*b->inputs));
	if (!b->list || !b->start || !b->images || !b->inputs)
		return false;
	b->start[0] = b->images[0] = b->inputs[0] = 0; // blocks_at writes the others
	return true;
}

static bool
is_input(uint32_t tag)
{
	return tag == TAG_input || tag == TAG_select || tag == TAG_textarea || tag == TAG_button;
}

void
blocks_at(struct blocks *b, node_id i)
{
	const struct node *n = &b->t->nodes[i];

	b->start[i] = b->n;
	b->images[i] = b->n_images;
	b->inputs[i] = b->n_inputs;
	if (n->kind != NODE_ELEMENT)
		return;
	b->n_images += n->tag == TAG_img || n->tag == TAG_video;
	b->n_inputs += is_input(n->tag);
	b->n_links += n->tag == TAG_a;
	if (!(tag_flags(n->tag) & TAGF_INLINE) && n->tag != TAG_br)
		b->open = false;
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
	b->list[b->n] = (struct block){.first = text, .el = el, .s.hash = WORD_HASH_START};
	return &b->list[b->n++];
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
	to->hash = (to->hash ^ s->hash) * 0x9e3779b1u;
	to->last = s->last;
	if (to->first == 0)
		to->first = s->first;
}

void
blocks_add(
    struct blocks *b, node_id text, node_id el, uint8_t circumstances, const struct text_scan *s)
{
	struct block *k = b->open && b->n > 0 ? &b->list[b->n - 1] : NULL;

	if (s->words == 0 && !k)
		return;
	if (!k || k->el != el)
		k = s->words > 0 ? new_block(b, text, el) : NULL;
	if (!k)
		return;
	k->last = text;
	k->texts = (uint8_t)MIN(k->texts + 1, 255);
	k->circumstances |= circumstances & (uint8_t)~IN_LINK;
	if (circumstances & IN_LINK)
		k->link_words += s->words;
	k->links += b->n_links;
	b->n_links = 0;
	add_scan(&k->s, s);
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
	b->images[b->t->n] = b->n_images;
	b->inputs[b->t->n] = b->n_inputs;
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
