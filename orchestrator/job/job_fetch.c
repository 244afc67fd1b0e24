// SPDX-License-Identifier: Apache-2.0
// Engine `fetch` in the life of a job: the page is loaded by libcurl in place of a browser, or was
// given, and what came goes to the extractor as it is. Nothing of it is parsed here: where a page
// sends its readers, and whether there is anything to read without its scripts, the extractor says.
// Runs in the job's thread.
#include "base/mime.h"
#include "base/url.h"
#include "orchestrator/fetch/fetch.h"
#include "orchestrator/job/job_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HINT_BYTES    ((size_t)64 << 10) // a page that sends its readers on says so early
#define REFRESH_MAX_S 3.0                // who waits longer is meant to read
#define BARE_LETTERS  20                 // a page with fewer shows nothing
#define SHELL_LETTERS 600                // with fewer it is believed that it needs its scripts
#define PRE_BEGIN     "<html><head></head><body><pre>"
#define PRE_END       "</pre></body></html>"

// --- what came ---

// Documents that browsers show as text: written as they write them.
static void
wrap_text(struct buf *body, struct buf *out)
{
	buf_str(out, PRE_BEGIN);
	if (body->n > 0 && body->p[0] == '\n') // the parser drops the first one
		buf_ch(out, '\n');
	for (size_t i = 0, n; i < body->n; i += n + 1) {
		for (n = 0; i + n < body->n && body->p[i + n] != '<' && body->p[i + n] != '&';)
			n++;
		buf_add(out, body->p + i, n);
		if (i + n < body->n)
			buf_str(out, body->p[i + n] == '<' ? "&lt;" : "&amp;");
	}
	buf_str(out, PRE_END);
}

static bool
is_markup(struct sv mime, struct sv body)
{
	if (mime.n > 0)
		return sv_ieq_str(mime, "text/html") || mime_is_xml(mime);
	if (sv_starts(body, "\xef\xbb\xbf"))
		body = (struct sv){body.p + 3, body.n - 3};
	body = sv_trim(body);
	return body.n > 0 && body.p[0] == '<';
}

// The wrapping would not do for two bytes a character.
static bool
is_utf16(struct sv body)
{
	return sv_starts(body, "\xfe\xff") || sv_starts(body, "\xff\xfe");
}

static int
take_body(struct job *j, struct fetch_answer *a, struct err *err)
{
	struct sv mime = mime_essence(buf_view(&a->content_type)), body = buf_view(&a->body);
	const char *binary = mime_is_xml(mime) ? NULL : mime_of_binary(body);

	if (binary)
		return err_set(err, ERR_NOT_HTML, "the address holds %s, not a page", binary);
	buf_done(&j->source);
	snprintf(j->source_type, sizeof(j->source_type), SV_FMT, (int)MIN(mime.n, (size_t)95),
	    mime.n ? mime.p : "");
	buf_reset(&j->http_charset);
	mime_charset(buf_view(&a->content_type), &j->http_charset);
	if (body.n == 0 || is_utf16(body) || is_markup(mime, body)) {
		j->source = a->body;
		a->body = (struct buf){.max = a->body.max};
	} else {
		wrap_text(&a->body, &j->source);
		snprintf(j->source_type, sizeof(j->source_type), "text/html");
	}
	j->html_taken = true;
	return 0;
}

static void
note_answer(struct job *j, const struct fetch_answer *a)
{
	free(j->final_url);
	j->final_url = a->final_url.n ? sv_dup(buf_view(&a->final_url)) : NULL;
	j->http_status = a->http_status;
	j->redirects = a->redirects;
	j->report.counters.requests = a->requests;
	j->report.counters.bytes_received = a->bytes_received;
}

static void
emit_fetched(struct job *j, const struct fetch_answer *a)
{
	cJSON *data = json_obj();

	json_set_sv(data, "url", buf_view(&a->final_url));
	json_set_int(data, "http_status", a->http_status);
	json_set_sv(data, "content_type", mime_essence(buf_view(&a->content_type)));
	json_set_int(data, "bytes", (int64_t)a->bytes_received);
	job_emit(j, "fetched", data);
}

// --- the extractor ---

static void
take_text(struct job *j, const cJSON *source)
{
	buf_reset(&j->html);
	if (cJSON_IsString(source))
		buf_str(&j->html, source->valuestring);
}

static int
run_extractor(struct job *j, const cJSON *options, struct deadline dl, cJSON **document,
    cJSON **facts, struct err *err)
{
	const char *url = j->final_url ? j->final_url : j->req->base_url;
	int rc = job_extract_source(j, url, options, dl, document, err);
	cJSON *source;

	if (rc != 0)
		return rc;
	*facts = cJSON_DetachItemFromObjectCaseSensitive(*document, "unrendered");
	source = cJSON_DetachItemFromObjectCaseSensitive(*document, "source");
	if (j->want_text)
		take_text(j, source);
	cJSON_Delete(source);
	return 0;
}

// A run for what the extractor knows of the page besides.
static int
ask_extractor(struct job *j, struct deadline dl, cJSON **facts, struct err *err)
{
	cJSON *document = NULL, *options = json_obj(), *fields = json_arr();
	int rc;

	json_push(fields, cJSON_CreateString("title"));
	json_set(options, "document", fields);
	rc = run_extractor(j, options, dl, &document, facts, err);
	cJSON_Delete(options);
	cJSON_Delete(document);
	return rc;
}

// --- pages that send their readers on ---

// "0; url='/there'" (HTML, 4.2.5.3); false: it names no other page.
static bool
read_refresh(const char *text, double *after_s, struct buf *to)
{
	const char *p, *end;
	char *number;

	if (!text)
		return false;
	*after_s = strtod(text, &number);
	if (number == text || !isfinite(*after_s) || *after_s < 0)
		return false;
	p = number + strspn(number, " \t\r\n\f;,");
	if (strncasecmp(p, "url", 3) == 0) {
		end = p + 3 + strspn(p + 3, " \t");
		if (*end == '=')
			p = end + 1 + strspn(end + 1, " \t");
	}
	end = *p == '"' || *p == '\'' ? strchr(p + 1, *p) : NULL;
	p += *p == '"' || *p == '\'';
	buf_add(to, p, end ? (size_t)(end - p) : strlen(p));
	return to->n > 0;
}

static struct sv
without_fragment(struct sv url)
{
	const char *hash = memchr(url.p, '#', url.n);

	return hash ? (struct sv){url.p, (size_t)(hash - url.p)} : url;
}

// Whether it is to be followed; what is not, but names another page, is told.
static bool
judge_refresh(struct job *j, const char *text, struct buf *to)
{
	cleanup_buf reference = BUF_INIT_MAX(64 << 10), shown = BUF_INIT, origin = BUF_INIT;
	double after_s = 0;

	buf_reset(to);
	if (!read_refresh(text, &after_s, &reference) ||
	    !url_resolve(sv_from(j->final_url), buf_view(&reference), to) ||
	    sv_eq(without_fragment(buf_view(to)), without_fragment(sv_from(j->final_url))))
		return false;
	if (after_s <= REFRESH_MAX_S && url_origin(buf_view(to), &origin))
		return true; // to javascript: and files no browser goes either
	url_add_public(buf_view(to), &shown);
	job_warn(j, "refresh", "the page sends its readers on to %.300s after %.0f s; this is it",
	    shown.p, after_s);
	return false;
}

static bool
may_refresh(struct sv page)
{
	return sv_ifind(sv_cut(page, HINT_BYTES), "refresh") >= 0;
}

// --- loading ---

static struct deadline
load_deadline(const struct job *j)
{
	return deadline_step(j->soft, j->req->timeouts->navigation_ms);
}

static void
open_fetch(struct job *j)
{
	const struct request *r = j->req;
	const struct fetch_opts o = {
	    .url = r->url,
	    .user_agent = r->user_agent,
	    .locale = r->locale,
	    .headers = &r->headers,
	    .cookies = r->cookies_json,
	    .policy = job_policy(j),
	    .max_body_bytes = JOB_MAX_HTML_BYTES,
	    .cancel_fd = j->cancel_fd,
	};

	j->fetch = fetch_new(&o);
}

// After a load, however it ended: what came of a page stays.
static int
settle(struct job *j, int rc, struct err *err)
{
	struct fetch_answer *a = fetch_answer(j->fetch);
	int taken = 0;

	note_answer(j, a);
	if (rc != 0 && (rc != ERR_NAVIGATION_TIMEOUT || a->body.n == 0))
		return rc;
	taken = take_body(j, a, err);
	if (taken == 0)
		emit_fetched(j, a);
	return taken != 0 ? taken : rc;
}

// Does the page that was loaded send its readers on, and where?
static bool
sends_on(struct job *j, struct deadline dl, struct buf *to)
{
	const struct fetch_answer *a = fetch_answer(j->fetch);
	struct err err = ERR_INIT;
	cJSON *facts = NULL;
	bool yes;

	if (a->refresh.n > 0)
		return judge_refresh(j, a->refresh.p, to);
	if (a->cut[0] || !may_refresh(buf_view(&j->source)) ||
	    ask_extractor(j, dl, &facts, &err) != 0)
		return false;
	yes = judge_refresh(j, json_str(facts, "refresh"), to);
	cJSON_Delete(facts);
	return yes;
}

// "Your download begins in a moment": then the page is what there is.
static bool
is_no_page(int rc)
{
	return rc == ERR_DOWNLOAD || rc == ERR_NOT_HTML || rc == ERR_NO_CONTENT;
}

// Where nothing came from there, the page that was there stays.
static int
follow(struct job *j, const char *to, struct deadline dl, struct err *err)
{
	char *url = steal_ptr(j->final_url);
	int status = j->http_status, rc;

	j->html_taken = false;
	rc = settle(j, fetch_follow(j->fetch, to, dl, err), err);
	if (is_no_page(rc) || (rc == ERR_NAVIGATION_TIMEOUT && !j->html_taken)) {
		free(j->final_url);
		j->final_url = steal_ptr(url);
		j->http_status = status;
		j->html_taken = true;
	}
	if (is_no_page(rc))
		job_warn(
		    j, "refresh", "the page sends its readers on: %s; this is it", err->message);
	free(url);
	return rc;
}

static int
follow_refreshes(struct job *j, struct deadline dl, struct err *err)
{
	cleanup_buf to = BUF_INIT_MAX(64 << 10);
	int rc = 0;

	while (rc == 0 && sends_on(j, dl, &to))
		rc = follow(j, to.p, dl, err);
	if (!is_no_page(rc))
		return rc;
	*err = (struct err)ERR_INIT;
	return 0;
}

static void
warn_answer(struct job *j, const struct fetch_answer *a)
{
	if (a->cut[0]) {
		job_reason(j, err_info(ERR_CONNECTION_FAILED)->code);
		job_warn(j, "html_incomplete", "the server's answer ended early: %s", a->cut);
	}
	if (j->http_status >= 400)
		job_warn(
		    j, "http_status", "the server answered with HTTP status %d", j->http_status);
}

static int
load(struct job *j, struct err *err)
{
	struct deadline dl = load_deadline(j);
	struct fetch_answer *a;
	int rc;

	open_fetch(j);
	a = fetch_answer(j->fetch);
	rc = settle(j, fetch_load(j->fetch, dl, err), err);
	if (rc == 0)
		rc = follow_refreshes(j, dl, err);
	if (j->html_taken)
		warn_answer(j, a);
	if (rc == 0 && j->http_status >= 400 && j->opts.fail_on_http_error)
		rc = err_set(err, ERR_HTTP_STATUS, "the server answered with HTTP status %d",
		    j->http_status);
	return rc;
}

static void
take_given(struct job *j)
{
	buf_str(&j->source, j->req->html);
	snprintf(j->source_type, sizeof(j->source_type), "text/html");
	j->source_decoded = true;
	j->final_url = j->req->base_url ? xstrdup(j->req->base_url) : NULL;
	j->html_taken = true;
}

int
job_fetch(struct job *j, struct err *err)
{
	int64_t mark = clock_us();
	int rc = 0;

	if (j->req->url)
		rc = load(j, err);
	else
		take_given(j);
	job_phase(j, PHASE_NAVIGATE, &mark);
	return rc;
}

// --- the document ---

// Said of a page that has next to nothing to read, and scripts that would bring it.
static void
warn_shell(struct job *j, const cJSON *facts)
{
	int64_t letters = json_int(facts, "letters", SHELL_LETTERS);
	int64_t scripts = json_int(facts, "scripts", 0);
	bool signs =
	    json_bool(facts, "asks_for_scripts", false) || json_bool(facts, "empty_root", false);

	if (letters >= SHELL_LETTERS || (scripts == 0 && !signs))
		return;
	if (signs || letters < BARE_LETTERS)
		job_warn(j, "needs_browser",
		    "without its scripts the page shows next to nothing (%lld letters; %lld "
		    "scripts were not run): engine \"browser\" runs them",
		    (long long)letters, (long long)scripts);
}

int
job_fetch_document(struct job *j, struct deadline dl, struct err *err)
{
	cJSON *facts = NULL;
	int rc;

	j->want_text = j->req->artifacts->html || j->opts.no_document;
	rc = j->opts.no_document
		 ? ask_extractor(j, dl, &facts, err)
		 : run_extractor(j, j->req->extract.json, dl, &j->document, &facts, err);
	if (rc == 0)
		warn_shell(j, facts);
	cJSON_Delete(facts);
	return rc;
}

void
job_fetch_done(struct job *j)
{
	fetch_free(steal_ptr(j->fetch));
	if (j->req->engine != ENGINE_FETCH)
		return;
	j->fetched_bytes = j->source.n;
	buf_done(&j->source);
}
