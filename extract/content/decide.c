// SPDX-License-Identifier: Apache-2.0
// From probabilities to blocks. Keeping every block above a threshold is the best for the expected
// F1 of words, and which threshold depends on the page: where the models are unsure it is lower.
// What surely is an article is one run of prose: there the threshold rises as long as that costs
// next to nothing, which keeps teasers and captions away. What is kept twice is kept once.
#include "extract/content/content_priv.h"
#include "extract/content/signals.h"

#define CERTAIN       250
#define THRESHOLD_MIN 75
#define THRESHOLD_MAX 125
#define ARTICLE_MAX   160
#define ARTICLE_COST  0.03 // of the expected F1
#define COPY_WORDS    8

// The F1 to be expected of keeping what is likelier than a threshold, per threshold.
static void
expected_f1(const struct blocks *b, const uint8_t *probability, double *f1)
{
	uint64_t words[CERTAIN + 1] = {0}, kept_words = 0, kept_true = 0, all_true = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		words[probability[i]] += b->list[i].s.words;
		all_true += (uint64_t)b->list[i].s.words * probability[i];
	}
	for (int p = CERTAIN; p >= THRESHOLD_MIN; p--) {
		kept_words += words[p];
		kept_true += words[p] * (uint64_t)p;
		f1[p] = kept_words == 0 ? 0
					: 2.0 * (double)kept_true /
					      ((double)kept_words * CERTAIN + (double)all_true);
	}
}

void
content_decide(const struct blocks *b, const uint8_t *probability, bool article, uint8_t *kept,
    double *expected)
{
	double f1[CERTAIN + 1];
	int threshold = THRESHOLD_MAX;

	expected_f1(b, probability, f1);
	for (int p = THRESHOLD_MAX; p >= THRESHOLD_MIN; p--)
		if (f1[p] > f1[threshold])
			threshold = p;
	*expected = f1[threshold];
	for (int higher = ARTICLE_MAX; article && higher > threshold; higher--)
		if (f1[higher] >= *expected - ARTICLE_COST)
			threshold = higher;
	for (uint32_t i = 0; i < b->n; i++)
		kept[i] = probability[i] >= threshold;
}

// Code, cells and the like say the same again for a reason.
static bool
may_repeat(const struct tree *t, node_id el)
{
	switch (t->nodes[el].tag) {
	case TAG_pre:
	case TAG_td:
	case TAG_th:
		return true;
	}
	return false;
}

// Paragraphs side by side that say the same were written so; a copy elsewhere is for another screen
// or a quotation.
static bool
are_siblings(const struct blocks *b, uint32_t i, uint32_t k)
{
	const struct node *nodes = b->t->nodes;

	return nodes[b->list[i].el].parent == nodes[b->list[k].el].parent;
}

bool
content_drop_copies(const struct blocks *b, const struct groups *texts, const uint8_t *probability,
    uint8_t *kept, struct arena *a)
{
	uint32_t *best = arena_array(a, (size_t)texts->n + 1, sizeof(*best)); // + 1

	if (!best)
		return false;
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t *at = &best[texts->of[i]];

		if (!kept[i] || b->list[i].s.words < COPY_WORDS || may_repeat(b->t, b->list[i].el))
			continue;
		if (*at != 0 && are_siblings(b, i, *at - 1))
			continue;
		if (*at == 0 || probability[i] > probability[*at - 1]) {
			if (*at != 0)
				kept[*at - 1] = 0;
			*at = i + 1;
		} else
			kept[i] = 0;
	}
	return true;
}
