// SPDX-License-Identifier: Apache-2.0
// YAML as a way to write JSON with comments: one document, YAML 1.2 core scalars, no aliases,
// anchors or tags, no duplicate keys, string keys only. Any thread; the text may be hostile.
#ifndef ORCHESTRATOR_REQUEST_YAML_H
#define ORCHESTRATOR_REQUEST_YAML_H

#include "base/json.h"

#define YAML_MAX_KEYS 2000 // of one mapping

// *out is owned by the caller. ERR_INVALID_YAML ("line 3, column 5: …"), ERR_TOO_LARGE.
int yaml_to_json(
    struct sv text, const struct json_limits *lim, cJSON **out, struct err *err) MUST_CHECK;

// A request or script file of either kind: JSON unless `name` ends in .yaml or .yml; with any other
// name, text that begins with '{' or '[' (or is empty) is JSON.
int request_text_to_json(struct sv text, const char *name, cJSON **out, struct err *err) MUST_CHECK;

#endif
