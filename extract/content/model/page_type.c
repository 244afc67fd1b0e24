// SPDX-License-Identifier: Apache-2.0
// The kind of a page from its row: a forest per kind, of whose sums the odds are made. Runs in
// the extractor's worker.
#include "extract/content/model/model.h"
#include "extract/content/model/signals.h"

#include <math.h>

#define ENOUGH_WORDS 50 // a page with fewer is more and more something else

const char *const page_type_names[PAGE_TYPE_COUNT] = {
#define X(name) [PAGE_TYPE_##name] = #name,
    PAGE_TYPE_TABLE(X)
#undef X
};

void
page_type_bytes(const struct model *m, const struct signals *s, uint8_t *types)
{
	double odds[PAGE_TYPES], all = 0;

	for (unsigned k = 0; k < PAGE_TYPES; k++) {
		int32_t sum;

		forest_sums(&m->types[k], s->page, 1, PAGE_COUNT, &sum);
		odds[k] = exp((double)sum / FOREST_UNIT);
		all += odds[k];
	}
	for (unsigned k = 0; k < PAGE_TYPES; k++)
		types[k] = (uint8_t)(odds[k] * SIGNAL_MAX / all + 0.5);
}

void
page_type_tell(const uint8_t *types, uint32_t words, struct content *out)
{
	double known = MIN(words / (double)ENOUGH_WORDS, 1.0), sum = 0;

	out->type = PAGE_TYPE_other;
	for (unsigned k = 0; k < PAGE_TYPES; k++)
		sum += types[k];
	out->types[PAGE_TYPE_other] = 1 - known;
	for (unsigned k = 0; k < PAGE_TYPES; k++)
		out->types[k] = sum > 0 ? known * types[k] / sum : 0;
	for (unsigned k = 0; k < PAGE_TYPE_COUNT; k++)
		if (out->types[k] > out->types[out->type])
			out->type = (enum page_type)k;
}
