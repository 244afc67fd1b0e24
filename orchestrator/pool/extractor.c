// SPDX-License-Identifier: Apache-2.0
// A document through a confined worker: a slot is taken, the page sent, the answer awaited until
// the deadline or a cancellation, checked, the worker replaced after any error. In the thread that
// wants the document.
#include "orchestrator/pool/extractor.h"

#include "orchestrator/pool/extractor_priv.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	DEFAULT_MEMORY_MB = 2048,
	DEFAULT_MAX_DOCUMENTS = 1000,
	REPLACE_MS = 200,
	MAX_CPU_S = 60,
	CPU_LOOK = 16, // documents between looks at the clock of a worker
};

struct answer { // one of the two
	cJSON **document;
	struct buf *text;
};

struct request {
	uint32_t type;
	struct sv head, body;
	struct deadline dl;
	int cancel_fd;
};

static int
timed_out(int rc, struct err *err)
{
	return rc == ERR_TIMEOUT ? err_set(err, ERR_EXTRACTOR_TIMEOUT, NULL) : rc;
}

// --- the worker of a slot ---

static int
start(struct slot *s, struct deadline dl, struct err *err)
{
	int rc = slot_server(s, err);

	return rc ? rc : worker_start(&s->s, &s->w, dl, err);
}

// A confined worker that waits for a document. What stood ready may have died meanwhile: one more
// try.
static int
ready_worker(struct slot *s, struct deadline dl, struct err *err)
{
	int rc = 0;

	for (int tries = 0; tries < 2; tries++) {
		if (s->w.sock >= 0 && s->w.proven && proto_pending(s->w.sock))
			worker_kill(&s->w);
		rc = s->w.sock < 0 ? start(s, dl, err) : 0;
		if (rc == 0)
			rc = worker_prove(&s->s, &s->w, dl, err);
		if (rc == 0 || rc == ERR_SANDBOX || rc == ERR_TIMEOUT)
			break;
		worker_kill(&s->w);
	}
	return timed_out(rc, err);
}

static bool
has_worked_enough(struct slot *s)
{
	struct timespec ts;
	clockid_t clock;

	if (++s->w.documents >= s->x->max_documents)
		return true;
	return s->w.documents % CPU_LOOK == 0 && clock_getcpuclockid(s->w.pid, &clock) == 0 &&
	       clock_gettime(clock, &ts) == 0 && ts.tv_sec >= MAX_CPU_S;
}

// After any error, and after its share of work, the worker gives way to a fresh one.
static void
replace(struct slot *s, int rc)
{
	if (rc == 0 && !has_worked_enough(s))
		return;
	worker_kill(&s->w);
	s->used = false;
	if (rc != ERR_CANCELLED)
		(void)!start(s, deadline_in_ms(REPLACE_MS), NULL);
}

// No worker sees the documents of two.
static void
assign(struct slot *s, const char *principal)
{
	if (s->used && strcmp(s->principal, principal) == 0)
		return;
	if (s->used)
		worker_kill(&s->w);
	free(s->principal);
	s->principal = xstrdup(principal);
	s->used = false;
}

// --- its answer ---

static const int worker_may_say[] = {ERR_EXTRACTOR_OOM, ERR_TOO_LARGE, ERR_RESULT_TOO_LARGE,
    ERR_INVALID_REQUEST, ERR_INVALID_SELECTOR, ERR_INVALID_XPATH, ERR_INVALID_REGEX, ERR_INTERNAL,
    ERR_NOT_IMPLEMENTED};

// The worker's own error; the text is a page's as far as we know.
static int
failure_check(struct buf *text, struct err *err)
{
	const struct json_limits lim = {.max_bytes = 64 << 10, .max_depth = 2, .max_values = 8};
	cJSON *v = NULL;
	const char *name, *message, *path;
	int code = 0, rc = ERR_EXTRACTOR_PROTOCOL;

	if (json_parse_api(buf_view(text), &lim, &v, NULL) == 0 && (name = json_str(v, "code")))
		code = err_by_name(name);
	for (size_t i = 0; i < ARRAY_LEN(worker_may_say); i++)
		if (code == worker_may_say[i])
			rc = code;
	message = json_str(v, "message");
	path = json_str(v, "path");
	if (rc == code)
		err_at(err, rc, path ? path : "", "%s", message ? message : err_info(rc)->text);
	else
		err_set(err, rc, "the extractor's error is not one of its own");
	cJSON_Delete(v);
	return rc;
}

static int
check_answer(struct slot *s, struct proto_frame *f, struct answer *out, struct err *err)
{
	int rc;

	if (f->id != s->next_id || (f->type != PROTO_DOCUMENT && f->type != PROTO_FAILED))
		return err_set(err, ERR_EXTRACTOR_PROTOCOL,
		    "the extractor answered frame %u, id %llu", f->type, (unsigned long long)f->id);
	if (proto_pending(s->w.sock))
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor sent more than an answer");
	if (f->type == PROTO_FAILED)
		return failure_check(&f->body, err);
	if (out->document)
		return document_check(&f->body, out->document, err);
	rc = document_check_text(&f->body, err);
	if (rc == 0) {
		buf_done(out->text);
		*out->text = f->body;
		f->body = (struct buf)BUF_INIT;
	}
	return rc;
}

static int
await(int sock, short events, const struct request *r, struct err *err)
{
	struct pollfd p[] = {
	    {.fd = sock, .events = events}, {.fd = r->cancel_fd, .events = POLLIN}};
	int n = poll(p, 2, deadline_poll_ms(r->dl));

	if (n > 0 && p[1].revents)
		return err_set(err, ERR_CANCELLED, NULL);
	return deadline_passed(r->dl) ? err_set(err, ERR_TIMEOUT, NULL) : 0;
}

static int
send_request(struct slot *s, const struct request *r, struct err *err)
{
	struct proto_writer w;
	int rc;

	proto_writer_init(&w, r->type, ++s->next_id, r->head, r->body);
	while ((rc = proto_writer_step(&w, s->w.sock, err)) == 0)
		if ((rc = await(s->w.sock, POLLOUT, r, err)) != 0)
			return rc;
	return MIN(rc, 0);
}

static int
recv_answer(struct slot *s, const struct request *r, struct proto_frame *f, struct err *err)
{
	struct proto_reader in;
	int rc;

	proto_reader_init(&in, PROTO_MAX_DOCUMENT);
	while ((rc = proto_reader_step(&in, s->w.sock, err)) == 0)
		if ((rc = await(s->w.sock, POLLIN, r, err)) != 0)
			break;
	if (rc > 0) {
		*f = proto_reader_take(&in);
		rc = 0;
	}
	proto_reader_done(&in);
	return rc;
}

static int
exchange(struct slot *s, const struct request *r, struct answer *out, struct err *err)
{
	struct proto_frame f = {0};
	int rc = send_request(s, r, err);

	if (rc == 0)
		rc = recv_answer(s, r, &f, err);
	if (rc == ERR_TOO_LARGE || rc == ERR_EXTRACTOR_CRASHED || rc == ERR_EXTRACTOR_PROTOCOL)
		rc = worker_bury(
		    &s->s, &s->w, rc == ERR_TOO_LARGE ? ERR_EXTRACTOR_PROTOCOL : rc, err);
	else if (rc == 0)
		rc = check_answer(s, &f, out, err);
	proto_frame_done(&f);
	if (rc == ERR_EXTRACTOR_PROTOCOL && err)
		err->code = rc;
	return timed_out(rc, err);
}

static int
run(struct extractor *x, const char *principal, const struct request *r, struct answer *out,
    struct err *err)
{
	struct slot *s = NULL;
	int rc = slot_take(x, principal, r->dl, r->cancel_fd, &s, err);

	if (rc != 0)
		return rc;
	assign(s, principal);
	for (int tries = 0; tries < 2; tries++) {
		rc = ready_worker(s, r->dl, err);
		if (rc == 0) {
			s->used = true;
			rc = exchange(s, r, out, err);
			replace(s, rc);
		}
		if (rc != ERR_EXTRACTOR_CRASHED)
			break;
	}
	slot_give(s);
	return rc;
}

static int
run_document(struct extractor *x, const char *principal, const cJSON *head, struct request *r,
    struct answer *out, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(PROTO_MAX_HEAD);

	json_print(&text, head, false);
	if (text.overflow || r->body.n > PROTO_MAX_BODY)
		return err_set(err, ERR_TOO_LARGE, "the page has %zu bytes", r->body.n);
	r->head = buf_view(&text);
	return run(x, principal ? principal : "", r, out, err);
}

int
extractor_run(struct extractor *x, const char *principal, const cJSON *head, struct sv html,
    struct deadline dl, int cancel_fd, cJSON **document, struct err *err)
{
	struct request r = {.type = PROTO_EXTRACT, .body = html, .dl = dl, .cancel_fd = cancel_fd};
	struct answer out = {.document = document};

	return run_document(x, principal, head, &r, &out, err);
}

int
extractor_run_text(struct extractor *x, const char *principal, const cJSON *head, struct sv html,
    struct deadline dl, int cancel_fd, struct buf *text, struct err *err)
{
	struct request r = {.type = PROTO_EXTRACT, .body = html, .dl = dl, .cancel_fd = cancel_fd};
	struct answer out = {.text = text};

	return run_document(x, principal, head, &r, &out, err);
}

int
extractor_test_op(struct extractor *x, const char *op, struct deadline dl, struct err *err)
{
#ifdef RIPTIDE_TEST_OPS
	struct request r = {.type = PROTO_TEST_OP, .head = sv_from(op), .dl = dl, .cancel_fd = -1};
	cJSON *document = NULL;
	struct answer out = {.document = &document};
	int rc = run(x, "", &r, &out, err);

	cJSON_Delete(document);
	return rc;
#else
	(void)x;
	(void)op;
	(void)dl;
	return err_set(err, ERR_NOT_IMPLEMENTED, "this build has no test ops");
#endif
}

// --- life ---

int
extractor_open_with(
    const struct extractor_opts *o, struct deadline dl, struct extractor **out, struct err *err)
{
	struct extractor *x = slots_new(o, o->memory_mb ? o->memory_mb : DEFAULT_MEMORY_MB);
	int rc;

	x->max_documents = o->max_documents ? o->max_documents : DEFAULT_MAX_DOCUMENTS;
	rc = ready_worker(&x->slots[0], dl, err);
	if (rc != 0) {
		extractor_close(x);
		return rc;
	}
	*out = x;
	return 0;
}

int
extractor_open(struct deadline dl, struct extractor **out, struct err *err)
{
	return extractor_open_with(&(struct extractor_opts){0}, dl, out, err);
}

void
extractor_close(struct extractor *x)
{
	if (x)
		slots_free(x);
}
