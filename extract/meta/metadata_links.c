// SPDX-License-Identifier: Apache-2.0
// Addresses that a page gives of itself: the canonical one, pictures that stand for it, its icon,
// its feeds.
#include "extract/meta/metadata_priv.h"

#define ICON_WANTED 64 // pixels; a smaller one is taken before a much bigger one is not

struct sv
meta_canonical(const struct meta_scan *s)
{
	static const char *const og[] = {"og:url", NULL};
	const struct page *p = s->p;
	struct sv v = SV_NULL;

	for (size_t i = 0; i < s->links.n && !v.p; i++)
		if (page_has_word(p->t, s->links.v[i], "rel", "canonical"))
			v = page_resolve(p, page_attr(p->t, s->links.v[i], "href"));
	if (!v.p)
		v = page_resolve(p, page_meta_get(p, og));
	return sv_istarts(v, "http") || !p->base.p ? v : SV_NULL;
}

// --- pictures ---

static void
add_image(const struct page *p, struct metadata *m, struct sv ref)
{
	struct sv url =
	    ref.n > 0 ? page_resolve(p, sv_ifind(ref, "&amp;") < 0 ? ref : meta_unescaped(p, ref))
		      : SV_NULL;

	if (!url.p || sv_istarts(url, "data:") || m->n_images == METADATA_MAX_IMAGES)
		return;
	for (size_t i = 0; i < m->n_images; i++)
		if (sv_eq(m->images[i], url))
			return;
	m->images[m->n_images++] = url;
}

static void
add_metas(const struct page *p, struct metadata *m)
{
	static const char *const names[] = {"og:image", "og:image:url", "og:image:secure_url",
	    "twitter:image", "twitter:image:src", "thumbnail", "image", "sailthru.image.full",
	    "parsely-image-url"};

	for (size_t k = 0; k < ARRAY_LEN(names); k++)
		for (size_t i = 0; i < p->n_metas; i++)
			if (sv_eq_str(p->metas[i].name, names[k]))
				add_image(p, m, p->metas[i].content);
}

static void
add_object(const struct page *p, struct metadata *m, const cJSON *v)
{
	static const char *const keys[] = {"url", "contentUrl", "@value"};

	v = schema_deref(p, v);
	if (cJSON_IsString(v)) {
		add_image(p, m, sv_from(v->valuestring));
		return;
	}
	for (size_t k = 0; cJSON_IsObject(v) && k < ARRAY_LEN(keys); k++) {
		const cJSON *url = json_get(v, keys[k]);

		if (cJSON_IsArray(url))
			url = url->child;
		if (cJSON_IsString(url)) {
			add_image(p, m, sv_from(url->valuestring));
			return;
		}
	}
}

static void
add_schema(const struct page *p, struct metadata *m, const cJSON *object)
{
	static const char *const keys[] = {"image", "thumbnailUrl", "primaryImageOfPage"};

	for (size_t k = 0; object && k < ARRAY_LEN(keys); k++) {
		const cJSON *v = json_get(object, keys[k]);

		if (cJSON_IsArray(v))
			json_foreach (item, v)
				add_object(p, m, item);
		else if (v)
			add_object(p, m, v);
	}
}

// --- the icon ---

static int
icon_size(const struct page *p, node_id i)
{
	struct sv v = page_attr(p->t, i, "sizes");
	int n = 0;

	for (size_t k = 0; k < v.n && k < 4 && sv_is_digit(v.p[k]); k++)
		n = n * 10 + (v.p[k] - '0');
	return sv_ieq_str(v, "any") ? ICON_WANTED : n;
}

// Smaller is better.
static int
icon_cost(const struct page *p, node_id i, struct sv rel)
{
	bool icon = sv_has_word(rel, "icon");
	int size;

	if (!icon && !sv_has_word(rel, "apple-touch-icon") &&
	    !sv_has_word(rel, "apple-touch-icon-precomposed"))
		return -1;
	size = icon_size(p, i);
	if (icon)
		return size == 0 ? 40 : abs(size - ICON_WANTED);
	return 1000 + abs(size - ICON_WANTED);
}

static void
see_icon(const struct page *p, struct metadata *m, node_id i, struct sv rel, int *best)
{
	int cost = icon_cost(p, i, rel);
	struct sv url;

	if (cost < 0 || cost >= *best)
		return;
	url = page_resolve(p, page_attr(p->t, i, "href"));
	if (!url.p || sv_istarts(url, "data:"))
		return;
	m->favicon = url;
	*best = cost;
}

// --- feeds ---

static void
see_feed(const struct page *p, struct metadata *m, node_id i)
{
	static const char *const types[] = {"application/rss+xml", "application/atom+xml",
	    "application/feed+json", "application/rdf+xml"};
	struct sv type = page_attr(p->t, i, "type"), url, title;

	for (size_t k = 0; k < ARRAY_LEN(types) && m->n_feeds < METADATA_MAX_FEEDS; k++) {
		if (!sv_ieq_str(type, types[k]))
			continue;
		url = page_resolve(p, page_attr(p->t, i, "href"));
		title = page_attr(p->t, i, "title");
		if (url.p)
			m->feeds[m->n_feeds++] = (struct feed_link){
			    url, title.p ? page_collapse(p, title) : title, sv_from(types[k])};
	}
}

void
meta_pictures(const struct meta_scan *s, struct metadata *m)
{
	const struct page *p = s->p;
	int best_icon = 1 << 30;

	add_metas(p, m);
	add_schema(p, m, s->article);
	add_schema(p, m, s->webpage);
	for (size_t k = 0; k < s->links.n; k++) {
		node_id i = s->links.v[k];
		struct sv rel = tree_get(p->t, i, "rel");

		if (sv_has_word(rel, "image_src"))
			add_image(p, m, page_attr(p->t, i, "href"));
		else if (sv_has_word(rel, "alternate"))
			see_feed(p, m, i);
		else
			see_icon(p, m, i, rel, &best_icon);
	}
}
