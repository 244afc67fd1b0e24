// SPDX-License-Identifier: Apache-2.0
// Between the steps of notes_find: what may refer to a note, and what it was found to refer to.
#ifndef EXTRACT_NOTES_PRIV_H
#define EXTRACT_NOTES_PRIV_H

#include "extract/content/marks/notes.h"

enum candidate_kind {
	BY_LINK,    // to a place on the page
	BY_BRACKET, // the same, with a number in brackets and nothing else to tell
	BY_NUMBER,  // a raised number
	BY_PLACE,   // a note in the middle of the text
};
struct candidate {
	enum candidate_kind kind;
	node_id node, target;
	node_id repeats; // beside it: says again what the note says
	struct sv id;    // of the place
	char label[NOTES_MAX_LABEL];
};
struct finding {
	const struct tree *t;
	struct arena *a;
	struct candidate *list;
	uint32_t n;
};

// The short text of a reference without brackets: its length, or SIZE_MAX if it is none.
size_t notes_label(const struct tree *t, node_id i, char *label, bool *brackets);
unsigned notes_number(const char *label); // 0: it is no number up to 999
#define NOTES_LOOK 4096 // bytes that are looked through for a few that are no white space
// The bytes of a text without the white space around them, as far as it is looked at; `look` is
// what is left to look at.
size_t notes_text_bytes(const struct tree *t, node_id i, size_t *look);
bool notes_is_blank(const struct tree *t, node_id i);          // white space or a comment
node_id notes_sibling_before(const struct tree *t, node_id i); // or NODE_NONE

// notes_resolve.c: the targets. False for want of memory.
bool notes_resolve(struct finding *f);

#endif
