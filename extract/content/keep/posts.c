// SPDX-License-Identifier: Apache-2.0
// Posts of social networks that a page quotes: before a script draws them, a quotation with the
// text, the author and a link. They belong to what is kept around them. Linear. Runs in the
// extractor's worker.
#include "extract/content/keep/keep.h"

#define MAX_UP 6 // elements around posts with nothing else in them

static const char *const classes[] = {"twitter-tweet", "twitter-video", "instagram-media",
    "tiktok-embed", "bluesky-embed", "mastodon-embed", "text-post-media", "fb-xfbml-parse-ignore",
    "reddit-embed", "reddit-card", "imgur-embed"};

static bool
is_post(const struct tree *t, node_id i)
{
	struct sv class = tree_is(t, i, TAG_blockquote) ? tree_get_id(t, i, ATTR_class) : SV_NULL;

	for (size_t k = 0; class.n > 0 && k < ARRAY_LEN(classes); k++)
		if (sv_has(class, classes[k]))
			return true;
	return false;
}

// Is all kept that stands next to the blocks [from, to) in the smallest element around them that
// has more?
static bool
is_among_kept(const struct blocks *b, const uint8_t *kept, uint32_t from, uint32_t to)
{
	const struct tree *t = b->t;
	node_id up = b->list[from].el;
	bool before = false, after = false;

	for (int n = 0; n < MAX_UP && up != 0 && !before && !after; n++, up = t->nodes[up].parent) {
		before = b->start[up] < from;
		after = b->start[t->nodes[up].end] > to;
	}
	return (before || after) && (!before || kept[from - 1]) && (!after || kept[to]);
}

static bool
is_hidden(const struct blocks *b, uint32_t from, uint32_t to)
{
	bool hidden = false;

	for (; from < to; from++)
		hidden |= b->list[from].circumstances & (IN_SILENT | IN_HIDDEN | IN_NOSCRIPT);
	return hidden;
}

// The blocks of the next post from the node *i on, and of those that follow it at once.
static bool
next_posts(const struct features *f, node_id *i, uint32_t *from, uint32_t *to)
{
	const struct tree *t = f->t;
	const uint32_t *start = f->blocks->start;
	bool any = false;

	for (; (*i = marks_next(f->traits, IS_WHOLE, *i, t->n)) < t->n; ++*i) {
		node_id end = t->nodes[*i].end;

		if (!is_post(t, *i) || start[*i] == start[end])
			continue;
		if (any && start[*i] != *to)
			return true;
		*from = any ? *from : start[*i];
		*to = start[end];
		*i = end - 1;
		any = true;
	}
	return any;
}

void
content_keep_posts(const struct features *f, uint8_t *kept)
{
	node_id i = 1;
	uint32_t from = 0, to = 0;

	while (next_posts(f, &i, &from, &to))
		if (!is_hidden(f->blocks, from, to) &&
		    (is_among_kept(f->blocks, kept, from, to) || memchr(kept + from, 1, to - from)))
			memset(kept + from, 1, to - from);
}
