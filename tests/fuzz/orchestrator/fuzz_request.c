// SPDX-License-Identifier: Apache-2.0
// Render requests from hostile text, as JSON and as YAML: refused with an error or read and freed,
// nothing else.
#include "orchestrator/request/request.h"
#include "orchestrator/request/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Whatever was asked for, what is loaded is http or https.
static void
assert_url(const char *url)
{
	if (url && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		abort();
}

static void
try_request(cJSON *v)
{
	struct request *r = NULL;
	struct err err = ERR_INIT;

	if (request_from_json(v, &r, &err) == 0) {
		assert_url(r->url);
		request_free(r);
	} else if (!err.message[0]) {
		abort(); // a refusal says why
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = {(const char *)data, size};
	struct err err = ERR_INIT;
	cJSON *v = NULL;

	if (json_parse_api(text, &request_json_limits, &v, &err) == 0)
		try_request(v);
	if (yaml_to_json(text, &request_json_limits, &v, &err) == 0)
		try_request(v);
	return 0;
}
