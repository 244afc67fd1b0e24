// SPDX-License-Identifier: Apache-2.0
// Between the files that read a selector's text: lex.c (words), parse_simple.c (conditions) and
// parse.c (what is made of them).
#ifndef EXTRACT_SELECTOR_PARSE_PRIV_H
#define EXTRACT_SELECTOR_PARSE_PRIV_H

#include "extract/fields/expression.h"
#include "extract/fields/selector/selector_priv.h"

struct sel_parser {
	struct expression x;
	char *scratch; // room for any identifier or string of the text, decoded
	unsigned compounds;
	bool in_has;
};

// --- words ---

bool css_accept(struct sel_parser *p, char c);
void css_expect(struct sel_parser *p, char c); // or an error
bool css_space(struct sel_parser *p);          // was there any?
bool css_is_name(char c);
bool css_at_ident(const struct sel_parser *p);
// Decoded, in the arena; an error when there is none.
struct sv css_ident(struct sel_parser *p);
struct sv css_string(struct sel_parser *p); // at its quote
struct sv css_ident_or_string(struct sel_parser *p);
struct sv css_lowered(struct sv v); // in place, what one of the above gave

// --- conditions ---

struct sel_simple *sel_add(struct sel_parser *p, struct sel_compound *c, enum sel_kind kind);
void sel_parse_attr(struct sel_parser *p, struct sel_compound *c);   // behind the "["
void sel_parse_pseudo(struct sel_parser *p, struct sel_compound *c); // behind the ":"

// `relative`: of :has(). Up to `close` or, when 0, the end.
struct sel_complex *sel_parse_list(struct sel_parser *p, bool relative, char close);

#endif
