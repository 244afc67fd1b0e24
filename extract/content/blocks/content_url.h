// SPDX-License-Identifier: Apache-2.0
// Addresses in what is written out: absolute, of harmless schemes only, and where an image really
// is.
#ifndef EXTRACT_CONTENT_URL_H
#define EXTRACT_CONTENT_URL_H

#include "extract/content/content.h"

// The reference, resolved against `base` (may be SV_NULL: relative ones stay relative), appended to
// `out`. False, and nothing written, for empty ones and any scheme but http, https, mailto and tel
// (images: http, https).
bool content_url(struct sv base, struct sv ref, bool image, struct buf *out);
bool content_may_be_lazy(const struct tree *t, node_id i); // has it attributes that scripts read?
// Where lazy loading by scripts keeps the address of an image; SV_NULL: nowhere that is known.
struct sv content_lazy_source(const struct tree *t, node_id img);
extern const char *const content_image_ends[]; // of names of files; NULL-ended
// What looks like the address of an image in any attribute.
struct sv content_source_anywhere(const struct tree *t, node_id img);
// The address in src, or where lazy loading keeps it until a script has run; SV_NULL: none.
struct sv content_image_source(const struct tree *t, node_id img);
bool content_is_pixel(const struct tree *t, node_id img); // a tracking pixel

#endif
