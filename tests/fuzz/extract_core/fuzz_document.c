// SPDX-License-Identifier: Apache-2.0
// Any bytes as HTML give a document that a strict JSON reader takes, or a typed error. The first
// byte chooses among option sets.
#include "document_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const options[] = {
    "{}",
    "{\"strategies\":[\"full\",\"metadata\",\"json_ld\"]}",
    "{\"fields\":{\"a\":{\"css\":\"div p:not(.x) > a[href^=h], li:nth-child(2n+1):has(> b)\",\"many\":true,\"type\":\"url\"},"
    "\"b\":{\"xpath\":\"//*[@id]/@* | //p/text()\",\"many\":true},\"c\":{\"regex\":\"(\\\\w+)@\\\\w+\",\"many\":true},"
    "\"d\":{\"json_ld\":\"Product.offers.price\",\"type\":\"number\",\"many\":true},"
    "\"e\":{\"css\":\"body *\",\"many\":true,\"fields\":{\"t\":{\"css\":\":scope::text\"},\"d\":{\"css\":\"time\",\"type\":\"date\"},"
    "\"h\":{\"css\":\"b\",\"type\":\"html\",\"required\":true},\"n\":{\"regex\":\"\\\\d.*\",\"type\":\"number\"}}}}}",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_input in = {0};

	if (size == 0)
		return 0;
	in.charset = data[0] & 0x80 ? NULL : "utf-8";
	in.html = (struct sv){(const char *)data + 1, size - 1};
	read_document(options[data[0] % ARRAY_LEN(options)], &in);
	return 0;
}
