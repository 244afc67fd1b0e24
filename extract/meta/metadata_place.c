// SPDX-License-Identifier: Apache-2.0
// Where an element stands: among the page's own content or in what surrounds it; and the heading
// that all distances are measured from.
#include "extract/meta/metadata_priv.h"

#define TITLE_MAX 1000

// --- where an element stands ---

static const struct keyword place_words[] = {{"comment", PLACE_BAD}, {"kommentar", PLACE_BAD},
    {"comentario", PLACE_BAD}, {"commenti", PLACE_BAD}, {"komment", PLACE_BAD},
    {"komentar", PLACE_BAD}, {"reactions", PLACE_BAD}, {"reacties", PLACE_BAD},
    {"respuesta", PLACE_BAD}, {"antworten", PLACE_BAD}, {"postings", PLACE_BAD},
    {"yorumlar", PLACE_BAD}, {"cite_note", PLACE_BAD}, {"cite-note", PLACE_BAD},
    {"reflist", PLACE_BAD}, {"references", PLACE_BAD}, {"bibliograph", PLACE_BAD},
    {"footnote", PLACE_BAD}, {"relacionad", PLACE_BAD}, {"related", PLACE_BAD},
    {"recommend", PLACE_BAD}, {"popular", PLACE_BAD}, {"latest", PLACE_BAD}, {"recent", PLACE_BAD},
    {"upcoming", PLACE_BAD}, {"similar", PLACE_BAD}, {"trending", PLACE_BAD},
    {"read-next", PLACE_BAD}, {"more-", PLACE_BAD}, {"teaser", PLACE_ASIDE},
    {"summary-item", PLACE_ASIDE}, {"summary-metadata", PLACE_ASIDE}, {"archiv", PLACE_ASIDE},
    {"sidebar", PLACE_ASIDE}, {"footer", PLACE_ASIDE}, {"widget_", PLACE_ASIDE},
    {"widget-area", PLACE_ASIDE}, {"event-list", PLACE_ASIDE}, {"promo", PLACE_ASIDE},
    {"carousel", PLACE_ASIDE}, {"slider", PLACE_ASIDE}, {"menu", PLACE_ASIDE},
    {"verwandt", PLACE_BAD}, {"aehnlich", PLACE_BAD}, {"weitere-", PLACE_BAD},
    {"lire-aussi", PLACE_BAD}, {"voir-aussi", PLACE_BAD}, {"correlat", PLACE_BAD},
    {"gerelateerd", PLACE_BAD}, {"relater", PLACE_BAD}, {"liittyv", PLACE_BAD},
    {"powiazan", PLACE_BAD}, {"podobne", PLACE_BAD}, {"souvis", PLACE_BAD},
    {"kapcsolodo", PLACE_BAD}, {"neueste", PLACE_BAD}, {"derniers", PLACE_BAD},
    {"nieuwste", PLACE_BAD}, {"senaste", PLACE_BAD}, {"najnowsze", PLACE_BAD},
    {"ticker", PLACE_ASIDE}, {"weather", PLACE_ASIDE}, {"wetter", PLACE_ASIDE},
    {"news-list", PLACE_ASIDE}};
KEYWORDS(places, place_words);

static enum place
place_of_names(struct sv names)
{
	enum place worst = PLACE_GOOD;
	const struct keyword *hit;
	size_t pos = 0;

	while (names.n < 300 && (hit = keywords_next(&places, names, &pos)) != NULL)
		if (hit->value > worst)
			worst = hit->value;
	return worst;
}

bool
meta_holds_heading(const struct meta_scan *s, node_id i)
{
	return s->heading != NODE_NONE && s->heading >= i && s->heading < s->p->t->nodes[i].end;
}

static enum place
place_by_itself(const struct tree *t, node_id i)
{
	enum place class = place_of_names(tree_get_id(t, i, ATTR_class));
	enum place id = place_of_names(tree_get_id(t, i, ATTR_id));

	if (MAX(class, id) == PLACE_GOOD &&
	    (tree_is(t, i, TAG_aside) || tree_is(t, i, TAG_footer) || tree_is(t, i, TAG_nav)))
		return PLACE_ASIDE;
	return MAX(class, id);
}

// The foot of the article that the heading is of is not that of the page.
static enum place
place_alone(const struct meta_scan *s, node_id i)
{
	const struct tree *t = s->p->t;
	node_id up = t->nodes[i].parent;
	enum place place = place_by_itself(t, i);

	return place == PLACE_ASIDE && tree_is(t, i, TAG_footer) && tree_is(t, up, TAG_article) &&
		       meta_holds_heading(s, up)
		   ? PLACE_GOOD
		   : place;
}

enum place
meta_place(const struct meta_scan *s, node_id i)
{
	const struct tree *t = s->p->t;
	enum place worst = PLACE_GOOD;

	for (unsigned up = 0; up < 40 && i != 0 && worst != PLACE_BAD; up++) {
		if (tree_is(t, i, TAG_body) || meta_holds_heading(s, i))
			break;
		if (s->places[i] == 0)
			s->places[i] = (uint8_t)(1 + place_alone(s, i));
		worst = MAX(worst, (enum place)(s->places[i] - 1));
		i = t->nodes[i].parent;
	}
	return worst;
}

// --- the heading ---

#define HEADINGS_TRIED 8
#define SHOWN_TRIED    2000 // texts
#define SHOWN_MIN      7    // bytes of a text that heads a page without being a heading

// Of addresses without scheme: is the first a folder that the second is in?
static bool
is_folder_of(struct sv folder, struct sv page)
{
	return folder.n < page.n && folder.n > 0 && folder.p[folder.n - 1] == '/' &&
	       memcmp(folder.p, page.p, folder.n) == 0;
}

static struct sv
without_scheme(struct sv url)
{
	ptrdiff_t at = sv_ifind(url, "://");

	return at < 0 ? SV_NULL : sv_sub(url, (size_t)at + 3, url.n);
}

bool
meta_leads_home(const struct page *p, node_id h)
{
	const struct tree *t = p->t;
	node_id i = tree_is(t, t->nodes[h].parent, TAG_a) ? t->nodes[h].parent : h;
	struct sv href = SV_NULL;
	const char *slash;

	for (; i < t->nodes[h].end && !href.p; i++)
		if (tree_is(t, i, TAG_a))
			href = page_attr(t, i, "href");
	if (href.n == 0 || href.n > 200)
		return false;
	href = page_resolve(p, href);
	if (sv_ifind(href, "://") < 0)
		return sv_eq_str(href, "/");
	href = without_scheme(href);
	slash = memchr(href.p, '/', href.n);
	return !slash || slash + 1 == href.p + href.n || is_folder_of(href, without_scheme(p->url));
}

static node_id
heading_like(
    const struct meta_scan *s, const struct node_list *l, const struct words *title, bool banners)
{
	for (size_t i = 0; i < MIN(l->n, (size_t)HEADINGS_TRIED); i++) {
		struct sv text = page_text(s->p, l->v[i], TITLE_MAX);
		struct words w;

		words_read(&w, text);
		if (words_f1(&w, title) > 0.99)
			return l->v[i];
		if (((w.n > 1 && words_contained(&w, title) > 0.7) ||
			meta_is_title_part(s->title_tag, text)) &&
		    (banners || !meta_leads_home(s->p, l->v[i])))
			return l->v[i];
	}
	return NODE_NONE;
}

// Pages without headings: what shows the longest part of <title> in an element of its own.
static node_id
shown_title(const struct meta_scan *s)
{
	const struct tree *t = s->p->t;
	node_id best = NODE_NONE;
	size_t longest = SHOWN_MIN, tried = 0;

	for (node_id i = 1; i < t->n && tried < SHOWN_TRIED; i++) {
		uint32_t up = t->nodes[t->nodes[i].parent].tag;
		struct sv v;

		if (t->nodes[i].kind != NODE_TEXT ||
		    tag_flags(up) & (TAGF_SILENT | TAGF_RAW | TAGF_RCDATA))
			continue;
		v = sv_trim(tree_text(t, i));
		if (v.n <= longest || v.n > s->title_tag.n)
			continue;
		tried++;
		if (sv_eq(v, s->title_tag) || meta_is_title_part(s->title_tag, v)) {
			best = t->nodes[i].parent;
			longest = v.n;
		}
	}
	return best;
}

node_id
meta_find_heading(const struct meta_scan *s)
{
	struct words title;
	node_id i;

	words_read(&title, s->title_tag);
	i = heading_like(s, &s->h1, &title, false);
	if (i == NODE_NONE)
		i = heading_like(s, &s->h2, &title, false);
	if (i == NODE_NONE)
		i = heading_like(s, &s->h1, &title, true);
	if (i == NODE_NONE && s->h1.n > 0)
		i = s->h1.v[0];
	if (i == NODE_NONE)
		i = shown_title(s);
	if (i == NODE_NONE && s->h2.n > 0)
		i = s->h2.v[0];
	return i;
}
