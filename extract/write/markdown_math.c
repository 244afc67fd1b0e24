// SPDX-License-Identifier: Apache-2.0
// Formulas as TeX between dollars, each once: KaTeX and MathML carry TeX as an annotation, MathJax
// 2 in a script, MediaWiki as a picture's text; MathML alone is translated.
#include "extract/write/markdown_priv.h"

#define MAX_MATH_NODES 5000

static bool
class_has(const struct tree *t, node_id i, const char *word)
{
	struct sv v = tree_get_id(t, i, ATTR_class);

	return v.n > 0 && memmem(v.p, v.n, word, strlen(word)) != NULL;
}

// --- writing ---

// On one line; MediaWiki's {\displaystyle …} around all of it is not part of the formula.
static void
one_line(struct sv tex, bool cell, struct buf *out)
{
	static const char style[] = "{\\displaystyle";

	tex = sv_trim(tex);
	if (sv_starts(tex, style) && tex.n > sizeof(style) && tex.p[tex.n - 1] == '}')
		tex = sv_trim((struct sv){tex.p + sizeof(style) - 1, tex.n - sizeof(style)});
	for (size_t i = 0; i < tex.n; i++) {
		char c = tex.p[i];

		if ((unsigned char)c <= ' ') {
			if (out->n > 0 && out->p[out->n - 1] != ' ')
				buf_ch(out, ' ');
			continue;
		}
		if (c == '|' && cell)
			buf_ch(out, '\\');
		buf_ch(out, c);
	}
}

static void
write_inline(struct md *w, struct sv line, const char *dollars)
{
	cleanup_buf b = BUF_INIT;

	buf_str(&b, dollars);
	buf_sv(&b, line);
	buf_str(&b, dollars);
	md_raw(w, buf_view(&b));
}

static void
write_block(struct md *w, struct sv line)
{
	cleanup_buf b = BUF_INIT;

	md_flush(w);
	buf_str(&b, "$$\n");
	if (strchr("+-=#>*", line.p[0])) // would be a list, a heading or a quote
		buf_str(&b, "{}");
	buf_sv(&b, line);
	buf_str(&b, "\n$$");
	md_block(w, buf_view(&b));
}

static bool
write_tex(struct md *w, struct sv tex, bool display)
{
	cleanup_buf line = BUF_INIT;

	one_line(tex, w->cell, &line);
	if (line.n == 0)
		return false;
	if (!display)
		write_inline(w, buf_view(&line), "$");
	else if (w->cell || w->heading > 0 || w->links > 0)
		write_inline(w, buf_view(&line), "$$");
	else
		write_block(w, buf_view(&line));
	return true;
}

// --- MathML ---

static bool
is_named(const struct tree *t, node_id i, const char *name)
{
	return strcmp(tree_name(t, t->nodes[i].tag), name) == 0;
}

// What stands before and after the first three children of an element.
static const struct layout {
	const char *name;
	const char *before[3], *after[3];
} layouts[] = {
    {"mfrac", {"\\frac{", "{", "{"}, {"}", "}", "}"}},
    {"msup", {"", "^", ""}, {"", "", ""}},
    {"msub", {"", "_", ""}, {"", "", ""}},
    {"msubsup", {"", "_", "^"}, {"", "", ""}},
    {"munder", {"", "_", ""}, {"", "", ""}},
    {"mover", {"", "^", ""}, {"", "", ""}},
    {"munderover", {"", "_", "^"}, {"", "", ""}},
    {"mroot", {"{", "^{1/", ""}, {"}", "}", ""}},
    {"msqrt", {"", "", ""}, {"", "", ""}},
};

static const struct layout *
layout_of(const struct tree *t, node_id i)
{
	for (size_t k = 0; k < ARRAY_LEN(layouts); k++)
		if (is_named(t, i, layouts[k].name))
			return &layouts[k];
	return NULL;
}

static uint32_t
place_among_children(const struct tree *t, node_id i)
{
	uint32_t n = 0;

	for (node_id k = tree_first_child(t, t->nodes[i].parent); k != i && n < 3;
	     k = t->nodes[k].next)
		n += t->nodes[k].kind == NODE_ELEMENT;
	return MIN(n, 2u);
}

static const struct {
	const char *text, *tex;
} operators[] = {
    {"∑", "\\sum "},
    {"∏", "\\prod "},
    {"∫", "\\int "},
    {"∞", "\\infty "},
    {"≤", "\\le "},
    {"≥", "\\ge "},
    {"≠", "\\ne "},
    {"×", "\\times "},
    {"⋅", "\\cdot "},
    {"·", "\\cdot "},
    {"±", "\\pm "},
    {"→", "\\to "},
    {"∂", "\\partial "},
    {"∇", "\\nabla "},
    {"∈", "\\in "},
    {"≈", "\\approx "},
    {"≡", "\\equiv "},
    {"−", "-"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"\u2061", " "},
    {"\u2062", ""},
    {"\u2063", ""},
    {"\u2064", ""},
};

static void
add_token(const struct tree *t, node_id text, struct buf *out)
{
	struct sv v = sv_trim(tree_text(t, text));
	node_id up = t->nodes[text].parent;

	for (size_t k = 0; k < ARRAY_LEN(operators); k++)
		if (sv_eq_str(v, operators[k].text)) {
			buf_str(out, operators[k].tex);
			return;
		}
	if (v.n == 0)
		return;
	if (tree_is(t, up, TAG_mtext))
		buf_fmt(out, "\\text{" SV_FMT "}", SV_ARG(v));
	else if (tree_is(t, up, TAG_mi) && v.n > 1 && (unsigned char)v.p[0] < 0x80)
		buf_fmt(out, "\\operatorname{" SV_FMT "}", SV_ARG(v));
	else
		buf_sv(out, v);
}

// A script of one letter or of digits needs no braces unless it is long.
static bool
is_one_character(const struct tree *t, node_id i)
{
	node_id text = tree_first_child(t, i);
	struct sv v;

	if (text == NODE_NONE || t->nodes[text].kind != NODE_TEXT || t->nodes[i].end != text + 1)
		return false;
	v = sv_trim(tree_text(t, text));
	return v.n == 1;
}

static bool
is_script(const struct layout *l, uint32_t place)
{
	return place > 0 && (l->before[place][0] == '^' || l->before[place][0] == '_') &&
	       l->before[place][1] == '\0';
}

static bool
has_element_after(const struct tree *t, node_id i)
{
	for (i = t->nodes[i].next; i != NODE_NONE; i = t->nodes[i].next)
		if (t->nodes[i].kind == NODE_ELEMENT)
			return true;
	return false;
}

static void
element_of_math(const struct tree *t, node_id i, bool enter, struct buf *out)
{
	const struct layout *l = layout_of(t, t->nodes[i].parent);
	uint32_t place = l ? place_among_children(t, i) : 0;
	bool braces = l && is_script(l, place) && !is_one_character(t, i);

	if (enter && l)
		buf_str(out, l->before[place]);
	if (enter && braces)
		buf_ch(out, '{');
	if (is_named(t, i, "msqrt"))
		buf_str(out, enter ? "\\sqrt{" : "}");
	else if (is_named(t, i, "mtable"))
		buf_str(out, enter ? "\\begin{matrix}" : "\\end{matrix}");
	else if (is_named(t, i, "mtr") && !enter && has_element_after(t, i))
		buf_str(out, " \\\\ ");
	else if (is_named(t, i, "mtd") && !enter && has_element_after(t, i))
		buf_str(out, " & ");
	if (!enter && braces)
		buf_ch(out, '}');
	if (!enter && l)
		buf_str(out, l->after[place]);
}

static void
mathml_to_tex(const struct tree *t, node_id math, struct buf *out)
{
	struct tree_walk walk = tree_walk_init(t, math);

	for (enum walk_event e; (e = tree_walk_next(&walk)) != WALK_END;) {
		node_id i = walk.i;

		if (tree_is(t, i, TAG_annotation) || t->nodes[i].tag == ATTR_annotation_xml)
			walk.skip = e == WALK_ENTER;
		else if (t->nodes[i].kind == NODE_TEXT && e == WALK_ENTER)
			add_token(t, i, out);
		else if (t->nodes[i].kind == NODE_ELEMENT && i != math)
			element_of_math(t, i, e == WALK_ENTER, out);
	}
}

// --- where formulas are found ---

static bool
is_display(const struct tree *t, node_id math)
{
	if (sv_ieq_str(tree_get(t, math, "display"), "block"))
		return true;
	for (int up = 0; up < 4 && t->nodes[math].depth > 1; up++) {
		math = t->nodes[math].parent;
		if (class_has(t, math, "katex-display") ||
		    sv_ieq_str(tree_get(t, math, "display"), "true"))
			return true;
	}
	return false;
}

static node_id
tex_annotation(const struct tree *t, node_id math)
{
	for (node_id k = math; k < t->nodes[math].end; k++)
		if (tree_is(t, k, TAG_annotation) &&
		    sv_ieq_str(tree_get(t, k, "encoding"), "application/x-tex"))
			return k;
	return NODE_NONE;
}

bool
md_math(struct md *w, node_id math)
{
	cleanup_buf tex = BUF_INIT;
	node_id annotation;

	if (w->t->nodes[math].end - math > MAX_MATH_NODES)
		return false;
	annotation = tex_annotation(w->t, math);
	if (annotation != NODE_NONE)
		tree_raw_text(w->t, annotation, &tex);
	if (sv_trim(buf_view(&tex)).n == 0)
		mathml_to_tex(w->t, math, &tex);
	return write_tex(w, buf_view(&tex), is_display(w->t, math));
}

bool
md_math_script(struct md *w, node_id i)
{
	struct sv type = tree_get(w->t, i, "type");
	cleanup_buf tex = BUF_INIT;

	if (!tree_is(w->t, i, TAG_script) || !sv_istarts(type, "math/tex"))
		return false;
	tree_raw_text(w->t, i, &tex);
	write_tex(w, buf_view(&tex), memmem(type.p, type.n, "display", 7) != NULL);
	return true;
}

bool
md_math_image(struct md *w, node_id img)
{
	struct sv alt = tree_get(w->t, img, "alt");

	return alt.n > 0 && class_has(w->t, img, "mwe-math-fallback") &&
	       write_tex(w, alt, class_has(w->t, img, "display"));
}

// `\(x\)` in a span of class math, as Pandoc writes it.
static bool
write_delimited(struct md *w, node_id span)
{
	node_id text = tree_first_child(w->t, span);
	struct sv v;

	if (text == NODE_NONE || w->t->nodes[text].kind != NODE_TEXT ||
	    w->t->nodes[span].end != text + 1)
		return false;
	v = sv_trim(tree_text(w->t, text));
	if (v.n < 5 || v.p[0] != '\\' || !strchr("([", v.p[1]) || v.p[v.n - 2] != '\\')
		return false;
	return write_tex(w, (struct sv){v.p + 2, v.n - 4}, v.p[1] == '[');
}

bool
md_math_span(struct md *w, node_id span)
{
	const struct tree *t = w->t;
	struct sv class = tree_get_id(t, span, ATTR_class);
	node_id next = t->nodes[span].next;

	if (sv_starts(class, "math "))
		return write_delimited(w, span);
	if (!sv_starts(class, "MathJax"))
		return false;
	for (int n = 0; n < 4 && next != NODE_NONE; n++, next = t->nodes[next].next)
		if (tree_is(t, next, TAG_script) &&
		    sv_istarts(tree_get(t, next, "type"), "math/tex"))
			return true; // comes with the script
	return false;
}
