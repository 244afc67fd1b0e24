// SPDX-License-Identifier: Apache-2.0
// Between options.c and options_schema.c.
#ifndef EXTRACT_OPTIONS_PRIV_H
#define EXTRACT_OPTIONS_PRIV_H

#include "extract/document.h"

extern const struct param_custom options_schema_param;           // of extract.schema
int options_name_index(const char *const *names, const char *s); // of a NULL-ended list, or -1

#endif
