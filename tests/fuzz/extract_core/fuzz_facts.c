// SPDX-License-Identifier: Apache-2.0
// Facts of a browser with the HTML they may be of: a line of JSON, then the page. Whatever they
// say, the tree stays one, and content is found in it.
#include "extract/content/model/third.h"
#include "extract/facts.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_tree(const struct tree *t)
{
	for (node_id i = 1; i < t->n; i++) {
		const struct node *n = &t->nodes[i];

		assert(n->parent < i && n->end > i && n->end <= t->nodes[n->parent].end);
		assert((uint64_t)n->attr + n->n_attrs <= t->n_attrs || n->n_attrs == 0);
		for (uint32_t k = 0; k < n->n_attrs; k++)
			assert(tree_attr_value(t, &t->attrs[n->attr + k]).n <= UINT32_MAX / 2);
		(void)tree_text(t, i);
	}
}

static void
find_content(struct tree *t, const struct boxes *boxes)
{
	struct content_probe probe = {0}; // so that all signals are read
	struct content_hints h = {.boxes = boxes, .probe = &probe};
	struct content c;

	assert(content_find(t, t->arena, &h, &c, NULL) == 0);
	for (uint32_t i = 0; probe.third && i < probe.blocks.n; i++)
		for (uint32_t k = 0; k < THIRD_COUNT; k++)
			assert(probe.third[(size_t)i * THIRD_COUNT + k] <= SIGNAL_UNKNOWN);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv all = {(const char *)data, size};
	size_t line = 0;
	struct arena a;
	struct tree t;
	cJSON *facts;

	while (line < size && all.p[line] != '\n')
		line++;
	facts = cJSON_ParseWithLength(all.p, line);
	if (!facts)
		return 0;
	arena_init(&a, (size_t)256 << 20);
	if (tree_init(&t, &a, NULL) == 0 && html_parse(&t, (struct sv){all.p + line, size - line},
						&tree_limits_default, NULL) == 0) {
		const struct boxes *boxes = facts_apply(facts, &t);

		check_tree(&t);
		find_content(&t, boxes);
	}
	cJSON_Delete(facts);
	arena_done(&a);
	return 0;
}
