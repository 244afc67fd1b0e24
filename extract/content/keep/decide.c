// SPDX-License-Identifier: Apache-2.0
// From probabilities to blocks. Keeping every block above a threshold is the best for the expected
// F1 of words, and which threshold depends on the page: where the models are unsure it is lower. Of
// what they are unsure of, on some pages all is content, on others nothing, on others part of it:
// what is expected is the mean of both ways to read the probabilities.
// What surely is an article is one run of prose: there the threshold rises as long as that costs
// next to nothing, which keeps teasers and captions away. What is kept twice is kept once,
// and comments below the page's own words are not kept.
#include "extract/content/keep/keep.h"

#define CERTAIN       250
#define THRESHOLD_MIN 75
#define THRESHOLD_MAX 125
#define ARTICLE_MAX   160
#define ARTICLE_COST  0.03 // of the expected F1
#define STEP          5    // of levels
#define COPY_WORDS    8
#define OWN_WORDS     80

struct levels { // of words, per probability
	uint64_t words[CERTAIN + 1], from[CERTAIN + 1], true_from[CERTAIN + 1];
};

static void
levels_count(struct levels *l, const struct blocks *b, const uint8_t *probability)
{
	uint64_t from = 0, true_from = 0;

	memset(l->words, 0, sizeof(l->words));
	for (uint32_t i = 0; i < b->n; i++)
		l->words[probability[i]] += b->list[i].s.words;
	for (int p = CERTAIN; p >= 0; p--) {
		l->from[p] = from += l->words[p];
		l->true_from[p] = true_from += l->words[p] * (uint64_t)p;
	}
}

// If each block were content or not by itself.
static double
f1_apart(const struct levels *l, int threshold)
{
	double kept = (double)l->from[threshold] * CERTAIN, all_true = (double)l->true_from[0];

	return l->from[threshold] == 0 ? 0
				       : 2 * (double)l->true_from[threshold] / (kept + all_true);
}

// If all that is as likely were content together: what is content is what is likelier than some
// level, and any level is as good as another.
static double
f1_alike(const struct levels *l, int threshold)
{
	double kept = (double)l->from[threshold], sum = 0;

	for (int level = STEP / 2 + 1; level <= CERTAIN; level += STEP) {
		double content = (double)l->from[level];

		sum += kept + content > 0 ? 2 * MIN(kept, content) / (kept + content) : 1;
	}
	return sum / (CERTAIN / STEP);
}

// The F1 to be expected of keeping what is likelier than a threshold, per threshold.
static void
expected_f1(const struct blocks *b, const uint8_t *probability, double *f1)
{
	struct levels l;

	levels_count(&l, b, probability);
	for (int p = ARTICLE_MAX; p >= THRESHOLD_MIN; p--)
		f1[p] = p < ARTICLE_MAX && l.words[p] == 0
			    ? f1[p + 1]
			    : (f1_apart(&l, p) + f1_alike(&l, p)) / 2;
}

void
content_decide(const struct blocks *b, const uint8_t *probability, bool article, uint8_t *kept,
    double *expected)
{
	double f1[ARTICLE_MAX + 1];
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

// What readers wrote under an article, a product or a guide is not the page's own content; on a
// forum it is, and where next to nothing is told before it.
void
content_drop_comments(const struct signals *s, uint8_t *kept)
{
	uint64_t own = 0;

	for (uint32_t i = 0; i < s->b->n; i++) {
		const uint8_t *row = s->rows + (size_t)i * SECOND_COUNT;

		if (!kept[i])
			continue;
		if (row[BLOCK_marks + KW_COMMENT] == 0)
			own += s->b->list[i].s.words;
		else if (own >= OWN_WORDS)
			kept[i] = 0;
	}
}
