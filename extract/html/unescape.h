// SPDX-License-Identifier: Apache-2.0
// Character references of HTML in a text that was escaped once too often.
#ifndef EXTRACT_UNESCAPE_H
#define EXTRACT_UNESCAPE_H

#include "base/buf.h"

// All of them replaced, once.
void html_unescape(struct sv v, struct buf *out);

#endif
