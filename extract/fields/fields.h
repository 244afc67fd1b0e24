// SPDX-License-Identifier: Apache-2.0
// Custom fields: compile what the request asks for, then read it from a page into one JSON object.
// A field that is missing or does not convert is reported beside the values; it does not fail the
// document.
#ifndef EXTRACT_FIELDS_H
#define EXTRACT_FIELDS_H

#include "extract/document.h"
#include "extract/page.h"

struct fields_plan; // compiled fields, owned by the caller

// ERR_INVALID_SELECTOR, _XPATH or _REGEX with the path of the expression
// (`extract.fields.price.css`). `a` must outlive the plan.
int fields_compile(const struct extract_field *fields, size_t n, struct arena *a,
    struct fields_plan **out, struct err *err) MUST_CHECK;
void fields_free(struct fields_plan *plan);

// Appends to the object `values` and, per problem, {name, error} to the array `errors`.
// ERR_INVALID_XPATH (what shows only on evaluation), ERR_EXTRACTOR_OOM.
int fields_read(struct page *p, struct fields_plan *plan, cJSON *values, cJSON *errors,
    struct err *err) MUST_CHECK;

#endif
