// SPDX-License-Identifier: Apache-2.0
// Formulas as TeX between dollars, each once: KaTeX and MathML carry TeX as an annotation, MathJax
// 2 in a script, MediaWiki as a picture's text, others in an attribute or in the address of a
// picture; MathML alone and what MathJax 3 makes of it are translated.
#include "extract/content/marks/formulas.h"
#include "extract/write/markdown_priv.h"
#include "extract/write/tex.h"

#define MAX_MATH_NODES 5000

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

// --- where formulas are found ---

static bool
is_display(const struct tree *t, node_id math)
{
	if (sv_ieq_str(tree_get(t, math, "display"), "block"))
		return true;
	for (int up = 0; up < 4 && t->nodes[math].depth > 1; up++) {
		math = t->nodes[math].parent;
		if (tree_class_has(t, math, "katex-display") ||
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

// Formulas nested in one that is empty would each be looked through again.
static bool
is_in_empty_one(const struct md *w, node_id i)
{
	return i > w->no_tex && i < w->t->nodes[w->no_tex].end && w->no_tex != 0;
}

// What the page says itself, else the MathML translated. The bytes are in `scratch` or the arena.
static struct sv
tex_of_math(const struct tree *t, struct formulas *known, node_id math, struct buf *scratch)
{
	node_id annotation;
	struct sv tex;

	if (formulas_find(known, math, &tex))
		return tex;
	annotation = tex_annotation(t, math);
	if (annotation != NODE_NONE)
		tree_raw_text(t, annotation, scratch);
	else if (tree_class_has(t, math, "ltx_Math"))
		buf_sv(scratch, tree_get(t, math, "alttext"));
	if (sv_trim(buf_view(scratch)).n == 0)
		md_tex_of_math(t, math, scratch);
	tex = buf_view(scratch);
	formulas_keep(known, math, tex);
	return tex;
}

bool
tex_of_formula(
    const struct tree *t, struct formulas *known, node_id i, node_id *none_before, struct buf *out)
{
	cleanup_buf scratch = BUF_INIT;
	struct sv tex = SV("");

	if (i < *none_before)
		return false;
	if (tree_is(t, i, TAG_math) && t->nodes[i].end - i <= MAX_MATH_NODES)
		tex = tex_of_math(t, known, i, &scratch);
	else if (tree_is(t, i, TAG_img) && tree_class_has(t, i, "mwe-math-fallback"))
		tex = tree_get(t, i, "alt");
	one_line(tex, false, out);
	if (out->n == 0)
		*none_before = t->nodes[i].end;
	return out->n > 0;
}

bool
md_math(struct md *w, node_id math)
{
	cleanup_buf scratch = BUF_INIT;
	struct sv tex;

	if (w->t->nodes[math].end - math > MAX_MATH_NODES || is_in_empty_one(w, math))
		return false;
	tex = tex_of_math(w->t, w->c->formulas, math, &scratch);
	if (write_tex(w, tex, is_display(w->t, math)))
		return true;
	w->no_tex = math;
	return false;
}

#define MAX_BESIDE 8

// Screen readers get MathML beside it, if the page did not switch that off.
bool
md_math_shown(struct md *w, node_id i)
{
	const struct tree *t = w->t;
	node_id k = tree_first_child(t, t->nodes[i].parent);

	for (int n = 0; k != NODE_NONE && n < MAX_BESIDE; n++, k = t->nodes[k].next)
		if (t->nodes[k].kind == NODE_ELEMENT &&
		    strcmp(tree_name(t, t->nodes[k].tag), "mjx-assistive-mml") == 0)
			return true;
	return md_math(w, i);
}

// MediaWiki's comes with the picture beside it.
bool
md_math_left_out(struct md *w, node_id around, node_id math)
{
	const struct tree *t = w->t;

	return !tree_class_has(t, around, "mwe-math") &&
	       !tree_class_has(t, t->nodes[around].parent, "mwe-math") && md_math(w, math);
}

bool
md_math_script(struct md *w, node_id i)
{
	struct sv type = tree_get(w->t, i, "type");
	cleanup_buf tex = BUF_INIT;

	if (!tree_is(w->t, i, TAG_script) || !sv_istarts(type, "math/tex"))
		return false;
	tree_raw_text(w->t, i, &tex);
	write_tex(w, buf_view(&tex), sv_has(type, "display"));
	return true;
}

// --- pictures of formulas ---

// What stands before the TeX in the address.
static const char *const tex_services[] = {"latex.codecogs.com/svg.image?",
    "latex.codecogs.com/png.image?", "latex.codecogs.com/gif.image?",
    "latex.codecogs.com/svg.latex?", "latex.codecogs.com/png.latex?",
    "latex.codecogs.com/gif.latex?", "cht=tx&chl=", "/latex.php?latex=", "math.vercel.app/?from="};

// Percent-encoded TeX up to the next parameter; false if it is no TeX.
static bool
decode_tex(struct sv v, struct buf *out)
{
	for (size_t i = 0; i < v.n && v.p[i] != '&' && v.p[i] != '#'; i++) {
		int high = i + 2 < v.n ? sv_hex(v.p[i + 1]) : -1,
		    low = i + 2 < v.n ? sv_hex(v.p[i + 2]) : -1;

		if (v.p[i] == '%' && high >= 0 && low >= 0) {
			buf_ch(out, (char)(high * 16 + low));
			i += 2;
		} else
			buf_ch(out, v.p[i]);
	}
	return out->n > 0 && !memchr(out->p, '\n', out->n) && !memchr(out->p, '\0', out->n);
}

static bool
write_tex_of_address(struct md *w, node_id img)
{
	struct sv src = sv_trim(content_image_source(w->t, img));
	cleanup_buf tex = BUF_INIT;

	if (src.n == 0 || src.n >= MD_MAX_URL || !memchr(src.p, '?', src.n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(tex_services); i++) {
		size_t n = strlen(tex_services[i]);
		const char *p = sv_find(src, (struct sv){tex_services[i], n});

		if (p)
			return decode_tex(
				   (struct sv){p + n, (size_t)(src.p + src.n - p) - n}, &tex) &&
			       write_tex(w, buf_view(&tex), false);
	}
	return false;
}

bool
md_math_image(struct md *w, node_id img)
{
	struct sv alt = tree_get(w->t, img, "alt");

	if (alt.n > 0 && tree_class_has(w->t, img, "mwe-math-fallback"))
		return write_tex(w, alt, tree_class_has(w->t, img, "display"));
	return write_tex_of_address(w, img);
}

// --- TeX in attributes ---

static const char *const tex_attributes[] = {
    "data-math", "data-tex", "data-latex", "data-entry", "data-formula"};

bool
md_math_attributes_are_used(const struct tree *t)
{
	bool any = false;

	for (size_t k = 0; k < ARRAY_LEN(tex_attributes); k++)
		any |= tree_name_id(t, tex_attributes[k]) != 0;
	return any;
}

bool
md_math_attribute(struct md *w, node_id i)
{
	const struct tree *t = w->t;
	bool block;

	if (!w->tex_attributes || t->nodes[i].n_attrs < 2 || t->nodes[i].kind != NODE_ELEMENT ||
	    !(tree_class_has(t, i, "math") || tree_class_has(t, i, "tex") ||
		tree_class_has(t, i, "formula")))
		return false;
	block = !(tag_flags(t->nodes[i].tag) & TAGF_INLINE) || tree_class_has(t, i, "block") ||
		tree_class_has(t, i, "display");
	for (size_t k = 0; k < ARRAY_LEN(tex_attributes); k++) {
		struct sv v = tree_get(t, i, tex_attributes[k]);

		if (v.n > 0 && write_tex(w, v, block))
			return true;
	}
	return false;
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

	if (md_math_attribute(w, span))
		return true;
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
