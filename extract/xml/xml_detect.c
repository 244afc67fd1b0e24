// SPDX-License-Identifier: Apache-2.0
// Is it XML, and what is taken away before libxml2 sees it: the DOCTYPE with all it declares, and
// elements of so many attributes that comparing each with each takes long. Pure.
#include "base/mime.h"
#include "extract/xml/xml_priv.h"

#define ATTRIBUTES_MAX 4096      // of one element
#define COMPARES_MAX   100000000 // of attributes, all elements together

const char *const xml_kind_names[] = {
    "html", "xhtml", "rss", "rdf", "atom", "urlset", "sitemapindex", "xml"};

// --- the prolog ---

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
find(struct sv v, size_t from, const char *what)
{
	size_t n = strlen(what);
	const char *p = from < v.n ? memmem(v.p + from, v.n - from, what, n) : NULL;

	return p ? (size_t)(p - v.p) + n : v.n;
}

// Behind the comment, processing instruction or quoted text that begins at i; i when there is none.
static size_t
skip_opaque(struct sv v, size_t i)
{
	struct sv rest = {v.p + i, v.n - i};

	if (sv_starts(rest, "<!--"))
		return find(v, i + 4, "-->");
	if (sv_starts(rest, "<?"))
		return find(v, i + 2, "?>");
	return i;
}

// Behind the DOCTYPE that begins at i.
static size_t
skip_doctype(struct sv v, size_t i)
{
	int depth = 0;

	for (i += 9; i < v.n;) {
		size_t next = skip_opaque(v, i);
		char c = v.p[i++];

		if (next >= i) {
			i = next;
		} else if (c == '"' || c == '\'') {
			const char *end = memchr(v.p + i, c, v.n - i);

			i = end ? (size_t)(end - v.p) + 1 : v.n;
		} else if (c == '[') {
			depth++;
		} else if (c == ']') {
			depth--;
		} else if (c == '>' && depth <= 0) {
			return i;
		}
	}
	return v.n;
}

// Where the root element begins, past white space, comments, instructions and DOCTYPEs. What is
// kept of them goes to `kept`, which may be NULL.
static size_t
skip_prolog(struct sv v, struct buf *kept)
{
	size_t i = 0;

	while (i < v.n) {
		size_t next;

		if (is_space(v.p[i])) {
			next = i + 1;
		} else if (sv_starts((struct sv){v.p + i, v.n - i}, "<!DOCTYPE")) {
			i = skip_doctype(v, i);
			continue;
		} else {
			next = skip_opaque(v, i);
			if (next == i)
				break;
		}
		if (kept)
			buf_add(kept, v.p + i, next - i);
		i = next;
	}
	return i;
}

// The name of the root element, its prefix left out.
static struct sv
root_name(struct sv v)
{
	size_t i = skip_prolog(v, NULL), from;

	if (i + 1 >= v.n || v.p[i] != '<')
		return SV_NULL;
	for (from = ++i; i < v.n && !is_space(v.p[i]) && v.p[i] != '>' && v.p[i] != '/'; i++)
		if (v.p[i] == ':')
			from = i + 1;
	return (struct sv){v.p + from, i - from};
}

// --- what it is ---

bool
xml_is_told(const char *content_type, struct sv text)
{
	static const char *const roots[] = {"rss", "RDF", "feed", "urlset", "sitemapindex"};
	struct sv type = sv_trim(sv_from(content_type)), root;

	text = sv_trim(text);
	if (text.n < 2 || text.p[0] != '<' || text.p[1] == '\0')
		return false;
	if (type.n > 0)
		return mime_is_xml(mime_essence(type));
	if (text.n > 5 && sv_starts(text, "<?xml") && is_space(text.p[5]))
		return true;
	root = root_name(text);
	for (size_t k = 0; k < ARRAY_LEN(roots); k++)
		if (sv_eq_str(root, roots[k]))
			return true;
	return false;
}

struct sv
xml_shown(const struct tree *t, const char *source_type)
{
	node_id body = tree_find(t, 0, TAG_body);
	node_id pre = body == NODE_NONE ? NODE_NONE : tree_first_child(t, body);

	if (!source_type || !mime_is_xml(mime_essence(sv_from(source_type))) || pre == NODE_NONE ||
	    !tree_is(t, pre, TAG_pre) || t->nodes[pre].next != NODE_NONE ||
	    t->nodes[pre].end != pre + 2 || !xml_is_told(source_type, tree_text(t, pre + 1)))
		return SV_NULL;
	return tree_text(t, pre + 1);
}

node_id
xml_root(const struct tree *t)
{
	for (node_id i = 1; i < t->n; i++)
		if (t->nodes[i].kind == NODE_ELEMENT)
			return i;
	return NODE_NONE;
}

enum xml_kind
xml_kind_of(const struct tree *t)
{
	static const struct {
		const char *name;
		enum xml_kind kind;
	} roots[] = {
	    {"html", XML_XHTML},
	    {"rss", XML_RSS},
	    {"rdf:rdf", XML_RDF},
	    {"feed", XML_ATOM},
	    {"atom:feed", XML_ATOM},
	    {"urlset", XML_URLSET},
	    {"sitemapindex", XML_SITEMAPINDEX},
	};
	node_id root = xml_root(t);

	if (root == NODE_NONE)
		return XML_NONE;
	for (size_t k = 0; k < ARRAY_LEN(roots); k++)
		if (strcmp(tree_name(t, t->nodes[root].tag), roots[k].name) == 0)
			return roots[k].kind;
	return XML_OTHER;
}

// --- before libxml2 ---

// libxml2 compares each attribute of an element with each. None has a '<', so that what stands
// between two of those bounds their number.
static int
check_attributes(struct sv v, struct err *err)
{
	uint64_t n = 0, compares = 0;

	for (size_t i = 0; i < v.n; i++) {
		size_t k = i + 1;

		if (v.p[i] == '<') {
			compares += n * n / 2;
			n = 0;
		}
		if (v.p[i] != '=')
			continue;
		while (k < v.n && is_space(v.p[k]))
			k++;
		n += k < v.n && (v.p[k] == '"' || v.p[k] == '\'');
		if (n > ATTRIBUTES_MAX || compares > COMPARES_MAX)
			return err_set(err, ERR_TOO_LARGE, "the XML has too many attributes");
	}
	return 0;
}

int
xml_prepare(struct sv text, struct buf *scratch, struct sv *out, struct err *err)
{
	cleanup_buf kept = BUF_INIT;
	size_t root;
	int rc;

	text = sv_trim(text);
	rc = check_attributes(text, err);
	if (rc != 0)
		return rc;
	root = skip_prolog(text, &kept);
	*out = text;
	if (kept.n == root)
		return 0;
	buf_sv(scratch, buf_view(&kept));
	buf_add(scratch, text.p + root, text.n - root);
	*out = buf_view(scratch);
	return scratch->overflow ? err_set(err, ERR_TOO_LARGE, NULL) : 0;
}
