// SPDX-License-Identifier: Apache-2.0
// Heads of requests. The end is found at the same place however the bytes arrive, and what is
// accepted holds what the rest of the server relies on.
#include "orchestrator/http/http_parse.h"

#include <assert.h>

#define MAX_HEAD 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t
scan(struct sv text, size_t step)
{
	struct http_scan s = {0};
	ssize_t n = 0;

	for (size_t at = MIN(step, text.n); n == 0; at = MIN(at + step, text.n)) {
		n = http_head_scan(&s, (struct sv){text.p, at}, MAX_HEAD, NULL);
		if (at == text.n)
			break;
	}
	return n;
}

static bool
within(struct sv v, struct sv text)
{
	return !v.p || (v.p >= text.p && v.p + v.n <= text.p + text.n);
}

static void
check(const struct http_head *h, struct sv text)
{
	assert(h->path.n > 0 && within(h->path, text) && within(h->query, text));
	assert(h->path.p[0] == '/' || (sv_eq_str(h->path, "*") && h->method == HTTP_OPTIONS));
	assert(h->host.n > 0 || h->minor == 0);
	assert(!(h->chunked && h->has_length) && !(h->chunked && h->minor == 0));
	assert(h->length <= INT64_MAX && (h->has_length || h->length == 0));
	assert(h->n_fields <= HTTP_MAX_HEADERS);
	for (size_t i = 0; i < h->n_fields; i++) {
		assert(http_is_token(h->fields[i].name) && within(h->fields[i].name, text));
		assert(within(h->fields[i].value, text));
		assert(!h->fields[i].value.n ||
		       !memchr(h->fields[i].value.p, '\r', h->fields[i].value.n));
	}
}

static void
look_up(const struct http_head *h)
{
	struct http_request r = {.method = h->method,
	    .minor = h->minor,
	    .query = h->query,
	    .fields = h->fields,
	    .n_fields = h->n_fields};
	cleanup_buf value = BUF_INIT;
	struct err err;

	http_query_get(&r, "a", &value);
	assert(!value.n || !memchr(value.p, '\0', value.n));
	if (http_check_upgrade(&r, &err) == 0)
		assert(http_field_get(&r, "sec-websocket-key").n == 24);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// A block of its own size, so that a read past its end is seen.
	char *copy = xmalloc(MAX(size, (size_t)1));
	struct sv text = {copy, size};
	struct http_head h;
	ssize_t n;

	if (size)
		memcpy(copy, data, size);
	n = scan(text, MAX(size, (size_t)1));
	assert(n <= (ssize_t)size);
	for (size_t step = 1; step < 40; step += 13) {
		ssize_t k = scan(text, step);

		assert(n > 0 ? k == n : (k < 0) == (n < 0)); // which limit is met first may differ
	}
	if (n > 2) {
		text.n = (size_t)n;
		if (http_head_parse(text, &h, NULL) == 0) {
			check(&h, text);
			look_up(&h);
		}
	}
	free(copy);
	return 0;
}
