// SPDX-License-Identifier: Apache-2.0
// What a selector, an XPath, a regular expression or a JSON-LD path found, before it gets its type.
#ifndef EXTRACT_FOUND_H
#define EXTRACT_FOUND_H

#include "base/json.h"
#include "extract/html/tree.h"

enum found_kind { FOUND_NODE, FOUND_TEXT, FOUND_JSON };
struct found {
	enum found_kind kind;
	node_id node;      // FOUND_NODE; for FOUND_TEXT the element it came from, or NODE_NONE
	struct sv text;    // FOUND_TEXT: arena or page memory
	bool computed;     // FOUND_TEXT: a number that XPath computed
	const cJSON *json; // FOUND_JSON: borrowed from page.schema
};
struct found_list {
	struct found *v;
	size_t n, cap;
	size_t max; // further ones are ignored
};
// False when the arena is spent.
bool found_add(struct found_list *l, struct arena *a, struct found f);

#endif
