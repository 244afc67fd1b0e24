// SPDX-License-Identifier: Apache-2.0
// The document of DESIGN §6 from what was read of a page: one writer for each of its fields. Runs
// in the worker; pure but for reading the clock to say how long it took.
#include "extract/document_priv.h"
#include "base/clock.h"
#include "extract/parts/parts.h"
#include "version.h"

#define OUTPUT_MAX       ((size_t)64 << 20) // of one rendering of the content
#define WORDS_PER_MINUTE 230

static cJSON *
json_sv(struct sv v)
{
	cleanup_free char *s = v.n > 0 ? sv_dup(v) : NULL;

	return s ? cJSON_CreateString(s) : cJSON_CreateNull();
}

// Takes the text, as a string of cJSON's; it has no U+0000.
static cJSON *
json_buf(struct doc *d, struct buf *b)
{
	cJSON *v = cJSON_CreateString("");

	d->too_large |= b->overflow;
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

// What the metadata has as a text.
// clang-format off
#define META_TEXTS(X)                                                                              \
	X(title, title) X(byline, byline) X(published_iso, published) X(language, language)        \
	X(site_name, site_name) X(description, description)
// clang-format on
#define X(name, member)                                                                            \
	static cJSON *write_##name(struct doc *d)                                                  \
	{                                                                                          \
		return json_sv(d->meta.member);                                                    \
	}
META_TEXTS(X)
#undef X

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
	return json_buf(d, &b);
}

static cJSON *
write_text(struct doc *d)
{
	cleanup_buf b = BUF_INIT_MAX(OUTPUT_MAX);

	if (!d->has_content)
		return cJSON_CreateNull();
	text_write(&d->tree, &d->content, &b);
	return json_buf(d, &b);
}

static cJSON *
write_html(struct doc *d)
{
	cleanup_buf b = BUF_INIT_MAX(OUTPUT_MAX);
	struct write_opts o = {.base = d->page.base};

	if (!d->has_content)
		return cJSON_CreateNull();
	clean_html_write(&d->tree, &d->content, &o, &b);
	return json_buf(d, &b);
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
	if (!doc_strategy_on(d, STRATEGY_JSON_LD) && !doc_strategy_on(d, STRATEGY_METADATA))
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

static bool
wanted(const struct doc *d, enum document_field f)
{
	if (d->o->document == 0 || d->o->document >> f & 1)
		return true;
	return (f == DOC_CUSTOM_FIELDS && d->o->n_fields > 0) ||
	       (f == DOC_EXTRACTION_METADATA && d->field_errors && d->field_errors->child);
}

int
doc_write(struct doc *d, struct err *err)
{
	d->out = json_obj();
	for (size_t f = 0; f < DOC_COUNT; f++)
		if (wanted(d, (enum document_field)f))
			json_set(d->out, writer_names[f], writers[f](d));
	if (d->too_large)
		return err_set(err, ERR_RESULT_TOO_LARGE,
		    "a rendering of the content has more than %zu bytes", OUTPUT_MAX);
	return d->a->oom ? err_set(err, ERR_EXTRACTOR_OOM, NULL) : 0;
}
