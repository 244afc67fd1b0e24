// SPDX-License-Identifier: Apache-2.0
// What was learned from pages whose content is known (extract/train): forests for the kind of page,
// for blocks by themselves and for blocks among what is known of the others; and what a result is
// worth. Learned from the WCXB development split, CC-BY-4.0.
#ifndef EXTRACT_MODEL_H
#define EXTRACT_MODEL_H

#include "extract/content/model/forest.h"

#define MODEL_TYPES  7
#define MODEL_WORTHS 12 // numbers that judge a result: a constant and its figures

struct model {
	struct forest types[MODEL_TYPES]; // rows: PAGE_COUNT bytes
	struct forest first;              // FIRST_COUNT bytes
	struct forest second;             // SECOND_COUNT bytes
	double worth[MODEL_WORTHS];       // quality = logistic of the sum
};

extern const struct model model_default;

#endif
