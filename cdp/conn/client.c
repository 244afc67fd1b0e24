// SPDX-License-Identifier: Apache-2.0
// A client: what one job thread sees of a connection. Calls go out through the loop's post queue;
// replies and events come back through one mailbox, and events are dispatched while the thread
// waits in here. The client_deliver_* functions run in the loop thread and only put mail.
#include "cdp/conn/conn_priv.h"

#include <stdio.h>

#define BOX_MAILS   20000
#define BOX_BYTES   ((size_t)64 << 20)
#define STEAL_BYTES ((size_t)64 << 10) // above: the received block is handed over, not copied

// --- mail, made in the loop thread ---

static void
client_mail_free(struct mail *mail)
{
	struct client_mail *m = (struct client_mail *)mail;

	free(m->own);
	free(m);
}

static struct client_mail *
mail_new(struct sv method, struct sv body, char **own)
{
	bool steal = own && *own && body.n > STEAL_BYTES;
	size_t extra = method.n + 1 + (steal ? 0 : body.n + 1);
	struct client_mail *m = xmalloc(sizeof(*m) + extra);

	*m = (struct client_mail){.mail.free = client_mail_free, .n = body.n};
	m->mail.size_bytes = sizeof(*m) + method.n + body.n;
	m->method = (char *)(m + 1);
	if (method.n)
		memcpy(m->method, method.p, method.n);
	m->method[method.n] = '\0';
	if (steal) {
		m->own = steal_ptr(*own);
		m->body = (char *)(uintptr_t)body.p;
	} else {
		m->body = m->method + method.n + 1;
		if (body.n)
			memcpy(m->body, body.p, body.n);
	}
	m->body[body.n] = '\0';
	return m;
}

void
client_deliver_reply(
    struct cdp_client *cl, const struct call *call, const struct envelope *e, char **own)
{
	struct client_mail *m = mail_new(SV_NULL, e->body, own);

	m->id = call->id;
	m->is_error = e->kind == ENVELOPE_ERROR;
	mailbox_put_urgent(cl->box, &m->mail);
}

void
client_deliver_failure(struct cdp_client *cl, const struct call *call, int code)
{
	struct client_mail *m = mail_new(SV_NULL, SV_NULL, NULL);

	m->id = call->id;
	m->code = code;
	mailbox_put_urgent(cl->box, &m->mail);
}

void
client_deliver_event(struct cdp_client *cl, struct cdp_session *s, const struct envelope *e,
    char **own, bool droppable)
{
	struct client_mail *m;

	if (atomic_load(&cl->deaf))
		return;
	m = mail_new(e->method, e->body.p ? e->body : SV("{}"), own);
	m->session = s;
	mailbox_put(cl->box, &m->mail, droppable);
}

void
client_overflow(struct cdp_client *cl)
{
	atomic_store(&cl->overflowed, true);
	mailbox_wake(cl->box);
}

// --- life ---

void
client_ref(struct cdp_client *cl)
{
	atomic_fetch_add(&cl->refs, 1);
}

void
client_unref(struct cdp_client *cl)
{
	if (atomic_fetch_sub(&cl->refs, 1) != 1)
		return;
	mailbox_free(cl->box);
	conn_unref(cl->conn);
	free(cl);
}

struct cdp_client *
cdp_client_new(struct cdp_conn *c, cdp_event_fn *on_event, void *arg)
{
	struct cdp_client *cl = xcalloc(1, sizeof(*cl));

	atomic_init(&cl->refs, 1);
	cl->conn = c;
	conn_ref(c);
	cl->box = mailbox_new(BOX_MAILS, BOX_BYTES);
	cl->on_event = on_event;
	cl->arg = arg;
	cl->deferred_tail = &cl->deferred;
	conn_add_client(c, cl);
	return cl;
}

// Loop: from here on no session of the client has anybody to deliver to.
static void
client_gone(struct loop_task *t)
{
	struct cdp_client *cl =
	    (struct cdp_client *)((char *)t - offsetof(struct cdp_client, gone));

	while (cl->sessions) {
		struct cdp_session *s = cl->sessions;

		cl->sessions = s->client_next;
		session_orphan(s);
	}
	client_unref(cl);
}

void
cdp_client_free(struct cdp_client *cl)
{
	if (!cl)
		return;
	mailbox_close(cl->box);
	conn_remove_client(cl->conn, cl);
	for (size_t i = 0; i < cl->n_calls; i++)
		if (cl->calls[i].reply)
			client_mail_free(&cl->calls[i].reply->mail);
	free(cl->calls);
	for (struct client_mail *m = cl->deferred, *next; m; m = next) {
		next = m->next;
		client_mail_free(&m->mail);
	}
	cl->gone.run = client_gone;
	loop_post_task(cl->conn->loop, &cl->gone);
}

void
cdp_client_cancel(struct cdp_client *cl)
{
	atomic_store(&cl->cancelled, true);
	mailbox_wake(cl->box);
}

void
cdp_client_revive(struct cdp_client *cl)
{
	atomic_store(&cl->deaf, true);
	atomic_store(&cl->cancelled, false);
}

void
cdp_client_wake(struct cdp_client *cl)
{
	mailbox_wake(cl->box);
}

struct cdp_conn *
cdp_client_conn(struct cdp_client *cl)
{
	return cl->conn;
}

uint64_t
cdp_client_dropped_events(const struct cdp_client *cl)
{
	return mailbox_dropped(cl->box);
}

// --- dispatch in the client's thread ---

static struct outstanding *
call_slot(struct cdp_client *cl, uint64_t id)
{
	for (size_t i = 0; i < cl->n_calls; i++)
		if (cl->calls[i].id == id)
			return &cl->calls[i];
	return NULL;
}

static void
call_open(struct cdp_client *cl, uint64_t id)
{
	if (cl->n_calls == cl->cap_calls) {
		cl->cap_calls = cl->cap_calls ? cl->cap_calls * 2 : 8;
		cl->calls = xrealloc(cl->calls, cl->cap_calls * sizeof(*cl->calls));
	}
	cl->calls[cl->n_calls++] = (struct outstanding){.id = id};
}

// The reply of the call (or NULL); the call is no longer expected.
static struct client_mail *
call_close(struct cdp_client *cl, uint64_t id)
{
	struct outstanding *slot = call_slot(cl, id);
	struct client_mail *reply;

	if (!slot)
		return NULL;
	reply = slot->reply;
	*slot = cl->calls[--cl->n_calls];
	return reply;
}

static void
dispatch_event(struct cdp_client *cl, struct client_mail *m)
{
	cl->dispatching = true;
	if (cl->on_event && !atomic_load(&cl->deaf)) {
		json_repair(m->body, m->n);
		cl->on_event(cl->arg, m->session, m->method, m->body, m->n);
	}
	cl->dispatching = false;
	client_mail_free(&m->mail);
}

static void
defer_event(struct cdp_client *cl, struct client_mail *m)
{
	m->next = NULL;
	*cl->deferred_tail = m;
	cl->deferred_tail = &m->next;
}

static void
keep_reply(struct cdp_client *cl, struct client_mail *m)
{
	struct outstanding *slot = call_slot(cl, m->id);

	if (slot && !slot->reply)
		slot->reply = m;
	else
		client_mail_free(&m->mail); // its caller gave up
}

static struct client_mail *
take_deferred(struct cdp_client *cl)
{
	struct client_mail *m = cl->dispatching ? NULL : cl->deferred;

	if (m) {
		cl->deferred = m->next;
		if (!cl->deferred)
			cl->deferred_tail = &cl->deferred;
	}
	return m;
}

static int
client_refuses(struct cdp_client *cl, struct err *err)
{
	if (atomic_load(&cl->cancelled))
		return err_set(err, ERR_CANCELLED, NULL);
	if (!atomic_load(&cl->deaf) &&
	    (atomic_load(&cl->overflowed) || mailbox_overflowed(cl->box)))
		return err_set(err, ERR_EVENT_OVERFLOW, NULL);
	return 0;
}

// Handle one mail. 0 also when woken without one; ERR_TIMEOUT, ERR_CANCELLED, ERR_EVENT_OVERFLOW.
static int
client_pump(struct cdp_client *cl, struct deadline dl, struct err *err)
{
	struct client_mail *m;
	int rc = client_refuses(cl, err);

	if (rc != 0)
		return rc;
	m = take_deferred(cl);
	if (!m)
		m = (struct client_mail *)mailbox_take(cl->box, dl);
	if (!m)
		return deadline_passed(dl) ? err_set(err, ERR_TIMEOUT, NULL) : 0;
	if (m->id)
		keep_reply(cl, m);
	else if (cl->dispatching)
		defer_event(cl, m);
	else
		dispatch_event(cl, m);
	return 0;
}

// --- calls ---

static int
state_error(
    const struct cdp_conn *c, const struct cdp_session *s, const char *what, struct err *err)
{
	int code = s ? atomic_load(&s->state) : 0;

	if (!code)
		code = atomic_load(&c->state);
	return code ? err_set(err, code, "%s: %s", what, err_info(code)->text) : 0;
}

static int
send_text(struct cdp_client *cl, struct cdp_session *s, const char *method, struct sv params,
    struct cdp_session *attach, struct cdp_ticket *ticket, struct err *err)
{
	struct call *call;
	uint64_t id;
	int rc = state_error(cl->conn, s, method, err);

	if (rc != 0)
		return rc;
	call = call_new(cl->conn, s, method, params);
	id = call->id;
	if (attach) {
		call->attach = attach;
		session_ref(attach);
	}
	if (ticket) {
		call->client = cl;
		client_ref(cl);
	}
	rc = conn_post_call(cl->conn, call, err);
	if (rc == 0 && ticket) {
		*ticket = (struct cdp_ticket){id, method};
		call_open(cl, id);
	}
	return rc;
}

int
cdp_send(struct cdp_client *cl, struct cdp_session *s, const char *method, cJSON *params,
    struct cdp_ticket *ticket, struct err *err)
{
	cleanup_buf text = BUF_INIT;

	if (params)
		json_print(&text, params, false);
	cJSON_Delete(params);
	return send_text(cl, s, method, buf_view(&text), NULL, ticket, err);
}

static int
protocol_error(const char *method, struct client_mail *m, struct err *err)
{
	cJSON *e = NULL;
	const char *text, *data;
	int rc;

	if (json_parse_cdp(m->body, m->n, &e, err) != 0)
		return ERR_PROTOCOL;
	text = json_str(e, "message");
	data = json_str(e, "data");
	rc = err_set(err, ERR_CDP, "%s: %s%s%s (%d)", method, text ? text : "refused",
	    data ? ": " : "", data ? data : "", (int)json_int(e, "code", 0));
	cJSON_Delete(e);
	return rc;
}

// Wait for the ticket's reply; *out is the caller's. Every failure closes the ticket.
static int
await(struct cdp_client *cl, struct cdp_ticket *t, struct deadline dl, struct client_mail **out,
    struct err *err)
{
	struct client_mail *m = NULL;
	struct outstanding *slot;
	int rc = 0;

	while ((slot = call_slot(cl, t->id)) && !slot->reply && rc == 0)
		rc = client_pump(cl, dl, err);
	m = call_close(cl, t->id);
	if (!m && rc == 0)
		return err_set(err, ERR_INTERNAL, "%s: waited for twice", t->method);
	if (!m)
		return err_set(err, rc, "%s: %s", t->method,
		    rc == ERR_TIMEOUT ? "no reply before the deadline" : err_info(rc)->text);
	rc = m->code ? err_set(err, m->code, "%s: %s", t->method, err_info(m->code)->text) : 0;
	if (rc == 0 && m->is_error)
		rc = protocol_error(t->method, m, err);
	if (rc != 0)
		client_mail_free(&m->mail);
	else
		*out = m;
	return rc;
}

int
cdp_wait(struct cdp_client *cl, struct cdp_ticket *t, struct deadline dl, cJSON **result,
    struct err *err)
{
	struct client_mail *m;
	int rc = await(cl, t, dl, &m, err);

	if (rc != 0)
		return rc;
	if (result)
		rc = json_parse_cdp(m->body, m->n, result, err);
	client_mail_free(&m->mail);
	return rc;
}

int
cdp_call(struct cdp_client *cl, struct cdp_session *s, const char *method, cJSON *params,
    struct deadline dl, cJSON **result, struct err *err)
{
	struct cdp_ticket t;
	int rc = client_refuses(cl, err);

	if (rc != 0) {
		cJSON_Delete(params);
		return rc;
	}
	rc = cdp_send(cl, s, method, params, &t, err);
	return rc ? rc : cdp_wait(cl, &t, dl, result, err);
}

int
cdp_wait_until(struct cdp_client *cl, struct cdp_session *s, bool (*done)(void *arg), void *arg,
    struct deadline dl, struct err *err)
{
	int rc = 0;

	atomic_store(&cl->wants_quiet, true);
	while (!done(arg) && rc == 0) {
		rc = state_error(cl->conn, s, "waiting", err);
		if (rc == 0)
			rc = client_pump(cl, dl, err);
	}
	atomic_store(&cl->wants_quiet, false);
	return rc;
}

int
cdp_session_attach(struct cdp_client *cl, const char *target_id, struct deadline dl,
    struct cdp_session **out, struct err *err)
{
	struct cdp_session *s = session_new_root(cl, target_id);
	cleanup_buf params = BUF_INIT;
	struct client_mail *m;
	struct cdp_ticket t;
	int rc = client_refuses(cl, err);

	buf_str(&params, "{\"flatten\":true,\"targetId\":");
	buf_json_str(&params, sv_from(target_id));
	buf_ch(&params, '}');
	if (rc == 0)
		rc = send_text(cl, NULL, "Target.attachToTarget", buf_view(&params), s, &t, err);
	if (rc == 0 && (rc = await(cl, &t, dl, &m, err)) == 0) {
		client_mail_free(&m->mail);
		*out = s; // the client's list holds it now
	}
	session_unref(s);
	return rc;
}
