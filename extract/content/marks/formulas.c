// SPDX-License-Identifier: Apache-2.0
// What formulas were found to be, kept for the writers that come after. Runs in the extractor's
// worker.
#include "extract/content/marks/formulas.h"

#include "extract/html/tree_build.h"

struct formula {
	node_id math;
	struct sv tex;
};

struct formulas {
	struct arena *a;
	struct formula *list; // by node
	uint32_t n, cap;
	size_t bytes;
};

struct formulas *
formulas_new(struct arena *a)
{
	struct formulas *f = arena_alloc(a, sizeof(*f));

	if (f)
		f->a = a;
	return f;
}

bool
formulas_find(const struct formulas *f, node_id math, struct sv *tex)
{
	uint32_t from = 0, to = f ? f->n : 0;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (f->list[middle].math < math)
			from = middle + 1;
		else
			to = middle;
	}
	if (!f || from == f->n || f->list[from].math != math)
		return false;
	*tex = f->list[from].tex;
	return true;
}

void
formulas_keep(struct formulas *f, node_id math, struct sv tex)
{
	char *copy;

	if (!f || (f->n > 0 && f->list[f->n - 1].math > math) || f->n >= FORMULAS_MAX ||
	    tex.n > FORMULAS_BYTES - f->bytes ||
	    !tree_grow(f->a, &f->list, &f->cap, (size_t)f->n + 1, sizeof(*f->list)))
		return;
	copy = arena_sv(f->a, tex);
	if (!copy)
		return;
	f->list[f->n++] = (struct formula){math, {copy, tex.n}};
	f->bytes += tex.n;
}
