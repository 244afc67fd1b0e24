// SPDX-License-Identifier: Apache-2.0
// The insertion mode "in body" (HTML standard, 13.2.6.4.7): one function per kind of tag, found in
// tables by the tag's id.
#include "extract/html/parse_priv.h"

// --- text ---

static void
body_text(struct parser *p, struct token *tok)
{
	reconstruct_formatting(p);
	insert_text(p, tok->text);
	if (p->frameset_ok && !is_insignificant(p, tok))
		p->frameset_ok = false;
}

// --- start tags: each inserts its element; true: the token again ---

static bool
start_html(struct parser *p, struct token *tok)
{
	if (innermost(p, TAG_template) == 0)
		merge_attrs(p, tok, p->stack[0].node);
	return false;
}

static bool
start_body(struct parser *p, struct token *tok)
{
	if (p->n < 2 || p->stack[1].tag != TAG_body || innermost(p, TAG_template) != 0)
		return false;
	p->frameset_ok = false;
	merge_attrs(p, tok, p->stack[1].node);
	return false;
}

static bool
start_frameset(struct parser *p, struct token *tok)
{
	if (p->n < 2 || p->stack[1].tag != TAG_body || !p->frameset_ok || p->noscript.index != 0)
		return false;
	flush_late_comments(p);
	build_remove(&p->b, p->stack[1].node);
	p->failed |= p->b.failed;
	stack_pop_to(p, 2);
	insert_element(p, tok);
	p->mode = MODE_IN_FRAMESET;
	return false;
}

static bool
start_block(struct parser *p, struct token *tok)
{
	close_p(p);
	insert_element(p, tok);
	return false;
}

static bool
start_heading(struct parser *p, struct token *tok)
{
	close_p(p);
	if (tag_flags(stack_top(p)->tag) & TAGF_HEADING)
		stack_pop(p);
	insert_element(p, tok);
	return false;
}

static bool
start_pre(struct parser *p, struct token *tok)
{
	start_block(p, tok);
	p->skip_newline = true;
	p->frameset_ok = false;
	return false;
}

static bool
start_form(struct parser *p, struct token *tok)
{
	bool template = innermost(p, TAG_template) != 0;
	node_id form;

	if (p->form != NODE_NONE && !template)
		return false;
	close_p(p);
	form = insert_element(p, tok);
	if (!template)
		p->form = form;
	return false;
}

static bool
start_item(struct parser *p, struct token *tok)
{
	uint32_t i = tok->tag == TAG_li ? innermost(p, TAG_li)
					: MAX(innermost(p, TAG_dd), innermost(p, TAG_dt));

	p->frameset_ok = false;
	if (i != 0 && i >= stack_top(p)->item)
		stack_pop_to(p, i);
	return start_block(p, tok);
}

static bool
start_plaintext(struct parser *p, struct token *tok)
{
	p->s.plaintext = true;
	return start_block(p, tok);
}

static bool
start_ordinary(struct parser *p, struct token *tok)
{
	reconstruct_formatting(p);
	insert_element(p, tok);
	return false;
}

static bool
start_button(struct parser *p, struct token *tok)
{
	uint32_t i = in_scope(p, TAG_button);

	if (i != 0)
		stack_pop_to(p, i);
	p->frameset_ok = false;
	return start_ordinary(p, tok);
}

static bool
start_formatting(struct parser *p, struct token *tok)
{
	start_ordinary(p, tok);
	if (!p->failed)
		active_push(p, p->n);
	return false;
}

static bool
start_a(struct parser *p, struct token *tok)
{
	uint32_t i = active_find(p, TAG_a);
	node_id old = i != 0 ? p->active[i - 1].node : NODE_NONE;

	if (i != 0) {
		adopt(p, TAG_a);
		for (i = p->n_active; i > 0 && p->active[i - 1].node != old; i--)
			;
		if (i != 0)
			active_remove(p, i);
		if (p->t->nodes[old].flags & NODE_F_OPEN) {
			for (i = p->n; i > 0 && stack_at(p, i)->node != old; i--)
				;
			stack_remove(p, i);
		}
	}
	return start_formatting(p, tok);
}

static bool
start_nobr(struct parser *p, struct token *tok)
{
	reconstruct_formatting(p);
	if (in_scope(p, TAG_nobr) != 0 && !adopt(p, TAG_nobr))
		stack_pop_to(p, innermost(p, TAG_nobr)); // a marker hides it in the list
	return start_formatting(p, tok);
}

static bool
start_marked(struct parser *p, struct token *tok)
{
	start_ordinary(p, tok);
	active_marker(p);
	p->frameset_ok = false;
	return false;
}

static bool
start_table(struct parser *p, struct token *tok)
{
	if (!p->quirks)
		close_p(p);
	insert_element(p, tok);
	p->frameset_ok = false;
	p->mode = MODE_IN_TABLE;
	return false;
}

static bool
start_void(struct parser *p, struct token *tok)
{
	reconstruct_formatting(p);
	insert_void(p, tok);
	p->frameset_ok = false;
	return false;
}

static bool
start_input(struct parser *p, struct token *tok)
{
	const struct attr *type = token_attr(p, tok, ATTR_type);
	bool is_hidden = type && sv_ieq_str(tree_attr_value(p->t, type), "hidden");
	bool was_ok = p->frameset_ok;
	uint32_t i = in_scope(p, TAG_select);

	if (p->context == TAG_select && p->context_ns == NS_HTML)
		return false;
	if (i != 0)
		stack_pop_to(p, i);
	start_void(p, tok);
	p->frameset_ok = was_ok && is_hidden;
	return false;
}

static bool
start_param(struct parser *p, struct token *tok)
{
	insert_void(p, tok);
	return false;
}

static bool
start_hr(struct parser *p, struct token *tok)
{
	close_p(p);
	if (in_scope(p, TAG_select) != 0)
		implied_end_tags(p, TAG_NONE);
	insert_void(p, tok);
	p->frameset_ok = false;
	return false;
}

static bool
start_image(struct parser *p, struct token *tok)
{
	tok->tag = TAG_img;
	return start_void(p, tok);
}

static bool
start_textarea(struct parser *p, struct token *tok)
{
	insert_raw(p, tok, RAW_RCDATA);
	p->frameset_ok = false;
	return false;
}

static bool
start_xmp(struct parser *p, struct token *tok)
{
	close_p(p);
	reconstruct_formatting(p);
	insert_raw(p, tok, RAW_TEXT);
	p->frameset_ok = false;
	return false;
}

// The capture puts a frame's document inside.
static bool
holds_document(const struct parser *p)
{
	struct scan s = p->s;

	s.at += bytes_space(bytes_slice(s.html, s.at, MIN(s.at + 64, s.html.n)));
	return !p->o.keep_templates && scan_is_at(&s, "<template data-riptide-frame");
}

static bool
start_iframe(struct parser *p, struct token *tok)
{
	p->frameset_ok = false;
	if (holds_document(p))
		insert_element(p, tok);
	else
		insert_raw(p, tok, RAW_TEXT);
	return false;
}

static bool
start_noembed(struct parser *p, struct token *tok)
{
	insert_raw(p, tok, RAW_TEXT);
	return false;
}

static bool
start_noscript(struct parser *p, struct token *tok)
{
	if (p->o.scripting == SCRIPTING_ON)
		return start_noembed(p, tok);
	return begin_noscript(p, tok) ? false : start_ordinary(p, tok);
}

static bool
start_select(struct parser *p, struct token *tok)
{
	uint32_t i = in_scope(p, TAG_select);

	if (p->context == TAG_select && p->context_ns == NS_HTML)
		return false;
	if (i != 0) {
		stack_pop_to(p, i);
		return false;
	}
	p->frameset_ok = false;
	return start_ordinary(p, tok);
}

static bool
start_option(struct parser *p, struct token *tok)
{
	if (in_scope(p, TAG_select) != 0)
		implied_end_tags(p, tok->tag == TAG_option ? TAG_optgroup : TAG_NONE);
	else if (top_is(p, TAG_option))
		stack_pop(p);
	return start_ordinary(p, tok);
}

static bool
start_ruby_part(struct parser *p, struct token *tok)
{
	bool text = tok->tag == TAG_rt || tok->tag == TAG_rp;

	if (in_scope(p, TAG_ruby) != 0)
		implied_end_tags(p, text ? TAG_rtc : TAG_NONE);
	insert_element(p, tok);
	return false;
}

static bool
start_foreign(struct parser *p, struct token *tok)
{
	reconstruct_formatting(p);
	insert_foreign(p, tok, tok->tag == TAG_svg ? NS_SVG : NS_MATHML);
	return false;
}

static bool
start_nothing(struct parser *p, struct token *tok)
{
	(void)p;
	(void)tok;
	return false;
}

static mode_fn *const starts[TAG_KNOWN_COUNT] = {
    [TAG_a] = start_a,
    [TAG_address] = start_block,
    [TAG_applet] = start_marked,
    [TAG_area] = start_void,
    [TAG_article] = start_block,
    [TAG_aside] = start_block,
    [TAG_b] = start_formatting,
    [TAG_base] = mode_in_head,
    [TAG_basefont] = mode_in_head,
    [TAG_bgsound] = mode_in_head,
    [TAG_big] = start_formatting,
    [TAG_blockquote] = start_block,
    [TAG_body] = start_body,
    [TAG_br] = start_void,
    [TAG_button] = start_button,
    [TAG_caption] = start_nothing,
    [TAG_center] = start_block,
    [TAG_code] = start_formatting,
    [TAG_col] = start_nothing,
    [TAG_colgroup] = start_nothing,
    [TAG_dd] = start_item,
    [TAG_details] = start_block,
    [TAG_dialog] = start_block,
    [TAG_dir] = start_block,
    [TAG_div] = start_block,
    [TAG_dl] = start_block,
    [TAG_dt] = start_item,
    [TAG_em] = start_formatting,
    [TAG_embed] = start_void,
    [TAG_fieldset] = start_block,
    [TAG_figcaption] = start_block,
    [TAG_figure] = start_block,
    [TAG_font] = start_formatting,
    [TAG_footer] = start_block,
    [TAG_form] = start_form,
    [TAG_frame] = start_nothing,
    [TAG_frameset] = start_frameset,
    [TAG_h1] = start_heading,
    [TAG_h2] = start_heading,
    [TAG_h3] = start_heading,
    [TAG_h4] = start_heading,
    [TAG_h5] = start_heading,
    [TAG_h6] = start_heading,
    [TAG_head] = start_nothing,
    [TAG_header] = start_block,
    [TAG_hgroup] = start_block,
    [TAG_hr] = start_hr,
    [TAG_html] = start_html,
    [TAG_i] = start_formatting,
    [TAG_iframe] = start_iframe,
    [TAG_image] = start_image,
    [TAG_img] = start_void,
    [TAG_input] = start_input,
    [TAG_keygen] = start_void,
    [TAG_li] = start_item,
    [TAG_link] = mode_in_head,
    [TAG_listing] = start_pre,
    [TAG_main] = start_block,
    [TAG_marquee] = start_marked,
    [TAG_math] = start_foreign,
    [TAG_menu] = start_block,
    [TAG_meta] = mode_in_head,
    [TAG_nav] = start_block,
    [TAG_nobr] = start_nobr,
    [TAG_noembed] = start_noembed,
    [TAG_noframes] = mode_in_head,
    [TAG_noscript] = start_noscript,
    [TAG_object] = start_marked,
    [TAG_ol] = start_block,
    [TAG_optgroup] = start_option,
    [TAG_option] = start_option,
    [TAG_p] = start_block,
    [TAG_param] = start_param,
    [TAG_plaintext] = start_plaintext,
    [TAG_pre] = start_pre,
    [TAG_rb] = start_ruby_part,
    [TAG_rp] = start_ruby_part,
    [TAG_rt] = start_ruby_part,
    [TAG_rtc] = start_ruby_part,
    [TAG_s] = start_formatting,
    [TAG_script] = mode_in_head,
    [TAG_search] = start_block,
    [TAG_section] = start_block,
    [TAG_select] = start_select,
    [TAG_small] = start_formatting,
    [TAG_source] = start_param,
    [TAG_strike] = start_formatting,
    [TAG_strong] = start_formatting,
    [TAG_style] = mode_in_head,
    [TAG_summary] = start_block,
    [TAG_svg] = start_foreign,
    [TAG_table] = start_table,
    [TAG_tbody] = start_nothing,
    [TAG_td] = start_nothing,
    [TAG_template] = mode_in_head,
    [TAG_textarea] = start_textarea,
    [TAG_tfoot] = start_nothing,
    [TAG_th] = start_nothing,
    [TAG_thead] = start_nothing,
    [TAG_title] = mode_in_head,
    [TAG_tr] = start_nothing,
    [TAG_track] = start_param,
    [TAG_tt] = start_formatting,
    [TAG_u] = start_formatting,
    [TAG_ul] = start_block,
    [TAG_wbr] = start_void,
    [TAG_xmp] = start_xmp,
};

// --- end tags ---

static bool
end_body(struct parser *p, struct token *tok)
{
	if (in_scope(p, TAG_body) == 0)
		return false;
	p->mode = MODE_AFTER_BODY;
	return tok->tag == TAG_html;
}

static bool
end_block(struct parser *p, struct token *tok)
{
	uint32_t i = in_scope(p, tok->tag);

	if (i != 0)
		stack_pop_to(p, i);
	return false;
}

static bool
end_form(struct parser *p, struct token *tok)
{
	uint32_t i = in_scope(p, TAG_form);
	node_id form = p->form;

	if (innermost(p, TAG_template) != 0)
		return end_block(p, tok);
	p->form = NODE_NONE;
	if (form == NODE_NONE || i == 0 || stack_at(p, i)->node != form)
		return false;
	implied_end_tags(p, TAG_NONE);
	stack_remove(p, i);
	return false;
}

static bool
end_p(struct parser *p, struct token *tok)
{
	(void)tok;
	if (in_button_scope(p, TAG_p) == 0)
		insert_implied(p, TAG_p);
	if (!p->failed)
		close_p(p);
	return false;
}

static bool
end_li(struct parser *p, struct token *tok)
{
	uint32_t i = in_list_scope(p, tok->tag);

	if (i != 0)
		stack_pop_to(p, i);
	return false;
}

static bool
end_heading(struct parser *p, struct token *tok)
{
	uint32_t i = heading_in_scope(p);

	(void)tok;
	if (i != 0)
		stack_pop_to(p, i);
	return false;
}

static bool
end_marked(struct parser *p, struct token *tok)
{
	uint32_t i = in_scope(p, tok->tag);

	if (i == 0)
		return false;
	stack_pop_to(p, i);
	active_clear(p);
	return false;
}

static bool
end_br(struct parser *p, struct token *tok)
{
	struct token br = {.kind = TOKEN_START, .tag = TAG_br, .attr = p->t->n_attrs};

	(void)tok;
	return start_void(p, &br);
}

static bool
end_ordinary(struct parser *p, struct token *tok)
{
	uint32_t i = innermost(p, tok->tag);

	if (i > 1 && i >= stack_top(p)->special)
		stack_pop_to(p, i);
	return false;
}

static bool
end_formatting(struct parser *p, struct token *tok)
{
	return adopt(p, tok->tag) ? false : end_ordinary(p, tok);
}

static mode_fn *const ends[TAG_KNOWN_COUNT] = {
    [TAG_a] = end_formatting,
    [TAG_address] = end_block,
    [TAG_applet] = end_marked,
    [TAG_article] = end_block,
    [TAG_aside] = end_block,
    [TAG_b] = end_formatting,
    [TAG_big] = end_formatting,
    [TAG_blockquote] = end_block,
    [TAG_body] = end_body,
    [TAG_br] = end_br,
    [TAG_button] = end_block,
    [TAG_center] = end_block,
    [TAG_code] = end_formatting,
    [TAG_dd] = end_block,
    [TAG_details] = end_block,
    [TAG_dialog] = end_block,
    [TAG_dir] = end_block,
    [TAG_div] = end_block,
    [TAG_dl] = end_block,
    [TAG_dt] = end_block,
    [TAG_em] = end_formatting,
    [TAG_fieldset] = end_block,
    [TAG_figcaption] = end_block,
    [TAG_figure] = end_block,
    [TAG_font] = end_formatting,
    [TAG_footer] = end_block,
    [TAG_form] = end_form,
    [TAG_h1] = end_heading,
    [TAG_h2] = end_heading,
    [TAG_h3] = end_heading,
    [TAG_h4] = end_heading,
    [TAG_h5] = end_heading,
    [TAG_h6] = end_heading,
    [TAG_header] = end_block,
    [TAG_hgroup] = end_block,
    [TAG_html] = end_body,
    [TAG_i] = end_formatting,
    [TAG_li] = end_li,
    [TAG_listing] = end_block,
    [TAG_main] = end_block,
    [TAG_marquee] = end_marked,
    [TAG_menu] = end_block,
    [TAG_nav] = end_block,
    [TAG_nobr] = end_formatting,
    [TAG_object] = end_marked,
    [TAG_ol] = end_block,
    [TAG_p] = end_p,
    [TAG_pre] = end_block,
    [TAG_s] = end_formatting,
    [TAG_search] = end_block,
    [TAG_section] = end_block,
    [TAG_select] = end_block,
    [TAG_small] = end_formatting,
    [TAG_strike] = end_formatting,
    [TAG_strong] = end_formatting,
    [TAG_summary] = end_block,
    [TAG_template] = mode_in_head,
    [TAG_tt] = end_formatting,
    [TAG_u] = end_formatting,
    [TAG_ul] = end_block,
};

// --- the mode ---

bool
mode_in_body(struct parser *p, struct token *tok)
{
	mode_fn *start;

	switch (tok->kind) {
	case TOKEN_TEXT:
		body_text(p, tok);
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_START:
		start = tok->tag < TAG_KNOWN_COUNT ? starts[tok->tag] : NULL;
		return (start ? start : start_ordinary)(p, tok);
	case TOKEN_END:
		start = tok->tag < TAG_KNOWN_COUNT ? ends[tok->tag] : NULL;
		return (start ? start : end_ordinary)(p, tok);
	case TOKEN_END_OF_INPUT:
		return end_of_templates(p);
	default:
		return false;
	}
}
