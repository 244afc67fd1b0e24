// SPDX-License-Identifier: Apache-2.0
// storageState files from hostile text: refused with an error that says where, or of a shape whose
// names can be relied on.
#include "cdp/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_strings(const cJSON *list, const char *const *keys)
{
	json_foreach (item, list)
		for (size_t i = 0; keys[i]; i++)
			if (!json_str(item, keys[i]))
				abort();
}

static void
assert_shape(const cJSON *state)
{
	assert_strings(json_get(state, "cookies"), (const char *const[]){"name", "value", NULL});
	json_foreach (o, json_get(state, "origins")) {
		static const char *const pair[] = {"name", "value", NULL};

		if (!json_str(o, "origin"))
			abort();
		assert_strings(json_get(o, "localStorage"), pair);
		assert_strings(json_get(o, "sessionStorage"), pair);
		json_foreach (db, json_get(o, "indexedDB"))
			if (!json_str(db, "name") || json_num(db, "version", 0) < 1 ||
			    !cJSON_IsArray(json_get(db, "stores")))
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	cJSON *v = NULL;

	if (json_parse_api((struct sv){(const char *)data, size}, &json_limits_default, &v, &err) !=
	    0)
		return 0;
	if (cdp_state_check(v, &err) == 0)
		assert_shape(v);
	else if (!err.message[0])
		abort();
	cJSON_Delete(v);
	return 0;
}
