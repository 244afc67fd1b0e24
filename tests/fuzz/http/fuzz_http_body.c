// SPDX-License-Identifier: Apache-2.0
// Chunked bodies: the first byte is the size of the pieces, the rest the body. In pieces and as a
// whole they decode to the same, or are both refused.
#include "orchestrator/http/http_parse.h"

#include <assert.h>

#define MAX_BODY 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	int code;
	size_t taken;
	bool done;
	struct buf out;
};

static void
decode(const char *p, size_t n, size_t step, struct outcome *o)
{
	struct http_head h = {.chunked = true};
	struct http_body b;
	ssize_t k = 0;

	*o = (struct outcome){.out.max = MAX_BODY};
	http_body_start(&b, &h, MAX_BODY);
	while (o->taken < n && !http_body_done(&b)) {
		k = http_body_feed(&b, p + o->taken, MIN(step, n - o->taken), &o->out, NULL);
		if (k < 0)
			break;
		assert(k > 0);
		o->taken += (size_t)k;
	}
	o->code = (int)MIN(k, (ssize_t)0);
	o->done = http_body_done(&b);
	assert(o->out.n <= MAX_BODY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;
	char *copy;

	if (size < 2)
		return 0;
	copy = xmalloc(size - 1);
	memcpy(copy, data + 1, size - 1);
	decode(copy, size - 1, size, &whole);
	decode(copy, size - 1, MAX((size_t)data[0] % 32, (size_t)1), &pieces);
	assert(whole.code == pieces.code && whole.done == pieces.done);
	if (whole.code == 0) {
		assert(whole.taken == pieces.taken);
		assert(sv_eq(buf_view(&whole.out), buf_view(&pieces.out)));
	}
	buf_done(&whole.out);
	buf_done(&pieces.out);
	free(copy);
	return 0;
}
