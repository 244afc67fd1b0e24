// SPDX-License-Identifier: Apache-2.0
// The title, by the rule of the accuracies measured: a heading that <title>, og:title or the
// address confirms, the headline of the structured data, a sole h1, then og:title or <title>
// without the site's name.
#include "extract/meta/metadata_priv.h"

#define H1_MAX             500
#define H1_TRIED           5
#define H2_TRIED           6
#define H1_MAX_WORDS       40
#define ONE_WORD_MAX_TITLE 6    // a heading of one word says too little about a longer title
#define SOLE_H1_F1         0.34 // below it <title> is the better guess
#define SOLE_H1_ARTICLE    0.2  // an article's heading is freer
#define SLUG_SHARE         0.6  // of a heading's words in the address
#define REST_SHARE         0.8  // of <title>'s other words that a lower heading has

static const char *const og_names[] = {"og:title", "twitter:title", NULL};

struct candidates {
	struct sv h1[H1_TRIED];
	node_id h1_nodes[H1_TRIED];
	struct words h1_words[H1_TRIED];
	size_t n_h1;
	struct sv h2[H2_TRIED];
	node_id h2_nodes[H2_TRIED];
	struct words h2_words[H2_TRIED];
	size_t n_h2;
	struct sv og, tag, headline;
	struct words og_words, tag_words, headline_words, slug;
};

static bool
hidden(const struct tree *t, node_id i)
{
	for (unsigned up = 0; up < 30 && i != 0; up++, i = t->nodes[i].parent)
		if (t->nodes[i].flags & NODE_F_HIDDEN)
			return true;
	return false;
}

static size_t
read_headings(const struct meta_scan *s, const struct node_list *l, size_t max, struct sv *text,
    node_id *nodes, struct words *words)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n && n < max; i++) {
		struct sv v = hidden(s->p->t, l->v[i]) ? SV_NULL : page_text(s->p, l->v[i], H1_MAX);

		if (v.n == 0 || (n > 0 && sv_eq(v, text[n - 1]))) // a second one for small screens
			continue;
		words_read(&words[n], v);
		nodes[n] = l->v[i];
		text[n++] = v;
	}
	return n;
}

static struct sv
path_of(struct sv url)
{
	ptrdiff_t at = sv_ifind(url, "://");
	size_t i = at < 0 ? url.n : (size_t)at + 3;

	while (i < url.n && url.p[i] != '/')
		i++;
	return sv_sub(url, i, url.n);
}

// Marks of a permalink, and what forum software and separators leave at the ends.
static struct sv
trimmed(struct sv v)
{
	static const char *const leads[] = {"| ", "- ", NULL};
	static const char *const tails[] = {"¶", " #", " §", " |", " -", NULL};

	v = meta_behind_topic(v);
	for (size_t i = 0; leads[i]; i++)
		if (sv_istarts(v, leads[i]))
			v = sv_sub(v, strlen(leads[i]), v.n);
	for (size_t i = 0; tails[i]; i++) {
		size_t n = strlen(tails[i]);

		if (v.n > n && memcmp(v.p + v.n - n, tails[i], n) == 0)
			v = sv_trim(sv_sub(v, 0, v.n - n));
	}
	while (v.n > 3 && (unsigned char)v.p[v.n - 3] == 0xef && (unsigned char)v.p[v.n - 2] < 0xa0)
		v = sv_trim(sv_sub(v, 0, v.n - 3)); // U+F000 …: an icon
	return v;
}

static void
collect(const struct meta_scan *s, struct candidates *c)
{
	c->n_h1 = read_headings(s, &s->h1, H1_TRIED, c->h1, c->h1_nodes, c->h1_words);
	c->n_h2 = read_headings(s, &s->h2, H2_TRIED, c->h2, c->h2_nodes, c->h2_words);
	c->og = meta_unescaped(s->p, page_meta_get(s->p, og_names));
	c->tag = trimmed(s->title_tag);
	if (s->article)
		c->headline =
		    meta_unescaped(s->p, schema_text(s->p, json_get(s->article, "headline")));
	words_read(&c->og_words, c->og);
	words_read(&c->tag_words, c->tag);
	words_read(&c->headline_words, c->headline);
	words_read(&c->slug, path_of(s->p->url));
}

// --- the site's name at the end or the beginning ---

static const char *const separators[] = {
    " | ", " – ", " — ", " - ", " · ", " • ", " » ", " « ", " :: ", " / ", " > ", " ~ "};

static size_t
separator_at(struct sv v, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(separators); k++)
		if (sv_starts(sv_sub(v, i, v.n), separators[k]))
			return strlen(separators[k]);
	return 0;
}

static bool
names_site(const struct meta_scan *s, struct sv part)
{
	struct words a, b;
	char squeezed[64];
	size_t n = 0;
	ptrdiff_t at;

	words_read(&a, part);
	words_read(&b, s->site_name);
	if (a.n > 0 && (words_contained(&a, &b) > 0.99 || words_f1(&a, &b) >= 0.8))
		return true;
	for (size_t i = 0; i < part.n && n + 1 < sizeof(squeezed); i++)
		if (part.p[i] != ' ')
			squeezed[n++] = part.p[i];
	squeezed[n] = '\0';
	at = n >= 3 ? sv_ifind(s->host, squeezed) : -1;
	return at == 0 || (at > 0 && s->host.p[at - 1] == '.');
}

// Cuts parts that name the site from both ends; without any, the short last part of a <title>.
static struct sv
without_site(const struct meta_scan *s, struct sv v, bool cut_last)
{
	size_t first = 0, first_end = 0, last = 0, last_len = 0;

	for (size_t i = 0; i < v.n; i++) {
		size_t n = separator_at(v, i);

		if (n == 0)
			continue;
		if (first_end == 0) {
			first = i;
			first_end = i + n;
		}
		last = i;
		last_len = n;
		i += n - 1;
	}
	if (first_end == 0)
		return v;
	if (names_site(s, sv_sub(v, last + last_len, v.n)))
		return sv_sub(v, 0, last);
	if (names_site(s, sv_sub(v, 0, first)))
		return sv_sub(v, first_end, v.n);
	return cut_last ? sv_sub(v, 0, first) : v;
}

// --- the rule ---

static bool
confirmed(const struct candidates *c, const struct words *h)
{
	if (h->n == 0 || h->n > H1_MAX_WORDS)
		return false;
	if (h->n == 1 && (c->tag_words.n > ONE_WORD_MAX_TITLE || c->headline_words.n > 3))
		return false;
	if (h->n > 3 && words_contained(h, &c->slug) > SLUG_SHARE)
		return true;
	return words_contained(h, &c->tag_words) > 0.99 ||
	       words_contained(h, &c->og_words) > 0.99 || words_f1(h, &c->og_words) >= 0.8 ||
	       words_f1(h, &c->headline_words) >= 0.8;
}

static struct words
words_without(const struct words *all, const struct words *less)
{
	struct words out = {.n = 0};

	for (size_t i = 0; i < all->n; i++) {
		bool found = false;

		for (size_t k = 0; k < less->n; k++)
			found |= all->v[i] == less->v[k];
		if (!found)
			out.v[out.n++] = all->v[i];
	}
	return out;
}

static bool
is_banner(const struct meta_scan *s, const struct candidates *c, size_t h1)
{
	return names_site(s, c->h1[h1]) ||
	       (c->slug.n > 0 && meta_leads_home(s->p, c->h1_nodes[h1]));
}

// A lower heading that is one part of <title>; SV_NULL: none is, or it is the site's name.
static struct sv
part_heading(const struct meta_scan *s, const struct candidates *c)
{
	for (size_t i = 0; i < c->n_h2; i++)
		if (meta_is_title_part(c->tag, c->h2[i]) && !names_site(s, c->h2[i]) &&
		    meta_place(s, c->h2_nodes[i]) == PLACE_GOOD &&
		    !meta_leads_home(s->p, c->h2_nodes[i]))
			return c->h2[i];
	return SV_NULL;
}

// The h1 is the site's banner, and a lower heading has the rest of <title>.
static struct sv
below_banner(const struct meta_scan *s, const struct candidates *c, size_t h1)
{
	struct words rest = words_without(&c->tag_words, &c->h1_words[h1]);
	bool banner = is_banner(s, c, h1);

	if (words_contained(&c->h1_words[h1], &c->slug) > SLUG_SHARE && !banner)
		return SV_NULL;
	if (c->slug.n == 0) // a front page
		return SV_NULL;
	if (banner) {
		struct sv part = part_heading(s, c);

		if (part.n > 0 && !sv_eq(part, c->h1[h1]))
			return part;
	}
	for (size_t i = 0; i < c->n_h2 && rest.n > 1; i++) {
		const struct words *w = &c->h2_words[i];

		if (w->n < 2 || words_f1(w, &c->h1_words[h1]) > 0.5)
			continue;
		if (banner ? words_contained(w, &c->tag_words) > REST_SHARE
			   : words_f1(w, &rest) > REST_SHARE &&
				 (words_contained(w, &c->slug) > SLUG_SHARE ||
				     sv_istarts(c->tag, c->h2[i].p)))
			return c->h2[i];
	}
	return SV_NULL;
}

// "Quick start | The manual": the page first, then what it is a part of.
static bool
opens_title(const struct candidates *c, size_t h1)
{
	const struct words *h = &c->h1_words[h1];

	return h->n > 1 && c->tag_words.n >= h->n &&
	       memcmp(h->v, c->tag_words.v, h->n * sizeof(*h->v)) == 0;
}

// "Cocina: Gazpacho" at /gazpacho.html: the h1 says the site, and the address the lower heading.
static struct sv
below_by_address(const struct meta_scan *s, const struct candidates *c, size_t h1)
{
	struct sv part =
	    words_contained(&c->h1_words[h1], &c->slug) > 0 ? SV_NULL : part_heading(s, c);
	struct words w;

	words_read(&w, part);
	return words_contained(&w, &c->slug) > SLUG_SHARE ? part : SV_NULL;
}

static struct sv
from_h1(const struct meta_scan *s, const struct candidates *c)
{
	size_t best = c->n_h1;
	struct sv lower;

	for (size_t i = 0; i < c->n_h1; i++)
		if (confirmed(c, &c->h1_words[i]) && !(c->n_h1 > 1 && is_banner(s, c, i)) &&
		    (best == c->n_h1 || c->h1_words[i].n > 2 * c->h1_words[best].n ||
			(opens_title(c, i) && !opens_title(c, best))))
			best = i;
	if (best == c->n_h1)
		return SV_NULL;
	lower = below_banner(s, c, best);
	if (lower.n == 0)
		lower = below_by_address(s, c, best);
	if (lower.n > 0)
		return lower;
	if (c->tag_words.n > c->h1_words[best].n + 2 && names_site(s, c->h1[best]))
		return SV_NULL;
	return c->h1[best];
}

// A headline that repeats <title> or og:title was written for search engines, as those were.
static bool
is_copied(const struct candidates *c)
{
	return words_f1(&c->headline_words, &c->tag_words) >= 0.8 ||
	       words_f1(&c->headline_words, &c->og_words) >= 0.8;
}

static bool
is_sole_h1(const struct candidates *c, double likeness)
{
	return c->n_h1 == 1 && c->h1_words[0].n >= 2 && c->h1_words[0].n <= 30 &&
	       (words_f1(&c->h1_words[0], &c->tag_words) >= likeness ||
		   words_f1(&c->h1_words[0], &c->og_words) >= likeness);
}

// "Town of Elm: Press releases", "Detail view" of every page: the sole h1 says more.
static bool
is_generic(struct sv tag)
{
	static const char *const parts[] = {"Detailansicht", "Einzelansicht", "Detailseite",
	    "Detail", "Details", "Artikel", "Meldung", "Meldungen", "Aktuelles", "Nachrichten",
	    "Presse", "Pressemitteilung", "Pressemitteilungen", "Pressemeldungen", "News",
	    "News detail", "Article", "Press release", "Press releases", "Actualités", "Actualité",
	    "Détail", "Communiqué", "Communiqués de presse", "Noticias", "Noticia", "Detalle",
	    "Notícias", "Notícia", "Notizie", "Notizia", "Dettaglio", "Comunicati stampa", "Nieuws",
	    "Nyheter", "Nyheder", "Uutiset", "Aktualności", "Aktuality", "Hírek", "Haberler",
	    "Новости"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (sv_eq_str(tag, parts[i]) || meta_is_title_part(tag, sv_from(parts[i])))
			return true;
	return false;
}

static struct sv
pick(const struct meta_scan *s, const struct candidates *c)
{
	struct sv v = from_h1(s, c);

	if (v.n > 0)
		return v;
	if (c->headline.n > 0 && !is_copied(c))
		return without_site(s, c->headline, false);
	v = c->headline.n == 0 && c->slug.n > 0 ? part_heading(s, c) : SV_NULL;
	if (v.n > 0)
		return v;
	if (is_sole_h1(c, s->article ? SOLE_H1_ARTICLE : SOLE_H1_F1) ||
	    (c->n_h1 == 1 && c->h1_words[0].n > 1 && is_generic(c->tag)))
		return c->h1[0];
	if (c->headline.n > 0)
		return without_site(s, c->headline, false);
	if (c->og.n > 0)
		return without_site(s, c->og, false);
	if (c->tag.n > 0)
		return without_site(s, c->tag, true);
	return c->n_h1 > 0 ? c->h1[0] : SV_NULL;
}

// Without soft hyphens and zero-width spaces.
static struct sv
without_breaks(const struct page *p, struct sv v)
{
	static const char *const breaks[] = {"\xc2\xad", "\xe2\x80\x8b"};
	cleanup_buf b = BUF_INIT;

	for (size_t i = 0; i < v.n;) {
		size_t skip = 0;

		for (size_t k = 0; k < ARRAY_LEN(breaks) && skip == 0; k++)
			if (sv_starts(sv_sub(v, i, v.n), breaks[k]))
				skip = strlen(breaks[k]);
		if (skip == 0)
			buf_ch(&b, v.p[i++]);
		i += skip;
	}
	return b.n < v.n ? page_dup(p, buf_view(&b)) : v;
}

struct sv
meta_title(const struct meta_scan *s)
{
	struct candidates *c = arena_alloc(s->p->a, sizeof(*c));
	struct sv v;

	if (!c)
		return SV_NULL;
	collect(s, c);
	v = pick(s, c);
	return v.n > 0 ? page_collapse(s->p, without_breaks(s->p, trimmed(v))) : SV_NULL;
}
