// SPDX-License-Identifier: Apache-2.0
// A small server on orchestrator/http for tests/integration/test_http.py: prints its address, then
// serves until its standard input ends. Answers come from the loop thread or, under /slow, from a
// second one.
#include "base/clock.h"
#include "base/log.h"
#include "orchestrator/http/http.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct http_server *server;
static atomic_int gone, live_streams, live_sockets;

static void
reply_text(struct http_exchange *x, int status, struct buf *text)
{
	struct http_reply r = {.status = status, .content_type = "text/plain"};

	r.body = *text;
	http_reply(x, &r);
}

static void
reply_str(struct http_exchange *x, int status, const char *text)
{
	struct buf b = BUF_INIT;

	buf_str(&b, text);
	reply_text(x, status, &b);
}

static size_t
query_number(const struct http_request *r, const char *name, size_t otherwise)
{
	cleanup_buf text = BUF_INIT;

	return http_query_get(r, name, &text) ? strtoul(text.p ? text.p : "", NULL, 10) : otherwise;
}

// --- answers at once ---

static void
route_hello(struct http_exchange *x)
{
	reply_str(x, 200, "hello\n");
}

// What was understood of the request.
static void
route_echo(struct http_exchange *x)
{
	const struct http_request *r = http_exchange_request(x);
	struct buf b = BUF_INIT;

	buf_fmt(&b, "%s " SV_FMT " peer=%s tls=%d subject=%s fields=%zu body=%zu\n",
	    http_method_names[r->method], SV_ARG(r->target), r->peer, r->tls,
	    r->client_subject ? r->client_subject : "-", r->n_fields, r->body.n);
	buf_sv(&b, r->body);
	reply_text(x, 200, &b);
}

static void
route_big(struct http_exchange *x)
{
	size_t n = query_number(http_exchange_request(x), "n", 1000000);
	struct buf b = BUF_INIT;
	char *p = buf_reserve(&b, n);

	if (p) {
		memset(p, 'x', n);
		p[n] = '\0';
		b.n = n;
	}
	reply_text(x, 200, &b);
}

static void
route_file(struct http_exchange *x)
{
	struct http_reply r = {.status = 200, .content_type = "application/octet-stream"};

	r.has_file = true;
	r.fd = open(getenv("HTTP_ECHO_FILE"), O_RDONLY | O_CLOEXEC);
	r.offset = (off_t)query_number(http_exchange_request(x), "from", 0);
	r.length = (int64_t)query_number(http_exchange_request(x), "n", 10);
	http_reply(x, &r);
}

static void
route_nothing(struct http_exchange *x)
{
	(void)x; // nobody answers: 500
}

static void
route_stats(struct http_exchange *x)
{
	struct buf b = BUF_INIT;
	struct http_stats st;

	http_server_stats(server, &st);
	buf_fmt(&b,
	    "{\"open\":%u,\"streams\":%u,\"websockets\":%u,\"requests\":%llu,\"refused\":%llu,"
	    "\"protocol_errors\":%llu,\"body_bytes\":%llu,\"gone\":%d,\"live_streams\":%d,"
	    "\"live_sockets\":%d}\n",
	    st.open, st.streams, st.websockets, (unsigned long long)st.requests,
	    (unsigned long long)st.refused, (unsigned long long)st.protocol_errors,
	    (unsigned long long)st.body_bytes_held, atomic_load(&gone), atomic_load(&live_streams),
	    atomic_load(&live_sockets));
	reply_text(x, 200, &b);
}

static void
route_drain(struct http_exchange *x)
{
	http_server_drain(server);
	reply_str(x, 200, "draining\n");
}

// --- answers from another thread ---

struct late {
	struct late *next;
	struct http_exchange *x;
	int64_t at_ms;
};
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct late *list;
	bool ending;
} late = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void
count_gone(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
route_slow(struct http_exchange *x)
{
	struct late *l = xmalloc(sizeof(*l));

	*l = (struct late){.x = http_exchange_ref(x),
	    .at_ms = clock_ms() + (int64_t)query_number(http_exchange_request(x), "ms", 100)};
	http_exchange_on_gone(x, count_gone, &gone);
	pthread_mutex_lock(&late.lock);
	l->next = late.list;
	late.list = l;
	pthread_cond_signal(&late.changed);
	pthread_mutex_unlock(&late.lock);
}

// The first that is due, taken out; else the time of the next.
static struct late *
take_due(int64_t *next_ms)
{
	*next_ms = clock_ms() + 60000;
	for (struct late **at = &late.list; *at; at = &(*at)->next) {
		struct late *l = *at;

		if (late.ending || l->at_ms <= clock_ms()) {
			*at = l->next;
			return l;
		}
		*next_ms = MIN(*next_ms, l->at_ms);
	}
	return NULL;
}

static void *
late_main(void *arg)
{
	pthread_mutex_lock(&late.lock);
	for (;;) {
		int64_t next;
		struct late *l = take_due(&next);

		if (!l && late.ending)
			break;
		if (!l) {
			struct timespec until = deadline_timespec((struct deadline){next * 1000});

			pthread_cond_clockwait(&late.changed, &late.lock, CLOCK_MONOTONIC, &until);
			continue;
		}
		pthread_mutex_unlock(&late.lock);
		http_exchange_on_gone(l->x, NULL, NULL);
		reply_str(l->x, 200, "late\n");
		http_exchange_unref(l->x);
		free(l);
		pthread_mutex_lock(&late.lock);
	}
	pthread_mutex_unlock(&late.lock);
	return arg;
}

// --- streams ---

struct counting {
	size_t at, n, bytes;
	bool silent; // only heartbeats
};

static enum http_pull
pull_counting(void *arg, struct buf *out, size_t room)
{
	struct counting *k = arg;

	while (!k->silent && k->at < k->n && out->n < room) {
		buf_fmt(out, "%zu ", k->at++);
		if (buf_reserve(out, k->bytes))
			memset(out->p + out->n, '.', k->bytes);
		out->n += k->bytes;
		buf_ch(out, '\n');
	}
	return k->silent ? HTTP_PULL_WAIT : k->at < k->n ? HTTP_PULL_MORE : HTTP_PULL_END;
}

static void
closed_counting(void *arg)
{
	atomic_fetch_sub(&live_streams, 1);
	free(arg);
}

static void
route_stream(struct http_exchange *x)
{
	const struct http_request *q = http_exchange_request(x);
	struct http_reply r = {.status = 200, .content_type = "text/plain"};
	struct counting *k = xmalloc(sizeof(*k));

	*k = (struct counting){.n = query_number(q, "n", 10),
	    .bytes = query_number(q, "bytes", 0),
	    .silent = query_number(q, "silent", 0)};
	atomic_fetch_add(&live_streams, 1);
	http_stream(x, &r,
	    &(struct http_source){.pull = pull_counting,
		.closed = closed_counting,
		.arg = k,
		.heartbeat = ": beat\n",
		.heartbeat_ms = (int64_t)query_number(q, "beat", 15000)});
}

// --- WebSockets: what comes goes back ---

struct echoing {
	struct buf queue; // length, text
	size_t flood;     // messages to send unasked
	bool ending;
};

static void
echo_message(void *arg, struct http_exchange *x, bool text, struct sv message)
{
	struct echoing *e = arg;

	e->ending = sv_eq_str(message, "bye");
	if (text && !e->queue.n)
		buf_sv(&e->queue, message);
	http_wake(x);
}

static enum http_pull
echo_pull(void *arg, struct buf *message, size_t room)
{
	struct echoing *e = arg;

	(void)room;
	if (e->queue.n) {
		buf_sv(message, buf_view(&e->queue));
		buf_reset(&e->queue);
		return HTTP_PULL_MORE;
	}
	if (e->ending)
		return HTTP_PULL_END;
	if (e->flood) {
		buf_fmt(message, "flood %zu %01000d", e->flood--, 0);
		return HTTP_PULL_MORE;
	}
	return HTTP_PULL_WAIT;
}

static void
echo_closed(void *arg)
{
	struct echoing *e = arg;

	atomic_fetch_sub(&live_sockets, 1);
	buf_done(&e->queue);
	free(e);
}

static void
route_ws(struct http_exchange *x)
{
	const struct http_request *q = http_exchange_request(x);
	struct err err = ERR_INIT;
	struct echoing *e;

	if (http_check_upgrade(q, &err) != 0) {
		reply_str(x, err_info(err.code)->http_status, err.message);
		return;
	}
	e = xcalloc(1, sizeof(*e));
	e->flood = query_number(q, "flood", 0);
	atomic_fetch_add(&live_sockets, 1);
	http_upgrade(x, &(struct http_ws){.on_message = echo_message,
			    .pull = echo_pull,
			    .closed = echo_closed,
			    .arg = e,
			    .max_message_bytes = 65536,
			    .ping_ms = (int64_t)query_number(q, "ping", 15000)});
}

// --- the table ---

static const struct {
	const char *path;
	void (*fn)(struct http_exchange *x);
} routes[] = {
    {"/", route_hello},
    {"/echo", route_echo},
    {"/big", route_big},
    {"/file", route_file},
    {"/nothing", route_nothing},
    {"/stats", route_stats},
    {"/drain", route_drain},
    {"/slow", route_slow},
    {"/stream", route_stream},
    {"/ws", route_ws},
};

static void
on_request(void *arg, struct http_exchange *x)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (sv_eq_str(http_exchange_request(x)->path, routes[i].path)) {
			routes[i].fn(x);
			return;
		}
	}
	reply_str(x, 404, "no such path\n");
}

static void
on_head(void *arg, struct http_exchange *x, size_t *max_body)
{
	const struct http_request *r = http_exchange_request(x);

	(void)arg;
	if (http_field_get(r, "x-forbidden").p)
		reply_str(x, 403, "forbidden\n");
	if (sv_eq_str(r->path, "/small"))
		*max_body = 10;
}

// HTTP_ECHO_LIMITS="head_ms=300 idle_ms=200": over the defaults.
static void
set_limits(struct http_limits *l)
{
	const struct {
		const char *name;
		int64_t *ms;
		size_t *size;
	} names[] = {
	    {"head_ms", &l->head_ms, NULL},
	    {"idle_ms", &l->idle_ms, NULL},
	    {"body_ms", &l->body_ms, NULL},
	    {"body_rate", &l->body_rate, NULL},
	    {"write_ms", &l->write_ms, NULL},
	    {"write_rate", &l->write_rate, NULL},
	    {"requests", &l->requests_per_connection, NULL},
	    {"connections", NULL, &l->max_connections},
	    {"peer", NULL, &l->max_connections_per_peer},
	    {"body", NULL, &l->max_body_bytes},
	    {"bodies", NULL, &l->max_body_bytes_total},
	};
	const char *text = getenv("HTTP_ECHO_LIMITS");

	for (size_t i = 0; text && i < ARRAY_LEN(names); i++) {
		cleanup_free char *key = xasprintf("%s=", names[i].name);
		const char *at = strstr(text, key);

		if (!at || (at > text && at[-1] != ' '))
			continue;
		if (names[i].ms)
			*names[i].ms = strtoll(at + strlen(key), NULL, 10);
		else
			*names[i].size = strtoul(at + strlen(key), NULL, 10);
	}
}

int
main(int argc, char **argv)
{
	struct http_opts o = {.listen = argc > 1 ? argv[1] : "127.0.0.1:0",
	    .listen_fd = -1,
	    .limits = http_limits_default};
	struct err err = ERR_INIT;
	struct loop *loop = loop_new(&err);
	pthread_t thread;
	char c;

	if (strncmp(o.listen, "fd:", 3) == 0)
		o.listen_fd = atoi(o.listen + 3);
	o.hooks = (struct http_hooks){.on_head = on_head, .on_request = on_request};
	o.tls = (struct http_tls){
	    getenv("HTTP_ECHO_CERT"), getenv("HTTP_ECHO_KEY"), getenv("HTTP_ECHO_CLIENT_CA")};
	set_limits(&o.limits);
	if (!loop || http_server_open(loop, &o, &server, &err) != 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	pthread_create(&thread, NULL, late_main, NULL);
	printf("%s\n", http_server_address(server));
	fflush(stdout);
	while (read(0, &c, 1) > 0 || errno == EINTR)
		;
	http_server_free(server);
	pthread_mutex_lock(&late.lock);
	late.ending = true;
	pthread_cond_signal(&late.changed);
	pthread_mutex_unlock(&late.lock);
	pthread_join(thread, NULL);
	loop_free(loop);
	printf("streams %d sockets %d\n", atomic_load(&live_streams), atomic_load(&live_sockets));
	return 0;
}
