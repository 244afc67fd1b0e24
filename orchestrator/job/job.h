// SPDX-License-Identifier: Apache-2.0
// One render from admission to its answer. job_run is called by the job's own thread and reads from
// top to bottom (job_run.c); what it finds on the way is kept in the job: an event log, artifacts,
// warnings, the document. The envelope (DESIGN §6) is folded from these.
#ifndef ORCHESTRATOR_JOB_JOB_H
#define ORCHESTRATOR_JOB_JOB_H

#include "base/clock.h"
#include "orchestrator/job/event_log.h"
#include "orchestrator/job/feed.h"
#include "orchestrator/job/runtime.h"
#include "orchestrator/request/request.h"

enum job_status { JOB_COMPLETE, JOB_PARTIAL, JOB_FAILED };
extern const char *const job_status_names[];

struct job_event {
	uint64_t id; // 1, 2, 3 …
	const char *type;
	int64_t at_ms; // since the job was received
	cJSON *data;   // object or NULL
};

struct job_artifact {
	const char *kind, *name, *content_type; // arena
	struct buf bytes;
	uint32_t width, height;
	char *path;  // where the caller put it; NULL: nowhere (owned)
	char id[33]; // in the artifact store; "": not there
	bool of_action;
};

typedef void job_event_fn(void *arg, const struct job_event *ev);

struct job_opts {
	bool allow_private;      // private and loopback addresses may be rendered
	bool fail_on_http_error; // an HTTP status of 400 and above fails the job
	bool no_dismiss_overlays;
	bool allow_uploads;         // the script may name local files
	bool no_document;           // only the rendered HTML is wanted: nothing is extracted
	const cJSON *session_state; // Playwright storageState to begin with (borrowed); NULL: none
	bool export_state;          // keep the state at the end (job_state)
	job_event_fn *on_event;     // called in the job's thread for every event; may be NULL
	void *arg;

	// The service's; all borrowed but copied where they are short.
	const char *id, *request_id;  // NULL: made
	const char *traceparent;      // NULL: none
	const char *principal;        // whose job it is; NULL: nobody's in particular
	struct session *session;      // held for the job, NULL: none
	struct pool_context *context; // its living context, NULL: a new one
	int64_t received_us;          // the deadline runs from here; 0: from now
	struct feed *feed;            // actions that come while it runs; NULL: none do
	struct event_log *log;        // gets the events; its last one is job_log_end's. NULL: none
};

struct job;

// `r` is borrowed and outlives the job. The deadline runs from opts->received_us.
struct job *job_new(const struct request *r, const struct job_opts *o);
void job_free(struct job *j);
// Do it all, within the deadline. The page stays open until job_release, which is not on the
// answer's clock.
void job_run(struct job *j, struct runtime *rt);
// Instead of job_run: the job fails with `err` before anything was done.
void job_refuse(struct job *j, const struct err *err);
// The context of the job's page, for a session: it stays after job_release. NULL: there was no
// page.
struct pool_context *job_keep_context(struct job *j);
// Give the page back; it is closed by the kill ladder off anybody's clock. With `browser_too`, the
// browser is killed instead.
void job_release(struct job *j, struct runtime *rt, bool browser_too);
// Stop soon, with ERR_CANCELLED. Any thread, any time between job_new and job_free.
void job_cancel(struct job *j);

enum job_status job_status(const struct job *j);
const struct err *job_error(const struct job *j); // code ERR_OK unless failed
const cJSON *job_document(const struct job *j);   // NULL: none
struct sv job_html(const struct job *j);          // the rendered page; SV_NULL: none
const cJSON *job_state(const struct job *j);
const cJSON *job_warnings(const struct job *j); // [{code, message}]
const cJSON *job_reasons(const struct job *j);  // ["deadline"]
struct job_artifact *job_artifacts(struct job *j, size_t *n);
// Also used by the caller for what happens after job_run ("artifact not written").
// `code`: of the table in warnings.c, or an error's.
void job_warn(struct job *j, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// The table of warnings, for docs/ERRORS.md.
void job_warnings_markdown(struct buf *out);

// The whole answer; owned by the caller. With `inline_artifacts`, those without a path are base64;
// the smaller ones are, too, if the request says so.
cJSON *job_envelope(struct job *j, bool inline_artifacts);
// The last event of a job with a log, "done" or "error", with the envelope's text; the log ends.
// publish(arg, e, envelope) runs before anybody can read it; `envelope` is a part of e's text.
typedef void job_publish_fn(void *arg, struct event_text *e, struct sv envelope);
void job_log_end(struct job *j, const cJSON *envelope_json, job_publish_fn *publish, void *arg);
// The error object of the table (DESIGN §6); `request_id` may be NULL.
cJSON *error_object(const struct err *err, const char *request_id);
// CLI exit code of the outcome.
enum cli_exit job_exit(const struct job *j);

#endif
