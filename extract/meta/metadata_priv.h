// SPDX-License-Identifier: Apache-2.0
// What the readers of single facts share: the elements of interest, collected in one pass, the
// structured data object that describes the page, and small questions about texts.
#ifndef EXTRACT_METADATA_PRIV_H
#define EXTRACT_METADATA_PRIV_H

#include "extract/meta/date.h"
#include "extract/meta/metadata.h"
#include "extract/meta/structured.h"

#define SCAN_MAX 64

struct node_list {
	node_id v[SCAN_MAX];
	size_t n;
};
struct meta_scan {
	const struct page *p;
	struct node_list h1;
	struct node_list rel_author;   // a, link with rel=author
	struct node_list author;       // class, id, itemprop or data-testid speaks of an author
	struct node_list byline;       // … of a byline
	struct node_list author_links; // a[href] to an author's page
	struct node_list posters;      // data-author
	struct node_list times;        // time elements
	struct node_list dates;        // class, id or itemprop speaks of a date
	struct node_list crumbs;       // breadcrumb containers
	struct node_list tags;         // a[rel~=tag]
	struct sv title_tag;           // <title>, collapsed
	const cJSON *article;          // Article-like or forum posting of this page, or NULL
	const cJSON *webpage;          // WebPage, or NULL
	struct sv site_name, host, lang;
};

struct sv meta_title(const struct meta_scan *s);
struct sv meta_author(const struct meta_scan *s);
struct sv meta_date(const struct meta_scan *s);
struct sv meta_language(const struct page *p);
// Language (ISO 639-1) that the letters and small words of a text speak for; SV_NULL when unclear.
struct sv language_of_text(struct sv text);

// --- words ---
#define WORDS_MAX 64
struct words { // hashes of lower-case words
	uint32_t v[WORDS_MAX];
	size_t n;
};
void words_read(struct words *w, struct sv text);
// Share of a's words that b has too; 0 for no words.
double words_contained(const struct words *a, const struct words *b);
double words_f1(const struct words *a, const struct words *b);

#endif
