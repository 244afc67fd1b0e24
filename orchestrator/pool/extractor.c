// SPDX-License-Identifier: Apache-2.0
// One document at a time through a confined worker: lease, send, wait until the deadline, check the
// answer, replace the worker after any error. Job threads; the lease is handed from one to the
// next.
#include "orchestrator/pool/extractor.h"

#include "orchestrator/pool/extractor_priv.h"

#include <pthread.h>
#include <stdio.h>

enum { DEFAULT_MEMORY_MB = 2048, DEFAULT_MAX_DOCUMENTS = 1000, REPLACE_MS = 200, STATUS_MS = 1000 };

struct extractor {
	pthread_mutex_t lock; // of `leased` only; never held across a wait for a process
	pthread_cond_t returned;
	bool leased;
	// the lease holder's
	struct workers s;
	struct worker w;
	unsigned max_documents;
	uint64_t next_id;
};

static int
lease(struct extractor *x, struct deadline dl, struct err *err)
{
	struct timespec ts = deadline_timespec(dl);
	int e = 0;

	pthread_mutex_lock(&x->lock);
	while (x->leased && e == 0)
		e = pthread_cond_clockwait(&x->returned, &x->lock, CLOCK_MONOTONIC, &ts);
	if (!x->leased) {
		x->leased = true;
		e = 0;
	}
	pthread_mutex_unlock(&x->lock);
	return e ? err_set(
		       err, ERR_EXTRACTOR_TIMEOUT, "the extractor was busy with other documents")
		 : 0;
}

static void
release(struct extractor *x)
{
	pthread_mutex_lock(&x->lock);
	x->leased = false;
	pthread_cond_signal(&x->returned);
	pthread_mutex_unlock(&x->lock);
}

static int
timed_out(int rc, struct err *err)
{
	return rc == ERR_TIMEOUT ? err_set(err, ERR_EXTRACTOR_TIMEOUT, NULL) : rc;
}

// A confined worker that waits for a document. What stood ready may have died meanwhile: one more
// try.
static int
ready_worker(struct extractor *x, struct deadline dl, struct err *err)
{
	int rc = 0;

	for (int tries = 0; tries < 2; tries++) {
		if (x->w.sock >= 0 && x->w.proven && proto_pending(x->w.sock))
			worker_kill(&x->w);
		rc = x->w.sock < 0 ? worker_start(&x->s, &x->w, dl, err) : 0;
		if (rc == 0)
			rc = worker_prove(&x->s, &x->w, dl, err);
		if (rc == 0 || rc == ERR_SANDBOX || rc == ERR_TIMEOUT)
			break;
		worker_kill(&x->w);
	}
	return timed_out(rc, err);
}

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
check_answer(struct extractor *x, struct proto_frame *f, cJSON **document, struct err *err)
{
	if (f->id != x->next_id || (f->type != PROTO_DOCUMENT && f->type != PROTO_FAILED))
		return err_set(err, ERR_EXTRACTOR_PROTOCOL,
		    "the extractor answered frame %u, id %llu", f->type, (unsigned long long)f->id);
	if (proto_pending(x->w.sock))
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the extractor sent more than an answer");
	if (f->type == PROTO_FAILED)
		return failure_check(&f->body, err);
	return document_check(&f->body, document, err);
}

struct request {
	uint32_t type;
	struct sv head, body;
	struct deadline dl;
};

static int
exchange(struct extractor *x, const struct request *r, cJSON **document, struct err *err)
{
	struct proto_frame f = {0};
	int rc = proto_send(x->w.sock, r->type, ++x->next_id, r->head, r->body, r->dl, err);

	if (rc == 0)
		rc = proto_recv(x->w.sock, &f, PROTO_MAX_DOCUMENT, r->dl, err);
	if (rc == ERR_TOO_LARGE || rc == ERR_EXTRACTOR_CRASHED || rc == ERR_EXTRACTOR_PROTOCOL)
		rc = worker_bury(
		    &x->s, &x->w, rc == ERR_TOO_LARGE ? ERR_EXTRACTOR_PROTOCOL : rc, err);
	else if (rc == 0)
		rc = check_answer(x, &f, document, err);
	proto_frame_done(&f);
	if (rc == ERR_EXTRACTOR_PROTOCOL && err)
		err->code = rc;
	return timed_out(rc, err);
}

// After any error, and after its share of documents, the worker gives way to a fresh one.
static void
replace(struct extractor *x, int rc)
{
	if (rc == 0 && ++x->w.documents < x->max_documents)
		return;
	worker_kill(&x->w);
	(void)!worker_start(&x->s, &x->w, deadline_in_ms(REPLACE_MS), NULL);
}

static int
run(struct extractor *x, const struct request *r, cJSON **document, struct err *err)
{
	int rc = lease(x, r->dl, err);

	if (rc != 0)
		return rc;
	for (int tries = 0; tries < 2; tries++) {
		rc = ready_worker(x, r->dl, err);
		if (rc == 0) {
			rc = exchange(x, r, document, err);
			replace(x, rc);
		}
		if (rc != ERR_EXTRACTOR_CRASHED)
			break;
	}
	release(x);
	return rc;
}

int
extractor_run(struct extractor *x, const char *principal UNUSED, const cJSON *head, struct sv html,
    struct deadline dl, int cancel_fd UNUSED, cJSON **document, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(PROTO_MAX_HEAD);
	struct request r = {.type = PROTO_EXTRACT, .body = html, .dl = dl};

	json_print(&text, head, false);
	if (text.overflow || html.n > PROTO_MAX_BODY)
		return err_set(err, ERR_TOO_LARGE, "the page has %zu bytes", html.n);
	r.head = buf_view(&text);
	return run(x, &r, document, err);
}

int
extractor_test_op(struct extractor *x, const char *op, struct deadline dl, struct err *err)
{
#ifdef RIPTIDE_TEST_OPS
	struct request r = {.type = PROTO_TEST_OP, .head = sv_from(op), .dl = dl};
	cJSON *document = NULL;
	int rc = run(x, &r, &document, err);

	cJSON_Delete(document);
	return rc;
#else
	(void)x;
	(void)op;
	(void)dl;
	return err_set(err, ERR_NOT_IMPLEMENTED, "this build has no test ops");
#endif
}

cJSON *
extractor_status(struct extractor *x)
{
	cJSON *v = json_obj();

	if (lease(x, deadline_in_ms(STATUS_MS), NULL) != 0) {
		json_set_bool(v, "busy", true);
		return v;
	}
	json_set_int(v, "pid", x->w.pid);
	json_set_int(v, "server_pid", x->s.server.pid);
	json_set_str(v, "filter", x->s.filter);
	json_set_int(v, "landlock_abi", x->s.landlock_abi);
	json_set_int(v, "documents", x->w.documents);
	json_set_int(v, "workers", x->s.started);
	release(x);
	return v;
}

int
extractor_open_with(
    const struct extractor_opts *o, struct deadline dl, struct extractor **out, struct err *err)
{
	struct extractor *x = xcalloc(1, sizeof(*x));
	int rc;

	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->returned, NULL);
	x->max_documents = o->max_documents ? o->max_documents : DEFAULT_MAX_DOCUMENTS;
	x->s = (struct workers){
	    .server = CHILD_INIT,
	    .control = -1,
	    .memory_mb = o->memory_mb ? o->memory_mb : DEFAULT_MEMORY_MB,
	};
	x->w = (struct worker){.pidfd = -1, .sock = -1};
	rc = ready_worker(x, dl, err);
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
	if (!x)
		return;
	workers_stop(&x->s, &x->w);
	pthread_cond_destroy(&x->returned);
	pthread_mutex_destroy(&x->lock);
	free(x);
}
