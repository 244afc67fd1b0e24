// SPDX-License-Identifier: Apache-2.0
// One job as the API sees it: who asked for what, and how it ended. Any thread reads; what is said
// of the end is published once.
#include "orchestrator/job/jobs_priv.h"
#include "base/digest.h"
#include "base/url.h"

#include <stdio.h>

#define LOG_EVENTS 1000
#define LOG_BYTES  ((size_t)1 << 20)

const char *const job_state_names[] = {"queued", "running", "finished", NULL};

struct job_record *
record_new(struct jobs_submit *s)
{
	struct job_record *r = xcalloc(1, sizeof(*r));
	int64_t cap_ms = s->request->timeouts->hard_cap_ms;
	char made[33];

	atomic_init(&r->refs, 1);
	pthread_mutex_init(&r->lock, NULL);
	random_hex(r->id, 16);
	random_hex(made, 16);
	r->request_id = xstrdup(s->request_id ? s->request_id : made);
	r->key = xstrdup(s->key ? s->key : "");
	r->traceparent = s->traceparent ? xstrdup(s->traceparent) : NULL;
	r->url = s->request->url ? xstrdup(s->request->url) : NULL;
	r->created_ms = clock_wall_ms();
	r->received_us = s->received_us ? s->received_us : clock_us();
	r->due = (struct deadline){r->received_us + cap_ms * 1000};
	r->soft = job_soft_deadline(r->due, cap_ms);
	r->log = event_log_new(r->id, LOG_EVENTS, LOG_BYTES);
	r->submit = *s;
	r->submit.request_id = r->request_id;
	r->submit.key = r->key;
	r->submit.traceparent = r->traceparent;
	r->request = steal_ptr(s->request);
	return r;
}

// About: the text of a page lies in the tree that was read, and again in the arena.
size_t
record_request_bytes(const struct job_record *r)
{
	const struct request *q = r->request;

	return sizeof(*r) + sizeof(*q) + q->arena.used + (q->html ? strlen(q->html) : 0);
}

struct job_record *
job_record_ref(struct job_record *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void
job_record_unref(struct job_record *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	job_free(r->kept);
	request_free(r->request);
	event_text_unref(r->last);
	event_log_unref(r->log);
	pthread_mutex_destroy(&r->lock);
	free(r->request_id);
	free(r->key);
	free(r->traceparent);
	free(r->url);
	free(r);
}

// --- the end ---

size_t
record_bytes(struct job_record *r)
{
	size_t bytes = sizeof(*r) + event_log_bytes(r->log), n = 0;
	const struct job_artifact *a = r->kept ? job_artifacts(r->kept, &n) : NULL;

	for (size_t i = 0; i < n; i++)
		bytes += a[i].bytes.n;
	return r->kept ? bytes + job_html(r->kept).n + r->kept->arena.used : bytes;
}

struct ending {
	struct job_record *r;
	struct job *j;
};

// Who sees the last event finds the job finished.
static void
publish(void *arg, struct event_text *e, struct sv envelope)
{
	struct job_record *r = ((struct ending *)arg)->r;
	struct job *j = ((struct ending *)arg)->j;
	int code = job_error(j)->code;

	pthread_mutex_lock(&r->lock);
	r->status = job_status(j);
	r->http_status = r->status == JOB_FAILED ? err_info(code)->http_status : 200;
	r->last = event_text_ref(e);
	r->envelope = envelope;
	r->kept = j;
	r->bytes = record_bytes(r) + e->json.n; // not in the log yet
	r->finished = true;
	pthread_mutex_unlock(&r->lock);
}

void
record_finish(struct job_record *r, struct job *j)
{
	cJSON *envelope = job_envelope(j, false);
	struct ending end = {r, j};

	job_log_end(j, envelope, publish, &end);
	cJSON_Delete(envelope);
}

// --- getters ---

const char *
job_record_id(const struct job_record *r)
{
	return r->id;
}

const char *
job_record_key(const struct job_record *r)
{
	return r->key;
}

static bool
is_finished(const struct job_record *r)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&r->lock;
	bool yes;

	pthread_mutex_lock(lock);
	yes = r->finished;
	pthread_mutex_unlock(lock);
	return yes;
}

enum job_state
job_record_state(const struct job_record *r)
{
	return is_finished(r) ? JOBS_FINISHED : atomic_load(&r->begun) ? JOBS_RUNNING : JOBS_QUEUED;
}

struct event_log *
job_record_log(struct job_record *r)
{
	return r->log;
}

struct sv
job_record_envelope(const struct job_record *r, int *http_status)
{
	bool yes = is_finished(r);

	if (http_status)
		*http_status = yes ? r->http_status : 0;
	return yes ? r->envelope : SV_NULL;
}

const struct job_artifact *
job_record_artifacts(const struct job_record *r, size_t *n)
{
	*n = 0;
	return is_finished(r) && r->kept ? job_artifacts(r->kept, n) : NULL;
}

struct sv
job_record_html(const struct job_record *r)
{
	return is_finished(r) && r->kept ? job_html(r->kept) : SV_NULL;
}

cJSON *
job_record_summary(const struct job_record *r)
{
	enum job_state state = job_record_state(r);
	cleanup_buf url = BUF_INIT;
	cJSON *o = json_obj();
	char created[32];

	if (r->url)
		url_add_public(sv_from(r->url), &url);
	clock_iso(r->created_ms, created);
	json_set_str(o, "job_id", r->id);
	json_set_str(o, "request_id", r->request_id);
	json_set_str(o, "state", job_state_names[state]);
	json_set_str(o, "status", state == JOBS_FINISHED ? job_status_names[r->status] : NULL);
	json_set_str(o, "url", r->url ? url.p : NULL);
	json_set_str(o, "priority", request_priority_names[r->submit.priority]);
	json_set_str(o, "created", created);
	json_set_int(o, "deadline_ms", (r->due.at_us - r->received_us) / 1000);
	return o;
}
