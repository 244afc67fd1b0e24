// SPDX-License-Identifier: Apache-2.0
// Answers on their way to the loop thread: their fields are put into text by the thread that
// answers, what depends on the connection is added by the connection.
#include "orchestrator/http/http_priv.h"

#include <assert.h>

// --- statuses ---

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *
http_reason(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

// --- fields ---

void
http_reply_field(struct http_reply *r, const char *name, const char *value)
{
	assert(r->n_fields < HTTP_REPLY_FIELDS);
	r->fields[r->n_fields++] = (struct http_pair){name, value};
}

// A value may hold what a client sent: no control character of it reaches the wire.
static void
add_field(struct buf *b, const char *name, const char *value)
{
	size_t at;

	buf_str(b, name);
	buf_add(b, ": ", 2);
	at = b->n;
	buf_str(b, value);
	for (; at < b->n; at++)
		if (((unsigned char)b->p[at] < 0x20 && b->p[at] != '\t') || b->p[at] == 0x7f)
			b->p[at] = ' ';
	buf_add(b, "\r\n", 2);
}

// RFC 9110 8.6: no length with 1xx and 204; a 304 may leave it out.
static bool
has_no_content(int status)
{
	return status < 200 || status == 204 || status == 304;
}

static void
add_fields(struct answer *a, const struct http_reply *r)
{
	bool empty = has_no_content(r->status);
	uint64_t length = r->has_file ? (uint64_t)r->length : r->body.n;

	buf_reserve(&a->fields, 256);
	if (r->content_type && (!empty || a->kind == ANSWER_STREAM))
		add_field(&a->fields, "Content-Type", r->content_type);
	for (size_t i = 0; i < r->n_fields; i++)
		add_field(&a->fields, r->fields[i].name, r->fields[i].value);
	if (a->kind == ANSWER_WHOLE && !empty)
		buf_fmt(&a->fields, "Content-Length: %llu\r\n", (unsigned long long)length);
	a->bodiless = empty || a->x->request.method == HTTP_HEAD;
}

static void
dispose(struct http_reply *r)
{
	buf_done(&r->body);
	if (r->has_file)
		util_closep(&r->fd);
}

// --- from any thread into the loop ---

struct answer *
hanswer_new(struct http_exchange *x, enum answer_kind kind, struct http_reply *r)
{
	struct answer *a = xmalloc(sizeof(*a));

	assert(r->status >= 100 && r->status <= 999);
	*a =
	    (struct answer){.x = x, .kind = kind, .status = r->status, .close = r->close, .fd = -1};
	add_fields(a, r);
	if (a->bodiless) {
		dispose(r);
	} else if (r->has_file) {
		buf_done(&r->body);
		a->fd = r->fd;
		a->offset = r->offset;
		a->length = r->length;
	} else {
		a->body = r->body;
		r->body = (struct buf)BUF_INIT;
	}
	return a;
}

// What was not used of it.
void
hanswer_free(struct answer *a)
{
	buf_done(&a->fields);
	buf_done(&a->body);
	util_closep(&a->fd);
	if (a->source.closed)
		a->source.closed(a->source.arg);
	if (a->ws.closed)
		a->ws.closed(a->ws.arg);
	free(a);
}

static void
answer_apply(void *arg)
{
	struct answer *a = arg;
	struct http_exchange *x = a->x;
	struct conn *c = x->conn;

	if (!c) {
		hanswer_free(a);
	} else {
		hserver_enter(c->server);
		hconn_answer(c, a);
		hconn_run(c);
		hserver_leave(c->server);
	}
	hx_drop(x);
}

// At once when the connection is just being served, else in a turn of its own.
void
hanswer_send(struct answer *a)
{
	struct http_exchange *x = a->x;

	if (loop_is_current(x->server->loop) && x->conn && x->conn->running) {
		hconn_answer(x->conn, a);
		return;
	}
	atomic_fetch_add(&x->refs, 1);
	if (hserver_post(x->server, answer_apply, a))
		return;
	hanswer_free(a);
	hx_drop(x);
}

void
http_reply(struct http_exchange *x, struct http_reply *r)
{
	if (atomic_exchange(&x->answered, true))
		dispose(r);
	else
		hanswer_send(hanswer_new(x, ANSWER_WHOLE, r));
}

void
http_stream(struct http_exchange *x, struct http_reply *r, const struct http_source *s)
{
	struct answer *a;

	if (atomic_exchange(&x->answered, true)) {
		dispose(r);
		if (s->closed)
			s->closed(s->arg);
		return;
	}
	a = hanswer_new(x, ANSWER_STREAM, r);
	a->source = *s;
	hanswer_send(a);
}

static void
wake(void *arg)
{
	struct http_exchange *x = arg;
	struct conn *c = x->conn;

	atomic_store(&x->waking, false);
	if (c) {
		hserver_enter(c->server);
		if (c->stream)
			c->stream->ready = true;
		if (c->ws)
			hws_wake(c);
		hconn_run(c);
		hserver_leave(c->server);
	}
	hx_drop(x);
}

void
http_wake(struct http_exchange *x)
{
	if (atomic_load(&x->gone) || atomic_exchange(&x->waking, true))
		return;
	atomic_fetch_add(&x->refs, 1);
	if (!hserver_post(x->server, wake, x))
		hx_drop(x);
}

// A request that broke the protocol has no exchange that a user knows of.
void
hanswer_refused(struct http_server *s, const struct err *err, struct answer **out)
{
	struct http_exchange nobody = {.request.method = HTTP_GET};
	struct http_reply r = {.status = err_info(err->code)->http_status};

	if (s->hooks.on_refused) {
		s->hooks.on_refused(s->hooks.arg, err, &r);
	} else {
		r.content_type = "text/plain; charset=utf-8";
		buf_fmt(&r.body, "%s: %s\n", err_info(err->code)->code, err->message);
	}
	*out = hanswer_new(&nobody, ANSWER_WHOLE, &r);
	(*out)->x = NULL;
	(*out)->close = true;
}
