// SPDX-License-Identifier: Apache-2.0
// Trees of our parser for tests/bench/dom/dom_diff.py: reads from stdin "LENGTH CONTEXT\n" (CONTEXT
// is empty for a document, else the name of the fragment's context element) and LENGTH bytes of
// HTML, writes "LENGTH\n" and the tree as html5lib-tests do, until the input ends.
#include "tests/tree_dump.h"

#include <stdio.h>

static void
dump(struct sv html, struct sv context, struct buf *out)
{
	struct html_options o = {.lim = tree_limits_default,
	    .scripting = SCRIPTING_OFF,
	    .keep_templates = true,
	    .context = context.n > 0 ? context : SV_NULL};
	struct arena a;
	struct tree t;
	struct err err = ERR_INIT;

	o.lim.max_depth = 513; // Blink's 512 does not count <html>
	arena_init(&a, 0);
	if (tree_init(&t, &a, &err) != 0 || html_parse_with(&t, html, &o, &err) != 0)
		buf_fmt(out, "error: %s\n", err.message);
	else
		tree_dump(&t, context.n > 0 ? 1 : 0, out);
	arena_done(&a);
}

int
main(void)
{
	char head[128];

	while (fgets(head, sizeof(head), stdin)) {
		char *rest;
		size_t n = strtoul(head, &rest, 10);
		cleanup_buf html = BUF_INIT, out = BUF_INIT;
		char *p = buf_reserve(&html, n + 1);

		if (!p || (n > 0 && fread(p, 1, n, stdin) != n))
			return 1;
		html.n = n;
		dump((struct sv){p, n}, sv_trim(sv_from(rest)), &out);
		printf("%zu\n", out.n);
		fwrite(out.p ? out.p : "", 1, out.n, stdout);
		fflush(stdout);
	}
	return 0;
}
