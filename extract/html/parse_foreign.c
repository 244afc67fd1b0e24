// SPDX-License-Identifier: Apache-2.0
// SVG and MathML in HTML (HTML standard, 13.2.6.5): when a token is theirs, where HTML breaks out,
// integration points, and the names the DOM has for them.
#include "extract/html/parse_priv.h"

// --- integration points ---

static bool
is_text_point(uint32_t name)
{
	return name == TAG_mi || name == TAG_mo || name == TAG_mn || name == TAG_ms ||
	       name == TAG_mtext;
}

static bool
is_html_point(uint32_t name)
{
	return name == TAG_foreignobject || name == TAG_desc || name == TAG_title;
}

unsigned
foreign_categories(uint32_t name, enum name_space ns)
{
	bool point =
	    ns == NS_SVG ? is_html_point(name) : is_text_point(name) || name == ATTR_annotation_xml;

	return point ? TAGF_SPECIAL | TAGF_SCOPE : 0;
}

uint8_t
integration_flags(
    const struct parser *p, uint32_t name, enum name_space ns, const struct token *tok)
{
	const struct attr *a;
	struct sv v;

	if (ns == NS_SVG)
		return is_html_point(name) ? OPEN_HTML_IP : 0;
	if (is_text_point(name))
		return OPEN_TEXT_IP;
	if (name != ATTR_annotation_xml || !tok)
		return 0;
	a = token_attr(p, tok, ATTR_encoding);
	v = a ? tree_attr_value(p->t, a) : SV_NULL;
	return sv_ieq_str(v, "text/html") || sv_ieq_str(v, "application/xhtml+xml") ? OPEN_HTML_IP
										    : 0;
}

// The adjusted current node: the context element of a fragment at the bottom of the stack.
static struct open_el
adjusted_current(struct parser *p)
{
	struct open_el e = *stack_top(p);

	if (p->n == 1 && p->context != TAG_NONE) {
		e.ns = (uint8_t)p->context_ns;
		e.name = p->context;
		e.flags = p->context_flags;
	}
	return e;
}

bool
is_foreign_token(struct parser *p, const struct token *tok)
{
	struct open_el e = adjusted_current(p);

	if (e.ns == NS_HTML || tok->kind == TOKEN_END_OF_INPUT)
		return false;
	if (e.flags & OPEN_TEXT_IP &&
	    (tok->kind == TOKEN_TEXT ||
		(tok->kind == TOKEN_START && tok->tag != TAG_mglyph && tok->tag != TAG_malignmark)))
		return false;
	if (e.ns == NS_MATHML && e.name == ATTR_annotation_xml && tok->kind == TOKEN_START &&
	    tok->tag == TAG_svg)
		return false;
	return !(e.flags & OPEN_HTML_IP && (tok->kind == TOKEN_START || tok->kind == TOKEN_TEXT));
}

// --- tokens ---

static void
foreign_text(struct parser *p, struct token *tok)
{
	if (p->frameset_ok && !is_insignificant(p, tok))
		p->frameset_ok = false;
	insert_text(p, tok->text);
}

// Start tags that end an <svg> or <math> they stand in.
static bool
breaks_out(const struct parser *p, const struct token *tok)
{
	static const uint16_t tags[] = {TAG_b, TAG_big, TAG_blockquote, TAG_body, TAG_br,
	    TAG_center, TAG_code, TAG_dd, TAG_div, TAG_dl, TAG_dt, TAG_em, TAG_embed, TAG_h1,
	    TAG_h2, TAG_h3, TAG_h4, TAG_h5, TAG_h6, TAG_head, TAG_hr, TAG_i, TAG_img, TAG_li,
	    TAG_listing, TAG_menu, TAG_meta, TAG_nobr, TAG_ol, TAG_p, TAG_pre, TAG_ruby, TAG_s,
	    TAG_small, TAG_span, TAG_strong, TAG_strike, TAG_sub, TAG_sup, TAG_table, TAG_tt, TAG_u,
	    TAG_ul, TAG_var};

	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (tags[i] == tok->tag)
			return true;
	return tok->tag == TAG_font &&
	       (token_attr(p, tok, ATTR_color) || token_attr(p, tok, ATTR_face) ||
		   token_attr(p, tok, ATTR_size));
}

static bool
is_html_or_point(const struct open_el *e)
{
	return e->ns == NS_HTML || e->flags & (OPEN_HTML_IP | OPEN_TEXT_IP);
}

static bool
break_out(struct parser *p, struct token *tok)
{
	while (!is_html_or_point(stack_top(p)))
		stack_pop(p);
	return parse_modes[p->mode](p, tok);
}

static bool
foreign_end(struct parser *p, struct token *tok)
{
	uint32_t i = tok->tag * 2 + 1 < p->cap_innermost ? p->innermost[tok->tag * 2 + 1] : 0;

	if (tok->tag == TAG_br || tok->tag == TAG_p)
		return break_out(p, tok);
	if (i > stack_top(p)->html && i > 1) {
		stack_pop_to(p, i);
		return false;
	}
	return parse_modes[p->mode](p, tok);
}

bool
foreign_token(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_TEXT:
		foreign_text(p, tok);
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_END:
		return foreign_end(p, tok);
	case TOKEN_START:
		if (breaks_out(p, tok))
			return break_out(p, tok);
		insert_foreign(p, tok, (enum name_space)adjusted_current(p).ns);
		return false;
	default:
		return false;
	}
}
