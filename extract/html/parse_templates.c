// SPDX-License-Identifier: Apache-2.0
// <template> (HTML standard, 13.2.6.4.16), and what the capture writes with it: the content of
// shadow roots stands in place of its template, the document of a frame in a <div>. Resetting the
// insertion mode.
#include "extract/html/parse_priv.h"

static bool
again_in(struct parser *p, enum mode mode)
{
	p->mode = mode;
	return true;
}

// --- the stack of template insertion modes ---

static void
push_mode(struct parser *p, enum mode mode)
{
	if (!tree_grow(p->t->arena, &p->template_modes, &p->cap_templates,
		(size_t)p->n_templates + 1, sizeof(*p->template_modes))) {
		p->failed = true;
		return;
	}
	p->template_modes[p->n_templates++] = (uint8_t)mode;
	p->mode = mode;
}

static bool
again_as(struct parser *p, enum mode mode)
{
	p->template_modes[p->n_templates - 1] = (uint8_t)mode;
	return again_in(p, mode);
}

// --- start and end ---

// The content stands where the template is.
static void
unwrap_shadow_root(struct parser *p)
{
	node_id host = stack_top(p)->node;

	stack_push_as(p, host, TAG_template, TAG_template, NS_HTML, OPEN_SHARED);
}

static bool
may_host(const struct parser *p)
{
	return !top_is(p, TAG_html) && !top_is(p, TAG_head);
}

bool
start_template(struct parser *p, struct token *tok)
{
	bool ours = !p->o.keep_templates;
	enum mode mode = MODE_IN_TEMPLATE;

	if (ours && token_attr(p, tok, ATTR_frame_url)) {
		insert_renamed(p, tok, TAG_div, TAG_template);
		mode = MODE_IN_FRAME;
	} else if (ours && token_attr(p, tok, ATTR_shadowrootmode) && may_host(p)) {
		unwrap_shadow_root(p);
	} else {
		insert_element(p, tok);
	}
	active_marker(p);
	p->frameset_ok = false;
	push_mode(p, mode);
	return false;
}

static void
leave_template(struct parser *p)
{
	stack_pop_to(p, innermost(p, TAG_template));
	active_clear(p);
	p->n_templates -= p->n_templates > 0;
	reset_mode(p);
}

void
end_template(struct parser *p)
{
	if (innermost(p, TAG_template) > p->noscript.index)
		leave_template(p);
}

bool
end_of_templates(struct parser *p)
{
	if (innermost(p, TAG_template) == 0)
		return false;
	leave_template(p);
	return true;
}

// --- modes ---

static bool
template_start(struct parser *p, struct token *tok)
{
	switch (tok->tag) {
	case TAG_caption:
	case TAG_colgroup:
	case TAG_tbody:
	case TAG_tfoot:
	case TAG_thead:
		return again_as(p, MODE_IN_TABLE);
	case TAG_col:
		return again_as(p, MODE_IN_COLUMN_GROUP);
	case TAG_tr:
		return again_as(p, MODE_IN_TABLE_BODY);
	case TAG_td:
	case TAG_th:
		return again_as(p, MODE_IN_ROW);
	default:
		if (tag_flags(tok->tag) & TAGF_HEAD || tok->tag == TAG_template)
			return mode_in_head(p, tok);
		return again_as(p, MODE_IN_BODY);
	}
}

bool
mode_in_template(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_START:
		return template_start(p, tok);
	case TOKEN_END:
		return tok->tag == TAG_template ? mode_in_head(p, tok) : false;
	case TOKEN_END_OF_INPUT:
		return end_of_templates(p);
	default:
		return mode_in_body(p, tok);
	}
}

// The document's own parts: no <html>, <body> is a <div>.
bool
mode_in_frame(struct parser *p, struct token *tok)
{
	bool in_head = p->n > 0 && stack_top(p)->name == TAG_head;

	if (tok->kind == TOKEN_DOCTYPE)
		return false;
	if (tok->kind == TOKEN_END &&
	    (tok->tag == TAG_head || tok->tag == TAG_body || tok->tag == TAG_html)) {
		if (tok->tag == TAG_head && in_head)
			stack_pop(p);
		return false;
	}
	if (tok->kind != TOKEN_START)
		return mode_in_body(p, tok);
	if (tok->tag == TAG_html || tok->tag == TAG_frameset)
		return false;
	if (tok->tag == TAG_head || tok->tag == TAG_body) {
		if (tok->tag == TAG_body && in_head)
			stack_pop(p);
		insert_renamed(p, tok, tok->tag == TAG_head ? TAG_head : TAG_div, TAG_div);
		return false;
	}
	return mode_in_body(p, tok);
}

// --- resetting ---

static const struct {
	uint16_t tag;
	uint8_t mode;
} reset_modes[] = {
    {TAG_td, MODE_IN_CELL},
    {TAG_th, MODE_IN_CELL},
    {TAG_tr, MODE_IN_ROW},
    {TAG_tbody, MODE_IN_TABLE_BODY},
    {TAG_thead, MODE_IN_TABLE_BODY},
    {TAG_tfoot, MODE_IN_TABLE_BODY},
    {TAG_caption, MODE_IN_CAPTION},
    {TAG_colgroup, MODE_IN_COLUMN_GROUP},
    {TAG_table, MODE_IN_TABLE},
    {TAG_template, MODE_IN_TEMPLATE},
    {TAG_head, MODE_IN_HEAD},
    {TAG_body, MODE_IN_BODY},
    {TAG_frameset, MODE_IN_FRAMESET},
};

static enum mode
mode_of(const struct parser *p, uint32_t tag)
{
	if (tag == TAG_template && p->n_templates > 0)
		return (enum mode)p->template_modes[p->n_templates - 1];
	if (tag == TAG_html)
		return p->head == NODE_NONE ? MODE_BEFORE_HEAD : MODE_AFTER_HEAD;
	for (size_t i = 0; i < ARRAY_LEN(reset_modes); i++)
		if (reset_modes[i].tag == tag)
			return (enum mode)reset_modes[i].mode;
	return MODE_IN_BODY;
}

void
reset_mode(struct parser *p)
{
	uint32_t best = MAX(1u, p->noscript.index), tag = best > 1 ? TAG_noscript : TAG_html;

	for (size_t i = 0; i < ARRAY_LEN(reset_modes); i++)
		if (innermost(p, reset_modes[i].tag) > best) {
			best = innermost(p, reset_modes[i].tag);
			tag = reset_modes[i].tag;
		}
	if (best == 1 && p->context != TAG_NONE) { // the context element stands for the root
		tag = p->context_ns == NS_HTML ? p->context : TAG_NONE;
		if (tag == TAG_td || tag == TAG_th || tag == TAG_head)
			tag = TAG_NONE;
	}
	p->mode = mode_of(p, tag);
}
