// SPDX-License-Identifier: Apache-2.0
// What is taken from the one load: the HTML, then the artifacts, one row each; and the account of
// what the page did. Runs in the job's thread.
#include "base/mime.h"
#include "cdp/state.h"
#include "orchestrator/job/job_priv.h"

#include <stdio.h>

#define OVERLAYS_MS 2000

// --- html ---

static void
note_address(struct job *j)
{
	const struct cdp_nav *nav = cdp_page_nav(j->page);

	if (!nav)
		return;
	free(j->final_url);
	j->final_url = nav->final_url.n ? sv_dup(buf_view(&nav->final_url)) : NULL;
	j->http_status = nav->http_status;
	job_note_source_type(j);
}

// XML types that Chromium takes for plain text are shown in an encoding that it guessed.
static void
take_source(struct job *j, struct deadline dl)
{
	const struct cdp_nav *nav = cdp_page_nav(j->page);
	struct err err = ERR_INIT;

	buf_reset(&j->source);
	if (!nav || j->opts.no_document || !mime_is_xml(sv_from(nav->declared)) ||
	    strcmp(nav->mime, "text/plain") != 0)
		return;
	if (cdp_capture_source(
		j->page, JOB_MAX_HTML_BYTES, dl, &j->source, &j->source_decoded, &err) != 0)
		buf_reset(&j->source); // what is shown will do
}

int
job_capture_html(struct job *j, struct deadline dl, struct err *err)
{
	int rc;

	buf_reset(&j->html);
	cJSON_Delete(j->facts);
	j->facts = NULL;
	note_address(j);
	rc = j->opts.no_document ? cdp_capture_html(j->page, JOB_MAX_HTML_BYTES, dl, &j->html, err)
				 : cdp_capture_html_facts(j->page, JOB_MAX_HTML_BYTES, false, dl,
				       &j->html, &j->facts, err);
	if (rc == 0)
		j->html_taken = true;
	else
		buf_reset(&j->html);
	if (rc == 0)
		take_source(j, dl);
	return rc;
}

// --- overlays ---

static void
warn_overlays(struct job *j, const cJSON *report)
{
	cleanup_buf list = BUF_INIT_MAX(400);

	json_foreach (o, report)
		buf_fmt(&list, "%s%s: %s", list.n ? ", " : "",
		    json_str(o, "rule") ? json_str(o, "rule") : "?",
		    json_str(o, "action") ? json_str(o, "action") : "?");
	job_warn(j, "overlays", "%d overlay(s) dismissed: %s", cJSON_GetArraySize(report), list.p);
}

void
job_dismiss_overlays(struct job *j)
{
	const struct cdp_screenshot *shot = j->req->artifacts->screenshot;
	const struct cdp_pdf *pdf = j->req->artifacts->pdf;
	bool wanted = (shot && shot->dismiss_overlays) || (pdf && pdf->dismiss_overlays);
	struct err err = ERR_INIT;
	cJSON *report = NULL;

	if (!wanted || j->opts.no_dismiss_overlays)
		return;
	if (overlays_dismiss(j->page, deadline_step(j->soft, OVERLAYS_MS), &report, &err) != 0)
		job_warn(j, "overlays", "overlays were not dismissed: %s", err.message);
	else if (report && report->child)
		warn_overlays(j, report);
	cJSON_Delete(report);
}

// --- artifacts ---

typedef int capture_fn(struct job *j, struct deadline dl, struct err *err);

static int
capture_screenshot(struct job *j, struct deadline dl, struct err *err)
{
	const struct cdp_screenshot *o = j->req->artifacts->screenshot;
	struct cdp_image image = {.bytes = BUF_INIT_MAX(JOB_MAX_ARTIFACT_BYTES)};
	char name[32];
	int rc;

	if (!j->stitcher)
		j->stitcher = stitcher_new();
	rc = cdp_capture_screenshot(j->page, o, stitcher_iface(j->stitcher), dl, &image, err);
	if (rc == 0) {
		snprintf(name, sizeof(name), "screenshot.%s", image_format_names[o->format]);
		job_add_artifact(j, "screenshot", name, image_format_mime[o->format], &image.bytes,
		    image.width, image.height);
	}
	buf_done(&image.bytes);
	return rc;
}

static int
capture_pdf(struct job *j, struct deadline dl, struct err *err)
{
	struct buf bytes = BUF_INIT_MAX(JOB_MAX_ARTIFACT_BYTES);
	int rc = cdp_capture_pdf(
	    j->page, j->req->artifacts->pdf, JOB_MAX_ARTIFACT_BYTES, dl, &bytes, err);

	if (rc == 0)
		job_add_artifact(j, "pdf", "page.pdf", "application/pdf", &bytes, 0, 0);
	buf_done(&bytes);
	return rc;
}

static int
capture_mhtml(struct job *j, struct deadline dl, struct err *err)
{
	struct buf bytes = BUF_INIT_MAX(JOB_MAX_ARTIFACT_BYTES);
	int rc = cdp_capture_mhtml(j->page, JOB_MAX_ARTIFACT_BYTES, dl, &bytes, err);

	if (rc == 0)
		job_add_artifact(j, "mhtml", "page.mhtml", "multipart/related", &bytes, 0, 0);
	buf_done(&bytes);
	return rc;
}

static int
capture_har(struct job *j, struct deadline dl UNUSED, struct err *err)
{
	struct buf bytes = BUF_INIT_MAX(JOB_MAX_ARTIFACT_BYTES);
	cJSON *har = NULL;
	int rc = cdp_page_har(j->page, j->product, &har, err);

	if (rc == 0) {
		json_print(&bytes, har, true);
		if (bytes.overflow)
			rc = err_set(err, ERR_RESULT_TOO_LARGE, "the HAR is too large");
		else
			job_add_artifact(j, "har", "page.har", "application/json", &bytes, 0, 0);
	}
	cJSON_Delete(har);
	buf_done(&bytes);
	return rc;
}

static int
capture_state(struct job *j, struct deadline dl, struct err *err)
{
	int rc = cdp_state_export(j->page, dl, &j->state, err);

	if (rc == 0)
		json_foreach (w, cdp_state_warnings(j->page))
			job_warn(j, "state_incomplete", "%s of %s was not saved: it %s",
			    json_str(w, "part"), json_str(w, "origin"), json_str(w, "why"));
	return rc;
}

static int
capture_requests(struct job *j, struct deadline dl UNUSED, struct err *err UNUSED)
{
	j->network_requests = cdp_page_network_requests(j->page);
	return 0;
}

struct capture {
	const char *name;
	capture_fn *take;
};
enum { CAP_MHTML, CAP_SCREENSHOT, CAP_PDF, CAP_STATE, CAP_HAR, CAP_REQUESTS, CAP_COUNT };
// In this order: printing relays the page out, and the network log is complete only at the end.
static const struct capture captures[CAP_COUNT] = {
    [CAP_MHTML] = {"mhtml", capture_mhtml},
    [CAP_SCREENSHOT] = {"screenshot", capture_screenshot},
    [CAP_PDF] = {"pdf", capture_pdf},
    [CAP_STATE] = {"session_state", capture_state},
    [CAP_HAR] = {"har", capture_har},
    [CAP_REQUESTS] = {"network_requests", capture_requests},
};

static bool
wanted(const struct job *j, unsigned i)
{
	const struct request_artifacts *a = j->req->artifacts;
	const bool asked[CAP_COUNT] = {
	    [CAP_MHTML] = a->mhtml,
	    [CAP_SCREENSHOT] = a->screenshot,
	    [CAP_PDF] = a->pdf,
	    [CAP_STATE] = j->opts.export_state,
	    [CAP_HAR] = a->har,
	    [CAP_REQUESTS] = j->req->network_requests,
	};

	return asked[i] && !(j->captured & (1u << i));
}

void
job_capture_artifacts(struct job *j, struct deadline dl)
{
	bool last_call = job_out_of_time(j);

	for (unsigned i = 0; i < CAP_COUNT; i++) {
		struct err err = ERR_INIT;
		int rc;

		if (!wanted(j, i) || !job_page_usable(j))
			continue;
		rc = captures[i].take(j, dl, &err);
		if (rc != 0 && !last_call && job_out_of_time(j))
			return; // another try follows, after the document
		j->captured |= 1u << i;
		if (rc == 0)
			continue;
		job_reason(j, deadline_passed(dl) ? "deadline" : err_info(rc)->code);
		job_warn(j, err_info(rc)->code, "no %s: %s", captures[i].name, err.message);
	}
}

// --- the account ---

static void
warn_count(struct job *j, const char *code, uint64_t n, const char *what)
{
	if (n > 0)
		job_warn(j, code, "%llu %s", (unsigned long long)n, what);
}

static void
warn_missing(struct job *j)
{
	for (unsigned i = 0; i < CAP_COUNT; i++)
		if (j->html_taken && wanted(j, i)) {
			job_reason(j, "deadline");
			job_warn(j, "timeout", "no %s: no time was left", captures[i].name);
		}
}

// "URL (why)": with what the guard knows, where Chromium knows nothing.
static void
add_failed(struct job *j, const char *first, struct buf *text)
{
	static const char by_proxy[] = " (net::ERR_SOCKS_CONNECTION_FAILED)";
	size_t n = strlen(first), tail = sizeof(by_proxy) - 1;
	cleanup_free char *url = NULL;
	struct cdp_dial dial;

	if (n > tail && strcmp(first + n - tail, by_proxy) == 0)
		url = sv_dup((struct sv){first, n - tail});
	if (url && job_dial(j, url, &dial) && dial.code)
		buf_fmt(text, " %s (%s)", url, dial.text);
	else
		buf_fmt(text, " %s", first);
}

// A page whose parts did not come is captured as it is, and looks complete.
static void
warn_failed_requests(struct job *j, const struct cdp_outcomes *o)
{
	static const struct {
		const char *names;
		uint32_t min; // of so few it is chance
	} kinds[CDP_KINDS] = {[CDP_KIND_SCRIPT] = {"scripts", 2},
	    [CDP_KIND_STYLE] = {"style sheets", 2},
	    [CDP_KIND_DATA] = {"requests for data", 3}};
	cleanup_buf text = BUF_INIT;

	for (int i = 0; i < CDP_KINDS; i++) {
		uint32_t ended = o->kinds[i].ended, failed = o->kinds[i].failed;

		if (failed < kinds[i].min || failed <= ended / 2)
			continue;
		buf_fmt(&text, "%s%u of %u %s failed, first", text.n ? "; " : "", failed, ended,
		    kinds[i].names);
		for (uint32_t k = 0; k < MIN(failed, (uint32_t)CDP_FIRST_FAILED); k++) {
			buf_str(&text, k ? "," : "");
			add_failed(j, o->kinds[i].first[k], &text);
		}
	}
	if (text.n > 0)
		job_warn(j, "requests_failed", "%s", text.p);
}

void
job_report(struct job *j)
{
	const struct cdp_counters *c = &j->report.counters;

	if (!j->page)
		return;
	warn_missing(j);
	if (!j->final_url)
		note_address(j);
	cdp_page_report(j->page, &j->report);
	if (c->dialogs > 0)
		job_warn(j, "dialogs", "%u dialog(s) answered, the last: %s \"%s\"%s", c->dialogs,
		    c->last_dialog_type, c->last_dialog_text,
		    c->dialogs > JOB_MAX_DIALOGS ? "; the page's scripts were stopped" : "");
	warn_count(j, "popups", c->popups, "popup(s) refused");
	warn_count(j, "downloads", c->downloads, "download(s) refused");
	warn_count(j, "auth", c->auth_challenges, "request(s) for a password answered");
	warn_count(j, "targets_over_cap", c->targets_over_cap,
	    "frame(s) or worker(s) above the limit closed");
	warn_failed_requests(j, &c->outcomes);
	warn_count(j, "events_dropped", j->report.dropped_events, "browser event(s) dropped");
	warn_count(j, "private_blocked", j->report.private_blocked,
	    "navigation(s) to private addresses refused");
	job_egress_report(j);
	warn_count(j, "frames_missing", j->report.frames_missing, "frame(s) could not be captured");
	if (j->report.html_lacks[0])
		job_warn(j, "html_incomplete", "%s", j->report.html_lacks);
}
