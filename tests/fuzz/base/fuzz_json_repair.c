// SPDX-License-Identifier: Apache-2.0
// After the repair there is nothing left to repair, the text is UTF-8, and what was JSON before
// (lone surrogates and \u0000 included) is JSON that cJSON reads without cutting a string.
#include "base/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits limits = {(size_t)1 << 20, 64, 50000};

// cJSON reads at most 63 characters of a number: Chromium sends none that long.
static bool
has_long_number(const char *p, size_t n)
{
	size_t run = 0;

	for (size_t i = 0; i < n; i++) {
		run = memchr("0123456789+-.eE", p[i], 15) ? run + 1 : 0;
		if (run > 63)
			return true;
	}
	return false;
}

static void
no_string_holds_nul_or_surrogates(char *p, size_t n)
{
	struct err err = ERR_INIT;

	// API mode refuses both; duplicates and large numbers are other reasons.
	if (json_validate((struct sv){p, n}, JSON_API, &limits, &err) != 0)
		assert(!strstr(err.message, "\\u0000 is") && !strstr(err.message, "surrogate"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size);
	bool was_json;
	cJSON *v;

	memcpy(text, data, size);
	was_json = json_validate((struct sv){text, size}, JSON_GRAMMAR, &limits, NULL) == 0;
	json_repair(text, size);
	assert(json_repair(text, size) == 0);
	for (size_t i = 0, len; i < size; i += len) {
		len = utf8_seq(text + i, size - i);
		assert(len);
	}
	if (was_json && !has_long_number(text, size)) {
		no_string_holds_nul_or_surrogates(text, size);
		if (json_parse_cdp(text, size, &v, NULL) != 0)
			abort();
		cJSON_Delete(v);
	}
	free(text);
	return 0;
}
