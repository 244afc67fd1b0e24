// SPDX-License-Identifier: Apache-2.0
// FNV-1a, for tables whose keys nobody profits from colliding: bounded ones, or those of our own
// names. No check sum: that is base/digest.h.
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/buf.h"

#include <stdint.h>

#define HASH32_START 2166136261u
#define HASH64_START 14695981039346656037u

static inline uint32_t
hash32_add(uint32_t h, struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * 16777619u;
	return h;
}

static inline uint32_t
hash32(struct sv v)
{
	return hash32_add(HASH32_START, v);
}

static inline uint64_t
hash64_add(uint64_t h, struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * 1099511628211u;
	return h;
}

// A string with its NUL, so that ("a", "bc") and ("ab", "c") differ when added one after another.
static inline struct sv
hash_part(const char *s)
{
	return (struct sv){s, strlen(s) + 1};
}

// Eight bytes at a time, for longer texts; not FNV, and another number on another kind of machine.
static inline uint64_t
hash_text(struct sv v)
{
	uint64_t h = v.n, part = 0;
	size_t i = 0;

	for (; i + sizeof(part) <= v.n; i += sizeof(part)) {
		memcpy(&part, v.p + i, sizeof(part));
		h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	for (part = 0; i < v.n; i++)
		part = part << 8 | (unsigned char)v.p[i];
	h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

// Its beginning, middle and end tell most values of attributes apart; the upper bits are the best.
static inline uint64_t
hash_ends(struct sv v)
{
	uint64_t first, middle, last;

	if (v.n < sizeof(first))
		return hash_text(v);
	memcpy(&first, v.p, sizeof(first));
	memcpy(&middle, v.p + (v.n - sizeof(middle)) / 2, sizeof(middle));
	memcpy(&last, v.p + v.n - sizeof(last), sizeof(last));
	first ^= (middle << 21 | middle >> 43) ^ (last << 42 | last >> 22) ^ v.n;
	return first * UINT64_C(0x9e3779b97f4a7c15);
}

#endif
