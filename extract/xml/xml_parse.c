// SPDX-License-Identifier: Apache-2.0
// libxml2's events -> node tree. It gets UTF-8 in memory without a DOCTYPE, so that it loads
// nothing, converts nothing and knows no entities; limits are ours, because its own fit no page of
// 20 MB.
#include "extract/html/parse_scan.h"
#include "extract/html/tree_build.h"
#include "extract/xml/xml_priv.h"

#include <libxml/parserInternals.h>
#include <stdio.h>

#define NAMES_MAX           100000 // different ones: libxml2's table of them stops growing
#define NAMESPACES_OPEN_MAX 1024
#define NAMESPACE_WORK_MAX  100000000 // looked at to find those of names

// An error costs memory for what is said of it, up to the whole of a comment.
#define ERRORS_MAX      20000
#define ERROR_BYTES_MAX ((size_t)32 << 20)

#define NS_XHTML  "http://www.w3.org/1999/xhtml"
#define NS_SVG    "http://www.w3.org/2000/svg"
#define NS_MATHML "http://www.w3.org/1998/Math/MathML"

static const struct {
	const char *uri, *prefix;
} namespaces[] = {
    {NS_XHTML, ""},
    {"http://www.sitemaps.org/schemas/sitemap/0.9", ""},
    {"http://purl.org/rss/1.0/", ""},
    {"http://www.w3.org/2005/Atom", "atom"},
    {"http://purl.org/dc/elements/1.1/", "dc"},
    {"http://purl.org/dc/terms/", "dcterms"},
    {"http://purl.org/rss/1.0/modules/content/", "content"},
    {"http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"},
    {"http://search.yahoo.com/mrss/", "media"},
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"},
    {"http://www.google.com/schemas/sitemap-image/1.1", "image"},
    {"http://www.google.com/schemas/sitemap-news/0.9", "news"},
    {"http://www.google.com/schemas/sitemap-video/1.1", "video"},
};

struct level {
	node_id node;
	uint32_t namespaces; // declared there
};
struct reader {
	xmlParserCtxtPtr ctxt;
	struct tree *t;
	struct tree_builder b;
	struct level *levels;
	uint32_t n, cap;
	uint64_t open, work; // namespaces
	size_t errors, error_bytes;
	bool html, too_many;
	char *problem;
	xmlEntity entity; // what was asked for last
};

static void
stop(struct reader *r)
{
	xmlStopParser(r->ctxt);
}

// After an error libxml2 leaves out all references, &amp; too, unless it forgets.
static void
go_on(struct reader *r)
{
	r->ctxt->wellFormed = 1;
}

// --- names ---

static uint32_t
qualified(struct tree *t, const char *prefix, const char *name)
{
	char small[128];
	cleanup_buf large = BUF_INIT;
	int n;

	if (!*prefix)
		return tree_intern(t, sv_from(name));
	n = snprintf(small, sizeof(small), "%s:%s", prefix, name);
	if (n > 0 && (size_t)n < sizeof(small))
		return tree_intern(t, (struct sv){small, (size_t)n});
	buf_fmt(&large, "%s:%s", prefix, name);
	return tree_intern(t, buf_view(&large));
}

static uint32_t
element_name(struct tree *t, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	const char *usual = (const char *)prefix;

	for (size_t k = 0; prefix && uri && k < ARRAY_LEN(namespaces); k++)
		if (strcmp(namespaces[k].uri, (const char *)uri) == 0)
			usual = namespaces[k].prefix;
	return qualified(t, usual ? usual : "", (const char *)name);
}

// --- elements ---

// As a child of the innermost open element that may have some.
static node_id
parent_of(struct reader *r)
{
	uint32_t n = MIN(r->n, r->t->lim.max_depth);

	r->t->depth_limited |= n < r->n;
	return n > 0 ? r->levels[n - 1].node : 0;
}

static bool
has_lang(int n, const xmlChar **v)
{
	for (int k = 0; k < n; k++)
		if (!v[5 * k + 1] && strcmp((const char *)v[5 * k], "lang") == 0)
			return true;
	return false;
}

static bool
add_attribute(struct reader *r, const xmlChar **v, bool rename)
{
	struct tree *t = r->t;
	uint32_t name = rename ? tree_intern(t, SV("lang"))
			       : qualified(t, v[1] ? (const char *)v[1] : "", (const char *)v[0]);
	uint32_t at = side_at(t);
	size_t n = (size_t)(v[4] - v[3]);

	if (name == 0 || !side_add(t, v[3], n) ||
	    !tree_grow_raw(
		t->arena, &t->attrs, &t->cap_attrs, (size_t)t->n_attrs + 1, sizeof(*t->attrs)))
		return false;
	t->attrs[t->n_attrs++] = (struct attr){name, at, (uint32_t)n};
	return true;
}

static bool
add_attributes(struct reader *r, node_id i, int n, const xmlChar **v)
{
	struct node *node = &r->t->nodes[i];
	bool lang = r->html && !has_lang(n, v);

	node->attr = r->t->n_attrs;
	for (int k = 0; k < n && node->n_attrs < r->t->lim.max_attrs; k++, node->n_attrs++) {
		const xmlChar **a = v + 5 * k;
		bool rename = lang && a[1] && strcmp((const char *)a[1], "xml") == 0 &&
			      strcmp((const char *)a[0], "lang") == 0;

		if (!add_attribute(r, a, rename))
			return false;
	}
	return true;
}

static void
note_html(struct reader *r, node_id i, const xmlChar *uri)
{
	struct node *node = &r->t->nodes[i];

	if (uri && strcmp((const char *)uri, NS_SVG) == 0)
		node->flags |= NODE_F_SVG;
	if (uri && strcmp((const char *)uri, NS_MATHML) == 0)
		node->flags |= NODE_F_MATHML;
	if (tree_is_hidden(r->t, i))
		node->flags |= NODE_F_HIDDEN;
}

// libxml2 looks for each prefix through all namespaces that are open.
static void
count_namespaces(struct reader *r, int declared, int attributes)
{
	r->open += (uint64_t)declared;
	r->work += r->open * (uint64_t)(1 + attributes);
	r->too_many |= r->open > NAMESPACES_OPEN_MAX || r->work > NAMESPACE_WORK_MAX;
}

static void
count_names(struct reader *r)
{
	r->too_many |= xmlDictSize(r->ctxt->dict) > NAMES_MAX;
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int n_namespaces, const xmlChar **declared UNUSED, int n_attributes, int n_defaulted,
    const xmlChar **attributes)
{
	struct reader *r = arg;
	node_id parent = parent_of(r), i = build_node(&r->b, NODE_ELEMENT);

	go_on(r);
	count_namespaces(r, n_namespaces, n_attributes);
	count_names(r);
	if (i == NODE_NONE || r->too_many ||
	    !tree_grow(r->t->arena, &r->levels, &r->cap, (size_t)r->n + 1, sizeof(*r->levels))) {
		r->b.failed = true;
		stop(r);
		return;
	}
	r->t->nodes[i].tag = element_name(r->t, name, prefix, uri);
	build_insert(&r->b, i, parent, NODE_NONE);
	if (r->n == 0)
		r->html = r->t->nodes[i].tag == TAG_html;
	r->levels[r->n++] = (struct level){i, (uint32_t)n_namespaces};
	if (r->t->nodes[i].tag == 0 ||
	    !add_attributes(r, i, n_attributes - n_defaulted, attributes)) {
		r->b.failed = true;
		stop(r);
		return;
	}
	if (r->html)
		note_html(r, i, uri);
}

static void
on_end(
    void *arg, const xmlChar *name UNUSED, const xmlChar *prefix UNUSED, const xmlChar *uri UNUSED)
{
	struct reader *r = arg;

	go_on(r);
	if (r->n > 0)
		r->open -= r->levels[--r->n].namespaces;
}

// --- text ---

static void
on_text(void *arg, const xmlChar *text, int n)
{
	struct reader *r = arg;
	struct span s = {side_at(r->t), (uint32_t)n};
	node_id parent = parent_of(r);

	go_on(r);
	if (n <= 0 || parent == 0)
		return;
	if (side_add(r->t, text, (size_t)n))
		build_text(&r->b, parent, NODE_NONE, s);
	else
		r->b.failed = true;
	if (r->b.failed)
		stop(r);
}

static void
on_comment(void *arg, const xmlChar *text)
{
	struct reader *r = arg;
	size_t n = strlen((const char *)text);
	uint32_t at = side_at(r->t);
	node_id parent = parent_of(r), i = build_node(&r->b, NODE_COMMENT);

	if (i == NODE_NONE || !side_add(r->t, text, n)) {
		r->b.failed = true;
		stop(r);
		return;
	}
	r->t->nodes[i].text = at;
	r->t->nodes[i].text_len = (uint32_t)n;
	build_insert(&r->b, i, parent, NODE_NONE);
}

static void
on_instruction(void *arg, const xmlChar *target UNUSED, const xmlChar *data UNUSED)
{
	struct reader *r = arg;

	count_names(r);
	if (r->too_many)
		stop(r);
}

// HTML's names, which feeds use undeclared and XHTML declares in a DTD that is not read. In an
// attribute libxml2 takes only the first byte of a predefined entity.
static xmlEntityPtr
on_entity(void *arg, const xmlChar *name)
{
	struct reader *r = arg;
	char text[40];
	struct sv meaning; // with a NUL behind it
	int n = snprintf(text, sizeof(text), "%s;", (const char *)name);

	if (n < 2 || (size_t)n >= sizeof(text) ||
	    entity_find((struct sv){text, (size_t)n}, false, &meaning) != (size_t)n)
		return NULL;
	r->entity = (xmlEntity){.type = XML_ENTITY_DECL,
	    .name = name,
	    .content = (xmlChar *)(uintptr_t)meaning.p,
	    .orig = (xmlChar *)(uintptr_t)meaning.p,
	    .length = (int)meaning.n,
	    .checked = 2, // no references, no '<'
	    .etype = r->ctxt->instate == XML_PARSER_ATTRIBUTE_VALUE
			 ? XML_INTERNAL_GENERAL_ENTITY
			 : XML_INTERNAL_PREDEFINED_ENTITY};
	return &r->entity;
}

// There is none any more.
static void
on_doctype(
    void *arg, const xmlChar *name UNUSED, const xmlChar *id UNUSED, const xmlChar *system UNUSED)
{
	stop(arg);
}

static void
say(struct reader *r, int line, const char *what)
{
	size_t n;

	snprintf(r->problem, XML_PROBLEM_MAX, "line %d: %s", line, what);
	n = strlen(r->problem);
	while (n > 0 && (r->problem[n - 1] == '\n' || r->problem[n - 1] == ' '))
		r->problem[--n] = '\0';
	for (size_t i = 0; i < n; i++) // names of the document may be cut within a character
		if ((unsigned char)r->problem[i] < ' ' || (unsigned char)r->problem[i] >= 0x7f)
			r->problem[i] = '?';
}

static void
on_error(void *arg, const xmlError *e)
{
	struct reader *r = arg;

	if (e->level < XML_ERR_ERROR || e->domain == XML_FROM_NAMESPACE)
		return;
	r->errors++;
	r->error_bytes += e->str1 ? strlen(e->str1) : 0;
	if (!r->problem[0])
		say(r, e->line, e->message ? e->message : "not well-formed");
	if (r->errors <= ERRORS_MAX && r->error_bytes <= ERROR_BYTES_MAX)
		return;
	say(r, e->line, "too many errors, the rest is left out");
	stop(r);
}

// --- reading ---

static xmlParserInputPtr
load_nothing(const char *url UNUSED, const char *id UNUSED, xmlParserCtxtPtr ctxt UNUSED)
{
	return NULL;
}

void
xml_init(void)
{
	xmlInitParser();
	xmlSetExternalEntityLoader(load_nothing);
}

static void
set_handlers(struct reader *r)
{
	xmlSAXHandler *s = r->ctxt->sax;

	memset(s, 0, sizeof(*s));
	s->initialized = XML_SAX2_MAGIC;
	s->internalSubset = on_doctype;
	s->getEntity = on_entity;
	s->characters = s->ignorableWhitespace = s->cdataBlock = on_text;
	s->comment = on_comment;
	s->processingInstruction = on_instruction;
	s->startElementNs = on_start;
	s->endElementNs = on_end;
	s->serror = (xmlStructuredErrorFunc)on_error;
	r->ctxt->userData = r;
	xmlCtxtUseOptions(r->ctxt, XML_PARSE_RECOVER | XML_PARSE_NOENT | XML_PARSE_NONET |
				       XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE);
}

static int
finish(struct reader *r, struct err *err)
{
	if (r->too_many)
		return err_set(err, ERR_TOO_LARGE, "the XML has too many names or namespaces");
	if (r->t->node_limited)
		return err_set(
		    err, ERR_TOO_LARGE, "the page has more than %u nodes", r->t->lim.max_nodes);
	if (!r->b.failed)
		build_finish(&r->b);
	return r->b.failed ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
}

int
xml_read(struct xml_source *x, struct sv text, struct arena *a, struct err *err)
{
	struct reader r = {.t = &x->tree, .problem = x->problem};
	cleanup_buf scratch = BUF_INIT;
	int rc = xml_prepare(text, &scratch, &text, err);

	if (rc == 0 && text.n > INT32_MAX / 2)
		rc = err_set(err, ERR_TOO_LARGE, "the XML is larger than 1 GB");
	if (rc == 0)
		rc = tree_init(&x->tree, a, err);
	x->kind = XML_NONE;
	if (rc != 0 || text.n < 4 || text.p[1] == '\0')
		return rc;
	build_init(&r.b, &x->tree, SV(""));
	r.ctxt = xmlCreateMemoryParserCtxt(text.p, (int)text.n);
	if (!r.ctxt)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	set_handlers(&r);
	xmlParseDocument(r.ctxt);
	xmlFreeParserCtxt(r.ctxt);
	rc = finish(&r, err);
	if (rc == 0)
		x->kind = xml_kind_of(&x->tree);
	return rc;
}
