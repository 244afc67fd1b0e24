// SPDX-License-Identifier: Apache-2.0
// UTF-8: is it, and repairing it as the Encoding standard's decoder does (one U+FFFD for each
// longest start of a sequence). ASCII goes by sixteen bytes.
#include "extract/html/charset_priv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Length of the valid UTF-8 character at p, or minus the length of what can't be one.
static int
utf8_char(const unsigned char *p, size_t n)
{
	static const unsigned char lows[] = {[0xe0 & 31] = 0xa0, [0xf0 & 31] = 0x90};
	unsigned lead = p[0], low = 0x80, high = 0xbf;
	int want = lead < 0x80   ? 1
		   : lead < 0xc2 ? 0
		   : lead < 0xe0 ? 2
		   : lead < 0xf0 ? 3
		   : lead < 0xf5 ? 4
				 : 0;

	if (want <= 1)
		return want == 1 ? 1 : -1;
	if (lead == 0xe0 || lead == 0xf0)
		low = lows[lead & 31];
	if (lead == 0xed || lead == 0xf4)
		high = lead == 0xed ? 0x9f : 0x8f;
	for (int i = 1; i < want; i++) {
		if ((size_t)i >= n || p[i] < low || p[i] > high)
			return -i;
		low = 0x80;
		high = 0xbf;
	}
	return want;
}

// Past the ASCII at i.
static size_t
skip_ascii(struct sv v, size_t i)
{
#ifdef __SSE2__
	for (; i + 64 <= v.n; i += 64) {
		const __m128i *p = (const __m128i *)(const void *)(v.p + i);
		__m128i all = _mm_or_si128(_mm_or_si128(_mm_loadu_si128(p), _mm_loadu_si128(p + 1)),
		    _mm_or_si128(_mm_loadu_si128(p + 2), _mm_loadu_si128(p + 3)));

		if (_mm_movemask_epi8(all))
			break;
	}
	for (; i + 16 <= v.n; i += 16) {
		unsigned hit = (unsigned)_mm_movemask_epi8(
		    _mm_loadu_si128((const __m128i *)(const void *)(v.p + i)));

		if (hit)
			return i + (unsigned)__builtin_ctz(hit);
	}
#endif
	while (i < v.n && (unsigned char)v.p[i] < 0x80)
		i++;
	return i;
}

bool
charset_is_utf8(struct sv v, bool *ascii)
{
	const unsigned char *p = (const unsigned char *)v.p;
	size_t i = skip_ascii(v, 0);

	*ascii = i == v.n;
	while (i < v.n) {
		int k = utf8_char(p + i, v.n - i);

		if (k < 0)
			return false;
		i += (size_t)k;
		if (i < v.n && p[i] < 0x80)
			i = skip_ascii(v, i);
	}
	return true;
}

bool
charset_beyond_ascii(struct sv v, unsigned n)
{
	for (size_t i = skip_ascii(v, 0); i < v.n && n > 0; i = skip_ascii(v, i), n--)
		i += (size_t)utf8_char((const unsigned char *)v.p + i, v.n - i);
	return n == 0;
}

void
charset_repair_utf8(struct sv v, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)v.p;

	for (size_t i = 0, from = 0; from < v.n;) {
		int k = 1;

		while ((i = skip_ascii(v, i)) < v.n && (k = utf8_char(p + i, v.n - i)) > 0)
			i += (size_t)k;
		buf_add(out, v.p + from, i - from);
		if (i < v.n) {
			buf_str(out, "\xef\xbf\xbd");
			i += (size_t)-k;
		}
		from = i;
	}
}
