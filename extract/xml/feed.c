// SPDX-License-Identifier: Apache-2.0
// RSS, RDF and Atom as a page: the feed's name, then its entries with linked title, date, authors
// and what they say. The HTML of an entry is read by itself and goes through the writer of clean
// HTML, so that it can't reach beyond its entry. Runs in the worker.
#include "extract/content/content.h"
#include "extract/xml/feed_priv.h"

#define MEDIA_IN_ONE 20 // enclosures of an entry

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
		 feed_role_of(w, i) == ROLE_IMAGE)
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
	enum feed_role role = feed_role_of(w, i);

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
		k = feed_role_of(w, k) == ROLE_GROUP ? k + 1 : t->nodes[k].end;
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
add_byline(struct xml_writer *w, const struct feed_item *it, struct sv date)
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
	struct feed_item it;
	node_id said;

	feed_read_item(w, el, &it);
	title = feed_plain(w, it.first[ROLE_TITLE]);
	date = feed_date(w, it.first[ROLE_PUBLISHED]);
	if (date.n == 0)
		date = feed_date(w, it.first[ROLE_UPDATED]);
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

static void
write_entries(struct xml_writer *w, node_id parent)
{
	for (node_id k = tree_first_child(w->t, parent); k != NODE_NONE && !w->out->overflow;
	     k = w->t->nodes[k].next)
		if (feed_role_of(w, k) == ROLE_ENTRY && w->rc == 0)
			write_entry(w, k);
}

// Entries stand in the channel, those of RSS 1.0 beside it.
void
xml_write_feed(struct xml_writer *w)
{
	const struct tree *t = w->t;
	node_id root = xml_root(t), channel = NODE_NONE;
	struct feed_item it;

	if (!feed_read_roles(w)) {
		w->rc = ERR_EXTRACTOR_OOM;
		return;
	}
	for (node_id k = tree_first_child(t, root); k != NODE_NONE && channel == NODE_NONE;
	     k = t->nodes[k].next)
		if (feed_role_of(w, k) == ROLE_CHANNEL)
			channel = k;
	feed_read_item(w, channel == NODE_NONE ? root : channel, &it);
	if (w->page.url.n == 0) { // what else could be meant
		w->page.url = w->page.base = it.self.n > 0 ? it.self : it.link;
		feed_read_item(w, it.el, &it);
	}
	feed_read_metadata(w, &it);
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
