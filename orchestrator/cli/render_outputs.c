// SPDX-License-Identifier: Apache-2.0
// Where the results of `render` and `run` go: opened before the work, written after it, all of them
// renamed into place at the end. Job thread, but for opening.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/render_priv.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const option_names[OUT_COUNT] = {
    [OUT_MAIN] = "--output",
    [OUT_SCREENSHOT] = "--screenshot",
    [OUT_PDF] = "--pdf",
    [OUT_MHTML] = "--mhtml",
    [OUT_HAR] = "--har",
    [OUT_STATE] = "--session-state",
};
static const char *const kinds[OUT_COUNT] = {
    [OUT_SCREENSHOT] = "screenshot",
    [OUT_PDF] = "pdf",
    [OUT_MHTML] = "mhtml",
    [OUT_HAR] = "har",
};

// --- before the work ---

static int
check_output_dir(const char *dir, struct err *err)
{
	struct stat st;

	if (!dir)
		return 0;
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return err_set(
		    err, err_from_errno(errno, ERR_OUTPUT), "%s: %s", dir, strerror(errno));
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_OUTPUT, "%s: not a directory", dir);
	if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) != 0)
		return err_set(err, ERR_OUTPUT, "%s: %s", dir, strerror(errno));
	return 0;
}

static int
check_distinct(const struct render *r, struct err *err)
{
	for (int i = 0; i < OUT_COUNT; i++)
		for (int k = 0; k < i; k++)
			if (output_same(&r->out[i], &r->out[k]))
				return err_set(err, ERR_USAGE, "%s and %s go to the same file (%s)",
				    option_names[k], option_names[i], r->out[i].path);
	return 0;
}

int
render_open_outputs(struct render *r, struct err *err)
{
	const struct render_args *a = r->args;
	const char *paths[OUT_COUNT] = {
	    [OUT_MAIN] = a->output ? a->output : "-",
	    [OUT_SCREENSHOT] = a->screenshot,
	    [OUT_PDF] = a->pdf,
	    [OUT_MHTML] = a->mhtml,
	    [OUT_HAR] = a->har,
	    [OUT_STATE] = a->session_state,
	};
	int rc = check_output_dir(a->output_dir, err);

	// Standard output is the document's unless something else is asked for there.
	for (int i = 0; i < OUT_COUNT && !a->output; i++)
		if (i != OUT_MAIN && paths[i] && strcmp(paths[i], "-") == 0)
			paths[OUT_MAIN] = NULL;
	for (int i = 0; i < OUT_COUNT && rc == 0; i++)
		if (paths[i])
			rc = output_open(&r->out[i], paths[i], i == OUT_STATE, err);
	return rc == 0 ? check_distinct(r, err) : rc;
}

void
render_close_outputs(struct render *r)
{
	for (int i = 0; i < OUT_COUNT; i++)
		output_close(&r->out[i]);
}

// --- artifacts ---

static struct output *
place_of(struct render *r, const struct job_artifact *a)
{
	for (int i = 0; i < OUT_COUNT; i++)
		if (kinds[i] && !a->of_action && r->out[i].path && strcmp(kinds[i], a->kind) == 0)
			return &r->out[i];
	return NULL;
}

static int
write_into_dir(const char *dir, struct job_artifact *a, struct err *err)
{
	char *path = xasprintf("%s/%s", dir, a->name);
	struct output o = OUTPUT_INIT;
	int rc = output_open(&o, path, false, err);

	if (rc == 0)
		rc = output_write(&o, buf_view(&a->bytes), err);
	if (rc == 0)
		rc = output_commit(&o, err);
	output_close(&o);
	if (rc == 0)
		a->path = path;
	else
		free(path);
	return rc;
}

static int
write_artifact(struct render *r, struct job *j, struct job_artifact *a, struct err *err)
{
	struct output *o = place_of(r, a);
	int rc;

	if (o) {
		rc = output_write(o, buf_view(&a->bytes), err);
		if (rc == 0)
			a->path = xstrdup(o->path);
		return rc;
	}
	if (r->args->output_dir)
		return write_into_dir(r->args->output_dir, a, err);
	if (!r->args->inline_artifacts)
		job_warn(j, "artifact_not_kept", "%s was not kept: --output-dir or --inline would",
		    a->name);
	return 0;
}

static int
write_artifacts(struct render *r, struct job *j, struct err *err)
{
	size_t n;
	struct job_artifact *list = job_artifacts(j, &n);
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		if (write_artifact(r, j, &list[i], &e) != 0 && rc == 0) {
			*err = e;
			rc = e.code;
		}
	}
	return rc;
}

static int
write_state(struct render *r, struct job *j, struct err *err)
{
	cleanup_buf text = BUF_INIT;

	if (!r->out[OUT_STATE].path || !job_state(j))
		return 0;
	json_print(&text, job_state(j), true);
	buf_ch(&text, '\n');
	return output_write(&r->out[OUT_STATE], buf_view(&text), err);
}

// --- the main output ---

static void
format_text(struct buf *out, const char *text)
{
	if (!text)
		return;
	buf_str(out, text);
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_ch(out, '\n');
}

static void
format_result(enum out_format format, bool inline_artifacts, struct job *j, struct buf *out)
{
	static const char *const keys[] = {
	    [FORMAT_MARKDOWN] = "markdown", [FORMAT_TEXT] = "text", [FORMAT_HTML] = "html"};
	cJSON *envelope;

	switch (format) {
	case FORMAT_JSON:
		envelope = job_envelope(j, inline_artifacts);
		json_print(out, envelope, true);
		buf_ch(out, '\n');
		cJSON_Delete(envelope);
		break;
	case FORMAT_RAW_HTML:
		buf_sv(out, job_html(j));
		break;
	default:
		format_text(out, json_str(job_document(j), keys[format]));
	}
}

static int
write_main(struct render *r, struct job *j, struct err *err)
{
	cleanup_buf text = BUF_INIT;

	if (!r->out[OUT_MAIN].path || (job_status(j) == JOB_FAILED && r->format != FORMAT_JSON))
		return 0;
	format_result(r->format, r->args->inline_artifacts, j, &text);
	if (text.overflow)
		return err_set(err, ERR_RESULT_TOO_LARGE, "the output is too large");
	return output_write(&r->out[OUT_MAIN], buf_view(&text), err);
}

static int
commit(struct render *r, struct err *err)
{
	int rc = 0;

	for (int i = 0; i < OUT_COUNT; i++) {
		struct err e = ERR_INIT;

		if (r->out[i].written && output_commit(&r->out[i], &e) != 0 && rc == 0) {
			*err = e;
			rc = e.code;
		}
	}
	return rc;
}

// --- what is said ---

// What was taken for granted may be the fault.
static int
say_failure(const struct render_args *a, const struct err *e)
{
	int code = cli_error(e);

	if (a->bare_address && (e->code == ERR_TLS_FAILED || e->code == ERR_CONNECTION_FAILED))
		fprintf(stderr, "riptide: without a scheme it was https://; try http://%s\n",
		    a->bare_address);
	return code;
}

static int
speak(const struct render *r, struct job *j)
{
	if (job_status(j) == JOB_PARTIAL)
		json_foreach (reason, job_reasons(j))
			log_warn("the result is partial: %s", reason->valuestring);
	if (r->format != FORMAT_JSON)
		json_foreach (w, job_warnings(j))
			log_warn("%s (%s)", json_str(w, "message"), json_str(w, "code"));
	return job_status(j) == JOB_FAILED ? say_failure(r->args, job_error(j)) : (int)job_exit(j);
}

int
render_deliver(struct render *r, struct job *j)
{
	struct err err = ERR_INIT, later = ERR_INIT;
	int rc, code;

	atomic_store(&r->delivering, true);
	rc = write_artifacts(r, j, &err);
	if (rc == 0)
		rc = write_state(r, j, &err);
	if (write_main(r, j, &later) != 0 && rc == 0) {
		err = later;
		rc = err.code;
	}
	if (!atomic_load(&r->interrupted) && commit(r, &later) != 0 && rc == 0) {
		err = later;
		rc = err.code;
	}
	code = speak(r, j);
	atomic_store(&r->delivering, false);
	return rc == 0 ? code : cli_error(&err);
}
