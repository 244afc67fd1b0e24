// SPDX-License-Identifier: Apache-2.0
// Footnotes, endnotes and side notes: what in the text refers to which note. By links to a place on
// the page, by raised numbers, or because the note stands right beside its reference. Pure; runs in
// the extractor's worker.
#ifndef EXTRACT_NOTES_H
#define EXTRACT_NOTES_H

#include "extract/html/tree.h"

#define NOTES_MAX       2000
#define NOTES_MAX_LABEL 12

struct note {
	node_id target;              // the text: a block, or inline text beside the reference
	uint32_t number;             // 1, 2, 3 … in the order of first reference
	char label[NOTES_MAX_LABEL]; // what the page calls it: "1", "*"
};
struct note_at {
	node_id node;
	uint32_t note; // index + 1; 0: the node only repeats a note
};
struct notes {
	struct note *list; // by number
	uint32_t n;
	struct note_at *references, *targets; // by node
	uint32_t n_references, n_targets;
};

// `keep`: per node, references are looked for in what is kept, notes everywhere. NULL when there
// are none, or no memory.
const struct notes *notes_find(const struct tree *t, const uint8_t *keep, struct arena *a);

// Is the node a reference, or the text of a note? *note is NULL for a node that only repeats one.
bool notes_reference(const struct notes *n, node_id i, const struct note **note);
const struct note *notes_target(const struct notes *n, node_id i);

#endif
