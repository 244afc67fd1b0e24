// SPDX-License-Identifier: Apache-2.0
// What evaluating may spend: steps, each a look at a node or some bytes, and memory, given back
// when a part of the expression is done.
#include "extract/fields/xpath/evaluate_priv.h"

#include <stdlib.h>

#define MEMORY_MAX   ((size_t)XPATH_MEMORY_MB << 20) // of one evaluation
#define CHUNK_BYTES  ((size_t)64 << 10)
#define BYTES_A_STEP 4 // of memory

struct xchunk {
	struct xchunk *before;
	size_t used, cap;
	_Alignas(16) char bytes[];
};

bool
xpath_step(struct xpath_engine *e, uint64_t n)
{
	e->steps += n;
	if (e->steps > e->limit)
		e->exhausted = true;
	return !e->exhausted;
}

void *
xpath_alloc(struct xpath_engine *e, size_t n)
{
	struct xchunk *c = e->memory;
	void *p;

	if (!xpath_step(e, n / BYTES_A_STEP))
		return NULL;
	n = (n + 15) & ~(size_t)15;
	if (!c || c->cap - c->used < n) {
		size_t cap = MAX(n, CHUNK_BYTES);

		if (n > MEMORY_MAX || e->memory_used + cap > MEMORY_MAX) {
			e->exhausted = e->full = true;
			return NULL;
		}
		c = malloc(sizeof(*c) + cap);
		if (!c) {
			e->exhausted = e->oom = true;
			return NULL;
		}
		*c = (struct xchunk){.before = e->memory, .cap = cap};
		e->memory = c;
		e->memory_used += cap;
	}
	p = c->bytes + c->used;
	c->used += n;
	return p;
}

struct xmark
xpath_mark(const struct xpath_engine *e)
{
	return (struct xmark){e->memory, e->memory ? e->memory->used : 0};
}

void
xpath_release(struct xpath_engine *e, struct xmark m)
{
	while (e->memory != m.chunk) {
		struct xchunk *c = e->memory;

		e->memory = c->before;
		e->memory_used -= c->cap;
		free(c);
	}
	if (e->memory)
		e->memory->used = m.used;
}

void
xpath_engine_init(struct xpath_engine *e, const struct tree *t, struct arena *a)
{
	*e = (struct xpath_engine){.t = t, .a = a};
	e->max_steps = XPATH_STEPS + (uint64_t)XPATH_STEPS_OF_NODE * t->n;
}

void
xpath_engine_done(struct xpath_engine *e)
{
	xpath_release(e, (struct xmark){NULL, 0});
	free(e->prev);
	e->prev = NULL;
}
