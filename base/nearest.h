// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?": the known word that somebody may have meant. Pure.
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

// The candidate nearest to `word` by edit distance (at most 1/3 of its length, or 2), or NULL.
const char *nearest_word(const char *word, const char *const *candidates, size_t n);

#endif
