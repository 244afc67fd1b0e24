// SPDX-License-Identifier: Apache-2.0
// From probabilities to blocks. Keeping every block above a threshold is the best for the expected
// F1 of words, and which threshold depends on the page: where the models are unsure it is lower.
// What surely is an article is one run of prose: there what the models are unsure of is left out,
// which costs no F1 and keeps teasers and captions away. What is kept twice is kept once.
#include "extract/content/content_priv.h"
#include "extract/content/signals.h"

#define CERTAIN    250
#define COPY_WORDS 8

static const struct limits {
	int min, max;
} thresholds = {75, 125}, article_thresholds = {150, 150};

static int
threshold_of(
    const struct blocks *b, const uint8_t *probability, struct limits limits, double *expected)
{
	uint64_t words[256] = {0}, kept_words = 0, kept_true = 0, all_true = 0;
	int threshold = limits.max;

	*expected = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		words[probability[i]] += b->list[i].s.words;
		all_true += (uint64_t)b->list[i].s.words * probability[i];
	}
	for (int p = CERTAIN; p >= limits.min; p--) {
		double f1;

		kept_words += words[p];
		kept_true += words[p] * (uint64_t)p;
		f1 = kept_words == 0 ? 0
				     : 2.0 * (double)kept_true /
					   ((double)kept_words * CERTAIN + (double)all_true);
		if (p <= limits.max && f1 > *expected) {
			*expected = f1;
			threshold = p;
		}
	}
	return threshold;
}

void
content_decide(const struct blocks *b, const uint8_t *probability, bool article, uint8_t *kept,
    double *expected)
{
	int threshold =
	    threshold_of(b, probability, article ? article_thresholds : thresholds, expected);

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
