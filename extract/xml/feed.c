// SPDX-License-Identifier: Apache-2.0
// RSS, RDF and Atom as a page: the feed's name, then its entries with linked title, date, authors
// and what they say; and the feed's own metadata. The HTML of an entry is read by itself and goes
// through the writer of clean HTML, so that it can't reach beyond its entry. Runs in the worker.
#include "extract/content/content.h"
#include "extract/meta/date.h"
#include "extract/xml/xml_priv.h"

#define AUTHORS_MAX  METADATA_MAX_AUTHORS
#define MEDIA_IN_ONE 20 // enclosures of an entry

enum role {
	ROLE_NONE,
	ROLE_ENTRY,
	ROLE_TITLE,
	ROLE_LINK,
	ROLE_GUID,
	ROLE_SUMMARY,
	ROLE_SUMMARY_ELSE, // where there is no other
	ROLE_CONTENT,
	ROLE_PUBLISHED,
	ROLE_UPDATED,
	ROLE_AUTHOR,
	ROLE_CATEGORY,
	ROLE_MEDIA,
	ROLE_IMAGE,
	ROLE_ICON,
	ROLE_GROUP,
	ROLE_LANGUAGE,
	ROLE_CHANNEL,
	ROLE_COUNT
};

// Names are in lower case, "atom:" left out.
static const struct {
	const char *name;
	enum role role;
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

// What is said of the feed, or of an entry.
struct item {
	node_id el;
	node_id first[ROLE_COUNT];
	struct sv link, self, author[AUTHORS_MAX];
	size_t n_authors;
};

static bool
read_roles(struct xml_writer *w)
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

static enum role
role_of(const struct xml_writer *w, node_id i)
{
	const struct node *n = &w->t->nodes[i];

	return n->kind == NODE_ELEMENT ? (enum role)w->roles[n->tag] : ROLE_NONE;
}

// --- values ---

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

static struct sv
plain_of(struct xml_writer *w, node_id i)
{
	return i == NODE_NONE ? SV_NULL : plain(w, xml_text_of(w, i));
}

static struct sv
iso_of(const struct xml_writer *w, node_id i)
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
			return plain_of(w, k);
	}
	v = plain_of(w, i);
	open = memchr(v.p, '(', v.n);
	if (open && v.p[v.n - 1] == ')' && memchr(v.p, '@', (size_t)(open - v.p)))
		v = sv_trim((struct sv){open + 1, (size_t)(v.p + v.n - 1 - (open + 1))});
	return page_dup(&w->page, v);
}

static void
take_author(struct xml_writer *w, struct item *it, node_id i)
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
take_link(struct xml_writer *w, struct item *it, node_id i)
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

static void
read_item(struct xml_writer *w, node_id el, struct item *it)
{
	const struct tree *t = w->t;
	node_id guid;

	*it = (struct item){.el = el};
	for (size_t k = 0; k < ROLE_COUNT; k++)
		it->first[k] = NODE_NONE;
	for (node_id k = tree_first_child(t, el); k != NODE_NONE; k = t->nodes[k].next) {
		enum role role = role_of(w, k);

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

// --- what an entry says ---

static void
add_html(struct xml_writer *w, struct sv html)
{
	static const struct html_options o = {
	    .lim = {.max_nodes = 2000000, .max_depth = 512, .max_attrs = 512},
	    .context = {"div", 3}};
	struct write_opts opts = {.base = w->page.base};
	struct content c = {.root = 0};
	struct tree t;
	int rc;

	arena_reset(&w->scratch);
	rc = tree_init(&t, &w->scratch, NULL);
	if (rc == 0)
		rc = html_parse_with(&t, html, &o, NULL);
	c.keep = rc == 0 ? arena_alloc(&w->scratch, t.n) : NULL;
	if (!c.keep) {
		w->rc = rc ? rc : ERR_EXTRACTOR_OOM;
		return;
	}
	for (node_id i = 0; i < t.n; i++)
		c.keep[i] = !(t.nodes[i].flags & NODE_F_HIDDEN) &&
			    !(tag_flags(t.nodes[i].tag) & TAGF_SILENT);
	clean_html_write(&t, &c, &opts, w->out);
}

// Atom says what its text is; that of the others is HTML.
static void
add_content(struct xml_writer *w, node_id i)
{
	bool atom = w->x->kind == XML_ATOM;
	struct sv type = page_attr(w->t, i, "type");
	cleanup_buf markup = BUF_INIT;

	xml_set_base(w, i);
	buf_str(w->out, "<div>");
	if (sv_ieq_str(type, "xhtml") || sv_istarts(type, "application/xhtml")) {
		for (node_id k = tree_first_child(w->t, i); k != NODE_NONE; k = w->t->nodes[k].next)
			tree_serialise(w->t, k, &markup);
		add_html(w, buf_view(&markup));
	} else if (!atom || sv_ieq_str(type, "html") || sv_ieq_str(type, "text/html")) {
		add_html(w, xml_text_of(w, i));
	} else {
		buf_str(w->out, "<p>");
		xml_add_text(w->out, xml_text_of(w, i));
		buf_str(w->out, "</p>");
	}
	buf_str(w->out, "</div>\n");
}

static void
add_media(struct xml_writer *w, node_id i)
{
	struct sv url = page_attr(w->t, i, "url"), type = page_attr(w->t, i, "type");
	struct sv medium = page_attr(w->t, i, "medium");
	const char *element = "a";

	if (url.n == 0)
		url = page_attr(w->t, i, "href");
	url = page_resolve(&w->page, url);
	if (url.n == 0)
		return;
	if (sv_istarts(type, "audio/") || sv_ieq_str(medium, "audio"))
		element = "audio";
	else if (sv_istarts(type, "video/") || sv_ieq_str(medium, "video"))
		element = "video";
	else if (sv_istarts(type, "image/") || sv_ieq_str(medium, "image") ||
		 role_of(w, i) == ROLE_IMAGE)
		element = "img";
	buf_fmt(w->out, "<p><%s", element);
	xml_add_attr(w->out, *element == 'a' && !element[1] ? "href" : "src", url);
	buf_ch(w->out, '>');
	if (strcmp(element, "img") != 0) {
		xml_add_text(w->out, url);
		buf_fmt(w->out, "</%s>", element);
	}
	buf_str(w->out, "</p>\n");
}

static bool
is_media(const struct xml_writer *w, node_id i)
{
	enum role role = role_of(w, i);

	return role == ROLE_MEDIA || role == ROLE_IMAGE ||
	       (role == ROLE_LINK && sv_ieq_str(page_attr(w->t, i, "rel"), "enclosure"));
}

static void
add_all_media(struct xml_writer *w, node_id el)
{
	const struct tree *t = w->t;
	node_id end = t->nodes[el].end;
	size_t n = 0;

	for (node_id k = el + 1; k < end && n < MEDIA_IN_ONE;) {
		if (is_media(w, k)) {
			xml_set_base(w, k);
			add_media(w, k);
			n++;
		}
		k = role_of(w, k) == ROLE_GROUP ? k + 1 : t->nodes[k].end;
	}
}

// --- the page ---

static void
add_title(struct xml_writer *w, const char *heading, struct sv title, struct sv link)
{
	if (title.n == 0 && link.n == 0)
		return;
	buf_fmt(w->out, "<%s>", heading);
	if (link.n > 0) {
		buf_str(w->out, "<a");
		xml_add_attr(w->out, "href", link);
		buf_ch(w->out, '>');
	}
	xml_add_text(w->out, title.n > 0 ? title : link);
	buf_fmt(w->out, "%s</%s>\n", link.n > 0 ? "</a>" : "", heading);
}

static void
add_byline(struct xml_writer *w, const struct item *it, struct sv date)
{
	const char *before = "<p>";

	if (date.n > 0) {
		buf_fmt(w->out, "%s<time", before);
		xml_add_attr(w->out, "datetime", date);
		buf_ch(w->out, '>');
		xml_add_text(w->out, date);
		buf_str(w->out, "</time>");
		before = ", ";
	}
	for (size_t k = 0; k < it->n_authors; k++, before = ", ") {
		buf_str(w->out, before);
		xml_add_text(w->out, it->author[k]);
	}
	if (before[0] == ',')
		buf_str(w->out, "</p>\n");
}

static void
write_entry(struct xml_writer *w, node_id el)
{
	struct sv title, date;
	struct item it;
	node_id said;

	read_item(w, el, &it);
	title = plain_of(w, it.first[ROLE_TITLE]);
	date = iso_of(w, it.first[ROLE_PUBLISHED]);
	if (date.n == 0)
		date = iso_of(w, it.first[ROLE_UPDATED]);
	buf_str(w->out, "<article>\n");
	add_title(w, "h2", title, it.link);
	add_byline(w, &it, date);
	said = it.first[ROLE_CONTENT];
	if (said == NODE_NONE || w->t->nodes[said].end == said + 1) // nothing in it
		said = it.first[ROLE_SUMMARY];
	if (said != NODE_NONE)
		add_content(w, said);
	add_all_media(w, el);
	buf_str(w->out, "</article>\n");
}

static struct sv
picture_url(struct xml_writer *w, node_id i)
{
	const struct tree *t = w->t;
	struct sv v = page_attr(t, i, "href");

	xml_set_base(w, i);
	for (node_id k = tree_first_child(t, i); v.n == 0 && k != NODE_NONE; k = t->nodes[k].next)
		if (strcmp(tree_name(t, t->nodes[k].tag), "url") == 0)
			v = xml_text_of(w, k);
	return page_resolve(&w->page, v.n > 0 ? v : xml_text_of(w, i));
}

static void
read_categories(struct xml_writer *w, node_id el)
{
	struct metadata *m = w->meta;

	for (node_id k = tree_first_child(w->t, el); k != NODE_NONE; k = w->t->nodes[k].next) {
		struct sv v = SV_NULL;

		if (role_of(w, k) != ROLE_CATEGORY || m->n_categories == METADATA_MAX_CATEGORIES)
			continue;
		for (size_t a = 0; a < 3 && v.n == 0; a++)
			v = page_attr(w->t, k, (const char *[]){"label", "term", "text"}[a]);
		v = plain(w, v.n > 0 ? v : xml_text_of(w, k));
		if (v.n > 0)
			m->categories[m->n_categories++] = v;
	}
}

static struct sv
joined(const struct xml_writer *w, const struct item *it)
{
	cleanup_buf b = BUF_INIT;

	for (size_t k = 0; k < it->n_authors; k++) {
		buf_str(&b, k > 0 ? ", " : "");
		buf_sv(&b, it->author[k]);
	}
	return b.n > 0 ? page_dup(&w->page, buf_view(&b)) : SV_NULL;
}

static void
read_metadata(struct xml_writer *w, const struct item *it)
{
	struct metadata *m = w->meta;
	struct sv v = plain_of(w, it->first[ROLE_LANGUAGE]);
	node_id icon = it->first[ROLE_ICON], image = it->first[ROLE_IMAGE];

	if (v.n > 0)
		m->language = v;
	m->title = plain_of(w, it->first[ROLE_TITLE]);
	if (m->title.n > 0)
		m->site_name = m->title;
	m->description = plain_of(w, it->first[ROLE_SUMMARY]);
	m->published = iso_of(w, it->first[ROLE_PUBLISHED]);
	m->modified = iso_of(w, it->first[ROLE_UPDATED]);
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

static void
write_entries(struct xml_writer *w, node_id parent)
{
	for (node_id k = tree_first_child(w->t, parent); k != NODE_NONE && !w->out->overflow;
	     k = w->t->nodes[k].next)
		if (role_of(w, k) == ROLE_ENTRY && w->rc == 0)
			write_entry(w, k);
}

// Entries stand in the channel, those of RSS 1.0 beside it.
void
xml_write_feed(struct xml_writer *w)
{
	const struct tree *t = w->t;
	node_id root = xml_root(t), channel = NODE_NONE;
	struct item it;

	if (!read_roles(w)) {
		w->rc = ERR_EXTRACTOR_OOM;
		return;
	}
	for (node_id k = tree_first_child(t, root); k != NODE_NONE && channel == NODE_NONE;
	     k = t->nodes[k].next)
		if (role_of(w, k) == ROLE_CHANNEL)
			channel = k;
	read_item(w, channel == NODE_NONE ? root : channel, &it);
	if (w->page.url.n == 0) { // what else could be meant
		w->page.url = w->page.base = it.self.n > 0 ? it.self : it.link;
		read_item(w, it.el, &it);
	}
	read_metadata(w, &it);
	add_title(w, "h1", w->meta->title, it.link);
	if (w->meta->description.n > 0) {
		buf_str(w->out, "<p>");
		xml_add_text(w->out, w->meta->description);
		buf_str(w->out, "</p>\n");
	}
	if (channel != NODE_NONE)
		write_entries(w, channel);
	write_entries(w, root);
}
