// SPDX-License-Identifier: Apache-2.0
// The session of a job: taken before its page, given back after it with what the page left in it,
// also when the job failed. Job thread.
#include "orchestrator/job/jobs_priv.h"

int
jobs_session_take(struct jobs *js, struct job_record *r, struct job *j, struct err *err)
{
	const struct request *q = r->request;
	struct job_opts *o = &j->opts;
	int rc;

	if (!q->session_id)
		return 0;
	if (!js->sessions)
		return err_at(err, ERR_NOT_IMPLEMENTED, "session_id", "there are no sessions here");
	rc = session_acquire(js->sessions, r->key, q->session_id,
	    json_get(q->json, "session_config"), j->soft, j->cancel_fd, &o->session, err);
	if (rc != 0)
		return rc;
	o->export_state = true;
	o->context = session_context(o->session);
	if (!o->session_state)
		o->session_state = session_checkpoint(o->session);
	return 0;
}

// --- the checkpoint ---

// A context whose page never came so far as to load something may lack the imported state.
static void
keep_context(struct job *j, struct session *s)
{
	struct pool_context *c;

	if (session_context(s) || !j->page || cdp_page_commits(j->page) <= j->commits0)
		return;
	c = job_keep_context(j);
	if (c)
		session_set_context(s, c);
}

// A session that can't be saved is still a job done: the page's answer stands.
void
jobs_session_give(struct job *j)
{
	struct session *s = steal_ptr(j->opts.session);
	bool lost = j->err.code == ERR_BROWSER_CRASHED || j->err.code == ERR_PROTOCOL;
	struct err err = ERR_INIT;
	cJSON *state = steal_ptr(j->state);

	if (!s)
		return;
	if (!lost)
		keep_context(j, s);
	j->opts.session_state = NULL;
	j->opts.context = NULL;
	if (session_release(s, state, lost, &err) != 0)
		job_warn(j, err_info(err.code)->code, "the session was not saved: %s", err.message);
}
