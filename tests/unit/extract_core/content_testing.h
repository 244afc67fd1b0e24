// SPDX-License-Identifier: Apache-2.0
// From HTML to a tree and its content, for tests of what is written from it.
#ifndef CONTENT_TESTING_H
#define CONTENT_TESTING_H

#include "base/clock.h"
#include "extract/content/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct page_fixture {
	struct arena a;
	struct tree t;
	struct content c;
	struct buf out;
};

static inline void
page_open_sv(struct page_fixture *p, struct sv html, bool whole_page)
{
	struct content_hints h = {.whole_page = whole_page};
	struct err err = ERR_INIT;

	*p = (struct page_fixture){0};
	arena_init(&p->a, 0);
	assert_int_equal(tree_init(&p->t, &p->a, &err), 0);
	assert_int_equal(html_parse(&p->t, html, &tree_limits_default, &err), 0);
	assert_int_equal(content_find(&p->t, &p->a, &h, &p->c, &err), 0);
}

static inline void
page_open(struct page_fixture *p, const char *html, bool whole_page)
{
	page_open_sv(p, sv_from(html), whole_page);
}

static inline void
page_close(struct page_fixture *p)
{
	buf_done(&p->out);
	arena_done(&p->a);
}

// Are all words of the list (a space apart) in the text, or none?
static inline bool
each_word(const char *list, const char *text, bool wanted)
{
	cleanup_free char *copy = xstrdup(list);
	char *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		if ((strstr(text, w) != NULL) != wanted) {
			print_error("%s: \"%s\"\n", wanted ? "missing" : "unwanted", w);
			return false;
		}
	return true;
}

#endif
