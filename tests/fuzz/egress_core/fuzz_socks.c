// SPDX-License-Identifier: Apache-2.0
// Greeting and request take as many bytes as they need whatever follows, and nothing of what is
// short of them.
#include "sandbox/egress/socks.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
request(struct sv in)
{
	struct socks_request r, again;
	int n = socks_request(in, &r);

	assert(n >= -1 && n <= (int)in.n && n <= SOCKS_REQUEST_MAX);
	if (n == 0)
		assert(in.n < SOCKS_REQUEST_MAX);
	if (n <= 0)
		return;
	for (int i = 0; i < n; i++)
		assert(socks_request(sv_sub(in, 0, (size_t)i), &again) == 0);
	assert(socks_request(sv_sub(in, 0, (size_t)n), &again) == n);
	assert(again.wrong == r.wrong && sv_eq(again.name, r.name) && again.port == r.port);
	if (r.wrong)
		return;
	assert(r.port && (r.family == AF_UNSPEC) == (r.name.n > 0) && r.name.n <= 255);
	if (r.name.n)
		assert(r.name.p == in.p + 5 && r.name.n == (size_t)n - 7);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv in = {(const char *)data, size};
	bool no_auth = false, again;
	int n = socks_greeting(in, &no_auth);

	assert(n >= -1 && n <= (int)size && n <= SOCKS_GREETING_MAX);
	for (int i = 0; i < n; i++)
		assert(socks_greeting(sv_sub(in, 0, (size_t)i), &again) == 0);
	request(in);
	if (n > 0)
		request(sv_sub(in, (size_t)n, in.n));
	return 0;
}
