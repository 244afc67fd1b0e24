// SPDX-License-Identifier: Apache-2.0
// The model that is built in, and what turns the sums of its forests into probabilities.
#include "extract/content/model/model.h"
#include "extract/content/model/model_tables.h"

const struct model model_default = MODEL_DEFAULT;

uint8_t
forest_probability(int32_t sum)
{
	int32_t step = (sum + 8 * FOREST_UNIT) >> 4;

	return probabilities[step < 0 ? 0 : step > 1023 ? 1023 : step];
}
