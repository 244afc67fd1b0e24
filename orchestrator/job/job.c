// SPDX-License-Identifier: Apache-2.0
// The job object: identity, event log, warnings, reasons, artifacts, cancellation. Its life is in
// job_run.c.
#include "base/digest.h"
#include "orchestrator/job/job_priv.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <sys/eventfd.h>

#define JOB_ARENA_BYTES ((size_t)256 << 20)
#define SOFT_SHARE      20  // the last 5 % of the hard cap, but at least SOFT_MIN_MS,
#define SOFT_MIN_MS     300 // are for capturing and extracting what is there; of a cap that is
#define SOFT_MOST       2   // hardly longer than that, half

const char *const job_status_names[] = {"complete", "partial", "failed"};

struct deadline
job_soft_deadline(struct deadline due, int64_t cap_ms)
{
	return deadline_minus_ms(
	    due, MIN(MAX(cap_ms / SOFT_SHARE, (int64_t)SOFT_MIN_MS), cap_ms / SOFT_MOST));
}

static void
set_identity(struct job *j, const struct job_opts *o)
{
	char made[33];

	random_hex(j->id, 16);
	random_hex(made, 16);
	if (o->id)
		snprintf(j->id, sizeof(j->id), "%s", o->id);
	j->request_id = arena_strdup(&j->arena, o->request_id ? o->request_id : made);
	if (o->traceparent)
		j->opts.traceparent = arena_strdup(&j->arena, o->traceparent);
	if (o->principal)
		j->opts.principal = arena_strdup(&j->arena, o->principal);
	if (o->log)
		event_log_ref(o->log);
}

struct job *
job_new(const struct request *r, const struct job_opts *o)
{
	struct job *j = xcalloc(1, sizeof(*j));
	int64_t cap = r->timeouts->hard_cap_ms;

	j->req = r;
	j->opts = *o;
	j->start_us = o->received_us ? o->received_us : clock_us();
	j->deadline = (struct deadline){j->start_us + cap * 1000};
	j->soft = job_soft_deadline(j->deadline, cap);
	arena_init(&j->arena, JOB_ARENA_BYTES);
	set_identity(j, o);
	pthread_mutex_init(&j->lock, NULL);
	j->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	j->html.max = JOB_MAX_HTML_BYTES;
	j->http_charset.max = JOB_MAX_CHARSET_BYTES;
	j->reasons = json_arr();
	j->warnings = json_arr();
	j->action_results = json_arr();
	j->fed = json_arr();
	j->artifacts = xcalloc(JOB_MAX_ARTIFACTS, sizeof(*j->artifacts));
	return j;
}

void
job_free(struct job *j)
{
	if (!j)
		return;
	assert(!j->page && !j->lease); // job_release was called
	for (size_t i = 0; i < j->n_artifacts; i++) {
		buf_done(&j->artifacts[i].bytes);
		free(j->artifacts[i].path);
	}
	free(j->artifacts);
	event_log_unref(j->opts.log);
	cJSON_Delete(j->reasons);
	cJSON_Delete(j->warnings);
	cJSON_Delete(j->action_results);
	cJSON_Delete(j->fed);
	cJSON_Delete(j->document);
	cJSON_Delete(j->network_requests);
	cJSON_Delete(j->state);
	buf_done(&j->html);
	buf_done(&j->source);
	buf_done(&j->http_charset);
	fetch_free(j->fetch);
	egress_ledger_done(&j->ledger);
	cJSON_Delete(j->facts);
	free(j->final_url);
	util_closep(&j->cancel_fd);
	lookup_close(j->lookup);
	pthread_mutex_destroy(&j->lock);
	arena_done(&j->arena);
	free(j);
}

// --- cancellation ---

static void
cancel_waits(struct job *j)
{
	if (j->page)
		cdp_page_cancel(j->page);
}

void
job_cancel(struct job *j)
{
	pthread_mutex_lock(&j->lock);
	atomic_store(&j->cancelled, true);
	cancel_waits(j);
	pthread_mutex_unlock(&j->lock);
	(void)!write(j->cancel_fd, &(uint64_t){1}, sizeof(uint64_t));
}

void
job_set_page(struct job *j, struct cdp_page *page)
{
	pthread_mutex_lock(&j->lock);
	j->page = page;
	if (atomic_load(&j->cancelled))
		cancel_waits(j);
	pthread_mutex_unlock(&j->lock);
}

// --- events, warnings, reasons ---

void
job_emit(struct job *j, const char *type, cJSON *data)
{
	struct job_event ev = {
	    .type = type, .at_ms = (clock_us() - j->start_us) / 1000, .data = data};

	if (j->opts.log)
		ev.id = event_log_add(j->opts.log, type, ev.at_ms, data);
	else
		ev.id = ++j->last_event;
	if (j->opts.on_event)
		j->opts.on_event(j->opts.arg, &ev);
	cJSON_Delete(data);
}

void
job_warn(struct job *j, const char *code, const char *fmt, ...)
{
	struct err text = ERR_INIT; // for its sanitised, bounded message
	char raw[sizeof(text.message)];
	cJSON *w = json_obj();
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	err_set(&text, ERR_INTERNAL, "%s", raw);
	json_set_str(w, "code", code);
	json_set_str(w, "message", text.message);
	if (cJSON_GetArraySize(j->warnings) >= JOB_MAX_WARNINGS) {
		cJSON_Delete(w);
		return;
	}
	json_push(j->warnings, w);
	job_emit(j, "warning", cJSON_Duplicate(w, true));
}

void
job_reason(struct job *j, const char *reason)
{
	json_foreach (r, j->reasons)
		if (strcmp(r->valuestring, reason) == 0)
			return;
	json_push(j->reasons, cJSON_CreateString(reason));
}

int
job_fail(struct job *j, const struct err *err)
{
	if (j->err.code == ERR_OK)
		j->err = *err;
	return err->code;
}

bool
job_out_of_time(const struct job *j)
{
	return deadline_passed(j->soft);
}

void
job_phase(struct job *j, enum job_phase p, int64_t *mark_us)
{
	int64_t now = clock_us();

	j->phase_ms[p] += (double)(now - *mark_us) / 1000;
	*mark_us = now;
}

// --- artifacts ---

static bool
name_taken(const struct job *j, const char *name)
{
	for (size_t i = 0; i < j->n_artifacts; i++)
		if (strcmp(j->artifacts[i].name, name) == 0)
			return true;
	return false;
}

static const char *
extension_of(const char *content_type)
{
	static const struct {
		const char *type, *extension;
	} rows[] = {{"image/png", ".png"}, {"image/jpeg", ".jpg"}, {"image/webp", ".webp"},
	    {"application/pdf", ".pdf"}, {"text/html", ".html"}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strncmp(content_type, rows[i].type, strlen(rows[i].type)) == 0)
			return rows[i].extension;
	return "";
}

// ".png" and the like at the end of a name; "v1.2" has none.
static bool
has_extension(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? strlen(dot + 1) : 0;

	return dot && n > 0 && n <= 5 && isalpha((unsigned char)dot[1]) &&
	       !strpbrk(dot + 1, "/-_ ");
}

// A name that is a file name and not used yet: "shot.png", "shot-2.png". One without an extension
// gets that of its type.
static const char *
artifact_name(struct job *j, const char *wish, const char *content_type)
{
	char *base = has_extension(wish)
			 ? arena_strdup(&j->arena, wish)
			 : arena_fmt(&j->arena, "%s%s", wish, extension_of(content_type));
	char *dot = strrchr(base, '.');
	const char *name = base;

	for (char *c = base; *c; c++)
		if (*c == '/' || (unsigned char)*c < 0x20 || *c == 0x7f || (*c == '.' && c == base))
			*c = '_';
	for (unsigned i = 2; name_taken(j, name); i++)
		name = dot && dot > base
			   ? arena_fmt(&j->arena, "%.*s-%u%s", (int)(dot - base), base, i, dot)
			   : arena_fmt(&j->arena, "%s-%u", base, i);
	return name;
}

struct job_artifact *
job_add_artifact(struct job *j, const char *kind, const char *name, const char *content_type,
    struct buf *bytes, uint32_t width, uint32_t height)
{
	struct job_artifact *a;

	if (j->n_artifacts == JOB_MAX_ARTIFACTS) {
		buf_done(bytes);
		return NULL;
	}
	a = &j->artifacts[j->n_artifacts];
	*a = (struct job_artifact){
	    .kind = arena_strdup(&j->arena, kind),
	    .name = artifact_name(j, name, content_type),
	    .content_type = arena_strdup(&j->arena, content_type),
	    .bytes = *bytes,
	    .width = width,
	    .height = height,
	};
	j->n_artifacts++;
	*bytes = (struct buf)BUF_INIT;
	job_emit(j, "artifact", job_artifact_object(a, false));
	return a;
}

struct job_artifact *
job_artifacts(struct job *j, size_t *n)
{
	*n = j->n_artifacts;
	return j->artifacts;
}

// --- what the caller sees ---

enum job_status
job_status(const struct job *j)
{
	return j->status;
}

const struct err *
job_error(const struct job *j)
{
	return &j->err;
}

const cJSON *
job_document(const struct job *j)
{
	return j->document;
}

struct sv
job_html(const struct job *j)
{
	return j->html_taken ? buf_view(&j->html) : SV_NULL;
}

const cJSON *
job_state(const struct job *j)
{
	return j->state;
}

const cJSON *
job_warnings(const struct job *j)
{
	return j->warnings;
}

const cJSON *
job_reasons(const struct job *j)
{
	return j->reasons;
}

enum cli_exit
job_exit(const struct job *j)
{
	static const enum cli_exit by_status[] = {EXIT_COMPLETE, EXIT_PARTIAL};

	return j->status == JOB_FAILED ? err_info(j->err.code)->cli_exit : by_status[j->status];
}
