// SPDX-License-Identifier: Apache-2.0
// POST /v1/batch: many render requests in one, a few at a time in the queue. Results come as they
// finish (NDJSON, SSE), or all together in the order of the requests. A worker submits the first
// ones, each job's end submits the next, the service's tick tries again what found the queue full;
// a client that goes takes its batch along.
#include "orchestrator/api/api_priv.h"

#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>

#define BATCH_MAX    1000
#define BATCH_WINDOW 16 // jobs of one batch in the queue or at work

struct batch_body {
	const cJSON *requests;
	int64_t concurrency;
};

#define B(member) offsetof(struct batch_body, member)
static const struct param batch_rows[] = {
    {.name = "requests",
	.type = PARAM_JSON,
	.flags = PARAM_REQUIRED,
	.offset = B(requests),
	.doc = "Render requests, 1 to 1,000; each is checked on its own."},
    {.name = "concurrency",
	.type = PARAM_INT,
	.offset = B(concurrency),
	.min = 1,
	.max = BATCH_WINDOW,
	.def = "8",
	.doc = "How many of them may be queued or at work at a time."},
};
#undef B
const struct param_table api_batch_table = {
    .name = "batch_request",
    .doc = "Many render requests.",
    .size = sizeof(struct batch_body),
    .rows = batch_rows,
    .n_rows = ARRAY_LEN(batch_rows),
};

struct item { // one request of the batch, then its result
	struct batch *batch;
	cJSON *request; // NULL once submitted
	struct job_record *record;
	struct buf line; // {"index", "status", "result" | "error"}, no newline
	bool finished;
	struct item *next; // in `again`
};

// Shared by the job threads that end its jobs and by the loop thread that sends: all under lock.
struct batch {
	struct call *call;
	enum stream_format format;
	pthread_mutex_t lock;
	unsigned holders; // jobs at work, and the connection or the waiting answer
	bool gone;        // the client went: submit no more
	bool settled;     // answered, or gone (whole answers): the connection's hold was given up
	bool stalled;     // in the API's list of batches that wait for room in the queue
	struct batch *next_stalled;
	struct item *again; // the queue was full when they were tried
	size_t n, next, active, finished, window;
	size_t *order, sent, sent_bytes; // indexes by time of finishing; what was sent of them
	struct item items[];
};

static void
batch_drop(struct batch *b)
{
	bool last;

	pthread_mutex_lock(&b->lock);
	last = --b->holders == 0;
	pthread_mutex_unlock(&b->lock);
	if (!last)
		return;
	for (size_t i = 0; i < b->n; i++) {
		cJSON_Delete(b->items[i].request);
		if (b->items[i].record)
			job_record_unref(b->items[i].record);
		buf_done(&b->items[i].line);
	}
	call_release(b->call);
	pthread_mutex_destroy(&b->lock);
	free(b->order);
	free(b);
}

// --- results ---

// The address as it was asked for: a page that did not load has no other.
static void
put_head(struct item *it, int status)
{
	const char *url = json_str(it->request, "url");

	buf_fmt(&it->line, "{\"index\":%zu,\"url\":", (size_t)(it - it->batch->items));
	if (url)
		buf_json_str(&it->line, sv_from(url));
	else
		buf_str(&it->line, "null");
	buf_fmt(&it->line, ",\"http_status\":%d,", status);
}

static void
put_error(struct item *it, const struct err *err)
{
	cJSON *e = error_object(err, it->batch->call->request_id);

	put_head(it, err_info(err->code)->http_status);
	buf_str(&it->line, "\"error\":");
	json_print(&it->line, e, false);
	buf_ch(&it->line, '}');
	cJSON_Delete(e);
}

static void
put_result(struct item *it, struct job_record *r)
{
	int status = 500;
	struct sv envelope = job_record_envelope(r, &status);

	put_head(it, status);
	buf_str(&it->line, "\"result\":");
	buf_sv(&it->line, envelope);
	buf_ch(&it->line, '}');
}

// Does the caller give up the connection's hold? Once.
static bool
settle(struct batch *b)
{
	bool first;

	pthread_mutex_lock(&b->lock);
	first = !b->settled;
	b->settled = true;
	pthread_mutex_unlock(&b->lock);
	return first;
}

static void
answer_all(struct batch *b)
{
	struct buf body = BUF_INIT;

	http_exchange_on_gone(b->call->x, NULL, NULL);
	if (!settle(b))
		return;
	buf_str(&body, "{\"results\":[");
	for (size_t i = 0; i < b->n; i++) {
		if (i > 0)
			buf_ch(&body, ',');
		buf_sv(&body, buf_view(&b->items[i].line));
	}
	buf_str(&body, "]}\n");
	call_send(b->call, 200, JSON_TYPE, &body);
	batch_drop(b);
}

// --- the pump ---

static void batch_pump(struct batch *b);

// The item is done: under lock, its place in the order of finishing.
static void
finish_item(struct item *it)
{
	struct batch *b = it->batch;
	bool all;

	pthread_mutex_lock(&b->lock);
	it->finished = true;
	b->order[b->finished++] = (size_t)(it - b->items);
	b->active--;
	all = b->finished == b->n;
	pthread_mutex_unlock(&b->lock);
	if (b->format != STREAM_NONE)
		http_wake(b->call->x);
	else if (all)
		answer_all(b);
}

static void
on_item_done(void *arg, struct job_record *r)
{
	struct item *it = arg;
	struct batch *b = it->batch;

	put_result(it, r);
	finish_item(it);
	batch_pump(b);
	batch_drop(b);
}

// True when it was taken; false: the queue is full now. A request that is not valid is a result.
static bool
submit_item(struct item *it)
{
	struct submission s = {.done = on_item_done, .arg = it, .received_us = clock_us()};
	struct batch *b = it->batch;
	struct request *q = NULL;
	struct job_record *record = NULL;
	struct err err = ERR_INIT;
	int64_t retry_ms = 0;
	int rc = request_from_json(cJSON_Duplicate(it->request, true), &q, &err);

	if (rc == 0 && q->detach) {
		request_free(q);
		rc = err_at(&err, ERR_INVALID_REQUEST, "detach", "does not go with a batch");
	}
	if (rc == 0) {
		pthread_mutex_lock(&b->lock);
		b->holders++;
		pthread_mutex_unlock(&b->lock);
		rc = render_submit(b->call, q, &s, &record, &retry_ms, &err);
		if (rc != 0)
			batch_drop(b);
	}
	if (rc == ERR_QUEUE_FULL || rc == ERR_OVERLOADED || rc == ERR_DEADLINE_UNMEETABLE ||
	    rc == ERR_RATE_LIMITED)
		return false;
	if (rc != 0) {
		put_error(it, &err);
		finish_item(it);
		return true;
	}
	pthread_mutex_lock(&b->lock);
	it->record = record;
	if (b->gone)
		jobs_cancel(b->call->api->p.jobs, record);
	pthread_mutex_unlock(&b->lock);
	return true;
}

static struct item *
take_next(struct batch *b)
{
	struct item *it = NULL;

	pthread_mutex_lock(&b->lock);
	if (!b->gone && b->active < b->window && (b->again || b->next < b->n)) {
		it = b->again ? b->again : &b->items[b->next++];
		if (it == b->again)
			b->again = it->next;
		b->active++;
	}
	pthread_mutex_unlock(&b->lock);
	return it;
}

// The queue has no room: the tick of the service tries again.
static void
put_back(struct item *it)
{
	struct batch *b = it->batch;
	struct api *a = b->call->api;
	bool enlist;

	pthread_mutex_lock(&b->lock);
	it->next = b->again;
	b->again = it;
	b->active--;
	enlist = !b->stalled;
	b->stalled = true;
	b->holders += enlist;
	pthread_mutex_unlock(&b->lock);
	if (!enlist)
		return;
	pthread_mutex_lock(&a->stalled_lock);
	b->next_stalled = a->stalled;
	a->stalled = b;
	pthread_mutex_unlock(&a->stalled_lock);
}

static void
batch_pump(struct batch *b)
{
	struct item *it;

	while ((it = take_next(b)) != NULL)
		if (!submit_item(it)) {
			put_back(it);
			return;
		}
}

void
batch_tick(struct api *a)
{
	struct batch *b, *next;

	pthread_mutex_lock(&a->stalled_lock);
	b = steal_ptr(a->stalled);
	pthread_mutex_unlock(&a->stalled_lock);
	for (; b; b = next) {
		next = b->next_stalled;
		pthread_mutex_lock(&b->lock);
		b->stalled = false;
		pthread_mutex_unlock(&b->lock);
		batch_pump(b);
		batch_drop(b);
	}
}

// --- the client's side ---

static void
batch_cancel(struct batch *b)
{
	pthread_mutex_lock(&b->lock);
	b->gone = true;
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].record && !b->items[i].finished)
			jobs_cancel(b->call->api->p.jobs, b->items[i].record);
	pthread_mutex_unlock(&b->lock);
}

static void // of a whole answer
batch_gone(void *arg)
{
	struct batch *b = arg;

	batch_cancel(b);
	if (settle(b))
		batch_drop(b);
}

static void // of a stream
batch_closed(void *arg)
{
	batch_cancel(arg);
	batch_drop(arg);
}

// Loop thread: lines in the order in which they finished.
static enum http_pull
batch_pull(void *arg, struct buf *out, size_t room)
{
	struct batch *b = arg;
	size_t before = out->n;
	bool end;

	pthread_mutex_lock(&b->lock);
	while (b->sent < b->finished && out->n - before < room) {
		struct buf *line = &b->items[b->order[b->sent]].line;
		size_t n = MIN(line->n - b->sent_bytes, room);

		if (b->sent_bytes == 0 && b->format == STREAM_SSE)
			buf_fmt(out, "id: %zu\nevent: result\ndata: ", b->sent + 1);
		buf_add(out, line->p + b->sent_bytes, n);
		b->sent_bytes += n;
		if (b->sent_bytes < line->n)
			continue;
		buf_str(out, b->format == STREAM_SSE ? "\n\n" : "\n");
		buf_done(line);
		b->sent++;
		b->sent_bytes = 0;
	}
	end = b->sent == b->n;
	pthread_mutex_unlock(&b->lock);
	if (end)
		return HTTP_PULL_END;
	return out->n > before ? HTTP_PULL_MORE : HTTP_PULL_WAIT;
}

static void
begin_answer(struct batch *b)
{
	cleanup_settings *set = settings_current();
	struct call *c = b->call;
	struct http_reply r = {.status = 200};
	struct http_source source = {.pull = batch_pull,
	    .closed = batch_closed,
	    .arg = b,
	    .heartbeat = b->format == STREAM_SSE ? ": heartbeat\n\n" : "{\"type\":\"heartbeat\"}\n",
	    .heartbeat_ms = set->heartbeat};

	if (b->format == STREAM_NONE) {
		http_exchange_on_gone(c->x, batch_gone, b);
		return;
	}
	r.content_type = b->format == STREAM_SSE ? SSE_TYPE : NDJSON_TYPE;
	call_fields(c, &r);
	http_reply_field(&r, "Cache-Control", "no-store");
	http_stream(c->x, &r, &source);
}

static struct batch *
batch_new(struct call *c, const struct batch_body *body, size_t n)
{
	struct batch *b = xcalloc(1, sizeof(*b) + n * sizeof(b->items[0]));

	call_keep(c);
	b->call = c;
	b->format = stream_wanted(c);
	b->holders = 2; // the connection, and the worker until it has begun
	b->n = n;
	b->window = (size_t)body->concurrency;
	b->order = xcalloc(n, sizeof(*b->order));
	pthread_mutex_init(&b->lock, NULL);
	n = 0;
	json_foreach (q, body->requests) {
		b->items[n].batch = b;
		b->items[n++].request = cJSON_Duplicate(q, true);
	}
	return b;
}

int
api_batch(struct call *c, struct err *err)
{
	struct batch_body body;
	struct arena arena;
	cJSON *v = NULL;
	struct batch *b;
	int n = 0, rc = call_body(c, &v, err);

	if (rc != 0)
		return rc;
	arena_init(&arena, (size_t)1 << 20);
	rc = params_read(&api_batch_table, v, &body, &arena, "", err);
	if (rc == 0) {
		n = cJSON_IsArray(body.requests) ? cJSON_GetArraySize(body.requests) : 0;
		if (n < 1 || n > BATCH_MAX)
			rc = err_at(err, ERR_INVALID_REQUEST, "requests",
			    "expected an array of 1 to %d render requests", BATCH_MAX);
	}
	if (rc == 0) {
		b = batch_new(c, &body, (size_t)n);
		begin_answer(b);
		batch_pump(b);
		batch_drop(b);
	}
	arena_done(&arena);
	cJSON_Delete(v);
	return rc;
}
