// SPDX-License-Identifier: Apache-2.0
// The authors: sources in the order of their measured accuracy, each name cleaned of "By", roles
// and dates (metadata_name.c), and refused when it is none.
#include "extract/meta/metadata_name.h"

#define TEXT_MAX       200
#define LABEL_NODES    300 // after the heading, in which "By Jane Doe" is sought
#define NEXT_NODES     12  // from "Written by" to the name
#define BLOCK_NODES    60
#define GROUP_NODES    15 // between the links of authors that stand together
#define USERS_BEFORE   200
#define WEEKDAY_MAX    12 // bytes before a date that opens a line
#define MONTH_MAX      32 // before its first digit
#define LINE_NODES     60
#define SIGNATURES_MAX 20
#define BEFORE_MAX     30 // bytes of a date, say, before "by"

// --- sources ---

static void
from_schema_value(struct names *out, const cJSON *v)
{
	const struct page *p = out->s->p;

	if (cJSON_IsArray(v)) {
		json_foreach (item, v)
			from_schema_value(out, item);
		return;
	}
	v = schema_deref(p, v);
	out->person |= schema_is(v, "Person");
	if (cJSON_IsObject(v) &&
	    (schema_is(v, "Organization") || schema_is(v, "NewsMediaOrganization")))
		names_add_whole(out, schema_text(p, json_get(v, "name")));
	else if (cJSON_IsString(v))
		names_add_text(out, sv_from(v->valuestring));
	else if (cJSON_IsObject(v) && (json_get(v, "name") || json_get(v, "@value")))
		names_add_text(out, schema_text(p, v));
}

static void
from_schema(struct names *out)
{
	if (!out->s->article)
		return;
	from_schema_value(out, json_get(out->s->article, "author"));
	if (out->n == 0)
		from_schema_value(out, json_get(out->s->article, "creator"));
}

static void
from_posting(struct names *out)
{
	const cJSON *o = out->s->article;

	if (o && (schema_is(o, "DiscussionForumPosting") || schema_is(o, "Question")))
		from_schema_value(out, json_get(o, "author"));
}

// Links that stand together name several authors; the ones further down are of other pages.
static void
from_links(struct names *out, const struct node_list *l, enum place worst)
{
	const struct meta_scan *s = out->s;
	node_id last = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!tree_is(s->p->t, l->v[i], TAG_a) || names_place(s, l->v[i]) > worst)
			continue;
		if (out->n > 0 && l->v[i] > last + GROUP_NODES)
			break;
		names_add_text(out, page_text(s->p, l->v[i], TEXT_MAX));
		last = l->v[i];
	}
}

static void
from_rel(struct names *out)
{
	from_links(out, &out->s->rel_author, PLACE_ASIDE);
}

static void
from_author_link(struct names *out)
{
	from_links(out, &out->s->author_links, PLACE_GOOD);
}

// "Doe, Jane" is one person there; in catalogues only a single word is taken for a last name.
static void
add_citation(struct names *out, struct sv v, bool catalogue)
{
	const char *comma = memchr(v.p, ',', v.n);
	cleanup_buf b = BUF_INIT;

	if (!comma || memchr(comma + 1, ',', v.n - (size_t)(comma - v.p) - 1) ||
	    (catalogue && memchr(v.p, ' ', (size_t)(comma - v.p)))) {
		names_add_text(out, v);
		return;
	}
	buf_sv(&b, sv_trim(sv_sub(v, (size_t)(comma - v.p) + 1, v.n)));
	buf_ch(&b, ' ');
	buf_sv(&b, sv_sub(v, 0, (size_t)(comma - v.p)));
	names_add_whole(out, buf_view(&b));
}

static void
from_meta(struct names *out)
{
	static const char *const names[] = {"author", "citation_author", "parsely-author",
	    "sailthru.author", "dc.creator", "dcterms.creator", "dc.contributor", "byl",
	    "article:author_name", "creator", "cxenseparse:author", "authors", "dc:creator"};
	const struct page *p = out->s->p;

	for (size_t k = 0; k < ARRAY_LEN(names) && out->n == 0; k++)
		for (size_t i = 0; i < p->n_metas; i++) {
			if (!sv_eq_str(p->metas[i].name, names[k]))
				continue;
			if (k == 1 || sv_istarts(p->metas[i].name, "dc"))
				add_citation(out, p->metas[i].content, k != 1);
			else
				names_add_text(out, p->metas[i].content);
		}
}

static void
from_twitter(struct names *out)
{
	static const char *const label[] = {"twitter:label1", NULL};
	static const char *const data[] = {"twitter:data1", NULL};
	static const char *const says[] = {"written by", "author", "verfasst", "escrito por",
	    "écrit par", "scritto da", "geschreven door", "posted by", NULL};
	struct sv l = page_meta_get(out->s->p, label);

	for (size_t i = 0; says[i]; i++)
		if (sv_istarts(l, says[i])) {
			names_add_text(out, page_meta_get(out->s->p, data));
			return;
		}
}

static void
from_article_author(struct names *out)
{
	static const char *const names[] = {"article:author", NULL};

	names_add_text(out, page_meta_get(out->s->p, names));
}

// --- elements ---

static struct sv
first_text(const struct page *p, node_id from, node_id end)
{
	const struct tree *t = p->t;

	for (node_id i = from; i < end; i++) {
		struct sv v = t->nodes[i].kind == NODE_TEXT ? sv_trim(tree_text(t, i)) : SV_NULL;

		if (tree_is(t, i, TAG_script) || tree_is(t, i, TAG_style)) {
			i = t->nodes[i].end - 1;
			continue;
		}
		if (v.n > 2 && !names_is_label(v))
			return v;
	}
	return SV_NULL;
}

// A block about the author often holds more than the name; the name is then its first link, or its
// first text.
static void
add_block(struct names *out, node_id i)
{
	const struct page *p = out->s->p;
	node_id end = MIN(p->t->nodes[i].end, i + BLOCK_NODES);
	struct sv text = page_text(p, i, TEXT_MAX), first;
	bool short_enough = text.n <= NAMES_BLOCK_MAX;

	for (node_id k = i + 1; k < end && out->n == 0; k++)
		if (tree_is(p->t, k, TAG_a) || page_has_word(p->t, k, "itemprop", "name")) {
			struct sv name = page_text(p, k, TEXT_MAX);

			if (name.n > 0 && names_words(name) <= 4)
				names_add_text(out, name);
		}
	if (out->n > 0)
		return;
	first = first_text(p, i, end);
	if (first.n > 0 && (!short_enough || first.n + 3 < text.n) && names_is_capital(first))
		names_add_text(out, first);
	if (out->n == 0 && short_enough)
		names_add_text(out, text);
}

static void
from_class(struct names *out, const struct node_list *list, const char *part)
{
	static const char *const attrs[] = {"class", "itemprop", "id", "data-testid"};
	const struct meta_scan *s = out->s;

	for (size_t i = 0; i < list->n && out->n == 0; i++) {
		bool fits = false;

		for (size_t k = 0; k < ARRAY_LEN(attrs); k++)
			fits |= sv_ifind(tree_get(s->p->t, list->v[i], attrs[k]), part) >= 0;
		if (fits && !meta_holds_heading(s, list->v[i]) &&
		    !names_out_of_place(s, list->v[i]))
			add_block(out, list->v[i]);
	}
}

static void
from_author_name(struct names *out)
{
	static const char *const parts[] = {
	    "author-name", "author_name", "authorname", "author__name", "name-author", NULL};

	for (size_t i = 0; parts[i] && out->n == 0; i++)
		from_class(out, &out->s->author, parts[i]);
}

static void
from_author_class(struct names *out)
{
	static const char *const parts[] = {"aut", "verfasser", "forfatter", "szerzo", NULL};

	for (size_t i = 0; parts[i] && out->n == 0; i++)
		from_class(out, &out->s->author, parts[i]);
}

static void
from_byline(struct names *out)
{
	from_class(out, &out->s->byline, "byline");
	if (out->n == 0 && sv_istarts(out->s->lang, "es")) // a company elsewhere
		from_class(out, &out->s->byline, "firma");
}

// --- forums ---

// Forum software writes the poster's name onto the post.
static void
from_data_author(struct names *out)
{
	const struct tree *t = out->s->p->t;

	for (size_t i = 0; i < out->s->posters.n && out->n == 0; i++) {
		struct sv v = page_attr(t, out->s->posters.v[i], "data-author");

		names_add_handle(out, v.p ? v : page_attr(t, out->s->posters.v[i], "author"));
	}
}

static bool
is_forum(const struct meta_scan *s)
{
	static const char *const parts[] = {"forum", "/threads/", "/thread-", "/topic", "viewtopic",
	    "showthread", "showtopic", "/t/", "bbs.", "boards.", "/discussion", "discuss.",
	    "community."};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (sv_ifind(s->p->url, parts[i]) >= 0)
			return true;
	return s->article && (schema_is(s->article, "DiscussionForumPosting") ||
				 schema_is(s->article, "Question"));
}

// The first user named after the heading.
static void
from_users(struct names *out)
{
	const struct meta_scan *s = out->s;
	node_id from =
	    s->heading == NODE_NONE || s->heading < USERS_BEFORE ? 1 : s->heading - USERS_BEFORE;

	if (!is_forum(s))
		return;
	for (size_t i = 0; i < s->users.n && out->n == 0; i++) {
		node_id el = s->users.v[i], end = s->p->t->nodes[el].end;

		if (el >= from)
			names_add_handle(out, first_text(s->p, el, MIN(end, el + BLOCK_NODES)));
	}
}

// --- text ---

// "By <b>Jane Doe</b> and <b>John Roe</b>": what stands in the same block as the first name, if it
// goes on with another.
static struct sv
with_others(const struct meta_scan *s, node_id block, struct sv name)
{
	const struct page *p = s->p;
	static const char *const joints[] = {", ", " and ", " & ", " und ", " et ", " y "};
	struct sv v = tree_is(p->t, block, TAG_body) ? SV_NULL : page_text(p, block, TEXT_MAX);
	struct sv rest =
	    names_begins_by(s, v) && v.n <= NAMES_BLOCK_MAX ? names_after_by(s, v) : SV_NULL;

	if (name.n == 0 || !sv_starts(rest, page_dup(p, name).p))
		return name;
	for (size_t i = 0; i < ARRAY_LEN(joints); i++)
		if (sv_starts(sv_sub(rest, name.n, rest.n), joints[i]))
			return rest;
	return name;
}

// "By Jane Doe" in one piece, around a link, or as a label with the name in the next element.
static struct sv
text_with_name(const struct meta_scan *s, node_id i, struct sv text)
{
	const struct page *p = s->p;
	node_id up = p->t->nodes[i].parent;
	struct sv v;

	if (names_is_label(text)) {
		v = first_text(p, i + 1, MIN(p->t->n, i + NEXT_NODES));
		return with_others(s, up, v);
	}
	if (tree_is(p->t, up, TAG_body))
		return text;
	v = page_text(p, up, TEXT_MAX);
	return v.n <= NAMES_BLOCK_MAX && names_begins_by(s, v) ? v : text;
}

// Does little stand before the text in its line? "… written by" in a sentence is no label.
static bool
begins_line(const struct page *p, node_id i)
{
	const struct tree *t = p->t;
	node_id up = t->nodes[i].parent;
	size_t before = 0;

	while (up != 0 && tag_flags(t->nodes[up].tag) & TAGF_INLINE)
		up = t->nodes[up].parent;
	for (node_id k = i - 1; k > up && i - k < LINE_NODES && before <= BEFORE_MAX; k--)
		if (t->nodes[k].kind == NODE_TEXT)
			before += sv_trim(tree_text(t, k)).n;
	return before <= BEFORE_MAX;
}

// "February 27th, 2008 by Jane Doe": what stands behind the date, when that names somebody.
static struct sv
behind_date(const struct dates *d, struct sv v)
{
	struct date found;
	size_t digit = 0;

	while (digit < v.n && digit < MONTH_MAX && !(v.p[digit] >= '0' && v.p[digit] <= '9'))
		digit++;
	if (digit == v.n || digit == MONTH_MAX || !date_find(v, &d->o, &found) ||
	    found.from > WEEKDAY_MAX)
		return SV_NULL;
	v = sv_sub(v, found.end, v.n);
	while (v.n > 0 && strchr(" ,|-", v.p[0]))
		v = sv_sub(v, 1, v.n);
	return names_begins_by(d->s, v) ? v : SV_NULL;
}

// "Contributor Network", "Author Guidelines": the label is part of another name.
static bool
names_a_thing(struct sv v)
{
	return (sv_istarts(v, "contributor") || sv_istarts(v, "author")) && names_words(v) == 2 &&
	       !memchr(v.p, ':', v.n);
}

static void
from_by_text(struct names *out)
{
	const struct page *p = out->s->p;
	node_id from = out->s->heading == NODE_NONE ? 1 : out->s->heading;
	node_id end = MIN(p->t->n, from + LABEL_NODES);
	struct dates d = dates_init(out->s);

	for (node_id i = from; i < end && out->n == 0; i++) {
		struct sv v =
		    p->t->nodes[i].kind == NODE_TEXT ? sv_trim(tree_text(p->t, i)) : SV_NULL;
		struct sv behind;
		bool by, handle;

		if (v.n < 2 || v.n > TEXT_MAX)
			continue;
		by = names_begins_by(out->s, v);
		behind = by ? SV_NULL : behind_date(&d, v);
		if ((!behind.p && !by) || !begins_line(p, i))
			continue;
		if (!behind.p && names_a_thing(v))
			continue;
		handle = names_words(behind.p ? behind : v) == 2;
		v = names_after_by(out->s, behind.p ? behind : text_with_name(out->s, i, v));
		if ((names_is_capital(v) || names_is_capital(names_cut(v)) ||
			(handle && names_words(v) == 1)) &&
		    names_place(out->s, i) != PLACE_BAD)
			names_add_text(out, v);
	}
}

// "Written by Jane Doe" anywhere else on the page, in a line of its own.
static void
from_signature(struct names *out)
{
	const struct node_list *l = &out->s->signatures;
	const struct page *p = out->s->p;

	for (size_t i = 0; i < MIN(l->n, (size_t)SIGNATURES_MAX) && out->n == 0; i++) {
		struct sv v = sv_trim(tree_text(p->t, l->v[i]));

		if (v.n > NAMES_BLOCK_MAX || !begins_line(p, l->v[i]) ||
		    names_place(out->s, l->v[i]) == PLACE_BAD)
			continue;
		v = names_after_by(out->s, text_with_name(out->s, l->v[i], v));
		if (names_is_capital(v))
			names_add_text(out, v);
	}
}

static const struct {
	void (*read)(struct names *);
	bool weak; // not against a person named like the site
} sources[] = {{from_posting, false}, {from_data_author, false}, {from_rel, false},
    {from_schema, false}, {from_meta, false}, {from_twitter, false}, {from_author_name, false},
    {from_author_class, false}, {from_users, false}, {from_author_link, true}, {from_byline, false},
    {from_by_text, true}, {from_signature, true}, {names_from_dated_line, true},
    {from_article_author, true}};

static struct sv
joined(const struct names *n)
{
	cleanup_buf b = BUF_INIT;

	for (size_t i = 0; i < n->n; i++) {
		if (i > 0)
			buf_str(&b, ", ");
		buf_sv(&b, n->v[i]);
		buf_sv(&b, n->degrees[i]);
	}
	return page_dup(n->s->p, buf_view(&b));
}

static size_t
done(const struct names *n, struct metadata *out)
{
	if (n->n == 0)
		return 0;
	out->n_authors = n->n;
	memcpy(out->authors, n->v, n->n * sizeof(*n->v));
	out->byline = joined(n);
	return n->n;
}

// The site itself is an author only when nobody else is.
void
meta_authors(const struct meta_scan *s, struct metadata *out)
{
	struct names site = {.n = 0};
	bool person = false;

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct names n = {.s = s};

		if (sources[i].weak && person)
			continue;
		sources[i].read(&n);
		if (n.n == 1 && names_is_site(s, n.v[0])) {
			site = site.n > 0 ? site : n;
			person |= n.person;
		} else if (done(&n, out) > 0) {
			return;
		}
	}
	done(&site, out);
}
