// SPDX-License-Identifier: Apache-2.0
// The ring of a job's events and those who wait for them. An event is encoded once, by its writer;
// readers share the text. Three locks: `write_lock` puts writers in a row, so that an event is
// encoded with its id outside of `lock`, which guards the ring and is held for a few instructions;
// `watch_lock` is held while the watchers are woken, so that to stop watching is to take it.
#include "orchestrator/job/event_log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define FIRST_CAPACITY 16
#define EVENT_COST     sizeof(struct event_text)

struct event_watch {
	struct event_log *log; // a reference
	void (*wake)(void *arg);
	void *arg;
	struct event_watch *next, **link;
};

struct event_log {
	atomic_uint refs;
	char job_id[40];
	size_t max_events, max_bytes;

	pthread_mutex_t write_lock;
	pthread_mutex_t lock;
	struct event_text **ring; // `n` of them from `head`, ids last - n + 1 to last
	size_t cap, head, n, bytes;
	uint64_t last;
	bool ended;

	pthread_mutex_t watch_lock;
	struct event_watch *watches;
};

struct event_log *
event_log_new(const char *job_id, size_t max_events, size_t max_bytes)
{
	struct event_log *l = xcalloc(1, sizeof(*l));

	atomic_init(&l->refs, 1);
	snprintf(l->job_id, sizeof(l->job_id), "%s", job_id);
	l->max_events = MAX(max_events, (size_t)1);
	l->max_bytes = max_bytes;
	pthread_mutex_init(&l->write_lock, NULL);
	pthread_mutex_init(&l->lock, NULL);
	pthread_mutex_init(&l->watch_lock, NULL);
	return l;
}

struct event_log *
event_log_ref(struct event_log *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void
event_log_unref(struct event_log *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < l->n; i++)
		event_text_unref(l->ring[(l->head + i) % l->cap]);
	free(l->ring);
	pthread_mutex_destroy(&l->write_lock);
	pthread_mutex_destroy(&l->lock);
	pthread_mutex_destroy(&l->watch_lock);
	free(l);
}

// --- one event ---

struct event_text *
event_text_ref(struct event_text *e)
{
	__atomic_fetch_add(&e->refs, 1, __ATOMIC_RELAXED);
	return e;
}

void
event_text_unref(struct event_text *e)
{
	if (e && __atomic_fetch_sub(&e->refs, 1, __ATOMIC_ACQ_REL) == 1)
		free(e);
}

// The type and the text lie behind the object.
static struct event_text *
encode(const struct event_log *l, uint64_t id, const char *type, int64_t at_ms, struct sv data)
{
	cleanup_buf head = BUF_INIT;
	size_t type_n = strlen(type) + 1;
	struct event_text *e;
	char *p;

	buf_fmt(&head, "{\"id\":%llu,\"job_id\":", (unsigned long long)id);
	buf_json_str(&head, sv_from(l->job_id));
	buf_str(&head, ",\"type\":");
	buf_json_str(&head, sv_from(type));
	buf_fmt(&head, ",\"at_ms\":%lld,\"data\":", (long long)at_ms);
	e = xmalloc(sizeof(*e) + type_n + head.n + data.n + 2);
	p = (char *)(e + 1);
	memcpy(p, type, type_n);
	*e = (struct event_text){
	    .refs = 1, .id = id, .type = p, .json = {p + type_n, head.n + data.n + 1}};
	p += type_n;
	memcpy(p, head.p, head.n);
	memcpy(p + head.n, data.p, data.n);
	memcpy(p + head.n + data.n, "}", 2);
	return e;
}

// --- writing ---

static void
drop_oldest(struct event_log *l)
{
	struct event_text *e = l->ring[l->head];

	l->bytes -= e->json.n + EVENT_COST;
	l->head = (l->head + 1) % l->cap;
	l->n--;
	event_text_unref(e);
}

static void
grow(struct event_log *l)
{
	size_t cap = MIN(l->cap ? 2 * l->cap : (size_t)FIRST_CAPACITY, l->max_events);
	struct event_text **ring = xcalloc(cap, sizeof(struct event_text *));

	for (size_t i = 0; i < l->n; i++)
		ring[i] = l->ring[(l->head + i) % l->cap];
	free(l->ring);
	l->ring = ring;
	l->cap = cap;
	l->head = 0;
}

static void
append(struct event_log *l, struct event_text *e)
{
	if (l->n == l->cap && l->cap < l->max_events)
		grow(l);
	while (l->n > 0 && (l->n == l->cap || l->bytes + e->json.n + EVENT_COST > l->max_bytes))
		drop_oldest(l);
	l->ring[(l->head + l->n) % l->cap] = e;
	l->n++;
	l->bytes += e->json.n + EVENT_COST;
	l->last = e->id;
}

static void
wake_all(struct event_log *l)
{
	pthread_mutex_lock(&l->watch_lock);
	for (struct event_watch *w = l->watches; w; w = w->next)
		w->wake(w->arg);
	pthread_mutex_unlock(&l->watch_lock);
}

// Under write_lock. Takes `e`.
static void
show(struct event_log *l, struct event_text *e, bool last)
{
	pthread_mutex_lock(&l->lock);
	append(l, e);
	l->ended = last;
	pthread_mutex_unlock(&l->lock);
}

uint64_t
event_log_add(struct event_log *l, const char *type, int64_t at_ms, const cJSON *data)
{
	cleanup_buf text = BUF_INIT;
	uint64_t id = 0;

	if (data)
		json_print(&text, data, false);
	else
		buf_str(&text, "{}");
	pthread_mutex_lock(&l->write_lock);
	if (!l->ended) {
		id = l->last + 1;
		show(l, encode(l, id, type, at_ms, buf_view(&text)), false);
	}
	pthread_mutex_unlock(&l->write_lock);
	if (id)
		wake_all(l);
	return id;
}

bool
event_log_finish(struct event_log *l, const char *type, int64_t at_ms, struct sv data,
    void (*publish)(void *arg, struct event_text *e), void *arg)
{
	struct event_text *e = NULL;

	pthread_mutex_lock(&l->write_lock);
	if (!l->ended) {
		e = encode(l, l->last + 1, type, at_ms, data);
		publish(arg, e);
		show(l, e, true);
	}
	pthread_mutex_unlock(&l->write_lock);
	if (e)
		wake_all(l);
	return e != NULL;
}

// --- reading ---

enum event_next
event_log_next(struct event_log *l, uint64_t *last, struct event_text **out, uint64_t *gap)
{
	enum event_next what;
	uint64_t first;

	pthread_mutex_lock(&l->lock);
	first = l->last - l->n + 1;
	if (*last >= l->last) {
		what = l->ended ? EVENT_END : EVENT_WAIT;
	} else if (*last + 1 < first) {
		*gap = first - 1 - *last;
		*last = first - 1;
		what = EVENT_GAP;
	} else {
		*out = event_text_ref(l->ring[(l->head + (size_t)(*last + 1 - first)) % l->cap]);
		(*last)++;
		what = EVENT_ITEM;
	}
	pthread_mutex_unlock(&l->lock);
	return what;
}

size_t
event_log_bytes(struct event_log *l)
{
	size_t n;

	pthread_mutex_lock(&l->lock);
	n = sizeof(*l) + l->cap * sizeof(struct event_text *) + l->bytes;
	pthread_mutex_unlock(&l->lock);
	return n;
}

// --- watching ---

struct event_watch *
event_log_watch(struct event_log *l, void (*wake)(void *arg), void *arg)
{
	struct event_watch *w = xcalloc(1, sizeof(*w));

	*w = (struct event_watch){.log = event_log_ref(l), .wake = wake, .arg = arg};
	pthread_mutex_lock(&l->watch_lock);
	w->next = l->watches;
	w->link = &l->watches;
	if (w->next)
		w->next->link = &w->next;
	l->watches = w;
	pthread_mutex_unlock(&l->watch_lock);
	return w;
}

void
event_log_unwatch(struct event_watch *w)
{
	struct event_log *l;

	if (!w)
		return;
	l = w->log;
	pthread_mutex_lock(&l->watch_lock);
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	pthread_mutex_unlock(&l->watch_lock);
	free(w);
	event_log_unref(l);
}
