// SPDX-License-Identifier: Apache-2.0
// The facts about a page that stand outside its content: one pass collects the elements of
// interest, then each fact is read by its own rule. Words, site name and description here; the
// others in their files.
#include "extract/html/letters.h"
#include "extract/meta/metadata_priv.h"

#define DESCRIPTION_MAX 2000
#define PARAGRAPH_MIN   80
#define PARAGRAPH_MAX   300
#define PARAGRAPH_NODES 400
#define HEADINGS_TRIED  6
#define HEADING_MAX     500

// --- words ---

static bool
is_word_char(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
	if (c >= 0xff00 && c <= 0xff65) // full-width ASCII
		return (c >= 0xff10 && c <= 0xff19) || (c >= 0xff21 && c <= 0xff3a) ||
		       (c >= 0xff41 && c <= 0xff5a);
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 && (c < 0x2000 || c > 0x2bff) &&
	       (c < 0x3000 || c > 0x3004) && (c < 0x3008 || c > 0x3020);
}

void
words_read(struct words *w, struct sv text)
{
	uint32_t h = 0;

	w->n = 0;
	for (size_t i = 0; i < text.n && w->n < WORDS_MAX;) {
		uint32_t c = (unsigned char)text.p[i];

		if (c < 0x80)
			i++;
		else
			c = letters_decode(text, &i);
		if (is_word_char(c))
			h = ((h ? h : 2166136261u) ^ letters_lower(c)) * 16777619u;
		else if (c != '\'' && c != 0x2019 && c != 0xad && c != 0x200b && h != 0) {
			w->v[w->n++] = h;
			h = 0;
		}
	}
	if (h != 0 && w->n < WORDS_MAX)
		w->v[w->n++] = h;
}

static size_t
common(const struct words *a, const struct words *b)
{
	bool used[WORDS_MAX] = {false};
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (!used[k] && a->v[i] == b->v[k]) {
				used[k] = true;
				n++;
				break;
			}
	return n;
}

double
words_contained(const struct words *a, const struct words *b)
{
	return a->n > 0 ? (double)common(a, b) / (double)a->n : 0;
}

double
words_f1(const struct words *a, const struct words *b)
{
	return a->n + b->n > 0 ? 2.0 * (double)common(a, b) / (double)(a->n + b->n) : 0;
}

// --- site ---

// http://example.org, where a name was asked for
static bool
is_address(struct sv v)
{
	return sv_ifind(v, "://") >= 0;
}

static struct sv
site_from_schema(const struct meta_scan *s)
{
	struct sv v = SV_NULL;

	if (s->article)
		v = schema_text(s->p, json_get(s->article, "publisher"));
	if (v.n > 0 && !is_address(v) && v.p[0] != '#')
		return v;
	json_foreach (item, s->p->schema)
		if (schema_is(item, "WebSite")) {
			v = schema_text(s->p, json_get(item, "name"));
			if (v.n > 0 && !is_address(v))
				return v;
		}
	return SV_NULL;
}

// The last part of <title> when it is the host's name in words: "… | The Verge" on theverge.com.
static struct sv
site_from_title(const struct meta_scan *s)
{
	static const char *const seps[] = {" | ", " - ", " – ", " — ", " · "};
	char squeezed[64];
	size_t from = 0, n = 0;

	for (size_t k = 0; k < ARRAY_LEN(seps); k++)
		for (size_t i = from; i + strlen(seps[k]) < s->title_tag.n; i++)
			if (sv_starts(sv_sub(s->title_tag, i, s->title_tag.n), seps[k]))
				from = i + strlen(seps[k]);
	for (size_t i = from; from > 0 && i < s->title_tag.n && n + 1 < sizeof(squeezed); i++)
		if (s->title_tag.p[i] != ' ')
			squeezed[n++] = s->title_tag.p[i];
	squeezed[n] = '\0';
	if (n >= 3 && sv_ifind(s->host, squeezed) == 0)
		return sv_sub(s->title_tag, from, s->title_tag.n);
	return SV_NULL;
}

static struct sv
site_name(const struct meta_scan *s)
{
	static const char *const og[] = {"og:site_name", NULL};
	static const char *const app[] = {"application-name", "apple-mobile-web-app-title", NULL};
	struct sv v = meta_unescaped(s->p, page_meta_get(s->p, og));

	if (!v.p || is_address(v))
		v = site_from_schema(s);
	if (!v.p)
		v = page_meta_get(s->p, app);
	if (!v.p)
		v = site_from_title(s);
	return v.p ? meta_before_mark(v) : s->host;
}

// --- description ---

// The text that an element begins with, cut at a word; SV_NULL if it says too little.
static struct sv
opening(const struct meta_scan *s, node_id i, struct sv v)
{
	if (s->p->t->nodes[i].flags & NODE_F_HIDDEN || v.n < PARAGRAPH_MIN ||
	    meta_place(s, i) != PLACE_GOOD)
		return SV_NULL;
	while (v.n >= PARAGRAPH_MAX - 4 && v.n > PARAGRAPH_MIN && v.p[v.n - 1] != ' ')
		v.n--;
	return page_dup(s->p, sv_trim(v));
}

// Text that stands in a block that is no paragraph, as its own line.
static bool
holds_line(const struct tree *t, node_id i)
{
	static const bool blocks[TAG_KNOWN_COUNT] = {
	    [TAG_div] = true, [TAG_td] = true, [TAG_article] = true, [TAG_section] = true};
	uint32_t up = t->nodes[t->nodes[i].parent].tag;

	return t->nodes[i].kind == NODE_TEXT && up < TAG_KNOWN_COUNT && blocks[up] &&
	       sv_trim(tree_text(t, i)).n >= PARAGRAPH_MIN;
}

// All of the block that the text at `i` stands in; what follows in the line, if the heading is in
// the block, too.
static struct sv
line_text(const struct meta_scan *s, node_id i)
{
	const struct tree *t = s->p->t;
	cleanup_buf b = BUF_INIT;

	if (!meta_holds_heading(s, t->nodes[i].parent))
		return page_text(s->p, t->nodes[i].parent, PARAGRAPH_MAX);
	for (unsigned n = 0; i != NODE_NONE && n < PARAGRAPH_NODES && b.n < DESCRIPTION_MAX; n++) {
		if (t->nodes[i].kind == NODE_TEXT)
			buf_sv(&b, sv_cut(tree_text(t, i), DESCRIPTION_MAX));
		else if (tree_is(t, i, TAG_br) || !(tag_flags(t->nodes[i].tag) & TAGF_INLINE))
			break;
		else
			buf_sv(&b, page_text(s->p, i, PARAGRAPH_MAX));
		i = t->nodes[i].next;
	}
	return sv_cut(page_collapse(s->p, buf_view(&b)), PARAGRAPH_MAX);
}

// The first paragraph below the heading that says something.
static struct sv
first_paragraph(const struct meta_scan *s)
{
	const struct tree *t = s->p->t;
	node_id from = s->heading == NODE_NONE ? 1 : s->heading;
	node_id end = MIN(t->n, from + PARAGRAPH_NODES);
	struct sv v = SV_NULL;

	for (node_id i = from; i < end && !v.p; i++)
		if (tree_is(t, i, TAG_p))
			v = opening(s, i, page_text(s->p, i, PARAGRAPH_MAX));
	for (node_id i = from; i < end && !v.p; i++)
		if (holds_line(t, i))
			v = opening(s, t->nodes[i].parent, line_text(s, i));
	return v;
}

// A description, or SV_NULL: the site's name describes no page.
static struct sv
said(const struct meta_scan *s, struct sv v)
{
	v = v.n > 0 && v.n <= DESCRIPTION_MAX ? meta_plain(s->p, v) : SV_NULL;
	return v.n > 0 && !sv_ieq_str(v, s->site_name.p ? s->site_name.p : "") ? v : SV_NULL;
}

static struct sv
description(const struct meta_scan *s)
{
	static const char *const names[] = {"og:description", "description", "twitter:description",
	    "dc.description", "dcterms.description", "sailthru.description"};
	const cJSON *const objects[] = {s->article, s->webpage};
	struct sv v = SV_NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !v.p; i++)
		v = said(s, page_meta_get(s->p, (const char *const[]){names[i], NULL}));
	for (size_t i = 0; i < ARRAY_LEN(objects) && !v.p; i++)
		if (objects[i])
			v = said(s, schema_text(s->p, json_get(objects[i], "description")));
	return v.p ? v : first_paragraph(s);
}

static bool
has_heading(const struct meta_scan *s, struct sv text)
{
	const struct node_list *lists[] = {&s->h1, &s->h2};

	for (size_t k = 0; k < ARRAY_LEN(lists); k++)
		for (size_t i = 0; i < MIN(lists[k]->n, (size_t)HEADINGS_TRIED); i++)
			if (sv_eq(page_text(s->p, lists[k]->v[i], HEADING_MAX), text))
				return true;
	return false;
}

// "A post | The blog" above the heading "A post": what is left of <title> names the site when
// nothing else does.
static void
use_title_for_site(struct meta_scan *s, struct metadata *out)
{
	struct sv v = meta_beside_title(s->title_tag, out->title);

	if (v.n > 0 && has_heading(s, out->title))
		s->site_name = out->site_name = page_dup(s->p, v);
}

void
metadata_read(const struct page *p, struct metadata *out)
{
	struct meta_scan *s = arena_alloc(p->a, sizeof(*s));

	*out = (struct metadata){0};
	if (!s || !meta_scan_read(s, p))
		return;
	s->lang = out->language = meta_language(p, s->sample);
	s->site_name = out->site_name = site_name(s);
	out->canonical = s->canonical;
	out->title = meta_title(s);
	if (sv_eq(s->site_name, s->host))
		use_title_for_site(s, out);
	meta_authors(s, out);
	out->published = meta_published(s);
	out->modified = meta_modified(s);
	out->description = description(s);
	meta_categories(s, out);
	meta_pictures(s, out);
}
