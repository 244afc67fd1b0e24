// SPDX-License-Identifier: Apache-2.0
// One pass over the tree collects the elements and texts that the readers of single facts look at,
// and a sample of running text.
#include "base/hash.h"
#include "extract/meta/metadata_date_priv.h"

#define TITLE_MAX      1000
#define HINT_ATTR_MAX  500
#define SHORT_TEXT     200 // bytes of a text node that may hold a line of dates or a signature
#define DATE_LINE_MAX  40  // bytes of such an attribute
#define ENDS_SEEN      64  // bytes at the ends of a longer one
#define SAMPLE_MAX     6000
#define SAMPLE_NODE    40 // bytes of a text node that is running text
#define SAMPLE_OF_NODE 2000
#define LINKS_SCANNED  200

static void
list_add(struct node_list *l, struct arena *a, node_id i)
{
	if (l->n == l->cap && l->cap < SCAN_MAX) {
		size_t cap = MIN(MAX(2 * l->cap, (size_t)16), (size_t)SCAN_MAX);
		node_id *v = arena_array(a, cap, sizeof(*v));

		if (!v)
			return;
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	if (l->n < l->cap)
		l->v[l->n++] = i;
}

// --- hints in attribute values ---

static const struct keyword hint_words[] = {{"author", HINT_AUTHOR}, {"autor", HINT_AUTHOR},
    {"auteur", HINT_AUTHOR}, {"verfasser", HINT_AUTHOR}, {"forfatter", HINT_AUTHOR},
    {"szerzo", HINT_AUTHOR}, {"writer", HINT_AUTHOR}, {"byline", HINT_BYLINE},
    {"firma", HINT_BYLINE}, {"breadcrumb", HINT_CRUMB}, {"date", HINT_DATE}, {"datum", HINT_DATE},
    {"time", HINT_DATE}, {"publish", HINT_DATE}, {"publication", HINT_DATE}, {"posted", HINT_DATE},
    {"fecha", HINT_DATE}, {"submitted", HINT_DATE}, {"created", HINT_DATE}, {"parution", HINT_DATE},
    {"clock", HINT_DATE}, {"calendar", HINT_DATE}, {"meta", HINT_META}, {"info", HINT_META},
    {"subline", HINT_META}, {"footer", HINT_META}, {"detail", HINT_META}, {"username", HINT_USER},
    {"user-name", HINT_USER}, {"postername", HINT_USER}, {"poster-name", HINT_USER},
    {"poster_name", HINT_USER}, {"postleft", HINT_USER}};
KEYWORDS(hint_keys, hint_words);

static unsigned
hints_of(struct sv v)
{
	const struct keyword *hit;
	unsigned hints = 0;
	size_t pos = 0;

	while (v.n <= HINT_ATTR_MAX && (hit = keywords_next(&hint_keys, v, &pos)) != NULL)
		hints |= hit->value;
	return hints;
}

// --- the pass ---

// Class attributes come again and again: what one means is remembered by its bytes.
#define CACHE_BITS 8
struct hint_entry {
	struct sv value;
	unsigned hints;
};

static unsigned
hints_of_class(struct hint_entry *classes, struct sv v)
{
	struct hint_entry *e = &classes[hash_ends(v) >> (64 - CACHE_BITS)];

	if (!e->value.p || !sv_eq(e->value, v))
		*e = (struct hint_entry){v, hints_of(v)};
	return e->hints;
}

// What an attribute tells of its element.
enum role {
	ROLE_NONE,
	ROLE_CLASS,
	ROLE_HINTS,
	ROLE_PROPERTY, // a hint of a date
	ROLE_TITLE,    // perhaps a date
	ROLE_HREF,
	ROLE_REL,
	ROLE_AUTHOR, // on an element of the page's own making
	ROLE_DATA_AUTHOR,
	ROLE_DATE,
};
static const struct {
	const char *name;
	uint8_t role;
} roles[] = {{"class", ROLE_CLASS}, {"id", ROLE_HINTS}, {"itemprop", ROLE_HINTS},
    {"data-testid", ROLE_HINTS}, {"property", ROLE_PROPERTY}, {"title", ROLE_TITLE},
    {"href", ROLE_HREF}, {"rel", ROLE_REL}, {"author", ROLE_AUTHOR},
    {"data-author", ROLE_DATA_AUTHOR}};

struct pass {
	struct meta_scan *s;
	const struct tree *t;
	struct arena *a;
	uint8_t *roles; // enum role by the name of an attribute
	char *sample;
	size_t sample_n;
	node_id boiler_end; // end of a nav, footer, aside: no sample from there
	struct hint_entry *classes;
};

static const struct keyword author_paths[] = {{"/author/", 1}, {"/authors/", 1},
    {"/contributor/", 1}, {"/contributors/", 1}, {"/writers/", 1}, {"/writer/", 1},
    {"/producers/", 1}, {"/byline/", 1}, {"/reporters/", 1}, {"/staff/", 1}, {"/autor/", 1},
    {"/auteur", 1}, {"/journalist/", 1}, {"/columnist", 1}};
KEYWORDS(author_hrefs, author_paths);

static bool
is_author_href(struct sv href)
{
	size_t pos = 0;

	return href.n < 300 && keywords_next(&author_hrefs, href, &pos) != NULL;
}

static void
see_rel(struct pass *c, node_id i, struct sv rel)
{
	if (!tree_is(c->t, i, TAG_a) && !tree_is(c->t, i, TAG_link))
		return;
	if (sv_has_word(rel, "author"))
		list_add(&c->s->rel_author, c->a, i);
	if (sv_has_word(rel, "tag"))
		list_add(&c->s->tags, c->a, i);
}

static void
see_hints(struct pass *c, node_id i, unsigned hints)
{
	struct meta_scan *s = c->s;

	if (hints & HINT_AUTHOR)
		list_add(&s->author, c->a, i);
	if (hints & HINT_BYLINE)
		list_add(&s->byline, c->a, i);
	if (hints & (HINT_DATE | HINT_BYLINE))
		list_add(&s->dates, c->a, i);
	else if (hints & (HINT_META | HINT_AUTHOR))
		list_add(&s->metas, c->a, i);
	if (hints & HINT_CRUMB)
		list_add(&s->crumbs, c->a, i);
	if (hints & HINT_USER)
		list_add(&s->users, c->a, i);
}

// Elements whose names speak of something else, or that hold nothing.
static const bool unhinted[TAG_KNOWN_COUNT] = {
    [TAG_html] = true,
    [TAG_body] = true,
    [TAG_meta] = true,
    [TAG_link] = true,
    [TAG_script] = true,
    [TAG_style] = true,
    [TAG_img] = true,
    [TAG_svg] = true,
};

static bool
takes_hints(uint32_t tag)
{
	return tag >= TAG_KNOWN_COUNT || !unhinted[tag];
}

// title="31.01.2024 09:05" on what shows "2 years ago".
static bool
is_date_line(const struct tree *t, struct sv v)
{
	return v.n >= 8 && v.n <= DATE_LINE_MAX && meta_text_kind(t, v) == TEXT_DATED;
}

// --- elements ---

static void
see_attributes(struct pass *c, node_id i)
{
	const struct node *n = &c->t->nodes[i];
	bool hinted = takes_hints(n->tag);
	unsigned hints = 0;

	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &c->t->attrs[n->attr + k];
		uint8_t role = c->roles[a->name];
		struct sv v;

		if (role == ROLE_NONE)
			continue;
		v = tree_attr_value(c->t, a);
		switch (role) {
		case ROLE_CLASS:
			hints |= hinted ? hints_of_class(c->classes, v) : 0;
			break;
		case ROLE_HINTS:
			hints |= hinted ? hints_of(v) : 0;
			break;
		case ROLE_PROPERTY:
			hints |= hints_of(v) & HINT_DATE;
			break;
		case ROLE_TITLE:
			hints |= is_date_line(c->t, v) ? HINT_DATE : 0;
			break;
		case ROLE_HREF:
			if (n->tag == TAG_a && is_author_href(v))
				list_add(&c->s->author_links, c->a, i);
			break;
		case ROLE_REL:
			see_rel(c, i, v);
			break;
		case ROLE_AUTHOR:
			if (n->tag >= TAG_KNOWN_COUNT)
				list_add(&c->s->posters, c->a, i);
			break;
		case ROLE_DATA_AUTHOR:
			list_add(&c->s->posters, c->a, i);
			break;
		case ROLE_DATE:
			if (n->tag != TAG_time)
				list_add(&c->s->times, c->a, i);
			break;
		default:
			break;
		}
	}
	if (hinted && hints != 0)
		see_hints(c, i, hints);
}

static void
see_element(struct pass *c, node_id i)
{
	switch (c->t->nodes[i].tag) {
	case TAG_h1:
		list_add(&c->s->h1, c->a, i);
		break;
	case TAG_h2:
	case TAG_h3:
	case TAG_h4:
		if (c->s->h2.n < 8)
			list_add(&c->s->h2, c->a, i);
		break;
	case TAG_time:
		list_add(&c->s->times, c->a, i);
		break;
	case TAG_link:
		if (c->s->links.n < LINKS_SCANNED)
			list_add(&c->s->links, c->a, i);
		break;
	case TAG_nav:
	case TAG_footer:
	case TAG_aside:
		c->boiler_end = MAX(c->boiler_end, c->t->nodes[i].end);
		break;
	default:
		break;
	}
	if (c->t->nodes[i].n_attrs > 0)
		see_attributes(c, i);
}

static const struct keyword signature_words[] = {{"written by", 1}, {"article by", 1},
    {"posted by", 1}, {"words by", 1}, {"verfasst von", 1}, {"escrito por", 1}, {"scritto da", 1},
    {"author:", 1}};
KEYWORDS(signature_leads, signature_words);

struct sv
meta_line(struct sv text, char out[META_LINE_MAX])
{
	size_t n = 0;

	text = sv_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		bool blank = (unsigned char)text.p[i] <= ' ';

		if (blank && (n == 0 || out[n - 1] == ' '))
			continue;
		if (n == META_LINE_MAX)
			return text;
		out[n++] = blank ? ' ' : text.p[i];
	}
	return (struct sv){out, n};
}

// Are there two blanks or tabs in a row among the first bytes?
static bool
has_gap(const char *p)
{
	unsigned char found = 0;

	for (size_t i = 0; i + 1 < ENDS_SEEN; i++)
		found |= (p[i] == p[i + 1]) & ((p[i] == ' ') | (p[i] == '\t'));
	return found != 0;
}

// Of a long text only a date at one of its ends counts, unless most of it is blanks.
static bool
ends_may_have_date(const struct tree *t, struct sv v)
{
	char line[META_LINE_MAX];

	if (has_gap(v.p)) {
		v = meta_line(v, line);
		if (v.n <= META_LINE_MAX)
			return meta_text_kind(t, v) == TEXT_DATED;
	}
	return meta_text_kind(t, sv_sub(v, 0, ENDS_SEEN)) == TEXT_DATED ||
	       meta_text_kind(t, sv_sub(v, v.n - ENDS_SEEN, v.n)) == TEXT_DATED;
}

static void
see_short_text(struct pass *c, node_id i, struct sv v)
{
	enum text_kind kind = meta_text_kind(c->t, v);

	if (kind == TEXT_BLANK)
		return;
	if (kind == TEXT_DATED)
		list_add(&c->s->digits, c->a, i);
	while (sv_is_space(v.p[0]))
		v = sv_sub(v, 1, v.n);
	if (keywords_at(&signature_leads, v))
		list_add(&c->s->signatures, c->a, i);
}

static void
add_sample(struct pass *c, struct sv v)
{
	size_t n = MIN(MIN(v.n, (size_t)SAMPLE_OF_NODE), SAMPLE_MAX - c->sample_n);

	if (v.n < SAMPLE_NODE) // the rest indents the source
		return;
	memcpy(c->sample + c->sample_n, v.p, n);
	c->sample_n += n;
	c->sample[c->sample_n++] = ' ';
}

static void
see_text(struct pass *c, node_id i)
{
	const struct node *n = &c->t->nodes[i];
	uint32_t parent = c->t->nodes[n->parent].tag;
	struct sv v;

	if (n->flags & NODE_F_BLANK && n->text_len < SAMPLE_NODE)
		return;
	if (tag_flags(parent) & (TAGF_SILENT | TAGF_RAW | TAGF_RCDATA) || parent == TAG_noscript)
		return;
	v = tree_text(c->t, i);
	if (v.n <= SHORT_TEXT)
		see_short_text(c, i, v);
	else if (ends_may_have_date(c->t, v))
		list_add(&c->s->digits, c->a, i);
	if (v.n >= SAMPLE_NODE && i >= c->boiler_end && c->sample_n < SAMPLE_MAX)
		add_sample(c, sv_trim(v));
}

// By the name of an attribute of this page.
static uint8_t *
roles_of(const struct tree *t, struct arena *a)
{
	uint8_t *out = arena_array(a, t->n_names, sizeof(*out));
	uint32_t dates[DATE_ATTRS_MAX];
	size_t n = date_attributes(t, true, dates);

	for (size_t i = 0; out && i < n; i++)
		out[dates[i]] = ROLE_DATE;
	for (size_t i = 0; out && i < ARRAY_LEN(roles); i++)
		out[tree_name_id(t, roles[i].name)] = roles[i].role; // [0]: the page has none such
	return out;
}

static void
scan_tree(struct meta_scan *s)
{
	const struct tree *t = s->p->t;
	struct pass c = {.s = s,
	    .t = t,
	    .a = s->p->a,
	    .roles = roles_of(t, s->p->a),
	    .sample = arena_alloc_raw(s->p->a, SAMPLE_MAX + 2),
	    .classes = arena_array(s->p->a, 1 << CACHE_BITS, sizeof(*c.classes))};

	for (node_id i = 1; c.roles && c.sample && c.classes && i < t->n; i++) {
		if (t->nodes[i].kind == NODE_TEXT) {
			see_text(&c, i);
		} else if (t->nodes[i].kind == NODE_ELEMENT) {
			if (tree_is(t, i, TAG_template) ||
			    (s->p->has_frames && page_is_frame(s->p, i)))
				i = t->nodes[i].end - 1;
			else
				see_element(&c, i);
		}
	}
	s->sample = (struct sv){c.sample, c.sample_n};
}

bool
meta_may_have_date(const struct meta_scan *s, node_id i)
{
	const struct node_list *l = &s->digits;
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (l->v[mid] < i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n ? l->v[lo] < s->p->t->nodes[i].end : l->n == SCAN_MAX;
}

bool
meta_scan_read(struct meta_scan *s, const struct page *p)
{
	node_id title = tree_find(p->t, 0, TAG_title);

	*s = (struct meta_scan){.p = p, .host = page_host(p->url), .heading = NODE_NONE};
	if (title != NODE_NONE)
		s->title_tag = page_text(p, title, TITLE_MAX);
	s->places = arena_array(p->a, p->t->n, sizeof(*s->places));
	if (!s->places)
		return false;
	scan_tree(s);
	s->heading = meta_find_heading(s);
	s->canonical = meta_canonical(s);
	if (!s->host.p)
		s->host = page_host(s->canonical);
	meta_scan_schema(s);
	s->seen = arena_alloc(p->a, sizeof(*s->seen));
	return s->sample.p != NULL && s->seen != NULL;
}
