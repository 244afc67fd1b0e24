// SPDX-License-Identifier: Apache-2.0
// Rules that need no model: drop what is boilerplate, choose where the content is, prune inside.
#ifndef EXTRACT_RULES_H
#define EXTRACT_RULES_H

#include "extract/content/content.h"
#include "extract/content/blocks/features.h"

enum drop_reason { DROP_NOT, DROP_ELEMENT, DROP_NAMED, DROP_LINKS };

struct finder {
	const struct tree *t;
	struct features f;
	struct blocks blocks;
	uint8_t *dropped; // per node: not 0 takes the subtree out; enum drop_reason
};

// content_drop.c: mark elements that are not content wherever the content is; the sums are up to
// date after.
void content_drop(struct finder *d);
// content_root.c: the subtree that holds the content. *scored: by its paragraphs, else it is all of
// main or body.
node_id content_root(const struct finder *d, bool *scored);
// content_root.c: take lists of links out of the content.
void content_prune(struct finder *d, node_id root);

#endif
