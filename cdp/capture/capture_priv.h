// SPDX-License-Identifier: Apache-2.0
// What pictures and prints share. Job threads.
#ifndef CDP_CAPTURE_PRIV_H
#define CDP_CAPTURE_PRIV_H

#include "cdp/capture.h"

// Scroll through the page once so that lazy images load, and back. Best effort within 3 seconds.
int capture_load_lazy(struct cdp_page *p, struct deadline dl, struct err *err) MUST_CHECK;

#endif
