// SPDX-License-Identifier: Apache-2.0
// Reads what the capture says about the elements of a rendered page beside its HTML, and brings the
// two together. It comes from a browser that ran a stranger's page: all of it is checked, and what
// does not fit the HTML is not believed.
//
// {"elements": "…", "n": 2, "values": [[1, "value", "text"]], "sheets": [1, 0], "viewport": [800,
// 600, 800, 2000]}: `elements` has a record per element, in document order, of digits of base64url:
//   1  hash of the name, modulo 61
//   1  bits of enum box_state
//   3  x + 65536    if BOX_MEASURED
//   3  y + 65536
//   3  width
//   3  height
//   1  font size
// `values` names elements by their record: what stands in a form control now, where that is not
// what its HTML says.
#ifndef EXTRACT_FACTS_H
#define EXTRACT_FACTS_H

#include "base/json.h"
#include "extract/content/boxes.h"

#define FACTS_ELEMENTS_MAX 30000u

// Marks the nodes that are not shown (NODE_F_HIDDEN) and gives form controls their values. The
// boxes, in arena memory, or NULL: there are no facts, they are malformed, or they are of another
// document.
const struct boxes *facts_apply(const cJSON *facts, struct tree *t);

#endif
