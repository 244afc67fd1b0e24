// SPDX-License-Identifier: Apache-2.0
// What is left of a page's controls in its content, by exact words; line numbers beside code. Runs
// in the extractor's worker.
#include "extract/write/leftovers.h"

#define MAX_WORDS  32 // bytes
#define POST_DEPTH 8  // elements from its blockquote to the words that open it
#define POST_NODES 200

static const struct {
	struct sv words;
	bool anywhere; // not only on what looks like a button
} leftovers[] = {
    {SV_INIT("copy"), false},
    {SV_INIT("copy code"), true},
    {SV_INIT("copy code block"), true},
    {SV_INIT("copy to clipboard"), true},
    {SV_INIT("copied"), false},
    {SV_INIT("copied!"), true},
    {SV_INIT("click to expand..."), true},
    {SV_INIT("click to expand…"), true},
    {SV_INIT("expand"), false},
    {SV_INIT("collapse"), false},
    {SV_INIT("show more"), false},
    {SV_INIT("show less"), false},
    {SV_INIT("read more"), false},
    {SV_INIT("share"), false},
    {SV_INIT("print"), false},
    {SV_INIT("close"), false},
    {SV_INIT("reply"), false},
    {SV_INIT("advertisement"), true},
    {SV_INIT("advertisements"), true},
};

static bool
is_button(const struct tree *t, node_id i)
{
	struct sv href;

	if (tree_is(t, i, TAG_button))
		return true;
	if (t->nodes[i].n_attrs == 0)
		return false;
	if (sv_ieq_str(tree_get_id(t, i, ATTR_role), "button"))
		return true;
	href = tree_is(t, i, TAG_a) ? tree_get_id(t, i, ATTR_href) : SV_NULL;
	return href.n > 0 && (sv_eq_str(href, "#") || sv_istarts(href, "javascript:"));
}

static bool
may_hold_words(const struct tree *t, node_id i)
{
	switch (t->nodes[i].tag) {
	case TAG_a:
	case TAG_button:
	case TAG_div:
	case TAG_p:
	case TAG_span:
		return true;
	}
	return false;
}

// "#", "¶" beside a heading or a term: a link to the place where it stands.
static bool
is_permalink(const struct tree *t, node_id a, struct sv words)
{
	static const char *const signs[] = {"#", "¶", "§", "🔗"};
	struct sv href;
	bool sign = false;

	for (size_t k = 0; k < ARRAY_LEN(signs); k++)
		sign |= sv_eq_str(words, signs[k]);
	if (!sign || !tree_is(t, a, TAG_a))
		return false;
	href = tree_get_id(t, a, ATTR_href);
	return href.n > 1 && memchr(href.p, '#', href.n) != NULL;
}

// Of an Instagram post, before "A post shared by …" with the same link.
static bool
is_post_opener(const struct tree *t, node_id i, struct sv words)
{
	node_id post = i, k = t->nodes[i].end;

	if (!sv_ieq_str(words, "view this post on instagram"))
		return false;
	for (int up = 0; up < POST_DEPTH && post != 0 && !tree_is(t, post, TAG_blockquote); up++)
		post = t->nodes[post].parent;
	while (k < MIN(t->nodes[post].end, i + POST_NODES) && !tree_is(t, k, TAG_a))
		k++;
	return tree_is(t, post, TAG_blockquote) && k < MIN(t->nodes[post].end, i + POST_NODES);
}

bool
leftovers_are_words(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	struct sv v;

	if (n->tag == TAG_span && n->n_attrs > 0 &&
	    sv_eq_str(tree_get_id(t, i, ATTR_class), "mw-editsection"))
		return true;
	if (!may_hold_words(t, i) || n->end != i + 2 || t->nodes[i + 1].kind != NODE_TEXT ||
	    t->nodes[i + 1].text_len > 4 * MAX_WORDS)
		return false;
	v = sv_trim(tree_text(t, i + 1));
	if ((v.n <= 4 && is_permalink(t, i, v)) || is_post_opener(t, i, v))
		return true;
	for (size_t k = 0; v.n <= MAX_WORDS && k < ARRAY_LEN(leftovers); k++)
		if (v.n == leftovers[k].words.n && sv_istarts(v, leftovers[k].words.p))
			return leftovers[k].anywhere || is_button(t, i);
	return false;
}

// --- pictures of characters ---

#define MAX_EMOJI 32 // bytes

// Words are names of pictures that are more than that.
static bool
is_word(struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)(v.p[i] | 32);

		if (!(c >= 'a' && c <= 'z') && c != ' ')
			return false;
	}
	return true;
}

struct sv
leftovers_emoji(const struct tree *t, node_id img)
{
	struct sv class = tree_get_id(t, img, ATTR_class), alt;

	if (!sv_has(class, "emoji") && !sv_has(class, "smil"))
		return SV("");
	alt = sv_trim(tree_get(t, img, "alt"));
	return alt.n <= MAX_EMOJI && !is_word(alt) ? alt : SV("");
}

// --- prices ---

#define MAX_PRICE 12 // bytes of digits and commas

bool
leftovers_is_cents(const struct tree *t, node_id sup, struct sv before)
{
	static const char *const currencies[] = {"$", "€", "£"};
	struct sv v = t->nodes[sup].end == sup + 2 ? sv_trim(tree_text(t, sup + 1)) : SV("");
	size_t n = before.n, end = n;

	if (v.n != 2 || !sv_is_digit(v.p[0]) || !sv_is_digit(v.p[1]) || tree_get(t, sup, "id").p)
		return false; // with an id it is a reference to a note
	while (n > 0 && end - n < MAX_PRICE &&
	       (sv_is_digit(before.p[n - 1]) || before.p[n - 1] == ','))
		n--;
	if (n == end || !sv_is_digit(before.p[end - 1]))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(currencies); i++) {
		size_t k = strlen(currencies[i]);

		if (n >= k && memcmp(before.p + n - k, currencies[i], k) == 0)
			return true;
	}
	return false;
}

// --- line numbers beside code ---

#define MAX_GUTTER_NODES 20000

// Digits and white space, no-break spaces and what has no width too. *any: a digit.
static bool
is_number(struct sv v, bool *any)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c <= ' ')
			continue;
		if (c >= '0' && c <= '9')
			*any = true;
		else if (c == 0xc2 && i + 1 < v.n && (unsigned char)v.p[i + 1] == 0xa0)
			i++;
		else if (c >= 0xe2 && i + 2 < v.n && leftovers_is_unseen((struct sv){v.p + i, 3}))
			i += 2;
		else
			return false;
	}
	return true;
}

static bool
is_numbers(const struct tree *t, node_id i, node_id *letter)
{
	bool any = false;

	if (t->nodes[i].end - i > MAX_GUTTER_NODES || (*letter > i && *letter < t->nodes[i].end))
		return false;
	for (node_id k = i + 1; k < t->nodes[i].end; k++)
		if (t->nodes[k].kind == NODE_TEXT && !is_number(tree_text(t, k), &any)) {
			*letter = k;
			return false;
		}
	return any;
}

static bool is_gutter_class(struct sv class)
{
	static const char *const words[] = {
	    "gutter", "lineno", "line-number", "blob-num", "hljs-ln-numbers", "LineNumber"};

	// most have no part of them
	if (!sv_has(class, "gutter") && !sv_has(class, "ine") && !sv_has(class, "num"))
		return false;
	for (size_t k = 0; k < ARRAY_LEN(words); k++)
		if (sv_has(class, words[k]))
			return true;
	return false;
}

// What a reader who copies the code does not get.
static bool
is_not_selectable(const struct tree *t, node_id i)
{
	struct sv v = tree_get_id(t, i, TAG_style);

	return sv_has(v, "user-select:none") || sv_has(v, "user-select: none");
}

bool
leftovers_is_gutter(const struct tree *t, node_id i, node_id *letter)
{
	struct sv class;

	if (t->nodes[i].kind != NODE_ELEMENT || t->nodes[i].n_attrs == 0)
		return false;
	class = sv_trim(tree_get_id(t, i, ATTR_class));
	if (class.n == 0)
		return is_not_selectable(t, i) && is_numbers(t, i, letter);
	if (sv_eq_str(class, "ln") || sv_eq_str(class, "lnt") || sv_eq_str(class, "lnno"))
		return is_numbers(t, i, letter);
	if (tree_is(t, i, TAG_table) || !is_gutter_class(class))
		return false;
	return (!tree_is(t, i, TAG_pre) && !tree_is(t, i, TAG_div)) || is_numbers(t, i, letter);
}

// --- words that only the style sheet parts ---

#define MAX_PARTED_DEPTH 4

// The element of the same parent that ends where i begins, if it is a <span> or link, too.
static node_id
ends_before(const struct tree *t, node_id i)
{
	node_id k = t->nodes[i - 1].parent;

	for (unsigned up = 0; up < MAX_PARTED_DEPTH && t->nodes[k].parent != t->nodes[i].parent;
	     up++)
		k = t->nodes[k].parent;
	return t->nodes[k].parent == t->nodes[i].parent && t->nodes[k].end == i &&
		       (tree_is(t, k, TAG_span) || tree_is(t, k, TAG_a))
		   ? k
		   : NODE_NONE;
}

static struct sv
first_text(const struct tree *t, node_id i)
{
	for (node_id k = i + 1; k < MIN(t->nodes[i].end, i + 1 + MAX_PARTED_DEPTH); k++)
		if (t->nodes[k].kind == NODE_TEXT)
			return tree_text(t, k);
	return SV_NULL;
}

static bool
is_in_code(const struct tree *t, node_id i)
{
	for (unsigned up = 0; up < MAX_PARTED_DEPTH && i != 0; up++, i = t->nodes[i].parent)
		switch (t->nodes[i].tag) {
		case TAG_code:
		case TAG_pre:
		case TAG_kbd:
		case TAG_samp:
		case TAG_var:
			return true;
		}
	return false;
}

// A name of its own for its style, as pieces of one word do not have:
// "<span>Face</span><span>book".
static bool
has_style(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_a) || tree_get(t, i, "class").n > 0;
}

static bool
is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

// One of them has more than a word, and where they meet no word goes on: "Eddyline" and "Sandpiper
// 130", but not "You" and "Tube".
bool
leftovers_part_words(const struct tree *t, node_id i)
{
	node_id before = ends_before(t, i);
	struct sv left = tree_text(t, i - 1), right = first_text(t, i);
	char a, b;

	if (before == NODE_NONE || left.n == 0 || right.n == 0)
		return false;
	a = left.p[left.n - 1];
	b = right.p[0];
	return (is_small(a) || sv_is_digit(a) || memchr(".!?:;,)%", a, 8)) && b >= 'A' &&
	       b <= 'Z' && (memchr(left.p, ' ', left.n) || memchr(right.p, ' ', right.n)) &&
	       has_style(t, before) && has_style(t, i) &&
	       !sv_eq(tree_get(t, before, "class"), tree_get(t, i, "class")) && !is_in_code(t, i);
}

// The text before, if nothing but tags of a line's parts stand between.
static node_id
text_before(const struct tree *t, node_id i)
{
	node_id k = i - 1;

	while (k > 0 && i - k < MAX_PARTED_DEPTH && t->nodes[k].kind == NODE_ELEMENT &&
	       tag_flags(t->nodes[k].tag) & TAGF_INLINE &&
	       !(tag_flags(t->nodes[k].tag) & TAGF_VOID))
		k--;
	return t->nodes[k].kind == NODE_TEXT ? k : NODE_NONE;
}

bool
leftovers_text_parts(const struct tree *t, node_id i)
{
	node_id k = text_before(t, i);
	struct sv left = k != NODE_NONE ? tree_text(t, k) : SV_NULL, right = tree_text(t, i);
	node_id around = k != NODE_NONE ? t->nodes[k].parent : 0;
	char a = left.n > 1 ? left.p[left.n - 1] : ' ';

	if (a == ':')
		return is_small(left.p[left.n - 2]) && !is_in_code(t, i);
	return (tree_is(t, around, TAG_b) || tree_is(t, around, TAG_strong)) &&
	       t->nodes[around].end == i && is_small(a) && memchr(left.p, ' ', left.n) &&
	       memchr(right.p, ' ', right.n);
}
