// SPDX-License-Identifier: Apache-2.0
// POST /v1/render and its short forms: the body becomes a render request, the request a job, the
// job an answer: the envelope, its events as they happen, a ticket (202), or the bytes of one
// capture. Reading runs in a worker, answering in the job's thread.
#include "orchestrator/api/api_priv.h"

#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

// --- what a request needs beyond its route's scopes ---

bool
render_runs_script(const cJSON *steps)
{
	json_foreach (v, steps) {
		const char *type = json_str(v, "type");

		if (type &&
		    (strcmp(type, "execute_script") == 0 || strcmp(type, "wait_for_js") == 0))
			return true;
		if (v->string &&
		    (strcmp(v->string, "expr") == 0 || strcmp(v->string, "while") == 0))
			return true;
		if ((cJSON_IsObject(v) || cJSON_IsArray(v)) && render_runs_script(v))
			return true;
	}
	return false;
}

static int
check_scopes(const struct call *c, const struct request *q, struct err *err)
{
	if (!(c->who.scopes & SCOPE_BIT(SCRIPT)) &&
	    render_runs_script(json_get(q->json, "actions")))
		return err_at(err, ERR_FORBIDDEN, "actions",
		    "the key lacks the scope \"script\" that JavaScript needs");
	if (q->session_id && !(c->who.scopes & SCOPE_BIT(SESSION)))
		return err_at(
		    err, ERR_FORBIDDEN, "session_id", "the key lacks the scope \"session\"");
	return 0;
}

// --- artifacts of a job go to the store, so that the envelope can name them ---

static int
store_artifact(
    struct api *a, const char *key, const char *job_id, struct job_artifact *f, struct err *err)
{
	struct artifact row = {.width = f->width, .height = f->height};
	int rc;

	snprintf(row.key, sizeof(row.key), "%s", key);
	snprintf(row.job_id, sizeof(row.job_id), "%s", job_id);
	snprintf(row.kind, sizeof(row.kind), "%s", f->kind);
	snprintf(row.name, sizeof(row.name), "%s", f->name);
	snprintf(row.content_type, sizeof(row.content_type), "%s", f->content_type);
	rc = artifacts_put(a->p.artifacts, &row, buf_view(&f->bytes), err);
	if (rc == 0)
		memcpy(f->id, row.id, sizeof(f->id));
	return rc;
}

static void
store_artifacts(void *arg, struct job *j, const char *key, const char *job_id)
{
	struct api *a = arg;
	struct err err = ERR_INIT;
	size_t n;
	struct job_artifact *f = job_artifacts(j, &n);

	for (size_t i = 0; i < n; i++)
		if (store_artifact(a, key, job_id, &f[i], &err) != 0)
			job_warn(j, err_info(err.code)->code, "%s was not stored: %s", f[i].name,
			    err.message[0] ? err.message : err_info(err.code)->text);
}

int
render_submit(struct call *c, struct request *request, const struct submission *s,
    struct job_record **out, int64_t *retry_after_ms, struct err *err)
{
	cleanup_settings *set = settings_current();
	struct api *a = c->api;
	struct jobs_submit submit = {
	    .request = request,
	    .key = c->who.id,
	    .key_max_running = (size_t)c->who.max_running,
	    .priority = (enum request_priority)request->priority,
	    .detached = s->detached,
	    .opts = {.allow_private = set->allow_private,
		.no_document = s->no_document,
		.feed = s->feed},
	    .request_id = c->request_id,
	    .traceparent = c->traceparent[0] ? c->traceparent : NULL,
	    .received_us = s->received_us ? s->received_us : c->req->received_us,
	    .store_artifacts = store_artifacts,
	    .store_arg = a,
	    .done = s->done,
	    .arg = s->arg,
	};
	int rc = check_scopes(c, request, err);

	if (rc == 0 && s->feed && request->engine == ENGINE_FETCH)
		rc = err_at(err, ERR_INVALID_REQUEST, "interactive",
		    "a fetched page can't be acted on (engine \"fetch\")");
	if (rc != 0) {
		request_free(request);
		return rc;
	}
	rc = jobs_submit(a->p.jobs, &submit, out, retry_after_ms, err);
	if (rc != 0)
		metric_add(METRIC_JOBS_REJECTED, err_info(rc)->code, 1);
	return rc;
}

// --- the answer, when the job is done ---

// A client that waits for its job. Two holders: the job's end, and the worker until it has told the
// exchange what to do when the client goes.
struct waiting {
	struct call *call;
	enum render_shape shape;
	pthread_mutex_t lock;
	bool done; // under lock
	unsigned holders;
	struct job_record *record; // set by the worker
};

static struct waiting *
waiting_new(struct call *c, enum render_shape shape)
{
	struct waiting *w = xcalloc(1, sizeof(*w));

	call_keep(c);
	w->call = c;
	w->shape = shape;
	w->holders = 2;
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

static void
waiting_drop(struct waiting *w)
{
	bool last;

	pthread_mutex_lock(&w->lock);
	last = --w->holders == 0;
	pthread_mutex_unlock(&w->lock);
	if (!last)
		return;
	if (w->record)
		job_record_unref(w->record);
	call_release(w->call);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

// `status` 0: that of the job.
static void
answer_envelope(struct call *c, struct job_record *r, int status)
{
	struct buf body = BUF_INIT;
	int own = 500;

	buf_sv(&body, job_record_envelope(r, &own));
	buf_ch(&body, '\n');
	call_send(c, status ? status : own, JSON_TYPE, &body);
}

static const struct job_artifact *
artifact_of(const struct job_record *r, const char *kind)
{
	size_t n;
	const struct job_artifact *a = job_record_artifacts(r, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i].kind, kind) == 0)
			return &a[i];
	return NULL;
}

// What may stand in a header as it is; anything else is left out.
static void
copy_visible(struct sv v, char *out, size_t n)
{
	out[0] = '\0';
	if (!v.p || v.n >= n)
		return;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] >= 0x7f || v.p[i] == '\\')
			return;
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
}

// A file has no place to say what page it is of: the page of an error looks like any other.
static void
send_file(
    struct call *c, struct job_record *r, struct sv envelope, const char *type, struct sv bytes)
{
	struct http_reply reply = {.status = 200, .content_type = type};
	char status[16], code[8], url[2048];

	buf_sv(&reply.body, bytes);
	copy_visible(json_skim_str(json_skim(envelope, "status")), status, sizeof(status));
	copy_visible(json_skim(envelope, "http_status"), code, sizeof(code));
	copy_visible(json_skim_str(json_skim(envelope, "final_url")), url, sizeof(url));
	http_reply_field(&reply, "X-Job-Id", job_record_id(r));
	http_reply_field(&reply, "X-Job-Status", status);
	if (sv_is_digit(code[0]))
		http_reply_field(&reply, "X-Page-Status", code);
	if (url[0])
		http_reply_field(&reply, "X-Page-Url", url);
	idempotency_finish(c, &reply);
	call_reply(c, &reply, "no-store");
}

// The job went on without its only capture: what it calls partial is a failure here.
static int
status_without_file(struct sv envelope)
{
	struct sv reasons = json_skim(envelope, "reasons");
	cJSON *list = reasons.p ? cJSON_ParseWithLength(reasons.p, reasons.n) : NULL;
	int status = 0;

	json_foreach (v, list)
		if (status < 400 && cJSON_IsString(v))
			status = strcmp(v->valuestring, "deadline") == 0
				     ? err_info(ERR_TIMEOUT)->http_status
				     : err_info(err_by_name(v->valuestring))->http_status;
	cJSON_Delete(list);
	return status >= 400 ? status : err_info(ERR_CAPTURE_FAILED)->http_status;
}

// The bytes of one capture, or the envelope that says why there are none.
static void
answer_bytes(struct call *c, struct job_record *r, enum render_shape shape)
{
	const struct job_artifact *a =
	    shape == SHAPE_CONTENT ? NULL
				   : artifact_of(r, shape == SHAPE_PDF ? "pdf" : "screenshot");
	struct sv bytes = a ? buf_view(&a->bytes) : SV_NULL;
	int status = 500;
	struct sv envelope = job_record_envelope(r, &status);

	if (shape == SHAPE_CONTENT)
		bytes = job_record_html(r);
	if (status == 200 && bytes.p)
		send_file(c, r, envelope, a ? a->content_type : "text/html; charset=utf-8", bytes);
	else
		answer_envelope(c, r, status == 200 ? status_without_file(envelope) : status);
}

static void
on_done(void *arg, struct job_record *r)
{
	struct waiting *w = arg;

	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_mutex_unlock(&w->lock);
	http_exchange_on_gone(w->call->x, NULL, NULL);
	if (w->shape == SHAPE_ENVELOPE)
		answer_envelope(w->call, r, 0);
	else
		answer_bytes(w->call, r, w->shape);
	waiting_drop(w);
}

static void
on_client_gone(void *arg)
{
	struct waiting *w = arg;

	jobs_cancel(w->call->api->p.jobs, w->record);
}

static int
run_and_wait(
    struct call *c, struct request *q, enum render_shape shape, int64_t *retry_ms, struct err *err)
{
	struct waiting *w = waiting_new(c, shape);
	struct submission s = {.done = on_done, .arg = w, .no_document = shape != SHAPE_ENVELOPE};
	struct job_record *record = NULL;
	int rc = render_submit(c, q, &s, &record, retry_ms, err);

	if (rc != 0) {
		w->holders = 1; // the job's end will not come
		waiting_drop(w);
		return rc;
	}
	pthread_mutex_lock(&w->lock);
	w->record = record;
	if (!w->done)
		http_exchange_on_gone(c->x, on_client_gone, w);
	pthread_mutex_unlock(&w->lock);
	waiting_drop(w);
	return 0;
}

static int
run_streamed(
    struct call *c, struct request *q, enum stream_format f, int64_t *retry_ms, struct err *err)
{
	struct submission s = {0};
	struct job_record *record = NULL;
	int rc = render_submit(c, q, &s, &record, retry_ms, err);

	if (rc != 0)
		return rc;
	rc = stream_record(c, record, f, 0, true, err);
	if (rc != 0)
		jobs_cancel(c->api->p.jobs, record);
	job_record_unref(record);
	return rc;
}

static int
run_detached(struct call *c, struct request *q, int64_t *retry_ms, struct err *err)
{
	struct submission s = {.detached = true};
	struct job_record *record = NULL;
	int rc = render_submit(c, q, &s, &record, retry_ms, err);

	if (rc != 0)
		return rc;
	call_json(c, 202, job_record_summary(record));
	job_record_unref(record);
	return 0;
}

// --- the body ---

// The short forms ask for their capture themselves.
static int
want_capture(cJSON *body, enum render_shape shape, struct err *err)
{
	const char *kind = shape == SHAPE_PDF ? "pdf" : "screenshot";
	cJSON *artifacts = cJSON_GetObjectItemCaseSensitive(body, "artifacts");

	if (shape == SHAPE_ENVELOPE)
		return 0;
	if (json_bool(body, "detach", false))
		return err_at(err, ERR_INVALID_REQUEST, "detach", "goes with /v1/render only");
	if (shape == SHAPE_CONTENT)
		return 0;
	if (!artifacts) {
		artifacts = json_obj();
		json_set(body, "artifacts", artifacts);
	}
	if (cJSON_IsObject(artifacts) && !json_get(artifacts, kind))
		json_set_bool(artifacts, kind, true);
	return 0;
}

static int
read_request(struct call *c, enum render_shape shape, struct request **out, struct err *err)
{
	cJSON *body = NULL;
	int rc = call_body(c, &body, err);

	if (rc != 0)
		return rc;
	rc = want_capture(body, shape, err);
	if (rc != 0) {
		cJSON_Delete(body);
		return rc;
	}
	return request_from_json(body, out, err);
}

static int
render(struct call *c, enum render_shape shape, struct err *err)
{
	enum stream_format f = shape == SHAPE_ENVELOPE ? stream_wanted(c) : STREAM_NONE;
	struct request *q = NULL;
	int64_t retry_ms = 0;
	int rc = read_request(c, shape, &q, err);

	if (rc != 0)
		return rc;
	if (f != STREAM_NONE)
		rc = run_streamed(c, q, f, &retry_ms, err);
	else if (q->detach)
		rc = run_detached(c, q, &retry_ms, err);
	else
		rc = run_and_wait(c, q, shape, &retry_ms, err);
	if (rc == 0)
		return 0;
	call_error(c, err, retry_ms);
	return 0;
}

int
api_render(struct call *c, struct err *err)
{
	return render(c, SHAPE_ENVELOPE, err);
}

int
api_screenshot(struct call *c, struct err *err)
{
	return render(c, SHAPE_SCREENSHOT, err);
}

int
api_pdf(struct call *c, struct err *err)
{
	return render(c, SHAPE_PDF, err);
}

int
api_content(struct call *c, struct err *err)
{
	return render(c, SHAPE_CONTENT, err);
}
