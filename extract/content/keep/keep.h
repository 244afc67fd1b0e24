// SPDX-License-Identifier: Apache-2.0
// From what the models say to what is kept: which blocks, what goes of them, what belongs to them.
#ifndef EXTRACT_KEEP_H
#define EXTRACT_KEEP_H

#include "extract/content/model/signals.h"

// content_shell.c: is the element empty that scripts were to fill, and nothing beside it surely
// content by the blocks' probabilities (0..250)?
bool content_is_shell(const struct finder *d, const uint8_t *probability);

// decide.c: which blocks to keep, 1 or 0 each; *expected: the word F1 of that if the probabilities
// (0..250) were true.
void content_decide(const struct blocks *b, const uint8_t *probability, bool article, uint8_t *kept,
    double *expected);

// decide.c: of blocks with the same words only the likeliest stays. False for want of memory.
bool content_drop_copies(const struct blocks *b, const struct groups *texts,
    const uint8_t *probability, uint8_t *kept, struct arena *a);
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
