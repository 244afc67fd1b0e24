// SPDX-License-Identifier: Apache-2.0
// Meta tags as objects: Open Graph, where `og:image:width` belongs to the og:image before it,
// Twitter cards, Dublin Core. Repeated tags become arrays.
#include "extract/meta/structured/structured.h"

#define OG_MAX 200

static const char *const og_prefixes[] = {
    "og:", "article:", "product:", "book:", "profile:", "video:", "music:", "fb:", NULL};
static const char *const twitter_prefixes[] = {"twitter:", NULL};
static const char *const dublin_prefixes[] = {"dc.", "dcterms.", "dc:", "dcterms:", "dct:", NULL};

static bool
has_prefix(struct sv name, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (name.p[0] == **prefixes && sv_starts(name, *prefixes) &&
		    name.n > strlen(*prefixes))
			return true;
	return false;
}

// The object of the last "og:image" seen, for its "og:image:width".
static cJSON *
parent_object(cJSON *out, const char *name)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(out, name), *last = NULL;

	json_foreach (item, list)
		last = item;
	return last;
}

static void
add_structured(cJSON *out, const char *name, struct sv content)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(out, name), *o = json_obj();

	if (!list)
		json_set(out, name, list = json_arr());
	json_set_sv(o, "url", content);
	json_push(list, o);
}

static void
add_plain(cJSON *out, const char *name, struct sv content)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(out, name), *list;

	if (!old) {
		json_set_sv(out, name, content);
		return;
	}
	if (!cJSON_IsArray(old)) {
		list = json_arr();
		json_push(list, cJSON_DetachItemViaPointer(out, old));
		json_set(out, name, list);
		old = list;
	}
	json_push(old, cJSON_CreateString(content.p));
}

static bool
is_structured(struct sv name)
{
	return sv_eq_str(name, "og:image") || sv_eq_str(name, "og:video") ||
	       sv_eq_str(name, "og:audio");
}

static void
add_meta(cJSON *out, const struct page_meta *m)
{
	const char *colon = m->name.n > 3 ? memchr(m->name.p + 3, ':', m->name.n - 3) : NULL;
	struct sv head = colon ? sv_sub(m->name, 0, (size_t)(colon - m->name.p)) : m->name;
	char parent[16] = "";
	cJSON *o;

	if (is_structured(m->name)) {
		add_structured(out, m->name.p, m->content);
		return;
	}
	if (colon && is_structured(head)) {
		memcpy(parent, head.p, head.n);
		o = parent_object(out, parent);
		if (o && !json_get(o, colon + 1)) {
			json_set_sv(o, colon + 1, m->content);
			return;
		}
	}
	add_plain(out, m->name.p, m->content);
}

static cJSON *
read_prefixed(const struct page *p, const char *const *prefixes)
{
	cJSON *out = json_obj();
	size_t n = 0;

	for (size_t i = 0; i < p->n_metas && n < OG_MAX; i++)
		if (has_prefix(p->metas[i].name, prefixes)) {
			add_meta(out, &p->metas[i]);
			n++;
		}
	return out;
}

cJSON *
opengraph_read(const struct page *p)
{
	return read_prefixed(p, og_prefixes);
}

cJSON *
twitter_read(const struct page *p)
{
	return read_prefixed(p, twitter_prefixes);
}

// <link rel="DCTERMS.replaces" href=…> says what a meta tag cannot: another document.
static void
add_dublin_links(const struct page *p, cJSON *out)
{
	node_id i = tree_first_same(p->t, TAG_link);
	size_t n = 0;

	for (; i != NODE_NONE && n < OG_MAX; i = tree_next_same(p->t, i)) {
		struct sv rel = page_attr(p->t, i, "rel"), url;
		char *name = rel.p ? arena_sv(p->a, rel) : NULL;

		for (size_t k = 0; name && k < rel.n; k++)
			name[k] = sv_lower(name[k]);
		if (!name || !has_prefix((struct sv){name, rel.n}, dublin_prefixes))
			continue;
		url = page_resolve_at(p, i, tree_get_id(p->t, i, ATTR_href));
		if (url.p)
			add_plain(out, name, url);
		n++;
	}
}

cJSON *
dublin_core_read(const struct page *p)
{
	cJSON *out = read_prefixed(p, dublin_prefixes);

	add_dublin_links(p, out);
	return out;
}
