// SPDX-License-Identifier: Apache-2.0
// Code points and letter case without a locale: ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic.
#ifndef EXTRACT_LETTERS_H
#define EXTRACT_LETTERS_H

#include "base/buf.h"

#include <stdint.h>

// The code point at *pos, which moves behind it. A byte that is not UTF-8 counts as itself.
uint32_t letters_decode(struct sv s, size_t *pos);
size_t letters_encode(uint32_t c, char out[4]);
uint32_t letters_lower(uint32_t c);
uint32_t letters_upper(uint32_t c);
// Of ASCII, fullwidth, Arabic-Indic, Persian, and the scripts of India and its east; -1: none.
int letters_digit(uint32_t c);

#endif
