// SPDX-License-Identifier: Apache-2.0
// Looks for strings under the names that content has in JSON, without building a tree: state of
// frameworks is large and of any shape. Runs in the extractor's worker.
#include "extract/content/blocks/payload.h"
#include "extract/page.h"

#define SHOWN_MAX 1500               // bytes of text, from which on a page speaks for itself
#define TEXT_MIN  200                // bytes of a string that may be content
#define TOTAL_MIN 500                // of all of them
#define TOTAL_MAX ((size_t)2 << 20)  // the rest is left out
#define INNER_MAX ((size_t)16 << 20) // of JSON in a string of JSON
#define DEPTH_MAX 3                  // of that
#define TEXTS_MAX 2000

struct finder {
	struct buf *html;
	size_t texts;
	uint32_t last_hash; // frameworks keep the same text twice
	bool descriptions;  // take those, too
};

// --- does the page show anything? ---

static bool
is_unshown(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];

	return n->kind == NODE_ELEMENT &&
	       (tag_flags(n->tag) & TAGF_SILENT || n->tag == TAG_noscript ||
		   n->flags & NODE_F_HIDDEN || n->tag == TAG_textarea);
}

static bool
shows_text(const struct tree *t)
{
	size_t shown = 0, unshown = 0;

	for (node_id i = 1; i < t->n; i++) {
		if (is_unshown(t, i)) {
			for (node_id k = i; tree_is(t, i, TAG_noscript) && k < t->nodes[i].end; k++)
				unshown += t->nodes[k].kind == NODE_TEXT ? t->nodes[k].text_len : 0;
			i = t->nodes[i].end - 1;
		} else if (t->nodes[i].kind == NODE_TEXT && !(t->nodes[i].flags & NODE_F_BLANK))
			shown += sv_trim(tree_text(t, i)).n;
		if (shown > SHOWN_MAX || unshown > SHOWN_MAX)
			return true;
	}
	return false;
}

// --- strings of JSON ---

static size_t
string_end(struct sv v, size_t i) // of the quote that ends the string whose first byte is at i
{
	while (i < v.n && v.p[i] != '"')
		i += v.p[i] == '\\' ? 2 : 1;
	return MIN(i, v.n);
}

static unsigned
hex4(struct sv v, size_t i)
{
	unsigned x = 0;

	for (size_t k = i; k < i + 4; k++) {
		int digit = k < v.n ? sv_hex(v.p[k]) : -1;

		if (digit < 0)
			return 0xfffd;
		x = x * 16 + (unsigned)digit;
	}
	return x;
}

// After a backslash; returns the bytes read.
static size_t
unescape_one(struct sv v, size_t i, struct buf *out)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t  ";
	const char *at = strchr(from, v.p[i]);
	unsigned x, low;

	if (v.p[i] != 'u') {
		buf_ch(out, at && *at ? to[at - from] : v.p[i]);
		return 1;
	}
	x = hex4(v, i + 1);
	if (x < 0xd800 || x > 0xdbff || i + 6 >= v.n || v.p[i + 5] != '\\' || v.p[i + 6] != 'u') {
		utf8_add(out, x);
		return MIN((size_t)5, v.n - i);
	}
	low = hex4(v, i + 7);
	utf8_add(out, low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((x - 0xd800) << 10) + low - 0xdc00
						     : 0xfffd);
	return MIN((size_t)11, v.n - i);
}

static void
unescape(struct sv v, struct buf *out)
{
	for (size_t i = 0; i < v.n;) {
		const char *p = memchr(v.p + i, '\\', v.n - i);
		size_t to = p ? (size_t)(p - v.p) : v.n;

		buf_add(out, v.p + i, to - i);
		i = to + 1;
		if (i < v.n)
			i += unescape_one(v, i, out);
	}
}

// --- what is content ---

static bool
is_content_name(const struct finder *f, struct sv name)
{
	static const char *const names[] = {"articleBody", "body", "bodyHtml", "body_html",
	    "content", "cooked", "html", "markup", "postBody", "reviewBody", "text"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (sv_ieq_str(name, names[i]))
			return true;
	return f->descriptions && sv_ieq_str(name, "description");
}

// Words of a language, not an address, an image or a style.
static bool
is_prose(struct sv v)
{
	size_t spaces = 0, odd = 0;

	for (size_t i = 0; i < v.n; i++) {
		spaces += v.p[i] == ' ' || v.p[i] == '\n';
		odd += v.p[i] == '{' || v.p[i] == ';' || v.p[i] == '}';
	}
	return spaces * 16 > v.n && odd * 40 < v.n;
}

static void
add_plain(struct sv v, struct buf *html)
{
	buf_str(html, "<p>");
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\n') {
			bool blank = i + 1 < v.n && v.p[i + 1] == '\n';

			buf_str(html, blank ? "<p>" : "<br>");
			i += blank;
		} else if (v.p[i] == '<')
			buf_str(html, "&lt;");
		else if (v.p[i] == '&')
			buf_str(html, "&amp;");
		else
			buf_ch(html, v.p[i]);
	}
	buf_str(html, "</p>");
}

static uint32_t
hash_of(struct sv v)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * 16777619u;
	return h;
}

static void
add_text(struct finder *f, struct sv v)
{
	uint32_t hash = hash_of(v);

	if (v.n < TEXT_MIN || hash == f->last_hash || f->texts >= TEXTS_MAX ||
	    f->html->n + v.n > TOTAL_MAX || !is_prose(v))
		return;
	f->last_hash = hash;
	f->texts++;
	buf_str(f->html, "<div>");
	if (sv_has(v, "</") || sv_has(v, "<br"))
		buf_sv(f->html, v);
	else
		add_plain(v, f->html);
	buf_str(f->html, "</div>\n");
}

// A text of JSON to look through: JSON may hold more of it as a string. A stack, not recursion.
struct layer {
	struct buf json;
	size_t at;
	struct sv name; // before the colon
};

static bool
is_name(struct sv v, size_t after)
{
	while (after < v.n && v.p[after] <= ' ')
		after++;
	return after < v.n && v.p[after] == ':';
}

// The string that begins at l->at: a name, JSON (then true, and it is in `inner`), or a text.
static bool
take_string(struct finder *f, struct layer *l, struct buf *inner)
{
	struct sv v = buf_view(&l->json), s;
	size_t end = string_end(v, l->at);
	bool named;

	s = sv_sub(v, l->at, end);
	l->at = MIN(end + 1, v.n);
	if (is_name(v, l->at)) {
		l->name = s;
		return false;
	}
	named = is_content_name(f, l->name);
	if (s.n < TEXT_MIN || (!named && s.p[0] != '{' && s.p[0] != '['))
		return false;
	buf_reset(inner);
	unescape(s, inner);
	if (inner->n > 0 && (inner->p[0] == '{' || inner->p[0] == '['))
		return true;
	if (named)
		add_text(f, buf_view(inner));
	return false;
}

static void
look_through(struct finder *f, struct sv json)
{
	struct layer layers[DEPTH_MAX] = {0};
	unsigned n = 1;

	for (unsigned i = 0; i < DEPTH_MAX; i++)
		layers[i].json.max = INNER_MAX;
	buf_sv(&layers[0].json, json);
	while (n > 0) {
		struct layer *l = &layers[n - 1];
		const char *quote =
		    l->json.n > l->at ? memchr(l->json.p + l->at, '"', l->json.n - l->at) : NULL;
		cleanup_buf inner = BUF_INIT_MAX(INNER_MAX);

		if (!quote) {
			n--;
			continue;
		}
		l->at = (size_t)(quote - l->json.p) + 1;
		if (!take_string(f, l, &inner) || n == DEPTH_MAX)
			continue;
		buf_reset(&layers[n].json);
		buf_sv(&layers[n].json, buf_view(&inner));
		layers[n].at = 0;
		layers[n].name = SV_NULL;
		n++;
	}
	for (unsigned i = 0; i < DEPTH_MAX; i++)
		buf_done(&layers[i].json);
}

static bool
is_json_script(const struct tree *t, node_id i)
{
	struct sv type = tree_get(t, i, "type");

	return tree_is(t, i, TAG_script) && t->nodes[i].end > i + 1 &&
	       (sv_istarts(type, "application/ld+json") || sv_istarts(type, "application/json"));
}

static void
look_everywhere(struct finder *f, const struct tree *t)
{
	for (node_id i = 1; i < t->n; i++) {
		struct sv preloaded;

		if (t->nodes[i].kind != NODE_ELEMENT || t->nodes[i].n_attrs == 0)
			continue;
		if (is_json_script(t, i))
			look_through(f, tree_text(t, i + 1));
		preloaded = tree_get(t, i, "data-preloaded");
		if (preloaded.n > TEXT_MIN)
			look_through(f, preloaded);
	}
}

bool
payload_html(const struct tree *t, struct buf *html)
{
	struct finder f = {.html = html};
	size_t before = html->n;

	if (shows_text(t))
		return false;
	buf_str(html, "<article>");
	look_everywhere(&f, t);
	if (f.texts == 0) {
		f.descriptions = true;
		look_everywhere(&f, t);
	}
	if (f.texts == 0 || html->n - before < TOTAL_MIN) {
		html->n = before;
		if (html->p)
			html->p[before] = '\0';
		return false;
	}
	buf_str(html, "</article>");
	return true;
}
