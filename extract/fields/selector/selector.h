// SPDX-License-Identifier: Apache-2.0
// CSS selectors over the node tree (Selectors 4 subset, right to left), with `::text` and
// `::attr(NAME)` as value selectors. Compiling knows no tree; matching counts its steps and stops
// at a budget.
#ifndef EXTRACT_SELECTOR_H
#define EXTRACT_SELECTOR_H

#include "extract/html/tree.h"

enum sel_take { TAKE_ELEMENT, TAKE_TEXT, TAKE_ATTR };

struct selector; // in the arena it was compiled into

// ERR_INVALID_SELECTOR with the position: `unexpected "]" at character 7`. A leading combinator
// ("> li") is relative to the scope of the selection.
int selector_compile(
    struct sv text, struct arena *a, struct selector **out, struct err *err) MUST_CHECK;

struct sel_index; // sibling positions, made when first needed
struct sel_engine {
	const struct tree *t;
	struct arena *a;
	struct sel_index *index;
	uint64_t steps, max_steps; // of all selections with this engine
	uint64_t limit;            // of the steps, for the selection at hand
	uint32_t selections;       // made so far
	struct sel_kept *kept;     // results of lists in it
	size_t kept_left;
	node_id scope, anchor; // :scope; what :has() is relative to
	uint32_t class_id, id_id;
	bool quirks; // ids and classes ignore case
	bool exhausted, oom;
};
#define SEL_STEPS         10000000u // about 40 ms
#define SEL_STEPS_OF_NODE 40u       // and so many more for each node of the page
#define SEL_STEPS_ALWAYS  6u        // for each node, below the document, whatever others took
// For one page and all selections on it; what is found is in the arena.
void sel_engine_init(struct sel_engine *e, const struct tree *t, struct arena *a);

struct sel_hit {
	node_id node;
	enum sel_take take;
	const char *attr; // TAKE_ATTR, lower-case
};
struct sel_hits {
	struct sel_hit *v; // in the engine's arena, document order
	size_t n;
};
// Elements below `scope` (0: the page) that match, at most `max`; `scope` itself only by :scope.
// ERR_TOO_LARGE when the step budget is spent, ERR_EXTRACTOR_OOM.
int selector_select(struct sel_engine *e, struct selector *s, node_id scope, size_t max,
    struct sel_hits *out, struct err *err) MUST_CHECK;

#endif
