// SPDX-License-Identifier: Apache-2.0
// Between request_tables.c (the keys) and request.c (what is done with them).
#ifndef ORCHESTRATOR_REQUEST_PRIV_H
#define ORCHESTRATOR_REQUEST_PRIV_H

#include "orchestrator/request/request.h"

extern const struct param_table request_timeouts_table;
// Rules between keys, for request_table.
int request_check(void *obj, const char *path, struct err *err);

#endif
