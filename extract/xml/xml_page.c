// SPDX-License-Identifier: Apache-2.0
// XML that is no XHTML as an HTML page: sitemaps as lists of links, other XML as paragraphs; feeds
// are written in feed.c. All is escaped here; the page is read again by the HTML parser.
#include "extract/xml/xml_priv.h"

#define LANGUAGE_SAMPLE 6000 // bytes of text
#define OUTPUT_MAX      ((size_t)256 << 20)
#define OUTPUT_TIMES    16 // of what was read …
#define OUTPUT_BASE     ((size_t)1 << 20)
#define OUTPUT_NODE     64 // and for each node
#define BASE_DEPTH      64 // ancestors that are asked for xml:base
#define BASE_MAX        2048

// --- writing ---

void
xml_add_text(struct buf *out, struct sv v)
{
	for (size_t i = 0, from; i < v.n; i++) {
		const char *entity;

		for (from = i; i < v.n && !strchr("&<>\"", v.p[i]); i++)
			;
		buf_add(out, v.p + from, i - from);
		if (i == v.n)
			return;
		entity = v.p[i] == '&'   ? "&amp;"
			 : v.p[i] == '<' ? "&lt;"
			 : v.p[i] == '>' ? "&gt;"
			 : v.p[i] == '"' ? "&quot;"
					 : "";
		buf_str(out, entity);
	}
}

void
xml_add_attr(struct buf *out, const char *name, struct sv v)
{
	buf_fmt(out, " %s=\"", name);
	xml_add_text(out, v);
	buf_ch(out, '"');
}

struct sv
xml_text_of(const struct xml_writer *w, node_id i)
{
	cleanup_buf b = BUF_INIT;

	tree_raw_text(w->t, i, &b);
	return page_dup(&w->page, sv_trim(buf_view(&b)));
}

void
xml_set_base(struct xml_writer *w, node_id i)
{
	struct sv found[BASE_DEPTH];
	size_t n = 0;

	if (w->base_name == 0)
		return;
	w->page.base = w->page.url;
	for (size_t k = 0; i != 0 && k < BASE_DEPTH; k++, i = w->t->nodes[i].parent) {
		struct sv v = sv_trim(tree_get_id(w->t, i, w->base_name));

		if (v.n > 0 && v.n < BASE_MAX)
			found[n++] = v;
	}
	while (n > 0) {
		struct sv base = page_resolve(&w->page, found[--n]);

		if (base.n > 0 && base.n < BASE_MAX)
			w->page.base = base;
	}
}

// --- sitemaps ---

static node_id
child_named(const struct tree *t, node_id i, uint32_t name)
{
	node_id k = name ? tree_first_child(t, i) : NODE_NONE;

	while (k != NODE_NONE && t->nodes[k].tag != name)
		k = t->nodes[k].next;
	return k;
}

struct sitemap_names {
	uint32_t entry, loc, lastmod, image, image_loc, image_title, news, news_title, news_date;
};

static void
write_images(struct xml_writer *w, const struct sitemap_names *n, node_id entry)
{
	const struct tree *t = w->t;

	for (node_id k = tree_first_child(t, entry); n->image && k != NODE_NONE;
	     k = t->nodes[k].next) {
		node_id loc =
		    t->nodes[k].tag == n->image ? child_named(t, k, n->image_loc) : NODE_NONE;
		node_id title = loc == NODE_NONE ? NODE_NONE : child_named(t, k, n->image_title);

		if (loc == NODE_NONE)
			continue;
		buf_str(w->out, " <img");
		xml_add_attr(w->out, "src", xml_text_of(w, loc));
		if (title != NODE_NONE)
			xml_add_attr(w->out, "alt", xml_text_of(w, title));
		buf_ch(w->out, '>');
	}
}

static void
write_place(struct xml_writer *w, const struct sitemap_names *n, node_id entry)
{
	node_id loc = child_named(w->t, entry, n->loc), news = child_named(w->t, entry, n->news);
	node_id date = child_named(w->t, entry, n->lastmod), title = NODE_NONE;
	struct sv url;

	if (loc == NODE_NONE)
		return;
	if (news != NODE_NONE) {
		title = child_named(w->t, news, n->news_title);
		if (date == NODE_NONE)
			date = child_named(w->t, news, n->news_date);
	}
	url = xml_text_of(w, loc);
	buf_str(w->out, "<li><a");
	xml_add_attr(w->out, "href", url);
	buf_ch(w->out, '>');
	xml_add_text(w->out, title == NODE_NONE ? url : xml_text_of(w, title));
	buf_str(w->out, "</a>");
	if (date != NODE_NONE) {
		buf_str(w->out, " <time>");
		xml_add_text(w->out, xml_text_of(w, date));
		buf_str(w->out, "</time>");
	}
	write_images(w, n, entry);
	buf_str(w->out, "</li>\n");
}

static void
write_sitemap(struct xml_writer *w)
{
	const struct tree *t = w->t;
	node_id root = xml_root(t);
	struct sitemap_names n = {
	    .entry = tree_name_id(t, w->x->kind == XML_URLSET ? "url" : "sitemap"),
	    .loc = tree_name_id(t, "loc"),
	    .lastmod = tree_name_id(t, "lastmod"),
	    .image = tree_name_id(t, "image:image"),
	    .image_loc = tree_name_id(t, "image:loc"),
	    .image_title = tree_name_id(t, "image:title"),
	    .news = tree_name_id(t, "news:news"),
	    .news_title = tree_name_id(t, "news:title"),
	    .news_date = tree_name_id(t, "news:publication_date"),
	};

	buf_str(w->out, "<ul>\n");
	for (node_id k = tree_first_child(t, root); k != NODE_NONE; k = t->nodes[k].next)
		if (n.entry && t->nodes[k].tag == n.entry)
			write_place(w, &n, k);
	buf_str(w->out, "</ul>\n");
}

// --- other XML ---

static bool
has_own_text(const struct tree *t, node_id i)
{
	for (node_id k = tree_first_child(t, i); k != NODE_NONE; k = t->nodes[k].next)
		if (t->nodes[k].kind == NODE_TEXT && sv_trim(tree_text(t, k)).n > 0)
			return true;
	return false;
}

// A paragraph for each outermost element that has text of its own.
static void
write_paragraphs(struct xml_writer *w)
{
	const struct tree *t = w->t;
	node_id root = xml_root(t), i = root;
	node_id title = child_named(t, root, tree_name_id(t, "title"));

	if (title != NODE_NONE)
		w->meta->title = page_collapse(&w->page, xml_text_of(w, title));
	while (i < t->nodes[root].end) {
		if (t->nodes[i].kind != NODE_ELEMENT || !has_own_text(t, i)) {
			i++;
			continue;
		}
		buf_str(w->out, i == title ? "<h1>" : "<p>");
		xml_add_text(w->out, xml_text_of(w, i));
		buf_str(w->out, i == title ? "</h1>\n" : "</p>\n");
		i = t->nodes[i].end;
	}
}

// --- the page ---

static void
write_page(struct xml_writer *w)
{
	node_id root = xml_root(w->t);
	struct sv lang = tree_get(w->t, root, "xml:lang");

	if (lang.n > 0)
		w->meta->language = page_dup(&w->page, sv_trim(lang));
	buf_str(w->out, "<!DOCTYPE html><html><body>\n");
	if (w->x->kind == XML_URLSET || w->x->kind == XML_SITEMAPINDEX)
		write_sitemap(w);
	else if (w->x->kind == XML_OTHER)
		write_paragraphs(w);
	else
		xml_write_feed(w);
	buf_str(w->out, "</body></html>\n");
}

// The language that the text of what was written speaks, where the XML names none.
static struct sv
spoken_language(struct sv html)
{
	cleanup_buf text = BUF_INIT;
	bool tag = false;

	for (size_t i = 0; i < html.n && text.n < LANGUAGE_SAMPLE; i++) {
		if (html.p[i] == '<')
			buf_ch(&text, ' ');
		tag = html.p[i] == '<' || (tag && html.p[i] != '>');
		if (!tag && html.p[i] != '>')
			buf_ch(&text, html.p[i]);
	}
	return language_of_text(buf_view(&text));
}

int
xml_page(const struct xml_source *x, const struct page *p, struct buf *html, struct metadata *meta,
    struct err *err)
{
	size_t max =
	    OUTPUT_BASE + OUTPUT_TIMES * (size_t)x->tree.side_len + OUTPUT_NODE * (size_t)x->tree.n;
	struct xml_writer w = {.x = x, .t = &x->tree, .page = *p, .out = html, .meta = meta};

	*meta = (struct metadata){.site_name = page_host(p->url)};
	w.base_name = tree_name_id(w.t, "xml:base");
	html->max = MIN(max, OUTPUT_MAX);
	arena_init(&w.scratch, OUTPUT_MAX);
	write_page(&w);
	arena_done(&w.scratch);
	if (meta->language.n == 0 && x->kind != XML_URLSET && x->kind != XML_SITEMAPINDEX)
		meta->language = spoken_language(buf_view(html));
	if (html->overflow)
		return err_set(
		    err, ERR_TOO_LARGE, "the XML as a page is larger than %zu bytes", html->max);
	if (w.rc != 0)
		return err_set(err, w.rc, NULL);
	return p->a->oom ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
}
