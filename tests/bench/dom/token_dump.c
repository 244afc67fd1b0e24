// SPDX-License-Identifier: Apache-2.0
// Tokens of our tokenizer for tests/integration/test_html5lib_tokens.py: reads from stdin "LENGTH
// STATE LAST_START_TAG\n" (STATE: data, plaintext, rcdata, rawtext, script, cdata; "-" for no tag)
// and LENGTH bytes, writes "LENGTH\n" and the tokens: fields end with FE, tokens with FF,
// FD alone is a missing field (no UTF-8 has these bytes).
#include "extract/html/parse_scan.h"

#include <stdio.h>

static void
field(struct buf *out, struct sv v)
{
	buf_sv(out, v);
	buf_ch(out, (char)0xfe);
}

static void
optional(struct buf *out, const struct tree *t, bool has, struct span s)
{
	field(out, has ? tree_view(t, s) : SV("\xfd"));
}

static void
start_tag(struct scan *s, const struct token *tok, struct buf *out)
{
	field(out, SV("StartTag"));
	field(out, sv_from(tree_name(s->t, tok->tag)));
	for (uint32_t k = 0; k < tok->attrs; k++) {
		const struct attr *a = &s->t->attrs[tok->attr + k];

		field(out, sv_from(tree_name(s->t, a->name)));
		field(out, tree_attr_value(s->t, a));
	}
	field(out, tok->self_closing ? SV("/") : SV(""));
}

static void
write_token(struct scan *s, const struct token *tok, struct buf *out)
{
	const struct doctype *d = &s->doctype;

	switch (tok->kind) {
	case TOKEN_START:
		start_tag(s, tok, out);
		break;
	case TOKEN_END:
		field(out, SV("EndTag"));
		field(out, sv_from(tree_name(s->t, tok->tag)));
		break;
	case TOKEN_DOCTYPE:
		field(out, SV("DOCTYPE"));
		optional(out, s->t, d->has_name, d->name);
		optional(out, s->t, d->has_public, d->public_id);
		optional(out, s->t, d->has_system, d->system_id);
		field(out, d->force_quirks ? SV("quirks") : SV(""));
		break;
	default:
		field(out, tok->kind == TOKEN_TEXT ? SV("Character") : SV("Comment"));
		field(out, tree_view(s->t, tok->text));
	}
	buf_ch(out, (char)0xff);
}

static void
first_state(struct scan *s, const char *state, const char *last, struct buf *out)
{
	struct token tok = {.kind = TOKEN_TEXT};

	if (strcmp(state, "plaintext") == 0)
		s->plaintext = true;
	if (strcmp(state, "data") == 0 || s->plaintext)
		return;
	tok.text = scan_raw(s,
	    state[0] == 's'                ? RAW_SCRIPT
	    : strcmp(state, "rcdata") == 0 ? RAW_RCDATA
					   : RAW_TEXT,
	    strcmp(last, "-") == 0 ? SV("no tag has this name") : sv_from(last));
	if (tok.text.n > 0)
		write_token(s, &tok, out);
}

int
main(void)
{
	char head[256], state[32], last[128];
	size_t n;

	while (fgets(head, sizeof(head), stdin) &&
	       sscanf(head, "%zu %31s %127s", &n, state, last) == 3) {
		cleanup_buf html = BUF_INIT, out = BUF_INIT;
		char *p = buf_reserve(&html, n + 1);
		struct arena a;
		struct tree t;
		struct tree_builder b;
		struct token tok = {0};
		struct scan s = {.t = &t};

		if (!p || (n > 0 && fread(p, 1, n, stdin) != n))
			return 1;
		arena_init(&a, 0);
		if (tree_init(&t, &a, NULL) != 0)
			return 1;
		s.html = (struct sv){p, n};
		build_init(&b, &t, s.html);
		first_state(&s, state, last, &out);
		for (scan_next(&s, &tok); tok.kind != TOKEN_END_OF_INPUT; scan_next(&s, &tok))
			write_token(&s, &tok, &out);
		printf("%zu\n", out.n);
		fwrite(out.p ? out.p : "", 1, out.n, stdout);
		arena_done(&a);
	}
	return 0;
}
