// SPDX-License-Identifier: Apache-2.0
// What a browser does not show of a page is no content, but for what a click opens.
#ifndef EXTRACT_UNSEEN_H
#define EXTRACT_UNSEEN_H

#include "extract/content/blocks/boxes.h"
#include "extract/content/model/signals.h"

enum unseen { UNSEEN_NOT, UNSEEN_FOR_GOOD, UNSEEN_UNTIL_A_CLICK }; // of a block

// Fills `state`, an enum unseen per block. False for want of memory.
bool unseen_find(
    const struct boxes *x, const struct signals *s, uint8_t *state, struct arena *a) MUST_CHECK;
// No block that is not shown for good is content, unless much of the content is of that kind.
void unseen_drop(const uint8_t *state, const struct blocks *b, uint8_t *both);
// Texts that are not shown, in kept blocks with others that are, are not kept.
void unseen_unmark(
    const struct boxes *x, const struct blocks *b, const uint8_t *kept, uint8_t *keep);

#endif
