// SPDX-License-Identifier: Apache-2.0
// The object of the structured data that describes this page, and the WebPage it is in.
#include "extract/meta/metadata_priv.h"

static const struct {
	const char *type;
	uint8_t rank;
} article_types[] = {{"Article", 2}, {"NewsArticle", 2}, {"BlogPosting", 2}, {"Report", 2},
    {"TechArticle", 2}, {"ScholarlyArticle", 2}, {"OpinionNewsArticle", 2},
    {"ReviewNewsArticle", 2}, {"AnalysisNewsArticle", 2}, {"BackgroundNewsArticle", 2},
    {"LiveBlogPosting", 2}, {"SocialMediaPosting", 2}, {"DiscussionForumPosting", 2},
    {"MedicalScholarlyArticle", 2}, {"AdvertiserContentArticle", 2}, {"Question", 1}, {"Recipe", 1},
    {"Review", 1}, {"HowTo", 1}, {"MedicalWebPage", 1}, {"PodcastEpisode", 1}, {"VideoObject", 1}};

static int
article_rank(const cJSON *o)
{
	int best = 0;

	for (size_t i = 0; i < ARRAY_LEN(article_types); i++)
		if (article_types[i].rank > best && schema_is(o, article_types[i].type))
			best = article_types[i].rank;
	return best;
}

static struct sv
address_of(struct sv url)
{
	ptrdiff_t at = sv_ifind(url, "://");

	if (at < 0)
		return SV_NULL;
	url = sv_sub(url, (size_t)at + 3, url.n);
	if (sv_istarts(url, "www."))
		url = sv_sub(url, 4, url.n);
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] == '?' || url.p[i] == '#')
			url.n = i;
	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	return url;
}

static bool
same_page(struct sv a, struct sv b)
{
	a = address_of(a);
	b = address_of(b);
	return a.n > 0 && sv_eq(a, b);
}

static bool
is_of_page(const struct meta_scan *s, const cJSON *o)
{
	static const char *const keys[] = {"url", "mainEntityOfPage", "@id"};
	struct words headline, title;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const cJSON *v = json_get(o, keys[i]);
		const char *url = cJSON_IsObject(v) ? json_str(v, "@id") : cJSON_GetStringValue(v);

		if (url &&
		    (same_page(sv_from(url), s->p->url) || same_page(sv_from(url), s->canonical)))
			return true;
	}
	words_read(&headline, schema_text(s->p, json_get(o, "headline")));
	words_read(&title, s->title_tag);
	return words_contained(&headline, &title) >= 0.8;
}

static const cJSON *
question_of(const struct page *p, const cJSON *o)
{
	bool holds = schema_is(o, "QAPage") || schema_is(o, "WebPage") ||
		     schema_is(o, "ItemPage") || schema_is(o, "AboutPage");
	const cJSON *q = holds ? json_get(o, "mainEntity") : NULL;

	if (cJSON_IsArray(q))
		q = q->child;
	q = q ? schema_deref(p, q) : o;
	return article_rank(q) > 0 ? q : o;
}

void
meta_scan_schema(struct meta_scan *s)
{
	int best = 0;

	json_foreach (item, s->p->schema) {
		const cJSON *o = question_of(s->p, item);
		int rank = article_rank(o);

		if (!s->webpage && schema_is(item, "WebPage"))
			s->webpage = item;
		if (rank == 0)
			continue;
		rank += is_of_page(s, o) ? 4 : 0;
		if (rank > best) {
			best = rank;
			s->article = o;
		}
	}
}
