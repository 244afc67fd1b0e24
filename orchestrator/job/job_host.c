// SPDX-License-Identifier: Apache-2.0
// The extractor as jobs use it, and what lies above the actions: artifacts, extraction, events,
// files to upload. Runs in the job's thread.
#include "base/metrics.h"
#include "orchestrator/job/job_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// What facts of the elements may be: more than the largest honest ones, and half of what the
// extractor reads beside a page.
#define FACTS_MAX_BYTES  ((size_t)2 << 20)
#define FACTS_MAX_VALUES 4000
#define FACTS_MAX_DEPTH  3

// --- the extractor ---

static int
run_extractor(struct job *j, cJSON *head, struct sv html, const char *url, const cJSON *options,
    struct deadline dl, cJSON **document, struct err *err)
{
	struct extractor *x = NULL;
	int64_t begin_us = clock_us();
	int rc = runtime_extractor(j->rt, dl, &x, err);

	if (rc != 0)
		return rc;
	if (url)
		json_set_str(head, "url", url);
	if (options)
		cJSON_AddItemReferenceToObject(head, "extract", (cJSON *)(uintptr_t)options);
	rc = extractor_run(x, j->opts.principal, head, html, dl, j->cancel_fd, document, err);
	metric_add(METRIC_EXTRACTIONS, rc == 0 ? "ok" : err_info(rc)->code, 1);
	metric_observe_ms(METRIC_EXTRACT_MS, NULL, (double)(clock_us() - begin_us) / 1000);
	return rc;
}

// As JSON writes it.
static size_t
text_bytes(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (unsigned char)*text < 0x20 || *text == '"' || *text == '\\' ? 6 : 1;
	return n;
}

static bool
facts_fit(const cJSON *v, unsigned depth, size_t *values, size_t *bytes)
{
	if (depth > FACTS_MAX_DEPTH)
		return !v->child;
	json_foreach (item, v) {
		if (cJSON_IsString(item))
			*bytes += text_bytes(item->valuestring);
		if (item->string)
			*bytes += text_bytes(item->string);
		if (++*values > FACTS_MAX_VALUES || *bytes > FACTS_MAX_BYTES ||
		    !facts_fit(item, depth + 1, values, bytes))
			return false;
	}
	return true;
}

// A renderer that was taken over says what it likes of its page: that costs it no more than the
// facts.
bool
job_facts_fit(const cJSON *facts)
{
	size_t values = 0, bytes = 0;

	return cJSON_IsObject(facts) && facts_fit(facts, 1, &values, &bytes);
}

int
job_extract_html(struct job *j, struct sv html, const cJSON *facts, const char *url,
    const cJSON *options, struct deadline dl, cJSON **document, struct err *err)
{
	cJSON *head = json_obj();
	int rc;

	json_set_str(head, "charset", "utf-8");
	if (j->source_type[0])
		json_set_str(head, "source_type", j->source_type);
	if (facts && job_facts_fit(facts))
		cJSON_AddItemReferenceToObject(head, "facts", (cJSON *)(uintptr_t)facts);
	rc = run_extractor(j, head, html, url, options, dl, document, err);
	cJSON_Delete(head);
	return rc;
}

int
job_extract_source(struct job *j, const char *url, const cJSON *options, struct deadline dl,
    cJSON **document, struct err *err)
{
	cJSON *head = json_obj();
	int rc;

	json_set_str(head, "content_type", j->source_type);
	if (j->source_decoded)
		json_set_str(head, "charset", "utf-8");
	else if (j->http_charset.n > 0)
		json_set_str(head, "http_charset", j->http_charset.p);
	if (j->req->engine == ENGINE_FETCH)
		json_set_bool(head, "unrendered", true);
	if (j->want_text)
		json_set_bool(head, "source", true);
	rc = run_extractor(j, head, buf_view(&j->source), url, options, dl, document, err);
	cJSON_Delete(head);
	return rc;
}

// --- action_host ---

static int
host_artifact(void *arg, const char *kind, const char *name, const char *content_type,
    struct sv bytes, uint32_t width, uint32_t height, cJSON **ref, struct err *err)
{
	struct job *j = arg;
	struct buf copy = BUF_INIT_MAX(JOB_MAX_ARTIFACT_BYTES);
	struct job_artifact *a;

	buf_sv(&copy, bytes);
	if (copy.overflow) {
		buf_done(&copy);
		return err_set(err, ERR_RESULT_TOO_LARGE, NULL);
	}
	a = job_add_artifact(j, kind, name, content_type, &copy, width, height);
	if (!a)
		return err_set(
		    err, ERR_RESULT_TOO_LARGE, "more than %d artifacts", JOB_MAX_ARTIFACTS);
	a->of_action = true;
	*ref = job_artifact_object(a, false);
	return 0;
}

static int
host_extract(void *arg, struct sv html, const cJSON *facts, const char *url, const cJSON *options,
    struct deadline dl, cJSON **document, struct err *err)
{
	struct job *j = arg;

	job_note_source_type(j);
	return job_extract_html(j, html, facts, url, options, dl, document, err);
}

static void
host_event(void *arg, const char *type, cJSON *data)
{
	if (strcmp(type, "action") == 0 && json_get(data, "duration_ms"))
		metric_observe_ms(
		    METRIC_ACTION_MS, json_str(data, "type"), json_num(data, "duration_ms", 0));
	job_emit(arg, type, data);
}

int
job_check_upload(const struct job *j, const char *file, struct err *err)
{
	struct stat st;

	if (!j->opts.allow_uploads)
		return err_set(err, ERR_INPUT, "files of this machine may not be uploaded here");
	if (stat(file, &st) != 0)
		return err_set(err, ERR_INPUT, "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "%s: not a regular file", file);
	return 0;
}

static int
host_upload(void *arg, const char *file, struct buf *path, struct err *err)
{
	struct job *j = arg;
	int rc = job_check_upload(j, file, err);

	return rc == 0 ? browser_upload(j->lease->browser, file, j->soft, path, err) : rc;
}

static bool
host_by_proxy(void *arg, struct sv url)
{
	return job_by_proxy(arg, url);
}

void
job_host_init(struct job *j, struct action_host *h)
{
	if (!j->stitcher)
		j->stitcher = stitcher_new();
	*h = (struct action_host){
	    .arg = j,
	    .artifact = host_artifact,
	    .extract = host_extract,
	    .event = host_event,
	    .stitcher = stitcher_iface(j->stitcher),
	    .upload = host_upload,
	    .allow_private = j->opts.allow_private,
	    .by_proxy = host_by_proxy,
	    .cancel_fd = j->cancel_fd,
	};
}
