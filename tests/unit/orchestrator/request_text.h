// SPDX-License-Identifier: Apache-2.0
// For tests: a render request from its JSON text.
#ifndef TESTS_REQUEST_TEXT_H
#define TESTS_REQUEST_TEXT_H

#include "orchestrator/request/request.h"

static inline int MUST_CHECK
request_parse(struct sv json, struct request **out, struct err *err)
{
	cJSON *v = NULL;
	int rc = json_parse_api(json, &request_json_limits, &v, err);

	return rc == 0 ? request_from_json(v, out, err) : rc;
}

#endif
