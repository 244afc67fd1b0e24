// SPDX-License-Identifier: Apache-2.0
// The main content of a page, in steps: count, decide what is shown at all, drop boilerplate,
// choose the root, prune, mark what is kept, judge the result. Pure and linear; runs in the
// extractor's worker.
#include "extract/content/keep/keep.h"
#include "extract/content/marks/formulas.h"
#include "extract/content/marks/notes.h"
#include "extract/content/model/model.h"
#include "extract/content/model/third.h"

#include <math.h>

#define NOSCRIPT_MIN     500   // bytes of text
#define MODEL_MAX_BLOCKS 10000 // nor is there time for all of a huge page
#define SURE_TYPE        175   // of 250
#define CODE_STEPS       8     // elements between a block and its <pre>
#define DOCUMENTED_CODE  160   // the least probability of code
#define MODEL_MIN_WORDS  50    // a page with fewer tells the model too little

static struct sums
count_all(struct finder *d, uint8_t uncounted)
{
	d->f.uncounted = uncounted;
	features_sum(&d->f, NULL);
	return features_of(&d->f, 0);
}

struct unshown { // text that would be counted but for this
	uint32_t noscript, hidden;
};

static struct unshown
chars_unshown(const struct finder *d)
{
	uint8_t mask = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT;
	struct unshown u = {0};

	for (uint32_t k = 0; k < d->f.n_counted; k++) {
		const struct counted *c = &d->f.counted[k];
		uint8_t why = d->f.circumstances[c->node] & mask;

		if (why == IN_NOSCRIPT)
			u.noscript += c->chars;
		else if (why == IN_HIDDEN)
			u.hidden += c->chars;
	}
	return u;
}

// Forum software puts the posts into <noscript>, and frameworks hide the page until their script
// ran: text that is not shown counts where it is most of what there is. True when <noscript> does.
static bool
decide_what_is_shown(struct finder *d)
{
	uint8_t without = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT | IN_DROPPED;
	struct sums base = count_all(d, without), s;
	struct unshown u = chars_unshown(d);

	if (u.noscript > NOSCRIPT_MIN && u.noscript > base.chars / 2) {
		count_all(d, without & (uint8_t)~IN_NOSCRIPT);
		return true;
	}
	if (u.hidden <= 500 || u.hidden <= 3 * base.good)
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
	const uint8_t *circumstances = d->f.circumstances, uncounted = d->f.uncounted;
	uint8_t *restrict keep = out->keep;
	node_id end = t->nodes[out->root].end;

	for (node_id i = out->root; i < end; i++)
		keep[i] = !(circumstances[i] & uncounted);
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

// --- by rules ---

static void
find_by_rules(struct finder *d, bool whole_page, struct content *out)
{
	bool scored = false, noscript = decide_what_is_shown(d);
	uint32_t shown = features_of(&d->f, 0).chars;

	out->root = body_of(d->t);
	if (!whole_page) {
		content_drop(d);
		out->root = content_root(d, &scored);
		content_prune(d, out->root);
	}
	mark_kept(d, out);
	describe(d, shown, out);
	out->method = method_name(d, out->root, scored, noscript);
}

// --- by the model ---

struct judgement {
	struct signals signals;
	uint8_t *first, *second, *kept;
	uint8_t *both; // the mean of the two
	int32_t *sums;
	uint8_t types[PAGE_TYPES];
	uint8_t *third; // rows of the third model; NULL: it has nothing to say
};

static void
probabilities(const struct forest *f, const struct signals *s, int32_t *sums, uint8_t *out)
{
	forest_sums(f, s->rows, s->b->n, SECOND_COUNT, sums);
	for (uint32_t i = 0; i < s->b->n; i++)
		out[i] = forest_probability(sums[i]);
}

static bool
judgement_init(struct judgement *j, uint32_t blocks, struct arena *a)
{
	size_t n = (size_t)blocks + 1;

	j->sums = arena_array(a, n, sizeof(*j->sums));
	j->first = arena_array(a, n, 1);
	j->second = arena_array(a, n, 1);
	j->both = arena_array(a, n, 1);
	j->kept = arena_array(a, n, 1);
	return j->sums && j->first && j->second && j->both && j->kept;
}

static int
judge_blocks(struct judgement *j, const struct model *m, struct arena *a, struct err *err)
{
	int rc;

	if (!judgement_init(j, j->signals.b->n, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	probabilities(&m->first, &j->signals, j->sums, j->first);
	rc = signals_second(&j->signals, j->first, j->types, a, err);
	if (rc == 0)
		probabilities(&m->second, &j->signals, j->sums, j->second);
	return rc;
}

// What is not shown is no content, whatever the models say of it. Code is, where it is documented:
// they know few pages of that kind, and take long code for a machine's.
static void
join_probabilities(const struct finder *d, struct judgement *j)
{
	bool documents = j->types[PAGE_TYPE_documentation] > SIGNAL_MAX / 2;

	for (uint32_t i = 0; i < d->blocks.n; i++) {
		const uint8_t *row = j->signals.rows + (size_t)i * SECOND_COUNT;
		int both = (j->first[i] + j->second[i]) / 2;

		if (documents && row[BLOCK_landmarks + LANDMARK_pre] <= CODE_STEPS)
			both = MAX(both, DOCUMENTED_CODE);
		if (!(d->blocks.list[i].circumstances & d->f.uncounted & IN_NOSCRIPT))
			j->both[i] = (uint8_t)both;
	}
}

// What a browser knows besides.
static bool
judge_boxes(struct judgement *j, const struct content_hints *h, struct arena *a)
{
	const struct forest *f = h->third ? h->third : &third_default;
	const struct blocks *b = j->signals.b;
	struct third_input in = {h->boxes, &j->signals, arena_array(a, (size_t)b->n + 1, 1),
	    j->first, j->second, j->both, j->types};

	if (!in.unseen || !unseen_find(h->boxes, &j->signals, in.unseen, a))
		return false;
	if (h->boxes->measured && (f->n_trees > 0 || h->probe)) {
		j->third = third_signals(&in, a);
		if (!j->third || !third_judge(f, j->third, b->n, j->both, a))
			return false;
	}
	unseen_drop(in.unseen, b, j->both);
	return true;
}

static void
keep_upwards(const struct tree *t, node_id i, uint8_t *keep)
{
	for (; i != NODE_NONE && !keep[i]; i = t->nodes[i].parent)
		keep[i] = 1;
}

// Is some of the text in the block hidden, but not all?
static bool
mixes_hidden(const struct finder *d, const struct block *k)
{
	if (!(k->circumstances & IN_HIDDEN))
		return false;
	for (node_id n = k->first; n <= k->last; n++) {
		const struct counted *text = features_text(&d->f, n);

		if (text && text->words > 0 && !(d->f.circumstances[n] & (IN_HIDDEN | IN_SILENT)))
			return true;
	}
	return false;
}

static void
mark_blocks(const struct finder *d, const uint8_t *kept, struct content *out)
{
	const struct tree *t = d->t;

	for (uint32_t i = 0; i < d->blocks.n; i++) {
		const struct block *k = &d->blocks.list[i];
		bool mixed = kept[i] && mixes_hidden(d, k);

		for (node_id n = k->first; kept[i] && n <= k->last; n++) {
			uint8_t c = d->f.circumstances[n];

			if ((mixed && c & IN_HIDDEN) ||
			    (c & IN_SILENT && !(c & IN_CONTROL && t->nodes[n].kind == NODE_TEXT)))
				continue;
			keep_upwards(t, n, out->keep);
		}
	}
}

// Pictures, rules and line breaks belong to the nearest ancestor with text: half of its words kept
// keep them.
static void
mark_wordless(
    const struct finder *d, const uint32_t *kept_words, node_id *holder, struct content *out)
{
	const struct tree *t = d->t;
	const struct blocks *b = &d->blocks;

	for (node_id i = 1; i < t->n; i++) {
		bool has_text = b->start[t->nodes[i].end] > b->start[i];
		node_id up = holder[t->nodes[i].parent];
		uint32_t from, to;

		holder[i] = has_text || out->keep[i] ? i : up;
		if (has_text && !out->keep[i]) { // nor is anything in it
			i = t->nodes[i].end - 1;
			continue;
		}
		if (out->keep[i] || !out->keep[up] ||
		    d->f.circumstances[i] & (IN_SILENT | IN_HIDDEN | IN_NOSCRIPT))
			continue;
		from = b->start[up];
		to = b->start[t->nodes[up].end];
		if (to == from || 2 * (kept_words[to] - kept_words[from]) >=
				      b->prefix[to].words - b->prefix[from].words)
			keep_upwards(t, i, out->keep);
	}
}

// The smallest subtree with everything in it.
static node_id
root_of(const struct finder *d, const uint8_t *kept)
{
	const struct blocks *b = &d->blocks;
	uint32_t first = 0, last = b->n - 1;
	node_id root;

	while (!kept[first])
		first++;
	while (!kept[last])
		last--;
	for (root = b->list[first].el; d->t->nodes[root].end <= b->list[last].first;)
		root = d->t->nodes[root].parent;
	return root;
}

static void
describe_kept(const struct finder *d, const struct judgement *j, struct content *out)
{
	const struct blocks *b = &d->blocks;
	uint32_t words = 0, links = 0, good = 0, common = 0, ruled = 0;
	uint64_t sure = 0;

	out->blocks = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct block *k = &b->list[i];
		bool by_rules = j->signals.rows[(size_t)i * SECOND_COUNT + BLOCK_rule_keep];

		sure += (uint64_t)k->s.words * (unsigned)abs(2 * j->both[i] - SIGNAL_MAX);
		ruled += by_rules ? k->s.words : 0;
		if (!j->kept[i])
			continue;
		words += k->s.words;
		links += k->link_words;
		good += block_is_good(k) ? k->s.words : 0;
		common += by_rules ? k->s.words : 0;
		out->blocks++;
	}
	out->words = words;
	out->link_density = share(links, words);
	out->text_share = share(words, b->prefix[b->n].words);
	out->paragraph_share = share(good, words);
	out->agreement = share(2 * common, words + ruled);
	out->confidence = (double)sure / SIGNAL_MAX / MAX(b->prefix[b->n].words, 1u);
}

// Figures in the order of extract/train/train.py.
static double
worth_of(const struct model *m, const struct content *c)
{
	double figures[MODEL_WORTHS] = {1, c->expected, c->expected * c->expected, c->confidence,
	    c->agreement, c->text_share, c->link_density, c->paragraph_share,
	    MIN(c->words / 400.0, 1.0), MIN(c->words / 50.0, 1.0)};
	double sum = 0;

	for (size_t i = 0; i < MODEL_WORTHS; i++)
		sum += m->worth[i] * figures[i];
	return 1 / (1 + exp(-sum));
}

static void
fill_probe(const struct finder *d, const struct judgement *j, struct content_probe *p)
{
	*p = (struct content_probe){.blocks = d->blocks,
	    .rows = j->signals.rows,
	    .first = j->first,
	    .second = j->second,
	    .kept = j->kept,
	    .third = j->third};
	memcpy(p->page, j->signals.page, PAGE_COUNT);
}

// Surely nothing else.
static bool
may_be_article(const uint8_t *types)
{
	for (unsigned k = 0; k < MODEL_TYPES; k++)
		if (k != PAGE_TYPE_article && types[k] > SIGNAL_MAX / 2)
			return false;
	return true;
}

static int
choose_blocks(struct finder *d, struct judgement *j, struct arena *a, struct content *out)
{
	bool article = j->types[PAGE_TYPE_article] > SURE_TYPE;

	content_decide(&d->blocks, j->both, article, j->kept, &out->expected);
	if (!content_repair(&d->f, j->both, j->kept, a) ||
	    !content_between(&d->f, j->both, j->kept, a))
		return -1;
	content_keep_posts(&d->f, j->kept);
	if (j->types[PAGE_TYPE_forum] < SIGNAL_MAX / 2)
		content_drop_comments(&j->signals, j->kept);
	if (j->types[PAGE_TYPE_documentation] > SIGNAL_MAX / 2)
		return 0;
	if (may_be_article(j->types) && !content_drop_asides(&d->blocks, j->kept, a))
		return -1;
	if (!content_drop_copies(&d->blocks, &j->signals.texts, j->both, j->kept, a) ||
	    !content_drop_contained(&d->blocks, j->kept, a))
		return -1;
	return 0;
}

// What the rules kept goes, too.
static void
keep_nothing(const struct finder *d, struct judgement *j, struct content *out)
{
	memset(j->kept, 0, d->blocks.n);
	memset(out->keep, 0, d->t->n);
	out->method = "shell";
	out->quality = out->expected = out->link_density = out->text_share = out->paragraph_share =
	    out->agreement = 0;
	out->words = out->blocks = 0;
}

static int
find_by_model(struct finder *d, struct judgement *j, const struct content_hints *h, struct arena *a,
    struct content *out, struct err *err)
{
	const struct model *m = h->model ? h->model : &model_default;
	uint32_t *kept_words = arena_array(a, (size_t)d->blocks.n + 1, sizeof(*kept_words));
	node_id *holder = arena_array(a, d->t->n, sizeof(*holder));
	int rc = judge_blocks(j, m, a, err);

	if (rc != 0)
		return rc;
	join_probabilities(d, j);
	if ((h->boxes && !judge_boxes(j, h, a)) || !kept_words || !holder ||
	    choose_blocks(d, j, a, out) != 0)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	if (strcmp(out->method, "noscript") != 0 && content_is_shell(d, j->both))
		keep_nothing(d, j, out);
	for (uint32_t i = 0; i < d->blocks.n; i++)
		kept_words[i + 1] = kept_words[i] + (j->kept[i] ? d->blocks.list[i].s.words : 0);
	if (h->probe)
		fill_probe(d, j, h->probe);
	if (kept_words[d->blocks.n] == 0)
		return 0;
	memset(out->keep, 0, d->t->n); // by the rules
	mark_blocks(d, j->kept, out);
	if (h->boxes)
		unseen_unmark(h->boxes, &d->blocks, j->kept, out->keep);
	mark_wordless(d, kept_words, holder, out);
	content_between_images(&d->f, out->keep);
	out->root = root_of(d, j->kept);
	describe_kept(d, j, out);
	out->quality = worth_of(m, out);
	if (strcmp(out->method, "noscript") != 0)
		out->method = "model";
	return 0;
}

// The kind of the page, and what the model keeps of it where it was asked to choose and can.
static int
find_more(struct finder *d, const struct content_hints *h, struct arena *a, struct content *out,
    struct err *err)
{
	struct judgement j = {0};
	uint32_t words = d->blocks.prefix[d->blocks.n].words;
	int rc = signals_read(&j.signals, d, h, out, a, err);

	if (rc != 0)
		return rc;
	page_type_bytes(h->model ? h->model : &model_default, &j.signals, j.types);
	page_type_tell(j.types, words, out);
	if (h->whole_page || words < MODEL_MIN_WORDS)
		return 0;
	return find_by_model(d, &j, h, a, out, err);
}

static int
find(const struct tree *t, struct arena *a, const struct content_hints *h, struct content *c,
    struct err *err)
{
	struct finder d = {.t = t};
	int rc = features_init(&d.f, t, a, &d.blocks, err);

	if (rc != 0)
		return rc;
	d.dropped = arena_array(a, t->n, 1);
	if (!d.dropped)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	find_by_rules(&d, h->whole_page, c);
	c->type = PAGE_TYPE_other;
	c->types[PAGE_TYPE_other] = 1;
	if (h->rules_only || d.blocks.n == 0 || d.blocks.n > MODEL_MAX_BLOCKS)
		return 0;
	return find_more(&d, h, a, c, err);
}

int
content_find(const struct tree *t, struct arena *a, const struct content_hints *h,
    struct content *out, struct err *err)
{
	struct content c = {.keep = arena_array(a, t->n, 1)};
	struct arena_mark before = arena_mark(a);
	int rc = c.keep ? find(t, a, h, &c, err) : err_set(err, ERR_EXTRACTOR_OOM, NULL);

	if (!h->probe) // which shows what it was made from
		arena_release(a, before);
	if (rc != 0)
		return rc;
	c.notes = notes_find(t, c.keep, a);
	c.formulas = formulas_new(a);
	*out = c;
	return 0;
}
