// SPDX-License-Identifier: Apache-2.0
// The facts about a page that stand outside its content, in one place: calls the readers of each
// fact.
#include "extract/metadata.h"

#define TITLE_MAX 1000

void
metadata_read(const struct page *p, struct metadata *out)
{
	node_id title = tree_find(p->t, 0, TAG_title);
	static const char *const og[] = {"og:title", NULL};

	*out = (struct metadata){0};
	out->title = page_meta_get(p, og);
	if (!out->title.p && title != NODE_NONE)
		out->title = page_text(p, title, TITLE_MAX);
}
