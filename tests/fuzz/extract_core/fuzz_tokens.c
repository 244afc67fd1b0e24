// SPDX-License-Identifier: Apache-2.0
// Any bytes through the tokenizer alone, from any of its states (the first byte chooses): it ends,
// always moves on, and what its tokens hold lies in the page and has no NUL.
#include "extract/html/parse_scan.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const struct tree *t, struct span s)
{
	struct sv v = tree_view(t, s);
	uint64_t sum = 0;

	for (size_t i = 0; i < v.n; i++) // so that a sanitizer sees each byte
		sum += (unsigned char)v.p[i];
	assert(v.p && sum <= v.n * 255);
}

static void
check_attrs(const struct tree *t, const struct token *tok)
{
	assert(tok->attr + tok->attrs <= t->cap_attrs && tok->attrs <= t->lim.max_attrs);
	for (uint32_t k = 0; k < tok->attrs; k++) {
		const struct attr *a = &t->attrs[tok->attr + k];
		struct sv v = tree_attr_value(t, a);

		assert(a->name > 0 && a->name < t->n_names && v.p);
		for (size_t i = 0; i < v.n; i++)
			assert(v.p[i] != '\0');
	}
}

static void
check_token(const struct scan *s, const struct token *tok)
{
	const struct tree *t = s->t;
	const struct doctype *d = &s->doctype;

	switch (tok->kind) {
	case TOKEN_START:
		check_attrs(t, tok);
		assert(tok->tag > 0 && tok->tag < t->n_names);
		break;
	case TOKEN_END:
		assert(tok->tag > 0 && tok->tag < t->n_names);
		break;
	case TOKEN_DOCTYPE:
		if (d->has_name)
			check_text(t, d->name);
		if (d->has_public)
			check_text(t, d->public_id);
		if (d->has_system)
			check_text(t, d->system_id);
		break;
	default:
		check_text(t, tok->text);
	}
}

static void
first_state(struct scan *s, uint8_t state)
{
	static const struct {
		int raw;
		const char *end;
	} states[] = {{RAW_RCDATA, "title"}, {RAW_TEXT, "style"}, {RAW_SCRIPT, "script"}};
	struct token tok = {.kind = TOKEN_TEXT};

	if (state % 5 == 4)
		s->plaintext = true;
	if (state % 5 == 0 || s->plaintext)
		return;
	tok.text = scan_raw(s, states[state % 5 - 1].raw, sv_from(states[state % 5 - 1].end));
	check_text(s->t, tok.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct tree t;
	struct tree_builder b;
	struct token tok = {0};
	struct scan s = {.t = &t};
	size_t tokens = 0;

	if (size == 0)
		return 0;
	arena_init(&a, (size_t)256 << 20);
	if (tree_init(&t, &a, NULL) == 0) {
		s.html = (struct sv){(const char *)data + 1, size - 1};
		build_init(&b, &t, s.html);
		first_state(&s, data[0]);
		for (scan_next(&s, &tok); tok.kind != TOKEN_END_OF_INPUT && !s.failed;
		     scan_next(&s, &tok)) {
			check_token(&s, &tok);
			assert(++tokens <= size * 2);
		}
	}
	arena_done(&a);
	return 0;
}
