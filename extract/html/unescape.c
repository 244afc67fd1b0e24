// SPDX-License-Identifier: Apache-2.0
// Character references of HTML in a text that was escaped once too often.
#include "extract/html/unescape.h"
#include "extract/html/parse_scan.h"

// The character behind a reference at the start of `v`, which ends with a semicolon; its length
// there, or 0.
static size_t
reference_at(struct sv v, struct buf *out)
{
	struct sv after = {v.p + 1, v.n - 1};
	struct sv meaning = SV_NULL;
	uint32_t c = 0;
	size_t n = after.n == 0        ? 0
		   : after.p[0] == '#' ? entity_number(after, &c)
				       : entity_find(after, false, &meaning);

	if (n == 0 || after.p[n - 1] != ';')
		return 0;
	if (meaning.p)
		buf_sv(out, meaning);
	else
		utf8_add(out, c);
	return n + 1;
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
