// SPDX-License-Identifier: Apache-2.0
// Any bytes as clean HTML inside somebody's page: what a parser finds there, with scripting and
// without, are elements and attributes of a list (kept apart from the writer's own), addresses that
// run nothing, and it all stays inside the element it was put into.
#include "extract/content/content.h"

#include <assert.h>
#include <stdint.h>

#define MEMORY    ((size_t)256 << 20)
#define OUTPUT    ((size_t)8 << 20)
#define MAX_INPUT 65536
#define BEFORE    "<!DOCTYPE html><body><div id=inside>"
#define AFTER     "</div><p id=after>"

static bool
is_one_of(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p += n)
		if (p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

static void
check_address(struct sv v, bool image)
{
	static const char *const links[] = {"http://", "https://", "mailto:", "tel:"};

	for (size_t i = 0; i < (image ? 2u : 4u); i++)
		if (sv_istarts(v, links[i]))
			return;
	assert(!"an address that is not of a harmless scheme");
}

static void
check_element(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];

	assert(!(n->flags & (NODE_F_SVG | NODE_F_MATHML)));
	assert(is_one_of(" html head body a abbr article aside b bdi bdo blockquote br caption "
			 "cite code col colgroup dd del details dfn div dl dt em figcaption figure "
			 "footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark ol "
			 "p pre q rp rt ruby s samp section small strong sub summary sup table "
			 "tbody td tfoot th thead time tr u ul var wbr ",
	    tree_name(t, n->tag)));
	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];
		const char *name = tree_name(t, a->name);
		struct sv v = tree_attr_value(t, a);

		assert(is_one_of(" dir lang href title cite span datetime alt height width value "
				 "start colspan rowspan scope src class id ",
		    name));
		if (strcmp(name, "href") == 0 || strcmp(name, "cite") == 0)
			check_address(v, false);
		else if (strcmp(name, "src") == 0)
			check_address(v, true);
		else if (strcmp(name, "class") == 0)
			assert(sv_starts(v, "language-"));
		else if (strcmp(name, "id") == 0)
			assert(sv_eq_str(v, "inside") || sv_eq_str(v, "after"));
	}
}

static void
check_embedded(struct sv page, enum html_scripting scripting)
{
	struct html_options o = {.lim = tree_limits_default, .scripting = scripting};
	struct arena a;
	struct tree t;
	node_id after = NODE_NONE;

	arena_init(&a, MEMORY);
	if (tree_init(&t, &a, NULL) == 0 && html_parse_with(&t, page, &o, NULL) == 0) {
		for (node_id i = 1; i < t.n; i++) {
			assert(t.nodes[i].kind != NODE_COMMENT);
			if (t.nodes[i].kind == NODE_ELEMENT)
				check_element(&t, i);
			if (sv_eq_str(tree_get(&t, i, "id"), "after"))
				after = i;
		}
		assert(after != NODE_NONE && tree_is(&t, t.nodes[after].parent, TAG_body));
	}
	arena_done(&a);
}

static void
write_clean(struct sv html, struct buf *out)
{
	struct write_opts o = {.base = SV("https://example.org/dir/page")};
	struct content_hints h = {.whole_page = true};
	struct arena a;
	struct tree t;
	struct content c;

	arena_init(&a, MEMORY);
	if (tree_init(&t, &a, NULL) == 0 && html_parse(&t, html, &tree_limits_default, NULL) == 0 &&
	    content_find(&t, &a, &h, &c, NULL) == 0)
		clean_html_write(&t, &c, &o, out);
	arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf page = BUF_INIT_MAX(OUTPUT);

	if (n > MAX_INPUT)
		return 0;
	buf_str(&page, BEFORE);
	write_clean((struct sv){(const char *)data, n}, &page);
	buf_str(&page, AFTER);
	if (!page.overflow) {
		check_embedded(buf_view(&page), SCRIPTING_ON);
		check_embedded(buf_view(&page), SCRIPTING_OFF);
	}
	buf_done(&page);
	return 0;
}
