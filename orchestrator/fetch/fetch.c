// SPDX-License-Identifier: Apache-2.0
// Loading a document: one transfer a hop, by libcurl's multi interface, so that the deadline and a
// cancellation end it at once. What it may dial is judged by the very address that it dials; no
// proxy but the request's, no file of the user's (.netrc, cookies, HSTS) is looked at. The job's
// thread.
#include "base/url.h"
#include "orchestrator/fetch/fetch_priv.h"

#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#define URL_MAX_BYTES   ((size_t)64 << 10)
#define FIELD_MAX_BYTES ((size_t)64 << 10)
#define DRAIN_BYTES     ((size_t)64 << 10) // of a redirect's body, so that the connection serves on
#define WAIT_MS         1000

static atomic_size_t all_bytes; // of the bodies of all fetches

// --- what libcurl asks ---

static bool
is_cancelled(const struct fetch *f)
{
	struct pollfd p = {.fd = f->o.cancel_fd, .events = POLLIN};

	return f->o.cancel_fd >= 0 && poll(&p, 1, 0) > 0;
}

// Of a small packed answer libcurl may unpack for a long time without looking up.
static int
check_time(struct fetch *f)
{
	if (deadline_passed(f->dl))
		return err_set(&f->why, ERR_NAVIGATION_TIMEOUT, NULL);
	return is_cancelled(f) ? err_set(&f->why, ERR_CANCELLED, NULL) : 0;
}

static int
count_bytes(struct fetch *f, size_t n)
{
	if (f->a.body.n + n > f->o.max_body_bytes)
		return err_set(&f->why, ERR_RESULT_TOO_LARGE, "the page is larger than %zu MB",
		    f->o.max_body_bytes >> 20);
	f->counted += n;
	if (atomic_fetch_add(&all_bytes, n) + n > FETCH_ALL_BYTES)
		return err_set(&f->why, ERR_OVERLOADED,
		    "the pages that are being fetched are larger than %zu MB together",
		    FETCH_ALL_BYTES >> 20);
	return 0;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	n *= size;
	if (check_time(f) != 0 || fetch_check_bytes(f, fetch_bytes_now(f), &f->why) != 0)
		return 0;
	if (fetch_is_redirect(f)) {
		f->header_bytes += n;
		return f->header_bytes < DRAIN_BYTES ? n : 0;
	}
	if (f->a.body.n == 0 && fetch_judge(&f->a, &f->why) != 0)
		return 0;
	if (count_bytes(f, n) != 0)
		return 0;
	buf_add(&f->a.body, p, n);
	return n;
}

// --- life ---

static void
set_limits(struct fetch *f)
{
	const struct curl *c = f->curl;
	CURL *h = f->easy;

	c->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	c->easy_setopt(h, CURLOPT_QUICK_EXIT, 1L); // no waiting for a resolver that hangs
	c->easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	c->easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	c->easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	c->easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	c->easy_setopt(h, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	c->easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	c->easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
	c->easy_setopt(h, CURLOPT_CAINFO, NULL); // the folder: only what is needed is read
	c->easy_setopt(h, CURLOPT_USERAGENT, f->o.user_agent ? f->o.user_agent : fetch_user_agent);
	c->easy_setopt(h, CURLOPT_ERRORBUFFER, f->text);
	c->easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, fetch_open_socket);
	c->easy_setopt(h, CURLOPT_OPENSOCKETDATA, f);
	c->easy_setopt(h, CURLOPT_PREREQFUNCTION, fetch_on_begin);
	c->easy_setopt(h, CURLOPT_PREREQDATA, f);
	c->easy_setopt(h, CURLOPT_HEADERFUNCTION, fetch_on_header);
	c->easy_setopt(h, CURLOPT_HEADERDATA, f);
	c->easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	c->easy_setopt(h, CURLOPT_WRITEDATA, f);
}

struct fetch *
fetch_new(const struct fetch_opts *o)
{
	struct fetch *f = xcalloc(1, sizeof(*f));

	f->o = *o;
	f->a.body.max = o->max_body_bytes + 1;
	f->a.final_url.max = f->url.max = URL_MAX_BYTES;
	f->a.content_type.max = f->a.refresh.max = f->location.max = FIELD_MAX_BYTES;
	if (!url_origin(sv_from(o->url), &f->origin))
		buf_reset(&f->origin);
	return f;
}

// Not before the first use: libcurl may be missing.
static int
prepare(struct fetch *f, struct err *err)
{
	if (f->multi)
		return 0;
	f->curl = curl_load(err);
	if (!f->curl)
		return err->code;
	f->multi = f->curl->multi_init();
	f->easy = f->curl->easy_init();
	if (!f->multi || !f->easy)
		return err_set(err, ERR_INTERNAL, "libcurl gives no handle");
	set_limits(f);
	return fetch_set_cookies(f, err);
}

void
fetch_free(struct fetch *f)
{
	if (!f)
		return;
	if (f->curl) {
		f->curl->easy_cleanup(f->easy);
		f->curl->multi_cleanup(f->multi);
		f->curl->slist_free_all(f->headers);
		f->curl->slist_free_all(f->resolve);
	}
	atomic_fetch_sub(&all_bytes, f->counted);
	buf_done(&f->origin);
	buf_done(&f->url);
	buf_done(&f->location);
	buf_done(&f->a.body);
	buf_done(&f->a.final_url);
	buf_done(&f->a.content_type);
	buf_done(&f->a.refresh);
	free(f);
}

struct fetch_answer *
fetch_answer(struct fetch *f)
{
	return &f->a;
}

// --- one hop ---

static void
forget_answer(struct fetch *f)
{
	atomic_fetch_sub(&all_bytes, f->counted);
	f->counted = f->header_bytes = 0;
	buf_reset(&f->a.body);
	buf_reset(&f->location);
	buf_reset(&f->a.content_type);
	buf_reset(&f->a.refresh);
	f->a.http_status = 0;
	f->a.attachment = f->head_done = f->begun = false;
	f->a.cut[0] = f->text[0] = '\0';
	f->why = f->denied = (struct err)ERR_INIT;
	f->a.requests++;
}

static CURLcode
result(struct fetch *f)
{
	CURLMsg *m;
	int left;

	while ((m = f->curl->multi_info_read(f->multi, &left)))
		if (m->msg == CURLMSG_DONE)
			return m->data.result;
	return CURLE_OK;
}

// A redirect is followed soon, whatever its body does.
static bool
drains(const struct fetch *f)
{
	return f->head_done && fetch_is_redirect(f);
}

static int
patience_ms(const struct fetch *f)
{
	return MIN(deadline_poll_ms(drains(f) ? f->drain : f->dl), WAIT_MS);
}

static CURLcode
transfer(struct fetch *f)
{
	struct curl_waitfd cancel = {.fd = f->o.cancel_fd, .events = CURL_WAIT_POLLIN};
	unsigned extra = f->o.cancel_fd >= 0;
	int running = 1;

	if (f->curl->multi_add_handle(f->multi, f->easy) != CURLM_OK)
		return CURLE_FAILED_INIT;
	while (f->curl->multi_perform(f->multi, &running) == CURLM_OK && running > 0 &&
	       check_time(f) == 0 && !(drains(f) && deadline_passed(f->drain)))
		(void)f->curl->multi_poll(f->multi, &cancel, extra, patience_ms(f), NULL);
	return running > 0 ? CURLE_OPERATION_TIMEDOUT : result(f);
}

static void
count_transfer(struct fetch *f)
{
	curl_off_t body = 0;
	long head = 0;

	f->curl->easy_getinfo(f->easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
	f->curl->easy_getinfo(f->easy, CURLINFO_HEADER_SIZE, &head);
	if (f->begun)
		f->a.bytes_received += (uint64_t)(body + head - f->to_proxy[0]);
	f->bytes += fetch_bytes_now(f);
}

// A page whose end did not come is shown as far as it came, as browsers do.
static bool
is_cut(const struct fetch *f, CURLcode code)
{
	static const CURLcode codes[] = {CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_HTTP2,
	    CURLE_HTTP2_STREAM, CURLE_BAD_CONTENT_ENCODING};

	for (size_t i = 0; f->why.code == ERR_OK && i < ARRAY_LEN(codes); i++)
		if (codes[i] == code)
			return f->a.body.n > 0;
	return false;
}

static int
judge(struct fetch *f, CURLcode code, struct err *err)
{
	if (drains(f) && f->why.code == ERR_OK)
		return 0; // whatever its body is
	if (code == CURLE_WRITE_ERROR && f->why.code == ERR_OK)
		code = CURLE_OK; // bytes after the end of what was packed
	if (code == CURLE_OK && !f->head_done)
		return err_set(
		    err, ERR_CONNECTION_FAILED, "the headers of the server's answer ended early");
	if (is_cut(f, code))
		snprintf(f->a.cut, sizeof(f->a.cut), "%.150s",
		    f->text[0] ? f->text : f->curl->easy_strerror(code));
	else if (code != CURLE_OK)
		return fetch_error(f, code, err);
	return fetch_judge(&f->a, err);
}

static int
say_address(const struct fetch *f, struct err *err)
{
	return err_set(err, ERR_NAVIGATION_TIMEOUT,
	    f->a.body.n > 0 ? "the page did not arrive whole in time from %.300s"
			    : "no answer in time from %.300s",
	    f->a.final_url.p);
}

static int
exchange(struct fetch *f, struct err *err)
{
	CURLcode code;
	int rc;

	fetch_set_request(f);
	code = transfer(f);
	count_transfer(f);
	(void)f->curl->multi_remove_handle(f->multi, f->easy);
	rc = fetch_check_bytes(f, 0, err);
	return rc == 0 ? judge(f, code, err) : rc;
}

static int
get(struct fetch *f, struct err *err)
{
	int rc;

	forget_answer(f);
	buf_reset(&f->a.final_url);
	url_add_public(buf_view(&f->url), &f->a.final_url);
	fetch_set_proxy(f);
	rc = fetch_judge_host(f, err);
	if (rc == 0)
		rc = fetch_resolve(f, err);
	if (rc == 0)
		rc = exchange(f, err);
	return rc == ERR_NAVIGATION_TIMEOUT ? say_address(f, err) : rc;
}

// --- from hop to hop ---

// RFC 9110 §10.2.2: what has no fragment inherits it.
static void
inherit_fragment(const struct buf *from, struct buf *to)
{
	struct url a, b;

	if (url_split(buf_view(from), &a) && url_split(buf_view(to), &b) && a.fragment.p &&
	    !b.fragment.p)
		buf_fmt(to, "#" SV_FMT, SV_ARG(a.fragment));
}

static int
go_to(struct fetch *f, struct sv reference, struct err *err)
{
	cleanup_buf next = BUF_INIT_MAX(URL_MAX_BYTES), shown = BUF_INIT, origin = BUF_INIT;

	if (!url_resolve(buf_view(&f->url), reference, &next) || next.overflow)
		return err_set(err, ERR_NAVIGATION_FAILED, "the server redirects to no address");
	url_add_public(buf_view(&next), &shown);
	if (!url_origin(buf_view(&next), &origin))
		return err_set(err, ERR_NAVIGATION_FAILED,
		    "the server redirects to %.300s, which is not http or https", shown.p);
	if (f->a.redirects >= FETCH_MAX_REDIRECTS)
		return err_set(err, ERR_NAVIGATION_FAILED,
		    "more than %d redirects, the last to %.300s", FETCH_MAX_REDIRECTS, shown.p);
	inherit_fragment(&f->url, &next);
	f->a.redirects++;
	buf_reset(&f->url);
	buf_sv(&f->url, buf_view(&next));
	return 0;
}

static int
load(struct fetch *f, struct deadline dl, struct err *err)
{
	int rc;

	f->dl = dl;
	rc = prepare(f, err);
	if (rc == 0)
		rc = get(f, err);
	while (rc == 0 && fetch_is_redirect(f)) {
		cleanup_buf location = f->location;

		f->location = (struct buf)BUF_INIT_MAX(FIELD_MAX_BYTES);
		rc = go_to(f, buf_view(&location), err);
		if (rc == 0)
			rc = get(f, err);
	}
	return rc;
}

int
fetch_load(struct fetch *f, struct deadline dl, struct err *err)
{
	buf_reset(&f->url);
	buf_str(&f->url, f->o.url);
	return load(f, dl, err);
}

int
fetch_follow(struct fetch *f, const char *reference, struct deadline dl, struct err *err)
{
	int rc = go_to(f, sv_from(reference), err);

	return rc == 0 ? load(f, dl, err) : rc;
}
