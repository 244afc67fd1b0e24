// SPDX-License-Identifier: Apache-2.0
// Any bytes through charset, parser, content and all three writers. Beyond crashes: the tree's
// ranges must nest, clean HTML must hold nothing that runs, and must be a fixed point of itself.
#include "extract/content/content.h"
#include "extract/html/charset.h"

#include <assert.h>
#include <stdint.h>

#define MEMORY ((size_t)256 << 20)
#define OUTPUT ((size_t)8 << 20)

static void
check_tree(const struct tree *t)
{
	for (node_id i = 1; i < t->n; i++) {
		const struct node *n = &t->nodes[i], *parent = &t->nodes[n->parent];

		assert(n->parent < i && n->end > i && n->end <= parent->end);
		assert(n->depth == parent->depth + 1 && n->depth <= t->lim.max_depth + 1);
		assert(n->next == NODE_NONE ||
		       (n->next == n->end && t->nodes[n->next].parent == n->parent));
	}
}

static bool
read_page(struct sv html, struct arena *a, struct tree *t, struct content *c, bool whole)
{
	struct content_hints h = {.whole_page = whole};

	if (tree_init(t, a, NULL) != 0 || html_parse(t, html, &tree_limits_default, NULL) != 0)
		return false;
	check_tree(t);
	return content_find(t, a, &h, c, NULL) == 0;
}

// What a parser finds in clean HTML.
static void
check_harmless(const struct tree *t)
{
	static const uint16_t bad[] = {TAG_script, TAG_style, TAG_svg, TAG_math, TAG_iframe,
	    TAG_form, TAG_object, TAG_embed, TAG_base, TAG_meta, TAG_link, TAG_template};

	for (node_id i = 1; i < t->n; i++) {
		struct sv href = tree_get(t, i, "href"), src = tree_get(t, i, "src");

		for (size_t k = 0; k < sizeof(bad) / sizeof(*bad); k++)
			assert(!tree_is(t, i, bad[k]));
		for (uint32_t k = 0; k < t->nodes[i].n_attrs; k++)
			assert(strncmp(tree_name(t, t->attrs[t->nodes[i].attr + k].name), "on",
				   2) != 0);
		assert(!sv_istarts(href, "javascript:") && !sv_istarts(href, "data:"));
		assert(!sv_istarts(src, "javascript:") && !sv_istarts(src, "data:"));
	}
}

static void
clean(struct sv html, struct buf *out, bool is_clean)
{
	struct write_opts o = {.base = SV("https://example.org/")};
	struct arena a;
	struct tree t;
	struct content c;

	arena_init(&a, MEMORY);
	if (read_page(html, &a, &t, &c, true)) {
		clean_html_write(&t, &c, &o, out);
		if (is_clean)
			check_harmless(&t);
	}
	arena_done(&a);
}

static void
check_clean(struct sv html)
{
	struct buf once = BUF_INIT_MAX(OUTPUT), twice = BUF_INIT_MAX(OUTPUT);

	clean(html, &once, false);
	clean(buf_view(&once), &twice, true);
	buf_done(&once);
	buf_done(&twice);
}

static void
check_writers(struct sv html, bool whole)
{
	struct write_opts o = {.base = SV("https://example.org/")};
	struct buf out = BUF_INIT_MAX(OUTPUT);
	struct arena a;
	struct tree t;
	struct content c;

	arena_init(&a, MEMORY);
	if (read_page(html, &a, &t, &c, whole)) {
		assert(c.quality >= 0 && c.quality <= 1);
		markdown_write(&t, &c, &o, &out);
		buf_reset(&out);
		text_write(&t, &c, &out);
	}
	buf_done(&out);
	arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf utf8 = BUF_INIT_MAX(OUTPUT);
	struct sv bytes = {(const char *)data, n};
	const char *name;

	if (charset_to_utf8(bytes, NULL, &utf8, &name, NULL) == 0) {
		check_writers(buf_view(&utf8), false);
		check_writers(buf_view(&utf8), true);
		check_clean(buf_view(&utf8));
	}
	buf_done(&utf8);
	return 0;
}
