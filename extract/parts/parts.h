// SPDX-License-Identifier: Apache-2.0
// The list-shaped parts of a document, each read from the tree in one pass and capped; a cap that
// was reached sets its bit in page.truncated. The arrays are the caller's (cJSON_Delete).
#ifndef EXTRACT_PARTS_H
#define EXTRACT_PARTS_H

#include "extract/page.h"

#define LINKS_MAX       10000
#define MEDIA_MAX       5000
#define TABLES_MAX      500
#define TABLE_CELLS_MAX 200000 // of all tables together
#define TABLE_BYTES_MAX ((size_t)8 << 20)

cJSON *links_read(struct page *p);  // [{url, text, title, rel, section}]
cJSON *media_read(struct page *p);  // [{type, url, alt, width, height, caption, srcset}]
cJSON *tables_read(struct page *p); // [{caption, headers, rows, csv}]

// The address of an image, that of a lazy one, too, of a video, an audio or a source; as it stands
// there. SV_NULL of others, and when there is none that a client could load.
struct sv media_src(const struct tree *t, node_id i);

#endif
