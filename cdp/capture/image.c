// SPDX-License-Identifier: Apache-2.0
// Image headers: PNG (W3C PNG §11.2.2), JPEG (T.81 B.2.2), WebP (RFC 9649). Pure.
#include "cdp/image.h"

static uint32_t
be(const unsigned char *p, int n)
{
	uint32_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static uint32_t
le(const unsigned char *p, int n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static bool
png_size(const unsigned char *p, size_t n, uint32_t *w, uint32_t *h)
{
	if (n < 24 || memcmp(p, "\x89PNG\r\n\x1a\n", 8) != 0 || memcmp(p + 12, "IHDR", 4) != 0)
		return false;
	*w = be(p + 16, 4);
	*h = be(p + 20, 4);
	return true;
}

static bool
is_frame_header(unsigned char marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
	       marker != 0xcc;
}

static bool
jpeg_size(const unsigned char *p, size_t n, uint32_t *w, uint32_t *h)
{
	size_t i = 2;

	if (n < 4 || p[0] != 0xff || p[1] != 0xd8)
		return false;
	while (i + 9 <= n && p[i] == 0xff) {
		if (is_frame_header(p[i + 1])) {
			*h = be(p + i + 5, 2);
			*w = be(p + i + 7, 2);
			return true;
		}
		i += 2 + be(p + i + 2, 2);
	}
	return false;
}

static bool
webp_size(const unsigned char *p, size_t n, uint32_t *w, uint32_t *h)
{
	if (n < 30 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WEBP", 4) != 0)
		return false;
	if (memcmp(p + 12, "VP8X", 4) == 0) {
		*w = le(p + 24, 3) + 1;
		*h = le(p + 27, 3) + 1;
	} else if (memcmp(p + 12, "VP8L", 4) == 0) {
		*w = (le(p + 21, 4) & 0x3fff) + 1;
		*h = (le(p + 21, 4) >> 14 & 0x3fff) + 1;
	} else if (memcmp(p + 12, "VP8 ", 4) == 0) {
		*w = le(p + 26, 2) & 0x3fff;
		*h = le(p + 28, 2) & 0x3fff;
	} else {
		return false;
	}
	return true;
}

bool
image_size(struct sv bytes, uint32_t *width, uint32_t *height)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	return png_size(p, bytes.n, width, height) || jpeg_size(p, bytes.n, width, height) ||
	       webp_size(p, bytes.n, width, height);
}
