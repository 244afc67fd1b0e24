// SPDX-License-Identifier: Apache-2.0
// What a directory has beside pages: counted, and told in a line, so that nobody takes a run for
// whole that did not see half of the files. Main thread.
#include "orchestrator/cli/bulk.h"

#include <stdlib.h>
#include <string.h>

#define ENDINGS_TOLD 5

// What comes after the last dot, if it can be a file's type.
static void
ending_of(const char *name, char out[8])
{
	const char *dot = strrchr(name, '.');
	size_t n = dot && dot != name ? strlen(dot) : 0;

	out[0] = '\0';
	if (n < 2 || n >= sizeof(((struct bulk_ending *)0)->text))
		return;
	for (size_t i = 1; i < n; i++)
		if (!sv_is_alnum(dot[i]))
			return;
	for (size_t i = 0; i <= n; i++)
		out[i] = sv_lower(dot[i]);
}

void
bulk_passed_add(struct bulk_passed *p, enum bulk_entry what, const char *name)
{
	char text[sizeof(p->endings[0].text)];

	p->n[what]++;
	if (what != ENTRY_NAME)
		return;
	ending_of(name, text);
	for (size_t i = 0; i < ARRAY_LEN(p->endings); i++) {
		struct bulk_ending *e = &p->endings[i];

		if (e->n > 0 && strcmp(e->text, text) != 0)
			continue;
		memcpy(e->text, text, sizeof(text));
		e->n++;
		return;
	}
}

static int
compare_endings(const void *a, const void *b)
{
	const struct bulk_ending *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static void
add_endings(const struct bulk_passed *p, struct buf *out)
{
	struct bulk_ending sorted[ARRAY_LEN(p->endings)];
	size_t i = 0;

	memcpy(sorted, p->endings, sizeof(sorted));
	qsort(sorted, ARRAY_LEN(sorted), sizeof(*sorted), compare_endings);
	for (; i < ENDINGS_TOLD && sorted[i].n > 0; i++)
		buf_fmt(out, "%s%s %llu", i ? ", " : " (",
		    sorted[i].text[0] ? sorted[i].text : "none", (unsigned long long)sorted[i].n);
	buf_str(out, sorted[i].n > 0 ? ", …)" : ")");
}

void
bulk_passed_text(const struct bulk_passed *p, struct buf *out)
{
	static const char *const names[ENTRY_COUNT][2] = {
	    [ENTRY_NAME] = {"file with another ending", "files with other endings"},
	    [ENTRY_LINK] = {"link to a directory or nowhere", "links to directories or nowhere"},
	    [ENTRY_SPECIAL] = {"pipe, socket or device", "pipes, sockets or devices"},
	    [ENTRY_UNREADABLE] = {"name that can't be looked at", "names that can't be looked at"},
	};
	const char *comma = "";

	for (int i = 0; i < ENTRY_COUNT; i++) {
		if (!names[i][0] || p->n[i] == 0)
			continue;
		buf_fmt(
		    out, "%s%llu %s", comma, (unsigned long long)p->n[i], names[i][p->n[i] != 1]);
		if (i == ENTRY_NAME)
			add_endings(p, out);
		comma = ", ";
	}
}
