// SPDX-License-Identifier: Apache-2.0
// What a server's headers say, whether it is a page, and libcurl's errors in our words. The words
// and codes are those of the browser's way (cdp/page/nav_error.c), where that has any.
#include "base/mime.h"
#include "base/url.h"
#include "orchestrator/fetch/fetch_priv.h"

#include <stdlib.h>

// --- headers ---

static void
begin_answer(struct fetch *f, struct sv line)
{
	const char *space = memchr(line.p, ' ', line.n);

	f->a.http_status = space ? (int)strtol(space, NULL, 10) : 0;
	f->head_done = false;
	f->a.attachment = false;
	buf_reset(&f->location);
	buf_reset(&f->a.content_type);
	buf_reset(&f->a.refresh);
}

static void
keep(struct buf *to, struct sv value)
{
	buf_reset(to);
	buf_sv(to, value);
}

static void
end_head(struct fetch *f)
{
	f->head_done = f->a.http_status >= 200;
	f->drain = deadline_step(f->dl, FETCH_DRAIN_MS);
}

static void
note_header(struct fetch *f, struct sv name, struct sv value)
{
	if (sv_ieq_str(name, "location"))
		keep(&f->location, value);
	else if (sv_ieq_str(name, "content-type") && value.n > 0)
		keep(&f->a.content_type, value);
	else if (sv_ieq_str(name, "refresh"))
		keep(&f->a.refresh, value);
	else if (sv_ieq_str(name, "content-disposition"))
		f->a.attachment = sv_ieq_str(mime_essence(value), "attachment");
}

// Called for each line, also of 1xx answers, of those that ask for a password and of trailers,
// which say nothing here; `line` ends in CR LF and may hold what it likes. Less than all of it ends
// the transfer.
size_t
fetch_on_header(char *line, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	struct sv v = {line, size * n};
	const char *colon;

	f->header_bytes += v.n;
	if (f->header_bytes > FETCH_MAX_HEADER_BYTES) {
		err_set(&f->why, ERR_NAVIGATION_FAILED,
		    "the answer's headers are larger than %zu kB", FETCH_MAX_HEADER_BYTES >> 10);
		return 0;
	}
	colon = v.n ? memchr(v.p, ':', v.n) : NULL;
	if (sv_starts(v, "HTTP/"))
		begin_answer(f, v);
	else if (sv_trim(v).n == 0)
		end_head(f);
	else if (colon && !f->head_done)
		note_header(f, sv_trim((struct sv){v.p, (size_t)(colon - v.p)}),
		    sv_trim((struct sv){colon + 1, v.n - (size_t)(colon + 1 - v.p)}));
	return v.n;
}

bool
fetch_is_redirect(const struct fetch *f)
{
	static const int codes[] = {301, 302, 303, 307, 308};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (f->a.http_status == codes[i])
			return f->location.n > 0;
	return false;
}

// --- is it a page ---

// What a browser has a viewer for; the rest it would save.
static bool
is_shown(struct sv mime)
{
	return sv_istarts(mime, "image/") || sv_istarts(mime, "audio/") ||
	       sv_istarts(mime, "video/") || sv_ieq_str(mime, "application/pdf");
}

int
fetch_judge(const struct fetch_answer *a, struct err *err)
{
	struct sv mime = mime_essence(buf_view(&a->content_type));
	bool page = mime_is_page(mime) && !sv_ieq_str(mime, "multipart/related");

	if (a->http_status < 200) // nobody asked for another protocol
		return err_set(
		    err, ERR_NAVIGATION_FAILED, "the server answered %d", a->http_status);
	if (a->http_status == 204 || a->http_status == 205 || a->http_status == 304)
		return err_set(
		    err, ERR_NO_CONTENT, "the server answered %d without content", a->http_status);
	if (is_shown(mime) || (!page && sv_ieq_str(mime, "multipart/related")))
		return err_set(err, ERR_NOT_HTML, "the address holds %.*s, not a page",
		    (int)MIN(mime.n, (size_t)80), mime.p);
	if (a->attachment || !page)
		return err_set(err, ERR_DOWNLOAD, "the address is a download%s%.*s, not a page",
		    mime.n ? " of type " : "", (int)MIN(mime.n, (size_t)80), mime.n ? mime.p : "");
	return 0;
}

// --- errors ---

static const struct {
	CURLcode from;
	int to;
} codes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERR_DNS_FAILED},
    {CURLE_COULDNT_CONNECT, ERR_CONNECTION_FAILED},
    {CURLE_GOT_NOTHING, ERR_CONNECTION_FAILED},
    {CURLE_SEND_ERROR, ERR_CONNECTION_FAILED},
    {CURLE_RECV_ERROR, ERR_CONNECTION_FAILED},
    {CURLE_PARTIAL_FILE, ERR_CONNECTION_FAILED},
    {CURLE_OPERATION_TIMEDOUT, ERR_CONNECTION_FAILED}, // the network's own patience
    {CURLE_SSL_CONNECT_ERROR, ERR_TLS_FAILED},
    {CURLE_PEER_FAILED_VERIFICATION, ERR_TLS_FAILED},
    {CURLE_SSL_CERTPROBLEM, ERR_TLS_FAILED},
    {CURLE_SSL_CIPHER, ERR_TLS_FAILED},
    {CURLE_SSL_CACERT_BADFILE, ERR_TLS_FAILED},
    {CURLE_SSL_ISSUER_ERROR, ERR_TLS_FAILED},
    {CURLE_URL_MALFORMAT, ERR_INVALID_URL},
    {CURLE_OUT_OF_MEMORY, ERR_INTERNAL},
};

int
fetch_error(const struct fetch *f, CURLcode code, struct err *err)
{
	int to = ERR_NAVIGATION_FAILED;

	if (f->why.code != ERR_OK) {
		*err = f->why;
		return err->code;
	}
	if (code == CURLE_COULDNT_CONNECT && f->denied.code != ERR_OK) {
		*err = f->denied;
		return err->code;
	}
	if (fetch_proxy_error(f, code, err) != 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].from == code)
			to = codes[i].to;
	return err_set(err, to, "%s (%.200s)", err_info(to)->text,
	    f->text[0] ? f->text : f->curl->easy_strerror(code));
}
