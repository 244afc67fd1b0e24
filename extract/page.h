// SPDX-License-Identifier: Apache-2.0
// What the parts of a document share about one page: the tree, where links resolve against, the
// meta tags, and bounded reading of text. Pure; one document, one thread.
#ifndef EXTRACT_PAGE_H
#define EXTRACT_PAGE_H

#include "base/json.h"
#include "extract/html/tree.h"

enum page_truncation { // bit numbers of page.truncated: a cap was reached
	PAGE_CAP_LINKS,
	PAGE_CAP_MEDIA,
	PAGE_CAP_TABLES,
	PAGE_CAP_SCHEMA,
	PAGE_CAP_FIELDS,
};

struct page_meta {
	struct sv name;    // name, property, itemprop or http-equiv, lower-case
	struct sv content; // trimmed, not empty
};

struct page {
	const struct tree *t;
	struct arena *a;
	struct sv url;  // as given; may be SV_NULL
	struct sv base; // <base href> resolved, else url; may be SV_NULL
	int64_t now_ms;
	bool has_frames;
	struct page_meta *metas; // not those in frames
	size_t n_metas;
	const cJSON *schema; // array of structured data objects, borrowed; may be NULL
	unsigned truncated;
};

// `url` may be NULL. ERR_EXTRACTOR_OOM.
int page_init(struct page *p, const struct tree *t, struct arena *a, const char *url,
    int64_t now_ms, struct err *err) MUST_CHECK;

// Visible text of the subtree: white space collapsed, block boundaries as one space, script, style
// and template left out; cut at a character boundary after max bytes. Arena memory, NUL-terminated;
// never NULL.
struct sv page_text(const struct page *p, node_id i, size_t max);
// The same for the text nodes that are children of the element itself.
struct sv page_own_text(const struct page *p, node_id i, size_t max);
// A copy with white space collapsed and trimmed.
struct sv page_collapse(const struct page *p, struct sv v);
struct sv page_dup(const struct page *p, struct sv v); // NUL-terminated copy
// Absolute URL of a reference found in the page; the reference itself when there is no base.
// SV_NULL for empty, javascript: and unusable ones.
struct sv page_resolve(const struct page *p, struct sv ref);
// The same for a reference of the element `i`, which may stand in a frame with an address of its
// own.
struct sv page_resolve_at(const struct page *p, node_id i, struct sv ref);
// Is the element a frame's document (the capture writes those in place)?
bool page_is_frame(const struct page *p, node_id i);
// Content of the first meta tag with one of the NULL-terminated names, names in order of
// preference.
struct sv page_meta_get(const struct page *p, const char *const *names);
struct sv page_host(struct sv url); // host without "www.", or SV_NULL

// Attribute value, trimmed; SV_NULL when absent or empty.
struct sv page_attr(const struct tree *t, node_id i, const char *name);
// One of the space-separated words of the attribute, ASCII case ignored.
bool page_has_word(const struct tree *t, node_id i, const char *attr, const char *word);

#endif
