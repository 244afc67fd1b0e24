// SPDX-License-Identifier: Apache-2.0
// HTML bytes in, document JSON out: the whole extractor as one pure function over an arena. Runs in the
// worker (and in fuzz targets and unit tests); opens nothing.
#ifndef EXTRACT_DOCUMENT_H
#define EXTRACT_DOCUMENT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/params.h"

// The `extract` member of a render request (DESIGN §6), read by extract_options_table. The table is
// declared in extract/options.c which is part of extract_proto, so that the daemon validates requests with it.
extern const struct param_table extract_options_table;
struct extract_options;

enum extract_strategy { // bit numbers of extract_options.strategies
	STRATEGY_ARTICLE, STRATEGY_CSS_JSON, STRATEGY_XPATH, STRATEGY_REGEX, STRATEGY_JSON_LD,
	STRATEGY_METADATA, STRATEGY_FULL,
};

struct extract_field { // one of extract.fields
	const char *name;
	const char *css, *xpath, *regex, *json_ld; // exactly one, unless `fields` with css (nested object)
	int type;            // enum extract_type
	bool many, required;
	const cJSON *def;    // `default`
	struct param_strings transform; // trim, number, date, url, lower, upper, collapse
	struct extract_field *fields; // nested
	size_t n_fields;
};
enum extract_type { FIELD_STRING, FIELD_NUMBER, FIELD_BOOLEAN, FIELD_DATE, FIELD_URL, FIELD_HTML, FIELD_OBJECT };

struct extract_options {
	struct param_strings document; // names of document fields wanted; empty: all
	uint64_t strategies;           // bits of enum extract_strategy; 0: article + metadata
	struct extract_field *fields;
	size_t n_fields;
};

// What the worker is told beside the HTML (frame head, JSON): {"url", "base_url", "content_type",
// "charset", "extract": {…}}. `charset` is the HTTP header's; "utf-8" for what a browser serialised.
struct extract_input {
	struct sv html;
	const char *url;      // may be NULL
	const char *charset;  // may be NULL: sniffed
	const struct extract_options *options;
	int64_t now_ms;       // wall clock, for date bounds and timestamps
};

// *out is the document object of DESIGN §6 (cJSON, owned by the caller). Errors: ERR_EXTRACTOR_OOM,
// ERR_TOO_LARGE, ERR_INVALID_SELECTOR / _XPATH / _REGEX (path `extract.fields.NAME.css`, position in the
// message), ERR_INTERNAL.
int extract_document(const struct extract_input *in, struct arena *a, cJSON **out, struct err *err)
    MUST_CHECK;

#endif
