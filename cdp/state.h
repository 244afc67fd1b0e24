// SPDX-License-Identifier: Apache-2.0
// Cookies and storage of a browser context, in the shape of Playwright's storageState:
// {"cookies": [{name, value, domain, path, expires, httpOnly, secure, sameSite, partitionKey?}],
//  "origins": [{"origin", "localStorage": [{name, value}], "sessionStorage": [{name, value}],
//               "indexedDB": [{name, version, stores: [{name, keyPath | keyPathArray,
//               autoIncrement, indexes, records: [{key | keyEncoded, value | valueEncoded}]}]}]}]}.
// sessionStorage is ours (Playwright has none, and leaves it alone), as is `utf16` beside a `value`
// that is no Unicode text: base64 of its UTF-16LE units.
//
// What can't be had: storage of third-party frames (partitioned by Chromium), databases that hold
// Blobs, Files, CryptoKeys and other objects that JSON can't say, sessionStorage of origins that
// the page has left, Cache Storage, service workers and the origin private file system. A part that
// is too large or can't be read is left out whole, with a warning, and stays as it was before.
#ifndef CDP_STATE_H
#define CDP_STATE_H

#include "cdp/page.h"

#define STATE_MAX_BYTES   ((size_t)15 << 20) // of JSON
#define STATE_MAX_ORIGINS 100
#define STATE_MAX_COOKIES 4000

// Set cookies (array of cookie objects, validated by the caller) in the page's context.
int cdp_state_set_cookies(
    struct cdp_page *p, const cJSON *cookies, struct deadline dl, struct err *err) MUST_CHECK;
// Import into a new context, before the page's first navigation: cookies, localStorage and
// IndexedDB at once, sessionStorage in the page's first document of each origin.
int cdp_state_import(
    struct cdp_page *p, const cJSON *state, struct deadline dl, struct err *err) MUST_CHECK;
// The same for a new page in a context that lives and has its cookies and storage: only what
// belongs to the tab (sessionStorage). `state`: what the page before left.
int cdp_state_resume(
    struct cdp_page *p, const cJSON *state, struct deadline dl, struct err *err) MUST_CHECK;
// Export cookies and the storage of every origin whose documents this page has shown; the others of
// the state that was imported or resumed are as they were.
int cdp_state_export(
    struct cdp_page *p, struct deadline dl, cJSON **out, struct err *err) MUST_CHECK;
// Of the export, what was left out: [{origin, part, why}], borrowed; NULL: nothing.
const cJSON *cdp_state_warnings(const struct cdp_page *p);
// Check the shape of a storageState file: path-naming errors.
int cdp_state_check(const cJSON *state, struct err *err) MUST_CHECK;

#endif
