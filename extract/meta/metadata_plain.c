// SPDX-License-Identifier: Apache-2.0
// Texts that systems wrote into attributes and data with more escapes, or more markup, than belongs
// there.
#include "extract/html/unescape.h"
#include "extract/meta/metadata_priv.h"

#define MARKUP_TAG_MAX 1000

struct sv
meta_unescaped(const struct page *p, struct sv v)
{
	cleanup_buf b = BUF_INIT;

	if (!v.p || !memchr(v.p, '&', v.n))
		return v;
	html_unescape(v, &b);
	return page_dup(p, buf_view(&b));
}

// Bytes of the tag at the start of `v`, or 0.
static size_t
tag_at(struct sv v)
{
	const char *end;

	if (v.n < 3 || v.p[0] != '<' ||
	    !(sv_is_alpha(v.p[1]) || (v.p[1] == '/' && sv_is_alpha(v.p[2]))))
		return 0;
	end = memchr(v.p, '>', MIN(v.n, (size_t)MARKUP_TAG_MAX));
	return end ? (size_t)(end - v.p) + 1 : 0;
}

// "The <b> element" speaks of tags; what closes one, or gives one an attribute, has them.
static bool
has_markup(struct sv v)
{
	for (size_t i = 0; i < v.n; i++) {
		struct sv tag = sv_sub(v, i, i + tag_at(sv_sub(v, i, v.n)));

		if (tag.n > 0 && (tag.p[1] == '/' || memchr(tag.p, '=', tag.n)))
			return true;
	}
	return false;
}

struct sv
meta_plain(const struct page *p, struct sv v)
{
	cleanup_buf b = BUF_INIT;

	v = meta_unescaped(p, v);
	if (!v.p || !memchr(v.p, '<', v.n) || !has_markup(v))
		return v.p ? page_collapse(p, v) : v;
	for (size_t i = 0; i < v.n;) {
		size_t n = tag_at(sv_sub(v, i, v.n));

		if (n == 0)
			buf_ch(&b, v.p[i++]);
		i += n;
	}
	return page_collapse(p, buf_view(&b));
}
