// SPDX-License-Identifier: Apache-2.0
// A user's regular expression over page text, in bounded time, depth and heap (PCRE2, interpreter
// only).
#ifndef EXTRACT_REGEX_H
#define EXTRACT_REGEX_H

#include "base/buf.h"
#include "base/err.h"

struct regex;

// ERR_INVALID_REGEX: `missing closing parenthesis at character 5`. Owned by the caller.
int regex_compile(struct sv pattern, struct regex **out, struct err *err) MUST_CHECK;
void regex_free(struct regex *re);
// The first match at or after *pos in UTF-8 text: its first group (or all of it when there is none)
// in *value, a slice of `text`; *pos moves behind the match. 1, 0 when nothing matches, or
// ERR_TOO_LARGE when the match limit is reached.
int regex_next(
    struct regex *re, struct sv text, size_t *pos, struct sv *value, struct err *err) MUST_CHECK;

#endif
