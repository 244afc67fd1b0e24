// SPDX-License-Identifier: Apache-2.0
// Films and recordings in content, which Markdown and clean HTML only link to.
#ifndef EXTRACT_FILMS_H
#define EXTRACT_FILMS_H

#include "extract/html/tree.h"

struct film {
	struct buf url, poster; // absolute; the poster may be empty
	struct sv title;        // never empty; borrowed
};

static inline bool
film_may_be(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_iframe) || tree_is(t, i, TAG_video) || tree_is(t, i, TAG_audio);
}

// Is the element a film or a recording that can be linked to: <video>, <audio>, a well-known
// player in an <iframe>? Then film_done() is the caller's.
bool film_read(const struct tree *t, node_id i, struct sv base, struct film *out);
void film_done(struct film *f);

#endif
