// SPDX-License-Identifier: Apache-2.0
// The main content of a page: features of every node first (pure, prefix sums), then the decision
// which nodes to keep, then writers that walk the kept nodes. Later issues replace the decision,
// not the shape.
#ifndef EXTRACT_CONTENT_H
#define EXTRACT_CONTENT_H

#include "extract/html/tree.h"

struct content {
	uint8_t *keep; // per node of the tree: 1 = part of the content (ancestors of kept text too)
	node_id root;  // smallest subtree that holds it all; NODE_NONE when there is none
	double quality;     // 0..1
	const char *method; // "scored", "semantic", "noscript", "body", "none"
	uint32_t words;
	// quality_metrics
	double link_density, text_share, paragraph_share;
};
struct content_hints {
	struct sv title; // the page's title, so that a heading equal to it can be told
	bool whole_page; // strategy `full`: keep everything visible but script, style and hidden
			 // nodes
};
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
