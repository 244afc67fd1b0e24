// SPDX-License-Identifier: Apache-2.0
// HTML -> node tree in one pass, in document order: the stack of open elements with HTML's implied
// tags and scopes (HTML standard, 13.2.6), but nothing that moves nodes afterwards (no foster
// parenting, no adoption agency; misnested formatting stays open until its parent ends).
// Declarative shadow roots and the capture's frames become ordinary content in place. Linear;
// depth, attributes and nodes are bounded.
#include "extract/html/parse_scan.h"
#include "extract/html/tree.h"

struct open_el {
	node_id node;
	uint32_t tag;   // as matched by end tags
	bool foreign;   // children are SVG or MathML
	bool ended;     // its end tag came too early: closes as soon as it is on top
	bool unwrapped; // a rendered <template>: `node` is its parent's
	bool frame;     // holds the document of a frame
};

enum head_state { BEFORE_HEAD, IN_HEAD, AFTER_HEAD };

struct builder {
	struct tree *t;
	struct scan s;
	struct open_el *stack;
	uint32_t n, cap;
	uint32_t *open; // how many elements of a name are open, by name id
	uint32_t open_cap;
	uint32_t frames;
	enum head_state head;
	bool in_body;
	bool skip_newline; // right after <pre> or <textarea>
	bool failed;
	struct buf scratch;
};

// --- the stack ---

static struct open_el *
top(struct builder *b)
{
	return b->n > 0 ? &b->stack[b->n - 1] : NULL;
}

static node_id
top_node(struct builder *b)
{
	return b->n > 0 ? b->stack[b->n - 1].node : 0;
}

static bool
top_is(struct builder *b, uint32_t tag)
{
	return b->n > 0 && b->stack[b->n - 1].tag == tag;
}

static uint32_t
open_count(const struct builder *b, uint32_t tag)
{
	return tag < b->open_cap ? b->open[tag] : 0;
}

static bool
count_name(struct builder *b, uint32_t tag)
{
	if (tag >= b->open_cap) {
		uint32_t want = MAX(tag + 1, b->open_cap * 2);
		uint32_t *v =
		    arena_grow(b->t->arena, b->open, b->open_cap * sizeof(*v), want * sizeof(*v));

		if (!v)
			return false;
		memset(v + b->open_cap, 0, (want - b->open_cap) * sizeof(*v));
		b->open = v;
		b->open_cap = want;
	}
	b->open[tag]++;
	return true;
}

static void
pop_one(struct builder *b)
{
	struct open_el *e = &b->stack[--b->n];

	b->open[e->tag]--;
	b->frames -= e->frame;
	if (!e->unwrapped)
		tree_close(b->t, e->node);
}

static void
pop(struct builder *b)
{
	pop_one(b);
	while (b->n > 0 && b->stack[b->n - 1].ended)
		pop_one(b);
}

// Pop everything above and including stack[i].
static void
pop_from(struct builder *b, int i)
{
	while (b->n > (uint32_t)i)
		pop(b);
}

static void
push(struct builder *b, struct open_el e)
{
	if (!count_name(b, e.tag)) {
		b->failed = true;
		return;
	}
	b->frames += e.frame;
	b->stack[b->n++] = e;
}

// --- scopes ---

enum scope { SCOPE_ANY, SCOPE_BUTTON, SCOPE_LIST, SCOPE_TABLE };

static bool
is_barrier(uint32_t tag, enum scope scope)
{
	if (scope == SCOPE_TABLE)
		return tag == TAG_table || tag == TAG_template || tag == TAG_html;
	if (tag_flags(tag) & TAGF_SCOPE)
		return true;
	if (scope == SCOPE_BUTTON)
		return tag == TAG_button;
	return scope == SCOPE_LIST && (tag == TAG_ol || tag == TAG_ul);
}

// The index of the innermost open `tag` in scope, or -1.
static int
in_scope(const struct builder *b, uint32_t tag, enum scope scope)
{
	if (open_count(b, tag) == 0)
		return -1;
	for (int i = (int)b->n - 1; i >= 0; i--) {
		if (b->stack[i].tag == tag)
			return i;
		if (is_barrier(b->stack[i].tag, scope))
			return -1;
	}
	return -1;
}

static void
close_in_scope(struct builder *b, uint32_t tag, enum scope scope)
{
	int i = in_scope(b, tag, scope);

	if (i >= 0)
		pop_from(b, i);
}

// --- inserting ---

static struct sv
decoded(struct builder *b, struct sv v, bool attr)
{
	if (!scan_needs_decoding(v))
		return v;
	buf_reset(&b->scratch);
	scan_decode(v, attr, &b->scratch);
	return b->scratch.n > 0 ? buf_view(&b->scratch) : SV("");
}

static void
add_attrs(struct builder *b, node_id el)
{
	struct scan_attrs it = scan_attrs_of(&b->s);
	struct sv name, value;

	while (scan_attr_next(&it, &name, &value))
		if (!tree_attr(b->t, el, name, decoded(b, value, true)))
			b->failed = true;
}

static bool
has_attr(const struct builder *b, const char *wanted)
{
	struct scan_attrs it = scan_attrs_of(&b->s);
	struct sv name, value;

	while (scan_attr_next(&it, &name, &value))
		if (sv_ieq_str(name, wanted))
			return true;
	return false;
}

static node_id
open_node(struct builder *b, struct sv name, bool with_attrs)
{
	node_id i;

	if (b->n >= b->cap) { // too deep: its parent ends here, as Blink does it
		b->t->depth_limited = true;
		pop(b);
	}
	i = tree_open(b->t, top_node(b), name);
	if (i == NODE_NONE)
		b->failed = true;
	else if (with_attrs)
		add_attrs(b, i);
	return i;
}

// An element without a tag of its own in the input.
static void
open_implied(struct builder *b, enum tag_id tag)
{
	node_id i = open_node(b, sv_from(tree_name(b->t, tag)), false);

	if (!b->failed)
		push(b, (struct open_el){.node = i, .tag = tag});
}

static void
add_raw_content(struct builder *b, node_id el, uint32_t tag)
{
	struct sv text = scan_raw_text(&b->s, b->s.name);

	if (tag == TAG_textarea && sv_starts(text, "\n"))
		text = (struct sv){text.p + 1, text.n - 1};
	if (tag_flags(tag) & TAGF_RCDATA)
		text = decoded(b, text, false);
	if (text.n > 0 && tree_add_text(b->t, el, text) == NODE_NONE)
		b->failed = true;
}

static bool
has_raw_content(struct builder *b, uint32_t tag, bool foreign)
{
	unsigned f = tag_flags(tag);

	if (tag == TAG_iframe) // the capture puts the frame's document inside
		return !sv_istarts(sv_trim((struct sv){b->s.html.p + b->s.at,
				       MIN(b->s.html.n - b->s.at, (size_t)64)}),
		    "<template data-riptide-frame");
	if (tag == TAG_noscript)
		return !b->in_body;
	return f & TAGF_RAW || (f & TAGF_RCDATA && !foreign);
}

static bool
is_foreign_root(uint32_t tag)
{
	return tag == TAG_svg || tag == TAG_math;
}

// HTML goes on inside these.
static bool
is_integration_point(const struct builder *b, uint32_t tag)
{
	static const char *const names[] = {"foreignobject", "desc", "annotation-xml"};

	if (tag == TAG_title || tag == TAG_annotation)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(tree_name(b->t, tag), names[i]) == 0)
			return true;
	return false;
}

static bool
in_foreign(struct builder *b)
{
	return b->n > 0 && b->stack[b->n - 1].foreign;
}

// The element of the start tag just read, under `name`; end tags match `tag`.
static void
insert_as(struct builder *b, struct sv name, uint32_t tag, bool frame)
{
	bool foreign = in_foreign(b);
	node_id i = open_node(b, name, true);

	if (b->failed)
		return;
	if (has_raw_content(b, tag, foreign)) {
		bool empty = foreign && b->s.self_closing;

		if (!empty)
			add_raw_content(b, i, tag);
		tree_close(b->t, i);
		return;
	}
	if (tag_flags(tag) & TAGF_VOID ||
	    (b->s.self_closing && (foreign || is_foreign_root(tag)))) {
		tree_close(b->t, i);
		return;
	}
	push(b, (struct open_el){.node = i,
		    .tag = tag,
		    .frame = frame,
		    .foreign = is_foreign_root(tag) || (foreign && !is_integration_point(b, tag))});
	b->skip_newline = tag == TAG_pre;
}

static void
insert(struct builder *b, uint32_t tag)
{
	insert_as(b, b->s.name, tag, false);
}

// --- html, head, body ---

static void
ensure_html(struct builder *b)
{
	if (b->n == 0)
		open_implied(b, TAG_html);
}

static void
leave_head(struct builder *b)
{
	if (b->head == IN_HEAD)
		pop_from(b, 1);
	b->head = AFTER_HEAD;
}

static void
ensure_body(struct builder *b)
{
	if (b->in_body || open_count(b, TAG_template) > 0)
		return;
	ensure_html(b);
	leave_head(b);
	open_implied(b, TAG_body);
	b->in_body = true;
}

static void
ensure_head(struct builder *b)
{
	ensure_html(b);
	if (b->head == BEFORE_HEAD && !b->failed) {
		open_implied(b, TAG_head);
		b->head = IN_HEAD;
	}
}

// A start tag before the body. True when it is dealt with.
static bool
start_before_body(struct builder *b, uint32_t tag)
{
	if (tag == TAG_html) {
		if (b->n == 0)
			insert(b, tag);
		return true;
	}
	if (tag == TAG_head) {
		ensure_html(b);
		if (b->head == BEFORE_HEAD && !b->failed) {
			insert(b, tag);
			b->head = IN_HEAD;
		}
		return true;
	}
	if (tag == TAG_body || tag == TAG_frameset) {
		ensure_html(b);
		leave_head(b);
		if (!b->failed)
			insert(b, tag);
		b->in_body = true;
		return true;
	}
	if (!(tag_flags(tag) & TAGF_HEAD) && tag != TAG_noscript && tag != TAG_template)
		return false;
	ensure_head(b);
	if (tag != TAG_template && !b->failed)
		insert(b, tag);
	return tag != TAG_template;
}

// --- start tags in the body ---

static void
close_p(struct builder *b)
{
	close_in_scope(b, TAG_p, SCOPE_BUTTON);
}

// li, dd and dt end the one before, unless another special element is in between.
static void
close_item(struct builder *b, uint32_t one, uint32_t other)
{
	for (int i = (int)b->n - 1; i >= 0; i--) {
		uint32_t tag = b->stack[i].tag;

		if (tag == one || tag == other) {
			pop_from(b, i);
			break;
		}
		if (tag_flags(tag) & TAGF_SPECIAL && tag != TAG_address && tag != TAG_div &&
		    tag != TAG_p)
			break;
	}
	close_p(b);
}

static bool
start_li(struct builder *b, uint32_t tag)
{
	close_item(b, tag, tag);
	return true;
}

static bool
start_dd_dt(struct builder *b, uint32_t tag UNUSED)
{
	close_item(b, TAG_dd, TAG_dt);
	return true;
}

// Also formatting elements end early when the same one begins again: the innermost above any block.
static int
innermost_inline(const struct builder *b, uint32_t tag)
{
	if (open_count(b, tag) == 0)
		return -1;
	for (int i = (int)b->n - 1; i >= 0; i--) {
		if (b->stack[i].tag == tag)
			return i;
		if (tag_flags(b->stack[i].tag) & TAGF_SPECIAL)
			return -1;
	}
	return -1;
}

static bool
start_a(struct builder *b, uint32_t tag)
{
	int i = innermost_inline(b, tag);

	if (i >= 0)
		pop_from(b, i);
	return true;
}

static bool
start_button(struct builder *b, uint32_t tag)
{
	close_in_scope(b, tag, SCOPE_ANY);
	return true;
}

static bool
start_option(struct builder *b, uint32_t tag)
{
	if (top_is(b, TAG_option))
		pop(b);
	if (tag == TAG_optgroup && top_is(b, TAG_optgroup))
		pop(b);
	return true;
}

static bool
start_form(struct builder *b, uint32_t tag)
{
	if (open_count(b, tag) > 0 && open_count(b, TAG_template) == 0)
		return false;
	close_p(b);
	return true;
}

static bool
start_heading(struct builder *b, uint32_t tag UNUSED)
{
	close_p(b);
	if (b->n > 0 && tag_flags(top(b)->tag) & TAGF_HEADING)
		pop(b);
	return true;
}

static bool
start_ruby_part(struct builder *b, uint32_t tag UNUSED)
{
	if (top_is(b, TAG_rt) || top_is(b, TAG_rp))
		pop(b);
	return true;
}

// html, head and body again: only a frame's document may hold them.
static bool
start_document_part(struct builder *b, uint32_t tag)
{
	if (b->frames > 0 && tag == TAG_body)
		insert_as(b, SV("div"), tag, false);
	return b->frames > 0 && tag == TAG_head;
}

static bool
is_table_context(uint32_t tag, uint32_t start)
{
	switch (start) {
	case TAG_tr:
		return tag == TAG_tbody || tag == TAG_thead || tag == TAG_tfoot || tag == TAG_table;
	case TAG_td:
	case TAG_th:
		return tag == TAG_tr;
	case TAG_col:
		return tag == TAG_colgroup;
	default:
		return tag == TAG_table;
	}
}

// Parts of a table: back to the part that may hold it, or make that part.
static bool
start_table_part(struct builder *b, uint32_t tag)
{
	int table = in_scope(b, TAG_table, SCOPE_TABLE), i;

	if (table < 0)
		return false;
	for (i = (int)b->n - 1; i > table && !is_table_context(b->stack[i].tag, tag); i--)
		;
	if (is_table_context(b->stack[i].tag, tag)) {
		pop_from(b, i + 1);
		return true;
	}
	pop_from(b, table + 1); // a <col> on its own
	open_implied(b, TAG_colgroup);
	return !b->failed;
}

static bool
start_table_row(struct builder *b, uint32_t tag)
{
	if (!start_table_part(b, tag))
		return false;
	if (top_is(b, TAG_table))
		open_implied(b, TAG_tbody);
	return !b->failed;
}

static bool
start_table_cell(struct builder *b, uint32_t tag)
{
	int table = in_scope(b, TAG_table, SCOPE_TABLE), i;

	if (table < 0)
		return false;
	for (i = (int)b->n - 1; i > table && b->stack[i].tag != TAG_tr; i--)
		;
	if (i == table) {
		if (!start_table_row(b, TAG_tr))
			return false;
		open_implied(b, TAG_tr);
		return !b->failed;
	}
	return start_table_part(b, tag);
}

// A template whose content is rendered leaves no element (shadow root) or a div (frame).
static bool
start_template(struct builder *b, uint32_t tag)
{
	if (has_attr(b, "data-riptide-frame")) {
		insert_as(b, SV("div"), tag, true);
		return false;
	}
	if (!has_attr(b, "shadowrootmode") || b->n == 0 || b->n >= b->cap)
		return true;
	push(b, (struct open_el){.node = top_node(b), .tag = tag, .unwrapped = true});
	return false;
}

// What a start tag does before its element is inserted; false when no element is.
static const struct start_rule {
	uint32_t tag;
	bool (*run)(struct builder *b, uint32_t tag);
} start_rules[] = {
    {TAG_a, start_a},
    {TAG_body, start_document_part},
    {TAG_button, start_button},
    {TAG_caption, start_table_part},
    {TAG_col, start_table_part},
    {TAG_colgroup, start_table_part},
    {TAG_dd, start_dd_dt},
    {TAG_dt, start_dd_dt},
    {TAG_form, start_form},
    {TAG_frameset, start_document_part},
    {TAG_h1, start_heading},
    {TAG_h2, start_heading},
    {TAG_h3, start_heading},
    {TAG_h4, start_heading},
    {TAG_h5, start_heading},
    {TAG_h6, start_heading},
    {TAG_head, start_document_part},
    {TAG_html, start_document_part},
    {TAG_li, start_li},
    {TAG_optgroup, start_option},
    {TAG_option, start_option},
    {TAG_rp, start_ruby_part},
    {TAG_rt, start_ruby_part},
    {TAG_tbody, start_table_part},
    {TAG_td, start_table_cell},
    {TAG_template, start_template},
    {TAG_tfoot, start_table_part},
    {TAG_th, start_table_cell},
    {TAG_thead, start_table_part},
    {TAG_tr, start_table_row},
};

static const struct start_rule *
find_rule(uint32_t tag)
{
	size_t lo = 0, hi = ARRAY_LEN(start_rules);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (start_rules[mid].tag == tag)
			return &start_rules[mid];
		if (start_rules[mid].tag < tag)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

// HTML's list of tags that end an <svg> or <math> they stand in.
static bool
breaks_out(uint32_t tag)
{
	return tag_flags(tag) & (TAGF_CLOSES_P | TAGF_HEADING) || tag == TAG_br || tag == TAG_img ||
	       tag == TAG_span || tag == TAG_table || tag == TAG_b || tag == TAG_strong ||
	       tag == TAG_em || tag == TAG_i || tag == TAG_body || tag == TAG_code;
}

static void
leave_foreign(struct builder *b)
{
	while (in_foreign(b))
		pop(b);
}

static void
on_start(struct builder *b)
{
	uint32_t tag = tree_intern(b->t, b->s.name);
	const struct start_rule *rule;

	if (tag == 0) {
		b->failed = true;
		return;
	}
	if (sv_ieq_str(b->s.name, "image") && !in_foreign(b)) {
		b->s.name = SV("img");
		tag = TAG_img;
	}
	if (in_foreign(b) && breaks_out(tag))
		leave_foreign(b);
	if (!b->in_body && open_count(b, TAG_template) == 0) {
		if (start_before_body(b, tag) || b->failed)
			return;
		if (tag != TAG_template)
			ensure_body(b);
	}
	if (!in_foreign(b)) {
		rule = find_rule(tag);
		if (!rule && tag_flags(tag) & TAGF_CLOSES_P)
			close_p(b);
		if (rule && !rule->run(b, tag))
			return;
	}
	if (!b->failed)
		insert(b, tag);
}

// --- end tags ---

static void
end_p(struct builder *b, uint32_t tag)
{
	if (in_scope(b, tag, SCOPE_BUTTON) < 0)
		open_implied(b, TAG_p);
	close_p(b);
}

static void
end_heading(struct builder *b, uint32_t tag UNUSED)
{
	for (int i = (int)b->n - 1; i >= 0; i--) {
		if (tag_flags(b->stack[i].tag) & TAGF_HEADING) {
			pop_from(b, i);
			return;
		}
		if (is_barrier(b->stack[i].tag, SCOPE_ANY))
			return;
	}
}

static void
end_list_item(struct builder *b, uint32_t tag)
{
	close_in_scope(b, tag, SCOPE_LIST);
}

static void
end_table_part(struct builder *b, uint32_t tag)
{
	close_in_scope(b, tag, SCOPE_TABLE);
}

// The document's own end tags are left for the end of the input; a frame's end here.
static void
end_document_part(struct builder *b, uint32_t tag)
{
	if (b->frames > 0)
		close_in_scope(b, tag, SCOPE_ANY);
}

static void
end_template(struct builder *b, uint32_t tag)
{
	for (int i = (int)b->n - 1; i >= 0 && open_count(b, tag) > 0; i--)
		if (b->stack[i].tag == tag) {
			pop_from(b, i);
			return;
		}
}

static void
end_br(struct builder *b, uint32_t tag UNUSED)
{
	node_id i = open_node(b, SV("br"), false);

	if (!b->failed)
		tree_close(b->t, i);
}

// A formatting element with a block open inside it lasts until that block ends.
static void
end_formatting(struct builder *b, uint32_t tag)
{
	int i = innermost_inline(b, tag);

	if (i >= 0) {
		pop_from(b, i);
		return;
	}
	for (i = (int)b->n - 1; i >= 0 && open_count(b, tag) > 0; i--) {
		if (b->stack[i].tag == tag && !b->stack[i].ended) {
			b->stack[i].ended = true;
			return;
		}
		if (is_barrier(b->stack[i].tag, SCOPE_ANY))
			return;
	}
}

static const struct end_rule {
	uint32_t tag;
	void (*run)(struct builder *b, uint32_t tag);
} end_rules[] = {
    {TAG_body, end_document_part},
    {TAG_br, end_br},
    {TAG_caption, end_table_part},
    {TAG_h1, end_heading},
    {TAG_h2, end_heading},
    {TAG_h3, end_heading},
    {TAG_h4, end_heading},
    {TAG_h5, end_heading},
    {TAG_h6, end_heading},
    {TAG_head, end_document_part},
    {TAG_html, end_document_part},
    {TAG_li, end_list_item},
    {TAG_p, end_p},
    {TAG_table, end_table_part},
    {TAG_tbody, end_table_part},
    {TAG_td, end_table_part},
    {TAG_template, end_template},
    {TAG_tfoot, end_table_part},
    {TAG_th, end_table_part},
    {TAG_thead, end_table_part},
    {TAG_tr, end_table_part},
};

// The element itself if no block is in between.
static void
end_other(struct builder *b, uint32_t tag)
{
	int i =
	    tag_flags(tag) & TAGF_SPECIAL ? in_scope(b, tag, SCOPE_ANY) : innermost_inline(b, tag);

	if (i >= 0)
		pop_from(b, i);
}

static void
on_end(struct builder *b)
{
	uint32_t tag = tree_intern(b->t, b->s.name);

	if (tag == 0)
		return;
	if (!b->in_body && open_count(b, TAG_template) == 0) {
		if (tag == TAG_head && b->head == IN_HEAD)
			leave_head(b);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(end_rules); i++)
		if (end_rules[i].tag == tag) {
			end_rules[i].run(b, tag);
			return;
		}
	if (tag_flags(tag) & TAGF_FORMAT)
		end_formatting(b, tag);
	else
		end_other(b, tag);
}

// --- text and the loop ---

static bool
is_blank(struct sv v)
{
	return sv_trim(v).n == 0;
}

static void
on_text(struct builder *b)
{
	struct sv text = b->s.text;

	if (!b->in_body && open_count(b, TAG_template) == 0) {
		if (is_blank(text))
			return;
		ensure_body(b);
	}
	if (b->skip_newline && text.n > 0 && text.p[0] == '\n')
		text = (struct sv){text.p + 1, text.n - 1};
	else if (b->skip_newline && sv_starts(text, "\r\n"))
		text = (struct sv){text.p + 2, text.n - 2};
	if (!b->failed && text.n > 0 &&
	    tree_add_text(b->t, top_node(b), decoded(b, text, false)) == NODE_NONE)
		b->failed = true;
}

static void
on_comment(struct builder *b)
{
	if (tree_add_comment(b->t, top_node(b), b->s.text) == NODE_NONE)
		b->failed = true;
}

static void
build(struct builder *b)
{
	for (enum scan_kind k; !b->failed && (k = scan_next(&b->s)) != SCAN_END;) {
		if (k == SCAN_TEXT)
			on_text(b);
		b->skip_newline = false;
		if (k == SCAN_START)
			on_start(b);
		else if (k == SCAN_CLOSE)
			on_end(b);
		else if (k == SCAN_COMMENT)
			on_comment(b);
		b->s.cdata = in_foreign(b);
	}
	if (!b->failed)
		ensure_body(b);
	while (b->n > 0)
		pop_one(b);
}

int
html_parse(struct tree *t, struct sv html, const struct tree_limits *lim, struct err *err)
{
	struct builder b = {.t = t, .s = {.html = html}, .cap = MAX(lim->max_depth, 8u)};

	t->lim = *lim;
	b.stack = arena_array(t->arena, b.cap, sizeof(*b.stack));
	if (!b.stack || !tree_reserve_text(t, html.n))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	build(&b);
	buf_done(&b.scratch);
	tree_finish(t);
	if (t->node_limited)
		return err_set(
		    err, ERR_TOO_LARGE, "the page has more than %u nodes", lim->max_nodes);
	return b.failed ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
}
