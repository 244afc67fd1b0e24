// SPDX-License-Identifier: Apache-2.0
// A checked URL is http or https, has a host, is a fixed point of the check, and splits to the
// parts that were judged; resolving keeps to the same rules. The input: a base, a newline, a
// reference.
#include "base/url.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_canonical(struct sv text)
{
	cleanup_buf again = BUF_INIT, origin = BUF_INIT, host = BUF_INIT;
	struct err err = ERR_INIT;
	struct url u;

	assert(sv_starts(text, "http://") || sv_starts(text, "https://"));
	for (size_t i = 0; i < text.n; i++)
		assert(text.p[i] > 0x20 && text.p[i] < 0x7f);
	if (url_check(text, &again, &err) != 0)
		abort();
	assert(sv_eq(text, buf_view(&again)));
	assert(url_split(text, &u) && u.host.n && u.path.n && u.path.p[0] == '/');
	assert(host_canonical(u.host, &host) && sv_eq(u.host, buf_view(&host)));
	assert(url_origin(text, &origin) && sv_starts(text, "http"));
	if (!u.user.p)
		assert(sv_starts(text, origin.p));
	// An address is public or not, never both.
	assert(!(host_is_private_literal(u.host) && addr_text_is_public(u.host)));
}

// What is copied because it looks canonical is what the longer way gives: a space or a dot segment
// before it keeps it from being copied, and changes nothing.
static void
check_short_cut(struct sv base, struct sv ref, struct sv resolved)
{
	cleanup_buf variant = BUF_INIT, again = BUF_INIT;

	if (ref.n == 0 || (ref.n > 1 && ref.p[0] == '/' && strchr("/\\", ref.p[1])))
		return;
	for (size_t i = 0; i < ref.n; i++) // dropped or trimmed before
		if ((unsigned char)ref.p[i] <= 0x20)
			return;
	buf_str(&variant, ref.p[0] == '/' ? "/." : " ");
	buf_sv(&variant, ref);
	assert(url_resolve(base, buf_view(&variant), &again));
	assert(sv_eq(buf_view(&again), resolved));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv base = {(const char *)data, size}, ref = SV("x");
	const char *nl = size ? memchr(base.p, '\n', base.n) : NULL;
	cleanup_buf checked = BUF_INIT, resolved = BUF_INIT;
	struct err err = ERR_INIT;

	if (nl) {
		base.n = (size_t)(nl - base.p);
		ref = (struct sv){nl + 1, size - base.n - 1};
	}
	if (url_check(base, &checked, &err) == 0) {
		is_canonical(buf_view(&checked));
		base = buf_view(&checked);
	} else {
		assert(checked.n == 0 && err.code == ERR_INVALID_URL && err.message[0]);
	}
	if (!url_resolve(base, ref, &resolved))
		assert(resolved.n == 0);
	else if (sv_istarts(buf_view(&resolved), "http:") ||
		 sv_istarts(buf_view(&resolved), "https:")) {
		is_canonical(buf_view(&resolved));
		if (ref.n > 0 && (ref.p[0] == '/' || sv_starts(ref, "http")))
			check_short_cut(base, ref, buf_view(&resolved));
	}
	return 0;
}
