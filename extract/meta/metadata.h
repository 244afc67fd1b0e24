// SPDX-License-Identifier: Apache-2.0
// Title, author, date, site, description, language and categories of a page, each by a precedence
// measured on the corpus (docs: EXTRACTION). Pure functions over struct page; structured data comes
// from page.schema.
#ifndef EXTRACT_METADATA_H
#define EXTRACT_METADATA_H

#include "extract/page.h"

#define METADATA_MAX_CATEGORIES 50

struct metadata { // SV_NULL: not known
	struct sv title, byline, published, site_name, description, language;
	struct sv categories[METADATA_MAX_CATEGORIES];
	size_t n_categories;
};
void metadata_read(const struct page *p, struct metadata *out);

#endif
