// SPDX-License-Identifier: Apache-2.0
// HTML bytes in, document JSON out: the whole extractor as one pure function over an arena. Runs in
// the worker (and in fuzz targets and unit tests); opens nothing. The options are read on both
// sides: by the daemon to refuse a bad request early, by the worker to act on it.
#ifndef EXTRACT_DOCUMENT_H
#define EXTRACT_DOCUMENT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/params.h"

// The `extract` member of a render request (DESIGN §6), read by extract_options_table. The table is
// declared in extract/options.c which is part of extract_proto, so that the daemon validates
// requests with it.
extern const struct param_table extract_options_table;
extern const struct param_table extract_field_table; // of one field

#define EXTRACT_MAX_EXPR_BYTES   4096 // a selector, XPath, regex or JSON-LD path
#define EXTRACT_MAX_JSON_LD_NAME 127  // of its names
#define EXTRACT_MAX_FIELDS       500  // nested ones counted
#define EXTRACT_MAX_FIELD_DEPTH  8
#define EXTRACT_MAX_TRANSFORMS   8
#define EXTRACT_MAX_SCHEMA_DEPTH 16

enum extract_strategy { // bit numbers of extract_options.strategies
	STRATEGY_ARTICLE,
	STRATEGY_CSS_JSON,
	STRATEGY_XPATH,
	STRATEGY_REGEX,
	STRATEGY_JSON_LD,
	STRATEGY_METADATA,
	STRATEGY_FULL,
};

// The fields of a document, in the order in which they are written.
// clang-format off
#define DOCUMENT_FIELDS(X)                                                                         \
	X(URL, url) X(TITLE, title) X(BYLINE, byline) X(PUBLISHED_ISO, published_iso)              \
	X(MARKDOWN, markdown) X(TEXT, text) X(HTML, html) X(LINKS, links) X(MEDIA, media)          \
	X(TABLES, tables) X(LANGUAGE, language) X(READING_TIME, reading_time)                      \
	X(QUALITY_SCORE, quality_score) X(WORD_COUNT, word_count) X(CATEGORIES, categories)        \
	X(SITE_NAME, site_name) X(DESCRIPTION, description) X(SCHEMA_ORG, schema_org)              \
	X(CUSTOM_FIELDS, custom_fields) X(EXTRACTION_METADATA, extraction_metadata)
// clang-format on
enum document_field { // bit numbers of extract_options.document
#define X(sym, name) DOC_##sym,
	DOCUMENT_FIELDS(X)
#undef X
	    DOC_COUNT
};

enum extract_type {
	FIELD_STRING,
	FIELD_NUMBER,
	FIELD_BOOLEAN,
	FIELD_DATE,
	FIELD_URL,
	FIELD_HTML,
	FIELD_OBJECT
};
enum extract_transform {
	TRANSFORM_TRIM,
	TRANSFORM_COLLAPSE,
	TRANSFORM_LOWER,
	TRANSFORM_UPPER,
	TRANSFORM_NUMBER,
	TRANSFORM_DATE,
	TRANSFORM_URL,
};

struct extract_transforms {
	uint8_t v[EXTRACT_MAX_TRANSFORMS]; // enum extract_transform, in the order asked for
	size_t n;
};
struct extract_field { // one of extract.fields
	const char *name;
	const char *path;                          // "extract.fields.NAME", for errors
	const char *css, *xpath, *regex, *json_ld; // one; regex may narrow css or xpath further
	int type;                                  // enum extract_type
	bool many, required;
	const cJSON *def; // `default`
	struct extract_transforms transform;
	struct extract_field
	    *fields; // nested, relative to the matched element; type is FIELD_OBJECT
	size_t n_fields;
};

struct extract_options {
	uint64_t document;   // bits of enum document_field; 0: all
	uint64_t strategies; // bits of enum extract_strategy; 0: everything but `full`
	struct extract_field *fields;
	size_t n_fields;
	const cJSON *schema; // of the fields' values, or NULL
};

// Read the value of `extract`; NULL or absent gives the defaults. `path` is its path ("extract"),
// strings live in `a`, defaults borrow `v`. ERR_INVALID_REQUEST with the path of the value at
// fault.
int extract_options_read(const cJSON *v, struct arena *a, const char *path,
    struct extract_options **out, struct err *err) MUST_CHECK;

// What the worker is told beside the HTML (frame head, JSON): {"url", "base_url", "content_type",
// "source_type", "charset", "http_charset", "extract": {…}, "facts": {…}, "unrendered", "source"}.
// `charset` is what
// somebody knows; "utf-8" for what a browser serialised. `http_charset` is what a header says.
struct extract_input {
	struct sv html;
	const char *url;     // may be NULL; the address, or base_url when the HTML came without one
	const char *charset; // may be NULL: http_charset
	const char *http_charset; // may be NULL: sniffed
	const char *source_type;  // of a page that a browser shows, which shows XML as text
	const char *content_type; // may be NULL: told by the text; xml/xml.h
	const cJSON *facts;       // what a browser knows besides (extract/facts.h); may be NULL
	bool unrendered;          // say what it shows without scripts (extract/unrendered.h) …
	bool source;              // … and how its bytes read as UTF-8: members of these names
	const struct extract_options *options; // NULL: defaults
	int64_t now_ms;                        // wall clock, for date bounds and timestamps
};

// Is it a label of an encoding (Encoding standard, 4.2), as `charset` should be? In extract_proto.
bool extract_knows_charset(const char *label);

// *out is the document object of DESIGN §6 (cJSON, owned by the caller). Errors: ERR_EXTRACTOR_OOM,
// ERR_TOO_LARGE, ERR_INVALID_SELECTOR / _XPATH / _REGEX (path `extract.fields.NAME.css`, position
// in the message), ERR_INTERNAL.
int extract_document(
    const struct extract_input *in, struct arena *a, cJSON **out, struct err *err) MUST_CHECK;

#endif
