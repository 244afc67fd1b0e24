// SPDX-License-Identifier: Apache-2.0
// Between the files that read XPath's text: lex.c (words), parse_path.c (location paths) and
// parse.c (all else).
#ifndef EXTRACT_XPATH_PARSE_PRIV_H
#define EXTRACT_XPATH_PARSE_PRIV_H

#include "extract/fields/expression.h"
#include "extract/fields/xpath/xpath_priv.h"

// --- words; each skips the space before it ---

void xlex_space(struct expression *p);
// The text comes next: it is taken. Names must end there.
bool xlex_take(struct expression *p, const char *text);
bool xlex_expect(struct expression *p, const char *text); // or an error
struct sv xlex_name(struct expression *p);                // empty: there is none
bool xlex_literal(struct expression *p, struct sv *out);
bool xlex_is_name(char c);
// A bracket deeper, and back; false, too, after an error.
bool xlex_enter(struct expression *p);
void xlex_leave(struct expression *p);

// --- expressions; NULL and false after an error ---

struct xexpr *xpath_make(struct expression *p, enum xkind kind);
struct xexpr *xpath_parse_expr(struct expression *p);
struct xexpr *xpath_parse_location(struct expression *p);
struct xpred *xpath_parse_predicates(struct expression *p); // NULL, too, when there is none
// "/a//b" behind where a path begins, as steps at `last`; or nothing.
bool xpath_parse_slashes(struct expression *p, struct xstep **last);
bool xpath_is_node_type(struct sv name, enum xtest *out);

#endif
