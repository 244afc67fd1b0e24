// SPDX-License-Identifier: Apache-2.0
// Bump allocator: memory that lives as long as its owner (a job, a document). Not thread-safe.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/buf.h"

struct arena_chunk;
struct arena {
	struct arena_chunk *head;
	size_t used; // bytes handed out since init or reset, and not given back
	size_t peak; // the most of them at a time, as of the last release
	size_t max;  // 0: no limit
	bool oom;    // the limit was hit, or malloc failed
};

// Takes no memory yet. `max` bytes in all; 0: no limit.
void arena_init(struct arena *a, size_t max);
void arena_done(struct arena *a);
void arena_reset(struct arena *a); // frees all but one chunk; clears oom
// A place to go back to: what is taken from here on is for a while only. Such pairs may nest.
struct arena_mark {
	struct arena_chunk *head, *behind;
	size_t n, used;
};
struct arena_mark arena_mark(const struct arena *a);
// Gives back all that was taken since the mark. No array from before it may have grown since.
void arena_release(struct arena *a, struct arena_mark m);
size_t arena_peak(const struct arena *a); // the most bytes handed out at a time
// n bytes, 16-byte aligned, zeroed; NULL once `max` is passed (oom set).
void *arena_alloc(struct arena *a, size_t n);
void *arena_alloc_raw(struct arena *a, size_t n); // not zeroed
// The same for an array; overflow of n * size gives NULL.
void *arena_array(struct arena *a, size_t n, size_t size);
void *arena_array_raw(struct arena *a, size_t n, size_t size); // not zeroed
char *arena_strdup(struct arena *a, const char *s);
char *arena_sv(struct arena *a, struct sv v); // NUL-terminated copy
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Grow an arena array: returns the old pointer if it was the last allocation and fits, else a copy.
void *arena_grow(struct arena *a, void *p, size_t old_n, size_t new_n);
// The same for arrays that may get large: the new bytes are not zeroed, and one of 64 KB and more
// has memory of its own that grows without a copy. Only for arrays always grown by this function.
void *arena_grow_raw(struct arena *a, void *p, size_t old_n, size_t new_n);

#endif
