// SPDX-License-Identifier: Apache-2.0
// The author: sources in the order of their measured accuracy, each cleaned of "By", roles and
// dates, and refused when it is no name (a URL, a handle, the site itself, digits, a sentence).
#include "extract/meta/metadata_priv.h"

#define NAME_MAX_BYTES 100
#define NAME_MAX_WORDS 6
#define AUTHORS_MAX    METADATA_MAX_AUTHORS
#define TEXT_MAX       200
#define BLOCK_MAX      90

struct names {
	const struct meta_scan *s;
	struct sv v[AUTHORS_MAX];
	size_t n;
};

// --- is it a name? ---

static const char *const lead_words[] = {"by", "von", "par", "por", "da", "di", "door", "av", "af",
    "written by", "posted by", "words by", "author", "author:", "authors:", "written",
    "reviewed by", "text by", "story by", "published by", "autor", "autor:", "auteur", "text",
    "from", "submitted by", "article by", "contributed by", "created by", "started by",
    "verfasst von", "geschrieben von", "por:", "by:", "автор:", "от", "af:", NULL};

static bool
strip_lead(struct sv *v)
{
	for (size_t i = 0; lead_words[i]; i++) {
		size_t n = strlen(lead_words[i]);

		if (v->n > n && sv_istarts(*v, lead_words[i]) &&
		    (v->p[n] == ' ' || v->p[n] == ':' || (v->p[n] & 0x80))) {
			*v = sv_trim(sv_sub(*v, n, v->n));
			while (v->n > 0 && (*v->p == ':' || *v->p == '-'))
				*v = sv_trim(sv_sub(*v, 1, v->n));
			return true;
		}
	}
	return false;
}

// The name ends where a date, a role or another field begins.
static struct sv
cut_tail(struct sv v)
{
	static const char *const ends[] = {" | ", " \xe2\x80\xa2 ", " \xc2\xb7 ", " on ",
	    " updated", " published", " \xe2\x80\x93 ", " \xe2\x80\x94 ", " - ", " / ", " in ",
	    " posted", " at ", " last ", " follow", " view ", " read ", " for ", " is a ", " (@",
	    " @", " reviewed by", " edited by", " fact checked", " medically reviewed", " with ",
	    " photography by", " photos by", " via "};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		ptrdiff_t at = sv_ifind(v, ends[i]);

		if (at > 1)
			v = sv_sub(v, 0, (size_t)at);
	}
	for (size_t i = 4; i < v.n;
	     i++) { // "Jane Doe 3 January", "Jane Doe. She …", not "Dr. Jane"
		bool number = v.p[i] >= '0' && v.p[i] <= '9' && v.p[i - 1] == ' ';
		bool stop =
		    v.p[i] == ' ' && v.p[i - 1] == '.' && memchr(v.p + i - 4, ' ', 3) == NULL;

		if (number || stop) {
			v = sv_sub(v, 0, i);
			break;
		}
	}
	while (v.n > 0 && strchr(" ,|-:;*", v.p[v.n - 1]))
		v.n--;
	return v;
}

static size_t
count_words(struct sv v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] != ' ' && (i == 0 || v.p[i - 1] == ' ');
	return n;
}

static bool
is_refused(struct sv v)
{
	static const char *const words[] = {"admin", "administrator", "author", "unknown",
	    "anonymous", "guest", "staff", "editor", "share", "home", "about", "comments",
	    "subscribe", "login", "register", "website", "null", "undefined", "none", "n/a", "more",
	    "follow", "contact", "by", "post", "posts", "topic author", "written by", "written",
	    "articles", "all articles", "profile", "reply"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (sv_ieq_str(v, words[i]))
			return true;
	return sv_ifind(v, "://") >= 0 || sv_ifind(v, "www.") >= 0 || sv_ifind(v, ".com") >= 0 ||
	       v.p[0] == '@' || v.p[0] == '{' || v.p[0] == '#' || memchr(v.p, '?', v.n);
}

static bool
is_site(const struct meta_scan *s, struct sv v)
{
	return sv_ieq_str(v, s->site_name.p ? s->site_name.p : "") || sv_eq(v, s->host);
}

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

// "Jul", "May 25, 2023", "2015": what is left of a date.
static bool
is_date_part(struct sv v)
{
	static const char *const days[] = {
	    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "updated", NULL};
	size_t from = 0, others = 0;

	for (size_t i = 0; i <= v.n; i++) {
		char word[32] = "";

		if (i < v.n && v.p[i] != ' ' && v.p[i] != ',' && v.p[i] != '.')
			continue;
		for (size_t k = from; k < i && k - from < sizeof(word) - 1; k++)
			word[k - from] =
			    (char)(v.p[k] >= 'A' && v.p[k] <= 'Z' ? v.p[k] + 32 : v.p[k]);
		if (i > from && (word[0] < '0' || word[0] > '9') && !is_one_of(word, days) &&
		    date_month_by_name(sv_from(word), SV_NULL) == 0)
			others++;
		from = i + 1;
	}
	return others == 0;
}

static bool
is_sentence(struct sv v, size_t words)
{
	return words > 2 && v.p[0] >= 'a' && v.p[0] <= 'z' && !sv_istarts(v, "de ") &&
	       !sv_istarts(v, "van ") && !sv_istarts(v, "von ");
}

static bool
is_name(struct sv v)
{
	size_t words = count_words(v);

	return v.n >= 2 && v.n <= NAME_MAX_BYTES && words <= NAME_MAX_WORDS && !is_refused(v) &&
	       !is_sentence(v, words) && !is_date_part(v);
}

static bool
known(const struct names *out, struct sv v)
{
	for (size_t i = 0; i < out->n; i++)
		if (sv_ieq_str(out->v[i], v.p))
			return true;
	return false;
}

static void
add_name(struct names *out, struct sv v)
{
	v = page_dup(out->s->p, cut_tail(sv_trim(v)));
	if (is_name(v) && out->n < AUTHORS_MAX && !known(out, v))
		out->v[out->n++] = v;
}

// "By Jane Doe, John Roe and Max Mustermann" -> three names.
static void
add_text(struct names *out, struct sv v)
{
	static const char *const seps[] = {
	    ", and ", " and ", " & ", ", ", " und ", " et ", " y ", "; "};
	size_t from = 0, i = 0;

	v = page_collapse(out->s->p, v);
	for (int n = 0; n < 3 && strip_lead(&v); n++)
		;
	while (i < v.n) {
		size_t sep = 0;

		for (size_t k = 0; k < ARRAY_LEN(seps) && sep == 0; k++)
			if (sv_starts(sv_sub(v, i, v.n), seps[k]))
				sep = strlen(seps[k]);
		if (sep > 0) {
			add_name(out, sv_sub(v, from, i));
			from = i + sep;
			i = from;
		} else {
			i++;
		}
	}
	add_name(out, sv_sub(v, from, v.n));
}

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
	if (cJSON_IsString(v))
		add_text(out, sv_from(v->valuestring));
	else if (cJSON_IsObject(v) && (json_get(v, "name") || json_get(v, "@value")))
		add_text(out, schema_text(p, v));
}

static void
from_schema(struct names *out)
{
	if (out->s->article)
		from_schema_value(out, json_get(out->s->article, "author"));
}

static void
from_rel(struct names *out)
{
	const struct meta_scan *s = out->s;

	for (size_t i = 0; i < s->rel_author.n && out->n == 0; i++)
		if (tree_is(s->p->t, s->rel_author.v[i], TAG_a))
			add_text(out, page_text(s->p, s->rel_author.v[i], TEXT_MAX));
}

static void
from_meta(struct names *out)
{
	static const char *const names[] = {"author", "parsely-author", "sailthru.author",
	    "citation_author", "dc.creator", "dcterms.creator", "byl", "article:author_name"};
	const struct page *p = out->s->p;

	for (size_t k = 0; k < ARRAY_LEN(names) && out->n == 0; k++)
		for (size_t i = 0; i < p->n_metas; i++)
			if (sv_eq_str(p->metas[i].name, names[k]))
				add_text(out, p->metas[i].content);
}

static void
from_twitter(struct names *out)
{
	static const char *const label[] = {"twitter:label1", NULL}, *const data[] = {
									 "twitter:data1", NULL};
	struct sv l = page_meta_get(out->s->p, label);

	if (sv_istarts(l, "written by") || sv_istarts(l, "author") || sv_istarts(l, "verfasst"))
		add_text(out, page_meta_get(out->s->p, data));
}

static void
from_article_author(struct names *out)
{
	static const char *const names[] = {"article:author", NULL};

	add_text(out, page_meta_get(out->s->p, names));
}

static bool
out_of_place(const struct meta_scan *s, node_id i)
{
	for (node_id up = i, steps = 0; steps < 40 && up != 0;
	     steps++, up = s->p->t->nodes[up].parent)
		if (s->p->t->nodes[up].flags & NODE_F_HIDDEN)
			return true;
	return meta_place(s, i) != PLACE_GOOD;
}

// A block about the author often holds more than the name; the name is then its first link.
static void
add_block(struct names *out, node_id i)
{
	const struct page *p = out->s->p;
	struct sv text = page_text(p, i, TEXT_MAX);
	node_id end = MIN(p->t->nodes[i].end, i + 60);

	for (node_id k = i + 1; k < end && out->n == 0; k++)
		if (tree_is(p->t, k, TAG_a) || page_has_word(p->t, k, "itemprop", "name")) {
			struct sv name = page_text(p, k, TEXT_MAX);

			if (name.n > 0 && count_words(name) <= 4)
				add_text(out, name);
		}
	if (out->n == 0 && text.n <= BLOCK_MAX)
		add_text(out, text);
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
		if (fits && !out_of_place(s, list->v[i]))
			add_block(out, list->v[i]);
	}
}

// Forum software writes the poster's name onto the post.
static void
from_data_author(struct names *out)
{
	const struct tree *t = out->s->p->t;

	for (size_t i = 0; i < out->s->posters.n && out->n == 0; i++)
		add_text(out, page_attr(t, out->s->posters.v[i], "data-author"));
}

static void
from_author_link(struct names *out)
{
	const struct meta_scan *s = out->s;

	for (size_t i = 0; i < s->author_links.n && out->n == 0; i++)
		if (!out_of_place(s, s->author_links.v[i]))
			add_text(out, page_text(s->p, s->author_links.v[i], TEXT_MAX));
}

static bool
begins_by(struct sv v, bool alone)
{
	if (sv_istarts(v, "written by"))
		return true;
	return sv_istarts(v, "by") && (v.n == 2 ? alone : v.p[2] == ' ' || v.p[2] == '\n');
}

// The text around a text node: "By <a>Jane</a>" has the name in the next node.
static struct sv
text_around(const struct page *p, node_id i)
{
	node_id up = p->t->nodes[i].parent;
	struct sv v;

	if (tree_is(p->t, up, TAG_body))
		return page_text(p, i, TEXT_MAX);
	v = page_text(p, up, TEXT_MAX);
	return v.n > 2 ? v : page_text(p, p->t->nodes[up].parent, TEXT_MAX);
}

// A short text that begins with "By" soon after the h1.
static void
from_by_text(struct names *out)
{
	const struct page *p = out->s->p;
	node_id from = out->s->h1.n > 0 ? out->s->h1.v[0] : 1, end = MIN(p->t->n, from + 300);

	for (node_id i = from; i < end && out->n == 0; i++) {
		struct sv v =
		    p->t->nodes[i].kind == NODE_TEXT ? sv_trim(tree_text(p->t, i)) : SV_NULL;

		if (v.n < 2 || v.n > BLOCK_MAX || !begins_by(v, true))
			continue;
		v = text_around(p, i);
		if (v.n <= BLOCK_MAX && begins_by(v, false))
			add_text(out, v);
	}
}

static void
from_author_name(struct names *out)
{
	from_class(out, &out->s->author, "author-name");
	if (out->n == 0)
		from_class(out, &out->s->author, "author_name");
	if (out->n == 0)
		from_class(out, &out->s->author, "authorname");
}

static void
from_author_class(struct names *out)
{
	from_class(out, &out->s->author, "author");
}

static void
from_byline(struct names *out)
{
	from_class(out, &out->s->byline, "byline");
}

static void (*const sources[])(struct names *) = {from_data_author, from_rel, from_schema,
    from_meta, from_twitter, from_author_name, from_author_class, from_author_link, from_byline,
    from_by_text, from_article_author};

// The site itself is an author only when nobody else is.
size_t
meta_authors(const struct meta_scan *s, struct sv *out, size_t max)
{
	struct sv site = SV_NULL;

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct names n = {.s = s};

		sources[i](&n);
		if (n.n == 1 && is_site(s, n.v[0])) {
			site = n.v[0];
		} else if (n.n > 0) {
			n.n = MIN(n.n, max);
			memcpy(out, n.v, n.n * sizeof(*out));
			return n.n;
		}
	}
	if (!site.p || !s->article)
		return 0;
	out[0] = site;
	return 1;
}
