// SPDX-License-Identifier: Apache-2.0
// GET /v1/ws: several jobs over one WebSocket. The client sends {"op", …}, the service answers each
// with one message and then the events of the jobs that the connection follows. Messages are parsed
// by a worker; the loop thread only moves text. Limits: followed jobs, waiting messages and
// answers.
#include "orchestrator/api/socket_priv.h"

#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

// --- lists ---

static void
list_put(struct text_list *l, struct sv v)
{
	struct text *t = xmalloc(sizeof(*t) + v.n);

	t->next = NULL;
	t->n = v.n;
	memcpy(t->p, v.p, v.n);
	if (!l->head)
		l->tail = &l->head;
	*l->tail = t;
	l->tail = &t->next;
	l->n++;
}

static struct text *
list_take(struct text_list *l)
{
	struct text *t = l->head;

	if (t) {
		l->head = t->next;
		l->n--;
	}
	return t;
}

static void
list_free(struct text_list *l)
{
	struct text *t;

	while ((t = list_take(l)) != NULL)
		free(t);
}

// --- the socket's life ---

static void
followed_free(struct followed *f)
{
	event_log_unwatch(f->watch);
	job_record_unref(f->record);
	feed_unref(f->feed);
	free(f->id);
	free(f);
}

static void
socket_drop(struct socket *s)
{
	struct followed *f, *next;
	bool last;

	pthread_mutex_lock(&s->lock);
	last = --s->holders == 0;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	for (f = s->jobs; f; f = next) {
		next = f->next;
		followed_free(f);
	}
	list_free(&s->inbox);
	list_free(&s->answers);
	atomic_fetch_sub(&s->call->api->streams, 1);
	call_release(s->call);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
socket_say(struct socket *s, const cJSON *v)
{
	cleanup_buf text = BUF_INIT;

	json_print(&text, v, false);
	pthread_mutex_lock(&s->lock);
	if (s->answers.n < MAX_ANSWERS)
		list_put(&s->answers, buf_view(&text));
	pthread_mutex_unlock(&s->lock);
	http_wake(s->call->x);
}

cJSON *
socket_answer(const cJSON *message, const char *op)
{
	const cJSON *id = json_get(message, "id");
	cJSON *v = json_obj();

	json_set_str(v, "op", op);
	if (id)
		json_set(v, "id", cJSON_Duplicate(id, false));
	return v;
}

static void
say_error(struct socket *s, const cJSON *message, const struct err *err)
{
	cJSON *v = socket_answer(message, "error");

	json_set(v, "error", error_object(err, s->call->request_id));
	socket_say(s, v);
	cJSON_Delete(v);
}

// --- following a job ---

static void
on_event(void *arg)
{
	http_wake(arg);
}

int
socket_follow(struct socket *s, struct job_record *r, struct feed *feed, const cJSON *message,
    uint64_t last, bool owned, struct err *err)
{
	const cJSON *id = json_get(message, "id");
	struct followed *f = xcalloc(1, sizeof(*f));
	bool ok;

	f->record = r;
	f->last = last;
	f->owned = owned;
	f->feed = feed ? feed_ref(feed) : NULL;
	f->id = id ? cJSON_PrintUnformatted(id) : NULL;
	f->watch = event_log_watch(job_record_log(r), on_event, s->call->x);
	pthread_mutex_lock(&s->lock);
	ok = !s->closed && s->n_jobs < MAX_FOLLOWED;
	if (ok) {
		f->next = s->jobs;
		s->jobs = f;
		s->n_jobs++;
	}
	pthread_mutex_unlock(&s->lock);
	if (ok)
		return 0;
	followed_free(f);
	return err_set(err, ERR_OVERLOADED, "a connection follows %d jobs at most", MAX_FOLLOWED);
}

// A worker: all messages that wait.
static void
socket_work(void *arg)
{
	struct socket *s = arg;
	struct text *t;

	for (;;) {
		struct err err = ERR_INIT;
		cJSON *message = NULL;

		pthread_mutex_lock(&s->lock);
		t = s->closed ? NULL : list_take(&s->inbox);
		s->working = t != NULL;
		pthread_mutex_unlock(&s->lock);
		if (!t)
			break;
		if (json_parse_api((struct sv){t->p, t->n}, &request_json_limits, &message, &err) !=
			0 ||
		    socket_op(s, message, &err) != 0)
			say_error(s, message, &err);
		cJSON_Delete(message);
		free(t);
	}
	socket_drop(s);
}

// --- the connection's side: loop thread ---

static void
on_message(void *arg, struct http_exchange *x UNUSED, bool text, struct sv message)
{
	struct socket *s = arg;
	struct err err = ERR_INIT;
	bool start = false, full;

	pthread_mutex_lock(&s->lock);
	full = s->inbox.n >= MAX_INBOX;
	if (text && !full) {
		list_put(&s->inbox, message);
		start = !s->working;
		s->working = true;
		s->holders += start;
	}
	pthread_mutex_unlock(&s->lock);
	if (!text || full) {
		err_set(&err, text ? ERR_RATE_LIMITED : ERR_INVALID_REQUEST,
		    text ? "more messages wait than may" : "expected a text message");
		say_error(s, NULL, &err);
	}
	if (start && !lane_put(s->call->api->light, socket_work, s)) {
		err_set(&err, ERR_OVERLOADED, NULL);
		say_error(s, NULL, &err);
		pthread_mutex_lock(&s->lock);
		s->working = false;
		pthread_mutex_unlock(&s->lock);
		socket_drop(s);
	}
}

static void
put_event(const struct followed *f, const char *kind, struct sv json, struct buf *out)
{
	buf_fmt(out, "{\"op\":\"%s\",", kind);
	if (f->id)
		buf_fmt(out, "\"id\":%s,", f->id);
	buf_str(out, "\"event\":");
	buf_sv(out, json);
	buf_ch(out, '}');
}

// The next event of a followed job; false: none now.
static bool
next_event(struct followed *f, struct buf *out)
{
	struct event_text *e = NULL;
	cleanup_buf gap = BUF_INIT;
	uint64_t missed = 0;

	switch (event_log_next(job_record_log(f->record), &f->last, &e, &missed)) {
	case EVENT_ITEM:
		put_event(f, "event", e->json, out);
		event_text_unref(e);
		return true;
	case EVENT_GAP:
		metric_add(METRIC_EVENT_GAPS, NULL, 1);
		buf_fmt(&gap, "{\"type\":\"gap\",\"job_id\":\"%s\",\"data\":{\"missed\":%llu}}",
		    job_record_id(f->record), (unsigned long long)missed);
		put_event(f, "event", buf_view(&gap), out);
		return true;
	case EVENT_END:
		f->ended = true;
		return false;
	case EVENT_WAIT:
		break;
	}
	return false;
}

static enum http_pull
socket_pull(void *arg, struct buf *message, size_t room UNUSED)
{
	struct socket *s = arg;
	struct followed **at, *ended = NULL;
	struct text *t;
	bool found;

	pthread_mutex_lock(&s->lock);
	t = list_take(&s->answers);
	found = t != NULL;
	if (t)
		buf_add(message, t->p, t->n);
	for (at = &s->jobs; *at && !found;) {
		struct followed *f = *at;

		found = next_event(f, message);
		if (f->ended) { // taken out of the list; freed outside of the lock
			*at = f->next;
			f->next = ended;
			ended = f;
			s->n_jobs--;
		} else {
			at = &f->next;
		}
	}
	pthread_mutex_unlock(&s->lock);
	free(t);
	while (ended) {
		struct followed *f = ended;

		ended = f->next;
		followed_free(f);
	}
	return found ? HTTP_PULL_MORE : HTTP_PULL_WAIT;
}

static void
socket_closed(void *arg)
{
	struct socket *s = arg;

	pthread_mutex_lock(&s->lock);
	s->closed = true;
	for (struct followed *f = s->jobs; f; f = f->next)
		if (f->owned)
			jobs_cancel(s->call->api->p.jobs, f->record);
	pthread_mutex_unlock(&s->lock);
	socket_drop(s);
}

// GET /v1/ws
int
api_socket(struct call *c, struct err *err)
{
	cleanup_settings *set = settings_current();
	struct http_ws w = {.on_message = on_message,
	    .pull = socket_pull,
	    .closed = socket_closed,
	    .max_message_bytes = MAX_MESSAGE,
	    .ping_ms = PING_MS};
	struct sv protocols = http_field_get(c->req, "sec-websocket-protocol");
	struct socket *s;
	int rc = http_check_upgrade(c->req, err);

	if (rc != 0)
		return rc;
	if (atomic_fetch_add(&c->api->streams, 1) >= (unsigned)set->max_streams) {
		atomic_fetch_sub(&c->api->streams, 1);
		return err_set(err, ERR_OVERLOADED, "as many streams are open as may be");
	}
	for (size_t i = 0; i + 7 <= protocols.n; i++)
		if (strncmp(protocols.p + i, "riptide", 7) == 0 &&
		    (i + 7 == protocols.n || protocols.p[i + 7] == ',' ||
			protocols.p[i + 7] == ' '))
			w.protocol = "riptide";
	s = xcalloc(1, sizeof(*s));
	call_keep(c);
	s->call = c;
	s->holders = 1;
	pthread_mutex_init(&s->lock, NULL);
	w.arg = s;
	http_upgrade(c->x, &w);
	return 0;
}
