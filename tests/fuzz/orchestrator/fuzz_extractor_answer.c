// SPDX-License-Identifier: Apache-2.0
// What a worker that a page took over may answer: the check of its text and that of its tree agree,
// and neither reads past the end.
#include "orchestrator/pool/extractor_priv.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf text = BUF_INIT, again = BUF_INIT;
	cJSON *document = NULL;
	int rc;

	buf_add(&text, (const char *)data, size);
	buf_add(&again, (const char *)data, size);
	rc = document_check_text(&text, NULL);
	if (document_check(&again, &document, NULL) == 0)
		assert(rc == 0 && cJSON_IsObject(document));
	json_foreach (item, document)
		assert(item->string);
	cJSON_Delete(document);
	return 0;
}
