// SPDX-License-Identifier: Apache-2.0
// Cookies and storage of a browser context, in the shape of Playwright's storageState:
// {"cookies": [{name, value, domain, path, expires, httpOnly, secure, sameSite}],
//  "origins": [{"origin", "localStorage": [{name, value}]}]}.
#ifndef CDP_STATE_H
#define CDP_STATE_H

#include "cdp/page.h"

// Set cookies (array of cookie objects, validated by the caller) in the page's context.
int cdp_state_set_cookies(
    struct cdp_page *p, const cJSON *cookies, struct deadline dl, struct err *err) MUST_CHECK;
// Import before the first navigation: cookies at once, localStorage by a script that runs before
// the page's own on each listed origin, once.
int cdp_state_import(
    struct cdp_page *p, const cJSON *state, struct deadline dl, struct err *err) MUST_CHECK;
// Export cookies and the localStorage of every origin the page's frames show now plus the imported
// origins.
int cdp_state_export(
    struct cdp_page *p, struct deadline dl, cJSON **out, struct err *err) MUST_CHECK;
// Check the shape of a storageState file: path-naming errors.
int cdp_state_check(const cJSON *state, struct err *err) MUST_CHECK;

#endif
