// SPDX-License-Identifier: Apache-2.0
// Does what the fields gave keep to the request's `extract.schema`, a part of JSON Schema?
#ifndef EXTRACT_RESULT_SCHEMA_H
#define EXTRACT_RESULT_SCHEMA_H

#include "base/json.h"

// Appends {name, error} to `errors` for every value of `values` that the schema does not allow; it
// was checked when the options were read.
void result_schema_check(const cJSON *schema, const cJSON *values, cJSON *errors);

#endif
