// SPDX-License-Identifier: Apache-2.0
// The parts of charset.c: what a page declares, what its bytes look like.
#ifndef EXTRACT_CHARSET_PRIV_H
#define EXTRACT_CHARSET_PRIV_H

#include "extract/charset_labels.h"
#include "extract/html/charset.h"

#include <stdint.h>

struct single_byte {
	const char *name;
	uint16_t upper[128]; // code points of the bytes from 0x80 on
};
const struct single_byte *charset_single_byte(const char *name); // NULL: none

// charset_prescan.c: what a <meta> or an XML declaration near the start says (HTML standard,
// 13.2.3.2); NULL: nothing.
const char *charset_prescan(struct sv bytes);

// charset_detect.c: the likeliest encoding of bytes that are not UTF-8; never NULL.
const char *charset_detect(struct sv bytes);
// Are there more than `times` as many characters of UTF-8 beyond ASCII as bytes that are not UTF-8?
bool charset_has_utf8(struct sv v, size_t times);

// charset_utf8.c
bool charset_is_utf8(struct sv v, bool *ascii);
bool charset_beyond_ascii(struct sv v, unsigned n);     // has valid UTF-8 so many characters there?
void charset_repair_utf8(struct sv v, struct buf *out); // U+FFFD for what is none

#endif
