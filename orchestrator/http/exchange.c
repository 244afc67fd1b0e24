// SPDX-License-Identifier: Apache-2.0
// One request and its answer. Its memory is counted, so that any thread may hold it as long as it
// likes; what it knows of the connection belongs to the loop thread.
#include "orchestrator/http/http_priv.h"

#include <assert.h>

static struct sv
moved(struct sv v, const char *from, const char *to)
{
	return v.p ? (struct sv){to + (v.p - from), v.n} : v;
}

// The head's text and its fields lie behind the struct: one allocation.
struct http_exchange *
hx_new(struct conn *c, const struct http_head *h, struct sv text)
{
	size_t fields = h->n_fields * sizeof(struct http_field);
	size_t subject = c->subject ? strlen(c->subject) + 1 : 0;
	struct http_exchange *x = xmalloc(sizeof(*x) + fields + text.n + subject);
	struct http_field *f = (struct http_field *)(x + 1);
	char *copy = (char *)(x + 1) + fields;

	*x = (struct http_exchange){.server = c->server, .conn = c};
	hserver_ref(c->server);
	atomic_init(&x->refs, 1);
	atomic_init(&x->users, 1);
	memcpy(copy, text.p, text.n);
	for (size_t i = 0; i < h->n_fields; i++)
		f[i] = (struct http_field){moved(h->fields[i].name, text.p, copy),
		    moved(h->fields[i].value, text.p, copy)};
	memcpy(x->peer, c->peer, sizeof(x->peer));
	x->loop_user = true;
	x->expects = h->expect_continue;
	x->http10 = h->minor == 0;
	x->keep_alive = h->keep_alive;
	x->length = h->chunked ? UINT64_MAX : h->length;
	x->request = (struct http_request){
	    .method = h->method,
	    .minor = h->minor,
	    .target = moved(h->target, text.p, copy),
	    .path = moved(h->path, text.p, copy),
	    .query = moved(h->query, text.p, copy),
	    .fields = f,
	    .n_fields = h->n_fields,
	    .peer = x->peer,
	    .tls = c->ssl != NULL,
	    .received_us = c->server->now_us,
	};
	if (subject)
		x->request.client_subject = memcpy(copy + text.n, c->subject, subject);
	return x;
}

void
hx_drop(struct http_exchange *x)
{
	if (atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	if (x->user_free)
		x->user_free(x->user);
	atomic_fetch_sub(&x->server->body_bytes, x->body_counted);
	buf_done(&x->body);
	hserver_unref(x->server);
	free(x);
}

bool
hx_count_body(struct http_exchange *x)
{
	size_t grown = x->body.cap - x->body_counted;

	x->body_counted += grown;
	return atomic_fetch_add(&x->server->body_bytes, grown) + grown <=
	       x->server->limits.max_body_bytes_total;
}

struct http_exchange *
http_exchange_ref(struct http_exchange *x)
{
	atomic_fetch_add(&x->users, 1);
	atomic_fetch_add(&x->refs, 1);
	return x;
}

static void
answer_nobody(struct http_exchange *x)
{
	struct http_reply r = {.status = 500};

	http_reply(x, &r);
}

void
http_exchange_unref(struct http_exchange *x)
{
	if (!x)
		return;
	if (atomic_fetch_sub(&x->users, 1) == 1 && !atomic_load(&x->answered))
		answer_nobody(x);
	hx_drop(x);
}

void
hx_handed_over(struct http_exchange *x)
{
	x->loop_user = false;
	if (atomic_fetch_sub(&x->users, 1) == 1 && !atomic_load(&x->answered))
		answer_nobody(x);
}

const struct http_request *
http_exchange_request(const struct http_exchange *x)
{
	return &x->request;
}

bool
http_exchange_gone(const struct http_exchange *x)
{
	return atomic_load(&x->gone);
}

void
http_exchange_set_user(struct http_exchange *x, void *user, void (*user_free)(void *user))
{
	if (x->user_free)
		x->user_free(x->user);
	x->user = user;
	x->user_free = user_free;
}

void *
http_exchange_user(const struct http_exchange *x)
{
	return x->user;
}

// --- the end ---

static void
leave_conn(struct http_exchange *x)
{
	x->conn = NULL;
	if (x->loop_user)
		atomic_fetch_sub(&x->users, 1);
	x->loop_user = false;
}

void
hx_done(struct http_exchange *x)
{
	leave_conn(x);
	hx_drop(x);
}

// Calls gone_fn without the lock, with gone_running set meanwhile.
static void
call_gone(struct http_exchange *x)
{
	struct http_server *s = x->server;
	void (*fn)(void *);

	pthread_mutex_lock(&s->lock);
	fn = steal_ptr(x->gone_fn);
	x->gone_running = fn != NULL;
	pthread_mutex_unlock(&s->lock);
	if (!fn)
		return;
	fn(x->gone_arg);
	pthread_mutex_lock(&s->lock);
	x->gone_running = false;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void
hx_lost(struct http_exchange *x)
{
	leave_conn(x);
	atomic_store(&x->gone, true);
	call_gone(x);
	hx_drop(x);
}

static void
gone_late(void *arg)
{
	struct http_exchange *x = arg;

	call_gone(x);
	hx_drop(x);
}

void
http_exchange_on_gone(struct http_exchange *x, void (*fn)(void *arg), void *arg)
{
	struct http_server *s = x->server;

	pthread_mutex_lock(&s->lock);
	while (!fn && x->gone_running && !loop_is_current(s->loop))
		pthread_cond_wait(&s->changed, &s->lock);
	x->gone_fn = fn;
	x->gone_arg = arg;
	pthread_mutex_unlock(&s->lock);
	if (!fn || !atomic_load(&x->gone))
		return;
	atomic_fetch_add(&x->refs, 1);
	if (!hserver_post(s, gone_late, x))
		hx_drop(x);
}
