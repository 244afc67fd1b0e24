// SPDX-License-Identifier: Apache-2.0
// Code blocks: the language from the classes and attributes of the <pre>, its <code> and wrappers;
// line numbers and copy buttons left out; lines that are elements end as lines.
#include "extract/write/leftovers.h"
#include "extract/write/markdown_priv.h"

static bool
is_language_name(struct sv v)
{
	if (v.n == 0 || v.n > 24)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (!(sv_is_alnum(c) || c == '+' || c == '#' || c == '-' || c == '.' || c == '_'))
			return false;
	}
	return true;
}

static bool
is_no_language(struct sv v)
{
	static const char *const names[] = {
	    "none", "plaintext", "text", "plain", "default", "nohighlight", "txt"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_ieq_str(v, names[i]))
			return true;
	return false;
}

// The language in one word of a class.
static struct sv
language_of_word(struct sv word)
{
	static const char *const prefixes[] = {"language-", "lang-", "highlight-source-",
	    "highlight-text-", "highlight-", "brush-", "gatsby-code-"};
	static const char *const others[] = {"wrapper", "container", "block", "code", "toolbar",
	    "copy", "box", "table", "inner", "body", "lines", "content", "header",
	    "content-wrapper"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (sv_istarts(word, prefixes[i])) {
			size_t n = strlen(prefixes[i]);
			struct sv v = {word.p + n, word.n - n};

			for (size_t k = 0; k < ARRAY_LEN(others); k++)
				if (sv_ieq_str(v, others[k]))
					return SV_NULL;
			return is_language_name(v) ? v : SV_NULL;
		}
	return SV_NULL;
}

static bool
splits_words(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == ';';
}

// The next word of a class; *v becomes the rest. Empty at the end.
static struct sv
next_word(struct sv *v)
{
	struct sv word = SV_NULL;
	size_t i = 0, from;

	while (i < v->n && splits_words(v->p[i]))
		i++;
	from = i;
	while (i < v->n && !splits_words(v->p[i]))
		i++;
	if (i > from) {
		word = (struct sv){v->p + from, i - from};
		*v = (struct sv){v->p + i, v->n - i};
	}
	return word;
}

// Words after which the next one is a language: `brush: js`, `sourceCode python`, `hljs css`.
static bool
announces_language(struct sv word)
{
	return sv_ieq_str(word, "brush:") || sv_ieq_str(word, "sourceCode") ||
	       sv_ieq_str(word, "hljs");
}

// `highlight js` is what Hexo writes on a <figure>.
static struct sv
language_of_class(struct sv class, bool figure)
{
	bool announced = false;

	for (struct sv word; (word = next_word(&class)).n > 0;) {
		struct sv v = language_of_word(word);

		if (v.n > 0)
			return v;
		if (announced && is_language_name(word))
			return word;
		if (sv_istarts(word, "brush:") && word.n > 6)
			return (struct sv){word.p + 6, word.n - 6};
		announced = announces_language(word) || (figure && sv_ieq_str(word, "highlight"));
	}
	return SV_NULL;
}

static struct sv
language_of_node(const struct tree *t, node_id i)
{
	static const char *const names[] = {
	    "data-lang", "data-language", "data-code-language", "syntax"};

	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		struct sv v = sv_trim(tree_get(t, i, names[k]));

		if (is_language_name(v))
			return v;
	}
	return language_of_class(tree_get(t, i, "class"), tree_is(t, i, TAG_figure));
}

static bool
is_table_part(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_td) || tree_is(t, i, TAG_tr) || tree_is(t, i, TAG_tbody) ||
	       tree_is(t, i, TAG_table);
}

// On the <pre>, a <code> in it, or up to three wrappers; a table around code and numbers is none.
static struct sv
language_of(const struct tree *t, node_id pre)
{
	struct sv v = language_of_node(t, pre);
	node_id code = tree_find(t, pre, TAG_code);

	if (v.n == 0 && code != NODE_NONE)
		v = language_of_node(t, code);
	for (int up = 0; v.n == 0 && up < 3;) {
		pre = t->nodes[pre].parent;
		if (pre == NODE_NONE || t->nodes[pre].kind != NODE_ELEMENT ||
		    tree_is(t, pre, TAG_body))
			break;
		v = language_of_node(t, pre);
		up += !is_table_part(t, pre);
	}
	return is_no_language(v) ? SV_NULL : v;
}

static void
end_code_line(struct buf *b)
{
	if (b->n > 0 && b->p[b->n - 1] != '\n')
		buf_ch(b, '\n');
}

static bool
class_has_word(const struct tree *t, node_id i, const char *name)
{
	struct sv class = tree_get_id(t, i, ATTR_class);

	for (struct sv word; (word = next_word(&class)).n > 0;)
		if (sv_ieq_str(word, name))
			return true;
	return false;
}

// A line that is shown in colour: a block, at both ends of which there may be no line end.
static bool
is_gatsby_line(const struct tree *t, node_id i)
{
	return class_has_word(t, i, "gatsby-highlight-code-line");
}

static bool
ends_line(const struct tree *t, node_id i)
{
	node_id next = t->nodes[i].next;

	return is_gatsby_line(t, i) && (next == NODE_NONE || !sv_starts(tree_text(t, next), "\n"));
}

// An element that is a line, with nothing but its start to say where the line before ended.
static bool
begins_line(const struct md *w, node_id i)
{
	const struct tree *t = w->t;

	if (is_gatsby_line(t, i))
		return true;
	if (t->nodes[i - 1].kind == NODE_TEXT && t->nodes[i - 1].parent == t->nodes[i].parent)
		return false; // the white space between the lines is part of the code
	return class_has_word(t, i, "line") || class_has_word(t, i, "code-line") ||
	       class_has_word(t, i, "view-line") ||
	       (tree_is(t, i, TAG_code) && tree_is(t, t->nodes[i].parent, TAG_pre));
}

// No-break spaces are spaces in code.
static void
add_code_text(struct buf *b, struct sv v)
{
	while (v.n > 0) {
		const char *nbsp = memmem(v.p, v.n, "\xc2\xa0", 2);
		size_t n = nbsp ? (size_t)(nbsp - v.p) : v.n;

		buf_add(b, v.p, n);
		if (!nbsp)
			return;
		buf_ch(b, ' ');
		v = (struct sv){v.p + n + 2, v.n - n - 2};
	}
}

// Inside kept code, a span is code whatever its class says (`comment` of a highlighter).
static bool
is_no_code(struct md *w, node_id i)
{
	const struct node *n = &w->t->nodes[i];
	unsigned flags = tag_flags(n->tag);

	if (n->kind != NODE_ELEMENT)
		return false;
	if (!md_keeps(w, i) && (!(flags & TAGF_INLINE) || n->flags & NODE_F_HIDDEN))
		return true;
	return flags & TAGF_SILENT || n->tag == TAG_button ||
	       leftovers_is_gutter(w->t, i, &w->letter);
}

static void
code_element(struct md *w, node_id i, enum walk_event e, struct buf *b)
{
	unsigned flags = tag_flags(w->t->nodes[i].tag);

	if (tree_is(w->t, i, TAG_br)) {
		if (e == WALK_ENTER)
			buf_ch(b, '\n');
	} else if (tree_is(w->t, i, TAG_tr)) { // of a table of lines, which may be empty
		if (e == WALK_LEAVE)
			buf_ch(b, '\n');
	} else if (!(flags & TAGF_INLINE) && !is_table_part(w->t, i)) {
		end_code_line(b);
	} else if (flags & TAGF_INLINE &&
		   (e == WALK_ENTER ? begins_line(w, i) : ends_line(w->t, i))) {
		end_code_line(b);
	}
}

static void
collect_code(struct md *w, node_id pre, struct buf *b)
{
	struct tree_walk walk = tree_walk_init(w->t, pre);

	for (enum walk_event e; (e = tree_walk_next(&walk)) != WALK_END;) {
		const struct node *n = &w->t->nodes[walk.i];

		if (is_no_code(w, walk.i)) {
			walk.skip = e == WALK_ENTER;
			continue;
		}
		if (n->kind == NODE_TEXT && e == WALK_ENTER &&
		    !(is_table_part(w->t, n->parent) && !tree_is(w->t, n->parent, TAG_td)))
			add_code_text(b, tree_text(w->t, walk.i));
		else if (n->kind == NODE_ELEMENT && walk.i != pre)
			code_element(w, walk.i, e, b);
	}
}

static size_t
fence_length(struct sv v)
{
	size_t run = 0, best = 2;

	for (size_t i = 0; i < v.n; i++) {
		run = v.p[i] == '`' ? run + 1 : 0;
		best = MAX(best, run);
	}
	return best + 1;
}

static struct sv
without_empty_ends(struct sv v)
{
	while (v.n > 0 && (v.p[v.n - 1] == '\n' || v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t' ||
			      v.p[v.n - 1] == '\r'))
		v.n--;
	while (v.n > 0 && v.p[0] == '\n')
		v = (struct sv){v.p + 1, v.n - 1};
	return v;
}

// Does the text go on there? NODE_NONE is the end of the parent.
static bool
goes_on(const struct tree *t, node_id i)
{
	if (i == NODE_NONE)
		return false;
	return t->nodes[i].kind == NODE_TEXT ? sv_trim(tree_text(t, i)).n > 0
					     : (tag_flags(t->nodes[i].tag) & TAGF_INLINE) != 0;
}

// With no text beside it, whatever white space there is.
static bool
stands_alone(const struct tree *t, node_id code)
{
	node_id up = t->nodes[code].parent, before = code - 1, after = t->nodes[code].next;

	while (before != up && t->nodes[before].parent != up)
		before = t->nodes[before].parent;
	if (after != NODE_NONE && !goes_on(t, after) && t->nodes[after].kind == NODE_TEXT)
		after = t->nodes[after].next;
	if (before != up && !goes_on(t, before) && t->nodes[before].kind == NODE_TEXT)
		for (before--; before != up && t->nodes[before].parent != up;)
			before = t->nodes[before].parent;
	return !goes_on(t, after) && (before == up || !goes_on(t, before));
}

// Alone in a block, and either so styled that its lines are kept or called a block.
bool
md_is_code_block(const struct tree *t, node_id code)
{
	node_id up = t->nodes[code].parent;
	struct sv style = tree_get_id(t, code, TAG_style);
	const char *space;

	if (t->nodes[code].n_attrs == 0 || tag_flags(t->nodes[up].tag) & TAGF_INLINE ||
	    tree_is(t, up, TAG_pre) || !stands_alone(t, code))
		return false;
	space = style.n > 0 ? memmem(style.p, style.n, "white-space", 11) : NULL;
	if (space && memmem(space, (size_t)(style.p + style.n - space), "pre", 3))
		return true;
	return class_has_word(t, code, "block") || class_has_word(t, code, "code-block");
}

void
md_pre(struct md *w, node_id pre)
{
	cleanup_buf code = BUF_INIT, b = BUF_INIT;
	struct sv v, lang = language_of(w->t, pre);
	size_t fence;

	md_flush(w);
	collect_code(w, pre, &code);
	v = without_empty_ends(buf_view(&code));
	if (v.n == 0)
		return;
	fence = fence_length(v);
	for (size_t i = 0; i < fence; i++)
		buf_ch(&b, '`');
	buf_sv(&b, lang);
	buf_ch(&b, '\n');
	buf_sv(&b, v);
	buf_ch(&b, '\n');
	for (size_t i = 0; i < fence; i++)
		buf_ch(&b, '`');
	md_block(w, buf_view(&b));
}

void
md_pre_in_cell(struct md *w, node_id pre)
{
	cleanup_buf code = BUF_INIT;
	struct sv v;

	collect_code(w, pre, &code);
	v = without_empty_ends(buf_view(&code));
	w->cell_break = w->text.n > 0;
	for (size_t i = 0, from; i < v.n; i++) {
		struct sv line;

		for (from = i; i < v.n && v.p[i] != '\n';)
			i++;
		line = without_empty_ends((struct sv){v.p + from, i - from});
		if (line.n > 0)
			md_code_line(w, line);
		w->cell_break = w->text.n > 0;
	}
}
