// SPDX-License-Identifier: Apache-2.0
// Formulas for the writers of plain text and HTML; those of Markdown know more of them.
#ifndef EXTRACT_TEX_H
#define EXTRACT_TEX_H

#include "extract/content/marks/formulas.h"

// The TeX of a <math> element, or of MediaWiki's picture of a formula, on one line; false: it is
// none, or empty. Asked in document order: *none_before, 0 at first, is the end of the last formula
// without TeX, in which there is none either.
bool tex_of_formula(
    const struct tree *t, struct formulas *known, node_id i, node_id *none_before, struct buf *out);

#endif
