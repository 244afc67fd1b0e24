// SPDX-License-Identifier: Apache-2.0
// What the files of the DOM part share. Job threads only.
#ifndef CDP_DOM_PRIV_H
#define CDP_DOM_PRIV_H

#include "cdp/dom.h"
#include "cdp/page/page_inside.h"

#define DOM_LIBS (1u << LIB_TREE | 1u << LIB_DOM)

// --- dom_find.c
// --------------------------------------------------------------------------------------- The
// page's SyntaxError as ERR_INVALID_SELECTOR.
int dom_selector_error(int rc, const char *css, struct err *err);
// "find" + css -> `%T.find("css"`: the caller adds what follows.
void dom_call_with_css(struct buf *out, const char *name, const char *css);
// In the document of one session; ERR_ELEMENT_NOT_FOUND without a text.
int dom_find_in(struct cdp_page *p, struct cdp_session *s, const char *css, struct deadline dl,
    struct cdp_element *out, struct err *err) MUST_CHECK;
// Where that does not reach: closed shadow roots, frames of other origins.
int dom_find_farther(
    struct cdp_page *p, const char *css, struct deadline dl, struct cdp_element *out) MUST_CHECK;
// The world that the element is in; `near` is room for that of a frame of another origin.
struct page_world *dom_world(
    struct cdp_page *p, const struct cdp_element *el, struct page_world *near);
void dom_release_id(struct cdp_page *p, struct cdp_session *s, const char *object_id);

#endif
