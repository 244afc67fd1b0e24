// SPDX-License-Identifier: Apache-2.0
// When the page was published: sources in the order of their measured accuracy, dates of a change
// only when nothing says when it first appeared. Bounds: 1995 to tomorrow.
#include "extract/meta/metadata_priv.h"

#define DATE_TEXT  200
#define MIN_YEAR   1995
#define BESIDE_MAX 40

struct dates {
	const struct meta_scan *s;
	struct date_opts o;
	struct date found;
};

static bool
parse(struct dates *d, struct sv v)
{
	return v.n > 0 && date_value(v, &d->o, &d->found);
}

static bool
from_url(struct dates *d)
{
	return date_from_url(d->s->p->url, &d->o, &d->found);
}

static bool
from_metas(struct dates *d, const char *const *names)
{
	const struct page *p = d->s->p;

	for (; *names; names++)
		for (size_t i = 0; i < p->n_metas; i++)
			if (sv_eq_str(p->metas[i].name, *names) && parse(d, p->metas[i].content))
				return true;
	return false;
}

static bool
from_published_meta(struct dates *d)
{
	static const char *const names[] = {"article:published_time", "og:article:published_time",
	    "datepublished", "published_time", "og:published_time", "article:published",
	    "parsely-pub-date", "sailthru.date", "citation_publication_date", "citation_date",
	    "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created",
	    "dcterms.date", "dc.date", "publishdate", "publish_date", "publish-date", "pubdate",
	    "publication_date", "article_date_original", "originalpublicationdate",
	    "article.published", "cxenseparse:recs:publishtime", "date_published", "release_date",
	    "created", "date", NULL};

	return from_metas(d, names);
}

static bool
from_object(struct dates *d, const cJSON *o, const char *key)
{
	return o && parse(d, schema_text(d->s->p, json_get(o, key)));
}

static bool
from_schema(struct dates *d)
{
	return from_object(d, d->s->article, "datePublished") ||
	       from_object(d, d->s->webpage, "datePublished") ||
	       from_object(d, d->s->article, "dateCreated") ||
	       from_object(d, d->s->webpage, "dateCreated") ||
	       from_object(d, d->s->article, "uploadDate");
}

// --- elements ---

static bool
out_of_place(const struct tree *t, node_id i)
{
	static const char *const words[] = {"comment", "related", "sidebar", "footer", "widget",
	    "recommend", "popular", "latest", "recent", "upcoming", "event", "similar"};

	for (unsigned up = 0; up < 40 && i != 0; up++, i = t->nodes[i].parent) {
		struct sv c = tree_get(t, i, "class");

		if (tree_is(t, i, TAG_aside) || tree_is(t, i, TAG_footer) || tree_is(t, i, TAG_nav))
			return true;
		if (tree_is(t, i, TAG_body))
			return false;
		for (size_t k = 0; c.n < 300 && k < ARRAY_LEN(words); k++)
			if (sv_ifind(c, words[k]) >= 0)
				return true;
	}
	return false;
}

static struct sv
all_attrs(const struct page *p, node_id i)
{
	static const char *const names[] = {"itemprop", "class", "id", "data-testid"};
	cleanup_buf b = BUF_INIT;

	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		struct sv v = tree_get(p->t, i, names[k]);

		if (v.n < 300)
			buf_sv(&b, v);
		buf_ch(&b, ' ');
	}
	return page_dup(p, buf_view(&b));
}

static bool
says_modified(const struct page *p, node_id i, struct sv text)
{
	static const char *const words[] = {"modified", "updated", "last edited", "aktualisiert",
	    "mis \xc3\xa0 jour", "actualizado", "aggiornato", "expires", "reviewed",
	    "last modified", "last updated"};
	node_id parent = p->t->nodes[i].parent;
	struct sv attrs = all_attrs(p, i), up = all_attrs(p, parent);
	struct sv beside = page_own_text(p, parent, BESIDE_MAX);

	for (size_t k = 0; k < ARRAY_LEN(words); k++)
		if (sv_ifind(text, words[k]) >= 0 || sv_ifind(attrs, words[k]) >= 0 ||
		    sv_ifind(up, words[k]) >= 0 || sv_istarts(beside, words[k]))
			return true;
	return false;
}

static bool
parse_element(struct dates *d, node_id i)
{
	static const char *const attrs[] = {"datetime", "content", "data-datetime", "data-time",
	    "data-utime", "data-date", "data-timestamp", "title"};
	const struct page *p = d->s->p;

	for (size_t k = 0; k < ARRAY_LEN(attrs); k++) {
		struct sv v = page_attr(p->t, i, attrs[k]);

		if (v.p && parse(d, v))
			return true;
	}
	return date_find(page_text(p, i, DATE_TEXT), &d->o, &d->found);
}

static bool
from_published_itemprop(struct dates *d)
{
	const struct meta_scan *s = d->s;

	for (size_t i = 0; i < s->dates.n; i++)
		if (page_has_word(s->p->t, s->dates.v[i], "itemprop", "datePublished") &&
		    parse_element(d, s->dates.v[i]))
			return true;
	return false;
}

static bool
from_list(struct dates *d, const struct node_list *list, bool modified)
{
	const struct page *p = d->s->p;

	for (size_t i = 0; i < list->n; i++) {
		node_id el = list->v[i];

		if (out_of_place(p->t, el) ||
		    says_modified(p, el, page_text(p, el, DATE_TEXT)) != modified)
			continue;
		if (parse_element(d, el))
			return true;
	}
	return false;
}

static bool
from_times(struct dates *d)
{
	return from_list(d, &d->s->times, false);
}

static bool
from_classes(struct dates *d)
{
	return from_list(d, &d->s->dates, false);
}

// A short text with a date close to the h1.
static bool
from_heading(struct dates *d)
{
	const struct tree *t = d->s->p->t;
	node_id h1 = d->s->h1.n > 0 ? d->s->h1.v[0] : NODE_NONE;
	node_id from, end;

	if (h1 == NODE_NONE)
		return false;
	from = h1 > 60 ? h1 - 60 : 1;
	end = MIN(t->n, t->nodes[h1].end + 150);
	for (node_id i = from; i < end; i++) {
		struct sv v = t->nodes[i].kind == NODE_TEXT ? sv_trim(tree_text(t, i)) : SV_NULL;

		if (v.n >= 6 && v.n <= 80 && !out_of_place(t, i) && !says_modified(d->s->p, i, v) &&
		    date_find(v, &d->o, &d->found))
			return true;
	}
	return false;
}

// --- only when it was changed ---

static bool
from_modified_elements(struct dates *d)
{
	return from_list(d, &d->s->times, true) || from_list(d, &d->s->dates, true);
}

static bool
from_modified_meta(struct dates *d)
{
	static const char *const names[] = {"datemodified", "article:modified_time",
	    "og:updated_time", "last-modified", "dcterms.modified", "dc.date.modified", "revised",
	    "lastmod", NULL};

	return from_object(d, d->s->article, "dateModified") ||
	       from_object(d, d->s->webpage, "dateModified") || from_metas(d, names);
}

static bool (*const sources[])(struct dates *) = {from_url, from_published_meta, from_schema,
    from_published_itemprop, from_times, from_classes, from_heading, from_modified_elements,
    from_modified_meta};

struct sv
meta_date(const struct meta_scan *s)
{
	struct dates d = {.s = s,
	    .o = {.now_ms = s->p->now_ms,
		.min_year = MIN_YEAR,
		.month_first = date_month_first(s->lang, s->host)}};
	char iso[DATE_ISO_MAX];

	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (sources[i](&d)) {
			date_iso(&d.found, iso);
			return page_dup(s->p, sv_from(iso));
		}
	return SV_NULL;
}
