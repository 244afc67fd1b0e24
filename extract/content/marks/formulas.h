// SPDX-License-Identifier: Apache-2.0
// The TeX of <math> elements, so that a document in several forms has each translated once. In the
// arena of the content; NULL is one that keeps nothing.
#ifndef EXTRACT_FORMULAS_H
#define EXTRACT_FORMULAS_H

#include "extract/html/tree.h"

#define FORMULAS_MAX   65536
#define FORMULAS_BYTES (8 << 20) // of all TeX together

struct formulas;
struct formulas *formulas_new(struct arena *a); // NULL: no memory
// False: it was not kept.
bool formulas_find(const struct formulas *f, node_id math, struct sv *tex);
// Copies the TeX; unless there is no room, or one further on in the document is kept already.
void formulas_keep(struct formulas *f, node_id math, struct sv tex);

#endif
