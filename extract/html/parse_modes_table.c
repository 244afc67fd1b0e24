// SPDX-License-Identifier: Apache-2.0
// The insertion modes of tables (HTML standard, 13.2.6.4.9 to 13.2.6.4.15). What does not belong
// into a table is processed as in the body, with foster parenting.
#include "extract/html/parse_priv.h"

static bool
again_in(struct parser *p, enum mode mode)
{
	p->mode = mode;
	return true;
}

// --- contexts ---

static void
pop_until_one_of(struct parser *p, const uint16_t *tags, size_t n)
{
	uint32_t i = 1; // html

	for (size_t k = 0; k < n; k++)
		i = MAX(i, innermost(p, tags[k]));
	i = MAX(i, innermost(p, TAG_template));
	while (p->n > i)
		stack_pop(p);
}

static void
clear_to_table(struct parser *p)
{
	static const uint16_t tags[] = {TAG_table};

	pop_until_one_of(p, tags, ARRAY_LEN(tags));
}

static void
clear_to_table_body(struct parser *p)
{
	static const uint16_t tags[] = {TAG_tbody, TAG_tfoot, TAG_thead};

	pop_until_one_of(p, tags, ARRAY_LEN(tags));
}

static void
clear_to_row(struct parser *p)
{
	static const uint16_t tags[] = {TAG_tr};

	pop_until_one_of(p, tags, ARRAY_LEN(tags));
}

static bool
is_table_part(uint32_t tag)
{
	return tag == TAG_caption || tag == TAG_col || tag == TAG_colgroup || tag == TAG_tbody ||
	       tag == TAG_td || tag == TAG_tfoot || tag == TAG_th || tag == TAG_thead ||
	       tag == TAG_tr;
}

static bool
is_group(uint32_t tag)
{
	return tag == TAG_tbody || tag == TAG_tfoot || tag == TAG_thead;
}

static bool
is_cell(uint32_t tag)
{
	return tag == TAG_td || tag == TAG_th;
}

static uint32_t
group_in_table_scope(const struct parser *p)
{
	uint32_t i = MAX(in_table_scope(p, TAG_tbody), in_table_scope(p, TAG_thead));

	return MAX(i, in_table_scope(p, TAG_tfoot));
}

// --- in table ---

static bool
in_body_fostered(struct parser *p, struct token *tok)
{
	bool again;

	p->foster = true;
	again = mode_in_body(p, tok);
	p->foster = false;
	return again;
}

static bool
table_text(struct parser *p, struct token *tok)
{
	uint32_t top = stack_top(p)->tag;

	if (top != TAG_table && !is_group(top) && top != TAG_tr && top != TAG_template)
		return in_body_fostered(p, tok);
	if (!is_all_space(p, tok))
		return in_body_fostered(p, tok);
	insert_text(p, tok->text);
	return false;
}

static bool
end_table(struct parser *p, bool again)
{
	uint32_t i = in_table_scope(p, TAG_table);

	if (i == 0)
		return false;
	stack_pop_to(p, i);
	reset_mode(p);
	return again;
}

static bool
table_form(struct parser *p, struct token *tok)
{
	bool template = innermost(p, TAG_template) != 0;
	node_id form;

	// In a template the standard ignores it; Blink does not.
	if (p->form != NODE_NONE && !template)
		return false;
	form = insert_element(p, tok);
	if (!template)
		p->form = form;
	if (!p->failed)
		stack_pop(p);
	return false;
}

static bool
table_input(struct parser *p, struct token *tok)
{
	const struct attr *type = token_attr(p, tok, ATTR_type);

	if (!type || !sv_ieq_str(tree_attr_value(p->t, type), "hidden"))
		return in_body_fostered(p, tok);
	insert_void(p, tok);
	return false;
}

static bool
table_start(struct parser *p, struct token *tok)
{
	switch (tok->tag) {
	case TAG_caption:
		clear_to_table(p);
		active_marker(p);
		insert_element(p, tok);
		p->mode = MODE_IN_CAPTION;
		return false;
	case TAG_colgroup:
		clear_to_table(p);
		insert_element(p, tok);
		p->mode = MODE_IN_COLUMN_GROUP;
		return false;
	case TAG_col:
		clear_to_table(p);
		insert_implied(p, TAG_colgroup);
		return again_in(p, MODE_IN_COLUMN_GROUP);
	case TAG_tbody:
	case TAG_tfoot:
	case TAG_thead:
		clear_to_table(p);
		insert_element(p, tok);
		p->mode = MODE_IN_TABLE_BODY;
		return false;
	case TAG_td:
	case TAG_th:
	case TAG_tr:
		clear_to_table(p);
		insert_implied(p, TAG_tbody);
		return again_in(p, MODE_IN_TABLE_BODY);
	case TAG_table:
		return end_table(p, true);
	case TAG_style:
	case TAG_script:
	case TAG_template:
		return mode_in_head(p, tok);
	case TAG_input:
		return table_input(p, tok);
	case TAG_form:
		return table_form(p, tok);
	default:
		return in_body_fostered(p, tok);
	}
}

bool
mode_in_table(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_TEXT:
		return table_text(p, tok);
	case TOKEN_START:
		return table_start(p, tok);
	case TOKEN_END:
		if (tok->tag == TAG_table)
			return end_table(p, false);
		if (tok->tag == TAG_template)
			return mode_in_head(p, tok);
		if (is_table_part(tok->tag) || tok->tag == TAG_body || tok->tag == TAG_html)
			return false;
		return in_body_fostered(p, tok);
	default:
		return mode_in_body(p, tok);
	}
}

// --- in caption ---

static bool
end_caption(struct parser *p, bool again)
{
	uint32_t i = in_table_scope(p, TAG_caption);

	if (i == 0)
		return false;
	stack_pop_to(p, i);
	active_clear(p);
	p->mode = MODE_IN_TABLE;
	return again;
}

bool
mode_in_caption(struct parser *p, struct token *tok)
{
	if (tok->kind == TOKEN_START && is_table_part(tok->tag))
		return end_caption(p, true);
	if (tok->kind == TOKEN_END) {
		if (tok->tag == TAG_caption || tok->tag == TAG_table)
			return end_caption(p, tok->tag == TAG_table);
		if (is_table_part(tok->tag) || tok->tag == TAG_body || tok->tag == TAG_html)
			return false;
	}
	return mode_in_body(p, tok);
}

// --- in column group ---

static bool
end_column_group(struct parser *p, bool again)
{
	if (!top_is(p, TAG_colgroup))
		return false;
	stack_pop(p);
	p->mode = MODE_IN_TABLE;
	return again;
}

bool
mode_in_column_group(struct parser *p, struct token *tok)
{
	switch (tok->kind) {
	case TOKEN_TEXT:
		if (!top_is(p, TAG_colgroup)) {
			insert_only_space(p, tok);
			return false;
		}
		insert_text(p, take_space(p, tok));
		if (tok->text.n == 0)
			return false;
		break;
	case TOKEN_COMMENT:
	case TOKEN_DOCTYPE:
	case TOKEN_END_OF_INPUT:
		return mode_in_body(p, tok);
	case TOKEN_START:
		if (tok->tag == TAG_html)
			return mode_in_body(p, tok);
		if (tok->tag == TAG_template)
			return mode_in_head(p, tok);
		if (tok->tag == TAG_col) {
			insert_void(p, tok);
			return false;
		}
		break;
	default:
		if (tok->tag == TAG_colgroup)
			return end_column_group(p, false);
		if (tok->tag == TAG_col)
			return false;
		if (tok->tag == TAG_template)
			return mode_in_head(p, tok);
		break;
	}
	return end_column_group(p, true);
}

// --- in table body ---

static bool
end_table_body(struct parser *p, bool again)
{
	clear_to_table_body(p);
	if (p->n > 1)
		stack_pop(p);
	p->mode = MODE_IN_TABLE;
	return again;
}

bool
mode_in_table_body(struct parser *p, struct token *tok)
{
	bool start = tok->kind == TOKEN_START, end = tok->kind == TOKEN_END;
	uint32_t tag = start || end ? tok->tag : TAG_NONE;

	if (start && tag == TAG_tr) {
		clear_to_table_body(p);
		insert_element(p, tok);
		p->mode = MODE_IN_ROW;
		return false;
	}
	if (start && is_cell(tag)) {
		clear_to_table_body(p);
		insert_implied(p, TAG_tr);
		return again_in(p, MODE_IN_ROW);
	}
	if (end && is_group(tag))
		return in_table_scope(p, tag) != 0 ? end_table_body(p, false) : false;
	if ((start && is_table_part(tag)) || (end && tag == TAG_table))
		return group_in_table_scope(p) != 0 ? end_table_body(p, true) : false;
	if (end && (is_table_part(tag) || tag == TAG_body || tag == TAG_html))
		return false;
	return mode_in_table(p, tok);
}

// --- in row ---

static bool
end_row(struct parser *p, bool again)
{
	if (in_table_scope(p, TAG_tr) == 0)
		return false;
	clear_to_row(p);
	stack_pop(p);
	p->mode = MODE_IN_TABLE_BODY;
	return again;
}

bool
mode_in_row(struct parser *p, struct token *tok)
{
	bool start = tok->kind == TOKEN_START, end = tok->kind == TOKEN_END;
	uint32_t tag = start || end ? tok->tag : TAG_NONE;

	if (start && is_cell(tag)) {
		clear_to_row(p);
		insert_element(p, tok);
		active_marker(p);
		p->mode = MODE_IN_CELL;
		return false;
	}
	if (end && tag == TAG_tr)
		return end_row(p, false);
	if ((start && is_table_part(tag)) || (end && tag == TAG_table))
		return end_row(p, true);
	if (end && is_group(tag))
		return in_table_scope(p, tag) != 0 ? end_row(p, true) : false;
	if (end && (is_table_part(tag) || tag == TAG_body || tag == TAG_html))
		return false;
	return mode_in_table(p, tok);
}

// --- in cell ---

static bool
end_cell(struct parser *p, uint32_t index, bool again)
{
	if (index == 0)
		return false;
	stack_pop_to(p, index);
	active_clear(p);
	p->mode = MODE_IN_ROW;
	return again;
}

bool
mode_in_cell(struct parser *p, struct token *tok)
{
	bool start = tok->kind == TOKEN_START, end = tok->kind == TOKEN_END;
	uint32_t tag = start || end ? tok->tag : TAG_NONE, cell;

	if (end && is_cell(tag))
		return end_cell(p, in_table_scope(p, tag), false);
	cell = MAX(in_table_scope(p, TAG_td), in_table_scope(p, TAG_th));
	if (start && is_table_part(tag))
		return end_cell(p, cell, true);
	if (end && (tag == TAG_table || is_group(tag) || tag == TAG_tr))
		return in_table_scope(p, tag) != 0 ? end_cell(p, cell, true) : false;
	if (end && (is_table_part(tag) || tag == TAG_body || tag == TAG_html))
		return false;
	return mode_in_body(p, tok);
}
