// SPDX-License-Identifier: Apache-2.0
// Bump allocator over a list of chunks. Not thread-safe.
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 << 10)
#define ALIGN       16
#define KEEP_BYTES  ((size_t)8 << 20) // at most, from one use to the next

struct arena_chunk {
	struct arena_chunk *next;
	size_t cap, n;
	_Alignas(ALIGN) char data[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void
arena_done(struct arena *a)
{
	while (a->head) {
		struct arena_chunk *next = a->head->next;

		free(a->head);
		a->head = next;
	}
	a->used = a->peak = 0;
}

size_t
arena_peak(const struct arena *a)
{
	return MAX(a->used, a->peak);
}

// Memory for one array, behind the chunk that small allocations come from.
static void *
add_own_chunk(struct arena *a, size_t n)
{
	struct arena_chunk *c = malloc(sizeof(*c) + n), **at = a->head ? &a->head->next : &a->head;

	if (!c)
		return NULL;
	*c = (struct arena_chunk){.next = *at, .cap = n, .n = n};
	*at = c;
	return c->data;
}

static bool
add_chunk(struct arena *a, size_t n)
{
	// Chunks grow with the arena, so that a large document needs few of them.
	size_t cap = MAX(n, MIN(MAX(CHUNK_BYTES, a->used / 2), (size_t)16 << 20));
	struct arena_chunk *c = malloc(sizeof(*c) + cap);

	if (!c)
		return false;
	*c = (struct arena_chunk){.next = a->head, .cap = cap};
	a->head = c;
	return true;
}

// The largest chunk stays; where many were needed, one as large as all of them takes their place:
// the next document finds memory that is already mapped.
void
arena_reset(struct arena *a)
{
	size_t wanted = MIN(arena_peak(a), KEEP_BYTES);
	struct arena_chunk *keep = a->head;

	for (struct arena_chunk *c = a->head; c; c = c->next)
		if (c->cap > keep->cap)
			keep = c;
	if (keep && (keep->cap < wanted || keep->cap > 2 * KEEP_BYTES))
		keep = NULL;
	for (struct arena_chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		if (c != keep)
			free(c);
	}
	a->head = keep;
	if (keep) {
		keep->next = NULL;
		keep->n = 0;
	} else if (wanted > 0)
		(void)add_chunk(a, wanted);
	a->used = a->peak = 0;
	a->oom = false;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	struct arena_chunk *c = a->head;

	return (struct arena_mark){c, c ? c->next : NULL, c ? c->n : 0, a->used};
}

void
arena_release(struct arena *a, struct arena_mark m)
{
	a->peak = arena_peak(a);
	while (a->head != m.head) {
		struct arena_chunk *next = a->head->next;

		free(a->head);
		a->head = next;
	}
	while (a->head && a->head->next != m.behind) { // arrays with memory of their own
		struct arena_chunk *c = a->head->next;

		a->head->next = c->next;
		free(c);
	}
	if (a->head)
		a->head->n = m.n;
	a->used = m.used;
}

static size_t
round_up(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *
arena_alloc_raw(struct arena *a, size_t n)
{
	size_t need = round_up(n ? n : 1);
	void *p;

	if (need < n || (a->max && need > a->max - MIN(a->used, a->max)) ||
	    ((!a->head || need > a->head->cap - a->head->n) && !add_chunk(a, need))) {
		a->oom = true;
		return NULL;
	}
	p = a->head->data + a->head->n;
	a->head->n += need;
	a->used += need;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_alloc_raw(a, n);

	return p ? memset(p, 0, n ? n : 1) : NULL;
}

void *
arena_array_raw(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		a->oom = true;
		return NULL;
	}
	return arena_alloc_raw(a, total);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	void *p = arena_array_raw(a, n, size);

	return p ? memset(p, 0, n * size) : NULL;
}

char *
arena_sv(struct arena *a, struct sv v)
{
	char *p = v.n < SIZE_MAX ? arena_alloc_raw(a, v.n + 1) : NULL;

	if (p && v.n)
		memcpy(p, v.p, v.n);
	if (p)
		p[v.n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_sv(a, sv_from(s)) : NULL;
}

char *
arena_fmt(struct arena *a, const char *fmt, ...)
{
	cleanup_buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	return arena_sv(a, buf_view(&b));
}

static void *
grow(struct arena *a, void *p, size_t old_n, size_t new_n)
{
	struct arena_chunk *c = a->head;
	size_t old = round_up(old_n ? old_n : 1), need = round_up(new_n);
	void *q;

	if (p && new_n <= old_n)
		return p;
	if (need < new_n) {
		a->oom = true;
		return NULL;
	}
	if (p && c && (char *)p + old == c->data + c->n && need >= old &&
	    need - old <= c->cap - c->n &&
	    (!a->max || need - old <= a->max - MIN(a->used, a->max))) {
		c->n += need - old;
		a->used += need - old;
		return p;
	}
	q = arena_alloc_raw(a, new_n);
	if (q && p)
		memcpy(q, p, MIN(old_n, new_n));
	return q;
}

void *
arena_grow(struct arena *a, void *p, size_t old_n, size_t new_n)
{
	char *q = grow(a, p, old_n, new_n);
	size_t kept = p ? old_n : 0;

	if (q && new_n > kept)
		memset(q + kept, 0, new_n - kept);
	return q;
}

// The link to the chunk that holds just this array, or NULL.
static struct arena_chunk **
own_chunk(struct arena *a, const void *p, size_t n)
{
	for (struct arena_chunk **c = &a->head; *c; c = &(*c)->next)
		if ((*c)->data == p && (*c)->n == n && (*c)->cap == n)
			return c;
	return NULL;
}

void *
arena_grow_raw(struct arena *a, void *p, size_t old_n, size_t new_n)
{
	size_t old = p ? round_up(old_n ? old_n : 1) : 0, need = round_up(new_n);
	struct arena_chunk **at, *c;
	void *q;

	if (p && new_n <= old_n)
		return p;
	if (need < CHUNK_BYTES)
		return grow(a, p, old_n, new_n);
	if (need < new_n || (a->max && need - old > a->max - MIN(a->used, a->max))) {
		a->oom = true;
		return NULL;
	}
	at = old >= CHUNK_BYTES ? own_chunk(a, p, old) : NULL;
	if (at) {
		c = realloc(*at, sizeof(*c) + need);
		if (c) {
			c->cap = c->n = need;
			*at = c;
		}
		q = c ? c->data : NULL;
	} else {
		q = add_own_chunk(a, need);
		if (q && p)
			memcpy(q, p, old_n);
	}
	if (!q)
		a->oom = true;
	else
		a->used += at ? need - old : need;
	return q;
}
