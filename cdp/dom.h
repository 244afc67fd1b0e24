// SPDX-License-Identifier: Apache-2.0
// Finding elements and asking them things, from Riptide's isolated world (the page can't see or
// patch it). A selector is CSS; `>>>` between compounds pierces shadow roots (open and closed) and
// iframes: "my-app >>> iframe >>> button.save". Without `>>>`, a plain selector is tried in the
// document first, then in open shadow roots and frames of its origin in document order, at last in
// frames of other origins.
#ifndef CDP_DOM_H
#define CDP_DOM_H

#include "cdp/page.h"

// A remote object; valid until the document goes. Release with cdp_dom_release.
struct cdp_element {
	char object_id[96];
	char frame_id[64]; // of a frame of another origin in the session's process; "": none
	struct cdp_session *session;
};

enum cdp_dom_state { DOM_ATTACHED, DOM_VISIBLE, DOM_HIDDEN, DOM_DETACHED };
extern const char *const cdp_dom_state_names[];

// The first match. ERR_ELEMENT_NOT_FOUND, ERR_INVALID_SELECTOR (Chromium's own text).
int cdp_dom_query(struct cdp_page *p, const char *css, struct deadline dl, struct cdp_element *out,
    struct err *err) MUST_CHECK;
// All matches, at most max. Returns the count (0 is no error) or a negative code.
int cdp_dom_query_all(struct cdp_page *p, const char *css, struct cdp_element *out, size_t max,
    struct deadline dl, struct err *err) MUST_CHECK;
// Wait for the first match to reach the state (event-driven: a MutationObserver and animation
// frames in the page, no polling from here). `out` may be NULL. ERR_ACTION_TIMEOUT.
int cdp_dom_wait(struct cdp_page *p, const char *css, enum cdp_dom_state state, struct deadline dl,
    struct cdp_element *out, struct err *err) MUST_CHECK;
void cdp_dom_release(struct cdp_page *p, struct cdp_element *el);
// function () { … this is the element … }; takes `args`.
int cdp_dom_call(struct cdp_page *p, const struct cdp_element *el, const char *function,
    cJSON *args, struct deadline dl, cJSON **value, struct err *err) MUST_CHECK;
// Scroll it in, wait until its box rests for two frames, and give a visible point of it in the
// viewport of the main frame (CSS pixels) that hits it or a descendant (hit test through frames and
// shadow roots). ERR_ELEMENT_NOT_VISIBLE says what covers it ("covered by div#overlay").
int cdp_dom_point(struct cdp_page *p, const struct cdp_element *el, struct deadline dl, double *x,
    double *y, struct err *err) MUST_CHECK;
// 0, or ERR_ELEMENT_DISABLED: the control that a click on it is for (itself, the button around it,
// that of its label).
int cdp_dom_enabled(struct cdp_page *p, const struct cdp_element *el, struct deadline dl,
    struct err *err) MUST_CHECK;
// Bounding box in document coordinates of the main frame (for selector screenshots).
int cdp_dom_box(struct cdp_page *p, const struct cdp_element *el, struct deadline dl, double *x,
    double *y, double *w, double *h, struct err *err) MUST_CHECK;
int cdp_dom_focus(struct cdp_page *p, const struct cdp_element *el, struct deadline dl,
    struct err *err) MUST_CHECK;
// DOM.setFileInputFiles; absolute paths readable by the browser.
int cdp_dom_set_files(struct cdp_page *p, const struct cdp_element *el,
    const struct param_strings *paths, struct deadline dl, struct err *err) MUST_CHECK;

#endif
