// SPDX-License-Identifier: Apache-2.0
// The main content of a page: features of every node first (pure, prefix sums), then the decision
// which nodes to keep, then writers that walk the kept nodes. Later issues replace the decision,
// not the shape.
#ifndef EXTRACT_CONTENT_H
#define EXTRACT_CONTENT_H

#include "extract/html/tree.h"

// Kinds of page, in the order of the model's forests; `other` is what has too little to tell.
// clang-format off
#define PAGE_TYPE_TABLE(X)                                                                         \
	X(article) X(forum) X(product) X(collection) X(listing) X(documentation) X(service) X(other)
// clang-format on
enum page_type {
#define X(name) PAGE_TYPE_##name,
	PAGE_TYPE_TABLE(X)
#undef X
	    PAGE_TYPE_COUNT
};
extern const char *const page_type_names[PAGE_TYPE_COUNT];

struct content {
	uint8_t *keep; // per node of the tree: 1 = part of the content (ancestors of kept text too)
	node_id root;  // smallest subtree that holds it all; NODE_NONE when there is none
	double quality; // 0..1: the word F1 to be expected
	// "model"; without it "scored", "semantic", "body"; "noscript", "shell", "none"
	const char *method;
	uint32_t words;
	enum page_type type;
	double types[PAGE_TYPE_COUNT]; // probabilities, in sum 1
	// quality_metrics
	double link_density, text_share, paragraph_share;
	double confidence;         // how far from undecided the model was, per word: 0..1
	double agreement;          // with what the rules alone would have kept: word F1
	double expected;           // word F1 if the model's probabilities were true
	uint32_t blocks;           // kept
	const struct notes *notes; // notes.h; NULL: none
	struct formulas *formulas; // formulas.h: for the writers; may be NULL
};
struct model; // model.h
struct content_hints {
	struct sv title; // the page's title, so that a heading equal to it can be told
	struct sv url;   // where the page is from; may be SV_NULL
	bool whole_page; // strategy `full`: keep everything visible but script, style and hidden
			 // nodes
	bool rules_only; // what rules find without the model: for comparison
	const struct model *model;   // NULL: the one built in
	const struct boxes *boxes;   // of a rendered page (boxes.h); NULL otherwise
	const struct forest *third;  // for such pages (third.h); NULL: the one built in
	struct content_probe *probe; // filled for the training script (signals.h); NULL otherwise
};
// Decides for every node. *out is in the arena and borrows the tree. ERR_EXTRACTOR_OOM.
int content_find(const struct tree *t, struct arena *a, const struct content_hints *h,
    struct content *out, struct err *err) MUST_CHECK;

// Writers over the kept nodes. `base` is the absolute URL that links resolve against (may be
// SV_NULL).
struct write_opts {
	struct sv base;
};
void markdown_write(
    const struct tree *t, const struct content *c, const struct write_opts *o, struct buf *out);
void text_write(const struct tree *t, const struct content *c,
    struct buf *out); // paragraphs split by blank lines
void clean_html_write(
    const struct tree *t, const struct content *c, const struct write_opts *o, struct buf *out);

#endif
