// SPDX-License-Identifier: Apache-2.0
// The versions of the libraries that only the extractor links, for `riptide version`.
#ifndef EXTRACT_VERSIONS_H
#define EXTRACT_VERSIONS_H

#include "base/buf.h"

// {"libxml2": "2.9.14", "pcre2": "10.42"}
void extract_versions(struct buf *out);

#endif
