// SPDX-License-Identifier: Apache-2.0
// The title, by the rule of the accuracies measured: an h1 that <title> or og:title confirms, the
// headline of the structured data, a sole h1, then og:title or <title> without the site's name.
#include "extract/meta/metadata_priv.h"

#define H1_MAX             500
#define H1_TRIED           5
#define H1_MAX_WORDS       40
#define ONE_WORD_MAX_TITLE 6    // a heading of one word says too little about a longer title
#define SOLE_H1_F1         0.34 // below it <title> is the better guess

static const char *const og_names[] = {"og:title", "twitter:title", NULL};

struct candidates {
	struct sv h1[H1_TRIED];
	struct words h1_words[H1_TRIED];
	size_t n_h1;
	struct sv og, tag, headline;
	struct words og_words, tag_words, headline_words;
};

static bool
hidden(const struct tree *t, node_id i)
{
	for (unsigned up = 0; up < 30 && i != 0; up++, i = t->nodes[i].parent)
		if (t->nodes[i].flags & NODE_F_HIDDEN)
			return true;
	return false;
}

static void
collect(const struct meta_scan *s, struct candidates *c)
{
	for (size_t i = 0; i < s->h1.n && c->n_h1 < H1_TRIED; i++) {
		struct sv v =
		    hidden(s->p->t, s->h1.v[i]) ? SV_NULL : page_text(s->p, s->h1.v[i], H1_MAX);

		if (v.n == 0)
			continue;
		words_read(&c->h1_words[c->n_h1], v);
		c->h1[c->n_h1++] = v;
	}
	c->og = page_meta_get(s->p, og_names);
	c->tag = s->title_tag;
	if (s->article)
		c->headline = schema_text(s->p, json_get(s->article, "headline"));
	words_read(&c->og_words, c->og);
	words_read(&c->tag_words, c->tag);
	words_read(&c->headline_words, c->headline);
}

// --- the site's name at the end or the beginning ---

static const char *const separators[] = {" | ", " \xe2\x80\x93 ", " \xe2\x80\x94 ", " - ",
    " \xc2\xb7 ", " \xe2\x80\xa2 ", " \xc2\xbb ", " \xc2\xab ", " :: ", " / ", " > ", " ~ "};

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

	words_read(&a, part);
	words_read(&b, s->site_name);
	if (a.n > 0 && (words_contained(&a, &b) > 0.99 || words_f1(&a, &b) >= 0.8))
		return true;
	for (size_t i = 0; i < part.n && n + 1 < sizeof(squeezed); i++)
		if (part.p[i] != ' ')
			squeezed[n++] = part.p[i];
	squeezed[n] = '\0';
	return n >= 3 && sv_ifind(s->host, squeezed) == 0;
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
confirmed(const struct candidates *c, size_t i)
{
	const struct words *h = &c->h1_words[i];

	if (h->n == 0 || h->n > H1_MAX_WORDS)
		return false;
	if (h->n == 1 && (c->tag_words.n > ONE_WORD_MAX_TITLE || c->headline_words.n > 3))
		return false;
	return words_contained(h, &c->tag_words) > 0.99 ||
	       words_contained(h, &c->og_words) > 0.99 || words_f1(h, &c->og_words) >= 0.8 ||
	       words_f1(h, &c->headline_words) >= 0.8;
}

static struct sv
pick(const struct meta_scan *s, const struct candidates *c)
{
	size_t best = c->n_h1;

	for (size_t i = 0; i < c->n_h1; i++)
		if (confirmed(c, i) && !(c->n_h1 > 1 && names_site(s, c->h1[i])) &&
		    (best == c->n_h1 || c->h1_words[i].n > 2 * c->h1_words[best].n))
			best = i;
	if (best < c->n_h1)
		return c->h1[best];
	if (c->headline.n > 0)
		return c->headline;
	if (c->n_h1 == 1 && c->h1_words[0].n >= 2 && c->h1_words[0].n <= 30 &&
	    (words_f1(&c->h1_words[0], &c->tag_words) >= SOLE_H1_F1 ||
		words_f1(&c->h1_words[0], &c->og_words) >= SOLE_H1_F1))
		return c->h1[0];
	if (c->og.n > 0)
		return without_site(s, c->og, false);
	if (c->tag.n > 0)
		return without_site(s, c->tag, true);
	return c->n_h1 > 0 ? c->h1[0] : SV_NULL;
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
	return v.n > 0 ? page_collapse(s->p, v) : SV_NULL;
}
