// SPDX-License-Identifier: Apache-2.0
// HTML bytes in, document out: charset, tree, structured data, metadata, content, lists, custom
// fields, and what is written of them. Runs in the worker.
#include "extract/document_priv.h"
#include "base/clock.h"
#include "extract/content/blocks/payload.h"
#include "extract/facts.h"
#include "extract/fields/result_schema.h"
#include "extract/html/charset.h"
#include "extract/meta/structured/structured.h"
#include "extract/unrendered.h"

static bool
wants_content(const struct doc *d)
{
	return doc_strategy_on(d, STRATEGY_ARTICLE) || doc_strategy_on(d, STRATEGY_FULL);
}

// What the page's scripts would have shown goes behind what it shows without them.
static int
payload_step(struct doc *d, struct err *err)
{
	cleanup_buf html = BUF_INIT;
	int rc;

	if (!wants_content(d) || !payload_html(&d->tree, &html))
		return 0;
	if (d->utf8.n == 0)
		buf_sv(&d->utf8, d->html);
	buf_sv(&d->utf8, buf_view(&html));
	d->html = buf_view(&d->utf8);
	rc = tree_init(&d->tree, d->a, err);
	if (rc == 0)
		rc = html_parse(&d->tree, d->html, &tree_limits_default, err);
	d->has_payload = true;
	return rc;
}

// Feeds, sitemaps and other XML become a page; the fields see the XML.
static int
xml_page_step(struct doc *d, struct err *err)
{
	int rc = page_init(&d->xml_page, &d->xml->tree, d->a, d->in->url, d->in->now_ms, err);

	buf_reset(&d->utf8);
	if (rc == 0)
		rc = xml_page(d->xml, &d->xml_page, &d->utf8, &d->meta, err);
	d->html = buf_view(&d->utf8);
	if (rc == 0)
		rc = tree_init(&d->tree, d->a, err);
	return rc == 0 ? html_parse(&d->tree, d->html, &tree_limits_default, err) : rc;
}

static int
xml_read_step(struct doc *d, struct sv text, struct err *err)
{
	d->xml = arena_alloc(d->a, sizeof(*d->xml));
	return d->xml ? xml_read(d->xml, text, d->a, err) : err_set(err, ERR_EXTRACTOR_OOM, NULL);
}

// XHTML that is not well-formed is read as HTML, and so is what has no element.
static bool
is_xml(const struct doc *d)
{
	return d->xml && d->xml->kind != XML_NONE &&
	       (d->xml->kind != XML_XHTML || !d->xml->problem[0]);
}

static int
tree_step(struct doc *d, struct err *err)
{
	struct sv shown;
	int rc = 0;

	if (xml_is_told(d->in->content_type, d->html))
		rc = xml_read_step(d, d->html, err);
	if (rc == 0 && !is_xml(d))
		rc = html_parse(&d->tree, d->html, &tree_limits_default, err);
	if (rc == 0 && !d->xml) {
		shown = xml_shown(&d->tree, d->in->source_type);
		if (shown.p)
			rc = xml_read_step(d, shown, err);
	}
	if (rc == 0 && !d->xml)
		rc = payload_step(d, err);
	if (rc != 0 || !is_xml(d))
		return rc;
	if (d->xml->kind != XML_XHTML)
		return xml_page_step(d, err);
	d->tree = d->xml->tree;
	return 0;
}

static bool
is_feed(const struct doc *d)
{
	return d->xml_page.t != NULL;
}

static int
parse_step(struct doc *d, struct err *err)
{
	const char *sure = d->in->charset;
	int rc = sure ? charset_view_as(d->in->html, sure, &d->utf8, &d->html, &d->charset, err)
		      : charset_view(
			    d->in->html, d->in->http_charset, &d->utf8, &d->html, &d->charset, err);

	if (rc == 0 && d->in->source)
		d->source = json_of_sv(d->html);
	if (rc == 0)
		rc = tree_step(d, err);
	if (rc == 0 && !is_feed(d))
		d->boxes = facts_apply(d->in->facts, &d->tree);
	if (rc == 0)
		rc = page_init(&d->page, &d->tree, d->a, d->in->url, d->in->now_ms, err);
	return rc;
}

// Nothing was chosen: all that is said is the content.
static void
xml_content(struct doc *d)
{
	static const char *const methods[] = {[XML_RSS] = "feed",
	    [XML_RDF] = "feed",
	    [XML_ATOM] = "feed",
	    [XML_URLSET] = "sitemap",
	    [XML_SITEMAPINDEX] = "sitemap",
	    [XML_OTHER] = "xml"};

	d->content.method = methods[d->xml->kind];
	d->content.quality = d->content.words > 0 && !d->xml->problem[0] ? 1 : d->content.quality;
	if (d->xml->kind == XML_OTHER)
		return;
	d->content.type = PAGE_TYPE_listing;
	memset(d->content.types, 0, sizeof(d->content.types));
	d->content.types[PAGE_TYPE_listing] = 1;
}

static int
content_step(struct doc *d, struct err *err)
{
	struct content_hints h = {.title = d->meta.title,
	    .url = d->page.url,
	    .boxes = d->boxes,
	    .whole_page = doc_strategy_on(d, STRATEGY_FULL)};
	int rc;

	if (!wants_content(d))
		return 0;
	h.whole_page |= h.rules_only = is_feed(d);
	rc = content_find(&d->tree, d->a, &h, &d->content, err);
	d->has_content = rc == 0;
	if (d->has_payload && d->content.words > 0)
		d->content.method = "payload";
	if (is_feed(d))
		xml_content(d);
	return rc;
}

static int
fields_step(struct doc *d, struct err *err)
{
	int rc;

	d->custom = json_obj();
	d->field_errors = json_arr();
	rc = fields_read(
	    is_feed(d) ? &d->xml_page : &d->page, d->plan, d->custom, d->field_errors, err);
	if (rc == 0 && d->o->schema)
		result_schema_check(d->o->schema, d->custom, d->field_errors);
	return rc;
}

static int
run(struct doc *d, struct err *err)
{
	int rc = fields_compile(d->o->fields, d->o->n_fields, d->a, &d->plan, err);

	if (rc == 0)
		rc = tree_init(&d->tree, d->a, err);
	if (rc == 0)
		rc = parse_step(d, err);
	if (rc != 0)
		return rc;
	d->schema = schema_read(&d->page);
	d->page.schema = d->schema;
	if (!doc_strategy_on(d, STRATEGY_METADATA))
		d->meta = (struct metadata){0};
	else if (!is_feed(d))
		metadata_read(&d->page, &d->meta);
	rc = content_step(d, err);
	if (rc == 0)
		rc = fields_step(d, err);
	if (rc == 0)
		rc = doc_write(d, err);
	if (rc == 0 && d->in->unrendered)
		json_set(d->out, "unrendered", unrendered_facts(&d->tree));
	if (rc == 0 && d->source)
		json_set(d->out, "source", steal_ptr(d->source));
	return rc;
}

static void
doc_done(struct doc *d)
{
	buf_done(&d->utf8);
	fields_free(d->plan);
	cJSON_Delete(d->schema);
	cJSON_Delete(d->custom);
	cJSON_Delete(d->field_errors);
	cJSON_Delete(d->source);
	cJSON_Delete(d->out);
}

int
extract_document(const struct extract_input *in, struct arena *a, cJSON **out, struct err *err)
{
	static const struct extract_options defaults;
	struct doc d = {.in = in, .o = in->options ? in->options : &defaults, .a = a};
	int rc;

	d.started_us = clock_us();
	rc = run(&d, err);
	if (rc == 0)
		*out = steal_ptr(d.out);
	doc_done(&d);
	return rc;
}
