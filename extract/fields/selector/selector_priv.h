// SPDX-License-Identifier: Apache-2.0
// The compiled form of a selector, between the files that read its text (parse_priv.h) and
// those that match (match_priv.h).
#ifndef EXTRACT_SELECTOR_PRIV_H
#define EXTRACT_SELECTOR_PRIV_H

#include "extract/fields/selector/selector.h"

enum sel_kind {
	SEL_ANY,
	SEL_NEVER,
	SEL_TAG,
	SEL_ID,
	SEL_CLASS,
	SEL_ATTR,
	SEL_NTH,
	SEL_EMPTY,
	SEL_ROOT,
	SEL_SCOPE,
	SEL_START, // of a leading combinator at the top
	SEL_ANCHOR,
	SEL_CONTAINS,
	SEL_IS,
	SEL_NOT,
	SEL_HAS,
	SEL_LINK,
	SEL_CHECKED,
	SEL_DISABLED,
	SEL_ENABLED,
	SEL_REQUIRED,
	SEL_OPTIONAL,
	SEL_LANG,
};

#define SEL_MEMOS 8
struct sel_memo {             // `of S`: what was last counted at a depth
	node_id node, parent; // parent: plus one
	uint32_t pos, total;
};

struct sel_complex;
struct sel_simple {               // one condition on one element
	uint8_t kind;             // enum sel_kind
	char op;                  // SEL_ATTR: 0 (present) = ~ | ^ $ *
	bool icase;               // SEL_ATTR: asked for
	bool html_icase;          // SEL_ATTR: HTML's rule for this attribute of HTML elements
	bool any_prefix;          // SEL_TAG, SEL_ATTR: "*|name"
	bool of_type, from_last;  // SEL_NTH
	int32_t a, b;             // SEL_NTH: an+b
	struct sv name;           // tag, attribute; lower-case
	struct sel_memo *memo;    // SEL_NTH of S: SEL_MEMOS of them
	bool keep;                // SEL_IS, SEL_NOT, SEL_HAS: results are worth keeping
	struct sel_kept *kept;    // for the engine at hand, or NULL
	struct sv value;          // id, class, attribute value, :contains text, :lang ranges
	struct sel_complex *list; // SEL_IS, SEL_NOT, SEL_HAS, SEL_NTH (of S)
	uint32_t id;              // name in the tree at hand
	struct sel_simple *next;
};
struct sel_compound {
	struct sel_simple *first;
	struct sel_compound *left; // NULL: leftmost
	char comb;                 // to `left`: ' ' > + ~
};
struct sel_complex {
	struct sel_compound *right;
	char lead;    // combinator to the anchor of a relative selector, or 0
	uint8_t take; // enum sel_take
	const char *attr;
	struct sel_complex *next;
};
struct selector {
	struct sel_complex *list;
};

static inline bool
css_is_space(char c) // HTML's, too
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

#endif
