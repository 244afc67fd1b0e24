// SPDX-License-Identifier: Apache-2.0
// Named character references (HTML standard, 13.5), found by binary search in a sorted table.
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

static int
compare(struct sv text, size_t n, const char *name)
{
	int c = 0;

	for (size_t i = 0; i < n && c == 0; i++) // the names end with a NUL, which differs
		c = (unsigned char)text.p[i] - (unsigned char)name[i];
	return c != 0 ? c : name[n] != '\0' ? -1 : 0;
}

static const struct entity *
find(struct sv text, size_t n)
{
	size_t lo = 0, hi = ARRAY_LEN(entities);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare(text, n, entities[mid].name);

		if (c == 0)
			return &entities[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

// Nearly all references of real pages.
static const struct {
	struct sv name;
	const char *utf8;
} common[] = {{SV("amp;"), "&"}, {SV("nbsp;"), "\302\240"}, {SV("quot;"), "\""}, {SV("lt;"), "<"},
    {SV("gt;"), ">"}, {SV("rsquo;"), "\342\200\231"}, {SV("copy;"), "\302\251"}};

static size_t
find_common(struct sv text, const char **utf8)
{
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (text.n >= common[i].name.n &&
		    memcmp(text.p, common[i].name.p, common[i].name.n) == 0) {
			*utf8 = common[i].utf8;
			return common[i].name.n;
		}
	return 0;
}

// The longest reference without ';' that begins the run of n letters and digits.
static size_t
find_bare(struct sv text, size_t n, bool attr, const char **utf8)
{
	for (size_t k = MIN(n, (size_t)6); k >= 2; k--) { // none is longer than six letters
		const struct entity *e = find(text, k);

		if (!e || !e->bare)
			continue;
		if (attr && k < text.n && (text.p[k] == '=' || sv_is_alnum(text.p[k])))
			return 0;
		*utf8 = e->utf8;
		return k;
	}
	return 0;
}

size_t
entity_find(struct sv text, bool attr, const char **utf8)
{
	size_t n = find_common(text, utf8);
	const struct entity *e;

	if (n > 0)
		return n;
	while (n < text.n && n < sizeof(entities[0].name) && sv_is_alnum(text.p[n]))
		n++;
	if (n < 2)
		return 0;
	e = n < text.n && text.p[n] == ';' && n < sizeof(entities[0].name) ? find(text, n) : NULL;
	if (!e)
		return find_bare(text, n, attr, utf8);
	*utf8 = e->utf8;
	return n + 1;
}
