// SPDX-License-Identifier: Apache-2.0
// What the files of a page's state share. Job threads only. Values of cookies and storage are
// secrets: in no log line, error text or warning.
#ifndef CDP_STATE_PRIV_H
#define CDP_STATE_PRIV_H

#include "cdp/page/page_inside.h"
#include "cdp/state.h"

#define STATE_ORIGIN_MS 3000 // for one origin

// --- state_cookies.c ---
int state_export_cookies(
    struct cdp_page *p, struct deadline dl, cJSON *out, struct err *err) MUST_CHECK;

// --- state_helper.c: a page of our own in the same context ---
int state_helper_open(
    struct cdp_page *p, struct deadline dl, struct cdp_page **out, struct err *err) MUST_CHECK;
void state_helper_close(struct cdp_page *helper, struct deadline dl); // NULL is ignored
// Show an empty document of the origin; nothing is fetched.
int state_helper_visit(
    struct cdp_page *helper, const char *origin, struct deadline dl, struct err *err) MUST_CHECK;
// Put an origin's storage back into it.
int state_helper_restore(
    struct cdp_page *helper, const cJSON *entry, struct deadline dl, struct err *err) MUST_CHECK;

// --- state_frames.c ---
// The origins of all frames whose storage is the origin's own (not partitioned), without the main
// document's. At most `max`; strings are the caller's.
size_t state_frame_origins(struct cdp_page *p, struct deadline dl, char **out, size_t max);

#endif
