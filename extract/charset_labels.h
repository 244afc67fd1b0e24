// SPDX-License-Identifier: Apache-2.0
// Which encoding a label means, for all who are told one: a header, a page, an option.
#ifndef EXTRACT_CHARSET_LABELS_H
#define EXTRACT_CHARSET_LABELS_H

#include "base/buf.h"

// The Encoding standard's name for a label (4.2: any case, white space around it), or NULL.
const char *charset_of_label(struct sv label);

#endif
