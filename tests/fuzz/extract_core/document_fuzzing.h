// SPDX-License-Identifier: Apache-2.0
// For fuzz targets of the whole extractor: a document that a strict JSON reader takes, or a typed
// error.
#ifndef DOCUMENT_FUZZING_H
#define DOCUMENT_FUZZING_H

#include "extract/document.h"

#include <assert.h>
#include <stdio.h>

static inline void
check_document(const cJSON *doc)
{
	static const struct json_limits limits = {(size_t)256 << 20, 64, 5000000};
	cleanup_buf text = BUF_INIT;
	struct err err = ERR_INIT;

	json_print(&text, doc, false);
	if (json_validate(buf_view(&text), JSON_API, &limits, &err) != 0) {
		fprintf(stderr, "%s\n%s\n", err.message, text.p);
		abort();
	}
}

// `options` is the `extract` of a request, one that is right.
static inline void
read_document(const char *options, struct extract_input *in)
{
	struct extract_options *o = NULL;
	struct err err = ERR_INIT;
	struct arena a;
	cJSON *json = cJSON_Parse(options), *doc = NULL;
	int rc;

	arena_init(&a, (size_t)512 << 20);
	rc = extract_options_read(json, &a, "extract", &o, &err);
	assert(rc == 0);
	in->options = o;
	in->url = "https://example.org/2024/01/31/x";
	in->now_ms = 1767225600000;
	rc = extract_document(in, &a, &doc, &err);
	assert(rc == 0 ? doc != NULL : err.code == rc && err.message[0]);
	if (rc == 0)
		check_document(doc);
	cJSON_Delete(doc);
	cJSON_Delete(json);
	arena_done(&a);
}

#endif
