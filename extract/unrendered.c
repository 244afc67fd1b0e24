// SPDX-License-Identifier: Apache-2.0
// One walk over the tree. Text of <noscript> counts: some forums have all of a page there.
#include "extract/unrendered.h"

#define REFRESH_MAX_BYTES ((size_t)4096)
#define ROOTS_MAX         8 // are looked at: they may stand in each other

struct facts {
	const struct tree *t;
	struct sv refresh;
	uint64_t letters, scripts;
	unsigned roots;
	bool asks, empty_root;
};

// Ids of the elements into which frameworks render (React, Vue, Next, Nuxt, Gatsby, Svelte …).
static bool
is_root_name(struct sv id)
{
	static const char *const names[] = {"root", "app", "__next", "__nuxt", "___gatsby",
	    "react-root", "app-root", "svelte", "main-app", "application", "mount", "q-app",
	    "ember-app", "vue-app", "reactapp", "react-app", "spa-root"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_ieq_str(id, names[i]))
			return true;
	return false;
}

static bool
is_root(const struct tree *t, node_id i)
{
	const char *name = tree_name(t, t->nodes[i].tag);

	return (name && strcmp(name, "app-root") == 0) || is_root_name(tree_get_id(t, i, ATTR_id));
}

static uint64_t
count_letters(struct sv text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.n; i++) // bytes that begin a character
		n += (unsigned char)text.p[i] > ' ' && ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_script(const struct tree *t, node_id i)
{
	struct sv type = tree_get_id(t, i, ATTR_type);

	return tree_is(t, i, TAG_script) &&
	       (type.n == 0 || sv_ieq_str(type, "module") || sv_ifind(type, "javascript") >= 0);
}

// What is no text of the page.
static bool
is_aside(const struct tree *t, node_id i)
{
	static const enum tag_id tags[] = {TAG_head, TAG_script, TAG_style, TAG_template, TAG_svg};

	for (size_t k = 0; k < ARRAY_LEN(tags); k++)
		if (tree_is(t, i, tags[k]))
			return true;
	return false;
}

static uint64_t
letters_of(const struct tree *t, node_id root)
{
	uint64_t n = 0;

	for (node_id i = root; i < t->nodes[root].end;) {
		if (i != root && is_aside(t, i)) {
			i = t->nodes[i].end;
			continue;
		}
		if (t->nodes[i].kind == NODE_TEXT)
			n += count_letters(tree_text(t, i));
		i++;
	}
	return n;
}

static void
look_at(struct facts *f, node_id i, node_id noscript_end)
{
	const struct tree *t = f->t;

	if (i < noscript_end) {
		if (t->nodes[i].kind == NODE_TEXT)
			f->asks |= sv_ifind(tree_text(t, i), "javascript") >= 0;
		return;
	}
	if (t->nodes[i].kind != NODE_ELEMENT)
		return;
	f->scripts += is_script(t, i);
	if (!f->refresh.p && tree_is(t, i, TAG_meta) &&
	    sv_ieq_str(page_attr(t, i, "http-equiv"), "refresh"))
		f->refresh = page_attr(t, i, "content");
	if (f->roots < ROOTS_MAX && is_root(t, i)) {
		f->roots++;
		f->empty_root |= letters_of(t, i) == 0;
	}
}

cJSON *
unrendered_facts(const struct tree *t)
{
	struct facts f = {.t = t, .letters = letters_of(t, 0)};
	node_id noscript_end = 0;
	cJSON *o = json_obj();

	for (node_id i = 1; i < t->n; i++) {
		if (i >= noscript_end && tree_is(t, i, TAG_noscript))
			noscript_end = t->nodes[i].end;
		look_at(&f, i, noscript_end);
	}
	json_set_sv(o, "refresh", sv_cut(f.refresh, REFRESH_MAX_BYTES));
	json_set_int(o, "letters", (int64_t)f.letters);
	json_set_int(o, "scripts", (int64_t)f.scripts);
	json_set_bool(o, "asks_for_scripts", f.asks);
	json_set_bool(o, "empty_root", f.empty_root);
	return o;
}
