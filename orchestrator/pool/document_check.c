// SPDX-License-Identifier: Apache-2.0
// What a worker answers is hostile input: strict JSON within limits, known keys, the right types,
// before anything else of the daemon sees it. Any thread.
#include "orchestrator/pool/extractor_priv.h"

static const struct json_limits document_limits = {
    .max_bytes = PROTO_MAX_DOCUMENT, .max_depth = 64, .max_values = 2000000};

static const struct {
	const char *name;
	int types; // cJSON types; null is always fine
} fields[] = {
    {"url", cJSON_String},
    {"canonical_url", cJSON_String},
    {"title", cJSON_String},
    {"byline", cJSON_String},
    {"authors", cJSON_Array},
    {"published_iso", cJSON_String},
    {"modified_iso", cJSON_String},
    {"markdown", cJSON_String},
    {"text", cJSON_String},
    {"html", cJSON_String},
    {"links", cJSON_Array},
    {"media", cJSON_Array},
    {"tables", cJSON_Array},
    {"language", cJSON_String},
    {"reading_time", cJSON_Number},
    {"quality_score", cJSON_Number},
    {"word_count", cJSON_Number},
    {"categories", cJSON_Array},
    {"site_name", cJSON_String},
    {"description", cJSON_String},
    {"image", cJSON_String | cJSON_Object | cJSON_Array},
    {"favicon", cJSON_String},
    {"feeds", cJSON_Array},
    {"opengraph", cJSON_Object},
    {"microdata", cJSON_Array | cJSON_Object},
    {"schema_org", cJSON_Array | cJSON_Object},
    {"custom_fields", cJSON_Object},
    {"extraction_metadata", cJSON_Object},
};

static int
check_field(const cJSON *item, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcmp(item->string, fields[i].name) != 0)
			continue;
		if (item->type & (fields[i].types | cJSON_NULL))
			return 0;
		return err_set(err, ERR_EXTRACTOR_PROTOCOL,
		    "the extractor's \"%s\" has the wrong type", fields[i].name);
	}
	return err_set(err, ERR_EXTRACTOR_PROTOCOL,
	    "the extractor's document has an unknown key \"%s\"", item->string);
}

int
document_check(struct buf *text, cJSON **document, struct err *err)
{
	struct err why = ERR_INIT;
	cJSON *doc;

	if (json_validate(buf_view(text), JSON_GRAMMAR, &document_limits, &why) != 0)
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor's document: %s", why.message);
	// A page's JSON-LD may hold what cJSON stumbles over.
	json_repair(text->p, text->n);
	doc = cJSON_ParseWithLength(text->p, text->n);
	if (!cJSON_IsObject(doc)) {
		cJSON_Delete(doc);
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor's document is not an object");
	}
	json_foreach (item, doc) {
		int rc = check_field(item, err);

		if (rc != 0) {
			cJSON_Delete(doc);
			return rc;
		}
	}
	*document = doc;
	return 0;
}
