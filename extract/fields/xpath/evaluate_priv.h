// SPDX-License-Identifier: Apache-2.0
// Between the files that evaluate an expression: memory.c, sets.c, axes.c and evaluate.c.
#ifndef EXTRACT_XPATH_EVALUATE_PRIV_H
#define EXTRACT_XPATH_EVALUATE_PRIV_H

#include "extract/fields/xpath/xpath_priv.h"

#define XPATH_MEMORY_MB 256u // of one evaluation
#define XPATH_ALL       SIZE_MAX

// A place in the memory to go back to.
struct xchunk;
struct xmark {
	struct xchunk *chunk;
	size_t used;
};
struct xmark xpath_mark(const struct xpath_engine *e);
void xpath_release(struct xpath_engine *e, struct xmark m);

void xset_reverse(struct xset *s);
void xset_order(struct xpath_engine *e, struct xset *s); // and no node twice
struct xset xset_unite(struct xpath_engine *e, const struct xset *a, const struct xset *b);

// What the axis and the node test of the step give for `x`, at most `max`: nearest first.
void xpath_axis(
    struct xpath_engine *e, const struct xstep *s, xnode x, size_t max, struct xset *out);
// The same for all of `from`, in the order of the document.
void xpath_axis_of_all(
    struct xpath_engine *e, const struct xstep *s, const struct xset *from, struct xset *out);
bool xpath_is_reverse(const struct xstep *s);

#endif
