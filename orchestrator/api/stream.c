// SPDX-License-Identifier: Apache-2.0
// A job's event log as NDJSON or server-sent events (WHATWG HTML 9.2): the connection pulls, so a
// slow reader costs its own place in the ring and nothing else; what it missed is told by a `gap`
// event. Pulling runs in the loop thread and only copies; events were encoded when they were
// written.
#include "orchestrator/api/api_priv.h"

#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

struct stream {
	struct api *api;
	struct http_exchange *x;
	struct job_record *record;
	struct event_watch *watch;
	enum stream_format format;
	bool cancel; // the job ends with its reader
	uint64_t last;
	struct event_text *event; // being sent …
	size_t sent;              // … this much of its JSON
};

enum stream_format
stream_wanted(const struct call *c)
{
	if (call_accepts(c, NDJSON_TYPE))
		return STREAM_NDJSON;
	return call_accepts(c, SSE_TYPE) ? STREAM_SSE : STREAM_NONE;
}

static void
put_gap(struct stream *s, uint64_t missed, struct buf *out)
{
	metric_add(METRIC_EVENT_GAPS, NULL, 1);
	if (s->format == STREAM_SSE)
		buf_fmt(out, "event: gap\ndata: ");
	buf_fmt(out,
	    "{\"type\":\"gap\",\"job_id\":\"%s\",\"data\":{\"missed\":%llu,\"resumes_after\":%llu}}",
	    job_record_id(s->record), (unsigned long long)missed, (unsigned long long)s->last);
	buf_str(out, s->format == STREAM_SSE ? "\n\n" : "\n");
}

// The next piece of the event that is being sent.
static void
put_event(struct stream *s, struct buf *out, size_t room)
{
	struct sv json = s->event->json;
	size_t n = MIN(json.n - s->sent, room);

	if (s->sent == 0 && s->format == STREAM_SSE)
		buf_fmt(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)s->event->id,
		    s->event->type);
	buf_add(out, json.p + s->sent, n);
	s->sent += n;
	if (s->sent < json.n)
		return;
	buf_str(out, s->format == STREAM_SSE ? "\n\n" : "\n");
	event_text_unref(steal_ptr(s->event));
	s->sent = 0;
}

static enum http_pull
stream_pull(void *arg, struct buf *out, size_t room)
{
	struct stream *s = arg;
	size_t before = out->n;
	uint64_t gap = 0;

	while (out->n - before < room) {
		if (!s->event) {
			switch (
			    event_log_next(job_record_log(s->record), &s->last, &s->event, &gap)) {
			case EVENT_ITEM:
				break;
			case EVENT_GAP:
				put_gap(s, gap, out);
				continue;
			case EVENT_WAIT:
				return out->n > before ? HTTP_PULL_MORE : HTTP_PULL_WAIT;
			case EVENT_END:
				return HTTP_PULL_END;
			}
		}
		put_event(s, out, room - MIN(room - 1, out->n - before));
	}
	return HTTP_PULL_MORE;
}

static void
stream_closed(void *arg)
{
	struct stream *s = arg;

	event_log_unwatch(s->watch);
	if (s->cancel && job_record_state(s->record) != JOBS_FINISHED)
		jobs_cancel(s->api->p.jobs, s->record);
	if (s->event)
		event_text_unref(s->event);
	job_record_unref(s->record);
	atomic_fetch_sub(&s->api->streams, 1);
	http_exchange_unref(s->x);
	free(s);
}

static void
stream_wake(void *arg)
{
	http_wake(arg);
}

int
stream_record(struct call *c, struct job_record *r, enum stream_format f, uint64_t last,
    bool cancel, struct err *err)
{
	struct api *a = c->api;
	struct http_reply reply = {.status = 200};
	struct http_source source = {.pull = stream_pull, .closed = stream_closed};
	cleanup_settings *set = settings_current();
	struct stream *s;

	if (atomic_fetch_add(&a->streams, 1) >= (unsigned)set->max_streams) {
		atomic_fetch_sub(&a->streams, 1);
		return err_set(err, ERR_OVERLOADED, "as many streams are open as may be");
	}
	s = xcalloc(1, sizeof(*s));
	*s = (struct stream){.api = a,
	    .x = http_exchange_ref(c->x),
	    .record = job_record_ref(r),
	    .format = f,
	    .cancel = cancel,
	    .last = last};
	reply.content_type = f == STREAM_SSE ? SSE_TYPE : NDJSON_TYPE;
	call_fields(c, &reply);
	http_reply_field(&reply, "Cache-Control", "no-store");
	http_reply_field(&reply, "X-Accel-Buffering", "no");
	http_reply_field(&reply, "X-Job-Id", job_record_id(r));
	source.arg = s;
	source.heartbeat = f == STREAM_SSE ? ": heartbeat\n\n" : "{\"type\":\"heartbeat\"}\n";
	source.heartbeat_ms = set->heartbeat;
	s->watch = event_log_watch(job_record_log(r), stream_wake, c->x);
	metric_add(METRIC_REQUESTS, "stream 200", 1);
	http_stream(c->x, &reply, &source);
	http_wake(c->x);
	return 0;
}

// GET /v1/jobs/{id}/events
int
api_job_events(struct call *c, struct err *err)
{
	struct sv id = http_field_get(c->req, "last-event-id");
	enum stream_format f = stream_wanted(c);
	cleanup_free char *last = id.n > 0 && id.n < 20 ? sv_dup(id) : NULL;
	struct job_record *r;
	char job[40];
	uint64_t after;
	int64_t query;
	int rc = call_id(c, 0, job, sizeof(job), err);

	if (rc != 0)
		return rc;
	query = call_query_int(c, "after", 0);
	if (query < 0)
		return err_at(err, ERR_INVALID_REQUEST, "after", "expected the id of an event");
	after = last ? strtoull(last, NULL, 10) : (uint64_t)query;
	r = jobs_find(c->api->p.jobs, c->who.scopes & SCOPE_BIT(ADMIN) ? NULL : c->who.id, job);
	if (!r)
		return err_set(err, ERR_NOT_FOUND, "there is no job %s", job);
	rc = stream_record(c, r, f == STREAM_NONE ? STREAM_SSE : f, after, false, err);
	job_record_unref(r);
	return rc;
}
