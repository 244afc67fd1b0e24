// SPDX-License-Identifier: Apache-2.0
// Categories: breadcrumbs (structured data, else the page's own), then sections, tags and keywords.
#include "extract/meta/metadata_priv.h"

#define CATEGORY_MAX 100
#define CRUMB_NODES  300
#define CRUMBS_MAX   12 // a longer list is no breadcrumb
#define TAG_HREF_MAX 300
#define TAGS_MAX     20
#define TAG_GAP      4 // nodes between links to tags that stand together

// "Category: News", a crumb as archives of WordPress write it.
static struct sv
without_label(const struct page *p, struct sv v)
{
	static const char *const labels[] = {"Category: ", "Categories: ", "Tag: "};

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (sv_istarts(v, labels[i]))
			return page_dup(p, sv_sub(v, strlen(labels[i]), v.n));
	return v;
}

static void
add_category(struct metadata *m, const struct page *p, struct sv v)
{
	v = without_label(p, page_collapse(p, v));
	if (v.n > 1 && v.p[0] == '#' && !sv_is_digit(v.p[1])) // #rust; not #1
		v = page_dup(p, sv_sub(v, 1, v.n));
	while (v.n > 0 && strchr("/>|", v.p[v.n - 1]))
		v = page_dup(p, sv_trim(sv_sub(v, 0, v.n - 1)));
	if (v.n == 0 || v.n > CATEGORY_MAX || m->n_categories == METADATA_MAX_CATEGORIES ||
	    sv_ifind(v, "://") >= 0 || sv_ieq_str(v, "Uncategorized"))
		return;
	for (size_t i = 0; i < m->n_categories; i++)
		if (sv_ieq_str(m->categories[i], v.p))
			return;
	m->categories[m->n_categories++] = v;
}

static void
add_list(struct metadata *m, const struct page *p, struct sv v)
{
	size_t from = 0;

	v = meta_unescaped(p, v);
	for (size_t i = 0; v.p && i <= v.n; i++)
		if (i == v.n || strchr(",;<>|", v.p[i])) {
			add_category(m, p, sv_sub(v, from, i));
			from = i + 1;
		}
}

static void
add_schema(struct metadata *m, const struct page *p, const cJSON *v)
{
	if (cJSON_IsArray(v))
		json_foreach (item, v)
			add_list(m, p, schema_text(p, item));
	else if (v)
		add_list(m, p, schema_text(p, v));
}

static void
add_metas(struct metadata *m, const struct page *p)
{
	static const char *const names[] = {"article:section", "article:tag", "category",
	    "news_keywords", "parsely-section", "parsely-tags", "sailthru.tags", "dc.subject",
	    "dcterms.subject", "book:tag", "video:tag"};

	for (size_t k = 0; k < ARRAY_LEN(names); k++)
		for (size_t i = 0; i < p->n_metas; i++)
			if (sv_eq_str(p->metas[i].name, names[k]))
				add_list(m, p, p->metas[i].content);
}

// --- breadcrumbs ---

static bool
names_page(const struct meta_scan *s, const struct metadata *m, struct sv v)
{
	struct words a, title, tag;

	words_read(&a, v);
	words_read(&title, m->title);
	words_read(&tag, s->title_tag);
	return a.n >= 2 && (words_contained(&a, &tag) >= 0.8 || words_contained(&a, &title) >= 0.8);
}

// The first one is the site, the last one often the page itself.
static bool
is_crumb(const struct meta_scan *s, const struct metadata *m, struct sv v, bool first, bool last)
{
	static const char *const homes[] = {"home", "homepage", "home page", "start", "startseite",
	    "accueil", "inicio", "início", "forside", "hem", "etusivu", "strona główna", "Главная",
	    "首页", "ホーム", "ana sayfa", "anasayfa", "홈", "..."};

	for (size_t i = 0; i < ARRAY_LEN(homes); i++)
		if (sv_ieq_str(v, homes[i]))
			return false;
	if (first && (sv_ieq_str(v, s->site_name.p ? s->site_name.p : "") || sv_eq(v, s->host)))
		return false;
	return !last || !names_page(s, m, v);
}

static struct sv
crumb_name(const struct page *p, const cJSON *item)
{
	struct sv v = schema_text(p, json_get(item, "name"));

	return v.n > 0 ? v : schema_text(p, json_get(item, "item"));
}

static void
add_crumb(struct metadata *m, const struct meta_scan *s, const cJSON *item, bool first, bool last)
{
	struct sv v = crumb_name(s->p, schema_deref(s->p, item));

	if (v.n > 0 && is_crumb(s, m, v, first, last))
		add_category(m, s->p, v);
}

static bool
crumbs_from_schema(struct metadata *m, const struct meta_scan *s)
{
	size_t before = m->n_categories;

	json_foreach (object, s->p->schema) {
		const cJSON *list = schema_is(object, "BreadcrumbList") ? object : NULL;

		if (!list)
			list = schema_deref(s->p, json_get(object, "breadcrumb"));
		list = cJSON_IsObject(list) ? json_get(list, "itemListElement") : NULL;
		if (cJSON_IsObject(list))
			add_crumb(m, s, list, true, true);
		if (cJSON_IsArray(list) && cJSON_GetArraySize(list) <= CRUMBS_MAX)
			json_foreach (item, list)
				add_crumb(m, s, item, item == list->child, !item->next);
		if (m->n_categories > before)
			return true;
	}
	return false;
}

static node_id
first_link(const struct tree *t, node_id i)
{
	node_id end = MIN(t->nodes[i].end, i + CRUMB_NODES);

	while (i < end && !tree_is(t, i, TAG_a))
		i++;
	return i < end ? i : NODE_NONE;
}

static bool
has_links(const struct tree *t, node_id i, size_t wanted)
{
	node_id end = MIN(t->nodes[i].end, i + CRUMB_NODES);
	size_t n = 0;

	for (node_id k = i; k < end && n < wanted; k++)
		n += tree_is(t, k, TAG_a);
	return n == wanted;
}

// A breadcrumb's box may hold more than the breadcrumb: the box within that has the same first link
// and some more is meant.
static node_id
innermost_crumbs(const struct meta_scan *s, size_t k)
{
	const struct tree *t = s->p->t;
	node_id best = s->crumbs.v[k], link = first_link(t, best), end = t->nodes[best].end;

	for (k++; link != NODE_NONE && k < s->crumbs.n && s->crumbs.v[k] < MIN(link, end); k++)
		if (link < t->nodes[s->crumbs.v[k]].end && has_links(t, s->crumbs.v[k], 2))
			best = s->crumbs.v[k];
	return best;
}

// The links of a breadcrumb but the first ("Home").
static void
crumbs_from_page(struct metadata *m, const struct meta_scan *s)
{
	const struct tree *t = s->p->t;

	for (size_t k = 0; k < MIN(s->crumbs.n, (size_t)5) && m->n_categories == 0; k++) {
		node_id from = innermost_crumbs(s, k);
		node_id end = MIN(t->nodes[from].end, from + CRUMB_NODES);
		struct sv found[CRUMBS_MAX];
		size_t n = 0;

		for (node_id i = from; i < end && n <= CRUMBS_MAX; i++)
			if (tree_is(t, i, TAG_a)) {
				if (n < CRUMBS_MAX)
					found[n] = page_text(s->p, i, CATEGORY_MAX + 1);
				n++;
			}
		for (size_t i = 1; n <= CRUMBS_MAX && i < n; i++)
			if (is_crumb(s, m, found[i], false, i == n - 1))
				add_category(m, s->p, found[i]);
	}
}

// --- links to tags ---

static bool
leads_to_tag(const struct page *p, node_id i)
{
	struct sv href = tree_get_id(p->t, i, ATTR_href);
	const char *at = href.n > 4 && href.n < TAG_HREF_MAX ? sv_find(href, SV("/tag")) : NULL;

	if (!at)
		return false;
	href = sv_sub(href, (size_t)(at - href.p) + 4, href.n);
	return sv_starts(href, "/") || sv_starts(href, "s/");
}

// Below the heading, links to tags that stand together; one within a sentence is none of them, and
// many are a cloud.
static void
add_tag_links(struct metadata *m, const struct meta_scan *s)
{
	const struct tree *t = s->p->t;
	node_id i = tree_first_same(t, TAG_a), last = 0, group[TAGS_MAX + 1];
	size_t n = 0;

	for (; i != NODE_NONE && n <= TAGS_MAX; i = tree_next_same(t, i)) {
		if (s->heading == NODE_NONE || i < s->heading)
			continue;
		if (n > 1 && i > last + TAG_GAP)
			break;
		if (!leads_to_tag(s->p, i) || meta_place(s, i) != PLACE_GOOD)
			continue;
		if (n > 0 && i > last + TAG_GAP)
			n = 0;
		group[n++] = i;
		last = t->nodes[i].end - 1;
	}
	for (size_t k = 0; n > 1 && n <= TAGS_MAX && k < n; k++)
		add_category(m, s->p, page_text(s->p, group[k], CATEGORY_MAX + 1));
}

void
meta_categories(const struct meta_scan *s, struct metadata *m)
{
	static const char *const keys[] = {"articleSection", "category", "genre", "keywords"};
	size_t crumbs;

	if (!crumbs_from_schema(m, s))
		crumbs_from_page(m, s);
	crumbs = m->n_categories;
	for (size_t i = 0; s->article && i < ARRAY_LEN(keys); i++)
		add_schema(m, s->p, json_get(s->article, keys[i]));
	json_foreach (object, s->p->schema)
		if (schema_is(object, "Product"))
			add_schema(m, s->p, json_get(object, "category"));
	add_metas(m, s->p);
	for (size_t i = 0; i < s->tags.n; i++)
		add_category(m, s->p, page_text(s->p, s->tags.v[i], CATEGORY_MAX + 1));
	if (m->n_categories == crumbs)
		add_tag_links(m, s);
}
