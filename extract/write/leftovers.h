// SPDX-License-Identifier: Apache-2.0
// Words for the hand, not for the reader, inside what is kept: "Copy code", "[edit]".
#ifndef EXTRACT_LEFTOVERS_H
#define EXTRACT_LEFTOVERS_H

#include "extract/html/tree.h"

// Is the element nothing but such words? All writers leave it out. O(1).
bool leftovers_is_one(const struct tree *t, node_id i);

#endif
