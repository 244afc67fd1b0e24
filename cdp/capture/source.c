// SPDX-License-Identifier: Apache-2.0
// The bytes of a page's document as the server sent them (Network.getResponseBody). Where the
// header names no charset Chromium hands them over as if they were windows-1252, whatever they are,
// so that the bytes can be had back. Job threads.
#include "cdp/capture.h"

#include "cdp/page/page_inside.h"

#define DECLARATION_MAX 200 // bytes that an XML declaration is looked for in

// What windows-1252 has at 0x80 to 0x9f; 0: the control character.
static const uint16_t upper[32] = {0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,
    0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
    0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178};

static int
byte_of(uint32_t c)
{
	if (c < 0x100)
		return (int)c;
	for (int i = 0; i < 32; i++)
		if (upper[i] == c)
			return 0x80 + i;
	return -1;
}

static uint32_t
decode(const char *p, size_t n)
{
	uint32_t c = n == 1 ? (unsigned char)*p : (unsigned char)*p & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 63);
	return c;
}

static bool
is_utf8(struct sv v)
{
	for (size_t i = 0, n; i < v.n; i += n)
		if ((n = utf8_seq(v.p + i, v.n - i)) == 0)
			return false;
	return true;
}

static bool
contains(struct sv v, const char *word)
{
	for (size_t i = 0; i < v.n && i < DECLARATION_MAX; i++)
		if (sv_istarts((struct sv){v.p + i, v.n - i}, word))
			return true;
	return false;
}

// False: it was read in another encoding (that of a byte order mark, say).
static bool
take_back(struct sv text, struct buf *out)
{
	for (size_t i = 0, n; i < text.n; i += n) {
		int byte;

		n = utf8_seq(text.p + i, text.n - i);
		byte = n > 0 ? byte_of(decode(text.p + i, n)) : -1;
		if (byte < 0)
			return false;
		buf_ch(out, (char)byte);
	}
	return is_utf8(buf_view(out)) || (contains(text, "encoding") && !contains(text, "utf-"));
}

static int
take_body(const char *body, bool base64, struct cdp_page *p, struct buf *out, struct err *err)
{
	if (!body)
		return err_set(err, ERR_CAPTURE_FAILED, "Chromium kept no source");
	if (base64 && buf_unbase64(out, sv_from(body)) != 0)
		return err_set(err, ERR_CAPTURE_FAILED, "Chromium sent no base64");
	if (base64)
		return 0;
	if (!p->nav.declared_charset && take_back(sv_from(body), out))
		return 0;
	buf_reset(out);
	buf_str(out, body);
	return 1;
}

int
cdp_capture_source(struct cdp_page *p, size_t max_bytes, struct deadline dl, struct buf *out,
    bool *decoded, struct err *err)
{
	cJSON *params = json_obj(), *result = NULL;
	const char *body;
	int rc;

	json_set_str(params, "requestId", p->loader_id);
	rc = cdp_call(p->client, p->session, "Network.getResponseBody", params, dl, &result, err);
	if (rc != 0)
		return rc;
	body = json_str(result, "body");
	out->max = max_bytes;
	rc = take_body(body, json_bool(result, "base64Encoded", false), p, out, err);
	*decoded = rc == 1;
	rc = MIN(rc, 0);
	if (rc == 0 && out->overflow)
		rc = err_set(
		    err, ERR_RESULT_TOO_LARGE, "the source is larger than %zu bytes", max_bytes);
	cJSON_Delete(result);
	return rc;
}
