// SPDX-License-Identifier: Apache-2.0
// /v1/jobs: what is queued, running and lately finished, of the caller's key (of all with the scope
// admin).
#include "orchestrator/api/api_priv.h"

#include <string.h>

#define LIST_DEFAULT 100
#define LIST_MAX     1000

static int
find(struct call *c, struct job_record **out, struct err *err)
{
	char id[40];
	int rc = call_id(c, 0, id, sizeof(id), err);

	if (rc != 0)
		return rc;
	*out = jobs_find(c->api->p.jobs, call_owner(c), id);
	return *out ? 0 : err_set(err, ERR_NOT_FOUND, "there is no job %s", id);
}

// GET /v1/jobs?state=&limit=
int
api_jobs(struct call *c, struct err *err)
{
	cleanup_buf text = BUF_INIT_MAX(32);
	int64_t limit = call_query_int(c, "limit", LIST_DEFAULT);
	int state = -1;
	cJSON *v;

	if (limit < 1 || limit > LIST_MAX)
		return err_at(err, ERR_INVALID_REQUEST, "limit", "expected 1 to %d", LIST_MAX);
	if (http_query_get(c->req, "state", &text)) {
		for (int i = 0; job_state_names[i]; i++)
			if (text.n > 0 && strcmp(job_state_names[i], text.p) == 0)
				state = i;
		if (state < 0)
			return err_at(err, ERR_INVALID_REQUEST, "state",
			    "expected one of queued, running, finished");
	}
	v = json_obj();
	json_set(v, "jobs", jobs_list(c->api->p.jobs, call_owner(c), state, (size_t)limit));
	call_json(c, 200, v);
	return 0;
}

// GET /v1/jobs/{id}: the summary; of a finished job, the envelope with its state.
int
api_job(struct call *c, struct err *err)
{
	struct job_record *r = NULL;
	int rc = find(c, &r, err), status;
	struct buf body = BUF_INIT;
	struct sv envelope;

	if (rc != 0)
		return rc;
	envelope = job_record_envelope(r, &status);
	if (envelope.p) { // with the state that clients poll for
		buf_fmt(&body, "{\"state\":\"%s\",", job_state_names[JOBS_FINISHED]);
		buf_sv(&body, (struct sv){envelope.p + 1, envelope.n - 1});
		buf_ch(&body, '\n');
		call_tagged(c, 200, JSON_TYPE, &body);
	} else {
		call_json(c, 200, job_record_summary(r));
	}
	job_record_unref(r);
	return 0;
}

// DELETE /v1/jobs/{id}
int
api_job_delete(struct call *c, struct err *err)
{
	struct job_record *r = NULL;
	int rc = find(c, &r, err);
	cJSON *v;

	if (rc != 0)
		return rc;
	v = json_obj();
	json_set_str(v, "job_id", job_record_id(r));
	json_set_bool(v, "cancelled", jobs_cancel(c->api->p.jobs, r));
	if (strcmp(job_record_key(r), c->who.id) != 0)
		store_audit(c->api->p.store, c->who.id, c->req->peer, "job.cancel",
		    job_record_id(r), c->request_id);
	call_json(c, 200, v);
	job_record_unref(r);
	return 0;
}
