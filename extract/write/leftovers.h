// SPDX-License-Identifier: Apache-2.0
// Words for the hand, not for the reader, inside what is kept: "Copy code", "[edit]".
#ifndef EXTRACT_LEFTOVERS_H
#define EXTRACT_LEFTOVERS_H

#include "extract/html/tree.h"

bool leftovers_are_words(const struct tree *t, node_id i); // for leftovers_is_one
// Is the element nothing but such words? All writers leave it out. O(1).
static inline bool
leftovers_is_one(const struct tree *t, node_id i)
{
	// asked of every node, and most have not just one text in them
	return (t->nodes[i].end == i + 2 || t->nodes[i].tag == TAG_span) &&
	       leftovers_are_words(t, i);
}

// Line numbers beside code. *letter, 0 at first, is the writer's: a text that was looked at and is
// none. With it all such questions together are linear, be elements that are called so in each
// other.
bool leftovers_is_gutter(const struct tree *t, node_id i, node_id *letter);
// The same where there may be some: a cell, code, or what stands in code. `in_code` may be told
// without what is entered or left.
static inline bool
leftovers_is_code_number(const struct tree *t, node_id i, bool in_code, node_id *letter)
{
	return (in_code || t->nodes[i].tag == TAG_td || t->nodes[i].tag == TAG_pre) &&
	       leftovers_is_gutter(t, i, letter);
}

// What a picture amid words stands for that is drawn in place of a character: "😊", ":-)". Else
// nothing.
struct sv leftovers_emoji(const struct tree *t, node_id img);

// Cents that stand raised behind a price, to which `before` comes without a blank: "$619" and 00,
// which in a row would be another price.
bool leftovers_is_cents(const struct tree *t, node_id sup, struct sv before);

bool leftovers_part_words(const struct tree *t, node_id i); // for leftovers_stands_apart
// Does the style sheet part it from the one before, which comes without a blank: a brand and a name
// of a product, "In stock" and "Buy"? O(1).
static inline bool
leftovers_stands_apart(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];

	// asked of every element, and most have a text or nothing before them
	return (n->tag == TAG_span || n->tag == TAG_a) && i > 0 &&
	       t->nodes[i - 1].kind == NODE_TEXT && t->nodes[i - 1].parent != n->parent &&
	       leftovers_part_words(t, i);
}

bool leftovers_text_parts(const struct tree *t, node_id i); // for leftovers_text_stands_apart
// The same of a text behind a label: "Published by:" and "Valve", "**Skill level**" and "Easy".
static inline bool
leftovers_text_stands_apart(const struct tree *t, node_id i)
{
	struct sv v = tree_text(t, i);

	return v.n > 0 && v.p[0] >= 'A' && v.p[0] <= 'Z' && i > 1 &&
	       t->nodes[i - 1].parent != t->nodes[i].parent && leftovers_text_parts(t, i);
}

// A word of nothing but characters without width (joiners, as editors put them into empty
// paragraphs) or of private use (signs of an icon font).
static inline bool
leftovers_is_unseen(struct sv word)
{
	size_t i = 0;

	for (; i + 2 < word.n; i += 3) {
		const unsigned char *p = (const unsigned char *)word.p + i;

		if (!((p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x8b && p[2] <= 0x8f) ||
			(p[0] == 0xe2 && p[1] == 0x81 && p[2] == 0xa0) || p[0] == 0xee ||
			(p[0] == 0xef && (p[1] < 0xa4 || (p[1] == 0xbb && p[2] == 0xbf)))))
			break;
	}
	return i == word.n;
}

// Where the first words end that go into the output as they stand: of ASCII, a blank between two.
static inline size_t
leftovers_plain_words(struct sv v, size_t i)
{
	while (
	    i < v.n && ((v.p[i] > ' ' && v.p[i] < 0x7f) ||
			   (v.p[i] == ' ' && i + 1 < v.n && v.p[i + 1] > ' ' && v.p[i + 1] < 0x7f)))
		i++;
	return i;
}

#endif
