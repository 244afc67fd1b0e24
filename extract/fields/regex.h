// SPDX-License-Identifier: Apache-2.0
// A user's regular expression over page text, in bounded time and heap (PCRE2, interpreter only).
// What matching costs is counted, not timed: the same page gives the same answer.
#ifndef EXTRACT_REGEX_H
#define EXTRACT_REGEX_H

#include "base/buf.h"
#include "base/err.h"

struct regex;

// Of all matching in a document; what each text is long adds to it.
struct regex_budget {
	int64_t steps_left;  // a step: an item of the pattern tried, or 8 bytes read by one
	int64_t cpu_us_left; // several times what the steps take: for what they do not see
};
void regex_budget_init(struct regex_budget *b);

// ERR_INVALID_REGEX: `missing closing parenthesis at character 5`. Owned by the caller.
int regex_compile(struct sv pattern, struct regex **out, struct err *err) MUST_CHECK;
void regex_free(struct regex *re);
// The first match at or after *pos in UTF-8 text: its first group (or all of it when there is none)
// in *value, a slice of `text`; *pos moves behind the match. 1, 0 when nothing matches, or
// ERR_TOO_LARGE when the budget is spent or the pattern needs more memory than it may have.
int regex_next(struct regex *re, struct sv text, struct regex_budget *budget, size_t *pos,
    struct sv *value, struct err *err) MUST_CHECK;

#endif
