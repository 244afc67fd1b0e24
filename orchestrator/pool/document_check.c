// SPDX-License-Identifier: Apache-2.0
// What a worker answers is hostile input: strict JSON within limits, known keys, the right types,
// before anything else of the daemon sees it. Any thread.
#include "orchestrator/pool/extractor_priv.h"

#include <string.h>

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
    {"unrendered", cJSON_Object},
    {"source", cJSON_String},
};

static int
check_field(struct sv key, int type, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (!sv_eq_str(key, fields[i].name))
			continue;
		if (type & (fields[i].types | cJSON_NULL))
			return 0;
		return err_set(err, ERR_EXTRACTOR_PROTOCOL,
		    "the extractor's \"%s\" has the wrong type", fields[i].name);
	}
	return err_set(err, ERR_EXTRACTOR_PROTOCOL,
	    "the extractor's document has an unknown key \"%.*s\"", (int)MIN(key.n, (size_t)80),
	    key.p);
}

// --- the members of an object whose text is known to be JSON ---

static const char *
skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

// Behind the string that begins at p.
static const char *
skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *
skip_value(const char *p)
{
	size_t depth = 0;

	for (;;) {
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (depth > 0 && (*p == '}' || *p == ']')) {
			depth--;
			p++;
		} else if (depth == 0) {
			return p + strcspn(p, ",}");
		} else {
			p += strcspn(p, "\"{}[]");
		}
		if (depth == 0 && (p[-1] == '"' || p[-1] == '}' || p[-1] == ']'))
			return p;
	}
}

static int
type_at(const char *p)
{
	switch (*p) {
	case '"':
		return cJSON_String;
	case '{':
		return cJSON_Object;
	case '[':
		return cJSON_Array;
	case 't':
		return cJSON_True;
	case 'f':
		return cJSON_False;
	case 'n':
		return cJSON_NULL;
	default:
		return cJSON_Number;
	}
}

static int
check_members(const char *p, struct err *err)
{
	int rc = 0;

	p = skip_space(p);
	if (*p != '{')
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor's document is not an object");
	for (p = skip_space(p + 1); *p != '}' && rc == 0;) {
		const char *end = skip_string(p);
		struct sv key = {p + 1, (size_t)(end - p) - 2};

		p = skip_space(skip_space(end) + 1); // behind the colon
		rc = check_field(key, type_at(p), err);
		p = skip_space(skip_value(p));
		if (*p == ',')
			p = skip_space(p + 1);
	}
	return rc;
}

int
document_check_text(struct buf *text, struct err *err)
{
	struct err why = ERR_INIT;

	if (json_validate(buf_view(text), JSON_GRAMMAR, &document_limits, &why) != 0)
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor's document: %s", why.message);
	// A page's JSON-LD may hold what cJSON, and who reads our answers, stumbles over.
	json_repair(text->p, text->n);
	return check_members(text->p, err);
}

int
document_check(struct buf *text, cJSON **document, struct err *err)
{
	int rc = document_check_text(text, err);
	cJSON *doc = rc == 0 ? cJSON_ParseWithLength(text->p, text->n) : NULL;

	if (rc == 0 && !cJSON_IsObject(doc)) {
		cJSON_Delete(doc);
		rc = err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor's document is not an object");
	}
	if (rc == 0)
		*document = doc;
	return rc;
}
