// SPDX-License-Identifier: Apache-2.0
// One pass down for what nodes inherit, one pass along for the sums. Runs in the extractor's
// worker.
#include "extract/content/features.h"

#define GOOD_PARAGRAPH_BYTES 80 // a block with less text of its own may be anything

// --- keywords and circumstances ---

static uint32_t
keywords_of(const struct tree *t, node_id i)
{
	if (t->nodes[i].n_attrs == 0)
		return 0;
	return class_keywords(tree_get_id(t, i, ATTR_class)) |
	       class_keywords(tree_get_id(t, i, ATTR_id)) |
	       class_keywords(tree_get_id(t, i, ATTR_role));
}

// Elements whose text is not what a reader reads, besides those that HTML never shows.
static bool
is_control(uint32_t tag)
{
	static const uint16_t tags[] = {
	    TAG_audio, TAG_button, TAG_canvas, TAG_object, TAG_select, TAG_textarea, TAG_video};

	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (tags[i] == tag)
			return true;
	return false;
}

// The text fallback of a frame is not shown; the document that the capture put into one is.
static bool
is_bare_frame(const struct tree *t, node_id i)
{
	node_id child = tree_first_child(t, i);

	return tree_is(t, i, TAG_iframe) && child != NODE_NONE && t->nodes[child].kind == NODE_TEXT;
}

static uint8_t
circumstances_of(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];
	unsigned bits = 0;

	if (n->kind != NODE_ELEMENT)
		return 0;
	if (tag_flags(n->tag) & TAGF_SILENT || is_control(n->tag) || is_bare_frame(t, i))
		bits |= IN_SILENT;
	if (n->flags & NODE_F_HIDDEN)
		bits |= IN_HIDDEN;
	if (n->tag == TAG_noscript)
		bits |= IN_NOSCRIPT;
	if (n->tag == TAG_article)
		bits |= IN_ARTICLE;
	if (n->tag == TAG_a && tree_get_id(t, i, ATTR_href).p)
		bits |= IN_LINK;
	return (uint8_t)bits;
}

// --- text ---

static bool
is_word_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

enum wide { WIDE_LETTER, WIDE_WORD, WIDE_BREAK };

// Letters of scripts that put no space between words (kana, ideographs) are words of their own;
// no-break space, general, CJK and fullwidth punctuation are part of none.
static enum wide
wide_class(const unsigned char *p, size_t n)
{
	if (n == 2)
		return p[0] == 0xc2 ? WIDE_BREAK : WIDE_LETTER;
	if (n != 3)
		return WIDE_LETTER;
	if ((p[0] == 0xe2 && p[1] <= 0x81) || (p[0] == 0xe3 && p[1] == 0x80) ||
	    (p[0] == 0xef && p[1] == 0xbc))
		return WIDE_BREAK;
	return p[0] >= 0xe3 && p[0] <= 0xe9 ? WIDE_WORD : WIDE_LETTER;
}

// Past one character that is not ASCII.
static size_t
count_wide(const unsigned char *p, size_t left, struct text_stats *st, bool *in_word)
{
	size_t n = MIN(p[0] < 0xe0 ? (size_t)2 : p[0] < 0xf0 ? (size_t)3 : (size_t)4, left);
	enum wide c = wide_class(p, n);

	st->words += c == WIDE_WORD || (c == WIDE_LETTER && !*in_word);
	st->chars += (uint32_t)n;
	*in_word = c == WIDE_LETTER;
	return n;
}

static struct text_stats
count_text(struct sv v)
{
	const unsigned char *p = (const unsigned char *)v.p;
	struct text_stats st = {0};
	bool in_word = false, gap = true;

	for (size_t i = 0; i < v.n;) {
		if (p[i] >= 0x80) {
			i += count_wide(p + i, v.n - i, &st, &in_word);
			gap = false;
			continue;
		}
		if (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')) {
			st.chars += !gap;
			gap = true;
			in_word = false;
		} else {
			st.chars++;
			st.words += is_word_byte(p[i]) && !in_word;
			gap = false;
			in_word = is_word_byte(p[i]);
		}
		i++;
	}
	return st;
}

// --- the pass down ---

static bool
allocate(struct features *f, struct arena *a)
{
	size_t n = f->t->n;

	f->keywords = arena_array(a, n, sizeof(*f->keywords));
	f->circumstances = arena_array(a, n, sizeof(*f->circumstances));
	f->block = arena_array(a, n, sizeof(*f->block));
	f->text = arena_array(a, n, sizeof(*f->text));
	f->own = arena_array(a, n, sizeof(*f->own));
	f->own_link = arena_array(a, n, sizeof(*f->own_link));
	f->sums = arena_array(a, n + 1, sizeof(*f->sums));
	return f->keywords && f->circumstances && f->block && f->text && f->own && f->own_link &&
	       f->sums;
}

int
features_init(struct features *f, const struct tree *t, struct arena *a, struct err *err)
{
	*f = (struct features){
	    .t = t, .uncounted = IN_SILENT | IN_HIDDEN | IN_NOSCRIPT | IN_DROPPED};
	if (!allocate(f, a))
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	for (node_id i = 1; i < t->n; i++) {
		node_id parent = t->nodes[i].parent;
		bool is_inline = t->nodes[parent].kind == NODE_ELEMENT &&
				 tag_flags(t->nodes[parent].tag) & TAGF_INLINE;

		f->circumstances[i] = f->circumstances[parent] | circumstances_of(t, i);
		f->block[i] = is_inline ? f->block[parent] : parent;
		if (f->circumstances[i] & IN_SILENT)
			continue;
		if (t->nodes[i].kind == NODE_ELEMENT)
			f->keywords[i] = keywords_of(t, i);
		else if (t->nodes[i].kind == NODE_TEXT)
			f->text[i] = count_text(tree_text(t, i));
	}
	return 0;
}

// --- sums ---

static void
add_text(struct features *f, node_id i, struct sums *s)
{
	uint32_t chars = f->text[i].chars;

	s->chars += chars;
	s->words += f->text[i].words;
	f->own[f->block[i]] += chars;
	if (f->circumstances[i] & IN_LINK) {
		s->link_chars += chars;
		f->own_link[f->block[i]] += chars;
	}
}

// Elements by which an author says: here is the content.
static bool
is_body_element(const struct tree *t, node_id i)
{
	if (tree_is(t, i, TAG_main) || tree_is(t, i, TAG_article))
		return true;
	return sv_ieq_str(tree_get_id(t, i, ATTR_role), "main") ||
	       sv_ieq_str(tree_get_id(t, i, ATTR_itemprop), "articleBody");
}

static void
add_element(const struct tree *t, node_id i, struct sums *s)
{
	s->links += tree_is(t, i, TAG_a);
	s->h1 += tree_is(t, i, TAG_h1);
	s->bodies += is_body_element(t, i);
}

bool
features_good_block(const struct features *f, node_id block)
{
	return f->own[block] >= GOOD_PARAGRAPH_BYTES && f->own_link[block] * 2 < f->own[block] &&
	       !(f->circumstances[block] & IN_LINK);
}

// What is known of a block only when all its text was seen.
static void
add_blocks(struct features *f)
{
	uint32_t good = 0;

	for (node_id i = 0; i < f->t->n; i++) {
		f->sums[i].good = good;
		if (features_good_block(f, i))
			good += f->own[i] - f->own_link[i];
	}
	f->sums[f->t->n].good = good;
}

void
features_sum(struct features *f, const uint8_t *dropped)
{
	const struct tree *t = f->t;
	struct sums s = {0};

	memset(f->own, 0, t->n * sizeof(*f->own));
	memset(f->own_link, 0, t->n * sizeof(*f->own_link));
	for (node_id i = 0; i < t->n; i++) {
		bool out = (dropped && dropped[i]) ||
			   (i > 0 && f->circumstances[t->nodes[i].parent] & IN_DROPPED);

		f->sums[i] = s;
		f->circumstances[i] =
		    (uint8_t)((f->circumstances[i] & ~IN_DROPPED) | (out ? IN_DROPPED : 0));
		if (f->circumstances[i] & f->uncounted)
			continue;
		if (t->nodes[i].kind == NODE_TEXT)
			add_text(f, i, &s);
		else if (t->nodes[i].kind == NODE_ELEMENT)
			add_element(t, i, &s);
	}
	f->sums[t->n] = s;
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
