// SPDX-License-Identifier: Apache-2.0
// Content codings of answers: gzip (zlib) and br (brotli), by the client's q-values (RFC 9110
// 12.5.3). Any thread but the loop's: it takes milliseconds.
#include "orchestrator/http/http_parse.h"

#include <brotli/encode.h>
#include <zlib.h>

#define WORTH_BYTES    1024
#define GZIP_LEVEL     5
#define BROTLI_QUALITY 4
#define BROTLI_WINDOW  20

// --- what the client wants ---

// "q=0.5" in thousandths; what is no weight counts as 1.
static int
weight(struct sv parameters)
{
	const char *q = parameters.n ? memchr(parameters.p, '=', parameters.n) : NULL;
	int n = 0, scale = 1000;

	if (!q || q == parameters.p || (q[-1] | 0x20) != 'q')
		return 1000;
	for (const char *p = q + 1; p < parameters.p + parameters.n; p++) {
		if (*p == '.')
			continue;
		if (*p < '0' || *p > '9' || scale == 0)
			break;
		n += (*p - '0') * scale;
		scale /= 10;
	}
	return MIN(n, 1000);
}

static int
wanted(struct sv list, const char *name)
{
	int any = 0;

	while (list.n) {
		const char *comma = memchr(list.p, ',', list.n);
		struct sv member = {list.p, comma ? (size_t)(comma - list.p) : list.n};
		const char *semi = memchr(member.p, ';', member.n);
		struct sv coding = {member.p, semi ? (size_t)(semi - member.p) : member.n};
		struct sv rest = {member.p + coding.n, member.n - coding.n};

		list = comma ? (struct sv){comma + 1, list.n - member.n - 1} : SV_NULL;
		coding = sv_trim(coding);
		if (sv_ieq_str(coding, name))
			return weight(rest);
		if (sv_eq_str(coding, "*"))
			any = weight(rest);
	}
	return any;
}

static bool
is_text(const char *type)
{
	static const char *const types[] = {"text/", "application/json", "application/xml",
	    "application/xhtml+xml", "application/javascript", "application/x-ndjson",
	    "application/yaml", "application/openapi", "image/svg+xml"};

	for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
		if (sv_istarts(sv_from(type), types[i]))
			return true;
	return type && strstr(type, "+json");
}

// --- the encoders ---

static bool
encode_gzip(struct sv in, struct buf *out)
{
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (uInt)in.n};
	size_t room;
	bool good;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	room = deflateBound(&z, in.n);
	z.next_out = (unsigned char *)buf_reserve(out, room);
	z.avail_out = (uInt)room;
	good = z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END;
	out->n = good ? z.total_out : 0;
	deflateEnd(&z);
	return good;
}

static bool
encode_br(struct sv in, struct buf *out)
{
	size_t n = BrotliEncoderMaxCompressedSize(in.n);
	char *room = n ? buf_reserve(out, n) : NULL;

	if (!room || !BrotliEncoderCompress(BROTLI_QUALITY, BROTLI_WINDOW, BROTLI_MODE_TEXT, in.n,
			 (const uint8_t *)in.p, &n, (uint8_t *)room))
		return false;
	out->n = n;
	return true;
}

// In our order of preference when the client has none.
static const struct {
	const char *name;
	bool (*encode)(struct sv in, struct buf *out);
} codings[] = {{"br", encode_br}, {"gzip", encode_gzip}};

const char *
http_compress(struct buf *body, const char *content_type, struct sv accept_encoding)
{
	struct buf out = BUF_INIT;
	int best = 0, at = -1;

	if (body->n < WORTH_BYTES || body->n > UINT32_MAX / 2 || !is_text(content_type))
		return NULL;
	for (int i = 0; i < (int)ARRAY_LEN(codings); i++) {
		int w = wanted(accept_encoding, codings[i].name);

		if (w > best) {
			best = w;
			at = i;
		}
	}
	if (at < 0 || !codings[at].encode(buf_view(body), &out) || out.n >= body->n) {
		buf_done(&out);
		return NULL;
	}
	out.p[out.n] = '\0';
	buf_done(body);
	*body = out;
	return codings[at].name;
}
