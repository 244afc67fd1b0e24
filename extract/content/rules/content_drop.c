// SPDX-License-Identifier: Apache-2.0
// Boilerplate by what authors call it: element names, ARIA roles, and families of class and id
// words. A rule never takes what the page would be empty without: a family that holds most of the
// prose means something else on this page. Linear.
#include "extract/content/rules/rules.h"

#define MIN_PROSE 300 // bytes of good paragraphs without which a page has no other content

// --- structural elements ---

static bool
is_structural(const struct tree *t, node_id i)
{
	static const char *const roles[] = {"alertdialog", "banner", "complementary", "contentinfo",
	    "dialog", "menu", "menubar", "navigation", "search", "tablist"};
	uint32_t tag = t->nodes[i].tag;
	struct sv role;

	if (tag == TAG_aside || tag == TAG_dialog || tag == TAG_footer || tag == TAG_menu ||
	    tag == TAG_nav)
		return true;
	role = tree_get_id(t, i, ATTR_role);
	for (size_t k = 0; role.n > 0 && k < ARRAY_LEN(roles); k++)
		if (sv_ieq_str(role, roles[k]))
			return true;
	return false;
}

// The next element whose name may say something, from i on; the number of nodes if there is none.
static node_id
next_named(const struct finder *d, node_id i)
{
	return marks_next(d->f.traits, IS_NAMED, i, d->t->n);
}

static bool
is_candidate(const struct finder *d, node_id i)
{
	uint32_t tag = d->t->nodes[i].tag;

	return tag != TAG_body && tag != TAG_html && !(d->f.circumstances[i] & d->f.uncounted);
}

// In code, a class says what the words are (`comment`, `meta` of a highlighter), not what they are
// for on the page.
static bool
is_in_code(const struct finder *d, node_id i)
{
	return d->f.circumstances[d->t->nodes[i].parent] & IN_CODE;
}

// Small enough to go: not above the share of all text, and not with most of the prose.
static bool
is_minor(const struct sums *s, const struct sums *all, double share)
{
	if (s->chars > share * all->chars)
		return false;
	return all->good <= 500 || s->good * 2 <= all->good;
}

static void
drop_structural(struct finder *d)
{
	struct sums all = features_of(&d->f, 0);
	bool any = false;

	for (node_id i = next_named(d, 1); i < d->t->n; i = next_named(d, i + 1)) {
		struct sums s;

		if (!is_candidate(d, i) || !is_structural(d->t, i))
			continue;
		s = features_of(&d->f, i);
		if (is_minor(&s, &all, 0.7) ||
		    (!tree_is(d->t, i, TAG_aside) && all.good - s.good > MIN_PROSE)) {
			d->dropped[i] = DROP_ELEMENT;
			any = true;
		}
	}
	if (any)
		features_sum(&d->f, d->dropped);
}

// --- families of words ---

struct family {
	struct sums sums; // of its outermost elements that hold no <main> or <article>
	node_id until;
};

static void
measure_families(const struct finder *d, struct family *families)
{
	for (node_id i = next_named(d, 1); i < d->t->n; i = next_named(d, i + 1)) {
		uint32_t words = (uint32_t)d->f.families[i];
		struct sums s;

		if (words == 0 || !is_candidate(d, i) || is_in_code(d, i))
			continue;
		s = features_of(&d->f, i);
		for (int k = 0; s.bodies == 0 && k < KW_COUNT; k++)
			if (words >> k & 1 && i >= families[k].until) {
				families[k].sums.good += s.good;
				families[k].sums.chars += s.chars;
				families[k].until = d->t->nodes[i].end;
			}
	}
}

// Prose in <article> elements that is in no element of the family.
static uint32_t
prose_of_articles(const struct finder *d, uint32_t family)
{
	uint32_t prose = 0;

	for (node_id i = 1; i < d->t->n; i++) {
		uint32_t k = d->f.at[i];

		if (d->f.families[i] & family)
			i = d->t->nodes[i].end - 1;
		else if (d->f.circumstances[i] & IN_ARTICLE && d->f.counted[k].node == i &&
			 features_good_block(&d->f, k))
			prose += d->f.own[k];
	}
	return prose;
}

// Comments are the content where there is little else: forums, link aggregators.
static bool
comments_are_content(const struct finder *d, const struct sums *all, const struct sums *comments)
{
	return all->good - comments->good <= 2500 && prose_of_articles(d, KW(COMMENT)) < MIN_PROSE;
}

// The families whose words mean on this page what they mean elsewhere.
static uint32_t
trusted_families(const struct finder *d, const struct sums *all)
{
	struct family families[KW_COUNT] = {0};
	uint32_t trusted = 0;

	measure_families(d, families);
	for (int k = 0; k < KW_COUNT; k++) {
		const struct sums *s = &families[k].sums;
		bool certain = (KW(NAV) | KW(FOOTER) | KW(OVERLAY)) >> k & 1;
		bool minor = s->good <= 0.4 * all->good && s->chars <= 0.7 * all->chars;

		if (k == KW_COMMENT ? minor || !comments_are_content(d, all, s)
				    : minor || all->good - s->good >= (certain ? MIN_PROSE : 1500u))
			trusted |= 1u << k;
	}
	return trusted;
}

#define KW_STRONG                                                                                  \
	(KW(NAV) | KW(FOOTER) | KW(SIDEBAR) | KW(SOCIAL) | KW(RELATED) | KW(AD) | KW(SUBSCRIBE) |  \
	    KW(OVERLAY) | KW(COMMENT))
#define KW_WEAK (KW(META) | KW(TOOL) | KW(AUTHOR)) // small things, in forums part of a post

struct drop_rules {
	struct sums all;
	uint32_t strong, weak; // words to go by
};

static bool
is_page_header(const struct finder *d, node_id i, uint32_t words, const struct sums *s)
{
	if (!tree_is(d->t, i, TAG_header) && !(words & KW(HEADER)))
		return false;
	return s->h1 == 0 && s->good < 200 && !(d->f.circumstances[i] & IN_ARTICLE);
}

static bool
drop_by_words(const struct finder *d, const struct drop_rules *r, node_id i)
{
	uint32_t words = (uint32_t)d->f.families[i];
	struct sums s = features_of(&d->f, i);

	if (s.bodies > 0)
		return tree_is(d->t, i, TAG_form) && is_minor(&s, &r->all, 0.3);
	if (words & r->strong && is_minor(&s, &r->all, 0.5))
		return true;
	if (words & r->weak && s.h1 == 0 && is_minor(&s, &r->all, 0.03))
		return true;
	return (tree_is(d->t, i, TAG_form) || is_page_header(d, i, words, &s)) &&
	       is_minor(&s, &r->all, 0.3);
}

static void
drop_named(struct finder *d)
{
	struct drop_rules r = {.all = features_of(&d->f, 0)};
	bool any = false;
	uint32_t trusted = trusted_families(d, &r.all);

	r.strong = trusted & KW_STRONG;
	r.weak = trusted & KW(COMMENT) ? trusted & KW_WEAK : trusted & KW(TOOL);
	for (node_id i = next_named(d, 1); i < d->t->n; i = next_named(d, i + 1))
		if (is_candidate(d, i) && !is_in_code(d, i) && !tree_is(d->t, i, TAG_main) &&
		    drop_by_words(d, &r, i)) {
			d->dropped[i] = DROP_NAMED;
			any = true;
			i = d->t->nodes[i].end - 1;
		}
	if (any)
		features_sum(&d->f, d->dropped);
}

void
content_drop(struct finder *d)
{
	drop_structural(d);
	drop_named(d);
}
