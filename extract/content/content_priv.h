// SPDX-License-Identifier: Apache-2.0
// Between the steps of content_find: drop what is boilerplate, choose where the content is, prune
// inside.
#ifndef EXTRACT_CONTENT_PRIV_H
#define EXTRACT_CONTENT_PRIV_H

#include "extract/content/content.h"
#include "extract/content/features.h"

struct signals;

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

// content_shell.c: is the element empty that scripts were to fill, and nothing beside it surely
// content by the blocks' probabilities (0..250)?
bool content_is_shell(const struct finder *d, const uint8_t *probability);

// decide.c: which blocks to keep, 1 or 0 each; *expected: the word F1 of that if the probabilities
// (0..250) were true.
void content_decide(const struct blocks *b, const uint8_t *probability, bool article, uint8_t *kept,
    double *expected);

// decide.c: of what is kept, comments that follow the page's own words go.
void content_drop_comments(const struct signals *s, uint8_t *kept);
// copies.c: of what is kept, a block that another one contains goes. False for want of memory.
bool content_drop_contained(const struct blocks *b, uint8_t *kept, struct arena *a);

// asides.c: of what is kept of an article, "read also", pleas, labels and teasers below go. False
// for want of memory.
bool content_drop_asides(const struct blocks *b, uint8_t *kept, struct arena *a);

// repair.c: headings with what they head, tables and lists whole. False for want of memory.
bool content_repair(
    const struct features *f, const uint8_t *probability, uint8_t *kept, struct arena *a);
// content_between.c: code and figures between kept paragraphs. False for want of memory.
bool content_between(
    const struct features *f, const uint8_t *probability, uint8_t *kept, struct arena *a);
// posts.c: posts of social networks, if what stands next to them is kept.
void content_keep_posts(const struct features *f, uint8_t *kept);
// The pictures of figures between kept elements, though their captions are not kept.
void content_between_images(const struct features *f, uint8_t *keep);

#endif
