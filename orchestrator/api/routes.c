// SPDX-License-Identifier: Apache-2.0
// The table of endpoints: who may, where it runs, what it takes and answers, and its own
// documentation (docs/API.md and /openapi.json are printed from it); and the table's reader.
#include "orchestrator/api/api_priv.h"

#include <string.h>

#define TEXT_TYPE "text/plain"
#define BAD                                                                                        \
	{                                                                                          \
		0, JSON_TYPE, "error", "An error of the table in docs/ERRORS.md."                  \
	}
#define STREAMS                                                                                                    \
	"With `Accept: application/x-ndjson` or `text/event-stream` the answer is the job's event log, live, one " \
	"event a line; the last event carries the result."

static const char *const jobs_query[] = {"state",
    "Only jobs that are `queued`, `running` or `finished`.", "limit",
    "How many, newest first (100; at most 1,000).", NULL};
static const char *const events_query[] = {
    "after", "Begin after the event with this id (as Last-Event-ID does).", NULL};
static const char *const extract_query[] = {
    "url", "Address of a page that is sent as bytes (text/html or XML).", NULL};

#define RENDER_BODY "-H 'Content-Type: application/json' -d '{\"url\": \"https://example.com/\"}' "
#define PAGE_FIELDS                                                                                \
	"`X-Page-Status` and `X-Page-Url` say which page it is, since that of a 404 is one, too; " \
	"`X-Job-Status` is `partial` when the time ended first."
#define NO_FILE "By `curl -f` the JSON of an error is kept out of the file."

const struct route api_routes[] = {
    {.method = HTTP_POST,
	.path = "/v1/render",
	.name = "render",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_render,
	.body = &request_table,
	.tag = "render",
	.summary = "Render a page, run a script of actions on it, extract it.",
	.doc =
	    "Answers the envelope: status, document, artifacts, what happened. `complete` and `partial` are 200, "
	    "a failed job answers with its error's status and everything obtained so far. With `\"detach\": true` "
	    "it answers 202 at once. " STREAMS,
	.answers = {{200, JSON_TYPE, "envelope", "The job is done."},
	    {202, JSON_TYPE, "job", "Detached: the job was admitted."}, BAD},
	.curl =
	    "-H 'Content-Type: application/json' -d '{\"url\": \"https://example.com/\", \"artifacts\": "
	    "{\"screenshot\": true}}' "},
    {.method = HTTP_POST,
	.path = "/v1/extract",
	.name = "extract",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_EXTRACT,
	.run = api_extract,
	.body = &api_extract_table,
	.raw_body = true,
	.tag = "render",
	.summary = "Extract a document from HTML, without a browser.",
	.doc =
	    "Takes JSON, or the bytes of a page as they are (`Content-Type: text/html`), or those of "
	    "a feed, a sitemap or other XML (`application/rss+xml`, `text/xml` and the like).",
	.query = extract_query,
	.answers = {{200, JSON_TYPE, "document", "The document."}, BAD},
	.curl =
	    "-H 'Content-Type: text/html' -d '<article><h1>Tide</h1><p>High at noon.</p></article>' "},
    {.method = HTTP_POST,
	.path = "/v1/screenshot",
	.name = "screenshot",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_screenshot,
	.body = &request_table,
	.tag = "render",
	.summary = "A picture of the page.",
	.doc = "A render request; options of the picture in `artifacts.screenshot`. " PAGE_FIELDS
	       " " NO_FILE,
	.answers = {{200, "image/png", NULL, "The picture (PNG, JPEG or WebP)."}, BAD},
	.curl = RENDER_BODY "-f -o page.png "},
    {.method = HTTP_POST,
	.path = "/v1/pdf",
	.name = "pdf",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_pdf,
	.body = &request_table,
	.tag = "render",
	.summary = "The page printed to PDF.",
	.doc =
	    "A render request; options of the print in `artifacts.pdf`. " PAGE_FIELDS " " NO_FILE,
	.answers = {{200, "application/pdf", NULL, "The PDF."}, BAD},
	.curl = RENDER_BODY "-f -o page.pdf "},
    {.method = HTTP_POST,
	.path = "/v1/content",
	.name = "content",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_content,
	.body = &request_table,
	.tag = "render",
	.summary = "The page's HTML after its scripts ran.",
	.doc = "A render request. Shadow roots and frames are in the HTML. " PAGE_FIELDS,
	.answers = {{200, "text/html", NULL, "The rendered HTML."}, BAD},
	.curl = RENDER_BODY},
    {.method = HTTP_POST,
	.path = "/v1/batch",
	.name = "batch",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_batch,
	.body = &api_batch_table,
	.tag = "render",
	.summary = "Many render requests in one.",
	.doc =
	    "With `Accept: application/x-ndjson` or `text/event-stream` each result comes as it is finished, with "
	    "the index and address of its request; else all come together, in the order of the requests.",
	.answers = {{200, JSON_TYPE, "batch_results", "All results."}, BAD},
	.curl =
	    "-H 'Content-Type: application/json' -H 'Accept: application/x-ndjson' -d '{\"requests\": [{\"url\": "
	    "\"https://example.com/\"}, {\"html\": \"<p>two</p>\"}]}' "},
    {.method = HTTP_GET,
	.path = "/v1/jobs",
	.name = "jobs_list",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_jobs,
	.tag = "jobs",
	.summary = "Jobs of the caller's key.",
	.doc =
	    "Queued, running and lately finished ones; with the scope `admin` those of all keys.",
	.query = jobs_query,
	.answers = {{200, JSON_TYPE, "job_list", "The jobs."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/jobs/{id}",
	.name = "job",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_job,
	.tag = "jobs",
	.summary = "One job.",
	.doc =
	    "Its summary; when it has finished (`state` is `finished`), its envelope, with an ETag.",
	.answers = {{200, JSON_TYPE, NULL, "Summary or envelope."},
	    {304, NULL, NULL, "As If-None-Match says."}, BAD}},
    {.method = HTTP_DELETE,
	.path = "/v1/jobs/{id}",
	.name = "job_cancel",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_job_delete,
	.tag = "jobs",
	.summary = "Stop a job.",
	.doc = "Its slot is free within half a second. A finished job stays as it is.",
	.answers = {{200, JSON_TYPE, NULL, "Whether it was stopped."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/jobs/{id}/events",
	.name = "job_events",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LIGHT,
	.run = api_job_events,
	.tag = "jobs",
	.summary = "A job's events, live.",
	.doc =
	    "Server-sent events, or NDJSON when asked for. `Last-Event-ID` resumes. A reader that falls behind "
	    "gets a `gap` event that says how many it missed; the job never waits for it.",
	.query = events_query,
	.answers = {{200, SSE_TYPE, NULL, "The events, to the job's end."}, BAD}},
    {.method = HTTP_POST,
	.path = "/v1/sessions",
	.name = "session_create",
	.scopes = SCOPE_BIT(SESSION),
	.lane = LANE_LIGHT,
	.run = api_session_create,
	.body = &api_session_table,
	.tag = "sessions",
	.summary = "Make a session.",
	.doc =
	    "Cookies and storage that live across requests. `state` takes Playwright's storageState.",
	.answers = {{201, JSON_TYPE, "session", "The session."}, BAD},
	.curl = "-H 'Content-Type: application/json' -d '{\"session_id\": \"shop\"}' "},
    {.method = HTTP_GET,
	.path = "/v1/sessions",
	.name = "session_list",
	.scopes = SCOPE_BIT(SESSION),
	.lane = LANE_LIGHT,
	.run = api_session_list,
	.tag = "sessions",
	.summary = "Sessions of the caller's key.",
	.doc = "Without their state.",
	.answers = {{200, JSON_TYPE, "session_list", "The sessions."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/sessions/{id}",
	.name = "session",
	.scopes = SCOPE_BIT(SESSION),
	.lane = LANE_LIGHT,
	.run = api_session,
	.tag = "sessions",
	.summary = "One session.",
	.doc = "What it is and how it has been used.",
	.answers = {{200, JSON_TYPE, "session", "The session."}, BAD}},
    {.method = HTTP_DELETE,
	.path = "/v1/sessions/{id}",
	.name = "session_delete",
	.scopes = SCOPE_BIT(SESSION),
	.lane = LANE_LIGHT,
	.run = api_session_delete,
	.tag = "sessions",
	.summary = "End a session.",
	.doc = "Its cookies and storage are gone.",
	.answers = {{204, NULL, NULL, "It has ended."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/sessions/{id}/state",
	.name = "session_state",
	.scopes = SCOPE_BIT(SESSION),
	.lane = LANE_LIGHT,
	.run = api_session_state,
	.tag = "sessions",
	.summary = "Export cookies and storage.",
	.doc =
	    "In the shape of Playwright's storageState, with sessionStorage beside it. These are secrets.",
	.answers = {{200, JSON_TYPE, NULL, "The state."}, BAD}},
    {.method = HTTP_PUT,
	.path = "/v1/sessions/{id}/state",
	.name = "session_put_state",
	.scopes = SCOPE_BIT(SESSION),
	.lane = LANE_LIGHT,
	.run = api_session_put_state,
	.raw_body = true,
	.tag = "sessions",
	.summary = "Import cookies and storage.",
	.doc = "Replaces the session's state by a storageState.",
	.answers = {{204, NULL, NULL, "It was taken."}, BAD},
	.curl =
	    "-X PUT -H 'Content-Type: application/json' -d '{\"cookies\": [], \"origins\": []}' "},
    {.method = HTTP_GET,
	.path = "/v1/artifacts/{id}",
	.name = "artifact",
	.scopes = SCOPE_BIT(ARTIFACTS),
	.lane = LANE_LIGHT,
	.run = api_artifact,
	.tag = "artifacts",
	.summary = "The bytes of an artifact.",
	.doc = "With ETag and ranges. " NO_FILE,
	.answers = {{200, "application/octet-stream", NULL, "The bytes, with their own type."},
	    {206, "application/octet-stream", NULL, "The range."},
	    {304, NULL, NULL, "As If-None-Match says."}, {416, NULL, NULL, "The range is outside."},
	    BAD},
	.curl = "-f -o artifact "},
    {.method = HTTP_DELETE,
	.path = "/v1/artifacts/{id}",
	.name = "artifact_delete",
	.scopes = SCOPE_BIT(ARTIFACTS),
	.lane = LANE_LIGHT,
	.run = api_artifact_delete,
	.tag = "artifacts",
	.summary = "Delete an artifact.",
	.doc = "Before its time.",
	.answers = {{204, NULL, NULL, "It is gone."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/ws",
	.name = "websocket",
	.scopes = SCOPE_BIT(RENDER),
	.lane = LANE_LOOP,
	.run = api_socket,
	.tag = "render",
	.summary = "Several jobs over one WebSocket.",
	.doc =
	    "For WebSocket clients; `curl` is told 426. Messages: `{\"op\": \"render\", \"id\": …, \"request\": {…}}`, `{\"op\": \"subscribe\", \"job_id\": …, "
	    "\"last_event_id\": …}`, `{\"op\": \"cancel\", \"job_id\": …}`, `{\"op\": \"ping\"}`. Answers carry the "
	    "same `id`: `accepted`, `event`, `subscribed`, `cancelled`, `pong`, `error`, and `queued` and "
	    "`finishing` to `action` and `finish`. A job begun with "
	    "`\"interactive\": true` beside `request` waits, after its script (event `waiting`), for "
	    "`{\"op\": \"action\", \"job_id\": …, \"action\": {…}}` (each result is an `action` event) until "
	    "`{\"op\": \"finish\", \"job_id\": …}`, then it captures and extracts. Jobs begun here end with the "
	    "connection unless detached. A browser sends its key as the subprotocol `riptide.key.KEY` beside "
	    "`riptide`.",
	.answers = {{101, NULL, NULL, "The WebSocket."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/pressure",
	.name = "pressure",
	.open = true,
	.lane = LANE_LIGHT,
	.run = api_pressure,
	.tag = "operation",
	.summary = "May I send work now?",
	.doc =
	    "200 when a job would be taken, 503 when not; in JSON, or plain with `Accept: text/plain`.",
	.answers = {{200, JSON_TYPE, "pressure", "Work is taken."},
	    {503, JSON_TYPE, "pressure", "Not now."}, BAD}},
    {.method = HTTP_GET,
	.path = "/v1/browsers",
	.name = "browsers",
	.scopes = SCOPE_BIT(ADMIN),
	.lane = LANE_LIGHT,
	.run = api_browsers,
	.tag = "operation",
	.summary = "What each browser does.",
	.doc = "State, process, age, jobs, crashes, memory and how it is isolated.",
	.answers = {{200, JSON_TYPE, "browser_list", "The browsers."}, BAD}},
    {.method = HTTP_GET,
	.path = "/healthz",
	.name = "health",
	.open = true,
	.lane = LANE_LIGHT,
	.run = api_health,
	.tag = "operation",
	.summary = "Health by component.",
	.doc = "Components have weights; 503 when less than half of the weight is well.",
	.answers = {{200, JSON_TYPE, "health", "Well, or well enough."},
	    {503, JSON_TYPE, "health", "Not well."}, BAD}},
    {.method = HTTP_GET,
	.path = "/livez",
	.name = "live",
	.open = true,
	.lane = LANE_LOOP,
	.run = api_live,
	.tag = "operation",
	.summary = "Is the process alive?",
	.doc = "Asks nothing of anybody.",
	.answers = {{200, TEXT_TYPE, NULL, "It is."}, BAD}},
    {.method = HTTP_GET,
	.path = "/readyz",
	.name = "ready",
	.open = true,
	.lane = LANE_LIGHT,
	.run = api_ready,
	.tag = "operation",
	.summary = "May traffic be sent here?",
	.doc =
	    "503 with the reason while no browser is ready, the state directory can't be written, or the service "
	    "is shutting down.",
	.answers = {{200, TEXT_TYPE, NULL, "Yes."}, {503, TEXT_TYPE, NULL, "Not now, and why."},
	    BAD}},
    {.method = HTTP_GET,
	.path = "/metrics",
	.name = "metrics",
	.scopes = SCOPE_BIT(METRICS),
	.lane = LANE_LIGHT,
	.run = api_metrics,
	.tag = "operation",
	.summary = "Metrics for Prometheus.",
	.doc = "Text exposition 0.0.4; docs/METRICS.md lists them.",
	.answers = {{200, TEXT_TYPE, NULL, "The metrics."}, BAD}},
    {.method = HTTP_GET,
	.path = "/openapi.json",
	.name = "openapi",
	.open = true,
	.lane = LANE_LIGHT,
	.run = api_description,
	.tag = "operation",
	.summary = "This description.",
	.doc = "OpenAPI 3.1, printed from the tables that check requests.",
	.answers = {{200, JSON_TYPE, NULL, "The description."}, BAD}},
    {.method = HTTP_GET,
	.path = "/",
	.name = "index",
	.open = true,
	.lane = LANE_LIGHT,
	.run = api_index,
	.tag = "operation",
	.summary = "What this is.",
	.doc = "A plain page with the endpoints.",
	.answers = {{200, "text/html", NULL, "The page."}, BAD}},
};
const size_t api_n_routes = ARRAY_LEN(api_routes);

// --- reading ---

static struct sv
segment(struct sv *path)
{
	const char *slash = path->n > 0 ? memchr(path->p, '/', path->n) : NULL;
	size_t n = slash ? (size_t)(slash - path->p) : path->n;
	struct sv out = {path->p, n};

	*path = slash ? (struct sv){slash + 1, path->n - n - 1} : SV_NULL;
	return out;
}

static bool
match(const char *pattern, struct sv path, struct sv params[API_MAX_PARAMS])
{
	struct sv want = sv_from(pattern + 1), have = {path.p + 1, path.n - 1};
	size_t n = 0;

	while (want.p && have.p) {
		struct sv w = segment(&want), h = segment(&have);

		if (w.n > 0 && w.p[0] == '{') {
			if (h.n == 0)
				return false;
			params[n++] = h;
		} else if (w.n != h.n || memcmp(w.p, h.p, w.n) != 0) {
			return false;
		}
	}
	return !want.p && !have.p;
}

static bool
serves(const struct route *r, enum http_method m)
{
	return r->method == m || (m == HTTP_HEAD && r->method == HTTP_GET);
}

static void
allow_add(char allow[64], const char *name)
{
	size_t n = strlen(allow);

	if (n + strlen(name) + 3 > 64)
		return;
	if (n > 0)
		n += (size_t)(stpcpy(allow + n, ", ") - (allow + n));
	stpcpy(allow + n, name);
}

const struct route *
route_find(enum http_method m, struct sv path, struct sv params[API_MAX_PARAMS], char allow[64])
{
	const struct route *found = NULL;

	allow[0] = '\0';
	if (path.n == 0 || path.p[0] != '/')
		return NULL;
	for (size_t i = 0; i < api_n_routes && !found; i++) {
		const struct route *r = &api_routes[i];

		if (!match(r->path, path, params))
			continue;
		if (serves(r, m))
			found = r;
		allow_add(allow, http_method_names[r->method]);
		if (r->method == HTTP_GET)
			allow_add(allow, "HEAD");
	}
	if (allow[0])
		allow_add(allow, "OPTIONS");
	return found;
}
