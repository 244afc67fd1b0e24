// SPDX-License-Identifier: Apache-2.0
// The links of a page in document order: absolute URL, text, title, rel, and the landmark they
// stand in. One pass; the landmark of a node is its own or its parent's. As HTML has it, the header
// of an article is not the page's. Where no element or role tells, names do.
#include "extract/parts/parts.h"

#define LINK_TEXT_MAX 1000
#define SIGN_NODES    16 // in which a sign has its name

enum landmark { LAND_NONE, LAND_NAV, LAND_HEADER, LAND_FOOTER, LAND_ASIDE, LAND_MAIN };
static const char *const landmark_names[] = {NULL, "nav", "header", "footer", "aside", "main"};

static const struct {
	uint32_t tag;
	const char *role;
	uint8_t landmark;
} landmarks[] = {
    {TAG_nav, "navigation", LAND_NAV},
    {TAG_header, "banner", LAND_HEADER},
    {TAG_footer, "contentinfo", LAND_FOOTER},
    {TAG_aside, "complementary", LAND_ASIDE},
    {TAG_main, "main", LAND_MAIN},
};

#define LAND_SECTIONED 0x80 // inside an article or section: a header or footer is that one's
#define LAND_MASK      0x7f

static const bool sectioning[TAG_KNOWN_COUNT] = {[TAG_article] = true,
    [TAG_section] = true,
    [TAG_main] = true,
    [TAG_aside] = true,
    [TAG_nav] = true};

static bool
is_sectioning(const struct tree *t, node_id i)
{
	return t->nodes[i].tag < TAG_KNOWN_COUNT && sectioning[t->nodes[i].tag];
}

static uint8_t
landmark_of(const struct tree *t, node_id i, uint8_t inherited)
{
	struct sv role = sv_trim(tree_get_id(t, i, ATTR_role));
	uint8_t sectioned = inherited & LAND_SECTIONED;

	if (is_sectioning(t, i))
		inherited |= LAND_SECTIONED;
	else if (role.n == 0 && !tree_is(t, i, TAG_header) && !tree_is(t, i, TAG_footer))
		return inherited; // most elements
	for (size_t k = 0; k < ARRAY_LEN(landmarks); k++) {
		bool edge = landmarks[k].tag == TAG_header || landmarks[k].tag == TAG_footer;

		if (role.n > 0 ? sv_ieq_str(role, landmarks[k].role)
			       : tree_is(t, i, landmarks[k].tag) && !(edge && sectioned))
			return landmarks[k].landmark | (inherited & LAND_SECTIONED);
	}
	return inherited;
}

// --- places by name ---
// What pages without landmarks call theirs: a word of the class or the id; `id`: only of that, for
// boxes have headers and footers, too. As they are written: small.

static const struct {
	struct sv word;
	uint8_t landmark;
	bool id;
} names[] = {
    // by their first letters
    {SV_INIT("breadcrumb"), LAND_NAV, false},
    {SV_INIT("breadcrumbs"), LAND_NAV, false},
    {SV_INIT("colophon"), LAND_FOOTER, true},
    {SV_INIT("footer"), LAND_FOOTER, true},
    {SV_INIT("ft"), LAND_FOOTER, true},
    {SV_INIT("header"), LAND_HEADER, true},
    {SV_INIT("hd"), LAND_HEADER, true},
    {SV_INIT("main"), LAND_MAIN, true},
    {SV_INIT("main-content"), LAND_MAIN, false},
    {SV_INIT("main-menu"), LAND_NAV, false},
    {SV_INIT("main-nav"), LAND_NAV, false},
    {SV_INIT("maincontent"), LAND_MAIN, false},
    {SV_INIT("mainmenu"), LAND_NAV, false},
    {SV_INIT("mainnav"), LAND_NAV, false},
    {SV_INIT("masthead"), LAND_HEADER, false},
    {SV_INIT("menu"), LAND_NAV, false},
    {SV_INIT("nav"), LAND_NAV, false},
    {SV_INIT("navbar"), LAND_NAV, false},
    {SV_INIT("navigation"), LAND_NAV, false},
    {SV_INIT("page-footer"), LAND_FOOTER, true},
    {SV_INIT("page-header"), LAND_HEADER, true},
    {SV_INIT("pagination"), LAND_NAV, false},
    {SV_INIT("right-bar"), LAND_ASIDE, false},
    {SV_INIT("right-col"), LAND_ASIDE, false},
    {SV_INIT("right-column"), LAND_ASIDE, false},
    {SV_INIT("right-rail"), LAND_ASIDE, false},
    {SV_INIT("rightcol"), LAND_ASIDE, false},
    {SV_INIT("rightcolumn"), LAND_ASIDE, false},
    {SV_INIT("side-bar"), LAND_ASIDE, false},
    {SV_INIT("sidebar"), LAND_ASIDE, false},
    {SV_INIT("site-footer"), LAND_FOOTER, false},
    {SV_INIT("site-header"), LAND_HEADER, false},
    {SV_INIT("topnav"), LAND_NAV, false},
    {SV_INIT("widget-area"), LAND_ASIDE, false},
};

#define NAMES_MAX 200 // bytes of a class that is read
#define WORD_MIN  2   // bytes of the words above
#define WORD_MAX  12

static uint8_t
    first_names[33]; // by the last five bits of a word's first letter; filled before main

static void __attribute__((constructor)) fill_first_names(void)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		first_names[(names[i].word.p[0] & 31) + 1]++;
	for (size_t c = 1; c < ARRAY_LEN(first_names); c++)
		first_names[c] = (uint8_t)(first_names[c] + first_names[c - 1]);
}

static uint8_t
landmark_called(struct sv word, bool id)
{
	unsigned c = word.n < WORD_MIN || word.n > WORD_MAX ? 0 : word.p[0] & 31u;

	for (size_t k = first_names[c]; k < first_names[c + 1]; k++)
		if ((id || !names[k].id) && sv_eq(word, names[k].word))
			return names[k].landmark;
	return LAND_NONE;
}

static uint8_t
landmark_classed(struct sv v)
{
	uint8_t found = LAND_NONE;
	size_t from = 0;

	for (size_t i = 0; i <= MIN(v.n, (size_t)NAMES_MAX) && found == LAND_NONE; i++)
		if (i == v.n || (unsigned char)v.p[i] <= ' ') {
			found = landmark_called((struct sv){v.p + from, i - from}, false);
			from = i + 1;
		}
	return found;
}

// Of a whole page the names say how it is laid out.
static uint8_t
landmark_named(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	uint8_t found = LAND_NONE;

	if (n->n_attrs == 0 || tag_flags(n->tag) & TAGF_INLINE || n->tag == TAG_html ||
	    n->tag == TAG_body)
		return LAND_NONE;
	for (uint32_t k = 0; k < n->n_attrs && found == LAND_NONE; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		if (a->name == ATTR_class)
			found = landmark_classed(tree_attr_value(t, a));
		else if (a->name == ATTR_id)
			found = landmark_called(tree_attr_value(t, a), true);
	}
	return found;
}

#define NOT_ASKED 0xff

// The nearest of the ancestors that is called a landmark; each is asked once.
static uint8_t
landmark_by_name(const struct tree *t, node_id i, uint8_t *asked)
{
	node_id up = i;
	uint8_t found = LAND_NONE;

	for (; up != 0 && found == LAND_NONE; up = t->nodes[up].parent) {
		if (asked[up] != NOT_ASKED) {
			found = asked[up];
			break;
		}
		found = landmark_named(t, up);
	}
	for (node_id k = i; k != up && asked[k] == NOT_ASKED; k = t->nodes[k].parent)
		asked[k] = found;
	return found;
}

// --- links ---

// Of a picture, or of a sign that is drawn: <svg><title>.
static struct sv
picture_name(const struct page *p, node_id k)
{
	const struct tree *t = p->t;
	struct sv v;

	if (t->nodes[k].kind != NODE_ELEMENT)
		return SV_NULL;
	v = page_attr(t, k, tree_is(t, k, TAG_img) ? "alt" : "aria-label");
	if (v.n == 0 && tree_is(t, k, TAG_title))
		return page_text(p, k, LINK_TEXT_MAX);
	return v.n > 0 ? page_collapse(p, v) : SV_NULL;
}

// Text, else what a screen reader would say.
static struct sv
link_text(const struct page *p, node_id i)
{
	const struct tree *t = p->t;
	static const char *const named[] = {"aria-label", "alt", NULL};
	struct sv text = page_text(p, i, LINK_TEXT_MAX);

	if (text.n > 0)
		return text;
	for (size_t k = 0; named[k]; k++)
		if ((text = page_attr(t, i, named[k])).n > 0)
			return page_collapse(p, text);
	for (node_id k = i + 1, end = MIN(t->nodes[i].end, i + 100); k < end; k++)
		if ((k < i + SIGN_NODES || tree_is(t, k, TAG_img)) &&
		    (text = picture_name(p, k)).n > 0)
			return text;
	text = page_attr(t, i, "title");
	return text.p ? page_collapse(p, text) : SV("");
}

static void
set_attr(cJSON *o, const char *key, const struct page *p, node_id i)
{
	struct sv v = page_attr(p->t, i, key);

	if (v.p)
		json_set_sv(o, key, page_collapse(p, v));
	else
		json_set_null(o, key);
}

static cJSON *
link_object(const struct page *p, node_id i, struct sv url, uint8_t landmark)
{
	cJSON *o = json_obj();

	json_set_sv(o, "url", url);
	json_set_sv(o, "text", link_text(p, i));
	set_attr(o, "title", p, i);
	set_attr(o, "rel", p, i);
	json_set_str(o, "section", landmark_names[landmark & LAND_MASK]);
	return o;
}

static struct sv
link_url(const struct page *p, node_id i)
{
	struct sv href = sv_trim(tree_get_id(p->t, i, ATTR_href));

	return href.n == 0 || sv_eq_str(href, "#") ? SV_NULL : page_resolve_at(p, i, href);
}

cJSON *
links_read(struct page *p)
{
	const struct tree *t = p->t;
	uint8_t *land = arena_alloc(p->a, t->n), *asked = arena_alloc_raw(p->a, t->n);
	cJSON *out = json_arr();
	size_t n = 0;

	if (asked)
		memset(asked, NOT_ASKED, t->n);
	for (node_id i = 1; land && asked && i < t->n; i++) {
		struct sv url;

		land[i] = land[t->nodes[i].parent];
		if (t->nodes[i].kind != NODE_ELEMENT)
			continue;
		if (tree_is(t, i, TAG_template)) { // inert
			i = t->nodes[i].end - 1;
			continue;
		}
		land[i] = landmark_of(t, i, land[i]);
		if (!tree_is(t, i, TAG_a) && !tree_is(t, i, TAG_area))
			continue;
		url = link_url(p, i);
		if (!url.p)
			continue;
		if (n++ == LINKS_MAX) {
			p->truncated |= 1u << PAGE_CAP_LINKS;
			break;
		}
		if ((land[i] & LAND_MASK) == LAND_NONE)
			land[i] |= landmark_by_name(t, i, asked);
		json_push(out, link_object(p, i, url, land[i]));
	}
	return out;
}
