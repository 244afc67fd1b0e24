// SPDX-License-Identifier: Apache-2.0
// HTML bytes in, document out: charset, tree, structured data, metadata, content, lists, custom
// fields, and the object of DESIGN §6. Runs in the worker; pure but for reading the clock to say
// how long it took.
#include "extract/document.h"
#include "base/clock.h"
#include "extract/content/content.h"
#include "extract/content/payload.h"
#include "extract/facts.h"
#include "extract/fields/fields.h"
#include "extract/fields/result_schema.h"
#include "extract/html/charset.h"
#include "extract/meta/metadata.h"
#include "extract/parts/parts.h"
#include "extract/meta/structured.h"
#include "extract/xml/xml.h"
#include "version.h"

#define OUTPUT_MAX       ((size_t)64 << 20) // of one rendering of the content
#define WORDS_PER_MINUTE 230

struct doc {
	const struct extract_input *in;
	const struct extract_options *o;
	struct arena *a;
	struct sv html;  // as UTF-8: of the input itself, or of …
	struct buf utf8; // … what was converted or put together
	const char *charset;
	struct tree tree;
	const struct boxes *boxes; // NULL: no browser rendered it
	struct page page;
	struct xml_source *xml; // NULL: it is HTML
	struct page xml_page;   // of its tree, unless that is the page's
	struct metadata meta;
	struct content content;
	bool has_content, has_payload;
	struct fields_plan *plan;
	cJSON *schema, *custom, *field_errors;
	cJSON *out;
	int64_t started_us;
};

static bool
strategy_on(const struct doc *d, enum extract_strategy s)
{
	if (d->o->strategies == 0)
		return s != STRATEGY_FULL;
	return d->o->strategies >> s & 1;
}

static bool
wants_content(const struct doc *d)
{
	return strategy_on(d, STRATEGY_ARTICLE) || strategy_on(d, STRATEGY_FULL);
}

// --- one writer per document field ---

static cJSON *
json_sv(struct sv v)
{
	cleanup_free char *s = v.n > 0 ? sv_dup(v) : NULL;

	return s ? cJSON_CreateString(s) : cJSON_CreateNull();
}

// Takes the text, as a string of cJSON's; it has no U+0000.
static cJSON *
json_buf(struct buf *b)
{
	cJSON *v = cJSON_CreateString("");

	if (v && b->p) {
		cJSON_free(v->valuestring);
		v->valuestring = buf_take(b);
	}
	return v;
}

static cJSON *
write_url(struct doc *d)
{
	return json_sv(d->page.url);
}

static cJSON *
write_title(struct doc *d)
{
	return json_sv(d->meta.title);
}

static cJSON *
write_byline(struct doc *d)
{
	return json_sv(d->meta.byline);
}

static cJSON *
write_published_iso(struct doc *d)
{
	return json_sv(d->meta.published);
}

static cJSON *
write_language(struct doc *d)
{
	return json_sv(d->meta.language);
}

static cJSON *
write_site_name(struct doc *d)
{
	return json_sv(d->meta.site_name);
}

static cJSON *
write_description(struct doc *d)
{
	return json_sv(d->meta.description);
}

static cJSON *
write_categories(struct doc *d)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < d->meta.n_categories; i++)
		json_push(list, json_sv(d->meta.categories[i]));
	return list;
}

static cJSON *
write_markdown(struct doc *d)
{
	cleanup_buf b = BUF_INIT_MAX(OUTPUT_MAX);
	struct write_opts o = {.base = d->page.base};

	if (!d->has_content)
		return cJSON_CreateNull();
	markdown_write(&d->tree, &d->content, &o, &b);
	return json_buf(&b);
}

static cJSON *
write_text(struct doc *d)
{
	cleanup_buf b = BUF_INIT_MAX(OUTPUT_MAX);

	if (!d->has_content)
		return cJSON_CreateNull();
	text_write(&d->tree, &d->content, &b);
	return json_buf(&b);
}

static cJSON *
write_html(struct doc *d)
{
	cleanup_buf b = BUF_INIT_MAX(OUTPUT_MAX);
	struct write_opts o = {.base = d->page.base};

	if (!d->has_content)
		return cJSON_CreateNull();
	clean_html_write(&d->tree, &d->content, &o, &b);
	return json_buf(&b);
}

static cJSON *
write_links(struct doc *d)
{
	return links_read(&d->page);
}

static cJSON *
write_media(struct doc *d)
{
	return media_read(&d->page);
}

static cJSON *
write_tables(struct doc *d)
{
	return tables_read(&d->page);
}

static cJSON *
write_reading_time(struct doc *d)
{
	uint32_t minutes = (d->content.words + WORDS_PER_MINUTE - 1) / WORDS_PER_MINUTE;

	return d->has_content ? cJSON_CreateNumber(minutes) : cJSON_CreateNull();
}

static double
rounded(double v)
{
	return (double)(int64_t)(v * 1000 + 0.5) / 1000;
}

static cJSON *
write_quality_score(struct doc *d)
{
	return d->has_content ? cJSON_CreateNumber(rounded(d->content.quality))
			      : cJSON_CreateNull();
}

static cJSON *
write_word_count(struct doc *d)
{
	return d->has_content ? cJSON_CreateNumber(d->content.words) : cJSON_CreateNull();
}

static cJSON *
write_schema_org(struct doc *d)
{
	if (!strategy_on(d, STRATEGY_JSON_LD) && !strategy_on(d, STRATEGY_METADATA))
		return cJSON_CreateNull();
	d->page.schema = NULL;
	return steal_ptr(d->schema);
}

static cJSON *
write_custom_fields(struct doc *d)
{
	return steal_ptr(d->custom);
}

static cJSON *
quality_metrics(const struct content *c)
{
	cJSON *o = json_obj();

	json_set_num(o, "link_density", rounded(c->link_density));
	json_set_num(o, "text_share", rounded(c->text_share));
	json_set_num(o, "paragraph_share", rounded(c->paragraph_share));
	json_set_num(o, "confidence", rounded(c->confidence));
	json_set_num(o, "agreement", rounded(c->agreement));
	json_set_num(o, "expected_f1", rounded(c->expected));
	json_set_num(o, "blocks", c->blocks);
	return o;
}

static cJSON *
page_type(const struct content *c)
{
	cJSON *o = json_obj(), *probabilities = json_obj();

	json_set_str(o, "type", page_type_names[c->type]);
	for (size_t k = 0; k < PAGE_TYPE_COUNT; k++)
		json_set_num(probabilities, page_type_names[k], rounded(c->types[k]));
	json_set(o, "probabilities", probabilities);
	return o;
}

static cJSON *
truncated_names(unsigned bits)
{
	static const char *const names[] = {
	    "links", "media", "tables", "schema_org", "custom_fields"};
	cJSON *list = json_arr();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (bits >> i & 1)
			json_push(list, cJSON_CreateString(names[i]));
	return list;
}

static cJSON *
xml_metadata(const struct xml_source *x)
{
	cJSON *o = json_obj();

	json_set_str(o, "kind", xml_kind_names[x->kind]);
	json_set_str(o, "problem", x->problem[0] ? x->problem : NULL);
	return o;
}

static cJSON *
write_extraction_metadata(struct doc *d)
{
	cJSON *o = json_obj();

	json_set_num(o, "extraction_time_ms", rounded((double)(clock_us() - d->started_us) / 1000));
	json_set_str(o, "component_version", "riptide-extract " RIPTIDE_VERSION);
	json_set_num(
	    o, "memory_usage_mb", rounded((double)(arena_peak(d->a) + d->utf8.cap) / 1048576));
	json_set(o, "page_type", d->has_content ? page_type(&d->content) : cJSON_CreateNull());
	json_set(o, "quality_metrics",
	    d->has_content ? quality_metrics(&d->content) : cJSON_CreateNull());
	json_set_str(o, "extraction_method", d->has_content ? d->content.method : NULL);
	json_set_str(o, "charset", d->charset);
	json_set_bool(o, "depth_limited", d->tree.depth_limited);
	json_set(o, "truncated", truncated_names(d->page.truncated));
	if (d->xml)
		json_set(o, "xml", xml_metadata(d->xml));
	metadata_write(&d->page, &d->meta, o);
	json_set(o, "field_errors", steal_ptr(d->field_errors));
	return o;
}

// In the order of the document; extraction_metadata is last because it tells what the others did.
static cJSON *(*const writers[])(struct doc *) = {
#define X(sym, name) [DOC_##sym] = write_##name,
    DOCUMENT_FIELDS(X)
#undef X
};
static const char *const writer_names[] = {
#define X(sym, name) [DOC_##sym] = #name,
    DOCUMENT_FIELDS(X)
#undef X
};

// --- the steps ---

static bool
wanted(const struct doc *d, enum document_field f)
{
	if (d->o->document == 0 || d->o->document >> f & 1)
		return true;
	return (f == DOC_CUSTOM_FIELDS && d->o->n_fields > 0) ||
	       (f == DOC_EXTRACTION_METADATA && d->field_errors && d->field_errors->child);
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
	int rc = charset_view(d->in->html, d->in->charset, &d->utf8, &d->html, &d->charset, err);

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
	    .whole_page = strategy_on(d, STRATEGY_FULL)};
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
write_step(struct doc *d, struct err *err)
{
	d->out = json_obj();
	for (size_t f = 0; f < DOC_COUNT; f++)
		if (wanted(d, (enum document_field)f))
			json_set(d->out, writer_names[f], writers[f](d));
	return d->a->oom ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
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
	if (!strategy_on(d, STRATEGY_METADATA))
		d->meta = (struct metadata){0};
	else if (!is_feed(d))
		metadata_read(&d->page, &d->meta);
	rc = content_step(d, err);
	if (rc == 0)
		rc = fields_step(d, err);
	return rc != 0 ? rc : write_step(d, err);
}

static void
doc_done(struct doc *d)
{
	buf_done(&d->utf8);
	fields_free(d->plan);
	cJSON_Delete(d->schema);
	cJSON_Delete(d->custom);
	cJSON_Delete(d->field_errors);
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
