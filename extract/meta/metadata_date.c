// SPDX-License-Identifier: Apache-2.0
// When the page was published and when it was changed: sources in the order of their measured
// accuracy (docs/METADATA.md), dates of a change only when nothing says when it first appeared.
// Bounds: 1995 to tomorrow.
#include "extract/meta/metadata_priv.h"

#define MIN_YEAR      1995
#define DESCRIBED_MAX 40 // bytes of a description that begins with a date

bool
dates_parse(struct dates *d, struct sv v)
{
	return v.n > 0 && date_value(v, &d->o, &d->found);
}

static bool
from_url(struct dates *d)
{
	return date_from_url(d->s->p->url, &d->o, &d->found) ||
	       date_from_url(d->s->canonical, &d->o, &d->found);
}

// "?p=811" is headed by a link to the page's lasting address.
static bool
from_heading_link(struct dates *d)
{
	const struct tree *t = d->s->p->t;
	node_id h = d->s->heading, i = h;

	if (h == NODE_NONE)
		return false;
	if (tree_is(t, t->nodes[h].parent, TAG_a))
		i = t->nodes[h].parent;
	while (i < t->nodes[h].end && !tree_is(t, i, TAG_a))
		i++;
	return i < t->nodes[h].end && date_from_url(page_attr(t, i, "href"), &d->o, &d->found);
}

// --- meta tags ---

// Letters and digits of a name only: "article:published_time" -> "articlepublishedtime".
static struct sv
squeezed(struct sv name, char out[64])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < 63; i++) {
		char c = name.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	out[n] = '\0';
	return (struct sv){out, n};
}

static const char *const published_names[] = {"articlepublishedtime", "ogarticlepublishedtime",
    "datepublished", "publishedtime", "ogpublishedtime", "articlepublished", "parselypubdate",
    "sailthrudate", "citationpublicationdate", "citationdate", "citationonlinedate", "dcdateissued",
    "dctermsissued", "dctermscreated", "dcdatecreated", "dccreated", "dctermsdate", "dcdate",
    "dcdatepublication", "publishdate", "pubdate", "publicationdate", "articledateoriginal",
    "originalpublicationdate", "cxenseparserecspublishtime", "releasedate", "published",
    "publisheddate", "wpublisheddate", "publishedat", "publishedon", "publishtime",
    "articlepublisheddate", "articlepublicationdate", "articlepostdate", "articlecreated",
    "ogarticlepublished", "ogdatepublished", "ogpubdate", "ogpublishdate", "ogregdate",
    "ogquestionpublishedtime", "dateposted", "datecreated", "createdate", "contentcreatedate",
    "rnewsdatepublished", "shareaholicarticlepublishedtime", "twtpublishedat", "videoreleasedate",
    "vrpublishedtime", "btpubdate", "rbpubdate", "mediatorpublishedtime", "gentime", "pdate",
    "ptime", "displaydate", "docdate", "fieldnamepostdate", "analyticsattributesarticledate",
    "dcsextarticlefirstpublished", "postdate", "articledate", "storydate", "msdate", "created",
    "timestamp", "date",
    // less usual ones
    "articledatepublished", "articlepubdate", "articlefirstpublished", "articlecreatedtime",
    "ogcreatedtime", "publishedtimeiso", "pubtime", "publicationtime", "publishedatdate",
    "firstpublished", "firstpublicationdate", "datefirstpublished", "datepublication",
    "datedepublication", "datecreationyyyymmdd", "datecreation", "creationdate", "datum", "fecha",
    "fechapublicacion", "initialdate", "issued", "issuedate", "dateissued", "submitdate",
    "posttime", "postedon", "newsdate", "contentdate", "itemdate", "prismpublicationdate",
    "prismcoverdate", "eprintsdate", "bepresscitationdate", "citationcoverdate", "dcdatepublished",
    "dcdatesubmitted", "dcdateavailable", "dctermsavailable", "dctermsdatesubmitted"};
static const char *const modified_names[] = {"datemodified", "articlemodifiedtime", "ogupdatedtime",
    "ogarticlemodifiedtime", "ogmodifiedtime", "lastmodified", "modifiedtime", "dctermsmodified",
    "dcdatemodified", "dcmodified", "articlemodified", "articlemodifieddate", "articlepostmodified",
    "btmoddate", "modificationdate", "revisiondate", "updatedtime", "revised", "lastmod",
    "lastdate", "modified", "lastupdated", "updatedat", "utime", "dateupdate", "dateupdated",
    "updatedate", "lastupdate", "lastupdatedate", "lastmodifieddate", "lastchange",
    "daterevisionyyyymmdd", "daterevision", "eomportallastupdate", "dcdateupdated",
    "dcdatexmetadatalastmodified", "articleupdatedtime", "articleupdated"};

// Four digits or letters of another alphabet, and not a whole text.
static bool
has_year(struct sv v)
{
	unsigned n = 0;

	for (size_t i = 0; v.n < 200 && i < v.n && n < 4; i++)
		n += (v.p[i] >= '0' && v.p[i] <= '9') || (unsigned char)v.p[i] >= 0x80;
	return n >= 4;
}

// The first tag with a date, by the order of the names.
static bool
from_metas(struct dates *d, const char *const *names, size_t n_names)
{
	const struct page *p = d->s->p;
	size_t best = n_names;
	struct date found;

	for (size_t i = 0; i < p->n_metas; i++) {
		char buf[64];
		struct sv name;

		if (!has_year(p->metas[i].content))
			continue;
		name = squeezed(p->metas[i].name, buf);

		for (size_t k = 0; k < best; k++)
			if (sv_eq_str(name, names[k]) && dates_parse(d, p->metas[i].content)) {
				best = k;
				found = d->found;
			}
	}
	if (best < n_names)
		d->found = found;
	return best < n_names;
}

static bool
from_published_meta(struct dates *d)
{
	return from_metas(d, published_names, ARRAY_LEN(published_names));
}

static bool
from_modified_meta(struct dates *d)
{
	return from_metas(d, modified_names, ARRAY_LEN(modified_names));
}

// --- structured data ---

static bool
from_object(struct dates *d, const cJSON *o, const char *key)
{
	return o && dates_parse(d, schema_text(d->s->p, json_get(o, key)));
}

static bool
from_plain_schema(struct dates *d)
{
	return from_object(d, d->s->article, "datePublished") ||
	       from_object(d, d->s->webpage, "datePublished") ||
	       from_object(d, d->s->article, "dateCreated") ||
	       from_object(d, d->s->webpage, "dateCreated") ||
	       from_object(d, d->s->article, "uploadDate");
}

// Many systems write the date of their last migration there; an older one beside the heading is
// right more often.
static bool
from_schema(struct dates *d)
{
	struct dates seen = *d;

	if (!from_plain_schema(d))
		return false;
	if (dates_visible(&seen, DATES_CLEAR) && date_compare(&seen.found, &d->found) < 0)
		d->found = seen.found;
	return true;
}

static bool
from_modified_schema(struct dates *d)
{
	return from_object(d, d->s->article, "dateModified") ||
	       from_object(d, d->s->webpage, "dateModified");
}

// --- what is seen ---

static bool
from_visible(struct dates *d)
{
	return dates_visible(d, DATES_ANY);
}

static bool
from_visible_change(struct dates *d)
{
	return dates_visible(d, DATES_CHANGE);
}

static bool
from_heading(struct dates *d)
{
	const struct meta_scan *s = d->s;

	if (date_find(s->title_tag, &d->o, &d->found))
		return true;
	return s->h1.n > 0 && date_find(page_text(s->p, s->h1.v[0], 300), &d->o, &d->found);
}

// "03.08.2016 - A visit …": what is shown of the page elsewhere begins with its day.
static bool
from_description(struct dates *d)
{
	static const char *const names[] = {"description", "og:description", NULL};

	return date_find(sv_cut(page_meta_get(d->s->p, names), DESCRIBED_MAX), &d->o, &d->found) &&
	       d->found.from == 0;
}

// --- last resorts ---

#define SCRIPT_MAX  ((size_t)2 << 20)
#define VALUE_MAX   60
#define PROSE_NODES 400

static bool
is_name_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

// The value behind a name: "publishedAt":"2024-01-31T…", 'pubDate': '2024-01-31', pubDate = "…".
static struct sv
script_value(struct sv text, size_t at)
{
	bool assigned = false;
	size_t end;

	if (at < text.n && is_name_char(text.p[at]))
		return SV_NULL;
	for (; at < text.n && strchr("\\\"': =", text.p[at]); at++)
		assigned |= text.p[at] == ':' || text.p[at] == '=';
	for (end = at; end < text.n && end - at < VALUE_MAX && !strchr("\\\"'},;", text.p[end]);)
		end++;
	return assigned ? sv_sub(text, at, end) : SV_NULL;
}

static const struct keyword script_words[] = {{"datePublished", 1}, {"publishedAt", 1},
    {"published_at", 1}, {"publishDate", 1}, {"publish_date", 1}, {"publishedDate", 1},
    {"published_date", 1}, {"publicationDate", 1}, {"publication_date", 1}, {"date_published", 1},
    {"first_publication_date", 1}, {"firstPublishedAt", 1}, {"published_time", 1},
    {"publishedTime", 1}, {"publishTime", 1}, {"publish_time", 1}, {"pubDate", 1}, {"pub_date", 1},
    {"postedAt", 1}, {"datePosted", 1}, {"postDate", 1}, {"post_date", 1}, {"articleDate", 1},
    {"article_date", 1}};
KEYWORDS(script_keys, script_words);

// What a script carries for the page's own code.
static bool
from_script_text(struct dates *d, struct sv text)
{
	const struct keyword *hit;
	size_t pos = 0;

	while ((hit = keywords_next(&script_keys, text, &pos)) != NULL) {
		size_t from = pos - 1;

		if ((from == 0 || !is_name_char(text.p[from - 1])) &&
		    dates_parse(d, script_value(text, from + strlen(hit->word))))
			return true;
	}
	return false;
}

static bool
from_scripts(struct dates *d)
{
	const struct tree *t = d->s->p->t;
	size_t left = SCRIPT_MAX;

	if (!dates_expected(d->s))
		return false;
	for (node_id i = 1; i < t->n; i++) {
		struct sv v;

		if (t->nodes[i].kind != NODE_TEXT || !tree_is(t, t->nodes[i].parent, TAG_script))
			continue;
		v = tree_text(t, i);
		if (v.n > left)
			return false;
		left -= v.n;
		if (from_script_text(d, v))
			return true;
	}
	return false;
}

// Pictures are often filed by the day they were uploaded.
static bool
from_picture(struct dates *d)
{
	static const char *const names[] = {"og:image", "twitter:image", NULL};

	return dates_expected(d->s) &&
	       date_from_url(page_meta_get(d->s->p, names), &d->o, &d->found);
}

// The latest day that an article's text speaks of: it was hardly written before.
static bool
from_prose(struct dates *d)
{
	const struct meta_scan *s = d->s;
	const struct tree *t = s->p->t;
	struct date latest = {0};
	node_id from = s->heading == NODE_NONE ? 1 : s->heading;

	if (!dates_expected(s))
		return false;
	for (node_id i = from; i < MIN(t->n, from + PROSE_NODES); i++)
		if (t->nodes[i].kind == NODE_TEXT && date_find(tree_text(t, i), &d->o, &d->found) &&
		    date_compare(&d->found, &latest) > 0 && meta_place(s, i) == PLACE_GOOD)
			latest = d->found;
	d->found = latest;
	return latest.year != 0;
}

// "/2024/01/": at least the month.
static bool
from_url_month(struct dates *d)
{
	return date_month_from_url(d->s->p->url, &d->o, &d->found) ||
	       date_month_from_url(d->s->canonical, &d->o, &d->found);
}

const struct date_source date_sources[] = {
    {"url", from_url},
    {"link of the heading", from_heading_link},
    {"published meta", from_published_meta},
    {"structured data", from_schema},
    {"visible", from_visible},
    {"scripts", from_scripts},
    {"month of the address", from_url_month},
    {"heading", from_heading},
    {"description", from_description},
    {"modified structured data", from_modified_schema},
    {"modified meta", from_modified_meta},
    {"picture", from_picture},
    {"prose", from_prose},
};
const size_t n_date_sources = ARRAY_LEN(date_sources);

// "en" alone does not say which of day and month comes first: og:locale may.
static struct sv
with_region(const struct meta_scan *s)
{
	static const char *const names[] = {"og:locale", NULL};
	struct sv locale = page_meta_get(s->p, names);

	return s->lang.n == 2 && locale.n >= 5 && sv_istarts(locale, s->lang.p) ? locale : s->lang;
}

struct dates
dates_init(const struct meta_scan *s)
{
	return (struct dates){.s = s,
	    .o = {.now_ms = s->p->now_ms,
		.min_year = MIN_YEAR,
		.month_first = date_month_first(with_region(s), s->host),
		.lang = s->lang}};
}

// A source that knows only the month waits for one that knows its day.
static struct sv
first_of(const struct meta_scan *s, bool (*const *read)(struct dates *), size_t n)
{
	struct dates d = dates_init(s);
	struct date best = {0};
	char iso[DATE_ISO_MAX];

	for (size_t i = 0; i < n && best.day == 0; i++)
		if (read[i](&d) &&
		    (best.year == 0 || (d.found.year == best.year && d.found.month == best.month)))
			best = d.found;
	if (best.year == 0)
		return SV_NULL;
	date_iso(&best, iso);
	return page_dup(s->p, sv_from(iso));
}

struct sv
meta_published(const struct meta_scan *s)
{
	bool (*read[ARRAY_LEN(date_sources)])(struct dates *);

	for (size_t i = 0; i < ARRAY_LEN(date_sources); i++)
		read[i] = date_sources[i].read;
	return first_of(s, read, ARRAY_LEN(read));
}

struct sv
meta_modified(const struct meta_scan *s)
{
	static bool (*const read[])(struct dates *) = {
	    from_modified_schema, from_modified_meta, from_visible_change};

	return first_of(s, read, ARRAY_LEN(read));
}
