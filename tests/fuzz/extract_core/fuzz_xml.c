// SPDX-License-Identifier: Apache-2.0
// Any bytes as XML give a document that a strict JSON reader takes, or a typed error. The first
// byte chooses the media type.
#include "document_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = {"text/xml", "application/xhtml+xml", NULL};
static const char options[] =
    "{\"strategies\":[\"article\",\"metadata\",\"json_ld\",\"css_json\",\"xpath\"],\"fields\":{"
    "\"a\":{\"css\":\"item > title, entry:first-child\",\"many\":true},\"b\":{\"xpath\":\"//*[@href]/@* | //title/text()\",\"many\":true},"
    "\"c\":{\"css\":\"*\",\"type\":\"html\"}}}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_input in = {0};

	if (size == 0)
		return 0;
	in.content_type = types[data[0] % ARRAY_LEN(types)];
	in.html = (struct sv){(const char *)data + 1, size - 1};
	read_document(options, &in);
	return 0;
}
