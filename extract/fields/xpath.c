// SPDX-License-Identifier: Apache-2.0
// libxml2's XPath 1.0: expressions are checked for nesting before they are compiled, every
// evaluation counts against one operation limit, nothing is fetched (no document(), no namespaces,
// no entities).
#include "extract/fields/xpath.h"

#include <libxml/HTMLtree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#define XPATH_MAX_NESTING 40
#define XPATH_MAX_OPS     20000000ul

struct xpath {
	xmlXPathCompExprPtr expr;
};
struct xpath_doc {
	const struct tree *t;
	xmlDocPtr doc;
	xmlXPathContextPtr ctx;
	xmlNodePtr *nodes; // by node_id
	unsigned long ops_left;
	int error, error_pos; // of the last failure, XPATH_* number
};

// --- errors ---

static const char *
error_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} rows[] = {{XPATH_NUMBER_ERROR, "malformed number"},
	    {XPATH_UNFINISHED_LITERAL_ERROR, "unfinished string"},
	    {XPATH_START_LITERAL_ERROR, "expected a string"},
	    {XPATH_VARIABLE_REF_ERROR, "expected a variable name"},
	    {XPATH_UNDEF_VARIABLE_ERROR, "undefined variable"},
	    {XPATH_INVALID_PREDICATE_ERROR, "invalid predicate"},
	    {XPATH_UNCLOSED_ERROR, "unclosed parenthesis or bracket"},
	    {XPATH_INVALID_CHAR_ERROR, "invalid character"},
	    {XPATH_UNKNOWN_FUNC_ERROR, "unknown function"},
	    {XPATH_INVALID_OPERAND, "invalid operand"}, {XPATH_INVALID_TYPE, "invalid type"},
	    {XPATH_INVALID_ARITY, "wrong number of arguments"},
	    {XPATH_UNDEF_PREFIX_ERROR, "unknown namespace prefix"}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return rows[i].text;
	return "invalid expression";
}

struct failure {
	int code, pos;
};
static void
note_error(void *arg, xmlErrorPtr e)
{
	struct failure *f = arg;

	if (f->code != 0)
		return;
	f->code = e->code - XML_XPATH_EXPRESSION_OK;
	f->pos = e->int1;
}

static void
be_silent(void *arg UNUSED, const char *fmt UNUSED, ...)
{
}

static int
failure_error(const struct failure *f, const char *text, struct err *err)
{
	size_t at = 1;

	if (f->code == XPATH_MEMORY_ERROR)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	if (f->code == XPATH_OP_LIMIT_EXCEEDED || f->code == XPATH_RECURSION_LIMIT_EXCEEDED)
		return err_set(err, ERR_TOO_LARGE,
		    "the XPath expression needs more than %lu operations on this page",
		    XPATH_MAX_OPS);
	if (!text)
		return err_set(err, ERR_INVALID_XPATH, "%s", error_text(f->code));
	for (int i = 0; i < f->pos && text[i]; i++)
		at += ((unsigned char)text[i] & 0xc0) != 0x80;
	return err_set(err, ERR_INVALID_XPATH, "%s at character %zu", error_text(f->code), at);
}

// --- compiling ---

// Depth of brackets outside strings: the compiler and the evaluator recurse on it.
static bool
nesting_ok(const char *text)
{
	unsigned depth = 0;
	char quote = '\0';

	for (; *text; text++) {
		if (quote) {
			if (*text == quote)
				quote = '\0';
		} else if (*text == '"' || *text == '\'') {
			quote = *text;
		} else if (*text == '(' || *text == '[') {
			if (++depth > XPATH_MAX_NESTING)
				return false;
		} else if ((*text == ')' || *text == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

int
xpath_compile(const char *text, struct xpath **out, struct err *err)
{
	struct failure failure = {0};
	xmlXPathContextPtr ctx;
	xmlXPathCompExprPtr expr;

	if (!nesting_ok(text))
		return err_set(err, ERR_INVALID_XPATH, "brackets may be nested at most %d deep",
		    XPATH_MAX_NESTING);
	xmlSetGenericErrorFunc(NULL, be_silent);
	ctx = xmlXPathNewContext(NULL);
	if (!ctx)
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	ctx->error = note_error;
	ctx->userData = &failure;
	expr = xmlXPathCtxtCompile(ctx, (const xmlChar *)text);
	xmlXPathFreeContext(ctx);
	if (!expr)
		return failure_error(&failure, text, err);
	*out = xcalloc(1, sizeof(**out));
	(*out)->expr = expr;
	return 0;
}

void
xpath_free(struct xpath *x)
{
	if (!x)
		return;
	xmlXPathFreeCompExpr(x->expr);
	free(x);
}

// --- the copy of the tree ---

static void
link_child(xmlNodePtr parent, xmlNodePtr child)
{
	child->parent = parent;
	child->prev = parent->last;
	if (parent->last)
		parent->last->next = child;
	else
		parent->children = child;
	parent->last = child;
}

static bool
copy_attrs(const struct tree *t, node_id i, xmlNodePtr el, struct buf *value)
{
	for (uint32_t k = 0; k < t->nodes[i].n_attrs; k++) {
		const struct attr *a = &t->attrs[t->nodes[i].attr + k];

		buf_reset(value);
		buf_sv(value, tree_attr_value(t, a));
		buf_ch(value, '\0');
		if (!xmlNewProp(
			el, (const xmlChar *)tree_name(t, a->name), (const xmlChar *)value->p))
			return false;
	}
	return true;
}

static xmlNodePtr
copy_node(const struct xpath_doc *d, node_id i, struct buf *scratch)
{
	const struct tree *t = d->t;
	const struct node *n = &t->nodes[i];
	xmlNodePtr x = NULL;

	if (n->kind == NODE_ELEMENT) {
		x = xmlNewDocNode(d->doc, NULL, (const xmlChar *)tree_name(t, n->tag), NULL);
	} else if (n->kind == NODE_TEXT) {
		struct sv v = tree_text(t, i);

		x = xmlNewDocTextLen(d->doc, (const xmlChar *)v.p, (int)v.n);
	} else {
		return NULL;
	}
	if (!x)
		return NULL;
	x->_private = (void *)(uintptr_t)i;
	link_child(d->nodes[n->parent], x);
	if (n->kind == NODE_ELEMENT && !copy_attrs(t, i, x, scratch))
		return NULL;
	return x;
}

static bool
copy_tree(struct xpath_doc *d)
{
	cleanup_buf scratch = BUF_INIT;
	const struct tree *t = d->t;

	d->doc = htmlNewDocNoDtD(NULL, NULL);
	if (!d->doc)
		return false;
	d->doc->dict = xmlDictCreate();
	d->nodes[0] = (xmlNodePtr)d->doc;
	for (node_id i = 1; i < t->n; i++) {
		if (t->nodes[i].kind != NODE_ELEMENT && t->nodes[i].kind != NODE_TEXT)
			continue;
		if (!d->nodes[t->nodes[i].parent])
			continue;
		d->nodes[i] = copy_node(d, i, &scratch);
		if (!d->nodes[i])
			return false;
	}
	xmlXPathOrderDocElems(d->doc);
	d->ctx = xmlXPathNewContext(d->doc);
	return d->ctx != NULL;
}

int
xpath_doc_new(const struct tree *t, struct xpath_doc **out, struct err *err)
{
	struct xpath_doc *d = xcalloc(1, sizeof(*d));

	d->t = t;
	d->ops_left = XPATH_MAX_OPS;
	d->nodes = calloc(t->n, sizeof(xmlNodePtr));
	if (!d->nodes || !copy_tree(d)) {
		xpath_doc_free(d);
		return err_set(err, ERR_EXTRACTOR_OOM, NULL);
	}
	*out = d;
	return 0;
}

void
xpath_doc_free(struct xpath_doc *d)
{
	if (!d)
		return;
	xmlXPathFreeContext(d->ctx);
	if (d->doc)
		xmlFreeDoc(d->doc);
	free(d->nodes);
	free(d);
}

// --- results ---

static bool
add_text(struct found_list *out, struct arena *a, const xmlChar *s, node_id node)
{
	char *copy = s ? arena_strdup(a, (const char *)s) : NULL;
	struct found f = {.kind = FOUND_TEXT, .node = node, .text = sv_from(copy)};

	return copy && found_add(out, a, f);
}

static bool
add_node(struct found_list *out, struct arena *a, xmlNodePtr x)
{
	node_id id = (node_id)(uintptr_t)x->_private;
	bool ok = true;

	if (x->type == XML_ELEMENT_NODE) {
		ok = found_add(out, a, (struct found){.kind = FOUND_NODE, .node = id});
	} else if (x->type == XML_TEXT_NODE) {
		ok = add_text(out, a, x->content ? x->content : (const xmlChar *)"", id);
	} else if (x->type == XML_ATTRIBUTE_NODE) {
		xmlChar *v = xmlNodeListGetString(x->doc, x->children, 1);

		id = (node_id)(uintptr_t)x->parent->_private;
		ok = add_text(out, a, v ? v : (const xmlChar *)"", id);
		xmlFree(v);
	}
	return ok;
}

static bool
add_result(struct found_list *out, struct arena *a, xmlXPathObjectPtr r)
{
	xmlChar *s;
	bool ok = true;

	if (r->type == XPATH_NODESET) {
		for (int i = 0; r->nodesetval && i < r->nodesetval->nodeNr && ok; i++)
			ok = add_node(out, a, r->nodesetval->nodeTab[i]);
		return ok;
	}
	s = xmlXPathCastToString(r);
	ok = add_text(out, a, s, NODE_NONE);
	xmlFree(s);
	return ok;
}

int
xpath_select(struct xpath_doc *d, struct xpath *x, node_id scope, struct arena *a,
    struct found_list *out, struct err *err)
{
	struct failure failure = {0};
	xmlXPathObjectPtr r;
	bool ok;

	xmlSetGenericErrorFunc(NULL, be_silent);
	d->ctx->node = d->nodes[scope];
	d->ctx->error = note_error;
	d->ctx->userData = &failure;
	d->ctx->opCount = 0;
	d->ctx->opLimit = MAX(d->ops_left, 1ul);
	r = xmlXPathCompiledEval(x->expr, d->ctx);
	d->ops_left -= MIN(d->ops_left, d->ctx->opCount);
	if (!r || failure.code != 0) {
		xmlXPathFreeObject(r);
		return failure_error(&failure, NULL, err);
	}
	if (r->type == XPATH_NODESET && r->nodesetval)
		xmlXPathNodeSetSort(r->nodesetval);
	ok = add_result(out, a, r);
	xmlXPathFreeObject(r);
	return ok ? 0 : err_set(err, ERR_EXTRACTOR_OOM, NULL);
}
