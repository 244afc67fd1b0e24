// SPDX-License-Identifier: Apache-2.0
// The size in an image's header, as far as we must know it: nothing is decoded here.
#ifndef CDP_IMAGE_H
#define CDP_IMAGE_H

#include "base/buf.h"

// Width and height of a PNG, JPEG or WebP; false when the header is none of them or is cut short.
bool image_size(struct sv bytes, uint32_t *width, uint32_t *height);

#endif
