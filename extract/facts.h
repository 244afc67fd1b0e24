// SPDX-License-Identifier: Apache-2.0
// Reads what the capture says about the elements of a rendered page beside its HTML, and brings the
// two together. It comes from a browser that ran a stranger's page: all of it is checked, and what
// does not fit the HTML is not believed.
//
// {"elements": "base64", "n": 2, "values": [[1, "value", "text"]], "viewport": [800, 600, 800,
// 2000]}: `elements` has a record per element with text of its own, form control and
// frame, in document order, of 16-bit words, low byte first:
//   hash of the name, modulo 61 | bits of enum box_state << 6
//   x + 16384, width, low half of y + 65536, high half, height: if BOX_MEASURED
//   font size in px: if BOX_FONT
//   how many elements above it is the one for which it is not shown: if BOX_UP
// `values` names elements by their record: what stands in a form control now, where that is not
// what its HTML says.
#ifndef EXTRACT_FACTS_H
#define EXTRACT_FACTS_H

#include "base/json.h"
#include "extract/content/blocks/boxes.h"

#define FACTS_ELEMENTS_MAX 30000u

// Marks the nodes that are not shown (NODE_F_HIDDEN) and gives form controls their values. The
// boxes, in arena memory, or NULL: there are no facts, they are malformed, or they are of another
// document.
const struct boxes *facts_apply(const cJSON *facts, struct tree *t);

#endif
