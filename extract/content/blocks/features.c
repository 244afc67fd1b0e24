// SPDX-License-Identifier: Apache-2.0
// One pass down for what nodes have of their own and inherit, one along what counts for the sums.
// Runs in the extractor's worker.
#include "extract/content/blocks/features.h"
#include "base/hash.h"
#include "extract/content/blocks/words.h"

// --- what an element's name says ---

struct tag_kind {
	uint8_t circumstances, traits, counts;
};
static struct tag_kind tag_kinds[TAG_KNOWN_COUNT + 1]; // the last one: unknown names

// Elements whose text is not what a reader reads, besides those that HTML never shows.
static const uint16_t controls[] = {
    TAG_audio, TAG_button, TAG_canvas, TAG_object, TAG_select, TAG_textarea, TAG_video};

static const struct {
	uint16_t tag;
	struct tag_kind kind;
} told_kinds[] = {
    // by `main` and `article` an author says: here is the content
    {TAG_main, {.traits = IS_MAIN, .counts = COUNT_BODY}},
    {TAG_article, {.circumstances = IN_ARTICLE, .counts = COUNT_BODY}},
    {TAG_noscript, {.circumstances = IN_NOSCRIPT}},
    {TAG_a, {.counts = COUNT_LINK}},
    {TAG_aside, {.traits = IS_NAMED}},
    {TAG_dialog, {.traits = IS_NAMED}},
    {TAG_footer, {.traits = IS_NAMED}},
    {TAG_form, {.traits = IS_NAMED}},
    {TAG_header, {.traits = IS_NAMED}},
    {TAG_menu, {.traits = IS_NAMED}},
    {TAG_nav, {.traits = IS_NAMED}},
    {TAG_table, {.traits = IS_WHOLE}},
    {TAG_dl, {.traits = IS_WHOLE}},
    {TAG_ul, {.traits = IS_WHOLE | IS_FILLER}},
    {TAG_ol, {.traits = IS_WHOLE | IS_FILLER}},
    {TAG_figure, {.traits = IS_WHOLE | IS_FILLER}},
    {TAG_blockquote, {.traits = IS_WHOLE | IS_FILLER}},
    {TAG_pre, {.circumstances = IN_CODE, .traits = IS_WHOLE | IS_FILLER}},
    {TAG_code, {.circumstances = IN_CODE, .traits = IS_FILLER}},
    {TAG_p, {.traits = IS_FILLER}},
    {TAG_h1, {.traits = IS_FILLER, .counts = COUNT_H1}},
    {TAG_h2, {.traits = IS_FILLER}},
    {TAG_h3, {.traits = IS_FILLER}},
    {TAG_h4, {.traits = IS_FILLER}},
    {TAG_meta, {.traits = IS_META}},
    {TAG_title, {.traits = IS_META}},
    {TAG_link, {.traits = IS_META}},
    {TAG_script, {.traits = IS_META}},
    {TAG_img, {.counts = COUNT_IMAGE}},
    {TAG_video, {.counts = COUNT_IMAGE}},
    {TAG_input, {.counts = COUNT_INPUT}},
    {TAG_select, {.counts = COUNT_INPUT}},
    {TAG_textarea, {.counts = COUNT_INPUT}},
    {TAG_button, {.counts = COUNT_INPUT}},
};

__attribute__((constructor)) static void
fill_tag_kinds(void)
{
	for (size_t i = 0; i < ARRAY_LEN(told_kinds); i++)
		tag_kinds[told_kinds[i].tag] = told_kinds[i].kind;
	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		tag_kinds[controls[i]].circumstances = IN_SILENT;
	for (uint32_t tag = 0; tag < TAG_KNOWN_COUNT; tag++) {
		if (tag_flags(tag) & TAGF_SILENT && tag != TAG_noscript)
			tag_kinds[tag].circumstances |= IN_SILENT;
		if (!(tag_flags(tag) & TAGF_INLINE))
			tag_kinds[tag].counts |= COUNT_BLOCK;
	}
}

// --- what its attributes say ---

// Class attributes come again and again: what one means is remembered by its bytes.
#define CACHE_BITS 8

struct class_entry {
	struct sv value;
	uint64_t families;
	uint32_t
	    name; // hash of the first word up to a digit: the same for "post-12 x" and "post-7"
};

struct reader {
	struct features *f;
	const struct tree *t;
	uint32_t images, inputs; // so far
	bool failed;
	struct class_entry classes[1 << CACHE_BITS];
};

// Bytes beyond ASCII part words as white space does, on every machine.
static uint32_t
name_of_class(struct sv v)
{
	const signed char *p = (const signed char *)v.p;
	uint32_t h = WORD_HASH_START;
	size_t i = 0;

	while (i < v.n && p[i] <= ' ')
		i++;
	for (; i < v.n && p[i] > ' ' && !(p[i] >= '0' && p[i] <= '9'); i++)
		h = word_hash_add(h, (unsigned char)p[i]);
	return h;
}

static const struct class_entry *
class_entry(struct reader *r, struct sv v, const char *end)
{
	struct class_entry *e = &r->classes[hash_ends(v) >> (64 - CACHE_BITS)];

	if (!e->value.p || !sv_eq(e->value, v))
		*e = (struct class_entry){v, class_families_before(v, end), name_of_class(v)};
	return e;
}

struct element {
	uint64_t families;
	uint32_t name;
	struct tag_kind kind;
};

static void
read_attributes(struct reader *r, const struct node *n, struct element *e)
{
	const struct tree *t = r->t;

	for (uint32_t k = n->attr; k < n->attr + n->n_attrs; k++) {
		struct sv v = tree_attr_value(t, &t->attrs[k]);
		const char *end = tree_slice_end(t, t->attrs[k].value);
		const struct class_entry *class;

		switch (t->attrs[k].name) {
		case ATTR_class:
			class = class_entry(r, v, end);
			e->families |= class->families;
			e->name ^= class->name;
			break;
		case ATTR_id:
			e->families |= class_families_before(v, end);
			break;
		case ATTR_role:
			e->families |= class_families_before(v, end);
			e->kind.traits |= IS_NAMED;
			if (sv_ieq_str(v, "main")) {
				e->kind.traits |= IS_MAIN;
				e->kind.counts |= COUNT_BODY;
			}
			break;
		case ATTR_itemprop:
			if (sv_ieq_str(v, "articleBody"))
				e->kind.counts |= COUNT_BODY;
			break;
		case ATTR_href:
			if (n->tag == TAG_a)
				e->kind.circumstances |= IN_LINK;
			break;
		}
	}
	if (e->families & ((1u << KW_COUNT) - 1))
		e->kind.traits |= IS_NAMED;
}

// --- the pass down ---

static bool
allocate(struct features *f, struct arena *a)
{
	size_t n = f->t->n;

	f->a = a;
	f->cap_counted = f->t->n / 2 + 64; // of real pages
	f->counted = arena_grow_raw(a, NULL, 0, f->cap_counted * sizeof(*f->counted));
	f->families = arena_array_raw(a, n, sizeof(*f->families));
	f->path = arena_array_raw(a, n, sizeof(*f->path));
	f->traits = arena_array_raw(a, n, sizeof(*f->traits));
	f->circumstances = arena_array_raw(a, n, sizeof(*f->circumstances));
	f->inner = arena_array_raw(a, n, sizeof(*f->inner));
	f->at = arena_array_raw(a, n + 1, sizeof(*f->at));
	return f->counted && f->families && f->path && f->traits && f->circumstances && f->inner &&
	       f->at;
}

static bool
allocate_sums(struct features *f)
{
	f->own = arena_array_raw(f->a, f->n_counted, sizeof(*f->own));
	f->own_link = arena_array_raw(f->a, f->n_counted, sizeof(*f->own_link));
	f->sums = arena_array_raw(f->a, (size_t)f->n_counted + 1, sizeof(*f->sums));
	return f->own && f->own_link && f->sums;
}

// There is memory for one more at any time.
static bool
grow_counted(struct features *f)
{
	size_t size = f->cap_counted * sizeof(*f->counted);
	struct counted *larger = arena_grow_raw(f->a, f->counted, size, 2 * size);

	if (!larger)
		return false;
	f->counted = larger;
	f->cap_counted *= 2;
	return true;
}

static inline void
count(struct reader *r, struct counted c)
{
	struct features *f = r->f;

	c.images = r->images;
	c.inputs = r->inputs;
	f->counted[f->n_counted++] = c;
	r->images += (c.counts & COUNT_IMAGE) != 0;
	r->inputs += (c.counts & COUNT_INPUT) != 0;
	if (f->n_counted == f->cap_counted && !grow_counted(f)) {
		f->n_counted--; // what follows takes its place, and all fails in the end
		r->failed = true;
	}
}

static bool
is_read(unsigned circumstances)
{
	return (circumstances & (IN_SILENT | IN_CONTROL)) != IN_SILENT;
}

static void
read_text(struct reader *r, node_id i, uint8_t circumstances)
{
	const struct features *f = r->f;
	struct sv v = tree_text(r->t, i);
	node_id block = f->inner[r->t->nodes[i].parent];
	struct text_scan s;
	uint32_t *words;

	if (r->t->nodes[i].flags & NODE_F_BLANK || text_is_blank(v)) {
		blocks_add_blank(f->blocks, i, block, circumstances);
		return;
	}
	words = blocks_room(f->blocks, text_words_max(v));
	if (!words)
		return;
	s = (struct text_scan){.hash = WORD_HASH_START};
	text_scan_add(&s, v, words);
	blocks_add(f->blocks, i, block, circumstances, &s);
	count(r, (struct counted){.node = i,
		     .block = f->at[block],
		     .chars = s.chars,
		     .words = s.words,
		     .counts = COUNT_TEXT});
}

// The text fallback of a frame is not shown; the document that the capture put into one is.
static bool
is_bare_frame(const struct tree *t, node_id i)
{
	node_id child = tree_first_child(t, i);

	return child != NODE_NONE && t->nodes[child].kind == NODE_TEXT;
}

// What the element has by its name, and from the elements around it.
static uint8_t
inherit(const struct tree *t, node_id i, unsigned own, unsigned above)
{
	const struct node *n = &t->nodes[i];
	unsigned all = own | above;

	if (n->flags & NODE_F_HIDDEN)
		all |= IN_HIDDEN;
	if (n->tag == TAG_iframe && is_bare_frame(t, i))
		all |= IN_SILENT;
	if (n->tag == TAG_button && !(above & IN_SILENT))
		all |= IN_CONTROL;
	else if (above & IN_CONTROL && tag_flags(n->tag) & TAGF_SILENT)
		all &= ~(unsigned)IN_CONTROL;
	return (uint8_t)all;
}

static void
read_element(struct reader *r, node_id i)
{
	struct features *f = r->f;
	const struct node *n = &r->t->nodes[i];
	struct element e = {
	    .name = n->tag, .kind = tag_kinds[MIN(n->tag, (uint32_t)TAG_KNOWN_COUNT)]};
	uint8_t circumstances = inherit(r->t, i, e.kind.circumstances, f->circumstances[n->parent]);

	if (is_read(circumstances)) {
		uint32_t path = f->path[n->parent];

		read_attributes(r, n, &e);
		circumstances |= e.kind.circumstances & IN_LINK;
		f->path[i] = (path ^ e.name) * 0x9e3779b1u + (path >> 13);
	}
	f->families[i] = e.families;
	f->traits[i] = e.kind.traits;
	f->circumstances[i] = circumstances;
	f->inner[i] = e.kind.counts & COUNT_BLOCK ? i : f->inner[n->parent];
	blocks_enter(f->blocks, n->tag);
	if (e.kind.counts)
		count(r, (struct counted){.node = i, .counts = e.kind.counts});
}

static void
read_other(struct reader *r, node_id i)
{
	struct features *f = r->f;
	const struct node *n = &r->t->nodes[i];
	uint8_t above = i > 0 ? f->circumstances[n->parent] : 0;
	bool is_shown = n->kind == NODE_TEXT || n->kind == NODE_DOCUMENT;

	f->families[i] = 0;
	f->traits[i] = 0;
	f->circumstances[i] = is_shown ? above : above | IN_SILENT;
	if (n->kind == NODE_TEXT && is_read(above))
		read_text(r, i, above);
	else if (n->kind == NODE_TEXT)
		blocks_pass(f->blocks);
	if (n->kind == NODE_DOCUMENT) {
		f->path[i] = 0;
		f->inner[i] = i;
		count(r, (struct counted){.node = i, .counts = COUNT_BLOCK});
	}
}

int
features_init(struct features *f, const struct tree *t, struct arena *a, struct blocks *blocks,
    struct err *err)
{
	struct reader *r = arena_array(a, 1, sizeof(*r));

	*f = (struct features){.t = t,
	    .blocks = blocks,
	    .uncounted = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT | IN_DROPPED};
	if (!r || !allocate(f, a) || !blocks_init(blocks, t, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	r->f = f;
	r->t = t;
	for (node_id i = 0; i < t->n; i++) {
		f->at[i] = f->n_counted;
		blocks_at(blocks, i);
		if (t->nodes[i].kind == NODE_ELEMENT)
			read_element(r, i);
		else
			read_other(r, i);
	}
	f->at[t->n] = f->n_counted;
	f->counted[f->n_counted] =
	    (struct counted){.node = NODE_NONE, .images = r->images, .inputs = r->inputs};
	blocks_end(blocks);
	if (r->failed || blocks->failed || !allocate_sums(f))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	return 0;
}

// --- sums ---

static void
drop(struct features *f, const uint8_t *dropped)
{
	uint32_t n = f->t->n;

	for (node_id i = marks_next(dropped, 0xff, 0, n); i < n;
	     i = marks_next(dropped, 0xff, i, n))
		for (node_id end = f->t->nodes[i].end; i < end; i++)
			f->circumstances[i] |= IN_DROPPED;
}

static inline void
add_element(uint8_t counts, struct sums *s)
{
	s->links += (counts & COUNT_LINK) != 0;
	s->h1 += (counts & COUNT_H1) != 0;
	s->bodies += (counts & COUNT_BODY) != 0;
}

// What is known of a block only when all its text was seen.
static void
add_blocks(struct features *f)
{
	struct sums *restrict sums = f->sums;
	uint32_t good = 0;

	for (uint32_t k = 0; k < f->n_counted; k++) {
		sums[k].good = good;
		if (features_good_block(f, k))
			good += f->own[k] - f->own_link[k];
	}
	sums[f->n_counted].good = good;
}

void
features_sum(struct features *f, const uint8_t *dropped)
{
	const uint8_t *circumstances = f->circumstances, uncounted = f->uncounted;
	const struct counted *c = f->counted, *end = c + f->n_counted;
	uint32_t *restrict own = f->own, *restrict own_link = f->own_link;
	struct sums *restrict to = f->sums, s = {0};

	if (dropped)
		drop(f, dropped);
	memset(own, 0, f->n_counted * sizeof(*own));
	memset(own_link, 0, f->n_counted * sizeof(*own_link));
	for (; c < end; c++, to++) {
		uint8_t here = circumstances[c->node];

		*to = s;
		if (here & uncounted)
			continue;
		if (!(c->counts & COUNT_TEXT)) {
			add_element(c->counts, &s);
			continue;
		}
		s.chars += c->chars;
		s.words += c->words;
		own[c->block] += c->chars;
		if (here & IN_LINK) {
			s.link_chars += c->chars;
			own_link[c->block] += c->chars;
		}
	}
	*to = s;
	add_blocks(f);
}
