// SPDX-License-Identifier: Apache-2.0
// Content of pages that show next to nothing until their scripts have run: the texts are there, in
// JSON.
#ifndef EXTRACT_PAYLOAD_H
#define EXTRACT_PAYLOAD_H

#include "extract/html/tree.h"

// The long texts of the page's JSON (structured data, hydration state, forum software's preloaded
// posts) as HTML, appended to `html`. False, and nothing appended, for pages with text of their own
// and where there are none. Linear, bounded.
bool payload_html(const struct tree *t, struct buf *html);

#endif
