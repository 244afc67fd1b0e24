// SPDX-License-Identifier: Apache-2.0
// XPath 1.0 over the node tree. Compiling knows no tree; evaluating counts its steps and stops at a
// budget, so that no expression makes a page quadratic.
#ifndef EXTRACT_XPATH_H
#define EXTRACT_XPATH_H

#include "extract/fields/found.h"

struct xpath; // a compiled expression, in the arena it was compiled into

// ERR_INVALID_XPATH: `unexpected "]" at character 12`.
int xpath_compile(
    const char *text, struct arena *a, struct xpath **out, struct err *err) MUST_CHECK;

struct xpath_engine { // of one page
	const struct tree *t;
	struct arena *a;           // for what is found
	uint64_t steps, max_steps; // of all evaluations with this engine
	uint64_t limit;            // of the steps, for the one at hand
	struct xchunk *memory;     // what lives as long as an evaluation, or a part of it
	size_t memory_used;
	node_id *prev;             // siblings before; NULL until asked for
	bool exhausted, full, oom; // of steps, of memory it may have, of memory
};
#define XPATH_STEPS         6000000u // about 40 ms
#define XPATH_STEPS_OF_NODE 30u      // and so many more for each node of the page
#define XPATH_STEPS_ALWAYS  10u      // for each node, below the document, whatever others took
// For one page and all evaluations on it; what is found is in the arena.
void xpath_engine_init(struct xpath_engine *e, const struct tree *t, struct arena *a);
void xpath_engine_done(struct xpath_engine *e);

// Evaluate relative to the element `scope` (0: the document). Elements are nodes; attributes, text,
// comments and scalar results are text; in document order. ERR_TOO_LARGE when the budget of steps
// or of memory is spent, ERR_EXTRACTOR_OOM.
int xpath_select(struct xpath_engine *e, struct xpath *x, node_id scope, struct found_list *out,
    struct err *err) MUST_CHECK;

#endif
