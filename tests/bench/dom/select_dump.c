// SPDX-License-Identifier: Apache-2.0
// What our selectors select and our XPath finds, for tests/bench/dom/select_diff.py and
// xpath_diff.py: reads from stdin "LENGTH COUNT\n", LENGTH bytes of HTML and COUNT lines of one
// selector each, or of
// "!" and an XPath; writes for each a line with the numbers of the elements, counted in document
// order without what is in templates, or JSON strings of other nodes and values, or "error: …";
// until the input ends.
#include "extract/fields/selector/selector.h"
#include "extract/fields/xpath/xpath.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_HITS ((size_t)1 << 20)

// Number of every element that selectors see.
static uint32_t *
number(const struct tree *t)
{
	uint32_t *out = xcalloc(t->n, sizeof(*out)), n = 0;
	node_id i = 1;

	while (i < t->n) {
		const struct node *e = &t->nodes[i];
		bool hides = e->tag == TAG_template && !(e->flags & (NODE_F_SVG | NODE_F_MATHML));

		if (e->kind == NODE_ELEMENT)
			out[i] = n++;
		i = hides ? e->end : i + 1;
	}
	return out;
}

static void
select_one(const struct tree *t, const uint32_t *numbers, const char *css)
{
	struct arena a;
	struct selector *s;
	struct sel_engine e;
	struct sel_hits hits = {0};
	struct err err = ERR_INIT;
	int rc;

	arena_init(&a, 0);
	rc = selector_compile(sv_from(css), &a, &s, &err);
	if (rc == 0) {
		sel_engine_init(&e, t, &a);
		rc = selector_select(&e, s, 0, MAX_HITS, &hits, &err);
	}
	if (rc != 0)
		printf("error: %s", err.message);
	for (size_t i = 0; i < hits.n; i++)
		printf(i ? " %u" : "%u", numbers[hits.v[i].node]);
	putchar('\n');
	arena_done(&a);
}

static void
find_one(const struct tree *t, const uint32_t *numbers, const char *text)
{
	struct arena a;
	struct xpath *x;
	struct xpath_engine e;
	struct found_list found = {.max = MAX_HITS};
	struct err err = ERR_INIT;
	cleanup_buf json = BUF_INIT;
	int rc;

	arena_init(&a, 0);
	xpath_engine_init(&e, t, &a);
	rc = xpath_compile(text, &a, &x, &err);
	if (rc == 0)
		rc = xpath_select(&e, x, 0, &found, &err);
	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		if (i > 0)
			buf_ch(&json, ' ');
		if (found.v[i].kind == FOUND_NODE)
			buf_fmt(&json, "%u", numbers[found.v[i].node]);
		else
			buf_json_str(&json, found.v[i].text);
	}
	if (rc != 0)
		buf_fmt(&json, "error: %s", err.message);
	puts(json.p ? json.p : "");
	xpath_engine_done(&e);
	arena_done(&a);
}

static int
page(size_t n_bytes, size_t n_selectors)
{
	struct html_options o = {
	    .lim = tree_limits_default, .scripting = SCRIPTING_OFF, .keep_templates = true};
	cleanup_buf html = BUF_INIT;
	char *p = buf_reserve(&html, n_bytes + 1), css[8192];
	uint32_t *numbers;
	struct arena a;
	struct tree t;

	if (!p || fread(p, 1, n_bytes, stdin) != n_bytes)
		return 1;
	arena_init(&a, 0);
	if (tree_init(&t, &a, NULL) != 0 ||
	    html_parse_with(&t, (struct sv){p, n_bytes}, &o, NULL) != 0)
		return 1;
	numbers = number(&t);
	for (size_t i = 0; i < n_selectors && fgets(css, sizeof(css), stdin); i++) {
		css[strcspn(css, "\n")] = '\0';
		if (css[0] == '!')
			find_one(&t, numbers, css + 1);
		else
			select_one(&t, numbers, css);
	}
	free(numbers);
	arena_done(&a);
	return 0;
}

int
main(void)
{
	char head[128];

	while (fgets(head, sizeof(head), stdin)) {
		char *rest;
		size_t n_bytes = strtoul(head, &rest, 10);

		if (page(n_bytes, strtoul(rest, NULL, 10)) != 0)
			return 1;
		fflush(stdout);
	}
	return 0;
}
