// SPDX-License-Identifier: Apache-2.0
// Insertion modes round the body (HTML standard, 13.2.6.4): before and in the head, behind the
// body, framesets. Each function is one mode.
#include "extract/html/parse_priv.h"

static mode_fn mode_initial, mode_before_html, mode_before_head, mode_in_head_noscript,
    mode_after_head, mode_after_body, mode_in_frameset, mode_after_frameset, mode_after_after_body,
    mode_after_after_frameset;

mode_fn *const parse_modes[MODE_COUNT] = {
    [MODE_INITIAL] = mode_initial,
    [MODE_BEFORE_HTML] = mode_before_html,
    [MODE_BEFORE_HEAD] = mode_before_head,
    [MODE_IN_HEAD] = mode_in_head,
    [MODE_IN_HEAD_NOSCRIPT] = mode_in_head_noscript,
    [MODE_AFTER_HEAD] = mode_after_head,
    [MODE_IN_BODY] = mode_in_body,
    [MODE_IN_TABLE] = mode_in_table,
    [MODE_IN_CAPTION] = mode_in_caption,
    [MODE_IN_COLUMN_GROUP] = mode_in_column_group,
    [MODE_IN_TABLE_BODY] = mode_in_table_body,
    [MODE_IN_ROW] = mode_in_row,
    [MODE_IN_CELL] = mode_in_cell,
    [MODE_IN_TEMPLATE] = mode_in_template,
    [MODE_IN_FRAME] = mode_in_frame,
    [MODE_AFTER_BODY] = mode_after_body,
    [MODE_IN_FRAMESET] = mode_in_frameset,
    [MODE_AFTER_FRAMESET] = mode_after_frameset,
    [MODE_AFTER_AFTER_BODY] = mode_after_after_body,
    [MODE_AFTER_AFTER_FRAMESET] = mode_after_after_frameset,
};

// --- text ---

struct span
take_space(struct parser *p, struct token *tok)
{
	struct span space = {tok->text.at, (uint32_t)bytes_space(tree_view(p->t, tok->text))};

	tok->text.at += space.n;
	tok->text.n -= space.n;
	return space;
}

bool
is_all_space(struct parser *p, const struct token *tok)
{
	return bytes_space(tree_view(p->t, tok->text)) == tok->text.n;
}

// White space, or U+FFFD for what was U+0000 (Blink counts every U+FFFD as that).
bool
is_insignificant(struct parser *p, const struct token *tok)
{
	struct sv v = tree_view(p->t, tok->text);
	size_t i = 0;

	for (; i < v.n; i++)
		if (i + 2 < v.n && memcmp(v.p + i, "\xef\xbf\xbd", 3) == 0)
			i += 2;
		else if (!byte_is(v.p[i], BYTE_SPACE))
			break;
	return i == v.n;
}

// White space goes to the current node. True: there is more.
static bool
insert_space(struct parser *p, struct token *tok)
{
	insert_text(p, take_space(p, tok));
	return tok->text.n > 0;
}

// Of the text only white space counts.
void
insert_only_space(struct parser *p, struct token *tok)
{
	while (tok->text.n > 0) {
		insert_text(p, take_space(p, tok));
		for (; tok->text.n > 0 && !byte_is(*tree_view(p->t, tok->text).p, BYTE_SPACE);
		     tok->text.n--)
			tok->text.at++;
	}
}

static bool
skip_space(struct parser *p, struct token *tok)
{
	take_space(p, tok);
	return tok->text.n > 0;
}

// --- before the head ---

static bool
again_in(struct parser *p, enum mode mode)
{
	p->mode = mode;
	return true;
}

// End tags that make the document's parts, as text does.
static bool
implies_parts(const struct token *tok)
{
	return tok->tag == TAG_head || tok->tag == TAG_body || tok->tag == TAG_html ||
	       tok->tag == TAG_br;
}

static bool
mode_initial(struct parser *p, struct token *tok)
{
	if (tok->kind == TOKEN_TEXT && !skip_space(p, tok))
		return false;
	if (tok->kind == TOKEN_COMMENT) {
		insert_comment_at(p, tok->text, 0);
		return false;
	}
	p->mode = MODE_BEFORE_HTML;
	if (tok->kind != TOKEN_DOCTYPE) {
		p->quirks = true;
		return true;
	}
	p->quirks = is_quirky(p);
	insert_doctype(p);
	return false;
}

static bool
mode_before_html(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_DOCTYPE:
		return false;
	case TOKEN_COMMENT:
		insert_comment_at(p, tok->text, 0);
		return false;
	case TOKEN_TEXT:
		if (!skip_space(p, tok))
			return false;
		break;
	case TOKEN_START:
		if (tok->tag == TAG_html) {
			insert_element(p, tok);
			p->mode = MODE_BEFORE_HEAD;
			return false;
		}
		break;
	case TOKEN_END:
		if (!implies_parts(tok))
			return false;
		break;
	default:
		break;
	}
	insert_implied(p, TAG_html);
	return again_in(p, MODE_BEFORE_HEAD);
}

static bool
mode_before_head(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_DOCTYPE:
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_TEXT:
		if (!skip_space(p, tok))
			return false;
		break;
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		if (tok->tag == TAG_head) {
			p->head = insert_element(p, tok);
			p->mode = MODE_IN_HEAD;
			return false;
		}
		break;
	case TOKEN_END:
		if (!implies_parts(tok))
			return false;
		break;
	default:
		break;
	}
	p->head = insert_implied(p, TAG_head);
	return again_in(p, MODE_IN_HEAD);
}

// --- the head ---

static bool
noscript_is_raw(const struct parser *p, bool in_head)
{
	return p->o.scripting == SCRIPTING_ON || (p->o.scripting == SCRIPTING_MIXED && in_head);
}

// False: the tag ends the head. *again is set when it is to be dealt with once more.
static bool
start_in_head(struct parser *p, struct token *tok, bool *again)
{
	switch (tok->tag) {
	case TAG_html:
		*again = mode_in_body(p, tok);
		return true;
	case TAG_base:
	case TAG_basefont:
	case TAG_bgsound:
	case TAG_link:
	case TAG_meta:
		insert_void(p, tok);
		return true;
	case TAG_title:
		insert_raw(p, tok, RAW_RCDATA);
		return true;
	case TAG_noscript:
		if (noscript_is_raw(p, true)) {
			insert_raw(p, tok, RAW_TEXT);
			return true;
		}
		insert_element(p, tok);
		p->mode = MODE_IN_HEAD_NOSCRIPT;
		return true;
	case TAG_noframes:
	case TAG_style:
		insert_raw(p, tok, RAW_TEXT);
		return true;
	case TAG_script:
		insert_raw(p, tok, RAW_SCRIPT);
		return true;
	case TAG_template:
		*again = start_template(p, tok);
		return true;
	case TAG_head:
		return true;
	default:
		return false;
	}
}

bool
mode_in_head(struct parser *p, struct token *tok)
{
	bool again = false;

	switch (tok->kind) {
	case TOKEN_DOCTYPE:
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_TEXT:
		if (!insert_space(p, tok))
			return false;
		break;
	case TOKEN_START:
		if (start_in_head(p, tok, &again))
			return again;
		break;
	case TOKEN_END:
		if (tok->tag == TAG_head) {
			stack_pop(p);
			p->mode = MODE_AFTER_HEAD;
			return false;
		}
		if (tok->tag == TAG_template)
			end_template(p);
		if (!implies_parts(tok))
			return false;
		break;
	default:
		break;
	}
	stack_pop(p);
	return again_in(p, MODE_AFTER_HEAD);
}

static bool
is_noscript_child(uint32_t tag)
{
	return tag == TAG_basefont || tag == TAG_bgsound || tag == TAG_link || tag == TAG_meta ||
	       tag == TAG_noframes || tag == TAG_style;
}

static bool
mode_in_head_noscript(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_DOCTYPE:
		return false;
	case TOKEN_COMMENT:
		return mode_in_head(p, tok);
	case TOKEN_TEXT:
		if (!insert_space(p, tok))
			return false;
		break;
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		if (is_noscript_child(tok->tag))
			return mode_in_head(p, tok);
		if (tok->tag == TAG_head || tok->tag == TAG_noscript)
			return false;
		break;
	case TOKEN_END:
		if (tok->tag == TAG_noscript) {
			stack_pop(p);
			p->mode = MODE_IN_HEAD;
			return false;
		}
		if (tok->tag != TAG_br)
			return false;
		break;
	default:
		break;
	}
	stack_pop(p);
	return again_in(p, MODE_IN_HEAD);
}

// An element that belongs into the head and comes after it.
static bool
late_head_element(struct parser *p, struct token *tok)
{
	uint32_t index;
	bool again;

	if (p->head == NODE_NONE)
		return mode_in_head(p, tok);
	stack_push(p, p->head, TAG_head);
	index = p->n;
	again = mode_in_head(p, tok);
	if (!p->failed)
		stack_remove(p, index);
	return again;
}

static bool
mode_after_head(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_DOCTYPE:
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_TEXT:
		if (!insert_space(p, tok))
			return false;
		break;
	case TOKEN_START:
		switch (tok->tag) {
		case TAG_html:
			return mode_in_body(p, tok);
		case TAG_body:
			insert_element(p, tok);
			p->frameset_ok = false;
			p->mode = MODE_IN_BODY;
			return false;
		case TAG_frameset:
			insert_element(p, tok);
			p->mode = MODE_IN_FRAMESET;
			return false;
		case TAG_head:
			return false;
		default:
			if (tag_flags(tok->tag) & TAGF_HEAD || tok->tag == TAG_template)
				return late_head_element(p, tok);
		}
		break;
	case TOKEN_END:
		if (tok->tag == TAG_template)
			return mode_in_head(p, tok);
		if (tok->tag == TAG_head || !implies_parts(tok))
			return false;
		break;
	default:
		break;
	}
	insert_implied(p, TAG_body);
	return again_in(p, MODE_IN_BODY);
}

// --- behind the body ---

// What both modes do; a comment becomes the last child of <html> or of the document.
static bool
behind_body(struct parser *p, struct token *tok, bool document)
{
	switch (tok->kind) {
	case TOKEN_DOCTYPE:
	case TOKEN_END_OF_INPUT:
		return false;
	case TOKEN_COMMENT:
		late_comment(p, tok, document);
		return false;
	case TOKEN_TEXT:
		if (is_all_space(p, tok))
			return mode_in_body(p, tok);
		break;
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		break;
	default:
		break;
	}
	return again_in(p, MODE_IN_BODY);
}

static bool
mode_after_body(struct parser *p, struct token *tok)
{
	if (tok->kind != TOKEN_END || tok->tag != TAG_html)
		return behind_body(p, tok, false);
	if (p->context == TAG_NONE)
		p->mode = MODE_AFTER_AFTER_BODY;
	return false;
}

static bool
mode_after_after_body(struct parser *p, struct token *tok)
{
	return behind_body(p, tok, true);
}

// --- framesets ---

static bool
mode_in_frameset(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_TEXT:
		insert_only_space(p, tok);
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		if (tok->tag == TAG_frameset)
			insert_element(p, tok);
		else if (tok->tag == TAG_frame)
			insert_void(p, tok);
		else if (tok->tag == TAG_noframes)
			return mode_in_head(p, tok);
		return false;
	case TOKEN_END:
		if (tok->tag != TAG_frameset || p->n == 1)
			return false;
		stack_pop(p);
		if (p->context == TAG_NONE && !top_is(p, TAG_frameset))
			p->mode = MODE_AFTER_FRAMESET;
		return false;
	default:
		return false;
	}
}

static bool
mode_after_frameset(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_TEXT:
		insert_only_space(p, tok);
		return false;
	case TOKEN_COMMENT:
		insert_comment(p, tok);
		return false;
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		if (tok->tag == TAG_noframes)
			return mode_in_head(p, tok);
		return false;
	case TOKEN_END:
		if (tok->tag == TAG_html)
			p->mode = MODE_AFTER_AFTER_FRAMESET;
		return false;
	default:
		return false;
	}
}

static bool
mode_after_after_frameset(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_COMMENT:
		late_comment(p, tok, true);
		return false;
	case TOKEN_TEXT:
		insert_only_space(p, tok); // as in the body, where no formatting is open
		return false;
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		if (tok->tag == TAG_noframes)
			return mode_in_head(p, tok);
		return false;
	default:
		return false;
	}
}
