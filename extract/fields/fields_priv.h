// SPDX-License-Identifier: Apache-2.0
// Between fields.c (which finds), fields_value.c (which converts) and fields_jsonld.c (paths).
#ifndef EXTRACT_FIELDS_PRIV_H
#define EXTRACT_FIELDS_PRIV_H

#include "extract/fields/fields.h"
#include "extract/fields/found.h"

// The value of what was found, whose text is `text`, as the (scalar) field's type, or NULL with a
// reason in `why` (empty: an element without text).
cJSON *field_value(struct page *p, const struct extract_field *f, const struct found *found,
    struct sv text, char why[128]);
// Its text before conversion: what regex is applied to. SV_NULL for JSON.
struct sv field_text(struct page *p, const struct extract_field *f, const struct found *found);

// Values at "Product.offers.price" in page.schema; arrays are walked through. False: arena spent.
bool field_jsonld(struct page *p, const char *path, struct found_list *out);

// The first number in a text ("1.299,00 €" -> 1299). `comma_decimal`: "1.299" alone is 1299.
bool number_find(struct sv text, bool comma_decimal, double *out);

#endif
