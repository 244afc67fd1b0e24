// SPDX-License-Identifier: Apache-2.0
// One pass down for what nodes inherit, one pass along for the sums. Runs in the extractor's
// worker.
#include "extract/content/features.h"
#include "base/hash.h"
#include "extract/content/words.h"

// --- keywords and circumstances ---

// Class attributes come again and again: what one means is remembered by its bytes.
#define CACHE_SIZE 256

struct class_entry {
	struct sv value;
	uint64_t families;
	uint32_t
	    name; // hash of the first word up to a digit: the same for "post-12 x" and "post-7"
};

struct class_cache {
	struct class_entry entries[CACHE_SIZE];
};

static uint32_t
name_of_class(struct sv v)
{
	uint32_t h = WORD_HASH_START;
	size_t i = 0;

	while (i < v.n && v.p[i] <= ' ')
		i++;
	for (; i < v.n && v.p[i] > ' ' && !(v.p[i] >= '0' && v.p[i] <= '9'); i++)
		h = word_hash_add(h, (unsigned char)v.p[i]);
	return h;
}

static const struct class_entry *
class_entry(struct class_cache *cache, struct sv v)
{
	struct class_entry *e = &cache->entries[hash_text(v) % CACHE_SIZE];

	if (!e->value.p || !sv_eq(e->value, v))
		*e = (struct class_entry){v, class_families(v), name_of_class(v)};
	return e;
}

static void
read_names(struct features *f, struct class_cache *cache, node_id i)
{
	const struct tree *t = f->t;
	const struct node *n = &t->nodes[i];
	uint32_t name = n->tag;

	for (uint32_t k = n->attr; k < n->attr + n->n_attrs; k++) {
		uint32_t attr = t->attrs[k].name;
		struct sv v;

		if (attr != ATTR_class && attr != ATTR_id && attr != ATTR_role)
			continue;
		v = tree_attr_value(t, &t->attrs[k]);
		if (attr == ATTR_class) {
			const struct class_entry *e = class_entry(cache, v);

			f->families[i] |= e->families;
			name ^= e->name;
		} else
			f->families[i] |= class_families(v);
	}
	f->path[i] = (f->path[n->parent] ^ name) * 0x9e3779b1u + (f->path[n->parent] >> 13);
}

// Elements whose text is not what a reader reads, besides those that HTML never shows.
static const uint16_t controls[] = {
    TAG_audio, TAG_button, TAG_canvas, TAG_object, TAG_select, TAG_textarea, TAG_video};

static uint8_t tag_circumstances[TAG_KNOWN_COUNT];

__attribute__((constructor)) static void
fill_tag_circumstances(void)
{
	for (uint32_t tag = 0; tag < TAG_KNOWN_COUNT; tag++)
		if (tag_flags(tag) & TAGF_SILENT)
			tag_circumstances[tag] = IN_SILENT;
	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		tag_circumstances[controls[i]] = IN_SILENT;
	tag_circumstances[TAG_noscript] = IN_NOSCRIPT;
	tag_circumstances[TAG_article] = IN_ARTICLE;
}

// The text fallback of a frame is not shown; the document that the capture put into one is.
static bool
is_bare_frame(const struct tree *t, node_id i)
{
	node_id child = tree_first_child(t, i);

	return child != NODE_NONE && t->nodes[child].kind == NODE_TEXT;
}

static uint8_t
circumstances_of(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	unsigned bits = n->flags & NODE_F_HIDDEN ? IN_HIDDEN : 0;

	if (n->tag >= TAG_KNOWN_COUNT)
		return (uint8_t)bits;
	bits |= tag_circumstances[n->tag];
	if (n->tag == TAG_iframe && is_bare_frame(t, i))
		bits |= IN_SILENT;
	else if (n->tag == TAG_a && tree_get_id(t, i, ATTR_href).p)
		bits |= IN_LINK;
	return (uint8_t)bits;
}

// --- the pass down ---

static bool
allocate(struct features *f, struct arena *a)
{
	size_t n = f->t->n;

	f->families = arena_array(a, n, sizeof(*f->families));
	f->counts = arena_array(a, n, sizeof(*f->counts));
	f->path = arena_array(a, n, sizeof(*f->path));
	f->circumstances = arena_array_raw(a, n, sizeof(*f->circumstances));
	f->block = arena_array_raw(a, n, sizeof(*f->block));
	f->text = arena_array(a, n, sizeof(*f->text));
	f->own = arena_array_raw(a, n, sizeof(*f->own));
	f->own_link = arena_array_raw(a, n, sizeof(*f->own_link));
	f->sums = arena_array_raw(a, n + 1, sizeof(*f->sums));
	if (!f->families || !f->counts || !f->path || !f->circumstances || !f->block || !f->text ||
	    !f->own || !f->own_link || !f->sums)
		return false;
	f->circumstances[0] = 0; // the others are written by the passes
	f->block[0] = 0;
	return true;
}

// Elements that count by their name; by `main` and `article` an author says: here is the content.
static uint8_t
counts_of_tag(uint32_t tag)
{
	switch (tag) {
	case TAG_a:
		return COUNT_LINK;
	case TAG_h1:
		return COUNT_H1;
	case TAG_main:
		return COUNT_BODY | COUNT_MAIN;
	case TAG_article:
		return COUNT_BODY;
	default:
		return 0;
	}
}

static uint8_t
counts_of(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	unsigned counts = counts_of_tag(n->tag);

	for (uint32_t k = n->attr; k < n->attr + n->n_attrs; k++) {
		const struct attr *a = &t->attrs[k];

		if (a->name == ATTR_role && sv_ieq_str(tree_attr_value(t, a), "main"))
			counts |= COUNT_BODY | COUNT_MAIN;
		else if (a->name == ATTR_itemprop &&
			 sv_ieq_str(tree_attr_value(t, a), "articleBody"))
			counts |= COUNT_BODY;
	}
	return (uint8_t)counts;
}

static void
read_text(struct features *f, node_id i)
{
	struct text_scan s = {.hash = WORD_HASH_START};

	text_scan_add(&s, tree_text(f->t, i));
	f->text[i] = (struct text_stats){s.chars, s.words};
	blocks_add(f->blocks, i, f->block[i], f->circumstances[i], &s);
}

// What the node has from its ancestors.
static void
inherit(struct features *f, node_id i)
{
	const struct node *n = &f->t->nodes[i], *parent = &f->t->nodes[n->parent];
	uint8_t above = f->circumstances[n->parent];
	bool is_inline = parent->kind == NODE_ELEMENT && tag_flags(parent->tag) & TAGF_INLINE;

	f->block[i] = is_inline ? f->block[n->parent] : n->parent;
	f->circumstances[i] = above;
	if (n->kind != NODE_ELEMENT)
		return;
	f->circumstances[i] |= circumstances_of(f->t, i);
	if (n->tag == TAG_button && !(above & IN_SILENT))
		f->circumstances[i] |= IN_CONTROL;
	else if (above & IN_CONTROL && tag_flags(n->tag) & TAGF_SILENT)
		f->circumstances[i] &= (uint8_t)~IN_CONTROL;
}

int
features_init(struct features *f, const struct tree *t, struct arena *a, struct blocks *blocks,
    struct err *err)
{
	struct class_cache *cache = arena_array(a, 1, sizeof(*cache));

	*f = (struct features){.t = t,
	    .blocks = blocks,
	    .uncounted = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT | IN_DROPPED};
	if (!cache || !allocate(f, a) || !blocks_init(blocks, t, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	for (node_id i = 1; i < t->n; i++) {
		const struct node *n = &t->nodes[i];

		inherit(f, i);
		blocks_at(blocks, i);
		if (n->kind == NODE_ELEMENT)
			f->counts[i] = counts_of(t, i);
		if (f->circumstances[i] & IN_SILENT && !(f->circumstances[i] & IN_CONTROL))
			continue;
		if (n->kind == NODE_ELEMENT)
			read_names(f, cache, i);
		else if (n->kind == NODE_TEXT)
			read_text(f, i);
	}
	blocks_end(blocks);
	return blocks->failed ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
}

// --- sums ---

// Adds a text node. Elements have no text of their own, texts count as nothing else.
static inline void
add_text(struct features *f, node_id i, uint8_t circumstances, struct sums *s)
{
	uint32_t chars = f->text[i].chars;

	s->chars += chars;
	s->words += f->text[i].words;
	f->own[f->block[i]] += chars;
	if (circumstances & IN_LINK) {
		s->link_chars += chars;
		f->own_link[f->block[i]] += chars;
	}
}

static inline void
add_element(uint8_t counts, struct sums *s)
{
	s->links += counts & COUNT_LINK;
	s->h1 += (counts & COUNT_H1) != 0;
	s->bodies += (counts & COUNT_BODY) != 0;
}

// What is known of a block only when all its text was seen.
static void
add_blocks(struct features *f)
{
	uint32_t good = 0, n = f->t->n;
	struct sums *sums = f->sums;

	for (node_id i = 0; i < n; i++) {
		sums[i].good = good;
		if (features_good_block(f, i))
			good += f->own[i] - f->own_link[i];
	}
	sums[n].good = good;
}

void
features_sum(struct features *f, const uint8_t *dropped)
{
	const struct node *nodes = f->t->nodes;
	uint8_t *circumstances = f->circumstances, uncounted = f->uncounted;
	struct sums s = {0};
	uint32_t n = f->t->n;

	memset(f->own, 0, n * sizeof(*f->own));
	memset(f->own_link, 0, n * sizeof(*f->own_link));
	for (node_id i = 0; i < n; i++) {
		uint8_t c = circumstances[i] & (uint8_t)~IN_DROPPED;

		if (dropped &&
		    (dropped[i] || (i > 0 && circumstances[nodes[i].parent] & IN_DROPPED)))
			c |= IN_DROPPED;
		circumstances[i] = c;
		f->sums[i] = s;
		if (c & uncounted)
			continue;
		if (nodes[i].kind == NODE_TEXT)
			add_text(f, i, c, &s);
		else if (f->counts[i] != 0)
			add_element(f->counts[i], &s);
	}
	f->sums[n] = s;
	add_blocks(f);
}

struct sums
features_of(const struct features *f, node_id i)
{
	const struct sums *a = &f->sums[i], *b = &f->sums[f->t->nodes[i].end];

	return (struct sums){
	    .chars = b->chars - a->chars,
	    .words = b->words - a->words,
	    .link_chars = b->link_chars - a->link_chars,
	    .links = b->links - a->links,
	    .good = b->good - a->good,
	    .h1 = b->h1 - a->h1,
	    .bodies = b->bodies - a->bodies,
	};
}
