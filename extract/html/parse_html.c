// SPDX-License-Identifier: Apache-2.0
// HTML -> node tree (HTML standard, 13.2): the loop between tokenizer and insertion modes. One
// pass, no recursion; depth, attributes and nodes are bounded, what could grow faster than the
// input draws on a budget.
#include "extract/html/parse_priv.h"

#define BUDGET_BASE     1000000 // steps; plus …
#define BUDGET_PER_BYTE 2

// A newline right after <pre> or <listing> is none.
static void
skip_first_newline(struct parser *p, struct token *tok)
{
	if (tok->kind == TOKEN_TEXT && tok->text.n > 0 && tree_view(p->t, tok->text).p[0] == '\n') {
		tok->text.at++;
		tok->text.n--;
	}
}

// `may_be`: as may_be_foreign has it.
static inline void
process(struct parser *p, struct token *tok, bool may_be)
{
	if (p->skip_newline) {
		p->skip_newline = false;
		skip_first_newline(p, tok);
	}
	if (tok->kind == TOKEN_TEXT && tok->text.n == 0)
		return;
	while ((may_be && is_foreign_token(p, tok) ? foreign_token(p, tok)
						   : parse_modes[p->mode](p, tok)) &&
	       !p->failed)
		may_be = may_be_foreign(p);
}

// Tell the tokenizer whether text is of SVG or MathML.
static inline void
note_foreign(struct parser *p, bool may_be)
{
	static const struct token text = {.kind = TOKEN_TEXT}, comment = {.kind = TOKEN_COMMENT};

	p->s.cdata = may_be && is_foreign_token(p, &comment);
	p->s.keep_nul = may_be && is_foreign_token(p, &text);
}

static void
build(struct parser *p)
{
	struct token tok = {0};
	bool more;

	do {
		bool may_be = may_be_foreign(p);

		note_foreign(p, may_be);
		scan_next(&p->s, &tok);
		p->failed |= p->s.failed;
		more = tok.kind != TOKEN_END_OF_INPUT;
		if (!more && !p->failed && end_noscript(p))
			more = true;
		else if (!p->failed)
			process(p, &tok, may_be);
		p->failed |= p->b.failed;
	} while (more && !p->failed);
	if (!p->failed)
		flush_late_comments(p);
	while (p->n > 0)
		stack_pop(p);
}

// --- the fragment case ---

// In a raw text element all is text: no end tag is its own.
static void
tokenize_for_context(struct parser *p)
{
	uint32_t tag = p->context;
	unsigned f = tag_flags(tag), how;
	struct span text = {0, 0};

	if (p->context_ns != NS_HTML)
		return;
	if (tag == TAG_plaintext)
		p->s.plaintext = true;
	if (tag == TAG_noscript ? p->o.scripting != SCRIPTING_ON : !(f & (TAGF_RAW | TAGF_RCDATA)))
		return;
	how = DECODE_NUL | (f & TAGF_RCDATA ? DECODE_REFERENCES : 0);
	p->failed |= !decode_span(p->t, p->s.html, how, &text);
	p->s.at = p->s.html.n;
	if (!p->failed)
		insert_text(p, text);
}

static void
begin_fragment(struct parser *p)
{
	struct sv name = p->o.context;
	static const struct token none = {0};

	if (sv_starts(name, "svg ") || sv_starts(name, "math ")) {
		size_t n = name.p[0] == 's' ? 4 : 5;

		p->context_ns = n == 4 ? NS_SVG : NS_MATHML;
		name = (struct sv){name.p + n, name.n - n};
	}
	p->context = tree_intern(p->t, name);
	if (p->context == 0) {
		p->failed = true;
		return;
	}
	if (p->context_ns != NS_HTML)
		p->context_flags = integration_flags(p, p->context, p->context_ns, &none);
	insert_implied(p, TAG_html);
	if (p->failed)
		return;
	if (p->context == TAG_form)
		p->form = p->stack[0].node; // it is one, if not this node
	if (p->context == TAG_template && p->context_ns == NS_HTML) {
		if (!tree_grow(p->t->arena, &p->template_modes, &p->cap_templates, 1, 1)) {
			p->failed = true;
			return;
		}
		p->template_modes[p->n_templates++] = MODE_IN_TEMPLATE;
	}
	reset_mode(p);
	tokenize_for_context(p);
}

// --- entry ---

int
html_parse_with(struct tree *t, struct sv html, const struct html_options *o, struct err *err)
{
	struct parser p = {.t = t,
	    .o = *o,
	    .s = {.t = t, .html = html},
	    .head = NODE_NONE,
	    .form = NODE_NONE,
	    .frameset_ok = true,
	    .budget = BUDGET_BASE + (int64_t)html.n * BUDGET_PER_BYTE};

	if (html.n > UINT32_MAX / 4)
		return err_set(err, ERR_TOO_LARGE, "the page is larger than 1 GB");
	t->lim = o->lim;
	build_init(&p.b, t, html);
	p.failed = p.b.failed;
	if (o->context.p && !p.failed)
		begin_fragment(&p);
	build(&p);
	build_finish(&p.b);
	t->quirks = p.quirks;
	if (t->node_limited)
		return err_set(
		    err, ERR_TOO_LARGE, "the page has more than %u nodes", o->lim.max_nodes);
	return p.failed || p.b.failed ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
}

int
html_parse(struct tree *t, struct sv html, const struct tree_limits *lim, struct err *err)
{
	struct html_options o = {.lim = *lim};

	return html_parse_with(t, html, &o, err);
}
