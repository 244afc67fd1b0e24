// SPDX-License-Identifier: Apache-2.0
// The known word that somebody may have meant. Pure.
#include "base/nearest.h"

#include "base/util.h"

#include <string.h>

// Edit distance (Levenshtein) of short words, one row at a time.
static size_t
distance(const char *a, const char *b)
{
	size_t row[65], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j], swap = diagonal + (a[i - 1] != b[j - 1]);

			row[j] = MIN(swap, MIN(up, row[j - 1]) + 1);
			diagonal = up;
		}
	}
	return row[n];
}

const char *
nearest_word(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), best = MAX((size_t)2, len / 3) + 1;
	const char *found = NULL;

	if (len > 64)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d = strlen(candidates[i]) <= 64 ? distance(word, candidates[i]) : best;

		if (d < best && d < len) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
