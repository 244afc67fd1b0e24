// SPDX-License-Identifier: Apache-2.0
// The facts about a page that stand outside its content: one pass collects the elements of
// interest, then each fact is read by its own rule. Site name, description and categories here;
// title, author, date in their files.
#include "extract/html/letters.h"
#include "extract/meta/metadata_priv.h"

#define TITLE_MAX       1000
#define DESCRIPTION_MAX 2000
#define CATEGORY_MAX    100
#define HINT_ATTR_MAX   500

// --- words ---

static bool
is_word_char(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 && (c < 0x2000 || c > 0x2bff) &&
	       (c < 0x3000 || c > 0x3004);
}

void
words_read(struct words *w, struct sv text)
{
	uint32_t h = 0;

	w->n = 0;
	for (size_t i = 0; i < text.n && w->n < WORDS_MAX;) {
		uint32_t c = letters_decode(text, &i);

		if (is_word_char(c))
			h = ((h ? h : 2166136261u) ^ letters_lower(c)) * 16777619u;
		else if (c != '\'' && c != 0x2019 && h != 0) {
			w->v[w->n++] = h;
			h = 0;
		}
	}
	if (h != 0 && w->n < WORDS_MAX)
		w->v[w->n++] = h;
}

static size_t
common(const struct words *a, const struct words *b)
{
	bool used[WORDS_MAX] = {false};
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (!used[k] && a->v[i] == b->v[k]) {
				used[k] = true;
				n++;
				break;
			}
	return n;
}

double
words_contained(const struct words *a, const struct words *b)
{
	return a->n > 0 ? (double)common(a, b) / (double)a->n : 0;
}

double
words_f1(const struct words *a, const struct words *b)
{
	return a->n + b->n > 0 ? 2.0 * (double)common(a, b) / (double)(a->n + b->n) : 0;
}

// --- the pass over the tree ---

static void
list_add(struct node_list *l, node_id i)
{
	if (l->n < SCAN_MAX)
		l->v[l->n++] = i;
}

enum { HINT_AUTHOR = 1, HINT_BYLINE = 2, HINT_DATE = 4, HINT_CRUMB = 8 };

static const struct {
	const char *part;
	uint8_t hint;
} hint_parts[] = {{"author", HINT_AUTHOR}, {"writer", HINT_AUTHOR}, {"byline", HINT_BYLINE},
    {"breadcrumb", HINT_CRUMB}, {"date", HINT_DATE}, {"datum", HINT_DATE}, {"time", HINT_DATE},
    {"publish", HINT_DATE}, {"posted", HINT_DATE}, {"fecha", HINT_DATE}, {"meta", HINT_DATE}};

static unsigned
hints_of(struct sv v)
{
	unsigned hints = 0;

	for (size_t i = 0; v.n <= HINT_ATTR_MAX && i + 4 <= v.n; i++) {
		char c = (char)(v.p[i] | 0x20);

		if (!strchr("awbdtpfm", c))
			continue;
		for (size_t k = 0; k < ARRAY_LEN(hint_parts); k++)
			if (hint_parts[k].part[0] == c && !(hints & hint_parts[k].hint) &&
			    sv_istarts(sv_sub(v, i, v.n), hint_parts[k].part))
				hints |= hint_parts[k].hint;
	}
	return hints;
}

static void
scan_hints(struct meta_scan *s, node_id i)
{
	static const char *const attrs[] = {"class", "id", "itemprop", "data-testid"};
	unsigned hints = 0;

	for (size_t k = 0; k < ARRAY_LEN(attrs); k++)
		hints |= hints_of(tree_get(s->p->t, i, attrs[k]));
	if (hints & HINT_AUTHOR)
		list_add(&s->author, i);
	if (hints & HINT_BYLINE)
		list_add(&s->byline, i);
	if (hints & (HINT_DATE | HINT_BYLINE))
		list_add(&s->dates, i);
	if (hints & HINT_CRUMB)
		list_add(&s->crumbs, i);
}

static bool
is_author_href(struct sv href)
{
	static const char *const parts[] = {"/author/", "/authors/", "/contributor", "/writers/",
	    "/writer/", "/producers/", "/byline/", "/reporters/", "/staff/"};

	for (size_t i = 0; href.n < 300 && i < ARRAY_LEN(parts); i++)
		if (sv_ifind(href, parts[i]) >= 0)
			return true;
	return false;
}

static void
scan_element(struct meta_scan *s, node_id i)
{
	static const uint32_t unhinted[] = {
	    TAG_html, TAG_body, TAG_meta, TAG_link, TAG_script, TAG_style, TAG_img, TAG_svg};
	const struct tree *t = s->p->t;

	if (tree_is(t, i, TAG_h1))
		list_add(&s->h1, i);
	else if (tree_is(t, i, TAG_time))
		list_add(&s->times, i);
	else if (tree_is(t, i, TAG_a) || tree_is(t, i, TAG_link)) {
		if (page_has_word(t, i, "rel", "author"))
			list_add(&s->rel_author, i);
		if (page_has_word(t, i, "rel", "tag"))
			list_add(&s->tags, i);
		if (tree_is(t, i, TAG_a) && is_author_href(tree_get(t, i, "href")))
			list_add(&s->author_links, i);
	}
	if (tree_get(t, i, "data-author").p)
		list_add(&s->posters, i);
	for (size_t k = 0; k < ARRAY_LEN(unhinted); k++)
		if (tree_is(t, i, (enum tag_id)unhinted[k]))
			return;
	if (t->nodes[i].n_attrs > 0)
		scan_hints(s, i);
}

static void
scan_tree(struct meta_scan *s)
{
	const struct tree *t = s->p->t;
	node_id title = tree_find(t, 0, TAG_title);

	if (title != NODE_NONE)
		s->title_tag = page_text(s->p, title, TITLE_MAX);
	for (node_id i = 1; i < t->n; i++) {
		if (t->nodes[i].kind != NODE_ELEMENT)
			continue;
		if (tree_is(t, i, TAG_template) || page_is_frame(s->p, i)) {
			i = t->nodes[i].end - 1;
			continue;
		}
		scan_element(s, i);
	}
}

// --- the object that describes this page ---

static const char *const article_types[] = {"Article", "NewsArticle", "BlogPosting", "Report",
    "TechArticle", "ScholarlyArticle", "OpinionNewsArticle", "ReviewNewsArticle",
    "AnalysisNewsArticle", "BackgroundNewsArticle", "LiveBlogPosting", "SocialMediaPosting",
    "DiscussionForumPosting", "Question", "Recipe", "Review", "HowTo", "MedicalWebPage",
    "AdvertiserContentArticle", "PodcastEpisode", "VideoObject"};

static int
article_rank(const cJSON *o)
{
	for (size_t i = 0; i < ARRAY_LEN(article_types); i++)
		if (schema_is(o, article_types[i]))
			return i < 13 ? 2 : 1;
	return 0;
}

static bool
same_page(struct sv a, struct sv b)
{
	ptrdiff_t sa = sv_ifind(a, "://"), sb = sv_ifind(b, "://");

	if (sa < 0 || sb < 0)
		return false;
	a = sv_sub(a, (size_t)sa + 3, a.n);
	b = sv_sub(b, (size_t)sb + 3, b.n);
	while (a.n > 0 && a.p[a.n - 1] == '/')
		a.n--;
	while (b.n > 0 && b.p[b.n - 1] == '/')
		b.n--;
	return sv_eq(a, b);
}

static bool
is_of_page(const struct meta_scan *s, const cJSON *o)
{
	static const char *const keys[] = {"url", "mainEntityOfPage", "@id"};
	struct words headline, title;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const cJSON *v = json_get(o, keys[i]);
		const char *url = cJSON_IsObject(v) ? json_str(v, "@id") : cJSON_GetStringValue(v);

		if (url && same_page(sv_from(url), s->p->url))
			return true;
	}
	words_read(&headline, schema_text(s->p, json_get(o, "headline")));
	words_read(&title, s->title_tag);
	return words_contained(&headline, &title) >= 0.8;
}

static const cJSON *
question_of(const struct page *p, const cJSON *o)
{
	const cJSON *q = schema_is(o, "QAPage") ? json_get(o, "mainEntity") : NULL;

	if (cJSON_IsArray(q))
		q = q->child;
	return q ? schema_deref(p, q) : o;
}

static void
scan_schema(struct meta_scan *s)
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

// --- site ---

static struct sv
site_from_schema(const struct meta_scan *s)
{
	struct sv v = SV_NULL;

	if (s->article)
		v = schema_text(s->p, json_get(s->article, "publisher"));
	if (v.n > 0 && sv_ifind(v, "://") < 0)
		return v;
	json_foreach (item, s->p->schema)
		if (schema_is(item, "WebSite")) {
			v = schema_text(s->p, json_get(item, "name"));
			if (v.n > 0)
				return v;
		}
	return SV_NULL;
}

// The last part of <title> when it is the host's name in words: "… | The Verge" on theverge.com.
static struct sv
site_from_title(const struct meta_scan *s)
{
	static const char *const seps[] = {
	    " | ", " - ", " \xe2\x80\x93 ", " \xe2\x80\x94 ", " \xc2\xb7 "};
	char squeezed[64];
	size_t from = 0, n = 0;

	for (size_t k = 0; k < ARRAY_LEN(seps); k++)
		for (size_t i = from; i + strlen(seps[k]) < s->title_tag.n; i++)
			if (sv_starts(sv_sub(s->title_tag, i, s->title_tag.n), seps[k]))
				from = i + strlen(seps[k]);
	for (size_t i = from; from > 0 && i < s->title_tag.n && n + 1 < sizeof(squeezed); i++)
		if (s->title_tag.p[i] != ' ')
			squeezed[n++] = s->title_tag.p[i];
	squeezed[n] = '\0';
	if (n >= 3 && sv_ifind(s->host, squeezed) == 0)
		return sv_sub(s->title_tag, from, s->title_tag.n);
	return SV_NULL;
}

static struct sv
site_name(const struct meta_scan *s)
{
	static const char *const og[] = {"og:site_name", NULL};
	static const char *const app[] = {"application-name", "apple-mobile-web-app-title", NULL};
	struct sv v = page_meta_get(s->p, og);

	if (!v.p)
		v = site_from_schema(s);
	if (!v.p)
		v = page_meta_get(s->p, app);
	if (!v.p)
		v = site_from_title(s);
	return v.p ? v : s->host;
}

// --- description ---

static struct sv
description(const struct meta_scan *s)
{
	static const char *const names[] = {"og:description", "description", "twitter:description",
	    "dc.description", "dcterms.description", NULL};
	struct sv v = page_meta_get(s->p, names);

	if (!v.p && s->article)
		v = schema_text(s->p, json_get(s->article, "description"));
	if (!v.p && s->webpage)
		v = schema_text(s->p, json_get(s->webpage, "description"));
	return v.n > DESCRIPTION_MAX ? SV_NULL : v;
}

// --- categories ---

static void
add_category(struct metadata *m, const struct page *p, struct sv v)
{
	v = page_collapse(p, v);
	if (v.n == 0 || v.n > CATEGORY_MAX || m->n_categories == METADATA_MAX_CATEGORIES)
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

	for (size_t i = 0; v.p && i <= v.n; i++)
		if (i == v.n || v.p[i] == ',' || v.p[i] == ';') {
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
	static const char *const names[] = {
	    "article:section", "article:tag", "category", "news_keywords"};

	for (size_t i = 0; i < p->n_metas; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (sv_eq_str(p->metas[i].name, names[k]))
				add_list(m, p, p->metas[i].content);
}

// The links of a breadcrumb but the first ("Home").
static void
add_crumbs(struct metadata *m, const struct meta_scan *s)
{
	const struct tree *t = s->p->t;
	node_id end, n = 0;

	if (s->crumbs.n == 0)
		return;
	end = MIN(t->nodes[s->crumbs.v[0]].end, s->crumbs.v[0] + 300);
	for (node_id i = s->crumbs.v[0]; i < end; i++)
		if (tree_is(t, i, TAG_a) && n++ > 0)
			add_category(m, s->p, page_text(s->p, i, CATEGORY_MAX + 1));
}

static void
categories(struct metadata *m, const struct meta_scan *s)
{
	if (s->article) {
		add_schema(m, s->p, json_get(s->article, "articleSection"));
		add_schema(m, s->p, json_get(s->article, "keywords"));
	}
	add_metas(m, s->p);
	if (m->n_categories == 0)
		add_crumbs(m, s);
	for (size_t i = 0; i < s->tags.n; i++)
		add_category(m, s->p, page_text(s->p, s->tags.v[i], CATEGORY_MAX + 1));
}

void
metadata_read(const struct page *p, struct metadata *out)
{
	struct meta_scan *s = arena_alloc(p->a, sizeof(*s));

	*out = (struct metadata){0};
	if (!s)
		return;
	s->p = p;
	s->host = page_host(p->url);
	s->lang = out->language = meta_language(p);
	scan_tree(s);
	scan_schema(s);
	s->site_name = out->site_name = site_name(s);
	out->title = meta_title(s);
	out->byline = meta_author(s);
	out->published = meta_date(s);
	out->description = description(s);
	categories(out, s);
}
