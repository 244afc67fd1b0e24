// SPDX-License-Identifier: Apache-2.0
// What a client of /v1/ws may ask for, one function an `op`. Runs in a worker.
#include "orchestrator/api/socket_priv.h"

#include <string.h>

// --- operations ---

typedef int op_fn(struct socket *s, const cJSON *message, struct err *err);

static void
feed_done(void *feed, struct job_record *r UNUSED)
{
	feed_end(feed);
	feed_unref(feed);
}

static int
op_render(struct socket *s, const cJSON *message, struct err *err)
{
	const cJSON *body = json_get(message, "request");
	struct submission submission = {.received_us = clock_us()};
	struct job_record *record = NULL;
	struct request *q = NULL;
	int64_t retry_ms = 0;
	cJSON *v;
	int rc;

	if (!cJSON_IsObject(body))
		return err_at(err, ERR_INVALID_REQUEST, "request", "expected a render request");
	rc = request_from_json(cJSON_Duplicate(body, true), &q, err);
	if (rc != 0)
		return rc;
	submission.detached = q->detach;
	if (json_bool(message, "interactive", false)) {
		submission.feed = feed_new();
		submission.done = feed_done;
		submission.arg = feed_ref(submission.feed);
	}
	rc = render_submit(s->call, q, &submission, &record, &retry_ms, err);
	if (rc != 0) {
		feed_unref(
		    submission.feed); // the job's end, that would give it back, does not come
		feed_unref(submission.feed);
		return rc;
	}
	v = socket_answer(message, "accepted");
	json_set_str(v, "job_id", job_record_id(record));
	socket_say(s, v);
	cJSON_Delete(v);
	rc = socket_follow(
	    s, job_record_ref(record), submission.feed, message, 0, !submission.detached, err);
	if (rc != 0)
		jobs_cancel(s->call->api->p.jobs, record);
	feed_unref(submission.feed);
	job_record_unref(record);
	return rc;
}

// --- a job that is led by hand: its actions one by one ---

static struct feed *
find_feed(struct socket *s, const cJSON *message, struct err *err)
{
	const char *id = json_str(message, "job_id");
	struct feed *feed = NULL;

	pthread_mutex_lock(&s->lock);
	for (struct followed *f = s->jobs; id && f && !feed; f = f->next)
		if (f->feed && strcmp(job_record_id(f->record), id) == 0)
			feed = feed_ref(f->feed);
	pthread_mutex_unlock(&s->lock);
	if (!feed)
		err_at(err, ERR_NOT_FOUND, "job_id",
		    "no job of this connection that runs with \"interactive\": true");
	return feed;
}

// Checked here, so that a mistake is answered and the job goes on.
static int
check_action(struct socket *s, const cJSON *action, struct err *err)
{
	struct action_list list = {0};
	struct arena arena;
	cJSON *one;
	int rc;

	if (!cJSON_IsObject(action))
		return err_at(err, ERR_INVALID_REQUEST, "action", "expected an action");
	one = json_arr();
	json_push(one, cJSON_Duplicate(action, true));
	if (!(s->call->who.scopes & SCOPE_BIT(SCRIPT)) && render_runs_script(one)) {
		cJSON_Delete(one);
		return err_at(err, ERR_FORBIDDEN, "action",
		    "the key lacks the scope \"script\" that JavaScript needs");
	}
	arena_init(&arena, (size_t)4 << 20);
	rc = actions_parse(one, &arena, "action", &list, err);
	if (rc == 0)
		rc = request_check_actions(&list, &arena, err);
	arena_done(&arena);
	cJSON_Delete(one);
	return rc;
}

static int
op_action(struct socket *s, const cJSON *message, struct err *err)
{
	const cJSON *action = json_get(message, "action");
	struct feed *feed = find_feed(s, message, err);
	cJSON *v;
	int rc;

	if (!feed)
		return err->code;
	rc = check_action(s, action, err);
	if (rc == 0)
		rc = feed_put(feed, cJSON_Duplicate(action, true), err);
	feed_unref(feed);
	if (rc != 0)
		return rc;
	v = socket_answer(message, "queued");
	json_set_str(v, "job_id", json_str(message, "job_id"));
	socket_say(s, v);
	cJSON_Delete(v);
	return 0;
}

static int
op_finish(struct socket *s, const cJSON *message, struct err *err)
{
	struct feed *feed = find_feed(s, message, err);
	cJSON *v;

	if (!feed)
		return err->code;
	feed_end(feed);
	feed_unref(feed);
	v = socket_answer(message, "finishing");
	json_set_str(v, "job_id", json_str(message, "job_id"));
	socket_say(s, v);
	cJSON_Delete(v);
	return 0;
}

static int
find_job(struct socket *s, const cJSON *message, struct job_record **out, struct err *err)
{
	const struct principal *who = &s->call->who;
	const char *id = json_str(message, "job_id");

	if (!id)
		return err_at(err, ERR_INVALID_REQUEST, "job_id", "expected a job's id");
	*out = jobs_find(s->call->api->p.jobs, who->scopes & SCOPE_BIT(ADMIN) ? NULL : who->id, id);
	return *out ? 0 : err_at(err, ERR_NOT_FOUND, "job_id", "there is no such job");
}

static int
op_cancel(struct socket *s, const cJSON *message, struct err *err)
{
	struct job_record *r = NULL;
	int rc = find_job(s, message, &r, err);
	cJSON *v;

	if (rc != 0)
		return rc;
	v = socket_answer(message, "cancelled");
	json_set_str(v, "job_id", job_record_id(r));
	json_set_bool(v, "cancelled", jobs_cancel(s->call->api->p.jobs, r));
	socket_say(s, v);
	cJSON_Delete(v);
	job_record_unref(r);
	return 0;
}

static int
op_subscribe(struct socket *s, const cJSON *message, struct err *err)
{
	struct job_record *r = NULL;
	int rc = find_job(s, message, &r, err);
	cJSON *v;

	if (rc != 0)
		return rc;
	v = socket_answer(message, "subscribed");
	json_set_str(v, "job_id", job_record_id(r));
	socket_say(s, v);
	cJSON_Delete(v);
	return socket_follow(s, r, NULL, message,
	    (uint64_t)MAX(json_int(message, "last_event_id", 0), (int64_t)0), false, err);
}

static int
op_ping(struct socket *s, const cJSON *message, struct err *err UNUSED)
{
	cJSON *v = socket_answer(message, "pong");

	socket_say(s, v);
	cJSON_Delete(v);
	return 0;
}

// --- messages: members that are not known are refused, not ignored ---

struct message {
	const char *op, *job_id;
	const cJSON *id, *request, *action;
	int64_t last_event_id;
	bool interactive;
};

#define M(member) offsetof(struct message, member)
#define TOLD                                                                                       \
	{.name = "op", .type = PARAM_STRING, .offset = M(op)},                                     \
	{                                                                                          \
		.name = "id", .type = PARAM_JSON, .offset = M(id)                                  \
	}
#define JOB                                                                                        \
	{                                                                                          \
		.name = "job_id", .type = PARAM_STRING, .offset = M(job_id)                        \
	}
static const struct param render_rows[] = {TOLD,
    {.name = "request", .type = PARAM_JSON, .offset = M(request)},
    {.name = "interactive", .type = PARAM_BOOL, .offset = M(interactive)}};
static const struct param action_rows[] = {
    TOLD, JOB, {.name = "action", .type = PARAM_JSON, .offset = M(action)}};
static const struct param job_rows[] = {TOLD, JOB};
static const struct param subscribe_rows[] = {TOLD, JOB,
    {.name = "last_event_id",
	.type = PARAM_INT,
	.offset = M(last_event_id),
	.max = 9007199254740991}};
static const struct param ping_rows[] = {TOLD};
#undef M

#define ROWS(rows_)                                                                                \
	{                                                                                          \
		.name = "message", .size = sizeof(struct message), .rows = rows_,                  \
		.n_rows = ARRAY_LEN(rows_)                                                         \
	}
static const struct {
	const char *name;
	op_fn *run;
	struct param_table members;
} ops[] = {{"render", op_render, ROWS(render_rows)}, {"cancel", op_cancel, ROWS(job_rows)},
    {"subscribe", op_subscribe, ROWS(subscribe_rows)}, {"action", op_action, ROWS(action_rows)},
    {"finish", op_finish, ROWS(job_rows)}, {"ping", op_ping, ROWS(ping_rows)}};

static int
check_members(const struct param_table *t, const cJSON *message, struct err *err)
{
	struct message m;
	struct arena arena;
	int rc;

	arena_init(&arena, MAX_MESSAGE);
	rc = params_read(t, message, &m, &arena, "", err);
	arena_done(&arena);
	return rc;
}

int
socket_op(struct socket *s, const cJSON *message, struct err *err)
{
	const char *op = json_str(message, "op");

	for (size_t i = 0; op && i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].name, op) == 0)
			return check_members(&ops[i].members, message, err) == 0
				   ? ops[i].run(s, message, err)
				   : err->code;
	return err_at(err, ERR_INVALID_REQUEST, "op",
	    "expected one of render, action, finish, cancel, subscribe, ping");
}
