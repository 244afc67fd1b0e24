// SPDX-License-Identifier: Apache-2.0
// Numbers as text: XPath's string(number), and the transform `number`. Pure.
#ifndef EXTRACT_NUMBER_TEXT_H
#define EXTRACT_NUMBER_TEXT_H

#include <stddef.h>

#define NUMBER_TEXT_MAX 400 // 309 digits before the point, or 341 behind it

// The fewest digits that tell it from all other doubles, never an exponent; "0" for -0, "NaN",
// "Infinity", "-Infinity". Returns the length.
size_t number_text(double d, char out[NUMBER_TEXT_MAX]);

#endif
