// SPDX-License-Identifier: Apache-2.0
// Whatever a proxy answers, in whatever pieces it comes: the same is taken of it, the same is said
// to it, and it ends within a bounded number of bytes. First byte: which proxy, and with or without
// a password.
#include "sandbox/egress/proxy.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum proxy_state state;
	struct proxy_talk talk;
	struct buf said;
	size_t taken;
};

static struct outcome
run(const struct egress_upstream *up, struct sv in, size_t piece)
{
	struct outcome o = {.said = BUF_INIT};
	struct sv host = SV("www.example.com");
	size_t have = 0;

	proxy_begin(&o.talk, up, host, 443, &o.said);
	while (o.state == PROXY_MORE && have < in.n) {
		size_t n;

		have = MIN(have + piece, in.n);
		o.state =
		    proxy_hear(&o.talk, up, host, 443, sv_sub(in, o.taken, have), &n, &o.said);
		assert(n <= have - o.taken);
		o.taken += n;
		if (o.state == PROXY_MORE)
			assert(have - o.taken < PROXY_MAX_ANSWER);
	}
	assert((o.state == PROXY_FAILED) == (o.talk.detail[0] != '\0'));
	assert(memchr(o.talk.detail, '\0', sizeof(o.talk.detail)));
	assert(o.said.n < 2048);
	return o;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct egress_upstream up = {.host = "proxy.example", .port = 1080};
	struct outcome whole, bytes;
	struct sv in;

	if (size < 1)
		return 0;
	up.kind = data[0] & 1 ? EGRESS_BY_SOCKS5 : EGRESS_BY_HTTP;
	up.user = data[0] & 2 ? "user" : NULL;
	up.password = data[0] & 4 ? "secret" : NULL;
	in = (struct sv){(const char *)data + 1, size - 1};
	whole = run(&up, in, 7000);
	bytes = run(&up, in, 1);
	assert(whole.state == bytes.state && strcmp(whole.talk.detail, bytes.talk.detail) == 0);
	assert(sv_eq(buf_view(&whole.said), buf_view(&bytes.said)));
	assert(whole.state == PROXY_FAILED || whole.taken == bytes.taken);
	buf_done(&whole.said);
	buf_done(&bytes.said);
	return 0;
}
