// SPDX-License-Identifier: Apache-2.0
// The warnings of a job: what did not end it, but whoever uses its result may want to know. The
// table prints its part of docs/ERRORS.md; tests/lint compares it with the calls of job_warn().
// Codes of errors are warnings, too, where the job goes on without what failed. Any thread.
#include "orchestrator/job/job.h"

static const struct {
	const char *code, *doc;
} rows[] = {
    {"not_settled", "The page was still at work when the wait for it ended: what is told of it may "
		    "not be all."},
    {"http_status", "The server answered with 400 or more: the page may be that of an error."},
    {"requests_failed",
	"Most of the page's scripts, style sheets or requests for data got no answer or one of HTTP "
	"400 and above (data: 500), so that the page may lack what they would have brought. What the "
	"request or the page's own policy blocks is not counted."},
    {"needs_browser",
	"Engine `fetch`: the page has scripts and next to nothing to read without them."},
    {"refresh",
	"Engine `fetch`: the page sends its readers on to another after more than 3 s, or to no "
	"web address; this one was taken."},
    {"retried", "The network changed; the page was asked for once more."},
    {"action_failed", "An action that was sent to a running job failed; its result says why."},
    {"overlays", "Overlays that were dismissed, or why they were not."},
    {"dialogs", "Dialogs of the page that were answered."},
    {"popups", "Windows that the page wanted to open; none is opened."},
    {"downloads", "Downloads that the page began; none is taken."},
    {"auth", "Requests for a password that were answered."},
    {"targets_over_cap", "The page has more frames or workers than are let in."},
    {"events_dropped", "The browser told more than could be heard: counts may be low."},
    {"private_blocked", "Connections to private addresses that were refused."},
    {"host_forbidden", "Connections that the request's `network` does not let through."},
    {"proxy_failed", "Connections that the proxy of `proxy_config` did not make."},
    {"egress_interrupted",
	"The egress guard did not run or answer for a time; the page's connections waited or were cut."},
    {"frames_missing", "Frames whose content is not in the HTML."},
    {"html_incomplete", "What else the HTML lacks."},
    {"state_incomplete", "A part of the page's storage was not saved."},
    {"timeout", "A capture for which no time was left."},
    {"artifact_not_kept", "Command line: nothing said where the artifact goes."},
};

void
job_warnings_markdown(struct buf *out)
{
	buf_str(out, "| code | |\n|---|---|\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		buf_fmt(out, "| `%s` | %s |\n", rows[i].code, rows[i].doc);
}
