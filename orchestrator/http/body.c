// SPDX-License-Identifier: Apache-2.0
// The body of a request: a known number of bytes, or chunks (RFC 9112 7.1). Pure: bytes in, bytes
// appended. Chunk extensions and trailers are read over, within small limits.
#include "orchestrator/http/http_parse.h"

#define MAX_SIZE_DIGITS     15
#define MAX_EXTENSION_BYTES 4096 // of all chunks of a body
#define MAX_TRAILER_BYTES   8192

void
http_body_start(struct http_body *b, const struct http_head *h, uint64_t max)
{
	*b = (struct http_body){.max = max, .left = h->length};
	b->state = h->chunked ? BODY_SIZE : h->length ? BODY_LENGTH : BODY_DONE;
}

static int
bad(struct err *err, const char *why)
{
	return err_set(err, ERR_BAD_HTTP, "%s", why);
}

static int
too_large(const struct http_body *b, struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "the body is larger than %llu bytes (setting max_body)",
	    (unsigned long long)b->max);
}

static int
expect(struct http_body *b, char c, char want, enum http_body_state next, struct err *err)
{
	if (c != want)
		return bad(err, "the framing of a chunk is broken");
	b->state = next;
	return 0;
}

static int
size_char(struct http_body *b, char c, struct err *err)
{
	int digit = sv_hex(c);

	if (digit >= 0) {
		if (++b->digits > MAX_SIZE_DIGITS)
			return bad(err, "the size of a chunk has too many digits");
		b->left = b->left << 4 | (unsigned)digit;
		return b->left > b->max - b->total ? too_large(b, err) : 0;
	}
	if (b->digits == 0)
		return bad(err, "the size of a chunk is not a hexadecimal number");
	if (c == ';') {
		b->state = BODY_EXTENSION;
		return 0;
	}
	return expect(b, c, '\r', BODY_SIZE_LF, err);
}

static int
extension_char(struct http_body *b, char c, struct err *err)
{
	if (c == '\r') {
		b->state = BODY_SIZE_LF;
		return 0;
	}
	if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
		return bad(err, "a control character in a chunk extension");
	if (++b->extension_bytes > MAX_EXTENSION_BYTES)
		return bad(err, "the chunk extensions are too long");
	return 0;
}

static int
size_end(struct http_body *b, char c, struct err *err)
{
	b->digits = 0;
	return expect(b, c, '\n', b->left ? BODY_DATA : BODY_TRAILER, err);
}

static int
trailer_char(struct http_body *b, char c, struct err *err)
{
	if (++b->trailer_bytes > MAX_TRAILER_BYTES)
		return bad(err, "the trailer is too long");
	if (b->state == BODY_TRAILER && c == '\r') {
		b->state = BODY_END_LF;
		return 0;
	}
	if (b->state != BODY_TRAILER_VALUE) {
		if (c == ':' && b->state == BODY_TRAILER_NAME) {
			b->state = BODY_TRAILER_VALUE;
			return 0;
		}
		b->state = BODY_TRAILER_NAME;
		return http_is_token((struct sv){&c, 1}) ? 0 : bad(err, "a bad trailer field");
	}
	if (c == '\r')
		b->state = BODY_TRAILER_LF;
	else if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
		return bad(err, "a control character in a trailer field");
	return 0;
}

static int
frame_char(struct http_body *b, char c, struct err *err)
{
	switch (b->state) {
	case BODY_SIZE:
		return size_char(b, c, err);
	case BODY_EXTENSION:
		return extension_char(b, c, err);
	case BODY_SIZE_LF:
		return size_end(b, c, err);
	case BODY_DATA_CR:
		return expect(b, c, '\r', BODY_DATA_LF, err);
	case BODY_DATA_LF:
		return expect(b, c, '\n', BODY_SIZE, err);
	case BODY_TRAILER_LF:
		return expect(b, c, '\n', BODY_TRAILER, err);
	case BODY_END_LF:
		return expect(b, c, '\n', BODY_DONE, err);
	default:
		return trailer_char(b, c, err);
	}
}

static size_t
take_data(struct http_body *b, const char *p, size_t n, struct buf *out)
{
	size_t k = (size_t)MIN((uint64_t)n, b->left);

	buf_add(out, p, k);
	b->left -= k;
	b->total += k;
	if (b->left == 0)
		b->state = b->state == BODY_LENGTH ? BODY_DONE : BODY_DATA_CR;
	return k;
}

ssize_t
http_body_feed(struct http_body *b, const char *p, size_t n, struct buf *out, struct err *err)
{
	size_t i = 0;

	if (b->state == BODY_LENGTH && b->left > b->max - b->total)
		return too_large(b, err);
	while (i < n && b->state != BODY_DONE) {
		if (b->state == BODY_LENGTH || b->state == BODY_DATA) {
			i += take_data(b, p + i, n - i, out);
		} else {
			int rc = frame_char(b, p[i++], err);

			if (rc)
				return rc;
		}
	}
	return out->overflow ? too_large(b, err) : (ssize_t)i;
}
