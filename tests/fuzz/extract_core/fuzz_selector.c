// SPDX-License-Identifier: Apache-2.0
// The first line is a CSS selector (or, after '!', an XPath; after '~', a regular expression), the
// rest the page it runs on: compiled and matched within its budget, or refused with a message.
#include "extract/fields/regex.h"
#include "extract/fields/selector/selector.h"
#include "extract/fields/xpath/xpath.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINE_MAX_BYTES 4096
#define HITS_MAX       1000

static void
run_css(const struct tree *t, struct arena *a, const char *text)
{
	struct selector *s = NULL;
	struct sel_engine e;
	struct sel_hits hits, again;
	struct err err = ERR_INIT;
	int rc = selector_compile(sv_from(text), a, &s, &err);

	if (rc != 0) {
		assert(rc == ERR_INVALID_SELECTOR && strstr(err.message, "at character"));
		return;
	}
	sel_engine_init(&e, t, a);
	e.max_steps = 200000;
	rc = selector_select(&e, s, 0, HITS_MAX, &hits, &err);
	assert(rc == 0 || rc == ERR_TOO_LARGE);
	if (rc != 0 || selector_select(&e, s, 0, HITS_MAX, &again, &err) != 0)
		return;
	// What was kept of the first time changes nothing.
	assert(again.n == hits.n &&
	       (hits.n == 0 || memcmp(again.v, hits.v, hits.n * sizeof(*hits.v)) == 0));
}

static void
run_xpath(const struct tree *t, struct arena *a, const char *text)
{
	struct xpath *x = NULL;
	struct xpath_engine e;
	struct found_list list = {.max = HITS_MAX};
	struct err err = ERR_INIT;
	int rc = xpath_compile(text, a, &x, &err);

	if (rc != 0) {
		assert(rc == ERR_INVALID_XPATH && err.message[0]);
		return;
	}
	xpath_engine_init(&e, t, a);
	e.max_steps = 200000;
	rc = xpath_select(&e, x, 0, &list, &err);
	assert(rc == 0 || rc == ERR_TOO_LARGE);
	for (size_t i = 0; rc == 0 && i < list.n; i++)
		assert(
		    list.v[i].kind == FOUND_TEXT || t->nodes[list.v[i].node].kind == NODE_ELEMENT);
	xpath_engine_done(&e);
}

static void
run_regex(const char *pattern, struct sv text)
{
	struct regex *re = NULL;
	struct err err = ERR_INIT;
	struct regex_budget budget;
	struct sv value;
	size_t pos = 0;
	int rc = regex_compile(sv_from(pattern), &re, &err);

	regex_budget_init(&budget);
	for (int i = 0; rc == 0 && i < HITS_MAX; i++) {
		size_t before = pos;

		if (regex_next(re, text, &budget, &pos, &value, &err) != 1)
			break;
		assert(pos > before && value.p >= text.p && value.p + value.n <= text.p + text.n);
	}
	regex_free(re);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = memchr(data, '\n', size);
	size_t n = newline ? (size_t)(newline - data) : size;
	struct sv page = {newline ? (const char *)newline + 1 : "", newline ? size - n - 1 : 0};
	struct arena a;
	struct tree t = {0};
	struct err err = ERR_INIT;
	cleanup_buf clean = BUF_INIT;
	char line[LINE_MAX_BYTES + 1];

	if (n > LINE_MAX_BYTES || memchr(data, '\0', size))
		return 0;
	memcpy(line, data, n);
	line[n] = '\0';
	buf_json_str(&clean, page); // makes it UTF-8
	arena_init(&a, (size_t)512 << 20);
	if (tree_init(&t, &a, &err) == 0 &&
	    html_parse(&t, buf_view(&clean), &tree_limits_default, &err) == 0) {
		if (line[0] == '!')
			run_xpath(&t, &a, line + 1);
		else if (line[0] == '~')
			run_regex(line + 1, buf_view(&clean));
		else
			run_css(&t, &a, line);
	}
	arena_done(&a);
	return 0;
}
