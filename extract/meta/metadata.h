// SPDX-License-Identifier: Apache-2.0
// The facts of a page that stand outside its content, each by a precedence measured on the corpus
// (docs/METADATA.md). Pure functions over struct page; structured data comes from page.schema.
#ifndef EXTRACT_METADATA_H
#define EXTRACT_METADATA_H

#include "extract/page.h"

#define METADATA_MAX_CATEGORIES 50
#define METADATA_MAX_AUTHORS    12
#define METADATA_MAX_IMAGES     20
#define METADATA_MAX_FEEDS      20

struct feed_link {
	struct sv url, title, type; // title may be SV_NULL
};
struct metadata { // SV_NULL: not known
	struct sv title, byline, published, modified, site_name, description, language;
	struct sv canonical, favicon; // absolute, when the page's address is known
	struct sv authors[METADATA_MAX_AUTHORS];
	size_t n_authors;
	struct sv categories[METADATA_MAX_CATEGORIES];
	size_t n_categories;
	struct sv images[METADATA_MAX_IMAGES]; // that stand for the page, the best first
	size_t n_images;
	struct feed_link feeds[METADATA_MAX_FEEDS];
	size_t n_feeds;
};
// Texts borrow the page or are in its arena.
void metadata_read(const struct page *p, struct metadata *out);
// Language (ISO 639-1) that the letters and small words of a text speak for; SV_NULL when unclear.
struct sv language_of_text(struct sv text);
// What of it has no place of its own in a document: authors, modified_iso, canonical_url, images,
// favicon, feeds; and twitter, dublin_core. Set into `o` (extraction_metadata).
void metadata_write(const struct page *p, const struct metadata *m, cJSON *o);

#endif
