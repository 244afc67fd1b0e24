// SPDX-License-Identifier: Apache-2.0
// Ticks and crosses in cells of tables, by the names that icon fonts and files have. Runs in the
// extractor's worker; looks at a few nodes of a cell only.
#include "extract/content/blocks/cell_sign.h"

#define MAX_NODES 24
#define MAX_NAME  60

static const struct {
	const char *word;
	const char *sign;
} signs[] = {
    {"check", "✓"},
    {"checked", "✓"},
    {"checkmark", "✓"},
    {"tick", "✓"},
    {"yes", "✓"},
    {"available", "✓"},
    {"included", "✓"},
    {"cross", "✗"},
    {"times", "✗"},
    {"xmark", "✗"},
    {"close", "✗"},
    {"no", "✗"},
    {"unavailable", "✗"},
    {"excluded", "✗"},
};

// The sign that one of the words in "fa fa-check-circle" or "/img/icon_tick.svg" stands for.
static struct sv
sign_of(struct sv v)
{
	for (size_t i = 0, from; i < v.n; i++) {
		for (from = i; i < v.n && sv_is_alpha(v.p[i]);)
			i++;
		for (size_t k = 0; i > from && k < ARRAY_LEN(signs); k++)
			if (sv_ieq_str((struct sv){v.p + from, i - from}, signs[k].word))
				return sv_from(signs[k].sign);
	}
	return SV_NULL;
}

static struct sv
file_name(struct sv url)
{
	size_t n = 0;

	while (n < url.n && url.p[url.n - 1 - n] != '/')
		n++;
	return n > 0 ? (struct sv){url.p + url.n - n, n} : SV_NULL;
}

static struct sv
name_of(const struct tree *t, node_id i)
{
	static const char *const names[] = {"aria-label", "title", "alt"};

	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		struct sv v = sv_trim(tree_get(t, i, names[k]));

		if (v.n > 0 && v.n <= MAX_NAME && !memchr(v.p, '\n', v.n))
			return v;
	}
	return SV_NULL;
}

struct sv
cell_sign(const struct tree *t, node_id cell)
{
	node_id end = MIN(t->nodes[cell].end, cell + MAX_NODES);
	struct sv sign = SV_NULL;

	for (node_id i = cell + 1; i < end; i++) {
		struct sv name;

		if (t->nodes[i].kind != NODE_ELEMENT || t->nodes[i].n_attrs == 0 ||
		    t->nodes[i].flags & NODE_F_HIDDEN)
			continue;
		name = name_of(t, i);
		if (name.n > 0)
			return name;
		if (sign.n == 0)
			sign = sign_of(tree_get_id(t, i, ATTR_class));
		if (sign.n == 0 && tree_is(t, i, TAG_img))
			sign = sign_of(file_name(tree_get(t, i, "src")));
	}
	return sign;
}
