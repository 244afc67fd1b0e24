// SPDX-License-Identifier: Apache-2.0
// Character references of HTML in a text that was escaped once too often.
#include "extract/html/unescape.h"
#include "extract/html/parse_scan.h"

// The character behind a reference at the start of `v`; its length there, or 0.
static size_t
reference_at(struct sv v, struct buf *out)
{
	const char *semicolon = memchr(v.p, ';', MIN(v.n, (size_t)12)), *utf8;
	size_t i = 2, base = 10;
	unsigned c = 0;

	if (!semicolon || v.n < 4)
		return 0;
	if (v.p[1] != '#') {
		size_t n = entity_find((struct sv){v.p + 1, v.n - 1}, false, &utf8);

		if (n > 0)
			buf_str(out, utf8);
		return n > 0 ? n + 1 : 0;
	}
	if ((v.p[2] | 0x20) == 'x') {
		base = 16;
		i++;
	}
	for (; v.p + i < semicolon; i++) {
		char d = (char)(v.p[i] | 0x20);

		if (sv_is_digit(v.p[i]))
			c = c * (unsigned)base + (unsigned)(v.p[i] - '0');
		else if (base == 16 && d >= 'a' && d <= 'f')
			c = c * 16 + (unsigned)(d - 'a' + 10);
		else
			return 0;
	}
	utf8_add(out, c);
	return i + 1;
}

void
html_unescape(struct sv v, struct buf *out)
{
	for (size_t i = 0; i < v.n;) {
		const char *amp = memchr(v.p + i, '&', v.n - i);
		size_t plain = amp ? (size_t)(amp - v.p) - i : v.n - i;

		buf_add(out, v.p + i, plain);
		i += plain;
		if (i == v.n)
			break;
		plain = reference_at((struct sv){v.p + i, v.n - i}, out);
		if (plain == 0)
			buf_ch(out, '&');
		i += plain > 0 ? plain : 1;
	}
}
