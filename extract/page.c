// SPDX-License-Identifier: Apache-2.0
// Reading a page's tree in bounded steps: text of a subtree, attributes, meta tags, resolved
// references. Runs in the extractor's worker; every loop is linear in what it reads, and what it
// reads is capped.
#include "extract/page.h"
#include "base/url.h"

#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PAGE_MAX_METAS      2000
#define PAGE_TEXT_MAX_NODES 200000 // of one page_text call
#define PAGE_MAX_URL        65536

// --- elements ---

struct sv
page_attr(const struct tree *t, node_id i, const char *name)
{
	struct sv v = sv_trim(tree_get(t, i, name));

	return v.n > 0 ? v : SV_NULL;
}

bool
page_has_word(const struct tree *t, node_id i, const char *attr, const char *word)
{
	return sv_has_word(tree_get(t, i, attr), word);
}

// --- text ---

// Elements that don't break a line of text.
static const bool inline_tags[TAG_KNOWN_COUNT] = {
    [TAG_a] = true,
    [TAG_abbr] = true,
    [TAG_acronym] = true,
    [TAG_b] = true,
    [TAG_bdi] = true,
    [TAG_bdo] = true,
    [TAG_big] = true,
    [TAG_cite] = true,
    [TAG_code] = true,
    [TAG_data] = true,
    [TAG_del] = true,
    [TAG_dfn] = true,
    [TAG_em] = true,
    [TAG_font] = true,
    [TAG_i] = true,
    [TAG_ins] = true,
    [TAG_kbd] = true,
    [TAG_label] = true,
    [TAG_mark] = true,
    [TAG_q] = true,
    [TAG_rp] = true,
    [TAG_rt] = true,
    [TAG_ruby] = true,
    [TAG_s] = true,
    [TAG_samp] = true,
    [TAG_slot] = true,
    [TAG_small] = true,
    [TAG_span] = true,
    [TAG_strike] = true,
    [TAG_strong] = true,
    [TAG_sub] = true,
    [TAG_sup] = true,
    [TAG_time] = true,
    [TAG_tt] = true,
    [TAG_u] = true,
    [TAG_var] = true,
    [TAG_wbr] = true,
};

static bool
is_inline(uint32_t tag)
{
	return tag < TAG_KNOWN_COUNT && inline_tags[tag];
}

static bool
is_silent(uint32_t tag)
{
	return tag == TAG_script || tag == TAG_style || tag == TAG_template;
}

static bool
breaks_line(const struct node *n)
{
	return n->kind == NODE_ELEMENT && !is_silent(n->tag) && !is_inline(n->tag);
}

struct collapser {
	char *p;
	size_t n, max;
	bool gap; // white space seen since the last byte
};

#define BATCH 16 // bytes looked at together

// Takes a batch as it is where no white space in it is to be left out. False: there is.
static inline bool
take_batch(const char *p, char **out, bool *gap)
{
#ifdef __SSE2__
	__m128i b = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i line = _mm_and_si128(
	    _mm_cmpgt_epi8(b, _mm_set1_epi8('\t' - 1)), _mm_cmplt_epi8(b, _mm_set1_epi8('\r' + 1)));
	__m128i odd = _mm_or_si128(line, _mm_cmpeq_epi8(b, _mm_set1_epi8('\xc2')));
	unsigned blanks = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, _mm_set1_epi8(' ')));

	if (_mm_movemask_epi8(odd) != 0 || blanks & (blanks << 1 | *gap))
		return false;
	**out = ' ';
	*out += *gap;
	_mm_storeu_si128((__m128i *)(void *)*out, b);
	*gap = blanks >> (BATCH - 1);
	*out += BATCH - *gap;
	return true;
#else
	(void)p, (void)out, (void)gap;
	return false;
#endif
}

// Where there is room for all of it, and something before it: without a branch a byte.
static void
collapse_whole(struct collapser *c, struct sv v)
{
	char *out = c->p + c->n;
	bool gap = c->gap;

	for (size_t i = 0, end; i < v.n;) {
		if (v.n - i >= BATCH && take_batch(v.p + i, &out, &gap)) {
			i += BATCH;
			continue;
		}
		for (end = MIN(i + BATCH, v.n); i < end; i++) {
			bool nbsp = v.p[i] == '\xc2' && i + 1 < v.n && v.p[i + 1] == '\xa0';
			bool blank = nbsp | sv_is_space(v.p[i]);

			*out = ' ';
			out += gap & !blank;
			*out = v.p[i];
			out += !blank;
			gap = blank;
			i += nbsp;
		}
	}
	c->n = (size_t)(out - c->p);
	c->gap = gap;
}

static void
collapse_add(struct collapser *c, struct sv v)
{
	for (size_t i = 0; i < v.n && c->n < c->max; i++) {
		bool nbsp = v.p[i] == '\xc2' && i + 1 < v.n && v.p[i + 1] == '\xa0';

		if (c->n > 0 && c->max - c->n > v.n - i + 1) {
			collapse_whole(c, sv_sub(v, i, v.n));
			return;
		}
		if (nbsp || sv_is_space(v.p[i])) {
			c->gap = true;
			i += nbsp;
			continue;
		}
		if (c->gap && c->n > 0 && c->n + 1 < c->max)
			c->p[c->n++] = ' ';
		c->gap = false;
		c->p[c->n++] = v.p[i];
	}
}

// A text that was cut loses its last character if that is not ASCII: it may be incomplete.
static struct sv
collapse_end(struct collapser *c)
{
	if (c->n == c->max) {
		while (c->n > 0 && ((unsigned char)c->p[c->n - 1] & 0xc0) == 0x80)
			c->n--;
		if (c->n > 0 && ((unsigned char)c->p[c->n - 1] & 0x80))
			c->n--;
	}
	c->p[c->n] = '\0';
	return (struct sv){c->p, c->n};
}

// Upper bound of the text below `i`, so that short texts take little memory.
static size_t
text_bound(const struct tree *t, node_id i, size_t max)
{
	node_id end = t->nodes[i].end;
	size_t sum = 1;

	for (node_id k = i, steps = 0; k < end && sum < max && steps < PAGE_TEXT_MAX_NODES;
	     k++, steps++)
		sum += 1 + (t->nodes[k].kind == NODE_TEXT ? t->nodes[k].text_len : 0);
	return MIN(sum, max);
}

static bool
collapser_init(struct collapser *c, const struct page *p, size_t max)
{
	*c = (struct collapser){.p = arena_alloc_raw(p->a, max + 1), .max = max};
	return c->p != NULL;
}

// A short text is not sought through a whole page of empty elements.
static uint32_t
step_limit(size_t max)
{
	return max < PAGE_TEXT_MAX_NODES / 8 ? (uint32_t)(2000 + 8 * max) : PAGE_TEXT_MAX_NODES;
}

struct sv
page_text(const struct page *p, node_id i, size_t max)
{
	const struct tree *t = p->t;
	node_id end = t->nodes[i].end;
	uint32_t steps_left = step_limit(max);
	struct collapser c;

	if (!collapser_init(&c, p, text_bound(t, i, max)))
		return SV("");
	for (node_id k = i; k < end && c.n < c.max && steps_left > 0; steps_left--) {
		const struct node *n = &t->nodes[k];
		bool skip = n->kind == NODE_ELEMENT && k != i && is_silent(n->tag);
		node_id next = skip ? n->end : k + 1;

		if (n->kind == NODE_TEXT)
			collapse_add(&c, tree_text(t, k));
		else if (breaks_line(n))
			c.gap = true;
		for (node_id up = k; up > i && t->nodes[up].end == next; up = t->nodes[up].parent)
			c.gap |= breaks_line(&t->nodes[up]);
		k = next;
	}
	return collapse_end(&c);
}

struct sv
page_own_text(const struct page *p, node_id i, size_t max)
{
	const struct tree *t = p->t;
	struct collapser c;

	if (!collapser_init(&c, p, text_bound(t, i, max)))
		return SV("");
	for (node_id k = tree_first_child(t, i); k != NODE_NONE; k = t->nodes[k].next) {
		if (t->nodes[k].kind == NODE_TEXT)
			collapse_add(&c, tree_text(t, k));
		else if (t->nodes[k].kind == NODE_ELEMENT)
			c.gap = true;
	}
	return collapse_end(&c);
}

struct sv
page_collapse(const struct page *p, struct sv v)
{
	struct collapser c;

	if (!collapser_init(&c, p, v.n + 1))
		return SV("");
	collapse_add(&c, v);
	return collapse_end(&c);
}

struct sv
page_dup(const struct page *p, struct sv v)
{
	char *s = arena_sv(p->a, v);

	return s ? (struct sv){s, v.n} : SV("");
}

// --- references ---

static struct sv
resolve(const struct page *p, struct sv base, struct sv ref)
{
	cleanup_buf out = BUF_INIT_MAX(PAGE_MAX_URL);

	ref = sv_trim(ref);
	if (ref.n == 0 || ref.n > PAGE_MAX_URL / 2 || sv_istarts(ref, "javascript:"))
		return SV_NULL;
	if (!base.p)
		return page_dup(p, ref);
	if (!url_resolve(base, ref, &out) || out.n == 0 || out.overflow)
		return SV_NULL;
	return page_dup(p, buf_view(&out));
}

struct sv
page_resolve(const struct page *p, struct sv ref)
{
	return resolve(p, p->base, ref);
}

bool
page_is_frame(const struct page *p, node_id i)
{
	return p->has_frames && tree_is(p->t, i, TAG_div) && tree_get_id(p->t, i, ATTR_frame_url).p;
}

// The first of this <div> and those behind it that is a frame's document, or NODE_NONE.
static node_id
next_frame(const struct tree *t, node_id div)
{
	while (div != NODE_NONE && !tree_get_id(t, div, ATTR_frame_url).p)
		div = tree_next_same(t, div);
	return div;
}

struct sv
page_resolve_at(const struct page *p, node_id i, struct sv ref)
{
	for (; p->has_frames && i != 0; i = p->t->nodes[i].parent)
		if (page_is_frame(p, i)) {
			struct sv base = sv_trim(tree_get_id(p->t, i, ATTR_frame_url));

			if (sv_istarts(base, "http"))
				return resolve(p, base, ref);
		}
	return page_resolve(p, ref);
}

struct sv
page_host(struct sv url)
{
	struct url u;

	if (!url.p || !url_split(url, &u) || u.host.n == 0)
		return SV_NULL;
	return sv_istarts(u.host, "www.") ? sv_sub(u.host, 4, u.host.n) : u.host;
}

static void
base_find(struct page *p)
{
	const struct tree *t = p->t;
	node_id i = tree_first_same(t, TAG_base);

	p->base = p->url;
	for (; i != NODE_NONE; i = tree_next_same(t, i)) {
		struct sv href = page_attr(t, i, "href"), found;

		if (!href.p)
			continue;
		found = page_resolve(p, href);
		if (sv_istarts(found, "http"))
			p->base = found;
		return;
	}
}

// --- meta tags ---

static struct sv
meta_name(const struct page *p, node_id i)
{
	static const char *const attrs[] = {
	    "property", "name", "itemprop", "http-equiv", "pubdate"};

	for (size_t k = 0; k < ARRAY_LEN(attrs); k++) {
		struct sv v = page_attr(p->t, i, attrs[k]);
		char *s;

		if (!v.p)
			continue;
		s = arena_sv(p->a, v);
		if (!s)
			return SV_NULL;
		for (size_t c = 0; c < v.n; c++)
			s[c] = sv_lower(s[c]);
		return (struct sv){s, v.n};
	}
	return SV_NULL;
}

static void
meta_add(struct page *p, node_id i)
{
	struct sv content = page_attr(p->t, i, "content"), name;

	if (!content.p)
		content = page_attr(p->t, i, "datetime");
	name = content.p ? meta_name(p, i) : SV_NULL;

	if (name.p)
		p->metas[p->n_metas++] = (struct page_meta){name, page_collapse(p, content)};
}

static void
metas_read(struct page *p)
{
	const struct tree *t = p->t;
	node_id frame = p->has_frames ? next_frame(t, tree_first_same(t, TAG_div)) : NODE_NONE;
	node_id frame_end = 0, i = tree_first_same(t, TAG_meta);

	for (; i != NODE_NONE && p->n_metas < PAGE_MAX_METAS; i = tree_next_same(t, i)) {
		for (; frame < i; frame = next_frame(t, tree_next_same(t, frame)))
			frame_end = MAX(frame_end, t->nodes[frame].end);
		if (i >= frame_end)
			meta_add(p, i);
	}
}

struct sv
page_meta_get(const struct page *p, const char *const *names)
{
	for (; *names; names++)
		for (size_t i = 0; i < p->n_metas; i++)
			if (sv_eq_str(p->metas[i].name, *names) && p->metas[i].content.n > 0)
				return p->metas[i].content;
	return SV_NULL;
}

int
page_init(struct page *p, const struct tree *t, struct arena *a, const char *url, int64_t now_ms,
    struct err *err)
{
	*p = (struct page){.t = t, .a = a, .now_ms = now_ms};
	if (url && *url)
		p->url = page_dup(p, sv_trim(sv_from(url)));
	p->metas = arena_array_raw(a, PAGE_MAX_METAS, sizeof(*p->metas));
	if (!p->metas)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	p->has_frames = next_frame(t, tree_first_same(t, TAG_div)) != NODE_NONE;
	base_find(p);
	metas_read(p);
	return 0;
}
