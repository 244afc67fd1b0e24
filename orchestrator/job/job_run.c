// SPDX-License-Identifier: Apache-2.0
// The life of a job, from top to bottom (docs/ARCHITECTURE.md). Runs in the job's thread. Every
// step is bounded by the job's soft deadline; what is left after it is for capturing and extracting
// what is there by then.
#include "orchestrator/job/job_priv.h"

// Shares of the time between the soft and the hard deadline, in percent.
#define UNBLOCK_UNTIL 35
#define HTML_UNTIL    60
#define DEAF_MS       1000
#define ANSWER_MS     15 // kept for folding the envelope

static bool
is_timeout(int code)
{
	return strcmp(err_info(code)->type, "timeout") == 0;
}

// Of a browser or page that ended: who does the job again should know what was done already.
static void
say_how_far(const struct job *j, struct err *err)
{
	static const int codes[] = {ERR_BROWSER_CRASHED, ERR_PAGE_CRASHED, ERR_PAGE_DETACHED};
	bool steps = j->req->actions.n + j->req->shorthand.n > 0 || j->opts.feed;
	const char *far = j->acted && steps ? "the actions had been begun"
			  : j->asked        ? "the page may have been asked for"
					    : NULL;
	const struct err e = *err;

	for (size_t i = 0; far && i < ARRAY_LEN(codes); i++)
		if (e.code == codes[i])
			err_at(err, e.code, e.path, "%.*s; %s",
			    (int)(sizeof(e.message) - strlen(far) - 3), e.message, far);
}

// What a failed phase means for the job: the deadline and the limit of the first navigation leave
// something to show. A step of the script that timed out has failed, whatever it waited for. Of a
// browser that ended, its last words are told.
static void
note(struct job *j, struct err *err)
{
	if (j->lease)
		(void)lease_explain(j->lease, err->code, err);
	say_how_far(j, err);
	if (is_timeout(err->code) && job_out_of_time(j)) {
		job_reason(j, "deadline");
		if (j->pending.code == ERR_OK)
			err_set(&j->pending, ERR_TIMEOUT, "the hard cap of %lld ms was reached: %s",
			    (long long)j->req->timeouts->hard_cap_ms, err->message);
	} else if (err->code == ERR_NAVIGATION_TIMEOUT && !j->acted) {
		job_reason(j, "navigation_timeout");
		j->pending = *err;
	} else {
		job_fail(j, err);
	}
}

static struct deadline
last_share(const struct job *j, int percent)
{
	return (struct deadline){
	    j->soft.at_us + (j->deadline.at_us - j->soft.at_us) * percent / 100};
}

// A page of a browser, loaded and acted upon.
static int
browse(struct job *j, struct err *err)
{
	int rc = job_check_address(j, err);

	if (rc == 0)
		rc = job_check_names(j, err);
	if (rc == 0)
		rc = job_open_page(j, err);
	if (rc == 0)
		rc = job_await_address(j, err);
	if (rc == 0)
		rc = job_load(j, err);
	return rc == 0 ? job_act(j, err) : rc;
}

static int
fetch(struct job *j, struct err *err)
{
	int rc = job_check_names(j, err);

	return rc == 0 ? job_fetch(j, err) : rc;
}

// How long the page may take to hand over its HTML before it is unblocked: all the time there is,
// unless it was deaf already.
static struct deadline
patience(const struct job *j)
{
	return j->pending.code == ERR_NAVIGATION_TIMEOUT ? deadline_step(j->soft, DEAF_MS)
							 : j->soft;
}

// With time left: under the soft deadline. After it, or when that did not work: free the page of
// whatever script blocks it, and take what is there.
static int
take_html(struct job *j, struct err *err)
{
	int rc = err_set(err, ERR_TIMEOUT, NULL);
	bool late;

	if (!job_out_of_time(j))
		rc = job_capture_html(j, patience(j), err);
	if (!is_timeout(rc) || !job_page_usable(j))
		return rc;
	late = job_out_of_time(j);
	if (late)
		note(j, err);
	if (cdp_page_pending(j->page)) // nothing is answered meanwhile
		job_warn(j, "not_settled",
		    "the page was on its way to %.300s, which did not answer",
		    cdp_page_pending(j->page));
	(void)!cdp_page_unblock(j->page, late ? last_share(j, UNBLOCK_UNTIL) : patience(j), err);
	return job_capture_html(j, late ? last_share(j, HTML_UNTIL) : j->soft, err);
}

static void
capture(struct job *j)
{
	int64_t mark = clock_us();
	struct err err = ERR_INIT;
	int rc;

	if (!job_page_usable(j))
		return;
	if (!job_out_of_time(j))
		job_dismiss_overlays(j);
	rc = take_html(j, &err);
	if (rc != 0)
		note(j, &err);
	else if (!job_out_of_time(j))
		job_capture_artifacts(j, j->soft);
	job_phase(j, PHASE_CAPTURE, &mark);
}

// HTML without a base_url was loaded as about:blank, which is no address for links.
static const char *
http_address(const char *url)
{
	return url && strncmp(url, "http", 4) == 0 ? url : NULL;
}

static void
extract(struct job *j)
{
	int64_t mark = clock_us();
	struct err err = ERR_INIT;
	int rc;

	if (!j->html_taken || (j->opts.no_document && j->req->engine != ENGINE_FETCH))
		return;
	if (j->req->engine == ENGINE_FETCH)
		rc = job_fetch_document(j, deadline_minus_ms(j->deadline, ANSWER_MS), &err);
	else if (j->source.n > 0)
		rc = job_extract_source(j, http_address(j->final_url), j->req->extract.json,
		    deadline_minus_ms(j->deadline, ANSWER_MS), &j->document, &err);
	else
		rc = job_extract_html(j, buf_view(&j->html), j->facts, http_address(j->final_url),
		    j->req->extract.json, deadline_minus_ms(j->deadline, ANSWER_MS), &j->document,
		    &err);
	if (rc != 0)
		job_fail(j, &err);
	else if (j->document)
		job_emit(j, "document", NULL);
	job_phase(j, PHASE_EXTRACT, &mark);
}

// Artifacts that the deadline kept from being taken get what time is left after the document.
static void
capture_late(struct job *j)
{
	struct deadline dl = deadline_minus_ms(j->deadline, ANSWER_MS);

	if (job_out_of_time(j) && job_page_usable(j) && !deadline_passed(dl))
		job_capture_artifacts(j, dl);
}

static void
conclude(struct job *j)
{
	struct err err = ERR_INIT;

	if (atomic_load(&j->cancelled)) {
		err_set(&err, ERR_CANCELLED, NULL);
		j->err = err;
	} else if (!j->html_taken && j->err.code == ERR_OK) {
		if (j->pending.code == ERR_OK)
			err_set(&j->pending, ERR_INTERNAL, "no page and no reason");
		j->err = j->pending;
	}
	if (j->err.code != ERR_OK)
		j->status = JOB_FAILED;
	else
		j->status = j->reasons->child ? JOB_PARTIAL : JOB_COMPLETE;
	j->total_ms = (clock_us() - j->start_us) / 1000;
}

// A log's last event carries the envelope, which is complete only when the session and the
// artifacts are stored: job_log_end.
static void
emit_end(struct job *j)
{
	cJSON *data = json_obj();

	json_set_str(data, "status", job_status_names[j->status]);
	if (j->status == JOB_FAILED)
		json_set(data, "error", error_object(&j->err, j->request_id));
	job_emit(j, j->status == JOB_FAILED ? "error" : "done", data);
}

static void
finish(struct job *j)
{
	job_skip_actions(j);
	job_report(j);
	conclude(j);
	if (!j->opts.log)
		emit_end(j);
}

void
job_refuse(struct job *j, const struct err *err)
{
	j->phase_ms[PHASE_QUEUED] = (double)(clock_us() - j->start_us) / 1000;
	job_fail(j, err);
	finish(j);
}

void
job_run(struct job *j, struct runtime *rt)
{
	struct err err = ERR_INIT;
	int rc;

	j->rt = rt;
	job_emit(j, "started", NULL);
	rc = j->req->engine == ENGINE_FETCH ? fetch(j, &err) : browse(j, &err);
	if (rc != 0)
		note(j, &err);
	capture(j);
	extract(j);
	capture_late(j);
	job_fetch_done(j);
	finish(j);
}
