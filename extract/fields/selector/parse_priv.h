// SPDX-License-Identifier: Apache-2.0
// Between the files that read a selector's text: lex.c (words), parse_simple.c and parse_pseudo.c
// (conditions) and parse.c (what is made of them).
#ifndef EXTRACT_SELECTOR_PARSE_PRIV_H
#define EXTRACT_SELECTOR_PARSE_PRIV_H

#include "extract/fields/expression.h"
#include "extract/fields/selector/selector_priv.h"

struct sel_parser {
	struct expression x;
	char *scratch; // room for any identifier or string of the text, decoded
	unsigned compounds;
	bool in_has;
	bool final; // the error is a limit: no list forgives it
};

// --- words ---

bool css_accept(struct sel_parser *p, char c);
void css_expect(struct sel_parser *p, char c); // or an error
void css_close(struct sel_parser *p, char c);  // or the end, or an error
bool css_comments(struct sel_parser *p);       // was there any?
bool css_space(struct sel_parser *p);          // and comments; was there any space?
bool css_is_name(char c);
bool css_at_ident(const struct sel_parser *p);
// Decoded, in the arena; an error when there is none.
struct sv css_ident(struct sel_parser *p);
struct sv css_string(struct sel_parser *p); // at its quote
struct sv css_ident_or_string(struct sel_parser *p);
struct sv css_lowered(struct sv v); // in place, what one of the above gave
// To the next "," or ")" outside of brackets, or the end. False: too many brackets.
bool css_skip(struct sel_parser *p);

// --- conditions ---

struct sel_simple *sel_add(struct sel_parser *p, struct sel_compound *c, enum sel_kind kind);
void sel_parse_type(struct sel_parser *p, struct sel_compound *c);   // or nothing
void sel_parse_attr(struct sel_parser *p, struct sel_compound *c);   // behind the "["
void sel_parse_pseudo(struct sel_parser *p, struct sel_compound *c); // behind the ":"

enum sel_list {
	LIST_WHOLE,     // of nothing: up to the end, may take values
	LIST_PLAIN,     // of :not() and "of S"
	LIST_RELATIVE,  // of :has()
	LIST_FORGIVING, // of :is(): what is wrong in it is left out
};
// Up to the ")" of what it is in. A forgiving one may be NULL without an error.
struct sel_complex *sel_parse_list(struct sel_parser *p, enum sel_list kind);

#endif
