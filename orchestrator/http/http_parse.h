// SPDX-License-Identifier: Apache-2.0
// The pure part of the HTTP server: reading a head and a body, strictly by RFC 9112. No I/O, no
// state but the caller's, no allocation but in the caller's buffer. Any thread; fuzzed.
#ifndef ORCHESTRATOR_HTTP_HTTP_PARSE_H
#define ORCHESTRATOR_HTTP_HTTP_PARSE_H

#include "orchestrator/http/http.h"

#define HTTP_MAX_REQUEST_LINE ((size_t)8 << 10)

// --- head.c: where does the head end? ---
struct http_scan {
	size_t seen; // bytes already looked at
	size_t line; // where the line that is being received begins
};
// `text`: all that was received of the head so far, growing from call to call. Its length with the
// empty line at its end, 0: more is needed, or ERR_BAD_HTTP, ERR_URI_TOO_LONG, ERR_HEAD_TOO_LARGE.
// An empty line before the request line is a head of 2 bytes: to be skipped (RFC 9112 2.2).
ssize_t http_head_scan(struct http_scan *s, struct sv text, size_t max, struct err *err) MUST_CHECK;

struct http_head { // views into the text
	enum http_method method;
	int minor; // of HTTP/1.x
	struct sv target, path, query;
	struct http_field fields[HTTP_MAX_HEADERS];
	size_t n_fields;
	struct sv host;
	bool keep_alive, chunked, has_length, expect_continue;
	uint64_t length;
};
// A whole head. ERR_BAD_HTTP, ERR_HTTP_VERSION, ERR_HEAD_TOO_LARGE (fields), ERR_NOT_IMPLEMENTED
// (transfer coding), ERR_TOO_LARGE (length), ERR_EXPECTATION, ERR_LENGTH_REQUIRED.
int http_head_parse(struct sv text, struct http_head *out, struct err *err) MUST_CHECK;

bool http_is_token(struct sv v);
// Is `token` in the comma-separated list? ASCII case ignored.
bool http_list_has(struct sv list, const char *token);

// --- body.c ---
enum http_body_state {
	BODY_LENGTH, // `left` bytes follow
	BODY_SIZE,
	BODY_EXTENSION,
	BODY_SIZE_LF,
	BODY_DATA, // `left` bytes of the chunk follow
	BODY_DATA_CR,
	BODY_DATA_LF,
	BODY_TRAILER, // at the start of a line
	BODY_TRAILER_NAME,
	BODY_TRAILER_VALUE,
	BODY_TRAILER_LF,
	BODY_END_LF,
	BODY_DONE,
};
struct http_body {
	enum http_body_state state;
	uint64_t left;
	uint64_t total, max; // decoded bytes
	unsigned digits;
	uint32_t extension_bytes, trailer_bytes;
};
void http_body_start(struct http_body *b, const struct http_head *h, uint64_t max);
static inline bool
http_body_done(const struct http_body *b)
{
	return b->state == BODY_DONE;
}
// Takes bytes up to the end of the body and appends what they decode to; the number taken, or
// ERR_BAD_HTTP, ERR_TOO_LARGE.
ssize_t http_body_feed(
    struct http_body *b, const char *p, size_t n, struct buf *out, struct err *err) MUST_CHECK;

#endif
