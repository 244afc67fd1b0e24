// SPDX-License-Identifier: Apache-2.0
// Words for the hand, not for the reader, inside what is kept: "Copy code", "[edit]".
#ifndef EXTRACT_LEFTOVERS_H
#define EXTRACT_LEFTOVERS_H

#include "extract/html/tree.h"

// Is the element nothing but such words? All writers leave it out. O(1).
bool leftovers_is_one(const struct tree *t, node_id i);

// A word of nothing but characters without width: joiners, as editors put them into empty
// paragraphs.
static inline bool
leftovers_is_unseen(struct sv word)
{
	size_t i = 0;

	while (i + 2 < word.n &&
	       ((word.p[i] == '\xe2' && word.p[i + 1] == '\x80' &&
		    (unsigned char)(word.p[i + 2] - '\x8b') < 5) ||
		   (word.p[i] == '\xe2' && word.p[i + 1] == '\x81' && word.p[i + 2] == '\xa0') ||
		   memcmp(word.p + i, "\xef\xbb\xbf", 3) == 0))
		i += 3;
	return i == word.n;
}

#endif
