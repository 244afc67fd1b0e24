// SPDX-License-Identifier: Apache-2.0
// What the API validator accepts cJSON must parse, with every string whole, and the skimmer must
// find each top-level key where cJSON finds it.
#include "base/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same_key(struct sv text, const cJSON *item)
{
	struct sv raw = json_skim(text, item->string), str;

	assert(raw.p);
	str = json_skim_str(raw);
	assert(cJSON_IsString(item) == (str.p != NULL));
	assert(cJSON_IsObject(item) == (raw.p[0] == '{'));
	assert(cJSON_IsArray(item) == (raw.p[0] == '['));
	if (str.p && !memchr(str.p, '\\', str.n))
		assert(sv_eq_str(str, item->valuestring));
}

// Keys spelt with escapes are not the skimmer's business.
static void
compare_skim(struct sv text, const cJSON *v)
{
	if (!cJSON_IsObject(v) || memchr(text.p, '\\', text.n))
		return;
	json_foreach (item, v)
		same_key(text, item);
}

static void
reprint(const cJSON *v)
{
	static const struct json_limits lim = {(size_t)64 << 20, 64, 50000};
	cleanup_buf b = BUF_INIT;
	struct err err = ERR_INIT;
	cJSON *again;

	json_print(&b, v, true);
	if (json_parse_api(buf_view(&b), &lim, &again, &err) != 0)
		abort();
	assert(cJSON_Compare(v, again, true));
	cJSON_Delete(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = {(const char *)data, size};
	struct err err = ERR_INIT;
	cJSON *v;

	if (json_validate(text, JSON_API, NULL, &err) != 0) {
		const char *key = "a";
		struct sv out;
		int rc = json_validate(text, JSON_GRAMMAR, NULL, NULL);

		assert(err.code && err.message[0]);
		return json_skim_many(text, &key, 1, &out) + rc >
		       1; // must only stay inside the text
	}
	if (json_validate(text, JSON_GRAMMAR, NULL, NULL) != 0)
		abort();
	if (json_parse_api(text, NULL, &v, NULL) != 0)
		abort();
	compare_skim(text, v);
	reprint(v);
	cJSON_Delete(v);
	return 0;
}
