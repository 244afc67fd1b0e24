// SPDX-License-Identifier: Apache-2.0
// The one answer of every admitted job (DESIGN §6), and the error object. Pure: reads the job, no
// I/O.
#include "base/digest.h"
#include "orchestrator/job/job_priv.h"

#include <stdio.h>

cJSON *
error_object(const struct err *err, const char *request_id)
{
	const struct err_info *info = err_info(err->code);
	cJSON *e = json_obj(), *context = json_obj();
	char now[32];

	clock_iso(clock_wall_ms(), now);
	json_set_str(e, "type", info->type);
	json_set_str(e, "code", info->code);
	json_set_str(e, "message", err->message[0] ? err->message : info->text);
	json_set_str(e, "request_id", request_id);
	json_set_str(e, "timestamp", now);
	json_set_bool(e, "retryable", info->retryable);
	if (err->path[0])
		json_set_str(context, "path", err->path);
	json_set(e, "context", context);
	return e;
}

cJSON *
job_artifact_object(const struct job_artifact *a, bool inline_bytes)
{
	cJSON *o = json_obj();
	cleanup_buf text = BUF_INIT;
	char sum[SHA256_HEX];

	json_set_str(o, "kind", a->kind);
	json_set_str(o, "name", a->name);
	json_set_str(o, "content_type", a->content_type);
	json_set_int(o, "bytes", (int64_t)a->bytes.n);
	sha256_hex(buf_view(&a->bytes), sum);
	json_set_str(o, "sha256", sum);
	if (a->width) {
		json_set_int(o, "width", a->width);
		json_set_int(o, "height", a->height);
	}
	if (a->path) {
		json_set_str(o, "path", a->path);
	} else if (a->id[0] && !inline_bytes) {
		json_set_str(o, "id", a->id);
	} else if (inline_bytes) {
		buf_base64(&text, a->bytes.p, a->bytes.n);
		json_set_sv(o, "base64", buf_view(&text));
	}
	return o;
}

static cJSON *
artifact_list(const struct job *j, bool inline_bytes)
{
	int64_t below = j->req->artifacts->inline_below_bytes;
	cJSON *list = json_arr();

	for (size_t i = 0; i < j->n_artifacts; i++) {
		const struct job_artifact *a = &j->artifacts[i];

		json_push(
		    list, job_artifact_object(a, inline_bytes || (int64_t)a->bytes.n < below));
	}
	return list;
}

static cJSON *
metrics(const struct job *j)
{
	static const char *const names[] = {
#define X(sym, name) #name "_ms",
	    JOB_PHASES(X)
#undef X
	};
	const struct cdp_counters *c = &j->report.counters;
	cJSON *m = json_obj();

	for (size_t i = 0; i < PHASE_COUNT; i++)
		json_set_num(m, names[i], (double)(int64_t)(j->phase_ms[i] * 10) / 10);
	json_set_int(m, "total_ms", j->total_ms);
	json_set_int(m, "requests", c->requests);
	json_set_int(m, "requests_failed", c->requests_failed);
	json_set_int(m, "redirects", j->redirects);
	json_set_int(m, "bytes_received", (int64_t)c->bytes_received);
	json_set_int(m, "html_bytes", (int64_t)(j->fetched_bytes ? j->fetched_bytes : j->html.n));
	json_set_str(m, "browser", j->product[0] ? j->product : NULL);
	return m;
}

static void
set_copy(cJSON *o, const char *key, const cJSON *v)
{
	if (v)
		json_set(o, key, cJSON_Duplicate(v, true));
	else
		json_set_null(o, key);
}

static void
set_page(cJSON *e, const struct job *j)
{
	json_set_str(e, "final_url", j->final_url);
	if (j->http_status)
		json_set_int(e, "http_status", j->http_status);
	else
		json_set_null(e, "http_status");
	set_copy(e, "document", j->document);
	if (j->req->artifacts->html && j->html_taken)
		json_set_sv(e, "html", buf_view(&j->html));
	json_set_str(e, "session_id", j->req->session_id);
}

static void
set_place(cJSON *v, const struct job_artifact *a)
{
	if (a->path)
		json_set_str(v, "path", a->path);
	else if (a->id[0])
		json_set_str(v, "id", a->id);
}

// An action's result names its artifact: the place where it was put is known only now.
static void
set_paths(const struct job *j, cJSON *v)
{
	const char *name = json_str(v, "name");

	for (size_t i = 0; name && json_str(v, "sha256") && i < j->n_artifacts; i++)
		if (strcmp(j->artifacts[i].name, name) == 0)
			set_place(v, &j->artifacts[i]);
	json_foreach (item, v)
		if (cJSON_IsObject(item) || cJSON_IsArray(item))
			set_paths(j, item);
}

static cJSON *
action_results(const struct job *j)
{
	cJSON *v = cJSON_Duplicate(j->action_results, true);

	json_foreach (step, v) {
		cJSON *result = cJSON_GetObjectItemCaseSensitive(step, "result");
		cJSON *steps = cJSON_GetObjectItemCaseSensitive(step, "steps");

		set_paths(j, result);
		set_paths(j, steps);
	}
	return v;
}

cJSON *
job_envelope(struct job *j, bool inline_artifacts)
{
	cJSON *e = json_obj();

	json_set_str(e, "job_id", j->id);
	json_set_str(e, "request_id", j->request_id);
	if (j->opts.traceparent)
		json_set_str(e, "traceparent", j->opts.traceparent);
	json_set_str(e, "status", job_status_names[j->status]);
	set_copy(e, "reasons", j->reasons);
	if (j->err.code != ERR_OK)
		json_set(e, "error", error_object(&j->err, j->request_id));
	else
		json_set_null(e, "error");
	set_page(e, j);
	json_set(e, "artifacts", artifact_list(j, inline_artifacts));
	json_set(e, "action_results", action_results(j));
	set_copy(e, "warnings", j->warnings);
	if (j->network_requests)
		set_copy(e, "network_requests", j->network_requests);
	if (j->network_requests || (j->ledger.n_rows > 0 && j->req->network_requests))
		json_set(e, "egress", job_egress_json(j));
	json_set(e, "performance_metrics", metrics(j));
	return e;
}

// Where the envelope is within the last event: so far before its end.
struct ending {
	job_publish_fn *publish;
	void *arg;
	size_t envelope_n, behind;
};

static void
publish_end(void *arg, struct event_text *e)
{
	struct ending *end = arg;
	const char *last = e->json.p + e->json.n;

	end->publish(
	    end->arg, e, (struct sv){last - end->behind - end->envelope_n, end->envelope_n});
}

void
job_log_end(struct job *j, const cJSON *envelope_json, job_publish_fn *publish, void *arg)
{
	const char *type = j->status == JOB_FAILED ? "error" : "done";
	struct ending end = {.publish = publish, .arg = arg, .behind = strlen("}}")};
	cleanup_buf data = BUF_INIT;

	buf_fmt(&data, "{\"status\":\"%s\",\"result\":", job_status_names[j->status]);
	end.envelope_n = data.n;
	json_print(&data, envelope_json, false);
	end.envelope_n = data.n - end.envelope_n;
	buf_str(&data, "}");
	(void)event_log_finish(j->opts.log, type, (clock_us() - j->start_us) / 1000,
	    buf_view(&data), publish_end, &end);
}
