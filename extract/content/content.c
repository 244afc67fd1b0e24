// SPDX-License-Identifier: Apache-2.0
// The main content of a page, in steps: count, decide what is shown at all, drop boilerplate,
// choose the root, prune, mark what is kept, judge the result. Pure and linear; runs in the
// extractor's worker.
#include "extract/content/content_priv.h"

#define NOSCRIPT_MIN 500 // bytes of text

static struct sums
count_all(struct finder *d, uint8_t uncounted)
{
	d->f.uncounted = uncounted;
	features_sum(&d->f, NULL);
	return features_of(&d->f, 0);
}

// Text that would be counted but for this.
static uint32_t
chars_only_in(const struct finder *d, uint8_t circumstance)
{
	uint8_t mask = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT;
	uint32_t chars = 0;

	for (node_id i = 1; i < d->t->n; i++)
		if ((d->f.circumstances[i] & mask) == circumstance)
			chars += d->f.text[i].chars;
	return chars;
}

// Forum software puts the posts into <noscript>, and frameworks hide the page until their script
// ran: text that is not shown counts where it is most of what there is. True when <noscript> does.
static bool
decide_what_is_shown(struct finder *d)
{
	uint8_t without = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT | IN_DROPPED;
	struct sums base = count_all(d, without), s;
	uint32_t noscript = chars_only_in(d, IN_NOSCRIPT), hidden = chars_only_in(d, IN_HIDDEN);

	if (noscript > NOSCRIPT_MIN && noscript > base.chars / 2) {
		count_all(d, without & (uint8_t)~IN_NOSCRIPT);
		return true;
	}
	if (hidden <= 500 || hidden <= 3 * base.good)
		return false;
	s = count_all(d, without & (uint8_t)~IN_HIDDEN);
	if (s.good <= 500 || s.good <= 4 * base.good)
		count_all(d, without);
	return false;
}

static void
mark_kept(const struct finder *d, struct content *out)
{
	const struct tree *t = d->t;

	for (node_id i = out->root; i < t->nodes[out->root].end; i++)
		out->keep[i] = !(d->f.circumstances[i] & d->f.uncounted) &&
			       t->nodes[i].kind != NODE_COMMENT && t->nodes[i].kind != NODE_DOCTYPE;
	for (node_id i = t->nodes[out->root].parent; i != NODE_NONE; i = t->nodes[i].parent)
		out->keep[i] = 1;
}

static double
share(uint32_t part, uint32_t all)
{
	return all > 0 ? (double)part / all : 0;
}

// Content is likely right when it is prose, not links, most of the page, and long enough to tell
// (weights near a linear fit of the word F1 over the development corpus).
static double
judge(const struct content *c)
{
	double length = MIN(c->words / 400.0, 1.0);
	double q = 0.35 + 0.3 * c->paragraph_share + 0.2 * c->text_share + 0.15 * length -
		   0.3 * c->link_density;

	if (c->words < 50)
		q *= c->words / 50.0;
	return MAX(0.0, MIN(1.0, q));
}

static void
describe(const struct finder *d, uint32_t shown, struct content *out)
{
	struct sums s = features_of(&d->f, out->root);

	out->words = s.words;
	out->link_density = share(s.link_chars, s.chars);
	out->text_share = share(s.chars, shown);
	out->paragraph_share = share(s.good, s.chars);
	out->quality = judge(out);
}

static const char *
method_name(const struct finder *d, node_id root, bool scored, bool noscript)
{
	if (features_of(&d->f, root).words == 0)
		return "none";
	if (noscript)
		return "noscript";
	return scored ? "scored" : tree_is(d->t, root, TAG_body) || root == 0 ? "body" : "semantic";
}

static node_id
body_of(const struct tree *t)
{
	node_id body = tree_find(t, 0, TAG_body);

	return body == NODE_NONE ? 0 : body;
}

int
content_find(const struct tree *t, struct arena *a, const struct content_hints *h,
    struct content *out, struct err *err)
{
	struct finder d = {.t = t};
	struct content c = {.root = body_of(t)};
	bool scored = false, noscript;
	uint32_t shown;
	int rc = features_init(&d.f, t, a, err);

	if (rc != 0)
		return rc;
	d.dropped = arena_array(a, t->n, 1);
	c.keep = arena_array(a, t->n, 1);
	if (!d.dropped || !c.keep)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	noscript = decide_what_is_shown(&d);
	shown = features_of(&d.f, 0).chars;
	if (!h->whole_page) {
		content_drop(&d);
		c.root = content_root(&d, &scored);
		content_prune(&d, c.root);
	}
	mark_kept(&d, &c);
	describe(&d, shown, &c);
	c.method = method_name(&d, c.root, scored, noscript);
	*out = c;
	return 0;
}
