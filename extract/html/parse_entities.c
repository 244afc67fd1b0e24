// SPDX-License-Identifier: Apache-2.0
// Named character references (HTML standard, 13.5), found by their hash.
#include "extract/html/parse_scan.h"

struct entity {
	char name[32];
	char utf8[7];
	bool bare; // works without ';'
};

static const struct entity entities[] = {
#define E(name, utf8, bare) {name, utf8, bare},
#include "extract/html/parse_entities_table.h"
#undef E
};

#define SLOTS 8192 // nearly four times as many as there are names

static uint16_t slots[SLOTS]; // numbers of entities from 1 on, by the hash of their names

static size_t
slot_of(const char *name, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619u;
	return h % SLOTS;
}

__attribute__((constructor)) static void
fill_slots(void)
{
	_Static_assert(ARRAY_LEN(entities) < SLOTS / 2, "most slots stay free");
	for (size_t k = 0; k < ARRAY_LEN(entities); k++) {
		size_t i = slot_of(entities[k].name, strlen(entities[k].name));

		while (slots[i] != 0)
			i = (i + 1) % SLOTS;
		slots[i] = (uint16_t)(k + 1);
	}
}

// `n` is less than a name has room for.
static const struct entity *
find(struct sv text, size_t n)
{
	for (size_t i = slot_of(text.p, n); slots[i] != 0; i = (i + 1) % SLOTS) {
		const struct entity *e = &entities[slots[i] - 1];

		if (memcmp(e->name, text.p, n) == 0 && e->name[n] == '\0')
			return e;
	}
	return NULL;
}

// Nearly all references of real pages.
static const struct {
	struct sv name, meaning;
} common[] = {{SV("quot;"), SV("\"")}, {SV("amp;"), SV("&")}, {SV("nbsp;"), SV("\302\240")},
    {SV("lt;"), SV("<")}, {SV("gt;"), SV(">")}, {SV("rsquo;"), SV("\342\200\231")},
    {SV("copy;"), SV("\302\251")}};

static size_t
find_common(struct sv text, struct sv *meaning)
{
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (text.n >= common[i].name.n && text.p[0] == common[i].name.p[0] &&
		    memcmp(text.p, common[i].name.p, common[i].name.n) == 0) {
			*meaning = common[i].meaning;
			return common[i].name.n;
		}
	return 0;
}

// The longest reference without ';' that begins the run of n letters and digits.
static size_t
find_bare(struct sv text, size_t n, bool attr, struct sv *meaning)
{
	for (size_t k = MIN(n, (size_t)6); k >= 2; k--) { // none is longer than six letters
		const struct entity *e = find(text, k);

		if (!e || !e->bare)
			continue;
		if (attr && k < text.n && (text.p[k] == '=' || sv_is_alnum(text.p[k])))
			return 0;
		*meaning = sv_from(e->utf8);
		return k;
	}
	return 0;
}

size_t
entity_find(struct sv text, bool attr, struct sv *meaning)
{
	size_t n = find_common(text, meaning);
	const struct entity *e;

	if (n > 0)
		return n;
	while (n < text.n && n < sizeof(entities[0].name) && sv_is_alnum(text.p[n]))
		n++;
	if (n < 2)
		return 0;
	e = n < text.n && text.p[n] == ';' && n < sizeof(entities[0].name) ? find(text, n) : NULL;
	if (!e)
		return find_bare(text, n, attr, meaning);
	*meaning = sv_from(e->utf8);
	return n + 1;
}
