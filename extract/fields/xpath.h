// SPDX-License-Identifier: Apache-2.0
// XPath 1.0 over the node tree, by libxml2 on a copy of the tree that is made when first needed.
#ifndef EXTRACT_XPATH_H
#define EXTRACT_XPATH_H

#include "extract/fields/found.h"

struct xpath;     // a compiled expression
struct xpath_doc; // the copy of the tree

// ERR_INVALID_XPATH: `invalid expression at character 12`. Owned by the caller.
int xpath_compile(const char *text, struct xpath **out, struct err *err) MUST_CHECK;
void xpath_free(struct xpath *x);

int xpath_doc_new(const struct tree *t, struct xpath_doc **out, struct err *err) MUST_CHECK;
void xpath_doc_free(struct xpath_doc *d);
// Evaluate relative to the element `scope` (0: the document). Elements are nodes; attributes, text
// and scalar results are text. ERR_INVALID_XPATH (unknown function, prefix or variable: seen only
// now), ERR_TOO_LARGE when the operation budget of the document is spent, ERR_EXTRACTOR_OOM.
int xpath_select(struct xpath_doc *d, struct xpath *x, node_id scope, struct arena *a,
    struct found_list *out, struct err *err) MUST_CHECK;

#endif
