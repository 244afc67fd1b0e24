// SPDX-License-Identifier: Apache-2.0
// The first line is a request's `extract` (JSON), the rest the page: the fields are refused with
// the path of what is wrong, or read into a document that a strict JSON reader takes. What
// selectors, XPath and regular expressions of any kind and nesting do on any page.
#include "document_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
extract(const cJSON *json, struct sv html)
{
	struct extract_input in = {.html = html,
	    .url = "https://example.org/2024/01/31/x",
	    .charset = "utf-8",
	    .now_ms = 1767225600000};
	struct extract_options *o = NULL;
	struct err err = ERR_INIT;
	struct arena a;
	cJSON *doc = NULL;
	int rc;

	arena_init(&a, (size_t)512 << 20);
	rc = extract_options_read(json, &a, "extract", &o, &err);
	if (rc == 0) {
		in.options = o;
		rc = extract_document(&in, &a, &doc, &err);
	}
	assert(rc == 0 ? doc != NULL : err.code == rc && err.message[0] && rc != ERR_INTERNAL);
	if (rc == 0 && o->n_fields > 0) {
		check_document(doc);
		assert(json_get(doc, "custom_fields"));
	}
	cJSON_Delete(doc);
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = {(size_t)64 << 10, 32, 5000};
	const uint8_t *newline = memchr(data, '\n', size);
	size_t n = newline ? (size_t)(newline - data) : size;
	struct sv head = {(const char *)data, n};
	cJSON *json;

	if (json_validate(head, JSON_API, &limits, NULL) != 0)
		return 0;
	json = cJSON_ParseWithLength(head.p, head.n);
	if (json)
		extract(
		    json, newline ? (struct sv){(const char *)newline + 1, size - n - 1} : SV(""));
	cJSON_Delete(json);
	return 0;
}
