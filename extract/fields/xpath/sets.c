// SPDX-License-Identifier: Apache-2.0
// Sets of nodes: ascending by their place in the document, no node twice.
#include "extract/fields/xpath/evaluate_priv.h"

#include <stdlib.h>

bool
xset_add(struct xpath_engine *e, struct xset *s, xnode x)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 4 : 4;
		xnode *v = xpath_alloc(e, cap * sizeof(*v));

		if (!v)
			return false;
		if (s->n > 0)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = x;
	return true;
}

void
xset_reverse(struct xset *s)
{
	for (size_t i = 0, k = s->n; i + 1 < k; i++) {
		xnode x = s->v[i];

		s->v[i] = s->v[--k];
		s->v[k] = x;
	}
}

static int
compare_nodes(const void *a, const void *b)
{
	xnode x = *(const xnode *)a, y = *(const xnode *)b;

	return (x > y) - (x < y);
}

void
xset_order(struct xpath_engine *e, struct xset *s)
{
	size_t n = 0;
	bool ascending = true;

	for (size_t i = 1; i < s->n && ascending; i++)
		ascending = s->v[i - 1] < s->v[i];
	if (ascending || !xpath_step(e, s->n * 8))
		return;
	qsort(s->v, s->n, sizeof(*s->v), compare_nodes);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || s->v[n - 1] != s->v[i])
			s->v[n++] = s->v[i];
	s->n = n;
}

struct xset
xset_unite(struct xpath_engine *e, const struct xset *a, const struct xset *b)
{
	struct xset out = {0};
	size_t i = 0, k = 0;

	(void)xpath_step(e, a->n + b->n);
	while ((i < a->n || k < b->n) && !e->exhausted) {
		xnode x = i < a->n ? a->v[i] : UINT64_MAX, y = k < b->n ? b->v[k] : UINT64_MAX;

		i += x <= y;
		k += y <= x;
		xset_add(e, &out, MIN(x, y));
	}
	return out;
}
