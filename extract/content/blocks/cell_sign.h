// SPDX-License-Identifier: Apache-2.0
// What a cell of a table says by a sign alone: comparisons of products are full of ticks.
#ifndef EXTRACT_CELL_SIGN_H
#define EXTRACT_CELL_SIGN_H

#include "extract/html/tree.h"

// The name that the page gives its sign (aria-label, title, alternative text), "✓" or "✗" by class
// or file, or SV_NULL. For cells without text; borrowed.
struct sv cell_sign(const struct tree *t, node_id cell);

#endif
