// SPDX-License-Identifier: Apache-2.0
// Any bytes as XML give a document that a strict JSON reader takes, or a typed error. The first
// byte chooses the media type.
#include "extract/document.h"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = {"text/xml", "application/xhtml+xml", NULL};
static const char options[] =
    "{\"strategies\":[\"article\",\"metadata\",\"json_ld\",\"css_json\",\"xpath\"],\"fields\":{"
    "\"a\":{\"css\":\"item > title, entry:first-child\",\"many\":true},\"b\":{\"xpath\":\"//*[@href]/@* | //title/text()\",\"many\":true},"
    "\"c\":{\"css\":\"*\",\"type\":\"html\"}}}";

static void
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_input in = {
	    .url = "https://example.org/2024/01/31/x", .now_ms = 1767225600000};
	struct extract_options *o = NULL;
	struct err err = ERR_INIT;
	struct arena a;
	cJSON *json, *doc = NULL;
	int rc;

	if (size == 0)
		return 0;
	arena_init(&a, (size_t)512 << 20);
	json = cJSON_Parse(options);
	rc = extract_options_read(json, &a, "extract", &o, &err);
	assert(rc == 0);
	in.options = o;
	in.content_type = types[data[0] % ARRAY_LEN(types)];
	in.html = (struct sv){(const char *)data + 1, size - 1};
	rc = extract_document(&in, &a, &doc, &err);
	assert(rc == 0 ? doc != NULL : err.code == rc && err.message[0]);
	if (rc == 0)
		check_document(doc);
	cJSON_Delete(doc);
	cJSON_Delete(json);
	arena_done(&a);
	return 0;
}
