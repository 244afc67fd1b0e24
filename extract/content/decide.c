// SPDX-License-Identifier: Apache-2.0
// From probabilities to blocks. Keeping every block above a threshold is the best for the expected
// F1 of words, and which threshold depends on the page: where the model is unsure it is lower.
#include "extract/content/content_priv.h"

#define CERTAIN 250

void
content_decide(const struct blocks *b, const uint8_t *probability, uint8_t *kept, double *expected)
{
	uint64_t words[256] = {0}, kept_words = 0, kept_true = 0, all_true = 0;
	double best = 0;
	int threshold = CERTAIN / 2;

	for (uint32_t i = 0; i < b->n; i++) {
		words[probability[i]] += b->list[i].s.words;
		all_true += (uint64_t)b->list[i].s.words * probability[i];
	}
	for (int p = CERTAIN; p > 0; p--) {
		double f1;

		kept_words += words[p];
		kept_true += words[p] * (uint64_t)p;
		f1 = kept_words == 0 ? 0
				     : 2.0 * (double)kept_true /
					   ((double)kept_words * CERTAIN + (double)all_true);
		if (f1 > best) {
			best = f1;
			threshold = p;
		}
	}
	for (uint32_t i = 0; i < b->n; i++)
		kept[i] = probability[i] >= threshold;
	*expected = best;
}
