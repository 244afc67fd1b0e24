// SPDX-License-Identifier: Apache-2.0
// MathML as TeX, in one walk; the elements by which MathJax 3 shows a formula have the same names
// with a prefix and a few more around them. No recursion.
#include "extract/write/markdown_priv.h"

#include "extract/html/letters.h"

#define MAX_SAVED 16 // scripts above that wait for what they stand above

struct tex {
	const struct tree *t;
	struct buf *out;
	struct buf saved;
	struct {
		node_id node; // the script
		node_id up;   // what it stands above
		size_t at;    // where it begins: in `out` while it is written, then in `saved`
	} above[MAX_SAVED];
	unsigned n_saved;
};

// --- names of characters ---

static const char *const greek[] = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta",
    "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "o", "pi", "rho", "varsigma", "sigma",
    "tau", "upsilon", "phi", "chi", "psi", "omega"};
static const char *const greek_capitals[] = {"A", "B", "\\Gamma", "\\Delta", "E", "Z", "H",
    "\\Theta", "I", "K", "\\Lambda", "M", "N", "\\Xi", "O", "\\Pi", "P", "\\Theta", "\\Sigma", "T",
    "\\Upsilon", "\\Phi", "X", "\\Psi", "\\Omega"};

static const struct {
	const char *text, *tex;
} operators[] = {
    {"∑", "\\sum "},
    {"∏", "\\prod "},
    {"∫", "\\int "},
    {"∮", "\\oint "},
    {"∞", "\\infty "},
    {"≤", "\\leq "},
    {"≥", "\\geq "},
    {"≠", "\\neq "},
    {"×", "\\times "},
    {"⋅", "\\cdot "},
    {"·", "\\cdot "},
    {"±", "\\pm "},
    {"→", "\\to "},
    {"←", "\\leftarrow "},
    {"⇒", "\\Rightarrow "},
    {"⇔", "\\Leftrightarrow "},
    {"↦", "\\mapsto "},
    {"∂", "\\partial "},
    {"∇", "\\nabla "},
    {"∈", "\\in "},
    {"∉", "\\notin "},
    {"⊂", "\\subset "},
    {"⊆", "\\subseteq "},
    {"∪", "\\cup "},
    {"∩", "\\cap "},
    {"∀", "\\forall "},
    {"∃", "\\exists "},
    {"¬", "\\neg "},
    {"∧", "\\wedge "},
    {"∨", "\\vee "},
    {"∼", "\\sim "},
    {"≈", "\\approx "},
    {"≡", "\\equiv "},
    {"…", "\\ldots "},
    {"⋯", "\\cdots "},
    {"⟨", "\\langle "},
    {"⟩", "\\rangle "},
    {"ℝ", "\\mathbb{R}"},
    {"ℕ", "\\mathbb{N}"},
    {"ℤ", "\\mathbb{Z}"},
    {"ℂ", "\\mathbb{C}"},
    {"−", "-"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"\u2061", " "},
    {"\u2062", ""},
    {"\u2063", ""},
    {"\u2064", ""},
};

static const struct {
	const char *text, *tex;
} accents[] = {
    {"→", "\\vec{"},
    {"⃗", "\\vec{"},
    {"^", "\\hat{"},
    {"ˆ", "\\hat{"},
    {"~", "\\tilde{"},
    {"˜", "\\tilde{"},
    {"˙", "\\dot{"},
    {"¨", "\\ddot{"},
    {"¯", "\\bar{"},
    {"‾", "\\overline{"},
    {"_", "\\underline{"},
    {"⏞", "\\overbrace{"},
    {"⏟", "\\underbrace{"},
};

// Letters of Unicode's mathematical alphabets: the alphabet's TeX, the letter itself.
static bool
add_styled(uint32_t c, struct buf *out)
{
	static const char *const styles[] = {"\\mathbf{", NULL, "\\mathbf{", "\\mathcal{",
	    "\\mathcal{", "\\mathfrak{", "\\mathbb{", "\\mathfrak{", "\\mathsf{", "\\mathsf{",
	    "\\mathsf{", "\\mathsf{", "\\mathtt{"};
	uint32_t style = (c - 0x1d400) / 52, letter = (c - 0x1d400) % 52;

	if (c >= 0x1d400 && c < 0x1d6a4) {
		buf_str(out, styles[style] ? styles[style] : "");
		buf_ch(out, (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26));
		buf_str(out, styles[style] ? "}" : "");
		return true;
	}
	if (c >= 0x1d7ce && c < 0x1d800) {
		buf_ch(out, (char)('0' + (c - 0x1d7ce) % 10));
		return true;
	}
	return false;
}

static bool
add_greek(uint32_t c, struct buf *out)
{
	uint32_t at;

	if (c >= 0x1d6a8 && c < 0x1d7ca) // the mathematical ones, in five styles
		at = (c - 0x1d6a8) % 58;
	else if (c >= 0x391 && c <= 0x3a9)
		at = c - 0x391;
	else if (c >= 0x3b1 && c <= 0x3c9)
		at = c - 0x3b1 + 26;
	else
		return false;
	if (at < 25)
		buf_fmt(out, "%s ", greek_capitals[at]);
	else if (at == 25)
		buf_str(out, "\\nabla ");
	else if (at < 51)
		buf_fmt(out, "\\%s ", greek[at - 26]);
	else
		return false;
	return true;
}

static void
add_characters(struct sv v, struct buf *out)
{
	for (size_t i = 0; i < v.n;) {
		size_t from = i;
		uint32_t c = letters_decode(v, &i);

		if (!add_styled(c, out) && !add_greek(c, out))
			buf_add(out, v.p + from, i - from);
	}
}

// --- tokens ---

static const char *
name_of(const struct tree *t, node_id i, bool *shown)
{
	const char *name = tree_name(t, t->nodes[i].tag);

	*shown = strncmp(name, "mjx-", 4) == 0;
	return *shown ? name + 4 : name;
}

static bool
is_named(const struct tree *t, node_id i, const char *name)
{
	return strcmp(tree_name(t, t->nodes[i].tag), name) == 0;
}

static bool
is_token(const char *name)
{
	return strcmp(name, "mi") == 0 || strcmp(name, "mn") == 0 || strcmp(name, "mo") == 0 ||
	       strcmp(name, "mtext") == 0;
}

static void
space_between(struct buf *out, char next)
{
	if (out->n > 0 && sv_is_alnum(out->p[out->n - 1]) && sv_is_alnum(next))
		buf_ch(out, ' ');
}

static bool
add_operator(struct sv v, struct buf *out)
{
	for (size_t k = 0; k < ARRAY_LEN(operators); k++)
		if (sv_eq_str(v, operators[k].text)) {
			buf_str(out, operators[k].tex);
			return true;
		}
	return false;
}

static void
add_token(struct tex *x, node_id text)
{
	struct sv v = sv_trim(tree_text(x->t, text));
	node_id up = x->t->nodes[text].parent;
	bool shown;

	name_of(x->t, up, &shown);
	if (v.n == 0 || add_operator(v, x->out))
		return;
	if (!shown)
		space_between(x->out, v.p[0]);
	if (tree_is(x->t, up, TAG_mtext))
		buf_fmt(x->out, "\\text{" SV_FMT "}", SV_ARG(v));
	else if (tree_is(x->t, up, TAG_mi) && v.n > 1 && (unsigned char)v.p[0] < 0x80)
		buf_fmt(x->out, "\\operatorname{" SV_FMT "}", SV_ARG(v));
	else
		add_characters(v, x->out);
}

// MathJax may leave the character to the style sheet: the class is its number.
static void
add_character_of_class(struct tex *x, node_id i)
{
	struct sv class = tree_get_id(x->t, i, ATTR_class);
	char digits[8], character[4];
	size_t n = 0;
	struct sv v;

	if (x->t->nodes[i].end > i + 1 || !sv_starts(class, "mjx-c"))
		return;
	for (size_t k = 5; k<class.n &&class.p[k]> ' ' && n < sizeof(digits) - 1; k++)
		digits[n++] = class.p[k];
	digits[n] = '\0';
	n = strtoul(digits, NULL, 16);
	if (n <= ' ' || n > 0x10ffff || (n >= 0xd800 && n < 0xe000))
		return;
	v = (struct sv){character, letters_encode((uint32_t)n, character)};
	if (!add_operator(v, x->out))
		add_characters(v, x->out);
}

// --- what stands before and after the children of an element ---

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

// The names of elements by which MathJax shows a formula.
static const struct {
	const char *name, *before, *after;
} shown_elements[] = {
    {"num", "\\frac{", "}"},
    {"den", "{", "}"},
    {"under", "_{", "}"},
    {"sqrt", "\\sqrt", "}"},
    {"root", "[", "]"},
    {"mtable", "\\begin{matrix}", "\\end{matrix}"},
    {"mtext", "\\text{", "}"},
};

static const struct layout *
layout_of(const struct tree *t, node_id i)
{
	for (size_t k = 0; k < ARRAY_LEN(layouts); k++)
		if (is_named(t, i, layouts[k].name))
			return &layouts[k];
	return NULL;
}

static node_id
element_child(const struct tree *t, node_id i, uint32_t place)
{
	for (i = tree_first_child(t, i); i != NODE_NONE; i = t->nodes[i].next)
		if (t->nodes[i].kind == NODE_ELEMENT && place-- == 0)
			return i;
	return NODE_NONE;
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

// A script of one letter or of digits needs no braces unless it is long.
static bool
is_one_character(const struct tree *t, node_id i)
{
	node_id text = tree_first_child(t, i);

	return text != NODE_NONE && t->nodes[text].kind == NODE_TEXT &&
	       t->nodes[i].end == text + 1 && sv_trim(tree_text(t, text)).n == 1;
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

// The arrow, hat or bar over or under a letter, or NULL.
static const char *
accent_of(const struct tree *t, node_id i)
{
	node_id mark, text;
	struct sv v;

	if (!is_named(t, i, "mover") && !is_named(t, i, "munder"))
		return NULL;
	mark = element_child(t, i, 1);
	text =
	    mark != NODE_NONE && tree_is(t, mark, TAG_mo) ? tree_first_child(t, mark) : NODE_NONE;
	if (text == NODE_NONE || t->nodes[text].kind != NODE_TEXT)
		return NULL;
	v = sv_trim(tree_text(t, text));
	for (size_t k = 0; k < ARRAY_LEN(accents); k++)
		if (sv_eq_str(v, accents[k].text))
			return accents[k].tex;
	return NULL;
}

static bool
is_aligned(const struct tree *t, node_id table)
{
	struct sv v = tree_get(t, table, "columnalign");

	return sv_has(v, "right left");
}

static void
table_part(const struct tree *t, node_id i, bool enter, struct buf *out)
{
	if (is_named(t, i, "mtable"))
		buf_fmt(out, "\\%s{%s}", enter ? "begin" : "end",
		    is_aligned(t, i) ? "aligned" : "matrix");
	else if ((is_named(t, i, "mtr") || is_named(t, i, "mjx-mtr")) && !enter &&
		 has_element_after(t, i))
		buf_str(out, " \\\\ ");
	else if ((is_named(t, i, "mtd") || is_named(t, i, "mjx-mtd")) && !enter &&
		 has_element_after(t, i))
		buf_str(out, " & ");
}

static void
element_of_math(struct tex *x, node_id i, bool enter)
{
	const struct tree *t = x->t;
	const char *accent = accent_of(t, i);
	const struct layout *l =
	    accent_of(t, t->nodes[i].parent) ? NULL : layout_of(t, t->nodes[i].parent);
	uint32_t place = l ? place_among_children(t, i) : 0;
	bool braces = l && is_script(l, place) && !is_one_character(t, i);

	if (enter && l)
		buf_str(x->out, l->before[place]);
	if (enter && braces)
		buf_ch(x->out, '{');
	if (accent)
		buf_str(x->out, enter ? accent : "}");
	else if (is_named(t, i, "msqrt"))
		buf_str(x->out, enter ? "\\sqrt{" : "}");
	else
		table_part(t, i, enter, x->out);
	if (!enter && braces)
		buf_ch(x->out, '}');
	if (!enter && l)
		buf_str(x->out, l->after[place]);
}

// --- what MathJax shows ---

// A script above comes before what it stands above, and goes behind it.
static void
save_above(struct tex *x, node_id i, bool enter)
{
	node_id up = x->t->nodes[i].parent;
	size_t at;

	if (enter) {
		if (x->n_saved < MAX_SAVED &&
		    (is_named(x->t, up, "mjx-munderover") || is_named(x->t, up, "mjx-mover"))) {
			x->above[x->n_saved].node = i;
			x->above[x->n_saved].up = up;
			x->above[x->n_saved++].at = x->out->n;
		}
		return;
	}
	if (x->n_saved == 0 || x->above[x->n_saved - 1].node != i)
		return;
	at = x->above[x->n_saved - 1].at;
	x->above[x->n_saved - 1].at = x->saved.n;
	if (x->out->n > at)
		buf_add(&x->saved, x->out->p + at, x->out->n - at);
	x->out->n = at;
}

static void
restore_above(struct tex *x, node_id i)
{
	while (x->n_saved > 0 && x->above[x->n_saved - 1].up == i) {
		size_t at = x->above[--x->n_saved].at;

		buf_str(x->out, "^{");
		if (x->saved.n > at)
			buf_add(x->out, x->saved.p + at, x->saved.n - at);
		buf_ch(x->out, '}');
		x->saved.n = at;
	}
}

static void
script_of_shown(struct tex *x, node_id i, bool enter)
{
	node_id up = x->t->nodes[i].parent;

	if (is_named(x->t, i, "mjx-script")) {
		if (is_named(x->t, up, "mjx-msub"))
			buf_str(x->out, enter ? "_{" : "}");
		else if (is_named(x->t, up, "mjx-msup"))
			buf_str(x->out, enter ? "^{" : "}");
	} else if (is_named(x->t, up, "mjx-script") &&
		   is_named(x->t, x->t->nodes[up].parent, "mjx-msubsup")) {
		const char *open = i == element_child(x->t, up, 0) ? "^{" : "_{";

		buf_str(x->out, enter ? open : "}");
	}
}

static void
shown_element(struct tex *x, node_id i, const char *name, bool enter)
{
	if (enter && is_token(name))
		space_between(x->out, 'x');
	if (strcmp(name, "spacer") != 0)
		script_of_shown(x, i, enter);
	for (size_t k = 0; k < ARRAY_LEN(shown_elements); k++)
		if (strcmp(name, shown_elements[k].name) == 0)
			buf_str(x->out, enter ? shown_elements[k].before : shown_elements[k].after);
	if (enter && strcmp(name, "c") == 0)
		add_character_of_class(x, i);
	else if (strcmp(name, "over") == 0)
		save_above(x, i, enter);
	else if (!enter && (strcmp(name, "munderover") == 0 || strcmp(name, "mover") == 0))
		restore_above(x, i);
	else if (enter && strcmp(name, "box") == 0 &&
		 is_named(x->t, x->t->nodes[i].parent, "mjx-sqrt"))
		buf_ch(x->out, '{');
	table_part(x->t, i, enter, x->out);
}

// --- the walk ---

static bool
is_left_out(const struct tree *t, node_id i)
{
	node_id up = t->nodes[i].parent;

	return tree_is(t, i, TAG_annotation) || t->nodes[i].tag == ATTR_annotation_xml ||
	       is_named(t, i, "mjx-surd") || is_named(t, i, "mjx-assistive-mml") ||
	       (accent_of(t, up) && i == element_child(t, up, 1));
}

void
md_tex_of_math(const struct tree *t, node_id math, struct buf *out)
{
	struct tree_walk walk = tree_walk_init(t, math);
	struct tex x = {.t = t, .out = out};

	for (enum walk_event e; (e = tree_walk_next(&walk)) != WALK_END;) {
		node_id i = walk.i;
		const char *name;
		bool shown;

		if (t->nodes[i].kind == NODE_TEXT && e == WALK_ENTER)
			add_token(&x, i);
		if (t->nodes[i].kind != NODE_ELEMENT || i == math)
			continue;
		if (is_left_out(t, i)) {
			walk.skip = e == WALK_ENTER;
			continue;
		}
		name = name_of(t, i, &shown);
		if (shown)
			shown_element(&x, i, name, e == WALK_ENTER);
		else
			element_of_math(&x, i, e == WALK_ENTER);
	}
	buf_done(&x.saved);
}
