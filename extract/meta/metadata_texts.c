// SPDX-License-Identifier: Apache-2.0
// Can a text hold a date? Asked of every text of a page: its bytes are told apart sixteen at a
// time, and looked at one by one only where there are digits.
#include "extract/meta/metadata_priv.h"

typedef uint8_t bytes __attribute__((vector_size(16)));

// What a text has: bytes of each kind, not 0 where there is one.
struct traits {
	bytes ink, digit;
	bytes foreign; // perhaps a digit beyond ASCII
};

static void
see_bytes(struct traits *t, bytes part)
{
	t->ink |= part > ' ';
	t->digit |= part - '0' < 10;
	t->foreign |= part >= 0xd9;
}

static bool
has(bytes kind)
{
	uint64_t any[2];

	memcpy(any, &kind, sizeof(any));
	return (any[0] | any[1]) != 0;
}

// The first bytes of a text, 0 behind its end. Most texts stand in the input, where more can be
// read than they have.
static bytes
first_bytes(const struct tree *t, struct sv v)
{
	static const char all_then_none[2 * sizeof(bytes)] = "\xff\xff\xff\xff\xff\xff\xff\xff"
							     "\xff\xff\xff\xff\xff\xff\xff\xff";
	bytes part = {0}, mask;
	uintptr_t at = (uintptr_t)v.p - (uintptr_t)t->input.p;

	if (t->input.n < sizeof(part) || at > t->input.n - sizeof(part)) {
		memcpy(&part, v.p, MIN(v.n, sizeof(part)));
		return part;
	}
	memcpy(&part, v.p, sizeof(part));
	memcpy(&mask, all_then_none + sizeof(part) - MIN(v.n, sizeof(part)), sizeof(mask));
	return part & mask;
}

static struct traits
traits_of(const struct tree *t, struct sv v)
{
	struct traits out = {0};
	bytes part;

	see_bytes(&out, first_bytes(t, v));
	for (size_t i = sizeof(part); i < v.n; i += sizeof(part)) {
		memcpy(&part, v.p + MIN(i, v.n - sizeof(part)), sizeof(part));
		see_bytes(&out, part);
	}
	return out;
}

static bool
is_separator(char c)
{
	return c == '.' || c == '/' || c == '-';
}

// Four digits of a year, '24, or two separators behind numbers with nothing else but blanks
// between: 3/4/24.
static bool
has_date_digits(struct sv v)
{
	unsigned separators = 0;

	for (size_t i = 0, from;;) {
		for (; i < v.n && !sv_is_digit(v.p[i]); i++)
			separators = v.p[i] == ' ' ? separators : 0;
		if (i == v.n)
			return false;
		for (from = i; i < v.n && sv_is_digit(v.p[i]);)
			i++;
		if (separators == 2 || (from > 0 && v.p[from - 1] == '\'') ||
		    (i - from >= 4 && (v.p[from] == '1' || v.p[from] == '2')))
			return true;
		if (i < v.n && is_separator(v.p[i])) {
			separators++;
			i++;
		}
	}
}

// Letters of the scripts that have digits of their own, and full-width ones.
static bool
has_foreign_digits(struct sv v)
{
	for (size_t i = 0; i < v.n; i++)
		switch ((unsigned char)v.p[i]) {
		case 0xd9:
		case 0xdb:
		case 0xe0:
		case 0xe1:
			return true;
		case 0xef:
			if (i + 1 < v.n && v.p[i + 1] == '\xbc')
				return true;
		}
	return false;
}

static bool
may_have_date(struct sv v, const struct traits *t)
{
	return (has(t->foreign) && has_foreign_digits(v)) || (has(t->digit) && has_date_digits(v));
}

enum text_kind
meta_text_kind(const struct tree *t, struct sv v)
{
	struct traits traits = traits_of(t, v);

	if (!has(traits.ink))
		return TEXT_BLANK;
	return may_have_date(v, &traits) ? TEXT_DATED : TEXT_PLAIN;
}
