// SPDX-License-Identifier: Apache-2.0
// Between the files that match: nth.c (positions among siblings), match_simple.c and match_state.c
// (conditions on one element), match.c (what is made of them) and select.c (selections).
#ifndef EXTRACT_SELECTOR_MATCH_PRIV_H
#define EXTRACT_SELECTOR_MATCH_PRIV_H

#include "extract/fields/selector/selector_priv.h"

// Results of a list: of_node[i] is the selection it is of, times two, plus the result.
struct sel_kept {
	const struct sel_simple *of;
	uint32_t *of_node;
	struct sel_kept *next;
};

// False when the budget is spent.
static inline bool
sel_step(struct sel_engine *e, uint64_t n)
{
	e->steps += n;
	if (e->steps > e->limit)
		e->exhausted = true;
	return !e->exhausted;
}

static inline bool
sel_is_element(const struct tree *t, node_id i)
{
	return t->nodes[i].kind == NODE_ELEMENT;
}

static inline bool
sel_is_foreign(const struct tree *t, node_id i)
{
	return t->nodes[i].flags & (NODE_F_SVG | NODE_F_MATHML);
}

// What is in a template is another document's: selectors do not see it.
static inline bool
sel_is_template(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_template) && !sel_is_foreign(t, i);
}

static inline node_id
sel_next_outside(const struct tree *t, node_id i)
{
	return sel_is_template(t, i) ? t->nodes[i].end : i + 1;
}

node_id sel_prev_element(struct sel_engine *e, node_id i); // of its siblings, or NODE_NONE
bool sel_match_nth(struct sel_engine *e, const struct sel_simple *s, node_id node);
bool sel_match_link(struct sel_engine *e, const struct sel_simple *s, node_id node);
bool sel_match_form_state(struct sel_engine *e, const struct sel_simple *s, node_id node);
bool sel_match_lang(struct sel_engine *e, const struct sel_simple *s, node_id node);
extern bool (*const sel_matchers[])(struct sel_engine *, const struct sel_simple *, node_id);
bool sel_match_complex(struct sel_engine *e, const struct sel_complex *c, node_id node);
bool sel_match_list(struct sel_engine *e, const struct sel_complex *list, node_id node);
// :is(), :not() without its negation and :has().
bool sel_match_kept(struct sel_engine *e, const struct sel_simple *s, node_id node);

#endif
