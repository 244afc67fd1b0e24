// SPDX-License-Identifier: Apache-2.0
// Inside of the API: a call (one request on its way), the route table, the lanes of workers.
#ifndef ORCHESTRATOR_API_API_PRIV_H
#define ORCHESTRATOR_API_API_PRIV_H

#include "orchestrator/api/api.h"

#include <pthread.h>
#include <stdatomic.h>

#define API_MAX_PARAMS 2
#define JSON_TYPE      "application/json"
#define NDJSON_TYPE    "application/x-ndjson"
#define SSE_TYPE       "text/event-stream"

struct call;
struct route;
struct lane;
struct batch;

// Answers the call or keeps a reference to it; on an error code the caller answers with it.
typedef int route_fn(struct call *c, struct err *err);

enum route_lane { LANE_LOOP, LANE_LIGHT, LANE_EXTRACT }; // where the handler runs

struct route_answer { // for the description
	int status;
	const char *type;   // NULL: no body
	const char *schema; // name in components.schemas; NULL: any
	const char *text;
};
#define ROUTE_ANSWERS 6
struct route {
	enum http_method method;
	const char *path; // "/v1/jobs/{id}"
	const char *name; // operationId and metrics label
	bool open;        // without authentication
	uint64_t scopes;  // all needed
	enum route_lane lane;
	route_fn *run;
	const struct param_table *body; // JSON body; NULL: none
	bool raw_body;                  // takes other types than JSON, too
	const char *tag, *summary, *doc;
	const char *const *query; // name, text, name, text, …, NULL
	struct route_answer answers[ROUTE_ANSWERS];
	const char *curl; // arguments of an example; NULL: GET of the path
};
extern const struct route api_routes[];
extern const size_t api_n_routes;

// One request. Lives as long as its exchange (it is the exchange's user).
struct call {
	struct api *api;
	struct http_exchange *x; // borrowed; take a reference to keep the call
	const struct http_request *req;
	const struct route *route; // NULL: none was found
	struct sv params[API_MAX_PARAMS];
	struct principal who;
	struct auth_limits limits;
	char request_id[65];
	char traceparent[56];  // "": none
	char origin[256];      // an allowed foreign Origin; "": none
	char idempotency[129]; // reserved by this call; "": none
};

// --- api.c ---
struct api {
	struct api_parts p;
	struct http_server *server;
	struct lane *light, *extract;
	atomic_bool draining;
	atomic_uint streams;
	int64_t started_us;
	pthread_mutex_t stalled_lock;
	struct batch *stalled; // batches that wait for room in the queue
};

// --- routes.c: the table's reader ---
// The route of method and path; *allow gets the methods of the path ("GET, DELETE"; "" when the
// path is unknown).
const struct route *route_find(
    enum http_method m, struct sv path, struct sv params[API_MAX_PARAMS], char allow[64]);

// --- call.c: answers ---
// Whose objects it may see: its key's; NULL: everybody's (scope `admin`).
static inline const char *
call_owner(const struct call *c)
{
	return c->who.scopes & SCOPE_BIT(ADMIN) ? NULL : c->who.id;
}
void call_keep(struct call *c); // call_release gives it back
void call_release(struct call *c);
// Fields that every answer has: request id, trace, security, limits, CORS.
void call_fields(const struct call *c, struct http_reply *r);
void call_reply(struct call *c, struct http_reply *r, const char *cache);       // cache NULL: none
void call_send(struct call *c, int status, const char *type, struct buf *body); // takes body
void call_json(struct call *c, int status, cJSON *v);                           // takes v
void call_text(struct call *c, int status, const char *text);
void call_error(struct call *c, const struct err *err, int64_t retry_after_ms);
// With ETag of the body; 304 when If-None-Match has it.
void call_tagged(struct call *c, int status, const char *type, struct buf *body);
bool call_etag_matches(const struct call *c, const char *etag);
// The JSON body (checked strictly); *out owned by the caller.
int call_body(struct call *c, cJSON **out, struct err *err) MUST_CHECK;
bool call_has_type(const struct call *c, const char *type); // Content-Type, parameters aside
// Does Accept name the type (q > 0) explicitly?
bool call_accepts(const struct call *c, const char *type);
// {id}: NUL-terminated copy of a path parameter, checked against [A-Za-z0-9._-]; ERR_NOT_FOUND.
int call_id(const struct call *c, size_t i, char *out, size_t size, struct err *err) MUST_CHECK;
int64_t call_query_int(
    const struct call *c, const char *name, int64_t fallback); // -1: not a number

// --- lanes.c: workers ---
struct lane *lane_new(const char *name, size_t threads, size_t max_queue);
// Run fn(arg) in one of the lane's threads; false: the lane is full (fn will not run).
bool lane_put(struct lane *l, void (*fn)(void *arg), void *arg);
void lane_free(struct lane *l); // what still waits is run first

// --- render.c ---
// How a finished job is answered.
enum render_shape { SHAPE_ENVELOPE, SHAPE_SCREENSHOT, SHAPE_PDF, SHAPE_CONTENT };
// Checks and submits `request` (taken) for the call; used by render, batch, WebSocket.
struct submission {
	bool detached, no_document;
	int64_t received_us; // 0: the call's
	struct feed *feed;   // NULL: none; the caller's until `done`
	void (*done)(void *arg, struct job_record *r);
	void *arg;
};
// Does it need the scope `script`? `steps`: JSON of actions.
bool render_runs_script(const cJSON *steps);
int render_submit(struct call *c, struct request *request, const struct submission *s,
    struct job_record **out, int64_t *retry_after_ms, struct err *err) MUST_CHECK;
route_fn api_render, api_screenshot, api_pdf, api_content;

// --- stream.c ---
enum stream_format { STREAM_NONE, STREAM_NDJSON, STREAM_SSE };
enum stream_format stream_wanted(const struct call *c);
// Answer the call with the record's events after `last`. `cancel`: the job ends with its reader.
int stream_record(struct call *c, struct job_record *r, enum stream_format f, uint64_t last,
    bool cancel, struct err *err) MUST_CHECK;
route_fn api_job_events;

// --- batch.c ---
void batch_tick(struct api *a);

// --- the other handlers ---
route_fn api_extract, api_batch, api_socket;
extern const struct param_table api_extract_table, api_batch_table, api_session_table;
route_fn api_jobs, api_job, api_job_delete;
route_fn api_session_create, api_session_list, api_session, api_session_delete, api_session_state,
    api_session_put_state;
route_fn api_artifact, api_artifact_delete;
route_fn api_pressure, api_health, api_live, api_ready, api_metrics, api_browsers, api_description,
    api_index;

// --- openapi.c ---
void api_answer_markdown(const char *name, struct buf *out); // the keys of an answer, as a table

// --- idempotency.c ---
// Before the handler: true when the call was answered (replay, conflict, error).
bool idempotency_begin(struct call *c, struct err *err);
// Keeps the answer: its status, type, body and the fields that it has so far.
void idempotency_finish(struct call *c, const struct http_reply *r);
void idempotency_forget(struct call *c);

#endif
