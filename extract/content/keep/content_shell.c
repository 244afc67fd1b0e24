// SPDX-License-Identifier: Apache-2.0
// Application shells: the element that scripts were to fill is empty, and of the text beside it
// (menus, footers, notices) nothing is surely content. Such a page has no content yet. Linear. Runs
// in the extractor's worker.
#include "extract/content/keep/keep.h"

#define SURE       200 // of 250: content beyond doubt
#define SURE_SHARE 20  // one word of so many that is sure is enough not to be a shell

// The ids that frameworks and their templates give to the element they mount on. Not "content" and
// "main": such elements are empty as the targets of links that skip the menu.
static const char *const mount_ids[] = {"root", "app", "app-root", "react-root", "reactroot",
    "approot", "app-container", "application", "__next", "__nuxt", "___gatsby", "svelte", "q-app",
    "ember-app", "vue-app"};

static bool
is_mount_id(struct sv id)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_ids); i++)
		if (sv_ieq_str(id, mount_ids[i]))
			return true;
	return false;
}

// Nothing inside but white space and comments.
static bool
is_empty(const struct tree *t, const struct features *f, node_id el)
{
	for (node_id i = el + 1; i < t->nodes[el].end; i++)
		if (t->nodes[i].kind == NODE_ELEMENT || features_text(f, i))
			return false;
	return true;
}

static bool
has_empty_mount(const struct finder *d)
{
	const struct tree *t = d->t;

	for (node_id i = 1; i < t->n; i++) {
		uint32_t tag = t->nodes[i].tag;

		if (t->nodes[i].kind == NODE_ELEMENT &&
		    (tag == TAG_div || tag == TAG_main || tag == TAG_section) &&
		    is_empty(t, &d->f, i) && is_mount_id(tree_get_id(t, i, ATTR_id)))
			return true;
	}
	return false;
}

bool
content_is_shell(const struct finder *d, const uint8_t *probability)
{
	const struct blocks *b = &d->blocks;
	uint32_t sure = 0;

	for (uint32_t i = 0; i < b->n; i++)
		sure += probability[i] >= SURE ? b->list[i].s.words : 0;
	return sure * SURE_SHARE < b->prefix[b->n].words && has_empty_mount(d);
}
