// SPDX-License-Identifier: Apache-2.0
// UTF-8 one code point at a time, and the case of letters in the alphabets that have one. Pure.
#include "extract/html/letters.h"

uint32_t
letters_decode(struct sv s, size_t *pos)
{
	unsigned char c = (unsigned char)s.p[*pos];
	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
	uint32_t v = n == 1 ? c : c & (0x7fu >> n);

	if (*pos + n > s.n) {
		n = 1;
		v = c;
	}
	for (size_t i = 1; i < n; i++)
		v = v << 6 | ((unsigned char)s.p[*pos + i] & 0x3f);
	*pos += n;
	return v;
}

size_t
letters_encode(uint32_t c, char out[4])
{
	size_t n = 0;

	if (c < 0x80) {
		out[n++] = (char)c;
	} else if (c < 0x800) {
		out[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		out[n++] = (char)(0xe0 | c >> 12);
		out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		out[n++] = (char)(0xf0 | (c >> 18 & 7));
		out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		out[n++] = (char)(0x80 | (c & 0x3f));
	return n;
}

// Ranges in which upper and lower case stand a fixed distance apart, or alternate (distance 1).
static const struct {
	uint32_t first, last; // upper case
	uint32_t distance;
} ranges[] = {{'A', 'Z', 32}, {0xc0, 0xd6, 32}, {0xd8, 0xde, 32}, {0x100, 0x12e, 1},
    {0x132, 0x136, 1}, {0x139, 0x147, 1}, {0x14a, 0x176, 1}, {0x179, 0x17d, 1}, {0x391, 0x3a1, 32},
    {0x3a3, 0x3ab, 32}, {0x400, 0x40f, 80}, {0x410, 0x42f, 32}, {0x460, 0x480, 1},
    {0x48a, 0x4be, 1}};

uint32_t
letters_lower(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if (c == 0x130)
		return 'i';
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].distance > 1 || (c - ranges[i].first) % 2 == 0
				   ? c + ranges[i].distance
				   : c;
	return c;
}

uint32_t
letters_upper(uint32_t c)
{
	if (c == 0x131)
		return 'I';
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		uint32_t up = c - ranges[i].distance;

		if (up >= ranges[i].first && up <= ranges[i].last && c >= ranges[i].distance &&
		    (ranges[i].distance > 1 || (up - ranges[i].first) % 2 == 0))
			return up;
	}
	return c;
}

int
letters_digit(uint32_t c)
{
	static const uint32_t zeros[] = {0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6,
	    0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0x1040, 0x17e0};

	if (c < 0x660)
		return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		if (c >= zeros[i] && c < zeros[i] + 10)
			return (int)(c - zeros[i]);
	return -1;
}
