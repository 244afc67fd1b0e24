// SPDX-License-Identifier: Apache-2.0
// What RSS, RDF and Atom say of a feed and of its entries: which element means what, titles that
// may be HTML, dates, authors, links; and the feed's own metadata. Runs in the worker.
#include "extract/meta/dates/date.h"
#include "extract/xml/feed_priv.h"

// Names are in lower case, "atom:" left out.
static const struct {
	const char *name;
	enum feed_role role;
} role_names[] = {
    {"channel", ROLE_CHANNEL},
    {"item", ROLE_ENTRY},
    {"entry", ROLE_ENTRY},
    {"title", ROLE_TITLE},
    {"link", ROLE_LINK},
    {"guid", ROLE_GUID},
    {"description", ROLE_SUMMARY},
    {"summary", ROLE_SUMMARY},
    {"subtitle", ROLE_SUMMARY},
    {"tagline", ROLE_SUMMARY},
    {"itunes:summary", ROLE_SUMMARY_ELSE},
    {"media:description", ROLE_SUMMARY_ELSE},
    {"dc:description", ROLE_SUMMARY_ELSE},
    {"content", ROLE_CONTENT},
    {"content:encoded", ROLE_CONTENT},
    {"pubdate", ROLE_PUBLISHED},
    {"published", ROLE_PUBLISHED},
    {"issued", ROLE_PUBLISHED},
    {"created", ROLE_PUBLISHED},
    {"dc:date", ROLE_PUBLISHED},
    {"dcterms:created", ROLE_PUBLISHED},
    {"updated", ROLE_UPDATED},
    {"modified", ROLE_UPDATED},
    {"lastbuilddate", ROLE_UPDATED},
    {"dcterms:modified", ROLE_UPDATED},
    {"author", ROLE_AUTHOR},
    {"dc:creator", ROLE_AUTHOR},
    {"itunes:author", ROLE_AUTHOR},
    {"managingeditor", ROLE_AUTHOR},
    {"category", ROLE_CATEGORY},
    {"dc:subject", ROLE_CATEGORY},
    {"itunes:category", ROLE_CATEGORY},
    {"enclosure", ROLE_MEDIA},
    {"media:content", ROLE_MEDIA},
    {"media:thumbnail", ROLE_IMAGE},
    {"itunes:image", ROLE_IMAGE},
    {"image", ROLE_IMAGE},
    {"logo", ROLE_IMAGE},
    {"icon", ROLE_ICON},
    {"media:group", ROLE_GROUP},
    {"language", ROLE_LANGUAGE},
    {"dc:language", ROLE_LANGUAGE},
};

bool
feed_read_roles(struct xml_writer *w)
{
	const struct tree *t = w->t;

	w->roles = arena_alloc(w->page.a, t->n_names);
	for (uint32_t id = 1; w->roles && id < t->n_names; id++) {
		const char *name = tree_name(t, id);

		name += strncmp(name, "atom:", 5) == 0 ? 5 : 0;
		for (size_t k = 0; k < ARRAY_LEN(role_names) && !w->roles[id]; k++)
			if (strcmp(name, role_names[k].name) == 0)
				w->roles[id] = (uint8_t)role_names[k].role;
	}
	return w->roles != NULL;
}

enum feed_role
feed_role_of(const struct xml_writer *w, node_id i)
{
	const struct node *n = &w->t->nodes[i];

	return n->kind == NODE_ELEMENT ? (enum feed_role)w->roles[n->tag] : ROLE_NONE;
}

// A title may be HTML, and often is without saying so: "AT&amp;amp;T", "<b>".
static struct sv
plain(struct xml_writer *w, struct sv v)
{
	static const struct html_options o = {
	    .lim = {.max_nodes = 100000, .max_depth = 512, .max_attrs = 512},
	    .context = {"div", 3}};
	struct tree t;
	cleanup_buf b = BUF_INIT;
	bool marked = memchr(v.p, '&', v.n) || (memchr(v.p, '<', v.n) && memchr(v.p, '>', v.n));

	if (v.n == 0 || !marked)
		return page_collapse(&w->page, v);
	arena_reset(&w->scratch);
	if (tree_init(&t, &w->scratch, NULL) != 0 || html_parse_with(&t, v, &o, NULL) != 0)
		return page_collapse(&w->page, v);
	tree_inner_text(&t, 0, &b);
	return page_dup(&w->page, sv_trim(buf_view(&b)));
}

struct sv
feed_plain(struct xml_writer *w, node_id i)
{
	return i == NODE_NONE ? SV_NULL : plain(w, xml_text_of(w, i));
}

struct sv
feed_date(const struct xml_writer *w, node_id i)
{
	struct date_opts o = {.min_year = 1900};
	char iso[DATE_ISO_MAX];
	struct date d;
	struct sv v = i == NODE_NONE ? SV_NULL : xml_text_of(w, i);

	if (v.n == 0 || (!date_value(v, &o, &d) && !date_find(v, &o, &d)))
		return SV_NULL;
	date_iso(&d, iso);
	return page_dup(&w->page, sv_from(iso));
}

// "jane@example.org (Jane Doe)" is Jane Doe; Atom's have a <name>.
static struct sv
author_of(struct xml_writer *w, node_id i)
{
	const struct tree *t = w->t;
	struct sv v;
	const char *open;

	for (node_id k = tree_first_child(t, i); k != NODE_NONE; k = t->nodes[k].next) {
		const char *name = tree_name(t, t->nodes[k].tag);

		if (t->nodes[k].kind == NODE_ELEMENT &&
		    (strcmp(name, "name") == 0 || strcmp(name, "atom:name") == 0))
			return feed_plain(w, k);
	}
	v = feed_plain(w, i);
	open = memchr(v.p, '(', v.n);
	if (open && v.p[v.n - 1] == ')' && memchr(v.p, '@', (size_t)(open - v.p)))
		v = sv_trim((struct sv){open + 1, (size_t)(v.p + v.n - 1 - (open + 1))});
	return page_dup(&w->page, v);
}

static void
take_author(struct xml_writer *w, struct feed_item *it, node_id i)
{
	struct sv v = author_of(w, i);

	for (size_t k = 0; k < it->n_authors; k++)
		if (sv_eq(it->author[k], v))
			return;
	if (v.n > 0 && it->n_authors < AUTHORS_MAX)
		it->author[it->n_authors++] = v;
}

// RSS has the address as text, Atom as an attribute with its relation.
static void
take_link(struct xml_writer *w, struct feed_item *it, node_id i)
{
	struct sv href = page_attr(w->t, i, "href"), rel = page_attr(w->t, i, "rel");
	struct sv *slot = &it->link;

	if (rel.n > 0 && !sv_ieq_str(rel, "alternate")) {
		if (!sv_ieq_str(rel, "self"))
			return;
		slot = &it->self;
	}
	xml_set_base(w, i);
	if (slot->n == 0)
		*slot = page_resolve(&w->page, href.n > 0 ? href : xml_text_of(w, i));
}

void
feed_read_item(struct xml_writer *w, node_id el, struct feed_item *it)
{
	const struct tree *t = w->t;
	node_id guid;

	*it = (struct feed_item){.el = el};
	for (size_t k = 0; k < ROLE_COUNT; k++)
		it->first[k] = NODE_NONE;
	for (node_id k = tree_first_child(t, el); k != NODE_NONE; k = t->nodes[k].next) {
		enum feed_role role = feed_role_of(w, k);

		if (it->first[role] == NODE_NONE)
			it->first[role] = k;
		if (role == ROLE_LINK)
			take_link(w, it, k);
		else if (role == ROLE_AUTHOR)
			take_author(w, it, k);
	}
	guid = it->first[ROLE_GUID];
	if (it->link.n == 0 && guid != NODE_NONE &&
	    !sv_ieq_str(page_attr(t, guid, "ispermalink"), "false")) {
		struct sv v = xml_text_of(w, guid);

		if (sv_istarts(v, "http://") || sv_istarts(v, "https://"))
			it->link = v;
	}
	if (it->first[ROLE_SUMMARY] == NODE_NONE)
		it->first[ROLE_SUMMARY] = it->first[ROLE_SUMMARY_ELSE];
}

static struct sv
picture_url(struct xml_writer *w, node_id i)
{
	const struct tree *t = w->t;
	struct sv v = page_attr(t, i, "href");
	bool parts = false; // title, url, link; else the address itself

	xml_set_base(w, i);
	for (node_id k = tree_first_child(t, i); v.n == 0 && k != NODE_NONE; k = t->nodes[k].next) {
		parts |= t->nodes[k].kind == NODE_ELEMENT;
		if (strcmp(tree_name(t, t->nodes[k].tag), "url") == 0)
			v = xml_text_of(w, k);
	}
	return page_resolve(&w->page, v.n > 0 || parts ? v : xml_text_of(w, i));
}

static void
read_categories(struct xml_writer *w, node_id el)
{
	struct metadata *m = w->meta;

	for (node_id k = tree_first_child(w->t, el); k != NODE_NONE; k = w->t->nodes[k].next) {
		struct sv v = SV_NULL;

		if (feed_role_of(w, k) != ROLE_CATEGORY ||
		    m->n_categories == METADATA_MAX_CATEGORIES)
			continue;
		for (size_t a = 0; a < 3 && v.n == 0; a++)
			v = page_attr(w->t, k, (const char *[]){"label", "term", "text"}[a]);
		v = plain(w, v.n > 0 ? v : xml_text_of(w, k));
		if (v.n > 0)
			m->categories[m->n_categories++] = v;
	}
}

static struct sv
joined(const struct xml_writer *w, const struct feed_item *it)
{
	cleanup_buf b = BUF_INIT;

	for (size_t k = 0; k < it->n_authors; k++) {
		buf_str(&b, k > 0 ? ", " : "");
		buf_sv(&b, it->author[k]);
	}
	return b.n > 0 ? page_dup(&w->page, buf_view(&b)) : SV_NULL;
}

void
feed_read_metadata(struct xml_writer *w, const struct feed_item *it)
{
	struct metadata *m = w->meta;
	struct sv v = feed_plain(w, it->first[ROLE_LANGUAGE]);
	node_id icon = it->first[ROLE_ICON], image = it->first[ROLE_IMAGE];

	if (v.n > 0)
		m->language = v;
	m->title = feed_plain(w, it->first[ROLE_TITLE]);
	if (m->title.n > 0)
		m->site_name = m->title;
	m->description = feed_plain(w, it->first[ROLE_SUMMARY]);
	m->published = feed_date(w, it->first[ROLE_PUBLISHED]);
	m->modified = feed_date(w, it->first[ROLE_UPDATED]);
	m->canonical = it->self;
	m->byline = joined(w, it);
	for (; m->n_authors < it->n_authors; m->n_authors++)
		m->authors[m->n_authors] = it->author[m->n_authors];
	if (icon != NODE_NONE)
		m->favicon = picture_url(w, icon);
	v = image != NODE_NONE ? picture_url(w, image) : SV_NULL;
	if (v.n > 0)
		m->images[m->n_images++] = v;
	read_categories(w, it->el);
}
