// SPDX-License-Identifier: Apache-2.0
// The links of a page in document order: absolute URL, text, title, rel, and the landmark they
// stand in. One pass; the landmark of a node is its own or its parent's. As HTML has it, the header
// of an article is not the page's.
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
	uint8_t *land = arena_alloc(p->a, t->n);
	cJSON *out = json_arr();
	size_t n = 0;

	for (node_id i = 1; land && i < t->n; i++) {
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
		json_push(out, link_object(p, i, url, land[i]));
	}
	return out;
}
